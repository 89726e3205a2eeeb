/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stages do for a container of a config.json, and for what joins one, where that differs from
 * a launch of hardrun's own. Needs no privilege.
 */
#include <check.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "fake_kernel.h"
#include "inspect/explain_stages.h"
#include "sandbox/stages.h"
#include "support/suite.h"

static struct plan plan;
static struct sandbox sandbox;
static struct error err;
static int join_fds[3];

static const char *const argv[] = { "id", NULL };
static const char *const envp[] = { "A=b", NULL };
static const char *const paths[] = { "/usr/bin/id", NULL };
static struct sock_filter filter[] = { { .code = BPF_RET, .k = SECCOMP_RET_ALLOW } };
static const struct capability_sets sets = { 1, 2, 4, 2, 0 };

static void start(void)
{
	fake_kernel_reset();
	err = (struct error){ .kind = ERROR_NONE };
	plan = (struct plan){ .is_container = true,
		              .clone_flags = CLONE_NEWNS,
		              .argv = argv,
		              .envp = envp,
		              .envp_count = 1,
		              .program_paths = paths,
		              .argv_origin = "/process/args/0",
		              .cwd = "/work",
		              .cwd_origin = "/process/cwd",
		              .inner_uid = 7,
		              .inner_gid = 8,
		              .capability_sets = &sets };
	sandbox = (struct sandbox){ .sync_fd = -1,
		                    .root_fd = fake_kernel_open("root"),
		                    .proc_fd = -1,
		                    .devpts_fd = -1,
		                    .terminal_fd = -1,
		                    .listen_fd = -1,
		                    .state_fd = -1,
		                    .join_fds = join_fds,
		                    .target_fd = -1,
		                    .target_root_fd = -1 };
}

static const struct stage *find(const struct stage_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->stages[i].name, name) == 0)
			return &list->stages[i];
	}
	ck_abort_msg("no stage called %s", name);
}

static void assert_does(const struct stage_list *list, const char *name, const char *deeds)
{
	const struct stage *stage = find(list, name);

	ck_assert_msg(stage->is_wanted == NULL || stage->is_wanted(&plan), "%s", name);
	ck_assert_msg(stage->apply(&plan, &sandbox, &err) == 0, "%s: %s", name, err.what);
	ck_assert_str_eq(fake_kernel_record(), deeds);
}

/* The order of the other two tables; see test_stages.c. */
static const struct {
	const struct stage_list *list;
	const char *before;
	const char *after;
	const char *why;
} order[] = {
	{ &intermediate_stages, "hide", "join-namespaces", "members could look at the host" },
	{ &intermediate_stages, "time-offsets", "join-namespaces", "the host's proc is in view" },
	{ &join_stages, "hide", "join-container", "members could look at the host" },
	{ &join_stages, "join-container", "keyring", "it is charged to the user of its root" },
	{ &join_stages, "keyring", "user", "it is charged to root" },
	{ &join_stages, "join-container", "inside", "its root is the container's" },
	{ &join_stages, "inside", "console", "it is looked for below the root" },
	{ &join_stages, "inside", "home", "it is looked for below the root" },
	{ &join_stages, "home", "user", "who need not be able to read /etc/passwd" },
	{ &join_stages, "join-container", "apparmor", "a proc is kept for it there" },
	{ &join_stages, "apparmor", "no-new-privs", "which restricts changes of the label" },
	{ &join_stages, "scheduling", "capabilities", "it needs CAP_SYS_NICE" },
	{ &join_stages, "streams", "user", "they are given to the user by root" },
	{ &join_stages, "bounding-set", "user", "permitted ones must outlast it" },
	{ &join_stages, "user", "capabilities", "it needs CAP_SETUID and CAP_SETGID" },
	{ &join_stages, "console", "umask", "its file has a mode of its own" },
	{ &join_stages, "descriptors", "working-directory", "no leaked directory is a way out" },
	{ &join_stages, "capabilities", "working-directory", "no capability helps to enter it" },
	{ &join_stages, "capabilities", "early-seccomp", "which leaves nothing but to clone" },
	{ &join_stages, "working-directory", "early-seccomp", "it might be forbidden" },
	{ &joined_stages, "session", "exec", "the terminal becomes that session's" },
	{ &joined_stages, "limits", "wait-for-start", "all that can fail has been tried" },
	{ &joined_stages, "wait-for-start", "exec", "nothing of the program runs before" },
};

