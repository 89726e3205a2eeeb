/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the text of a YAML scalar means. */
#ifndef HARDRUN_IMPORT_YAML_SCALAR_H
#define HARDRUN_IMPORT_YAML_SCALAR_H

#include <jansson.h>
#include <stddef.h>

/*
 * The value of the plain scalar @text, a string when it is nothing else. NULL: it is not UTF-8, or
 * memory is out. What JSON cannot hold stays a string: ".inf", an integer of more than 63 bits.
 */
json_t *yaml_scalar_resolve(const char *text, size_t length);

#endif
