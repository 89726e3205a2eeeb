/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths as texts: nothing here looks at a file system. */
#ifndef HARDRUN_BASE_PATH_H
#define HARDRUN_BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"

/*
 * Write the absolute path @path to @out, without ".", repeated or trailing slashes.
 * @size: of @out; PATH_MAX suffices for every path that is accepted.
 * Errors: ERROR_SPEC when it is empty, not absolute, too long, or has a ".." component, which
 * could mean another place than it says.
 */
MUST_CHECK int path_clean(char *out, size_t size, const char *path, struct error *err);

/* As path_clean() for @path below @folder; a @path that is absolute keeps its own root. */
MUST_CHECK int path_join(char *out, size_t size, const char *folder, const char *path,
                         struct error *err);

/* Is clean @path the clean @folder or below it? */
bool path_is_within(const char *path, const char *folder);

/* The part of @path after its last slash. */
const char *path_last(const char *path);

#endif
