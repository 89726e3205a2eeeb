/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Words of Dockerfile instructions, quotes taken off and variables replaced.
 * Source: Dockerfile reference, Environment replacement, ARG.
 */
#ifndef HARDRUN_IMPORT_DOCKERFILE_WORDS_H
#define HARDRUN_IMPORT_DOCKERFILE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/text.h"
#include "spec/spec_build.h"

/* A variable of ENV or ARG. */
struct dockerfile_variable {
	const char *name;
	const char *value; /* NULL: an argument of the build without a default */
	const char *origin;
	bool is_environment; /* of ENV, which goes before ARG */
};

/* What a stage knows: its own variables, then those of the stage that it is built on. */
struct dockerfile_scope {
	const struct dockerfile_scope *parent; /* NULL: none */
	struct spec_list variables; /* struct dockerfile_variable, one of name and kind */
};

/* What is left of what one text may make by repeating itself. */
struct dockerfile_budget {
	size_t replacements;
	size_t bytes;
	size_t paths; /* that commands name: they are compared with each other */
};

/* clang-format off */
#define DOCKERFILE_BUDGET { \
	.replacements = (size_t)65536, \
	.bytes = (size_t)8 * 1024 * 1024, \
	.paths = (size_t)8192, \
}
/* clang-format on */

/* The variable in force; NULL: there is none. @length: of @name; bytes. */
const struct dockerfile_variable *dockerfile_find_variable(const struct dockerfile_scope *scope,
                                                           const char *name, size_t length);

/*
 * Set a variable, in the place of the one of its name and kind if there is one.
 * Errors: ERROR_SPEC when there are too many.
 */
MUST_CHECK int dockerfile_set_variable(struct spec_builder *builder, struct dockerfile_scope *scope,
                                       const struct dockerfile_variable *variable,
                                       struct error *err);

/*
 * Add @word of @length bytes to @out, without quotes, with variables of @scope replaced. An
 * unknown one is nothing; what is no variable is left as it stands.
 * Errors: ERROR_SPEC when more than @budget would be made.
 */
MUST_CHECK int dockerfile_expand(const struct dockerfile_scope *scope, char escape,
                                 const char *word, size_t length, struct dockerfile_budget *budget,
                                 struct text *out, struct error *err);

#endif
