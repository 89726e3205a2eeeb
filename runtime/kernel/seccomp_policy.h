/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a seccomp profile says, without the language it was said in. Types only: a spec carries
 * a policy, and the default one is a constant that the build makes from
 * profiles/seccomp/default.json. It is flat, so that its bytes can be hashed and that a
 * constant one needs no relocation.
 */
#ifndef HARDRUN_KERNEL_SECCOMP_POLICY_H
#define HARDRUN_KERNEL_SECCOMP_POLICY_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/capability.h"

#define SECCOMP_NAME_SIZE       32 /* bytes of a system call's name, NUL included */
#define SECCOMP_CONDITION_COUNT 6  /* a system call has that many arguments */

enum seccomp_comparison {
	SECCOMP_NOT_EQUAL,
	SECCOMP_LESS,
	SECCOMP_LESS_OR_EQUAL,
	SECCOMP_EQUAL,
	SECCOMP_GREATER_OR_EQUAL,
	SECCOMP_GREATER,
	SECCOMP_MASKED_EQUAL,
	SECCOMP_COMPARISON_COUNT,
};

/* Compares all 64 bits of an argument, but for SECCOMP_MASKED_EQUAL. */
struct seccomp_condition {
	uint32_t index;      /* of the argument, from 0 */
	uint32_t comparison; /* enum seccomp_comparison */
	uint64_t value;
	uint64_t mask; /* SECCOMP_MASKED_EQUAL only: (argument & mask) == value */
};

/* An action for every call of the names that meets all conditions. */
struct seccomp_rule {
	uint32_t action; /* SECCOMP_RET_*, the errno value in its low 16 bits */
	uint32_t first_name;
	uint32_t name_count;
	uint32_t first_condition;
	uint32_t condition_count;
	uint32_t min_kernel;      /* major << 16 | minor: not for older kernels */
	capability_set needed;    /* only for containers with all of these */
	capability_set forbidden; /* only for containers with none of these */
};

struct seccomp_policy {
	uint32_t default_action; /* for calls that no rule speaks of; a denial unless is_oci */
	bool admits_compat; /* calls of the processor's 32-bit architecture, by the same rules */
	uint32_t name_count;
	uint32_t condition_count;
	uint32_t rule_count;
	const char (*names)[SECCOMP_NAME_SIZE];
	const struct seccomp_condition *conditions;
	const struct seccomp_rule *rules;
	bool is_oci; /* of a config.json; see seccomp_policy_compile() */
};

/* What is known of the text of a policy. */
struct seccomp_known {
	struct sock_fprog filter;
	unsigned int flags; /* SECCOMP_FILTER_FLAG_* that it asks for */
	bool may_mount;     /* a call that mounts could pass the filter, on some condition */
};

#define SECCOMP_KNOWN_NONE ((struct seccomp_known){ .filter = { .filter = NULL } })

#endif
