/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Variables of the texts of a Compose file.
 * Source: compose-spec, 12-interpolation.md.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "import/compose.h"

#define NAME_SIZE    256               /* of a variable; bytes */
#define COUNT_MAX    ((size_t)1000000) /* of values, a text of COUNTED_SIZE being one more */
#define COUNTED_SIZE 64
#define TEXT_MAX     ((size_t)1024 * 1024) /* of one with its variables replaced; bytes */
#define DEPTH_MAX    16                    /* of variables in the values of variables */

struct expansion {
	struct compose *compose;
	struct reader *reader;
	struct text out;
	unsigned int depth;
};

static int expand(struct expansion *expansion, const char *text, size_t length, struct error *err);

static size_t name_length(const char *text, size_t length)
{
	size_t i = 0;

	if (length == 0 || isdigit((unsigned char)text[0]))
		return 0;
	while (i < length && (isalnum((unsigned char)text[i]) || text[i] == '_'))
		i++;
	return i;
}

/* NULL: nobody gave it. */
static const char *find_value(const struct compose *compose, const char *name)
{
	const struct import_values *values = &compose->session->input->values;
	const size_t length = strlen(name);

	for (size_t i = values->count; i > 0; i--) {
		const char *setting = values->settings[i - 1];

		if (strncmp(setting, name, length) == 0 && setting[length] == '=')
			return setting + length + 1;
	}
	return NULL;
}

static void add(struct expansion *expansion, const char *text, size_t length)
{
	text_add_format(&expansion->out, "%.*s", (int)length, text);
}

static void warn_of_unset(struct expansion *expansion, const char *name)
{
	json_t *warned = expansion->compose->warned;

	if (json_object_get(warned, name) != NULL ||
	    json_object_set_new(warned, name, json_true()) < 0)
		return;
	fields_warn(expansion->reader, "the variable \"%.100s\" is not set; it is taken as empty",
	            name);
}

static int refuse_template(struct expansion *expansion, const char *text, size_t length,
                           struct error *err)
{
	(void)error_hint(err, "write \"$$\" for a dollar sign, \"${NAME}\" for a variable");
	return fields_refuse(expansion->reader, err, "\"%.*s\" is no variable",
	                     length > 60 ? 60 : (int)length, text);
}

/* What ":-" and so on make of @value, which is NULL when the variable is not set. */
static int apply_operator(struct expansion *expansion, const char *name, const char *value,
                          const char *operator, size_t length, struct error *err)
{
	const size_t width = *operator== ':' ? 2 : 1;
	const bool is_there = value != NULL && (width == 1 || *value != '\0');
	char kind = '\0';
	const char *word = operator+ width;
	const size_t rest = length - width;

	if (length >= width)
		kind = operator[width - 1];
	switch (kind) {
	case '-':
		if (!is_there)
			return expand(expansion, word, rest, err);
		break;
	case '+':
		return is_there ? expand(expansion, word, rest, err) : 0;
	case '?':
		if (!is_there)
			return fields_refuse(expansion->reader, err,
			                     "the variable \"%.60s\" must be set: %.*s", name,
			                     rest > 120 ? 120 : (int)rest, word);
		break;
	default:
		return refuse_template(expansion, operator, length, err);
	}
	add(expansion, value, strlen(value));
	return 0;
}

/* @text: "NAME", or "NAME:-default" from within braces. */
static int expand_variable(struct expansion *expansion, const char *text, size_t length,
                           struct error *err)
{
	const size_t used = name_length(text, length);
	char name[NAME_SIZE];
	const char *value;

	if (used == 0 || used >= sizeof(name))
		return refuse_template(expansion, text, length, err);
	(void)snprintf(name, sizeof(name), "%.*s", (int)used, text);
	value = find_value(expansion->compose, name);
	if (used < length)
		return apply_operator(expansion, name, value, text + used, length - used, err);
	if (value == NULL)
		warn_of_unset(expansion, name);
	else
		add(expansion, value, strlen(value));
	return 0;
}

/* How long @text, which begins with "{", is up to the brace that closes that; 0: none does. */
static size_t braced_length(const char *text, size_t length)
{
	size_t depth = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '{' && (i == 0 || text[i - 1] == '$'))
			depth++;
		if (text[i] == '}' && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* @text begins with "$". *@out_used: how much of it was read. */
static int expand_dollar(struct expansion *expansion, const char *text, size_t length,
                         size_t *out_used, struct error *err)
{
	const size_t name = name_length(text + 1, length - 1);
	size_t braced;

	*out_used = name + 1;
	if (name > 0)
		return expand_variable(expansion, text + 1, name, err);
	if (length > 1 && text[1] == '$') {
		add(expansion, "$", 1);
		*out_used = 2;
		return 0;
	}
	braced = length > 1 && text[1] == '{' ? braced_length(text + 1, length - 1) : 0;
	if (braced == 0)
		return refuse_template(expansion, text, length, err);
	*out_used = braced + 1;
	return expand_variable(expansion, text + 2, braced - 2, err);
}

static int expand(struct expansion *expansion, const char *text, size_t length, struct error *err)
{
	int result = 0;

	if (expansion->depth == DEPTH_MAX)
		return fields_refuse(expansion->reader, err, "variables are nested too deeply");
	if (expansion->out.length > TEXT_MAX)
		return fields_refuse(expansion->reader, err,
		                     "the text is too long once its variables are replaced");
	expansion->depth++;
	for (size_t i = 0; i < length && result == 0;) {
		const char *dollar = memchr(text + i, '$', length - i);
		const size_t plain = dollar == NULL ? length - i : (size_t)(dollar - text) - i;
		size_t used = 0;

		add(expansion, text + i, plain);
		i += plain;
		if (i < length)
			result = expand_dollar(expansion, text + i, length - i, &used, err);
		i += used;
	}
	expansion->depth--;
	return result;
}

static int expand_text(struct compose *compose, struct reader *reader, const char *text,
                       const char **out, struct error *err)
{
	struct expansion expansion = { .compose = compose, .reader = reader };
	int result = expand(&expansion, text, strlen(text), err);

	if (result == 0 && expansion.out.is_broken)
		result = error_set(err, ERROR_SYSTEM, "out of memory");
	if (result == 0) {
		*out = spec_copy(reader->builder,
		                 expansion.out.bytes == NULL ? "" : expansion.out.bytes, err);
		result = *out == NULL ? -1 : 0;
	}
	text_release(&expansion.out);
	return result;
}

/* A number as a text, the shortest that is that number. */
static void write_number(char *out, size_t size, const json_t *value)
{
	if (json_is_integer(value))
		(void)snprintf(out, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else
		(void)snprintf(out, size, "%.15g", json_real_value(value));
}

int compose_text(struct compose *compose, struct reader *reader, const json_t *value,
                 struct spec_text *out, struct error *err)
{
	const char *text = "";
	char number[40];

	compose->count += 1 + json_string_length(value) / COUNTED_SIZE;
	if (compose->count > COUNT_MAX)
		return fields_refuse(reader, err,
		                     "the services hold more than a million values, every service "
		                     "that is extended counted each time");
	out->origin = fields_origin(reader, err);
	if (out->origin == NULL)
		return -1;
	if (json_is_number(value)) {
		write_number(number, sizeof(number), value);
		text = number;
	} else if (json_is_boolean(value)) {
		text = json_is_true(value) ? "true" : "false";
	} else if (!json_is_null(value) && fields_lines(reader, value, &text, err) < 0) {
		return -1;
	}
	return expand_text(compose, reader, text, &out->value, err);
}
