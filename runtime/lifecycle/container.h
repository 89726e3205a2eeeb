/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A container that outlives the command that made it: its directory below the state root,
 *
 *   oci/ID/             the caller's own, closed to others; its flock is the container's lock
 *   oci/ID/state.json   what is remembered of it (container_state.h)
 *   oci/ID/config.json  the bundle's text, as it was when the container was created
 *   oci/ID/start.sock   where a created container waits to be started
 *
 * and what it is doing, which is never stored but looked at: a status cannot be out of date.
 */
#ifndef HARDRUN_LIFECYCLE_CONTAINER_H
#define HARDRUN_LIFECYCLE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/text.h"
#include "lifecycle/container_state.h"
#include "lifecycle/state.h"

/* Of the runtime specification whose state hardrun tells. */
#define CONTAINER_OCI_VERSION "1.3.0"

#define CONTAINER_CONFIG_SIZE_MAX ((size_t)8 * 1024 * 1024) /* of config.json; bytes */
#define CONTAINER_CONFIG_FILE     "config.json"
#define CONTAINER_SOCKET_FILE     "start.sock"

enum container_status {
	CONTAINER_CREATING,
	CONTAINER_CREATED,
	CONTAINER_RUNNING,
	CONTAINER_PAUSED,
	CONTAINER_STOPPED,
};

/* The state root, and the directory of containers in it. */
struct container_root {
	char path[STATE_ROOT_SIZE];
	int fd; /* of "oci"; -1: there is none yet */
};

#define CONTAINER_ROOT_NONE ((struct container_root){ .fd = -1 })
#define AUTO_CONTAINER_ROOT CLEANUP(container_root_close)

/*
 * Open the state root @path; NULL: /run/hardrun for root of the host, $XDG_RUNTIME_DIR/hardrun for
 * others, also for root of a user namespace.
 * @makes: make what is not there, the folders above it too; else out->fd may be -1.
 * Errors: ERROR_STATE for a root that is another's or that others may write.
 */
MUST_CHECK int container_root_open(struct container_root *out, const char *path, bool makes,
                                   struct error *err);

void container_root_close(struct container_root *root);

struct container {
	const struct container_root *root; /* borrowed */
	const char *id;                    /* borrowed */
	int fd;                            /* of its directory */
	bool is_locked;
	bool has_state; /* false: creating it was cut off, or its state.json is damaged */
	struct container_state state;
	struct arena *arena; /* of @state, when it was read */
};

#define CONTAINER_NONE       ((struct container){ .fd = -1 })
#define AUTO_CONTAINER_CLOSE CLEANUP(container_close)

/*
 * Is @id one? Letters and digits of ASCII, "_", "+", "-" and, not as the first, "."; at most 1024.
 * Errors: ERROR_USAGE.
 */
MUST_CHECK int container_check_id(const char *id, struct error *err);

enum container_use {
	CONTAINER_LOOK,   /* others may change it at the same moment */
	CONTAINER_CHANGE, /* wait for the lock */
	CONTAINER_REMOVE, /* wait for the lock a while; a damaged state is no error: !has_state */
};

/*
 * Open the container @id and read its state.
 * Errors: ERROR_STATE when it does not exist, when its state is damaged, or when the lock of one
 * to be removed cannot be had.
 * Owns: AUTO_CONTAINER_CLOSE.
 */
MUST_CHECK int container_open(const struct container_root *root, const char *id,
                              enum container_use use, struct container *out, struct error *err);

/*
 * Make the directory of a new container, and lock it.
 * Errors: ERROR_STATE when there is one with this id.
 * Owns: AUTO_CONTAINER_CLOSE; remove it with container_remove() when creating it fails.
 */
MUST_CHECK int container_make(const struct container_root *root, const char *id,
                              struct container *out, struct error *err);

/* Read its state again; what the old one pointed to need not be there any more. */
MUST_CHECK int container_reload(struct container *container, struct error *err);

/* Unlock and close. */
void container_close(struct container *container);

/* Write container->state, whole or not at all. */
MUST_CHECK int container_save(const struct container *container, struct error *err);

/* Write the file @name of the container's directory, whole or not at all. */
MUST_CHECK int container_write_file(const struct container *container, const char *name,
                                    const char *content, size_t size, struct error *err);

/*
 * Read its config.json.
 * Owns: release *@out with free().
 */
MUST_CHECK int container_read_config(const struct container *container, char **out,
                                     size_t *out_size, struct error *err);

/* Remove its directory with all that is in it. */
MUST_CHECK int container_remove(struct container *container, struct error *err);

enum container_status container_look(const struct container *container);

/* The same for who has seen the fate of its process, and has its cgroup open. */
enum container_status container_judge(const struct container *container, enum identity_fate fate,
                                      int cgroup_fd);

/* "creating", "created", "running", "paused", "stopped". */
const char *container_status_name(enum container_status status);

/*
 * Open its cgroup. Returns -1 without an error when it has none, or none any more. One that was
 * only intended is never opened: whoever is in it is not the container's.
 * Owns: close the descriptor.
 */
int container_open_cgroup(const struct container *container);

/*
 * Call @found for each container of @root in the order of their ids. One whose state is damaged is
 * warned about and passed over.
 */
MUST_CHECK int container_each(const struct container_root *root,
                              int (*found)(const struct container *container, void *context,
                                           struct error *err),
                              void *context, struct error *err);

#define CONTAINER_OWNER_SIZE 256

/* Write the name of the user who made it, or the number of one without a name. */
void container_name_owner(const struct container *container, char out[CONTAINER_OWNER_SIZE]);

/* Whether the JSON is for a hook, or for whoever asks for the state. */
enum container_view {
	CONTAINER_VIEW_HOOK,  /* what runtime-spec says, in one line */
	CONTAINER_VIEW_STATE, /* and what runc adds */
};

/*
 * Add the container's state as a JSON object, with @status and the process @pid, 0 for none.
 * Source: runtime-spec runtime.md, State; runc(8) state and list.
 */
void container_describe(const struct container *container, const char *status, pid_t pid,
                        enum container_view view, struct text *text);

#endif
