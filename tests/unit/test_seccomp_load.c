/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The default filter in force: each test is a process of its own and loads it for itself. */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/compiler.h"
#include "kernel/seccomp.h"
#include "support/suite.h"

#define X32_BIT         0x40000000
#define UNKNOWN_CALL    1000
#define I386_GETPID     20
#define I386_SOCKETCALL 102
#define I386_KEYCTL     288
#define I386_SOCKET     359

static void load_default(void)
{
	static struct sock_filter copy[BPF_MAXINSNS];
	const struct sock_fprog program = { .len = seccomp_default_filter_length, .filter = copy };
	struct error err = { .kind = ERROR_NONE };

	memcpy(copy, seccomp_default_filter, seccomp_default_filter_length * sizeof(copy[0]));
	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_msg(seccomp_filter_load(&program, &err) == 0, "%s", err.what);
}

/* All arguments are harmless should the filter let the call through. */
static const struct {
	const char *what;
	long number;
	long args[3];
	int code; /* errno that the filter gives; 0: the call must succeed */
} probes[] = {
	{ "getpid", SYS_getpid, { 0 }, 0 },
	{ "AF_UNIX", SYS_socket, { AF_UNIX, SOCK_STREAM }, 0 },
	{ "bpf", SYS_bpf, { -1 }, EPERM },
	{ "perf_event_open", SYS_perf_event_open, { 0 }, EPERM },
	{ "keyctl", SYS_keyctl, { -1 }, EPERM },
	{ "userfaultfd", SYS_userfaultfd, { -1 }, EPERM },
	{ "io_uring_setup", SYS_io_uring_setup, { 0 }, EPERM },
	{ "ptrace", SYS_ptrace, { -1 }, EPERM },
	{ "process_vm_readv", SYS_process_vm_readv, { 0 }, EPERM },
	{ "mount", SYS_mount, { 0 }, EPERM },
	{ "fsopen", SYS_fsopen, { 0 }, EPERM },
	{ "fsconfig", SYS_fsconfig, { -1, -1 }, EPERM },
	{ "open_tree", SYS_open_tree, { -1, 0, -1 }, EPERM },
	{ "pivot_root", SYS_pivot_root, { 0 }, EPERM },
	{ "chroot", SYS_chroot, { 0 }, EPERM },
	{ "setns", SYS_setns, { -1 }, EPERM },
	{ "unshare", SYS_unshare, { CLONE_NEWUSER }, EPERM },
	{ "clone", SYS_clone, { CLONE_NEWUSER }, EPERM },
	{ "open_by_handle_at", SYS_open_by_handle_at, { -1 }, EPERM },
	{ "kexec_load", SYS_kexec_load, { 0, -1 }, EPERM },
	{ "init_module", SYS_init_module, { 0 }, EPERM },
	{ "AF_ALG", SYS_socket, { AF_ALG, SOCK_SEQPACKET }, EPERM },
	{ "AF_VSOCK", SYS_socket, { AF_VSOCK, SOCK_STREAM }, EPERM },
	{ "AF_PACKET", SYS_socket, { AF_PACKET, SOCK_RAW }, EPERM },
	{ "SCTP", SYS_socket, { AF_INET, SOCK_STREAM, 132 }, EPERM },
	{ "TIOCSTI", SYS_ioctl, { -1, TIOCSTI }, EPERM },
	{ "TIOCSTI, 64 bits", SYS_ioctl, { -1, TIOCSTI + (INT64_C(1) << 32) }, EPERM },
	{ "TIOCLINUX", SYS_ioctl, { -1, TIOCLINUX }, EPERM },
	{ "another ioctl", SYS_ioctl, { -1, TIOCGWINSZ }, EBADF },
	{ "clone3", SYS_clone3, { 0 }, ENOSYS },
	{ "unknown", UNKNOWN_CALL, { 0 }, ENOSYS },
	{ "x32", X32_BIT | SYS_getpid, { 0 }, ENOSYS },
};

START_TEST(calls_end_as_the_profile_says)
{
	long result;

	load_default();
	result = syscall(probes[_i].number, probes[_i].args[0], probes[_i].args[1],
	                 probes[_i].args[2]);
	if (probes[_i].code == 0)
		ck_assert_msg(result >= 0, "%s: %s", probes[_i].what, strerror(errno));
	else
		ck_assert_msg(result == -1 && errno == probes[_i].code, "%s: %ld, %s",
		              probes[_i].what, result, strerror(errno));
}
END_TEST

#if defined(__x86_64__)
static long i386_call(long number, long first, long second, long third)
{
	long result;

	__asm__ volatile("int $0x80"
	                 : "=a"(result)
	                 : "a"(number), "b"(first), "c"(second), "d"(third)
	                 : "memory", "r8", "r9", "r10", "r11");
	return result;
}

static bool has_i386_calls(void)
{
	const pid_t child = fork();
	int status;

	if (child == 0)
		_exit(i386_call(I386_GETPID, 0, 0, 0) > 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	return waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	       WEXITSTATUS(status) == EXIT_SUCCESS;
}

START_TEST(i386_calls_end_as_the_profile_says)
{
	if (!has_i386_calls())
		return;
	load_default();
	ck_assert_int_eq(i386_call(I386_GETPID, 0, 0, 0), getpid());
	ck_assert_int_eq(i386_call(I386_KEYCTL, -1, 0, 0), -EPERM);
	ck_assert_int_eq(i386_call(I386_SOCKET, AF_ALG, SOCK_SEQPACKET, 0), -EPERM);
	ck_assert_int_ge(i386_call(I386_SOCKET, AF_UNIX, SOCK_STREAM, 0), 0);
	/* Its arguments would be in memory: nobody could see that they mean AF_ALG. */
	ck_assert_int_eq(i386_call(I386_SOCKETCALL, 1, 0, 0), -ENOSYS);
	ck_assert_int_eq(i386_call(UNKNOWN_CALL, 0, 0, 0), -ENOSYS);
}
END_TEST
#endif

static void *run_thread(void *argument)
{
	*(bool *)argument = true;
	return NULL;
}

START_TEST(threads_and_processes_start)
{
	bool has_run = false;
	pthread_t thread;
	pid_t child;
	int status;

	load_default();
	ck_assert_int_eq(pthread_create(&thread, NULL, run_thread, &has_run), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert(has_run);
	child = fork();
	if (child == 0)
		_exit(EXIT_SUCCESS);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_filter_that_the_kernel_refuses_is_an_error)
{
	struct sock_filter instruction = BPF_STMT(BPF_LD | BPF_IMM, 0);
	const struct sock_fprog program = { .len = 1, .filter = &instruction };
	struct error err = { .kind = ERROR_NONE };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(seccomp_filter_load(&program, &err), -1);
	ck_assert_int_eq(err.code, EINVAL);
	ck_assert_str_eq(err.what, "cannot load the seccomp filter");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("seccomp_load");
	TCase *tests = tcase_create("seccomp_load");

	tcase_add_loop_test(tests, calls_end_as_the_profile_says, 0, ARRAY_LEN(probes));
#if defined(__x86_64__)
	tcase_add_test(tests, i386_calls_end_as_the_profile_says);
#endif
	tcase_add_test(tests, threads_and_processes_start);
	tcase_add_test(tests, a_filter_that_the_kernel_refuses_is_an_error);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
