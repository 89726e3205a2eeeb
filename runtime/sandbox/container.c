/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Containers that outlive their command: making one, starting its program, joining it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/apparmor.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "kernel/scheduling.h"
#include "sandbox/birth.h"
#include "sandbox/hints.h"
#include "sandbox/hooks.h"
#include "sandbox/launch.h"
#include "sandbox/listener.h"
#include "sandbox/relay.h"
#include "sandbox/stages.h"
#include "sandbox/supervise.h"
#include "sandbox/sync.h"

/* A process on its way, in the launcher. */
struct creating {
	const struct plan *plan;
	const struct launch_creation *creation;
	const struct stage_list *stages;
	struct birth birth;
	int terminal_fd;
	bool may_start; /* as soon as it is ready: the launcher has nothing to do then */
	bool is_ready;
};

static void creating_clear(struct creating *creating)
{
	birth_clear(&creating->birth);
	cleanup_close(&creating->terminal_fd);
}

void launch_process_clear(struct launch_process *process)
{
	cleanup_close(&process->pidfd);
	cleanup_close(&process->terminal_fd);
	*process = LAUNCH_PROCESS_NONE;
}

static int describe(const struct creating *creating, const char *status, char **out,
                    struct error *err)
{
	const struct launch_creation *creation = creating->creation;

	if (creation->describe == NULL)
		return error_set(err, ERROR_INTERNAL,
		                 "nobody describes the container to its hooks");
	return creation->describe(creation->context, status, creating->birth.init, out, err);
}

/*
 * They are of a time when they were run by the start of a container that had been created. Source:
 * runtime-spec 1.0.1 runtime.md, Lifecycle, 4.
 */
static int run_prestart(struct creating *creating, struct error *err)
{
	const struct plan_hook_list *hooks = &creating->plan->hooks[PLAN_HOOK_PRESTART];
	AUTO_FREE char *state = NULL;

	if (hooks->count == 0)
		return 0;
	if (describe(creating, "created", &state, err) < 0)
		return -1;
	return hooks_run(hooks, state, err);
}

static int on_run_hooks(struct creating *creating, struct message *message, struct error *err)
{
	const struct plan_hook_list *hooks = creating->plan->hooks;
	struct message done = { .type = MESSAGE_DONE, .fd = -1 };
	AUTO_FREE char *state = NULL;
	AUTO_CLOSE int state_fd = -1;

	if (run_prestart(creating, err) < 0 || describe(creating, "creating", &state, err) < 0 ||
	    hooks_run(&hooks[PLAN_HOOK_CREATE_RUNTIME], state, err) < 0)
		return -1;
	state_fd = hooks_keep_state(state, err);
	if (state_fd < 0)
		return -1;
	done.fd = state_fd;
	return sync_send(creating->birth.launcher_fd, &done, err);
}

static int on_ready(struct creating *creating, struct message *message, struct error *err)
{
	const struct launch_creation *creation = creating->creation;

	if (message->fd >= 0 && creation->console_fd >= 0) {
		if (sync_pass_fd(creation->console_fd, "/dev/ptmx", message->fd, err) < 0)
			return -1;
	} else {
		creating->terminal_fd = take_fd(&message->fd);
	}
	if (creation->on_ready != NULL &&
	    creation->on_ready(creation->context, creating->birth.init, err) < 0)
		return -1;
	creating->is_ready = true;
	return creating->may_start ? 0 : sync_answer(creating->birth.launcher_fd, err);
}

static int on_failed(struct creating *creating, struct message *message, struct error *err)
{
	*err = message->error;
	return error_set(err, ERROR_INTERNAL, "the sandbox failed without saying why");
}

/* What is heard before the program may start; anything else is an attack or a bug. */
static const struct {
	enum message_type type;
	int (*handle)(struct creating *creating, struct message *message, struct error *err);
} requests[] = {
	{ MESSAGE_RUN_HOOKS, on_run_hooks },
	{ MESSAGE_READY, on_ready },
	{ MESSAGE_FAILED, on_failed },
};

