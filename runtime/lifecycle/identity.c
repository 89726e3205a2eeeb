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

/* Read once: no process sees another. NULL when it cannot be read. */
static const char *find_boot_id(void)
{
	static char boot_id[IDENTITY_BOOT_SIZE];

	if (boot_id[0] == '\0' &&
	    (read_small("/proc/sys/kernel/random/boot_id", boot_id, sizeof(boot_id)) == NULL ||
	     strlen(boot_id) != IDENTITY_BOOT_SIZE - 1))
		boot_id[0] = '\0';
	return boot_id[0] == '\0' ? NULL : boot_id;
}

int identity_read(pid_t pid, struct identity *out, struct error *err)
{
	const char *boot_id = find_boot_id();
	struct process_stat stat;

	if (!read_stat(pid, &stat) || boot_id == NULL)
		return error_set(err, ERROR_STATE, "the container's process %d has ended", pid);
	memcpy(out->boot_id, boot_id, IDENTITY_BOOT_SIZE);
	out->pid = pid;
	out->start_time = stat.start_time;
	return 0;
}

enum identity_fate identity_look(const struct identity *identity)
{
	const char *boot_id = find_boot_id();
	struct process_stat stat;

	if (identity->pid <= 0 || boot_id == NULL || strcmp(boot_id, identity->boot_id) != 0 ||
	    !read_stat(identity->pid, &stat) || stat.start_time != identity->start_time ||
	    stat.state == 'Z' || stat.state == 'X')
		return IDENTITY_GONE;
	return stat.is_unexecuted ? IDENTITY_UNEXECUTED : IDENTITY_EXECUTED;
}

int identity_open_and_look(const struct identity *identity, enum identity_fate *out)
{
	struct error ended = { .kind = ERROR_NONE };
	AUTO_CLOSE int fd = -1;

	*out = IDENTITY_GONE;
	if (identity->pid <= 0)
		return -1;
	fd = process_open(identity->pid, &ended);
	if (fd < 0)
		return -1;
	/* Whoever is found to be the same now was so when it was opened. */
	*out = identity_look(identity);
	return *out == IDENTITY_GONE ? -1 : take_fd(&fd);
}

int identity_open(const struct identity *identity)
{
	enum identity_fate unused;

	return identity_open_and_look(identity, &unused);
}
