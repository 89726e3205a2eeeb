/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of what the new root holds, while it is being put together. For the plan floor only. */
#ifndef HARDRUN_PLAN_PLAN_NODES_H
#define HARDRUN_PLAN_PLAN_NODES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "plan/plan_steps.h"

struct plan_nodes {
	struct planner *planner;
	struct plan_node *items;
	size_t count;
	size_t capacity;
};

MUST_CHECK int plan_nodes_begin(struct plan_nodes *nodes, struct planner *planner,
                                struct error *err);

/* Append @node, whose parents are there. */
MUST_CHECK int plan_nodes_append(struct plan_nodes *nodes, const struct plan_node *node,
                                 struct error *err);

/*
 * Append @node after the directories that its target needs. In a tmpfs of ours they are
 * planned; in a bind the target must exist, for nothing is ever created on the host.
 * Errors: ERROR_SPEC for a target that cannot be mounted on.
 */
MUST_CHECK int plan_nodes_place(struct plan_nodes *nodes, const struct plan_node *node,
                                struct error *err);

#endif
