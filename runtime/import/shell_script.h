/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a shell script calls: its commands, not what they do. Good enough to judge a RUN by, with
 * no claim to read all of the language: what is not understood is words of a command.
 * Source: POSIX.1-2017, Shell Command Language.
 */
#ifndef HARDRUN_IMPORT_SHELL_SCRIPT_H
#define HARDRUN_IMPORT_SHELL_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "spec/spec_build.h"

#define SHELL_NO_COMMAND SIZE_MAX

struct shell_command {
	struct spec_list words; /* const char *: without quotes, without redirections */
	size_t program;         /* which of the words is called, behind "sudo", "A=b", "if"; the
	                           count of words: none */
	bool is_by_sudo;
	size_t input;         /* the command whose output it reads; SHELL_NO_COMMAND: none */
	size_t parent;        /* the one whose word its output is; SHELL_NO_COMMAND: none */
	bool is_parents_file; /* by "<(...)": a file that holds its output */
};

/*
 * Add the commands of @script to @out, a list of struct shell_command, in the arena of @builder.
 * Errors: ERROR_SPEC when there are too many.
 */
MUST_CHECK int shell_read(struct spec_builder *builder, const char *script, struct spec_list *out,
                          struct error *err);

/* The word number @index behind the program; NULL: there are no more. */
const char *shell_argument(const struct shell_command *command, size_t index);

/* Is the program @name, wherever it lies? */
bool shell_is_program(const struct shell_command *command, const char *name);

/* Add the command of the exec form @words, which no shell reads, to @out. */
MUST_CHECK int shell_read_words(struct spec_builder *builder, const struct spec_text_list *words,
                                struct spec_list *out, struct error *err);

#endif
