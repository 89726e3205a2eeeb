/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/fields.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/path.h"
#include "base/text.h"
#include "import/document.h"

#define TOKEN_SIZE      160 /* a longer name is shortened in the pointer; bytes */
#define NAME_SHOWN_SIZE 64  /* and in a message; bytes */
#define GUESS_MAX       100 /* warnings; who wrote more of them needs no guesses */

static void add_to_pointer(struct reader *reader, const char *text)
{
	const size_t room = sizeof(reader->pointer) - reader->length - 1;
	const size_t length = strnlen(text, room);

	memcpy(reader->pointer + reader->length, text, length);
	reader->length += length;
	reader->pointer[reader->length] = '\0';
}

/* Source: RFC 6901, 3; a control character must not reach a terminal. */
static void add_letter(struct reader *reader, char letter)
{
	char escaped[16];

	if (letter != '~' && letter != '/' && (unsigned char)letter >= ' ' && letter != '\x7f') {
		if (reader->length < sizeof(reader->pointer) - 1)
			reader->pointer[reader->length++] = letter;
		reader->pointer[reader->length] = '\0';
		return;
	}
	if (letter == '~' || letter == '/')
		(void)snprintf(escaped, sizeof(escaped), "~%d", letter == '/');
	else
		(void)snprintf(escaped, sizeof(escaped), "\\u%04x", (unsigned int)letter);
	add_to_pointer(reader, escaped);
}

size_t fields_enter(struct reader *reader, const char *name)
{
	const size_t length = reader->length;
	char token[TOKEN_SIZE];

	text_shorten(token, sizeof(token), name);
	add_to_pointer(reader, "/");
	for (const char *letter = token; *letter != '\0'; letter++)
		add_letter(reader, *letter);
	return length;
}

size_t fields_enter_element(struct reader *reader, size_t index)
{
	const size_t length = reader->length;
	char digits[24];
	char *first = digits + sizeof(digits);

	*--first = '\0';
	do {
		*--first = (char)('0' + index % 10);
		index /= 10;
	} while (index > 0);
	*--first = '/';
	add_to_pointer(reader, first);
	return length;
}

void fields_leave(struct reader *reader, size_t length)
{
	reader->length = length;
	reader->pointer[length] = '\0';
}

int fields_at(const struct reader *reader, struct error *err)
{
	char place[sizeof(err->where)];

	text_shorten(place, sizeof(place) - strlen(reader->prefix), reader->pointer);
	return error_at(err, "%s%s", reader->prefix, place);
}

int fields_refuse(const struct reader *reader, struct error *err, const char *format, ...)
{
	char what[sizeof(err->what)];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	(void)error_set(err, ERROR_SPEC, "%s", what);
	(void)fields_at(reader, err);
	return -1;
}

static const char *type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "an integer";
	case JSON_REAL:
		return "a number with a fraction or an exponent";
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	case JSON_NULL:
	default:
		return "null";
	}
}

void fields_warn(struct reader *reader, const char *format, ...)
{
	struct error warning = { .kind = ERROR_NONE };
	char what[sizeof(warning.what)];
	va_list args;

	reader->warning_count++;
	if (reader->warn == NULL)
		return;
	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	(void)error_set(&warning, ERROR_SPEC, "%s", what);
	(void)fields_at(reader, &warning);
	if (reader->file != NULL)
		(void)document_name_file(reader->file, &warning);
	reader->warn(&warning);
}

int fields_wrong_type(const struct reader *reader, const json_t *value, const char *expected,
                      struct error *err)
{
	(void)fields_refuse(reader, err, "expected %s, found %s", expected, type_name(value));
	return -1;
}

const char *fields_origin(struct reader *reader, struct error *err)
{
	const size_t length = strlen(reader->prefix);
	char *origin = arena_alloc(reader->builder->arena, length + reader->length + 1, err);

	if (origin == NULL)
		return NULL;
	memcpy(origin, reader->prefix, length);
	memcpy(origin + length, reader->pointer, reader->length + 1);
	return origin;
}

static const struct field *find(const struct field *fields, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	}
	return NULL;
}

