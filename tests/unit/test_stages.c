/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of stages, and what the stages do to the kernel that make the program's identity
 * and start it. The file system's are in test_stages_mounts.c. Needs no privilege.
 */
#include <check.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_kernel.h"
#include "inspect/explain_stages.h"
#include "kernel/landlock.h"
#include "kernel/process.h"
#include "sandbox/stages.h"
#include "sandbox/sync.h"
#include "support/suite.h"

static struct plan plan;
static struct sandbox sandbox;
static struct error err;

static const char *const argv[] = { "id", "-u", NULL };
static const char *const envp[] = { "A=b", NULL };
static const char *const paths[] = { "/usr/bin/id", "/bin/id", NULL };
static struct sock_filter filter[] = { { .code = BPF_RET, .k = SECCOMP_RET_ALLOW } };

/* A plan that wants every stage but early-seccomp. */
static void start(void)
{
	fake_kernel_reset();
	err = (struct error){ .kind = ERROR_NONE };
	plan = (struct plan){ .clone_flags = CLONE_NEWUSER | CLONE_NEWPID,
		              .argv = argv,
		              .envp = envp,
		              .program_paths = paths,
		              .argv_origin = "/args/0",
		              .cwd = "/work",
		              .cwd_origin = "/cwd",
		              .has_terminal = true,
		              .hostname = "box",
		              .brings_up_loopback = true,
		              .umask = 027,
		              .inner_uid = 65532,
		              .inner_gid = 65533,
		              .capabilities = UINT64_C(1) << 10,
		              .no_new_privs = true,
		              .apparmor_profile = "hardrun-1",
		              .landlock = { .abi = 3, .handled_fs = 0xf },
		              .seccomp = { .len = ARRAY_LEN(filter), .filter = filter } };
	sandbox = (struct sandbox){ .sync_fd = -1,
		                    .root_fd = -1,
		                    .proc_fd = fake_kernel_open("proc"),
		                    .devpts_fd = fake_kernel_open("devpts"),
		                    .terminal_fd = -1 };
}

static const struct stage *stage_named(const char *name)
{
	for (size_t i = 0; i < init_stages.count; i++) {
		if (strcmp(init_stages.stages[i].name, name) == 0)
			return &init_stages.stages[i];
	}
	ck_abort_msg("no stage called %s", name);
}

static bool is_wanted(const char *name)
{
	const struct stage *stage = stage_named(name);

	return stage->is_wanted == NULL || stage->is_wanted(&plan);
}

static int apply(const char *name)
{
	return stage_named(name)->apply(&plan, &sandbox, &err);
}

static void assert_does(const char *name, const char *deeds)
{
	ck_assert_msg(apply(name) == 0, "%s: %s", name, err.what);
	ck_assert_str_eq(fake_kernel_record(), deeds);
}

