/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan in words, in the order in which its stages will run: for people, and as JSON.
 * The names and the order of the stages come from the one table of stages, through the caller.
 */
#ifndef HARDRUN_INSPECT_EXPLAIN_H
#define HARDRUN_INSPECT_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "plan/plan.h"
#include "plan/plan_make.h"

struct explanation {
	const struct plan *plan;
	const char *const *stages; /* names of those that this plan wants, in order */
	size_t stage_count;
	const struct plan_lacks *lacks; /* NULL: none */
	bool has_colour;                /* text only */
};

/* Write for a person. */
void explain_text(const struct explanation *explanation, FILE *out);

/* Write one JSON object, followed by a newline. */
void explain_json(const struct explanation *explanation, FILE *out);

#endif
