/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads and writes below a procfs whose root descriptor hardrun mounted itself, so that no
 * mount, link or image can stand in for the file that is meant.
 * Source: ATTACKS: CVE-2019-16884, CVE-2025-52881; openat2(2).
 */
#ifndef HARDRUN_KERNEL_PROCFS_H
#define HARDRUN_KERNEL_PROCFS_H

#include "base/compiler.h"
#include "base/error.h"

/* Is @fd the root directory of a procfs? Errors: ERROR_HOST when it is anything else. */
MUST_CHECK int procfs_verify(int fd, struct error *err);

/* Write @value to the file @path ("sys/net/core/somaxconn") below @proc_fd in one write. */
MUST_CHECK int procfs_write(int proc_fd, const char *path, const char *value, struct error *err);

#endif
