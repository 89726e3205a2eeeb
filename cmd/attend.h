/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Verbs that stay until the container's first process ends: run, and restore. */
#ifndef HARDRUN_CMD_ATTEND_H
#define HARDRUN_CMD_ATTEND_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/error.h"
#include "bundle.h"
#include "oci.h"
#include "sandbox/launch.h"

/*
 * Wait for the end of @process, the first one of the container that @command names, and delete
 * that unless @is_kept. Returns the exit status, or -1.
 */
MUST_CHECK int attend(struct oci_command *command, struct launch_process *process,
                      const struct launch_signals *signals, const struct bundle *bundle,
                      bool is_kept, struct error *err);

/* Delete the locked @container, whose end or failure is told already: another is a warning. */
void attend_delete(struct container *container, const struct bundle *bundle);

#endif
