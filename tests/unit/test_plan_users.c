/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "support/plan_fixture.h"
#include "support/suite.h"

static struct plan_fixture fixture;
static struct error err;

static void end(void)
{
	plan_fixture_end(&fixture);
}

static void start_as_root(void)
{
	err = (struct error){ .kind = ERROR_NONE };
	plan_fixture_start(&fixture);
}

static void start_as_user(void)
{
	err = (struct error){ .kind = ERROR_NONE };
	plan_fixture_start_as_user(&fixture);
}

static void bind_something(void)
{
	static const struct spec_mount mount = { .source = "/srv", .target = "/srv" };

	fixture.spec.mounts = &mount;
	fixture.spec.mount_count = 1;
}

static void assert_map(const struct id_map *map, uint32_t inner, uint32_t outer, uint32_t count)
{
	ck_assert_uint_eq(map->inner, inner);
	ck_assert_uint_eq(map->outer, outer);
	ck_assert_uint_eq(map->count, count);
}

START_TEST(root_gives_the_containers_own_range)
{
	const struct plan *plan = fixture.planner.plan;

	ck_assert_int_eq(plan_users(&fixture.planner, &err), 0);
	ck_assert_uint_eq(plan->uid_map_count, 1);
	assert_map(&plan->uid_map[0], 0, 524288, 65536);
	assert_map(&plan->gid_map[0], 0, 524288, 65536);
	ck_assert(!plan->maps_by_helper);
}
END_TEST

START_TEST(a_user_without_mounts_gives_subordinate_ids_only)
{
	const struct plan *plan = fixture.planner.plan;

	ck_assert_int_eq(plan_users(&fixture.planner, &err), 0);
	ck_assert_uint_eq(plan->uid_map_count, 1);
	assert_map(&plan->uid_map[0], 0, 100000, 65536);
	assert_map(&plan->gid_map[0], 0, 200000, 65536);
	ck_assert(plan->maps_by_helper);
}
END_TEST

START_TEST(a_user_with_mounts_owns_their_files_inside)
{
	const struct plan *plan = fixture.planner.plan;

	bind_something();
	ck_assert_int_eq(plan_users(&fixture.planner, &err), 0);
	ck_assert_uint_eq(plan->uid_map_count, 3);
	assert_map(&plan->uid_map[0], 0, 100000, 65532);
	assert_map(&plan->uid_map[1], 65532, 1000, 1);
	assert_map(&plan->uid_map[2], 65533, 165532, 3);
	assert_map(&plan->gid_map[1], 65532, 1001, 1);
}
END_TEST

/* The ends of the range need one extent less, and none may be empty. */
START_TEST(the_first_and_the_last_id_leave_no_empty_extent)
{
	const struct plan *plan = fixture.planner.plan;

	bind_something();
	fixture.spec.user.uid = 0;
	fixture.spec.user.gid = 65535;
	ck_assert_int_eq(plan_users(&fixture.planner, &err), 0);
	ck_assert_uint_eq(plan->uid_map_count, 2);
	assert_map(&plan->uid_map[0], 0, 1000, 1);
	assert_map(&plan->uid_map[1], 1, 100000, 65535);
	ck_assert_uint_eq(plan->gid_map_count, 2);
	assert_map(&plan->gid_map[0], 0, 200000, 65535);
	assert_map(&plan->gid_map[1], 65535, 1001, 1);
}
END_TEST

