/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sandbox/listener.h"

#include <linux/seccomp.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "kernel/process.h"
#include "kernel/seccomp.h"
#include "sandbox/sync.h"

/* What the two threads share. */
struct errand {
	int sync_fd;
	atomic_int fd; /* -1 until there is one; -2: there will be none */
	atomic_int is_done;
	struct error err;
};

static int say_listener(void *context)
{
	struct errand *errand = context;
	struct message listener = { .type = MESSAGE_LISTENER, .fd = -1 };

	while ((listener.fd = atomic_load(&errand->fd)) == -1)
		(void)sched_yield();
	if (listener.fd >= 0)
		(void)!sync_send(errand->sync_fd, &listener, &errand->err);
	atomic_store(&errand->is_done, 1);
	return 0;
}

int listener_load(const struct plan *plan, int sync_fd, struct error *err)
{
	const unsigned int flags =
		(plan->seccomp_flags & ~(unsigned int)SECCOMP_FILTER_FLAG_TSYNC) |
		(unsigned int)SECCOMP_FILTER_FLAG_NEW_LISTENER;
	struct errand errand = { .sync_fd = sync_fd, .fd = -1 };
	int fd;

	if (process_start_thread(say_listener, &errand, err) < 0)
		return -1;
	fd = seccomp_filter_load_flagged(&plan->seccomp, flags, err);
	atomic_store(&errand.fd, fd < 0 ? -2 : fd);
	/* No system call may wait for it. */
	while (atomic_load(&errand.is_done) == 0)
		continue;
	if (fd < 0)
		return -1;
	if (errand.err.kind == ERROR_NONE)
		return 0;
	*err = errand.err;
	return -1;
}

static char *describe(const struct plan_listener *listener, const char *state, pid_t pid,
                      struct error *err)
{
	AUTO_TEXT struct text text = { 0 };

	text_add_format(&text, "{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":%d", pid);
	if (listener->metadata != NULL) {
		text_add(&text, ",\"metadata\":");
		text_add_json(&text, listener->metadata);
	}
	text_add(&text, ",\"state\":");
	text_add(&text, state);
	text_add(&text, "}");
	return text_take(&text, err);
}

int listener_hand_over(const struct plan_listener *listener, const char *state, pid_t pid, int fd,
                       struct error *err)
{
	AUTO_CLOSE int socket_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	AUTO_FREE char *text = describe(listener, state, pid, err);
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (text == NULL)
		return -1;
	if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s", listener->path) >=
	    sizeof(address.sun_path))
		return error_set(err, ERROR_SPEC, "the path of the seccomp listener is too long");
	if (socket_fd < 0 || connect(socket_fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return error_set_errno(err, "cannot reach the seccomp listener %s", listener->path);
	return sync_pass_fd(socket_fd, text, fd, err);
}
