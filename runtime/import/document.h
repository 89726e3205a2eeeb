/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON texts as a whole, for every language that is written in JSON. */
#ifndef HARDRUN_IMPORT_DOCUMENT_H
#define HARDRUN_IMPORT_DOCUMENT_H

#include <jansson.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"

/*
 * Read @text of at most @limit bytes. No member may be given twice.
 * Errors: ERROR_SPEC at the line and column. Owns: json_decref() releases *@out.
 */
MUST_CHECK int document_parse(const char *text, size_t size, size_t limit, json_t **out,
                              struct error *err);

/* Add the file @name, "-" for standard input, to where @err says that a text is wrong. Returns -1.
 */
int document_name_file(const char *name, struct error *err);

#endif
