/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One plan that has a bit of everything, as text and as JSON, against tests/golden/explain.
 * Usage: test_explain GOLDEN_FOLDER [--update]
 */
#include <check.h>
#include <linux/filter.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "inspect/explain.h"
#include "support/suite.h"

#define TEXT_SIZE 16384

static const char *golden_folder;
static bool updates;

static const struct plan_node nodes[] = {
	{ .kind = PLAN_NODE_TMPFS,
	  .target = "/",
	  .tmpfs_size = 1048576,
	  .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	  .is_read_only = true },
	{ .kind = PLAN_NODE_DIRECTORY, .target = "/etc" },
	{ .kind = PLAN_NODE_FILE, .target = "/etc/hostname", .content_size = 5 },
	{ .kind = PLAN_NODE_SYMLINK, .target = "/bin", .source = "usr/bin" },
	{ .kind = PLAN_NODE_BIND,
	  .target = "/usr",
	  .source = "/usr",
	  .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY,
	  .is_id_mapped = true },
	{ .kind = PLAN_NODE_BIND,
	  .target = "/srv/a-long-path/that-does-not-fit",
	  .source = "/srv/data",
	  .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC },
	{ .kind = PLAN_NODE_DEVICE, .target = "/dev/null", .device_number = 0x103 },
	{ .kind = PLAN_NODE_DEVPTS, .target = "/dev/pts", .attributes = MOUNT_ATTR_NOSUID },
	{ .kind = PLAN_NODE_PROC, .target = "/proc", .is_read_only = true },
	{ .kind = PLAN_NODE_SYSFS, .target = "/sys", .attributes = MOUNT_ATTR_RDONLY },
	{ .kind = PLAN_NODE_CGROUP2, .target = "/sys/fs/cgroup", .attributes = MOUNT_ATTR_RDONLY },
	{ .kind = PLAN_NODE_TMPFS, .target = "/tmp", .tmpfs_size = 67108864 },
};

static const struct id_map map = { 0, 524288, 65536 };
static const char *const arguments[] = { "/usr/bin/app", "--colour=\033[31m", "\"quoted\"", NULL };
static const char *const environment[] = { "HOME=/tmp", "TOKEN=not to be seen", NULL };
static const struct plan_cgroup_value cgroup_values[] = {
	{ "memory.swap.max", "0", "" },
	{ "memory.max", "536870912", "" },
};
static const struct plan_path masks[] = { { "/proc/kcore", "" } };
static const struct plan_secret secrets[] = { { "/srv/token", "/run/secrets/token", "" } };
static const struct plan_sysctl sysctls[] = { { "net/core/somaxconn", "128", "" } };
static const struct plan_rlimit rlimits[] = {
	{ RLIMIT_CORE, 0, 0, "" },
	{ RLIMIT_STACK, RLIM_INFINITY, RLIM_INFINITY, "" },
};
static const uint32_t gids[] = { 10, 20 };
static const struct plan_landlock_rule rules[] = { { "/usr", 13 } };
static const struct plan_relaxation relaxations[] = {
	{ "capabilities", "no capabilities", "listens on port 80", "/relax/capabilities" },
	{ "write", "read-only mounts", "the database's own files", "/relax/write" },
};

