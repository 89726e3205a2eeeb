/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last steps before the program, and the program. */
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/console.h"
#include "kernel/process.h"
#include "sandbox/stages.h"
#include "sandbox/sync.h"

bool wants_console(const struct plan *plan)
{
	return plan->has_terminal;
}

/* After: mounts, for the container's devpts. Before: landlock, which is told of the terminal. */
int apply_console(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
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
	return process_close_on_exec(err);
}

/* After: user, whose right to enter it counts. */
int apply_working_directory(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	if (process_change_directory(plan->cwd, err) < 0)
		return error_at(err, "%s", plan->cwd_origin);
	return 0;
}

/* After: everything that can fail has been tried. */
int apply_wait_for_start(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	const struct message ready = { .type = MESSAGE_READY, .fd = sandbox->terminal_fd };

	if (sync_send(sandbox->sync_fd, &ready, err) < 0)
		return -1;
	return sync_await(sandbox->sync_fd, err);
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

/*
 * Filter and exec are one stage: nothing of ours runs under the program's filter, but where
 * early-seccomp had to load it.
 */
int apply_exec(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	struct process_image image = {
		.paths = plan->program_paths,
		.argv = plan->argv,
		.envp = plan->envp,
		.has_terminal = plan->has_terminal,
		.dies_with_parent = (plan->clone_flags & CLONE_NEWPID) == 0,
	};

	if (!wants_early_seccomp(plan))
		image.filter = plan->seccomp;
	sandbox->program = process_spawn(&image, err);
	if (sandbox->program < 0 || check_execution(plan, sandbox, err) < 0)
		return error_at(err, "%s", plan->argv_origin);
	return 0;
}
