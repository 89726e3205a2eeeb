/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hooks: what they get, how they are judged, and that none outlives its time. */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/hooks.h"
#include "support/suite.h"

static char output[] = "/tmp/test_hooks.XXXXXX";
static char target[64]; /* "OUT=" and the file that hooks write to */
static struct error err;

static const char *const no_environment[] = { NULL };
static const char *environment[] = { target, "PATH=/usr/bin:/bin", NULL };

static void start(void)
{
	int fd;

	err = (struct error){ .kind = ERROR_NONE };
	(void)strcpy(output, "/tmp/test_hooks.XXXXXX");
	fd = mkstemp(output);
	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	(void)snprintf(target, sizeof(target), "OUT=%s", output);
}

static void end(void)
{
	(void)unlink(output);
}

static int run(const char *script, const char *const *envp, uint64_t timeout_ms)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct plan_hook hook = { .path = "/bin/sh",
		                        .argv = argv,
		                        .envp = envp,
		                        .timeout_ms = timeout_ms,
		                        .origin = "/hooks/prestart/0" };
	const struct plan_hook_list list = { &hook, 1 };

	return hooks_run(&list, "{\"id\":\"x\"}", &err);
}

static void assert_wrote(const char *expected)
{
	char text[512];
	const int fd = open(output, O_RDONLY | O_CLOEXEC);
	const ssize_t length = read(fd, text, sizeof(text) - 1);

	ck_assert_int_ge(length, 0);
	text[length] = '\0';
	(void)close(fd);
	ck_assert_str_eq(text, expected);
}

START_TEST(a_hook_reads_the_state)
{
	ck_assert_msg(run("cat > $OUT", environment, 0) == 0, "%s", err.what);
	assert_wrote("{\"id\":\"x\"}");
}
END_TEST

START_TEST(every_hook_of_a_list_reads_it)
{
	const char *const argv[] = { "sh", "-c", "cat >> $OUT", NULL };
	const struct plan_hook hooks[] = {
		{ .path = "/bin/sh", .argv = argv, .envp = environment, .origin = "" },
		{ .path = "/bin/sh", .argv = argv, .envp = environment, .origin = "" },
	};
	const struct plan_hook_list list = { hooks, 2 };

	ck_assert_int_eq(hooks_run(&list, "one ", &err), 0);
	assert_wrote("one one ");
}
END_TEST

START_TEST(a_hook_has_its_own_environment_and_the_root_as_directory)
{
	ck_assert_int_eq(setenv("LD_PRELOAD_TEST", "1", 1), 0);
	ck_assert_int_eq(run("echo $LD_PRELOAD_TEST-$PWD > $OUT", environment, 0), 0);
	assert_wrote("-/\n");
}
END_TEST

START_TEST(a_hook_inherits_no_descriptor)
{
	const int fd = dup(STDERR_FILENO);
	char script[64];

	ck_assert_int_gt(fd, 2);
	(void)snprintf(script, sizeof(script), "test ! -e /proc/self/fd/%d", fd);
	ck_assert_int_eq(run(script, environment, 0), 0);
	(void)close(fd);
}
END_TEST

START_TEST(an_empty_environment_is_empty)
{
	ck_assert_int_eq(run("test -z \"$OUT$HOME\"", no_environment, 0), 0);
}
END_TEST

START_TEST(a_failing_hook_is_named_with_its_last_words)
{
	ck_assert_int_eq(run("echo one >&2; printf 'two\\033 ' >&2; exit 7", environment, 0), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	ck_assert_str_eq(err.what, "the hook /bin/sh ended with status 7: two? ");
	ck_assert_str_eq(err.where, "/hooks/prestart/0");
}
END_TEST

START_TEST(much_output_is_cut)
{
	ck_assert_int_eq(run("yes 0123456789 | head -n 10000; echo last; exit 1", environment, 0),
	                 -1);
	ck_assert_str_eq(err.what, "the hook /bin/sh ended with status 1: last");
}
END_TEST

START_TEST(a_killed_hook_is_told)
{
	ck_assert_int_eq(run("kill -TERM $$", environment, 0), -1);
	ck_assert_str_eq(err.what, "the hook /bin/sh was killed by SIGTERM");
}
END_TEST

START_TEST(a_slow_hook_is_killed_with_what_it_started)
{
	ck_assert_int_eq(run("(sleep 1; echo late > $OUT) & wait", environment, 100), -1);
	ck_assert_str_eq(err.what, "the hook /bin/sh took longer than 100 ms");
	(void)sleep(2);
	assert_wrote("");
}
END_TEST

START_TEST(a_hook_in_time_is_fine)
{
	ck_assert_int_eq(run("true", environment, 60000), 0);
}
END_TEST

START_TEST(the_first_failure_ends_the_list)
{
	const char *const fails[] = { "sh", "-c", "exit 1", NULL };
	const char *const writes[] = { "sh", "-c", "echo > $OUT", NULL };
	const struct plan_hook hooks[] = {
		{ .path = "/bin/sh", .argv = fails, .envp = environment, .origin = "" },
		{ .path = "/bin/sh", .argv = writes, .envp = environment, .origin = "" },
	};
	const struct plan_hook_list list = { hooks, 2 };

	ck_assert_int_eq(hooks_run(&list, "", &err), -1);
	assert_wrote("");
}
END_TEST

START_TEST(a_missing_hook_is_an_error)
{
	const char *const argv[] = { "nowhere", NULL };
	const struct plan_hook hook = { .path = "/nowhere",
		                        .argv = argv,
		                        .envp = no_environment,
		                        .origin = "/hooks/poststop/1" };
	const struct plan_hook_list list = { &hook, 1 };

	ck_assert_int_eq(hooks_run(&list, "", &err), -1);
	ck_assert_str_eq(err.what, "cannot execute nowhere");
	ck_assert_str_eq(err.where, "/hooks/poststop/1");
	/* No child is left. */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("hooks");
	TCase *hooks = tcase_create("hooks");

	tcase_add_checked_fixture(hooks, start, end);
	tcase_set_timeout(hooks, 30);
	tcase_add_test(hooks, a_hook_reads_the_state);
	tcase_add_test(hooks, every_hook_of_a_list_reads_it);
	tcase_add_test(hooks, a_hook_has_its_own_environment_and_the_root_as_directory);
	tcase_add_test(hooks, a_hook_inherits_no_descriptor);
	tcase_add_test(hooks, an_empty_environment_is_empty);
	tcase_add_test(hooks, a_failing_hook_is_named_with_its_last_words);
	tcase_add_test(hooks, much_output_is_cut);
	tcase_add_test(hooks, a_killed_hook_is_told);
	tcase_add_test(hooks, a_slow_hook_is_killed_with_what_it_started);
	tcase_add_test(hooks, a_hook_in_time_is_fine);
	tcase_add_test(hooks, the_first_failure_ends_the_list);
	tcase_add_test(hooks, a_missing_hook_is_an_error);
	suite_add_tcase(suite, hooks);
	return suite;
}

int main(void)
{
	return run_suite(make_suite());
}
