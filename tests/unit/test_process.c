/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Against the running kernel; each test is a process of its own. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/process.h"
#include "support/suite.h"

static struct error err;
static struct process_image image;

static const char *const no_env[] = { NULL };
static const char *const shell_paths[] = { "/bin/sh", NULL };

static void start(void)
{
	err = (struct error){ .kind = ERROR_NONE };
	image = (struct process_image){ .paths = shell_paths, .envp = no_env };
}

static pid_t spawn_script(const char *script)
{
	static const char *argv[4] = { "sh", "-c" };

	argv[2] = script;
	image.argv = argv;
	return process_spawn(&image, &err);
}

static int wait_for(pid_t pid)
{
	int status = -1;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

/* The script's exit status. */
static int run_script(const char *script)
{
	const pid_t pid = spawn_script(script);

	ck_assert_msg(pid > 0, "%s", err.what);
	return WEXITSTATUS(wait_for(pid));
}

static void assert_no_child(void)
{
	ck_assert_int_eq(waitpid(-1, NULL, __WALL), -1);
	ck_assert_int_eq(errno, ECHILD);
}

static pid_t fork_sleeper(void)
{
	const pid_t pid = fork();

	if (pid == 0) {
		for (;;)
			(void)pause();
	}
	return pid;
}

static void end_sleeper(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	(void)wait_for(pid);
}

START_TEST(a_clone_has_a_descriptor_that_is_closed_on_exec)
{
	int pidfd = -1;
	const pid_t pid = process_clone(0, -1, &pidfd, &err);

	if (pid == 0)
		_exit(3);
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(process_number(pidfd, &err), pid);
	ck_assert_int_eq(WEXITSTATUS(wait_for(pid)), 3);
}
END_TEST

START_TEST(namespaces_that_cannot_be_are_an_error)
{
	int pidfd;

	ck_assert_int_eq(process_clone(CLONE_NEWNS | CLONE_FS, -1, &pidfd, &err), -1);
	ck_assert_str_eq(err.what, "cannot create the namespaces");
	ck_assert_int_eq(err.code, EINVAL);
	err = (struct error){ .kind = ERROR_NONE };
	/* No cgroup. */
	ck_assert_int_eq(process_clone(0, STDIN_FILENO, &pidfd, &err), -1);
	assert_no_child();
}
END_TEST

START_TEST(a_program_gets_its_arguments_and_environment)
{
	static const char *const argv[] = { "sh", "-c", "test \"$0 $1 $A\" = \"x y b\"",
		                            "x",  "y",  NULL };
	static const char *const env[] = { "A=b", NULL };

	image.argv = argv;
	image.envp = env;
	ck_assert_int_eq(wait_for(process_spawn(&image, &err)), 0);
}
END_TEST

START_TEST(paths_that_are_missing_are_passed_over)
{
	static const char *const paths[] = { "/missing/sh", "/etc/passwd/sh", "/bin/sh", NULL };

	image.paths = paths;
	ck_assert_int_eq(run_script("exit 4"), 4);
}
END_TEST

static const char *const nowhere[] = { "/missing/sh", "/etc/passwd/sh", NULL };
static const char *const forbidden[] = { "/missing/sh", "/etc/passwd", NULL };
static const char *const folder[] = { "/usr", NULL };
static const char *const forbidden_then_allowed[] = { "/etc/passwd", "/bin/sh", NULL };
static const char *const none[] = { NULL };

static const struct {
	const char *const *paths;
	int code; /* 0: it starts */
} cannot[] = {
	{ nowhere, ENOENT },           { none, ENOENT }, { forbidden, EACCES }, { folder, EACCES },
	{ forbidden_then_allowed, 0 },
};

START_TEST(why_a_program_does_not_start_is_said)
{
	pid_t pid;

	image.paths = cannot[_i].paths;
	pid = spawn_script("exit 0");
	if (cannot[_i].code == 0) {
		ck_assert_int_eq(wait_for(pid), 0);
		return;
	}
	ck_assert_int_eq(pid, -1);
	ck_assert_int_eq(err.code, cannot[_i].code);
	ck_assert_str_eq(err.what, "cannot execute sh");
	assert_no_child();
}
END_TEST

START_TEST(what_cannot_be_executed_is_known_before)
{
	static const char *const argv[] = { "sh", NULL };

	image.paths = cannot[_i].paths;
	image.argv = argv;
	ck_assert_int_eq(process_find_program(&image, &err), cannot[_i].code == 0 ? 0 : -1);
	ck_assert_int_eq(err.code, cannot[_i].code);
	ck_assert_str_eq(err.what, cannot[_i].code == 0 ? "" : "cannot execute sh");
}
END_TEST

START_TEST(a_file_that_is_no_program_is_said)
{
	static char path[] = "/tmp/test_process.XXXXXX";
	static const char *const paths[] = { path, NULL };
	const int fd = mkstemp(path);

	ck_assert_int_eq(write(fd, "\1\2\3\4", 4), 4);
	ck_assert_int_eq(fchmod(fd, 0700), 0);
	(void)close(fd);
	image.paths = paths;
	ck_assert_int_eq(spawn_script(""), -1);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(err.code, ENOEXEC);
}
END_TEST

START_TEST(a_filter_that_the_kernel_refuses_is_said)
{
	static struct sock_filter no_return[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0) };

	ck_assert_int_eq(process_forgo_new_privileges(&err), 0);
	image.filter = (struct sock_fprog){ 1, no_return };
	ck_assert_int_eq(spawn_script(""), -1);
	ck_assert_str_eq(err.what, "cannot load the seccomp filter");
	ck_assert_int_eq(err.code, EINVAL);
	assert_no_child();
}
END_TEST

