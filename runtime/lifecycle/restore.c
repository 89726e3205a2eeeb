/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/cgroup.h"
#include "kernel/process.h"
#include "lifecycle/channels.h"
#include "lifecycle/criu_parts.h"
#include "lifecycle/operation_parts.h"
#include "sandbox/hooks.h"

/* Steps of criu's. Source: criu(8), Action scripts. */
#define STEP_NAMESPACES "setup-namespaces" /* they are made, and empty */
#define STEP_RESTORED   "post-restore"     /* all is there, and does not run yet */
#define STEP_TERMINAL   "orphan-pts-master"

struct restoring {
	const struct plan *plan;
	const struct launch_creation *creation;
	struct launch_process process;
};

/* The hooks that are the runtime's before there is a root: that of a network for one. */
static int run_hooks(const struct restoring *restoring, pid_t pid, struct error *err)
{
	static const enum plan_hook_point points[] = { PLAN_HOOK_PRESTART,
		                                       PLAN_HOOK_CREATE_RUNTIME };
	const struct launch_creation *creation = restoring->creation;
	AUTO_FREE char *state = NULL;

	for (size_t i = 0; i < ARRAY_LEN(points); i++) {
		const struct plan_hook_list *hooks = &restoring->plan->hooks[points[i]];

		if (hooks->count == 0)
			continue;
		if (state == NULL &&
		    creation->describe(creation->context, "creating", pid, &state, err) < 0)
			return -1;
		if (hooks_run(hooks, state, err) < 0)
			return -1;
	}
	return 0;
}

static int on_restored(struct restoring *restoring, pid_t pid, struct error *err)
{
	const struct launch_creation *creation = restoring->creation;

	restoring->process.pid = pid;
	restoring->process.pidfd = process_open(pid, err);
	if (restoring->process.pidfd < 0 || creation->on_cloned(creation->context, pid, err) < 0 ||
	    creation->on_building(creation->context, err) < 0)
		return -1;
	return creation->on_ready(creation->context, pid, err);
}

static int on_terminal(struct restoring *restoring, int fd, struct error *err)
{
	if (fd < 0)
		return error_set(err, ERROR_SYSTEM, "criu sent no terminal");
	if (restoring->creation->console_fd >= 0)
		return channels_pass(restoring->creation->console_fd, "/dev/ptmx", fd, err);
	restoring->process.terminal_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (restoring->process.terminal_fd < 0)
		return error_set_errno(err, "cannot keep the terminal");
	return 0;
}

static int on_step(void *context, const char *step, pid_t pid, int fd, struct error *err)
{
	struct restoring *restoring = context;

	if (strcmp(step, STEP_NAMESPACES) == 0)
		return run_hooks(restoring, pid, err);
	if (strcmp(step, STEP_RESTORED) == 0)
		return on_restored(restoring, pid, err);
	return strcmp(step, STEP_TERMINAL) == 0 ? on_terminal(restoring, fd, err) : 0;
}

static void add_request(const struct restore_request *request, struct helper_words *words)
{
	if (request->lsm_profile != NULL)
		helper_words_add(words, "lsm-profile=%s", request->lsm_profile);
	if (request->lsm_mount_context != NULL)
		helper_words_add(words, "lsm-mount-context=%s", request->lsm_mount_context);
	if (request->closes_tcp)
		helper_words_add(words, "tcp-close");
	/* The process is a child of the helper, not of criu; and of hardrun when that has ended. */
	helper_words_add(words, "rst-sibling");
}

static int add_container(const struct container_state *state, const struct plan *plan,
                         struct criu_call *call, struct error *err)
{
	helper_words_add(&call->words, "root=%s", state->rootfs);
	if (state->cgroup != NULL && state->is_cgroup_made) {
		helper_words_add(&call->words, "cgroup=" CGROUP_MOUNT_POINT "%s", state->cgroup);
		helper_words_add(&call->words, "cgroup-root=%s", state->cgroup);
	}
	if (criu_give_parts(plan, state->rootfs, &call->words, err) < 0)
		return -1;
	return criu_give_streams(call->images, &call->words, err);
}

/* The host's number of the container's group 0; -1: unknown. */
static int64_t find_outer_group(const struct plan *plan)
{
	for (size_t i = 0; i < plan->gid_map_count; i++) {
		if (plan->gid_map[i].inner == 0)
			return plan->gid_map[i].outer;
	}
	return -1;
}

/*
 * In a user namespace criu reads some of the images as the container's root. Whoever else is on the
 * host must not: they hold memory.
 */
static int admit_to_images(const struct plan *plan, const char *images, struct error *err)
{
	const int64_t group = find_outer_group(plan);
	struct stat found;

	if ((plan->clone_flags & CLONE_NEWUSER) == 0 || group < 0)
		return 0;
	if (stat(images, &found) == 0 && (found.st_mode & S_IXOTH) != 0)
		return 0;
	if (chown(images, (uid_t)-1, (gid_t)group) < 0 || chmod(images, S_IRWXU | S_IXGRP) < 0) {
		(void)error_set_errno(err, "cannot let the container's root search %s", images);
		return error_at(err, "--image-path");
	}
	return 0;
}

/* Images may be another container's; the processes run by now, but not for long. */
static int check_result(const struct restoring *restoring, pid_t pid, struct error *err)
{
	if (restoring->process.pid != 0 && restoring->process.pid == pid)
		return criu_check_restored(restoring->plan, pid, err);
	return error_set(err, ERROR_SYSTEM, "criu restored another process than it said");
}

int operation_restore(const struct restore_request *request, const struct plan *plan,
                      const struct container_state *state, const struct launch_creation *creation,
                      struct launch_process *out, struct error *err)
{
	AUTO_CRIU_CALL struct criu_call call = CRIU_CALL_NONE;
	struct restoring restoring = {
		.plan = plan,
		.creation = creation,
		.process = LAUNCH_PROCESS_NONE,
	};
	pid_t pid = 0;
	int result;

	call.verb = CRIU_RESTORE;
	call.options = &request->criu;
	call.on_step = on_step;
	call.context = &restoring;
	if (criu_check_plan(plan, state->has_landlock, err) < 0 || criu_begin(&call, err) < 0 ||
	    add_container(state, plan, &call, err) < 0 ||
	    admit_to_images(plan, call.images, err) < 0)
		return -1;
	add_request(request, &call.words);
	result = criu_run(&call, &pid, err) < 0 ? -1 : check_result(&restoring, pid, err);
	*out = restoring.process;
	return result;
}
