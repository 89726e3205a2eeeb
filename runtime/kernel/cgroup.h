/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Control groups, version 2 only: the part that is on the way of every launch. It works by
 * descriptor and reads no mount table.
 *
 * libcgroup is not used here but in cgroup_inspect.c. Measured on Debian 12 (libcgroup 2.0.2):
 * its cgroup_init() takes 560 microseconds with 10 mounts on the host and 2,150 with 1,000, and
 * adds 830 KiB to the peak memory of the process; finding the hierarchy, making a directory and
 * writing a value by descriptor takes 60 microseconds with either.
 *
 * Source: kernel Documentation/admin-guide/cgroup-v2.rst.
 */
#ifndef HARDRUN_KERNEL_CGROUP_H
#define HARDRUN_KERNEL_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"

/* Where the unified hierarchy is on every host that has one. Source: systemd.io, CGROUP_DELEGATION.
 */
#define CGROUP_MOUNT_POINT "/sys/fs/cgroup"

/* What CGROUP_MOUNT_POINT is. */
enum cgroup_mode {
	CGROUP_MODE_NONE,    /* no control groups are mounted there */
	CGROUP_MODE_LEGACY,  /* version 1 only */
	CGROUP_MODE_HYBRID,  /* controllers in version 1, an empty version 2 beside them */
	CGROUP_MODE_UNIFIED, /* version 2 */
};

/* A set of controllers: bits CGROUP_CONTROLLER_*. */
typedef uint32_t cgroup_controllers;

#define CGROUP_CONTROLLER_CPU     (UINT32_C(1) << 0)
#define CGROUP_CONTROLLER_IO      (UINT32_C(1) << 1)
#define CGROUP_CONTROLLER_MEMORY  (UINT32_C(1) << 2)
#define CGROUP_CONTROLLER_PIDS    (UINT32_C(1) << 3)
#define CGROUP_CONTROLLER_CPUSET  (UINT32_C(1) << 4)
#define CGROUP_CONTROLLER_HUGETLB (UINT32_C(1) << 5)
#define CGROUP_CONTROLLER_RDMA    (UINT32_C(1) << 6)
#define CGROUP_CONTROLLER_MISC    (UINT32_C(1) << 7)

#define CGROUP_PATH_SIZE   4096
#define CGROUP_DEVICE_SIZE 32

enum cgroup_mode cgroup_find_mode(void);

/*
 * The calling process' own cgroup, "/user.slice/...", "/" for the root.
 * Source: cgroups(7), /proc/PID/cgroup.
 */
MUST_CHECK int cgroup_find_own(char path[CGROUP_PATH_SIZE], struct error *err);

/*
 * The topmost of @path and its parents that the effective user may make cgroups in and move
 * processes within, which is what CLONE_INTO_CGROUP asks for. @path is cut to it.
 * Errors: ERROR_HOST, with the way to a delegated cgroup, when there is none.
 * Source: cgroup-v2.rst, "Delegation Containment".
 */
MUST_CHECK int cgroup_find_delegated(char path[CGROUP_PATH_SIZE], struct error *err);

/*
 * Open the cgroup @path ("/user.slice"), for the functions below and for CLONE_INTO_CGROUP.
 * Errors: ERROR_HOST when it is not of the unified hierarchy.
 * Owns: close the descriptor.
 */
MUST_CHECK int cgroup_open(const char *path, struct error *err);

/* Which controllers @fd can give to its children: those it has, and those it gives already. */
MUST_CHECK int cgroup_read_controllers(int fd, cgroup_controllers *out_available,
                                       cgroup_controllers *out_enabled, struct error *err);

/*
 * Give @wanted to the children of @fd; those that they have already cost no write.
 * Errors: ERROR_HOST for a controller that @fd lacks or may not give.
 */
MUST_CHECK int cgroup_enable(int fd, cgroup_controllers wanted, struct error *err);

/* The controller that @file ("memory.max") belongs to; 0: the core's own. */
cgroup_controllers cgroup_controller_of(const char *file);

/* "memory" for CGROUP_CONTROLLER_MEMORY; the first of several; "" for none. */
const char *cgroup_controller_name(cgroup_controllers set);

/*
 * Make the cgroup @name in @parent_fd and open it.
 * Errors: ERROR_STATE when one of that name is there.
 * Owns: close the descriptor; cgroup_remove() what was made.
 */
MUST_CHECK int cgroup_make(int parent_fd, const char *name, struct error *err);

/*
 * Write @value into the file @file of the cgroup @fd in one write.
 * Errors: ERROR_HOST naming the control and its relax entry when this kernel has no such file.
 */
MUST_CHECK int cgroup_write(int fd, const char *file, const char *value, struct error *err);

/* Say that this kernel has no @file: ERROR_HOST, with the way out. Returns -1. */
int cgroup_refuse_missing(const char *file, struct error *err);