START_TEST(a_filter_holds_the_program_and_not_the_caller)
{
	static struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_chdir, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	ck_assert_int_eq(process_forgo_new_privileges(&err), 0);
	image.filter = (struct sock_fprog){ ARRAY_LEN(filter), filter };
	ck_assert_int_eq(run_script("cd / 2>/dev/null && exit 1; grep -q Seccomp:.2 "
	                            "/proc/self/status && exit 7"),
	                 7);
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

/* Not by a shell, which unblocks them itself. */
START_TEST(the_program_blocks_no_signal)
{
	static const char *const paths[] = { "/bin/grep", NULL };
	static const char *const argv[] = { "grep", "-q", "SigBlk:.0000000000000000",
		                            "/proc/self/status", NULL };
	sigset_t all;

	(void)sigfillset(&all);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &all, NULL), 0);
	image.paths = paths;
	image.argv = argv;
	ck_assert_int_eq(wait_for(process_spawn(&image, &err)), 0);
}
END_TEST

START_TEST(the_program_leads_a_session)
{
	ck_assert_int_eq(run_script("read pid comm state parent group session rest "
	                            "</proc/self/stat; test $session = $$ && exit 5"),
	                 5);
}
END_TEST

START_TEST(a_terminal_that_is_none_is_said)
{
	const int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	image.has_terminal = true;
	ck_assert_int_eq(spawn_script(""), -1);
	ck_assert_str_eq(err.what, "cannot make the terminal the controlling one");
	assert_no_child();
}
END_TEST

START_TEST(the_program_dies_with_its_parent_where_asked)
{
	int pipe_fds[2];
	char byte;
	pid_t parent;

	ck_assert_int_eq(pipe(pipe_fds), 0);
	parent = fork();
	if (parent == 0) {
		image.dies_with_parent = true;
		_exit(spawn_script("exec sleep 20") > 0 ? 0 : 1);
	}
	(void)close(pipe_fds[1]);
	(void)alarm(20);
	ck_assert_int_eq(wait_for(parent), 0);
	/* The end of the last holder of the pipe is the end of the program. */
	ck_assert_int_eq(read(pipe_fds[0], &byte, 1), 0);
}
END_TEST

