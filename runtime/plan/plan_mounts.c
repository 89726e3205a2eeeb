/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the container sees as its file system, in the order of creation.
 * Source: PRODUCT.md, "rootfs"; runtime-spec config-linux.md, "Default Filesystems".
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "plan/plan_etc.h"
#include "plan/plan_nodes.h"
#include "plan/plan_sources.h"

#define KIB UINT64_C(1024)
#define MIB (UINT64_C(1024) * 1024)

#define ROOT_SIZE    MIB        /* files of /etc and mount points */
#define DEVICES_SIZE (64 * KIB) /* mount points and links */
#define SHM_SIZE     (64 * MIB)

/* A tmpfs holds one inode for each so many bytes of its size. */
#define BYTES_PER_INODE KIB

#define INERT     ((uint64_t)(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV))
#define DATA_ONLY (INERT | MOUNT_ATTR_NOEXEC)

/*
 * Read-only is the host's inode, with its mode, owner and times, which whoever may write to the
 * device could set; not the device. Source: utimensat(2), "Permissions requirements".
 */
#define DEVICE_ONLY ((uint64_t)(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY))

/* Source: kernel devices.txt. */
static const struct {
	const char *path;
	unsigned int major;
	unsigned int minor;
} standard_devices[] = {
	{ "/dev/null", 1, 3 },   { "/dev/zero", 1, 5 },    { "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};

static const struct plan_node device_extras[] = {
	{ .kind = PLAN_NODE_SYMLINK, .target = "/dev/fd", .source = "/proc/self/fd" },
	{ .kind = PLAN_NODE_SYMLINK, .target = "/dev/stdin", .source = "/proc/self/fd/0" },
	{ .kind = PLAN_NODE_SYMLINK, .target = "/dev/stdout", .source = "/proc/self/fd/1" },
	{ .kind = PLAN_NODE_SYMLINK, .target = "/dev/stderr", .source = "/proc/self/fd/2" },
	{ .kind = PLAN_NODE_SYMLINK, .target = "/dev/core", .source = "/proc/kcore" },
	{ .kind = PLAN_NODE_SYMLINK, .target = "/dev/ptmx", .source = "pts/ptmx" },
	{ .kind = PLAN_NODE_DEVPTS,
	  .target = "/dev/pts",
	  .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC },
};

/* What a root composed from the host shows of it, if it is there; links stay links. */
static const struct {
	const char *path;
	bool is_data; /* nothing to execute */
} host_parts[] = {
	{ "/usr", false },
	{ "/bin", false },
	{ "/lib", false },
	{ "/lib32", false },
	{ "/lib64", false },
	{ "/libx32", false },
	{ "/sbin", false },
	{ "/etc/alternatives", true },
	{ "/etc/ld.so.cache", true },
	{ "/etc/localtime", true },
	{ "/etc/pki/ca-trust/extracted", true },
	{ "/etc/pki/tls/certs", true },
	{ "/etc/ssl/certs", true },
};

/* Root of the host shows the host's files with the owners that they have there. */
static bool maps_ids(const struct planner *planner)
{
	return planner->plan->is_privileged && planner_is_new(planner, CLONE_NEWUSER);
}

/*
 * overlayfs cannot be id-mapped: where the host itself lives in one, its programs belong to
 * nobody inside, which takes no right from anybody.
 * Source: mount_setattr(2), the list of file systems under MOUNT_ATTR_IDMAP.
 */
static bool maps_host_parts(const struct planner *planner)
{
	struct statfs status;

	return maps_ids(planner) && statfs("/usr", &status) == 0 &&
	       status.f_type != OVERLAYFS_SUPER_MAGIC;
}

static int show_link(struct plan_nodes *nodes, const char *path, const char *text,
                     struct error *err)
{
	struct plan_node link = { .kind = PLAN_NODE_SYMLINK, .target = path };

	link.source = planner_copy(nodes->planner, text, err);
	return link.source == NULL ? -1 : plan_nodes_place(nodes, &link, err);
}

/* Show @path of the host at the same place inside, as it is: a link or a read-only bind. */
static int show_host_part(struct plan_nodes *nodes, const char *path, uint64_t attributes,
                          bool is_id_mapped, struct error *err)
{
	char text[PATH_MAX];
	struct stat status;
	const ssize_t length = readlink(path, text, sizeof(text) - 1);
	struct plan_node bind = { .kind = PLAN_NODE_BIND,
		                  .target = path,
		                  .source = path,
		                  .attributes = attributes,
		                  .is_id_mapped = is_id_mapped };

	if (length > 0) {
		text[length] = '\0';
		return show_link(nodes, path, text, err);
	}
	if (errno == ENOENT || errno == ENOTDIR)
		return 0;
	if (lstat(path, &status) < 0)
		return error_set_errno(err, "cannot look at %s", path);
	bind.is_directory = S_ISDIR(status.st_mode);
	bind.source_device = status.st_dev;
	bind.source_inode = status.st_ino;
	return plan_nodes_place(nodes, &bind, err);
}

static int plan_host_parts(struct plan_nodes *nodes, struct error *err)
{
	const bool is_id_mapped = maps_host_parts(nodes->planner);

	for (size_t i = 0; i < ARRAY_LEN(host_parts); i++) {
		const uint64_t attributes = host_parts[i].is_data ? DATA_ONLY : INERT;

		if (show_host_part(nodes, host_parts[i].path, attributes | MOUNT_ATTR_RDONLY,
		                   is_id_mapped, err) < 0)
			return -1;
	}
	return 0;
}

/* A root that is writable belongs to the user; else it is nobody's to change. */
static int plan_composed_root(struct plan_nodes *nodes, struct error *err)
{
	const struct spec_rootfs *rootfs = &nodes->planner->spec->rootfs;
	const struct plan *plan = nodes->planner->plan;
	const uint64_t size = rootfs->is_writable ? rootfs->tmpfs_size : ROOT_SIZE;
	const struct plan_node root = { .kind = PLAN_NODE_TMPFS,
		                        .target = "/",
		                        .mode = 0755,
		                        .inner_uid = rootfs->is_writable ? plan->inner_uid : 0,
		                        .inner_gid = rootfs->is_writable ? plan->inner_gid : 0,
		                        .tmpfs_size = size,
		                        .tmpfs_inodes = size / BYTES_PER_INODE,
		                        .attributes = DATA_ONLY,
		                        .is_read_only = !rootfs->is_writable };

	if (plan_nodes_append(nodes, &root, err) < 0 || plan_etc(nodes, err) < 0)
		return -1;
	return plan_host_parts(nodes, err);
}

static int plan_directory_root(struct plan_nodes *nodes, struct error *err)
{
	const struct spec_rootfs *rootfs = &nodes->planner->spec->rootfs;
	const struct plan_source source = { .path = rootfs->path.value,
		                            .origin = rootfs->path.origin,
		                            .may_be_sensitive = rootfs->may_be_sensitive };
	struct plan_source_facts facts;
	struct plan_node root = {
		.kind = PLAN_NODE_BIND,
		.target = "/",
		.attributes = INERT | (rootfs->is_writable ? 0 : (uint64_t)MOUNT_ATTR_RDONLY),
		.is_id_mapped = maps_ids(nodes->planner),
		.is_directory = true
	};

	if (plan_source_check(nodes->planner, &source, &facts, err) < 0)
		return -1;
	if (!facts.is_directory) {
		(void)error_set(err, ERROR_SPEC, "%s is not a directory", source.path);
		return error_at(err, "%s", source.origin);
	}
	root.source_device = facts.device;
	root.source_inode = facts.inode;
	root.source = planner_copy(nodes->planner, source.path, err);
	root.origin = planner_copy(nodes->planner, source.origin, err);
	if (root.source == NULL || root.origin == NULL)
		return -1;
	return plan_nodes_append(nodes, &root, err);
}

/* The spec may give it another size. */
static int plan_shm(struct plan_nodes *nodes, struct error *err)
{
	const struct spec *spec = nodes->planner->spec;
	const struct plan_node shm = { .kind = PLAN_NODE_TMPFS,
		                       .target = "/dev/shm",
		                       .mode = 01777,
		                       .tmpfs_size = SHM_SIZE,
		                       .tmpfs_inodes = SHM_SIZE / BYTES_PER_INODE,
		                       .attributes = DATA_ONLY };

	for (size_t i = 0; i < spec->tmpfs_count; i++) {
		if (strcmp(spec->tmpfs[i].target, shm.target) == 0)
			return 0;
	}
	return plan_nodes_append(nodes, &shm, err);
}

static int plan_dev(struct plan_nodes *nodes, struct error *err)
{
	const struct plan_node dev = { .kind = PLAN_NODE_TMPFS,
		                       .target = "/dev",
		                       .mode = 0755,
		                       .tmpfs_size = DEVICES_SIZE,
		                       .tmpfs_inodes = DEVICES_SIZE / BYTES_PER_INODE,
		                       .attributes = DATA_ONLY,
		                       .is_read_only = true };

	if (plan_nodes_place(nodes, &dev, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(standard_devices); i++) {
		const struct plan_node device = {
			.kind = PLAN_NODE_DEVICE,
			.target = standard_devices[i].path,
			.source = standard_devices[i].path,
			.device_number =
				makedev(standard_devices[i].major, standard_devices[i].minor),
			.attributes = DEVICE_ONLY,
		};

		if (plan_nodes_append(nodes, &device, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < ARRAY_LEN(device_extras); i++) {
		if (plan_nodes_append(nodes, &device_extras[i], err) < 0)
			return -1;
	}
	return plan_shm(nodes, err);
}

/*
 * Only who owns the PID or network namespace may mount its proc or sysfs; of the host's own,
 * a container in another user namespace can only be shown a bind.
 * Source: user_namespaces(7), "Interaction of user namespaces and other types of namespaces".
 */
static int mount_kernel_view(struct plan_nodes *nodes, const struct plan_node *node,
                             uint64_t namespace, struct error *err)
{
	struct plan_node bind = *node;
	struct stat status;

	if (planner_is_new(nodes->planner, namespace) ||
	    !planner_is_new(nodes->planner, CLONE_NEWUSER))
		return plan_nodes_place(nodes, node, err);
	if (lstat(node->target, &status) < 0)
		return error_set_errno(err, "cannot look at %s", node->target);
	bind.kind = PLAN_NODE_BIND;
	bind.source = node->target;
	bind.is_directory = true;
	bind.source_device = status.st_dev;
	bind.source_inode = status.st_ino;
	return plan_nodes_place(nodes, &bind, err);
}

/* proc stays writable until the sysctls are set. */
static int plan_kernel_views(struct plan_nodes *nodes, struct error *err)
{
	const struct plan_node proc = { .kind = PLAN_NODE_PROC,
		                        .target = "/proc",
		                        .attributes = DATA_ONLY,
		                        .is_read_only = true };
	const struct plan_node sys = { .kind = PLAN_NODE_SYSFS,
		                       .target = "/sys",
		                       .attributes = DATA_ONLY | MOUNT_ATTR_RDONLY };
	const struct plan_node cgroup = { .kind = PLAN_NODE_CGROUP2,
		                          .target = "/sys/fs/cgroup",
		                          .attributes = DATA_ONLY | MOUNT_ATTR_RDONLY };
	struct statfs status;

	if (mount_kernel_view(nodes, &proc, CLONE_NEWPID, err) < 0 ||
	    mount_kernel_view(nodes, &sys, CLONE_NEWNET, err) < 0)
		return -1;
	if (statfs(cgroup.target, &status) < 0 || status.f_type != CGROUP2_SUPER_MAGIC)
		return 0;
	return plan_nodes_append(nodes, &cgroup, err);
}

/* Everybody may use /tmp and /dev/shm; what else is asked for belongs to the user. */
static int place_tmpfs(struct plan_nodes *nodes, const struct spec_tmpfs *tmpfs, struct error *err)
{
	const struct plan *plan = nodes->planner->plan;
	const bool is_shared =
		strcmp(tmpfs->target, "/tmp") == 0 || strcmp(tmpfs->target, "/dev/shm") == 0;
	struct plan_node node = { .kind = PLAN_NODE_TMPFS,
		                  .mode = is_shared ? 01777 : 0755,
		                  .inner_uid = is_shared ? 0 : plan->inner_uid,
		                  .inner_gid = is_shared ? 0 : plan->inner_gid,
		                  .tmpfs_size = tmpfs->size,
		                  .tmpfs_inodes = tmpfs->size / BYTES_PER_INODE,
		                  .attributes = tmpfs->is_executable ? INERT : DATA_ONLY };

	node.target = planner_copy(nodes->planner, tmpfs->target, err);
	node.origin = planner_copy(nodes->planner, tmpfs->origin, err);
	if (node.target == NULL || node.origin == NULL)
		return -1;
	return plan_nodes_place(nodes, &node, err);
}

static uint64_t mount_attributes(const struct spec_mount *mount)
{
	return (mount->is_executable ? INERT : DATA_ONLY) |
	       (mount->is_writable ? 0 : (uint64_t)MOUNT_ATTR_RDONLY);
}

static int place_mount(struct plan_nodes *nodes, const struct spec_mount *mount, struct error *err)
{
	const struct plan_source source = { .path = mount->source,
		                            .origin = mount->origin,
		                            .may_be_sensitive = mount->may_be_sensitive };
	struct plan_source_facts facts;
	struct plan_node node = { .kind = PLAN_NODE_BIND,
		                  .attributes = mount_attributes(mount),
		                  .is_id_mapped = maps_ids(nodes->planner) };

	if (plan_source_check(nodes->planner, &source, &facts, err) < 0)
		return planner_lacks(nodes->planner, err);
	node.is_directory = facts.is_directory;
	node.source_device = facts.device;
	node.source_inode = facts.inode;
	node.source = planner_copy(nodes->planner, mount->source, err);
	node.target = planner_copy(nodes->planner, mount->target, err);
	node.origin = planner_copy(nodes->planner, mount->origin, err);
	if (node.source == NULL || node.target == NULL || node.origin == NULL)
		return -1;
	return plan_nodes_place(nodes, &node, err);
}

/* One of the spec's tmpfs and mounts. */
struct wish {
	const char *target;
	const struct spec_tmpfs *tmpfs; /* NULL: a mount */
	const struct spec_mount *mount;
	size_t number; /* in the order of the spec */
};

/* Parents before children; at one place, in the order of the spec. */
static int compare_wishes(const void *left, const void *right)
{
	const struct wish *a = left;
	const struct wish *b = right;
	const int order = strcmp(a->target, b->target);

	if (order != 0)
		return order;
	return a->number < b->number ? -1 : 1;
}

static size_t gather_wishes(const struct spec *spec, struct wish *wishes)
{
	size_t count = 0;

	for (size_t i = 0; i < spec->tmpfs_count; i++, count++)
		wishes[count] = (struct wish){ .target = spec->tmpfs[i].target,
			                       .tmpfs = &spec->tmpfs[i],
			                       .number = count };
	for (size_t i = 0; i < spec->mount_count; i++, count++)
		wishes[count] = (struct wish){ .target = spec->mounts[i].target,
			                       .mount = &spec->mounts[i],
			                       .number = count };
	return count;
}

static int plan_wishes(struct plan_nodes *nodes, struct error *err)
{
	const struct spec *spec = nodes->planner->spec;
	struct wish *wishes = planner_array(nodes->planner, spec->tmpfs_count + spec->mount_count,
	                                    sizeof(*wishes), err);
	size_t count;

	if (wishes == NULL)
		return -1;
	count = gather_wishes(spec, wishes);
	qsort(wishes, count, sizeof(*wishes), compare_wishes);
	for (size_t i = 0; i < count; i++) {
		const int result = wishes[i].tmpfs != NULL
		                           ? place_tmpfs(nodes, wishes[i].tmpfs, err)
		                           : place_mount(nodes, wishes[i].mount, err);

		if (result < 0)
			return -1;
	}
	return 0;
}

static int find_device(const struct spec_device *device, dev_t *out, struct error *err)
{
	struct stat status;

	if (lstat(device->path, &status) < 0) {
		(void)error_set(err, ERROR_HOST, "this host has no device %s", device->path);
		return error_at(err, "%s", device->origin);
	}
	if (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode)) {
		(void)error_set(err, ERROR_SPEC, "%s is not a device", device->path);
		return error_at(err, "%s", device->origin);
	}
	*out = status.st_rdev;
	return 0;
}

static int place_device(struct plan_nodes *nodes, const struct spec_device *device,
                        struct error *err)
{
	struct plan_node node = { .kind = PLAN_NODE_DEVICE, .attributes = DEVICE_ONLY };

	if (find_device(device, &node.device_number, err) < 0)
		return planner_lacks(nodes->planner, err);
	node.target = planner_copy(nodes->planner, device->path, err);
	node.origin = planner_copy(nodes->planner, device->origin, err);
	if (node.target == NULL || node.origin == NULL)
		return -1;
	node.source = node.target;
	return plan_nodes_place(nodes, &node, err);
}

static int plan_devices(struct plan_nodes *nodes, struct error *err)
{
	const struct spec *spec = nodes->planner->spec;

	for (size_t i = 0; i < spec->device_count; i++) {
		if (place_device(nodes, &spec->devices[i], err) < 0)
			return -1;
	}
	return 0;
}

static int plan_nodes_all(struct plan_nodes *nodes, struct error *err)
{
	const bool is_composed = nodes->planner->spec->rootfs.kind == SPEC_ROOTFS_HOST;
	const int result =
		is_composed ? plan_composed_root(nodes, err) : plan_directory_root(nodes, err);

	if (result < 0 || plan_dev(nodes, err) < 0 || plan_kernel_views(nodes, err) < 0)
		return -1;
	if (plan_wishes(nodes, err) < 0 || plan_devices(nodes, err) < 0)
		return -1;
	return plan_secrets(nodes, err);
}

int plan_mounts(struct planner *planner, struct error *err)
{
	struct plan_nodes nodes;

	if (plan_nodes_begin(&nodes, planner, err) < 0 || plan_nodes_all(&nodes, err) < 0)
		return -1;
	planner->plan->nodes = nodes.items;
	planner->plan->node_count = nodes.count;
	return 0;
}
