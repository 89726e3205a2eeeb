/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What was weakened and why. A native spec can be weakened by these entries and by nothing
 * else; each must carry a reason that a reviewer can judge.
 */
#ifndef HARDRUN_SPEC_RELAX_H
#define HARDRUN_SPEC_RELAX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"

/* In the order in which `hardrun check` prints them. */
enum relax_entry {
	RELAX_ROOT_USER,
	RELAX_CAPABILITIES,
	RELAX_WRITE,
	RELAX_WRITABLE_ROOT,
	RELAX_EXEC_PATHS,
	RELAX_DEVICES,
	RELAX_SYSCALLS,
	RELAX_SECCOMP_OFF,
	RELAX_APPARMOR_OFF,
	RELAX_APPARMOR_IF_AVAILABLE,
	RELAX_LANDLOCK_OFF,
	RELAX_NEW_PRIVILEGES,
	RELAX_USER_NAMESPACE_OFF,
	RELAX_HOST_PID,
	RELAX_HOST_IPC,
	RELAX_HOST_UTS,
	RELAX_HOST_NETWORK,
	RELAX_NESTED_USER_NAMESPACES,
	RELAX_UNMASKED_PATHS,
	RELAX_SYSCTL,
	RELAX_NO_LIMITS,
	RELAX_SECRETS_IN_ENV,
	RELAX_SENSITIVE_MOUNT,
	RELAX_COUNT,
};

struct relaxation {
	const char *reason; /* NULL: not relaxed */
	const char *origin; /* "/relax/host-pid" */
};

/* The name as the spec spells it: "host-pid". */
const char *relax_name(enum relax_entry entry);

/* The control that the entry lifts, for people: "own PID namespace". */
const char *relax_control(enum relax_entry entry);

/* The entry called @name, or RELAX_COUNT. */
enum relax_entry relax_find(const char *name);

/*
 * Judge a reason: a sentence of at least two words, not a placeholder ("TODO", "because", "x").
 * Errors: ERROR_SPEC.
 */
MUST_CHECK int relax_check_reason(const char *reason, struct error *err);

#endif
