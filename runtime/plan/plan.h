/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan: everything the sandbox will do, decided. Made from a spec and the facts of this
 * host; sealed; read-only from then on. Stages walk it and decide nothing.
 *
 * "outer" is the host's side of a user namespace, "inner" the container's.
 */
#ifndef HARDRUN_PLAN_PLAN_H
#define HARDRUN_PLAN_PLAN_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "kernel/capability.h"
#include "kernel/mount.h"
#include "kernel/namespace.h"
#include "kernel/scheduling.h"

/*
 * One thing in the new root, in the order of creation: parents first, covers last. In a tmpfs
 * of ours, what a mount is put on is made with it; the directories above it have nodes.
 */
enum plan_node_kind {
	PLAN_NODE_DIRECTORY,
	PLAN_NODE_FILE,    /* content, written once; inside a tmpfs of ours only */
	PLAN_NODE_SYMLINK, /* source is the link's text */
	PLAN_NODE_BIND,    /* source is a host path, checked by device and inode */
	PLAN_NODE_DEVICE,  /* a bind of a host's device node, checked by its device number */
	PLAN_NODE_TMPFS,
	PLAN_NODE_PROC,
	PLAN_NODE_SYSFS,
	PLAN_NODE_CGROUP2,
	PLAN_NODE_DEVPTS,
	PLAN_NODE_MOUNT, /* as a config.json asks for it; like the next ones in a foreign tree, */
	PLAN_NODE_MKNOD, /* where what is needed is made, */
	PLAN_NODE_BOUND_DEVICE,
	PLAN_NODE_LINK, /* and where something may be in the place of the link already */
	PLAN_NODE_KIND_COUNT,
};

/* PLAN_NODE_MOUNT, beside its target. The root's is a bind of the root file system. */
struct plan_mount {
	const char *type; /* of the file system; of a bind, nothing */
	bool is_bind;
	bool is_recursive;
	bool is_remount;      /* of what is mounted there */
	bool is_opened_early; /* a bind's source, by the launcher, for what only that may do */
	bool copies_up;
	bool copies_mode;                   /* of the directory that it covers */
	const struct mount_option *options; /* the source of a new file system is one */
	size_t option_count;
	struct mount_change own;
	struct mount_change below; /* of all that is below it, too */
	bool is_propagation_recursive;
	bool is_id_mapped; /* to the container's user namespace, or by these maps */
	bool is_id_mapped_below;
	struct id_maps id_maps;
};

struct plan_node {
	enum plan_node_kind kind;
	uint32_t mode; /* permission bits of what is created */
	uint32_t inner_uid;
	uint32_t inner_gid;
	const char *target; /* absolute path inside; "/" for the root itself */
	const char *source;
	const char *content;   /* PLAN_NODE_FILE */
	size_t content_size;   /* bytes */
	uint64_t tmpfs_size;   /* bytes */
	uint64_t tmpfs_inodes; /* 0: the kernel's own limit */
	uint64_t attributes;   /* MOUNT_ATTR_* set when the node is mounted */
	bool is_read_only;     /* set by the last stage that may mount, not before */
	bool is_id_mapped;
	bool makes_target;   /* a mount's target lies in a tmpfs of ours and is made with it */
	bool is_directory;   /* what a bind's source is, and so what its target must be */
	dev_t source_device; /* of the checked source; st_dev */
	ino_t source_inode;
	dev_t device_number;            /* of a device: st_rdev */
	const struct plan_mount *mount; /* PLAN_NODE_MOUNT */
	const char *origin;             /* what the user wrote; "" when it is a default */
};

/* A path, and where the user asked for it: "/relax/unmasked-paths/paths/0". */
struct plan_path {
	const char *path;
	const char *origin;
};

struct plan_rlimit {
	int resource;
	uint64_t soft;
	uint64_t hard;
	const char *origin;
};

/* One write into the container's cgroup: {"memory.max", "536870912"}. */
struct plan_cgroup_value {
	const char *file;
	const char *value;
	const char *origin;
	/* What is written where the kernel has no @file; NULL: that is an error. */
	const char *other_file;
	const char *other_value;
	bool may_be_missing; /* what @value asks is so where the kernel has no @file */
};