START_TEST(who_never_executed_is_known)
{
	const int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const pid_t sleeper = fork_sleeper();
	const pid_t program = spawn_script("exec sleep 20");
	bool never;

	ck_assert_int_eq(process_never_executed(proc_fd, sleeper, &never, &err), 0);
	ck_assert(never);
	ck_assert_int_eq(kill(sleeper, SIGKILL), 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)sleeper, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), 0);
	ck_assert_int_eq(process_never_executed(proc_fd, sleeper, &never, &err), 0);
	ck_assert(never);
	(void)wait_for(sleeper);
	ck_assert_int_eq(process_never_executed(proc_fd, sleeper, &never, &err), -1);

	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_int_eq(process_never_executed(proc_fd, getppid(), &never, &err), 0);
	ck_assert(!never);
	end_sleeper(program);
}
END_TEST

/* What stands between the parentheses is the process' own choice. */
START_TEST(a_name_cannot_hide_who_never_executed)
{
	const int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const pid_t pid = fork();
	bool never = false;

	if (pid == 0) {
		process_set_name("x) R 0 0 0 0 0 ");
		raise(SIGSTOP);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, WUNTRACED), pid);
	ck_assert_int_eq(process_never_executed(proc_fd, pid, &never, &err), 0);
	ck_assert(never);
	end_sleeper(pid);
}
END_TEST

static const struct {
	const char *name;
	const char *seen;
} names[] = {
	{ "short", "short" },
	{ "fifteen-bytes-x", "fifteen-bytes-x" },
	{ "working-directory", "working-directo" },
	{ "", "" },
};

START_TEST(a_name_is_seen_as_far_as_it_goes)
{
	char name[PROCESS_NAME_LENGTH + 1];

	process_set_name(names[_i].name);
	process_get_name(getpid(), name);
	ck_assert_str_eq(name, names[_i].seen);
}
END_TEST

START_TEST(a_zombie_has_its_name_and_nobody_has_none)
{
	char name[PROCESS_NAME_LENGTH + 1];
	const pid_t pid = fork();

	if (pid == 0) {
		process_set_name("ghost");
		_exit(0);
	}
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), 0);
	process_get_name(pid, name);
	ck_assert_str_eq(name, "ghost");
	(void)wait_for(pid);
	process_get_name(pid, name);
	ck_assert_str_eq(name, "");
}
END_TEST

START_TEST(descriptors_that_are_not_kept_are_closed)
{
	int kept_fds[] = { 20, -1, 7, 12, 7, 5 };

	for (int fd = 3; fd < 30; fd++)
		(void)dup2(STDIN_FILENO, fd);
	ck_assert_int_eq(process_close_all_but(6, kept_fds, ARRAY_LEN(kept_fds), &err), 0);
	for (int fd = 0; fd < 1024; fd++) {
		const bool stays = fd < 6 || fd == 7 || fd == 12 || fd == 20;

		if ((fcntl(fd, F_GETFD) >= 0) != stays)
			_exit(1);
	}
	_exit(0);
}
END_TEST

/* Descriptors that stay: in either order, at the edges, next to each other. */
static const struct {
	int one;
	int other;
} kept[] = { { 3, 4 }, { 4, 3 }, { 3, 20 }, { 20, 10 }, { 11, 12 }, { 3, 1000 }, { 9, 9 } };

START_TEST(all_descriptors_are_closed_but_two)
{
	for (int fd = 3; fd < 30; fd++)
		(void)dup2(STDIN_FILENO, fd);
	(void)dup2(STDIN_FILENO, kept[_i].one);
	(void)dup2(STDIN_FILENO, kept[_i].other);
	ck_assert_int_eq(process_close_others(kept[_i].one, kept[_i].other, &err), 0);
	for (int fd = 0; fd < 1024; fd++) {
		const bool stays =
			fd <= STDERR_FILENO || fd == kept[_i].one || fd == kept[_i].other;

		/* No assertion before the end: check's own descriptor may be closed. */
		if ((fcntl(fd, F_GETFD) >= 0) != stays)
			_exit(1);
	}
	_exit(0);
}
END_TEST

