/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sandbox/nodes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/mount.h"
#include "kernel/resolve.h"
#include "sandbox/copy_up.h"

#define PATH_SIZE 4096 /* bytes, terminator included */

bool node_is_of(const struct plan_node *node, enum plan_node_kind kind, const char *type)
{
	return node->kind == kind || (node->kind == PLAN_NODE_MOUNT && !node->mount->is_bind &&
	                              strcmp(node->mount->type, type) == 0);
}

int node_open_source(const struct plan_node *node, int *out_fd, struct error *err)
{
	const struct mount_source source = { node->source, node->source_device,
		                             node->source_inode };

	if (node->kind == PLAN_NODE_BIND)
		return mount_open_source(&source, out_fd, err);
	if (node->kind == PLAN_NODE_MOUNT && node->mount->is_bind && !node->mount->is_remount)
		return mount_open_tree(node->source, node->mount->is_recursive, out_fd, err);
	return 0;
}

static int change(const struct plan_mount *mount, int fd, struct error *err)
{
	const struct mount_change propagation = { .propagation = mount->own.propagation };
	const struct mount_change own = { .set = mount->own.set, .clear = mount->own.clear };

	if (mount_change(fd, &mount->below, true, err) < 0)
		return -1;
	/* A new file system has been mounted with its own. */
	if (mount->is_bind && mount_change(fd, &own, false, err) < 0)
		return -1;
	return mount_change(fd, &propagation, mount->is_propagation_recursive, err);
}

static int open_mount(const struct plan_node *node, int *fd, struct error *err)
{
	const struct plan_mount *mount = node->mount;

	if (*fd < 0 && mount->is_bind && node_open_source(node, fd, err) < 0)
		return -1;
	if (!mount->is_bind && mount_new(mount->type, mount->options, mount->option_count,
	                                 mount->own.set, fd, err) < 0)
		return -1;
	return change(mount, *fd, err);
}

static int cover_root(const struct plan *plan, int fd, struct error *err)
{
	const char *place = plan->root_place != NULL ? plan->root_place : "/";
	AUTO_CLOSE int target_fd = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (target_fd < 0)
		return error_set_errno(err, "cannot open %s", place);
	return mount_attach(fd, target_fd, err);
}

/* In the caller's mount namespace the caller has attached it: it is for the caller to remove it. */
static int attach_root(const struct plan *plan, struct sandbox *sandbox, int fd, struct error *err)
{
	if (!plan->shares_mounts && cover_root(plan, fd, err) < 0)
		return -1;
	sandbox->root_fd = fd;
	return 0;
}

/* The place must be a mount's root: mount_setattr(2), EINVAL. */
static int change_present(const struct plan_node *node, const struct sandbox *sandbox,
                          struct error *err)
{
	AUTO_CLOSE int target_fd = resolve_inside(sandbox->root_fd, node->target, O_PATH, err);
	const struct plan_mount *mount = node->mount;
	const struct mount_change own = { .set = mount->own.set, .clear = mount->own.clear };

	if (target_fd < 0 || mount_change(target_fd, &own, false, err) < 0)
		return -1;
	return mount_reconfigure(target_fd, mount->options, mount->option_count, node->target, err);
}

static int copy_mode(const struct plan_node *node, const struct sandbox *sandbox, int fd,
                     struct error *err)
{
	AUTO_CLOSE int target_fd = resolve_inside_quietly(sandbox->root_fd, node->target, O_PATH);
	struct stat found;

	if (target_fd < 0)
		return 0;
	if (fstat(target_fd, &found) < 0 || fchmodat(fd, ".", found.st_mode & 07777, 0) < 0)
		return error_set_errno(err, "cannot give %s the mode it had", node->target);
	return 0;
}

static int make_mount(const struct plan_node *node, const struct plan *plan,
                      struct sandbox *sandbox, int *fd, struct error *err)
{
	AUTO_CLOSE int target_fd = -1;
	struct stat found;

