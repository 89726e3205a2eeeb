/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "roman.h"

static const struct {
	unsigned int number;
	const char *numeral;
} cases[] = {
	{ 1, "I" },   { 4, "IV" },           { 9, "IX" },        { 14, "XIV" },
	{ 90, "XC" }, { 1984, "MCMLXXXIV" }, { 2024, "MMXXIV" }, { 3888, "MMMDCCCLXXXVIII" },
};

int main(void)
{
	const size_t count = sizeof(cases) / sizeof(cases[0]);

	for (size_t i = 0; i < count; i++) {
		char numeral[ROMAN_SIZE];

		roman_write(numeral, cases[i].number);
		if (strcmp(numeral, cases[i].numeral) == 0)
			continue;
		(void)fprintf(stderr, "%u gives %s\n", cases[i].number, numeral);
		return 1;
	}
	printf("%zu cases pass\n", count);
	return 0;
}