/* What to write instead of @name; NULL: nothing is known. */
static const char *known_mistake(const struct reader *reader, const char *name)
{
	for (size_t i = 0; reader->length == 0 && i < reader->mistake_count; i++) {
		if (strcmp(reader->mistakes[i].name, name) == 0)
			return reader->mistakes[i].hint;
	}
	return NULL;
}

/* A name that may be anything, fit for a terminal. */
static void show_name(char *out, size_t size, const char *name)
{
	text_shorten(out, size, name);
	for (; *out != '\0'; out++) {
		const char one[] = { *out, '\0' };

		if (text_has_control(one, false))
			*out = '?';
	}
}

static int refuse_unknown(struct reader *reader, const struct field *fields, size_t count,
                          const char *name, struct error *err)
{
	const char *mistake = known_mistake(reader, name);
	struct text_nearest nearest = { .word = name };
	const size_t length = fields_enter(reader, name);
	char shown[NAME_SHOWN_SIZE];

	show_name(shown, sizeof(shown), name);
	if (mistake != NULL)
		(void)error_hint(err, "%s", mistake);
	(void)fields_refuse(reader, err, "unknown member \"%s\"", shown);
	for (size_t i = 0; i < count; i++)
		text_nearest_try(&nearest, fields[i].name);
	if (nearest.best != NULL)
		(void)error_hint(err, "did you mean \"%s\"?", nearest.best);
	fields_leave(reader, length);
	return -1;
}

/* The member @name; NULL: it is not there. */
static json_t *get_member(const struct reader *reader, const json_t *object, const char *name)
{
	json_t *value = json_object_get(object, name);

	return reader->is_lenient && json_is_null(value) ? NULL : value;
}

static int check_required(struct reader *reader, json_t *object, const struct field *fields,
                          size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		if (fields[i].is_required && get_member(reader, object, fields[i].name) == NULL)
			return fields_refuse(reader, err, "the member \"%s\" is missing",
			                     fields[i].name);
	}
	return 0;
}

/*
 * Some runtimes take a member for the known one whose name differs in case only; who writes for
 * them must hear that it is not in force here.
 */
static void warn_of_unknown(struct reader *reader, const struct field *fields, size_t count,
                            const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(fields[i].name, name) == 0)
			fields_warn(reader, "the member \"%s\" is not \"%s\" and is ignored", name,
			            fields[i].name);
	}
}

static bool differs_in_case(const struct field *fields, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(fields[i].name, name) == 0)
			return true;
	}
	return false;
}

void fields_warn_of_unknown(struct reader *reader, json_t *object, const struct field *fields,
                            size_t count)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value) {
		struct text_nearest nearest = { .word = name };
		char shown[NAME_SHOWN_SIZE];

		if (differs_in_case(fields, count, name))
			continue;
		show_name(shown, sizeof(shown), name);
		for (size_t i = 0; i < count && reader->warning_count < GUESS_MAX; i++)
			text_nearest_try(&nearest, fields[i].name);
		fields_warn(reader, "unknown member \"%s\"%s%s%s", shown,
		            nearest.best == NULL ? "" : "; did you mean \"",
		            nearest.best == NULL ? "" : nearest.best,
		            nearest.best == NULL ? "" : "\"?");
	}
}

int fields_skip(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return 0;
}

/* Unknown members come first: the missing one may be there, misspelt. */
static int check_known(struct reader *reader, json_t *object, const struct field *fields,
                       size_t count, struct error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value) {
		if (find(fields, count, name) != NULL)
			continue;
		if (!reader->is_lenient)
			return refuse_unknown(reader, fields, count, name, err);
		warn_of_unknown(reader, fields, count, name);
	}
	return check_required(reader, object, fields, count, err);
}

int fields_read(struct reader *reader, json_t *object, const struct field *fields, size_t count,
                void *target, struct error *err)
{
	if (!json_is_object(object))
		return fields_wrong_type(reader, object, "an object", err);
	if (check_known(reader, object, fields, count, err) < 0)
		return -1;

	for (size_t i = 0; i < count; i++) {
		json_t *value = get_member(reader, object, fields[i].name);
		size_t length;
		int result;

		if (value == NULL)
			continue;
		length = fields_enter(reader, fields[i].name);
		result = fields[i].read(reader, value, (unsigned char *)target + fields[i].offset,
		                        err);
		fields_leave(reader, length);
		if (result < 0)
			return -1;
	}
	return 0;
}

