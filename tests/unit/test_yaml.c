/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "import/yaml.h"
#include "support/suite.h"

static char *read_as_json(const char *text, size_t size, struct positions *positions,
                          struct error *err)
{
	json_auto_t *documents = NULL;

	if (yaml_parse(text, size, NULL, positions, &documents, err) < 0)
		return NULL;
	return json_dumps(documents, JSON_COMPACT | JSON_REAL_PRECISION(15));
}

static const struct {
	const char *text;
	const char *json;
} values[] = {
	{ "", "[]" },
	{ "# nothing but this\n", "[]" },
	{ "---\n---\na: 1\n---\n", "[{\"a\":1}]" },
	{ "a: 1\n---\nb: 2\n...\n", "[{\"a\":1},{\"b\":2}]" },
	{ "%YAML 1.2\n---\na: b", "[{\"a\":\"b\"}]" },
	{ "\xef\xbb\xbf"
	  "a: b",
	  "[{\"a\":\"b\"}]" },
	{ "a:\n  - b\n  - c: d\n", "[{\"a\":[\"b\",{\"c\":\"d\"}]}]" },
	/* What is a text, and what is not. */
	{ "[null, ~, Null, nULL, '', '~']", "[[null,null,null,\"nULL\",\"\",\"~\"]]" },
	{ "[true, True, TRUE, tRUE, 'true', false]", "[[true,true,true,\"tRUE\",\"true\",false]]" },
	{ "[yes, no, on, off, y, n]", "[[\"yes\",\"no\",\"on\",\"off\",\"y\",\"n\"]]" },
	{ "[0, -1, +2, 12_000, 9223372036854775807]", "[[0,-1,2,12000,9223372036854775807]]" },
	{ "[0644, 0o644, 0x1f, 0b11, 0899]", "[[420,420,31,3,\"0899\"]]" },
	{ "[9223372036854775808, 0xg, 0o8, '1', 1a, -, +, 1__0]",
	  "[[\"9223372036854775808\",\"0xg\",\"0o8\",\"1\",\"1a\",\"-\",\"+\",\"1__0\"]]" },
	{ "[1.5, .5, 1., 1e3, -1.5e-1, 1.5.5, .inf, .nan, ., 1e]",
	  "[[1.5,0.5,1.0,1000.0,-0.15,\"1.5.5\",\".inf\",\".nan\",\".\",\"1e\"]]" },
	{ "[80:80, 22:22, 1:1:1, 2001-01-01]", "[[\"80:80\",\"22:22\",\"1:1:1\",\"2001-01-01\"]]" },
	{ "80: a\ntrue: b\n", "[{\"80\":\"a\",\"true\":\"b\"}]" },
	{ "a: |\n  x\n  y\nb: >\n  x\n  y\n", "[{\"a\":\"x\\ny\\n\",\"b\":\"x y\\n\"}]" },
	/* Tags of the core schema. */
	{ "[!!str 1, !!int 0x10, !!int '7', !!float 2, !!null '', !!bool 'true', ! 5]",
	  "[[\"1\",16,7,2,null,true,5]]" },
	{ "!!map {a: !!seq [b]}", "[{\"a\":[\"b\"]}]" },
	/* Anchors. */
	{ "a: &x [1]\nb: *x\nc: *x\n", "[{\"a\":[1],\"b\":[1],\"c\":[1]}]" },
	{ "a: &x 1\nb: &x 2\nc: *x\n", "[{\"a\":1,\"b\":2,\"c\":2}]" },
	{ "a: &x [&x 1]\nb: *x\n", "[{\"a\":[1],\"b\":1}]" },
	/* Merging: one's own comes first, then what was given first. */
	{ "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n",
	  "[{\"a\":{\"x\":1,\"y\":2},\"b\":{\"y\":3,\"x\":1}}]" },
	{ "b: {y: 3, <<: [{x: 1}, {x: 2, y: 5, z: 6}]}\n", "[{\"b\":{\"y\":3,\"x\":1,\"z\":6}}]" },
	{ "b: {'<<': 1}\n", "[{\"b\":{\"<<\":1}}]" },
	{ "b: {<<: &m {x: 1}}\nc: *m\n", "[{\"b\":{\"x\":1},\"c\":{\"x\":1}}]" },
};

START_TEST(values_are_what_the_engines_read)
{
	struct error err = { .kind = ERROR_NONE };
	struct positions *positions = NULL;
	AUTO_FREE char *json = NULL;

	ck_assert_int_eq(positions_new(&positions, &err), 0);
	json = read_as_json(values[_i].text, strlen(values[_i].text), positions, &err);
	positions_free(positions);
	ck_assert_str_eq(err.what, "");
	ck_assert_str_eq(json, values[_i].json);
}
END_TEST

