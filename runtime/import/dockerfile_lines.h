/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lines of a Dockerfile as its instructions see them: comments gone, continued ones joined,
 * the texts behind "<<EOF" taken out.
 * Source: Dockerfile reference, Format, Parser directives, Escape, Here-Documents.
 */
#ifndef HARDRUN_IMPORT_DOCKERFILE_LINES_H
#define HARDRUN_IMPORT_DOCKERFILE_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "spec/spec_build.h"

#define DOCKERFILE_SIZE_MAX ((size_t)1024 * 1024) /* of a text; bytes */

struct dockerfile_line {
	size_t number;             /* of its first line in the text, from 1 */
	const char *text;          /* without blanks at both ends; not empty */
	struct spec_list heredocs; /* struct spec_text: bodies, in the order of their marks */
};

struct dockerfile_lines {
	char escape;           /* '\\' or '`' */
	struct spec_list list; /* struct dockerfile_line */
};

/*
 * Read @text, which need not end in a NUL, into the arena of @builder.
 * Errors: ERROR_SPEC at the line.
 */
MUST_CHECK int dockerfile_read_lines(struct spec_builder *builder, const char *text, size_t size,
                                     struct dockerfile_lines *out, struct error *err);

/* Move *@at behind the word of @text that it stands at; quotes and @escape keep blanks in it. */
void dockerfile_skip_word(const char **at, char escape);

/* Move *@at behind blanks. */
void dockerfile_skip_blanks(const char **at);

#endif
