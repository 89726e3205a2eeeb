/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "base/path.h"
#include "kernel/cgroup.h"
#include "kernel/host.h"
#include "kernel/process.h"
#include "lifecycle/channels.h"
#include "lifecycle/operation_parts.h"
#include "lifecycle/operations.h"

static void free_plan(struct plan **owner)
{
	plan_free(*owner);
}

#define AUTO_PLAN CLEANUP(free_plan)

struct joining {
	const struct container *container;
	const struct exec_request *request;
	int pidfd;     /* of its init; -1: it has ended */
	int cgroup_fd; /* of the container; -1: none */
	enum identity_fate fate;
};

#define AUTO_JOINING CLEANUP(joining_clear)

static void joining_clear(struct joining *joining)
{
	cleanup_close(&joining->pidfd);
	cleanup_close(&joining->cgroup_fd);
}

static int check_status(const struct joining *joining, struct error *err)
{
	const struct container *container = joining->container;
	const bool ignores_paused = joining->request->ignores_paused;
	const enum container_status status =
		container_judge(container, joining->fate, joining->cgroup_fd);

	if (status == CONTAINER_RUNNING || status == CONTAINER_CREATED ||
	    (status == CONTAINER_PAUSED && ignores_paused))
		return 0;
	if (status == CONTAINER_PAUSED) {
		(void)error_set(err, ERROR_STATE, "cannot exec in a paused container: %s",
		                container->id);
		return error_hint(err, "hardrun resume %s, or --ignore-paused", container->id);
	}
	return error_set(err, ERROR_STATE, "container not running: %s is %s", container->id,
	                 container_status_name(status));
}

/* Go on to the cgroup that is @below the container's. */
static int descend(struct joining *joining, const char *below, struct error *err)
{
	const struct container *container = joining->container;
	char path[CGROUP_PATH_SIZE];

	if (below == NULL)
		return 0;
	if (container->state.cgroup == NULL)
		return error_set(err, ERROR_STATE, "the container %s has no cgroup", container->id);
	while (*below == '/')
		below++;
	if (path_join(path, sizeof(path), container->state.cgroup, below, err) < 0)
		return error_at(err, "--cgroup");
	cleanup_close(&joining->cgroup_fd);
	joining->cgroup_fd = cgroup_open(path, err);
	return joining->cgroup_fd < 0 ? error_at(err, "--cgroup") : 0;
}

static int check_terminal(const struct plan *plan, const struct exec_request *request,
                          struct error *err)
{
	const bool has_socket = request->channels.console_socket != NULL;

	if (plan->has_terminal && !has_socket && !request->is_attended) {
		(void)error_set(err, ERROR_USAGE,
		                "nobody would hold the terminal that the process asks for");
		return error_hint(err, "give --console-socket PATH, or leave out --detach");
	}
	if (!plan->has_terminal && has_socket) {
		(void)error_set(err, ERROR_USAGE, "the process asks for no terminal to be sent");
		return error_at(err, "--console-socket");
	}
	return 0;
}

static int write_pid(void *context, pid_t pid, struct error *err)
{
	const struct joining *joining = context;

	return channels_write_pid(joining->request->channels.pid_file, pid, err);
}

static int describe(void *context, const char *status, pid_t pid, char **out, struct error *err)
{
	const struct joining *joining = context;
	struct container copy = *joining->container;

	return operation_describe(&copy, status, pid, out, err);
}

/* Who asked for a descriptor of the process and did not get it has no hold of it. */
static int send_pidfd(const struct exec_request *request, const struct launch_process *process,
                      struct error *err)
{
	const char *path = request->channels.pidfd_socket;

	if (path == NULL || channels_send(path, "pidfd", process->pidfd, err) == 0)
		return 0;
	process_signal(process->pidfd, SIGKILL);
	return -1;
}

static int join(struct joining *joining, const struct plan *plan, struct launch_process *out,
                struct error *err)
{
	const struct exec_request *request = joining->request;
	AUTO_CLOSE int console_fd = -1;
	const struct launch_target target = { .pidfd = joining->pidfd,
		                              .init = joining->container->state.init.pid };
	struct launch_creation creation = {
		.listen_fd = -1,
		.describe = describe,
		.on_ready = request->channels.pid_file == NULL ? NULL : write_pid,
		.context = joining,
	};

	if (descend(joining, request->cgroup, err) < 0)
		return -1;
	if (request->channels.console_socket != NULL) {
		console_fd = channels_connect(AT_FDCWD, request->channels.console_socket,
		                              SOCK_STREAM, err);
		if (console_fd < 0)
			return error_at(err, "--console-socket");
	}
	creation.cgroup_fd = joining->cgroup_fd;
	creation.console_fd = console_fd;
	return launch_exec(plan, &target, &creation, out, err);
}

int container_exec(const struct container *container, const struct exec_request *request,
                   struct launch_process *out_process, struct error *err)
{
	AUTO_PLAN struct plan *plan = NULL;
	AUTO_JOINING struct joining joining = { .container = container, .request = request };
	struct host host;

	host_init(&host);
	joining.pidfd = identity_open_and_look(&container->state.init, &joining.fate);
	joining.cgroup_fd = container_open_cgroup(container);
	if (check_status(&joining, err) < 0 ||
	    plan_make(request->spec, &host, &request->plan, &plan, err) < 0 ||
	    check_terminal(plan, request, err) < 0 || join(&joining, plan, out_process, err) < 0)
		return -1;
	return send_pidfd(request, out_process, err);
}
