/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last steps before the program, and the program. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/capability.h"
#include "kernel/console.h"
#include "kernel/mount.h"
#include "kernel/process.h"
#include "kernel/resolve.h"
#include "kernel/seccomp.h"
#include "sandbox/hooks.h"
#include "sandbox/listener.h"
#include "sandbox/stages.h"
#include "sandbox/sync.h"

bool wants_console(const struct plan *plan)
{
	return plan->has_terminal;
}

/* The terminal, where programs look for the console. Source: runtime-spec config-linux.md. */
static int show_console(const struct sandbox *sandbox, int terminal_fd, struct error *err)
{
	AUTO_CLOSE int mount_fd = -1;
	AUTO_CLOSE int target_fd = -1;

	if (mount_copy(terminal_fd, &mount_fd, err) < 0)
		return -1;
	target_fd = resolve_make_place(sandbox->root_fd, "/dev/console", false, err);
	return target_fd < 0 ? -1 : mount_attach(mount_fd, target_fd, err);
}

static int make_container_console(const struct plan *plan, struct sandbox *sandbox,
                                  struct error *err)
{
	AUTO_CLOSE int found_fd = -1;
	AUTO_CLOSE int terminal_fd = -1;

	if (sandbox->devpts_fd < 0) {
		found_fd = console_find_devpts(sandbox->root_fd, err);
		if (found_fd < 0)
			return -1;
	}
	if (console_open(sandbox->devpts_fd < 0 ? found_fd : sandbox->devpts_fd, plan->inner_uid,
	                 &sandbox->terminal_fd, &terminal_fd, err) < 0 ||
	    console_set_size(sandbox->terminal_fd, plan->console_rows, plan->console_columns, err) <
	            0)
		return -1;
	if (!plan->joins_container && show_console(sandbox, terminal_fd, err) < 0)
		return -1;
	return console_use(terminal_fd, err);
}

/*
 * After: mounts, for the container's devpts. Before: read-only-paths, which close /dev; landlock,
 * which is told of the terminal.
 */
int apply_console(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	if (plan->is_container)
		return make_container_console(plan, sandbox, err);
	return console_make(sandbox->devpts_fd, plan->inner_uid, &sandbox->terminal_fd, err);
}

/* After: everything that makes files with modes of its own. */
int apply_umask(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	(void)umask(plan->umask);
	return 0;
}

/* Before: working-directory: no leaked directory may be a way out (CVE-2024-21626). */
int apply_descriptors(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	if (plan->kept_fd_count > 0)
		return process_close_on_exec_from(STDERR_FILENO + 1 + plan->kept_fd_count, err);
	return process_close_on_exec(err);
}

/*
 * What the stages needed is closed: who may look into the process that is cloned next finds nothing
 * but what the program has. Before: working-directory.
 */
int apply_join_descriptors(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	int *const used[] = { &sandbox->proc_fd, &sandbox->root_fd, &sandbox->target_fd,
		              &sandbox->target_root_fd };

	for (size_t i = 0; i < ARRAY_LEN(used); i++) {
		cleanup_close(used[i]);
		*used[i] = -1;
	}
	return apply_descriptors(plan, sandbox, err);
}

/* After: user, whose right to enter it counts. */
int apply_working_directory(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	if (process_change_directory(plan->cwd, err) < 0)
		return error_at(err, "%s", plan->cwd_origin);
	return 0;
}

bool wants_find_program(const struct plan *plan)
{
	return plan->is_container;
}

/*
 * Engines expect that a program which is not there fails the creation, not the start: ctr leaves
 * behind what could be created.
 * After: user, capabilities, working-directory, on which the answer depends.
 */
int apply_find_program(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	const struct process_image image = {
		.paths = plan->program_paths,
		.argv = plan->argv,
	};

	return process_find_program(&image, err) < 0 ? error_at(err, "%s", plan->argv_origin) : 0;
}

