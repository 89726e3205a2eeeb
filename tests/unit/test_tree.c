/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts that are written come back as they were, from JSON and from YAML. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "export/tree.h"
#include "import/position.h"
#include "import/yaml.h"
#include "support/suite.h"

#define ROUNDS     20000
#define LENGTH_MAX 12

/* A writer with lines of eighty columns would fold it at one of its blanks. */
#define LONG_TEXT \
	"a very long text that has to be on one line however many words there are in it, as this"

static const char *const texts[] = {
	"",
	" ",
	"no",
	"NO",
	"Yes",
	"on",
	"n",
	"null",
	"~",
	"true",
	"False",
	"1",
	"01",
	"08",
	"0o7",
	"0x1F",
	"1e3",
	".5",
	"+1",
	"-",
	"- a",
	"1:30",
	"22:22",
	"2001-12-14",
	".inf",
	"=",
	"<<",
	"a: b",
	"a:",
	":a",
	"a #b",
	"#",
	"'",
	"\"",
	"it's",
	"a\\b",
	"\t",
	"a\nb",
	"a\n",
	"\n",
	"\r",
	"\x01",
	"\x7f",
	"a\x1b[0m",
	"&a",
	"*a",
	"!a",
	"|",
	">",
	"%a",
	"@a",
	"`a`",
	"{a}",
	"[a]",
	"a, b",
	"? a",
	"---",
	"...",
	" a",
	"a ",
	"$HOME ${X} $$",
	"ünïcødé",
	"\xe2\x80\xa8",
	"\xc2\x85",
	"\357\273\277a",
	"\xf0\x9f\x90\xb3",
	"http://a/b?c=d&e#f",
	"127.0.0.1:8080:80",
	"/srv/data:/data:ro",
	LONG_TEXT,
};

struct fixture {
	struct arena *arena;
	struct tree tree;
	struct error err;
};

static void begin(struct fixture *fixture)
{
	*fixture = (struct fixture){ .err = { .kind = ERROR_NONE } };
	ck_assert_int_eq(arena_new(&fixture->arena, &fixture->err), 0);
	tree_begin(&fixture->tree, fixture->arena, TREE_MAP);
}

/* The text as a value, as a name and in a list. */
static void fill(struct fixture *fixture, const char *text)
{
	struct tree *tree = &fixture->tree;

	tree_text(tree, &tree->root, "value", text);
	tree_text(tree, tree_map(tree, &tree->root, "names"), text, "x");
	tree_text(tree, tree_list(tree, &tree->root, "items"), NULL, text);
}

static void compare_with(const json_t *value, const char *text)
{
	ck_assert_str_eq(json_string_value(value), text);
}

static void compare(const json_t *root, const char *text)
{
	compare_with(json_object_get(root, "value"), text);
	compare_with(json_array_get(json_object_get(root, "items"), 0), text);
	compare_with(json_object_get(json_object_get(root, "names"), text), "x");
}

static void check_json(const struct fixture *fixture, const char *text)
{
	struct error err = { .kind = ERROR_NONE };
	AUTO_FREE char *written = tree_json(&fixture->tree, &err);
	json_auto_t *root = written == NULL ? NULL : json_loads(written, 0, NULL);

	ck_assert_msg(root != NULL, "\"%s\": %s", text, written == NULL ? err.what : written);
	compare(root, text);
}

static void check_yaml(const struct fixture *fixture, const char *text)
{
	struct error err = { .kind = ERROR_NONE };
	AUTO_FREE char *written = tree_yaml(&fixture->tree, &err);
	json_auto_t *documents = NULL;
	struct positions *positions;

	ck_assert_int_eq(positions_new(&positions, &err), 0);
	ck_assert_msg(written != NULL && yaml_parse(written, strlen(written), NULL, positions,
	                                            &documents, &err) == 0,
	              "\"%s\": %s in\n%s", text, err.what, written);
	compare(json_array_get(documents, 0), text);
	positions_free(positions);
}

