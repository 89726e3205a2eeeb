/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "import/position.h"
#include "support/suite.h"

static const char text[] =
	"{\n"
	"  \"process\": {\n"
	"    \"args\": [\"/bin/sh\", \"-c\", {\"x\": [1, [true, null], -2.5e3]}],\n"
	"    \"a/b~c\": 1, \"quo\\\"te\\u00e9\": 2\n"
	"  },\n"
	"  \"\xc3\xa9\": \"{[,:\\\\\", \"last\": [ ]\n"
	"}\n";

static const struct {
	const char *origin;
	uint32_t line;
	uint32_t column;
} cases[] = {
	{ "", 1, 1 },
	{ "/process", 2, 3 },
	{ "/process/args", 3, 5 },
	{ "/process/args/0", 3, 14 },
	{ "/process/args/2/x/1/1", 3, 48 },
	{ "/process/args/2/x/2", 3, 55 },
	{ "/process/args/3", 3, 5 },
	{ "/process/a~1b~0c", 4, 5 },
	{ "/process/quo\"te\xc3\xa9", 4, 17 },
	{ "/process/noNewPrivileges", 2, 3 },
	{ "/\xc3\xa9", 6, 3 },
	{ "/last", 6, 18 },
	{ "/last/0", 6, 18 },
	{ "/linux/resources/pids", 1, 1 },
};

START_TEST(members_of_json_are_found)
{
	struct error err = { .kind = ERROR_NONE };
	struct positions *positions = NULL;
	struct position place;

	ck_assert_int_eq(positions_new(&positions, &err), 0);
	positions_use_json(positions, text, strlen(text));
	ck_assert(position_find(positions, cases[_i].origin, &place));
	ck_assert_uint_eq(place.line, cases[_i].line);
	ck_assert_uint_eq(place.column, cases[_i].column);
	ck_assert_ptr_null(place.file);
	positions_free(positions);
}
END_TEST

/* Cut anywhere, the text does no harm. */
START_TEST(half_a_text_is_scanned)
{
	for (size_t size = 0; size < strlen(text); size++) {
		struct error err = { .kind = ERROR_NONE };
		struct positions *positions = NULL;
		struct position place;

		ck_assert_int_eq(positions_new(&positions, &err), 0);
		positions_use_json(positions, text, size);
		(void)position_find(positions, "/process/args/0", &place);
		ck_assert_uint_eq(place.line, size < 16 ? 1 : size < 30 ? 2 : 3);
		positions_free(positions);
	}
}
END_TEST

START_TEST(names_and_files_are_kept)
{
	struct error err = { .kind = ERROR_NONE };
	struct positions *positions = NULL;
	char file[] = "common.yml";
	struct position place = { .line = 7, .column = 3 };
	struct position found;

	ck_assert_int_eq(positions_new(&positions, &err), 0);
	place.file = positions_add_file(positions, file, &err);
	file[0] = 'X';
	ck_assert_int_eq(positions_add(positions, 0, "--cap-add NET_ADMIN", &place, 0, &err), 0);
	ck_assert(position_find(positions, "--cap-add NET_ADMIN", &found));
	ck_assert_str_eq(found.file, "common.yml");
	ck_assert_uint_eq(found.line, 7);
	ck_assert(!position_find(positions, "--cap-add", &found));
	ck_assert_ptr_null(found.file);
	ck_assert_uint_eq(found.line, 1);
	positions_free(positions);
}
END_TEST

START_TEST(what_is_shared_keeps_its_place_and_its_parts)
{
	struct error err = { .kind = ERROR_NONE };
	struct positions *positions = NULL;
	const struct position place = { .line = 2, .column = 1 };
	const struct position inner = { .line = 3, .column = 5 };
	struct position found;

	ck_assert_int_eq(positions_new(&positions, &err), 0);
	ck_assert_int_eq(positions_add(positions, 0, "", &place, 10, &err), 0);
	ck_assert_int_eq(positions_add(positions, 20, "from", &place, 30, &err), 0);
	ck_assert_int_eq(positions_add_element(positions, 30, 1, &inner, 0, &err), 0);
	ck_assert_int_eq(positions_share(positions, 20, "from", 10, "to", &err), 0);
	ck_assert_int_eq(positions_share(positions, 20, "none", 10, "none", &err), 0);
	ck_assert(position_find(positions, "/to/1", &found));
	ck_assert_uint_eq(found.line, 3);
	ck_assert(position_find(positions, "/none", &found));
	ck_assert_uint_eq(found.line, 2);
	positions_free(positions);
}
END_TEST

START_TEST(many_are_kept_apart)
{
	struct error err = { .kind = ERROR_NONE };
	struct positions *positions = NULL;

	ck_assert_int_eq(positions_new(&positions, &err), 0);
	for (uint32_t i = 1; i <= 20000; i++) {
		const struct position place = { .line = i, .column = i % 7 + 1 };
		char name[32];

		(void)snprintf(name, sizeof(name), "--env V%u", i);
		ck_assert_int_eq(positions_add(positions, 0, name, &place, 0, &err), 0);
	}
	for (uint32_t i = 1; i <= 20000; i++) {
		struct position found;
		char name[32];

		(void)snprintf(name, sizeof(name), "--env V%u", i);
		ck_assert(position_find(positions, name, &found));
		ck_assert_uint_eq(found.line, i);
	}
	positions_free(positions);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("position");
	TCase *tcase = tcase_create("position");

	tcase_add_loop_test(tcase, members_of_json_are_found, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(tcase, half_a_text_is_scanned);
	tcase_add_test(tcase, names_and_files_are_kept);
	tcase_add_test(tcase, what_is_shared_keeps_its_place_and_its_parts);
	tcase_add_test(tcase, many_are_kept_apart);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
