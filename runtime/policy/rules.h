/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known of weaknesses: one table of rules, each of which finds its own in a spec,
 * whatever language that was written in. The host's policy decides what follows from a finding;
 * who only wants to tell of them reads the same table.
 */
#ifndef HARDRUN_POLICY_RULES_H
#define HARDRUN_POLICY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "spec/relax.h"
#include "spec/spec.h"
#include "spec/spec_engine.h"
#include "spec/spec_oci.h"
#include "spec/spec_scan.h"

/* In the order in which findings are told: the worst first. */
enum rule_id {
	RULE_PRIVILEGED,
	RULE_ENGINE_SOCKET,
	RULE_DANGEROUS_CAPABILITIES,
	RULE_SENSITIVE_MOUNT,
	RULE_HOST_MOUNT,
	RULE_HOST_PID,
	RULE_HOST_NETWORK,
	RULE_HOST_IPC,
	RULE_HOST_UTS,
	RULE_HOST_CGROUP,
	RULE_USER_NAMESPACE_OFF,
	RULE_ROOT_USER,
	RULE_CAPABILITIES,
	RULE_NEW_PRIVILEGES,
	RULE_SECCOMP_OFF,
	RULE_APPARMOR_OFF,
	RULE_APPARMOR_IF_AVAILABLE,
	RULE_LANDLOCK_OFF,
	RULE_UNMASKED_PATHS,
	RULE_DEVICES,
	RULE_WRITABLE_ROOT,
	RULE_WRITE,
	RULE_EXEC_PATHS,
	RULE_SYSCALLS,
	RULE_SYSCTL,
	RULE_NESTED_USER_NAMESPACES,
	RULE_NO_LIMITS,
	RULE_NO_MEMORY_LIMIT,
	RULE_NO_PIDS_LIMIT,
	RULE_NO_CPU_LIMIT,
	RULE_SECRETS_IN_ENV,

	/*
	 * The host's policy knows those before. These are about what engines and builds are asked
	 * beside the container itself, which no config.json says.
	 */
	RULE_POLICY_COUNT,
	RULE_IMAGE_NOT_PINNED = RULE_POLICY_COUNT,
	RULE_IMAGE_USER,
	RULE_PUBLISHED_ON_ALL,
	RULE_DEFAULT_BRIDGE,
	RULE_TMPFS_UNSIZED,
	RULE_SHARED_PROPAGATION,
	RULE_CAPABILITY_WITHOUT_EFFECT,
	RULE_NO_SWAP_LIMIT,
	RULE_SERVICE_ACCOUNT_TOKEN,
	RULE_CRITICAL_CVE,
	RULE_NOT_SCANNED,
	RULE_BASE_NOT_PINNED,
	RULE_BASE_NOT_MINIMAL,
	RULE_NO_USER,
	RULE_SECRET_IN_IMAGE,
	RULE_ADD_FROM_URL,
	RULE_ADD_NOT_COPY,
	RULE_PIPE_TO_SHELL,
	RULE_COPY_OWNED_BY_ROOT,
	RULE_SETUID_FILE,
	RULE_SUPPRESSION_EXPIRED,
	RULE_SUDO_IN_IMAGE,
	RULE_WRITABLE_BY_ALL,
	RULE_COUNT,
};

enum rule_severity {
	RULE_LOW,
	RULE_MEDIUM,
	RULE_HIGH,
	RULE_CRITICAL,
};

/* What is judged. */
struct rule_subject {
	const struct spec *spec;
	/*
	 * Writes where the host path @path leads to @out, of PATH_MAX bytes; false: it leads
	 * nowhere. NULL: paths are judged by their text alone.
	 */
	bool (*resolve)(const char *path, char *out);
	const struct spec_scan *const *scans; /* reports of scanners, of whatever images */
	size_t scan_count;
	bool wants_scans; /* every image is to have its report */
};

#define RULE_WHAT_SIZE 200 /* bytes */

struct rule_finding {
	const char *origin;        /* where the spec says it, or where it would be said */
	char what[RULE_WHAT_SIZE]; /* "the process is root" */
};

struct rule {
	const char *name; /* of an entry of "relax" where there is one: "host-pid" */
	const char *title;
	const char *why;          /* it matters; a sentence */
	char id[sizeof("HR001")]; /* never given to another rule, nor changed */
	uint8_t weight;           /* in the exposure, of all weights that apply */
	uint16_t languages;       /* in which the weakness can be asked for; RULE_IN() of each */
	enum rule_severity severity;
	enum relax_entry
		relaxation; /* what lifts the control in the native language; RELAX_COUNT */
	bool is_of_process; /* it holds for a process that joins a container, too */
	bool is_beyond_oci; /* a config.json cannot ask for the control, so a default is not meant
	                     */
	/*
	 * Find the weakness number @index in @subject. Without it, only relaxations are found.
	 */
	bool (*find)(const struct rule_subject *subject, size_t index, struct rule_finding *out);
	/* Could the weakness be seen in @subject at all? NULL: it could. */
	bool (*is_told)(const struct rule_subject *subject);
	/* Does @resources, as an update of a container's, lift the control? NULL: none does. */
	bool (*is_lifted)(const struct spec_oci_resources *resources, struct rule_finding *out);
	/* Why hardening could break the program; NULL: it cannot. */
	const char *(*refrain)(const struct spec *spec);
	/*
	 * Add the control to @spec and @oci, which are unsealed copies, with memory of @arena.
	 * NULL: it cannot be added.
	 */
	int (*harden)(struct spec *spec, struct spec_oci *oci, struct arena *arena,
	              struct error *err);
};

#define RULE_IN(language) (1U << (language))

extern const struct rule rule_table[RULE_COUNT];

/* The rule that is called @name, or has it as its id; NULL: none. */
const struct rule *rule_named(const char *name);

/* The language that @spec was written in. */
enum spec_language rule_language(const struct spec *spec);

/* Can the weakness be asked for in @language? */
bool rule_applies(const struct rule *rule, enum spec_language language);

const char *rule_severity_name(enum rule_severity severity);

/* Find the weakness number @index, from 0, of @rule. False: there are no more. */
bool rule_find(const struct rule *rule, const struct rule_subject *subject, size_t index,
               struct rule_finding *out);

#endif
