/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A config.json: what is asked is done, and nothing else. This is what the container is; the
 * other plan_oci_*.c are its ids, its process and its files.
 * Source: runtime-spec config.md and config-linux.md.
 */
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "plan/plan_steps.h"
#include "spec/spec_oci.h"

static int refuse(const char *origin, struct error *err)
{
	return error_at(err, "%s", origin);
}

static int copy_hook(struct arena *arena, const struct spec_oci_hook *hook, struct plan_hook *out,
                     struct error *err)
{
	struct plan plan = { .arena = arena };
	struct planner planner = { .plan = &plan };
	const struct spec_text path = { .value = hook->path };
	const struct spec_text_list alone = { .items = &path, .count = 1 };

	out->path = planner_copy(&planner, hook->path, err);
	out->argv = planner_texts(&planner, hook->args.count > 0 ? &hook->args : &alone, err);
	out->envp = planner_texts(&planner, &hook->env, err);
	out->origin = planner_copy(&planner, hook->origin, err);
	if (hook->timeout_s.is_set)
		out->timeout_ms = (uint64_t)hook->timeout_s.value * 1000;
	return out->path == NULL || out->argv == NULL || out->envp == NULL || out->origin == NULL
	               ? -1
	               : 0;
}

int plan_hooks(const struct spec *spec, enum plan_hook_point point, struct arena *arena,
               struct plan_hook_list *out, struct error *err)
{
	static const enum spec_oci_hook_point points[PLAN_HOOK_POINT_COUNT] = {
		[PLAN_HOOK_PRESTART] = SPEC_OCI_PRESTART,
		[PLAN_HOOK_CREATE_RUNTIME] = SPEC_OCI_CREATE_RUNTIME,
		[PLAN_HOOK_CREATE_CONTAINER] = SPEC_OCI_CREATE_CONTAINER,
		[PLAN_HOOK_START_CONTAINER] = SPEC_OCI_START_CONTAINER,
		[PLAN_HOOK_POSTSTART] = SPEC_OCI_POSTSTART,
		[PLAN_HOOK_POSTSTOP] = SPEC_OCI_POSTSTOP,
	};
	const struct spec_oci_hook_list *asked;
	struct plan_hook *items;

	*out = (struct plan_hook_list){ .items = NULL };
	if (spec->oci == NULL || spec->oci->hooks[points[point]].count == 0)
		return 0;
	asked = &spec->oci->hooks[points[point]];
	items = arena_alloc(arena, asked->count * sizeof(*items), err);
	if (items == NULL)
		return -1;
	for (size_t i = 0; i < asked->count; i++) {
		if (copy_hook(arena, &asked->items[i], &items[i], err) < 0)
			return -1;
	}
	*out = (struct plan_hook_list){ .items = items, .count = asked->count };
	return 0;
}

static int plan_all_hooks(struct planner *planner, struct error *err)
{
	struct plan *plan = planner->plan;

	for (int point = 0; point < PLAN_HOOK_POINT_COUNT; point++) {
		if (plan_hooks(planner->spec, (enum plan_hook_point)point, plan->arena,
		               &plan->hooks[point], err) < 0)
			return -1;
	}
	return 0;
}

static int add_join(struct planner *planner, struct plan_join *join,
                    const struct spec_oci_namespace *asked, struct error *err)
{
	join->kind = asked->kind;
	join->path = planner_copy(planner, asked->path, err);
	join->origin = planner_copy(planner, asked->origin, err);
	return join->path == NULL || join->origin == NULL ? -1 : 0;
}

/* A path to the caller's own namespace is joined for nothing, and its own user namespace not. */
static bool is_own(const struct spec_oci_namespace *asked)
{
	static const struct {
		uint64_t kind;
		const char *path;
	} own[] = {
		{ CLONE_NEWCGROUP, "/proc/self/ns/cgroup" },
		{ CLONE_NEWIPC, "/proc/self/ns/ipc" },
		{ CLONE_NEWNET, "/proc/self/ns/net" },
		{ CLONE_NEWNS, "/proc/self/ns/mnt" },
		{ CLONE_NEWPID, "/proc/self/ns/pid" },
		{ CLONE_NEWTIME, "/proc/self/ns/time" },
		{ CLONE_NEWUSER, "/proc/self/ns/user" },
		{ CLONE_NEWUTS, "/proc/self/ns/uts" },
	};
	struct stat ours;
	struct stat theirs;

	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		if (own[i].kind == asked->kind)
			return stat(own[i].path, &ours) == 0 && stat(asked->path, &theirs) == 0 &&
			       ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
	}
	return false;
}

