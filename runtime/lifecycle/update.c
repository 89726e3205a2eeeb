/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kernel/cgroup.h"
#include "lifecycle/oci_cgroup.h"
#include "lifecycle/operations.h"
#include "plan/plan_oci_resources.h"

static int64_t read_limit(int fd, const char *file)
{
	const uint64_t value = cgroup_read_figure(fd, file);

	return value > INT64_MAX ? PLAN_OCI_UNLIMITED : (int64_t)value;
}

/* Source: cgroup-v2.rst, cpu.max: "$MAX $PERIOD". */
static void read_processor(int fd, struct plan_oci_current *out)
{
	AUTO_FREE char *text = cgroup_read_text(fd, "cpu.max");

	out->cpu_quota = PLAN_OCI_UNLIMITED;
	out->cpu_period = 100000;
	if (text == NULL)
		return;
	if (sscanf(text, "max %" SCNd64, &out->cpu_period) != 1)
		(void)sscanf(text, "%" SCNd64 " %" SCNd64, &out->cpu_quota, &out->cpu_period);
}

static void read_current(int fd, struct plan_oci_current *out)
{
	out->memory = read_limit(fd, "memory.max");
	out->swap = read_limit(fd, "memory.swap.max");
	out->memory_used = read_limit(fd, "memory.current");
	if (out->memory_used < 0)
		out->memory_used = 0;
	read_processor(fd, out);
}

static int fill_cgroup(const struct container *container, struct oci_cgroup *out, struct error *err)
{
	const struct container_state *state = &container->state;
	const char *unit = state->unit == NULL ? "" : state->unit;
	const char *path = state->cgroup == NULL ? "" : state->cgroup;

	if (path[0] == '\0')
		return error_set(err, ERROR_STATE, "the container %s has no cgroup to be limited",
		                 container->id);
	if (strlen(path) >= sizeof(out->path) || strlen(unit) >= sizeof(out->unit))
		return error_set(err, ERROR_STATE,
		                 "the path of the container's cgroup is too long");
	memcpy(out->path, path, strlen(path) + 1);
	memcpy(out->unit, unit, strlen(unit) + 1);
	out->is_user_unit = state->is_user_unit;
	out->fd = cgroup_open(path, err);
	return out->fd < 0 ? -1 : 0;
}

int container_update(const struct container *container, const struct spec_oci_resources *resources,
                     struct error *err)
{
	AUTO_OCI_CGROUP struct oci_cgroup cgroup = OCI_CGROUP_NONE;
	AUTO_ARENA struct arena *arena = NULL;
	struct plan_oci_current current = { .memory = PLAN_OCI_UNLIMITED };
	struct plan_cgroup change = { .parent = NULL };

	if (container_look(container) == CONTAINER_STOPPED)
		return error_set(err, ERROR_STATE, "container not running: %s", container->id);
	if (fill_cgroup(container, &cgroup, err) < 0 || arena_new(&arena, err) < 0)
		return -1;
	read_current(cgroup.fd, &current);
	if (plan_oci_update(resources, &current, arena, &change, err) < 0)
		return -1;
	return oci_cgroup_update(&change, &cgroup, err);
}
