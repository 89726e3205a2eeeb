/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <link.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/seccomp.h"

#define THREAD_STACK_SIZE ((size_t)64 * 1024)

#define PROCESS_NEVER_EXECUTED UINT64_C(0x40) /* PF_FORKNOEXEC, <linux/sched.h> of the kernel */

pid_t process_clone(uint64_t flags, int cgroup_fd, int *out_pidfd, struct error *err)
{
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD | (cgroup_fd >= 0 ? CLONE_INTO_CGROUP : 0),
		.pidfd = (uint64_t)(uintptr_t)out_pidfd,
		.exit_signal = (flags & CLONE_PARENT) != 0 ? 0 : SIGCHLD,
		.cgroup = cgroup_fd >= 0 ? (uint64_t)(unsigned int)cgroup_fd : 0,
	};
	const pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0)
		return error_set_errno(err, "cannot create the namespaces");
	return pid;
}

/* The first three arguments are in the same places on every machine that we know. */
pid_t process_clone_sibling(int *out_pidfd, struct error *err)
{
	const pid_t pid =
		(pid_t)syscall(SYS_clone, (unsigned long)PROCESS_SIBLING_FLAGS, 0, out_pidfd, 0, 0);

	if (pid < 0)
		return error_set_errno(err, "cannot start a process in the container");
	return pid;
}

int process_hide(struct error *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_set_errno(err, "cannot hide the process from others");
	return 0;
}

int process_die_with_parent(struct error *err)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return error_set_errno(err, "cannot tie the container to the launcher");
	return 0;
}

int process_lead_session(struct error *err)
{
	if (setsid() < 0)
		return error_set_errno(err, "cannot start a session");
	return 0;
}

int process_adopt_orphans(struct error *err)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return error_set_errno(err, "cannot adopt orphans");
	return 0;
}

int process_start_session(struct error *err)
{
	return process_lead_session(err) < 0 ? -1 : process_start_keyring(err);
}

int process_start_keyring(struct error *err)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0) < 0 && errno != ENOSYS)
		return error_set_errno(err, "cannot start a session keyring");
	return 0;
}

int process_set_hostname(const char *name, struct error *err)
{
	if (sethostname(name, strlen(name)) < 0)
		return error_set_errno(err, "cannot set the host name to \"%s\"", name);
	return 0;
}

int process_set_domainname(const char *name, struct error *err)
{
	if (setdomainname(name, strlen(name)) < 0)
		return error_set_errno(err, "cannot set the domain name to \"%s\"", name);
	return 0;
}

int process_set_oom_score(pid_t pid, int score, struct error *err)
{
	AUTO_CLOSE int fd = -1;
	char path[40];
	char text[16];
	const int length = snprintf(text, sizeof(text), "%d", score);

	(void)snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || file_put(fd, text, (size_t)length) < 0)
		return error_set_errno(err, "cannot set the OOM score to %d", score);
	return 0;
}

int process_set_rlimit(int resource, uint64_t soft, uint64_t hard, struct error *err)
{
	const struct rlimit limit = { .rlim_cur = soft, .rlim_max = hard };

	if (setrlimit((__rlimit_resource_t)resource, &limit) < 0)
		return error_set_errno(err, "cannot set a resource limit");
	return 0;
}

int process_admit_rlimit(pid_t pid, int resource, uint64_t hard, struct error *err)
{
	const __rlimit_resource_t limited = (__rlimit_resource_t)resource;
	struct rlimit limit;

	if (getrlimit(limited, &limit) < 0)
		return error_set_errno(err, "cannot read a resource limit");
	if (hard <= limit.rlim_max)
		return 0;
	limit.rlim_max = hard;
	if (prlimit(pid, limited, &limit, NULL) < 0)
		return error_set_errno(err, "cannot raise a resource limit");
	return 0;
}

/* The system calls themselves: glibc's wrappers signal threads that do not exist here. */
int process_become(uint32_t uid, uint32_t gid, const uint32_t *groups, size_t group_count,
                   struct error *err)
{
	if (syscall(SYS_setgroups, group_count, groups) < 0)
		return error_set_errno(err, "cannot set the supplementary groups");
	return process_become_alone(uid, gid, err);
}

