/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Containers that "hardrun SPEC.json" launched and attends, as others of its commands find them: by
 * the state.json that state_write() wrote. It is believed about what was asked for, not about what
 * is there.
 */
#ifndef HARDRUN_LIFECYCLE_LAUNCHED_H
#define HARDRUN_LIFECYCLE_LAUNCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"

#define LAUNCHED_STATE_SIZE_MAX ((size_t)16 * 1024 * 1024) /* of state.json; bytes */

struct launched_relaxation {
	const char *name;
	const char *reason;
};

struct launched {
	const char *name;
	const char *created;
	const char *spec_text; /* canonical, of hardrun's own language */
	const char *cgroup;    /* below the cgroup2 mount; NULL: none */
	pid_t init;
	unsigned int slot;
	bool has_landlock;
	const struct launched_relaxation *relaxations;
	size_t relaxation_count;
	void *document; /* what the texts belong to */
	char *own_text; /* what spec_text is */
};

#define LAUNCHED_NONE ((struct launched){ .document = NULL })
#define AUTO_LAUNCHED CLEANUP(launched_release)

/*
 * Find the container @name that runs below the state root @root. Returns 1 when it is there, and 0
 * when there is none, or it has ended.
 * Errors: ERROR_STATE for a state that hardrun did not write.
 * Owns: AUTO_LAUNCHED.
 */
MUST_CHECK int launched_find(const char *root, const char *name, struct launched *out,
                             struct error *err);

void launched_release(struct launched *launched);

/* Call @found for each that runs, in the order of their names. */
MUST_CHECK int launched_each(const char *root,
                             int (*found)(const struct launched *launched, void *context,
                                          struct error *err),
                             void *context, struct error *err);

#endif