START_TEST(order_is_what_the_locks_need)
{
	ck_assert_msg(
		find(order[_i].list, order[_i].before) < find(order[_i].list, order[_i].after),
		"%s must come before %s: %s", order[_i].before, order[_i].after, order[_i].why);
}
END_TEST

static void assert_argued_and_explained(const struct stage_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *name = list->stages[i].name;
		size_t count = 0;

		for (size_t j = 0; j < ARRAY_LEN(order); j++)
			count += strcmp(order[j].before, name) == 0 ||
			         strcmp(order[j].after, name) == 0;
		ck_assert_msg(count > 0, "%s is in no pair", name);
		ck_assert_str_eq(stage_teller_find(name)->stage, name);
	}
}

START_TEST(every_stage_has_its_place_argued)
{
	assert_argued_and_explained(&intermediate_stages);
	assert_argued_and_explained(&join_stages);
	assert_argued_and_explained(&joined_stages);
}
END_TEST

/* What takes a right is done where no member of the container sees it. */
START_TEST(what_is_cloned_into_a_container_needs_no_right)
{
	static const char *const harmless[] = { "session", "limits", "wait-for-start", "exec" };

	ck_assert_uint_eq(joined_stages.count, ARRAY_LEN(harmless));
	for (size_t i = 0; i < joined_stages.count; i++)
		ck_assert_str_eq(joined_stages.stages[i].name, harmless[i]);
	assert_does(&join_stages, "keyring", "keyring\n");
	fake_kernel_reset();
	assert_does(&joined_stages, "session", "session without a keyring\n");
}
END_TEST

START_TEST(a_filter_that_needs_a_right_is_loaded_before_the_clone)
{
	plan.joins_container = true;
	plan.seccomp = (struct sock_fprog){ ARRAY_LEN(filter), filter };
	ck_assert(!find(&join_stages, "early-seccomp")->is_wanted(&plan));
	plan.loads_filter_early = true;
	assert_does(&join_stages, "early-seccomp",
	            "load filter of 1, flags 0\n"
	            "reduce effective 2 permitted 2 inheritable 4 ambient 0\n");
	fake_kernel_reset();
	assert_does(&joined_stages, "exec", "take over\nexecute id\n");
}
END_TEST

START_TEST(nothing_but_the_programs_is_open_in_a_clone)
{
	sandbox.target_fd = fake_kernel_open("target");
	sandbox.proc_fd = fake_kernel_open("proc");
	assert_does(&join_stages, "descriptors", "close on exec\n");
	ck_assert_uint_eq(fake_kernel_open_count(), 0);
}
END_TEST

START_TEST(a_policy_that_no_clone_inherits_is_left_to_the_launcher)
{
	plan.scheduling = (struct scheduling){ .has_policy = true, .policy = 6 };
	assert_does(&join_stages, "scheduling", "");
	plan.scheduling.policy = 3;
	assert_does(&join_stages, "scheduling", "schedule 3\n");
}
END_TEST

START_TEST(a_session_has_a_keyring_unless_it_keeps_one)
{
	assert_does(&init_stages, "session", "hide\nclose from 3 all but 1\nsession\n");
	fake_kernel_reset();
	plan.keeps_keyring = true;
	assert_does(&init_stages, "session",
	            "hide\nclose from 3 all but 1\nsession without a keyring\n");
}
END_TEST

