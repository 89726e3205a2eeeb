/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/json_positions.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define DEPTH_MAX  2048 /* jansson's own bound */
#define TOKEN_SIZE 1024 /* of a name; a longer one is not noted; bytes */

/* An object or array that has begun and not ended. */
struct level {
	uintptr_t container; /* its own number */
	size_t index;        /* of the element that comes next */
	bool is_object;
	bool has_name; /* @name and @place are of the value that comes next */
	char name[TOKEN_SIZE];
	struct position place;
};

struct scan {
	struct positions *positions;
	const char *text;
	const char *end;
	const char *counted; /* up to where @line and @column are counted */
	uint32_t line;
	uint32_t column;
	uintptr_t containers; /* how many have begun */
	size_t depth;
	struct level *levels; /* DEPTH_MAX */
};

static struct position here(struct scan *scan)
{
	for (; scan->counted < scan->text; scan->counted++) {
		const bool is_first_of_character = ((unsigned char)*scan->counted & 0xc0) != 0x80;

		scan->column += is_first_of_character;
		if (*scan->counted == '\n') {
			scan->line++;
			scan->column = 1;
		}
	}
	return (struct position){ .line = scan->line, .column = scan->column };
}

/* Move behind the string at the text's place. False: it does not end. */
static bool skip_string(struct scan *scan)
{
	for (scan->text++; scan->text < scan->end; scan->text++) {
		if (*scan->text == '\\' && scan->end - scan->text > 1)
			scan->text++;
		else if (*scan->text == '"') {
			scan->text++;
			return true;
		}
	}
	return false;
}

/* What the string from @start to the text's place means; one with escapes is read by jansson. */
static void read_name(const struct scan *scan, const char *start, char *out, size_t size)
{
	const size_t length = (size_t)(scan->text - start) - 2;
	json_auto_t *value = NULL;

	out[0] = '\0';
	if (length >= size)
		return;
	if (memchr(start, '\\', length + 1) == NULL) {
		memcpy(out, start + 1, length);
		out[length] = '\0';
		return;
	}
	value = json_loadb(start, length + 2, JSON_DECODE_ANY, NULL);
	if (json_is_string(value) && json_string_length(value) < size)
		memcpy(out, json_string_value(value), json_string_length(value) + 1);
}

/* Note the value that begins at @place as a part of what holds it. */
static int note(struct scan *scan, const struct position *place, uintptr_t child, struct error *err)
{
	struct level *level;

	if (scan->depth == 0)
		return positions_add(scan->positions, 0, "", place, child, err);
	level = &scan->levels[scan->depth - 1];
	if (!level->is_object)
		return positions_add_element(scan->positions, level->container, level->index++,
		                             place, child, err);
	level->has_name = false;
	return positions_add(scan->positions, level->container, level->name, &level->place, child,
	                     err);
}

static int begin(struct scan *scan, bool is_object, struct error *err)
{
	const struct position place = here(scan);
	const uintptr_t container = ++scan->containers;

	if (note(scan, &place, container, err) < 0)
		return -1;
	scan->text++;
	if (scan->depth == DEPTH_MAX) {
		scan->text = scan->end;
		return 0;
	}
	scan->levels[scan->depth].container = container;
	scan->levels[scan->depth].index = 0;
	scan->levels[scan->depth].is_object = is_object;
	scan->levels[scan->depth].has_name = false;
	scan->depth++;
	return 0;
}

static int take_string(struct scan *scan, struct error *err)
{
	const char *start = scan->text;
	const struct position place = here(scan);
	struct level *level = scan->depth == 0 ? NULL : &scan->levels[scan->depth - 1];

	if (!skip_string(scan))
		return 0;
	if (level == NULL || !level->is_object || level->has_name)
		return note(scan, &place, 0, err);
	read_name(scan, start, level->name, sizeof(level->name));
	level->place = place;
	level->has_name = true;
	return 0;
}

/* A number, true, false or null. */
static int take_word(struct scan *scan, struct error *err)
{
	const struct position place = here(scan);

	while (scan->text < scan->end && strchr(" \t\r\n,:]}", *scan->text) == NULL)
		scan->text++;
	return note(scan, &place, 0, err);
}

static int take_token(struct scan *scan, struct error *err)
{
	switch (*scan->text) {
	case '{':
	case '[':
		return begin(scan, *scan->text == '{', err);
	case '}':
	case ']':
		scan->depth -= scan->depth > 0;
		scan->text++;
		return 0;
	case '"':
		return take_string(scan, err);
	case '\0':
	case ' ':
	case '\t':
	case '\r':
	case '\n':
	case ',':
	case ':':
		scan->text++;
		return 0;
	default:
		return take_word(scan, err);
	}
}

int json_positions_scan(struct positions *positions, const char *text, size_t size,
                        struct error *err)
{
	struct scan scan = { positions, text, text + size, text, .line = 1, .column = 1 };
	AUTO_FREE struct level *levels = malloc(DEPTH_MAX * sizeof(*levels));

	if (levels == NULL)
		return error_set_errno(err, "cannot note positions");
	scan.levels = levels;
	while (scan.text < scan.end) {
		if (take_token(&scan, err) < 0)
			return -1;
	}
	return 0;
}
