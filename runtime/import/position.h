/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Line and column of an origin, so that who wrote a text finds what is said of it. An origin is
 * a JSON pointer ("/process/cwd"), behind "document 2: " in a stream of several documents, behind
 * "common.yml: " in another file; a
 * name that the reader gave ("--cap-add NET_ADMIN"); or a place already ("line 12: RUN").
 *
 * Values are known by the container that holds them, an object or an array, whose number is
 * whatever the reader likes, such as its address, but not 0, which stands for the text itself.
 */
#ifndef HARDRUN_IMPORT_POSITION_H
#define HARDRUN_IMPORT_POSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"

#define POSITION_DOCUMENT_FORMAT                                         \
	"document %zu" /* of a stream, from 1; ": " and a pointer follow \
	                */

struct position {
	const char *file; /* as positions_add_file() has it; NULL: of the text itself */
	uint32_t line;    /* from 1 */
	uint32_t column;  /* from 1; characters */
};

struct positions;

/* Owns: release with positions_free(). */
MUST_CHECK int positions_new(struct positions **out, struct error *err);
void positions_free(struct positions *positions); /* NULL is fine */

/* A copy of @name that lives as long as @positions: of a file beside the text. */
MUST_CHECK const char *positions_add_file(struct positions *positions, const char *name,
                                          struct error *err);

/*
 * Record that member @token of @container stands at @place. @child: the container that it is, or
 * 0. What is there already is replaced.
 */
MUST_CHECK int positions_add(struct positions *positions, uintptr_t container, const char *token,
                             const struct position *place, uintptr_t child, struct error *err);

/* As positions_add() for the element number @index of an array. */
MUST_CHECK int positions_add_element(struct positions *positions, uintptr_t container, size_t index,
                                     const struct position *place, uintptr_t child,
                                     struct error *err);

/*
 * Let member @token of @to stand where member @from_token of @from does: for what is merged. What
 * is not known is left so.
 */
MUST_CHECK int positions_share(struct positions *positions, uintptr_t from, const char *from_token,
                               uintptr_t to, const char *token, struct error *err);

/*
 * Find positions in the JSON text @text, which must live on, when they are asked for the first
 * time.
 */
void positions_use_json(struct positions *positions, const char *text, size_t size);

/*
 * Where @origin stands or, if that stands nowhere (the place of a default), the nearest thing
 * around it that does. False: only that it is in the text; *@out is where that begins.
 */
bool position_find(struct positions *positions, const char *origin, struct position *out);

#endif
