/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sandbox/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/apparmor.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "sandbox/hints.h"
#include "sandbox/relay.h"
#include "sandbox/sync.h"

enum phase {
	PHASE_CONFINING, /* the init runs its stages */
	PHASE_STARTING,  /* the program may start */
	PHASE_RUNNING,   /* it has */
	PHASE_ENDED,     /* and its wait status is known */
	PHASE_COUNT,
};

struct supervision {
	const struct supervised *of;
	struct launch_outcome *outcome;
	enum phase phase;
	int sync_fd;    /* -1 after its end of file; borrowed */
	int program_fd; /* pidfd; -1: not started */
	int timer_fd;   /* -1: no time limit, or not started */
	bool is_small;  /* what is not needed for waiting has been let go */
	struct timespec started;
	struct relay relay;
};

static void supervision_clear(struct supervision *supervision)
{
	relay_finish(&supervision->relay, supervision->of->signal_fd);
	cleanup_close(&supervision->program_fd);
	cleanup_close(&supervision->timer_fd);
}

static uint64_t usec_since(const struct timespec *start)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)((now.tv_sec - start->tv_sec) * 1000000 +
	                  (now.tv_nsec - start->tv_nsec) / 1000);
}

static int start_timer(struct supervision *supervision, struct error *err)
{
	const uint64_t limit_ms = supervision->of->plan->timeout_ms;
	const struct itimerspec time = { .it_value = { .tv_sec = (time_t)(limit_ms / 1000),
		                                       .tv_nsec = (long)(limit_ms % 1000) *
		                                                  1000000 } };

	if (limit_ms == 0)
		return 0;
	supervision->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (supervision->timer_fd < 0 || timerfd_settime(supervision->timer_fd, 0, &time, NULL) < 0)
		return error_set_errno(err, "cannot set the time limit");
	return 0;
}

static int on_ready(struct supervision *supervision, struct message *message, struct error *err)
{
	const struct launch_request *request = supervision->of->request;

	if (message->fd >= 0 && relay_start(&supervision->relay, take_fd(&message->fd), err) < 0)
		return -1;
	supervision->phase = PHASE_STARTING;
	(void)clock_gettime(CLOCK_MONOTONIC, &supervision->started);
	if (request->on_ready == NULL)
		return 0;
	if (request->on_ready(request->context, err) < 0)
		return -1;
	return sync_answer(supervision->sync_fd, err);
}

/* The label as the launcher sees it, whatever the init was told. Source: CVE-2025-52881. */
static int verify_label(const struct plan *plan, int proc_fd, pid_t program, struct error *err)
{
	if (plan->apparmor_profile == NULL ||
	    apparmor_verify(proc_fd, program, plan->apparmor_profile, err) == 0)
		return 0;
	(void)snprintf(err->stage, sizeof(err->stage), "apparmor");
	return -1;
}

/*
 * Who can name /proc/self/exe to be executed may not get hardrun itself inside, where it could be
 * opened for writing. Source: CVE-2019-5736.
 */
static int verify_file(const struct plan *plan, int proc_fd, pid_t program, struct error *err)
{
	if (!process_runs_own_file(proc_fd, program))
		return 0;
	(void)snprintf(err->stage, sizeof(err->stage), "exec");
	(void)error_set(err, ERROR_SPEC, "%s leads to hardrun itself", plan->argv[0]);
	return error_at(err, "%s", plan->argv_origin);
}

/* What died at once has run, as whatever it was: that is a failure only if a label was due. */
static int verify_program(const struct supervision *supervision, struct error *err)
{
	const struct plan *plan = supervision->of->plan;
	AUTO_CLOSE int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct error gone = { .kind = ERROR_NONE };
	pid_t program;

	if (proc_fd < 0)
		return error_set_errno(err, "cannot open /proc");
	program = process_number(supervision->program_fd, &gone);
	if (program < 0 && plan->apparmor_profile == NULL)
		return 0;
	if (program < 0) {
		*err = gone;
		return -1;
	}
	if (procfs_verify(proc_fd, err) < 0 || verify_file(plan, proc_fd, program, err) < 0)
		return -1;
	return verify_label(plan, proc_fd, program, err);
}

/* That the init is dead is seen and told when its end is looked at. */
static void answer_whoever_lives(int sync_fd)
{
	struct error ignored = { .kind = ERROR_NONE };

	(void)!sync_answer(sync_fd, &ignored);
}

static int on_started(struct supervision *supervision, struct message *message, struct error *err)
{
	supervision->program_fd = take_fd(&message->fd);
	if (supervision->program_fd < 0)
		return error_set(err, ERROR_INTERNAL, "the sandbox did not show the program");
	if (verify_program(supervision, err) < 0 || start_timer(supervision, err) < 0)
		return -1;
	supervision->phase = PHASE_RUNNING;
	answer_whoever_lives(supervision->sync_fd);
	return 0;
}