static int dispatch(struct creating *creating, struct message *message, struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		if (requests[i].type == message->type)
			return requests[i].handle(creating, message, err);
	}
	return error_set(err, ERROR_INTERNAL, "the sandbox sent message %u out of turn",
	                 message->type);
}

/* Its last words come before its death. 1: it has said something; 0: it is dead. */
static int await_word(int sync_fd, int pidfd, struct error *err)
{
	struct pollfd watched[] = {
		{ .fd = sync_fd, .events = POLLIN },
		{ .fd = pidfd, .events = POLLIN },
	};

	while (poll(watched, ARRAY_LEN(watched), -1) < 0) {
		if (errno != EINTR)
			return error_set_errno(err, "cannot watch the sandbox");
	}
	return watched[0].revents != 0;
}

/* Until it has ended, that is: until it can be asked how. */
static void await_death(int pidfd)
{
	struct pollfd watched = { .fd = pidfd, .events = POLLIN };

	process_signal(pidfd, SIGKILL);
	while (poll(&watched, 1, -1) < 0 && errno == EINTR)
		continue;
}

static int hear(struct creating *creating, struct error *err)
{
	struct message message;
	const int received = sync_receive(creating->birth.launcher_fd, &message, err);
	int result;

	if (received < 0)
		return -1;
	if (received == 0)
		return error_set(err, ERROR_SYSTEM, "the sandbox has gone");
	result = dispatch(creating, &message, err);
	cleanup_close(&message.fd);
	return result;
}

static int follow(struct creating *creating, struct error *err)
{
	while (!creating->is_ready) {
		const int has_said =
			await_word(creating->birth.launcher_fd, creating->birth.pidfd, err);

		if (has_said < 0)
			return -1;
		if (has_said == 0)
			return error_set(err, ERROR_SYSTEM, "the sandbox has gone");
		if (hear(creating, err) < 0)
			return -1;
	}
	return 0;
}

static int raise_init(struct creating *creating, struct error *err)
{
	const struct launch_creation *creation = creating->creation;
	const struct plan *plan = creating->plan;
	const pid_t init = creating->birth.init;

	if (plan->has_oom_score && process_set_oom_score(init, plan->oom_score, err) < 0)
		return -1;
	if (creation->on_cloned != NULL && creation->on_cloned(creation->context, init, err) < 0)
		return -1;
	if (birth_prepare(&creating->birth, err) < 0 ||
	    (creating->may_start && sync_answer(creating->birth.launcher_fd, err) < 0))
		return -1;
	if (creation->on_building != NULL && creation->on_building(creation->context, err) < 0)
		return -1;
	birth_reap_intermediate(&creating->birth);
	return follow(creating, err);
}

/*
 * When it was the death of the init that failed us, how it died is what is told. An error with a
 * stage is its own word, which says more.
 */
static void give_up(const struct creating *creating, struct error *err)
{
	const struct supervised supervised = {
		.plan = creating->plan,
		.stages = creating->stages,
		.init = creating->birth.init,
		.pidfd = creating->birth.pidfd,
		.sync_fd = creating->birth.launcher_fd,
		.signal_fd = -1,
	};
	struct pollfd watched = { .fd = creating->birth.pidfd, .events = POLLIN };

	if (err->kind == ERROR_SYSTEM && err->stage[0] == '\0' && poll(&watched, 1, 100) > 0) {
		supervise_abort(&supervised, err);
		return;
	}
	await_death(creating->birth.pidfd);
	while (waitpid(creating->birth.init, NULL, __WALL) < 0 && errno == EINTR)
		continue;
}

/* Clone a process and @raise it; if that fails, nothing of it is left. */
static int bring_up(struct creating *creating,
                    int (*raise)(struct creating *creating, struct error *err),
                    struct launch_process *out, struct error *err)
{
	if ((!creating->plan->has_terminal && process_check_streams(err) < 0) ||
	    birth_clone(&creating->birth, err) < 0) {
		hints_add(err);
		return -1;
	}
	if (raise(creating, err) < 0) {
		give_up(creating, err);
		hints_add(err);
		return -1;
	}
	*out = (struct launch_process){
		.pid = creating->birth.init,
		.pidfd = take_fd(&creating->birth.pidfd),
		.terminal_fd = take_fd(&creating->terminal_fd),
	};
	return 0;
}

