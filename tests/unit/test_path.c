/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "support/suite.h"

static const struct {
	const char *path;
	const char *clean; /* NULL: refused */
} clean_cases[] = {
	{ "/", "/" },        { "//", "/" },          { "/a", "/a" },      { "/a/", "/a" },
	{ "/a//b", "/a/b" }, { "/./a/./b", "/a/b" }, { "/a/.", "/a" },    { "/a..b", "/a..b" },
	{ "/...", "/..." },  { "/..", NULL },        { "/a/../b", NULL }, { "/a/..", NULL },
	{ "a", NULL },       { "", NULL },           { "./a", NULL },     { "/.a/b.", "/.a/b." },
};

START_TEST(paths_are_cleaned_or_refused)
{
	struct error err = { .kind = ERROR_NONE };
	char out[PATH_MAX] = "";
	const int result = path_clean(out, sizeof(out), clean_cases[_i].path, &err);

	ck_assert_int_eq(result, clean_cases[_i].clean == NULL ? -1 : 0);
	ck_assert_int_eq(err.kind, clean_cases[_i].clean == NULL ? ERROR_SPEC : ERROR_NONE);
	if (result == 0)
		ck_assert_str_eq(out, clean_cases[_i].clean);
}
END_TEST

START_TEST(the_longest_path_fits_and_one_more_does_not)
{
	struct error err = { .kind = ERROR_NONE };
	char out[8];

	ck_assert_int_eq(path_clean(out, sizeof(out), "/abcdef", &err), 0);
	ck_assert_str_eq(out, "/abcdef");
	ck_assert_int_eq(path_clean(out, sizeof(out), "/abcdefg", &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
}
END_TEST

START_TEST(relative_paths_are_below_their_folder)
{
	struct error err = { .kind = ERROR_NONE };
	char out[PATH_MAX];

	ck_assert_int_eq(path_join(out, sizeof(out), "/srv/app/", "./a//b", &err), 0);
	ck_assert_str_eq(out, "/srv/app/a/b");
	ck_assert_int_eq(path_join(out, sizeof(out), "/", "./a", &err), 0);
	ck_assert_str_eq(out, "/a");
	ck_assert_int_eq(path_join(out, sizeof(out), "/srv", "./", &err), 0);
	ck_assert_str_eq(out, "/srv");
	ck_assert_int_eq(path_join(out, sizeof(out), "/srv", "/other", &err), 0);
	ck_assert_str_eq(out, "/other");
	ck_assert_int_eq(path_join(out, sizeof(out), "/srv", "./../x", &err), -1);
}
END_TEST

START_TEST(within_means_whole_components)
{
	ck_assert(path_is_within("/a/b", "/a"));
	ck_assert(path_is_within("/a", "/a"));
	ck_assert(path_is_within("/a", "/"));
	ck_assert(!path_is_within("/ab", "/a"));
	ck_assert(!path_is_within("/", "/a"));
	ck_assert_str_eq(path_last("/a/b.json"), "b.json");
	ck_assert_str_eq(path_last("b.json"), "b.json");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("path");
	TCase *tcase = tcase_create("path");

	tcase_add_loop_test(tcase, paths_are_cleaned_or_refused, 0, ARRAY_LEN(clean_cases));
	tcase_add_test(tcase, the_longest_path_fits_and_one_more_does_not);
	tcase_add_test(tcase, relative_paths_are_below_their_folder);
	tcase_add_test(tcase, within_means_whole_components);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
