/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compiled filters, kept in files: by the digest of the policy that they were made from, and by the
 * text that says the policy, so that a text which is known need not be understood again. A file
 * that is not exactly what was left there is as good as none.
 */
#ifndef HARDRUN_KERNEL_SECCOMP_CACHE_H
#define HARDRUN_KERNEL_SECCOMP_CACHE_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/sha256.h"
#include "kernel/seccomp_policy.h"

#define SECCOMP_CACHE_TEXT_MAX ((size_t)64 * 1024) /* a longer text is not kept; bytes */

/*
 * Look up the filter for @digest below @directory. False when there is none, or when its file
 * is not a regular one of the caller's that only he may touch, or is damaged.
 * Owns: release out->filter with free().
 */
bool seccomp_cache_read(const char *directory, const uint8_t digest[SHA256_SIZE],
                        struct sock_fprog *out);

/*
 * Keep @program for @digest below @directory, which is made with mode 0700 if it is missing.
 * Readers see the whole file or none.
 * Errors: ERROR_DENIED or ERROR_SYSTEM with errno; nothing is kept.
 */
MUST_CHECK int seccomp_cache_write(const char *directory, const uint8_t digest[SHA256_SIZE],
                                   const struct sock_fprog *program, struct error *err);

/*
 * Look up what is known of the @size bytes of @text below @directory: of exactly these bytes, by
 * this hardrun with this libseccomp. False as seccomp_cache_read().
 * Owns: seccomp_known_release().
 */
bool seccomp_cache_find_text(const char *directory, const char *text, size_t size,
                             struct seccomp_known *out);

/* Keep what is known of @text. Errors: as seccomp_cache_write(); SECCOMP_CACHE_TEXT_MAX. */
MUST_CHECK int seccomp_cache_keep_text(const char *directory, const char *text, size_t size,
                                       const struct seccomp_known *known, struct error *err);

void seccomp_known_release(struct seccomp_known *known);

#endif
