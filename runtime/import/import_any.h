/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any text that asks for containers, or tells of an image, whatever language it is in: one spec
 * for each container, service, object or Dockerfile in it.
 */
#ifndef HARDRUN_IMPORT_IMPORT_ANY_H
#define HARDRUN_IMPORT_IMPORT_ANY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "import/position.h"
#include "spec/spec.h"
#include "spec/spec_dockerfile.h"
#include "spec/spec_engine.h"
#include "spec/spec_oci.h"
#include "spec/spec_scan.h"

#define IMPORT_ANY_SIZE_MAX ((size_t)8 * 1024 * 1024) /* of a text; bytes */

/* What variables of the text stand for: "NAME=value", the last one of a name counts. */
struct import_values {
	const char *const *settings;
	size_t count;
};

struct import_any_input {
	const char *text;   /* must live as long as the result; need not end in a NUL */
	size_t size;        /* bytes */
	const char *name;   /* of the file, for messages; "-" is stdin */
	const char *folder; /* absolute, of the file, for paths relative to it; NULL: none */
	enum spec_language language; /* SPEC_LANGUAGE_COUNT: recognised by the content */
	struct import_values values;
	/*
	 * Reads a file that the text extends or names, as file_read() does. NULL: none is read,
	 * and a text that cannot be understood without one is refused.
	 */
	int (*read_file)(const char *path, size_t limit, char **out, size_t *out_size,
	                 struct error *err);
	/* Told what is tolerated: unknown members, variables without value. NULL: nobody is. */
	void (*warn)(const struct error *warning);
};

struct import_result {
	enum spec_language language;
	const struct spec **specs; /* in the order of the text; sealed */
	size_t spec_count;
	const struct spec_scan *scan; /* SPEC_LANGUAGE_SCAN only; else NULL */
	struct positions *positions;
	struct arena *arena; /* of all of it */
};

/*
 * Recognise and read. A text of the native language or a config.json gives one spec, as
 * import_native() and import_oci() do, the name of which is the file's.
 * Errors: ERROR_SPEC at the origin or the line and column, with the file's name; *@out is
 * unchanged.
 * Owns: release with import_result_release().
 */
MUST_CHECK int import_any(const struct import_any_input *input, struct import_result *out,
                          struct error *err);

/*
 * As import_any() for the words of a command line: "docker", "run" and so on, or what follows
 * those. input->text, size and language do not count; columns are those of the words with one
 * space between them.
 * Errors: at the option.
 */
MUST_CHECK int import_command_line(const struct import_any_input *input, const char *const *words,
                                   size_t count, struct import_result *out, struct error *err);

void import_result_release(struct import_result *result);

#endif
