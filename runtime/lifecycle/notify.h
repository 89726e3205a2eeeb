/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program in a container says that it is ready, and systemd outside wants to know. The program
 * talks to a socket in a folder that is bound into the container; what it says of being ready is
 * passed on to the caller's NOTIFY_SOCKET, which the container never sees.
 * Source: sd_notify(3); runc, notify_socket.go, for who waits when.
 */
#ifndef HARDRUN_LIFECYCLE_NOTIFY_H
#define HARDRUN_LIFECYCLE_NOTIFY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "lifecycle/container.h"

/* In the container's directory. */
#define NOTIFY_FOLDER "notify"

/* Does anyone want to know? */
bool notify_is_wanted(void);

/* Make the folder for the socket. */
MUST_CHECK int notify_make_folder(const struct container *container, struct error *err);

/*
 * Make the socket, if it is wanted and the container was created with a folder for it. Returns its
 * descriptor, or -1 with *@err unset when there is none to be made.
 * Owns: close the descriptor.
 */
MUST_CHECK int notify_listen(const struct container *container, struct error *err);

/*
 * Wait until the program says on @fd that it is ready, or has ended, and pass it on. @pid: what
 * systemd is told to watch; 0: nothing.
 */
void notify_wait(int fd, int pidfd, pid_t pid);

/* As notify_wait() with no pid, beside the caller: in a child that ends with it. */
void notify_wait_aside(int fd, int pidfd);

#endif
