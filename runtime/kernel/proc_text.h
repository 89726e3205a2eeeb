/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What /proc says of another process, as text, in parts. The process chose some of it: its name,
 * the paths of its mounts. Nothing here looks at the system.
 * Source: proc(5), proc_pid_status(5), proc_pid_mountinfo(5), proc_pid_limits(5), cgroups(7).
 */
#ifndef HARDRUN_KERNEL_PROC_TEXT_H
#define HARDRUN_KERNEL_PROC_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "kernel/capability.h"
#include "kernel/namespace.h"

#define PROC_NAME_SIZE    72 /* of a process' name as status has it, each byte escaped */
#define PROC_GROUPS_MAX   64 /* that are kept; all are counted */
#define PROC_ID_MAPS_MAX  340
#define PROC_LIMITS_COUNT 16

struct proc_status {
	char name[PROC_NAME_SIZE];
	pid_t parent;
	uint32_t uids[4]; /* real, effective, saved, of the file system */
	uint32_t gids[4];
	uint32_t groups[PROC_GROUPS_MAX];
	size_t group_count; /* may be more than are kept */
	struct capability_sets capabilities;
	uint32_t umask;
	unsigned int pid_depth; /* in how many PID namespaces it has a number; 1: the reader's */
	bool no_new_privs;
	unsigned int seccomp_mode;
	unsigned int seccomp_filters; /* 0 as well where the kernel does not tell */
};

/* False when @text is not what /proc/PID/status of any kernel from 5.15 on is. */
bool proc_parse_status(const char *text, struct proc_status *out);

struct proc_mount {
	uint64_t id;
	uint64_t parent;
	unsigned int major; /* of the file system */
	unsigned int minor;
	const char *root;    /* path in the file system */
	const char *target;  /* path of the mount, from the process' root */
	uint64_t attributes; /* MOUNT_ATTR_RDONLY, _NOSUID, _NODEV, _NOEXEC; also the superblock's
	                        RDONLY */
	bool is_shared;
	bool is_slave;
	const char *type;
	const char *options; /* of the file system */
};

/*
 * Take @text, a /proc/PID/mountinfo, apart in its place: the mounts point into it. A line that is
 * no mount is passed over and counted in @out_strange. Returns NULL with errno when memory is out.
 * Owns: release with free().
 */
struct proc_mount *proc_parse_mounts(char *text, size_t *out_count, size_t *out_strange);

/* An option that is not in the list of @mount's file system is NULL, a flag "". */
bool proc_mount_option(const struct proc_mount *mount, const char *name, char *out, size_t size);

struct proc_limits {
	uint32_t known;                   /* bit n: RLIMIT n has been told */
	uint64_t soft[PROC_LIMITS_COUNT]; /* RLIM_INFINITY: unlimited */
	uint64_t hard[PROC_LIMITS_COUNT];
};

void proc_parse_limits(const char *text, struct proc_limits *out);

/* "Max open files" for RLIMIT_NOFILE; NULL: no such limit. */
const char *proc_limit_name(int resource);

/* Returns how many extents @text, a /proc/PID/uid_map, has; -1 when it is none. */
int proc_parse_id_map(const char *text, struct id_map out[PROC_ID_MAPS_MAX]);

/* The number inside of the reader's id @outer by @map; false when it has none. */
bool proc_map_in(const struct id_map *map, int count, uint32_t outer, uint32_t *out_inner);

/* Find the cgroup of version 2 in @text, a /proc/PID/cgroup; false when there is none. */
bool proc_parse_cgroup(const char *text, char *out, size_t size);

#endif
