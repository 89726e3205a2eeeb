/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>

#include "base/log.h"
#include "lifecycle/channels.h"
#include "lifecycle/notify.h"
#include "lifecycle/operation_parts.h"
#include "lifecycle/operations.h"

static int check_status(const struct container *container, enum identity_fate fate,
                        struct error *err)
{
	AUTO_CLOSE int cgroup_fd = container_open_cgroup(container);

	switch (container_judge(container, fate, cgroup_fd)) {
	case CONTAINER_CREATED:
		return 0;
	case CONTAINER_RUNNING:
		return error_set(err, ERROR_STATE, "cannot start an already running container: %s",
		                 container->id);
	case CONTAINER_PAUSED:
		return error_set(err, ERROR_STATE, "cannot start a paused container: %s",
		                 container->id);
	case CONTAINER_STOPPED:
		return error_set(err, ERROR_STATE, "cannot start a container that has stopped: %s",
		                 container->id);
	case CONTAINER_CREATING:
		break;
	}
	return error_set(err, ERROR_STATE, "cannot start a container that is being created: %s",
	                 container->id);
}

static int start(const struct container *container, int pidfd, const struct spec *spec,
                 struct error *err)
{
	static const struct spec_oci_seccomp_listener none;
	const struct spec_oci_seccomp_listener *listener =
		spec == NULL ? &none : &spec->oci->seccomp_listener;
	AUTO_CLOSE int socket_fd = -1;
	struct container copy = *container;
	const struct launch_starting starting = {
		.pidfd = pidfd,
		.init = container->state.init.pid,
		.apparmor_profile = container->state.apparmor,
		.listener_path = listener->path,
		.listener_metadata = listener->metadata,
		.describe = operation_describe,
		.context = &copy,
	};
	struct launch_starting connected = starting;

	socket_fd = channels_connect(container->fd, CONTAINER_SOCKET_FILE, SOCK_SEQPACKET, err);
	if (socket_fd < 0)
		return -1;
	connected.socket_fd = socket_fd;
	return launch_start(&connected, err);
}

/* A program that ends without being ready has had its time. */
static void wait_until_ready(const struct container *container, int notify_fd, bool is_attended)
{
	AUTO_CLOSE int pidfd = identity_open(&container->state.init);

	if (notify_fd < 0 || pidfd < 0)
		return;
	/* It is started, and that may take long: other commands need not wait for it. */
	(void)flock(container->fd, LOCK_UN);
	if (is_attended)
		notify_wait_aside(notify_fd, pidfd);
	else
		notify_wait(notify_fd, pidfd, container->state.init.pid);
}

static void stop(const struct container *container)
{
	struct error err = { .kind = ERROR_NONE };

	if (container_stop(container, &err) < 0)
		log_warning(&err);
}

int container_start(const struct container *container, const struct spec *spec, bool is_attended,
                    struct error *err)
{
	AUTO_CLOSE int notify_fd = -1;
	enum identity_fate fate;
	AUTO_CLOSE int pidfd = identity_open_and_look(&container->state.init, &fate);

	if (check_status(container, fate, err) < 0)
		return -1;
	notify_fd = notify_listen(container, err);
	if (err->kind != ERROR_NONE || start(container, pidfd, spec, err) < 0)
		return -1;
	(void)unlinkat(container->fd, CONTAINER_SOCKET_FILE, 0);
	if (spec != NULL && operation_run_poststart(container, spec, err) < 0) {
		stop(container);
		return -1;
	}
	wait_until_ready(container, notify_fd, is_attended);
	return 0;
}