/* A property of a systemd unit, as the helper program takes it. */
struct plan_scope_property {
	const char *name;  /* "MemoryMax" */
	char type;         /* D-Bus: 't', 'x', 'i', 'b', 's'; 'r': "0-3,5" as a mask of bits */
	const char *value; /* "536870912"; "infinity" for the largest */
};

/* A container that systemd makes a scope for. Source: systemd.scope(5). */
struct plan_scope {
	const char *unit;  /* "docker-ID.scope" */
	const char *slice; /* "system.slice" */
	bool is_user;      /* of the user's own manager: for all but the host's root */
	const struct plan_scope_property *properties;
	size_t property_count;
};

struct plan_cgroup {
	const char *parent; /* absolute path below the cgroup2 mount; NULL: no cgroup is made */
	const char *name;   /* of the container's own directory in @parent */
	/* Of a config.json instead of parent and name; see lifecycle/oci_cgroup.h. */
	const char *path;               /* absolute; its parents are made where they lack */
	const struct plan_scope *scope; /* systemd makes the cgroup */
	bool has_owner;                 /* the container may divide it */
	uint32_t owner_uid;             /* the host's number of the container's root */
	bool may_do_without;            /* nothing is asked of a cgroup: none is fine */
	const struct plan_cgroup_value *values;
	size_t value_count;
	bool lacks_device_rules; /* that are asked for: there is no cgroup that could have them */
	const void *device_program;   /* struct bpf_insn array for BPF_CGROUP_DEVICE; NULL: none */
	size_t device_program_length; /* instructions */
};

/* A path and LANDLOCK_ACCESS_FS_* bits allowed at and below it. */
struct plan_landlock_rule {
	const char *path; /* inside */
	uint64_t access;
};

struct plan_landlock {
	int abi; /* of this kernel; 0: Landlock is relaxed */
	uint64_t handled_fs;
	uint64_t handled_net;
	uint64_t scoped;
	const struct plan_landlock_rule *rules;
	size_t rule_count;
};

struct plan_sysctl {
	const char *path; /* relative to /proc/sys: "net/core/somaxconn" */
	const char *value;
	const char *origin;
};

#define PLAN_SECRETS_FOLDER  "/run/secrets"
#define PLAN_SECRET_SIZE_MAX UINT64_C(1048576) /* bytes */

struct plan_secret {
	const char *source; /* host path, opened and copied by the launcher */
	const char *target; /* inside */
	const char *origin;
};

/* A relaxation in force, for state, check and --result. */
struct plan_relaxation {
	const char *name;
	const char *control;
	const char *reason;
	const char *origin;
};

/* Source: runtime-spec config.md, "POSIX-platform Hooks". */
enum plan_hook_point {
	PLAN_HOOK_PRESTART, /* in the launcher, as the next one; before the pivot */
	PLAN_HOOK_CREATE_RUNTIME,
	PLAN_HOOK_CREATE_CONTAINER, /* in the init, before the pivot */
	PLAN_HOOK_START_CONTAINER,  /* in the init, before the program */
	PLAN_HOOK_POSTSTART,        /* by lifecycle, as the next one */
	PLAN_HOOK_POSTSTOP,
	PLAN_HOOK_POINT_COUNT,
};

struct plan_hook {
	const char *path;
	const char *const *argv; /* NULL-terminated, as the next one */
	const char *const *envp;
	uint64_t timeout_ms; /* 0: none */
	const char *origin;
};

struct plan_hook_list {
	const struct plan_hook *items;
	size_t count;
};

struct plan_join {
	uint64_t kind; /* CLONE_NEW* */
	const char *path;
	const char *origin;
};

/* A network device of the launcher's own network namespace. */
struct plan_net_device {
	const char *host_name;
	const char *name; /* inside; NULL: the same */
	const char *origin;
};

/* Who is asked by a filter. */
struct plan_listener {
	const char *path; /* of a socket on the host; NULL: nobody */
	const char *metadata;
};

