/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "roman.h"

int main(int argc, char **argv)
{
	char numeral[ROMAN_SIZE];
	const long number = argc == 2 ? strtol(argv[1], NULL, 10) : 0;

	if (number < 1 || number > ROMAN_MAX) {
		(void)fprintf(stderr, "usage: roman NUMBER (1 to %d)\n", ROMAN_MAX);
		return EXIT_FAILURE;
	}
	roman_write(numeral, (unsigned int)number);
	puts(numeral);
	return EXIT_SUCCESS;
}
