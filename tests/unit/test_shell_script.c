/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <string.h>

#include "base/text.h"
#include "import/shell_script.h"
#include "support/suite.h"

/*
 * Of each command: the number of the one that it reads ("2|") or is a word ("2$") or a file of
 * ("2<"), and its words, the program in brackets.
 */
static const struct {
	const char *script;
	const char *commands;
} cases[] = {
	{ "", "" },
	{ "a", "[a]" },
	{ "a b  c", "[a] b c" },
	{ "a;b&c&&d||e\nf", "[a]; [b]; [c]; [d]; [e]; [f]" },
	{ "a|b |& c", "[a]; 0| [b]; 1| [c]" },
	{ "a 'b c' \"d e\" f\\ g h\"i\"'j'", "[a] b c d e f g hij" },
	{ "a # b\nc#d", "[a]; [c#d]" },
	{ "a > b 2>&1 < c >> d 2> /dev/null", "[a]" },
	{ "a <<< b", "[a]" },
	{ "a $(b $(c)) d", "[a] $() d; 0$ [b] $(); 1$ [c]" },
	{ "a \"$(b | c)\" `d`", "[a] $() $(); 0$ [b]; 1| 0$ [c]; 0$ [d]" },
	{ "a <(b) c", "[a] c; 0< [b]" },
	{ "(a; b) | c", "[a]; [b]; 1| [c]" },
	{ "{ a; } | b", "{ [a]; [}]; 0| [b]" },
	{ "if a; then b; fi | c", "if [a]; then [b]; [fi]; 1| [c]" },
	{ "{ a; } && if b; then c; else d; fi", "{ [a]; [}]; if [b]; then [c]; else [d]; [fi]" },
	{ "A=b C='d e' f", "A=b C=d e [f]" },
	{ "sudo -u root -E /bin/bash -x", "sudo -u root -E [/bin/bash] -x" },
	{ "env -i A=b exec nice c", "env -i A=b exec nice [c]" },
	{ "A=b", "A=b" },
	{ "'", "[]" },
	{ "\"$(", "[$()]" },
	{ "a \\", "[a] " },
	{ ")a", "[a]" },
};

static void show(const struct shell_command *command, struct text *out)
{
	const char *const *words = command->words.items;

	if (out->length > 0)
		text_add(out, "; ");
	if (command->input != SHELL_NO_COMMAND)
		text_add_format(out, "%zu| ", command->input);
	if (command->parent != SHELL_NO_COMMAND)
		text_add_format(out, "%zu%c ", command->parent,
		                command->is_parents_file ? '<' : '$');
	for (size_t i = 0; i < command->words.count; i++)
		text_add_format(out, i == command->program ? "%s[%s]" : "%s%s", i == 0 ? "" : " ",
		                words[i]);
}

START_TEST(commands_are_found)
{
	struct error err = { .kind = ERROR_NONE };
	struct spec_builder builder = { .layer = SPEC_LAYER_USER };
	struct spec_list commands = { 0 };
	AUTO_TEXT struct text shown = { 0 };
	const struct shell_command *items;

	ck_assert_int_eq(arena_new(&builder.arena, &err), 0);
	ck_assert_int_eq(shell_read(&builder, cases[_i].script, &commands, &err), 0);
	items = commands.items;
	for (size_t i = 0; i < commands.count; i++)
		show(&items[i], &shown);
	ck_assert_str_eq(shown.bytes == NULL ? "" : shown.bytes, cases[_i].commands);
	arena_free(builder.arena);
}
END_TEST

START_TEST(arguments_are_behind_the_program)
{
	struct error err = { .kind = ERROR_NONE };
	struct spec_builder builder = { .layer = SPEC_LAYER_USER };
	struct spec_list commands = { 0 };
	const struct shell_command *items;

	ck_assert_int_eq(arena_new(&builder.arena, &err), 0);
	ck_assert_int_eq(shell_read(&builder, "A=b /bin/sh -c d; A=b", &commands, &err), 0);
	items = commands.items;
	ck_assert(shell_is_program(&items[0], "sh"));
	ck_assert_str_eq(shell_argument(&items[0], 0), "-c");
	ck_assert_str_eq(shell_argument(&items[0], 1), "d");
	ck_assert_ptr_null(shell_argument(&items[0], 2));
	ck_assert(!shell_is_program(&items[1], "A=b"));
	ck_assert_ptr_null(shell_argument(&items[1], 0));
	arena_free(builder.arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("shell_script");
	TCase *tests = tcase_create("shell_script");

	tcase_add_loop_test(tests, commands_are_found, 0, ARRAY_LEN(cases));
	tcase_add_test(tests, arguments_are_behind_the_program);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
