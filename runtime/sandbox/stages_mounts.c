/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The nodes of the plan, one after the other, as they are planned. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/mount.h"
#include "kernel/procfs.h"
#include "kernel/resolve.h"
#include "sandbox/nodes.h"
#include "sandbox/stages.h"

#define NUMBER_SIZE 24 /* bytes of a 64-bit decimal number */

/*
 * The directory that was worked in last. Nodes come in groups with one parent, and to find it
 * again for each would be a third of the stage's system calls.
 */
struct folder {
	int fd;           /* -1: none */
	const char *path; /* its first @length bytes */
	size_t length;
};

/* A node on its way into the root. */
struct placement {
	const struct plan_node *node;
	const struct plan *plan;
	struct sandbox *sandbox;
	int *fd; /* of the node's mount; -1: none yet */
	struct folder *folder;
};

static void leave(struct folder *folder)
{
	cleanup_close(&folder->fd);
	folder->fd = -1;
}

/* Returns a borrowed descriptor of the directory that the node is in. */
static int enter(const struct placement *placement, const char **out_name, struct error *err)
{
	const char *target = placement->node->target;
	const size_t length = (size_t)(strrchr(target, '/') - target);
	struct folder *folder = placement->folder;

	if (folder->fd >= 0 && folder->length == length &&
	    memcmp(folder->path, target, length) == 0) {
		*out_name = target + length + 1;
		return folder->fd;
	}
	leave(folder);
	folder->path = target;
	folder->length = length;
	folder->fd = resolve_parent(placement->sandbox->root_fd, target, out_name, err);
	return folder->fd;
}

/* What was found by its path before may be covered now. */
static void forget_covered(const struct placement *placement)
{
	const char *target = placement->node->target;
	const size_t length = strlen(target);

	if (placement->folder->length >= length &&
	    memcmp(placement->folder->path, target, length) == 0)
		leave(placement->folder);
}

static int give_to_owner(const struct plan_node *node, int parent_fd, const char *name,
                         struct error *err)
{
	if (node->inner_uid == 0 && node->inner_gid == 0)
		return 0;
	if (fchownat(parent_fd, name, node->inner_uid, node->inner_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set_errno(err, "cannot give %s to the user", node->target);
	return 0;
}

static int make_directory(const struct placement *placement, struct error *err)
{
	const struct plan_node *node = placement->node;
	const char *name;
	const int parent_fd = enter(placement, &name, err);

	if (parent_fd < 0)
		return -1;
	if (mkdirat(parent_fd, name, node->mode) < 0)
		return error_set_errno(err, "cannot make the directory %s", node->target);
	return give_to_owner(node, parent_fd, name, err);
}

static int make_file(const struct placement *placement, struct error *err)
{
	const struct plan_node *node = placement->node;
	const char *name;
	const int parent_fd = enter(placement, &name, err);
	AUTO_CLOSE int fd = -1;

	if (parent_fd < 0)
		return -1;
	fd = openat(parent_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	            node->mode);
	if (fd < 0)
		return error_set_errno(err, "cannot make the file %s", node->target);
	if (file_put(fd, node->content, node->content_size) < 0)
		return error_set_errno(err, "cannot write the file %s", node->target);
	return give_to_owner(node, parent_fd, name, err);
}

static int make_symlink(const struct placement *placement, struct error *err)
{
	const struct plan_node *node = placement->node;
	const char *name;
	const int parent_fd = enter(placement, &name, err);

	if (parent_fd < 0)
		return -1;
	if (symlinkat(node->source, parent_fd, name) < 0)
		return error_set_errno(err, "cannot make the link %s", node->target);
	return give_to_owner(node, parent_fd, name, err);
}

/* In a tmpfs of ours: what is mounted on is made, and nobody else can have made it. */
static int attach_made(const struct placement *placement, bool is_directory, struct error *err)
{
	const char *name;
	const int parent_fd = enter(placement, &name, err);
	int result;

	if (parent_fd < 0)
		return -1;
	result = is_directory ? mkdirat(parent_fd, name, 0755)
	                      : mknodat(parent_fd, name, S_IFREG | 0644, 0);
	if (result < 0 && errno != EEXIST)
		return error_set_errno(err, "cannot make %s", placement->node->target);
	return mount_attach_at(*placement->fd, parent_fd, name, err);
}

static int attach_found(const struct placement *placement, struct error *err)
{
	AUTO_CLOSE int target_fd =
		resolve_inside(placement->sandbox->root_fd, placement->node->target, O_PATH, err);

	return target_fd < 0 ? -1 : mount_attach(*placement->fd, target_fd, err);
}

/* The first node covers the host's root, and is what all others are made in. */
static int attach_root(const struct placement *placement, struct error *err)
{
	AUTO_CLOSE int target_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (target_fd < 0)
		return error_set_errno(err, "cannot open the host's root");
	if (mount_attach(*placement->fd, target_fd, err) < 0)
		return -1;
	placement->sandbox->root_fd = *placement->fd;
	return 0;
}

static int attach(const struct placement *placement, bool is_directory, struct error *err)
{
	if (placement->sandbox->root_fd < 0)
		return attach_root(placement, err);
	forget_covered(placement);
	if (placement->node->makes_target)
		return attach_made(placement, is_directory, err);
	return attach_found(placement, err);
}

static int attach_bind(const struct placement *placement, struct error *err)
{
	const struct plan_node *node = placement->node;

	if (*placement->fd < 0 && node_open_source(node, placement->fd, err) < 0)
		return -1;
	if (mount_restrict(*placement->fd, node->attributes, true, err) < 0)
		return -1;
	return attach(placement, node->is_directory, err);
}

static int attach_device(const struct placement *placement, struct error *err)
{
	const struct plan_node *node = placement->node;

	if (mount_open_device(node->source, node->device_number, placement->fd, err) < 0 ||
	    mount_restrict(*placement->fd, node->attributes, false, err) < 0)
		return -1;
	return attach(placement, false, err);
}

static int attach_new(const struct placement *placement, const char *type,
                      const struct mount_option *options, size_t count, struct error *err)
{
	if (mount_new(type, options, count, placement->node->attributes, placement->fd, err) < 0)
		return -1;
	return attach(placement, true, err);
}

/* Options that say what is so anyway are left out: each is a system call. */
static int attach_tmpfs(const struct placement *placement, struct error *err)
{
	const struct plan_node *node = placement->node;
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		{ "size", node->tmpfs_size },
		{ "nr_inodes", node->tmpfs_inodes },
		{ "uid", node->inner_uid },
		{ "gid", node->inner_gid },
	};
	char mode[NUMBER_SIZE];
	char texts[ARRAY_LEN(numbers)][NUMBER_SIZE];
	struct mount_option options[ARRAY_LEN(numbers) + 1] = { { "mode", mode } };
	size_t count = 1;

	(void)snprintf(mode, sizeof(mode), "%o", node->mode);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		if (numbers[i].value == 0)
			continue;
		(void)snprintf(texts[i], NUMBER_SIZE, "%" PRIu64, numbers[i].value);
		options[count++] = (struct mount_option){ numbers[i].key, texts[i] };
	}
	return attach_new(placement, "tmpfs", options, count, err);
}

