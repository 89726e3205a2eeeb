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
};

static int check_status(const struct container *container, bool ignores_paused, struct error *err)
{
	const enum container_status status = container_look(container);

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

static int open_cgroup(const struct container *container, const char *below, int *out,
                       struct error *err)
{
	char path[CGROUP_PATH_SIZE];

	*out = -1;
	if (below == NULL) {
		*out = container_open_cgroup(container);
		return 0;
	}
	if (container->state.cgroup == NULL)
		return error_set(err, ERROR_STATE, "the container %s has no cgroup", container->id);
	while (*below == '/')
		below++;
	if (path_join(path, sizeof(path), container->state.cgroup, below, err) < 0)
		return error_at(err, "--cgroup");
	*out = cgroup_open(path, err);
	return *out < 0 ? error_at(err, "--cgroup") : 0;
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

static int join(const struct container *container, const struct plan *plan,
                const struct exec_request *request, struct launch_process *out, struct error *err)
{
	AUTO_CLOSE int cgroup_fd = -1;
	AUTO_CLOSE int console_fd = -1;
	AUTO_CLOSE int pidfd = identity_open(&container->state.init);
	struct joining joining = { .container = container, .request = request };
	const struct launch_target target = { .pidfd = pidfd, .init = container->state.init.pid };
	struct launch_creation creation = {
		.listen_fd = -1,
		.describe = describe,
		.on_ready = request->channels.pid_file == NULL ? NULL : write_pid,
		.context = &joining,
	};

	if (pidfd < 0)
		return error_set(err, ERROR_STATE, "container not running: %s", container->id);
	if (open_cgroup(container, request->cgroup, &cgroup_fd, err) < 0)
		return -1;
	if (request->channels.console_socket != NULL) {
		console_fd = channels_connect(AT_FDCWD, request->channels.console_socket,
		                              SOCK_STREAM, err);
		if (console_fd < 0)
			return error_at(err, "--console-socket");
	}
	creation.cgroup_fd = cgroup_fd;
	creation.console_fd = console_fd;
	return launch_exec(plan, &target, &creation, out, err);
}

int container_exec(const struct container *container, const struct exec_request *request,
                   struct launch_process *out_process, struct error *err)
{
	AUTO_PLAN struct plan *plan = NULL;
	struct host host;

	host_init(&host);
	if (check_status(container, request->ignores_paused, err) < 0 ||
	    plan_make(request->spec, &host, &request->plan, &plan, err) < 0 ||
	    check_terminal(plan, request, err) < 0 ||
	    join(container, plan, request, out_process, err) < 0)
		return -1;
	return send_pidfd(request, out_process, err);
}
