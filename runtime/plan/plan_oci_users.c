/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose ids a config.json's container has. Source: runtime-spec config-linux.md,
 * user_namespaces(7). */
#include <sched.h>
#include <string.h>

#include "plan/plan_steps.h"
#include "spec/spec_oci.h"

static int copy_user(struct planner *planner, struct error *err)
{
	const struct spec_user *user = &planner->spec->user;
	struct plan *plan = planner->plan;
	uint32_t *gids = planner_array(planner, user->additional_gid_count, sizeof(*gids), err);

	if (gids == NULL)
		return -1;
	for (size_t i = 0; i < user->additional_gid_count; i++)
		gids[i] = user->additional_gids[i];
	plan->inner_uid = user->uid;
	plan->inner_gid = user->gid;
	plan->umask = user->umask;
	plan->additional_gids = user->additional_gid_count > 0 ? gids : NULL;
	plan->additional_gid_count = user->additional_gid_count;
	return 0;
}

static const struct id_map *copy_map(struct planner *planner,
                                     const struct spec_oci_mapping_list *asked, struct error *err)
{
	struct id_map *map = planner_array(planner, asked->count, sizeof(*map), err);

	if (map != NULL)
		memcpy(map, asked->items, asked->count * sizeof(*map));
	return map;
}

/* What a user may write without any right: the own id, as one. */
static bool is_own_alone(const struct spec_oci_mapping_list *asked, uint32_t own)
{
	return asked->count == 1 && asked->items[0].count == 1 && asked->items[0].outer == own;
}

static int choose_writer(struct planner *planner, struct error *err)
{
	const struct spec_oci *oci = planner->spec->oci;
	struct host *host = planner->host;
	struct plan *plan = planner->plan;

	if (host_has_admin(host))
		return 0;
	if (is_own_alone(&oci->uids, host->uid) && is_own_alone(&oci->gids, host->gid)) {
		plan->denies_setgroups = true;
		if (plan->additional_gid_count == 0)
			return 0;
		(void)error_set(err, ERROR_SPEC,
		                "additional groups need more than one id in the user namespace");
		return error_at(err, "%s", planner->spec->user.origin);
	}
	plan->maps_by_helper = true;
	if (host_has_map_helpers(host))
		return 0;
	(void)error_set(err, ERROR_HOST, "newuidmap and newgidmap are not installed");
	return error_hint(err, "apt install uidmap");
}

/* Was the container that is joined made without any right? */
static bool has_own_alone(struct planner *planner)
{
	const struct spec_oci *oci = planner->spec->oci;

	return !host_has_admin(planner->host) && is_own_alone(&oci->uids, planner->host->uid) &&
	       is_own_alone(&oci->gids, planner->host->gid);
}

static int refuse_missing(struct error *err, const char *what)
{
	(void)error_set(err, ERROR_SPEC, "a new user namespace needs %s", what);
	return error_at(err, "/linux/%s", what);
}

static int plan_maps(struct planner *planner, struct error *err)
{
	const struct spec_oci *oci = planner->spec->oci;
	struct plan *plan = planner->plan;

	if (oci->uids.count == 0)
		return refuse_missing(err, "uidMappings");
	if (oci->gids.count == 0)
		return refuse_missing(err, "gidMappings");
	plan->uid_map = copy_map(planner, &oci->uids, err);
	plan->gid_map = copy_map(planner, &oci->gids, err);
	if (plan->uid_map == NULL || plan->gid_map == NULL)
		return -1;
	plan->uid_map_count = oci->uids.count;
	plan->gid_map_count = oci->gids.count;
	return choose_writer(planner, err);
}

int plan_oci_users(struct planner *planner, struct error *err)
{
	struct plan *plan = planner->plan;

	if (copy_user(planner, err) < 0)
		return -1;
	plan->denies_setgroups = host_denies_setgroups(planner->host);
	if (planner->request->joins_container) {
		plan->denies_setgroups |= has_own_alone(planner);
		return 0;
	}
	if ((plan->clone_flags & CLONE_NEWUSER) != 0)
		return plan_maps(planner, err);
	if (plan->is_privileged || plan->join_count > 0)
		return 0;
	(void)error_set(err, ERROR_DENIED, "only root can run without an own user namespace");
	(void)error_at(err, "/linux/namespaces");
	return error_hint(err, "run as root, or add {\"type\": \"user\"} and its mappings: "
	                       "hardrun spec --rootless");
}
