/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "options.h"
#include "support/suite.h"

#include <check.h>
#include <string.h>

struct values {
	const char *text;
	bool flag;
	bool is_on;
	struct option_list list;
};

static const struct option_row rows[] = {
	{ "--text", "WORD", "a text", OPTION_TEXT, offsetof(struct values, text) },
	{ "--flag", NULL, "a flag", OPTION_FLAG, offsetof(struct values, flag) },
};

static const struct option_row oci_rows[] = {
	{ "--text", "WORD", "a text", OPTION_TEXT, offsetof(struct values, text), 't' },
	{ "--switch", NULL, "a switch", OPTION_SWITCH, offsetof(struct values, is_on), 's' },
	{ "--list", "ITEM", "a list", OPTION_LIST, offsetof(struct values, list), 'l' },
};

static const struct {
	const char *line; /* words, one blank between them */
	int result;
	const char *text;
	bool flag;
	int operand_count;
	int argument_count;
	const char *what; /* of the error */
	const char *hint;
} cases[] = {
	{ .line = "a.json", .operand_count = 1 },
	{ .line = "-", .operand_count = 1 },
	{ .line = "--text x a.json", .text = "x", .operand_count = 1 },
	{ .line = "a.json --text=x", .text = "x", .operand_count = 1 },
	{ .line = "a.json --text= --flag", .text = "", .flag = true, .operand_count = 1 },
	{ .line = "--text --flag", .text = "--flag" },
	{ .line = "a --flag b -- --flag c", .flag = true, .operand_count = 2, .argument_count = 2 },
	{ .line = "--", .argument_count = 0 },
	{ .line = "--txt x",
	  .result = -1,
	  .what = "unknown option --txt",
	  .hint = "did you mean --text?" },
	{ .line = "--texts=1",
	  .result = -1,
	  .what = "unknown option --texts",
	  .hint = "did you mean --text?" },
	{ .line = "-x",
	  .result = -1,
	  .what = "unknown option -x",
	  .hint = "hardrun --help lists the options; a program's own stand after --" },
	{ .line = "--text", .result = -1, .what = "--text needs a value: --text WORD", .hint = "" },
	{ .line = "--text a --text b", .result = -1, .what = "--text is given twice", .hint = "" },
	{ .line = "--flag=1", .result = -1, .what = "--flag takes no value", .hint = "" },
};

/* Cut @line at its blanks; @argv ends in NULL. */
static int split(char *line, char *argv[16])
{
	int argc = 0;

	for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return argc;
}

START_TEST(options_are_taken_and_operands_stay)
{
	struct error err = { .kind = ERROR_NONE };
	struct values values = { .text = NULL };
	const struct option_table table = { rows, ARRAY_LEN(rows), &values };
	struct operands operands;
	char line[128];
	char *argv[16];

	(void)snprintf(line, sizeof(line), "%s", cases[_i].line);
	ck_assert_int_eq(options_parse(&table, 1, split(line, argv), argv, &operands, &err),
	                 cases[_i].result);
	if (cases[_i].result < 0) {
		ck_assert_int_eq(err.kind, ERROR_USAGE);
		ck_assert_str_eq(err.what, cases[_i].what);
		ck_assert_str_eq(err.hint, cases[_i].hint);
		return;
	}
	ck_assert_pstr_eq(values.text, cases[_i].text);
	ck_assert_int_eq(values.flag, cases[_i].flag);
	ck_assert_int_eq(operands.count, cases[_i].operand_count);
	ck_assert_int_eq(operands.argument_count, cases[_i].argument_count);
}
END_TEST

static const struct {
	const char *line;
	const char *what; /* of the error; NULL: none */
	const char *text;
	bool is_on;
	size_t list_count;
	int operand_count;
	bool ends_at_operand;
} oci_cases[] = {
	{ .line = "-text x -switch", .text = "x", .is_on = true },
	{ .line = "-t x -s", .text = "x", .is_on = true },
	{ .line = "-t=x", .text = "x" },
	{ .line = "-text=x", .text = "x" },
	{ .line = "--switch=true", .is_on = true },
	{ .line = "--switch --switch=false" },
	{ .line = "--switch --switch=0" },
	{ .line = "--switch=1", .is_on = true },
	{ .line = "--switch=auto" },
	{ .line = "--switch=maybe", .what = "--switch is true or false" },
	{ .line = "--switch true", .is_on = true, .operand_count = 1 },
	{ .line = "-l a --list b -list=c", .list_count = 3 },
	{ .line = "-l", .what = "--list needs a value: --list ITEM" },
	{ .line = "--t x", .what = "unknown option --t" },
	{ .line = "-st x", .what = "unknown option -st" },
	{ .line = "-t -1", .text = "-1" },
	{ .line = "a -s -t x", .text = "x", .is_on = true, .operand_count = 1 },
	{ .line = "-s a -t x -- b", .is_on = true, .operand_count = 5, .ends_at_operand = true },
};

