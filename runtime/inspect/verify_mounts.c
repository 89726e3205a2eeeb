/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows about mounts, from the table of mounts of the container and of the host. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "inspect/verify_parts.h"
#include "kernel/resolve.h"
#include "spec/known_paths.h"

#define JUDGED ((uint64_t)(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC))

static bool is_below(const char *path, const char *folder)
{
	return strcmp(path, folder) != 0 && path_is_within(path, folder);
}

/* Is another mount of the same place on top of it? */
static bool is_covered(const struct verify_target *target, const struct proc_mount *mount)
{
	for (size_t i = 0; i < target->mount_count; i++) {
		const struct proc_mount *other = &target->mounts[i];

		if (other->parent == mount->id && other->id != mount->id &&
		    strcmp(other->target, mount->target) == 0)
			return true;
	}
	return false;
}

const struct proc_mount *verify_mount_at(const struct verify_target *target, const char *path)
{
	for (size_t i = 0; i < target->mount_count; i++) {
		const struct proc_mount *mount = &target->mounts[i];

		if (strcmp(mount->target, path) == 0 && !is_covered(target, mount))
			return mount;
	}
	return NULL;
}

const struct proc_mount *verify_mount_of(const struct verify_target *target, const char *path)
{
	const struct proc_mount *best = NULL;

	for (size_t i = 0; i < target->mount_count; i++) {
		const struct proc_mount *mount = &target->mounts[i];

		if (path_is_within(path, mount->target) && !is_covered(target, mount) &&
		    (best == NULL || strlen(mount->target) > strlen(best->target)))
			best = mount;
	}
	return best;
}

const struct plan_node *verify_node_at(const struct plan *plan, const char *path)
{
	const struct plan_node *found = NULL;

	for (size_t i = 0; plan != NULL && i < plan->node_count; i++) {
		if (strcmp(plan->nodes[i].target, path) == 0)
			found = &plan->nodes[i];
	}
	return found;
}

static bool is_remount(const struct plan_node *node)
{
	return node->kind == PLAN_NODE_MOUNT && node->mount->is_remount;
}

uint64_t verify_attributes_of(const struct plan_node *node)
{
	const uint64_t attributes =
		node->kind == PLAN_NODE_MOUNT ? node->mount->own.set : node->attributes;

	return attributes | (node->is_read_only ? (uint64_t)MOUNT_ATTR_RDONLY : 0);
}

/* A process of the container may serve it, and keep who looks waiting. */
static bool is_served_inside(const struct proc_mount *mount)
{
	return strncmp(mount->type, "fuse", strlen("fuse")) == 0 || strcmp(mount->type, "9p") == 0;
}

int verify_open_inside(const struct verify_target *target, const char *path)
{
	const struct proc_mount *mount = verify_mount_of(target, path);

	if (target->root_fd < 0 || mount == NULL || is_served_inside(mount)) {
		errno = EACCES;
		return -1;
	}
	return resolve_inside_quietly(target->root_fd, path, O_PATH);
}

/* A target may lead through a link of the image: then it is the mount that it leads to. */
static const struct proc_mount *find_planned(const struct verify_target *target, const char *path)
{
	const struct proc_mount *mount = verify_mount_at(target, path);
	AUTO_CLOSE int fd = -1;
	struct observed_file file;

	if (mount != NULL)
		return mount;
	fd = verify_open_inside(target, path);
	if (fd < 0 || !observe_descriptor(fd, &file))
		return NULL;
	for (size_t i = 0; i < target->mount_count; i++) {
		const struct proc_mount *other = &target->mounts[i];

		if (other->id == file.mount &&
		    strcmp(path_last(other->target), path_last(path)) == 0)
			return other;
	}
	return NULL;
}

static const char *name_missing(uint64_t attributes)
{
	if ((attributes & MOUNT_ATTR_RDONLY) != 0)
		return "read-only";
	if ((attributes & MOUNT_ATTR_NODEV) != 0)
		return "nodev";
	return (attributes & MOUNT_ATTR_NOEXEC) != 0 ? "noexec" : "nosuid";
}

