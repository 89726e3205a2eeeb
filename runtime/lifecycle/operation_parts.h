/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What several operations on containers do alike. */
#ifndef HARDRUN_LIFECYCLE_OPERATION_PARTS_H
#define HARDRUN_LIFECYCLE_OPERATION_PARTS_H

#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "lifecycle/container.h"
#include "plan/plan.h"
#include "spec/spec.h"

/* For struct launch_creation and launch_starting: @context is the container. */
MUST_CHECK int operation_describe(void *context, const char *status, pid_t pid, char **out,
                                  struct error *err);

/*
 * Run the hooks of @spec at @point, each whatever became of those before; failures are warned
 * about. Source: runtime-spec runtime.md, Lifecycle, of poststart and poststop.
 */
void operation_run_hooks(const struct container *container, const struct spec *spec,
                         enum plan_hook_point point, const char *status, pid_t pid);

/* Remove the cgroup that the state names, and its unit. Its processes have been killed. */
MUST_CHECK int operation_remove_cgroup(const struct container *container, struct error *err);

#endif
