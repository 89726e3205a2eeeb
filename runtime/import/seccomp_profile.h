/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads a seccomp profile as Docker writes it, which the OCI form (linux.seccomp) is a part of.
 * What it does not know it refuses.
 * Source: Docker documentation, "Seccomp security profiles"; runtime-spec config-linux.md,
 * linux.seccomp.
 */
#ifndef HARDRUN_IMPORT_SECCOMP_PROFILE_H
#define HARDRUN_IMPORT_SECCOMP_PROFILE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "kernel/seccomp_policy.h"

/*
 * Read the profile in the @size bytes of @text. @origin names its file in messages.
 *
 * Rules for other architectures than this build's are left out. Beyond what Docker's reader
 * refuses: a default action that is no denial, SCMP_ACT_NOTIFY (there is nobody to notify),
 * two conditions on one argument in one rule, members that mean nothing.
 *
 * Errors: ERROR_SPEC at the JSON pointer; *@out is unchanged.
 * Owns: @arena holds all of *@out.
 */
MUST_CHECK int seccomp_profile_read(const char *text, size_t size, const char *origin,
                                    struct arena *arena, struct seccomp_policy **out,
                                    struct error *err);

#endif
