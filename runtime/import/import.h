/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The front ends: each turns one language into a spec. They know nothing of the host. */
#ifndef HARDRUN_IMPORT_IMPORT_H
#define HARDRUN_IMPORT_IMPORT_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "spec/spec.h"

#define IMPORT_SIZE_MAX ((size_t)1024 * 1024) /* of a text; bytes */

/* What the command line says over the text; NULL: not given. */
struct import_overrides {
	const char *const *args; /* after "--": appended to the text's */
	size_t arg_count;
	const char *name;    /* --name */
	const char *timeout; /* --timeout */
	const char *memory;  /* --memory */
	const char *swap;    /* --swap */
	const char *cpus;    /* --cpus */
	const char *pids;    /* --pids */
};

struct import_input {
	const char *text; /* need not end in a NUL */
	size_t size;      /* bytes */
	const char
		*name; /* of the file, for messages and the default container name; "-" is stdin */
	const char *folder;       /* absolute, of the file, for "./" paths; NULL: there is none */
	const char *default_name; /* of the container; NULL: made from @name */
	struct import_overrides overrides;
	/*
	 * Reads a file that the text names, as file_read() does. NULL: none is read, and a spec
	 * with a seccomp profile of its own can be checked and written but not planned.
	 */
	int (*read_file)(const char *path, size_t limit, char **out, size_t *out_size,
	                 struct error *err);
};

/*
 * hardrun's own language. Source: README.md, profiles/schema/hardrun.schema.json.
 * An override may lower a limit, not raise it, unless relax.no-limits lifts that limit.
 * Errors: ERROR_SPEC at the JSON pointer or line and column, with the file's name; ERROR_USAGE
 * at the option; *@out is unchanged.
 * Owns: arena_free((*out)->arena) releases all.
 */
MUST_CHECK int import_native(const struct import_input *input, struct spec **out,
                             struct error *err);

#endif
