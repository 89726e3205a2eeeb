/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is remarkable about the processes of a container, for who lists them. */
#ifndef HARDRUN_INSPECT_MEMBERS_H
#define HARDRUN_INSPECT_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"

struct member {
	pid_t pid;
	bool is_known;     /* false: it has ended */
	uint32_t uid;      /* effective, inside */
	uint32_t outer;    /* the same on the host */
	bool is_joined;    /* its parents are not the container's: it was executed into it */
	bool is_elsewhere; /* its PID or mount namespace is not the container's */
};

/*
 * Look at the @count processes @pids of the container whose first process is @init.
 * Errors: ERROR_STATE when @init has ended.
 */
MUST_CHECK int members_look(pid_t init, const pid_t *pids, size_t count, struct member *out,
                            struct error *err);

#define MEMBER_FLAGS_SIZE 96

/* Write "uid 0 on the host, joined"; "" for a process that is as the others. Returns @out. */
const char *member_flags(const struct member *member, char out[MEMBER_FLAGS_SIZE]);

#endif