int launch_create(const struct plan *plan, const struct launch_creation *creation,
                  struct launch_process *out, struct error *err)
{
	CLEANUP(creating_clear)
	struct creating creating = {
		.plan = plan,
		.creation = creation,
		.stages = &init_stages,
		.birth = BIRTH_NONE,
		.terminal_fd = -1,
	};

	creating.birth.plan = plan;
	creating.birth.stages = creating.stages;
	creating.birth.cgroup_fd = creation->cgroup_fd;
	creating.birth.listen_fd = creation->listen_fd;
	creating.birth.root_fd = creation->root_fd;
	return bring_up(&creating, raise_init, out, err);
}

/* The other side is the init, waiting; a stranger could tell it nothing else than to start. */
static int say_start(const struct launch_starting *starting, struct error *err)
{
	struct message start = { .type = MESSAGE_DONE, .fd = -1 };
	AUTO_FREE char *state = NULL;
	AUTO_CLOSE int state_fd = -1;

	if (starting->describe != NULL) {
		if (starting->describe(starting->context, "created", starting->init, &state, err) <
		    0)
			return -1;
		state_fd = hooks_keep_state(state, err);
		if (state_fd < 0)
			return -1;
	}
	start.fd = state_fd;
	return sync_send(starting->socket_fd, &start, err);
}

static int hand_listener_over(const struct launch_starting *starting, int fd, struct error *err)
{
	const struct plan_listener listener = { starting->listener_path,
		                                starting->listener_metadata };
	AUTO_FREE char *state = NULL;

	if (listener.path == NULL || starting->describe == NULL || fd < 0)
		return error_set(err, ERROR_INTERNAL, "nobody listens to the seccomp filter");
	if (starting->describe(starting->context, "running", starting->init, &state, err) < 0)
		return -1;
	return listener_hand_over(&listener, state, starting->init, fd, err);
}

static int hear_end(const struct launch_starting *starting, struct error *err)
{
	for (;;) {
		struct message message;
		const int received = sync_receive(starting->socket_fd, &message, err);
		int result = 0;

		if (received <= 0)
			return received;
		if (message.type == MESSAGE_LISTENER)
			result = hand_listener_over(starting, message.fd, err);
		cleanup_close(&message.fd);
		if (result < 0)
			return -1;
		if (message.type == MESSAGE_LISTENER)
			continue;
		if (message.type == MESSAGE_FAILED) {
			*err = message.error;
			return error_set(err, ERROR_INTERNAL,
			                 "the sandbox failed without saying "
			                 "why");
		}
		return error_set(err, ERROR_INTERNAL, "the sandbox sent message %u out of turn",
		                 message.type);
	}
}

/* Has it ended, and has been reaped by who watches it? Then nothing can be seen any more. */
static bool is_gone(int pidfd)
{
	struct error ignored = { .kind = ERROR_NONE };

	return process_number(pidfd, &ignored) < 0;
}

static int verify_program(const struct launch_starting *starting, struct error *err)
{
	AUTO_CLOSE int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool is_unborn = false;

	if (proc_fd < 0)
		return error_set_errno(err, "cannot open /proc");
	if (procfs_verify(proc_fd, err) < 0 ||
	    process_never_executed(proc_fd, starting->init, &is_unborn, err) < 0)
		return -1;
	if (is_unborn)
		return error_set(err, ERROR_SYSTEM,
		                 "the container was killed before its program could start");
	if (process_runs_own_file(proc_fd, starting->init)) {
		(void)snprintf(err->stage, sizeof(err->stage), "exec");
		return error_set(err, ERROR_SPEC, "the program leads to hardrun itself");
	}
	if (starting->apparmor_profile == NULL ||
	    apparmor_verify_name(proc_fd, starting->init, starting->apparmor_profile, err) == 0)
		return 0;
	(void)snprintf(err->stage, sizeof(err->stage), "apparmor");
	return -1;
}

