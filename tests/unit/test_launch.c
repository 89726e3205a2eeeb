/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every way in which a launch can fail ends in one clear error at the launcher, with nothing left
 * behind. Against the running kernel; most of it without namespaces, with stages of its own.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/process.h"
#include "kernel/seccomp.h"
#include "sandbox/init.h"
#include "sandbox/launch.h"
#include "sandbox/stages.h"
#include "sandbox/supervise.h"
#include "sandbox/sync.h"
#include "support/suite.h"

/* What a race could spoil is run so often, as far as there is time. */
#define RACE_COUNT   100
#define RACE_SECONDS 2

static struct plan plan;
static struct launch_request request;
static struct launch_outcome outcome;
static struct error err;

static const char *const no_env[] = { NULL };
static const char *const true_paths[] = { "/bin/true", NULL };
static const char *const true_argv[] = { "true", NULL };
static const char *const shell_paths[] = { "/bin/sh", NULL };

static void start(void)
{
	err = (struct error){ .kind = ERROR_NONE };
	request = (struct launch_request){ .cgroup_fd = -1 };
	plan = (struct plan){ .argv = true_argv,
		              .envp = no_env,
		              .program_paths = true_paths,
		              .argv_origin = "/args/0",
		              .no_new_privs = true };
}

/* Run this with the shell. */
static void plan_script(const char *script)
{
	static const char *argv[4] = { "sh", "-c" };

	argv[2] = script;
	plan.argv = argv;
	plan.program_paths = shell_paths;
}

static bool is_time_left(time_t start)
{
	return time(NULL) - start < RACE_SECONDS;
}

static size_t count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t count = 0;

	ck_assert_ptr_nonnull(folder);
	while (readdir(folder) != NULL)
		count++;
	(void)closedir(folder);
	return count;
}

/* What the launcher has for one init; its own end of each thing. */
struct launcher {
	int launcher_fd;
	int init_fd;
	int signal_fd;
	int pidfd;
	pid_t init;
};