START_TEST(ids_beyond_the_range_are_refused)
{
	static const uint32_t gids[] = { 10, 65536 };

	fixture.spec.user.additional_gids = gids;
	fixture.spec.user.additional_gid_count = 2;
	ck_assert_int_eq(plan_users(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_eq(err.where, "/user");
}
END_TEST

static void forget_subuids(void)
{
	fixture.host.subuids.count = 0;
}

static void forget_subgids(void)
{
	fixture.host.subgids.count = 0;
}

static void forget_helpers(void)
{
	fixture.host.has_map_helpers = false;
}

static void forbid_all(void)
{
	fixture.host.max_user_namespaces = 0;
}

static void forbid_users(void)
{
	fixture.host.has_userns_clone = false;
}

static void forbid_by_apparmor(void)
{
	fixture.host.apparmor_restricts_user_namespaces = true;
}

static const struct {
	void (*spoil)(void);
	const char *what; /* a part of it */
	const char *hint; /* a part of it */
} lacks[] = {
	{ forget_subuids, "/etc/subuid",
	  "usermod --add-subuids 100000-165535 --add-subgids "
	  "100000-165535 ada" },
	{ forget_subgids, "/etc/subgid", "usermod" },
	{ forget_helpers, "newuidmap", "apt install uidmap" },
	{ forbid_all, "user.max_user_namespaces = 0", "relax user-namespace-off" },
	{ forbid_users, "unprivileged_userns_clone", "sysctl -w" },
	{ forbid_by_apparmor, "AppArmor", "profiles/apparmor/hardrun" },
};

START_TEST(what_the_host_lacks_is_named_with_the_way_out)
{
	lacks[_i].spoil();
	ck_assert_int_eq(plan_users(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	ck_assert_ptr_nonnull(strstr(err.what, "own user namespace"));
	ck_assert_ptr_nonnull(strstr(err.what, lacks[_i].what));
	ck_assert_ptr_nonnull(strstr(err.hint, lacks[_i].hint));
}
END_TEST

START_TEST(all_lacks_are_listed_when_that_is_asked)
{
	fixture.request.lacks = &fixture.lacks;
	forbid_by_apparmor();
	forget_subuids();
	ck_assert_int_eq(plan_users(&fixture.planner, &err), 0);
	ck_assert_int_eq(err.kind, ERROR_NONE);
	ck_assert_uint_eq(fixture.lacks.count, 2);
	ck_assert_ptr_nonnull(strstr(fixture.lacks.items[0].what, "AppArmor"));
	ck_assert_ptr_nonnull(strstr(fixture.lacks.items[1].what, "/etc/subuid"));
}
END_TEST

START_TEST(a_user_cannot_do_without_a_user_namespace)
{
	fixture.spec.shared_namespaces = CLONE_NEWUSER;
	fixture.spec.relaxations[RELAX_USER_NAMESPACE_OFF] =
		(struct relaxation){ "because it must", "/relax/user-namespace-off" };
	ck_assert_int_eq(plan_users(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_DENIED);
	ck_assert_str_eq(err.where, "/relax/user-namespace-off");
}
END_TEST

START_TEST(without_a_user_namespace_nothing_is_mapped)
{
	fixture.spec.shared_namespaces = CLONE_NEWUSER;
	ck_assert_int_eq(plan_users(&fixture.planner, &err), 0);
	ck_assert_ptr_null(fixture.planner.plan->uid_map);
	ck_assert_uint_eq(fixture.planner.plan->uid_map_count, 0);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("plan_users");
	TCase *root = tcase_create("root");
	TCase *user = tcase_create("user");

	tcase_add_checked_fixture(root, start_as_root, end);
	tcase_add_checked_fixture(user, start_as_user, end);
	tcase_add_test(root, root_gives_the_containers_own_range);
	tcase_add_test(root, without_a_user_namespace_nothing_is_mapped);
	tcase_add_test(user, a_user_without_mounts_gives_subordinate_ids_only);
	tcase_add_test(user, a_user_with_mounts_owns_their_files_inside);
	tcase_add_test(user, the_first_and_the_last_id_leave_no_empty_extent);
	tcase_add_test(user, ids_beyond_the_range_are_refused);
	tcase_add_loop_test(user, what_the_host_lacks_is_named_with_the_way_out, 0,
	                    ARRAY_LEN(lacks));
	tcase_add_test(user, all_lacks_are_listed_when_that_is_asked);
	tcase_add_test(user, a_user_cannot_do_without_a_user_namespace);
	suite_add_tcase(suite, root);
	suite_add_tcase(suite, user);
	return suite;
}

int main(void)
{
	return run_suite(make_suite());
}
