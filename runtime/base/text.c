/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE ((size_t)256)
#define WORD_MAX   48 /* longer words are not guessed at; bytes */

static const char ellipsis[] = "...";

/* Make room for @addition more bytes and the NUL. */
static bool reserve(struct text *text, size_t addition)
{
	size_t size = text->size == 0 ? FIRST_SIZE : text->size;
	char *bytes;

	if (text->is_broken || addition > SIZE_MAX / 4) {
		text->is_broken = true;
		return false;
	}
	while (size - text->length <= addition)
		size *= 2;
	if (text->bytes != NULL && size == text->size)
		return true;
	bytes = realloc(text->bytes, size);
	if (bytes == NULL) {
		text->is_broken = true;
		return false;
	}
	text->bytes = bytes;
	text->size = size;
	return true;
}

void text_add_bytes(struct text *text, const char *bytes, size_t size)
{
	if (!reserve(text, size))
		return;
	memcpy(text->bytes + text->length, bytes, size);
	text->length += size;
	text->bytes[text->length] = '\0';
}

void text_add(struct text *text, const char *addition)
{
	text_add_bytes(text, addition, strlen(addition));
}

void text_add_format(struct text *text, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0) {
		text->is_broken = true;
		return;
	}
	if (!reserve(text, (size_t)length))
		return;
	va_start(args, format);
	(void)vsnprintf(text->bytes + text->length, (size_t)length + 1, format, args);
	va_end(args);
	text->length += (size_t)length;
}

static void add_escaped(struct text *text, char letter)
{
	switch (letter) {
	case '"':
		text_add(text, "\\\"");
		break;
	case '\\':
		text_add(text, "\\\\");
		break;
	case '\n':
		text_add(text, "\\n");
		break;
	case '\t':
		text_add(text, "\\t");
		break;
	default:
		text_add_format(text, "\\u%04x", (unsigned int)(unsigned char)letter);
		break;
	}
}

void text_add_json(struct text *text, const char *value)
{
	text_add(text, "\"");
	for (;;) {
		size_t plain = 0;

		while ((unsigned char)value[plain] >= ' ' && value[plain] != '"' &&
		       value[plain] != '\\' && value[plain] != '\x7f')
			plain++;
		text_add_bytes(text, value, plain);
		value += plain;
		if (*value == '\0')
			break;
		add_escaped(text, *value++);
	}
	text_add(text, "\"");
}

char *text_take(struct text *text, struct error *err)
{
	char *bytes;

	if (text->bytes == NULL)
		text_add(text, "");
	if (text->is_broken) {
		(void)error_set(err, ERROR_SYSTEM, "out of memory");
		return NULL;
	}
	bytes = text->bytes;
	*text = (struct text){ 0 };
	return bytes;
}

void text_release(struct text *text)
{
	free(text->bytes);
	*text = (struct text){ 0 };
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	const size_t smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

/* Edits (insert, delete, replace, swap of neighbours) between two words of at most WORD_MAX. */
static size_t distance_between(const char *a, const char *b)
{
	const size_t a_length = strlen(a);
	const size_t b_length = strlen(b);
	size_t rows[3][WORD_MAX + 1];

	for (size_t j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3];
		const size_t *above_that = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			const size_t is_other = a[i - 1] != b[j - 1];

			row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + is_other);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = smallest(row[j], row[j], above_that[j - 2] + 1);
		}
	}
	return rows[a_length % 3][b_length];
}

void text_nearest_try(struct text_nearest *nearest, const char *candidate)
{
	const size_t length = strlen(nearest->word);
	const size_t tolerance = length < 3 ? 0 : 1 + length / 5;
	size_t distance;

	if (length > WORD_MAX || strlen(candidate) > WORD_MAX)
		return;
	distance = distance_between(nearest->word, candidate);
	if (distance > tolerance || (nearest->best != NULL && distance >= nearest->distance))
		return;
	nearest->best = candidate;
	nearest->distance = distance;
}

/* The start of the character that the byte at @offset belongs to. */
static size_t character_start(const char *text, size_t offset)
{
	while (offset > 0 && ((unsigned char)text[offset] & 0xc0) == 0x80)
		offset--;
	return offset;
}

void text_shorten(char *out, size_t size, const char *text)
{
	const size_t length = strlen(text);
	const size_t dots = sizeof(ellipsis) - 1;
	size_t head;
	size_t tail;

	if (length < size) {
		memcpy(out, text, length + 1);
		return;
	}
	head = character_start(text, (size - 1 - dots) / 2);
	tail = length - (size - 1 - dots - head);
	while (((unsigned char)text[tail] & 0xc0) == 0x80)
		tail++;
	memcpy(out, text, head);
	memcpy(out + head, ellipsis, dots);
	memcpy(out + head + dots, text + tail, length - tail + 1);
}

bool text_has_control(const char *text, bool may_break_lines)
{
	for (; *text != '\0'; text++) {
		const unsigned char byte = (unsigned char)*text;

		if (may_break_lines && (byte == '\n' || byte == '\t'))
			continue;
		if (byte < ' ' || byte == 0x7f)
			return true;
	}
	return false;
}

/* How many bytes continue a character that begins with @first; -1: none begins so. */
static int continuation_count(unsigned char first)
{
	if (first < 0x80)
		return 0;
	if (first >= 0xc2 && first <= 0xdf)
		return 1;
	if (first >= 0xe0 && first <= 0xef)
		return 2;
	if (first >= 0xf0 && first <= 0xf4)
		return 3;
	return -1;
}

/* Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte. */
static bool is_bad_second(unsigned char first, unsigned char second)
{
	return (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
	       (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
}

bool text_is_utf8(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;

	while (*byte != '\0') {
		const unsigned char first = *byte++;
		const int count = continuation_count(first);

		if (count < 0 || (count > 0 && is_bad_second(first, *byte)))
			return false;
		for (int i = 0; i < count; i++) {
			if ((*byte & 0xc0) != 0x80)
				return false;
			byte++;
		}
	}
	return true;
}

bool text_is_made_of(const char *text, const char *others)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		const unsigned char byte = (unsigned char)*text;

		if (!(isascii(byte) && isalnum(byte)) && strchr(others, byte) == NULL)
			return false;
	}
	return true;
}

void text_make_upper(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text >= 'a' && *text <= 'z')
			*text = (char)(*text - 'a' + 'A');
	}
}