static int attach_proc(const struct placement *placement, struct error *err)
{
	return attach_new(placement, "proc", NULL, 0, err);
}

static int attach_sysfs(const struct placement *placement, struct error *err)
{
	return attach_new(placement, "sysfs", NULL, 0, err);
}

static int attach_cgroup2(const struct placement *placement, struct error *err)
{
	return attach_new(placement, "cgroup2", NULL, 0, err);
}

/* Group 5 is the terminals' in every distribution. Source: kernel devpts.rst. */
static int attach_devpts(const struct placement *placement, struct error *err)
{
	static const struct mount_option options[] = { { "mode", "0620" },
		                                       { "ptmxmode", "0666" },
		                                       { "gid", "5" } };

	return attach_new(placement, "devpts", options, ARRAY_LEN(options), err);
}

static int make_foreign(const struct placement *placement, struct error *err)
{
	return node_make_foreign(placement->node, placement->plan, placement->sandbox,
	                         placement->fd, err);
}

static int (*const makers[PLAN_NODE_KIND_COUNT])(const struct placement *placement,
                                                 struct error *err) = {
	[PLAN_NODE_DIRECTORY] = make_directory,  [PLAN_NODE_FILE] = make_file,
	[PLAN_NODE_SYMLINK] = make_symlink,      [PLAN_NODE_BIND] = attach_bind,
	[PLAN_NODE_DEVICE] = attach_device,      [PLAN_NODE_TMPFS] = attach_tmpfs,
	[PLAN_NODE_PROC] = attach_proc,          [PLAN_NODE_SYSFS] = attach_sysfs,
	[PLAN_NODE_CGROUP2] = attach_cgroup2,    [PLAN_NODE_DEVPTS] = attach_devpts,
	[PLAN_NODE_MOUNT] = make_foreign,        [PLAN_NODE_MKNOD] = make_foreign,
	[PLAN_NODE_BOUND_DEVICE] = make_foreign, [PLAN_NODE_LINK] = make_foreign,
};

/* Remember what later stages work on; the container's proc must be one, whatever is shown. */
static int keep(const struct placement *placement, struct error *err)
{
	struct sandbox *sandbox = placement->sandbox;

	if (node_is_of(placement->node, PLAN_NODE_DEVPTS, "devpts"))
		sandbox->devpts_fd = *placement->fd;
	if (strcmp(placement->node->target, "/proc") != 0 ||
	    (placement->plan->is_container && !node_is_of(placement->node, PLAN_NODE_PROC, "proc")))
		return 0;
	if (procfs_verify(*placement->fd, err) < 0)
		return -1;
	sandbox->proc_fd = *placement->fd;
	return 0;
}

/*
 * Build the container's root over the host's, detached mount by detached mount.
 * After: user-mapping, which lets files be owned; sources. Before: pivot-root, because proc
 * and sysfs can be mounted only as long as the host's are in view.
 * Source: kernel fs/namespace.c, mount_too_revealing().
 */
int apply_mounts(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	CLEANUP(leave) struct folder folder = { .fd = -1 };

	for (size_t i = 0; i < plan->node_count; i++) {
		const struct placement placement = { &plan->nodes[i], plan, sandbox,
			                             &sandbox->node_fds[i], &folder };

		if (makers[plan->nodes[i].kind](&placement, err) < 0 || keep(&placement, err) < 0)
			return error_at(err, "%s", plan->nodes[i].origin);
	}
	return 0;
}
