/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What has been gathered of a container, and the rows that judge it. For verify*.c only. */
#ifndef HARDRUN_INSPECT_VERIFY_PARTS_H
#define HARDRUN_INSPECT_VERIFY_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "inspect/verify.h"
#include "inspect/verify_row.h"
#include "kernel/apparmor.h"
#include "kernel/cgroup.h"
#include "kernel/observe.h"
#include "kernel/proc_text.h"
#include "kernel/process.h"

enum verify_namespace {
	VERIFY_NS_USER,
	VERIFY_NS_PID,
	VERIFY_NS_MOUNT,
	VERIFY_NS_NETWORK,
	VERIFY_NS_IPC,
	VERIFY_NS_UTS,
	VERIFY_NS_CGROUP,
	VERIFY_NS_TIME,
	VERIFY_NS_COUNT,
};

/* The name of its file in /proc/PID/ns. */
extern const char *const verify_namespace_files[VERIFY_NS_COUNT];

#define VERIFY_PROCESSES_MAX 8192 /* that are looked at, and threads of each */

/* What a process has that leads out of the container, or should not be there. */
struct verify_oddity {
	unsigned int count;
	bool is_known;              /* false: the caller may not look */
	char first[ROW_NAME_SIZE];  /* of them, escaped */
	char detail[ROW_NAME_SIZE]; /* why it is odd */
};

struct verify_process {
	pid_t pid;
	char name[ROW_NAME_SIZE]; /* escaped */
	struct process_stat stat;
	uint64_t namespaces[VERIFY_NS_COUNT]; /* 0: unknown */
	bool has_namespaces;
	bool is_in_cgroup;
	bool is_descendant; /* of the first process, which is one too; others came from outside */
	bool is_stranger;   /* in the cgroup alone: the container's namespaces are not its own */
	bool is_own_init;   /* hardrun's, which is no program of the container's */
	struct proc_status *threads;
	size_t thread_count;
	struct proc_limits limits;
	char label[APPARMOR_LABEL_SIZE]; /* ""; with its mode */
	bool has_label;
	struct verify_oddity descriptors;
	struct verify_oddity environment;
};

struct verify_target {
	const struct verify_subject *subject;
	const struct plan *plan; /* the subject's; NULL: the hardened default */
	int proc_fd;
	int pidfd;
	int init_fd; /* directory of the first process */
	int seen_fd; /* of the process whose namespaces and root are looked at */
	pid_t seen_pid;
	int root_fd;                   /* of that process; -1: the caller may not look */
	int cgroup_fd;                 /* -1: none of version 2, or none of its own */
	char cgroup[CGROUP_PATH_SIZE]; /* where the first process really is; "": not known */
	uint64_t host_namespaces[VERIFY_NS_COUNT]; /* the caller's */
	uint64_t namespaces[VERIFY_NS_COUNT];      /* the container's; 0: unknown */
	struct verify_process *processes;
	size_t process_count;
	bool has_more_processes; /* than are looked at */

	char *mount_text;
	struct proc_mount *mounts; /* NULL: unknown */
	size_t mount_count;
	size_t strange_mounts; /* lines that could not be read */
	char *host_mount_text;
	struct proc_mount *host_mounts;
	size_t host_mount_count;

	struct id_map uid_map[PROC_ID_MAPS_MAX];
	struct id_map gid_map[PROC_ID_MAPS_MAX];
	int uid_map_count; /* -1: unknown */
	int gid_map_count;

	struct observed_names names;
	struct observed_sysctl *sysctls; /* max_user_namespaces first, then the plan's */
	size_t sysctl_count;
	struct error inside; /* why they could not be asked for; ERROR_NONE: they are known */
};

/*
 * Fill all of @target but subject and plan.
 * Errors: ERROR_STATE when the process has ended.
 * Owns: verify_release().
 */
MUST_CHECK int verify_gather(struct verify_target *target, struct error *err);
void verify_release(struct verify_target *target);

/* Is the process still the one that was looked at? */
bool verify_is_same(const struct verify_target *target);

/* Has the container a namespace of @kind for itself, as the plan wants it or the default does? */
bool verify_wants_own(const struct verify_target *target, uint64_t clone_flag);

/* Is the container in the caller's namespace of that kind? */
bool verify_shares(const struct verify_target *target, enum verify_namespace kind);

/* The topmost mount on exactly @path of the container; NULL: none. */
const struct proc_mount *verify_mount_at(const struct verify_target *target, const char *path);

/* The mount that @path of the container is in, by the texts of the paths alone; NULL: unknown. */
const struct proc_mount *verify_mount_of(const struct verify_target *target, const char *path);

/* What is planned to be mounted there, the last time; NULL: nothing. */
const struct plan_node *verify_node_at(const struct plan *plan, const char *path);

/* MOUNT_ATTR_* that the mount of @node is to have. */
uint64_t verify_attributes_of(const struct plan_node *node);

/*
 * Open @path of the container, to be looked at alone; nobody inside is asked. -1 with errno: EACCES
 * also where it may be a file system that a process serves.
 */
int verify_open_inside(const struct verify_target *target, const char *path);

/* The process behind @before, NULL for the first, that is the container's; NULL: no more are. */
const struct verify_process *verify_next(const struct verify_target *target,
                                         const struct verify_process *before);

/* Does @text, all of the file @file of a cgroup, say @wanted, as it was written there? */
bool verify_limit_holds(const char *file, const char *text, const char *wanted);

typedef void verify_check(const struct verify_target *target, struct verify_row *row);

/* One function a row; see the table in verify.c. */
verify_check verify_user, verify_groups, verify_no_new_privileges, verify_capabilities,
	verify_dangerous_capabilities, verify_seccomp, verify_apparmor, verify_landlock,
	verify_rlimits, verify_umask, verify_terminal, verify_keyring, verify_environment,
	verify_descriptors;
verify_check verify_user_namespace, verify_nested, verify_pid_namespace, verify_mount_namespace,
	verify_network_namespace, verify_ipc_namespace, verify_uts_namespace,
	verify_cgroup_namespace, verify_time_namespace, verify_members, verify_hostname,
	verify_sysctls, verify_network_devices, verify_routes;
verify_check verify_root, verify_tmpfs, verify_volumes, verify_unplanned_mounts,
	verify_sensitive_mounts, verify_set_user_id, verify_propagation, verify_read_only_paths;
verify_check verify_masked_paths, verify_devices, verify_secrets;
verify_check verify_memory, verify_swap, verify_oom_group, verify_cpu, verify_pids, verify_io,
	verify_other_limits, verify_device_filter;

#endif
