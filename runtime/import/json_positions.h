/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where each value of a JSON text stands. */
#ifndef HARDRUN_IMPORT_JSON_POSITIONS_H
#define HARDRUN_IMPORT_JSON_POSITIONS_H

#include <stddef.h>

#include "import/position.h"

/*
 * Note every member and element of @text, which a parser has accepted; any other ends the scan
 * without harm where it goes wrong.
 * Errors: memory is out.
 */
MUST_CHECK int json_positions_scan(struct positions *positions, const char *text, size_t size,
                                   struct error *err);

#endif