/*
 * Must @value be written to @file after the container has been set up, before its program runs?
 * True for a memory.max below 16 MiB: what the kernel needs to build namespaces and mounts is
 * charged to the init too and would not fit in.
 */
bool cgroup_is_late(const char *file, const char *value);

/*
 * Kill every process in @fd and below. In one that is removed, as systemd does with an empty scope,
 * there is none. Source: cgroup-v2.rst, cgroup.kill, Linux 5.14.
 */
MUST_CHECK int cgroup_kill(int fd, struct error *err);

/*
 * Wait until no process is left in @fd and below.
 * Errors: ERROR_STATE after @timeout_ms.
 */
MUST_CHECK int cgroup_wait_empty(int fd, int timeout_ms, struct error *err);

/* Remove the cgroup @name of @parent_fd and all below it; all must be empty. None is fine. */
MUST_CHECK int cgroup_remove(int parent_fd, const char *name, struct error *err);

/* Of a figure that this kernel does not keep or whose controller is not enabled. */
#define CGROUP_UNKNOWN UINT64_MAX

struct cgroup_usage {
	uint64_t memory_peak;     /* bytes; Linux 5.19 */
	uint64_t oom_kills;       /* processes */
	uint64_t oom_group_kills; /* times; Linux 5.17 */
	uint64_t pids_peak;       /* Linux 6.1 */
	uint64_t pids_refused;    /* forks */
	uint64_t cpu_usec;
	uint64_t cpu_user_usec;
	uint64_t cpu_system_usec;
	uint64_t cpu_throttled_usec;
	uint64_t cpu_throttled; /* periods */
	uint64_t io_read;       /* bytes, of all devices */
	uint64_t io_written;
};

/* Read what has been used in @fd and below until now. It cannot fail: see CGROUP_UNKNOWN. */
void cgroup_read_usage(int fd, struct cgroup_usage *out);

/*
 * The number, "8:0", of the block device that io.max takes for @path: of the disk of a device
 * node or of its partition, or of the disk under a file or directory.
 * Errors: ERROR_HOST when no disk is under it.
 */
MUST_CHECK int cgroup_find_device(const char *path, char out[CGROUP_DEVICE_SIZE],
                                  struct error *err);

/*
 * For containers that outlive a command: their cgroup is named by a path, and each command opens
 * it anew with cgroup_open(). Those that follow a path or a whole tree are in cgroup_tree.c.
 */

/*
 * Make the cgroup @path and the parents that are missing, give every controller that can be had
 * down to it, and open it. An empty cgroup that is there already is taken as it is.
 * Errors: ERROR_HOST when a controller of @needed cannot be had; ERROR_STATE when processes are
 * in the cgroup already or it is frozen; what was made for nothing is removed.
 * Owns: close the descriptor; cgroup_remove_tree() what was made.
 */
MUST_CHECK int cgroup_make_tree(const char *path, cgroup_controllers needed, struct error *err);

/*
 * Remove the cgroup @path and all below it, which must be empty or about to be: waits up to
 * @timeout_ms for killed processes to leave. None is fine. Parents stay.
 */
MUST_CHECK int cgroup_remove_tree(const char *path, int timeout_ms, struct error *err);

/*
 * Give the cgroup @fd to @uid: the directory and the files that the kernel lists for it, so that
 * a container may divide it further.
 * Source: cgroup-v2.rst, "Model of Delegation"; /sys/kernel/cgroup/delegate.
 */
MUST_CHECK int cgroup_delegate(int fd, uid_t uid, struct error *err);

/*
 * Stop or continue all processes in @fd and below, and wait until it is so.
 * Errors: ERROR_STATE after @timeout_ms; what was begun is undone.
 * Source: cgroup-v2.rst, cgroup.freeze.
 */
MUST_CHECK int cgroup_freeze(int fd, bool is_frozen, int timeout_ms, struct error *err);

/* Is it asked for that @fd be frozen? False as well when that cannot be read. */
bool cgroup_is_frozen(int fd);

/*
 * The processes in @fd and below, in ascending order.
 * Owns: release *@out with free().
 */
MUST_CHECK int cgroup_list_processes(int fd, pid_t **out, size_t *out_count, struct error *err);

/* Send @signal to all processes in @fd and below; SIGKILL reaches even those that fork. */
MUST_CHECK int cgroup_signal(int fd, int signal, struct error *err);

/*
 * All of @file ("memory.stat") of @fd.
 * Owns: release with free(). NULL with errno when there is no such file here.
 */
char *cgroup_read_text(int fd, const char *file);

/* The value behind "@key " at the beginning of a line of @text; CGROUP_UNKNOWN: none. */
uint64_t cgroup_find_figure(const char *text, const char *key);

/* The number in @file ("pids.current") of @fd; CGROUP_UNKNOWN: none, or "max". */
uint64_t cgroup_read_figure(int fd, const char *file);

#endif
