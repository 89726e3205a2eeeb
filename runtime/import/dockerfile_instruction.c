/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <strings.h>

#include "import/dockerfile.h"
#include "import/document.h"

#define WORD_MAX ((size_t)8192) /* of one instruction */

/* How the text of an instruction is taken apart. */
enum shape {
	SHAPE_COMMAND, /* the exec form, or one word */
	SHAPE_LIST,    /* the exec form, or words */
	SHAPE_PAIRS,   /* NAME=value of several, or NAME and one value */
	SHAPE_TEXT,    /* one word */
	SHAPE_WORDS,
};

/* In the order of the alphabet, as the kinds are. */
static const struct row {
	const char *name;
	enum shape shape;
	bool has_flags;
	bool is_expanded; /* variables are replaced */
	size_t word_min;
	const char *usage;
} rows[SPEC_INSTRUCTION_COUNT] = {
	[SPEC_INSTRUCTION_ADD] = { "ADD", SHAPE_LIST, true, true, 2, "a source and a target" },
	[SPEC_INSTRUCTION_ARG] = { "ARG", SHAPE_WORDS, false, true, 1, "a name" },
	[SPEC_INSTRUCTION_CMD] = { "CMD", SHAPE_COMMAND, false, false, 0, "" },
	[SPEC_INSTRUCTION_COPY] = { "COPY", SHAPE_LIST, true, true, 2, "a source and a target" },
	[SPEC_INSTRUCTION_ENTRYPOINT] = { "ENTRYPOINT", SHAPE_COMMAND, false, false, 0, "" },
	[SPEC_INSTRUCTION_ENV] = { "ENV", SHAPE_PAIRS, false, true, 1, "a name and a value" },
	[SPEC_INSTRUCTION_EXPOSE] = { "EXPOSE", SHAPE_WORDS, false, true, 1, "a port" },
	[SPEC_INSTRUCTION_FROM] = { "FROM", SHAPE_WORDS, true, true, 1, "an image" },
	[SPEC_INSTRUCTION_HEALTHCHECK] = { "HEALTHCHECK", SHAPE_TEXT, true, false, 1,
	                                   "NONE, or CMD and a command" },
	[SPEC_INSTRUCTION_LABEL] = { "LABEL", SHAPE_PAIRS, false, true, 1, "a name and a value" },
	[SPEC_INSTRUCTION_MAINTAINER] = { "MAINTAINER", SHAPE_TEXT, false, false, 1, "a name" },
	[SPEC_INSTRUCTION_RUN] = { "RUN", SHAPE_COMMAND, true, false, 1, "a command" },
	[SPEC_INSTRUCTION_SHELL] = { "SHELL", SHAPE_COMMAND, false, false, 1, "a list of words" },
	[SPEC_INSTRUCTION_STOPSIGNAL] = { "STOPSIGNAL", SHAPE_TEXT, false, true, 1, "a signal" },
	[SPEC_INSTRUCTION_USER] = { "USER", SHAPE_TEXT, false, true, 1, "a user" },
	[SPEC_INSTRUCTION_VOLUME] = { "VOLUME", SHAPE_LIST, false, true, 1, "a path" },
	[SPEC_INSTRUCTION_WORKDIR] = { "WORKDIR", SHAPE_TEXT, false, true, 1, "a path" },
};

static const char on_build[] = "ONBUILD";

/* An instruction while it is read. */
struct draft {
	struct dockerfile_reader *reader;
	const struct row *row;
	const struct dockerfile_scope *scope;
	struct spec_instruction *instruction;
	struct spec_list words; /* struct spec_text */
};

static bool is_word(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

static const struct row *find_row(const char *text, size_t length)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (is_word(text, length, rows[i].name))
			return &rows[i];
	}
	return NULL;
}

static int refuse_keyword(const char *text, size_t length, struct error *err)
{
	char word[32];
	struct text_nearest nearest = { .word = word };

	(void)snprintf(word, sizeof(word), "%.*s", (int)(length < 31 ? length : 31), text);
	text_make_upper(word);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		text_nearest_try(&nearest, rows[i].name);
	(void)error_set(err, ERROR_SPEC, "\"%.*s\" is not an instruction",
	                (int)(length < 31 ? length : 31), text);
	if (nearest.best != NULL)
		(void)error_hint(err, "did you mean \"%s\"?", nearest.best);
	return -1;
}

