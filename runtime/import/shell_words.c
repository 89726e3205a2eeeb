/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/shell_words.h"

#include <string.h>

#include "base/text.h"

struct scan {
	const char *text;
	const char *end;
	struct position place;
};

static int refuse(const struct position *place, struct error *err, const char *what)
{
	(void)error_set(err, ERROR_SPEC, "%s", what);
	return error_at(err, "line %u, column %u", place->line, place->column);
}

/* NUL at the end, and for a NUL in the text, which ends it. */
static char peek(const struct scan *scan, size_t ahead)
{
	if ((size_t)(scan->end - scan->text) <= ahead)
		return '\0';
	return scan->text[ahead];
}

static char take(struct scan *scan)
{
	const char letter = *scan->text++;

	scan->place.column += ((unsigned char)letter & 0xc0) != 0x80;
	if (letter == '\n') {
		scan->place.line++;
		scan->place.column = 1;
	}
	return letter;
}

static void add_letter(struct text *out, char letter)
{
	const char one[] = { letter, '\0' };

	text_add(out, one);
}

/* A backslash before the end of a line, in either form, joins the next one. */
static bool skip_continuation(struct scan *scan)
{
	size_t length = 1;

	if (peek(scan, 0) != '\\')
		return false;
	length += peek(scan, 1) == '\r';
	if (peek(scan, length) != '\n')
		return false;
	for (size_t i = 0; i <= length; i++)
		(void)take(scan);
	return true;
}

static int take_single_quoted(struct scan *scan, struct text *out, struct error *err)
{
	const struct position start = scan->place;

	(void)take(scan);
	while (peek(scan, 0) != '\0' && peek(scan, 0) != '\'')
		add_letter(out, take(scan));
	if (peek(scan, 0) == '\0')
		return refuse(&start, err, "a quote does not end");
	(void)take(scan);
	return 0;
}

/* What a shell would expand, up to its own end: "${A:-b c}", "$(pwd)", "`pwd`". */
static int take_expansion(struct scan *scan, struct text *out, struct error *err)
{
	const struct position start = scan->place;
	char opening = peek(scan, 0);
	char closing = '`';
	size_t depth = 0;

	if (opening == '$') {
		add_letter(out, take(scan));
		opening = peek(scan, 0);
	}
	if (opening == '{')
		closing = '}';
	if (opening == '(')
		closing = ')';
	if (opening != '`' && opening != '{' && opening != '(')
		return 0;
	do {
		const char letter = peek(scan, 0);

		if (letter == '\0')
			return refuse(&start, err, "an expansion does not end");
		if (letter == closing && depth > 0)
			depth--;
		else if (letter == opening)
			depth++;
		add_letter(out, take(scan));
	} while (depth > 0);
	return 0;
}

static int take_double_quoted(struct scan *scan, struct text *out, struct shell_word *word,
                              struct error *err)
{
	const struct position start = scan->place;

	(void)take(scan);
	while (peek(scan, 0) != '"') {
		if (peek(scan, 0) == '\0')
			return refuse(&start, err, "a quote does not end");
		if (skip_continuation(scan))
			continue;
		if (peek(scan, 0) == '\\' && peek(scan, 1) != '\0' &&
		    strchr("$`\"\\", peek(scan, 1)) != NULL) {
			(void)take(scan);
			add_letter(out, take(scan));
		} else if (peek(scan, 0) == '$' || peek(scan, 0) == '`') {
			word->has_expansion = true;
			if (take_expansion(scan, out, err) < 0)
				return -1;
		} else {
			add_letter(out, take(scan));
		}
	}
	(void)take(scan);
	return 0;
}

static bool is_blank(char letter)
{
	return letter == ' ' || letter == '\t' || letter == '\r';
}

static bool ends_word(char letter)
{
	return letter == '\0' || is_blank(letter) || strchr("\n;&|<>()", letter) != NULL;
}

