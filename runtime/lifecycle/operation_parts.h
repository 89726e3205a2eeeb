/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What several operations on containers do alike. */
#ifndef HARDRUN_LIFECYCLE_OPERATION_PARTS_H
#define HARDRUN_LIFECYCLE_OPERATION_PARTS_H

#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "lifecycle/container.h"
#include "lifecycle/operations.h"
#include "plan/plan.h"
#include "spec/spec.h"

/* For struct launch_creation and launch_starting: @context is the container. */
MUST_CHECK int operation_describe(void *context, const char *status, pid_t pid, char **out,
                                  struct error *err);

/*
 * Run the hooks of @spec that come after the start, up to the first that fails; of a config.json
 * of a version before 1.3 each of them, and failures are warned about. Source: runtime-spec 1.3.0
 * and 1.2.0 runtime.md, Lifecycle, 9.
 */
MUST_CHECK int operation_run_poststart(const struct container *container, const struct spec *spec,
                                       struct error *err);

/*
 * Run the hooks of @spec that come after the end, each whatever became of those before; failures
 * are warned about. Source: as above, 13.
 */
void operation_run_poststop(const struct container *container, const struct spec *spec);

/*
 * In the place of launch_create(): restore the processes of @plan's container, of which @state is
 * known, from @request. At the point where they are there but do not run yet, the callbacks of
 * @creation are called as for a new container.
 */
MUST_CHECK int operation_restore(const struct restore_request *request, const struct plan *plan,
                                 const struct container_state *state,
                                 const struct launch_creation *creation, struct launch_process *out,
                                 struct error *err);

/* Remove its mounts from the host's mount namespace, if it has made them there. */
MUST_CHECK int operation_remove_mounts(const struct container *container, struct error *err);

/* Remove the cgroup that the state names, and its unit. Its processes have been killed. */
MUST_CHECK int operation_remove_cgroup(const struct container *container, struct error *err);

#endif
