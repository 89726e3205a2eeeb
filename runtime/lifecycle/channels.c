/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/channels.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"

#define BACKLOG 1

/* The folder of @path, and the name in it. */
static int open_folder(const char *path, const char **out_name, struct error *err)
{
	const char *name = path_last(path);
	char folder[PATH_MAX];
	int fd;

	if (name[0] == '\0' || strlen(path) >= sizeof(folder) - 1)
		return error_set(err, ERROR_USAGE, "\"%.80s\" is not the name of a file", path);
	(void)snprintf(folder, sizeof(folder), "%.*s.", (int)(name - path), path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set_errno(err, "cannot open the folder of %s", path);
	*out_name = name;
	return fd;
}

int channels_write_pid(const char *path, pid_t pid, struct error *err)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	const char *name = NULL;
	AUTO_CLOSE int folder_fd = open_folder(path, &name, err);
	AUTO_CLOSE int fd = -1;
	char new_name[NAME_MAX + 1];
	char digits[16];
	int length;

	if (folder_fd < 0)
		return error_at(err, "--pid-file");
	(void)snprintf(new_name, sizeof(new_name), ".hardrun-pid.%d", (int)getpid());
	(void)unlinkat(folder_fd, new_name, 0);
	length = snprintf(digits, sizeof(digits), "%d", (int)pid);
	fd = openat(folder_fd, new_name, flags, 0644);
	if (fd >= 0 && file_put(fd, digits, (size_t)length) == 0 &&
	    renameat(folder_fd, new_name, folder_fd, name) == 0)
		return 0;
	(void)error_set_errno(err, "cannot write the pid file %s", path);
	(void)unlinkat(folder_fd, new_name, 0);
	return error_at(err, "--pid-file");
}

/* A way to the file @fd that fits into an address, however long its path is. */
static struct sockaddr_un address_of(int fd, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d%s%s", fd,
	               name[0] == '\0' ? "" : "/", name);
	return address;
}

int channels_connect(int folder_fd, const char *path, int type, struct error *err)
{
	AUTO_CLOSE int node_fd = openat(folder_fd, path, O_PATH | O_CLOEXEC);
	AUTO_CLOSE int fd = -1;
	struct sockaddr_un address;

	if (node_fd < 0)
		return error_set_errno(err, "cannot find the socket %s", path);
	address = address_of(node_fd, "");
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return error_set_errno(err, "cannot connect to the socket %s", path);
	return take_fd(&fd);
}

int channels_listen(int folder_fd, const char *name, struct error *err)
{
	const struct sockaddr_un address = address_of(folder_fd, name);
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return error_set_errno(err, "cannot listen at %s", name);
	return take_fd(&fd);
}

int channels_pass(int socket_fd, const char *name, int fd, struct error *err)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(fd))];
	} control = { .bytes = { 0 } };
	union {
		const char *ours;
		void *theirs; /* sendmsg(2) writes nothing to it */
	} content = { .ours = name };
	struct iovec part = { .iov_base = content.theirs, .iov_len = strlen(name) };
	struct msghdr message = { .msg_iov = &part,
		                  .msg_iovlen = 1,
		                  .msg_control = control.bytes,
		                  .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(socket_fd, &message, MSG_NOSIGNAL) < 0)
		return error_set_errno(err, "cannot send a descriptor to a socket");
	return 0;
}

int channels_send(const char *path, const char *name, int fd, struct error *err)
{
	AUTO_CLOSE int socket_fd = channels_connect(AT_FDCWD, path, SOCK_STREAM, err);

	if (socket_fd < 0)
		return -1;
	return channels_pass(socket_fd, name, fd, err) < 0 ? error_at(err, "%s", path) : 0;
}
