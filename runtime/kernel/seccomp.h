/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Seccomp filters as the kernel takes them: loading one, and asking one what it would do. How
 * they are made is kernel/seccomp_compile.h's matter. libseccomp, whose names begin with
 * seccomp_ too, is not needed here.
 * Source: seccomp(2); kernel Documentation/userspace-api/seccomp_filter.rst.
 */
#ifndef HARDRUN_KERNEL_SECCOMP_H
#define HARDRUN_KERNEL_SECCOMP_H

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "kernel/seccomp_policy.h"

/* Values for struct seccomp_data.arch: this processor's own, and its 32-bit one. */
#if defined(__x86_64__)
#define SECCOMP_NATIVE_ARCH AUDIT_ARCH_X86_64
#define SECCOMP_COMPAT_ARCH AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define SECCOMP_NATIVE_ARCH AUDIT_ARCH_AARCH64
#define SECCOMP_COMPAT_ARCH AUDIT_ARCH_ARM
#else
#error "hardrun knows the system calls of x86-64 and of 64-bit ARM only"
#endif

/* The default profile, and the filter for this architecture that libseccomp made of it. */
extern const struct seccomp_policy seccomp_default_policy;
extern const struct sock_filter seccomp_default_filter[];
extern const unsigned short seccomp_default_filter_length; /* instructions */

/*
 * Load @program into this thread, for good. Denials are written to the audit log as far as
 * kernel.seccomp.actions_logged admits. It needs no_new_privs or CAP_SYS_ADMIN; it allocates
 * nothing, so a child of vfork(2) may call it.
 * Errors: ERROR_DENIED or ERROR_SYSTEM with errno; no filter is loaded.
 */
MUST_CHECK int seccomp_filter_load(const struct sock_fprog *program, struct error *err);

/*
 * As seccomp_filter_load(), with SECCOMP_FILTER_FLAG_* @flags. Returns the listener's descriptor
 * where SECCOMP_FILTER_FLAG_NEW_LISTENER asks for one, otherwise 0.
 */
MUST_CHECK int seccomp_filter_load_flagged(const struct sock_fprog *program, unsigned int flags,
                                           struct error *err);

/*
 * What the kernel would do about @call under @program: SECCOMP_RET_* with its data.
 * SECCOMP_RET_KILL_PROCESS for a program that the kernel would not have taken.
 */
uint32_t seccomp_filter_action(const struct sock_fprog *program, const struct seccomp_data *call);

/* Would @program let @call reach the kernel? */
bool seccomp_filter_admits(const struct sock_fprog *program, const struct seccomp_data *call);

/*
 * Join two filters: what @narrow lets through, @base judges after it, so that only what both let
 * through is. A call that @narrow logs is logged if @base lets it through. Writes at most
 * BPF_MAXINSNS instructions to @out. Returns how many; 0 when they would be more.
 * Both must end at SECCOMP_RET_* that stand in the program, as those of seccomp_compile.h do.
 */
unsigned short seccomp_filter_join(const struct sock_fprog *narrow, const struct sock_fprog *base,
                                   struct sock_filter *out);

#endif