int fields_each_element(struct reader *reader, json_t *array, size_t max, read_function *read,
                        void *out, struct error *err)
{
	size_t index;
	json_t *value;

	if (!json_is_array(array))
		return fields_wrong_type(reader, array, "an array", err);
	if (json_array_size(array) > max)
		return fields_refuse(reader, err, "more than %zu elements", max);
	json_array_foreach(array, index, value) {
		const size_t length = fields_enter_element(reader, index);
		const int result = read(reader, value, out, err);

		fields_leave(reader, length);
		if (result < 0)
			return -1;
	}
	return 0;
}

int fields_some_elements(struct reader *reader, json_t *array, size_t max, read_function *read,
                         void *out, struct error *err)
{
	if (json_is_array(array) && json_array_size(array) == 0)
		return fields_refuse(reader, err, "the array is empty");
	return fields_each_element(reader, array, max, read, out, err);
}

static int make_items(struct reader *reader, size_t count, size_t size, struct fields_items *out,
                      struct error *err)
{
	*out = (struct fields_items){ .count = count };
	if (count == 0)
		return 0;
	out->items = arena_alloc(reader->builder->arena, count * size, err);
	return out->items == NULL ? -1 : 0;
}

int fields_items(struct reader *reader, json_t *array, size_t max, size_t size, read_function *read,
                 struct fields_items *out, struct error *err)
{
	size_t index;
	json_t *value;

	if (!json_is_array(array))
		return fields_wrong_type(reader, array, "an array", err);
	if (json_array_size(array) > max)
		return fields_refuse(reader, err, "more than %zu elements", max);
	if (make_items(reader, json_array_size(array), size, out, err) < 0)
		return -1;
	json_array_foreach(array, index, value) {
		const size_t length = fields_enter_element(reader, index);
		const int result =
			read(reader, value, (unsigned char *)out->items + index * size, err);

		fields_leave(reader, length);
		if (result < 0)
			return -1;
	}
	return 0;
}

int fields_member_items(struct reader *reader, json_t *object, size_t max, size_t size,
                        read_member_function *read, struct fields_items *out, struct error *err)
{
	const char *name;
	json_t *value;
	size_t index = 0;

	if (!json_is_object(object))
		return fields_wrong_type(reader, object, "an object", err);
	if (json_object_size(object) > max)
		return fields_refuse(reader, err, "more than %zu members", max);
	if (make_items(reader, json_object_size(object), size, out, err) < 0)
		return -1;
	json_object_foreach(object, name, value) {
		const size_t length = fields_enter(reader, name);
		const int result =
			text_has_control(name, false)
				? fields_refuse(reader, err, "a name has a control character in it")
				: read(reader, name, value,
		                       (unsigned char *)out->items + index++ * size, err);

		fields_leave(reader, length);
		if (result < 0)
			return -1;
	}
	return 0;
}

int fields_each_member(struct reader *reader, json_t *object, size_t max,
                       read_member_function *read, void *out, struct error *err)
{
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return fields_wrong_type(reader, object, "an object", err);
	if (json_object_size(object) > max)
		return fields_refuse(reader, err, "more than %zu members", max);
	json_object_foreach(object, name, value) {
		const size_t length = fields_enter(reader, name);
		const int result =
			text_has_control(name, false)
				? fields_refuse(reader, err, "a name has a control character in it")
				: read(reader, name, value, out, err);

		fields_leave(reader, length);
		if (result < 0)
			return -1;
	}
	return 0;
}

static int read_string(const struct reader *reader, const json_t *value, bool may_break_lines,
                       const char **out, struct error *err)
{
	if (!json_is_string(value))
		return fields_wrong_type(reader, value, "a string", err);
	if (text_has_control(json_string_value(value), may_break_lines)) {
		(void)fields_refuse(reader, err, "the text has a control character in it");
		return -1;
	}
	*out = json_string_value(value);
	return 0;
}

int fields_string(const struct reader *reader, const json_t *value, const char **out,
                  struct error *err)
{
	return read_string(reader, value, false, out, err);
}

int fields_lines(const struct reader *reader, const json_t *value, const char **out,
                 struct error *err)
{
	return read_string(reader, value, true, out, err);
}

