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
	const struct error *failure; /* hardrun's own; NULL: the program ran to its end */
	int exit_status;             /* of hardrun */
	const char *version;         /* of hardrun */
};

/*
 * Write @path, whole or not at all: a new file beside it that takes its place. A symbolic link
 * at @path is replaced, not followed.
 */
MUST_CHECK int result_write(const char *path, const struct result *result, struct error *err);

#endif
