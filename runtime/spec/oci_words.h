/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The words of config.json and what the kernel calls them, for who reads one and who writes one.
 * Every table is in the order of the alphabet.
 * Source: runtime-spec 1.3.0, config.md and config-linux.md.
 */
#ifndef HARDRUN_SPEC_OCI_WORDS_H
#define HARDRUN_SPEC_OCI_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* It holds no pointer, so that the start of every command relocates none. */
struct oci_word {
	char name[40];
	uint64_t value;
};

struct oci_words {
	const char *what; /* "a namespace's type" */
	const struct oci_word *items;
	size_t count;
};

extern const struct oci_words oci_device_rule_types;
extern const struct oci_words oci_device_types; /* enum spec_oci_device_type */
extern const struct oci_words oci_hook_points;  /* enum spec_oci_hook_point */
extern const struct oci_words oci_io_classes;
extern const struct oci_words oci_memory_policy_flags;
extern const struct oci_words oci_memory_policy_modes;
extern const struct oci_words oci_namespaces;
extern const struct oci_words oci_personalities;
extern const struct oci_words oci_rlimits;
extern const struct oci_words oci_scheduler_flags;
extern const struct oci_words oci_scheduler_policies;
extern const struct oci_words oci_seccomp_actions;
extern const struct oci_words oci_seccomp_architectures;
extern const struct oci_words oci_seccomp_flags;
extern const struct oci_words oci_seccomp_operators; /* enum seccomp_comparison */

/* The first name, not empty, of @value; NULL: none of @words means it. */
const char *oci_word_name(const struct oci_words *words, uint64_t value);

/* Does the action, SECCOMP_RET_*, come with an error number? */
bool oci_seccomp_action_has_errno(uint32_t action);

#endif
