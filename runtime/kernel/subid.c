/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/subid.h"

#include <stdio.h>
#include <string.h>

/* A part of a text; never NULL. */
struct slice {
	const char *start;
	size_t size;
};

/* Cut the text before the next @mark off @rest; @rest is left behind the mark. */
static struct slice cut(struct slice *rest, char mark)
{
	const char *end = rest->size == 0 ? NULL : memchr(rest->start, mark, rest->size);
	struct slice head = *rest;

	if (end == NULL) {
		rest->start += rest->size;
		rest->size = 0;
		return head;
	}
	head.size = (size_t)(end - rest->start);
	rest->start = end + 1;
	rest->size -= head.size + 1;
	return head;
}

/* Decimal digits and nothing else, at most 32 bits. */
static bool read_number(struct slice text, uint32_t *out)
{
	uint64_t value = 0;

	if (text.size == 0 || text.size > 10)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		if (text.start[i] < '0' || text.start[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(text.start[i] - '0');
	}
	if (value > UINT32_MAX)
		return false;
	*out = (uint32_t)value;
	return true;
}

static bool is_user(struct slice field, const char *name, uint32_t id)
{
	uint32_t number;

	if (read_number(field, &number))
		return number == id;
	return field.size > 0 && strlen(name) == field.size &&
	       memcmp(field.start, name, field.size) == 0;
}

static bool read_range(struct slice line, const char *name, uint32_t id, struct subid_range *out)
{
	const struct slice user = cut(&line, ':');
	const struct slice first = cut(&line, ':');

	return is_user(user, name, id) && read_number(first, &out->first) &&
	       read_number(line, &out->count) && out->first > 0 && out->count > 0 &&
	       out->count <= UINT32_MAX - out->first;
}

struct subid_range subid_find(const char *text, size_t size, const char *name, uint32_t id,
                              uint32_t needed)
{
	struct slice rest = { .start = text, .size = size };

	while (rest.size > 0) {
		struct subid_range range;

		if (read_range(cut(&rest, '\n'), name, id, &range) && range.count >= needed)
			return range;
	}
	return (struct subid_range){ .count = 0 };
}

/* A line that ends in a range, whoever it is given to. */
static bool read_any_range(struct slice line, struct subid_range *out)
{
	(void)cut(&line, ':');
	return read_number(cut(&line, ':'), &out->first) && read_number(line, &out->count) &&
	       out->count > 0;
}

bool subid_is_given(const char *text, size_t size, struct subid_range range)
{
	struct slice rest = { .start = text, .size = size };

	while (rest.size > 0) {
		struct subid_range given;

		if (read_any_range(cut(&rest, '\n'), &given) &&
		    given.first < (uint64_t)range.first + range.count &&
		    range.first < (uint64_t)given.first + given.count)
			return true;
	}
	return false;
}

bool passwd_find_name(const char *text, size_t size, uint32_t uid, char *name, size_t name_size)
{
	struct slice rest = { .start = text, .size = size };

	while (rest.size > 0) {
		struct slice line = cut(&rest, '\n');
		const struct slice user = cut(&line, ':');
		uint32_t number;

		(void)cut(&line, ':');
		if (!read_number(cut(&line, ':'), &number) || number != uid)
			continue;
		if (user.size == 0 || user.size >= name_size ||
		    memchr(user.start, '\0', user.size) != NULL)
			return false;
		memcpy(name, user.start, user.size);
		name[user.size] = '\0';
		return true;
	}
	return false;
}

bool passwd_find_home(const char *text, size_t size, uint32_t uid, char *home, size_t home_size)
{
	struct slice rest = { .start = text, .size = size };

	while (rest.size > 0) {
		struct slice line = cut(&rest, '\n');
		struct slice folder;
		uint32_t number;

		(void)cut(&line, ':');
		(void)cut(&line, ':');
		if (!read_number(cut(&line, ':'), &number) || number != uid)
			continue;
		(void)cut(&line, ':');
		(void)cut(&line, ':');
		folder = cut(&line, ':');
		if (folder.size == 0 || memchr(folder.start, '\0', folder.size) != NULL ||
		    folder.size + sizeof("HOME=") > home_size)
			return false;
		(void)snprintf(home, home_size, "HOME=%.*s", (int)folder.size, folder.start);
		return true;
	}
	return false;
}