static void judge_attributes(const struct proc_mount *mount, uint64_t wanted,
                             struct verify_row *row)
{
	const uint64_t missing = wanted & JUDGED & ~mount->attributes;
	char place[ROW_NAME_SIZE];

	if (missing != 0)
		row_offend(row, "%s is not %s", row_escape(mount->target, place),
		           name_missing(missing));
}

static bool lacks_mounts(const struct verify_target *target, struct verify_row *row)
{
	if (target->mounts == NULL)
		row_miss(row, "the mounts of process %d cannot be read", (int)target->seen_pid);
	return target->mounts == NULL;
}

/* What is asked of one planned mount; what it is found to be. */
static void judge_planned(const struct verify_target *target, const struct plan_node *node,
                          struct verify_row *row)
{
	const struct proc_mount *mount = find_planned(target, node->target);
	char place[ROW_NAME_SIZE];

	if (mount == NULL)
		row_offend(row, "%s is not mounted", row_escape(node->target, place));
	else if (!is_remount(verify_node_at(target->plan, node->target)))
		judge_attributes(mount, verify_attributes_of(node), row);
}

void verify_root(const struct verify_target *target, struct verify_row *row)
{
	const struct proc_mount *mount;
	uint64_t wanted = MOUNT_ATTR_RDONLY;

	if (target->plan != NULL)
		wanted = verify_attributes_of(&target->plan->nodes[0]);
	row_want(row, (wanted & MOUNT_ATTR_RDONLY) != 0 ? "read-only" : "not asked for");
	if (lacks_mounts(target, row))
		return;
	mount = verify_mount_at(target, "/");
	if (mount == NULL)
		row_miss(row, "there is no mount at / to be seen");
	else
		judge_attributes(mount, wanted, row);
	row_find(row, (wanted & MOUNT_ATTR_RDONLY) != 0 ? "read-only" : "as wanted");
}

static bool has_type(const struct proc_mount *mount, const char *const *types, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(mount->type, types[i]) == 0)
			return true;
	}
	return false;
}

static bool is_tmpfs_node(const struct plan_node *node)
{
	if (node->kind == PLAN_NODE_MOUNT)
		return !node->mount->is_bind && strcmp(node->mount->type, "tmpfs") == 0;
	return node->kind == PLAN_NODE_TMPFS;
}

/* The size of "65536k" in bytes; 0: it says none that can be compared. */
static uint64_t read_size(const char *text)
{
	static const char units[] = "kmg";
	char *end;
	const uint64_t number = strtoull(text, &end, 10);
	const char *unit = *end == '\0' ? NULL : strchr(units, *end | 0x20);

	if (*end == '\0')
		return number;
	return unit == NULL ? 0 : number << (10 * (unit - units + 1));
}

static uint64_t wanted_size(const struct plan_node *node)
{
	if (node->kind == PLAN_NODE_TMPFS)
		return node->tmpfs_size;
	for (size_t i = 0; i < node->mount->option_count; i++) {
		const struct mount_option *option = &node->mount->options[i];

		if (strcmp(option->key, "size") == 0 && option->value != NULL)
			return read_size(option->value);
	}
	return 0;
}

static void judge_size(const struct verify_target *target, const struct plan_node *node,
                       struct verify_row *row)
{
	const struct proc_mount *mount = find_planned(target, node->target);
	const uint64_t wanted = wanted_size(node);
	AUTO_CLOSE int fd = verify_open_inside(target, node->target);
	struct observed_file file;
	struct statfs status;
	char place[ROW_NAME_SIZE];
	uint64_t size;

	if (mount == NULL || wanted == 0)
		return;
	(void)row_escape(node->target, place);
	if (fd < 0 || !observe_descriptor(fd, &file) || file.mount != mount->id ||
	    fstatfs(fd, &status) < 0) {
		row_miss(row, "the size of %s cannot be asked for", place);
		return;
	}
	size = (uint64_t)status.f_blocks * (uint64_t)status.f_bsize;
	/* The kernel counts pages. */
	if (size == 0 || size > wanted + (uint64_t)status.f_bsize)
		row_offend(row, "%s may hold %" PRIu64 " bytes and not %" PRIu64, place, size,
		           wanted);
	else
		row_find(row, "as planned");
}

