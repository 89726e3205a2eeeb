/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads what an audit is told to accept. Source: hardrun-audit(1), profiles/schema. */
#ifndef HARDRUN_IMPORT_SUPPRESSIONS_H
#define HARDRUN_IMPORT_SUPPRESSIONS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "policy/suppression.h"

#define IMPORT_SUPPRESSIONS_SIZE_MAX ((size_t)1024 * 1024) /* of a text; bytes */

/*
 * A JSON array of objects. A reason is judged as that of a relaxation.
 * Errors: ERROR_SPEC at the JSON pointer or line and column, with the file @name; *@out is
 * unchanged.
 * Owns: all is in @arena.
 */
MUST_CHECK int import_suppressions(const char *text, size_t size, const char *name,
                                   struct arena *arena, struct suppression_list *out,
                                   struct error *err);

/* "ID=REASON", as --ignore has it. Errors and ownership as import_suppressions(). */
MUST_CHECK int import_suppression(const char *text, struct arena *arena, struct suppression *out,
                                  struct error *err);

#endif