	if (node->mount->is_remount)
		return change_present(node, sandbox, err);
	if (open_mount(node, fd, err) < 0)
		return -1;
	if (sandbox->root_fd < 0)
		return attach_root(plan, sandbox, *fd, err);
	if (fstat(*fd, &found) < 0)
		return error_set_errno(err, "cannot examine what is mounted on %s", node->target);
	if (node->mount->copies_mode && copy_mode(node, sandbox, *fd, err) < 0)
		return -1;
	target_fd = resolve_make_place(sandbox->root_fd, node->target, S_ISDIR(found.st_mode), err);
	if (target_fd < 0)
		return -1;
	if (node->mount->copies_up && copy_up(target_fd, *fd, err) < 0)
		return -1;
	return mount_attach(*fd, target_fd, err);
}

/* The directory that the node is in, made where it is missing. */
static int open_parent(const struct plan_node *node, const struct sandbox *sandbox,
                       const char **out_name, struct error *err)
{
	const char *slash = strrchr(node->target, '/');
	char parent[PATH_SIZE];
	const size_t length = slash == node->target ? 1 : (size_t)(slash - node->target);

	if (length >= sizeof(parent))
		return error_set(err, ERROR_SPEC, "path too long");
	memcpy(parent, node->target, length);
	parent[length] = '\0';
	*out_name = slash + 1;
	return resolve_make_place(sandbox->root_fd, parent, true, err);
}

/* An image may bring the device; nothing else may stand in for it. */
static int check_present(const struct plan_node *node, int parent_fd, const char *name,
                         struct error *err)
{
	struct stat found;

	if (fstatat(parent_fd, name, &found, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set_errno(err, "cannot examine %s", node->target);
	if ((found.st_mode & S_IFMT) == (node->mode & S_IFMT) &&
	    (S_ISFIFO(found.st_mode) || found.st_rdev == node->device_number))
		return 0;
	return error_set(err, ERROR_SPEC, "%s is there already, and another file", node->target);
}

static int make_node(const struct plan_node *node, const struct sandbox *sandbox, struct error *err)
{
	const char *name = "";
	AUTO_CLOSE int parent_fd = open_parent(node, sandbox, &name, err);

	if (parent_fd < 0)
		return -1;
	if (mknodat(parent_fd, name, node->mode, node->device_number) < 0) {
		if (errno != EEXIST)
			return error_set_errno(err, "cannot make the device %s", node->target);
		if (check_present(node, parent_fd, name, err) < 0)
			return -1;
	}
	if (fchownat(parent_fd, name, node->inner_uid, node->inner_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set_errno(err, "cannot give %s to its owner", node->target);
	return 0;
}

static int bind_device(const struct plan_node *node, const struct sandbox *sandbox, int *fd,
                       struct error *err)
{
	AUTO_CLOSE int target_fd = -1;

	if (mount_open_device(node->source, node->device_number, fd, err) < 0)
		return -1;
	target_fd = resolve_make_place(sandbox->root_fd, node->target, false, err);
	return target_fd < 0 ? -1 : mount_attach(*fd, target_fd, err);
}

/* A node that hardrun makes elsewhere takes the place of what the link replaces. */
static int make_link(const struct plan_node *node, const struct sandbox *sandbox, struct error *err)
{
	const char *name = "";
	AUTO_CLOSE int parent_fd = open_parent(node, sandbox, &name, err);

	if (parent_fd < 0)
		return -1;
	if (node->makes_target && unlinkat(parent_fd, name, 0) < 0 && errno != ENOENT)
		return error_set_errno(err, "cannot replace %s", node->target);
	if (symlinkat(node->source, parent_fd, name) < 0 && errno != EEXIST)
		return error_set_errno(err, "cannot make the link %s", node->target);
	return 0;
}

int node_make_foreign(const struct plan_node *node, const struct plan *plan,
                      struct sandbox *sandbox, int *fd, struct error *err)
{
	if (node->kind == PLAN_NODE_MKNOD)
		return make_node(node, sandbox, err);
	if (node->kind == PLAN_NODE_BOUND_DEVICE)
		return bind_device(node, sandbox, fd, err);
	if (node->kind == PLAN_NODE_LINK)
		return make_link(node, sandbox, err);
	return make_mount(node, plan, sandbox, fd, err);
}
