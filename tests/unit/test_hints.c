/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/hints.h"
#include "sandbox/stages.h"
#include "support/suite.h"

static struct error failure(const char *stage, int code)
{
	struct error err = { .kind = ERROR_SYSTEM, .code = code, .what = "it failed" };

	(void)snprintf(err.stage, sizeof(err.stage), "%s", stage);
	return err;
}

static const struct {
	const char *stage;
	int code;
	const char *part; /* of the hint; NULL: none */
} cases[] = {
	{ "namespaces", EPERM, "kernel.unprivileged_userns_clone" },
	{ "namespaces", ENOSPC, "user.max_" },
	{ "namespaces", EAGAIN, "ulimit -u" },
	{ "namespaces", EINVAL, "Linux 5.15" },
	{ "namespaces", EBUSY, "systemd-run --user --scope" },
	{ "mounts", EPERM, "inside other containers" },
	{ "mounts", ENOSPC, "fs.mount-max" },
	{ "limits", EPERM, "ulimit -aH" },
	{ "landlock", E2BIG, "Landlock layers" },
	{ "working-directory", ENOENT, "cwd" },
	{ "working-directory", EACCES, "user" },
	{ "exec", ENOENT, "interpreter or loader" },
	{ "exec", EACCES, "relax.exec-paths" },
	{ "exec", EPERM, "--result" },
	{ "exec", ENOEXEC, "#!" },
	{ "exec", EAGAIN, "limits.pids" },
	{ "exec", ENOMEM, "limits.memory" },
	{ "exec", E2BIG, "env" },
	{ "exec", 0, NULL },
	{ "exec", EIO, NULL },
	{ "", EPERM, NULL },
	{ "exe", ENOENT, NULL },
	{ "execute", ENOENT, NULL },
};

START_TEST(a_stage_and_an_errno_have_their_hint)
{
	struct error err = failure(cases[_i].stage, cases[_i].code);

	hints_add(&err);
	if (cases[_i].part == NULL)
		ck_assert_str_eq(err.hint, "");
	else
		ck_assert_msg(strstr(err.hint, cases[_i].part) != NULL, "%s", err.hint);
	ck_assert_str_eq(err.what, "it failed");
}
END_TEST

START_TEST(a_hint_is_one_whole_sentence)
{
	struct error err = failure(cases[_i].stage, cases[_i].code);

	hints_add(&err);
	ck_assert_ptr_null(strchr(err.hint, '\n'));
	ck_assert_ptr_null(strstr(err.hint, "  "));
	/* What is longer than its buffer ends in an ellipsis. */
	ck_assert_uint_lt(strlen(err.hint), sizeof(err.hint) - 1);
}
END_TEST

START_TEST(what_a_hint_is_for_exists)
{
	if (cases[_i].part == NULL || strcmp(cases[_i].stage, "namespaces") == 0)
		return;
	ck_assert_ptr_nonnull(stages_find(&init_stages, cases[_i].stage));
}
END_TEST

START_TEST(the_hint_of_who_knew_better_stays)
{
	struct error err = failure("exec", ENOENT);

	(void)error_hint(&err, "install it");
	hints_add(&err);
	ck_assert_str_eq(err.hint, "install it");
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("hints");
	TCase *tcase = tcase_create("all");

	tcase_add_loop_test(tcase, a_stage_and_an_errno_have_their_hint, 0, ARRAY_LEN(cases));
	tcase_add_loop_test(tcase, a_hint_is_one_whole_sentence, 0, ARRAY_LEN(cases));
	tcase_add_loop_test(tcase, what_a_hint_is_for_exists, 0, ARRAY_LEN(cases));
	tcase_add_test(tcase, the_hint_of_who_knew_better_stays);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return run_suite(make_suite());
}
