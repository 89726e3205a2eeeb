/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The launcher from the clone to the end: it answers the init, forwards signals, waits. */
#ifndef HARDRUN_SANDBOX_SUPERVISE_H
#define HARDRUN_SANDBOX_SUPERVISE_H

#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "sandbox/launch.h"
#include "sandbox/stages.h"

/* Who waits for a program that runs for longer than this becomes small; milliseconds. */
#define SUPERVISE_SHORT_RUN_MS 100

/* The init, while the launcher has it; all descriptors are the caller's. */
struct supervised {
	const struct plan *plan;
	const struct launch_request *request;
	const struct stage_list *stages; /* that the init runs */
	pid_t init;
	int pidfd;
	int sync_fd;
	int signal_fd; /* a signalfd(2) of the signals to be forwarded, which are blocked */
};

/*
 * Supervise the init until it is dead and reaped, whatever happens.
 * Errors: as launch().
 */
MUST_CHECK int supervise(const struct supervised *supervised, struct launch_outcome *out,
                         struct error *err);

/*
 * End an init that could not be prepared. If it had failed or died before, that is the cause, and
 * takes the place of @err.
 */
void supervise_abort(const struct supervised *supervised, struct error *err);

#endif
