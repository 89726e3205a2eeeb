/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * YAML texts as JSON values, so that every reader is a table of fields over those.
 *
 * A plain scalar is what YAML 1.2's core schema says it is, with the octal numbers of 1.1 (0644)
 * beside those of 1.2 (0o644) and underscores among digits, as the engines' parser has them; so
 * "yes" and "on" are texts, which language_read_bool() takes for what they mean. An anchor's value
 * is shared by its aliases. Members of "<<" are merged under the mapping's own.
 * Source: YAML 1.2.2, 10.3; yaml.org/type/merge.html; go-yaml v3.
 */
#ifndef HARDRUN_IMPORT_YAML_H
#define HARDRUN_IMPORT_YAML_H

#include <jansson.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "import/position.h"

#define YAML_SIZE_MAX ((size_t)8 * 1024 * 1024) /* of a text; bytes */
#define YAML_NODE_MAX                                                                            \
	((size_t)1000000) /* of a text, an alias counted as its value, a text of 64 bytes as one \
	                     more */
#define YAML_DEPTH_MAX ((size_t)100)

/*
 * Read all documents of @text but empty ones into the array *@out, and note in @positions where
 * things stand; @file as in struct position, and if it is not NULL the prefix of every origin:
 * "common.yml: /services". The numbers of containers are their addresses.
 * Errors: ERROR_SPEC at the line and column: what is no YAML or beyond the bounds above, a member
 * that is given twice, a tag that is not of the core schema, an alias without or within its anchor.
 * Owns: json_decref() releases *@out, which must live while @positions is added to.
 */
MUST_CHECK int yaml_parse(const char *text, size_t size, const char *file,
                          struct positions *positions, json_t **out, struct error *err);

#endif
