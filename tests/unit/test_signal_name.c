/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signal_name.h"
#include "support/suite.h"

#include <check.h>
#include <signal.h>

static const struct {
	const char *text;
	int number; /* -1: it is no signal; from 1000 on: as far behind SIGRTMIN */
} cases[] = {
	{ "9", SIGKILL },       { "0", 0 },
	{ "KILL", SIGKILL },    { "SIGKILL", SIGKILL },
	{ "sigkill", SIGKILL }, { "term", SIGTERM },
	{ "USR1", SIGUSR1 },    { "WINCH", SIGWINCH },
	{ "RTMIN", 1000 },      { "SIGRTMIN+3", 1003 },
	{ "37", 1003 },         { "", -1 },
	{ "SIG", -1 },          { "SIGSIGKILL", -1 },
	{ "-9", -1 },           { "+9", -1 },
	{ "09", -1 },           { "9 ", -1 },
	{ "65", -1 },           { "18446744073709551625", -1 },
	{ "KILLED", -1 },       { "RTMIN+", -1 },
	{ "RTMIN-1", -1 },      { "RTMIN+99", -1 },
	{ "RTMAX+1", -1 },      { "A_VERY_LONG_NAME_OF_A_SIGNAL", -1 },
};

START_TEST(names_and_numbers_are_signals)
{
	const int expected = cases[_i].number;
	int number = -7;

	ck_assert_int_eq(signal_name_parse(cases[_i].text, &number), expected >= 0);
	if (expected < 0)
		ck_assert_int_eq(number, -7);
	else
		ck_assert_int_eq(number, expected < 1000 ? expected : SIGRTMIN + expected - 1000);
}
END_TEST

START_TEST(the_last_ones_are_counted_back)
{
	int number = 0;

	ck_assert(signal_name_parse("SIGRTMAX-2", &number));
	ck_assert_int_eq(number, SIGRTMAX - 2);
	ck_assert(signal_name_parse("RTMAX", &number));
	ck_assert_int_eq(number, SIGRTMAX);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("signal_name");
	TCase *tcase = tcase_create("signal_name");

	tcase_add_loop_test(tcase, names_and_numbers_are_signals, 0,
	                    (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tcase, the_last_ones_are_counted_back);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