static int add_word(struct draft *draft, struct spec_list *list, const char *word,
                    struct error *err)
{
	const struct spec_text item = { spec_copy(draft->reader->builder, word, err),
		                        draft->instruction->origin };

	return item.value == NULL ? -1 : spec_list_add(draft->reader->builder, list, &item, err);
}

/* With variables replaced where the instruction does that. */
static int expand_to(struct draft *draft, const char *text, size_t length, struct text *out,
                     struct error *err)
{
	struct dockerfile_reader *reader = draft->reader;

	if (draft->row->is_expanded)
		return dockerfile_expand(draft->scope, reader->escape, text, length,
		                         &reader->budget, out, err);
	text_add_bytes(out, text, length);
	return out->is_broken ? error_set(err, ERROR_SYSTEM, "out of memory") : 0;
}

/* Who builds gives an image or a user that is a variable without a value: its name stands. */
static bool must_be_something(const struct draft *draft)
{
	return draft->instruction->kind == SPEC_INSTRUCTION_FROM ||
	       draft->instruction->kind == SPEC_INSTRUCTION_USER;
}

static int add_expanded(struct draft *draft, const char *text, size_t length, struct error *err)
{
	AUTO_TEXT struct text word = { 0 };

	if (expand_to(draft, text, length, &word, err) < 0)
		return -1;
	if (word.length == 0 && must_be_something(draft))
		text_add_bytes(&word, text, length);
	if (word.is_broken)
		return error_set(err, ERROR_SYSTEM, "out of memory");
	return add_word(draft, &draft->words, word.bytes == NULL ? "" : word.bytes, err);
}

static int add_each_word(struct draft *draft, const char *text, struct error *err)
{
	for (dockerfile_skip_blanks(&text); *text != '\0'; dockerfile_skip_blanks(&text)) {
		const char *word = text;

		dockerfile_skip_word(&text, draft->reader->escape);
		if (add_expanded(draft, word, (size_t)(text - word), err) < 0)
			return -1;
	}
	return 0;
}

/* "NAME the rest of the line", the older way. */
static int add_one_pair(struct draft *draft, const char *text, struct error *err)
{
	const size_t length = strcspn(text, " \t");
	const char *value = text + length;
	AUTO_TEXT struct text word = { 0 };

	dockerfile_skip_blanks(&value);
	if (*value == '\0')
		return error_set(err, ERROR_SPEC, "a value is missing: NAME=value");
	text_add_bytes(&word, text, length);
	text_add(&word, "=");
	if (expand_to(draft, value, strlen(value), &word, err) < 0)
		return -1;
	return add_word(draft, &draft->words, word.bytes, err);
}

static int add_pairs(struct draft *draft, const char *text, struct error *err)
{
	const char *end = text;

	dockerfile_skip_word(&end, draft->reader->escape);
	if (memchr(text, '=', (size_t)(end - text)) == NULL)
		return add_one_pair(draft, text, err);
	return add_each_word(draft, text, err);
}

/* False: it is no exec form, or one that the builder takes for a shell form. */
static bool parse_exec_form(const char *text, json_t **out)
{
	struct error unused = { .kind = ERROR_NONE };
	size_t index;
	json_t *word;

	*out = NULL;
	if (*text != '[' ||
	    document_parse(text, strlen(text), DOCKERFILE_SIZE_MAX, out, &unused) < 0)
		return false;
	json_array_foreach(*out, index, word) {
		if (!json_is_string(word))
			return false;
	}
	return json_is_array(*out) && json_array_size(*out) <= WORD_MAX;
}

static int add_exec_form(struct draft *draft, const json_t *array, struct error *err)
{
	size_t index;
	json_t *word;

	draft->instruction->is_exec_form = true;
	json_array_foreach(array, index, word) {
		const char *text = json_string_value(word);

		if ((draft->row->is_expanded ? add_expanded(draft, text, strlen(text), err)
		                             : add_word(draft, &draft->words, text, err)) < 0)
			return -1;
	}
	return 0;
}

static int add_words(struct draft *draft, const char *text, struct error *err)
{
	json_auto_t *array = NULL;
	const enum shape shape = draft->row->shape;

	if ((shape == SHAPE_COMMAND || shape == SHAPE_LIST) && parse_exec_form(text, &array))
		return add_exec_form(draft, array, err);
	if (*text == '\0')
		return 0;
	switch (shape) {
	case SHAPE_PAIRS:
		return add_pairs(draft, text, err);
	case SHAPE_LIST:
	case SHAPE_WORDS:
		return add_each_word(draft, text, err);
	case SHAPE_COMMAND:
	case SHAPE_TEXT:
	default:
		return add_expanded(draft, text, strlen(text), err);
	}
}