static void replace_fd(int *fd, int by)
{
	cleanup_close(fd);
	*fd = by;
}

/*
 * The container may be started by nobody but its creator or root. Who that is, is said by the
 * launcher's end of the first dialogue: the ids of both are seen through the same map.
 * Source: unix(7), SO_PEERCRED.
 */
static bool is_starter(const struct sandbox *sandbox, int starter_fd)
{
	struct ucred creator;
	struct ucred starter;
	socklen_t creator_size = sizeof(creator);
	socklen_t starter_size = sizeof(starter);

	return getsockopt(sandbox->sync_fd, SOL_SOCKET, SO_PEERCRED, &creator, &creator_size) ==
	               0 &&
	       getsockopt(starter_fd, SOL_SOCKET, SO_PEERCRED, &starter, &starter_size) == 0 &&
	       (starter.uid == creator.uid || starter.uid == 0);
}

/* One that connects and says nothing leaves all as it was. */
static int await_starter(struct sandbox *sandbox, struct error *err)
{
	for (;;) {
		AUTO_CLOSE int starter_fd = accept4(sandbox->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		struct error unheard = { .kind = ERROR_NONE };
		int state_fd = -1;

		if (starter_fd < 0 && errno != EINTR && errno != ECONNABORTED)
			return error_set_errno(err, "cannot wait for the start");
		if (starter_fd < 0 || !is_starter(sandbox, starter_fd) ||
		    sync_await_fd(starter_fd, &state_fd, &unheard) != 1)
			continue;
		replace_fd(&sandbox->state_fd, state_fd);
		replace_fd(&sandbox->sync_fd, take_fd(&starter_fd));
		return 0;
	}
}

/* After: everything that can fail has been tried. */
int apply_wait_for_start(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	const struct message ready = { .type = MESSAGE_READY, .fd = sandbox->terminal_fd };

	if (sync_send(sandbox->sync_fd, &ready, err) < 0 || sync_await(sandbox->sync_fd, err) < 0)
		return -1;
	if (!plan->waits_for_start)
		return 0;
	/* While a master is open here, the other's end is no end. */
	replace_fd(&sandbox->terminal_fd, -1);
	return await_starter(sandbox, err);
}

bool wants_runtime_hooks(const struct plan *plan)
{
	return plan->hooks[PLAN_HOOK_PRESTART].count + plan->hooks[PLAN_HOOK_CREATE_RUNTIME].count +
	               plan->hooks[PLAN_HOOK_CREATE_CONTAINER].count >
	       0;
}

/* After: mounts. Before: pivot-root: those of the launcher, and the state for those of the init. */
int apply_runtime_hooks(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	const struct message request = { .type = MESSAGE_RUN_HOOKS, .fd = -1 };
	int received;

	if (sync_send(sandbox->sync_fd, &request, err) < 0)
		return -1;
	received = sync_await_fd(sandbox->sync_fd, &sandbox->state_fd, err);
	if (received == 0)
		return error_set(err, ERROR_SYSTEM, "the launcher has gone");
	return received < 0 ? -1 : 0;
}

bool wants_container_hooks(const struct plan *plan)
{
	return plan->hooks[PLAN_HOOK_CREATE_CONTAINER].count > 0;
}

/* After: runtime-hooks. Before: pivot-root, for paths are still the host's; apparmor. */
int apply_container_hooks(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	return hooks_run_from(&plan->hooks[PLAN_HOOK_CREATE_CONTAINER], sandbox->state_fd, err);
}

bool wants_start_hooks(const struct plan *plan)
{
	return plan->hooks[PLAN_HOOK_START_CONTAINER].count > 0;
}

/* After: wait-for-start; pivot-root, for paths are the container's. */
int apply_start_hooks(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	return hooks_run_from(&plan->hooks[PLAN_HOOK_START_CONTAINER], sandbox->state_fd, err);
}

static int has_died(const struct sandbox *sandbox, siginfo_t *out_death, struct error *err)
{
	out_death->si_pid = 0;
	if (waitid(P_PID, (id_t)sandbox->program, out_death, WEXITED | WNOHANG | WNOWAIT) < 0)
		return error_set_errno(err, "cannot watch the program");
	return out_death->si_pid != 0;
}

static int refuse_death(const struct plan *plan, const siginfo_t *death, struct error *err)
{
	char name[PROCESS_SIGNAL_NAME_SIZE];

	process_name_signal(death->si_status, name);
	return error_set(err, ERROR_SPEC, "%s was killed by %s before it could start",
	                 plan->argv[0], name);
}

/*
 * Has the program been executed, or has it died before it could say why? vfork(2) returns when
 * the child has let go of the memory, shortly before either can be seen.
 * Source: kernel fs/exec.c, begin_new_exec(); kernel/exit.c, do_exit().
 */
static int check_execution(const struct plan *plan, const struct sandbox *sandbox,
                           struct error *err)
{
	for (;;) {
		siginfo_t death;
		const int is_dead = has_died(sandbox, &death, err);
		bool is_unborn;

		if (is_dead < 0 ||
		    process_never_executed(sandbox->proc_fd, sandbox->program, &is_unborn, err) < 0)
			return -1;
		if (!is_unborn)
			return 0;
		if (is_dead)
			return refuse_death(plan, &death, err);
		(void)sched_yield();
	}
}

static int load_filter(const struct plan *plan, const struct sandbox *sandbox, struct error *err)
{
	int result;

	if (plan->seccomp.len == 0 || wants_join_seccomp(plan))
		return 0;
	result = plan->seccomp_listener.path != NULL
	                 ? listener_load(plan, sandbox->sync_fd, err)
	                 : seccomp_filter_load_flagged(&plan->seccomp, plan->seccomp_flags, err);
	if (result < 0)
		return -1;
	return plan->no_new_privs ? 0 : capability_reduce(plan->capability_sets, err);
}

static const char **add_home(const struct plan *plan, const struct sandbox *sandbox,
                             struct error *err)
{
	const char **envp = calloc(plan->envp_count + 2, sizeof(*envp));

	if (envp == NULL) {
		(void)error_set_errno(err, "cannot put the environment together");
		return NULL;
	}
	memcpy(envp, plan->envp, plan->envp_count * sizeof(*envp));
	envp[plan->envp_count] = sandbox->home;
	return envp;
}

/* The init becomes the program. */
static int execute_in_place(const struct plan *plan, const struct sandbox *sandbox,
                            struct process_image *image, struct error *err)
{
	AUTO_FREE const char **envp = NULL;

	if (plan->finds_home) {
		envp = add_home(plan, sandbox, err);
		if (envp == NULL)
			return -1;
		image->envp = envp;
	}
	if (process_take_over(image, err) < 0 || load_filter(plan, sandbox, err) < 0)
		return -1;
	return process_execute(image, err);
}

/*
 * Filter and exec are one stage: nothing of ours runs under the program's filter, but what follows
 * early-seccomp, and the giving up of the right to load one.
 */
int apply_exec(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	struct process_image image = {
		.paths = plan->program_paths,
		.argv = plan->argv,
		.envp = plan->envp,
		.has_terminal = plan->has_terminal,
		.dies_with_parent = !plan->is_container && (plan->clone_flags & CLONE_NEWPID) == 0,
	};

	if (plan->is_container)
		return execute_in_place(plan, sandbox, &image, err) < 0
		               ? error_at(err, "%s", plan->argv_origin)
		               : 0;
	if (!wants_early_seccomp(plan))
		image.filter = plan->seccomp;
	sandbox->program = process_spawn(&image, err);
	if (sandbox->program < 0 || check_execution(plan, sandbox, err) < 0)
		return error_at(err, "%s", plan->argv_origin);
	return 0;
}