/* Block what is forwarded, as launch() does. */
static int block_signals(void)
{
	sigset_t forwarded;

	(void)sigemptyset(&forwarded);
	(void)sigaddset(&forwarded, SIGTERM);
	(void)sigaddset(&forwarded, SIGUSR1);
	(void)sigaddset(&forwarded, SIGWINCH);
	(void)sigaddset(&forwarded, SIGRTMIN);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &forwarded, NULL), 0);
	return signalfd(-1, &forwarded, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Returns false in the init. */
static bool clone_init(struct launcher *launcher)
{
	launcher->signal_fd = block_signals();
	ck_assert_int_eq(sync_open(&launcher->launcher_fd, &launcher->init_fd, &err), 0);
	launcher->init = process_clone(plan.clone_flags, -1, &launcher->pidfd, &err);
	ck_assert_int_ge(launcher->init, 0);
	(void)close(launcher->init == 0 ? launcher->launcher_fd : launcher->init_fd);
	return launcher->init != 0;
}

/* Supervise, and see that nothing is left: no descriptor, no child. */
static int supervise_to_the_end(const struct launcher *launcher, const struct stage_list *stages)
{
	const struct supervised supervised = { .plan = &plan,
		                               .request = &request,
		                               .stages = stages,
		                               .init = launcher->init,
		                               .pidfd = launcher->pidfd,
		                               .sync_fd = launcher->launcher_fd,
		                               .signal_fd = launcher->signal_fd };
	const size_t before = count_descriptors();
	const int result = supervise(&supervised, &outcome, &err);

	ck_assert_uint_eq(count_descriptors(), before);
	ck_assert_int_eq(waitpid(-1, NULL, __WALL), -1);
	ck_assert_int_eq(errno, ECHILD);
	ck_assert_int_eq(result, err.kind == ERROR_NONE ? 0 : -1);
	(void)close(launcher->launcher_fd);
	(void)close(launcher->signal_fd);
	(void)close(launcher->pidfd);
	return result;
}

static int run_list(const struct stage_list *stages)
{
	struct launcher launcher;

	if (clone_init(&launcher))
		return supervise_to_the_end(&launcher, stages);
	{
		struct sandbox sandbox = { .sync_fd = launcher.init_fd,
			                   .root_fd = -1,
			                   .proc_fd = open("/proc", O_RDONLY | O_CLOEXEC),
			                   .devpts_fd = -1,
			                   .terminal_fd = -1 };

		init_run(stages, &plan, &sandbox);
	}
}

static struct stage real_stage(const char *name)
{
	for (size_t i = 0; i < init_stages.count; i++) {
		if (strcmp(init_stages.stages[i].name, name) == 0)
			return init_stages.stages[i];
	}
	ck_abort_msg("no stage called %s", name);
}

typedef int stage_function(const struct plan *plan, struct sandbox *sandbox, struct error *err);

/* Run @apply, as a stage called @name, before the real last stages. */
static int run_with(const char *name, stage_function *apply)
{
	const struct stage stages[] = { { name, NULL, apply },
		                        real_stage("no-new-privs"),
		                        real_stage("wait-for-start"),
		                        real_stage("exec") };
	const struct stage_list list = { stages, ARRAY_LEN(stages) };

	return run_list(&list);
}

static int succeeds(const struct plan *of, struct sandbox *sandbox, struct error *out)
{
	return 0;
}

/* Run the program. */
static int run_program(void)
{
	return run_with("probe", succeeds);
}

static int complains(const struct plan *of, struct sandbox *sandbox, struct error *out)
{
	(void)error_at(out, "/hostname");
	(void)error_hint(out, "try another");
	return error_set(out, ERROR_DENIED, "cannot set the host name");
}

START_TEST(failed_stage_names_itself_and_its_spec_field)
{
	ck_assert_int_eq(run_with("probe", complains), -1);
	ck_assert_int_eq(err.kind, ERROR_DENIED);
	ck_assert_str_eq(err.stage, "probe");
	ck_assert_str_eq(err.where, "/hostname");
	ck_assert_str_eq(err.what, "cannot set the host name");
	ck_assert_str_eq(err.hint, "try another");
}
END_TEST

static int says_nothing(const struct plan *of, struct sandbox *sandbox, struct error *out)
{
	return -1;
}

START_TEST(silent_failure_is_reported_as_a_bug)
{
	ck_assert_int_eq(run_with("probe", says_nothing), -1);
	ck_assert_int_eq(err.kind, ERROR_INTERNAL);
	ck_assert_str_eq(err.stage, "probe");
}
END_TEST

static int is_killed(const struct plan *of, struct sandbox *sandbox, struct error *out)
{
	return raise(SIGKILL);
}

static int crashes(const struct plan *of, struct sandbox *sandbox, struct error *out)
{
	return raise(SIGSEGV);
}

static int exits(const struct plan *of, struct sandbox *sandbox, struct error *out)
{
	_exit(3);
}

/* The names of processes are shorter than those of stages may be. */
static const struct {
	const char *stage;
	stage_function *apply;
	const char *what;
	const char *hint;
} deaths[] = {
	{ "probe", is_killed, "the sandbox was killed by SIGKILL before the program started",
	  "someone killed it, or limits.memory is too small for it" },
	{ "probe", crashes, "the sandbox was killed by SIGSEGV before the program started", "" },
	{ "a-name-of-more-than-15-bytes", exits,
	  "the sandbox ended with status 3 before the program started", "" },
};

START_TEST(death_in_a_stage_names_the_stage_and_the_signal)
{
	ck_assert_int_eq(run_with(deaths[_i].stage, deaths[_i].apply), -1);
	ck_assert_str_eq(err.stage, deaths[_i].stage);
	ck_assert_str_eq(err.what, deaths[_i].what);
	ck_assert_str_eq(err.hint, deaths[_i].hint);
}
END_TEST

START_TEST(stages_without_a_program_are_a_bug)
{
	const struct stage stages[] = { real_stage("wait-for-start") };
	const struct stage_list list = { stages, ARRAY_LEN(stages) };

	ck_assert_int_eq(run_list(&list), -1);
	ck_assert_int_eq(err.kind, ERROR_INTERNAL);
	ck_assert_str_eq(err.what, "the stages ended without a program");
}
END_TEST

START_TEST(status_of_the_program_is_returned)
{
	plan_script("exit 7");
	ck_assert_int_eq(run_program(), 0);
	ck_assert(WIFEXITED(outcome.status));
	ck_assert_int_eq(WEXITSTATUS(outcome.status), 7);
	ck_assert(!outcome.has_timed_out);
	ck_assert_uint_gt(outcome.wall_usec, 0);
}
END_TEST

START_TEST(death_of_the_program_is_an_outcome)
{
	plan_script("kill -SEGV $$");
	ck_assert_int_eq(run_program(), 0);
	ck_assert(WIFSIGNALED(outcome.status));
	ck_assert_int_eq(WTERMSIG(outcome.status), SIGSEGV);
}
END_TEST

/* A program that ends before the launcher has looked at it. */
START_TEST(short_programs_have_their_status)
{
	const time_t begin = time(NULL);

	plan_script("exit 5");
	for (int i = 0; i < RACE_COUNT && is_time_left(begin); i++) {
		ck_assert_msg(run_program() == 0, "%s", err.what);
		ck_assert_int_eq(WEXITSTATUS(outcome.status), 5);
	}
}
END_TEST

static const char *const missing_paths[] = { "/does/not/exist", "/bin/sh/below", NULL };
static const char *const folder_paths[] = { "/does/not/exist", "/usr", NULL };
static const char *const no_program_paths[] = { "/etc/passwd", NULL };

static const struct {
	const char *const *paths;
	int code;
	enum error_kind kind;
} cannot_start[] = {
	{ missing_paths, ENOENT, ERROR_SYSTEM },
	{ folder_paths, EACCES, ERROR_DENIED },
	{ no_program_paths, EACCES, ERROR_DENIED },
};

START_TEST(program_that_cannot_start_is_reported_with_its_errno)
{
	plan.program_paths = cannot_start[_i].paths;
	ck_assert_int_eq(run_program(), -1);
	ck_assert_str_eq(err.stage, "exec");
	ck_assert_str_eq(err.where, "/args/0");
	ck_assert_str_eq(err.what, "cannot execute true");
	ck_assert_int_eq(err.code, cannot_start[_i].code);
	ck_assert_int_eq(err.kind, cannot_start[_i].kind);
}
END_TEST

/* A filter under which the system calls @one and @other end as @action says. */
#define FILTER(one, other, action)                                                     \
	{                                                                              \
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)), \
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (one), 1, 0),              \
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (other), 0, 1),            \
			BPF_STMT(BPF_RET | BPF_K, (action)),                           \
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),                  \
	}

