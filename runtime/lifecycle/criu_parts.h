/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of a container is not its own: binds of the host's files, masks, namespaces that it joined,
 * its standard streams. criu leaves them out of a checkpoint and puts what takes their place into
 * a restored container, by the names that are given here. They are runc's names, so that either
 * can restore what the other wrote.
 * Source: criu(8), --external, --inherit-fd, --join-ns; runc, libcontainer/criu_linux.go.
 */
#ifndef HARDRUN_LIFECYCLE_CRIU_PARTS_H
#define HARDRUN_LIFECYCLE_CRIU_PARTS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "lifecycle/container_state.h"
#include "lifecycle/helper.h"
#include "plan/plan.h"

/* Refuse what criu would leave out in silence or cannot bring back. */
MUST_CHECK int criu_check_plan(const struct plan *plan, bool has_landlock, struct error *err);

/* Is the restored process @init at least under the kinds of confinement that @plan has? */
MUST_CHECK int criu_check_restored(const struct plan *plan, pid_t init, struct error *err);

/* Add the words for the parts of the container of @plan whose first process is @init. */
MUST_CHECK int criu_name_parts(const struct plan *plan, pid_t init, struct helper_words *words,
                               struct error *err);

/*
 * Write to @out what criu calls the stream @fd of this process, which a container is given: pipes
 * by their own name, files of the host by their mount and number. "": none, or a socket. Later the
 * container may have anything in its place, if only for a moment.
 * Source: criu(8), --external, --inherit-fd; statx(2).
 */
void criu_name_stream(int fd, char out[CONTAINER_STREAM_NAME_SIZE]);

/* Write to the folder @images what the standard streams of the container of @state are. */
MUST_CHECK int criu_keep_streams(const char *images, const struct container_state *state,
                                 struct helper_words *words, struct error *err);

/*
 * Add the words for what takes their places, for the root file system @rootfs, where the places of
 * mounts are made when they are missing.
 */
MUST_CHECK int criu_give_parts(const struct plan *plan, const char *rootfs,
                               struct helper_words *words, struct error *err);

/*
 * Add the words for the caller's standard streams, in the places of those that the folder @images
 * tells of. A folder that tells of none is fine.
 */
MUST_CHECK int criu_give_streams(const char *images, struct helper_words *words, struct error *err);

#endif