static int on_ended(struct supervision *supervision, struct message *message, struct error *err)
{
	if (!WIFEXITED(message->number) && !WIFSIGNALED(message->number))
		return error_set(err, ERROR_INTERNAL, "the sandbox sent the wait status %d",
		                 message->number);
	supervision->outcome->status = message->number;
	supervision->outcome->wall_usec = usec_since(&supervision->started);
	supervision->phase = PHASE_ENDED;
	return 0;
}

static int on_failed(struct supervision *supervision, struct message *message, struct error *err)
{
	*err = message->error;
	return error_set(err, ERROR_INTERNAL, "the sandbox failed without saying why");
}

#define IN(phase) (1U << (phase))

/* What is heard when; anything else is an attack or a bug, and ends the launch. */
static const struct {
	enum message_type type;
	unsigned int phases;
	int (*handle)(struct supervision *supervision, struct message *message, struct error *err);
} requests[] = {
	{ MESSAGE_READY, IN(PHASE_CONFINING), on_ready },
	{ MESSAGE_STARTED, IN(PHASE_STARTING), on_started },
	{ MESSAGE_ENDED, IN(PHASE_RUNNING), on_ended },
	{ MESSAGE_FAILED, IN(PHASE_CONFINING) | IN(PHASE_STARTING), on_failed },
};

static int dispatch(struct supervision *supervision, struct message *message, struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		if (requests[i].type == message->type &&
		    (requests[i].phases & IN(supervision->phase)) != 0)
			return requests[i].handle(supervision, message, err);
	}
	return error_set(err, ERROR_INTERNAL, "the sandbox sent message %u out of turn",
	                 message->type);
}

/* One message, or the end of them; an init that says no more has no business to live on. */
static int hear(struct supervision *supervision, struct error *err)
{
	struct message message;
	const int received = sync_receive(supervision->sync_fd, &message, err);
	int result;

	if (received < 0)
		return -1;
	if (received == 0) {
		supervision->sync_fd = -1;
		process_signal(supervision->of->pidfd, SIGKILL);
		return 0;
	}
	result = dispatch(supervision, &message, err);
	cleanup_close(&message.fd);
	return result;
}

