/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/verify_row.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

PRINTF_LIKE(2, 0)
static void put(char out[VERIFY_TEXT_SIZE], const char *format, va_list arguments)
{
	(void)vsnprintf(out, VERIFY_TEXT_SIZE, format, arguments);
}

void row_want(struct verify_row *row, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put(row->wanted, format, arguments);
	va_end(arguments);
}

void row_find(struct verify_row *row, const char *format, ...)
{
	va_list arguments;

	if (row->found[0] != '\0')
		return;
	va_start(arguments, format);
	put(row->found, format, arguments);
	va_end(arguments);
}

void row_offend(struct verify_row *row, const char *format, ...)
{
	va_list arguments;

	if (row->offences++ > 0)
		return;
	va_start(arguments, format);
	put(row->found, format, arguments);
	va_end(arguments);
}

void row_miss(struct verify_row *row, const char *format, ...)
{
	va_list arguments;

	if (row->unseen++ > 0)
		return;
	va_start(arguments, format);
	put(row->why, format, arguments);
	va_end(arguments);
}

void row_drop(struct verify_row *row)
{
	row->verdict = VERIFY_NOT_JUDGED;
}

void row_close(struct verify_row *row)
{
	const size_t length = strlen(row->found);

	if (row->verdict == VERIFY_NOT_JUDGED)
		return;
	if (row->offences > 1)
		(void)snprintf(row->found + length, VERIFY_TEXT_SIZE - length, "; and %u more",
		               row->offences - 1);
	if (row->offences > 0)
		row->verdict = VERIFY_FAIL;
	else
		row->verdict = row->unseen > 0 ? VERIFY_UNKNOWN : VERIFY_PASS;
}

const char *row_escape(const char *text, char out[ROW_NAME_SIZE])
{
	static const char cut[] = "...";
	size_t used = 0;

	for (; *text != '\0'; text++) {
		const unsigned char byte = (unsigned char)*text;

		if (used + 4 + sizeof(cut) > ROW_NAME_SIZE) {
			(void)snprintf(out + used, ROW_NAME_SIZE - used, "%s", cut);
			return out;
		}
		if (byte >= ' ' && byte < 0x7f && byte != '\\')
			out[used++] = (char)byte;
		else
			used += (size_t)snprintf(out + used, ROW_NAME_SIZE - used, "\\x%02x", byte);
	}
	out[used] = '\0';
	return out;
}
