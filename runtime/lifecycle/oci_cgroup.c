/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/oci_cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/device_bpf.h"

static cgroup_controllers needed_by(const struct plan_cgroup *plan)
{
	cgroup_controllers needed = 0;

	for (size_t i = 0; i < plan->value_count; i++) {
		if (!plan->values[i].may_be_missing)
			needed |= cgroup_controller_of(plan->values[i].file);
	}
	return needed;
}

static int make_by_path(const struct plan_cgroup *plan, struct oci_cgroup *out, struct error *err)
{
	out->fd = cgroup_make_tree(plan->path, needed_by(plan), err);
	if (out->fd < 0)
		return -1;
	(void)snprintf(out->path, sizeof(out->path), "%s", plan->path);
	return 0;
}

static int make_by_systemd(const struct plan_scope *scope, struct oci_cgroup *out,
                           struct error *err)
{
	if (systemd_scope_start(scope, out->path, &out->keeper, err) < 0)
		return -1;
	(void)snprintf(out->unit, sizeof(out->unit), "%s", scope->unit);
	out->is_user_unit = scope->is_user;
	out->fd = cgroup_open(out->path, err);
	return out->fd < 0 ? -1 : 0;
}

static int make(const struct plan_cgroup *plan, struct oci_cgroup *out, struct error *err)
{
	if (plan->scope != NULL)
		return make_by_systemd(plan->scope, out, err);
	return make_by_path(plan, out, err);
}

static void undo(struct oci_cgroup *cgroup)
{
	struct error ignored = { .kind = ERROR_NONE };

	oci_cgroup_release(cgroup);
	if (cgroup->path[0] != '\0')
		(void)!oci_cgroup_remove(cgroup, 0, &ignored);
	*cgroup = OCI_CGROUP_NONE;
}

int oci_cgroup_make(const struct plan_cgroup *plan, struct oci_cgroup *out, struct error *err)
{
	*out = OCI_CGROUP_NONE;
	if (plan->path == NULL && plan->scope == NULL)
		return 0;
	if (make(plan, out, err) == 0 &&
	    (!plan->has_owner || cgroup_delegate(out->fd, plan->owner_uid, err) == 0))
		return 0;
	undo(out);
	if (!plan->may_do_without || (err->kind != ERROR_HOST && err->kind != ERROR_DENIED))
		return -1;
	*err = (struct error){ .kind = ERROR_NONE };
	return 0;
}

static bool is_there(int fd, const char *file)
{
	return faccessat(fd, file, F_OK, 0) == 0 || errno != ENOENT;
}

static int write_value(int fd, const struct plan_cgroup_value *value, struct error *err)
{
	int result;

	if (is_there(fd, value->file))
		result = cgroup_write(fd, value->file, value->value, err);
	else if (value->other_file != NULL && is_there(fd, value->other_file))
		result = cgroup_write(fd, value->other_file, value->other_value, err);
	else if (value->may_be_missing)
		return 0;
	else
		result =
			error_set(err, ERROR_HOST, "the container's cgroup has no %s", value->file);
	return result < 0 ? error_at(err, "%s", value->origin) : 0;
}

int oci_cgroup_limit(const struct plan_cgroup *plan, const struct oci_cgroup *cgroup, bool is_late,
                     struct error *err)
{
	if (cgroup->fd < 0)
		return 0;
	for (size_t i = 0; i < plan->value_count; i++) {
		const struct plan_cgroup_value *value = &plan->values[i];

		if (cgroup_is_late(value->file, value->value) == is_late &&
		    write_value(cgroup->fd, value, err) < 0)
			return -1;
	}
	if (is_late || plan->device_program == NULL)
		return 0;
	return device_bpf_attach(cgroup->fd, plan->device_program, plan->device_program_length,
	                         err);
}

void oci_cgroup_settle(struct oci_cgroup *cgroup)
{
	systemd_scope_let_go(&cgroup->keeper);
}

void oci_cgroup_release(struct oci_cgroup *cgroup)
{
	oci_cgroup_settle(cgroup);
	cleanup_close(&cgroup->fd);
	cgroup->fd = -1;
}

int oci_cgroup_remove(const struct oci_cgroup *cgroup, int timeout_ms, struct error *err)
{
	if (cgroup->unit[0] != '\0' &&
	    systemd_scope_stop(cgroup->unit, cgroup->is_user_unit, err) < 0)
		return -1;
	return cgroup->path[0] == '\0' ? 0 : cgroup_remove_tree(cgroup->path, timeout_ms, err);
}

int oci_cgroup_update(const struct plan_cgroup *plan, const struct oci_cgroup *cgroup,
                      struct error *err)
{
	if (cgroup->unit[0] != '\0' && plan->scope != NULL &&
	    systemd_scope_update(cgroup->unit, cgroup->is_user_unit, plan->scope, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->value_count; i++) {
		if (write_value(cgroup->fd, &plan->values[i], err) < 0)
			return -1;
	}
	return 0;
}
