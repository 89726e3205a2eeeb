/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/trusted_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define OVERFLOW_UID 65534 /* DEFAULT_OVERFLOWUID of the kernel */

/* Is uid 0 here some ordinary user's? Source: user_namespaces(7), /proc/PID/uid_map. */
static bool is_root_unknown(void)
{
	AUTO_CLOSE int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	char text[128];
	const ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	unsigned long inner;
	unsigned long outer;

	text[length > 0 ? length : 0] = '\0';
	return sscanf(text, "%lu %lu", &inner, &outer) == 2 && (inner != 0 || outer != 0);
}

static bool is_of_root(const struct stat *status)
{
	return status->st_uid == 0 || (status->st_uid == OVERFLOW_UID && is_root_unknown());
}

static int check(int fd, const char *folder, const char *slash, const char *name, struct error *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_set_errno(err, "cannot look at %s%s%s", folder, slash, name);
	if (!is_of_root(&status)) {
		(void)error_set(err, ERROR_DENIED, "%s%s%s is not root's, but of user %u", folder,
		                slash, name, status.st_uid);
		return error_hint(err, "chown root: %s%s%s", folder, slash, name);
	}
	if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		(void)error_set(err, ERROR_DENIED, "%s%s%s can be written by others than root",
		                folder, slash, name);
		return error_hint(err, "chmod go-w %s%s%s", folder, slash, name);
	}
	return 0;
}

static int check_file(int fd, const char *folder, const char *name, struct error *err)
{
	struct stat status;

	if (fstat(fd, &status) == 0 && !S_ISREG(status.st_mode))
		return error_set(err, ERROR_DENIED, "%s/%s is not a file", folder, name);
	return check(fd, folder, "/", name, err);
}

/* Not to be there is no error. */
static int refuse_open(const char *folder, const char *slash, const char *name, struct error *err)
{
	if (errno == ENOENT)
		return 0;
	(void)error_set_errno(err, "cannot open %s%s%s", folder, slash, name);
	if (err->code == ELOOP)
		return error_hint(err, "put the file itself there, not a link");
	if (err->code == EACCES)
		return error_hint(err, "whom it binds must be able to read it: chmod go+rX %s%s%s",
		                  folder, slash, name);
	return -1;
}

int trusted_file_open(const char *folder, const char *name, int *out_fd, struct error *err)
{
	AUTO_CLOSE int folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSE int fd = -1;

	*out_fd = -1;
	if (folder_fd < 0)
		return refuse_open(folder, "", "", err);
	if (check(folder_fd, folder, "", "", err) < 0)
		return -1;
	fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return refuse_open(folder, "/", name, err);
	if (check_file(fd, folder, name, err) < 0)
		return -1;
	*out_fd = take_fd(&fd);
	return 0;
}