static void plan_filter(struct sock_filter *filter, unsigned short length)
{
	plan.seccomp = (struct sock_fprog){ .len = length, .filter = filter };
}

/* The death of the program and the return of vfork(2) race with each other. */
START_TEST(death_by_own_filter_is_no_outcome)
{
	const time_t begin = time(NULL);
	static struct sock_filter filter[] =
		FILTER(SYS_execve, SYS_execve, SECCOMP_RET_KILL_PROCESS);

	plan_filter(filter, ARRAY_LEN(filter));
	for (int i = 0; i < RACE_COUNT && is_time_left(begin); i++) {
		err = (struct error){ .kind = ERROR_NONE };
		ck_assert_int_eq(run_program(), -1);
		ck_assert_str_eq(err.stage, "exec");
		ck_assert_str_eq(err.what, "true was killed by SIGSYS before it could start");
		ck_assert_str_eq(err.where, "/args/0");
	}
}
END_TEST

START_TEST(exec_forbidden_by_the_filter_is_reported)
{
	static struct sock_filter filter[] =
		FILTER(SYS_execve, SYS_execve, SECCOMP_RET_ERRNO | EPERM);

	plan_filter(filter, ARRAY_LEN(filter));
	ck_assert_int_eq(run_program(), -1);
	ck_assert_str_eq(err.stage, "exec");
	ck_assert_str_eq(err.what, "cannot execute true");
	ck_assert_int_eq(err.code, EPERM);
}
END_TEST

/* The program's half cannot even end as it should. */
START_TEST(failure_is_reported_though_the_filter_kills_who_ends)
{
	static struct sock_filter filter[] =
		FILTER(SYS_exit_group, SYS_exit, SECCOMP_RET_KILL_PROCESS);

	plan_filter(filter, ARRAY_LEN(filter));
	plan.program_paths = missing_paths;
	ck_assert_int_eq(run_program(), -1);
	ck_assert_str_eq(err.stage, "exec");
	ck_assert_int_eq(err.code, ENOENT);
}
END_TEST

static int loads_the_filter(const struct plan *of, struct sandbox *sandbox, struct error *out)
{
	if (process_forgo_new_privileges(out) < 0)
		return -1;
	return seccomp_filter_load(&of->seccomp, out);
}

/* The init itself, gagged by the filter that early-seccomp had to load. */
static int run_gagged(void)
{
	const struct stage stages[] = { { "load", NULL, loads_the_filter },
		                        real_stage("wait-for-start"),
		                        real_stage("exec") };
	const struct stage_list list = { stages, ARRAY_LEN(stages) };

	return run_list(&list);
}

START_TEST(failure_gagged_by_the_filter_is_still_reported)
{
	static struct sock_filter filter[] =
		FILTER(SYS_sendmsg, SYS_sendmsg, SECCOMP_RET_ERRNO | EPERM);

	plan_filter(filter, ARRAY_LEN(filter));
	ck_assert_int_eq(run_gagged(), -1);
	ck_assert_str_eq(err.stage, "wait-for-start");
	ck_assert_str_eq(err.what, "the sandbox ended with status 1 before the program started");
}
END_TEST

START_TEST(death_by_the_filter_is_still_reported)
{
	static struct sock_filter filter[] =
		FILTER(SYS_sendmsg, SYS_sendmsg, SECCOMP_RET_KILL_PROCESS);

	plan_filter(filter, ARRAY_LEN(filter));
	ck_assert_int_eq(run_gagged(), -1);
	ck_assert_str_eq(err.stage, "wait-for-start");
	ck_assert_ptr_nonnull(strstr(err.what, "SIGSYS"));
}
END_TEST

/* Without AppArmor there is no label to read, with it the label is another. */
START_TEST(a_label_that_is_not_as_planned_ends_the_launch)
{
	plan_script("exec sleep 10");
	plan.apparmor_profile = "hardrun-test-that-is-not-loaded";
	ck_assert_int_eq(run_program(), -1);
	ck_assert_str_eq(err.stage, "apparmor");
	ck_assert_str_ne(err.what, "");
}
END_TEST

START_TEST(time_limit_ends_the_program)
{
	plan_script("exec sleep 60");
	plan.timeout_ms = 50;
	ck_assert_int_eq(run_program(), 0);
	ck_assert(outcome.has_timed_out);
	ck_assert(WIFSIGNALED(outcome.status));
	ck_assert_int_eq(WTERMSIG(outcome.status), SIGKILL);
	ck_assert_uint_ge(outcome.wall_usec, 50000);
	ck_assert_uint_lt(outcome.wall_usec, 30000000);
}
END_TEST

START_TEST(time_limit_that_is_not_reached_changes_nothing)
{
	plan.timeout_ms = 60000;
	ck_assert_int_eq(run_program(), 0);
	ck_assert(!outcome.has_timed_out);
	ck_assert_int_eq(outcome.status, 0);
}
END_TEST

