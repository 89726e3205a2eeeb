/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is done to containers that outlive a command: the operations of runtime-spec and of runc.
 * Source: runtime-spec runtime.md, Operations; runc(8).
 */
#ifndef HARDRUN_LIFECYCLE_OPERATIONS_H
#define HARDRUN_LIFECYCLE_OPERATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "lifecycle/container.h"
#include "lifecycle/criu.h"
#include "plan/plan.h"
#include "plan/plan_make.h"
#include "sandbox/launch.h"
#include "spec/spec.h"
#include "spec/spec_oci.h"

/* What a caller wants to be told or given of a process; NULL: not. */
struct operation_channels {
	const char *pid_file;       /* its number is written there */
	const char *console_socket; /* gets the master of its terminal */
	const char *pidfd_socket;   /* gets a pidfd of it */
};

/* What a container is restored from. */
struct restore_request {
	struct criu_options criu;
	const char *lsm_profile; /* "apparmor:NAME" instead of what it had; NULL: that */
	const char *lsm_mount_context;
	bool closes_tcp; /* connections are not brought back */
};

struct creation_request {
	const struct spec *spec; /* of a config.json */
	const char *config;      /* its text */
	size_t config_size;      /* bytes */
	struct plan_request plan;
	struct operation_channels channels;
	bool is_attended; /* the caller stays until the process ends: a terminal may be its own */
	const struct restore_request *restore; /* NULL: the container is a new one */
};

/*
 * Create the container @id: everything is set up, nothing of its program has run. A restored one
 * goes on where it was. It stays locked in @out.
 * Errors: those of every step; nothing is left behind, as if it had not been tried.
 * Owns: @out_process is a child of the caller, a restored one only when it is attended;
 * launch_process_clear().
 */
MUST_CHECK int container_create(const struct container_root *root, const char *id,
                                const struct creation_request *request, struct container *out,
                                struct launch_process *out_process, struct error *err);

/*
 * Start the created, locked @container; @spec is its own, NULL where that says nothing of a start.
 * When the caller has a NOTIFY_SOCKET this waits for the program to be ready, unless @is_attended:
 * then the wait goes on beside the caller.
 * Errors: ERROR_STATE when it is not in the state for it; those of the program; then it is stopped.
 */
MUST_CHECK int container_start(const struct container *container, const struct spec *spec,
                               bool is_attended, struct error *err);

struct exec_request {
	const struct spec *spec; /* the container's, with the process that is to run */
	struct plan_request plan;
	struct operation_channels channels;
	const char *cgroup; /* below the container's; NULL: the container's */
	bool is_attended;
	bool ignores_paused;
};

/*
 * Start another process in @container, which need not be locked.
 * Owns: @out_process is a child of the caller; launch_process_clear().
 */
MUST_CHECK int container_exec(const struct container *container, const struct exec_request *request,
                              struct launch_process *out_process, struct error *err);

/*
 * Send @signal_number to the first process, or to all. All may be none: containerd asks for this
 * when the first one has ended, for those that outlive it in another's PID namespace.
 * Errors: ERROR_STATE when there is no first process.
 */
MUST_CHECK int container_kill(const struct container *container, int signal_number, bool is_all,
                              struct error *err);

/* Kill what is alive of it and wait for the end. */
MUST_CHECK int container_stop(const struct container *container, struct error *err);

/*
 * Delete the stopped, locked @container. What is alive of it is killed when @is_forced, or when it
 * was never started. Hooks that fail are warned about.
 * @spec: its own, for its hooks; NULL: not known.
 */
MUST_CHECK int container_delete(struct container *container, const struct spec *spec,
                                bool is_forced, struct error *err);

/* Stop all processes of the locked @container for a while, or let them go on. */
MUST_CHECK int container_pause(const struct container *container, struct error *err);
MUST_CHECK int container_resume(const struct container *container, struct error *err);

/*
 * The processes of @container, in ascending order.
 * Owns: release *@out with free().
 */
MUST_CHECK int container_list_processes(const struct container *container, pid_t **out,
                                        size_t *out_count, struct error *err);

struct checkpoint_request {
	const struct spec *spec; /* the container's own, as it was created */
	struct plan_request plan;
	struct criu_options criu;
	const char *parent_path; /* of an earlier pre-dump, from image_path; NULL: none */
	const char *page_server; /* "ADDRESS:PORT" that gets the pages; NULL: the images do */
	bool is_pre_dump;        /* the memory alone; the container goes on */
	bool leaves_running;
	bool skips_tcp_in_flight;
};

/*
 * Write the locked, running or paused @container to files. It is killed by that and deleted, unless
 * it is to go on running.
 * Errors: ERROR_STATE, ERROR_HOST, what criu says; then it is as it was.
 */
MUST_CHECK int container_checkpoint(struct container *container,
                                    const struct checkpoint_request *request, struct error *err);

/* Change the limits of the locked @container; what @resources does not name stays. */
MUST_CHECK int container_update(const struct container *container,
                                const struct spec_oci_resources *resources, struct error *err);

/*
 * Add what @container uses, as one line of runc's events.
 * Source: runc(8) events; github.com/opencontainers/runc/types, events.go.
 */
MUST_CHECK int container_add_statistics(const struct container *container, struct text *text,
                                        struct error *err);

enum container_event {
	CONTAINER_EVENT_STATISTICS, /* the time is up */
	CONTAINER_EVENT_OOM,        /* processes were killed because memory was out */
	CONTAINER_EVENT_END,        /* the first process has ended */
};

/*
 * Wait for the next of these, at most @timeout_ms. *@ooms is how many were killed until now,
 * UINT64_MAX before the first call.
 */
enum container_event container_wait_event(const struct container *container, int timeout_ms,
                                          uint64_t *ooms);

#endif
