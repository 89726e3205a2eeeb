/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The root file system, but for the making of its nodes. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/mount.h"
#include "kernel/procfs.h"
#include "kernel/resolve.h"
#include "sandbox/nodes.h"
#include "sandbox/stages.h"

bool wants_sources(const struct plan *plan)
{
	return !plan->is_privileged;
}

/*
 * Open what is bound with nothing but the caller's own rights.
 * Before: user-mapping, which changes the user. Where the launcher is root, it has opened them.
 */
int apply_sources(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	for (size_t i = 0; i < plan->node_count; i++) {
		const struct plan_node *node = &plan->nodes[i];

		if (node_open_source(node, &sandbox->node_fds[i], err) < 0)
			return error_at(err, "%s", node->origin);
	}
	return 0;
}

/* The mounts of a new user namespace's mount namespace are slaves of the host's from the start. */
bool wants_propagation(const struct plan *plan)
{
	return (plan->clone_flags & CLONE_NEWUSER) == 0 &&
	       (!plan->is_container || (plan->clone_flags & CLONE_NEWNS) != 0);
}

/*
 * Before: mounts, the first of which would appear on the host.
 * Source: mount_namespaces(7), "Restrictions on mount namespaces".
 */
int apply_propagation(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	return mount_stop_propagation(err);
}

/*
 * After a container has been joined: its root, which a mount namespace that was joined has brought
 * along. Before: console, home.
 */
int apply_inside(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	if (sandbox->target_root_fd >= 0 && mount_change_root(sandbox->target_root_fd, err) < 0)
		return -1;
	sandbox->root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (sandbox->root_fd < 0)
		return error_set_errno(err, "cannot open the container's root");
	return 0;
}

bool wants_cwd(const struct plan *plan)
{
	return plan->makes_cwd;
}

/* After: mounts, in one of which it may be. Before: read-only-paths. */
int apply_cwd(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	AUTO_CLOSE int fd = resolve_make_place(sandbox->root_fd, plan->cwd, true, err);

	return fd < 0 ? error_at(err, "%s", plan->cwd_origin) : 0;
}

bool wants_secrets(const struct plan *plan)
{
	return plan->secret_count > 0;
}

static int copy_content(int from_fd, int to_fd, const struct plan_secret *secret, struct error *err)
{
	char buffer[4096];
	uint64_t total = 0;
	ssize_t length;

	while ((length = read(from_fd, buffer, sizeof(buffer))) > 0) {
		total += (uint64_t)length;
		if (total > PLAN_SECRET_SIZE_MAX)
			return error_set(err, ERROR_SPEC, "the secret %s is larger than 1 MiB",
			                 secret->source);
		if (file_put(to_fd, buffer, (size_t)length) < 0)
			return error_set_errno(err, "cannot write %s", secret->target);
	}
	if (length < 0)
		return error_set_errno(err, "cannot read the secret %s", secret->source);
	return 0;
}

static int write_secret(const struct plan *plan, const struct sandbox *sandbox, size_t index,
                        struct error *err)
{
	const struct plan_secret *secret = &plan->secrets[index];
	AUTO_CLOSE int parent_fd = -1;
	AUTO_CLOSE int fd = -1;
	const char *name;

	parent_fd = resolve_parent(sandbox->root_fd, secret->target, &name, err);
	if (parent_fd < 0)
		return -1;
	fd = openat(parent_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	if (fd < 0 || fchown(fd, plan->inner_uid, plan->inner_gid) < 0)
		return error_set_errno(err, "cannot make %s", secret->target);
	return copy_content(sandbox->secret_fds[index], fd, secret, err);
}

/* After: mounts, which make the folder. Before: read-only-paths, which close it. */
int apply_secrets(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	for (size_t i = 0; i < plan->secret_count; i++) {
		if (write_secret(plan, sandbox, i, err) < 0)
			return error_at(err, "%s", plan->secrets[i].origin);
	}
	return 0;
}

bool wants_sysctls(const struct plan *plan)
{
	return plan->forbids_nested_user_namespaces || plan->sysctl_count > 0;
}

/*
 * After: mounts, for the container's own proc. Before: read-only-paths; user, since only the
 * root of a namespace may set its limits.
 * Source: namespaces(7), "The /proc/sys/user directory".
 */
int apply_sysctls(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	char path[256];

	if (plan->forbids_nested_user_namespaces &&
	    procfs_write(sandbox->proc_fd, "sys/user/max_user_namespaces", "0", err) < 0)
		return -1;
	for (size_t i = 0; i < plan->sysctl_count; i++) {
		const struct plan_sysctl *sysctl = &plan->sysctls[i];
		const int length = snprintf(path, sizeof(path), "sys/%s", sysctl->path);

		if (length < 0 || (size_t)length >= sizeof(path))
			(void)error_set(err, ERROR_SPEC, "the sysctl's name is too long");
		else if (procfs_write(sandbox->proc_fd, path, sysctl->value, err) == 0)
			continue;
		return error_at(err, "%s", sysctl->origin);
	}
	return 0;
}

/* What covers masked files, or masked directories: one mount, copied for each but the first. */
struct mask {
	int fd; /* -1: not made yet */
	int (*make)(int *out_fd, struct error *err);
};

static int make_file_mask(int *out_fd, struct error *err)
{
	if (mount_open_device("/dev/null", makedev(1, 3), out_fd, err) < 0)
		return -1;
	return mount_restrict(*out_fd, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
	                      false, err);
}

static int make_directory_mask(int *out_fd, struct error *err)
{
	static const struct mount_option options[] = { { "size", "4096" },
		                                       { "nr_inodes", "1" },
		                                       { "mode", "0555" } };

	return mount_new("tmpfs", options, ARRAY_LEN(options),
	                 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
	                         MOUNT_ATTR_NOEXEC,
	                 out_fd, err);
}

static int cover(struct mask *mask, int target_fd, struct error *err)
{
	if (mask->fd >= 0)
		return mount_attach_copy(mask->fd, target_fd, err);
	if (mask->make(&mask->fd, err) < 0)
		return -1;
	return mount_attach(mask->fd, target_fd, err);
}

static int mask_path(const struct sandbox *sandbox, const char *path, struct mask *files,
                     struct mask *directories, struct error *err)
{
	AUTO_CLOSE int target_fd = resolve_inside_quietly(sandbox->root_fd, path, O_PATH);
	struct stat status;