static int waits(const struct plan *of, struct sandbox *sandbox, struct error *out)
{
	return pause();
}

static const struct {
	int number;
	const char *what;
} early_signals[] = {
	{ SIGTERM, "ended by SIGTERM before the program started" },
	{ SIGUSR1, "ended by SIGUSR1 before the program started" },
};

START_TEST(a_signal_before_the_start_ends_the_launch)
{
	(void)close(block_signals());
	ck_assert_int_eq(raise(early_signals[_i].number), 0);
	ck_assert_int_eq(run_with("probe", waits), -1);
	ck_assert_int_eq(err.kind, ERROR_STATE);
	ck_assert_str_eq(err.what, early_signals[_i].what);
}
END_TEST

START_TEST(a_signal_without_a_name_ends_the_launch_too)
{
	(void)close(block_signals());
	ck_assert_int_eq(raise(SIGRTMIN), 0);
	ck_assert_int_eq(run_with("probe", waits), -1);
	ck_assert_int_eq(err.kind, ERROR_STATE);
	ck_assert_str_eq(err.what, "ended by SIGRTMIN+0 before the program started");
}
END_TEST

START_TEST(a_change_of_the_window_ends_nothing)
{
	(void)close(block_signals());
	ck_assert_int_eq(raise(SIGWINCH), 0);
	ck_assert_int_eq(run_program(), 0);
}
END_TEST

START_TEST(signals_are_forwarded_to_the_program)
{
	static char launcher[32];
	static const char *const env[] = { launcher, "PATH=/usr/bin:/bin", NULL };

	(void)snprintf(launcher, sizeof(launcher), "LAUNCHER=%d", getpid());
	plan.envp = env;
	plan_script("trap 'exit 9' USR1; kill -USR1 $LAUNCHER; while :; do sleep 0.01; done");
	ck_assert_int_eq(run_program(), 0);
	ck_assert_int_eq(WEXITSTATUS(outcome.status), 9);
}
END_TEST

START_TEST(an_init_that_is_killed_under_the_program_is_the_outcome)
{
	plan_script("sleep 0.1; kill -KILL $PPID; exec sleep 10");
	ck_assert_int_eq(run_program(), 0);
	ck_assert(WIFSIGNALED(outcome.status));
	ck_assert_int_eq(WTERMSIG(outcome.status), SIGKILL);
}
END_TEST

static char marker[] = "/tmp/test_launch.XXXXXX";

static int refuses(void *context, struct error *out)
{
	*(int *)context += 1;
	return error_set(out, ERROR_HOST, "not ready");
}

static int agrees(void *context, struct error *out)
{
	*(int *)context += 1;
	return 0;
}

START_TEST(nothing_of_the_program_runs_when_the_caller_is_not_ready)
{
	char script[64];
	int calls = 0;

	ck_assert_int_ge(mkstemp(marker), 0);
	(void)snprintf(script, sizeof(script), "rm %s", marker);
	plan_script(script);
	request.on_ready = refuses;
	request.context = &calls;
	ck_assert_int_eq(run_program(), -1);
	ck_assert_str_eq(err.what, "not ready");
	ck_assert_int_eq(err.kind, ERROR_HOST);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(unlink(marker), 0);
}
END_TEST

START_TEST(the_caller_is_asked_once_before_the_program)
{
	int calls = 0;

	request.on_ready = agrees;
	request.context = &calls;
	ck_assert_int_eq(run_program(), 0);
	ck_assert_int_eq(calls, 1);
}
END_TEST

/*
 * A program as an init would start it, executed for sure; it dies with the calling process. Returns
 * its pidfd.
 */
static int start_sleeper(void)
{
	static const char *const sleep_paths[] = { "/bin/sleep", NULL };
	static const char *const sleep_argv[] = { "sleep", "10", NULL };
	const struct process_image image = {
		.paths = sleep_paths,
		.argv = sleep_argv,
		.envp = no_env,
		.dies_with_parent = true,
	};
	const int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const pid_t pid = process_spawn(&image, &err);
	bool is_unborn = true;

	while (is_unborn && process_never_executed(proc_fd, pid, &is_unborn, &err) == 0)
		(void)sched_yield();
	(void)close(proc_fd);
	return process_open(pid, &err);
}

/*
 * An init that says what it likes. "r" READY, "s" STARTED, "e" ENDED, "f" FAILED, "d" DONE; then it
 * stays, until it is killed.
 */
static int run_speech(const char *speech)
{
	static const struct stage_list none = { NULL, 0 };
	struct launcher launcher;

	if (clone_init(&launcher))
		return supervise_to_the_end(&launcher, &none);
	for (; *speech != '\0'; speech++) {
		struct message message = { .fd = -1, .error = { .kind = ERROR_SPEC } };

		switch (*speech) {
		case 'r':
			message.type = MESSAGE_READY;
			break;
		case 's':
			message.type = MESSAGE_STARTED;
			message.fd = start_sleeper();
			break;
		case 'e':
			message.type = MESSAGE_ENDED;
			break;
		case 'f':
			message.type = MESSAGE_FAILED;
			break;
		default:
			message.type = MESSAGE_DONE;
			break;
		}
		if (sync_send(launcher.init_fd, &message, &err) < 0)
			_exit(EXIT_FAILURE);
	}
	for (;;)
		(void)pause();
}

