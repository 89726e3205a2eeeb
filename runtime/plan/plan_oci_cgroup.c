/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the cgroup of a config.json is: a path that is followed below the mount point, or a
 * scope that systemd makes.
 * Source: runtime-spec config-linux.md, "Cgroups Path"; runc(8), --systemd-cgroup.
 */
#include <linux/mount.h>
#include <sched.h>
#include <string.h>

#include "base/text.h"
#include "kernel/cgroup.h"
#include "plan/plan_oci_resources.h"

/* Above the containers that name no path. */
#define DEFAULT_PARENT "/hardrun"

/* Of scopes that are not given a prefix. */
#define DEFAULT_PREFIX "hardrun"

#define UNIT_NAME_MAX 255 /* bytes; systemd's UNIT_NAME_MAX less one */

/* What systemd allows in the name of a unit. Source: systemd.unit(5). */
#define UNIT_NAME_OTHERS ":-_.\\@"

static int refuse(const struct spec_text *path, struct error *err, const char *what)
{
	(void)error_set(err, ERROR_SPEC, "cgroupsPath \"%s\": %s", path->value, what);
	return error_at(err, "%s", path->origin);
}

/* Follow "." and ".." in the text alone, and not above the root. @out is as long as @path. */
static void clean(char *out, const char *path)
{
	size_t length = 0;

	while (*path != '\0') {
		const size_t found = strcspn(path, "/");

		if (found == 2 && strncmp(path, "..", 2) == 0) {
			while (length > 0 && out[--length] != '/')
				;
		} else if (found > 0 && !(found == 1 && *path == '.')) {
			out[length++] = '/';
			memcpy(out + length, path, found);
			length += found;
		}
		path += found + (path[found] == '/' ? 1 : 0);
	}
	out[length] = '\0';
}

/* Where an ordinary user's containers are, one beside the other; "" for the root. */
static int find_parent(struct planner *planner, char parent[CGROUP_PATH_SIZE], struct error *err)
{
	parent[0] = '\0';
	if (host_is_privileged(planner->host))
		return 0;
	if (cgroup_find_own(parent, err) < 0 || cgroup_find_delegated(parent, err) < 0)
		return -1;
	if (strcmp(parent, "/") == 0)
		parent[0] = '\0';
	return 0;
}

static int place_by_default(struct planner *planner, struct error *err)
{
	struct plan_cgroup *cgroup = &planner->plan->cgroup;
	char parent[CGROUP_PATH_SIZE];

	if (find_parent(planner, parent, err) < 0)
		return -1;
	cgroup->path =
		planner_text(planner, err, "%s" DEFAULT_PARENT "%s%s", parent,
	                     host_is_privileged(planner->host) ? "/" : "-", planner->plan->name);
	return cgroup->path == NULL ? -1 : 0;
}

/* A relative path begins where the default does not: at the root, or at what is delegated. */
static int place_as_asked(struct planner *planner, const struct spec_text *asked, struct error *err)
{
	struct plan_cgroup *cgroup = &planner->plan->cgroup;
	char parent[CGROUP_PATH_SIZE] = "";
	char *path = planner_array(planner, strlen(asked->value) + 2, 1, err);

	if (path == NULL)
		return -1;
	clean(path, asked->value);
	if (path[0] == '\0')
		return refuse(asked, err, "a container cannot be in the root of the cgroups");
	if (asked->value[0] != '/' && find_parent(planner, parent, err) < 0)
		return -1;
	cgroup->path = planner_text(planner, err, "%s%s", parent, path);
	if (cgroup->path == NULL)
		return -1;
	if (strlen(cgroup->path) >= CGROUP_PATH_SIZE)
		return refuse(asked, err, "the path is too long");
	return 0;
}

/* "slice:prefix:name", taken apart. */
struct scope_parts {
	size_t slice_length;
	const char *prefix;
	size_t prefix_length;
	const char *name;
};

static int take_apart(const struct spec_text *asked, struct scope_parts *out, struct error *err)
{
	const char *first = strchr(asked->value, ':');
	const char *second = first == NULL ? NULL : strchr(first + 1, ':');

	if (second == NULL || strchr(second + 1, ':') != NULL)
		return refuse(asked, err, "systemd needs it as \"slice:prefix:name\"");
	if (second[1] == '\0')
		return refuse(asked, err, "the name after the second colon is missing");
	*out = (struct scope_parts){
		.slice_length = (size_t)(first - asked->value),
		.prefix = first + 1,
		.prefix_length = (size_t)(second - first - 1),
		.name = second + 1,
	};
	return 0;
}

static bool is_unit(const char *name, const char *suffix)
{
	const size_t length = strlen(name);
	const size_t suffix_length = strlen(suffix);

	return length <= UNIT_NAME_MAX && length > suffix_length &&
	       strcmp(name + length - suffix_length, suffix) == 0 &&
	       text_is_made_of(name, UNIT_NAME_OTHERS);
}

static int name_scope(struct planner *planner, const struct spec_text *asked,
                      struct plan_scope *scope, struct error *err)
{
	const char *slice = scope->is_user ? "user.slice" : "system.slice";
	struct scope_parts parts = { .prefix = "" };

