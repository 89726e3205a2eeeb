/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Texts: one that grows, words that were meant, and what may be shown to a person.
 */
#ifndef HARDRUN_BASE_TEXT_H
#define HARDRUN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"

/* A text that grows. Initialise with { 0 }; a failed allocation is told once, by text_take(). */
struct text {
	char *bytes;   /* NUL-terminated; NULL while empty */
	size_t length; /* without the NUL; bytes */
	size_t size;   /* allocated; bytes */
	bool is_broken;
};

#define AUTO_TEXT CLEANUP(text_release)

void text_add(struct text *text, const char *addition);
void text_add_bytes(struct text *text, const char *bytes, size_t size);
void text_add_format(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);

/* Add @value as a JSON string, quotes included. @value must be UTF-8. Source: RFC 8259, 7. */
void text_add_json(struct text *text, const char *value);

/*
 * Hand the text over and leave the builder empty.
 * Owns: release with free().
 * Errors: NULL with @err set when memory was out at any addition.
 */
MUST_CHECK char *text_take(struct text *text, struct error *err);

void text_release(struct text *text);

/* The best of the candidates that were tried; initialise with { .word = ... }. */
struct text_nearest {
	const char *word;
	const char *best; /* NULL: none is near enough to have been meant */
	size_t distance;
};

/* Is @candidate nearer to what was meant than those before it? Then it becomes the best. */
void text_nearest_try(struct text_nearest *nearest, const char *candidate);

/* Copy @text to @out, its middle left out ("...") when it does not fit into @size bytes. */
void text_shorten(char *out, size_t size, const char *text);

/* Does @text hold a control character? Newline and tab are overlooked if @may_break_lines. */
bool text_has_control(const char *text, bool may_break_lines);

/* Is @text well-formed UTF-8? Source: RFC 3629, 4. */
bool text_is_utf8(const char *text);

/* Is every byte of @text a letter or digit of ASCII, or one of @others? False when empty. */
bool text_is_made_of(const char *text, const char *others);

/* Make the small letters of ASCII capitals, whatever the locale. */
void text_make_upper(char *text);

#endif