static const struct {
	const char *text;
	const char *what;
	const char *where;
} refusals[] = {
	{ "a: 1\nb: 2\na: 3\n", "the same member is given twice: \"a\"", "line 3, column 1" },
	{ "- a\n- {b: 1,\n   b: 2}\n", "the same member is given twice: \"b\"",
	  "line 3, column 4" },
	{ "a: *b\n", "there is no anchor \"b\" before this alias", "line 1, column 4" },
	{ "a: &b 1\n---\nc: *b\n", "there is no anchor \"b\" before this alias",
	  "line 3, column 4" },
	{ "a: &a [1, *a]\n", "the anchor \"a\" holds itself", "line 1, column 11" },
	{ "a: !reset 1\n", "the tag \"!reset\" is not known, or not meant for this",
	  "line 1, column 4" },
	{ "a: !!int x\n", "the tag \"int\" is not known, or not meant for this",
	  "line 1, column 4" },
	{ "a: !!binary x\n", "the tag \"binary\" is not known, or not meant for this",
	  "line 1, column 4" },
	{ "a: !!map [x]\n", "the tag \"map\" is not known, or not meant for this",
	  "line 1, column 4" },
	{ "[a]: b\n", "only a text can be the name of a member", "line 1, column 1" },
	{ "x: &x a\n*x : b\n", "only a text can be the name of a member", "line 2, column 1" },
	{ "<<: 1\n", "\"<<\" takes mappings only", "line 1, column 5" },
	{ "<<: [{a: 1}, 2]\n", "\"<<\" takes mappings only", "line 1, column 5" },
	{ "a: \"b\\0c\"\n", "a text has a NUL character in it", "line 1, column 4" },
	{ "\"a\\0b\": c\n", "a name has a NUL character in it", "line 1, column 1" },
	{ "a: b\n c: d\n", "this is not YAML: mapping values are not allowed in this context",
	  "line 2, column 3" },
	{ "a: [b\n",
	  "this is not YAML: while parsing a flow sequence did not find expected ',' or ']'",
	  "line 2, column 1" },
	{ "a: b\nc: \x01\n", "this is not YAML: control characters are not allowed",
	  "line 2, column 4" },
	{ "a: \xff\n", "this is not YAML: invalid leading UTF-8 octet", "line 1, column 4" },
	{ "\ta: b\n",
	  "this is not YAML: while scanning for the next token found character that cannot start "
	  "any token",
	  "line 1, column 1" },
};

START_TEST(what_is_wrong_is_refused_where_it_stands)
{
	struct error err = { .kind = ERROR_NONE };
	struct positions *positions = NULL;
	AUTO_FREE char *json = NULL;

	ck_assert_int_eq(positions_new(&positions, &err), 0);
	json = read_as_json(refusals[_i].text, strlen(refusals[_i].text), positions, &err);
	positions_free(positions);
	ck_assert_ptr_null(json);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_eq(err.what, refusals[_i].what);
	ck_assert_str_eq(err.where, refusals[_i].where);
}
END_TEST

static void refuse_hostile(struct text *text, const char *what)
{
	struct error err = { .kind = ERROR_NONE };
	struct positions *positions = NULL;
	AUTO_FREE char *json = NULL;

	ck_assert(!text->is_broken);
	ck_assert_int_eq(positions_new(&positions, &err), 0);
	json = read_as_json(text->bytes, text->length, positions, &err);
	positions_free(positions);
	ck_assert_ptr_null(json);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_msg(strncmp(err.what, what, strlen(what)) == 0, "%s", err.what);
	ck_assert_msg(strncmp(err.where, "line ", 5) == 0, "%s", err.where);
	text_release(text);
}

static const char too_many[] = "the text holds more than a million values";
static const char too_deep[] = "the text is nested more than 100 levels deep";

