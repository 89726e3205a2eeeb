/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose ids the container's are. Source: user_namespaces(7), newuidmap(1), subuid(5). */
#include <sched.h>

#include "plan/plan_steps.h"

#define EXTENTS_MAX 3

static int refuse_large_id(uint32_t id, const char *origin, struct error *err)
{
	(void)error_set(err, ERROR_SPEC, "the id %u is beyond the container's last, %u", id,
	                PLAN_ID_COUNT - 1);
	return error_at(err, "%s", origin);
}

static int check_ids(const struct spec_user *user, struct error *err)
{
	if (user->uid >= PLAN_ID_COUNT)
		return refuse_large_id(user->uid, user->origin, err);
	if (user->gid >= PLAN_ID_COUNT)
		return refuse_large_id(user->gid, user->origin, err);
	for (size_t i = 0; i < user->additional_gid_count; i++) {
		if (user->additional_gids[i] >= PLAN_ID_COUNT)
			return refuse_large_id(user->additional_gids[i], user->origin, err);
	}
	return 0;
}

static int copy_user(struct planner *planner, struct error *err)
{
	const struct spec_user *user = &planner->spec->user;
	struct plan *plan = planner->plan;
	uint32_t *gids;

	plan->inner_uid = user->uid;
	plan->inner_gid = user->gid;
	plan->umask = user->umask;
	if (user->additional_gid_count == 0)
		return 0;
	gids = planner_array(planner, user->additional_gid_count, sizeof(*gids), err);
	if (gids == NULL)
		return -1;
	for (size_t i = 0; i < user->additional_gid_count; i++)
		gids[i] = user->additional_gids[i];
	plan->additional_gids = gids;
	plan->additional_gid_count = user->additional_gid_count;
	return 0;
}

/* May this caller make a user namespace at all? */
static int check_user_namespaces(struct planner *planner, struct error *err)
{
	struct host *host = planner->host;

	if (host_max_user_namespaces(host) == 0) {
		(void)error_set(err, ERROR_HOST,
		                "own user namespace: this host allows none "
		                "(user.max_user_namespaces = 0)");
		return error_hint(err, "sysctl -w user.max_user_namespaces=15000; or, as root, "
		                       "relax user-namespace-off");
	}
	if (planner->plan->is_privileged)
		return 0;
	if (!host_has_userns_clone(host)) {
		(void)error_set(err, ERROR_HOST,
		                "own user namespace: this host allows none to ordinary users "
		                "(kernel.unprivileged_userns_clone = 0)");
		return error_hint(err, "sysctl -w kernel.unprivileged_userns_clone=1, or run as "
		                       "root");
	}
	if (host_apparmor_restricts_user_namespaces(host)) {
		(void)error_set(err, ERROR_HOST,
		                "own user namespace: AppArmor restricts them here "
		                "(kernel.apparmor_restrict_unprivileged_userns = 1)");
		return error_hint(err, "install profiles/apparmor/hardrun, or run as root");
	}
	return 0;
}

/* The files of the host that the container sees should be the caller's own inside, too. */
static bool sees_host_files(const struct spec *spec)
{
	return spec->mount_count > 0 || spec->secret_count > 0 ||
	       spec->rootfs.kind == SPEC_ROOTFS_DIRECTORY;
}

static void add_extent(struct id_map *map, size_t *count, uint32_t inner, uint32_t outer,
                       uint32_t length)
{
	if (length > 0)
		map[(*count)++] = (struct id_map){ inner, outer, length };
}

/* All ids from @first on, but @inner, which is the caller's own @outer. */
static size_t map_around(struct id_map *map, uint32_t inner, uint32_t outer, uint32_t first)
{
	size_t count = 0;

	add_extent(map, &count, 0, first, inner);
	add_extent(map, &count, inner, outer, 1);
	add_extent(map, &count, inner + 1, first + inner, PLAN_ID_COUNT - inner - 1);
	return count;
}

