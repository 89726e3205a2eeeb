/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hooks: programs of the host's that are told of a container's state.
 * Source: runtime-spec config.md, "POSIX-platform Hooks".
 */
#ifndef HARDRUN_SANDBOX_HOOKS_H
#define HARDRUN_SANDBOX_HOOKS_H

#include "base/compiler.h"
#include "base/error.h"
#include "plan/plan.h"

/*
 * Run the hooks of @list one after the other with @state on standard input, in the working
 * directory "/", with the environment of the hook and nothing else, and wait for each. One that
 * fails or takes too long is killed with what it started, and ends the list.
 * Errors: ERROR_HOST naming the hook, with the last line it wrote to standard error.
 */
MUST_CHECK int hooks_run(const struct plan_hook_list *list, const char *state, struct error *err);

/* As hooks_run(), with the state that the descriptor @state_fd begins with; "" for -1. */
MUST_CHECK int hooks_run_from(const struct plan_hook_list *list, int state_fd, struct error *err);

/* Put @state where hooks_run_from() finds it. Owns: close the descriptor. */
MUST_CHECK int hooks_keep_state(const char *state, struct error *err);

#endif
