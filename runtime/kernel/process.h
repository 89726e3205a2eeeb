/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes: making them, what hardrun does to the calling one, and what /proc says of others. */
#ifndef HARDRUN_KERNEL_PROCESS_H
#define HARDRUN_KERNEL_PROCESS_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"

/*
 * Clone the calling process into the new namespaces of @flags (CLONE_NEW*) and, when
 * @cgroup_fd is not -1, into that cgroup. Returns 0 in the child, its pid in the parent.
 * Owns: the parent closes @out_pidfd.
 * Source: clone3(2), CLONE_INTO_CGROUP (Linux 5.7), CLONE_PIDFD (Linux 5.2).
 */
MUST_CHECK pid_t process_clone(uint64_t flags, int cgroup_fd, int *out_pidfd, struct error *err);

/*
 * Keep others from tracing this process and from opening anything through its /proc
 * directory, /proc/PID/exe included. Source: prctl(2) PR_SET_DUMPABLE; proc(5); CVE-2016-9962.
 */
MUST_CHECK int process_hide(struct error *err);

/* Die when the launcher dies. Undone by each change of credentials: prctl(2) PR_SET_PDEATHSIG. */
MUST_CHECK int process_die_with_parent(struct error *err);

/* Start a new session, and a new session keyring. Source: setsid(2), keyctl(2). */
MUST_CHECK int process_start_session(struct error *err);

MUST_CHECK int process_set_hostname(const char *name, struct error *err);

MUST_CHECK int process_set_rlimit(int resource, uint64_t soft, uint64_t hard, struct error *err);

/* Become @uid and @gid, all four of each kind, with exactly the groups of @groups. */
MUST_CHECK int process_become(uint32_t uid, uint32_t gid, const uint32_t *groups,
                              size_t group_count, struct error *err);

/* Source: prctl(2) PR_SET_NO_NEW_PRIVS. */
MUST_CHECK int process_forgo_new_privileges(struct error *err);

/* Mark every descriptor above standard error close-on-exec. Source: close_range(2), Linux 5.11. */
MUST_CHECK int process_close_on_exec(struct error *err);

/*
 * Make @path the working directory; it must lie inside the root.
 * Source: CVE-2024-21626: a directory outside shows as "(unreachable)" in getcwd(2).
 */
MUST_CHECK int process_change_directory(const char *path, struct error *err);

/* What process_execute() is to do. */
struct process_image {
	const char *const *paths; /* tried in order; NULL-terminated */
	const char *const *argv;
	const char *const *envp;
	struct sock_fprog filter; /* len 0: none */
};

/*
 * Load the filter and replace the process by the first of the paths that can be executed, with
 * nothing in between. Returns only on failure; allocates nothing. A path that is missing is
 * passed over; the error names the program as the user wrote it, argv[0].
 * Errors: code ENOENT when no path exists; otherwise what execve(2) said of the first that does.
 */
MUST_CHECK int process_execute(const struct process_image *image, struct error *err);

/*
 * Has the process @pid, as seen in the procfs @proc_fd, never called execve(2)? A zombie still
 * answers. The kernel keeps this; the process cannot forge it.
 * Source: proc(5), /proc/PID/stat field 9; <linux/sched.h> PF_FORKNOEXEC.
 */
MUST_CHECK int process_never_executed(int proc_fd, pid_t pid, bool *out, struct error *err);

/* Write a name for ps(1) and /proc/PID/comm, at most 15 bytes. */
void process_set_name(const char *name);

#endif
