/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel log says was denied to a container. Its records are told apart by the
 * container's own range of outer ids, so only a container that has one can be counted; the
 * kernel limits the rate of its log, so the counts are "at least".
 * Source: kernel Documentation/ABI/testing/dev-kmsg; <linux/audit.h>, AUDIT_SECCOMP 1326,
 * AUDIT_AVC 1400.
 */
#ifndef HARDRUN_LIFECYCLE_DENIALS_H
#define HARDRUN_LIFECYCLE_DENIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/plan.h"

struct denials {
	const char *reason; /* why nothing can be counted; NULL: it can */
	uint64_t seccomp;
	uint64_t apparmor;
};

/*
 * Returns a descriptor of the kernel log, at its present end; -1 when it cannot be read, and
 * then @out says why.
 */
int denials_start(struct denials *out);

/* Count what has been logged since for the container of @plan. */
void denials_finish(struct denials *denials, int log_fd, const struct plan *plan);

/* Count one record of the log. */
void denials_count_record(struct denials *denials, const struct plan *plan, const char *record);

#endif
