/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HOME, for programs whose environment was written without one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/resolve.h"
#include "kernel/subid.h"
#include "sandbox/stages.h"

#define PASSWD          "/etc/passwd"
#define PASSWD_SIZE_MAX ((size_t)1024 * 1024)

/*
 * -1 where there is none. It is looked at before it is opened: to open a device of the image may do
 * something.
 */
static int open_passwd(int root_fd)
{
	AUTO_CLOSE int path_fd = resolve_inside_quietly(root_fd, PASSWD, O_PATH);
	AUTO_CLOSE int fd = -1;
	struct stat found;
	struct stat opened;

	if (path_fd < 0 || fstat(path_fd, &found) < 0 || !S_ISREG(found.st_mode))
		return -1;
	fd = resolve_inside_quietly(root_fd, PASSWD, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &opened) < 0 || opened.st_dev != found.st_dev ||
	    opened.st_ino != found.st_ino)
		return -1;
	return take_fd(&fd);
}

/* The container's passwd file, or as much of it as counts; nothing where there is none. */
static size_t read_passwd(int root_fd, char **out)
{
	AUTO_CLOSE int fd = open_passwd(root_fd);
	size_t used = 0;
	ssize_t length;

	if (fd < 0)
		return 0;
	*out = malloc(PASSWD_SIZE_MAX);
	if (*out == NULL)
		return 0;
	while ((length = read(fd, *out + used, PASSWD_SIZE_MAX - used)) > 0)
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
	const size_t size = read_passwd(sandbox->root_fd, &text);

	if (!passwd_find_home(text, size, plan->inner_uid, sandbox->home, sizeof(sandbox->home)))
		(void)snprintf(sandbox->home, sizeof(sandbox->home), "HOME=/");
	return 0;
}
