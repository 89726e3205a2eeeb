/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/explain_json.h"

static void put_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		const unsigned char byte = (unsigned char)*text;

		if (byte == '"' || byte == '\\')
			fprintf(out, "\\%c", byte);
		else if (byte < ' ' || byte == 0x7f)
			fprintf(out, "\\u%04x", byte);
		else
			fputc(byte, out);
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