/* What is left goes to stages that need it, and descriptors that are passed on to the program. */
START_TEST(a_joining_process_takes_nothing_of_the_hosts_along)
{
	int node_fds[] = { -1, fake_kernel_open("node") };

	plan.kept_fd_count = 2;
	plan.node_count = 2;
	sandbox.node_fds = node_fds;
	sandbox.target_fd = fake_kernel_open("target");
	assert_does(&intermediate_stages, "hide", "hide\nclose from 5 all but 3\n");
	fake_kernel_reset();
	fake_kernel_fail("close from", EIO);
	ck_assert_int_eq(find(&intermediate_stages, "hide")->apply(&plan, &sandbox, &err), -1);
}
END_TEST

START_TEST(a_container_outlives_its_launcher)
{
	assert_does(&init_stages, "user", "become 7:8\nhide\n");
	fake_kernel_reset();
	plan.denies_setgroups = true;
	assert_does(&init_stages, "user", "become 7:8 with the groups there are\nhide\n");
}
END_TEST

START_TEST(capabilities_are_the_five_sets)
{
	assert_does(&init_stages, "bounding-set", "bound capabilities 1\n");
	fake_kernel_reset();
	assert_does(&init_stages, "capabilities",
	            "assume effective 2 permitted 2 inheritable 4 ambient 0\n");
}
END_TEST

START_TEST(the_right_to_filter_is_kept_until_the_filter_is_loaded)
{
	plan.seccomp = (struct sock_fprog){ ARRAY_LEN(filter), filter };
	plan.seccomp_flags = SECCOMP_FILTER_FLAG_LOG;
	assert_does(&init_stages, "capabilities",
	            "assume effective 200002 permitted 200002 inheritable 4 ambient 0\n");
	fake_kernel_reset();
	assert_does(&init_stages, "exec",
	            "take over\nload filter of 1, flags 2\n"
	            "reduce effective 2 permitted 2 inheritable 4 ambient 0\nexecute id\n");
	ck_assert(!find(&init_stages, "early-seccomp")->is_wanted(&plan));
}
END_TEST

START_TEST(without_new_privileges_no_right_is_kept)
{
	plan.seccomp = (struct sock_fprog){ ARRAY_LEN(filter), filter };
	plan.no_new_privs = true;
	assert_does(&init_stages, "capabilities",
	            "assume effective 2 permitted 2 inheritable 4 ambient 0\n");
	fake_kernel_reset();
	assert_does(&joined_stages, "exec", "take over\nload filter of 1, flags 0\nexecute id\n");
}
END_TEST

START_TEST(the_program_takes_the_place_of_the_init)
{
	plan.has_terminal = true;
	assert_does(&init_stages, "exec", "take over with a terminal\nexecute id\n");
}
END_TEST

START_TEST(a_terminal_is_shown_as_the_console)
{
	plan.has_terminal = true;
	plan.console_rows = 33;
	plan.console_columns = 77;
	sandbox.devpts_fd = fake_kernel_open("devpts");
	assert_does(&init_stages, "console",
	            "open console of devpts for 7\nsize of master: 33 x 77\ncopy terminal\n"
	            "place file /dev/console\nattach terminal on /dev/console\nuse terminal\n");
}
END_TEST

START_TEST(who_joins_finds_the_devpts)
{
	plan.has_terminal = true;
	plan.joins_container = true;
	assert_does(&join_stages, "console",
	            "find devpts\nopen console of devpts for 7\nsize of master: 0 x 0\n"
	            "use terminal\n");
}
END_TEST

START_TEST(paths_are_made_read_only_where_they_are)
{
	const struct plan_path read_only[] = { { "/proc/sys", "/linux/readonlyPaths/0" } };

	plan.read_only_paths = read_only;
	plan.read_only_path_count = 1;
	assert_does(&init_stages, "read-only-paths",
	            "copy /proc/sys\nchange /proc/sys +1 -0 0 and below\n"
	            "attach /proc/sys on /proc/sys\n");
	fake_kernel_reset();
	fake_kernel_fail("find /proc/sys", ENOENT);
	assert_does(&init_stages, "read-only-paths", "");
}
END_TEST

