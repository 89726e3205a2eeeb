/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers that jansson cannot hold. Its integers are signed: it refuses a text that has
 * 18446744073709551615 in it, which is how Go writes "no limit", wherever it stands. So such
 * numbers are taken out of the text before jansson reads it. In their place stand numbers with
 * a fraction, of which an OCI text has no use: "1.5" is the first one, "2.5" the second. What
 * was written with a fraction or an exponent becomes 0.5, and what 64 bits cannot hold 0.25.
 * Lines and columns stay what they were.
 */
#ifndef HARDRUN_IMPORT_BIG_NUMBER_H
#define HARDRUN_IMPORT_BIG_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"

/* What was taken out of one text or more. Initialise with { 0 }. */
struct big_numbers {
	uint64_t *values; /* above INT64_MAX */
	size_t count;
	size_t capacity;
};

#define AUTO_BIG_NUMBERS CLEANUP(big_numbers_release)

enum big_number_kind {
	BIG_NUMBER_VALUE,
	BIG_NUMBER_REAL,     /* written with a fraction or an exponent */
	BIG_NUMBER_TOO_LONG, /* for 64 bits */
};

/*
 * Take the numbers out of the @size bytes of @text, whether it is JSON or not. *@out is the text of
 * the same size without them; NULL: @text has none.
 * Owns: release *@out with free(), also when this fails.
 */
MUST_CHECK int big_numbers_take(struct big_numbers *numbers, const char *text, size_t size,
                                char **out, struct error *err);

/* What @number, read from such a text, stands for. @out is set for BIG_NUMBER_VALUE only. */
enum big_number_kind big_numbers_find(const struct big_numbers *numbers, double number,
                                      uint64_t *out);

void big_numbers_release(struct big_numbers *numbers);

#endif