static const struct plan plan = {
	.name = "app",
	.argv = arguments,
	.envp = environment,
	.cwd = "/srv",
	.has_terminal = true,
	.timeout_ms = 1500,
	.clone_flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
	               CLONE_NEWCGROUP,
	.uid_map = &map,
	.uid_map_count = 1,
	.gid_map = &map,
	.gid_map_count = 1,
	.maps_by_helper = true,
	.hostname = "app",
	.brings_up_loopback = true,
	.forbids_nested_user_namespaces = true,
	.nodes = nodes,
	.node_count = ARRAY_LEN(nodes),
	.masked_paths = masks,
	.masked_path_count = ARRAY_LEN(masks),
	.secrets = secrets,
	.secret_count = ARRAY_LEN(secrets),
	.sysctls = sysctls,
	.sysctl_count = ARRAY_LEN(sysctls),
	.rlimits = rlimits,
	.rlimit_count = ARRAY_LEN(rlimits),
	.umask = 027,
	.inner_uid = 65532,
	.inner_gid = 65532,
	.additional_gids = gids,
	.additional_gid_count = ARRAY_LEN(gids),
	.capabilities = UINT64_C(1) << 10,
	.no_new_privs = true,
	.apparmor_profile = "hardrun-0123",
	.apparmor_text = "profile",
	.landlock = { .abi = 4, .handled_net = 3, .rules = rules, .rule_count = ARRAY_LEN(rules) },
	.seccomp = { .len = 42 },
	.cgroup = { .parent = "/",
	            .name = "hardrun-app",
	            .values = cgroup_values,
	            .value_count = ARRAY_LEN(cgroup_values),
	            .device_program = &map },
	.relaxations = relaxations,
	.relaxation_count = ARRAY_LEN(relaxations),
	.spec_digest = "00ff",
};

static const char *const stages[] = {
	"session",       "limits",   "mounts",       "secrets",           "sysctls",
	"masked-paths",  "hostname", "network",      "apparmor",          "no-new-privs",
	"bounding-set",  "user",     "capabilities", "working-directory", "landlock",
	"not-explained", "exec",
};

static const struct plan_lacks lacks = {
	.items = { { .kind = ERROR_HOST,
	             .what = "the label of AppArmor: this host has no AppArmor",
	             .hint = "relax apparmor-off" },
	           { .kind = ERROR_DENIED,
	             .code = 13,
	             .where = "/mounts/0",
	             .what = "you may not read /srv/data" } },
	.count = 2,
};

static const struct explanation explanation = {
	.plan = &plan,
	.stages = stages,
	.stage_count = ARRAY_LEN(stages),
	.lacks = &lacks,
};

static void compare(const char *name, void (*explain)(const struct explanation *, FILE *))
{
	char path[4096];
	char found[TEXT_SIZE] = "";
	char expected[TEXT_SIZE] = "";
	FILE *memory = fmemopen(found, sizeof(found), "w");
	FILE *file;

	ck_assert_ptr_nonnull(memory);
	explain(&explanation, memory);
	ck_assert_int_eq(fclose(memory), 0);
	(void)snprintf(path, sizeof(path), "%s/%s", golden_folder, name);
	file = fopen(path, updates ? "we" : "re");
	ck_assert_msg(file != NULL, "%s", path);
	if (updates)
		ck_assert_int_ge(fputs(found, file), 0);
	else
		ck_assert_uint_gt(fread(expected, 1, sizeof(expected) - 1, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	if (!updates)
		ck_assert_msg(strcmp(found, expected) == 0, "%s is not what is written:\n%.2000s",
		              path, found);
}

START_TEST(a_plan_reads_as_it_always_did)
{
	compare("plan.txt", explain_text);
}
END_TEST

START_TEST(the_json_is_as_it_always_was)
{
	compare("plan.json", explain_json);
}
END_TEST

START_TEST(nothing_steers_the_readers_terminal)
{
	char found[TEXT_SIZE] = "";
	FILE *memory = fmemopen(found, sizeof(found), "w");

	ck_assert_ptr_nonnull(memory);
	explain_text(&explanation, memory);
	ck_assert_int_eq(fclose(memory), 0);
	ck_assert_ptr_null(strchr(found, '\033'));
	ck_assert_ptr_null(strstr(found, "not to be seen"));
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("explain");
	TCase *tcase = tcase_create("all");

	tcase_add_test(tcase, a_plan_reads_as_it_always_did);
	tcase_add_test(tcase, the_json_is_as_it_always_was);
	tcase_add_test(tcase, nothing_steers_the_readers_terminal);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(int argc, char **argv)
{
	golden_folder = argc > 1 ? argv[1] : ".";
	updates = argc > 2;
	return run_suite(make_suite());
}
