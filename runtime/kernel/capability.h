/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Capability names and sets. Knows nothing of specs or stages. libcap-ng lives here only.
 * Source: capabilities(7); <linux/capability.h>.
 */
#ifndef HARDRUN_KERNEL_CAPABILITY_H
#define HARDRUN_KERNEL_CAPABILITY_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"

/* A set of capabilities: bit n stands for capability number n. */
typedef uint64_t capability_set;

/*
 * Add the capability called @name ("CAP_NET_ADMIN", as capabilities(7) spells it) to @set.
 * Errors: ERROR_SPEC for a name that this build does not know; @set is unchanged. The OCI
 * front end turns that into a warning (runtime-spec config.md, process.capabilities); the
 * native one does not.
 */
MUST_CHECK int capability_add(capability_set *set, const char *name, struct error *err);

/* The name of capability @number, "CAP_CHOWN" for 0; NULL when this build knows none. */
const char *capability_name(unsigned int number);

/* CAP_SYS_ADMIN, without which a filter needs no_new_privs. Source: seccomp(2). */
#define CAPABILITY_TO_FILTER (UINT64_C(1) << 21)

/* The five sets of a process. Source: capabilities(7), "Thread capability sets". */
struct capability_sets {
	capability_set bounding;
	capability_set effective;
	capability_set inheritable;
	capability_set permitted;
	capability_set ambient;
};

/* What of @set the running kernel knows. Source: prctl(2), PR_CAPBSET_READ. */
capability_set capability_known(capability_set set);

/* What of @set the calling process has permitted and in its bounding set, and so can hand on. */
capability_set capability_available(capability_set set);

/*
 * Lock the securebits so that user id 0 gains nothing by execve(2) and that changing ids
 * neither takes nor gives capabilities; and keep only @keep in the bounding set.
 * Before: the ids are changed; needs CAP_SETPCAP.
 * Source: capabilities(7), "The securebits flags".
 */
MUST_CHECK int capability_lock(capability_set keep, struct error *err);

/*
 * Make @keep all that is left: permitted, effective, inheritable and ambient alike, so that a
 * program of any user has it and a file with inheritable capabilities adds nothing.
 * After: capability_lock(). Source: CVE-2022-29162 (inheritable must equal ambient).
 */
MUST_CHECK int capability_keep(capability_set keep, struct error *err);

/*
 * Keep only @bounding in the bounding set, and let the permitted set outlast a change of ids. User
 * id 0 keeps what execve(2) gives it. Before: the ids are changed; needs CAP_SETPCAP.
 * Source: capabilities(7), "Effect of user ID changes on capabilities"; prctl(2) PR_SET_KEEPCAPS.
 */
MUST_CHECK int capability_bound(capability_set bounding, struct error *err);

/*
 * Make the calling process have @sets, but for the bounding one. What is effective must be
 * permitted, what is ambient permitted and inheritable. After: capability_bound().
 */
MUST_CHECK int capability_assume(const struct capability_sets *sets, struct error *err);

/* The last part of that alone: give up what is not effective, permitted and inheritable in @sets.
 */
MUST_CHECK int capability_reduce(const struct capability_sets *sets, struct error *err);

#endif