static void judge_any_tmpfs(const struct proc_mount *mount, struct verify_row *row)
{
	char size[32];
	char place[ROW_NAME_SIZE];

	if (strcmp(mount->type, "tmpfs") != 0 || (mount->attributes & MOUNT_ATTR_RDONLY) != 0)
		return;
	if (!proc_mount_option(mount, "size", size, sizeof(size)))
		row_offend(row, "%s has no size", row_escape(mount->target, place));
	judge_attributes(mount, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, row);
}

void verify_tmpfs(const struct verify_target *target, struct verify_row *row)
{
	const struct plan *plan = target->plan;

	row_want(row, plan == NULL ? "each with a size, nodev, noexec" : "each as planned");
	if (lacks_mounts(target, row))
		return;
	for (size_t i = 0; plan == NULL && i < target->mount_count; i++)
		judge_any_tmpfs(&target->mounts[i], row);
	for (size_t i = 0; plan != NULL && i < plan->node_count; i++) {
		if (!is_tmpfs_node(&plan->nodes[i]))
			continue;
		if (strcmp(plan->nodes[i].target, "/") != 0)
			judge_planned(target, &plan->nodes[i], row);
		judge_size(target, &plan->nodes[i], row);
	}
	row_find(row, "as wanted");
}

static bool is_kernel_view(const struct plan_node *node)
{
	static const char *const types[] = { "cgroup", "cgroup2", "proc", "sysfs" };

	if (node->kind != PLAN_NODE_MOUNT)
		return node->kind == PLAN_NODE_PROC || node->kind == PLAN_NODE_SYSFS ||
		       node->kind == PLAN_NODE_CGROUP2;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (strcmp(node->mount->type, types[i]) == 0)
			return true;
	}
	return false;
}

static bool is_volume(const struct plan_node *node)
{
	return (node->kind == PLAN_NODE_BIND || node->kind == PLAN_NODE_MOUNT) &&
	       strcmp(node->target, "/") != 0 && !is_tmpfs_node(node) && !is_kernel_view(node) &&
	       !is_remount(node);
}

/* What was mounted below a bind's source is below its target. */
static void judge_below(const struct verify_target *target, const struct plan_node *node,
                        struct verify_row *row)
{
	const uint64_t wanted =
		node->kind == PLAN_NODE_MOUNT ? node->mount->below.set : verify_attributes_of(node);

	for (size_t i = 0; i < target->mount_count; i++) {
		const struct proc_mount *mount = &target->mounts[i];

		if (is_below(mount->target, node->target) &&
		    verify_node_at(target->plan, mount->target) == NULL)
			judge_attributes(mount, wanted, row);
	}
}

/* Of the kernel's own making, in which nobody else's files are. */
static bool is_of_kernel(const struct proc_mount *mount)
{
	static const char *const types[] = { "cgroup",  "cgroup2", "devpts", "devtmpfs", "mqueue",
		                             "overlay", "proc",    "sysfs",  "tmpfs" };

	return has_type(mount, types, ARRAY_LEN(types));
}

void verify_volumes(const struct verify_target *target, struct verify_row *row)
{
	const struct plan *plan = target->plan;

	row_want(row, plan == NULL ? "read-only, nodev" : "each as planned");
	if (lacks_mounts(target, row))
		return;
	for (size_t i = 0; plan == NULL && i < target->mount_count; i++) {
		if (!is_of_kernel(&target->mounts[i]) && strcmp(target->mounts[i].target, "/") != 0)
			judge_attributes(&target->mounts[i], MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV,
			                 row);
	}
	for (size_t i = 0; plan != NULL && i < plan->node_count; i++) {
		if (!is_volume(&plan->nodes[i]))
			continue;
		judge_planned(target, &plan->nodes[i], row);
		judge_below(target, &plan->nodes[i], row);
	}
	row_find(row, "as wanted");
}

