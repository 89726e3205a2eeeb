/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The process between launcher and init where namespaces are joined: one of PID or time takes
 * effect in children only, and what must be done before lasts no longer than it. The init that it
 * clones is the launcher's child.
 */
#ifndef HARDRUN_SANDBOX_INTERMEDIATE_H
#define HARDRUN_SANDBOX_INTERMEDIATE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>

#include "base/compiler.h"
#include "base/error.h"
#include "plan/plan.h"
#include "sandbox/stages.h"

/* Does @plan need one? */
bool intermediate_is_needed(const struct plan *plan);

/*
 * Be the intermediate, in a process that was just cloned: run its stages, clone the init into the
 * namespaces of @flags, tell the launcher, end. Returns in the init, which must not speak before
 * the launcher's DONE.
 */
void intermediate_run(const struct plan *plan, struct sandbox *sandbox, uint64_t flags);

#endif
