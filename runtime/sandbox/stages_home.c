/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HOME, for programs whose environment was written without one. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/procfs.h"
#include "kernel/resolve.h"
#include "kernel/subid.h"
#include "sandbox/stages.h"

#define PASSWD          "/etc/passwd"
#define PASSWD_SIZE_MAX ((size_t)1024 * 1024)

/* Open for reading what @path_fd stands for, by a proc that shows this process. */
static int open_again(const struct sandbox *sandbox, int path_fd)
{
	AUTO_CLOSE int own_fd = -1;
	struct error unsaid = { .kind = ERROR_NONE };
	char path[32];

	if (sandbox->proc_fd < 0) {
		own_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (own_fd < 0 || procfs_verify(own_fd, &unsaid) < 0)
			return -1;
	}
	(void)snprintf(path, sizeof(path), "self/fd/%d", path_fd);
	return openat(own_fd < 0 ? sandbox->proc_fd : own_fd, path,
	              O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/*
 * -1 where there is none. It is looked at before it is opened: to open a device of the image may do
 * something. And what has been looked at is opened, not what has come into its place.
 */
static int open_passwd(const struct sandbox *sandbox)
{
	AUTO_CLOSE int path_fd = resolve_inside_quietly(sandbox->root_fd, PASSWD, O_PATH);
	struct stat found;

	if (path_fd < 0 || fstat(path_fd, &found) < 0 || !S_ISREG(found.st_mode))
		return -1;
	return open_again(sandbox, path_fd);
}

/* How much can be read of @fd: what can be seen, or, where that says nothing, what counts. */
static size_t size_of(int fd)
{
	struct stat found;

	if (fstat(fd, &found) < 0 || found.st_size <= 0 ||
	    (uintmax_t)found.st_size > PASSWD_SIZE_MAX)
		return PASSWD_SIZE_MAX;
	return (size_t)found.st_size;
}

/* The container's passwd file, or as much of it as counts; nothing where there is none. */
static size_t read_passwd(const struct sandbox *sandbox, char **out)
{
	AUTO_CLOSE int fd = open_passwd(sandbox);
	size_t size;
	size_t used = 0;
	ssize_t length;

	if (fd < 0)
		return 0;
	size = size_of(fd);
	*out = malloc(size);
	if (*out == NULL)
		return 0;
	while ((length = read(fd, *out + used, size - used)) > 0)
		used += (size_t)length;
	return used;
}

bool wants_home(const struct plan *plan)
{
	return plan->finds_home;
}

/*
 * What /etc/passwd of the container says, or "/".
 * After: mounts, which may bring that file. Before: user, who need not be able to read it.
 * Source: runc and crun do so, and programs rely on it.
 */
int apply_home(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	AUTO_FREE char *text = NULL;
	const size_t size = read_passwd(sandbox, &text);

	if (!passwd_find_home(text, size, plan->inner_uid, sandbox->home, sizeof(sandbox->home)))
		(void)snprintf(sandbox->home, sizeof(sandbox->home), "HOME=/");
	return 0;
}
