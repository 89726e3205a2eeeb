/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/dockerfile_lines.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

#define BLANKS      " \t"
#define NAME_LENGTH 64  /* of a directive and of a heredoc's end; bytes */
#define LINE_SIZE   512 /* a longer line is no directive; bytes */

/* What is left of the text, which is taken apart in place. */
struct scan {
	char *at;
	size_t number; /* of the line that was taken last */
	char escape;
};

static int refuse(size_t number, struct error *err, const char *what)
{
	(void)error_set(err, ERROR_SPEC, "%s", what);
	return error_at(err, "line %zu", number);
}

void dockerfile_skip_blanks(const char **at)
{
	*at += strspn(*at, BLANKS);
}

void dockerfile_skip_word(const char **at, char escape)
{
	char quote = '\0';

	for (; **at != '\0' && (quote != '\0' || strchr(BLANKS, **at) == NULL); (*at)++) {
		if (**at == escape && quote != '\'' && (*at)[1] != '\0')
			(*at)++;
		else if (**at == quote)
			quote = '\0';
		else if (quote == '\0' && (**at == '"' || **at == '\''))
			quote = **at;
	}
}

/* The next line, without its end; NULL: there are no more. */
static char *take_line(struct scan *scan)
{
	char *line = scan->at;
	char *end;

	if (*line == '\0')
		return NULL;
	end = strchr(line, '\n');
	if (end == NULL) {
		scan->at = line + strlen(line);
	} else {
		*end = '\0';
		scan->at = end + 1;
	}
	scan->number++;
	return line;
}

static bool is_blank(const char *line)
{
	return line[strspn(line, BLANKS)] == '\0';
}

static bool is_comment(const char *line)
{
	return line[strspn(line, BLANKS)] == '#';
}

static void trim_end(char *line)
{
	size_t length = strlen(line);

	while (length > 0 && strchr(BLANKS, line[length - 1]) != NULL)
		line[--length] = '\0';
}

/* Take the escape character off the end of @line; false: none is there, or an escaped one. */
static bool take_continuation(char *line, char escape)
{
	size_t length = strlen(line);

	while (length > 0 && strchr(BLANKS, line[length - 1]) != NULL)
		length--;
	if (length == 0 || line[length - 1] != escape || (length > 1 && line[length - 2] == escape))
		return false;
	line[length - 1] = '\0';
	return true;
}

/* The value of the directive that @line is: "# name = value"; NULL: it is none. */
static const char *directive_value(const char *line, char *name, size_t size)
{
	size_t length;

	if (*line++ != '#')
		return NULL;
	dockerfile_skip_blanks(&line);
	length = strcspn(line, BLANKS "=");
	if (length == 0 || length >= size)
		return NULL;
	memcpy(name, line, length);
	name[length] = '\0';
	line += length;
	dockerfile_skip_blanks(&line);
	if (*line++ != '=')
		return NULL;
	dockerfile_skip_blanks(&line);
	return line;
}

static int set_escape(struct scan *scan, const char *value, struct error *err)
{
	if (strlen(value) != 1 || strchr("\\`", *value) == NULL)
		return refuse(scan->number + 1, err, "the escape character is \\ or `");
	scan->escape = *value;
	return 0;
}

/*
 * Directives are the first lines, and end with the first that is none. Of those that are known
 * only one bears on what is read here.
 */
static int read_directives(struct scan *scan, struct error *err)
{
	for (;;) {
		const size_t length = strcspn(scan->at, "\n");
		char line[LINE_SIZE];
		char name[NAME_LENGTH];
		const char *value;

		if (length >= sizeof(line))
			return 0;
		memcpy(line, scan->at, length);
		line[length] = '\0';
		trim_end(line);
		value = directive_value(line, name, sizeof(name));
		if (value == NULL)
			return 0;
		if (strcasecmp(name, "escape") == 0) {
			if (set_escape(scan, value, err) < 0)
				return -1;
		} else if (strcasecmp(name, "syntax") != 0 && strcasecmp(name, "check") != 0) {
			return 0;
		}
		(void)take_line(scan);
	}
}

/* Errors: as dockerfile_read_lines(). */
static int join_lines(struct scan *scan, char *line, struct text *out, struct error *err)
{
	const size_t first = scan->number;
	bool goes_on = take_continuation(line, scan->escape);

	text_add(out, line + strspn(line, BLANKS));
	while (goes_on && (line = take_line(scan)) != NULL) {
		if (is_comment(line) || is_blank(line))
			continue;
		goes_on = take_continuation(line, scan->escape);
		text_add(out, line);
	}
	return out->is_broken ? refuse(first, err, "out of memory") : 0;
}

struct mark {
	char end[NAME_LENGTH];
	bool skips_tabs;
};

/* Read "<<EOF", "<<-EOF", "3<<'EOF'". False: the word is no such mark. */
static bool read_mark(const char *word, size_t length, struct mark *out)
{
	const char *const behind = word + length;
	char quote;

	while (word < behind && *word >= '0' && *word <= '9')
		word++;
	if (behind - word < 3 || strncmp(word, "<<", 2) != 0)
		return false;
	word += 2;
	out->skips_tabs = *word == '-';
	word += out->skips_tabs;
	quote = *word;
	if (behind - word > 2 && (quote == '"' || quote == '\'') && behind[-1] == quote) {
		word++;
		length = (size_t)(behind - word) - 1;
	} else {
		length = (size_t)(behind - word);
	}
	if (length == 0 || length >= sizeof(out->end) || memchr(word, '<', length) != NULL)
		return false;
	memcpy(out->end, word, length);
	out->end[length] = '\0';
	return true;
}

