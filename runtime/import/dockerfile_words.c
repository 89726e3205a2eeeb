/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/dockerfile_words.h"

#include <string.h>

#define VARIABLE_MAX 1024 /* of one stage: they are searched from end to end */
#define DEPTH_MAX    16   /* of "${A:-${B:-...}}" */

static bool is_first_letter(char letter)
{
	return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
	       letter == '_';
}

static size_t name_length(const char *text, size_t length)
{
	size_t i = 0;

	while (i < length &&
	       (is_first_letter(text[i]) || (i > 0 && text[i] >= '0' && text[i] <= '9')))
		i++;
	return i;
}

static const struct dockerfile_variable *find_kind(const struct dockerfile_scope *scope,
                                                   const char *name, size_t length,
                                                   bool is_environment)
{
	for (; scope != NULL; scope = scope->parent) {
		const struct dockerfile_variable *variables = scope->variables.items;

		for (size_t i = 0; i < scope->variables.count; i++) {
			if (variables[i].is_environment == is_environment &&
			    strncmp(variables[i].name, name, length) == 0 &&
			    variables[i].name[length] == '\0')
				return &variables[i];
		}
	}
	return NULL;
}

const struct dockerfile_variable *dockerfile_find_variable(const struct dockerfile_scope *scope,
                                                           const char *name, size_t length)
{
	const struct dockerfile_variable *found = find_kind(scope, name, length, true);

	return found != NULL ? found : find_kind(scope, name, length, false);
}

int dockerfile_set_variable(struct spec_builder *builder, struct dockerfile_scope *scope,
                            const struct dockerfile_variable *variable, struct error *err)
{
	struct dockerfile_variable *variables = scope->variables.items;

	for (size_t i = 0; i < scope->variables.count; i++) {
		if (variables[i].is_environment == variable->is_environment &&
		    strcmp(variables[i].name, variable->name) == 0) {
			variables[i] = *variable;
			return 0;
		}
	}
	if (scope->variables.count == VARIABLE_MAX)
		return error_set(err, ERROR_SPEC, "more than %d variables", VARIABLE_MAX);
	return spec_list_add(builder, &scope->variables, variable, err);
}

/* One word while it is read. */
struct expansion {
	const struct dockerfile_scope *scope;
	struct dockerfile_budget *budget;
	struct text *out;
	char escape;
	int depth;
};

static int add(struct expansion *expansion, const char *text, size_t length, struct error *err)
{
	if (length > expansion->budget->bytes)
		return error_set(err, ERROR_SPEC, "the variables of this text make too much of it");
	expansion->budget->bytes -= length;
	text_add_bytes(expansion->out, text, length);
	return 0;
}

static int add_value(struct expansion *expansion, const struct dockerfile_variable *variable,
                     struct error *err)
{
	if (expansion->budget->replacements == 0)
		return error_set(err, ERROR_SPEC, "too many variables are to be replaced");
	expansion->budget->replacements--;
	if (variable == NULL || variable->value == NULL)
		return 0;
	return add(expansion, variable->value, strlen(variable->value), err);
}

static int expand(struct expansion *expansion, const char *word, size_t length, struct error *err);

/* The place of the brace that ends what begins behind "${"; @length: there is none. */
static size_t find_brace(const char *text, size_t length)
{
	size_t depth = 1;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '{')
			depth++;
		else if (text[i] == '}' && --depth == 0)
			return i;
	}
	return length;
}

static int add_other_word(struct expansion *expansion, const char *word, size_t length,
                          struct error *err)
{
	int result;

	if (expansion->depth == DEPTH_MAX)
		return error_set(err, ERROR_SPEC, "variables are nested too deeply");
	expansion->depth++;
	result = expand(expansion, word, length, err);
	expansion->depth--;
	return result;
}

/* "NAME", "NAME:-word", "NAME+word" and so on; what cuts patterns off a value is left out. */
static int add_braced(struct expansion *expansion, const char *text, size_t length,
                      struct error *err)
{
	const size_t name = name_length(text, length);
	const struct dockerfile_variable *variable =
		dockerfile_find_variable(expansion->scope, text, name);
	const bool is_set = variable != NULL && variable->value != NULL;
	const bool is_strict = name < length && text[name] == ':';
	const bool counts = is_set && (!is_strict || *variable->value != '\0');
	const size_t word = name + is_strict + 1;

	if (word > length)
		return add_value(expansion, variable, err);
	if (text[word - 1] == '-' && !counts)
		return add_other_word(expansion, text + word, length - word, err);
	if (text[word - 1] == '+')
		return counts ? add_other_word(expansion, text + word, length - word, err) : 0;
	return add_value(expansion, variable, err);
}

/* What @text, behind the dollar sign, is; *@out_used: how much of it. */
static int add_variable(struct expansion *expansion, const char *text, size_t length,
                        size_t *out_used, struct error *err)
{
	const size_t name = name_length(text, length);

	*out_used = name;
	if (name > 0)
		return add_value(expansion, dockerfile_find_variable(expansion->scope, text, name),
		                 err);
	if (length > 0 && *text == '{') {
		const size_t brace = find_brace(text + 1, length - 1);

		*out_used = brace == length - 1 ? length : brace + 2;
		return add_braced(expansion, text + 1, brace, err);
	}
	return add(expansion, "$", 1, err);
}

static int expand(struct expansion *expansion, const char *word, size_t length, struct error *err)
{
	char quote = '\0';

	for (size_t i = 0; i < length; i++) {
		const char letter = word[i];
		size_t used = 0;

		if (letter == expansion->escape && quote != '\'' && i + 1 < length &&
		    (quote == '\0' || word[i + 1] == '"' || word[i + 1] == '$' ||
		     word[i + 1] == expansion->escape)) {
			if (add(expansion, &word[++i], 1, err) < 0)
				return -1;
		} else if (quote == '\0' && (letter == '"' || letter == '\'')) {
			quote = letter;
		} else if (letter == quote && quote != '\0') {
			quote = '\0';
		} else if (letter == '$' && quote != '\'') {
			if (add_variable(expansion, word + i + 1, length - i - 1, &used, err) < 0)
				return -1;
			i += used;
		} else if (add(expansion, &word[i], 1, err) < 0) {
			return -1;
		}
	}
	return 0;
}

int dockerfile_expand(const struct dockerfile_scope *scope, char escape, const char *word,
                      size_t length, struct dockerfile_budget *budget, struct text *out,
                      struct error *err)
{
	struct expansion expansion = {
		.scope = scope,
		.budget = budget,
		.out = out,
		.escape = escape,
	};

	if (expand(&expansion, word, length, err) < 0)
		return -1;
	return out->is_broken ? error_set(err, ERROR_SYSTEM, "out of memory") : 0;
}
