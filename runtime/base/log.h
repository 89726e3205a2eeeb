/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What hardrun says while it runs, one line a time, as text or as runc's JSON. The lines of a
 * log file carry the time; those on standard error do not.
 * Source: runc(8), --log and --log-format.
 */
#ifndef HARDRUN_BASE_LOG_H
#define HARDRUN_BASE_LOG_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/error.h"

enum log_format {
	LOG_TEXT,
	LOG_JSON,
};

/*
 * Append to the file at @path from now on; NULL: standard error, as before the first call.
 * The file is made if it is not there; a symbolic link is not followed.
 */
MUST_CHECK int log_open(const char *path, enum log_format format, struct error *err);

/* Does the log go to a file, so that standard error must be told as well? */
bool log_has_file(void);

/* Is standard error the log, as JSON, so that nothing else may be written there? */
bool log_owns_stderr(void);

/* Log @err as what ended the command. */
void log_error(const struct error *err);

/* Log @err as what is tolerated. */
void log_warning(const struct error *err);

/*
 * Keep warnings from a JSON file until they are released. Whoever fails before that leaves one
 * object in it, and no warnings: Podman reads the file of a failed command as one object.
 */
void log_hold_warnings(void);
void log_release_warnings(void);

#endif
