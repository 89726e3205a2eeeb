/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <poll.h>
#include <signal.h>

#include "kernel/cgroup.h"
#include "kernel/process.h"
#include "lifecycle/operations.h"

#define END_TIMEOUT_MS 10000

static int refuse_ended(const struct container *container, struct error *err)
{
	return error_set(err, ERROR_STATE, "container not running: %s", container->id);
}

/* The first process has ended: a namespace or a cgroup that is gone tells of the others. */
static bool is_none_left(const struct container *container)
{
	return container->state.has_own_pid_namespace || container->state.cgroup != NULL;
}

static int kill_all(const struct container *container, int signal_number, struct error *err)
{
	AUTO_CLOSE int cgroup_fd = container_open_cgroup(container);

	if (cgroup_fd >= 0)
		return cgroup_signal(cgroup_fd, signal_number, err);
	if (container_look(container) == CONTAINER_STOPPED)
		return is_none_left(container) ? 0 : refuse_ended(container, err);
	(void)error_set(err, ERROR_STATE,
	                "the container %s has no cgroup that would tell all its processes",
	                container->id);
	return error_hint(err, "signal its first process alone, without --all");
}

/* The end of the first process is not the end of the others where their PID namespace is older. */
static bool is_end_of_all(const struct container *container, int signal_number)
{
	return signal_number != SIGKILL || container->state.has_own_pid_namespace ||
	       container->state.cgroup == NULL;
}

int container_kill(const struct container *container, int signal_number, bool is_all,
                   struct error *err)
{
	AUTO_CLOSE int pidfd = identity_open(&container->state.init);

	if (is_all &&
	    (pidfd < 0 || signal_number != SIGKILL || !container->state.has_own_pid_namespace))
		return kill_all(container, signal_number, err);
	if (pidfd < 0)
		return refuse_ended(container, err);
	process_signal(pidfd, signal_number);
	return is_end_of_all(container, signal_number) ? 0
	                                               : kill_all(container, signal_number, err);
}

static int wait_for_end(const struct container *container, int pidfd, struct error *err)
{
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };

	if (poll(&poll_fd, 1, END_TIMEOUT_MS) > 0)
		return 0;
	return error_set(err, ERROR_STATE, "the processes of the container %s do not end",
	                 container->id);
}

int container_stop(const struct container *container, struct error *err)
{
	AUTO_CLOSE int pidfd = -1;
	AUTO_CLOSE int cgroup_fd = container_open_cgroup(container);

	if (container->has_state)
		pidfd = identity_open(&container->state.init);
	if (pidfd >= 0)
		process_signal(pidfd, SIGKILL);
	if (cgroup_fd >= 0 && cgroup_signal(cgroup_fd, SIGKILL, err) < 0)
		return -1;
	return pidfd < 0 ? 0 : wait_for_end(container, pidfd, err);
}