static void check_text(const char *text)
{
	struct fixture fixture;

	begin(&fixture);
	fill(&fixture, text);
	check_json(&fixture, text);
	check_yaml(&fixture, text);
	arena_free(fixture.arena);
}

START_TEST(text_comes_back)
{
	check_text(texts[_i]);
}
END_TEST

/* Made of what means something to a reader of YAML. */
START_TEST(texts_of_chance_come_back)
{
	static const char letters[] = "aZ0189 .:-+#&*!|>'\"%@`{}[],?~=<\n\t\\_/$";
	uint32_t state = 1;

	for (int round = 0; round < ROUNDS; round++) {
		char text[LENGTH_MAX + 1] = "";

		for (size_t i = 0; i < (size_t)(round % LENGTH_MAX) + 1; i++) {
			state = state * UINT32_C(1664525) + UINT32_C(1013904223);
			text[i] = letters[(state >> 16) % (sizeof(letters) - 1)];
			text[i + 1] = '\0';
		}
		check_text(text);
	}
}
END_TEST

START_TEST(what_stays_empty_is_not_written)
{
	struct fixture fixture;
	struct tree *tree = &fixture.tree;
	AUTO_FREE char *json = NULL;
	AUTO_FREE char *yaml = NULL;

	begin(&fixture);
	(void)tree_list(tree, tree_map(tree, &tree->root, "empty"), "list");
	tree_keep(tree_map(tree, &tree->root, "kept"));
	tree_unsigned(tree, &tree->root, "large", UINT64_MAX);
	tree_integer(tree, tree_map(tree, &tree->root, "kept"), "small", INT64_MIN);
	tree_bool(tree, &tree->root, "true", true);
	tree_move_last(&tree->root, tree_map(tree, &tree->root, "kept"));
	json = tree_json(tree, &fixture.err);
	yaml = tree_yaml(tree, &fixture.err);
	ck_assert_str_eq(json, "{\n  \"large\": 18446744073709551615,\n  \"true\": true,\n"
	                       "  \"kept\": {\n    \"small\": -9223372036854775808\n  }\n}\n");
	ck_assert_str_eq(yaml, "large: 18446744073709551615\n\"true\": true\nkept:\n"
	                       "  small: -9223372036854775808\n");
	arena_free(fixture.arena);
}
END_TEST

START_TEST(list_at_the_root_is_a_stream)
{
	struct fixture fixture;
	struct tree *tree = &fixture.tree;
	AUTO_FREE char *yaml = NULL;

	begin(&fixture);
	tree_begin(tree, fixture.arena, TREE_LIST);
	tree_text(tree, tree_map(tree, &tree->root, NULL), "a", "b");
	tree_text(tree, tree_map(tree, &tree->root, NULL), "c", "d");
	yaml = tree_yaml(tree, &fixture.err);
	ck_assert_str_eq(yaml, "---\na: b\n---\nc: d\n");
	arena_free(fixture.arena);
}
END_TEST

START_TEST(no_utf8_is_refused)
{
	struct fixture fixture;

	begin(&fixture);
	tree_text(&fixture.tree, &fixture.tree.root, "a", "\xff");
	ck_assert_ptr_null(tree_yaml(&fixture.tree, &fixture.err));
	ck_assert_int_eq(fixture.err.kind, ERROR_SPEC);
	arena_free(fixture.arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tree");
	TCase *tree = tcase_create("tree");

	tcase_add_loop_test(tree, text_comes_back, 0, (int)(sizeof(texts) / sizeof(texts[0])));
	tcase_add_test(tree, texts_of_chance_come_back);
	tcase_add_test(tree, what_stays_empty_is_not_written);
	tcase_add_test(tree, list_at_the_root_is_a_stream);
	tcase_add_test(tree, no_utf8_is_refused);
	suite_add_tcase(suite, tree);
	return run_suite(suite);
}
