/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What only an OCI config.json can ask for, beside what every spec has. What it asks is done
 * exactly, so nothing here has a hardened default: absent is absent.
 * Source: runtime-spec 1.3.0, config.md and config-linux.md; names are the specification's.
 */
#ifndef HARDRUN_SPEC_SPEC_OCI_H
#define HARDRUN_SPEC_SPEC_OCI_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "kernel/capability.h"
#include "kernel/device_bpf.h"
#include "kernel/namespace.h"
#include "spec/spec.h"

/* A number that may be absent, negative ones included. */
struct spec_number {
	int64_t value;
	const char *origin;
	bool is_set;
};

struct spec_oci_namespace {
	uint64_t kind;    /* CLONE_NEW*, one of them */
	const char *path; /* to join; NULL: a new one */
	const char *origin;
};

struct spec_oci_time_offset {
	const char *clock; /* "monotonic", "boottime" */
	int64_t seconds;
	uint32_t nanoseconds;
	const char *origin;
};

struct spec_oci_mapping_list {
	const struct id_map *items;
	size_t count;
	const char *origin;
};

struct spec_oci_mount {
	const char *target; /* "destination" */
	const char *source; /* "": none */
	const char *type;   /* "bind" for binds, also where only the option says so */
	bool is_bind;
	bool is_recursive;         /* rbind: submounts too */
	uint64_t attributes;       /* MOUNT_ATTR_* to set; the last word on each counts */
	uint64_t cleared;          /* MOUNT_ATTR_* to clear */
	uint64_t attributes_below; /* rro, rnosuid and friends: on all submounts */
	uint64_t cleared_below;
	uint64_t superblock;               /* MS_* of a new file system: MS_SYNCHRONOUS */
	uint64_t superblock_cleared;       /* MS_* that are not to be there: "async" */
	uint64_t propagation;              /* MS_SHARED and so on; 0: not said */
	bool is_propagation_recursive;     /* rshared and so on */
	bool is_remount;                   /* changes the mount that is there */
	bool copies_up;                    /* tmpcopyup */
	bool is_id_mapped;                 /* idmap */
	bool is_id_mapped_below;           /* ridmap */
	struct spec_oci_mapping_list uids; /* empty: the container's own */
	struct spec_oci_mapping_list gids;
	struct spec_text_list data; /* of the file system: "size=64m", "mode=1777" */
	const char *origin;
};

enum spec_oci_device_type {
	SPEC_OCI_DEVICE_CHARACTER, /* c, u */
	SPEC_OCI_DEVICE_BLOCK,     /* b */
	SPEC_OCI_DEVICE_FIFO,      /* p */
};

struct spec_oci_device {
	const char *path; /* inside */
	enum spec_oci_device_type type;
	int64_t major;
	int64_t minor;
	uint32_t mode; /* permission bits */
	bool has_mode;
	uint32_t uid;
	uint32_t gid;
	const char *origin;
};

/* A rule of linux.resources.devices, in the order of the list. */
struct spec_oci_device_rule {
	bool allows;
	bool is_all; /* type "a": every device, whatever the numbers */
	struct device_rule rule;
	const char *origin;
};

enum spec_oci_hook_point {
	SPEC_OCI_PRESTART,
	SPEC_OCI_CREATE_RUNTIME,
	SPEC_OCI_CREATE_CONTAINER,
	SPEC_OCI_START_CONTAINER,
	SPEC_OCI_POSTSTART,
	SPEC_OCI_POSTSTOP,
	SPEC_OCI_HOOK_POINT_COUNT,
};

struct spec_oci_hook {
	const char *path;
	struct spec_text_list args; /* argv[0] included; empty: the path alone */
	struct spec_text_list env;
	struct spec_number timeout_s;
	const char *origin;
};

struct spec_oci_hook_list {
	const struct spec_oci_hook *items;
	size_t count;
};

struct spec_oci_block_device {
	int64_t major;
	int64_t minor;
	struct spec_number weight;
	struct spec_number leaf_weight;
	uint64_t rate; /* of the throttle lists: bytes or operations per second */
	const char *origin;
};

struct spec_oci_block_device_list {
	const struct spec_oci_block_device *items;
	size_t count;
};

struct spec_oci_hugepage_limit {
	const char *page_size; /* "2MB" */
	uint64_t limit;        /* bytes */
	const char *origin;
};

struct spec_oci_rdma_limit {
	const char *device;
	struct spec_number handles;
	struct spec_number objects;
	const char *origin;
};