int fields_bytes(const struct reader *reader, const json_t *value, const char **out,
                 struct error *err)
{
	if (!json_is_string(value))
		return fields_wrong_type(reader, value, "a string", err);
	*out = json_string_value(value);
	return 0;
}

static int clean(const struct reader *reader, const char *path, bool may_be_relative, char *out,
                 size_t size, struct error *err)
{
	if (!may_be_relative || strncmp(path, "./", 2) != 0) {
		if (path_clean(out, size, path, err) == 0)
			return 0;
		if (may_be_relative && *path != '/' && *path != '\0')
			(void)error_hint(err, "\"./%.200s\" means a path in the spec's folder",
			                 path);
		return -1;
	}
	if (reader->folder == NULL)
		return error_set(err, ERROR_SPEC,
		                 "a spec that is not in a file has no folder that \"./\" could "
		                 "mean");
	return path_join(out, size, reader->folder, path, err);
}

int fields_path(struct reader *reader, const json_t *value, bool may_be_relative, const char **out,
                struct error *err)
{
	const char *path;
	char cleaned[PATH_MAX];

	if (fields_string(reader, value, &path, err) < 0)
		return -1;
	if (clean(reader, path, may_be_relative, cleaned, sizeof(cleaned), err) < 0)
		return fields_at(reader, err);
	*out = spec_copy(reader->builder, cleaned, err);
	return *out == NULL ? -1 : 0;
}

static int check_range(const struct reader *reader, uint64_t value, uint64_t min, uint64_t max,
                       struct error *err)
{
	if (value < min)
		return fields_refuse(reader, err, "the least that makes sense is %" PRIu64, min);
	if (value > max)
		return fields_refuse(reader, err, "the most that is possible is %" PRIu64, max);
	return 0;
}

/* One of the two is 0: *@out_big is for numbers above INT64_MAX. */
static int read_integer(const struct reader *reader, const json_t *value, int64_t *out,
                        uint64_t *out_big, struct error *err)
{
	*out = json_integer_value(value);
	*out_big = 0;
	if (json_is_integer(value))
		return 0;
	if (!json_is_real(value) || reader->big_numbers == NULL)
		return fields_wrong_type(reader, value, "an integer", err);
	switch (big_numbers_find(reader->big_numbers, json_real_value(value), out_big)) {
	case BIG_NUMBER_VALUE:
		return 0;
	case BIG_NUMBER_TOO_LONG:
		return fields_refuse(reader, err, "the number does not fit into 64 bits");
	case BIG_NUMBER_REAL:
	default:
		return fields_wrong_type(reader, value, "an integer", err);
	}
}

int fields_integer(const struct reader *reader, const json_t *value, uint64_t min, uint64_t max,
                   uint64_t *out, struct error *err)
{
	int64_t small;
	uint64_t big;

	if (read_integer(reader, value, &small, &big, err) < 0)
		return -1;
	if (small < 0)
		return fields_refuse(reader, err, "the number is negative");
	*out = big != 0 ? big : (uint64_t)small;
	return check_range(reader, *out, min, max, err);
}

int fields_signed(const struct reader *reader, const json_t *value, int64_t min, int64_t max,
                  int64_t *out, struct error *err)
{
	uint64_t big;

	if (read_integer(reader, value, out, &big, err) < 0)
		return -1;
	if (*out < min)
		return fields_refuse(reader, err, "the least that makes sense is %" PRId64, min);
	if (big != 0 || *out > max)
		return fields_refuse(reader, err, "the most that is possible is %" PRId64, max);
	return 0;
}

int fields_size(const struct reader *reader, const json_t *value, uint64_t min, uint64_t max,
                uint64_t *out, struct error *err)
{
	const char *text;

	if (json_is_integer(value))
		return fields_integer(reader, value, min, max, out, err);
	if (!json_is_string(value))
		return fields_wrong_type(reader, value, "a size", err);
	if (fields_string(reader, value, &text, err) < 0)
		return -1;
	if (!number_parse_size(text, out)) {
		(void)error_hint(err, "write a number of bytes, or one with KiB, MiB, GiB or TiB: "
		                      "\"512MiB\"");
		return fields_refuse(reader, err, "\"%.100s\" is not a size", text);
	}
	return check_range(reader, *out, min, max, err);
}