/* The order is the security argument: here it is said again, independently. */
static const struct {
	const char *before;
	const char *after;
	const char *why;
} order[] = {
	{ "hostname", "capabilities", "it needs CAP_SYS_ADMIN" },
	{ "hostname", "user-mapping", "it needs no ids, and goes on while they are mapped" },
	{ "network", "capabilities", "it needs CAP_NET_ADMIN" },
	{ "network", "user-mapping", "it needs no ids, and goes on while they are mapped" },
	{ "sources", "user-mapping", "binds are opened with the caller's rights only" },
	{ "sources", "mounts", "a path is not resolved again in what is being built" },
	{ "net-devices", "session", "the launcher looks at the network namespace" },
	{ "net-devices", "sysctls", "they may be about the devices" },
	{ "net-devices", "runtime-hooks", "hooks may be about the devices" },
	{ "user-mapping", "session", "newuidmap looks at the owner of the process" },
	{ "user-mapping", "propagation", "it needs ids to be mapped" },
	{ "user-mapping", "mounts", "files cannot be owned by ids that are not mapped" },
	{ "session", "mounts", "what is opened must not be reached through /proc" },
	{ "propagation", "mounts", "the first mount would appear on the host" },
	{ "mounts", "secrets", "their folder is one" },
	{ "mounts", "sysctls", "they are written to the container's own proc" },
	{ "mounts", "apparmor", "the label is asked for in the container's own proc" },
	{ "mounts", "masked-paths", "a mount would cover the mask" },
	{ "mounts", "console", "the terminal is of the container's devpts" },
	{ "secrets", "read-only-paths", "their folder is read-only then" },
	{ "sysctls", "read-only-paths", "proc is read-only then" },
	{ "sysctls", "user", "only the root of a namespace may set its limits" },
	{ "apparmor", "read-only-paths", "proc is read-only then" },
	{ "apparmor", "no-new-privs", "which restricts changes of the label" },
	{ "masked-paths", "pivot-root", "the host's own /dev/null covers masked files" },
	{ "masked-paths", "landlock", "Landlock forbids to mount" },
	{ "read-only-paths", "landlock", "Landlock forbids to mount" },
	{ "read-only-paths", "capabilities", "it needs CAP_SYS_ADMIN" },
	{ "pivot-root", "landlock", "the rules are of paths inside" },
	{ "pivot-root", "capabilities", "it needs CAP_SYS_ADMIN" },
	{ "pivot-root", "working-directory", "it is a path inside" },
	{ "console", "landlock", "which is told of the terminal" },
	{ "console", "user", "the terminal is given to the user by root" },
	{ "no-new-privs", "landlock", "which asks for it of the unprivileged" },
	{ "no-new-privs", "exec", "whose filter asks for it" },
	{ "landlock", "capabilities", "without no_new_privs it needs CAP_SYS_ADMIN" },
	{ "mounts", "limits", "a small limit of descriptors or file size would end them" },
	{ "secrets", "limits", "a small limit of file size would end them" },
	{ "limits", "capabilities", "it may need CAP_SYS_RESOURCE" },
	{ "bounding-set", "user", "the change of ids must neither take nor give capabilities" },
	{ "bounding-set", "capabilities", "it needs CAP_SETPCAP" },
	{ "user", "early-seccomp", "the filter could forbid the change of ids" },
	{ "user", "capabilities", "it needs CAP_SETUID and CAP_SETGID" },
	{ "user", "working-directory", "the user's right to enter it counts" },
	{ "early-seccomp", "capabilities", "without no_new_privs it needs CAP_SYS_ADMIN" },
	{ "mounts", "umask", "modes of what is made are as they are planned" },
	{ "secrets", "umask", "modes of what is made are as they are planned" },
	{ "capabilities", "working-directory", "no capability helps to enter it" },
	{ "descriptors", "working-directory", "no leaked directory is a way out" },
	{ "descriptors", "exec", "the program inherits none" },
	{ "working-directory", "wait-for-start", "all that can fail has been tried" },
	{ "capabilities", "wait-for-start", "who waits is confined" },
	{ "wait-for-start", "exec", "nothing of the program runs before" },
	{ "domainname", "capabilities", "it needs CAP_SYS_ADMIN" },
	{ "mounts", "cwd", "it may be in one" },
	{ "cwd", "read-only-paths", "it may be made in one" },
	{ "mounts", "home", "/etc/passwd may be one" },
	{ "home", "user", "who need not be able to read /etc/passwd" },
	{ "console", "read-only-paths", "/dev/console is made in one" },
	{ "mounts", "runtime-hooks", "they may look at what is mounted" },
	{ "runtime-hooks", "container-hooks", "the specification's order" },
	{ "container-hooks", "pivot-root", "their paths are the host's" },
	{ "container-hooks", "apparmor", "the label is asked for at the next exec" },
	{ "pivot-root", "root-propagation", "a shared root cannot be pivoted to" },
	{ "root-propagation", "capabilities", "it needs CAP_SYS_ADMIN" },
	{ "scheduling", "capabilities", "it needs CAP_SYS_NICE" },
	{ "streams", "user", "they are given to the user by root" },
	{ "user", "find-program", "the user's right to execute it counts" },
	{ "capabilities", "find-program", "those that the program has count" },
	{ "working-directory", "find-program", "its path may be relative" },
	{ "find-program", "wait-for-start", "all that can fail has been tried" },
	{ "wait-for-start", "start-hooks", "they belong to the start" },
	{ "pivot-root", "start-hooks", "their paths are the container's" },
	{ "start-hooks", "exec", "the program has their effects" },
};

START_TEST(order_is_what_the_locks_need)
{
	ck_assert_msg(stage_named(order[_i].before) < stage_named(order[_i].after),
	              "%s must come before %s: %s", order[_i].before, order[_i].after,
	              order[_i].why);
}
END_TEST

START_TEST(every_stage_has_its_place_argued)
{
	for (size_t i = 0; i < init_stages.count; i++) {
		const char *name = init_stages.stages[i].name;
		size_t count = 0;

		for (size_t j = 0; j < ARRAY_LEN(order); j++)
			count += strcmp(order[j].before, name) == 0 ||
			         strcmp(order[j].after, name) == 0;
		ck_assert_msg(count > 0, "%s is in no pair", name);
	}
}
END_TEST