static int on_signal(struct supervision *supervision, struct error *err)
{
	char name[PROCESS_SIGNAL_NAME_SIZE];
	struct signalfd_siginfo info;

	if (read(supervision->of->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	if (info.ssi_signo == SIGWINCH) {
		relay_resize(&supervision->relay);
		return 0;
	}
	process_name_signal((int)info.ssi_signo, name);
	if (supervision->phase == PHASE_CONFINING)
		return error_set(err, ERROR_STATE, "ended by %s before the program started", name);
	process_signal(supervision->program_fd, (int)info.ssi_signo);
	return 0;
}

static void on_time_over(struct supervision *supervision)
{
	if (supervision->phase == PHASE_ENDED)
		return;
	cleanup_close(&supervision->timer_fd);
	supervision->timer_fd = -1;
	supervision->outcome->has_timed_out = true;
	process_signal(supervision->of->pidfd, SIGKILL);
}

enum {
	WATCH_SYNC,
	WATCH_SIGNALS,
	WATCH_TIMER,
	WATCH_INIT,
	WATCH_RELAY,
	WATCH_COUNT = WATCH_RELAY + RELAY_WATCH_COUNT,
};

/* Becomes small when the program turns out to be one that runs for longer. */
static int wait_for(struct supervision *supervision, struct pollfd watched[WATCH_COUNT],
                    struct error *err)
{
	for (;;) {
		const bool may_shrink =
			supervision->phase == PHASE_RUNNING && !supervision->is_small;
		const int count =
			poll(watched, WATCH_COUNT, may_shrink ? SUPERVISE_SHORT_RUN_MS : -1);

		if (count > 0)
			return 0;
		if (count < 0 && errno != EINTR)
			return error_set_errno(err, "cannot watch the sandbox");
		if (count < 0)
			continue;
		process_release_pages();
		supervision->is_small = true;
	}
}

static int watch(struct supervision *supervision, struct pollfd watched[WATCH_COUNT],
                 struct error *err)
{
	watched[WATCH_SYNC] = (struct pollfd){ .fd = supervision->sync_fd, .events = POLLIN };
	/* The program may run already while it is said to start: a signal waits until that is
	 * known. */
	watched[WATCH_SIGNALS] = (struct pollfd){
		.fd = supervision->phase == PHASE_STARTING ? -1 : supervision->of->signal_fd,
		.events = POLLIN,
	};
	watched[WATCH_TIMER] = (struct pollfd){ .fd = supervision->timer_fd, .events = POLLIN };
	watched[WATCH_INIT] = (struct pollfd){ .fd = supervision->of->pidfd, .events = POLLIN };
	relay_watch(&supervision->relay, watched + WATCH_RELAY);
	return wait_for(supervision, watched, err);
}

/* poll(2) may have seen the death and not yet the last words. */
static int hear_the_rest(struct supervision *supervision, struct error *err)
{
	while (supervision->sync_fd >= 0) {
		struct pollfd rest = { .fd = supervision->sync_fd, .events = POLLIN };

		if (poll(&rest, 1, 0) <= 0)
			return 0;
		if (hear(supervision, err) < 0)
			return -1;
	}
	return 0;
}

/* Until the init is dead and all that it has said has been heard. */
static int follow(struct supervision *supervision, struct error *err)
{
	for (;;) {
		struct pollfd watched[WATCH_COUNT];

		if (watch(supervision, watched, err) < 0)
			return -1;
		relay_move(&supervision->relay, watched + WATCH_RELAY);
		if (watched[WATCH_SYNC].revents != 0) {
			if (hear(supervision, err) < 0)
				return -1;
			continue;
		}
		if (watched[WATCH_INIT].revents != 0)
			return hear_the_rest(supervision, err);
		if (watched[WATCH_TIMER].revents != 0)
			on_time_over(supervision);
		if (watched[WATCH_SIGNALS].revents != 0 && on_signal(supervision, err) < 0)
			return -1;
	}
}

/* The init died without a word: its name is the stage it was in. */
static int describe_death(const struct supervised *supervised, const siginfo_t *death,
                          struct error *err)
{
	char signal_name[PROCESS_SIGNAL_NAME_SIZE];
	char name[PROCESS_NAME_LENGTH + 1];
	const struct stage *stage;

	process_get_name(supervised->init, name);
	stage = stages_find(supervised->stages, name);
	if (stage != NULL)
		(void)snprintf(err->stage, sizeof(err->stage), "%s", stage->name);
	if (death->si_code == CLD_EXITED)
		return error_set(err, ERROR_INTERNAL,
		                 "the sandbox ended with status %d before the program started",
		                 death->si_status);
	process_name_signal(death->si_status, signal_name);
	(void)error_set(err, ERROR_SYSTEM,
	                "the sandbox was killed by %s before the program started", signal_name);
	if (death->si_status == SIGKILL)
		(void)error_hint(err, "someone killed it, or limits.memory is too small for it");
	return -1;
}

/* Where the program has run, the init's own death without a word is the outcome. */
static int finish(struct supervision *supervision, struct error *err)
{
	const pid_t init = supervision->of->init;
	siginfo_t death;
	int status;
	int result = 0;

	if (waitid(P_PID, (id_t)init, &death, WEXITED | WNOWAIT) < 0)
		return error_set_errno(err, "cannot wait for the container");
	if (supervision->phase < PHASE_RUNNING)
		result = describe_death(supervision->of, &death, err);
	else if (supervision->phase == PHASE_RUNNING && death.si_code == CLD_EXITED)
		result = error_set(err, ERROR_INTERNAL,
		                   "the sandbox ended without saying how the program did");
	if (wait4(init, &status, 0, &supervision->outcome->resources) < 0)
		return error_set_errno(err, "cannot wait for the container");
	if (supervision->phase == PHASE_RUNNING) {
		supervision->outcome->status = status;
		supervision->outcome->wall_usec = usec_since(&supervision->started);
	}
	return result;
}

static void kill_and_reap(const struct supervised *supervised)
{
	process_signal(supervised->pidfd, SIGKILL);
	while (waitpid(supervised->init, NULL, 0) < 0 && errno == EINTR)
		continue;
}

/* Did the init say FAILED, unheard until now? */
static bool has_last_words(const struct supervised *supervised, struct error *out)
{
	struct pollfd watched = { .fd = supervised->sync_fd, .events = POLLIN };
	struct error ignored = { .kind = ERROR_NONE };
	struct message message;

	if (poll(&watched, 1, 0) <= 0 || sync_receive(supervised->sync_fd, &message, &ignored) != 1)
		return false;
	cleanup_close(&message.fd);
	*out = message.error;
	return message.type == MESSAGE_FAILED && message.error.kind != ERROR_NONE;
}

void supervise_abort(const struct supervised *supervised, struct error *err)
{
	struct error cause = { .kind = ERROR_NONE };
	siginfo_t death = { .si_pid = 0 };

	(void)waitid(P_PID, (id_t)supervised->init, &death, WEXITED | WNOHANG | WNOWAIT);
	if (has_last_words(supervised, &cause)) {
		*err = cause;
	} else if (death.si_pid != 0) {
		*err = (struct error){ .kind = ERROR_NONE };
		(void)describe_death(supervised, &death, err);
	}
	kill_and_reap(supervised);
}

int supervise(const struct supervised *supervised, struct launch_outcome *out, struct error *err)
{
	CLEANUP(supervision_clear)
	struct supervision supervision = {
		.of = supervised,
		.outcome = out,
		.sync_fd = supervised->sync_fd,
		.program_fd = -1,
		.timer_fd = -1,
		.relay = RELAY_NONE,
	};

	*out = (struct launch_outcome){ .status = 0 };
	if (supervised->request->on_ready == NULL)
		answer_whoever_lives(supervised->sync_fd);
	if (follow(&supervision, err) == 0)
		return finish(&supervision, err);
	kill_and_reap(supervised);
	return -1;
}
