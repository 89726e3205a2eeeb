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
 * @cgroup_fd is not -1, into that cgroup. Returns 0 in the child, its pid in the parent. With
 * CLONE_PARENT it is the child of the caller's parent, as the caller is.
 * Owns: the parent closes @out_pidfd.
 * Source: clone3(2), CLONE_INTO_CGROUP (Linux 5.7), CLONE_PIDFD (Linux 5.2).
 */
MUST_CHECK pid_t process_clone(uint64_t flags, int cgroup_fd, int *out_pidfd, struct error *err);

/*
 * As process_clone() with CLONE_PARENT and no new namespace, by the one system call that filters of
 * programs allow: clone(2) with these flags. clone3(2), whose flags no filter sees, they refuse.
 */
#define PROCESS_SIBLING_FLAGS (CLONE_PARENT | CLONE_PIDFD)
MUST_CHECK pid_t process_clone_sibling(int *out_pidfd, struct error *err);

/*
 * Keep others from tracing this process and from opening anything through its /proc
 * directory, /proc/PID/exe included. Source: prctl(2) PR_SET_DUMPABLE; proc(5); CVE-2016-9962.
 */
MUST_CHECK int process_hide(struct error *err);

/* Die when the launcher dies. Undone by each change of credentials: prctl(2) PR_SET_PDEATHSIG. */
MUST_CHECK int process_die_with_parent(struct error *err);

/*
 * Become the parent of what descendants of this process leave behind.
 * Source: prctl(2) PR_SET_CHILD_SUBREAPER.
 */
MUST_CHECK int process_adopt_orphans(struct error *err);

/* Start a new session, and a new session keyring. Source: setsid(2), keyctl(2). */
MUST_CHECK int process_start_session(struct error *err);

/* The halves of process_start_session() alone. */
MUST_CHECK int process_lead_session(struct error *err);
MUST_CHECK int process_start_keyring(struct error *err);

MUST_CHECK int process_set_hostname(const char *name, struct error *err);

/* Source: setdomainname(2). */
MUST_CHECK int process_set_domainname(const char *name, struct error *err);

/* How likely @pid is to be killed when memory is short: -1000 to 1000. Source: proc(5). */
MUST_CHECK int process_set_oom_score(pid_t pid, int score, struct error *err);

MUST_CHECK int process_set_rlimit(int resource, uint64_t soft, uint64_t hard, struct error *err);

/*
 * Raise the hard limit of @pid to @hard, unless it is there already: in its own user namespace
 * a process can only lower it. Source: prlimit(2), CAP_SYS_RESOURCE.
 */
MUST_CHECK int process_admit_rlimit(pid_t pid, int resource, uint64_t hard, struct error *err);

/* Become @uid and @gid, all four of each kind, with exactly the groups of @groups. */
MUST_CHECK int process_become(uint32_t uid, uint32_t gid, const uint32_t *groups,
                              size_t group_count, struct error *err);

/* As process_become(), with the groups that there are: where setgroups(2) is denied. */
MUST_CHECK int process_become_alone(uint32_t uid, uint32_t gid, struct error *err);

/*
 * Give the pipes that are standard input, output and error to @uid, so that they can be opened
 * again by name. Nothing else: a file, a device or a terminal is the host's, and stays as it is.
 */
void process_give_streams(uint32_t uid);

/* Source: prctl(2) PR_SET_NO_NEW_PRIVS. */
MUST_CHECK int process_forgo_new_privileges(struct error *err);

/*
 * Give the standard streams that the caller was started without /dev/null, so that no file of
 * its own takes their place.
 */
MUST_CHECK int process_hold_streams(struct error *err);

/*
 * Refuse standard streams that would be ways into the host's tree.
 * Errors: ERROR_USAGE for a directory or a path descriptor. Source: CVE-2024-21626.
 */
MUST_CHECK int process_check_streams(struct error *err);

/* Close every descriptor above standard error but @one_fd and @other_fd, which are there. */
MUST_CHECK int process_close_others(int one_fd, int other_fd, struct error *err);

/* Close every descriptor from @first_fd on but the @count of @kept_fds, which are sorted by it. */
MUST_CHECK int process_close_all_but(int first_fd, int *kept_fds, size_t count, struct error *err);

/* Mark every descriptor above standard error close-on-exec. Source: close_range(2), Linux 5.11. */
MUST_CHECK int process_close_on_exec(struct error *err);

/* The same from @first_fd on; those between are left open, also after the exec. */
MUST_CHECK int process_close_on_exec_from(unsigned int first_fd, struct error *err);

/*
 * Make @path the working directory; it must lie inside the root.
 * Source: CVE-2024-21626: a directory outside shows as "(unreachable)" in getcwd(2).
 */
MUST_CHECK int process_change_directory(const char *path, struct error *err);

