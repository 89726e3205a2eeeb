/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/identity.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/process.h"

#define STAT_SIZE 1024

/* Source: kernel include/linux/sched.h, PF_FORKNOEXEC. */
#define NEVER_EXECUTED UINT64_C(0x40)

struct stat_line {
	char state;
	uint64_t flags;
	uint64_t start_time;
};

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

static bool read_stat(pid_t pid, struct stat_line *out)
{
	char path[32];
	char text[STAT_SIZE];
	const char *fields;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (read_small(path, text, sizeof(text)) == NULL)
		return false;
	/* Field 2 is in parentheses and may hold anything: the fields start after the last one. */
	fields = strrchr(text, ')');
	return fields != NULL &&
	       sscanf(fields,
	              ") %c %*d %*d %*d %*d %*d %" SCNu64 " %*u %*u %*u %*u %*u %*u %*d %*d %*d "
	              "%*d %*d %*d %" SCNu64,
	              &out->state, &out->flags, &out->start_time) == 3;
}

static bool read_boot_id(char out[IDENTITY_BOOT_SIZE])
{
	return read_small("/proc/sys/kernel/random/boot_id", out, IDENTITY_BOOT_SIZE) != NULL &&
	       strlen(out) == IDENTITY_BOOT_SIZE - 1;
}

int identity_read(pid_t pid, struct identity *out, struct error *err)
{
	struct stat_line line;

	if (!read_stat(pid, &line) || !read_boot_id(out->boot_id))
		return error_set(err, ERROR_STATE, "the container's process %d has ended", pid);
	out->pid = pid;
	out->start_time = line.start_time;
	return 0;
}

enum identity_fate identity_look(const struct identity *identity)
{
	char boot_id[IDENTITY_BOOT_SIZE];
	struct stat_line line;

	if (identity->pid <= 0 || !read_boot_id(boot_id) ||
	    strcmp(boot_id, identity->boot_id) != 0 || !read_stat(identity->pid, &line) ||
	    line.start_time != identity->start_time || line.state == 'Z' || line.state == 'X')
		return IDENTITY_GONE;
	return (line.flags & NEVER_EXECUTED) != 0 ? IDENTITY_UNEXECUTED : IDENTITY_EXECUTED;
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
