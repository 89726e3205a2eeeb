/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a row comes to its verdict. For verify*.c only. */
#ifndef HARDRUN_INSPECT_VERIFY_ROW_H
#define HARDRUN_INSPECT_VERIFY_ROW_H

#include "base/compiler.h"
#include "inspect/verify.h"

/* Say what is wanted. */
void row_want(struct verify_row *row, const char *format, ...) PRINTF_LIKE(2, 3);

/* Say what was found that is as it should be; the first time counts. */
void row_find(struct verify_row *row, const char *format, ...) PRINTF_LIKE(2, 3);

/* Say what was found that is not; the first one is told, and how many more there are. */
void row_offend(struct verify_row *row, const char *format, ...) PRINTF_LIKE(2, 3);

/* Say what could not be seen; the first one is told. */
void row_miss(struct verify_row *row, const char *format, ...) PRINTF_LIKE(2, 3);

/* Take the row out: there is nothing to be judged. */
void row_drop(struct verify_row *row);

/* The verdict from what has been said. */
void row_close(struct verify_row *row);

#define ROW_NAME_SIZE 112

/*
 * Copy @text, which somebody in the container may have chosen, so that it can be told: what is no
 * printable ASCII becomes \xNN, what is too long is cut off. Returns @out.
 */
const char *row_escape(const char *text, char out[ROW_NAME_SIZE]);

#endif
