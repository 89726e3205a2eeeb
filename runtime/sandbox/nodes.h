/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nodes of a plan in a tree that is not hardrun's own: the root file system of a bundle, which may
 * be hostile. What a node needs there and is missing is made; what is in its way is respected.
 */
#ifndef HARDRUN_SANDBOX_NODES_H
#define HARDRUN_SANDBOX_NODES_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/error.h"
#include "plan/plan.h"
#include "sandbox/stages.h"

/* Does @node mount a file system of the @kind, or of the @type that a config.json names? */
bool node_is_of(const struct plan_node *node, enum plan_node_kind kind, const char *type);

/*
 * Open what @node binds, as a detached tree; nothing for a node that binds nothing.
 * Owns: the caller closes *@out_fd.
 */
MUST_CHECK int node_open_source(const struct plan_node *node, int *out_fd, struct error *err);

/*
 * Make @node, of one of the last four kinds. The first one becomes the container's root.
 * *@fd: its mount; given if it has been opened before, made here otherwise.
 */
MUST_CHECK int node_make_foreign(const struct plan_node *node, const struct plan *plan,
                                 struct sandbox *sandbox, int *fd, struct error *err);

#endif
