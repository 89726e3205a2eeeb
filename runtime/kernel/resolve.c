/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
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

#define LINK_HOPS_MAX 40 /* path_resolution(7) */

/* A path on its way from text to place. */
struct walk {
	int root_fd;
	bool makes_directory;      /* at the end */
	unsigned int hops;         /* links followed */
	char done[PATH_SIZE];      /* exists and has no link in it; "": the root */
	char rest[PATH_SIZE * 2];  /* to come */
	char component[PATH_SIZE]; /* the first of it, when it has been taken off */
};

/* False at the end. */
static bool take_component(struct walk *walk)
{
	const size_t slashes = strspn(walk->rest, "/");
	const size_t length = strcspn(walk->rest + slashes, "/");

	if (length == 0 || length >= PATH_SIZE)
		return false;
	memcpy(walk->component, walk->rest + slashes, length);
	walk->component[length] = '\0';
	memmove(walk->rest, walk->rest + slashes + length,
	        strlen(walk->rest + slashes + length) + 1);
	return true;
}

static bool is_last(const struct walk *walk)
{
	return walk->rest[strspn(walk->rest, "/")] == '\0';
}

static int follow(struct walk *walk, const char *link, struct error *err)
{
	char rest[sizeof(walk->rest)];
	const int length = snprintf(rest, sizeof(rest), "%s/%s", link, walk->rest);

	if (++walk->hops > LINK_HOPS_MAX || is_at_or_below(walk->done, "/proc") ||
	    is_at_or_below(walk->done, "/sys") || is_at_or_below(walk->done, "/dev"))
		errno = ELOOP;
	else if (length < 0 || (size_t)length >= sizeof(rest))
		errno = ENAMETOOLONG;
	else
		errno = 0;
	if (errno != 0)
		return error_set_errno(err, "cannot follow the link %s inside the container",
		                       walk->component);
	if (link[0] == '/')
		walk->done[0] = '\0';
	memcpy(walk->rest, rest, (size_t)length + 1);
	return 0;
}

static int advance(struct walk *walk, int parent_fd, struct error *err)
{
	const size_t used = strlen(walk->done);
	const bool is_file = is_last(walk) && !walk->makes_directory;
	int result;

	if (snprintf(walk->done + used, PATH_SIZE - used, "/%s", walk->component) >=
	    (int)(PATH_SIZE - used)) {
		errno = ENAMETOOLONG;
		return error_set_errno(err, "cannot use a path inside the container");
	}
	if (faccessat(parent_fd, walk->component, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	result = is_file ? mknodat(parent_fd, walk->component, S_IFREG | 0644, 0)
	                 : mkdirat(parent_fd, walk->component, 0755);
	if (result < 0 && errno != EEXIST)
		return error_set_errno(err, "cannot make %s inside the container", walk->done);
	return 0;
}

static int step(struct walk *walk, struct error *err)
{
	char link[PATH_SIZE];
	AUTO_CLOSE int parent_fd = -1;
	ssize_t length;
	char *slash;

	if (strcmp(walk->component, ".") == 0)
		return 0;
	if (strcmp(walk->component, "..") == 0) {
		slash = strrchr(walk->done, '/');
		if (slash != NULL)
			*slash = '\0';
		return 0;
	}
	parent_fd = open_by(walk->root_fd, walk->done[0] == '\0' ? "/" : walk->done,
	                    O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
	if (parent_fd < 0)
		return error_set_errno(err, "cannot open %s inside the container", walk->done);
	length = readlinkat(parent_fd, walk->component, link, sizeof(link) - 1);
	if (length < 0)
		return advance(walk, parent_fd, err);
	link[length] = '\0';
	return follow(walk, link, err);
}

static int walk_to(struct walk *walk, const char *path, struct error *err)
{
	if ((size_t)snprintf(walk->rest, sizeof(walk->rest), "%s", path) >= PATH_SIZE)
		return error_set(err, ERROR_SPEC, "path too long");
	while (take_component(walk)) {
		if (step(walk, err) < 0)
			return -1;
	}
	return 0;
}

int resolve_make_place(int root_fd, const char *path, bool is_directory, struct error *err)
{
	struct walk walk = { .root_fd = root_fd, .makes_directory = is_directory };
	int fd = resolve_inside_quietly(root_fd, path, O_PATH);

	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return error_set_errno(err, "cannot open %s inside the container", path);
	if (walk_to(&walk, path, err) < 0)
		return -1;
	fd = open_by(root_fd, walk.done[0] == '\0' ? "/" : walk.done, O_PATH,
	             RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
	if (fd < 0)
		return error_set_errno(err, "cannot open %s inside the container", path);
	return fd;
}
