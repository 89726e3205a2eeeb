/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Undoing what a container leaves: when it ends, and for one whose supervisor was killed, by
 * the next command on the same state root. Both take the same way, from the slot's record.
 */
#ifndef HARDRUN_LIFECYCLE_SWEEP_H
#define HARDRUN_LIFECYCLE_SWEEP_H

#include "base/compiler.h"
#include "base/error.h"
#include "lifecycle/registry.h"

/*
 * Undo what the record of the owned @slot says and give the slot up: the cgroup with all that
 * runs in it, the state directory, the name. When something cannot be undone, the slot stays
 * dead, for the next command.
 */
MUST_CHECK int sweep_slot(struct registry *registry, unsigned int slot, struct error *err);

/* Undo every dead slot. What cannot be undone is logged as a warning and left. */
void sweep(struct registry *registry);

#endif
