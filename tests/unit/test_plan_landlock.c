/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* With the running kernel's ABI; where it has none, what is tested is the refusal. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "kernel/landlock.h"
#include "support/plan_fixture.h"
#include "support/suite.h"

#define READ (LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR)

static const struct plan_node nodes[] = {
	{ .kind = PLAN_NODE_TMPFS,
	  .target = "/",
	  .attributes = MOUNT_ATTR_NOEXEC,
	  .is_read_only = true },
	{ .kind = PLAN_NODE_FILE, .target = "/etc/passwd" },
	{ .kind = PLAN_NODE_BIND,
	  .target = "/usr",
	  .attributes = MOUNT_ATTR_RDONLY,
	  .is_directory = true },
	{ .kind = PLAN_NODE_TMPFS,
	  .target = "/dev",
	  .attributes = MOUNT_ATTR_NOEXEC,
	  .is_read_only = true },
	{ .kind = PLAN_NODE_DEVICE, .target = "/dev/null", .attributes = MOUNT_ATTR_NOEXEC },
	{ .kind = PLAN_NODE_PROC,
	  .target = "/proc",
	  .attributes = MOUNT_ATTR_NOEXEC,
	  .is_read_only = true },
	{ .kind = PLAN_NODE_TMPFS, .target = "/tmp", .attributes = MOUNT_ATTR_NOEXEC },
};

static struct plan_fixture fixture;
static struct error err;

static void start(void)
{
	plan_fixture_start(&fixture);
	err = (struct error){ .kind = ERROR_NONE };
	fixture.spec.has_landlock = true;
	fixture.planner.plan->nodes = nodes;
	fixture.planner.plan->node_count = ARRAY_LEN(nodes);
}

static void end(void)
{
	plan_fixture_end(&fixture);
}

static const struct plan_landlock *plan_of(void)
{
	return &fixture.planner.plan->landlock;
}

static uint64_t access_at(const char *path)
{
	for (size_t i = 0; i < plan_of()->rule_count; i++) {
		if (strcmp(plan_of()->rules[i].path, path) == 0)
			return plan_of()->rules[i].access;
	}
	return 0;
}

START_TEST(places_follow_from_the_mounts)
{
	const uint64_t all = landlock_fs_of_abi(landlock_abi());

	ck_assert_int_eq(plan_landlock(&fixture.planner, &err), 0);
	ck_assert_uint_eq(plan_of()->handled_fs, all);
	ck_assert_uint_eq(plan_of()->handled_net, 0);
	ck_assert_uint_eq(access_at("/"), READ);
	ck_assert_uint_eq(access_at("/usr"), READ | LANDLOCK_FS_EXECUTE);
	ck_assert_uint_eq(access_at("/dev/null"), 0);
	ck_assert_uint_eq(access_at("/dev") & ~LANDLOCK_FS_IOCTL_DEV,
	                  READ | LANDLOCK_FS_WRITE_FILE);
	ck_assert_uint_eq(access_at("/tmp"),
	                  all & ~(LANDLOCK_FS_EXECUTE | LANDLOCK_FS_MAKE_CHAR |
	                          LANDLOCK_FS_MAKE_BLOCK | LANDLOCK_FS_IOCTL_DEV));
	ck_assert_uint_eq(plan_of()->rule_count, 4);
}
END_TEST

START_TEST(a_relaxed_one_is_not_planned)
{
	fixture.spec.has_landlock = false;
	ck_assert_int_eq(plan_landlock(&fixture.planner, &err), 0);
	ck_assert_int_eq(plan_of()->abi, 0);
	ck_assert_uint_eq(plan_of()->rule_count, 0);
}
END_TEST

START_TEST(a_kernel_without_it_is_refused_with_the_way_out)
{
	ck_assert_int_eq(plan_landlock(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	ck_assert_ptr_nonnull(strstr(err.hint, "landlock-off"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan_landlock");
	TCase *tests = tcase_create("plan_landlock");

	tcase_add_checked_fixture(tests, start, end);
	tcase_add_test(tests, a_relaxed_one_is_not_planned);
	if (landlock_abi() > 0)
		tcase_add_test(tests, places_follow_from_the_mounts);
	else
		tcase_add_test(tests, a_kernel_without_it_is_refused_with_the_way_out);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
