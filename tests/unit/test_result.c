/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/result.h"
#include "support/suite.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static char folder[64];

static void make_folder(void)
{
	(void)snprintf(folder, sizeof(folder), "%s/hardrun-result-XXXXXX", P_tmpdir);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static void remove_folder(void)
{
	(void)unlink("result.json");
	(void)unlink("target");
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}

static const struct error no_failure = { .kind = ERROR_NONE };

static struct run_report measured(void)
{
	static const struct plan_relaxation relaxation = { "host-pid", "own PID namespace",
		                                           "reads \"all\"", "/relax/host-pid" };
	static struct plan plan = { .relaxations = &relaxation, .relaxation_count = 1 };
	struct run_report report = {
		.name = "web",
		.digest = "abc",
		.plan = &plan,
		.has_outcome = true,
		.outcome = { .status = 3 << 8, .wall_usec = 2000001 },
		.usage = { .memory_peak = 4096, .cpu_user_usec = 10, .cpu_system_usec = 1000000 },
	};

	return report;
}

static void assert_text(const struct run_report *report, const struct error *failure,
                        int exit_status, const char *expected)
{
	const struct result result = { report, failure, exit_status, "0.1.0" };
	struct error err = { .kind = ERROR_NONE };
	AUTO_FREE char *text = result_text(&result, &err);

	ck_assert_str_eq(text, expected);
}

START_TEST(says_all_of_a_measured_run)
{
	const struct run_report report = measured();

	assert_text(&report, &no_failure, 3,
	            "{\"version\":1,\"hardrun\":\"0.1.0\",\"name\":\"web\",\"digest\":\"abc\","
	            "\"hardrun_exit_status\":3,\"exit_code\":3,\"signal\":null,"
	            "\"signal_name\":null,\"timed_out\":false,\"wall_seconds\":2.000001,"
	            "\"cpu_user_seconds\":0.000010,\"cpu_system_seconds\":1.000000,"
	            "\"memory_peak_bytes\":4096,\"oom_kills\":0,\"pids_peak\":0,"
	            "\"pids_max_hits\":0,\"io_read_bytes\":0,\"io_written_bytes\":0,"
	            "\"throttled_seconds\":0.000000,"
	            "\"denials\":{\"source\":\"kernel log\",\"seccomp\":0,\"apparmor\":0,"
	            "\"unknown_because\":null},"
	            "\"relaxations\":[{\"name\":\"host-pid\",\"control\":\"own PID namespace\","
	            "\"reason\":\"reads \\\"all\\\"\"}],\"error\":null}\n");
}
END_TEST

START_TEST(what_was_not_measured_is_null)
{
	struct run_report report = measured();
	struct error err = { .kind = ERROR_NONE };
	const struct result result = { &report, &no_failure, 137, "0.1.0" };
	AUTO_FREE char *text = NULL;

	memset(&report.usage, 0xff, sizeof(report.usage));
	report.outcome.status = 9;
	report.outcome.resources.ru_utime.tv_sec = 7;
	report.denials.reason = "no log";
	text = result_text(&result, &err);
	ck_assert_ptr_nonnull(strstr(text, "\"exit_code\":null,\"signal\":9,"
	                                   "\"signal_name\":\"KILL\""));
	ck_assert_ptr_nonnull(strstr(text, "\"cpu_user_seconds\":7.000000"));
	ck_assert_ptr_nonnull(strstr(text, "\"memory_peak_bytes\":null,\"oom_kills\":null"));
	ck_assert_ptr_nonnull(strstr(text, "\"throttled_seconds\":null"));
	ck_assert_ptr_nonnull(strstr(text, "\"seccomp\":null,\"apparmor\":null,"
	                                   "\"unknown_because\":\"no log\""));
}
END_TEST

START_TEST(a_failure_is_told_with_all_its_parts)
{
	const struct run_report report = { .name = "" };
	const struct error failure = { .kind = ERROR_DENIED,
		                       .code = EACCES,
		                       .stage = "rootfs",
		                       .where = "/mounts/0",
		                       .what = "cannot open /x",
		                       .hint = "chmod" };

	assert_text(&report, &failure, 125,
	            "{\"version\":1,\"hardrun\":\"0.1.0\",\"name\":null,\"digest\":null,"
	            "\"hardrun_exit_status\":125,\"exit_code\":null,\"signal\":null,"
	            "\"signal_name\":null,\"timed_out\":null,\"wall_seconds\":null,"
	            "\"cpu_user_seconds\":null,\"cpu_system_seconds\":null,"
	            "\"memory_peak_bytes\":null,\"oom_kills\":null,\"pids_peak\":null,"
	            "\"pids_max_hits\":null,\"io_read_bytes\":null,\"io_written_bytes\":null,"
	            "\"throttled_seconds\":null,"
	            "\"denials\":{\"source\":\"kernel log\",\"seccomp\":null,\"apparmor\":null,"
	            "\"unknown_because\":\"the program did not run\"},"
	            "\"relaxations\":null,"
	            "\"error\":{\"message\":\"cannot open /x: Permission denied\","
	            "\"at\":\"/mounts/0\",\"stage\":\"rootfs\",\"hint\":\"chmod\"}}\n");
}
END_TEST

START_TEST(a_link_is_replaced_and_its_target_kept)
{
	const struct run_report report = measured();
	const struct result result = { &report, &no_failure, 3, "0.1.0" };
	struct error err = { .kind = ERROR_NONE };
	struct stat status;
	int fd = open("target", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(symlink("target", "result.json"), 0);
	ck_assert_msg(result_write("result.json", &result, &err) == 0, "%s", err.what);
	ck_assert_int_eq(lstat("result.json", &status), 0);
	ck_assert(S_ISREG(status.st_mode) && status.st_size > 0);
	ck_assert_int_eq(stat("target", &status), 0);
	ck_assert_int_eq(status.st_size, 0);
}
END_TEST

static const char *const bad_paths[] = {
	"/dev/null", "/", "", "-", "missing/result.json", ".", "..",
};

START_TEST(what_is_no_file_is_refused_beforehand)
{
	struct error err = { .kind = ERROR_NONE };

	ck_assert_int_eq(result_check(bad_paths[_i], &err), -1);
	ck_assert_str_eq(err.where, "--result");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("result");
	TCase *tcase = tcase_create("result");

	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_add_test(tcase, says_all_of_a_measured_run);
	tcase_add_test(tcase, what_was_not_measured_is_null);
	tcase_add_test(tcase, a_failure_is_told_with_all_its_parts);
	tcase_add_test(tcase, a_link_is_replaced_and_its_target_kept);
	tcase_add_loop_test(tcase, what_is_no_file_is_refused_beforehand, 0, ARRAY_LEN(bad_paths));
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
