/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Turns a plan into a running, confined process: the launcher's half.
 *
 *   launcher  the caller: clones the init into its namespaces and cgroup, maps its ids,
 *             answers its requests, forwards signals, waits
 *   init      PID 1 of the container: runs the stages, becomes the program's reaper
 *   program   what the user asked for; a child of the init
 */
#ifndef HARDRUN_SANDBOX_LAUNCH_H
#define HARDRUN_SANDBOX_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "plan/plan.h"

struct launch_request {
	int cgroup_fd; /* the container's cgroup directory, to be cloned into; -1: none */

	/*
	 * Called while the init builds its root: for what need not be done before and can be done
	 * beside it. A failure of it ends the launch.
	 */
	int (*on_cloned)(void *context, pid_t init, struct error *err);

	/*
	 * Called when the container is confined and nothing of the program has run: for what must
	 * not bind the init while it builds. A failure of it ends the launch. NULL: the program
	 * need not wait for anything then.
	 */
	int (*on_ready)(void *context, struct error *err);
	void *context;
};

struct launch_outcome {
	int status;              /* wait status of the program; see wait(2) */
	bool has_timed_out;      /* the plan's time limit ended it */
	uint64_t wall_usec;      /* from the program's start to its end; microseconds */
	struct rusage resources; /* of the init and all that it reaped */
};

/*
 * Run @plan to its end: confine, execute, forward signals, wait. Blocks. The calling process
 * must be single-threaded. Every process that was started has ended when this returns.
 * Errors: whatever a stage reports, with its name; then the program has not run, except for
 * ERROR_HOST from the stage "apparmor", when the label read back after the exec was not the
 * planned one and the program was killed.
 */
MUST_CHECK int launch(const struct plan *plan, const struct launch_request *request,
                      struct launch_outcome *out, struct error *err);

#endif
