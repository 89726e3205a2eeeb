/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scopes of systemd, by way of the helper program hardrun-systemd-cgroup, which alone knows
 * D-Bus; see lifecycle/helper.h.
 *
 *   hardrun-systemd-cgroup start  system|user UNIT SLICE NAME:TYPE=VALUE...
 *   hardrun-systemd-cgroup update system|user UNIT NAME:TYPE=VALUE...
 *   hardrun-systemd-cgroup stop   system|user UNIT
 *
 * It answers with one line on standard output: "ok" and a path if there is one, or "error" and a
 * sentence. After `start` it is a member of the scope and stays until a signal or the end of its
 * standard input, so that the scope is not empty before the container's first process is in it; a
 * hardrun that dies before leaves a scope that is empty, which systemd takes away. Its environment
 * has but what finds the user's bus.
 */
#ifndef HARDRUN_LIFECYCLE_SYSTEMD_SCOPE_H
#define HARDRUN_LIFECYCLE_SYSTEMD_SCOPE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "kernel/cgroup.h"
#include "plan/plan.h"

/* The helper while it holds a scope; -1 when it does not. */
struct systemd_keeper {
	pid_t pid;
	int fd; /* its standard input */
};

#define SYSTEMD_KEEPER_NONE ((struct systemd_keeper){ .fd = -1 })

/*
 * Make @scope and write its cgroup, as the kernel names it, to @path.
 * Errors: ERROR_HOST when there is no helper, no bus or no systemd; ERROR_DENIED or ERROR_STATE
 * as systemd has it.
 * Owns: systemd_scope_let_go().
 */
MUST_CHECK int systemd_scope_start(const struct plan_scope *scope, char path[CGROUP_PATH_SIZE],
                                   struct systemd_keeper *out, struct error *err);

/* End the helper; the scope stays as long as there is another process in it. */
void systemd_scope_let_go(struct systemd_keeper *keeper);

/* Set the properties of @scope in the unit @unit. */
MUST_CHECK int systemd_scope_update(const char *unit, bool is_user, const struct plan_scope *scope,
                                    struct error *err);

/* End the unit @unit and forget that it failed. None is fine. */
MUST_CHECK int systemd_scope_stop(const char *unit, bool is_user, struct error *err);

#endif