START_TEST(descriptors_are_marked_and_stay_open)
{
	const int fd = dup(STDIN_FILENO);

	ck_assert_int_eq(fcntl(fd, F_GETFD), 0);
	ck_assert_int_eq(fcntl(STDERR_FILENO, F_GETFD), 0);
	ck_assert_int_eq(process_close_on_exec(&err), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(STDERR_FILENO, F_GETFD), 0);
}
END_TEST

START_TEST(signals_have_their_default_action)
{
	struct sigaction action;

	ck_assert(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	ck_assert(signal(SIGRTMAX, SIG_IGN) != SIG_ERR);
	process_reset_signals();
	ck_assert_int_eq(sigaction(SIGPIPE, NULL, &action), 0);
	ck_assert(action.sa_handler == SIG_DFL);
	ck_assert_int_eq(sigaction(SIGRTMAX, NULL, &action), 0);
	ck_assert(action.sa_handler == SIG_DFL);
}
END_TEST

START_TEST(what_a_process_gives_up_is_given_up)
{
	int signal_number = 0;

	ck_assert_int_eq(process_hide(&err), 0);
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
	ck_assert_int_eq(process_forgo_new_privileges(&err), 0);
	ck_assert_int_eq(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	ck_assert_int_eq(process_die_with_parent(&err), 0);
	ck_assert_int_eq(prctl(PR_GET_PDEATHSIG, &signal_number, 0, 0, 0), 0);
	ck_assert_int_eq(signal_number, SIGKILL);
}
END_TEST

START_TEST(a_session_is_started_once)
{
	const pid_t pid = fork();

	if (pid == 0) {
		if (process_start_session(&err) < 0 || getsid(0) != getpid())
			_exit(1);
		_exit(process_start_session(&err) < 0 && err.kind == ERROR_DENIED ? 0 : 2);
	}
	ck_assert_int_eq(wait_for(pid), 0);
}
END_TEST

START_TEST(limits_are_set_and_refused)
{
	struct rlimit limit;

	ck_assert_int_eq(process_set_rlimit(RLIMIT_NOFILE, 50, 60, &err), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(limit.rlim_cur, 50);
	ck_assert_uint_eq(limit.rlim_max, 60);
	ck_assert_int_eq(process_set_rlimit(RLIMIT_NOFILE, 61, 60, &err), -1);
	ck_assert_int_eq(err.code, EINVAL);
}
END_TEST

START_TEST(a_limit_that_is_high_enough_is_not_touched)
{
	const pid_t pid = fork_sleeper();
	struct rlimit limit;

	ck_assert_int_eq(process_set_rlimit(RLIMIT_NOFILE, 50, 60, &err), 0);
	ck_assert_int_eq(prlimit(pid, RLIMIT_NOFILE, &(struct rlimit){ 30, 40 }, NULL), 0);
	ck_assert_int_eq(process_admit_rlimit(pid, RLIMIT_NOFILE, 60, &err), 0);
	ck_assert_int_eq(prlimit(pid, RLIMIT_NOFILE, NULL, &limit), 0);
	ck_assert_uint_eq(limit.rlim_cur, 30);
	ck_assert_uint_eq(limit.rlim_max, 40);
	end_sleeper(pid);
}
END_TEST

START_TEST(a_directory_is_entered_or_refused)
{
	char seen[PATH_MAX];

	ck_assert_int_eq(process_change_directory("/usr", &err), 0);
	ck_assert_str_eq(getcwd(seen, sizeof(seen)), "/usr");
	ck_assert_int_eq(process_change_directory("/missing", &err), -1);
	ck_assert_int_eq(err.code, ENOENT);
	ck_assert_str_eq(err.what, "cannot change to the directory /missing");
}
END_TEST

/* CVE-2024-21626. In a child that ends at once: what ends with its root lost ends badly. */
START_TEST(a_directory_outside_of_the_root_is_refused)
{
	const pid_t pid = fork();

	if (pid == 0) {
		if (chdir("/usr") < 0 || chroot("/usr/bin") < 0)
			_exit(1);
		if (process_change_directory(".", &err) == 0 || err.kind != ERROR_SPEC)
			_exit(2);
		_exit(strcmp(err.what, "the directory . lies outside the container") == 0 ? 0 : 3);
	}
	ck_assert_int_eq(wait_for(pid), 0);
}
END_TEST

START_TEST(ids_are_changed_wholly)
{
	const uint32_t groups[] = { 20, 44 };
	gid_t seen[4];
	uid_t uids[3];
	gid_t gids[3];

	ck_assert_int_eq(process_become(65532, 65533, groups, ARRAY_LEN(groups), &err), 0);
	ck_assert_int_eq(getresuid(&uids[0], &uids[1], &uids[2]), 0);
	ck_assert_int_eq(getresgid(&gids[0], &gids[1], &gids[2]), 0);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(uids[i], 65532);
		ck_assert_uint_eq(gids[i], 65533);
	}
	ck_assert_int_eq(getgroups(ARRAY_LEN(seen), seen), 2);
	ck_assert_uint_eq(seen[0], 20);
	ck_assert_uint_eq(seen[1], 44);
	ck_assert_int_eq(process_become(0, 0, NULL, 0, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_DENIED);
}
END_TEST

START_TEST(pipes_are_given_and_files_stay)
{
	const int file_fd = memfd_create("file", MFD_CLOEXEC);
	struct stat found;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	ck_assert_int_eq(dup2(file_fd, STDOUT_FILENO), STDOUT_FILENO);
	process_give_streams(65532);
	ck_assert_int_eq(fstat(STDIN_FILENO, &found), 0);
	ck_assert_uint_eq(found.st_uid, 65532);
	ck_assert_int_eq(fstat(STDOUT_FILENO, &found), 0);
	ck_assert_uint_eq(found.st_uid, 0);
}
END_TEST

START_TEST(a_host_name_is_set_in_its_namespace)
{
	char name[64];
	static char long_name[80];

	ck_assert_int_eq(unshare(CLONE_NEWUTS), 0);
	ck_assert_int_eq(process_set_hostname("box", &err), 0);
	ck_assert_int_eq(gethostname(name, sizeof(name)), 0);
	ck_assert_str_eq(name, "box");
	memset(long_name, 'x', sizeof(long_name) - 1);
	ck_assert_int_eq(process_set_hostname(long_name, &err), -1);
	ck_assert_int_eq(err.code, EINVAL);
}
END_TEST

START_TEST(a_process_is_opened_numbered_and_signalled)
{
	const pid_t pid = fork_sleeper();
	const int pidfd = process_open(pid, &err);
	int status;

	ck_assert_int_ge(pidfd, 0);
	ck_assert_int_eq(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(process_number(pidfd, &err), pid);
	process_signal(pidfd, SIGUSR1);
	status = wait_for(pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGUSR1);
	process_signal(pidfd, SIGUSR1);
	ck_assert_int_eq(process_number(pidfd, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_STATE);
	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_int_eq(process_open(pid, &err), -1);
	ck_assert_int_eq(err.code, ESRCH);
}
END_TEST

/* vfork(2) returns shortly before it is so. */
static void wait_for_exec(int proc_fd, pid_t pid)
{
	bool never = true;

	while (never) {
		ck_assert_int_eq(process_never_executed(proc_fd, pid, &never, &err), 0);
		(void)sched_yield();
	}
}

START_TEST(who_runs_the_own_file_is_known)
{
	const int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const pid_t sleeper = fork_sleeper();
	const pid_t program = spawn_script("exec sleep 20");

	wait_for_exec(proc_fd, program);
	ck_assert(process_runs_own_file(proc_fd, sleeper));
	ck_assert(!process_runs_own_file(proc_fd, program));
	end_sleeper(sleeper);
	end_sleeper(program);
	ck_assert(!process_runs_own_file(proc_fd, sleeper));
}
END_TEST

START_TEST(signals_have_names)
{
	char name[PROCESS_SIGNAL_NAME_SIZE];

	process_name_signal(SIGSYS, name);
	ck_assert_str_eq(name, "SIGSYS");
	process_name_signal(SIGRTMIN, name);
	ck_assert_str_eq(name, "SIGRTMIN+0");
	process_name_signal(SIGRTMIN + 7, name);
	ck_assert_str_eq(name, "SIGRTMIN+7");
}
END_TEST

static TCase *spawn_case(void)
{
	TCase *tcase = tcase_create("spawn");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_test(tcase, a_program_gets_its_arguments_and_environment);
	tcase_add_test(tcase, paths_that_are_missing_are_passed_over);
	tcase_add_loop_test(tcase, why_a_program_does_not_start_is_said, 0, ARRAY_LEN(cannot));
	tcase_add_loop_test(tcase, what_cannot_be_executed_is_known_before, 0, ARRAY_LEN(cannot));
	tcase_add_test(tcase, a_file_that_is_no_program_is_said);
	tcase_add_test(tcase, a_filter_that_the_kernel_refuses_is_said);
	tcase_add_test(tcase, a_filter_holds_the_program_and_not_the_caller);
	tcase_add_test(tcase, the_program_blocks_no_signal);
	tcase_add_test(tcase, the_program_leads_a_session);
	tcase_add_test(tcase, a_terminal_that_is_none_is_said);
	tcase_add_test(tcase, the_program_dies_with_its_parent_where_asked);
	return tcase;
}

static TCase *others_case(void)
{
	TCase *tcase = tcase_create("others");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_test(tcase, a_clone_has_a_descriptor_that_is_closed_on_exec);
	tcase_add_test(tcase, namespaces_that_cannot_be_are_an_error);
	tcase_add_test(tcase, who_never_executed_is_known);
	tcase_add_test(tcase, a_name_cannot_hide_who_never_executed);
	tcase_add_loop_test(tcase, a_name_is_seen_as_far_as_it_goes, 0, ARRAY_LEN(names));
	tcase_add_test(tcase, a_zombie_has_its_name_and_nobody_has_none);
	tcase_add_test(tcase, a_process_is_opened_numbered_and_signalled);
	tcase_add_test(tcase, who_runs_the_own_file_is_known);
	tcase_add_test(tcase, signals_have_names);
	return tcase;
}

static TCase *own_case(void)
{
	TCase *tcase = tcase_create("own");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_exit_test(tcase, descriptors_that_are_not_kept_are_closed, 0);
	tcase_add_loop_exit_test(tcase, all_descriptors_are_closed_but_two, 0, 0, ARRAY_LEN(kept));
	tcase_add_test(tcase, descriptors_are_marked_and_stay_open);
	tcase_add_test(tcase, signals_have_their_default_action);
	tcase_add_test(tcase, what_a_process_gives_up_is_given_up);
	tcase_add_test(tcase, a_session_is_started_once);
	tcase_add_test(tcase, limits_are_set_and_refused);
	tcase_add_test(tcase, a_limit_that_is_high_enough_is_not_touched);
	tcase_add_test(tcase, a_directory_is_entered_or_refused);
	return tcase;
}

static TCase *root_case(void)
{
	TCase *tcase = tcase_create("root");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_test(tcase, a_directory_outside_of_the_root_is_refused);
	tcase_add_test(tcase, ids_are_changed_wholly);
	tcase_add_test(tcase, pipes_are_given_and_files_stay);
	tcase_add_test(tcase, a_host_name_is_set_in_its_namespace);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("process");

	suite_add_tcase(suite, spawn_case());
	suite_add_tcase(suite, others_case());
	suite_add_tcase(suite, own_case());
	if (geteuid() == 0)
		suite_add_tcase(suite, root_case());
	else
		(void)puts("skipped: roots, ids and host names: not root");
	return run_suite(suite);
}
