/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The words of one command line as a shell splits them. Nothing is expanded: "$HOME", "$(pwd)" and
 * "*" stay as they are written. Source: POSIX.1-2017, Shell Command Language, 2.2 and 2.3.
 */
#ifndef HARDRUN_IMPORT_SHELL_WORDS_H
#define HARDRUN_IMPORT_SHELL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "import/position.h"
#include "spec/spec_build.h"

struct shell_word {
	const char *text;
	struct position place;
	bool has_expansion; /* a shell would put something else in the place of a part of it */
};

/*
 * Append the words of the first command of @text to @words, a list of struct shell_word, with
 * their texts in the builder's arena. Redirections are left out. *@out_rest: the "|" or "&" that
 * ends the command, of which the rest is not read; 0: none.
 * Errors: ERROR_SPEC at the line and column of a quote that does not end, or of a second command.
 */
MUST_CHECK int shell_words_split(struct spec_builder *builder, const char *text, size_t size,
                                 struct spec_list *words, char *out_rest, struct error *err);

#endif
