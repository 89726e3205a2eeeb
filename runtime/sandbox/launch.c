/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sandbox/launch.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/mount.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "kernel/resolve.h"
#include "sandbox/hints.h"
#include "sandbox/init.h"
#include "sandbox/stages.h"
#include "sandbox/supervise.h"
#include "sandbox/sync.h"

/* Descriptors, of which the init inherits copies. */
struct descriptors {
	int *items;
	size_t count;
};

static void descriptors_clear(struct descriptors *descriptors)
{
	for (size_t i = 0; i < descriptors->count; i++)
		cleanup_close(&descriptors->items[i]);
	free(descriptors->items);
	*descriptors = (struct descriptors){ .items = NULL };
}

static int descriptors_make(struct descriptors *out, size_t count, struct error *err)
{
	out->items = calloc(count + 1, sizeof(*out->items));
	if (out->items == NULL)
		return error_set_errno(err, "cannot keep descriptors");
	for (size_t i = 0; i < count; i++)
		out->items[i] = -1;
	out->count = count;
	return 0;
}

/* One launch, in the launcher. */
struct launch_state {
	const struct plan *plan;
	const struct launch_request *request;
	struct descriptors nodes;   /* the sources of binds, if the launcher opens them */
	struct descriptors secrets; /* open files */
	int launcher_fd;            /* its end of the dialogue */
	int init_fd;
	int signal_fd;
	int pidfd;
	pid_t init;
	sigset_t signals_before;
	struct sigaction pipe_before;
};

/*
 * Signals that are not the program's matter: those that say something of the launcher itself,
 * and those by which a shell stops and continues it.
 */
static const int own_signals[] = { SIGKILL, SIGSTOP, SIGCHLD, SIGSEGV, SIGBUS,
	                           SIGFPE,  SIGILL,  SIGTRAP, SIGABRT, SIGSYS,
	                           SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT };

static int take_signals(struct launch_state *state, struct error *err)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t forwarded;

	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigaction(SIGPIPE, &ignore, &state->pipe_before);
	(void)sigfillset(&forwarded);
	for (size_t i = 0; i < ARRAY_LEN(own_signals); i++)
		(void)sigdelset(&forwarded, own_signals[i]);
	if (sigprocmask(SIG_BLOCK, &forwarded, &state->signals_before) < 0)
		return error_set_errno(err, "cannot block signals");
	state->signal_fd = signalfd(-1, &forwarded, SFD_CLOEXEC | SFD_NONBLOCK);
	if (state->signal_fd < 0)
		return error_set_errno(err, "cannot receive signals");
	return 0;
}

static void launch_state_clear(struct launch_state *state)
{
	descriptors_clear(&state->nodes);
	descriptors_clear(&state->secrets);
	cleanup_close(&state->launcher_fd);
	cleanup_close(&state->init_fd);
	cleanup_close(&state->signal_fd);
	cleanup_close(&state->pidfd);
	(void)sigaction(SIGPIPE, &state->pipe_before, NULL);
	(void)sigprocmask(SIG_SETMASK, &state->signals_before, NULL);
}