/* How often something is planned to be mounted at @path. */
static size_t count_planned(const struct plan *plan, const char *path)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->node_count; i++) {
		const enum plan_node_kind kind = plan->nodes[i].kind;

		count += strcmp(plan->nodes[i].target, path) == 0 && kind != PLAN_NODE_DIRECTORY &&
		         kind != PLAN_NODE_SYMLINK && kind != PLAN_NODE_FILE &&
		         kind != PLAN_NODE_LINK;
	}
	for (size_t i = 0; i < plan->masked_path_count; i++)
		count += strcmp(plan->masked_paths[i].path, path) == 0;
	for (size_t i = 0; i < plan->read_only_path_count; i++)
		count += strcmp(plan->read_only_paths[i].path, path) == 0;
	return count;
}

static bool is_host_mount(const struct verify_target *target, const struct proc_mount *mount,
                          const char *path)
{
	for (size_t i = 0; target->host_mounts != NULL && i < target->host_mount_count; i++) {
		const struct proc_mount *host = &target->host_mounts[i];

		if (host->major == mount->major && host->minor == mount->minor &&
		    strcmp(host->target, path) == 0 && strcmp(host->root, mount->root) == 0)
			return true;
	}
	return false;
}

/* What is shown of the host because a namespace is the host's, which has a row of its own. */
static bool is_view_of_host(const struct verify_target *target, const struct proc_mount *mount)
{
	const bool may_be =
		(verify_shares(target, VERIFY_NS_PID) && path_is_within(mount->target, "/proc")) ||
		(verify_shares(target, VERIFY_NS_NETWORK) && path_is_within(mount->target, "/sys"));

	return may_be && is_host_mount(target, mount, mount->target);
}

static size_t count_mounts(const struct verify_target *target, const char *path)
{
	size_t count = 0;

	for (size_t i = 0; i < target->mount_count; i++)
		count += strcmp(target->mounts[i].target, path) == 0 &&
		         !is_view_of_host(target, &target->mounts[i]);
	return count;
}

/* Is @mount, below the bind @node, there on the host as well? */
static bool came_with(const struct verify_target *target, const struct proc_mount *mount,
                      const struct plan_node *node)
{
	const bool is_bind = node->kind == PLAN_NODE_BIND ||
	                     (node->kind == PLAN_NODE_MOUNT && node->mount->is_recursive);
	const char *rest =
		mount->target + (strcmp(node->target, "/") == 0 ? 0 : strlen(node->target));
	char path[PATH_MAX];

	if (!is_bind || node->source == NULL || !is_below(mount->target, node->target))
		return false;
	(void)snprintf(path, sizeof(path), "%s%s", node->source, rest);
	return is_host_mount(target, mount, path);
}

/* By a target that leads through a link. */
static bool is_planned_elsewhere(const struct verify_target *target, const struct proc_mount *mount)
{
	const struct plan *plan = target->plan;

	for (size_t i = 0; i < plan->node_count; i++) {
		const struct plan_node *node = &plan->nodes[i];

		if (came_with(target, mount, node))
			return true;
		if (strcmp(path_last(node->target), path_last(mount->target)) == 0 &&
		    verify_mount_at(target, node->target) == NULL &&
		    find_planned(target, node->target) == mount)
			return true;
	}
	return false;
}

static bool is_planned(const struct verify_target *target, const struct proc_mount *mount)
{
	const struct plan *plan = target->plan;
	const size_t planned = count_planned(plan, mount->target);

	if (planned > 0)
		return count_mounts(target, mount->target) <= planned || is_covered(target, mount);
	if (plan->has_terminal && strcmp(mount->target, "/dev/console") == 0)
		return true;
	return is_planned_elsewhere(target, mount);
}

