/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Roman numerals. */
#ifndef ROMAN_H
#define ROMAN_H

#define ROMAN_MAX  3999
#define ROMAN_SIZE 16 /* of the longest numeral, MMMDCCCLXXXVIII; bytes, with its NUL */

/* Write @number, which is 1 to ROMAN_MAX, to @out. */
void roman_write(char out[ROMAN_SIZE], unsigned int number);

#endif
