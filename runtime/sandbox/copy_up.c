/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sandbox/copy_up.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define DEPTH_MAX 64
#define LINK_SIZE 4096 /* bytes of a link's text, terminator included */

/* One entry on its way. */
struct copy {
	int from_fd; /* the directories that it is in, and will be */
	int to_fd;
	const char *name;
	struct stat found;
	unsigned int depth;
};

static int copy_folder(int from_fd, int to_fd, unsigned int depth, struct error *err);

static int refuse(const struct copy *copy, struct error *err)
{
	return error_set_errno(err, "cannot copy %s into the tmpfs over it", copy->name);
}

static int give(const struct copy *copy, struct error *err)
{
	if (fchownat(copy->to_fd, copy->name, copy->found.st_uid, copy->found.st_gid,
	             AT_SYMLINK_NOFOLLOW) < 0)
		return refuse(copy, err);
	if (S_ISLNK(copy->found.st_mode))
		return 0;
	return fchmodat(copy->to_fd, copy->name, copy->found.st_mode & 07777, 0) < 0
	               ? refuse(copy, err)
	               : 0;
}

static int copy_link(const struct copy *copy, struct error *err)
{
	char text[LINK_SIZE];
	const ssize_t length = readlinkat(copy->from_fd, copy->name, text, sizeof(text) - 1);

	if (length < 0)
		return refuse(copy, err);
	text[length] = '\0';
	return symlinkat(text, copy->to_fd, copy->name) < 0 ? refuse(copy, err) : 0;
}

static int copy_file(const struct copy *copy, struct error *err)
{
	AUTO_CLOSE int from_fd =
		openat(copy->from_fd, copy->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	AUTO_CLOSE int to_fd = openat(copy->to_fd, copy->name,
	                              O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	ssize_t length;

	if (from_fd < 0 || to_fd < 0)
		return refuse(copy, err);
	while ((length = sendfile(to_fd, from_fd, NULL, INT32_MAX)) > 0)
		continue;
	return length < 0 ? refuse(copy, err) : 0;
}

static int copy_directory(const struct copy *copy, struct error *err)
{
	AUTO_CLOSE int from_fd =
		openat(copy->from_fd, copy->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO_CLOSE int to_fd = -1;

	if (from_fd < 0 || mkdirat(copy->to_fd, copy->name, 0700) < 0)
		return refuse(copy, err);
	to_fd = openat(copy->to_fd, copy->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to_fd < 0)
		return refuse(copy, err);
	return copy_folder(from_fd, to_fd, copy->depth + 1, err);
}

static int copy_entry(struct copy *copy, struct error *err)
{
	int result = 0;

	if (fstatat(copy->from_fd, copy->name, &copy->found, AT_SYMLINK_NOFOLLOW) < 0)
		return refuse(copy, err);
	if (S_ISDIR(copy->found.st_mode))
		result = copy_directory(copy, err);
	else if (S_ISREG(copy->found.st_mode))
		result = copy_file(copy, err);
	else if (S_ISLNK(copy->found.st_mode))
		result = copy_link(copy, err);
	else
		return 0;
	return result < 0 ? -1 : give(copy, err);
}

static void close_folder(DIR **folder)
{
	if (*folder != NULL)
		(void)closedir(*folder);
}

static DIR *open_folder(int fd)
{
	AUTO_CLOSE int readable_fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = readable_fd < 0 ? NULL : fdopendir(readable_fd);

	if (folder != NULL)
		(void)take_fd(&readable_fd);
	return folder;
}

/* Stack and descriptors are bounded by the depth. */
static int copy_folder(int from_fd, int to_fd, unsigned int depth, struct error *err)
{
	CLEANUP(close_folder) DIR *folder = open_folder(from_fd);
	struct dirent *entry;

	if (folder == NULL)
		return error_set_errno(err, "cannot copy into a tmpfs");
	if (depth > DEPTH_MAX)
		return error_set(err, ERROR_SPEC, "the directories to be copied are too deep");
	while ((entry = readdir(folder)) != NULL) {
		struct copy copy = { from_fd, to_fd, entry->d_name, { .st_mode = 0 }, depth };

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (copy_entry(&copy, err) < 0)
			return -1;
	}
	return 0;
}

int copy_up(int from_fd, int to_fd, struct error *err)
{
	return copy_folder(from_fd, to_fd, 0, err);
}
