/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sandbox/launch.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/process.h"
#include "sandbox/birth.h"
#include "sandbox/hints.h"
#include "sandbox/stages.h"
#include "sandbox/supervise.h"

/* One launch, in the launcher. */
struct launch_state {
	const struct launch_request *request;
	struct birth birth;
	struct launch_signals signals;
};

/*
 * Signals that are not the program's matter: those that say something of the launcher itself,
 * and those by which a shell stops and continues it.
 */
static const int own_signals[] = { SIGKILL, SIGSTOP, SIGCHLD, SIGSEGV, SIGBUS,
	                           SIGFPE,  SIGILL,  SIGTRAP, SIGABRT, SIGSYS,
	                           SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT };

int launch_signals_hold(struct launch_signals *signals, struct error *err)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t forwarded;

	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigaction(SIGPIPE, &ignore, &signals->pipe_before);
	(void)sigfillset(&forwarded);
	for (size_t i = 0; i < ARRAY_LEN(own_signals); i++)
		(void)sigdelset(&forwarded, own_signals[i]);
	if (sigprocmask(SIG_BLOCK, &forwarded, &signals->before) < 0)
		return error_set_errno(err, "cannot block signals");
	signals->fd = signalfd(-1, &forwarded, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals->fd < 0)
		return error_set_errno(err, "cannot receive signals");
	return 0;
}

void launch_signals_release(struct launch_signals *signals)
{
	cleanup_close(&signals->fd);
	signals->fd = -1;
	(void)sigaction(SIGPIPE, &signals->pipe_before, NULL);
	(void)sigprocmask(SIG_SETMASK, &signals->before, NULL);
}

static void launch_state_clear(struct launch_state *state)
{
	birth_clear(&state->birth);
	launch_signals_release(&state->signals);
}

static int attend(struct launch_state *state, struct launch_outcome *out, struct error *err)
{
	const struct launch_request *request = state->request;
	const struct supervised supervised = {
		.plan = state->birth.plan,
		.request = request,
		.stages = &init_stages,
		.init = state->birth.init,
		.pidfd = state->birth.pidfd,
		.sync_fd = state->birth.launcher_fd,
		.signal_fd = state->signals.fd,
	};
	int result = birth_prepare(&state->birth, err);

	birth_reap_intermediate(&state->birth);
	if (result == 0 && request->on_cloned != NULL)
		result = request->on_cloned(request->context, supervised.init, err);
	if (result == 0)
		return supervise(&supervised, out, err);
	supervise_abort(&supervised, err);
	return -1;
}

int launch(const struct plan *plan, const struct launch_request *request,
           struct launch_outcome *out, struct error *err)
{
	CLEANUP(launch_state_clear)
	struct launch_state state = {
		.request = request,
		.birth = BIRTH_NONE,
		.signals = LAUNCH_SIGNALS_NONE,
	};
	int result = launch_signals_hold(&state.signals, err);

	state.birth.plan = plan;
	state.birth.stages = &init_stages;
	state.birth.cgroup_fd = request->cgroup_fd;
	if (result == 0 && (process_check_streams(err) < 0 || birth_clone(&state.birth, err) < 0))
		result = -1;
	if (result == 0)
		result = attend(&state, out, err);
	if (result < 0)
		hints_add(err);
	return result;
}
