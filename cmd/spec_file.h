/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A spec from the command line: a file, or standard input. */
#ifndef HARDRUN_CMD_SPEC_FILE_H
#define HARDRUN_CMD_SPEC_FILE_H

#include "base/cleanup.h"
#include "base/compiler.h"
#include "base/error.h"
#include "import/import.h"
#include "spec/spec.h"

/*
 * Read the spec in the file @path, "-" for standard input, with @overrides over it.
 * Owns: AUTO_SPEC releases it.
 */
MUST_CHECK int spec_file_read(const char *path, const struct import_overrides *overrides,
                              struct spec **out, struct error *err);

/* Write the folder of the file @path, for its relative paths, to @out, of PATH_MAX bytes. */
MUST_CHECK int spec_file_folder(const char *path, char *out, struct error *err);

static inline void spec_file_release(struct spec **owner)
{
	if (*owner != NULL)
		arena_free((*owner)->arena);
}

#define AUTO_SPEC CLEANUP(spec_file_release)

#endif
