/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of the native reader: its tables, for itself and for the test that holds the
 * JSON Schema against them.
 */
#ifndef HARDRUN_IMPORT_NATIVE_H
#define HARDRUN_IMPORT_NATIVE_H

#include "import/fields.h"

/* The members of one object of the language. */
struct native_table {
	const char *pointer; /* "", "/limits", "/mounts/0", "/relax/write" */
	const struct field *fields;
	size_t count;
};

/* The @index-th table; false: there are no more. The readers of each file know their own. */
bool native_table_at(size_t index, struct native_table *out);
bool native_limits_table_at(size_t index, struct native_table *out);
bool native_files_table_at(size_t index, struct native_table *out);
bool native_relax_table_at(size_t index, struct native_table *out);

/* The values of "limits" in the forms that the command line shares with the text. */
#define NATIVE_TIMEOUT_MAX_MS (UINT64_C(3653) * 24 * 60 * 60 * 1000) /* ten years */

/* native_process.c; @out is the spec unless it says otherwise */
read_function native_read_args;
read_function native_read_cwd;
read_function native_read_env;
read_function native_read_name; /* a container's name or a host's; @out: struct spec_text */
read_function native_read_terminal;
read_function native_read_user;

/* native_files.c */
read_function native_read_mounts;
read_function native_read_rootfs;
read_function native_read_secrets;
read_function native_read_tmpfs;

/* native_limits.c */
read_function native_read_limits;

/* native_relax.c */
read_function native_read_relax;

/* native_overrides.c */
struct import_overrides;

/* Lay the command line over the rest. Errors: ERROR_USAGE at the option. */
MUST_CHECK int native_apply_overrides(struct spec_builder *builder,
                                      const struct import_overrides *overrides, struct error *err);

#endif