int process_become_alone(uint32_t uid, uint32_t gid, struct error *err)
{
	if (syscall(SYS_setresgid, gid, gid, gid) < 0)
		return error_set_errno(err, "cannot become group %u", gid);
	if (syscall(SYS_setresuid, uid, uid, uid) < 0)
		return error_set_errno(err, "cannot become user %u", uid);
	return 0;
}

void process_give_streams(uint32_t uid)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		struct stat found;

		if (fstat(fd, &found) == 0 && S_ISFIFO(found.st_mode) && found.st_uid != uid)
			(void)!fchown(fd, uid, (gid_t)-1);
	}
}

int process_forgo_new_privileges(struct error *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set_errno(err, "cannot set no_new_privs");
	return 0;
}

int process_hold_streams(struct error *err)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return error_set_errno(err, "cannot open /dev/null");
	(void)close(fd);
	return 0;
}

int process_check_streams(struct error *err)
{
	static const char *const names[] = { "standard input", "standard output",
		                             "standard error" };

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		const int flags = fcntl(fd, F_GETFL);
		struct stat status;

		if (flags < 0 || fstat(fd, &status) < 0)
			return error_set_errno(err, "cannot look at %s", names[fd]);
		if (S_ISDIR(status.st_mode) || (flags & O_PATH) != 0)
			return error_set(err, ERROR_USAGE, "%s is a directory of the host",
			                 names[fd]);
	}
	return 0;
}

static int close_between(int first, unsigned int last, struct error *err)
{
	if ((unsigned int)first > last)
		return 0;
	if (syscall(SYS_close_range, first, last, 0) < 0)
		return error_set_errno(err, "cannot close descriptors");
	return 0;
}

int process_close_others(int one_fd, int other_fd, struct error *err)
{
	const int low = one_fd < other_fd ? one_fd : other_fd;
	const int high = one_fd < other_fd ? other_fd : one_fd;

	if (close_between(STDERR_FILENO + 1, (unsigned int)low - 1, err) < 0 ||
	    close_between(low + 1, (unsigned int)high - 1, err) < 0)
		return -1;
	return close_between(high + 1, UINT_MAX, err);
}

static int compare_fds(const void *one, const void *other)
{
	const int left = *(const int *)one;
	const int right = *(const int *)other;

	return (left > right) - (left < right);
}

int process_close_all_but(int first_fd, int *kept_fds, size_t count, struct error *err)
{
	qsort(kept_fds, count, sizeof(*kept_fds), compare_fds);
	for (size_t i = 0; i < count; i++) {
		if (kept_fds[i] < first_fd)
			continue;
		if (close_between(first_fd, (unsigned int)kept_fds[i] - 1, err) < 0)
			return -1;
		first_fd = kept_fds[i] + 1;
	}
	return close_between(first_fd, UINT_MAX, err);
}

void process_reset_signals(void)
{
	const struct sigaction standard = { .sa_handler = SIG_DFL };

	for (int number = 1; number < NSIG; number++)
		(void)sigaction(number, &standard, NULL);
}