int launch_start(const struct launch_starting *starting, struct error *err)
{
	struct error cause = { .kind = ERROR_NONE };

	if (say_start(starting, err) < 0 || hear_end(starting, err) < 0) {
		hints_add(err);
		return -1;
	}
	if (verify_program(starting, &cause) == 0 || is_gone(starting->pidfd))
		return 0;
	process_signal(starting->pidfd, SIGKILL);
	*err = cause;
	return -1;
}

/* Up to the program: what joins is not started later. */
static int raise_joining(struct creating *creating, struct error *err)
{
	const struct launch_starting starting = {
		.socket_fd = creating->birth.launcher_fd,
		.pidfd = creating->birth.pidfd,
		.init = creating->birth.init,
		.apparmor_profile = creating->plan->apparmor_profile,
		.listener_path = creating->plan->seccomp_listener.path,
		.listener_metadata = creating->plan->seccomp_listener.metadata,
		.describe = creating->creation->describe,
		.context = creating->creation->context,
	};

	if (raise_init(creating, err) < 0 || hear_end(&starting, err) < 0)
		return -1;
	return verify_program(&starting, err);
}

int launch_exec(const struct plan *plan, const struct launch_target *target,
                const struct launch_creation *creation, struct launch_process *out,
                struct error *err)
{
	CLEANUP(creating_clear)
	struct creating creating = {
		.plan = plan,
		.creation = creation,
		.stages = &joined_stages,
		.birth = BIRTH_NONE,
		.terminal_fd = -1,
		.may_start = creation->on_ready == NULL && !plan->has_terminal,
	};

	creating.birth.plan = plan;
	creating.birth.stages = creating.stages;
	creating.birth.target = target;
	creating.birth.cgroup_fd = creation->cgroup_fd;
	/* What it makes begins there. Source: runtime-spec config.md, process.execCPUAffinity. */
	if (plan->launcher_cpus != NULL && scheduling_set_cpus(plan->launcher_cpus, err) < 0)
		return error_at(err, "%s", plan->launcher_cpus_origin);
	return bring_up(&creating, raise_joining, out, err);
}

enum {
	WATCH_PROCESS,
	WATCH_SIGNALS,
	WATCH_RELAY,
	WATCH_COUNT = WATCH_RELAY + RELAY_WATCH_COUNT,
};

static void forward(const struct launch_process *process, const struct relay *relay, int signal_fd)
{
	struct signalfd_siginfo info;

	if (read(signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGWINCH)
		relay_resize(relay);
	else
		process_signal(process->pidfd, (int)info.ssi_signo);
}

static int wait_and_relay(const struct launch_process *process, int signal_fd, struct relay *relay,
                          struct error *err)
{
	bool is_small = false;

	for (;;) {
		struct pollfd watched[WATCH_COUNT] = {
			[WATCH_PROCESS] = { .fd = process->pidfd, .events = POLLIN },
			[WATCH_SIGNALS] = { .fd = signal_fd, .events = POLLIN },
		};
		int count;

		relay_watch(relay, watched + WATCH_RELAY);
		count = poll(watched, WATCH_COUNT, is_small ? -1 : SUPERVISE_SHORT_RUN_MS);
		if (count < 0 && errno != EINTR)
			return error_set_errno(err, "cannot watch the container");
		if (count == 0) {
			process_release_pages();
			is_small = true;
		}
		if (count <= 0)
			continue;
		relay_move(relay, watched + WATCH_RELAY);
		if (watched[WATCH_SIGNALS].revents != 0)
			forward(process, relay, signal_fd);
		if (watched[WATCH_PROCESS].revents != 0)
			return 0;
	}
}

int launch_attend(struct launch_process *process, const struct launch_signals *signals,
                  int *out_status, struct error *err)
{
	struct relay relay = RELAY_NONE;
	int result = 0;

	if (process->terminal_fd >= 0)
		result = relay_start(&relay, take_fd(&process->terminal_fd), err);
	if (result == 0)
		result = wait_and_relay(process, signals->fd, &relay, err);
	relay_finish(&relay, signals->fd);
	if (result < 0)
		return -1;
	while (waitpid(process->pid, out_status, __WALL) < 0) {
		if (errno != EINTR)
			return error_set_errno(err, "cannot wait for the container");
	}
	return 0;
}