static const struct {
	const char *speech; /* its last word is out of turn */
	int type;
} out_of_turn[] = {
	{ "s", MESSAGE_STARTED },  { "e", MESSAGE_ENDED },     { "d", MESSAGE_DONE },
	{ "rr", MESSAGE_READY },   { "re", MESSAGE_ENDED },    { "rd", MESSAGE_DONE },
	{ "rsr", MESSAGE_READY },  { "rss", MESSAGE_STARTED }, { "rsd", MESSAGE_DONE },
	{ "rsf", MESSAGE_FAILED }, { "rser", MESSAGE_READY },  { "rses", MESSAGE_STARTED },
	{ "rsee", MESSAGE_ENDED }, { "rsef", MESSAGE_FAILED }, { "rsed", MESSAGE_DONE },
};

START_TEST(a_message_out_of_turn_ends_the_launch)
{
	char what[64];

	(void)snprintf(what, sizeof(what), "the sandbox sent message %d out of turn",
	               out_of_turn[_i].type);
	ck_assert_int_eq(run_speech(out_of_turn[_i].speech), -1);
	ck_assert_str_eq(err.what, what);
	ck_assert_int_eq(err.kind, ERROR_INTERNAL);
}
END_TEST

/* An init that sends one packet of its own making, with or without descriptors. */
struct packet {
	int32_t header[2]; /* type, number */
	char rest[sizeof(struct error) + 8];
};

