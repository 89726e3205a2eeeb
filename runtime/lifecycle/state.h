/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state root and what lies in it:
 *
 *   registry            who is alive (registry.h)
 *   slots/NUMBER/       a container's directory, state.json in it
 *   containers/NAME     a symbolic link to it: making the link is what claims the name
 *   cache/              compiled filters and profiles, named by content
 *
 * Every directory is the caller's own and closed to others; every path below the root is
 * reached by descriptors.
 */
#ifndef HARDRUN_LIFECYCLE_STATE_H
#define HARDRUN_LIFECYCLE_STATE_H

#include <sys/types.h>
#include <time.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/text.h"
#include "lifecycle/registry.h"
#include "plan/plan.h"

#define STATE_ROOT_SIZE 4096 /* bytes of a path, as PATH_MAX */

/*
 * Write the default root to @path: /run/hardrun for root of the host, $XDG_RUNTIME_DIR/hardrun
 * for others.
 * Errors: ERROR_HOST when there is no such directory.
 */
MUST_CHECK int state_root_default(char path[STATE_ROOT_SIZE], struct error *err);

/*
 * Open the state root @path, making it if it is not there; its parent must be.
 * Returns its descriptor.
 * Errors: ERROR_STATE for one that is not the caller's, or that others may write.
 */
MUST_CHECK int state_root_open(const char *path, struct error *err);

/*
 * Make the directory of the owned @slot. Returns its descriptor.
 */
MUST_CHECK int state_make(int root_fd, unsigned int slot, struct error *err);

/*
 * Claim @name for @slot. Returns 1 when it is claimed and 0 when another slot has it, whose
 * number is then in @out_holder.
 */
MUST_CHECK int state_claim(int root_fd, unsigned int slot, const char *name,
                           unsigned int *out_holder, struct error *err);

/*
 * Remove the directory of @slot, and @name if it is @slot's. What is not there is passed over.
 */
MUST_CHECK int state_remove(int root_fd, unsigned int slot, const char *name, struct error *err);

/*
 * Remove the directory @name of @parent_fd with all in it: never through a link, never into another
 * file system. One that is not there is passed over.
 */
MUST_CHECK int state_remove_directory(int parent_fd, const char *name, struct error *err);

struct state {
	const struct plan *plan;
	const char *spec_text; /* canonical */
	pid_t init;
	struct timespec created; /* CLOCK_REALTIME */
};

/* Write state.json in @directory_fd, whole or not at all. */
MUST_CHECK int state_write(int directory_fd, const struct state *state, struct error *err);

/* Add the member "relaxations" to a JSON object, as state.json and --result have it. */
void state_add_relaxations(struct text *text, const struct plan *plan);

#endif
