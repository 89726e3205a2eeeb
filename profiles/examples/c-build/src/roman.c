/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "roman.h"

#include <string.h>

static const struct {
	unsigned int value;
	const char *letters;
} parts[] = {
	{ 1000, "M" }, { 900, "CM" }, { 500, "D" }, { 400, "CD" }, { 100, "C" },
	{ 90, "XC" },  { 50, "L" },   { 40, "XL" }, { 10, "X" },   { 9, "IX" },
	{ 5, "V" },    { 4, "IV" },   { 1, "I" },
};

void roman_write(char out[ROMAN_SIZE], unsigned int number)
{
	out[0] = '\0';
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		for (; number >= parts[i].value; number -= parts[i].value)
			strcat(out, parts[i].letters);
	}
}
