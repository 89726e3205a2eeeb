/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mounts, built detached and attached by descriptor, so that no path is resolved twice and
 * nothing half-configured is ever visible.
 * Source: fsopen(2), fsconfig(2), fsmount(2), open_tree(2), move_mount(2), mount_setattr(2);
 * Linux 5.12.
 */
#ifndef HARDRUN_KERNEL_MOUNT_H
#define HARDRUN_KERNEL_MOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"

struct mount_option {
	const char *key;
	const char *value; /* NULL: a flag */
};

/*
 * Make a new instance of the file system @type, detached, with the MOUNT_ATTR_* @attributes.
 * Owns: the caller closes @out_fd, which stays usable as the mount's root after attaching.
 */
MUST_CHECK int mount_new(const char *type, const struct mount_option *options, size_t count,
                         uint64_t attributes, int *out_fd, struct error *err);

/* What a bind's source was when it was checked. */
struct mount_source {
	const char *path; /* absolute; no component may be a symbolic link */
	dev_t device;     /* st_dev */
	ino_t inode;
};

/*
 * Copy the tree of mounts at @source, submounts included, as a detached tree.
 * Errors: ERROR_STATE when the path no longer leads to the checked device and inode.
 */
MUST_CHECK int mount_open_source(const struct mount_source *source, int *out_fd, struct error *err);

/*
 * As mount_open_source() for a device node, without submounts. However the path leads there,
 * what was found is what counts.
 * Errors: ERROR_HOST when the path is not a device of number @device_number.
 */
MUST_CHECK int mount_open_device(const char *path, dev_t device_number, int *out_fd,
                                 struct error *err);

/* Add MOUNT_ATTR_* @attributes to the mount @fd and make it private; to all below it, too. */
MUST_CHECK int mount_restrict(int fd, uint64_t attributes, bool is_recursive, struct error *err);

/* What is to become of a mount, beside what it is. */
struct mount_change {
	uint64_t set;         /* MOUNT_ATTR_*; one that is in both is set */
	uint64_t clear;       /* MOUNT_ATTR_* */
	uint64_t propagation; /* MS_SHARED and so on, without MS_REC; 0: as it is */
};

/*
 * Change the mount @fd; all below it, too, when @is_recursive. No change is no system call.
 * Errors: ERROR_DENIED for an attribute that is locked: mount_namespaces(7), "Restrictions".
 */
MUST_CHECK int mount_change(int fd, const struct mount_change *change, bool is_recursive,
                            struct error *err);

/*
 * Change the file system that @fd, an O_PATH descriptor of a mount's root, is of. No option is no
 * system call. Source: fspick(2).
 */
MUST_CHECK int mount_reconfigure(int fd, const struct mount_option *options, size_t count,
                                 const char *place, struct error *err);

/* Copy the tree of mounts at the host's @path, wherever its links lead, as a detached tree. */
MUST_CHECK int mount_open_tree(const char *path, bool is_recursive, int *out_fd, struct error *err);

/*
 * Write the number of the mount that the descriptor @fd is in: its own for as long as the host
 * runs where the kernel has such, at least as long as the mount is there. Source: statx(2),
 * STATX_MNT_ID_UNIQUE, Linux 6.8; STATX_MNT_ID.
 */
MUST_CHECK int mount_identify(int fd, uint64_t *out, struct error *err);

/* Copy what is at the O_PATH descriptor @path_fd, submounts included, as a detached tree. */
MUST_CHECK int mount_copy(int path_fd, int *out_fd, struct error *err);

/*
 * Make the owners of the detached tree @fd, a copy of what is at @path, those of the user namespace
 * @user_namespace_fd. Errors: ERROR_HOST for a file system that cannot be id-mapped. Source:
 * mount_setattr(2), MOUNT_ATTR_IDMAP; Linux 5.12.
 */
MUST_CHECK int mount_map_ids(int fd, int user_namespace_fd, bool is_recursive, const char *path,
                             struct error *err);

/* Attach the detached mount @fd on the O_PATH descriptor @target_fd. */
MUST_CHECK int mount_attach(int fd, int target_fd, struct error *err);

/* Attach the detached mount @fd on @name, no link, in the directory @folder_fd. */
MUST_CHECK int mount_attach_at(int fd, int folder_fd, const char *name, struct error *err);

/* Attach a copy of the mount @fd, which stays detached, on @target_fd. */
MUST_CHECK int mount_attach_copy(int fd, int target_fd, struct error *err);

/*
 * Make the mount @root_fd, which is attached somewhere below, the root of this mount
 * namespace, and let go of the old one with all its mounts. The working directory becomes "/".
 * Source: pivot_root(2), "pivot_root(".", ".")".
 */
MUST_CHECK int mount_pivot(int root_fd, struct error *err);

/*
 * As mount_pivot() where that is impossible: the host's mounts stay, out of sight. Whoever may
 * change its root again finds them. Source: chroot(2).
 */
MUST_CHECK int mount_change_root(int root_fd, struct error *err);

/*
 * Let go of the mount whose root the descriptor @root_fd is, with all that is mounted below. The
 * mount disappears when nobody uses it any more. Source: umount(2), MNT_DETACH.
 */
MUST_CHECK int mount_detach(int root_fd, struct error *err);

/* Make the root of this mount namespace MS_SHARED and so on, all below it too with MS_REC. */
MUST_CHECK int mount_set_propagation(uint64_t flags, struct error *err);

/* Keep mounts made here from reaching other mount namespaces. Source: mount_namespaces(7). */
MUST_CHECK int mount_stop_propagation(struct error *err);

#endif