START_TEST(every_stage_is_explained)
{
	for (size_t i = 0; i < init_stages.count; i++) {
		const char *name = init_stages.stages[i].name;

		ck_assert_str_eq(stage_teller_find(name)->stage, name);
	}
}
END_TEST

/* A process name holds 15 bytes: a stage is found by what is left of its own. */
START_TEST(every_stage_is_found_by_its_process_name)
{
	for (size_t i = 0; i < init_stages.count; i++) {
		const struct stage *stage = &init_stages.stages[i];
		char name[PROCESS_NAME_LENGTH + 1];

		(void)snprintf(name, sizeof(name), "%.15s", stage->name);
		ck_assert_ptr_eq(stages_find(&init_stages, name), stage);
		ck_assert_uint_lt(strlen(stage->name), sizeof(err.stage));
	}
	ck_assert_ptr_null(stages_find(&init_stages, "hardrun"));
	ck_assert_ptr_null(stages_find(&init_stages, "hardrun-init"));
	ck_assert_ptr_null(stages_find(&init_stages, ""));
}
END_TEST

static int succeeds(const struct plan *of, struct sandbox *in, struct error *out)
{
	return 0;
}

static int complains(const struct plan *of, struct sandbox *in, struct error *out)
{
	(void)error_at(out, "/there");
	return error_set(out, ERROR_SPEC, "not so");
}

static int says_nothing(const struct plan *of, struct sandbox *in, struct error *out)
{
	return -1;
}

static bool never(const struct plan *of)
{
	return false;
}

START_TEST(stages_run_in_order_as_far_as_wanted)
{
	const struct stage stages[] = { { "one", NULL, succeeds },
		                        { "two", never, says_nothing },
		                        { "three", NULL, succeeds } };
	const struct stage_list list = { stages, ARRAY_LEN(stages) };

	ck_assert_int_eq(stages_run(&list, &plan, &sandbox, &err), 0);
	ck_assert_str_eq(fake_kernel_record(), "name one\nname three\n");
}
END_TEST

START_TEST(the_first_failure_ends_the_run_and_has_the_stage)
{
	const struct stage stages[] = { { "one", NULL, complains }, { "two", NULL, succeeds } };
	const struct stage_list list = { stages, ARRAY_LEN(stages) };

	ck_assert_int_eq(stages_run(&list, &plan, &sandbox, &err), -1);
	ck_assert_str_eq(fake_kernel_record(), "name one\n");
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_eq(err.stage, "one");
	ck_assert_str_eq(err.where, "/there");
	ck_assert_str_eq(err.what, "not so");
}
END_TEST

