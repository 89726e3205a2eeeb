/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two other opinions of what a policy means, to hold the compiled filters against: the rules
 * read one by one, and libseccomp's own compiler.
 */
#ifndef HARDRUN_SUPPORT_SECCOMP_REFERENCE_H
#define HARDRUN_SUPPORT_SECCOMP_REFERENCE_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernel/seccomp_compile.h"

/* What the rules of @request say of @call, whose name is @name; NULL for a call without one. */
uint32_t reference_action(const struct seccomp_request *request, const char *name,
                          const struct seccomp_data *call);

/*
 * Do rules of several actions match @call? Then their order decides, and libseccomp has an
 * order of its own.
 */
bool reference_is_contested(const struct seccomp_request *request, const char *name,
                            const struct seccomp_data *call);

/*
 * The name of call @number of the architecture @arch, AUDIT_ARCH_*; NULL if it has none.
 * Owns: release with free().
 */
char *reference_name(uint32_t arch, int number);

/*
 * The filter that libseccomp makes of @request, conditions on all architectures that the policy
 * admits. Its socketcall(2) is EPERM, since libseccomp would allow parts of it otherwise,
 * unless the policy is of a config.json.
 * Owns: release out->filter with free(). Fails the test when it cannot.
 */
void reference_compile(const struct seccomp_request *request, struct sock_fprog *out);

#endif