static int plan_namespaces(struct planner *planner, struct error *err)
{
	const struct spec_oci *oci = planner->spec->oci;
	struct plan *plan = planner->plan;
	struct plan_join *joins = planner_array(planner, oci->namespace_count, sizeof(*joins), err);
	uint64_t seen = 0;

	if (joins == NULL)
		return -1;
	for (size_t i = 0; i < oci->namespace_count; i++) {
		const struct spec_oci_namespace *asked = &oci->namespaces[i];

		if ((seen & asked->kind) != 0) {
			(void)error_set(err, ERROR_SPEC, "a kind of namespace is named twice");
			return refuse(asked->origin, err);
		}
		seen |= asked->kind;
		if (asked->path == NULL)
			plan->clone_flags |= asked->kind;
		else if (!is_own(asked) &&
		         add_join(planner, &joins[plan->join_count++], asked, err) < 0)
			return -1;
	}
	plan->joins = plan->join_count > 0 ? joins : NULL;
	return 0;
}

static bool has_own(const struct plan *plan, uint64_t kind)
{
	if ((plan->clone_flags & kind) != 0)
		return true;
	for (size_t i = 0; i < plan->join_count; i++) {
		if (plan->joins[i].kind == kind)
			return true;
	}
	return false;
}

/* Who has a user namespace of its own has no rights over mounts of another's. */
static int plan_mount_namespace(struct planner *planner, struct error *err)
{
	struct plan *plan = planner->plan;

	plan->shares_mounts = !has_own(plan, CLONE_NEWNS);
	if (!plan->shares_mounts || (plan->is_privileged && !has_own(plan, CLONE_NEWUSER)))
		return 0;
	(void)error_set(err, ERROR_SPEC,
	                "only root without a user namespace of its own can make a container "
	                "without a mount namespace");
	(void)error_hint(err, "add {\"type\": \"mount\"} to linux.namespaces");
	return refuse("/linux/namespaces", err);
}

static int plan_time_offsets(struct planner *planner, struct error *err)
{
	const struct spec_oci *oci = planner->spec->oci;
	struct plan *plan = planner->plan;
	struct plan_time_offset *offsets =
		planner_array(planner, oci->time_offset_count, sizeof(*offsets), err);

	if (offsets == NULL)
		return -1;
	for (size_t i = 0; i < oci->time_offset_count; i++) {
		const struct spec_oci_time_offset *asked = &oci->time_offsets[i];

		offsets[i] = (struct plan_time_offset){ .seconds = asked->seconds,
			                                .nanoseconds = asked->nanoseconds };
		offsets[i].clock = planner_copy(planner, asked->clock, err);
		offsets[i].origin = planner_copy(planner, asked->origin, err);
		if (offsets[i].clock == NULL || offsets[i].origin == NULL)
			return -1;
	}
	plan->time_offsets = oci->time_offset_count > 0 ? offsets : NULL;
	plan->time_offset_count = oci->time_offset_count;
	if (oci->time_offset_count == 0 || (plan->clone_flags & CLONE_NEWTIME) != 0)
		return 0;
	(void)error_set(err, ERROR_SPEC, "time offsets need a new time namespace");
	return refuse(oci->time_offsets[0].origin, err);
}

static int copy_name(struct planner *planner, const struct spec_text *asked, uint64_t new,
                     const char **out, struct error *err)
{
	if (asked->value == NULL)
		return 0;
	if (!new) {
		(void)error_set(err, ERROR_SPEC, "a name needs a UTS namespace of its own");
		return refuse(asked->origin, err);
	}
	*out = planner_copy(planner, asked->value, err);
	return *out == NULL ? -1 : 0;
}

