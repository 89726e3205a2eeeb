/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* With the running kernel's ABI; where it has none, what is tested is the refusal. */
#include <check.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "kernel/landlock.h"
#include "spec/spec_oci.h"
#include "support/plan_fixture.h"

static const struct plan_mount writable = { .is_bind = true, .is_recursive = true };
static const struct plan_mount read_only = { .is_bind = true, .own = { .set = MOUNT_ATTR_RDONLY } };
static const struct plan_mount read_only_alone = { .is_bind = true,
	                                           .is_recursive = true,
	                                           .own = { .set = MOUNT_ATTR_RDONLY } };
static const struct plan_mount read_only_below = { .is_bind = true,
	                                           .is_recursive = true,
	                                           .own = { .set = MOUNT_ATTR_RDONLY },
	                                           .below = { .set = MOUNT_ATTR_RDONLY } };
static const struct plan_hook hook = { .path = "/bin/true" };

static const char names[][SECCOMP_NAME_SIZE] = { "read", "mount" };
static const struct seccomp_rule reads[] = {
	{ .action = SECCOMP_RET_ALLOW, .first_name = 0, .name_count = 1 },
	{ .action = SECCOMP_RET_ERRNO, .first_name = 1, .name_count = 1 },
};
static const struct seccomp_rule reads_and_mounts[] = {
	{ .action = SECCOMP_RET_ALLOW, .first_name = 0, .name_count = 2 },
};

static struct plan_fixture fixture;
static struct error err;
static struct spec_oci oci;
static struct seccomp_policy policy;
static struct plan_node nodes[6];

static void start(void)
{
	const struct plan_node fresh[] = {
		{ .kind = PLAN_NODE_MOUNT,
		  .target = "/",
		  .mount = &writable,
		  .is_read_only = true },
		{ .kind = PLAN_NODE_MOUNT, .target = "/data", .mount = &writable },
		{ .kind = PLAN_NODE_MOUNT, .target = "/ro", .mount = &read_only },
		{ .kind = PLAN_NODE_MOUNT, .target = "/alone", .mount = &read_only_alone },
		{ .kind = PLAN_NODE_MOUNT, .target = "/below", .mount = &read_only_below },
		{ .kind = PLAN_NODE_MKNOD, .target = "/dev/null" },
	};

	plan_fixture_start(&fixture);
	err = (struct error){ .kind = ERROR_NONE };
	memcpy(nodes, fresh, sizeof(nodes));
	oci = (struct spec_oci){ .version = "1.3.0" };
	policy = (struct seccomp_policy){
		.default_action = SECCOMP_RET_ERRNO,
		.names = names,
		.name_count = ARRAY_LEN(names),
		.rules = reads,
		.rule_count = ARRAY_LEN(reads),
		.is_oci = true,
	};
	fixture.spec.oci = &oci;
	fixture.spec.has_landlock = true;
	fixture.spec.capabilities = 0;
	fixture.spec.seccomp =
		(struct spec_seccomp){ .kind = SPEC_SECCOMP_FILE, .policy = &policy };
	fixture.planner.plan->nodes = nodes;
	fixture.planner.plan->node_count = ARRAY_LEN(nodes);
	fixture.planner.plan->clone_flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET;
}

static void end(void)
{
	plan_fixture_end(&fixture);
}

static const struct plan_landlock *plan_of(void)
{
	return &fixture.planner.plan->landlock;
}

static bool is_allowed(const char *path)
{
	for (size_t i = 0; i < plan_of()->rule_count; i++) {
		if (strcmp(plan_of()->rules[i].path, path) == 0)
			return plan_of()->rules[i].access == plan_of()->handled_fs;
	}
	return false;
}

START_TEST(changes_are_held_to_the_mounts_that_can_be_written)
{
	const uint64_t untouched = LANDLOCK_FS_EXECUTE | LANDLOCK_FS_READ_FILE |
	                           LANDLOCK_FS_READ_DIR | LANDLOCK_FS_WRITE_FILE |
	                           LANDLOCK_FS_IOCTL_DEV;

	ck_assert_int_eq(plan_oci_landlock(&fixture.planner, &err), 0);
	ck_assert_uint_eq(plan_of()->handled_fs, landlock_fs_of_abi(landlock_abi()) & ~untouched);
	ck_assert_uint_eq(plan_of()->handled_net, 0);
	ck_assert_uint_eq(plan_of()->scoped, landlock_scoped_of_abi(landlock_abi()));
	ck_assert(is_allowed("/data"));
	ck_assert(is_allowed("/alone"));
	ck_assert_uint_eq(plan_of()->rule_count, 2);
}
END_TEST

