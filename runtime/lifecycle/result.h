/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file of --result: what a CI machine wants to know of one run, as one JSON object. What
 * could not be measured is null, never 0.
 */
#ifndef HARDRUN_LIFECYCLE_RESULT_H
#define HARDRUN_LIFECYCLE_RESULT_H

#include "base/compiler.h"
#include "base/error.h"
#include "lifecycle/run.h"

/* The version of the object's shape. */
#define RESULT_VERSION 1

struct result {
	const struct run_report *report;
	const struct error *failure; /* kind ERROR_NONE: hardrun did what it was asked */
	int exit_status;             /* of hardrun */
	const char *version;         /* of hardrun */
};

/*
 * Can @path be written later? Nothing is made.
 * Errors: ERROR_USAGE when something that is not a file is there; errno for the folder.
 */
MUST_CHECK int result_check(const char *path, struct error *err);

/*
 * Write @path, whole or not at all: a new file beside it takes its place. A symbolic link at
 * @path is replaced, not followed.
 */
MUST_CHECK int result_write(const char *path, const struct result *result, struct error *err);

/* The JSON object. Owns: release with free(). Errors: NULL with @err set when memory is out. */
MUST_CHECK char *result_text(const struct result *result, struct error *err);

#endif