/* Where @mount is on the host, if the path is one that hands over the host. */
static const struct sensitive_path *find_sensitive(const struct proc_mount *mount,
                                                   const struct proc_mount *host,
                                                   char path[PATH_MAX])
{
	const char *rest = mount->root + (strcmp(host->root, "/") == 0 ? 0 : strlen(host->root));
	const char *above = strcmp(host->target, "/") == 0 ? "" : host->target;

	if (host->major != mount->major || host->minor != mount->minor ||
	    !path_is_within(mount->root, host->root))
		return NULL;
	(void)snprintf(path, PATH_MAX, "%s%s", above, strcmp(rest, "/") == 0 ? "" : rest);
	if (path[0] == '\0')
		(void)snprintf(path, PATH_MAX, "/");
	if (known_path_is_of_container(path))
		return NULL;
	/* The root of another engine's container lies in that engine's state. */
	if (strcmp(mount->target, "/") == 0 && strcmp(path, "/") != 0)
		return NULL;
	return known_path_sensitive(path);
}

/* Devices that every container has, and that masks are made of. */
static bool is_harmless_device(const char *path)
{
	static const char *const names[] = { "/dev/full", "/dev/null",    "/dev/random",
		                             "/dev/tty",  "/dev/urandom", "/dev/zero" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(path, names[i]) == 0)
			return true;
	}
	return false;
}

static bool is_as_planned(const struct plan *plan, const struct proc_mount *mount, const char *path)
{
	const struct plan_node *node = verify_node_at(plan, mount->target);

	return node != NULL && node->source != NULL && strcmp(node->source, path) == 0;
}

/* Device nodes are judged with the others of /dev. */
static bool is_device(const struct verify_target *target, const struct proc_mount *mount)
{
	AUTO_CLOSE int fd = -1;
	struct observed_file file;

	if (!is_below(mount->target, "/dev"))
		return false;
	fd = verify_open_inside(target, mount->target);
	return fd >= 0 && observe_descriptor(fd, &file) &&
	       (S_ISCHR(file.mode) || S_ISBLK(file.mode));
}

/* NULL: it is not sensitive, or asked for. @path: on the host. */
static const struct sensitive_path *judge_sensitive(const struct verify_target *target,
                                                    const struct proc_mount *mount,
                                                    char path[PATH_MAX])
{
	static const char *const apart[] = { "cgroup", "cgroup2" }; /* one for all namespaces */

	if (target->host_mounts == NULL || has_type(mount, apart, ARRAY_LEN(apart)) ||
	    is_device(target, mount) || is_view_of_host(target, mount))
		return NULL;
	for (size_t i = 0; i < target->host_mount_count; i++) {
		const struct sensitive_path *sensitive =
			find_sensitive(mount, &target->host_mounts[i], path);

		if (sensitive != NULL && !is_harmless_device(path) &&
		    !is_as_planned(target->plan, mount, path))
			return sensitive;
	}
	return NULL;
}

/* What came with a recursive bind that was asked for. */
static bool is_known(const struct verify_target *target, const struct proc_mount *mount)
{
	return target->plan != NULL && is_planned_elsewhere(target, mount);
}

void verify_sensitive_mounts(const struct verify_target *target, struct verify_row *row)
{
	row_want(row, "none%s", target->plan == NULL ? "" : ", but for those asked for");
	if (lacks_mounts(target, row))
		return;
	if (target->host_mounts == NULL)
		row_miss(row, "the mounts of the host cannot be read");
	for (size_t i = 0; i < target->mount_count; i++) {
		const struct proc_mount *mount = &target->mounts[i];
		const struct sensitive_path *sensitive;
		char path[PATH_MAX];
		char name[ROW_NAME_SIZE];

		sensitive = judge_sensitive(target, mount, path);
		if (sensitive != NULL && !is_known(target, mount))
			row_offend(row, "%s: %s", row_escape(path, name), sensitive->why);
	}
	row_find(row, "none");
}

/* Those that are sensitive have a row of their own. */
void verify_unplanned_mounts(const struct verify_target *target, struct verify_row *row)
{
	char path[PATH_MAX];
	char name[ROW_NAME_SIZE];

	if (target->plan == NULL) {
		row_drop(row);
		return;
	}
	row_want(row, "none but those planned");
	if (lacks_mounts(target, row))
		return;
	if (target->strange_mounts > 0)
		row_miss(row, "%zu mounts could not be read", target->strange_mounts);
	for (size_t i = 0; i < target->mount_count; i++) {
		const struct proc_mount *mount = &target->mounts[i];

		if (!is_planned(target, mount) && !is_device(target, mount) &&
		    !is_view_of_host(target, mount) && judge_sensitive(target, mount, path) == NULL)
			row_offend(row, "%s is mounted at %s", mount->type,
			           row_escape(mount->target, name));
	}
	row_find(row, "%zu mounts", target->mount_count);
}

