/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/resolve.h"

/* Debian 12's headers are of Linux 6.1. */
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x00004000U
#endif

static int configure(int context_fd, const struct mount_option *option)
{
	if (option->value == NULL)
		return fsconfig(context_fd, FSCONFIG_SET_FLAG, option->key, NULL, 0);
	return fsconfig(context_fd, FSCONFIG_SET_STRING, option->key, option->value, 0);
}

int mount_new(const char *type, const struct mount_option *options, size_t count,
              uint64_t attributes, int *out_fd, struct error *err)
{
	AUTO_CLOSE int context_fd = fsopen(type, FSOPEN_CLOEXEC);
	int fd;

	if (context_fd < 0)
		return error_set_errno(err, "cannot make a file system of type %s", type);
	for (size_t i = 0; i < count; i++) {
		if (configure(context_fd, &options[i]) < 0)
			return error_set_errno(err, "cannot set option %s of %s", options[i].key,
			                       type);
	}
	if (fsconfig(context_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return error_set_errno(err, "cannot create the file system %s", type);

	fd = fsmount(context_fd, FSMOUNT_CLOEXEC, (unsigned int)attributes);
	if (fd < 0)
		return error_set_errno(err, "cannot mount %s", type);
	*out_fd = fd;
	return 0;
}

int mount_reconfigure(int fd, const struct mount_option *options, size_t count, const char *place,
                      struct error *err)
{
	AUTO_CLOSE int context_fd = -1;

	if (count == 0)
		return 0;
	context_fd = fspick(fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	if (context_fd < 0)
		return error_set_errno(err, "cannot change the file system on %s", place);
	for (size_t i = 0; i < count; i++) {
		if (configure(context_fd, &options[i]) < 0)
			return error_set_errno(err, "cannot set option %s of what is on %s",
			                       options[i].key, place);
	}
	if (fsconfig(context_fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return error_set_errno(err, "cannot change the file system on %s", place);
	return 0;
}

static int clone_tree(int path_fd, unsigned int flags, const char *path, int *out_fd,
                      struct error *err)
{
	const int fd =
		open_tree(path_fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | flags);

	if (fd < 0)
		return error_set_errno(err, "cannot bind %s", path);
	*out_fd = fd;
	return 0;
}

int mount_open_source(const struct mount_source *source, int *out_fd, struct error *err)
{
	AUTO_CLOSE int path_fd = -1;
	struct stat found;

	path_fd = resolve_host(source->path, O_PATH, err);
	if (path_fd < 0)
		return -1;
	if (fstat(path_fd, &found) < 0)
		return error_set_errno(err, "cannot examine %s", source->path);
	if (found.st_dev != source->device || found.st_ino != source->inode)
		return error_set(err, ERROR_STATE, "%s was exchanged while it was being bound",
		                 source->path);
	return clone_tree(path_fd, AT_RECURSIVE, source->path, out_fd, err);
}

int mount_open_device(const char *path, dev_t device_number, int *out_fd, struct error *err)
{
	AUTO_CLOSE int fd = open_tree(AT_FDCWD, path,
	                              OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
	struct stat found;

	if (fd < 0 || fstat(fd, &found) < 0)
		return error_set_errno(err, "cannot bind %s", path);
	if ((!S_ISCHR(found.st_mode) && !S_ISBLK(found.st_mode)) || found.st_rdev != device_number)
		return error_set(err, ERROR_HOST, "%s is not the device it should be", path);
	*out_fd = take_fd(&fd);
	return 0;
}

int mount_restrict(int fd, uint64_t attributes, bool is_recursive, struct error *err)
{
	struct mount_attr attr = { .attr_set = attributes, .propagation = MS_PRIVATE };
	const unsigned int flags = AT_EMPTY_PATH | (is_recursive ? AT_RECURSIVE : 0);

	if (mount_setattr(fd, "", flags, &attr, sizeof(attr)) < 0)
		return error_set_errno(err, "cannot restrict a mount");
	return 0;
}

int mount_change(int fd, const struct mount_change *change, bool is_recursive, struct error *err)
{
	struct mount_attr attr = {
		.attr_set = change->set,
		.attr_clr = change->clear & ~change->set,
		.propagation = change->propagation,
	};
	const unsigned int flags = AT_EMPTY_PATH | (is_recursive ? AT_RECURSIVE : 0);

	/* How access times are kept is one value, and replaced as a whole. */
	if (((change->set | change->clear) & MOUNT_ATTR__ATIME) != 0)
		attr.attr_clr |= MOUNT_ATTR__ATIME;
	if (attr.attr_set == 0 && attr.attr_clr == 0 && attr.propagation == 0)
		return 0;
	if (mount_setattr(fd, "", flags, &attr, sizeof(attr)) < 0)
		return error_set_errno(err, "cannot set the options of a mount");
	return 0;
}

int mount_open_tree(const char *path, bool is_recursive, int *out_fd, struct error *err)
{
	const unsigned int flags =
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (is_recursive ? AT_RECURSIVE : 0);
	const int fd = open_tree(AT_FDCWD, path, flags);

	if (fd < 0)
		return error_set_errno(err, "cannot bind %s", path);
	*out_fd = fd;
	return 0;
}

int mount_copy(int path_fd, int *out_fd, struct error *err)
{
	return clone_tree(path_fd, AT_RECURSIVE, "a path inside the container", out_fd, err);
}

int mount_map_ids(int fd, int user_namespace_fd, bool is_recursive, const char *path,
                  struct error *err)
{
	const unsigned int flags = AT_EMPTY_PATH | (is_recursive ? AT_RECURSIVE : 0);
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_IDMAP,
		.userns_fd = (unsigned int)user_namespace_fd,
	};

	if (mount_setattr(fd, "", flags, &attr, sizeof(attr)) == 0)
		return 0;
	if (errno != EINVAL)
		return error_set_errno(err, "cannot map the owners of %s", path);
	(void)error_set(err, ERROR_HOST, "the file system of %s cannot be id-mapped", path);
	return error_hint(err,
	                  "keep it on ext4, xfs, btrfs or tmpfs, without other file systems below");
}

int mount_attach(int fd, int target_fd, struct error *err)
{
	if (move_mount(fd, "", target_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) <
	    0)
		return error_set_errno(err, "cannot attach a mount");
	return 0;
}

int mount_attach_at(int fd, int folder_fd, const char *name, struct error *err)
{
	if (move_mount(fd, "", folder_fd, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return error_set_errno(err, "cannot attach a mount");
	return 0;
}

int mount_attach_copy(int fd, int target_fd, struct error *err)
{
	AUTO_CLOSE int copy_fd = -1;

	if (clone_tree(fd, 0, "a mask", &copy_fd, err) < 0)
		return -1;
	return mount_attach(copy_fd, target_fd, err);
}

int mount_identify(int fd, uint64_t *out, struct error *err)
{
	struct statx found;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID | STATX_MNT_ID_UNIQUE, &found) < 0)
		return error_set_errno(err, "cannot tell a mount from others");
	if ((found.stx_mask & (STATX_MNT_ID | STATX_MNT_ID_UNIQUE)) == 0)
		return error_set(err, ERROR_HOST, "this kernel does not number mounts");
	*out = found.stx_mnt_id;
	return 0;
}

/* umount2() knows paths only; "." is the one that nobody can exchange. */
static int detach_here(int root_fd, struct error *err)
{
	if (fchdir(root_fd) < 0 || umount2(".", MNT_DETACH) < 0)
		return error_set_errno(err, "cannot let go of a mount");
	return 0;
}

int mount_detach(int root_fd, struct error *err)
{
	AUTO_CLOSE int before_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int result;

	if (before_fd < 0)
		return error_set_errno(err, "cannot open the working directory");
	result = detach_here(root_fd, err);
	if (fchdir(before_fd) < 0 && result == 0)
		return error_set_errno(err, "cannot return to the working directory");
	return result;
}

int mount_pivot(int root_fd, struct error *err)
{
	if (fchdir(root_fd) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return error_set_errno(err, "cannot make the new root the root");
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return error_set_errno(err, "cannot let go of the host's root");
	return 0;
}

int mount_change_root(int root_fd, struct error *err)
{
	if (fchdir(root_fd) < 0 || chroot(".") < 0 || chdir("/") < 0)
		return error_set_errno(err, "cannot change to the new root");
	return 0;
}

int mount_set_propagation(uint64_t flags, struct error *err)
{
	if (mount(NULL, "/", NULL, flags, NULL) < 0)
		return error_set_errno(err, "cannot set the propagation of the root");
	return 0;
}

int mount_stop_propagation(struct error *err)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return error_set_errno(err, "cannot stop the propagation of mounts");
	return 0;
}
