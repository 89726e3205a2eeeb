/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "base/log.h"
#include "kernel/cgroup.h"
#include "lifecycle/oci_cgroup.h"
#include "lifecycle/operation_parts.h"
#include "lifecycle/operations.h"
#include "lifecycle/shared_root.h"

#define LEAVE_TIMEOUT_MS 10000 /* for killed processes to leave their cgroup */

static int check_status(const struct container *container, bool is_forced, struct error *err)
{
	const enum container_status status = container_look(container);

	if (is_forced || status == CONTAINER_STOPPED || status == CONTAINER_CREATED)
		return 0;
	(void)error_set(err, ERROR_STATE, "cannot delete container %s that is not stopped: %s",
	                container->id, container_status_name(status));
	return error_hint(err, "hardrun delete --force %s", container->id);
}

static int check_state(const struct container *container, bool is_forced, struct error *err)
{
	if (container->has_state || is_forced)
		return 0;
	(void)error_set(err, ERROR_STATE,
	                "the state of the container %s cannot be read: creating it was cut off, or "
	                "the file is damaged",
	                container->id);
	return error_hint(err, "hardrun delete --force %s", container->id);
}

int operation_remove_mounts(const struct container *container, struct error *err)
{
	if (!container->has_state || container->state.shared_root == 0)
		return 0;
	return shared_root_remove(container->state.rootfs, container->state.shared_root, err);
}

int operation_remove_cgroup(const struct container *container, struct error *err)
{
	struct oci_cgroup cgroup = OCI_CGROUP_NONE;
	const struct container_state *state = &container->state;
	struct error foreign = { .kind = ERROR_NONE };

	if (!container->has_state || state->cgroup == NULL)
		return 0;
	if ((size_t)snprintf(cgroup.path, sizeof(cgroup.path), "%s", state->cgroup) >=
	            sizeof(cgroup.path) ||
	    (size_t)snprintf(cgroup.unit, sizeof(cgroup.unit), "%s",
	                     state->unit == NULL ? "" : state->unit) >= sizeof(cgroup.unit))
		return error_set(err, ERROR_STATE,
		                 "the path of the container's cgroup is too long");
	cgroup.is_user_unit = state->is_user_unit;
	if (state->is_cgroup_made)
		return oci_cgroup_remove(&cgroup, LEAVE_TIMEOUT_MS, err);
	/* Of an intended one only what is empty can be ours. */
	if (oci_cgroup_remove(&cgroup, 0, &foreign) < 0)
		log_warning(&foreign);
	return 0;
}

int container_delete(struct container *container, const struct spec *spec, bool is_forced,
                     struct error *err)
{
	if (check_state(container, is_forced, err) < 0 ||
	    (container->has_state && check_status(container, is_forced, err) < 0) ||
	    container_stop(container, err) < 0 || operation_remove_mounts(container, err) < 0 ||
	    operation_remove_cgroup(container, err) < 0 || container_remove(container, err) < 0)
		return -1;
	if (container->has_state && spec != NULL)
		operation_run_poststop(container, spec);
	return 0;
}
