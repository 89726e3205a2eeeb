/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes filters for the kernel's classic BPF machine. libseccomp writes them too, but the
 * kernel needs several times as long to load its output, which is part of every launch
 * (profiles/seccomp/README.md has the figures); and of rules that overlap it decides by an
 * order of its own. Here the call numbers become a binary tree of ranges, and the first rule
 * that matches decides.
 * Source: kernel Documentation/userspace-api/seccomp_filter.rst and networking/filter.rst.
 */
#ifndef HARDRUN_KERNEL_SECCOMP_EMIT_H
#define HARDRUN_KERNEL_SECCOMP_EMIT_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/seccomp_policy.h"

/* Instructions, at most BPF_MAXINSNS. What does not fit is dropped and remembered. */
struct seccomp_code {
	struct sock_filter *instructions;
	size_t count;
	bool is_overfull;
};

/* What becomes of the call numbers from @first to the next range. */
struct seccomp_range {
	uint32_t first;
	uint32_t action;       /* when no rule matches */
	const uint32_t *rules; /* indexes in the policy, in their order */
	size_t rule_count;     /* 0: the action is all there is */
};

/* All call numbers of one architecture: at least one range, the first one from 0, ascending. */
struct seccomp_table {
	uint32_t arch; /* AUDIT_ARCH_* */
	const struct seccomp_range *ranges;
	size_t range_count;
};

/* Write the filter for the @count architectures of @tables; others get @foreign_action. */
void seccomp_emit(struct seccomp_code *code, const struct seccomp_policy *policy,
                  const struct seccomp_table *tables, size_t count, uint32_t foreign_action);

#endif