static bool must_ignore_set_user_id(const struct verify_target *target,
                                    const struct proc_mount *mount)
{
	const struct plan_node *node = verify_node_at(target->plan, mount->target);

	if (target->plan == NULL || target->subject->spec->oci == NULL)
		return true;
	return node != NULL && !is_remount(node) &&
	       (verify_attributes_of(node) & MOUNT_ATTR_NOSUID) != 0;
}

void verify_set_user_id(const struct verify_target *target, struct verify_row *row)
{
	const bool is_oci = target->plan != NULL && target->subject->spec->oci != NULL;
	char name[ROW_NAME_SIZE];

	row_want(row, is_oci ? "nosuid where asked for" : "nosuid on every mount");
	if (lacks_mounts(target, row))
		return;
	for (size_t i = 0; i < target->mount_count; i++) {
		const struct proc_mount *mount = &target->mounts[i];

		if ((mount->attributes & MOUNT_ATTR_NOSUID) == 0 &&
		    must_ignore_set_user_id(target, mount))
			row_offend(row, "%s is not nosuid", row_escape(mount->target, name));
	}
	row_find(row, "nosuid");
}

static bool may_be_shared(const struct plan *plan, const struct proc_mount *mount)
{
	const struct plan_node *node = verify_node_at(plan, mount->target);

	if (plan != NULL && (plan->root_propagation & MS_SHARED) != 0)
		return true;
	return node != NULL && node->kind == PLAN_NODE_MOUNT &&
	       (node->mount->own.propagation & MS_SHARED) != 0;
}

void verify_propagation(const struct verify_target *target, struct verify_row *row)
{
	const bool is_oci = target->plan != NULL && target->subject->spec->oci != NULL;
	char name[ROW_NAME_SIZE];

	row_want(row, "shared with nobody");
	if (lacks_mounts(target, row))
		return;
	for (size_t i = 0; i < target->mount_count; i++) {
		const struct proc_mount *mount = &target->mounts[i];

		if (mount->is_shared && !may_be_shared(target->plan, mount))
			row_offend(row, "%s is shared", row_escape(mount->target, name));
		else if (mount->is_slave && !is_oci)
			row_offend(row, "%s follows the host's mounts",
			           row_escape(mount->target, name));
	}
	row_find(row, "private");
}

/* Only what is there can be written. */
static void judge_read_only_path(const struct verify_target *target, const char *path,
                                 struct verify_row *row)
{
	const struct proc_mount *mount = verify_mount_of(target, path);
	AUTO_CLOSE int fd = -1;

	if (mount != NULL && (mount->attributes & MOUNT_ATTR_RDONLY) != 0)
		return;
	fd = verify_open_inside(target, path);
	if (fd >= 0)
		row_offend(row, "%.200s is not read-only", path);
	else if (errno != ENOENT && errno != ENOTDIR)
		row_miss(row, "you may not see %.200s of the container", path);
}

void verify_read_only_paths(const struct verify_target *target, struct verify_row *row)
{
	const struct plan *plan = target->plan;

	row_want(row, plan == NULL ? "/proc/sys and others" : "those planned");
	if (lacks_mounts(target, row))
		return;
	for (size_t i = 0; plan == NULL && i < known_read_only_path_count; i++)
		judge_read_only_path(target, known_read_only_paths[i], row);
	for (size_t i = 0; plan != NULL && i < plan->read_only_path_count; i++)
		judge_read_only_path(target, plan->read_only_paths[i].path, row);
	for (size_t i = 0; plan != NULL && i < plan->node_count; i++) {
		if (is_kernel_view(&plan->nodes[i]))
			judge_planned(target, &plan->nodes[i], row);
	}
	row_find(row, "read-only");
}