START_TEST(laughs_are_not_multiplied)
{
	struct text text = { 0 };

	text_add(&text, "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
	for (int i = 1; i < 60; i++)
		text_add_format(&text, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1,
		                i - 1, i - 1, i - 1, i - 1);
	refuse_hostile(&text, too_many);
}
END_TEST

START_TEST(merged_laughs_are_not_multiplied)
{
	struct text text = { 0 };

	text_add(&text, "a0: &a0 {x: 1, y: 2}\n");
	for (int i = 1; i < 60; i++)
		text_add_format(&text, "a%d: &a%d {<<: *a%d, p%d: *a%d, q%d: *a%d}\n", i, i, i - 1,
		                i, i - 1, i, i - 1);
	refuse_hostile(&text, too_many);
}
END_TEST

START_TEST(a_chain_of_aliases_is_as_deep_as_what_it_stands_for)
{
	struct text text = { 0 };

	text_add(&text, "a0: &a0 [x]\n");
	for (int i = 1; i < 200; i++)
		text_add_format(&text, "a%d: &a%d [*a%d]\n", i, i, i - 1);
	refuse_hostile(&text, too_deep);
}
END_TEST

START_TEST(ten_thousand_levels_are_refused)
{
	struct text text = { 0 };

	for (int i = 0; i < 10000; i++)
		text_add(&text, "[");
	refuse_hostile(&text, too_deep);
	for (int i = 0; i < 10000; i++)
		text_add(&text, "{a: ");
	refuse_hostile(&text, too_deep);
	for (int i = 0; i < 10000; i++)
		text_add(&text, "- ");
	refuse_hostile(&text, too_deep);
	for (int i = 0; i < 10000; i++)
		text_add(&text, "? ");
	refuse_hostile(&text, "only a text can be the name of a member");
}
END_TEST

START_TEST(a_hundred_levels_are_read)
{
	struct text text = { 0 };
	struct error err = { .kind = ERROR_NONE };
	struct positions *positions = NULL;
	AUTO_FREE char *json = NULL;

	for (size_t i = 0; i < YAML_DEPTH_MAX; i++)
		text_add(&text, "[");
	for (size_t i = 0; i < YAML_DEPTH_MAX; i++)
		text_add(&text, "]");
	ck_assert_int_eq(positions_new(&positions, &err), 0);
	json = read_as_json(text.bytes, text.length, positions, &err);
	positions_free(positions);
	text_release(&text);
	ck_assert_ptr_nonnull(json);
}
END_TEST

/* The largest text that is read at all, of the smallest values that there are. */
START_TEST(many_values_are_refused_with_bounded_memory)
{
	struct text text = { 0 };
	struct rusage usage;

	for (int i = 0; i < 2000000; i++)
		text_add(&text, "- a\n");
	refuse_hostile(&text, too_many);
	ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
	ck_assert_int_lt(usage.ru_maxrss, 512L * 1024);
}
END_TEST

START_TEST(a_text_that_is_too_large_is_not_looked_at)
{
	struct error err = { .kind = ERROR_NONE };
	json_t *documents;

	ck_assert_int_eq(yaml_parse(NULL, YAML_SIZE_MAX + 1, NULL, NULL, &documents, &err), -1);
	ck_assert_str_eq(err.what, "the text is larger than 8192 KiB");
}
END_TEST

static const char placed[] = "# of two documents\n"
			     "base: &base\n"
			     "  read_only: true\n"
			     "services:\n"
			     "  web:\n"
			     "    <<: *base\n"
			     "    cap_add:\n"
			     "      - NET_ADMIN\n"
			     "      - \xc3\xa9: x\n"
			     "---\n"
			     "kind: Pod\n";

static const struct {
	const char *origin;
	bool is_found;
	uint32_t line;
	uint32_t column;
} places[] = {
	{ "", true, 2, 1 },
	{ "/services", true, 4, 1 },
	{ "/services/web", true, 5, 3 },
	{ "/services/web/cap_add/0", true, 8, 9 },
	{ "/services/web/cap_add/1", true, 9, 9 },
	{ "/services/web/cap_add/2", true, 7, 5 },
	{ "/services/web/read_only", true, 3, 3 },
	{ "/services/web/mem_limit", true, 5, 3 },
	{ "/networks", true, 2, 1 },
	{ "document 1: /services/web", true, 5, 3 },
	{ "document 2: /kind", true, 11, 1 },
	{ "document 2: /spec/containers", true, 11, 1 },
	{ "document 3: /kind", false, 2, 1 },
	{ "line 12: RUN", true, 12, 1 },
	{ "line 3, column 5", true, 3, 5 },
	{ "--cap-add NET_ADMIN", false, 2, 1 },
};

START_TEST(origins_are_found)
{
	struct error err = { .kind = ERROR_NONE };
	struct positions *positions = NULL;
	struct position place;
	AUTO_FREE char *json = NULL;

	ck_assert_int_eq(positions_new(&positions, &err), 0);
	json = read_as_json(placed, strlen(placed), positions, &err);
	ck_assert_ptr_nonnull(json);
	ck_assert_int_eq(position_find(positions, places[_i].origin, &place), places[_i].is_found);
	ck_assert_uint_eq(place.line, places[_i].line);
	ck_assert_uint_eq(place.column, places[_i].column);
	positions_free(positions);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("yaml");
	TCase *reading = tcase_create("reading");
	TCase *hostile = tcase_create("hostile");

	tcase_add_loop_test(reading, values_are_what_the_engines_read, 0, (int)ARRAY_LEN(values));
	tcase_add_loop_test(reading, what_is_wrong_is_refused_where_it_stands, 0,
	                    (int)ARRAY_LEN(refusals));
	tcase_add_loop_test(reading, origins_are_found, 0, (int)ARRAY_LEN(places));
	suite_add_tcase(suite, reading);
	tcase_add_test(hostile, laughs_are_not_multiplied);
	tcase_add_test(hostile, merged_laughs_are_not_multiplied);
	tcase_add_test(hostile, a_chain_of_aliases_is_as_deep_as_what_it_stands_for);
	tcase_add_test(hostile, ten_thousand_levels_are_refused);
	tcase_add_test(hostile, a_hundred_levels_are_read);
	tcase_add_test(hostile, many_values_are_refused_with_bounded_memory);
	tcase_add_test(hostile, a_text_that_is_too_large_is_not_looked_at);
	suite_add_tcase(suite, hostile);
	return run_suite(suite);
}