static int read_flags(struct draft *draft, const char **text, struct error *err)
{
	struct spec_list flags = { .item_size = sizeof(struct spec_text) };

	while (draft->row->has_flags && strncmp(*text, "--", 2) == 0) {
		const char *flag = *text;
		AUTO_TEXT struct text word = { 0 };

		dockerfile_skip_word(text, draft->reader->escape);
		if (expand_to(draft, flag, (size_t)(*text - flag), &word, err) < 0 ||
		    add_word(draft, &flags, word.bytes, err) < 0)
			return -1;
		dockerfile_skip_blanks(text);
	}
	draft->instruction->flags = (struct spec_text_list){ flags.items, flags.count };
	return 0;
}

static int set_origin(struct draft *draft, const struct dockerfile_line *line, struct error *err)
{
	char origin[64];

	(void)snprintf(origin, sizeof(origin), "line %zu: %s%s", line->number,
	               draft->instruction->is_on_build ? "ONBUILD " : "", draft->row->name);
	draft->instruction->origin = spec_copy(draft->reader->builder, origin, err);
	return draft->instruction->origin == NULL ? -1 : 0;
}

/* What is in force where the instruction stands. */
static void set_stage(struct draft *draft)
{
	const struct dockerfile_stage *stage = dockerfile_current_stage(draft->reader);
	struct spec_instruction *instruction = draft->instruction;
	const bool is_from = instruction->kind == SPEC_INSTRUCTION_FROM;

	draft->scope = is_from || stage == NULL ? &draft->reader->globals : &stage->scope;
	instruction->stage = draft->reader->stages.count;
	if (stage == NULL || is_from)
		return;
	instruction->stage--;
	instruction->user = stage->user.value;
	instruction->workdir = stage->workdir;
}

static int read_rest(struct draft *draft, const char *text, const struct dockerfile_line *line,
                     struct error *err)
{
	struct spec_instruction *instruction = draft->instruction;

	if (read_flags(draft, &text, err) < 0)
		return -1;
	instruction->text = (struct spec_text){ text, instruction->origin };
	instruction->heredocs =
		(struct spec_text_list){ line->heredocs.items, line->heredocs.count };
	if (add_words(draft, text, err) < 0)
		return -1;
	if (draft->words.count < draft->row->word_min)
		return error_set(err, ERROR_SPEC, "%s needs %s", draft->row->name,
		                 draft->row->usage);
	instruction->words = (struct spec_text_list){ draft->words.items, draft->words.count };
	return 0;
}

/* Move @text behind the keyword. */
static int read_keyword(struct draft *draft, const char **text, struct error *err)
{
	size_t length = strcspn(*text, " \t");

	if (is_word(*text, length, on_build)) {
		draft->instruction->is_on_build = true;
		*text += length;
		dockerfile_skip_blanks(text);
		length = strcspn(*text, " \t");
	}
	draft->row = find_row(*text, length);
	if (draft->row == NULL)
		return refuse_keyword(*text, length, err);
	draft->instruction->kind = (enum spec_instruction_kind)(draft->row - rows);
	if (draft->instruction->is_on_build && draft->instruction->kind == SPEC_INSTRUCTION_FROM)
		return error_set(err, ERROR_SPEC, "ONBUILD cannot hold FROM");
	*text += length;
	dockerfile_skip_blanks(text);
	return 0;
}

int dockerfile_read_instruction(struct dockerfile_reader *reader,
                                const struct dockerfile_line *line, struct spec_instruction *out,
                                struct error *err)
{
	struct draft draft = { .reader = reader,
		               .instruction = out,
		               .words.item_size = sizeof(struct spec_text) };
	const char *text = line->text;

	*out = (struct spec_instruction){ .is_on_build = false };
	if (read_keyword(&draft, &text, err) < 0 || set_origin(&draft, line, err) < 0)
		return error_at(err, "line %zu", line->number);
	set_stage(&draft);
	if (read_rest(&draft, text, line, err) < 0)
		return error_at(err, "line %zu", line->number);
	return 0;
}
