/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole files. */
#ifndef HARDRUN_BASE_FILE_H
#define HARDRUN_BASE_FILE_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"

/*
 * Read all of the file @path, "-" for standard input. *@out is NUL-terminated behind its *@size
 * bytes. A file larger than @limit bytes is refused before more than that is read.
 * Errors: ERROR_SPEC when it is too large or a directory; ERROR_DENIED or ERROR_SYSTEM with
 * errno; the outputs are unchanged.
 * Owns: release *@out with free().
 */
MUST_CHECK int file_read(const char *path, size_t limit, char **out, size_t *out_size,
                         struct error *err);

/* As file_read() for the open file @fd. */
MUST_CHECK int file_read_fd(int fd, size_t limit, char **out, size_t *out_size, struct error *err);

/*
 * Write all @size bytes of @data to @fd by one write(2). Returns 0, or -1 with errno: ENOSPC for a
 * write that was cut short.
 */
MUST_CHECK int file_put(int fd, const void *data, size_t size);

#endif
