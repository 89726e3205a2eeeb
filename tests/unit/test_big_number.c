/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "import/big_number.h"
#include "support/suite.h"

/* The text, and what is left of it; NULL: all. */
static const struct {
	const char *text;
	const char *left;
	size_t count;
	uint64_t values[2];
} cases[] = {
	{ "", NULL, 0, { 0 } },
	{ "0", NULL, 0, { 0 } },
	{ "-0", NULL, 0, { 0 } },
	{ "[1,-1,\"1.5\",true]", NULL, 0, { 0 } },
	{ "9223372036854775807", NULL, 0, { 0 } },
	{ "-9223372036854775808", NULL, 0, { 0 } },
	{ "999999999999999999", NULL, 0, { 0 } },
	{ "9223372036854775808", "1.5                ", 1, { UINT64_C(1) << 63 } },
	{ "[18446744073709551615,18446744073709551614]",
	  "[1.5                 ,2.5                 ]",
	  2,
	  { UINT64_MAX, UINT64_MAX - 1 } },
	{ "18446744073709551616", "0.25                ", 0, { 0 } },
	{ "184467440737095516150", "0.25                 ", 0, { 0 } },
	{ "-9223372036854775809", "0.25                ", 0, { 0 } },
	{ "-10000000000000000000", "0.25                 ", 0, { 0 } },
	{ "1.5", "0.5", 0, { 0 } },
	{ "0.25", "0.5 ", 0, { 0 } },
	{ "1e3", "0.5", 0, { 0 } },
	{ "-1.25E+10 ", "0.5       ", 0, { 0 } },
	{ "1e999999999", "0.5        ", 0, { 0 } },
	/* Not JSON: it is jansson's to say so. */
	{ "01.5", NULL, 0, { 0 } },
	{ "1.", NULL, 0, { 0 } },
	{ "1.e5", NULL, 0, { 0 } },
	{ ".5", NULL, 0, { 0 } },
	{ "1e", NULL, 0, { 0 } },
	{ "1e+", NULL, 0, { 0 } },
	{ "-", NULL, 0, { 0 } },
	{ "--18446744073709551615", NULL, 0, { 0 } },
	{ "1.5.5", NULL, 0, { 0 } },
	{ "018446744073709551615", NULL, 0, { 0 } },
	/* In strings, whatever is escaped in them. */
	{ "\"18446744073709551615", NULL, 0, { 0 } },
	{ "\"\\\"18446744073709551615\"", NULL, 0, { 0 } },
	{ "\"\\\\\"18446744073709551615", "\"\\\\\"1.5                 ", 1, { UINT64_MAX } },
	{ "\"\\", NULL, 0, { 0 } },
	{ "\"", NULL, 0, { 0 } },
};

START_TEST(numbers_are_taken_out)
{
	struct error err = { .kind = ERROR_NONE };
	AUTO_BIG_NUMBERS struct big_numbers numbers = { 0 };
	AUTO_FREE char *left = NULL;
	/* Without a NUL behind it, so that reading on is seen. */
	const size_t size = strlen(cases[_i].text);
	AUTO_FREE char *text = malloc(size + (size == 0));

	memcpy(text, cases[_i].text, size);
	ck_assert_int_eq(big_numbers_take(&numbers, text, size, &left, &err), 0);
	if (cases[_i].left == NULL)
		ck_assert_ptr_null(left);
	else
		ck_assert_mem_eq(left, cases[_i].left, size);
	ck_assert_uint_eq(numbers.count, cases[_i].count);
	for (size_t i = 0; i < numbers.count; i++)
		ck_assert_uint_eq(numbers.values[i], cases[_i].values[i]);
}
END_TEST

START_TEST(marks_lead_back)
{
	static const char text[] = "[18446744073709551615,1.5,18446744073709551616]";
	struct error err = { .kind = ERROR_NONE };
	AUTO_BIG_NUMBERS struct big_numbers numbers = { 0 };
	AUTO_FREE char *left = NULL;
	uint64_t value = 0;

	ck_assert_int_eq(big_numbers_take(&numbers, text, strlen(text), &left, &err), 0);
	ck_assert_int_eq(big_numbers_find(&numbers, 1.5, &value), BIG_NUMBER_VALUE);
	ck_assert_uint_eq(value, UINT64_MAX);
	ck_assert_int_eq(big_numbers_find(&numbers, 0.5, &value), BIG_NUMBER_REAL);
	ck_assert_int_eq(big_numbers_find(&numbers, 0.25, &value), BIG_NUMBER_TOO_LONG);
	ck_assert_int_eq(big_numbers_find(&numbers, 2.5, &value), BIG_NUMBER_REAL);
	ck_assert_int_eq(big_numbers_find(&numbers, -1.5, &value), BIG_NUMBER_REAL);
	ck_assert_int_eq(big_numbers_find(&numbers, 1e300, &value), BIG_NUMBER_REAL);
}
END_TEST

START_TEST(many_of_them_keep_their_order)
{
	enum {
		COUNT = 5000
	};
	struct error err = { .kind = ERROR_NONE };
	AUTO_BIG_NUMBERS struct big_numbers numbers = { 0 };
	AUTO_FREE char *left = NULL;
	AUTO_FREE char *text = malloc(COUNT * 21 + 1);
	char *end = text;

	for (uint64_t i = 0; i < COUNT; i++)
		end += sprintf(end, "%llu ", (unsigned long long)(UINT64_MAX - i));
	ck_assert_int_eq(big_numbers_take(&numbers, text, (size_t)(end - text), &left, &err), 0);
	ck_assert_uint_eq(numbers.count, COUNT);
	for (uint64_t i = 0; i < COUNT; i++) {
		const double mark = strtod(left + i * 21, NULL);
		uint64_t value;

		ck_assert_int_eq(big_numbers_find(&numbers, mark, &value), BIG_NUMBER_VALUE);
		ck_assert_uint_eq(value, UINT64_MAX - i);
	}
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("big_number");
	TCase *tests = tcase_create("numbers");

	tcase_add_loop_test(tests, numbers_are_taken_out, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(tests, marks_lead_back);
	tcase_add_test(tests, many_of_them_keep_their_order);
	suite_add_tcase(suite, tests);
	return suite;
}

int main(void)
{
	return run_suite(make_suite());
}
