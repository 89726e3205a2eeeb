/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/shared_root.h"

#include <errno.h>
#include <fcntl.h>

#include "kernel/mount.h"

int shared_root_open(struct shared_root *out, const char *path, struct error *err)
{
	out->place_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (out->place_fd < 0)
		return error_set_errno(err, "cannot open %s", path);
	if (mount_copy(out->place_fd, &out->mount_fd, err) < 0)
		return -1;
	return mount_identify(out->mount_fd, &out->number, err);
}

/* Attaching makes it shared where what is around it is. Source: mount_namespaces(7). */
int shared_root_mount(const struct shared_root *root, struct error *err)
{
	if (mount_attach(root->mount_fd, root->place_fd, err) < 0)
		return -1;
	return mount_restrict(root->mount_fd, 0, true, err);
}

void shared_root_close(struct shared_root *root)
{
	cleanup_close(&root->place_fd);
	cleanup_close(&root->mount_fd);
	*root = SHARED_ROOT_NONE;
}

int shared_root_remove(const char *path, uint64_t number, struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint64_t found = 0;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return error_set_errno(err, "cannot open %s", path);
	if (mount_identify(fd, &found, err) < 0)
		return -1;
	return found == number ? mount_detach(fd, err) : 0;
}
