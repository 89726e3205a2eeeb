/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Filters that ask somebody: the descriptor that the kernel gives for such a filter goes from the
 * init to the launcher, and from there to the socket that the container's specification names.
 * Source: runtime-spec config-linux.md, "The Container Process State"; seccomp_unotify(2).
 */
#ifndef HARDRUN_SANDBOX_LISTENER_H
#define HARDRUN_SANDBOX_LISTENER_H

#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "plan/plan.h"

/*
 * In the init: load the filter of @plan and say LISTENER to @sync_fd. Every system call of the
 * caller is the filter's matter from then on, so another thread says it, which has no filter.
 */
MUST_CHECK int listener_load(const struct plan *plan, int sync_fd, struct error *err);

/*
 * In the launcher: hand @fd to the socket of @listener, with the @state of the container that
 * process @pid belongs to.
 */
MUST_CHECK int listener_hand_over(const struct plan_listener *listener, const char *state,
                                  pid_t pid, int fd, struct error *err);

#endif