	if (target_fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (target_fd < 0 || fstat(target_fd, &status) < 0)
		return error_set_errno(err, "cannot mask %s", path);
	return cover(S_ISDIR(status.st_mode) ? directories : files, target_fd, err);
}

/*
 * Hide what the container must not read.
 * After: sysctls. Before: capabilities, which take the right to mount. The host's /dev/null
 * is still in view: an image cannot have exchanged it (CVE-2025-31133).
 */
int apply_masked_paths(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	struct mask files = { .fd = -1, .make = make_file_mask };
	struct mask directories = { .fd = -1, .make = make_directory_mask };
	int result = 0;

	for (size_t i = 0; i < plan->masked_path_count && result == 0; i++) {
		result = mask_path(sandbox, plan->masked_paths[i].path, &files, &directories, err);
		if (result < 0)
			(void)error_at(err, "%s", plan->masked_paths[i].origin);
	}
	cleanup_close(&files.fd);
	cleanup_close(&directories.fd);
	return result;
}

/* A mount of its own, of what is there. */
static int restrict_path(const struct sandbox *sandbox, const char *path, struct error *err)
{
	static const struct mount_change change = { .set = MOUNT_ATTR_RDONLY };
	AUTO_CLOSE int target_fd = resolve_inside_quietly(sandbox->root_fd, path, O_PATH);
	AUTO_CLOSE int mount_fd = -1;

	if (target_fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (target_fd < 0)
		return error_set_errno(err, "cannot make %s read-only", path);
	if (mount_copy(target_fd, &mount_fd, err) < 0 ||
	    mount_change(mount_fd, &change, true, err) < 0)
		return -1;
	return mount_attach(mount_fd, target_fd, err);
}

static int restrict_node(const struct plan_node *node, int fd, struct error *err)
{
	static const struct mount_change change = { .set = MOUNT_ATTR_RDONLY };

	if (node->kind == PLAN_NODE_MOUNT)
		return mount_change(fd, &change, false, err);
	return mount_restrict(fd, MOUNT_ATTR_RDONLY, node->kind == PLAN_NODE_BIND, err);
}

/*
 * After: everything that is made in them. Before: exec.
 */
int apply_read_only_paths(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	for (size_t i = 0; i < plan->read_only_path_count; i++) {
		if (restrict_path(sandbox, plan->read_only_paths[i].path, err) < 0)
			return error_at(err, "%s", plan->read_only_paths[i].origin);
	}
	for (size_t i = 0; i < plan->node_count; i++) {
		const struct plan_node *node = &plan->nodes[i];

		if (node->is_read_only && restrict_node(node, sandbox->node_fds[i], err) < 0)
			return error_at(err, "%s", node->origin);
	}
	return 0;
}

/* From here paths are the container's own. */
int apply_pivot_root(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	if (plan->has_no_pivot || plan->shares_mounts)
		return mount_change_root(sandbox->root_fd, err);
	return mount_pivot(sandbox->root_fd, err);
}

bool wants_root_propagation(const struct plan *plan)
{
	return plan->root_propagation != 0;
}

/* After: pivot-root, which refuses shared mounts. Before: capabilities; it needs CAP_SYS_ADMIN. */
int apply_root_propagation(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	return mount_set_propagation(plan->root_propagation, err);
}
