/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text that others wrote, shown: nothing in it acts on a terminal, ends an element or quotes, or
 * turns the direction of reading. What cannot be shown stands as "\u001b"; bytes that are no UTF-8
 * are U+FFFD. Source: RFC 3629; Unicode Standard Annex 9, 2.1 to 2.5; XML 1.0, 2.2.
 */
#ifndef HARDRUN_INSPECT_SHOW_H
#define HARDRUN_INSPECT_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The character at **@text, which is moved behind it; U+FFFD for what is none. 0 at the end. */
uint32_t show_next(const char **text);

#define SHOW_REPLACEMENT UINT32_C(0xfffd)

/*
 * Controls, separators of lines, what turns the direction of reading or is not seen, and what is no
 * character.
 */
bool show_is_dangerous(uint32_t value);

/* On a terminal. */
void show_plain(FILE *out, const char *text);

/* In XML and HTML, within elements and within quotes. */
void show_markup(FILE *out, const char *text);

/* The columns that show_plain() takes for @text, a character being one. */
size_t show_width(const char *text);

#endif