/* Give every signal its default action, also those that the caller was started to ignore. */
void process_reset_signals(void);

/* What process_spawn() is to start. */
struct process_image {
	const char *const *paths; /* tried in order; NULL-terminated */
	const char *const *argv;
	const char *const *envp;
	struct sock_fprog filter; /* len 0: none */
	bool has_terminal;        /* standard input is to be its controlling terminal */
	bool dies_with_parent;    /* not left to the end of a PID namespace */
};

/*
 * Start a child that leads a session, blocks no signal, and is replaced by the first of the
 * paths that can be executed, with nothing between the filter and that. Returns its pid when it
 * has been replaced or killed: see process_never_executed(). Allocates nothing. A path that is
 * missing is passed over; the error names the program as the user wrote it, argv[0].
 * Errors: code ENOENT when no path exists; otherwise what execve(2) said of the first that does.
 */
MUST_CHECK pid_t process_spawn(const struct process_image *image, struct error *err);

/*
 * Run @run with @context in another thread of the caller, until it returns. It may use nothing that
 * is each thread's own while the caller does, errno for one; the caller must wait for it in its own
 * way. An execve(2) of the caller ends it.
 */
MUST_CHECK int process_start_thread(int (*run)(void *context), void *context, struct error *err);

/*
 * Start a child in a session of its own and in "/", with @input_fd as standard input and nothing
 * else but standard output and error, both the other end of *@out_output_fd; replaced by the first
 * of @image->paths.
 * Owns: the caller closes @out_output_fd and waits.
 */
MUST_CHECK pid_t process_spawn_helper(const struct process_image *image, int input_fd,
                                      int *out_output_fd, struct error *err);

/*
 * In the process that will be the program itself: make standard input its controlling terminal if
 * it has one, and unblock all signals. The caller leads a session.
 */
MUST_CHECK int process_take_over(const struct process_image *image, struct error *err);

/*
 * Is one of @image->paths a program that the calling process may execute? Errors: as of
 * process_execute(), which may fail all the same: for an interpreter that is missing, for one.
 */
MUST_CHECK int process_find_program(const struct process_image *image, struct error *err);

/*
 * Replace the calling process by the program of @image, as process_spawn() does in a child, with
 * nothing but execve(2). Returns only when that fails.
 */
MUST_CHECK int process_execute(const struct process_image *image, struct error *err);

struct process_stat {
	char state;         /* 'Z': it has ended, and nobody has waited for it */
	bool is_unexecuted; /* it has never called execve(2); the process cannot forge it */
	pid_t parent;
	pid_t session;
	int terminal;        /* the device number of the one that controls it; 0: none */
	uint64_t start_time; /* in clock ticks since the machine was started */
};

#define PROCESS_STAT_SIZE 1024 /* of the text, and more than it can be */

/*
 * Parse what /proc/PID/stat says. False when that is not what it should be.
 * Source: proc(5), fields 3, 4, 6, 7, 9 and 22; <linux/sched.h> PF_FORKNOEXEC.
 */
bool process_parse_stat(const char *text, struct process_stat *out);

/*
 * Has the process @pid, as seen in the procfs @proc_fd, never called execve(2)? A zombie still
 * answers. See process_parse_stat().
 */
MUST_CHECK int process_never_executed(int proc_fd, pid_t pid, bool *out, struct error *err);

/*
 * Let go of the pages of this program that a file holds anyway: for a process that will wait
 * long. What is needed again is read again. Only what is linked statically is let go.
 */
void process_release_pages(void);

#define PROCESS_NAME_LENGTH 15 /* bytes; TASK_COMM_LEN less one */

/* Write a name for ps(1) and /proc/PID/comm; what is longer than it can be is cut off. */
void process_set_name(const char *name);

/* Read the name of @pid, a zombie's too; "" when there is no such process. */
void process_get_name(pid_t pid, char name[PROCESS_NAME_LENGTH + 1]);

/* Returns a descriptor of the process @pid. Source: pidfd_open(2). */
MUST_CHECK int process_open(pid_t pid, struct error *err);

/* The number of the process @pidfd in the caller's PID namespace. Errors: when it is gone. */
MUST_CHECK pid_t process_number(int pidfd, struct error *err);

/*
 * Does the process @pid, as seen in the procfs @proc_fd, run the caller's own executable file?
 * Not one that has ended.
 */
bool process_runs_own_file(int proc_fd, pid_t pid);

#define PROCESS_SIGNAL_NAME_SIZE 24

/* Write the name of @signal_number, "SIGTERM", "SIGRTMIN+3". */
void process_name_signal(int signal_number, char name[PROCESS_SIGNAL_NAME_SIZE]);

/* Send @signal_number to the process @pidfd; that it has ended is fine. */
void process_signal(int pidfd, int signal_number);

#endif
