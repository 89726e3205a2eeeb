/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JSON written as it goes, two blanks a level. It keeps no text, so an explanation of any
 * length needs no memory. What is no UTF-8 becomes U+FFFD. Source: RFC 8259.
 */
#ifndef HARDRUN_INSPECT_EXPLAIN_JSON_H
#define HARDRUN_INSPECT_EXPLAIN_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_writer {
	FILE *out;
	int depth;
	bool has_items; /* in the object or list that is open */
};

/* In all of these @name is the member's name; NULL: an item of a list, or the outermost value. */
void json_open(struct json_writer *writer, const char *name, char bracket);      /* '{' or '[' */
void json_close(struct json_writer *writer, char bracket);                       /* '}' or ']' */
void json_text(struct json_writer *writer, const char *name, const char *value); /* NULL: null */
void json_number(struct json_writer *writer, const char *name, uint64_t value);
void json_bool(struct json_writer *writer, const char *name, bool value);

#endif