static size_t map_all(struct id_map *map, uint32_t first)
{
	size_t count = 0;

	add_extent(map, &count, 0, first, PLAN_ID_COUNT);
	return count;
}

/* Both maps, in the plan's arena. */
struct maps {
	struct id_map *uids;
	struct id_map *gids;
};

static int map_for_root(struct planner *planner, const struct maps *maps, struct error *err)
{
	const struct plan_request *request = planner->request;

	if (request->outer_count < PLAN_ID_COUNT)
		return error_set(err, ERROR_INTERNAL, "the container was given %u ids",
		                 request->outer_count);
	planner->plan->uid_map_count = map_all(maps->uids, request->outer_base);
	planner->plan->gid_map_count = map_all(maps->gids, request->outer_base);
	return 0;
}

static int refuse_without_range(struct planner *planner, const char *file, struct error *err)
{
	const char *name = host_user_name(planner->host);

	(void)error_set(err, ERROR_HOST,
	                "own user namespace: %s gives you no range of %u ids of the host", file,
	                PLAN_ID_COUNT);
	return error_hint(err, "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 %s",
	                  name[0] != '\0' ? name : "USER");
}

static int refuse_without_helpers(struct error *err)
{
	(void)error_set(err, ERROR_HOST,
	                "own user namespace: newuidmap and newgidmap are not installed");
	return error_hint(err, "apt install uidmap");
}

static int map_for_user(struct planner *planner, const struct maps *maps, struct error *err)
{
	struct host *host = planner->host;
	struct plan *plan = planner->plan;
	const struct subid_range uids = host_subuids(host, PLAN_ID_COUNT);
	const struct subid_range gids = host_subgids(host, PLAN_ID_COUNT);

	if (uids.count == 0)
		return refuse_without_range(planner, "/etc/subuid", err);
	if (gids.count == 0)
		return refuse_without_range(planner, "/etc/subgid", err);
	if (!host_has_map_helpers(host))
		return refuse_without_helpers(err);
	plan->maps_by_helper = true;
	if (!sees_host_files(planner->spec)) {
		plan->uid_map_count = map_all(maps->uids, uids.first);
		plan->gid_map_count = map_all(maps->gids, gids.first);
		return 0;
	}
	plan->uid_map_count = map_around(maps->uids, plan->inner_uid, host->uid, uids.first);
	plan->gid_map_count = map_around(maps->gids, plan->inner_gid, host->gid, gids.first);
	return 0;
}

static int make_maps(struct planner *planner, struct error *err)
{
	struct plan *plan = planner->plan;
	const struct maps maps = {
		.uids = planner_array(planner, EXTENTS_MAX, sizeof(*maps.uids), err),
		.gids = planner_array(planner, EXTENTS_MAX, sizeof(*maps.gids), err),
	};

	if (maps.uids == NULL || maps.gids == NULL)
		return -1;
	if (plan->is_privileged) {
		if (map_for_root(planner, &maps, err) < 0)
			return -1;
	} else if (map_for_user(planner, &maps, err) < 0) {
		return planner_lacks(planner, err);
	}
	plan->uid_map = maps.uids;
	plan->gid_map = maps.gids;
	return 0;
}

static int require_root(struct planner *planner, struct error *err)
{
	if (planner->plan->is_privileged)
		return 0;
	(void)error_set(err, ERROR_DENIED, "only root can run without an own user namespace");
	(void)error_at(err, "%s", planner->spec->relaxations[RELAX_USER_NAMESPACE_OFF].origin);
	return error_hint(err, "run as root, or remove relax.user-namespace-off");
}

int plan_users(struct planner *planner, struct error *err)
{
	if (copy_user(planner, err) < 0)
		return -1;
	if (!planner_is_new(planner, CLONE_NEWUSER))
		return require_root(planner, err);
	if (check_ids(&planner->spec->user, err) < 0)
		return -1;
	if (check_user_namespaces(planner, err) < 0 && planner_lacks(planner, err) < 0)
		return -1;
	return make_maps(planner, err);
}