static void send_packet(int fd, const struct packet *packet, size_t size, size_t fd_count)
{
	union {
		char bytes[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct packet copy = *packet;
	struct iovec part = { .iov_base = &copy, .iov_len = size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	const int fds[4] = { fd, fd, fd, fd };

	memset(&control, 0, sizeof(control));
	if (fd_count > 0) {
		struct cmsghdr *header = &control.align;

		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		memcpy(CMSG_DATA(header), fds, fd_count * sizeof(int));
	}
	if (sendmsg(fd, &message, MSG_NOSIGNAL) < 0)
		_exit(EXIT_FAILURE);
}

static int run_packet(const struct packet *packet, size_t size, size_t fd_count)
{
	static const struct stage_list none = { NULL, 0 };
	struct launcher launcher;

	if (clone_init(&launcher))
		return supervise_to_the_end(&launcher, &none);
	send_packet(launcher.init_fd, packet, size, fd_count);
	for (;;)
		(void)pause();
}

static const struct {
	int32_t type;
	size_t size;
	size_t fd_count;
} malformed[] = {
	{ MESSAGE_READY, 1, 0 },
	{ MESSAGE_READY, 4, 0 },
	{ MESSAGE_READY, 7, 0 },
	{ MESSAGE_READY, 9, 0 },
	{ MESSAGE_READY, 8, 2 },
	{ MESSAGE_READY, 8, 4 },
	{ MESSAGE_NONE, 8, 0 },
	{ MESSAGE_TYPE_COUNT, 8, 0 },
	{ -1, 8, 1 },
	{ MESSAGE_FAILED, 8, 0 },
	{ MESSAGE_FAILED, 8 + sizeof(struct error) - 1, 0 },
	{ MESSAGE_FAILED, 8 + sizeof(struct error) + 1, 0 },
};

START_TEST(a_malformed_message_ends_the_launch)
{
	const struct packet packet = { .header = { malformed[_i].type } };

	ck_assert_int_eq(run_packet(&packet, malformed[_i].size, malformed[_i].fd_count), -1);
	ck_assert_int_eq(err.kind, ERROR_INTERNAL);
	ck_assert_ptr_nonnull(strstr(err.what, "malformed message"));
}
END_TEST

/* It looks like an end of file; the launcher must not wait for ever for what follows it. */
START_TEST(an_empty_message_ends_the_launch)
{
	const struct packet packet = { .header = { 0 } };

	(void)alarm(20);
	ck_assert_int_eq(run_packet(&packet, 0, 1), -1);
}
END_TEST

START_TEST(a_failure_without_a_reason_is_a_bug)
{
	const struct packet packet = { .header = { MESSAGE_FAILED } };

	ck_assert_int_eq(run_packet(&packet, 8 + sizeof(struct error), 0), -1);
	ck_assert_int_eq(err.kind, ERROR_INTERNAL);
	ck_assert_str_eq(err.what, "the sandbox failed without saying why");
}
END_TEST

START_TEST(texts_end_where_their_buffers_do)
{
	struct packet packet = { .header = { MESSAGE_FAILED } };

	memset(packet.rest, 'x', sizeof(packet.rest));
	ck_assert_int_eq(run_packet(&packet, 8 + sizeof(struct error), 0), -1);
	ck_assert_uint_eq(strlen(err.stage), sizeof(err.stage) - 1);
	ck_assert_uint_eq(strlen(err.where), sizeof(err.where) - 1);
	ck_assert_uint_eq(strlen(err.what), sizeof(err.what) - 1);
	ck_assert_uint_eq(strlen(err.hint), sizeof(err.hint) - 1);
}
END_TEST

static const struct {
	const char *speech; /* before the packet */
	struct packet packet;
	const char *what;
} nonsense[] = {
	{ "r", { .header = { MESSAGE_STARTED } }, "the sandbox did not show the program" },
	{ "rs",
	  { .header = { MESSAGE_ENDED, 0x137f } }, /* stopped */
	  "the sandbox sent the wait status 4991" },
	{ "rs",
	  { .header = { MESSAGE_ENDED, 0xffff } }, /* continued */
	  "the sandbox sent the wait status 65535" },
};

START_TEST(what_makes_no_sense_ends_the_launch)
{
	static const struct stage_list none = { NULL, 0 };
	struct launcher launcher;

	if (clone_init(&launcher)) {
		ck_assert_int_eq(supervise_to_the_end(&launcher, &none), -1);
		ck_assert_str_eq(err.what, nonsense[_i].what);
		return;
	}
	for (const char *word = nonsense[_i].speech; *word != '\0'; word++) {
		const struct message message = {
			.type = *word == 'r' ? MESSAGE_READY : MESSAGE_STARTED,
			.fd = *word == 'r' ? -1 : start_sleeper(),
		};

		if (sync_send(launcher.init_fd, &message, &err) < 0)
			_exit(EXIT_FAILURE);
	}
	send_packet(launcher.init_fd, &nonsense[_i].packet, 8, 0);
	for (;;)
		(void)pause();
}
END_TEST

/* launch() itself, in namespaces of its own, as root: a root of the host's programs. */

#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC)

static const struct id_map map = { .inner = 0, .outer = 524288, .count = 65536 };

static const struct plan_node nodes[] = {
	{ .kind = PLAN_NODE_TMPFS, .target = "/", .mode = 0755, .tmpfs_size = 65536, .origin = "" },
	{ .kind = PLAN_NODE_SYMLINK, .target = "/bin", .source = "usr/bin", .origin = "" },
	{ .kind = PLAN_NODE_SYMLINK, .target = "/lib", .source = "usr/lib", .origin = "" },
	{ .kind = PLAN_NODE_SYMLINK, .target = "/lib64", .source = "usr/lib64", .origin = "" },
	{ .kind = PLAN_NODE_PROC, .target = "/proc", .makes_target = true, .origin = "" },
	{ .kind = PLAN_NODE_DIRECTORY, .target = "/dev", .mode = 0755, .origin = "" },
	{ .kind = PLAN_NODE_DEVICE,
	  .target = "/dev/null",
	  .source = "/dev/null",
	  .device_number = 0x103,
	  .makes_target = true,
	  .origin = "" },
};

static struct plan_node usr = { .kind = PLAN_NODE_BIND,
	                        .target = "/usr",
	                        .source = "/usr",
	                        .makes_target = true,
	                        .is_directory = true,
	                        .origin = "/mounts/0" };
static struct plan_node all_nodes[ARRAY_LEN(nodes) + 1];
static struct sock_filter allow_all[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };

static void start_in_namespaces(void)
{
	struct stat status;

	start();
	if (stat(usr.source, &status) < 0)
		return;
	usr.source_device = status.st_dev;
	usr.source_inode = status.st_ino;
	memcpy(all_nodes, nodes, sizeof(nodes));
	all_nodes[ARRAY_LEN(nodes)] = usr;
	plan.clone_flags = NAMESPACES;
	plan.uid_map = &map;
	plan.uid_map_count = 1;
	plan.gid_map = &map;
	plan.gid_map_count = 1;
	plan.nodes = all_nodes;
	plan.node_count = ARRAY_LEN(all_nodes);
	plan.is_privileged = true;
	plan.cwd = "/";
	plan.cwd_origin = "/cwd";
	plan.inner_uid = 65532;
	plan.inner_gid = 65532;
	plan.seccomp = (struct sock_fprog){ ARRAY_LEN(allow_all), allow_all };
}

/* How the calling process takes signals. */
struct signal_state {
	sigset_t mask;
	struct sigaction pipe;
};

static struct signal_state signal_state(void)
{
	struct signal_state state;

	memset(&state, 0, sizeof(state));
	(void)sigprocmask(SIG_BLOCK, NULL, &state.mask);
	(void)sigaction(SIGPIPE, NULL, &state.pipe);
	return state;
}

/* Launch, and see that the caller is as it was. */
static int launch_whole(void)
{
	const struct signal_state before = signal_state();
	const size_t fds_before = count_descriptors();
	const int result = launch(&plan, &request, &outcome, &err);
	const struct signal_state after = signal_state();

	ck_assert_uint_eq(count_descriptors(), fds_before);
	ck_assert_int_eq(waitpid(-1, NULL, __WALL), -1);
	ck_assert_int_eq(errno, ECHILD);
	for (int number = 1; number < SIGRTMAX; number++)
		ck_assert_int_eq(sigismember(&after.mask, number),
		                 sigismember(&before.mask, number));
	ck_assert(after.pipe.sa_handler == before.pipe.sa_handler);
	ck_assert_int_eq(result, err.kind == ERROR_NONE ? 0 : -1);
	return result;
}

START_TEST(launch_leaves_the_caller_as_it_was)
{
	plan_script("exit 3");
	ck_assert_msg(launch_whole() == 0, "%s: %s", err.stage, err.what);
	ck_assert_int_eq(WEXITSTATUS(outcome.status), 3);
}
END_TEST

START_TEST(the_init_is_the_first_process_and_the_user_is_the_planned_one)
{
	plan_script("test \"$(id -u):$(id -g)\" = 65532:65532 && test $PPID = 1");
	ck_assert_msg(launch_whole() == 0, "%s: %s", err.stage, err.what);
	ck_assert_int_eq(outcome.status, 0);
}
END_TEST

START_TEST(nothing_in_the_container_outlives_the_program)
{
	const uint64_t limit = 30000000; /* microseconds */

	plan_script("(trap '' TERM HUP; sleep 60) & exit 4");
	ck_assert_int_eq(launch_whole(), 0);
	ck_assert_int_eq(WEXITSTATUS(outcome.status), 4);
	ck_assert_uint_lt(outcome.wall_usec, limit);
}
END_TEST

START_TEST(orphans_are_reaped)
{
	plan_script("(sleep 0.01 & ) ; (true & ); sleep 0.05; "
	            "! grep -q Z /proc/[0-9]*/stat 2>/dev/null && exit 6");
	ck_assert_int_eq(launch_whole(), 0);
	ck_assert_int_eq(WEXITSTATUS(outcome.status), 6);
}
END_TEST

START_TEST(an_exchanged_source_is_refused)
{
	all_nodes[ARRAY_LEN(nodes)].source_inode++;
	ck_assert_int_eq(launch_whole(), -1);
	ck_assert_int_eq(err.kind, ERROR_STATE);
	ck_assert_str_eq(err.where, "/mounts/0");
	ck_assert_str_eq(err.what, "/usr was exchanged while it was being bound");
}
END_TEST

START_TEST(a_secret_that_is_not_there_is_named)
{
	static const struct plan_secret secret = { "/does/not/exist", "/s", "/secrets/0" };

	plan.secrets = &secret;
	plan.secret_count = 1;
	ck_assert_int_eq(launch_whole(), -1);
	ck_assert_str_eq(err.where, "/secrets/0");
	ck_assert_int_eq(err.code, ENOENT);
}
END_TEST

START_TEST(a_map_that_the_kernel_refuses_is_an_error_of_the_mapping)
{
	static const struct id_map twice[] = { { 0, 0, 1 }, { 0, 0, 1 } };

	plan.uid_map = twice;
	plan.uid_map_count = ARRAY_LEN(twice);
	ck_assert_int_eq(launch_whole(), -1);
	ck_assert_str_eq(err.stage, "user-mapping");
	ck_assert_str_eq(err.what, "cannot write uid_map");
}
END_TEST

START_TEST(namespaces_that_the_kernel_refuses_are_named)
{
	plan.clone_flags |= CLONE_FS; /* not with a new mount namespace */
	ck_assert_int_eq(launch_whole(), -1);
	ck_assert_str_eq(err.stage, "namespaces");
	ck_assert_int_eq(err.code, EINVAL);
	ck_assert_str_ne(err.hint, "");
}
END_TEST

START_TEST(a_failed_stage_has_its_hint)
{
	plan.program_paths = missing_paths;
	ck_assert_int_eq(launch_whole(), -1);
	ck_assert_str_eq(err.stage, "exec");
	ck_assert_str_ne(err.hint, "");

	start_in_namespaces();
	plan.cwd = "/does/not/exist";
	ck_assert_int_eq(launch_whole(), -1);
	ck_assert_str_eq(err.stage, "working-directory");
	ck_assert_str_eq(err.where, "/cwd");
}
END_TEST

static int on_cloned_refuses(void *context, pid_t init, struct error *out)
{
	*(pid_t *)context = init;
	return error_set(out, ERROR_HOST, "no state");
}

START_TEST(a_caller_that_cannot_go_on_ends_the_launch)
{
	pid_t init = 0;

	request.on_cloned = on_cloned_refuses;
	request.context = &init;
	ck_assert_int_eq(launch_whole(), -1);
	ck_assert_str_eq(err.what, "no state");
	ck_assert_int_gt(init, 0);
}
END_TEST

static int on_cloned_kills(void *context, pid_t init, struct error *out)
{
	return kill(init, SIGKILL);
}

START_TEST(an_init_that_is_killed_early_is_one_clear_error)
{
	request.on_cloned = on_cloned_kills;
	ck_assert_int_eq(launch_whole(), -1);
	ck_assert_ptr_nonnull(strstr(err.what, "killed by SIGKILL"));
}
END_TEST

START_TEST(signals_that_wait_before_the_launch_end_it)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	ck_assert_int_eq(raise(SIGTERM), 0);
	plan_script("exec sleep 10");
	ck_assert_int_eq(launch_whole(), -1);
	ck_assert_int_eq(err.kind, ERROR_STATE);
}
END_TEST

START_TEST(a_broken_pipe_is_the_programs_matter)
{
	/* An ignored signal stays ignored over exec: the program must have its default. */
	ck_assert(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	plan_script("kill -PIPE $$; exit 1");
	ck_assert_int_eq(launch_whole(), 0);
	ck_assert(WIFSIGNALED(outcome.status));
	ck_assert_int_eq(WTERMSIG(outcome.status), SIGPIPE);
}
END_TEST

/* Where this is not possible, the host is the reason, and is named. In a process of its own. */
static bool can_launch(void)
{
	int status = -1;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid != 0) {
		(void)waitpid(pid, &status, 0);
		return status == 0;
	}
	start_in_namespaces();
	if (geteuid() != 0)
		(void)puts("skipped: launches in namespaces: not root");
	else if (launch(&plan, &request, &outcome, &err) == 0 ||
	         (err.kind != ERROR_DENIED && err.kind != ERROR_HOST))
		_exit(0);
	else
		(void)printf("skipped: launches in namespaces: %s: %s\n", err.stage, err.what);
	(void)fflush(stdout);
	_exit(1);
}

static TCase *stages_case(void)
{
	TCase *tcase = tcase_create("stages");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_test(tcase, failed_stage_names_itself_and_its_spec_field);
	tcase_add_test(tcase, silent_failure_is_reported_as_a_bug);
	tcase_add_loop_test(tcase, death_in_a_stage_names_the_stage_and_the_signal, 0,
	                    ARRAY_LEN(deaths));
	tcase_add_test(tcase, stages_without_a_program_are_a_bug);
	tcase_add_loop_test(tcase, a_signal_before_the_start_ends_the_launch, 0,
	                    ARRAY_LEN(early_signals));
	tcase_add_test(tcase, a_signal_without_a_name_ends_the_launch_too);
	tcase_add_test(tcase, nothing_of_the_program_runs_when_the_caller_is_not_ready);
	tcase_add_test(tcase, the_caller_is_asked_once_before_the_program);
	return tcase;
}

static TCase *program_case(void)
{
	TCase *tcase = tcase_create("program");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_test(tcase, status_of_the_program_is_returned);
	tcase_add_test(tcase, death_of_the_program_is_an_outcome);
	tcase_add_test(tcase, short_programs_have_their_status);
	tcase_add_loop_test(tcase, program_that_cannot_start_is_reported_with_its_errno, 0,
	                    ARRAY_LEN(cannot_start));
	tcase_add_test(tcase, death_by_own_filter_is_no_outcome);
	tcase_add_test(tcase, exec_forbidden_by_the_filter_is_reported);
	tcase_add_test(tcase, failure_is_reported_though_the_filter_kills_who_ends);
	tcase_add_test(tcase, failure_gagged_by_the_filter_is_still_reported);
	tcase_add_test(tcase, death_by_the_filter_is_still_reported);
	tcase_add_test(tcase, a_label_that_is_not_as_planned_ends_the_launch);
	tcase_add_test(tcase, time_limit_ends_the_program);
	tcase_add_test(tcase, time_limit_that_is_not_reached_changes_nothing);
	tcase_add_test(tcase, a_change_of_the_window_ends_nothing);
	tcase_add_test(tcase, signals_are_forwarded_to_the_program);
	tcase_add_test(tcase, an_init_that_is_killed_under_the_program_is_the_outcome);
	return tcase;
}

static TCase *dialogue_case(void)
{
	TCase *tcase = tcase_create("dialogue");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_loop_test(tcase, a_message_out_of_turn_ends_the_launch, 0,
	                    ARRAY_LEN(out_of_turn));
	tcase_add_loop_test(tcase, a_malformed_message_ends_the_launch, 0, ARRAY_LEN(malformed));
	tcase_add_test(tcase, an_empty_message_ends_the_launch);
	tcase_add_test(tcase, a_failure_without_a_reason_is_a_bug);
	tcase_add_test(tcase, texts_end_where_their_buffers_do);
	tcase_add_loop_test(tcase, what_makes_no_sense_ends_the_launch, 0, ARRAY_LEN(nonsense));
	return tcase;
}

static TCase *whole_case(void)
{
	TCase *tcase = tcase_create("whole");

	tcase_add_checked_fixture(tcase, start_in_namespaces, NULL);
	tcase_add_test(tcase, launch_leaves_the_caller_as_it_was);
	tcase_add_test(tcase, the_init_is_the_first_process_and_the_user_is_the_planned_one);
	tcase_add_test(tcase, nothing_in_the_container_outlives_the_program);
	tcase_add_test(tcase, orphans_are_reaped);
	tcase_add_test(tcase, an_exchanged_source_is_refused);
	tcase_add_test(tcase, a_secret_that_is_not_there_is_named);
	tcase_add_test(tcase, a_map_that_the_kernel_refuses_is_an_error_of_the_mapping);
	tcase_add_test(tcase, namespaces_that_the_kernel_refuses_are_named);
	tcase_add_test(tcase, a_failed_stage_has_its_hint);
	tcase_add_test(tcase, a_caller_that_cannot_go_on_ends_the_launch);
	tcase_add_test(tcase, an_init_that_is_killed_early_is_one_clear_error);
	tcase_add_test(tcase, signals_that_wait_before_the_launch_end_it);
	tcase_add_test(tcase, a_broken_pipe_is_the_programs_matter);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("launch");

	suite_add_tcase(suite, stages_case());
	suite_add_tcase(suite, program_case());
	suite_add_tcase(suite, dialogue_case());
	if (can_launch())
		suite_add_tcase(suite, whole_case());
	return run_suite(suite);
}