static int read_body(struct scan *scan, const struct mark *mark, struct text *out,
                     struct error *err)
{
	const size_t first = scan->number;
	char *line;

	while ((line = take_line(scan)) != NULL) {
		if (strcmp(line + (mark->skips_tabs ? strspn(line, "\t") : 0), mark->end) == 0)
			return out->is_broken ? refuse(first, err, "out of memory") : 0;
		text_add(out, line);
		text_add(out, "\n");
	}
	(void)error_set(err, ERROR_SPEC, "the text after <<%s does not end", mark->end);
	return error_at(err, "line %zu", first);
}

static int add_heredoc(struct spec_builder *builder, struct scan *scan, const struct mark *mark,
                       struct dockerfile_line *line, struct error *err)
{
	AUTO_TEXT struct text body = { 0 };
	struct spec_text item = { .origin = NULL };

	if (read_body(scan, mark, &body, err) < 0)
		return -1;
	item.value = spec_copy(builder, body.bytes == NULL ? "" : body.bytes, err);
	return item.value == NULL ? -1 : spec_list_add(builder, &line->heredocs, &item, err);
}

/* Does @text begin with one of the instructions that read such bodies? */
static bool may_have_heredocs(const char *text)
{
	static const char *const keywords[] = { "ADD", "COPY", "RUN" };
	size_t length = strcspn(text, BLANKS);

	if (length == strlen("ONBUILD") && strncasecmp(text, "ONBUILD", length) == 0) {
		text += length;
		dockerfile_skip_blanks(&text);
		length = strcspn(text, BLANKS);
	}
	for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
		if (length == strlen(keywords[i]) && strncasecmp(text, keywords[i], length) == 0)
			return true;
	}
	return false;
}

static int read_heredocs(struct spec_builder *builder, struct scan *scan,
                         struct dockerfile_line *line, struct error *err)
{
	const char *at = line->text;

	if (!may_have_heredocs(at) || strstr(at, "<<") == NULL)
		return 0;
	while (*at != '\0') {
		const char *word = at;
		struct mark mark;

		dockerfile_skip_word(&at, scan->escape);
		if (read_mark(word, (size_t)(at - word), &mark) &&
		    add_heredoc(builder, scan, &mark, line, err) < 0)
			return -1;
		dockerfile_skip_blanks(&at);
	}
	return 0;
}

static int add_line(struct spec_builder *builder, struct scan *scan, char *first,
                    struct dockerfile_lines *out, struct error *err)
{
	AUTO_TEXT struct text text = { 0 };
	struct dockerfile_line line = { .number = scan->number,
		                        .heredocs.item_size = sizeof(struct spec_text) };

	if (join_lines(scan, first, &text, err) < 0)
		return -1;
	if (text.bytes == NULL || is_blank(text.bytes))
		return 0;
	trim_end(text.bytes);
	line.text = spec_copy(builder, text.bytes + strspn(text.bytes, BLANKS), err);
	if (line.text == NULL || read_heredocs(builder, scan, &line, err) < 0)
		return -1;
	if (spec_list_add(builder, &out->list, &line, err) < 0)
		return error_at(err, "line %zu", line.number);
	return 0;
}

/* As a text of ours: without the mark of its encoding, with "\n" only. */
static char *copy_text(struct spec_builder *builder, const char *text, size_t size,
                       struct error *err)
{
	static const char mark[] = "\xef\xbb\xbf";
	char *copy = arena_alloc(builder->arena, size + 1, err);
	char *end = copy;

	if (copy == NULL)
		return NULL;
	if (size >= strlen(mark) && memcmp(text, mark, strlen(mark)) == 0) {
		text += strlen(mark);
		size -= strlen(mark);
	}
	for (size_t i = 0; i < size; i++) {
		if (text[i] != '\r' || (i + 1 < size && text[i + 1] != '\n'))
			*end++ = text[i];
	}
	*end = '\0';
	if (strlen(copy) != (size_t)(end - copy) || text_has_control(copy, true)) {
		(void)refuse(1, err, "this is no text: it holds control characters");
		return NULL;
	}
	if (!text_is_utf8(copy)) {
		(void)refuse(1, err, "the text is not valid UTF-8");
		return NULL;
	}
	return copy;
}

int dockerfile_read_lines(struct spec_builder *builder, const char *text, size_t size,
                          struct dockerfile_lines *out, struct error *err)
{
	struct scan scan = { .escape = '\\' };
	char *line;

	if (size > DOCKERFILE_SIZE_MAX)
		return refuse(1, err, "the text is larger than 1024 KiB");
	scan.at = copy_text(builder, text, size, err);
	if (scan.at == NULL || read_directives(&scan, err) < 0)
		return -1;
	*out = (struct dockerfile_lines){ .escape = scan.escape,
		                          .list.item_size = sizeof(struct dockerfile_line) };
	while ((line = take_line(&scan)) != NULL) {
		if (!is_comment(line) && !is_blank(line) &&
		    add_line(builder, &scan, line, out, err) < 0)
			return -1;
	}
	return 0;
}