static int plan_names(struct planner *planner, struct error *err)
{
	struct plan *plan = planner->plan;
	const bool has_own_uts = has_own(plan, CLONE_NEWUTS);

	plan->brings_up_loopback = (plan->clone_flags & CLONE_NEWNET) != 0;
	if (copy_name(planner, &planner->spec->hostname, has_own_uts, &plan->hostname, err) < 0)
		return -1;
	return copy_name(planner, &planner->spec->oci->domainname, has_own_uts, &plan->domainname,
	                 err);
}

static int add_net_device(struct planner *planner, const struct spec_oci_net_device *asked,
                          struct plan_net_device *out, struct error *err)
{
	out->host_name = planner_copy(planner, asked->host_name, err);
	if (strcmp(asked->name, asked->host_name) != 0)
		out->name = planner_copy(planner, asked->name, err);
	out->origin = planner_copy(planner, asked->origin, err);
	return err->kind == ERROR_NONE ? 0 : -1;
}

/* Where the container is in the caller's own network namespace, nothing would move. */
static int check_net_devices(struct planner *planner, struct error *err)
{
	const struct spec_oci *oci = planner->spec->oci;

	if (oci->net_device_count == 0)
		return 0;
	if (!has_own(planner->plan, CLONE_NEWNET)) {
		(void)error_set(err, ERROR_SPEC,
		                "network devices move to a network namespace of the container's "
		                "own");
		return refuse(oci->net_devices[0].origin, err);
	}
	if (planner->plan->is_privileged)
		return 0;
	(void)error_set(err, ERROR_DENIED, "only root can move network devices");
	return refuse(oci->net_devices[0].origin, err);
}

static int plan_net_devices(struct planner *planner, struct error *err)
{
	const struct spec_oci *oci = planner->spec->oci;
	struct plan *plan = planner->plan;
	struct plan_net_device *devices =
		planner_array(planner, oci->net_device_count, sizeof(*devices), err);

	if (devices == NULL || check_net_devices(planner, err) < 0)
		return -1;
	for (size_t i = 0; i < oci->net_device_count; i++) {
		if (add_net_device(planner, &oci->net_devices[i], &devices[i], err) < 0)
			return -1;
	}
	plan->net_devices = oci->net_device_count > 0 ? devices : NULL;
	plan->net_device_count = oci->net_device_count;
	return 0;
}

static int refuse_absent(const struct spec_text *asked, const char *what, struct error *err)
{
	if (asked->value == NULL || asked->value[0] == '\0')
		return 0;
	(void)error_set(err, ERROR_HOST, "%s", what);
	return refuse(asked->origin, err);
}

/* Where nothing judges by labels, files are as safe without. */
static int check_mount_label(struct planner *planner, struct error *err)
{
	const struct spec_text *label = &planner->spec->oci->mount_label;

	planner->plan->lacks_mount_label = label->value != NULL && label->value[0] != '\0';
	if (!host_has_selinux(planner->host))
		return 0;
	return refuse_absent(label, "hardrun does not label files for SELinux", err);
}

/* What only other hosts have. */
static int check_host(struct planner *planner, struct error *err)
{
	const struct spec_oci *oci = planner->spec->oci;

	if (refuse_absent(&oci->selinux_label, "this host has no SELinux", err) < 0 ||
	    check_mount_label(planner, err) < 0)
		return -1;
	return refuse_absent(&oci->intel_rdt, "hardrun does not control Intel RDT", err);
}

int plan_oci(struct planner *planner, struct error *err)
{
	const struct plan_request *request = planner->request;
	struct plan *plan = planner->plan;

	plan->is_container = true;
	plan->joins_container = request->joins_container;
	plan->waits_for_start = !request->joins_container;
	plan->is_privileged = host_has_admin(planner->host);
	plan->has_no_pivot = request->has_no_pivot;
	plan->keeps_keyring = request->has_no_keyring;
	plan->kept_fd_count =
		(unsigned int)(request->preserved_fd_count + request->listen_fd_count);
	plan->makes_cwd = !request->joins_container;
	plan->clone_flags = 0;
	if (check_host(planner, err) < 0)
		return -1;
	if (request->joins_container)
		return 0;
	if (plan_namespaces(planner, err) < 0 || plan_mount_namespace(planner, err) < 0 ||
	    plan_time_offsets(planner, err) < 0 || plan_names(planner, err) < 0 ||
	    plan_net_devices(planner, err) < 0)
		return -1;
	return plan_all_hooks(planner, err);
}
