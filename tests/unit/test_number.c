/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <stdlib.h>

#include "base/number.h"
#include "support/suite.h"

#define REFUSED UINT64_MAX /* no parser gives this: each has a lower maximum in these cases */

static const struct {
	const char *text;
	uint64_t value;
} number_cases[] = {
	{ "0", 0 },
	{ "1", 1 },
	{ "4294967294", 4294967294 },
	{ "4294967295", REFUSED }, /* above the maximum that is asked for */
	{ "18446744073709551616", REFUSED },
	{ "", REFUSED },
	{ "01", REFUSED }, /* CVE-2026-30892 and its like */
	{ "00", REFUSED },
	{ "+1", REFUSED },
	{ "-1", REFUSED },
	{ " 1", REFUSED },
	{ "1 ", REFUSED },
	{ "0x1", REFUSED },
	{ "1e3", REFUSED },
	{ "user", REFUSED },
}, size_cases[] = {
	{ "0", 0 },
	{ "4096", 4096 },
	{ "64KiB", UINT64_C(64) << 10 },
	{ "512MiB", UINT64_C(512) << 20 },
	{ "1GiB", UINT64_C(1) << 30 },
	{ "2TiB", UINT64_C(2) << 40 },
	{ "9223372036854775807", INT64_MAX },
	{ "9223372036854775808", REFUSED },
	{ "8388607TiB", UINT64_C(8388607) << 40 },
	{ "8388608TiB", REFUSED },
	{ "512MB", REFUSED },
	{ "512M", REFUSED },
	{ "512mib", REFUSED },
	{ "512 MiB", REFUSED },
	{ "MiB", REFUSED },
	{ "1.5GiB", REFUSED },
	{ "-1", REFUSED },
}, duration_cases[] = {
	{ "500ms", 500 },
	{ "30s", 30000 },
	{ "5m", 300000 },
	{ "1h", 3600000 },
	{ "0s", 0 },
	{ "30", REFUSED },
	{ "s", REFUSED },
	{ "1h30m", REFUSED },
	{ "9223372036854775807h", REFUSED },
}, decimal_cases[] = {
	{ "1", 100000 },
	{ "1.5", 150000 },
	{ "0.01", 1000 },
	{ "0.12345", 12345 },
	{ "0.123456", REFUSED },
	{ "1.", REFUSED },
	{ ".5", REFUSED },
	{ "1,5", REFUSED },
	{ "4294967296", REFUSED },
	{ "-1", REFUSED },
};

static bool parse_id(const char *text, uint64_t *out)
{
	return number_parse(text, UINT32_MAX - 1, out);
}

static void check_case(bool (*parse)(const char *text, uint64_t *out), const char *text,
                       uint64_t expected)
{
	uint64_t value = REFUSED;

	ck_assert_int_eq(parse(text, &value), expected != REFUSED);
	ck_assert_uint_eq(value, expected); /* and it is left alone when refused */
}

START_TEST(numbers)
{
	check_case(parse_id, number_cases[_i].text, number_cases[_i].value);
}
END_TEST

START_TEST(sizes)
{
	check_case(number_parse_size, size_cases[_i].text, size_cases[_i].value);
}
END_TEST

START_TEST(durations)
{
	check_case(number_parse_duration, duration_cases[_i].text, duration_cases[_i].value);
}
END_TEST

START_TEST(decimals)
{
	check_case(number_parse_decimal, decimal_cases[_i].text, decimal_cases[_i].value);
}
END_TEST

START_TEST(a_small_maximum_holds)
{
	uint64_t value = 7;

	ck_assert(!number_parse("10", 9, &value));
	ck_assert(!number_parse("9", 5, &value));
	ck_assert(number_parse("5", 5, &value));
	ck_assert_uint_eq(value, 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("number");
	TCase *tcase = tcase_create("number");

	tcase_add_loop_test(tcase, numbers, 0, ARRAY_LEN(number_cases));
	tcase_add_loop_test(tcase, sizes, 0, ARRAY_LEN(size_cases));
	tcase_add_loop_test(tcase, durations, 0, ARRAY_LEN(duration_cases));
	tcase_add_loop_test(tcase, decimals, 0, ARRAY_LEN(decimal_cases));
	tcase_add_test(tcase, a_small_maximum_holds);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