	if (asked->value == NULL || asked->value[0] == '\0') {
		scope->slice = slice;
		scope->unit =
			planner_text(planner, err, DEFAULT_PREFIX "-%s.scope", planner->plan->name);
		return scope->unit == NULL ? -1 : 0;
	}
	if (take_apart(asked, &parts, err) < 0)
		return -1;
	scope->slice =
		parts.slice_length == 0
			? slice
			: planner_text(planner, err, "%.*s", (int)parts.slice_length, asked->value);
	scope->unit = planner_text(planner, err, "%.*s%s%s.scope", (int)parts.prefix_length,
	                           parts.prefix, parts.prefix_length > 0 ? "-" : "", parts.name);
	return scope->slice == NULL || scope->unit == NULL ? -1 : 0;
}

static int place_by_systemd(struct planner *planner, const struct spec_text *asked,
                            struct error *err)
{
	struct plan_scope *scope = planner_array(planner, 1, sizeof(*scope), err);

	if (scope == NULL)
		return -1;
	scope->is_user = !host_is_privileged(planner->host);
	if (name_scope(planner, asked, scope, err) < 0)
		return -1;
	if (!is_unit(scope->slice, ".slice") || !is_unit(scope->unit, ".scope")) {
		(void)error_set(err, ERROR_SPEC, "systemd can have no unit %s in %s", scope->unit,
		                scope->slice);
		return error_at(err, "%s", asked->origin != NULL ? asked->origin : "");
	}
	planner->plan->cgroup.scope = scope;
	return plan_oci_properties(planner, scope, err);
}

static int place(struct planner *planner, struct error *err)
{
	const struct spec_text *asked = &planner->spec->oci->cgroups_path;

	if (planner->request->has_systemd_cgroup)
		return place_by_systemd(planner, asked, err);
	if (asked->value != NULL && asked->value[0] != '\0')
		return place_as_asked(planner, asked, err);
	return place_by_default(planner, err);
}

static int refuse_limits(struct error *err)
{
	return error_set(err, ERROR_SPEC,
	                 "resource limits: there is no cgroup for them with --cgroup-manager "
	                 "disabled");
}

static int refuse_mode(enum cgroup_mode mode, struct error *err)
{
	const char *what = mode == CGROUP_MODE_NONE
	                           ? "has no control groups mounted at " CGROUP_MOUNT_POINT
	                           : "has its controllers in version 1 of control groups";

	(void)error_set(err, ERROR_HOST, "resource limits: this host %s", what);
	return error_hint(err,
	                  "boot with systemd.unified_cgroup_hierarchy=1, or ask for no limits");
}

/* What a host or user without a place for the cgroup must not hide: that something is not done. */
static int do_without(struct planner *planner, struct error *err)
{
	const struct spec_text *asked = &planner->spec->oci->cgroups_path;
	struct plan_cgroup *cgroup = &planner->plan->cgroup;

	if (cgroup->value_count > 0 || (asked->value != NULL && asked->value[0] != '\0'))
		return -1;
	*err = (struct error){ .kind = ERROR_NONE };
	*cgroup = (struct plan_cgroup){ .path = NULL };
	return 0;
}

static bool has_new_namespace(const struct spec_oci *oci, uint64_t kind)
{
	for (size_t i = 0; i < oci->namespace_count; i++) {
		if (oci->namespaces[i].kind == kind)
			return oci->namespaces[i].path == NULL;
	}
	return false;
}

static bool may_write_cgroups(const struct spec_oci *oci)
{
	for (size_t i = 0; i < oci->mount_count; i++) {
		const struct spec_oci_mount *mount = &oci->mounts[i];

		if (strcmp(mount->target, CGROUP_MOUNT_POINT) == 0)
			return (mount->attributes & MOUNT_ATTR_RDONLY) == 0;
	}
	return false;
}

/*
 * A container with users, cgroups and a writable mount of its own may divide its cgroup.
 * After: plan_users. Source: runtime-spec config-linux.md, "Cgroup ownership".
 */
static void find_owner(struct planner *planner)
{
	const struct spec_oci *oci = planner->spec->oci;
	const struct plan *plan = planner->plan;

	if (!has_new_namespace(oci, CLONE_NEWUSER) || !has_new_namespace(oci, CLONE_NEWCGROUP) ||
	    !may_write_cgroups(oci))
		return;
	for (size_t i = 0; i < plan->uid_map_count; i++) {
		if (plan->uid_map[i].inner == 0) {
			planner->plan->cgroup.has_owner = true;
			planner->plan->cgroup.owner_uid = plan->uid_map[i].outer;
		}
	}
}

int plan_oci_cgroup(struct planner *planner, struct error *err)
{
	const enum cgroup_mode mode = cgroup_find_mode();
	const struct spec_oci_resources *resources = &planner->spec->oci->resources;
	struct plan_cgroup *cgroup = &planner->plan->cgroup;

	if (planner->request->joins_container)
		return 0;
	if (plan_oci_values(planner, resources, NULL, err) < 0)
		return -1;
	cgroup->lacks_device_rules =
		(planner->request->has_no_cgroup || mode != CGROUP_MODE_UNIFIED) &&
		host_is_privileged(planner->host) && plan_oci_restricts_devices(resources);
	if (planner->request->has_no_cgroup)
		return cgroup->value_count > 0 ? refuse_limits(err) : 0;
	if (mode != CGROUP_MODE_UNIFIED)
		return cgroup->value_count > 0 ? refuse_mode(mode, err) : 0;
	if (place(planner, err) < 0)
		return host_is_privileged(planner->host) ? -1 : do_without(planner, err);
	find_owner(planner);
	cgroup->may_do_without = !host_is_privileged(planner->host) && cgroup->value_count == 0 &&
	                         planner->spec->oci->cgroups_path.value == NULL;
	return host_is_privileged(planner->host) ? plan_oci_devices(planner, resources, err) : 0;
}
