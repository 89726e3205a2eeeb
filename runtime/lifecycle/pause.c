/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/cgroup.h"
#include "lifecycle/operations.h"

#define FREEZE_TIMEOUT_MS 10000

static int freeze(const struct container *container, bool is_frozen, struct error *err)
{
	AUTO_CLOSE int cgroup_fd = container_open_cgroup(container);

	if (cgroup_fd < 0)
		return error_set(err, ERROR_STATE,
		                 "the container %s has no cgroup that could be frozen",
		                 container->id);
	return cgroup_freeze(cgroup_fd, is_frozen, FREEZE_TIMEOUT_MS, err);
}

int container_pause(const struct container *container, struct error *err)
{
	const enum container_status status = container_look(container);

	if (status == CONTAINER_RUNNING || status == CONTAINER_CREATED)
		return freeze(container, true, err);
	return error_set(err, ERROR_STATE, "container not running: %s is %s", container->id,
	                 container_status_name(status));
}

int container_resume(const struct container *container, struct error *err)
{
	const enum container_status status = container_look(container);

	if (status == CONTAINER_PAUSED)
		return freeze(container, false, err);
	return error_set(err, ERROR_STATE, "container not paused: %s is %s", container->id,
	                 container_status_name(status));
}