START_TEST(a_path_that_cannot_be_made_read_only_is_named)
{
	const struct plan_path read_only[] = { { "/proc/sys", "/linux/readonlyPaths/0" } };

	plan.read_only_paths = read_only;
	plan.read_only_path_count = 1;
	fake_kernel_fail("change", EPERM);
	ck_assert_int_eq(find(&init_stages, "read-only-paths")->apply(&plan, &sandbox, &err), -1);
	ck_assert_str_eq(err.where, "/linux/readonlyPaths/0");
}
END_TEST

START_TEST(the_root_is_pivoted_to_or_changed_to)
{
	assert_does(&init_stages, "pivot-root", "pivot to root\n");
	fake_kernel_reset();
	sandbox.root_fd = fake_kernel_open("root");
	plan.has_no_pivot = true;
	assert_does(&init_stages, "pivot-root", "change root to root\n");
	fake_kernel_reset();
	sandbox.root_fd = fake_kernel_open("root");
	plan.has_no_pivot = false;
	plan.shares_mounts = true;
	assert_does(&init_stages, "pivot-root", "change root to root\n");
}
END_TEST

/* A namespace that was joined has brought its root along. */
START_TEST(who_joins_without_a_mount_namespace_takes_the_root)
{
	assert_does(&join_stages, "inside", "open /\n");
	fake_kernel_reset();
	sandbox.target_root_fd = fake_kernel_open("its root");
	assert_does(&join_stages, "inside", "change root to its root\nopen /\n");
}
END_TEST

START_TEST(small_ones_do_what_they_say)
{
	plan.makes_cwd = true;
	assert_does(&init_stages, "cwd", "place directory /work\n");
	fake_kernel_reset();
	assert_does(&init_stages, "find-program", "find id\n");
	fake_kernel_reset();
	plan.domainname = "example";
	assert_does(&init_stages, "domainname", "domainname example\n");
	fake_kernel_reset();
	plan.root_propagation = MS_SHARED;
	assert_does(&init_stages, "root-propagation", "propagation 100000\n");
	fake_kernel_reset();
	assert_does(&init_stages, "streams", "streams for 7\n");
	fake_kernel_reset();
	plan.kept_fd_count = 2;
	assert_does(&init_stages, "descriptors", "close on exec from 5\n");
	fake_kernel_reset();
	plan.scheduling = (struct scheduling){ .has_policy = true, .policy = 3 };
	assert_does(&init_stages, "scheduling", "schedule 3\n");
}
END_TEST

START_TEST(propagation_ends_only_in_a_namespace_of_its_own)
{
	const struct stage *stage = find(&init_stages, "propagation");

	ck_assert(stage->is_wanted(&plan));
	plan.clone_flags = CLONE_NEWNS | CLONE_NEWUSER;
	ck_assert(!stage->is_wanted(&plan));
	plan.clone_flags = 0;
	ck_assert(!stage->is_wanted(&plan));
}
END_TEST

START_TEST(home_is_what_is_found)
{
	plan.finds_home = true;
	fake_kernel_fail("find /etc/passwd", ENOENT);
	assert_does(&init_stages, "home", "home of 7\n");
	ck_assert_str_eq(sandbox.home, "HOME=/");
}
END_TEST

static const struct plan_join joins[] = {
	{ CLONE_NEWNET, "/n", "/linux/namespaces/0" },
	{ CLONE_NEWUSER, "/u", "/linux/namespaces/1" },
	{ CLONE_NEWIPC, "/i", "/linux/namespaces/2" },
};

static void join(size_t count)
{
	plan.joins = joins;
	plan.join_count = count;
	for (size_t i = 0; i < count; i++)
		join_fds[i] = fake_kernel_open(joins[i].path);
}

START_TEST(the_user_namespace_is_joined_last)
{
	join(3);
	assert_does(&intermediate_stages, "join-namespaces",
	            "join 40000000 of /n\njoin 8000000 of /i\njoin 10000000 of /u\n"
	            "become 0:0 with the groups there are\nhide\n");
}
END_TEST