/* Each could make Landlock deny what the program may do. */
static const char *const reasons[] = { "root",   "root remounted",   "hooks",     "capability",
	                               "filter", "filter's default", "no filter", "mounts" };

static void weaken(const char *reason)
{
	struct plan *plan = fixture.planner.plan;

	if (strcmp(reason, "root") == 0)
		nodes[0].is_read_only = false;
	else if (strcmp(reason, "root remounted") == 0)
		nodes[5] = (struct plan_node){ .kind = PLAN_NODE_MOUNT,
			                       .target = "/",
			                       .mount = &writable };
	else if (strcmp(reason, "hooks") == 0)
		plan->hooks[PLAN_HOOK_CREATE_RUNTIME] = (struct plan_hook_list){ &hook, 1 };
	else if (strcmp(reason, "capability") == 0)
		fixture.spec.capabilities = CAPABILITY_TO_FILTER;
	else if (strcmp(reason, "filter") == 0)
		policy.rules = reads_and_mounts;
	else if (strcmp(reason, "filter's default") == 0)
		policy.default_action = SECCOMP_RET_LOG;
	else if (strcmp(reason, "no filter") == 0)
		fixture.spec.seccomp = (struct spec_seccomp){ .kind = SPEC_SECCOMP_OFF };
	else
		plan->clone_flags &= ~(uint64_t)CLONE_NEWNS;
}

START_TEST(files_are_left_alone_where_that_could_break)
{
	policy.rule_count = _i == 4 ? ARRAY_LEN(reads_and_mounts) : policy.rule_count;
	weaken(reasons[_i]);
	ck_assert_int_eq(plan_oci_landlock(&fixture.planner, &err), 0);
	ck_assert_uint_eq(plan_of()->handled_fs, 0);
	ck_assert_uint_eq(plan_of()->rule_count, 0);
	ck_assert_uint_eq(plan_of()->scoped, landlock_scoped_of_abi(landlock_abi()));
}
END_TEST

static const struct {
	uint64_t namespaces;
	uint64_t scoped;
} scopes[] = {
	{ 0, 0 },
	{ CLONE_NEWPID, LANDLOCK_SCOPED_SIGNALS },
	{ CLONE_NEWNET, LANDLOCK_SCOPED_ABSTRACT_UNIX },
};

START_TEST(scopes_follow_from_the_namespaces)
{
	fixture.planner.plan->clone_flags = CLONE_NEWNS | scopes[_i].namespaces;
	ck_assert_int_eq(plan_oci_landlock(&fixture.planner, &err), 0);
	ck_assert_uint_eq(plan_of()->scoped,
	                  scopes[_i].scoped & landlock_scoped_of_abi(landlock_abi()));
}
END_TEST

START_TEST(nothing_to_restrict_is_no_landlock)
{
	fixture.planner.plan->clone_flags = CLONE_NEWNS;
	nodes[0].is_read_only = false;
	ck_assert_int_eq(plan_oci_landlock(&fixture.planner, &err), 0);
	ck_assert_int_eq(plan_of()->abi, 0);
}
END_TEST

START_TEST(nobody_asked)
{
	fixture.spec.has_landlock = _i == 0;
	fixture.request.joins_container = _i == 0;
	ck_assert_int_eq(plan_oci_landlock(&fixture.planner, &err), 0);
	ck_assert_int_eq(plan_of()->abi, 0);
}
END_TEST

START_TEST(a_kernel_without_it_is_refused)
{
	ck_assert_int_eq(plan_oci_landlock(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	ck_assert_ptr_nonnull(strstr(err.hint, "landlock-off"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan_oci_landlock");
	TCase *tcase = tcase_create("landlock");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, start, end);
	tcase_add_loop_test(tcase, nobody_asked, 0, 2);
	if (landlock_abi() == 0) {
		tcase_add_test(tcase, a_kernel_without_it_is_refused);
	} else {
		if (landlock_abi() >= 2)
			tcase_add_test(tcase, changes_are_held_to_the_mounts_that_can_be_written);
		tcase_add_loop_test(tcase, files_are_left_alone_where_that_could_break, 0,
		                    (int)ARRAY_LEN(reasons));
		tcase_add_loop_test(tcase, scopes_follow_from_the_namespaces, 0,
		                    (int)ARRAY_LEN(scopes));
		tcase_add_test(tcase, nothing_to_restrict_is_no_landlock);
	}
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
