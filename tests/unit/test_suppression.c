/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>

#include "policy/suppression.h"
#include "support/suite.h"

static const struct {
	const char *text;
	bool is_date;
} dates[] = {
	{ "2027-01-31", true },  { "2028-02-29", true },   { "2000-02-29", true },
	{ "2027-02-29", false }, { "2100-02-29", false },  { "2027-04-31", false },
	{ "2027-13-01", false }, { "2027-00-10", false },  { "2027-01-00", false },
	{ "2027-1-31", false },  { "2027-01-311", false }, { "27-01-31", false },
	{ "2027/01/31", false }, { "+027-01-31", false },  { "", false },
};

START_TEST(days_of_the_calendar_are_told_from_others)
{
	ck_assert_int_eq(suppression_is_date(dates[_i].text), dates[_i].is_date);
}
END_TEST

static const struct {
	const char *expires;
	const char *today;
	bool has_expired;
} ends[] = {
	{ NULL, "9999-12-31", false },
	{ "2027-01-01", "2026-12-31", false },
	{ "2027-01-01", "2027-01-01", true },
	{ "2027-01-01", "2030-01-01", true },
};

START_TEST(nothing_is_accepted_from_the_day_on_which_it_expires)
{
	const struct suppression suppression = { .expires = ends[_i].expires };

	ck_assert_int_eq(suppression_has_expired(&suppression, ends[_i].today),
	                 ends[_i].has_expired);
}
END_TEST

static const struct {
	const char *files;
	const char *services;
	const char *file;
	const char *service;
	bool is_accepted;
} scopes[] = {
	{ NULL, NULL, "a.yaml", "web", true },
	{ NULL, NULL, "a.yaml", NULL, true },
	{ "*.yaml", NULL, "deploy/a.yaml", "web", true },
	{ "deploy/*.yaml", NULL, "deploy/a.yaml", "web", true },
	{ "deploy/*.yaml", NULL, "other/a.yaml", "web", false },
	{ "*.json", NULL, "a.yaml", "web", false },
	{ NULL, "we?", "a.yaml", "web", true },
	{ NULL, "web", "a.yaml", "db", false },
	{ NULL, "web", "a.yaml", NULL, false },
};

START_TEST(a_suppression_reaches_as_far_as_it_says)
{
	const struct suppression item = { .rule = &rule_table[RULE_ROOT_USER],
		                          .files = scopes[_i].files,
		                          .services = scopes[_i].services };
	const struct suppression_list list = { &item, 1 };

	ck_assert_int_eq(suppression_find(&list, item.rule, scopes[_i].file, scopes[_i].service,
	                                  "2026-11-23") != NULL,
	                 scopes[_i].is_accepted);
	ck_assert_ptr_null(suppression_find(&list, &rule_table[RULE_PRIVILEGED], scopes[_i].file,
	                                    scopes[_i].service, "2026-11-23"));
}
END_TEST

START_TEST(what_has_expired_gives_way_to_what_has_not)
{
	const struct suppression items[] = {
		{ .rule = &rule_table[RULE_ROOT_USER], .expires = "2026-01-01" },
		{ .rule = &rule_table[RULE_ROOT_USER], .expires = "2027-01-01" },
	};
	const struct suppression_list list = { items, 2 };

	ck_assert_ptr_eq(suppression_find(&list, items[0].rule, "a", NULL, "2026-06-01"),
	                 &items[1]);
	ck_assert_ptr_null(suppression_find(&list, items[0].rule, "a", NULL, "2027-06-01"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("suppression");
	TCase *tests = tcase_create("suppression");

	tcase_add_loop_test(tests, days_of_the_calendar_are_told_from_others, 0,
	                    (int)ARRAY_LEN(dates));
	tcase_add_loop_test(tests, nothing_is_accepted_from_the_day_on_which_it_expires, 0,
	                    (int)ARRAY_LEN(ends));
	tcase_add_loop_test(tests, a_suppression_reaches_as_far_as_it_says, 0,
	                    (int)ARRAY_LEN(scopes));
	tcase_add_test(tests, what_has_expired_gives_way_to_what_has_not);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
