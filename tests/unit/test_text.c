/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "support/suite.h"

START_TEST(json_is_escaped)
{
	struct error err = { .kind = ERROR_NONE };
	struct text text = { 0 };
	AUTO_FREE char *taken = NULL;

	text_add_json(&text, "a\"b\\c\nd\te\x01\x7f\xc3\xa9");
	taken = text_take(&text, &err);
	ck_assert_str_eq(taken, "\"a\\\"b\\\\c\\nd\\te\\u0001\\u007f\xc3\xa9\"");
	ck_assert_ptr_null(text.bytes);
}
END_TEST

START_TEST(grows_to_any_length)
{
	struct error err = { .kind = ERROR_NONE };
	struct text text = { 0 };
	AUTO_FREE char *taken = NULL;

	for (int i = 0; i < 1000; i++)
		text_add_format(&text, "%03d,", i);
	taken = text_take(&text, &err);
	ck_assert_uint_eq(strlen(taken), 4000);
	ck_assert_str_eq(taken + 3992, "998,999,");
}
END_TEST

START_TEST(nothing_added_is_an_empty_text)
{
	struct error err = { .kind = ERROR_NONE };
	struct text text = { 0 };
	AUTO_FREE char *taken = text_take(&text, &err);

	ck_assert_str_eq(taken, "");
}
END_TEST

static const struct {
	const char *word;
	const char *best;
} nearest_cases[] = {
	{ "memry", "memory" },
	{ "memroy", "memory" },
	{ "memmory", "memory" },
	{ "pid", "pids" },
	{ "timeuot", "timeout" },
	{ "x", NULL },
	{ "colour", NULL },
	{ "", NULL },
	{ "memory_memory_memory_memory_memory_memory_memory_memory", NULL },
};

START_TEST(nearest_word_is_found_or_none)
{
	static const char *const words[] = { "cpus", "memory", "pids", "timeout" };
	struct text_nearest nearest = { .word = nearest_cases[_i].word };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		text_nearest_try(&nearest, words[i]);
	ck_assert_pstr_eq(nearest.best, nearest_cases[_i].best);
}
END_TEST

START_TEST(shortening_keeps_both_ends_and_whole_characters)
{
	char out[12];

	text_shorten(out, sizeof(out), "short");
	ck_assert_str_eq(out, "short");
	text_shorten(out, sizeof(out), "abcdefghijklmnop");
	ck_assert_str_eq(out, "abcd...mnop");
	text_shorten(out, sizeof(out),
	             "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
	             "x\xc3\xa9\xc3\xa9");
	ck_assert(text_is_utf8(out));
	ck_assert_uint_lt(strlen(out), sizeof(out));
}
END_TEST

static const struct {
	const char *text;
	bool is_utf8;
} utf8_cases[] = {
	{ "plain", true },
	{ "\xc3\xa9", true },
	{ "\xe2\x82\xac", true },
	{ "\xf0\x9f\x98\x80", true },
	{ "\xf4\x8f\xbf\xbf", true },
	{ "\xff", false },
	{ "\x80", false },
	{ "\xc3", false },
	{ "\xc0\xaf", false },         /* overlong */
	{ "\xe0\x80\xaf", false },     /* overlong */
	{ "\xed\xa0\x80", false },     /* surrogate */
	{ "\xf4\x90\x80\x80", false }, /* beyond U+10FFFF */
	{ "\xf0\x9f\x98", false },
};

START_TEST(utf8_is_judged)
{
	ck_assert_int_eq(text_is_utf8(utf8_cases[_i].text), utf8_cases[_i].is_utf8);
}
END_TEST

START_TEST(control_characters_are_seen)
{
	ck_assert(!text_has_control("a b\xc3\xa9", false));
	ck_assert(text_has_control("a\nb", false));
	ck_assert(!text_has_control("a\n\tb", true));
	ck_assert(text_has_control("a\rb", true));
	ck_assert(text_has_control("a\x1b", true));
	ck_assert(text_has_control("\x7f", true));
}
END_TEST

START_TEST(letters_are_those_of_ascii)
{
	ck_assert(text_is_made_of("aZ09_", "_"));
	ck_assert(!text_is_made_of("a-b", "_"));
	ck_assert(!text_is_made_of("", "_"));
	ck_assert(!text_is_made_of("\xc3\xa9", "_"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text");
	TCase *tcase = tcase_create("text");

	tcase_add_test(tcase, json_is_escaped);
	tcase_add_test(tcase, grows_to_any_length);
	tcase_add_test(tcase, nothing_added_is_an_empty_text);
	tcase_add_loop_test(tcase, nearest_word_is_found_or_none, 0, ARRAY_LEN(nearest_cases));
	tcase_add_test(tcase, shortening_keeps_both_ends_and_whole_characters);
	tcase_add_loop_test(tcase, utf8_is_judged, 0, ARRAY_LEN(utf8_cases));
	tcase_add_test(tcase, control_characters_are_seen);
	tcase_add_test(tcase, letters_are_those_of_ascii);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
