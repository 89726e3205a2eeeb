/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define SOCKET_FILE  "notify.sock"
#define MESSAGE_SIZE 4096

static const char *wanted_path(void)
{
	const char *path = getenv("NOTIFY_SOCKET");

	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return NULL;
	return path;
}

bool notify_is_wanted(void)
{
	return wanted_path() != NULL;
}

int notify_make_folder(const struct container *container, struct error *err)
{
	if (mkdirat(container->fd, NOTIFY_FOLDER, 0755) < 0 ||
	    fchmodat(container->fd, NOTIFY_FOLDER, 0755, 0) < 0)
		return error_set_errno(err, "cannot make the folder of the notify socket");
	return 0;
}

/* The mode that the socket is made with: it is not changed by a name, which may be exchanged. */
static int bind_for_all(int fd, const struct sockaddr_un *address)
{
	const mode_t before = umask(0);
	const int result = bind(fd, (const struct sockaddr *)address, sizeof(*address));

	(void)umask(before);
	return result;
}

/* Every user of the container may write to it; no one else can reach it. */
static int make_socket(int folder_fd, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" SOCKET_FILE,
	               folder_fd);
	(void)unlinkat(folder_fd, SOCKET_FILE, 0);
	if (fd < 0 || bind_for_all(fd, &address) < 0)
		return error_set_errno(err, "cannot make the notify socket");
	return take_fd(&fd);
}

int notify_listen(const struct container *container, struct error *err)
{
	AUTO_CLOSE int folder_fd = -1;

	if (!notify_is_wanted())
		return -1;
	folder_fd = openat(container->fd, NOTIFY_FOLDER,
	                   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder_fd < 0 && errno == ENOENT)
		return -1;
	if (folder_fd < 0)
		return error_set_errno(err, "cannot open the folder of the notify socket");
	return make_socket(folder_fd, err);
}

/* Does one of the lines say READY=1? */
static bool is_ready(const char *message)
{
	for (const char *line = message; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "READY=1", 7) == 0 && (line[7] == '\0' || line[7] == '\n'))
			return true;
	}
	return false;
}

/* Only that it is ready: the rest of what a container says is not to be believed outside. */
static void pass_on(pid_t pid)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = wanted_path();
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char message[64] = "READY=1\n";
	socklen_t size;

	if (fd < 0 || path == NULL)
		return;
	if (pid > 0)
		(void)snprintf(message, sizeof(message), "READY=1\nMAINPID=%d\n", (int)pid);
	memcpy(address.sun_path, path, strlen(path));
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	else
		size++;
	(void)sendto(fd, message, strlen(message), MSG_NOSIGNAL, (const struct sockaddr *)&address,
	             size);
}

void notify_wait(int fd, int pidfd, pid_t pid)
{
	struct pollfd watched[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = pidfd, .events = POLLIN },
	};

	for (;;) {
		char message[MESSAGE_SIZE];
		ssize_t size;

		if (poll(watched, ARRAY_LEN(watched), -1) < 0 && errno != EINTR)
			return;
		if ((watched[0].revents & POLLIN) == 0) {
			if (watched[1].revents != 0)
				return;
			continue;
		}
		size = recv(fd, message, sizeof(message) - 1, MSG_DONTWAIT);
		message[size > 0 ? size : 0] = '\0';
		if (!is_ready(message))
			continue;
		pass_on(pid);
		return;
	}
}

void notify_wait_aside(int fd, int pidfd)
{
	const pid_t parent = getpid();

	if (fork() != 0)
		return;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent)
		notify_wait(fd, pidfd, 0);
	_exit(0);
}
