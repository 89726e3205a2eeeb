/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The root file system of a config.json: its mounts as they are asked for and in that order, then
 * the devices and links that every container has, and what is covered.
 * Source: runtime-spec config.md "Mounts", config-linux.md "Default Devices", "Masked Paths".
 */
#include <linux/mount.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "kernel/cgroup.h"
#include "plan/plan_nodes.h"
#include "spec/spec_oci.h"

#define DEVICE_MODE 0666

/* Source: runtime-spec config-linux.md, "Default Devices"; kernel devices.txt. */
static const struct {
	const char *path;
	unsigned int major;
	unsigned int minor;
} default_devices[] = {
	{ "/dev/null", 1, 3 },   { "/dev/zero", 1, 5 },    { "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};

/* Source: runtime-spec runtime-linux.md, "Dev symbolic links". */
static const struct {
	const char *path;
	const char *text;
	bool replaces;
} default_links[] = {
	{ "/dev/fd", "/proc/self/fd", false },       { "/dev/stdin", "/proc/self/fd/0", false },
	{ "/dev/stdout", "/proc/self/fd/1", false }, { "/dev/stderr", "/proc/self/fd/2", false },
	{ "/dev/ptmx", "pts/ptmx", true },
};

/*
 * A file system's own words for what mount(8) has flags for. It is the file system that says what
 * it does not know. Source: kernel fs/fs_context.c, common_set_sb_flag.
 */
static const struct {
	uint64_t flag;
	const char *name;
	const char *opposite; /* NULL: what is not set is so */
} superblock_words[] = {
	{ MS_SYNCHRONOUS, "sync", "async" },       { MS_DIRSYNC, "dirsync", NULL },
	{ MS_LAZYTIME, "lazytime", "nolazytime" }, { MS_MANDLOCK, "mand", "nomand" },
	{ MS_I_VERSION, "iversion", NULL },        { MS_POSIXACL, "acl", "noacl" },
};

static int add_options(struct planner *planner, const struct spec_oci_mount *asked,
                       struct plan_mount *out, struct error *err)
{
	struct mount_option *options =
		planner_array(planner, asked->data.count + ARRAY_LEN(superblock_words) + 1,
	                      sizeof(*options), err);
	size_t count = 0;

	if (options == NULL)
		return -1;
	if (asked->source[0] != '\0' && !asked->is_remount) {
		options[count].key = "source";
		options[count++].value = planner_copy(planner, asked->source, err);
	}
	for (size_t i = 0; i < ARRAY_LEN(superblock_words); i++) {
		if ((asked->superblock & superblock_words[i].flag) != 0)
			options[count++].key = superblock_words[i].name;
		else if ((asked->superblock_cleared & superblock_words[i].flag) != 0 &&
		         superblock_words[i].opposite != NULL)
			options[count++].key = superblock_words[i].opposite;
	}
	for (size_t i = 0; i < asked->data.count; i++) {
		char *key = planner_copy(planner, asked->data.items[i].value, err);
		char *value = key == NULL ? NULL : strchr(key, '=');

		if (value != NULL)
			*value++ = '\0';
		options[count].key = key;
		options[count++].value = value;
	}
	out->options = options;
	out->option_count = count;
	return err->kind == ERROR_NONE ? 0 : -1;
}

static int copy_id_map(struct planner *planner, const struct spec_oci_mapping_list *asked,
                       const struct id_map **out, size_t *out_count, struct error *err)
{
	struct id_map *map = planner_array(planner, asked->count, sizeof(*map), err);

	if (map == NULL)
		return -1;
	if (asked->count > 0)
		memcpy(map, asked->items, asked->count * sizeof(*map));
	*out = map;
	*out_count = asked->count;
	return 0;
}

static int add_id_maps(struct planner *planner, const struct spec_oci_mount *asked,
                       struct plan_mount *out, struct error *err)
{
	out->is_id_mapped = asked->is_id_mapped || asked->uids.count > 0 || asked->gids.count > 0;
	out->is_id_mapped_below = asked->is_id_mapped_below;
	if (!out->is_id_mapped)
		return 0;
	if (!asked->is_bind || !planner->plan->is_privileged ||
	    (asked->uids.count == 0 && (planner->plan->clone_flags & CLONE_NEWUSER) == 0)) {
		(void)error_set(err, ERROR_SPEC,
		                "an id-mapped mount must be a bind by root, with mappings of its "
		                "own or of a new user namespace");
		return error_at(err, "%s", asked->origin);
	}
	if (copy_id_map(planner, &asked->uids, &out->id_maps.uid, &out->id_maps.uid_count, err) < 0)
		return -1;
	return copy_id_map(planner, &asked->gids, &out->id_maps.gid, &out->id_maps.gid_count, err);
}

/*
 * The container's own cgroup as the top of the hierarchy, where that can be mounted; where not,
 * what the host shows.
 */
static bool mounts_own_cgroups(struct planner *planner)
{
	const struct plan *plan = planner->plan;

	return (plan->clone_flags & CLONE_NEWCGROUP) != 0 ||
	       (host_is_privileged(planner->host) && (plan->clone_flags & CLONE_NEWUSER) == 0);
}

static bool is_cgroup_type(const char *type)
{
	return strcmp(type, "cgroup") == 0 || strcmp(type, "cgroup2") == 0;
}

static void plan_cgroup_mount(struct planner *planner, struct plan_mount *mount,
                              struct plan_node *node)
{
	mount->type = "cgroup2";
	mount->option_count = 0;
	if (mounts_own_cgroups(planner))
		return;
	mount->is_bind = true;
	mount->is_recursive = true;
	/* A host with several hierarchies has the others below (CVE-2023-25809). */
	mount->below.set |= mount->own.set & MOUNT_ATTR_RDONLY;
	node->source = CGROUP_MOUNT_POINT;
}

/*
 * What is mounted below shared binds is to appear on the host, as other runtimes have it: in a
 * container whose root is shared, too. The init's own mounts are slaves of the host's only.
 */
static bool reaches_host(const struct plan *plan, const struct plan_mount *mount)
{
	return (plan->root_propagation & MS_SHARED) != 0 && mount->own.propagation == MS_SHARED;
}

/*
 * A bind is made by the init, so that mountinfo lists the mounts as they are asked for, but where
 * the init will be in another user namespace than the source's, or a slave is not enough.
 */
static bool is_opened_early(const struct plan *plan, const struct plan_mount *mount)
{
	return mount->is_bind && !mount->is_remount && plan->is_privileged &&
	       (mount->is_id_mapped || plan->join_count > 0 || reaches_host(plan, mount) ||
	        (plan->clone_flags & CLONE_NEWUSER) != 0);
}

/* As other runtimes have it: a tmpfs without a mode of its own takes that of its place. */
static bool copies_mode(const struct spec_oci_mount *asked)
{
	for (size_t i = 0; i < asked->data.count; i++) {
		if (strncmp(asked->data.items[i].value, "mode=", strlen("mode=")) == 0)
			return false;
	}
	return !asked->is_bind && strcmp(asked->type, "tmpfs") == 0;
}

static int add_mount(struct plan_nodes *nodes, const struct spec_oci_mount *asked,
                     struct error *err)
{
	struct planner *planner = nodes->planner;
	struct plan_mount *mount = planner_array(planner, 1, sizeof(*mount), err);
	struct plan_node node = { .kind = PLAN_NODE_MOUNT, .mount = mount };

	if (mount == NULL)
		return -1;
	*mount = (struct plan_mount){
		.is_bind = asked->is_bind,
		.is_recursive = asked->is_recursive,
		.is_remount = asked->is_remount,
		.copies_up = asked->copies_up,
		.copies_mode = copies_mode(asked),
		.own = { asked->attributes, asked->cleared,
		         asked->propagation != 0 ? asked->propagation : MS_PRIVATE },
		.below = { asked->attributes_below, asked->cleared_below, 0 },
		.is_propagation_recursive =
			asked->propagation == 0 || asked->is_propagation_recursive,
	};
	mount->type = planner_copy(planner, asked->type, err);
	node.target = planner_copy(planner, asked->target, err);
	node.source = planner_copy(planner, asked->source, err);
	node.origin = planner_copy(planner, asked->origin, err);
	if (mount->type == NULL || node.target == NULL || node.source == NULL ||
	    node.origin == NULL || add_id_maps(planner, asked, mount, err) < 0)
		return -1;
	if (!asked->is_bind && add_options(planner, asked, mount, err) < 0)
		return -1;
	if (!asked->is_bind && is_cgroup_type(asked->type))
		plan_cgroup_mount(planner, mount, &node);
	mount->is_opened_early = is_opened_early(planner->plan, mount);
	/* What is mounted into them comes later, and needs places made. */
	if (!mount->is_bind && (mount->own.set & MOUNT_ATTR_RDONLY) != 0 &&
	    (strcmp(mount->type, "tmpfs") == 0 || strcmp(node.target, "/dev") == 0)) {
		mount->own.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		node.is_read_only = true;
	}
	return plan_nodes_append(nodes, &node, err);
}

static int add_root(struct plan_nodes *nodes, struct error *err)
{
	struct planner *planner = nodes->planner;
	const struct spec_oci *oci = planner->spec->oci;
	struct plan_mount *mount = planner_array(planner, 1, sizeof(*mount), err);
	struct plan_node node = {
		.kind = PLAN_NODE_MOUNT,
		.target = "/",
		.mount = mount,
		.is_read_only = oci->is_rootfs_read_only,
	};

	if (mount == NULL)
		return -1;
	*mount = (struct plan_mount){
		.type = "",
		.is_bind = true,
		.is_recursive = true,
		/* It could not become a slave again. */
		.own = { .propagation = (oci->rootfs_propagation & MS_SLAVE) != 0 ? MS_SLAVE
		                                                                  : MS_PRIVATE },
		.is_propagation_recursive = true,
	};
	if (oci->rootfs.value == NULL) {
		(void)error_set(err, ERROR_SPEC, "no root file system is named");
		return error_at(err, "/root/path");
	}
	mount->is_opened_early = is_opened_early(planner->plan, mount);
	node.source = planner_copy(planner, oci->rootfs.value, err);
	node.origin = planner_copy(planner, oci->rootfs.origin, err);
	if (node.source == NULL || node.origin == NULL)
		return -1;
	return plan_nodes_append(nodes, &node, err);
}

/* Where the whole of /dev is another's, nothing is made in it. */
static bool makes_devices(const struct spec_oci *oci)
{
	for (size_t i = 0; i < oci->mount_count; i++) {
		if (oci->mounts[i].is_bind && strcmp(oci->mounts[i].target, "/dev") == 0)
			return false;
	}
	return true;
}

/*
 * Only the first user namespace's root can make device nodes; the others show the host's.
 * Source: mknod(2), EPERM.
 */
static bool can_make_nodes(const struct planner *planner)
{
	const struct plan *plan = planner->plan;

	for (size_t i = 0; i < plan->join_count; i++) {
		if (plan->joins[i].kind == CLONE_NEWUSER)
			return false;
	}
	return host_is_privileged(planner->host) && (plan->clone_flags & CLONE_NEWUSER) == 0;
}

static int append_device(struct plan_nodes *nodes, struct plan_node *node, struct error *err)
{
	if (!S_ISFIFO(node->mode) && !can_make_nodes(nodes->planner)) {
		node->kind = PLAN_NODE_BOUND_DEVICE;
		node->source = node->target;
	}
	return plan_nodes_append(nodes, node, err);
}

static int add_device(struct plan_nodes *nodes, const struct spec_oci_device *asked,
                      struct error *err)
{
	static const uint32_t types[] = {
		[SPEC_OCI_DEVICE_CHARACTER] = S_IFCHR,
		[SPEC_OCI_DEVICE_BLOCK] = S_IFBLK,
		[SPEC_OCI_DEVICE_FIFO] = S_IFIFO,
	};
	struct plan_node node = {
		.kind = PLAN_NODE_MKNOD,
		.mode = types[asked->type] | (asked->has_mode ? asked->mode : DEVICE_MODE),
		.inner_uid = asked->uid,
		.inner_gid = asked->gid,
	};

	if (asked->type != SPEC_OCI_DEVICE_FIFO)
		node.device_number =
			makedev((unsigned int)asked->major, (unsigned int)asked->minor);
	node.target = planner_copy(nodes->planner, asked->path, err);
	node.origin = planner_copy(nodes->planner, asked->origin, err);
	if (node.target == NULL || node.origin == NULL)
		return -1;
	return append_device(nodes, &node, err);
}

static bool is_asked(const struct spec_oci *oci, const char *path)
{
	for (size_t i = 0; i < oci->device_count; i++) {
		if (strcmp(oci->devices[i].path, path) == 0)
			return true;
	}
	return false;
}

static int add_default_devices(struct plan_nodes *nodes, struct error *err)
{
	const struct spec_oci *oci = nodes->planner->spec->oci;

	for (size_t i = 0; i < ARRAY_LEN(default_devices); i++) {
		struct plan_node node = {
			.kind = PLAN_NODE_MKNOD,
			.mode = S_IFCHR | DEVICE_MODE,
			.target = default_devices[i].path,
			.device_number =
				makedev(default_devices[i].major, default_devices[i].minor),
			.origin = "",
		};

		if (!is_asked(oci, node.target) && append_device(nodes, &node, err) < 0)
			return -1;
	}
	return 0;
}

static int add_links(struct plan_nodes *nodes, struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(default_links); i++) {
		const struct plan_node node = {
			.kind = PLAN_NODE_LINK,
			.target = default_links[i].path,
			.source = default_links[i].text,
			.makes_target = default_links[i].replaces,
			.origin = "",
		};

		if (plan_nodes_append(nodes, &node, err) < 0)
			return -1;
	}
	return 0;
}

static int add_devices(struct plan_nodes *nodes, struct error *err)
{
	const struct spec_oci *oci = nodes->planner->spec->oci;

	if (!makes_devices(oci))
		return 0;
	for (size_t i = 0; i < oci->device_count; i++) {
		if (add_device(nodes, &oci->devices[i], err) < 0)
			return -1;
	}
	return add_default_devices(nodes, err) < 0 ? -1 : add_links(nodes, err);
}

/*
 * The folder of the socket by which the program says that it is ready. It is the host's: the
 * container may write to the socket, which a read-only mount permits, and to nothing else. Source:
 * sd_notify(3).
 */
static int add_notify_folder(struct plan_nodes *nodes, struct error *err)
{
	const struct spec_oci_mount mount = {
		.target = "/run/notify",
		.source = nodes->planner->request->notify_folder,
		.type = "bind",
		.is_bind = true,
		.attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
		              MOUNT_ATTR_NOEXEC,
		.origin = "NOTIFY_SOCKET",
	};

	return mount.source == NULL ? 0 : add_mount(nodes, &mount, err);
}

static int copy_paths(struct planner *planner, const struct spec_text_list *asked,
                      const struct plan_path **out, size_t *out_count, struct error *err)
{
	struct plan_path *paths = planner_array(planner, asked->count, sizeof(*paths), err);

	if (paths == NULL)
		return -1;
	for (size_t i = 0; i < asked->count; i++) {
		paths[i].path = planner_copy(planner, asked->items[i].value, err);
		paths[i].origin = planner_copy(planner, asked->items[i].origin, err);
		if (paths[i].path == NULL || paths[i].origin == NULL)
			return -1;
	}
	*out = asked->count > 0 ? paths : NULL;
	*out_count = asked->count;
	return 0;
}

static int plan_nodes_of(struct plan_nodes *nodes, struct error *err)
{
	const struct spec_oci *oci = nodes->planner->spec->oci;

	if (add_root(nodes, err) < 0)
		return -1;
	for (size_t i = 0; i < oci->mount_count; i++) {
		if (add_mount(nodes, &oci->mounts[i], err) < 0)
			return -1;
	}
	return add_notify_folder(nodes, err) < 0 ? -1 : add_devices(nodes, err);
}

int plan_oci_mounts(struct planner *planner, struct error *err)
{
	const struct spec_oci *oci = planner->spec->oci;
	struct plan *plan = planner->plan;
	struct plan_nodes nodes;

	if (planner->request->joins_container)
		return 0;
	plan->root_propagation = oci->rootfs_propagation;
	/* Hooks that look at the root file system look where the bundle has it. */
	if (plan->hooks[PLAN_HOOK_CREATE_CONTAINER].count > 0 && !plan->has_no_pivot)
		plan->root_place = planner_copy(planner, oci->rootfs.value, err);
	if (plan_nodes_begin(&nodes, planner, err) < 0 || plan_nodes_of(&nodes, err) < 0)
		return -1;
	plan->nodes = nodes.items;
	plan->node_count = nodes.count;
	if (copy_paths(planner, &oci->masked_paths, &plan->masked_paths, &plan->masked_path_count,
	               err) < 0)
		return -1;
	return copy_paths(planner, &oci->read_only_paths, &plan->read_only_paths,
	                  &plan->read_only_path_count, err);
}
