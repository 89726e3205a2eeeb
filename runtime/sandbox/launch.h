/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Turns a plan into a running, confined process: the launcher's half.
 *
 *   launcher  the caller: clones the init into its namespaces and cgroup, maps its ids,
 *             answers its requests, forwards signals, waits
 *   init      PID 1 of the container: runs the stages, becomes the program's reaper
 *   program   what the user asked for; a child of the init
 */
#ifndef HARDRUN_SANDBOX_LAUNCH_H
#define HARDRUN_SANDBOX_LAUNCH_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "plan/plan.h"

struct launch_request {
	int cgroup_fd; /* the container's cgroup directory, to be cloned into; -1: none */

	/*
	 * Called while the init builds its root: for what need not be done before and can be done
	 * beside it. A failure of it ends the launch.
	 */
	int (*on_cloned)(void *context, pid_t init, struct error *err);

	/*
	 * Called when the container is confined and nothing of the program has run: for what must
	 * not bind the init while it builds. A failure of it ends the launch. NULL: the program
	 * need not wait for anything then.
	 */
	int (*on_ready)(void *context, struct error *err);
	void *context;
};

struct launch_outcome {
	int status;              /* wait status of the program; see wait(2) */
	bool has_timed_out;      /* the plan's time limit ended it */
	uint64_t wall_usec;      /* from the program's start to its end; microseconds */
	struct rusage resources; /* of the init and all that it reaped */
};

/*
 * Run @plan to its end: confine, execute, forward signals, wait. Blocks. The calling process
 * must be single-threaded. Every process that was started has ended when this returns.
 * Errors: whatever a stage reports, with its name; then the program has not run, except for
 * ERROR_HOST from the stage "apparmor", when the label read back after the exec was not the
 * planned one and the program was killed.
 */
MUST_CHECK int launch(const struct plan *plan, const struct launch_request *request,
                      struct launch_outcome *out, struct error *err);

/*
 * Containers that outlive their command (plan->is_container). create: launch_create(), and the
 * launcher may end. start: launch_start(). run: both, then launch_attend(). exec: launch_exec(),
 * and launch_attend() unless it is detached.
 */

/* The first process of a container, or one that joined it. A child of the caller. */
struct launch_process {
	pid_t pid;       /* in the caller's PID namespace */
	int pidfd;       /* owned, as the next one */
	int terminal_fd; /* the master's end, when there is one and no console socket took it */
};

#define LAUNCH_PROCESS_NONE ((struct launch_process){ .pidfd = -1, .terminal_fd = -1 })

void launch_process_clear(struct launch_process *process); /* kills nothing */

struct launch_creation {
	int cgroup_fd;  /* to be cloned into; -1: none */
	int console_fd; /* a connected socket that gets the terminal's master; -1: none */
	int root_fd;    /* of a plan that shares mounts: its root, mounted; not for exec */
	int listen_fd;  /* a listening SOCK_SEQPACKET socket, for launch_start(); not for exec */

	/* Called when there is a process: for what must be known of it before it goes on. */
	int (*on_cloned)(void *context, pid_t init, struct error *err);

	/*
	 * Called while it builds its root, and before hooks or anything of the program run: for
	 * what can be done beside that. NULL: nothing.
	 */
	int (*on_building)(void *context, struct error *err);

	/*
	 * The container's state as runtime-spec has it, with @status ("creating", "created", ...),
	 * for hooks. Called only when there are hooks or a seccomp listener.
	 * Owns: *@out_text is released with free().
	 */
	int (*describe)(void *context, const char *status, pid_t init, char **out_text,
	                struct error *err);

	/*
	 * Called when the container is confined, nothing of the program has run, and the init does
	 * not yet outlive the caller: for the state and the pid file. NULL: none.
	 */
	int (*on_ready)(void *context, pid_t init, struct error *err);
	void *context;
};

/*
 * Make the container of @plan up to the point where its init waits for launch_start(). On
 * failure, or when the caller dies before this returns, no process is left.
 * Errors: whatever a stage or a callback reports.
 * Owns: launch_process_clear().
 */
MUST_CHECK int launch_create(const struct plan *plan, const struct launch_creation *creation,
                             struct launch_process *out, struct error *err);

/* What launch_start() needs to know of a container, whose plan is gone. */
struct launch_starting {
	int socket_fd; /* connected to the listening socket of its creation */
	int pidfd;     /* of its init */
	pid_t init;
	const char *apparmor_profile; /* that the program must have got; NULL: none */
	const char *listener_path;    /* linux.seccomp.listenerPath; NULL: none */
	const char *listener_metadata;
	int (*describe)(void *context, const char *status, pid_t init, char **out_text,
	                struct error *err);
	void *context;
};

/*
 * Have the waiting init execute its program. Returns when it has done so. Hooks of startContainer
 * are run by the init; those of poststart are the caller's matter.
 * Errors: what the stages after the wait report, the program missing for example; then the init is
 * dead. ERROR_HOST when the label is not the planned one; then it has been killed.
 */
MUST_CHECK int launch_start(const struct launch_starting *starting, struct error *err);

/* A container to be joined. */
struct launch_target {
	int pidfd; /* of its init */
	pid_t init;
};

/*
 * Run the process of @plan, made with joins_container, inside @target. Returns when it has been
 * executed. On failure no process is left.
 */
MUST_CHECK int launch_exec(const struct plan *plan, const struct launch_target *target,
                           const struct launch_creation *creation, struct launch_process *out,
                           struct error *err);

/* Signals that the caller forwards instead of dying of them. */
struct launch_signals {
	int fd; /* a signalfd(2); -1: none are held */
	sigset_t before;
	struct sigaction pipe_before;
};

#define LAUNCH_SIGNALS_NONE ((struct launch_signals){ .fd = -1 })

/*
 * Hold all signals that can be forwarded. Call it before launch_create() or launch_exec(), which
 * give the process the mask and actions from before.
 */
MUST_CHECK int launch_signals_hold(struct launch_signals *signals, struct error *err);

void launch_signals_release(struct launch_signals *signals);

/*
 * Wait for the end of @process, a child of the caller: forward signals, relay its terminal if it
 * has one here. *@out_status is its wait status; it is reaped.
 */
MUST_CHECK int launch_attend(struct launch_process *process, const struct launch_signals *signals,
                             int *out_status, struct error *err);

#endif
