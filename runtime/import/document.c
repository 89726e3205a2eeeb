/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/document.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* What to say instead of what jansson says. */
static const struct {
	enum json_error_code code;
	const char *what;
} syntax_errors[] = {
	{ json_error_stack_overflow, "the text is nested too deeply" },
	{ json_error_invalid_utf8, "the text is not valid UTF-8" },
	{ json_error_premature_end_of_input, "the text ends too early" },
	{ json_error_end_of_input_expected, "something follows the end of the object" },
	{ json_error_null_character, "a text has a NUL character in it" },
	{ json_error_null_byte_in_key, "a name has a NUL character in it" },
	{ json_error_numeric_overflow, "a number is too large" },
	{ json_error_out_of_memory, "out of memory" },
};

/* NULL: jansson's own words are the best that is known. */
static const char *syntax_error(const json_error_t *where)
{
	for (size_t i = 0; i < ARRAY_LEN(syntax_errors); i++) {
		if (syntax_errors[i].code == json_error_code(where))
			return syntax_errors[i].what;
	}
	return NULL;
}

static int refuse_syntax(const json_error_t *where, struct error *err)
{
	const char *known = syntax_error(where);
	char own[sizeof(where->text)];
	const char *near;

	(void)snprintf(own, sizeof(own), "%s", where->text);
	near = strchr(own, '\'');
	for (char *letter = own; *letter != '\0'; letter++) {
		if ((unsigned char)*letter < ' ' || (unsigned char)*letter >= 0x7f)
			*letter = '?';
	}
	if (known != NULL)
		(void)error_set(err, ERROR_SPEC, "%s", known);
	else if (json_error_code(where) == json_error_duplicate_key)
		(void)error_set(err, ERROR_SPEC, "the same member is given twice: %s",
		                near == NULL ? own : near);
	else
		(void)error_set(err, ERROR_SPEC, "this is not JSON: %s", own);
	return error_at(err, "line %d, column %d", where->line, where->column);
}

int document_parse(const char *text, size_t size, size_t limit, json_t **out, struct error *err)
{
	json_error_t where;

	if (size > limit)
		return error_set(err, ERROR_SPEC, "the text is larger than %zu KiB", limit / 1024);
	if (size == 0)
		return error_set(err, ERROR_SPEC, "the text is empty");
	*out = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
	return *out == NULL ? refuse_syntax(&where, err) : 0;
}

/* A place in the text says which text; a preset or another file is another place. */
static bool is_in_text(const char *where)
{
	static const char *const starts[] = { "/", "document ", "line " };

	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		if (strncmp(where, starts[i], strlen(starts[i])) == 0)
			return true;
	}
	return false;
}

/* Who reads a text for another has named it already. */
static bool ends_with(const char *where, const char *file)
{
	const size_t length = strlen(file);

	return strlen(where) > length && strcmp(where + strlen(where) - length, file) == 0;
}

/* "document 2: " is the whole of it. */
static void cut_empty_pointer(char *place)
{
	const size_t length = strlen(place);

	if (length > 2 && strcmp(place + length - 2, ": ") == 0)
		place[length - 2] = '\0';
}

int document_name_file(const char *name, struct error *err)
{
	const char *shown = strcmp(name, "-") == 0 ? "standard input" : name;
	char place[96];
	char file[56];

	if (err->kind != ERROR_SPEC)
		return -1;
	text_shorten(file, sizeof(file), shown);
	if (ends_with(err->where, file))
		return -1;
	if (is_in_text(err->where)) {
		text_shorten(place, sizeof(place), err->where);
		cut_empty_pointer(place);
		(void)snprintf(err->where, sizeof(err->where), "%s in %s", place, file);
	}
	return error_at(err, "%s", file);
}
