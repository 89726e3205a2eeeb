/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the kernel shares processors, disks and memory with the calling process; all of it is
 * inherited.
 */
#ifndef HARDRUN_KERNEL_SCHEDULING_H
#define HARDRUN_KERNEL_SCHEDULING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"

struct scheduling {
	bool has_policy;
	uint32_t policy; /* SCHED_*; with the next ones as struct sched_attr of sched_setattr(2) */
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime; /* nanoseconds, as the next two */
	uint64_t deadline;
	uint64_t period;
	const char *policy_origin;

	bool has_io_priority;
	int io_class; /* IOPRIO_CLASS_*; ioprio_set(2) */
	int io_level;
	const char *io_origin;

	bool has_personality;
	unsigned long personality; /* PER_*; personality(2) */
	const char *personality_origin;

	bool has_memory_policy;
	int memory_mode;          /* MPOL_*, MPOL_F_* included; set_mempolicy(2) */
	const char *memory_nodes; /* "0-3,7"; NULL: none */
	const char *memory_origin;

	const char *cpus; /* "0-3,7", sched_setaffinity(2); NULL: as they are */
	const char *cpus_origin;
};

/* Is anything of @scheduling asked for? */
bool scheduling_is_asked(const struct scheduling *scheduling);

/*
 * Set what is asked for.
 * Errors: ERROR_HOST for what this kernel does not have; the origin of what failed.
 */
MUST_CHECK int scheduling_apply(const struct scheduling *scheduling, struct error *err);

/* Does a process that is cloned inherit what is asked for? Source: sched(7). */
bool scheduling_is_inherited(const struct scheduling *scheduling);

/* As scheduling_apply(), but for the policy. */
MUST_CHECK int scheduling_apply_rest(const struct scheduling *scheduling, struct error *err);

/* Set the policy of the process @pid, which is another. Errors: as scheduling_apply(). */
MUST_CHECK int scheduling_set_policy_of(pid_t pid, const struct scheduling *scheduling,
                                        struct error *err);

/* Set the processors "0-3,7" that the calling process may run on. */
MUST_CHECK int scheduling_set_cpus(const char *cpus, struct error *err);

#endif
