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

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "spec/relax.h"
#include "spec/spec.h"
#include "spec/spec_oci.h"

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
};

#define RULE_WHAT_SIZE 200 /* bytes */

struct rule_finding {
	const char *origin;        /* where the spec says it, or where it would be said */
	char what[RULE_WHAT_SIZE]; /* "the process is root" */
};

struct rule {
	const char *name; /* of an entry of "relax" where there is one: "host-pid" */
	const char *title;
	const char *why;
	const char *way_out; /* what to write instead in a config.json */
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

extern const struct rule rule_table[RULE_COUNT];

const char *rule_severity_name(enum rule_severity severity);

/* Find the weakness number @index, from 0, of @rule. False: there are no more. */
bool rule_find(const struct rule *rule, const struct rule_subject *subject, size_t index,
               struct rule_finding *out);

#endif
