/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/scheduling.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NUMBER_MAX 4095 /* of a processor or a node; NR_CPUS of distributions goes to 8192 */
#define WORD_BITS  (sizeof(unsigned long) * CHAR_BIT)

#define IO_WHO_PROCESS 1 /* IOPRIO_WHO_PROCESS, <linux/ioprio.h> */
#define IO_CLASS_SHIFT 13

#define POLICY_DEADLINE    6 /* SCHED_DEADLINE, <linux/sched.h>, as the next one */
#define FLAG_RESET_ON_FORK 1 /* SCHED_FLAG_RESET_ON_FORK */

/* As <linux/sched/types.h> has it; glibc before 2.41 does not. */
struct attributes {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime;
	uint64_t deadline;
	uint64_t period;
};

/* A set of processors or nodes, as the kernel takes it. */
struct number_set {
	unsigned long words[(NUMBER_MAX + 1) / WORD_BITS];
};

bool scheduling_is_asked(const struct scheduling *scheduling)
{
	return scheduling->has_policy || scheduling->has_io_priority ||
	       scheduling->has_personality || scheduling->has_memory_policy ||
	       scheduling->cpus != NULL;
}

static bool read_number(const char **text, unsigned long *out)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	*out = strtoul(*text, &end, 10);
	*text = end;
	return *out <= NUMBER_MAX;
}

/* Source: cpuset(7), "List format". */
static bool read_set(const char *text, struct number_set *out)
{
	*out = (struct number_set){ .words = { 0 } };
	for (;;) {
		unsigned long first;
		unsigned long last;

		if (!read_number(&text, &first))
			return false;
		last = first;
		if (*text == '-') {
			text++;
			if (!read_number(&text, &last))
				return false;
		}
		for (unsigned long number = first; number <= last; number++)
			out->words[number / WORD_BITS] |= 1UL << (number % WORD_BITS);
		if (*text == '\0')
			return first <= last;
		if (first > last || *text++ != ',')
			return false;
	}
}

int scheduling_set_cpus(const char *cpus, struct error *err)
{
	struct number_set set;

	if (!read_set(cpus, &set))
		return error_set(err, ERROR_SPEC, "\"%s\" is no list of processors", cpus);
	if (syscall(SYS_sched_setaffinity, 0, sizeof(set.words), set.words) < 0)
		return error_set_errno(err, "cannot run on the processors %s", cpus);
	return 0;
}

static int set_policy(pid_t pid, const struct scheduling *scheduling, struct error *err)
{
	const struct attributes attributes = {
		.size = sizeof(attributes),
		.policy = scheduling->policy,
		.flags = scheduling->flags,
		.nice = scheduling->nice,
		.priority = scheduling->priority,
		.runtime = scheduling->runtime,
		.deadline = scheduling->deadline,
		.period = scheduling->period,
	};

	if (syscall(SYS_sched_setattr, pid, &attributes, 0) < 0)
		return error_set_errno(err, "cannot set the scheduling policy");
	return 0;
}

static int set_io_priority(const struct scheduling *scheduling, struct error *err)
{
	const int value = scheduling->io_class << IO_CLASS_SHIFT | scheduling->io_level;

	if (syscall(SYS_ioprio_set, IO_WHO_PROCESS, 0, value) < 0)
		return error_set_errno(err, "cannot set the priority of input and output");
	return 0;
}

static int set_personality(const struct scheduling *scheduling, struct error *err)
{
	if (personality(scheduling->personality) < 0)
		return error_set_errno(err, "cannot set the personality");
	return 0;
}

static int set_memory_policy(const struct scheduling *scheduling, struct error *err)
{
	const char *nodes = scheduling->memory_nodes;
	struct number_set set = { .words = { 0 } };

	if (nodes != NULL && nodes[0] != '\0' && !read_set(nodes, &set))
		return error_set(err, ERROR_SPEC, "\"%s\" is no list of memory nodes", nodes);
	if (syscall(SYS_set_mempolicy, scheduling->memory_mode, set.words, NUMBER_MAX + 1) == 0)
		return 0;
	if (errno == ENOSYS)
		return error_set(err, ERROR_HOST, "this kernel has no memory policies");
	return error_set_errno(err, "cannot set the memory policy");
}

bool scheduling_is_inherited(const struct scheduling *scheduling)
{
	return !scheduling->has_policy || (scheduling->policy != POLICY_DEADLINE &&
	                                   (scheduling->flags & FLAG_RESET_ON_FORK) == 0);
}

int scheduling_set_policy_of(pid_t pid, const struct scheduling *scheduling, struct error *err)
{
	if (set_policy(pid, scheduling, err) < 0)
		return error_at(err, "%s", scheduling->policy_origin);
	return 0;
}

int scheduling_apply(const struct scheduling *scheduling, struct error *err)
{
	if (scheduling->has_policy && scheduling_set_policy_of(0, scheduling, err) < 0)
		return -1;
	return scheduling_apply_rest(scheduling, err);
}

int scheduling_apply_rest(const struct scheduling *scheduling, struct error *err)
{
	if (scheduling->has_io_priority && set_io_priority(scheduling, err) < 0)
		return error_at(err, "%s", scheduling->io_origin);
	if (scheduling->has_personality && set_personality(scheduling, err) < 0)
		return error_at(err, "%s", scheduling->personality_origin);
	if (scheduling->has_memory_policy && set_memory_policy(scheduling, err) < 0)
		return error_at(err, "%s", scheduling->memory_origin);
	if (scheduling->cpus != NULL && scheduling_set_cpus(scheduling->cpus, err) < 0)
		return error_at(err, "%s", scheduling->cpus_origin);
	return 0;
}