int process_close_on_exec_from(unsigned int first_fd, struct error *err)
{
	if (syscall(SYS_close_range, first_fd, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return error_set_errno(err, "cannot mark descriptors close-on-exec");
	return 0;
}

int process_close_on_exec(struct error *err)
{
	return process_close_on_exec_from(STDERR_FILENO + 1, err);
}

int process_change_directory(const char *path, struct error *err)
{
	char seen[4096];

	if (chdir(path) < 0)
		return error_set_errno(err, "cannot change to the directory %s", path);
	/* The system call itself: glibc's getcwd(3) hides the kernel's "(unreachable)". */
	if (syscall(SYS_getcwd, seen, sizeof(seen)) < 0)
		return error_set_errno(err, "cannot tell where %s is", path);
	if (seen[0] != '/')
		return error_set(err, ERROR_SPEC, "the directory %s lies outside the container",
		                 path);
	return 0;
}

/* execve(2) wants writable strings for history's sake and writes none of them. */
static char *const *as_exec_strings(const char *const *strings)
{
	const union {
		const char *const *ours;
		char *const *theirs;
	} view = { .ours = strings };

	return view.theirs;
}

int process_take_over(const struct process_image *image, struct error *err)
{
	sigset_t none;

	(void)sigemptyset(&none);
	if (image->has_terminal && ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0)
		return error_set_errno(err, "cannot make the terminal the controlling one");
	if (image->dies_with_parent && process_die_with_parent(err) < 0)
		return -1;
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return error_set_errno(err, "cannot unblock the signals");
	return 0;
}

/* Where it fails, the child goes on to say so. */
static int enter_session(const struct process_image *image, struct error *err)
{
	if (setsid() < 0)
		return error_set_errno(err, "cannot start the program's session");
	return process_take_over(image, err);
}

/* What execve(2) would say of @path, as far as that can be told from the file. */
static int judge_program(const char *path)
{
	struct stat file;

	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 || stat(path, &file) < 0)
		return errno;
	return S_ISREG(file.st_mode) ? 0 : EACCES;
}

static bool is_missing(int code)
{
	return code == ENOENT || code == ENOTDIR;
}

static int refuse_program(const struct process_image *image, int code, struct error *err)
{
	errno = code;
	return error_set_errno(err, "cannot execute %s", image->argv[0]);
}

int process_find_program(const struct process_image *image, struct error *err)
{
	int code = ENOENT;

	for (const char *const *path = image->paths; *path != NULL; path++) {
		const int judgement = judge_program(*path);

		if (judgement == 0)
			return 0;
		if (!is_missing(judgement) && code == ENOENT)
			code = judgement;
	}
	return refuse_program(image, code, err);
}

int process_execute(const struct process_image *image, struct error *err)
{
	int code = ENOENT;

	for (const char *const *path = image->paths; *path != NULL; path++) {
		(void)execve(*path, as_exec_strings(image->argv), as_exec_strings(image->envp));
		if (!is_missing(errno) && code == ENOENT)
			code = errno;
	}
	return refuse_program(image, code, err);
}

static int execute(const struct process_image *image, struct error *err)
{
	if (image->filter.len > 0 && seccomp_filter_load(&image->filter, err) < 0)
		return -1;
	return process_execute(image, err);
}

/* The child shares this memory until it is another program: what it writes to @err stays. */
pid_t process_spawn(const struct process_image *image, struct error *err)
{
	const pid_t pid = vfork();

	if (pid < 0)
		return error_set_errno(err, "cannot start the program");
	if (pid == 0) {
		if (enter_session(image, err) == 0)
			(void)!execute(image, err);
		_exit(EXIT_FAILURE);
	}
	if (err->kind == ERROR_NONE)
		return pid;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	return -1;
}

int process_start_thread(int (*run)(void *context), void *context, struct error *err)
{
	const int flags =
		CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
	char *stack = mmap(NULL, THREAD_STACK_SIZE, PROT_READ | PROT_WRITE,
	                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (stack == MAP_FAILED || clone(run, stack + THREAD_STACK_SIZE, flags, context) < 0)
		return error_set_errno(err, "cannot start a thread");
	return 0;
}

static int be_helper(const struct process_image *image, int input_fd, int output_fd,
                     struct error *err)
{
	if (dup2(input_fd, STDIN_FILENO) < 0 || dup2(output_fd, STDOUT_FILENO) < 0 ||
	    dup2(output_fd, STDERR_FILENO) < 0 || chdir("/") < 0)
		return error_set_errno(err, "cannot prepare to execute %s", image->argv[0]);
	if (process_close_on_exec(err) < 0 || enter_session(image, err) < 0)
		return -1;
	return process_execute(image, err);
}

/* As process_spawn(): the child shares this memory. */
static pid_t spawn_helper(const struct process_image *image, int input_fd, int output_fd,
                          struct error *err)
{
	const pid_t pid = vfork();

	if (pid < 0)
		return error_set_errno(err, "cannot start %s", image->argv[0]);
	if (pid == 0) {
		(void)!be_helper(image, input_fd, output_fd, err);
		_exit(EXIT_FAILURE);
	}
	return pid;
}

pid_t process_spawn_helper(const struct process_image *image, int input_fd, int *out_output_fd,
                           struct error *err)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set_errno(err, "cannot listen to %s", image->argv[0]);
	pid = spawn_helper(image, input_fd, ends[1], err);
	cleanup_close(&ends[1]);
	if (err->kind == ERROR_NONE) {
		*out_output_fd = ends[0];
		return pid;
	}
	cleanup_close(&ends[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	return -1;
}

bool process_parse_stat(const char *text, struct process_stat *out)
{
	/* Field 2 is in parentheses and may hold anything: the fields start after the last one. */
	const char *fields = strrchr(text, ')');
	uint64_t flags;

	if (fields == NULL ||
	    sscanf(fields,
	           ") %c %d %*d %d %d %*d %" SCNu64 " %*u %*u %*u %*u %*u %*u %*d %*d %*d "
	           "%*d %*d %*d %" SCNu64,
	           &out->state, &out->parent, &out->session, &out->terminal, &flags,
	           &out->start_time) != 6)
		return false;
	out->is_unexecuted = (flags & PROCESS_NEVER_EXECUTED) != 0;
	return true;
}

int process_never_executed(int proc_fd, pid_t pid, bool *out, struct error *err)
{
	AUTO_CLOSE int fd = -1;
	char path[32];
	char text[PROCESS_STAT_SIZE];
	struct process_stat stat;
	ssize_t length;

	(void)snprintf(path, sizeof(path), "%d/stat", pid);
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (length < 0)
		return error_set_errno(err, "cannot read the state of process %d", pid);
	text[length] = '\0';
	if (!process_parse_stat(text, &stat))
		return error_set(err, ERROR_INTERNAL, "cannot parse the state of process %d", pid);
	*out = stat.is_unexecuted;
	return 0;
}

void process_set_name(const char *name)
{
	(void)prctl(PR_SET_NAME, name, 0, 0, 0);
}

void process_get_name(pid_t pid, char name[PROCESS_NAME_LENGTH + 1])
{
	AUTO_CLOSE int fd = -1;
	char path[32];
	ssize_t length;

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? 0 : read(fd, name, PROCESS_NAME_LENGTH);
	name[length > 0 ? length : 0] = '\0';
	name[strcspn(name, "\n")] = '\0';
}

int process_open(pid_t pid, struct error *err)
{
	const int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return error_set_errno(err, "cannot open the process %d", pid);
	return fd;
}

/* Source: kernel Documentation/filesystems/proc.rst, /proc/PID/fdinfo of a pidfd. */
pid_t process_number(int pidfd, struct error *err)
{
	AUTO_CLOSE int fd = -1;
	char path[40];
	char text[512];
	const char *line;
	ssize_t length;
	int number = 0;

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (length < 0)
		return error_set_errno(err, "cannot read the number of a process");
	text[length] = '\0';
	line = strstr(text, "\nPid:");
	if (line == NULL || sscanf(line, " Pid: %d", &number) != 1 || number <= 0)
		return error_set(err, ERROR_STATE, "the process has ended");
	return number;
}

bool process_runs_own_file(int proc_fd, pid_t pid)
{
	char path[32];
	struct stat own;
	struct stat other;

	(void)snprintf(path, sizeof(path), "%d/exe", pid);
	return fstatat(proc_fd, path, &other, 0) == 0 &&
	       fstatat(proc_fd, "self/exe", &own, 0) == 0 && own.st_dev == other.st_dev &&
	       own.st_ino == other.st_ino;
}

void process_name_signal(int signal_number, char name[PROCESS_SIGNAL_NAME_SIZE])
{
	const char *known = sigabbrev_np(signal_number);

	if (known != NULL)
		(void)snprintf(name, PROCESS_SIGNAL_NAME_SIZE, "SIG%s", known);
	else
		(void)snprintf(name, PROCESS_SIGNAL_NAME_SIZE, "SIGRTMIN+%d",
		               signal_number - SIGRTMIN);
}

void process_signal(int pidfd, int signal_number)
{
	(void)syscall(SYS_pidfd_send_signal, pidfd, signal_number, NULL, 0);
}

/* Pages that may have been written, by relocation too, are no file's. */
static int release_segments(struct dl_phdr_info *info, size_t size, void *context)
{
	const uintptr_t page_mask = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;

	(void)size;
	(void)context;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		const uintptr_t start = info->dlpi_addr + segment->p_vaddr;

		if (segment->p_type == PT_LOAD && (segment->p_flags & PF_W) == 0)
			(void)syscall(SYS_madvise, start & ~page_mask,
			              segment->p_memsz + (start & page_mask), MADV_DONTNEED);
	}
	return 1;
}

void process_release_pages(void)
{
	(void)dl_iterate_phdr(release_segments, NULL);
}
