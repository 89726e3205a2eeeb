/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Another process, seen from outside through the host's /proc. Nothing is changed, and nothing
 * inside a container is believed or followed. A descriptor of the directory of a process stays its
 * own: when the process has ended, all reads fail, whoever has its number then.
 * Source: proc(5); kernel fs/proc/base.c.
 */
#ifndef HARDRUN_KERNEL_OBSERVE_H
#define HARDRUN_KERNEL_OBSERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"

/*
 * Open the host's /proc.
 * Errors: ERROR_HOST when what is mounted there is no procfs.
 */
MUST_CHECK int observe_open(struct error *err);

/* Open the directory of @pid, or of its thread, "PID/task/TID". -1 with errno: it has ended. */
int observe_process(int proc_fd, const char *path);

/*
 * Read the file @name of a process, at most @limit bytes. NULL with errno when that cannot be done;
 * EFBIG for what is longer. *@out_size may be NULL.
 * Owns: release with free().
 */
char *observe_read(int process_fd, const char *name, size_t limit, size_t *out_size);

/* Read the text of the link @name. False with errno. */
bool observe_link(int process_fd, const char *name, char *out, size_t size);

/* The number of its namespace "pid", "mnt" ...; 0 when the caller may not know it. */
uint64_t observe_namespace(int process_fd, const char *name);

struct observed_file {
	uint64_t device; /* of its file system */
	uint64_t number; /* of a device node */
	uint64_t inode;
	uint64_t mount; /* as in mountinfo */
	uint32_t mode;  /* type and permission bits */
	uint32_t uid;   /* on the host */
};

/*
 * What is behind the link @name ("fd/3", "cwd") of a process; nobody is asked who could keep the
 * caller waiting. False with errno. Source: statx(2), AT_STATX_DONT_SYNC, STATX_MNT_ID (Linux 5.8).
 */
bool observe_file(int process_fd, const char *name, struct observed_file *out);

/* The same of an open descriptor. */
bool observe_descriptor(int fd, struct observed_file *out);

/* Open its root directory, for resolve_inside_quietly(). -1 with errno. Owns: close it. */
int observe_root(int process_fd);

/* Call @found with the name of each entry of its directory @name; false with errno. */
bool observe_each(int process_fd, const char *name, bool (*found)(const char *entry, void *context),
                  void *context);

#define OBSERVE_VALUE_SIZE 256

/* A file below /proc/sys as the namespaces of a process have it. */
struct observed_sysctl {
	const char *path; /* "net/core/somaxconn" */
	char value[OBSERVE_VALUE_SIZE];
	bool is_known;
};

struct observed_names {
	char host[OBSERVE_VALUE_SIZE];
	char domain[OBSERVE_VALUE_SIZE];
};

/*
 * Ask, in a child that joins them, what the network, IPC, UTS and user namespaces of the process
 * @pid, which @pidfd is of, hold. Its mounts are not joined.
 * Errors: when they cannot be joined: ERROR_DENIED for who does not own them.
 * Source: setns(2) of a pidfd, Linux 5.8.
 */
MUST_CHECK int observe_inside(pid_t pid, int pidfd, struct observed_names *out,
                              struct observed_sysctl *sysctls, size_t count, struct error *err);

#endif
