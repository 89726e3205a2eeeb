/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a function in a child and kills the child at a chosen place. For tests of what is left. */
#ifndef HARDRUN_TESTS_KILLING_H
#define HARDRUN_TESTS_KILLING_H

#include <stdbool.h>

enum killing_grain {
	KILLING_INSTRUCTIONS, /* stop after every machine instruction */
	KILLING_SYSTEM_CALLS, /* stop before and after every system call */
};

struct killing {
	enum killing_grain grain;
	void (*prepare)(void *context); /* before the first stop; NULL: nothing */
	void (*work)(void *context);
	void *context;
};

/*
 * Fork, call the functions in the child, and kill the child with SIGKILL at its stop number
 * @stop. False when it ended before that. The child is gone and reaped on return.
 */
bool killing_at(const struct killing *killing, unsigned long stop);

/* How many stops the work has. */
unsigned long killing_count(const struct killing *killing);

#endif
