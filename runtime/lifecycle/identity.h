/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which process is meant, for longer than the process may live: numbers are given again, but not
 * with the same start time since the same boot.
 * Source: proc(5), /proc/PID/stat fields 3, 9 and 22, /proc/sys/kernel/random/boot_id.
 */
#ifndef HARDRUN_LIFECYCLE_IDENTITY_H
#define HARDRUN_LIFECYCLE_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"

#define IDENTITY_BOOT_SIZE 37 /* a UUID and its NUL */

struct identity {
	pid_t pid;           /* 0: no process */
	uint64_t start_time; /* clock ticks after boot */
	char boot_id[IDENTITY_BOOT_SIZE];
};

/* What has become of a process. */
enum identity_fate {
	IDENTITY_GONE,       /* it has ended, reaped or not */
	IDENTITY_UNEXECUTED, /* it lives and has not called execve(2) */
	IDENTITY_EXECUTED,
};

/* Find out the identity of the living process @pid. */
MUST_CHECK int identity_read(pid_t pid, struct identity *out, struct error *err);

enum identity_fate identity_look(const struct identity *identity);

/*
 * Open the process. Returns its pidfd, or -1 when it has ended.
 * Owns: close the descriptor.
 */
int identity_open(const struct identity *identity);

/* As identity_open(), with what is seen of the process then. */
int identity_open_and_look(const struct identity *identity, enum identity_fate *out);

#endif
