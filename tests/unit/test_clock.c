/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/clock.h"

#include <check.h>

#include "base/compiler.h"
#include "support/suite.h"

static const struct {
	struct timespec time;
	const char *text;
} cases[] = {
	{ { 0, 0 }, "1970-01-01T00:00:00.000000Z" },
	{ { 951782399, 999999999 }, "2000-02-28T23:59:59.999999Z" },
	{ { 951782400, 1000 }, "2000-02-29T00:00:00.000001Z" },
	{ { 951868800, 0 }, "2000-03-01T00:00:00.000000Z" },
	{ { 1704067199, 0 }, "2023-12-31T23:59:59.000000Z" },
	{ { 1735603200, 0 }, "2024-12-31T00:00:00.000000Z" },
	{ { 4107542400, 0 }, "2100-03-01T00:00:00.000000Z" },
};

START_TEST(writes_utc_as_rfc_3339)
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(cases[_i].time, text);
	ck_assert_str_eq(text, cases[_i].text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("clock");
	TCase *tcase = tcase_create("clock");

	tcase_add_loop_test(tcase, writes_utc_as_rfc_3339, 0, ARRAY_LEN(cases));
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