struct plan_time_offset {
	const char *clock; /* "monotonic", "boottime" */
	int64_t seconds;
	uint32_t nanoseconds;
	const char *origin;
};

struct plan {
	struct arena *arena;
	const char *name;

	const char *const *argv; /* NULL-terminated */
	const char *const *envp; /* NULL-terminated */
	size_t envp_count;       /* only of a container */
	const char *argv_origin;
	/* Where execve() looks, in order, as absolute inner paths; NULL-terminated. */
	const char *const *program_paths;
	const char *cwd;
	const char *cwd_origin;
	bool has_terminal;
	uint64_t timeout_ms; /* 0: none */

	uint64_t clone_flags; /* CLONE_NEW* of the namespaces that are new */
	const struct id_map *uid_map;
	size_t uid_map_count;
	const struct id_map *gid_map;
	size_t gid_map_count;
	bool maps_by_helper; /* an ordinary user: through newuidmap(1) and newgidmap(1) */
	bool is_privileged; /* the launcher is the host's root: it opens and id-maps binds itself */

	const char *hostname;
	bool brings_up_loopback;
	bool forbids_nested_user_namespaces;

	const struct plan_node *nodes; /* nodes[0].target is "/" */
	size_t node_count;
	const struct plan_path *masked_paths; /* inner; those that do not exist are passed over */
	size_t masked_path_count;
	const struct plan_secret *secrets;
	size_t secret_count;
	const struct plan_sysctl *sysctls;
	size_t sysctl_count;

	const struct plan_rlimit *rlimits;
	size_t rlimit_count;
	uint32_t umask;
	uint32_t inner_uid;
	uint32_t inner_gid;
	const uint32_t *additional_gids;
	size_t additional_gid_count;
	capability_set capabilities;
	bool no_new_privs;

	const char *apparmor_profile; /* NULL: none */
	const char *apparmor_text;    /* loaded when the kernel lacks it; NULL: loaded by others */
	struct plan_landlock landlock;
	struct sock_fprog seccomp; /* len 0: no filter */
	struct plan_cgroup cgroup;

	/*
	 * Of a container that outlives its command. There the init executes the program itself
	 * instead of reaping it.
	 */
	bool is_container;
	bool joins_container; /* that is there: only the process is new */
	bool waits_for_start; /* until launch_start(); else it starts when the launcher is ready */
	struct plan_hook_list hooks[PLAN_HOOK_POINT_COUNT];
	const struct plan_join *joins; /* namespaces that are there; the user namespace last */
	size_t join_count;
	const struct plan_time_offset *time_offsets;
	size_t time_offset_count;
	const struct plan_net_device *net_devices; /* the launcher moves them */
	size_t net_device_count;
	bool keeps_keyring;
	bool denies_setgroups; /* of an ordinary user's user namespace without newgidmap(1) */
	bool has_no_pivot;
	bool lacks_mount_label; /* that is asked for: the host has no SELinux */
	bool shares_mounts;     /* the mount namespace is the caller's, where the root is mounted */
	bool makes_cwd;
	bool finds_home; /* HOME is not in envp */
	bool has_oom_score;
	int oom_score;
	const char *domainname;
	const char *root_place;    /* host path that the root is built on; NULL: "/" */
	uint64_t root_propagation; /* MS_*, MS_REC included; 0: private */
	const struct plan_path *read_only_paths; /* as masked_paths */
	size_t read_only_path_count;
	uint16_t console_rows;
	uint16_t console_columns;
	const struct capability_sets *capability_sets; /* instead of capabilities */
	unsigned int seccomp_flags;                    /* SECCOMP_FILTER_FLAG_* */
	bool loads_filter_early; /* of who joins: before there is a process to be traced */
	struct plan_listener seccomp_listener;
	unsigned int kept_fd_count; /* descriptors from 3 on that stay open */
	struct scheduling scheduling;
	const char *launcher_cpus; /* "0-3,7", of who joins; NULL: as they are */
	const char *launcher_cpus_origin;

	const struct plan_relaxation *relaxations;
	size_t relaxation_count;
	const char *spec_digest; /* SHA-256 of the canonical spec, hexadecimal */
};

#endif
