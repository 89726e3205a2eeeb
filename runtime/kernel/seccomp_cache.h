/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compiled filters, kept in files named by the digest of what they were made from. A file that
 * is not exactly what seccomp_cache_write() left there is as good as none.
 */
#ifndef HARDRUN_KERNEL_SECCOMP_CACHE_H
#define HARDRUN_KERNEL_SECCOMP_CACHE_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/sha256.h"

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

#endif