static int take_part(struct scan *scan, struct text *out, struct shell_word *word,
                     struct error *err)
{
	switch (peek(scan, 0)) {
	case '\'':
		return take_single_quoted(scan, out, err);
	case '"':
		return take_double_quoted(scan, out, word, err);
	case '$':
	case '`':
		word->has_expansion = true;
		return take_expansion(scan, out, err);
	case '\\':
		(void)take(scan);
		if (peek(scan, 0) != '\0')
			add_letter(out, take(scan));
		return 0;
	default:
		add_letter(out, take(scan));
		return 0;
	}
}

/* One word to @word, with its text in the arena. */
static int take_word(struct spec_builder *builder, struct scan *scan, struct shell_word *word,
                     struct error *err)
{
	AUTO_TEXT struct text text = { 0 };

	*word = (struct shell_word){ .place = scan->place };
	while (!ends_word(peek(scan, 0))) {
		if (!skip_continuation(scan) && take_part(scan, &text, word, err) < 0)
			return -1;
	}
	if (text.is_broken) {
		(void)error_set(err, ERROR_SYSTEM, "out of memory");
		return -1;
	}
	word->text = spec_copy(builder, text.bytes == NULL ? "" : text.bytes, err);
	return word->text == NULL ? -1 : 0;
}

static void skip_blanks(struct scan *scan, bool may_cross_lines)
{
	for (;;) {
		const char letter = peek(scan, 0);

		if (is_blank(letter) || (may_cross_lines && letter == '\n')) {
			(void)take(scan);
		} else if (letter == '#') {
			while (peek(scan, 0) != '\0' && peek(scan, 0) != '\n')
				(void)take(scan);
		} else if (!skip_continuation(scan)) {
			return;
		}
	}
}

/* "> file", "2>&1", "<< end": neither is of the command's own words. */
static int skip_redirection(struct spec_builder *builder, struct scan *scan, struct error *err)
{
	struct shell_word unused;

	while (peek(scan, 0) != '\0' && strchr("<>&|", peek(scan, 0)) != NULL)
		(void)take(scan);
	skip_blanks(scan, false);
	return take_word(builder, scan, &unused, err);
}

static bool is_number(const char *text)
{
	return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

static int add_word(struct spec_builder *builder, struct scan *scan, struct spec_list *words,
                    struct error *err)
{
	struct shell_word word;

	if (take_word(builder, scan, &word, err) < 0)
		return -1;
	if ((peek(scan, 0) == '>' || peek(scan, 0) == '<') && is_number(word.text))
		return 0;
	return spec_list_add(builder, words, &word, err);
}

/* Behind the first command nothing may follow but what it is joined to. */
static int end_command(struct scan *scan, char *out_rest, struct error *err)
{
	const char letter = peek(scan, 0);

	*out_rest = '\0';
	if ((letter == '|' && peek(scan, 1) != '|') || (letter == '&' && peek(scan, 1) != '&')) {
		*out_rest = letter;
		return 0;
	}
	while (peek(scan, 0) == ';' || peek(scan, 0) == '&' || peek(scan, 0) == '|')
		(void)take(scan);
	skip_blanks(scan, true);
	if (peek(scan, 0) != '\0')
		return refuse(&scan->place, err,
		              "something follows the command; one container to a text");
	return 0;
}

int shell_words_split(struct spec_builder *builder, const char *text, size_t size,
                      struct spec_list *words, char *out_rest, struct error *err)
{
	struct scan scan = { text, text + size, { .line = 1, .column = 1 } };

	skip_blanks(&scan, true);
	for (;;) {
		const char letter = peek(&scan, 0);

		if (letter == '<' || letter == '>') {
			if (skip_redirection(builder, &scan, err) < 0)
				return -1;
		} else if (ends_word(letter)) {
			return end_command(&scan, out_rest, err);
		} else if (add_word(builder, &scan, words, err) < 0) {
			return -1;
		}
		skip_blanks(&scan, false);
	}
}
