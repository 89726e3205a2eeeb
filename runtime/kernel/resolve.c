/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

#define PATH_SIZE 4096 /* bytes, terminator included; PATH_MAX of <linux/limits.h> */

static int open_by(int directory_fd, const char *path, int flags, uint64_t resolve)
{
	const struct open_how how = {
		.flags = (unsigned int)(flags | O_CLOEXEC),
		.resolve = resolve | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	/* EAGAIN: something was renamed on the way; openat2(2) leaves the retry to the caller. */
	do {
		fd = syscall(SYS_openat2, directory_fd, path, &how, sizeof(how));
	} while (fd < 0 && errno == EAGAIN);
	return (int)fd;
}

int resolve_host(const char *path, int flags, struct error *err)
{
	const int fd = open_by(AT_FDCWD, path, flags, RESOLVE_NO_SYMLINKS);

	if (fd >= 0)
		return fd;
	if (errno == ELOOP)
		return error_set(err, ERROR_SPEC, "%s leads through a symbolic link", path);
	return error_set_errno(err, "cannot open %s", path);
}

static bool is_at_or_below(const char *path, const char *top)
{
	const size_t length = strlen(top);

	return strncmp(path, top, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static uint64_t rules_inside(const char *path)
{
	if (is_at_or_below(path, "/proc") || is_at_or_below(path, "/sys") ||
	    is_at_or_below(path, "/dev"))
		return RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS;
	return RESOLVE_IN_ROOT;
}

int resolve_inside_quietly(int root_fd, const char *path, int flags)
{
	return open_by(root_fd, path, flags, rules_inside(path));
}

int resolve_inside(int root_fd, const char *path, int flags, struct error *err)
{
	const int fd = resolve_inside_quietly(root_fd, path, flags);

	if (fd < 0)
		return error_set_errno(err, "cannot open %s inside the container", path);
	return fd;
}

int resolve_parent(int root_fd, const char *path, const char **out_name, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_SIZE];
	size_t length = slash == NULL ? 0 : (size_t)(slash - path);

	if (slash == NULL || length >= PATH_SIZE)
		return error_set(err, ERROR_SPEC, "path too long or not absolute");
	if (length == 0)
		length = 1;
	memcpy(parent, path, length);
	parent[length] = '\0';
	*out_name = slash + 1;
	return resolve_inside(root_fd, parent, O_PATH | O_DIRECTORY, err);
}

/* Make the directories of @path one after the other, from the top. */
static int make_each(int root_fd, const char *path, mode_t mode, struct error *err)
{
	char prefix[PATH_SIZE];
	const char *end = path;

	if (strlen(path) >= PATH_SIZE)
		return error_set(err, ERROR_SPEC, "path too long");
	while (*end != '\0') {
		AUTO_CLOSE int parent_fd = -1;
		const char *name = "";

		end = strchrnul(end + 1, '/');
		memcpy(prefix, path, (size_t)(end - path));
		prefix[end - path] = '\0';
		parent_fd = resolve_parent(root_fd, prefix, &name, err);
		if (parent_fd < 0)
			return -1;
		if (mkdirat(parent_fd, name, *end == '\0' ? mode : 0755) < 0 && errno != EEXIST)
			return error_set_errno(
				err, "cannot make the directory %s inside the container", prefix);
	}
	return 0;
}

int resolve_make_directory(int root_fd, const char *path, mode_t mode, struct error *err)
{
	const int fd = resolve_inside_quietly(root_fd, path, O_PATH | O_DIRECTORY);

	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return error_set_errno(err, "cannot open %s inside the container", path);
	if (make_each(root_fd, path, mode, err) < 0)
		return -1;
	return resolve_inside(root_fd, path, O_PATH | O_DIRECTORY, err);
}

int resolve_make_file(int root_fd, const char *path, mode_t mode, struct error *err)
{
	AUTO_CLOSE int parent_fd = -1;
	const char *name = "";
	int fd = resolve_inside_quietly(root_fd, path, O_PATH);

	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return error_set_errno(err, "cannot open %s inside the container", path);

	parent_fd = resolve_parent(root_fd, path, &name, err);
	if (parent_fd < 0)
		return -1;
	if (mknodat(parent_fd, name, S_IFREG | mode, 0) < 0 && errno != EEXIST)
		return error_set_errno(err, "cannot make the file %s inside the container", path);
	return resolve_inside(root_fd, path, O_PATH | O_NOFOLLOW, err);
}
