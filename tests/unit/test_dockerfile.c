/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the golden cases cannot say of the reader of Dockerfiles: sizes, floods, odd bytes. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "import/import_any.h"
#include "support/suite.h"

static int read_text(const char *text, size_t size, struct import_result *out, struct error *err)
{
	const struct import_any_input input = {
		.text = text, .size = size, .name = "f", .language = SPEC_LANGUAGE_DOCKERFILE
	};

	return import_any(&input, out, err);
}

/* @start, @count times @item, and @end. */
static char *repeat(const char *start, const char *item, size_t count, const char *end)
{
	struct error err = { .kind = ERROR_NONE };
	struct text text = { 0 };

	text_add(&text, start);
	for (size_t i = 0; i < count; i++)
		text_add(&text, item);
	text_add(&text, end);
	return text_take(&text, &err);
}

static const struct {
	const char *start;
	const char *item;
	size_t count;
	const char *end;
	const char *what;
} floods[] = {
	{ "FROM a\n", "RUN b\n", 8192, "", "more than 8192 items" },
	{ "", "FROM a\n", 257, "", "more than 256 stages" },
	{ "FROM a\nENV A=aaaaaaaa\n", "ENV A=$A$A\n", 64, "",
	  "the variables of this text make too much of it" },
	{ "FROM a\nENV A=\nLABEL a=", "$A", 65537, "", "too many variables are to be replaced" },
	{ "FROM a\nLABEL a=", "${A:-", 17, "", "variables are nested too deeply" },
	{ "FROM a\nRUN mkdir", " a", 8191, "\nRUN mkdir /b /c", "too many paths are written" },
	{ "FROM a\nRUN ", "a;", 8193, "", "more than 8192 items" },
	{ "FROM a\nRUN ", "$(", 8193, "", "more than 8192 items" },
	{ "FROM a\nCMD ", "a", (size_t)1024 * 1024, "", "the text is larger than 1024 KiB" },
};

START_TEST(floods_are_refused)
{
	struct error err = { .kind = ERROR_NONE };
	struct import_result result;
	char *text = repeat(floods[_i].start, floods[_i].item, floods[_i].count, floods[_i].end);

	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(read_text(text, strlen(text), &result, &err), -1);
	ck_assert_str_eq(err.what, floods[_i].what);
	ck_assert_ptr_nonnull(strstr(err.where, "line "));
	free(text);
}
END_TEST

START_TEST(long_pipes_and_nesting_are_read)
{
	struct error err = { .kind = ERROR_NONE };
	struct import_result result;
	char *text = repeat("FROM a\nRUN curl x ", "| sh ", 8000, "");

	ck_assert_int_eq(read_text(text, strlen(text), &result, &err), 0);
	ck_assert_uint_eq(result.specs[0]->dockerfile->fact_count, 2);
	import_result_release(&result);
	free(text);
}
END_TEST

static const struct {
	const char *text;
	size_t size;
	const char *what; /* NULL: it is read */
} oddities[] = {
	{ "FROM a\0b", 8, "this is no text: it holds control characters" },
	{ "FROM a\x1b[2J", 10, "this is no text: it holds control characters" },
	{ "FROM a\rb", 8, "this is no text: it holds control characters" },
	{ "FROM \xff", 6, "the text is not valid UTF-8" },
	{ "", 0, "there is no FROM" },
	{ "\n\n# comment", 11, "there is no FROM" },
	{ "\xef\xbb\xbf# escape=`\r\nFROM a\r\nRUN b `\r\n c\r\n", 36, NULL },
	{ "FROM a\nRUN b \\", 14, NULL },
	{ "FROM a\nRUN b \\\n", 15, NULL },
	{ "FROM a\nRUN \"b 'c", 16, NULL },
	{ "FROM a\nENV A=${", 15, NULL },
	{ "FROM a\nCMD [\"b\", 1]", 19, NULL },
	{ "FROM a", 6, NULL },
};

START_TEST(odd_texts_are_read_or_refused)
{
	struct error err = { .kind = ERROR_NONE };
	struct import_result result;
	const int status = read_text(oddities[_i].text, oddities[_i].size, &result, &err);

	if (oddities[_i].what != NULL) {
		ck_assert_int_eq(status, -1);
		ck_assert_str_eq(err.what, oddities[_i].what);
		return;
	}
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(result.spec_count, 1);
	import_result_release(&result);
}
END_TEST

START_TEST(origins_are_places)
{
	static const char text[] = "# a\nFROM a\n\n  RUN sudo b\n";
	struct error err = { .kind = ERROR_NONE };
	struct import_result result;
	struct position place;
	const struct spec_dockerfile *dockerfile;

	ck_assert_int_eq(read_text(text, strlen(text), &result, &err), 0);
	dockerfile = result.specs[0]->dockerfile;
	ck_assert_uint_eq(dockerfile->fact_count, 2);
	ck_assert_str_eq(dockerfile->facts[1].origin, "line 4: RUN");
	ck_assert(position_find(result.positions, dockerfile->facts[1].origin, &place));
	ck_assert_uint_eq(place.line, 4);
	import_result_release(&result);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dockerfile");
	TCase *tests = tcase_create("dockerfile");

	tcase_add_loop_test(tests, floods_are_refused, 0, ARRAY_LEN(floods));
	tcase_add_test(tests, long_pipes_and_nesting_are_read);
	tcase_add_loop_test(tests, odd_texts_are_read_or_refused, 0, ARRAY_LEN(oddities));
	tcase_add_test(tests, origins_are_places);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
