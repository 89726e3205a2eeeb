/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/explain_json.h"

#include <inttypes.h>

#include "inspect/show.h"

/* Behind the quotes, of a character outside of the basic plane, a pair of surrogates. */
static void put_escaped(FILE *out, uint32_t value)
{
	if (value > 0xffff)
		fprintf(out, "\\u%04x\\u%04x", 0xd800 + ((value - 0x10000) >> 10),
		        0xdc00 + ((value - 0x10000) & 0x3ff));
	else
		fprintf(out, "\\u%04x", value);
}

/* What may be in a text of JSON as it is. Bytes that are no UTF-8 may not. */
static bool is_plain(uint32_t value)
{
	return value >= ' ' && value != '"' && value != '\\' && value != 0x7f && value < 0x80;
}

static void put_text(FILE *out, const char *text)
{
	const char *begin;

	fputc('"', out);
	while (*text != '\0') {
		uint32_t value;

		begin = text;
		value = show_next(&text);
		if (is_plain(value) ||
		    (value >= 0xa0 && !show_is_dangerous(value) && value != SHOW_REPLACEMENT))
			(void)fwrite(begin, 1, (size_t)(text - begin), out);
		else if (value == '"' || value == '\\')
			fprintf(out, "\\%c", (char)value);
		else
			put_escaped(out, value);
	}
	fputc('"', out);
}

/* Begin a line for the next member or item. */
static void begin(struct json_writer *writer, const char *name)
{
	if (writer->has_items)
		fputc(',', writer->out);
	if (writer->depth > 0)
		fprintf(writer->out, "\n%*s", writer->depth * 2, "");
	writer->has_items = true;
	if (name == NULL)
		return;
	put_text(writer->out, name);
	fputs(": ", writer->out);
}

void json_open(struct json_writer *writer, const char *name, char bracket)
{
	begin(writer, name);
	fputc(bracket, writer->out);
	writer->depth++;
	writer->has_items = false;
}

void json_close(struct json_writer *writer, char bracket)
{
	writer->depth--;
	if (writer->has_items)
		fprintf(writer->out, "\n%*s", writer->depth * 2, "");
	fputc(bracket, writer->out);
	writer->has_items = true;
}

void json_text(struct json_writer *writer, const char *name, const char *value)
{
	begin(writer, name);
	if (value == NULL)
		fputs("null", writer->out);
	else
		put_text(writer->out, value);
}

void json_bool(struct json_writer *writer, const char *name, bool value)
{
	begin(writer, name);
	fputs(value ? "true" : "false", writer->out);
}

void json_number(struct json_writer *writer, const char *name, uint64_t value)
{
	begin(writer, name);
	fprintf(writer->out, "%" PRIu64, value);
}
