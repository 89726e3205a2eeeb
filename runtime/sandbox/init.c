/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sandbox/init.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/process.h"
#include "kernel/seccomp.h"
#include "sandbox/sync.h"

#define ALLOW_AT(number, distance) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), (distance), 0)

/* All that is left to do: say how it went, and reap. */
static struct sock_filter reaper_instructions[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_NATIVE_ARCH, 0, 7),
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	ALLOW_AT(SYS_waitid, 6),
	ALLOW_AT(SYS_wait4, 5),
	ALLOW_AT(SYS_sendmsg, 4),
	ALLOW_AT(SYS_recvmsg, 3),
	ALLOW_AT(SYS_restart_syscall, 2),
	ALLOW_AT(SYS_exit_group, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static const struct sock_fprog reaper_filter = {
	.len = ARRAY_LEN(reaper_instructions),
	.filter = reaper_instructions,
};

/* The last words. Nobody listens when the launcher has gone. */
static noreturn void report_and_exit(int sync_fd, const struct error *cause)
{
	const struct message failed = { .type = MESSAGE_FAILED, .fd = -1, .error = *cause };
	struct error ignored = { .kind = ERROR_NONE };

	(void)!sync_send(sync_fd, &failed, &ignored);
	_exit(EXIT_FAILURE);
}

static int confine(const struct stage_list *stages, const struct plan *plan,
                   struct sandbox *sandbox, struct error *err)
{
	if (sandbox->has_intermediate) {
		if (sync_await(sandbox->sync_fd, err) < 0)
			return -1;
	} else {
		(void)umask(0);
		process_reset_signals();
	}
	if (!plan->is_container && process_die_with_parent(err) < 0)
		return -1;
	return stages_run(stages, plan, sandbox, err);
}

/* Give up what the stages needed, and tell the launcher that the program runs. */
static int become_reaper(struct sandbox *sandbox, struct error *err)
{
	struct message started = { .type = MESSAGE_STARTED };

	process_set_name("hardrun-init");
	if (sandbox->program == 0)
		return error_set(err, ERROR_INTERNAL, "the stages ended without a program");
	started.fd = process_open(sandbox->program, err);
	if (started.fd < 0 || process_close_others(sandbox->sync_fd, started.fd, err) < 0 ||
	    process_forgo_new_privileges(err) < 0)
		return -1;
	process_release_pages();
	if (seccomp_filter_load(&reaper_filter, err) < 0)
		return -1;
	return sync_send(sandbox->sync_fd, &started, err);
}

/*
 * Orphans come to the init; none is left as a zombie. But the program stays one until the
 * launcher has read its label.
 */
static int reap_until(const struct sandbox *sandbox, int *out_status, struct error *err)
{
	for (;;) {
		siginfo_t death = { .si_pid = 0 };

		if (waitid(P_ALL, 0, &death, WEXITED | WNOWAIT | __WALL) < 0 && errno != EINTR)
			return error_set_errno(err, "cannot wait for the program");
		if (death.si_pid == sandbox->program && sync_await(sandbox->sync_fd, err) < 0)
			return -1;
		if (death.si_pid != 0 &&
		    wait4(death.si_pid, out_status, __WALL, NULL) == sandbox->program)
			return 0;
	}
}

noreturn void init_run(const struct stage_list *stages, const struct plan *plan,
                       struct sandbox *sandbox)
{
	struct message ended = { .type = MESSAGE_ENDED, .fd = -1 };
	struct error err = { .kind = ERROR_NONE };

	if (confine(stages, plan, sandbox, &err) < 0 || become_reaper(sandbox, &err) < 0)
		report_and_exit(sandbox->sync_fd, &err);
	if (reap_until(sandbox, &ended.number, &err) < 0)
		_exit(EXIT_FAILURE);
	(void)!sync_send(sandbox->sync_fd, &ended, &err);
	_exit(EXIT_SUCCESS);
}
