/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers as people write them, read strictly: decimal digits, no sign, no leading zero, no
 * blank, no overflow. What is not a number is refused, never taken for 0 (CVE-2026-30892).
 */
#ifndef HARDRUN_BASE_NUMBER_H
#define HARDRUN_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

/* Each returns false and leaves *@out alone when @text is not such a number or does not fit. */

MUST_CHECK bool number_parse(const char *text, uint64_t max, uint64_t *out);

/* Bytes: "512MiB", "64KiB", "1GiB", "2TiB", or a plain number. At most INT64_MAX. */
MUST_CHECK bool number_parse_size(const char *text, uint64_t *out);

/* Milliseconds: "500ms", "30s", "5m", "1h". At most INT64_MAX. */
MUST_CHECK bool number_parse_duration(const char *text, uint64_t *out);

/* Thousandths of hundredths: "1.5" is 150000. At most five digits after the point. */
MUST_CHECK bool number_parse_decimal(const char *text, uint64_t *out);

#endif
