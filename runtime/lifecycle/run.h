/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One container from beginning to end: swept ground, slot, name, plan, state, cgroup, launch,
 * figures, and everything undone again. Whatever fails, nothing of it stays.
 */
#ifndef HARDRUN_LIFECYCLE_RUN_H
#define HARDRUN_LIFECYCLE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "plan/plan.h"
#include "sandbox/launch.h"
#include "spec/spec.h"

struct run_request {
	const struct spec *spec;
	const char *root;      /* the state root; NULL: the default */
	bool is_name_explicit; /* the spec's name must be free; else a number is added to it */
	bool wants_denials;    /* count what the kernel log says was denied */
};

/* A figure, or that it could not be measured. */
struct run_figure {
	uint64_t value;
	bool is_known;
};

/* What the run did; filled as far as it came, also when it failed. */
struct run_report {
	struct plan *plan; /* NULL: it did not come so far */
	bool has_outcome;
	struct launch_outcome outcome;
	struct run_figure memory_peak;    /* bytes */
	struct run_figure pids_peak;      /* processes and threads */
	struct run_figure oom_kills;      /* processes */
	struct run_figure pids_max_hits;  /* refused forks */
	struct run_figure throttled_usec; /* microseconds */
	struct run_figure seccomp_denials;
	struct run_figure apparmor_denials;
	const char *denials_reason; /* why they are not known; NULL: they are, or were not asked */
};

/* Releases what @report holds. */
void run_report_clear(struct run_report *report);

#define AUTO_RUN_REPORT CLEANUP(run_report_clear)

/*
 * Run the container and wait for its end. The calling process must be single-threaded.
 * Errors: those of every step; ERROR_STATE for an explicit name that runs already.
 * Owns: release @report with run_report_clear(), also after a failure.
 */
MUST_CHECK int run(const struct run_request *request, struct run_report *report, struct error *err);

#endif
