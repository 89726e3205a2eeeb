/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file in any of the languages that hardrun reads, and what its variables stand for. */
#ifndef HARDRUN_CMD_ANY_FILE_H
#define HARDRUN_CMD_ANY_FILE_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "import/import_any.h"
#include "options.h"

/* The language that --from names; NULL: SPEC_LANGUAGE_COUNT, to recognise it. */
MUST_CHECK int any_language_find(const char *name, enum spec_language *out, struct error *err);

struct any_file {
	char *text;
	struct import_result result;
};

/*
 * Read the file @path, "-" for standard input. @language: SPEC_LANGUAGE_COUNT to recognise it.
 * What is tolerated is logged as a warning.
 * Owns: any_file_release().
 */
MUST_CHECK int any_file_read(const char *path, enum spec_language language,
                             const struct import_values *values, struct any_file *out,
                             struct error *err);

/* As any_file_read() of a docker run command line that is given as its @count @words. */
MUST_CHECK int any_file_read_line(char *const *words, int count, const struct import_values *values,
                                  struct any_file *out, struct error *err);

void any_file_release(struct any_file *file);

/* What ${NAME} stands for. */
struct any_values {
	const char **settings; /* "NAME=value" */
	size_t count;
	char **texts; /* that they point into */
	size_t text_count;
};

/*
 * Those of the files @env_files, a line "NAME=value" each, then those of @env.
 * Errors: ERROR_USAGE at --env; ERROR_SPEC at the file and line.
 * Owns: any_values_release(), of what a failure leaves, too.
 */
MUST_CHECK int any_values_read(const struct option_list *env, const struct option_list *env_files,
                               struct any_values *out, struct error *err);

void any_values_release(struct any_values *values);

#endif