/* linux.resources, also of `update`. Version 1's own figures are kept to be refused. */
struct spec_oci_resources {
	struct spec_number memory_limit; /* bytes; -1: unlimited; so the next two */
	struct spec_number memory_reservation;
	struct spec_number memory_swap; /* memory and swap together */
	struct spec_number memory_kernel;
	struct spec_number memory_kernel_tcp;
	struct spec_number memory_swappiness;
	struct spec_number memory_disable_oom_killer;
	struct spec_number memory_use_hierarchy;
	struct spec_number memory_check_before_update;

	struct spec_number cpu_shares;
	struct spec_number cpu_quota;  /* microseconds per period */
	struct spec_number cpu_burst;  /* microseconds */
	struct spec_number cpu_period; /* microseconds */
	struct spec_number cpu_realtime_runtime;
	struct spec_number cpu_realtime_period;
	struct spec_number cpu_idle;
	struct spec_text cpu_cpus;
	struct spec_text cpu_mems;

	struct spec_number pids_limit;

	struct spec_number block_weight; /* 10 to 1000 */
	struct spec_number block_leaf_weight;
	struct spec_oci_block_device_list block_weight_devices;
	struct spec_oci_block_device_list block_read_bps;
	struct spec_oci_block_device_list block_write_bps;
	struct spec_oci_block_device_list block_read_iops;
	struct spec_oci_block_device_list block_write_iops;

	const struct spec_oci_hugepage_limit *hugepages;
	size_t hugepage_count;
	const struct spec_oci_rdma_limit *rdma;
	size_t rdma_count;
	struct spec_number network_class;
	struct spec_number network_priorities; /* how many; none is not set */

	const struct spec_oci_device_rule *device_rules;
	size_t device_rule_count;
	const struct spec_sysctl *unified; /* file and value, as asked */
	size_t unified_count;
};

struct spec_oci_capabilities {
	capability_set bounding;
	capability_set effective;
	capability_set inheritable;
	capability_set permitted;
	capability_set ambient;
	const char *origin; /* NULL: none are named, which leaves none */
};

struct spec_oci_seccomp_listener {
	const char *path; /* of the socket that gets the descriptor; NULL: none */
	const char *metadata;
	const char *origin;
};

struct spec_oci_net_device {
	const char *host_name;
	const char *name; /* inside; one %d in it stands for any number */
	const char *origin;
};

struct spec_oci_annotation {
	const char *name;
	const char *value;
};

struct spec_oci {
	const char *version; /* ociVersion, as written */
	const char *bundle;  /* absolute */

	struct spec_text rootfs;
	bool is_rootfs_read_only;
	uint64_t rootfs_propagation; /* MS_*, MS_REC included; 0: not said */

	struct spec_text domainname;
	uint16_t console_rows; /* 0: not said */
	uint16_t console_columns;
	struct spec_oci_capabilities capabilities;
	bool members_may_trace; /* the container's own process may have CAP_SYS_PTRACE */
	struct spec_number oom_score_adj;
	struct spec_number scheduler_policy; /* SCHED_* */
	struct spec_number scheduler_nice;
	struct spec_number scheduler_priority;
	uint64_t scheduler_flags;             /* SCHED_FLAG_* */
	struct spec_number scheduler_runtime; /* nanoseconds, with the next two */
	struct spec_number scheduler_deadline;
	struct spec_number scheduler_period;
	struct spec_number io_priority_class; /* IOPRIO_CLASS_* */
	struct spec_number io_priority;
	struct spec_text exec_cpu_affinity_initial;
	struct spec_text exec_cpu_affinity_final;
	struct spec_text selinux_label;
	struct spec_text mount_label;

	const struct spec_oci_mount *mounts;
	size_t mount_count;
	struct spec_oci_hook_list hooks[SPEC_OCI_HOOK_POINT_COUNT];
	const struct spec_oci_annotation *annotations;
	size_t annotation_count;

	const struct spec_oci_namespace *namespaces;
	size_t namespace_count;
	const struct spec_oci_time_offset *time_offsets;
	size_t time_offset_count;
	struct spec_oci_mapping_list uids;
	struct spec_oci_mapping_list gids;
	const struct spec_oci_device *devices;
	size_t device_count;
	const struct spec_oci_net_device *net_devices;
	size_t net_device_count;
	struct spec_text cgroups_path; /* as written; value NULL: not said */
	struct spec_oci_resources resources;
	struct spec_text_list masked_paths;
	struct spec_text_list read_only_paths;
	struct spec_number personality;        /* PER_* */
	struct spec_text intel_rdt;            /* where it stands; value NULL: not asked for */
	struct spec_number memory_policy_mode; /* MPOL_* */
	struct spec_text memory_policy_nodes;
	uint32_t memory_policy_flags; /* MPOL_F_* */

	unsigned int seccomp_flags; /* SECCOMP_FILTER_FLAG_* */
	struct spec_oci_seccomp_listener seccomp_listener;
};

#endif
