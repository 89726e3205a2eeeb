/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a policy to a filter. libseccomp lives here only: it knows the calls by name. It runs in
 * the launcher and in the build, never in the child.
 */
#ifndef HARDRUN_KERNEL_SECCOMP_COMPILE_H
#define HARDRUN_KERNEL_SECCOMP_COMPILE_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/sha256.h"
#include "kernel/seccomp_policy.h"

/* A policy, and for whom. */
struct seccomp_request {
	const struct seccomp_policy *policy;
	capability_set capabilities; /* of the container */
	uint32_t kernel;             /* that runs, major << 16 | minor */
	/* Names whose calls are allowed whatever the policy says of them. */
	const char *const *allowed;
	size_t allowed_count;
};

#define SECCOMP_COMPILER_SIZE 48 /* bytes */

/* What seccomp_policy_compile() is: the versions of hardrun and of libseccomp, and for what. */
void seccomp_compiler_name(char out[SECCOMP_COMPILER_SIZE]);

/* Is @name a system call of any architecture that this libseccomp knows? */
bool seccomp_name_is_known(const char *name);

/* Does @request let any call of the @name through, whatever its arguments must be? */
bool seccomp_policy_allows(const struct seccomp_request *request, const char *name);

/*
 * The digest of all that decides what seccomp_policy_compile() makes of @request: the request, the
 * versions of hardrun and of libseccomp, and the architecture.
 */
void seccomp_policy_digest(const struct seccomp_request *request, uint8_t digest[SHA256_SIZE]);

/*
 * Make the filter for this architecture and, if the policy admits it, its 32-bit one.
 *
 * Of several rules for a call the first that matches decides. A name that libseccomp does not
 * know is passed over: its calls get the default action, which is a denial. So does
 * socketcall(2), whose arguments no filter can see, unless the request allows it by name. A
 * call of any other architecture gets ENOSYS, and so, by its number, does one of x32.
 *
 * A policy of a config.json, which may be anything, becomes what runc makes of it by libseccomp:
 * a rule that says what the default says anyway is none; one without conditions wins over the
 * others of its call, wherever it stands; socketcall(2) is treated as named; and unless unknown
 * calls are let through, those whose numbers are above all that the policy names get ENOSYS.
 * Calls of x32 and of architectures that are not admitted get ENOSYS, not a signal.
 *
 * Errors: ERROR_SPEC when rules contradict each other or the filter is longer than the kernel
 * takes; ERROR_SYSTEM; *@out is unchanged.
 * Owns: release out->filter with free().
 */
MUST_CHECK int seccomp_policy_compile(const struct seccomp_request *request, struct sock_fprog *out,
                                      struct error *err);

#endif
