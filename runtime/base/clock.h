/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Points in time as people and machines write them. */
#ifndef HARDRUN_BASE_CLOCK_H
#define HARDRUN_BASE_CLOCK_H

#include <time.h>

#define CLOCK_TEXT_SIZE 80 /* bytes, of which "2026-01-31T23:59:59.123456Z" needs 28 */

/*
 * Write @time, of CLOCK_REALTIME, as RFC 3339 wants it, in UTC with microseconds. Asks for no
 * time zone, unlike gmtime(3), which would read /etc/localtime.
 * Source: RFC 3339, 5.6.
 */
void clock_text(struct timespec time, char text[CLOCK_TEXT_SIZE]);

#endif
