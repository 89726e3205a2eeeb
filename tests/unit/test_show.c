/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "inspect/explain_json.h"
#include "inspect/show.h"
#include "support/suite.h"

static const struct {
	const char *text;
	const char *plain;
	const char *markup;
	const char *json;
} cases[] = {
	{ "web", "web", "web", "\"web\"" },
	{ "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\xb3", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\xb3",
	  "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\xb3", "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\xb3\"" },
	{ "\033[31mred", "\\u001b[31mred", "\\u001b[31mred", "\"\\u001b[31mred\"" },
	{ "a\nb\tc\x7f", "a\\u000ab\\u0009c\\u007f", "a\\u000ab\\u0009c\\u007f",
	  "\"a\\u000ab\\u0009c\\u007f\"" },
	/* The control sequence introducer of eight bits. */
	{ "\xc2\x9b"
	  "2J",
	  "\\u009b2J", "\\u009b2J", "\"\\u009b2J\"" },
	/* What turns the direction of reading. */
	{ "a\xe2\x80\xae"
	  "b",
	  "a\\u202eb", "a\\u202eb", "\"a\\u202eb\"" },
	{ "<script>&\"'</script>", "<script>&\"'</script>",
	  "&lt;script&gt;&amp;&quot;&#39;&lt;/script&gt;", "\"<script>&\\\"'</script>\"" },
	{ "]]>", "]]>", "]]&gt;", "\"]]>\"" },
	{ "a\\b", "a\\b", "a\\b", "\"a\\\\b\"" },
	/* No UTF-8: alone, cut short, overlong, a surrogate, beyond the last character. */
	{ "a\xff"
	  "b",
	  "a\xef\xbf\xbd"
	  "b",
	  "a\xef\xbf\xbd"
	  "b",
	  "\"a\\ufffdb\"" },
	{ "a\xe2\x82", "a\xef\xbf\xbd\xef\xbf\xbd", "a\xef\xbf\xbd\xef\xbf\xbd",
	  "\"a\\ufffd\\ufffd\"" },
	{ "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd",
	  "\"\\ufffd\\ufffd\"" },
	{ "\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "\"\\ufffd\\ufffd\\ufffd\"" },
	{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "\"\\ufffd\\ufffd\\ufffd\"" },
	{ "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
	/* A tag that is not seen, beyond the basic plane. */
	{ "\xf3\xa0\x81\x81", "\\ue0041", "\\ue0041", "\"\\udb40\\udc41\"" },
	{ "\xef\xbf\xbe", "\\ufffe", "\\ufffe", "\"\\ufffe\"" },
};

static void write_json_text(FILE *out, const char *text)
{
	struct json_writer writer = { .out = out };

	json_text(&writer, NULL, text);
}

static void check_shown(void (*show)(FILE *out, const char *text), const char *text,
                        const char *expected)
{
	char *shown = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&shown, &size);

	ck_assert_ptr_nonnull(out);
	show(out, text);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_str_eq(shown, expected);
	free(shown);
}

START_TEST(nothing_in_a_text_acts)
{
	check_shown(show_plain, cases[_i].text, cases[_i].plain);
	check_shown(show_markup, cases[_i].text, cases[_i].markup);
	check_shown(write_json_text, cases[_i].text, cases[_i].json);
}
END_TEST

START_TEST(the_width_is_that_of_what_is_shown)
{
	ck_assert_uint_eq(show_width("web"), 3);
	ck_assert_uint_eq(show_width("gr\xc3\xbc\xc3\x9f"), 4);
	ck_assert_uint_eq(show_width("\033["), 7);
	ck_assert_uint_eq(show_width("\xff"), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("show");
	TCase *tests = tcase_create("show");

	tcase_add_loop_test(tests, nothing_in_a_text_acts, 0,
	                    (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tests, the_width_is_that_of_what_is_shown);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
