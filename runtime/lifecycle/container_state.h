/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What hardrun must remember of a container of an engine's between two commands: state.json in
 * the container's directory. The text is hardrun's own, yet it is read as a stranger's: whoever
 * could write it must not gain anything by it that a clear error does not give.
 */
#ifndef HARDRUN_LIFECYCLE_CONTAINER_STATE_H
#define HARDRUN_LIFECYCLE_CONTAINER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/compiler.h"
#include "base/error.h"
#include "lifecycle/identity.h"
#include "spec/spec_oci.h"

#define CONTAINER_STATE_VERSION  1
#define CONTAINER_STATE_SIZE_MAX ((size_t)16 * 1024 * 1024) /* of state.json; bytes */

#define CONTAINER_STREAM_COUNT     3
#define CONTAINER_STREAM_NAME_SIZE 64 /* bytes */

struct container_state {
	const char *id;
	const char *bundle;   /* absolute */
	const char *rootfs;   /* absolute */
	const char *created;  /* RFC 3339 */
	const char *cgroup;   /* below the cgroup2 mount; NULL: none of its own */
	const char *unit;     /* systemd's, that made the cgroup; NULL: hardrun made it */
	const char *apparmor; /* the profile it was confined by; NULL: none */
	/* What its standard streams were at first, by criu_name_stream(). */
	char streams[CONTAINER_STREAM_COUNT][CONTAINER_STREAM_NAME_SIZE];
	uid_t owner;
	uint64_t shared_root; /* number of the mount of the root in the host's; 0: none */
	struct identity init;
	bool is_user_unit;   /* @unit is the user's own manager's */
	bool is_cgroup_made; /* false: it was only intended, what is there may be another's */
	bool is_ready;       /* creating it has come to its end */
	bool is_restored;    /* its init never calls execve(2), and yet runs the program */
	bool has_landlock;
	bool has_own_pid_namespace; /* the end of the init is the end of all */
	bool needs_config;          /* config.json says what start or delete are to do besides */
	const struct spec_oci_annotation *annotations;
	size_t annotation_count;
};

/*
 * Write @state as text.
 * Owns: release with free().
 */
MUST_CHECK char *container_state_write(const struct container_state *state, struct error *err);

/*
 * Read @text, of @size bytes. All texts of *@out are in the arena *@out_arena.
 * Errors: ERROR_STATE for anything that container_state_write() does not write; the outputs are
 * unchanged.
 * Owns: AUTO_ARENA releases the arena.
 */
MUST_CHECK int container_state_read(const char *text, size_t size, struct container_state *out,
                                    struct arena **out_arena, struct error *err);

static inline void container_state_release(struct arena **owner)
{
	arena_free(*owner);
}

#define AUTO_ARENA CLEANUP(container_state_release)

#endif
