/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Helper programs: what hardrun is not linked with is in programs of their own, which only it
 * calls. They are looked for beside hardrun, if that was called by its whole path, then in the
 * libexec directory.
 */
#ifndef HARDRUN_LIFECYCLE_HELPER_H
#define HARDRUN_LIFECYCLE_HELPER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/compiler.h"
#include "base/error.h"

/* argv of a helper, as it grows. Initialise with { 0 }; lack of memory is told by helper_spawn().
 */
struct helper_words {
	char **items; /* NULL-terminated; NULL while empty */
	size_t count;
	bool is_broken;
};

#define AUTO_HELPER_WORDS CLEANUP(helper_words_release)

void helper_words_add(struct helper_words *words, const char *format, ...) PRINTF_LIKE(2, 3);
void helper_words_release(struct helper_words *words);

/*
 * Find the helper @name. Errors: ERROR_HOST when it is missing, "which @task"; the hint is the
 * caller's.
 */
MUST_CHECK int helper_find(const char *name, const char *task, char path[PATH_MAX],
                           struct error *err);

struct helper_call {
	const char *path;
	const struct helper_words *words;
	const char *const *variables; /* of the environment, that are kept; NULL-terminated */
	/* What becomes its descriptors 0, 1, 2 and so on; -1: /dev/null. The others are closed. */
	const int *fds;
	size_t fd_count;
};

/*
 * Start a helper in "/", in a session of its own, with no signal blocked or ignored. Each of the
 * descriptors must be the one that it becomes, or above all of them.
 */
MUST_CHECK int helper_spawn(const struct helper_call *call, pid_t *out, struct error *err);

/* Wait for its end. */
void helper_wait(pid_t pid);

#endif
