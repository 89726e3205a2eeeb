/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/procfs.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

#define PROC_ROOT_INODE 1 /* PROC_ROOT_INO, fs/proc/internal.h */

int procfs_verify(int fd, struct error *err)
{
	struct statfs file_system;
	struct stat root;

	if (fstatfs(fd, &file_system) < 0 || fstat(fd, &root) < 0)
		return error_set_errno(err, "cannot examine /proc");
	if (file_system.f_type != PROC_SUPER_MAGIC || root.st_ino != PROC_ROOT_INODE)
		return error_set(err, ERROR_HOST, "/proc is not a procfs");
	return 0;
}

int procfs_write(int proc_fd, const char *path, const char *value, struct error *err)
{
	const struct open_how how = {
		.flags = O_WRONLY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS |
		           RESOLVE_NO_SYMLINKS,
	};
	AUTO_CLOSE int fd = (int)syscall(SYS_openat2, proc_fd, path, &how, sizeof(how));

	if (fd < 0 || file_put(fd, value, strlen(value)) < 0)
		return error_set_errno(err, "cannot write \"%s\" to /proc/%s", value, path);
	return 0;
}