/* Only root of the host may map the ids of what it binds; an ordinary user's init opens it. */
static int open_sources(struct launch_state *state, struct error *err)
{
	const struct plan *plan = state->plan;

	if (descriptors_make(&state->nodes, plan->node_count, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->node_count && plan->is_privileged; i++) {
		const struct plan_node *node = &plan->nodes[i];
		const struct mount_source source = { node->source, node->source_device,
			                             node->source_inode };

		if (node->kind == PLAN_NODE_BIND &&
		    mount_open_source(&source, &state->nodes.items[i], err) < 0)
			return error_at(err, "%s", node->origin);
	}
	return 0;
}

static int open_secrets(struct launch_state *state, struct error *err)
{
	const struct plan *plan = state->plan;

	if (descriptors_make(&state->secrets, plan->secret_count, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->secret_count; i++) {
		state->secrets.items[i] =
			resolve_host(plan->secrets[i].source, O_RDONLY | O_NONBLOCK, err);
		if (state->secrets.items[i] < 0)
			return error_at(err, "%s", plan->secrets[i].origin);
	}
	return 0;
}

static noreturn void be_init(const struct launch_state *state)
{
	struct sandbox sandbox = {
		.sync_fd = state->init_fd,
		.node_fds = state->nodes.items,
		.secret_fds = state->secrets.items,
		.root_fd = -1,
		.proc_fd = -1,
		.devpts_fd = -1,
		.terminal_fd = -1,
	};

	(void)close(state->launcher_fd);
	init_run(&init_stages, state->plan, &sandbox);
}

static int clone_init(struct launch_state *state, struct error *err)
{
	if (sync_open(&state->launcher_fd, &state->init_fd, err) < 0)
		return -1;
	state->init = process_clone(state->plan->clone_flags, state->request->cgroup_fd,
	                            &state->pidfd, err);
	if (state->init < 0) {
		(void)snprintf(err->stage, sizeof(err->stage), "namespaces");
		return -1;
	}
	if (state->init == 0)
		be_init(state);
	cleanup_close(&state->init_fd);
	state->init_fd = -1;
	return 0;
}

static int admit_limits(const struct launch_state *state, struct error *err)
{
	const struct plan *plan = state->plan;

	for (size_t i = 0; i < plan->rlimit_count; i++) {
		if (process_admit_rlimit(state->init, plan->rlimits[i].resource,
		                         plan->rlimits[i].hard, err) < 0)
			return error_at(err, "%s", plan->rlimits[i].origin);
	}
	return 0;
}

static int map_users(const struct launch_state *state, struct error *err)
{
	const struct plan *plan = state->plan;
	const struct id_maps maps = { plan->uid_map, plan->uid_map_count, plan->gid_map,
		                      plan->gid_map_count };

	if (plan->maps_by_helper)
		return namespace_write_maps_by_helper(state->init, &maps, err);
	return namespace_write_maps(state->init, &maps, err);
}

static int map_sources(const struct launch_state *state, struct error *err)
{
	const struct plan *plan = state->plan;
	AUTO_CLOSE int user_namespace_fd = -1;

	for (size_t i = 0; i < plan->node_count; i++) {
		const struct plan_node *node = &plan->nodes[i];

		if (!node->is_id_mapped)
			continue;
		if (user_namespace_fd < 0)
			user_namespace_fd = namespace_open_user(state->init, err);
		if (user_namespace_fd < 0)
			return -1;
		if (mount_map_ids(state->nodes.items[i], user_namespace_fd, node->source, err) < 0)
			return error_at(err, "%s", node->origin);
	}
	return 0;
}

/* Do for the init what only the launcher may, and let it go on. */
static int prepare_init(const struct launch_state *state, struct error *err)
{
	if ((state->plan->clone_flags & CLONE_NEWUSER) == 0)
		return 0;
	if (admit_limits(state, err) < 0)
		return -1;
	(void)snprintf(err->stage, sizeof(err->stage), "user-mapping");
	if (map_users(state, err) < 0 || map_sources(state, err) < 0)
		return -1;
	err->stage[0] = '\0';
	return sync_answer(state->launcher_fd, err);
}

static int attend(struct launch_state *state, struct launch_outcome *out, struct error *err)
{
	const struct launch_request *request = state->request;
	const struct supervised supervised = {
		.plan = state->plan,
		.request = request,
		.stages = &init_stages,
		.init = state->init,
		.pidfd = state->pidfd,
		.sync_fd = state->launcher_fd,
		.signal_fd = state->signal_fd,
	};
	int result = prepare_init(state, err);

	descriptors_clear(&state->nodes);
	descriptors_clear(&state->secrets);
	if (result == 0 && request->on_cloned != NULL)
		result = request->on_cloned(request->context, state->init, err);
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
		.plan = plan,
		.request = request,
		.launcher_fd = -1,
		.init_fd = -1,
		.signal_fd = -1,
		.pidfd = -1,
	};
	int result = take_signals(&state, err);

	if (result == 0 && (open_sources(&state, err) < 0 || open_secrets(&state, err) < 0 ||
	                    clone_init(&state, err) < 0))
		result = -1;
	if (result == 0)
		result = attend(&state, out, err);
	if (result < 0)
		hints_add(err);
	return result;
}
