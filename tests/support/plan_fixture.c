/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "support/plan_fixture.h"

#include <check.h>
#include <string.h>

static void give_facts(struct host *host)
{
	*host = (struct host){ .root = "",
		               .known = UINT32_MAX,
		               .is_privileged = true,
		               .has_admin = true,
		               .has_userns_clone = true,
		               .has_map_helpers = true,
		               .max_user_namespaces = 1000,
		               .release_major = 6,
		               .release_minor = 1 };
}

void plan_fixture_start(struct plan_fixture *fixture)
{
	struct error err = { .kind = ERROR_NONE };
	struct planner *planner = &fixture->planner;
	struct arena *arena;

	memset(fixture, 0, sizeof(*fixture));
	give_facts(&fixture->host);
	fixture->args[0] = (struct spec_text){ "/usr/bin/id", "/args/0" };
	fixture->tmpfs[0] = (struct spec_tmpfs){ .target = "/run", .size = 4096, .origin = "" };
	fixture->tmpfs[1] = (struct spec_tmpfs){ .target = "/tmp", .size = 8192, .origin = "" };
	fixture->spec.name = (struct spec_text){ "test", "/name" };
	fixture->spec.args = (struct spec_text_list){ fixture->args, 1 };
	fixture->spec.user = (struct spec_user){ .uid = 65532, .gid = 65532, .origin = "/user" };
	fixture->spec.tmpfs = fixture->tmpfs;
	fixture->spec.tmpfs_count = 2;
	fixture->request.outer_base = 524288;
	fixture->request.outer_count = PLAN_ID_COUNT;

	ck_assert_int_eq(arena_new(&arena, &err), 0);
	planner->spec = &fixture->spec;
	planner->host = &fixture->host;
	planner->request = &fixture->request;
	planner->plan = arena_alloc(arena, sizeof(*planner->plan), &err);
	ck_assert_ptr_nonnull(planner->plan);
	planner->plan->arena = arena;
	planner->plan->name = "test";
	planner->plan->hostname = "test";
	planner->plan->inner_uid = 65532;
	planner->plan->inner_gid = 65532;
	planner->plan->is_privileged = true;
}

void plan_fixture_start_as_user(struct plan_fixture *fixture)
{
	struct host *host = &fixture->host;

	plan_fixture_start(fixture);
	host->is_privileged = false;
	host->has_admin = false;
	host->uid = 1000;
	host->gid = 1001;
	host->subuids = (struct subid_range){ 100000, 65536 };
	host->subgids = (struct subid_range){ 200000, 65536 };
	memcpy(host->user_name, "ada", sizeof("ada"));
	fixture->planner.plan->is_privileged = false;
}

void plan_fixture_end(struct plan_fixture *fixture)
{
	arena_free(fixture->planner.plan->arena);
}

const struct plan_node *plan_fixture_node(const struct plan_fixture *fixture, const char *target)
{
	const struct plan *plan = fixture->planner.plan;

	for (size_t i = plan->node_count; i-- > 0;) {
		if (strcmp(plan->nodes[i].target, target) == 0)
			return &plan->nodes[i];
	}
	return NULL;
}
