/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of the host may be mounted into a container. A source is opened once, without
 * following any link, and judged by what was opened; spec_check() has judged the name.
 */
#ifndef HARDRUN_PLAN_PLAN_SOURCES_H
#define HARDRUN_PLAN_PLAN_SOURCES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "plan/plan_steps.h"

struct plan_source {
	const char *path; /* clean, absolute */
	const char *origin;
	bool may_be_sensitive; /* relax: sensitive-mount */
};

/* What was found there. */
struct plan_source_facts {
	dev_t device;
	ino_t inode;
	uint64_t size; /* bytes */
	bool is_directory;
	bool is_regular;
};

/*
 * Judge @source.
 * Errors: ERROR_SPEC for a path through a symbolic link, a device node, a sensitive place;
 * ERROR_HOST when nothing is there; ERROR_DENIED when the caller may not read it.
 */
MUST_CHECK int plan_source_check(struct planner *planner, const struct plan_source *source,
                                 struct plan_source_facts *out, struct error *err);

#endif
