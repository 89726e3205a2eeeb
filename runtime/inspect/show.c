/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/show.h"

/* The length of the sequence that @first begins, and its own bits; 0: none does. */
static size_t begin_sequence(unsigned char first, uint32_t *bits)
{
	if (first < 0x80) {
		*bits = first;
		return 1;
	}
	if (first >= 0xc2 && first <= 0xdf) {
		*bits = first & 0x1fU;
		return 2;
	}
	if (first >= 0xe0 && first <= 0xef) {
		*bits = first & 0x0fU;
		return 3;
	}
	if (first >= 0xf0 && first <= 0xf4) {
		*bits = first & 0x07U;
		return 4;
	}
	return 0;
}

static bool is_character(uint32_t value, size_t length)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	return value >= least[length] && value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
}

uint32_t show_next(const char **text)
{
	const unsigned char *bytes = (const unsigned char *)*text;
	uint32_t value = 0;
	const size_t length = begin_sequence(bytes[0], &value);

	if (bytes[0] == '\0')
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80) {
			*text += 1;
			return SHOW_REPLACEMENT;
		}
		value = value << 6 | (bytes[i] & 0x3fU);
	}
	if (length == 0 || !is_character(value, length)) {
		*text += 1;
		return SHOW_REPLACEMENT;
	}
	*text += length;
	return value;
}

bool show_is_dangerous(uint32_t value)
{
	return value < 0x20 || (value >= 0x7f && value <= 0x9f) || value == 0xad ||
	       value == 0x61c || (value >= 0x200b && value <= 0x200f) ||
	       (value >= 0x2028 && value <= 0x202e) || (value >= 0x2060 && value <= 0x206f) ||
	       value == 0xfeff || (value & 0xfffe) == 0xfffe ||
	       (value >= 0xe0000 && value <= 0xe007f);
}

static void put_character(FILE *out, uint32_t value)
{
	if (value < 0x80) {
		fputc((int)value, out);
		return;
	}
	if (value < 0x800) {
		fputc((int)(0xc0 | value >> 6), out);
	} else if (value < 0x10000) {
		fputc((int)(0xe0 | value >> 12), out);
		fputc((int)(0x80 | (value >> 6 & 0x3f)), out);
	} else {
		fputc((int)(0xf0 | value >> 18), out);
		fputc((int)(0x80 | (value >> 12 & 0x3f)), out);
		fputc((int)(0x80 | (value >> 6 & 0x3f)), out);
	}
	fputc((int)(0x80 | (value & 0x3f)), out);
}

static void put_shown(FILE *out, uint32_t value)
{
	if (show_is_dangerous(value))
		fprintf(out, "\\u%04x", value);
	else
		put_character(out, value);
}

void show_plain(FILE *out, const char *text)
{
	uint32_t value;

	while ((value = show_next(&text)) != 0)
		put_shown(out, value);
}

void show_markup(FILE *out, const char *text)
{
	uint32_t value;

	while ((value = show_next(&text)) != 0) {
		if (value == '&')
			fputs("&amp;", out);
		else if (value == '<')
			fputs("&lt;", out);
		else if (value == '>')
			fputs("&gt;", out);
		else if (value == '"')
			fputs("&quot;", out);
		else if (value == '\'')
			fputs("&#39;", out);
		else
			put_shown(out, value);
	}
}

size_t show_width(const char *text)
{
	size_t width = 0;
	uint32_t value;

	while ((value = show_next(&text)) != 0)
		width += !show_is_dangerous(value) ? 1 : value < 0x10000 ? 6 : 7;
	return width;
}
