/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/identity.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/process.h"

/* Read a small file of /proc; NULL with errno when that cannot be done. */
static char *read_small(const char *path, char *out, size_t size)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t length = fd < 0 ? -1 : read(fd, out, size - 1);

	if (length < 0)
		return NULL;
	out[length] = '\0';
	return out;
}

static bool read_stat(pid_t pid, struct process_stat *out)
{
	char path[32];
	char text[PROCESS_STAT_SIZE];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	return read_small(path, text, sizeof(text)) != NULL && process_parse_stat(text, out);
}

static bool read_boot_id(char out[IDENTITY_BOOT_SIZE])
{
	return read_small("/proc/sys/kernel/random/boot_id", out, IDENTITY_BOOT_SIZE) != NULL &&
	       strlen(out) == IDENTITY_BOOT_SIZE - 1;
}

int identity_read(pid_t pid, struct identity *out, struct error *err)
{
	struct process_stat stat;

	if (!read_stat(pid, &stat) || !read_boot_id(out->boot_id))
		return error_set(err, ERROR_STATE, "the container's process %d has ended", pid);
	out->pid = pid;
	out->start_time = stat.start_time;
	return 0;
}

enum identity_fate identity_look(const struct identity *identity)
{
	char boot_id[IDENTITY_BOOT_SIZE];
	struct process_stat stat;

	if (identity->pid <= 0 || !read_boot_id(boot_id) ||
	    strcmp(boot_id, identity->boot_id) != 0 || !read_stat(identity->pid, &stat) ||
	    stat.start_time != identity->start_time || stat.state == 'Z' || stat.state == 'X')
		return IDENTITY_GONE;
	return stat.is_unexecuted ? IDENTITY_UNEXECUTED : IDENTITY_EXECUTED;
}

int identity_open(const struct identity *identity)
{
	struct error ended = { .kind = ERROR_NONE };
	AUTO_CLOSE int fd = -1;

	if (identity->pid <= 0)
		return -1;
	fd = process_open(identity->pid, &ended);
	if (fd < 0 || identity_look(identity) == IDENTITY_GONE)
		return -1;
	return take_fd(&fd);
}
