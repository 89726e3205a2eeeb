/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the callers of an OCI runtime get hold of what it makes: pid files, and sockets that are
 * sent a descriptor. Source: runc(8), --pid-file, --console-socket, --pidfd-socket.
 */
#ifndef HARDRUN_LIFECYCLE_CHANNELS_H
#define HARDRUN_LIFECYCLE_CHANNELS_H

#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"

/* Write the digits of @pid, and nothing else, to the file @path, whole or not at all. */
MUST_CHECK int channels_write_pid(const char *path, pid_t pid, struct error *err);

/*
 * Connect to the socket at @path, which may be as long as a path can be, below the folder
 * @folder_fd or AT_FDCWD. @type: SOCK_STREAM, SOCK_SEQPACKET.
 * Owns: close the descriptor.
 */
MUST_CHECK int channels_connect(int folder_fd, const char *path, int type, struct error *err);

/*
 * Listen at the name @name of the folder @folder_fd.
 * Owns: close the descriptor.
 */
MUST_CHECK int channels_listen(int folder_fd, const char *name, struct error *err);

/* Send @fd and its @name through the connected socket @socket_fd. */
MUST_CHECK int channels_pass(int socket_fd, const char *name, int fd, struct error *err);

/* Send @fd and its @name through the socket at @path. */
MUST_CHECK int channels_send(const char *path, const char *name, int fd, struct error *err);

#endif