START_TEST(what_only_its_owner_may_join_waits_for_the_user_namespace)
{
	join(2);
	fake_kernel_fail("join 40000000", EPERM);
	ck_assert_int_eq(
		find(&intermediate_stages, "join-namespaces")->apply(&plan, &sandbox, &err), -1);
	ck_assert_str_eq(err.where, "/linux/namespaces/0");
	ck_assert_str_eq(fake_kernel_record(), "join 10000000 of /u\n");
}
END_TEST

START_TEST(without_a_user_namespace_a_refusal_is_final)
{
	join(1);
	fake_kernel_fail("join", EPERM);
	ck_assert_int_eq(
		find(&intermediate_stages, "join-namespaces")->apply(&plan, &sandbox, &err), -1);
	ck_assert_str_eq(err.where, "/linux/namespaces/0");
	ck_assert_int_eq(err.kind, ERROR_DENIED);
}
END_TEST

START_TEST(a_container_is_joined_at_once)
{
	plan.joins_container = true;
	sandbox.target_namespaces = CLONE_NEWNS | CLONE_NEWPID;
	assert_does(&join_stages, "join-container", "join 20020000 of the container\n");
	fake_kernel_reset();
	sandbox.target_namespaces = CLONE_NEWNS | CLONE_NEWUSER;
	assert_does(&join_stages, "join-container",
	            "join 10020000 of the container\nbecome 0:0 with the groups there are\nhide\n");
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("stages_container");
	TCase *table = tcase_create("table");
	TCase *deeds = tcase_create("deeds");

	tcase_add_loop_test(table, order_is_what_the_locks_need, 0, (int)ARRAY_LEN(order));
	tcase_add_test(table, every_stage_has_its_place_argued);
	tcase_add_checked_fixture(table, start, NULL);
	tcase_add_test(table, what_is_cloned_into_a_container_needs_no_right);
	suite_add_tcase(suite, table);
	tcase_add_checked_fixture(deeds, start, NULL);
	tcase_add_test(deeds, a_session_has_a_keyring_unless_it_keeps_one);
	tcase_add_test(deeds, a_joining_process_takes_nothing_of_the_hosts_along);
	tcase_add_test(deeds, a_container_outlives_its_launcher);
	tcase_add_test(deeds, capabilities_are_the_five_sets);
	tcase_add_test(deeds, the_right_to_filter_is_kept_until_the_filter_is_loaded);
	tcase_add_test(deeds, without_new_privileges_no_right_is_kept);
	tcase_add_test(deeds, a_filter_that_needs_a_right_is_loaded_before_the_clone);
	tcase_add_test(deeds, nothing_but_the_programs_is_open_in_a_clone);
	tcase_add_test(deeds, a_policy_that_no_clone_inherits_is_left_to_the_launcher);
	tcase_add_test(deeds, the_program_takes_the_place_of_the_init);
	tcase_add_test(deeds, a_terminal_is_shown_as_the_console);
	tcase_add_test(deeds, who_joins_finds_the_devpts);
	tcase_add_test(deeds, paths_are_made_read_only_where_they_are);
	tcase_add_test(deeds, a_path_that_cannot_be_made_read_only_is_named);
	tcase_add_test(deeds, the_root_is_pivoted_to_or_changed_to);
	tcase_add_test(deeds, who_joins_without_a_mount_namespace_takes_the_root);
	tcase_add_test(deeds, small_ones_do_what_they_say);
	tcase_add_test(deeds, propagation_ends_only_in_a_namespace_of_its_own);
	tcase_add_test(deeds, home_is_what_is_found);
	tcase_add_test(deeds, the_user_namespace_is_joined_last);
	tcase_add_test(deeds, what_only_its_owner_may_join_waits_for_the_user_namespace);
	tcase_add_test(deeds, without_a_user_namespace_a_refusal_is_final);
	tcase_add_test(deeds, a_container_is_joined_at_once);
	suite_add_tcase(suite, deeds);
	return suite;
}

int main(void)
{
	return run_suite(make_suite());
}
