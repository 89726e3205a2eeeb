/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One container from beginning to end: swept ground, slot, name, plan, cgroup, profile, launch
 * with its state, figures, and everything undone again. Whatever fails, nothing of it stays.
 */
#ifndef HARDRUN_LIFECYCLE_RUN_H
#define HARDRUN_LIFECYCLE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/sha256.h"
#include "kernel/cgroup.h"
#include "lifecycle/denials.h"
#include "lifecycle/registry.h"
#include "plan/plan.h"
#include "sandbox/launch.h"
#include "spec/spec.h"

struct run_request {
	const struct spec *spec;
	const char *root; /* the state root; NULL: the default */
	/* The spec's name must be free; else the slot's number is added to it when it is not. */
	bool is_name_explicit;
	bool wants_figures; /* for --result: resources used, denials logged */
};

/* What the run did, as far as it came; initialise with { 0 }. */
struct run_report {
	char name[REGISTRY_NAME_SIZE]; /* of the container; "": it did not come so far */
	char digest[SHA256_TEXT_SIZE]; /* of the canonical spec; "": it did not come so far */
	struct plan *plan;             /* NULL: it did not come so far */
	bool has_outcome;              /* the program ran; the rest is set if wanted */
	struct launch_outcome outcome;
	struct cgroup_usage usage; /* of a container without a cgroup all CGROUP_UNKNOWN */
	struct denials denials;
};

/* The first of the host's ids that a launch by root has, of as many, in @slot of the state root. */
uint32_t run_outer_base(unsigned int slot);
#define RUN_OUTER_COUNT UINT32_C(65536)

/* Release what @report holds. */
void run_report_clear(struct run_report *report);

#define AUTO_RUN_REPORT CLEANUP(run_report_clear)

/*
 * Run the container and wait for its end. The calling process must be single-threaded.
 * Errors: those of every step; ERROR_STATE for an explicit name that runs already.
 * Owns: release @report with run_report_clear(), also after a failure.
 */
MUST_CHECK int run(const struct run_request *request, struct run_report *report, struct error *err);

#endif
