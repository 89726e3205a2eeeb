/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"
#include "support/suite.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static void make_file(void)
{
	int fd;

	(void)snprintf(path, sizeof(path), "%s/hardrun-log-XXXXXX", P_tmpdir);
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(close(fd), 0);
}

static void remove_file(void)
{
	ck_assert_int_eq(unlink(path), 0);
}

static const struct error full = {
	.kind = ERROR_DENIED,
	.code = EACCES,
	.stage = "rootfs",
	.where = "/mounts/0",
	.what = "cannot open \"/x\"",
	.hint = "chmod",
};

static const struct error bare = { .kind = ERROR_SPEC, .what = "bad" };

/* The file's content, the digits of the times made 0. */
static void read_log(char *text, size_t size)
{
	FILE *in = fopen(path, "re");
	size_t length = fread(text, 1, size - 1, in);

	ck_assert_int_eq(fclose(in), 0);
	text[length] = '\0';
	for (char *letter = text; *letter != '\0'; letter++) {
		if (*letter >= '1' && *letter <= '9')
			*letter = '0';
	}
}

START_TEST(json_is_one_object_a_line)
{
	struct error err = { .kind = ERROR_NONE };
	char text[1024];

	ck_assert_int_eq(log_open(path, LOG_JSON, &err), 0);
	ck_assert(log_has_file() && !log_owns_stderr());
	log_error(&full);
	log_warning(&bare);
	read_log(text, sizeof(text));
	ck_assert_str_eq(
		text, "{\"level\":\"error\",\"msg\":\"cannot open \\\"/x\\\": Permission denied\","
		      "\"time\":\"0000-00-00T00:00:00.000000Z\",\"at\":\"/mounts/0\","
		      "\"stage\":\"rootfs\",\"hint\":\"chmod\"}\n"
		      "{\"level\":\"warning\",\"msg\":\"bad\","
		      "\"time\":\"0000-00-00T00:00:00.000000Z\"}\n");
}
END_TEST

START_TEST(warnings_that_are_held_come_when_they_are_released)
{
	struct error err = { .kind = ERROR_NONE };
	char text[1024];

	ck_assert_int_eq(log_open(path, LOG_JSON, &err), 0);
	log_hold_warnings();
	log_warning(&bare);
	log_warning(&bare);
	read_log(text, sizeof(text));
	ck_assert_str_eq(text, "");
	log_release_warnings();
	log_warning(&bare);
	read_log(text, sizeof(text));
	ck_assert_str_eq(text, "{\"level\":\"warning\",\"msg\":\"bad\","
	                       "\"time\":\"0000-00-00T00:00:00.000000Z\"}\n"
	                       "{\"level\":\"warning\",\"msg\":\"bad\","
	                       "\"time\":\"0000-00-00T00:00:00.000000Z\"}\n"
	                       "{\"level\":\"warning\",\"msg\":\"bad\","
	                       "\"time\":\"0000-00-00T00:00:00.000000Z\"}\n");
}
END_TEST

START_TEST(an_error_goes_past_held_warnings)
{
	struct error err = { .kind = ERROR_NONE };
	char text[1024];

	ck_assert_int_eq(log_open(path, LOG_JSON, &err), 0);
	log_hold_warnings();
	log_warning(&full);
	log_error(&bare);
	read_log(text, sizeof(text));
	ck_assert_str_eq(text, "{\"level\":\"error\",\"msg\":\"bad\","
	                       "\"time\":\"0000-00-00T00:00:00.000000Z\"}\n");
}
END_TEST

START_TEST(a_text_log_holds_nothing_back)
{
	struct error err = { .kind = ERROR_NONE };
	char text[1024];

	ck_assert_int_eq(log_open(path, LOG_TEXT, &err), 0);
	log_hold_warnings();
	log_warning(&bare);
	read_log(text, sizeof(text));
	ck_assert_str_eq(text, "0000-00-00T00:00:00.000000Z warning: bad\n");
}
END_TEST

START_TEST(text_is_one_line_too)
{
	struct error err = { .kind = ERROR_NONE };
	char text[1024];

	ck_assert_int_eq(log_open(path, LOG_TEXT, &err), 0);
	log_error(&full);
	log_warning(&bare);
	read_log(text, sizeof(text));
	ck_assert_str_eq(text, "0000-00-00T00:00:00.000000Z error: cannot open \"/x\": Permission "
	                       "denied; at: /mounts/0; stage: rootfs; hint: chmod\n"
	                       "0000-00-00T00:00:00.000000Z warning: bad\n");
}
END_TEST

START_TEST(a_link_is_not_followed)
{
	struct error err = { .kind = ERROR_NONE };
	char link[80];

	(void)snprintf(link, sizeof(link), "%s.link", path);
	ck_assert_int_eq(symlink(path, link), 0);
	ck_assert_int_eq(log_open(link, LOG_TEXT, &err), -1);
	ck_assert_int_eq(err.code, ELOOP);
	ck_assert_int_eq(unlink(link), 0);
}
END_TEST

START_TEST(json_without_a_file_takes_standard_error)
{
	struct error err = { .kind = ERROR_NONE };

	ck_assert(!log_owns_stderr());
	ck_assert_int_eq(log_open(NULL, LOG_JSON, &err), 0);
	ck_assert(log_owns_stderr() && !log_has_file());
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("log");
	TCase *tcase = tcase_create("log");

	tcase_add_checked_fixture(tcase, make_file, remove_file);
	tcase_add_test(tcase, json_is_one_object_a_line);
	tcase_add_test(tcase, warnings_that_are_held_come_when_they_are_released);
	tcase_add_test(tcase, an_error_goes_past_held_warnings);
	tcase_add_test(tcase, a_text_log_holds_nothing_back);
	tcase_add_test(tcase, text_is_one_line_too);
	tcase_add_test(tcase, a_link_is_not_followed);
	tcase_add_test(tcase, json_without_a_file_takes_standard_error);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
