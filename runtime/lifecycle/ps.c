/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/cgroup.h"
#include "lifecycle/operations.h"

/* Of a container without a cgroup only the first process is known. */
static int list_first(const struct container *container, pid_t **out, size_t *out_count,
                      struct error *err)
{
	pid_t *pids = malloc(sizeof(*pids));

	if (pids == NULL)
		return error_set_errno(err, "cannot allocate a list of processes");
	pids[0] = container->state.init.pid;
	*out = pids;
	*out_count = identity_look(&container->state.init) == IDENTITY_GONE ? 0 : 1;
	return 0;
}

int container_list_processes(const struct container *container, pid_t **out, size_t *out_count,
                             struct error *err)
{
	AUTO_CLOSE int cgroup_fd = container_open_cgroup(container);

	if (cgroup_fd < 0)
		return list_first(container, out, out_count, err);
	return cgroup_list_processes(cgroup_fd, out, out_count, err);
}