START_TEST(engines_write_options_in_other_ways)
{
	struct error err = { .kind = ERROR_NONE };
	struct values values = { .text = NULL };
	const struct option_table table = { oci_rows, ARRAY_LEN(oci_rows), &values,
		                            oci_cases[_i].ends_at_operand };
	struct operands operands;
	char line[128];
	char *argv[16];
	int result;

	(void)snprintf(line, sizeof(line), "%s", oci_cases[_i].line);
	result = options_parse(&table, 1, split(line, argv), argv, &operands, &err);
	if (oci_cases[_i].what != NULL) {
		ck_assert_int_eq(result, -1);
		ck_assert_str_eq(err.what, oci_cases[_i].what);
		return;
	}
	ck_assert_int_eq(result, 0);
	ck_assert_pstr_eq(values.text, oci_cases[_i].text);
	ck_assert_int_eq(values.is_on, oci_cases[_i].is_on);
	ck_assert_uint_eq(values.list.count, oci_cases[_i].list_count);
	ck_assert_int_eq(operands.count, oci_cases[_i].operand_count);
	ck_assert(!operands.has_arguments);
}
END_TEST

START_TEST(a_list_has_an_end)
{
	struct error err = { .kind = ERROR_NONE };
	struct values values = { .text = NULL };
	const struct option_table table = { oci_rows, ARRAY_LEN(oci_rows), &values };
	struct operands operands;
	static char word[] = "-l=x";
	char *argv[OPTION_LIST_MAX + 2];

	for (size_t i = 0; i <= OPTION_LIST_MAX; i++)
		argv[i] = word;
	argv[OPTION_LIST_MAX + 1] = NULL;
	ck_assert_int_eq(options_parse(&table, 1, OPTION_LIST_MAX, argv, &operands, &err), 0);
	ck_assert_uint_eq(values.list.count, OPTION_LIST_MAX);
	values.list.count = 0;
	ck_assert_int_eq(options_parse(&table, 1, OPTION_LIST_MAX + 1, argv, &operands, &err), -1);
	ck_assert_str_eq(err.what, "--list is given too often");
}
END_TEST

static const struct {
	const char *line;
	int index;
} verbs[] = {
	{ "check a.json", 0 },
	{ "--root /r check a.json", 2 },
	{ "--root=/r --log-format json check", 3 },
	{ "--help check", 1 },
	{ "--name check a.json", 0 }, /* an option of the run: no verb before it */
	{ "- check", 0 },
	{ "-root /r -debug --rootless=true --systemd-cgroup create x", 5 },
	{ "--rootless create x", 1 },
	{ "--criu /c --cgroup-manager disabled run", 4 },
	{ "--root", 1 },
};

START_TEST(the_verb_is_found_behind_global_options)
{
	char line[128];
	char *argv[16];
	int argc;

	(void)snprintf(line, sizeof(line), "%s", verbs[_i].line);
	argc = split(line, argv);
	ck_assert_int_eq(options_find_verb(argc, argv), verbs[_i].index);
}
END_TEST

START_TEST(usage_names_every_option)
{
	struct values values;
	const struct option_table table = { rows, ARRAY_LEN(rows), &values };
	const struct usage usage = { "hardrun x", "Does x.", NULL };
	char text[1024] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	options_print_usage(&usage, &table, 1, out);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_str_eq(text, "usage: hardrun x\n\nDoes x.\n\noptions of every command:\n"
	                       "  --text WORD             a text\n"
	                       "  --flag                  a flag\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("options");
	TCase *tcase = tcase_create("options");

	tcase_add_loop_test(tcase, options_are_taken_and_operands_stay, 0, ARRAY_LEN(cases));
	tcase_add_loop_test(tcase, engines_write_options_in_other_ways, 0, ARRAY_LEN(oci_cases));
	tcase_add_test(tcase, a_list_has_an_end);
	tcase_add_loop_test(tcase, the_verb_is_found_behind_global_options, 0, ARRAY_LEN(verbs));
	tcase_add_test(tcase, usage_names_every_option);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
