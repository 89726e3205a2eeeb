/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/subid.h"
#include "support/suite.h"

#define NEEDED 65536

/* The user is "ada", number 1000. */
static const struct {
	const char *text;
	uint32_t first;
	uint32_t count; /* 0: nothing is found */
} ranges[] = {
	{ "ada:100000:65536\n", 100000, 65536 },
	{ "1000:100000:65536\n", 100000, 65536 },
	{ "bob:1:65536\nada:100000:65536", 100000, 65536 }, /* no last newline */
	{ "ada:100000:65535\nada:200000:65536\n", 200000, 65536 },
	{ "ada:100000:200000\n", 100000, 200000 },
	{ "", 0, 0 },
	{ "\n\n", 0, 0 },
	{ "ad:100000:65536\n", 0, 0 },
	{ "adams:100000:65536\n", 0, 0 },
	{ ":100000:65536\n", 0, 0 },
	{ "ada:0:65536\n", 0, 0 }, /* root of the host */
	{ "ada:100000:0\n", 0, 0 },
	{ "ada:-1:65536\n", 0, 0 },
	{ "ada:+1:65536\n", 0, 0 },
	{ "ada: 1:65536\n", 0, 0 },
	{ "ada:0x10000:65536\n", 0, 0 },
	{ "ada:100000:65536:1\n", 0, 0 },
	{ "ada:100000\n", 0, 0 },
	{ "ada\n", 0, 0 },
	{ "ada:4294901760:65536\n", 0, 0 }, /* includes 4294967295, which is no id */
	{ "ada:4294901759:65536\n", 4294901759, 65536 },
	{ "ada:99999999999999999999:65536\n", 0, 0 },
	{ "ada:100000:4294967296\n", 0, 0 },
};

START_TEST(finds_the_ranges_of_the_user_only)
{
	const char *text = ranges[_i].text;
	const struct subid_range found = subid_find(text, strlen(text), "ada", 1000, NEEDED);

	ck_assert_uint_eq(found.count, ranges[_i].count);
	if (found.count > 0)
		ck_assert_uint_eq(found.first, ranges[_i].first);
}
END_TEST

START_TEST(without_a_name_only_the_number_counts)
{
	static const char text[] = ":1:65536\nada:2:65536\n1000:3:65536\n";
	const struct subid_range found = subid_find(text, strlen(text), "", 1000, NEEDED);

	ck_assert_uint_eq(found.first, 3);
}
END_TEST

/* CVE-2016-3697: a name of digits is somebody else. */
START_TEST(a_numeric_name_is_a_number)
{
	static const char text[] = "1001:100000:65536\n";

	ck_assert_uint_eq(subid_find(text, strlen(text), "1001", 1000, NEEDED).count, 0);
}
END_TEST

START_TEST(bytes_that_are_no_text_are_no_entry)
{
	static const char text[] = "ada\0:100000:65536\nada:100000:65536\0\n";

	ck_assert_uint_eq(subid_find(text, sizeof(text) - 1, "ada", 1000, NEEDED).count, 0);
}
END_TEST

static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
			     "broken:1000\n"
			     "ada:x:1000:1000:Ada:/home/ada:/bin/sh\n"
			     "ada2:x:1000:1000::/:/bin/sh\n"
			     "last:x:2000:1:::";

static const struct {
	uint32_t uid;
	const char *name; /* NULL: not found */
} users[] = {
	{ 0, "root" },
	{ 1000, "ada" },
	{ 2000, "last" },
	{ 3000, NULL },
};

START_TEST(finds_the_first_name_of_a_number)
{
	char name[16];
	const bool is_found =
		passwd_find_name(passwd, strlen(passwd), users[_i].uid, name, sizeof(name));

	ck_assert_int_eq(is_found, users[_i].name != NULL);
	if (is_found)
		ck_assert_str_eq(name, users[_i].name);
}
END_TEST

START_TEST(a_name_that_does_not_fit_is_not_cut)
{
	char name[4];

	ck_assert(passwd_find_name(passwd, strlen(passwd), 1000, name, 4));
	ck_assert(!passwd_find_name(passwd, strlen(passwd), 2000, name, 4));
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("subid");
	TCase *tcase = tcase_create("all");

	tcase_add_loop_test(tcase, finds_the_ranges_of_the_user_only, 0,
	                    sizeof(ranges) / sizeof(ranges[0]));
	tcase_add_test(tcase, without_a_name_only_the_number_counts);
	tcase_add_test(tcase, a_numeric_name_is_a_number);
	tcase_add_test(tcase, bytes_that_are_no_text_are_no_entry);
	tcase_add_loop_test(tcase, finds_the_first_name_of_a_number, 0,
	                    sizeof(users) / sizeof(users[0]));
	tcase_add_test(tcase, a_name_that_does_not_fit_is_not_cut);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return run_suite(make_suite());
}