START_TEST(a_stage_that_does_not_say_why_is_a_bug)
{
	const struct stage stages[] = { { "one", NULL, says_nothing } };
	const struct stage_list list = { stages, ARRAY_LEN(stages) };

	ck_assert_int_eq(stages_run(&list, &plan, &sandbox, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INTERNAL);
	ck_assert_str_eq(err.stage, "one");
}
END_TEST

/* One deed, and the origin that its failure carries. */
static const struct {
	const char *stage;
	const char *deeds;
	const char *where;
} simple[] = {
	{ "hostname", "hostname box\n", "" },
	{ "network", "loopback up\n", "" },
	{ "session", "hide\nsession\n", "" },
	{ "propagation", "stop propagation\n", "" },
	{ "apparmor", "label hardrun-1 by proc\n", "" },
	{ "no-new-privs", "no new privileges\n", "" },
	{ "bounding-set", "lock securebits, bounding set 400\n", "" },
	{ "capabilities", "keep capabilities 400\n", "" },
	{ "descriptors", "close on exec\n", "" },
	{ "working-directory", "enter /work\n", "/cwd" },
	{ "console", "terminal of devpts for 65532\n", "" },
	{ "user", "become 65532:65533\nhide\ndie with parent\n", "" },
};

START_TEST(does_its_deed)
{
	assert_does(simple[_i].stage, simple[_i].deeds);
}
END_TEST

START_TEST(says_that_its_deed_failed)
{
	char deed[64];

	(void)snprintf(deed, sizeof(deed), "%.*s", (int)strcspn(simple[_i].deeds, "\n"),
	               simple[_i].deeds);
	fake_kernel_fail(deed, EACCES);
	ck_assert_int_eq(apply(simple[_i].stage), -1);
	ck_assert_int_eq(err.kind, ERROR_DENIED);
	ck_assert_str_eq(err.where, simple[_i].where);
	ck_assert_str_eq(fake_kernel_record(), "");
}
END_TEST

static const struct {
	const char *stage;
	const char *deed; /* not the first of its stage */
} later[] = {
	{ "session", "session" },
	{ "user", "hide" },
	{ "user", "die with parent" },
};

START_TEST(no_failure_is_passed_over)
{
	fake_kernel_fail(later[_i].deed, EPERM);
	ck_assert_int_eq(apply(later[_i].stage), -1);
	ck_assert_int_eq(err.kind, ERROR_DENIED);
}
END_TEST

START_TEST(what_is_not_planned_is_not_wanted)
{
	static const char *const optional[] = {
		"hostname",        "network",          "apparmor",   "landlock",
		"user-mapping",    "no-new-privs",     "console",    "secrets",
		"sysctls",         "domainname",       "cwd",        "runtime-hooks",
		"container-hooks", "root-propagation", "scheduling", "streams",
		"start-hooks",     "net-devices",
	};

	plan = (struct plan){ .clone_flags = 0 };
	for (size_t i = 0; i < ARRAY_LEN(optional); i++)
		ck_assert_msg(!is_wanted(optional[i]), "%s", optional[i]);
	ck_assert(is_wanted("propagation"));
	ck_assert(is_wanted("sources"));
	plan.is_privileged = true;
	ck_assert(!is_wanted("sources"));
}
END_TEST

START_TEST(what_is_planned_is_wanted)
{
	static const char *const planned[] = { "hostname", "network",      "apparmor",
		                               "landlock", "user-mapping", "no-new-privs",
		                               "console" };

	for (size_t i = 0; i < ARRAY_LEN(planned); i++)
		ck_assert_msg(is_wanted(planned[i]), "%s", planned[i]);
	/* A new user namespace's mounts are slaves already. */
	ck_assert(!is_wanted("propagation"));
}
END_TEST

START_TEST(no_stage_that_gives_up_a_right_can_be_left_out)
{
	static const char *const always[] = {
		"session",        "mounts",         "masked-paths", "pivot-root",
		"limits",         "bounding-set",   "user",         "descriptors",
		"capabilities",   "umask",          "exec",         "working-directory",
		"wait-for-start", "read-only-paths"
	};

	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		ck_assert_msg(stage_named(always[i])->is_wanted == NULL, "%s", always[i]);
}
END_TEST

START_TEST(user_has_exactly_the_planned_groups)
{
	static const uint32_t groups[] = { 20, 44 };

	plan.inner_uid = 0;
	plan.inner_gid = 0;
	plan.additional_gids = groups;
	plan.additional_gid_count = ARRAY_LEN(groups);
	assert_does("user", "become 0:0 20 44\nhide\ndie with parent\n");
}
END_TEST

/* The launcher's side of the dialogue, in this process. */
static int talk(void)
{
	int launcher_fd;

	ck_assert_int_eq(sync_open(&launcher_fd, &sandbox.sync_fd, &err), 0);
	return launcher_fd;
}

START_TEST(user_mapping_waits_and_becomes_root_inside)
{
	const int launcher_fd = talk();

	ck_assert_int_eq(sync_answer(launcher_fd, &err), 0);
	assert_does("user-mapping", "become 0:0\ndie with parent\n");
}
END_TEST

START_TEST(user_mapping_does_nothing_when_the_launcher_has_gone)
{
	(void)close(talk());
	ck_assert_int_eq(apply("user-mapping"), -1);
	ck_assert_str_eq(err.what, "the launcher has gone");
	ck_assert_str_eq(fake_kernel_record(), "");
}
END_TEST

START_TEST(net_devices_are_waited_for_once)
{
	static const struct plan_net_device device = { .host_name = "ens4", .origin = "" };
	const int launcher_fd = talk();

	plan.net_devices = &device;
	plan.net_device_count = 1;
	ck_assert(!is_wanted("net-devices"));
	plan.clone_flags &= ~(uint64_t)CLONE_NEWUSER;
	ck_assert(is_wanted("net-devices"));
	ck_assert_int_eq(sync_answer(launcher_fd, &err), 0);
	assert_does("net-devices", "");
	(void)close(launcher_fd);
	ck_assert_int_eq(apply("net-devices"), -1);
	ck_assert_str_eq(err.what, "the launcher has gone");
}
END_TEST

START_TEST(wait_for_start_hands_the_terminal_over)
{
	const int launcher_fd = talk();
	struct message message;

	sandbox.terminal_fd = fake_kernel_open("terminal");
	ck_assert_int_eq(sync_answer(launcher_fd, &err), 0);
	assert_does("wait-for-start", "");
	ck_assert_int_eq(sync_receive(launcher_fd, &message, &err), 1);
	ck_assert_int_eq(message.type, MESSAGE_READY);
	ck_assert_int_ge(message.fd, 0);
}
END_TEST

START_TEST(nothing_starts_when_the_launcher_has_gone)
{
	(void)close(talk());
	ck_assert_int_eq(apply("wait-for-start"), -1);
}
END_TEST

START_TEST(console_keeps_the_masters_end)
{
	ck_assert_int_eq(apply("console"), 0);
	ck_assert_int_ge(sandbox.terminal_fd, 0);
}
END_TEST

static const struct plan_landlock_rule rules[] = { { "/usr", 0x5 }, { "/tmp", 0xf } };

START_TEST(landlock_allows_the_planned_paths_and_then_restricts)
{
	const size_t before = fake_kernel_open_count();

	plan.landlock = (struct plan_landlock){ .abi = 6,
		                                .handled_fs = 0xf,
		                                .handled_net = 0x3,
		                                .scoped = 0x1,
		                                .rules = rules,
		                                .rule_count = ARRAY_LEN(rules) };
	assert_does("landlock", "rules on fs f net 3 scoped 1\n"
	                        "allow /usr 5\n"
	                        "allow /tmp f\n"
	                        "allow stdio of f\n"
	                        "restrict to rules, abi 6\n");
	ck_assert_uint_eq(fake_kernel_open_count(), before);
}
END_TEST

static const char *const landlock_deeds[] = { "rules", "allow /tmp", "allow stdio", "restrict" };

START_TEST(landlock_that_fails_says_so_and_keeps_nothing_open)
{
	const size_t before = fake_kernel_open_count();

	plan.landlock.rules = rules;
	plan.landlock.rule_count = ARRAY_LEN(rules);
	fake_kernel_fail(landlock_deeds[_i], ENOENT);
	ck_assert_int_eq(apply("landlock"), -1);
	ck_assert_int_eq(err.code, ENOENT);
	ck_assert_uint_eq(fake_kernel_count("restrict"), 0);
	ck_assert_uint_eq(fake_kernel_open_count(), before);
}
END_TEST

static const struct plan_rlimit limits[] = { { 7, 64, 128, "/limits/nofile" },
	                                     { 4, 0, 0, "/limits/core" } };

START_TEST(limits_are_set_one_by_one)
{
	plan.rlimits = limits;
	plan.rlimit_count = ARRAY_LEN(limits);
	assert_does("limits", "rlimit 7 64 128\nrlimit 4 0 0\n");
}
END_TEST

START_TEST(a_limit_that_fails_is_named)
{
	plan.rlimits = limits;
	plan.rlimit_count = ARRAY_LEN(limits);
	fake_kernel_fail("rlimit 4", EPERM);
	ck_assert_int_eq(apply("limits"), -1);
	ck_assert_str_eq(err.where, "/limits/core");
	ck_assert_int_eq(err.kind, ERROR_DENIED);
}
END_TEST

START_TEST(umask_is_the_planned_one)
{
	assert_does("umask", "umask 27\n");
}
END_TEST

START_TEST(filter_goes_with_the_program)
{
	ck_assert(!is_wanted("early-seccomp"));
	assert_does("exec", "spawn /usr/bin/id /bin/id as id -u with A=b, filter of 1, terminal\n"
	                    "look at 1234\n");
	ck_assert_int_eq(sandbox.program, 1234);
}
END_TEST

START_TEST(filter_is_loaded_early_when_privileges_may_be_gained)
{
	plan.no_new_privs = false;
	ck_assert(is_wanted("early-seccomp"));
	assert_does("early-seccomp", "load a filter of 1\n");
	ck_assert_int_eq(apply("exec"), 0);
	ck_assert_uint_eq(
		fake_kernel_count("spawn /usr/bin/id /bin/id as id -u with A=b, terminal"), 1);
}
END_TEST

START_TEST(no_filter_is_none_early_or_late)
{
	plan.seccomp.len = 0;
	plan.no_new_privs = false;
	ck_assert(!is_wanted("early-seccomp"));
	ck_assert_int_eq(apply("exec"), 0);
	ck_assert_ptr_null(strstr(fake_kernel_record(), "filter"));
}
END_TEST

START_TEST(without_a_pid_namespace_the_program_dies_with_the_init)
{
	plan.clone_flags = 0;
	plan.has_terminal = false;
	ck_assert_int_eq(apply("exec"), 0);
	ck_assert_ptr_nonnull(strstr(fake_kernel_record(), ", dies with parent\n"));
	ck_assert_ptr_null(strstr(fake_kernel_record(), "terminal"));
}
END_TEST

START_TEST(a_program_that_cannot_start_is_named)
{
	fake_kernel_fail("spawn", ENOENT);
	ck_assert_int_eq(apply("exec"), -1);
	ck_assert_str_eq(err.where, "/args/0");
	ck_assert_int_eq(err.code, ENOENT);
}
END_TEST

START_TEST(a_program_that_died_unborn_is_no_outcome)
{
	fake_kernel_program_dies(SIGSYS, true);
	ck_assert_int_eq(apply("exec"), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_eq(err.where, "/args/0");
	ck_assert_str_eq(err.what, "id was killed by signal 31 before it could start");
}
END_TEST

START_TEST(a_program_that_died_young_is_an_outcome)
{
	fake_kernel_program_dies(SIGSEGV, false);
	ck_assert_int_eq(apply("exec"), 0);
}
END_TEST

static TCase *table_case(void)
{
	TCase *tcase = tcase_create("table");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_loop_test(tcase, order_is_what_the_locks_need, 0, ARRAY_LEN(order));
	tcase_add_test(tcase, every_stage_has_its_place_argued);
	tcase_add_test(tcase, every_stage_is_explained);
	tcase_add_test(tcase, every_stage_is_found_by_its_process_name);
	tcase_add_test(tcase, stages_run_in_order_as_far_as_wanted);
	tcase_add_test(tcase, the_first_failure_ends_the_run_and_has_the_stage);
	tcase_add_test(tcase, a_stage_that_does_not_say_why_is_a_bug);
	tcase_add_test(tcase, what_is_not_planned_is_not_wanted);
	tcase_add_test(tcase, what_is_planned_is_wanted);
	tcase_add_test(tcase, no_stage_that_gives_up_a_right_can_be_left_out);
	return tcase;
}

static TCase *identity_case(void)
{
	TCase *tcase = tcase_create("identity");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_loop_test(tcase, does_its_deed, 0, ARRAY_LEN(simple));
	tcase_add_loop_test(tcase, says_that_its_deed_failed, 0, ARRAY_LEN(simple));
	tcase_add_loop_test(tcase, no_failure_is_passed_over, 0, ARRAY_LEN(later));
	tcase_add_test(tcase, user_has_exactly_the_planned_groups);
	tcase_add_test(tcase, user_mapping_waits_and_becomes_root_inside);
	tcase_add_test(tcase, user_mapping_does_nothing_when_the_launcher_has_gone);
	tcase_add_test(tcase, net_devices_are_waited_for_once);
	tcase_add_test(tcase, landlock_allows_the_planned_paths_and_then_restricts);
	tcase_add_loop_test(tcase, landlock_that_fails_says_so_and_keeps_nothing_open, 0,
	                    ARRAY_LEN(landlock_deeds));
	tcase_add_test(tcase, limits_are_set_one_by_one);
	tcase_add_test(tcase, a_limit_that_fails_is_named);
	return tcase;
}

static TCase *program_case(void)
{
	TCase *tcase = tcase_create("program");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_test(tcase, wait_for_start_hands_the_terminal_over);
	tcase_add_test(tcase, nothing_starts_when_the_launcher_has_gone);
	tcase_add_test(tcase, console_keeps_the_masters_end);
	tcase_add_test(tcase, umask_is_the_planned_one);
	tcase_add_test(tcase, filter_goes_with_the_program);
	tcase_add_test(tcase, filter_is_loaded_early_when_privileges_may_be_gained);
	tcase_add_test(tcase, no_filter_is_none_early_or_late);
	tcase_add_test(tcase, without_a_pid_namespace_the_program_dies_with_the_init);
	tcase_add_test(tcase, a_program_that_cannot_start_is_named);
	tcase_add_test(tcase, a_program_that_died_unborn_is_no_outcome);
	tcase_add_test(tcase, a_program_that_died_young_is_an_outcome);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("stages");

	suite_add_tcase(suite, table_case());
	suite_add_tcase(suite, identity_case());
	suite_add_tcase(suite, program_case());
	return run_suite(suite);
}
