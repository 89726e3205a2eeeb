/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What each stage will do with a plan, as pairs of "what" and "how". One teller for one name
 * of a stage; the two renderings of explain.c print the same pairs.
 */
#ifndef HARDRUN_INSPECT_EXPLAIN_STAGES_H
#define HARDRUN_INSPECT_EXPLAIN_STAGES_H

#include <stddef.h>

#include "base/compiler.h"
#include "plan/plan.h"

/* Where a teller puts its pairs. */
struct audience {
	void (*hear)(void *context, const char *what, const char *how);
	void *context;
};

struct stage_teller {
	const char *stage;
	void (*tell)(const struct plan *plan, const struct audience *audience);
};

/* What the launcher does before the first stage, in order. */
extern const struct stage_teller launcher_tellers[];
extern const size_t launcher_teller_count;

/* Never NULL: an unknown stage has a teller that says so. */
const struct stage_teller *stage_teller_find(const char *stage);

#endif
