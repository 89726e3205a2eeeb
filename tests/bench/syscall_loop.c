/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a seccomp filter costs a system call that it allows.
 *
 * Usage: syscall_loop FILTER ROUNDS
 *   FILTER  a file of struct sock_filter
 *
 * Prints "NAME UNFILTERED ADMITTING FILTERED" per line: a call, and the median nanoseconds that it
 * takes in a process without a filter, in one whose filter is a single "allow", and in one with
 * FILTER. The kernel's way into any filter, cached or not, is the difference of the first two.
 * Rounds of the three take turns. The calls either do nothing or fail at once, so that the entry
 * into the kernel is what is measured.
 * Exit status: 0, or 125 when a step failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compiler.h"

#define CALLS_PER_ROUND 20000
#define ROUND_COUNT_MAX 1000
#define FILTER_SIZE_MAX 4096 /* instructions; BPF_MAXINSNS */

static const struct {
	const char *name;
	long number;
	long arguments[3];
} calls[] = {
	/* Allowed whatever their arguments: the kernel's cache of constant actions answers. */
	{ "getppid", SYS_getppid, { 0 } },
	{ "close", SYS_close, { -1 } },
	/* Allowed for these arguments only: the filter runs. */
	{ "ioctl", SYS_ioctl, { -1, 0x5401 } },
	{ "personality", SYS_personality, { 0xffffffff } },
	{ "socket-netlink", SYS_socket, { AF_NETLINK, 15, 0 } },
	{ "prctl", SYS_prctl, { 0xffff } },
};

/* Nanoseconds that each of the calls took, CALLS_PER_ROUND times. */
struct round_times {
	int64_t of[ARRAY_LEN(calls)];
};

static int must(long result, const char *what)
{
	if (result == -1) {
		fprintf(stderr, "syscall_loop: %s: %s\n", what, strerror(errno));
		_exit(125);
	}
	return (int)result;
}

static int64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC_RAW, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int64_t time_round(size_t call)
{
	const long *arguments = calls[call].arguments;
	int64_t start = now_ns();

	for (int i = 0; i < CALLS_PER_ROUND; i++)
		(void)syscall(calls[call].number, arguments[0], arguments[1], arguments[2]);
	return now_ns() - start;
}

/* Time one round of every call in a process of its own, under @filter unless it is NULL. */
static void run_round(const struct sock_fprog *filter, struct round_times *times)
{
	pid_t pid = must(fork(), "fork");

	if (pid == 0) {
		must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
		if (filter != NULL)
			must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter), "seccomp");
		for (size_t i = 0; i < ARRAY_LEN(calls); i++)
			times->of[i] = time_round(i);
		_exit(0);
	}
	must(waitpid(pid, NULL, 0), "waitpid");
}

static int compare_times(const void *left, const void *right)
{
	const int64_t a = *(const int64_t *)left;
	const int64_t b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

static double median_ns(const struct round_times *times, size_t call, size_t count)
{
	static int64_t sorted[ROUND_COUNT_MAX];

	for (size_t i = 0; i < count; i++)
		sorted[i] = times[i].of[call];
	qsort(sorted, count, sizeof(sorted[0]), compare_times);
	return (double)sorted[count / 2] / CALLS_PER_ROUND;
}

static void read_filter(const char *path, struct sock_fprog *filter)
{
	static struct sock_filter instructions[FILTER_SIZE_MAX];
	AUTO_CLOSE int fd = must(open(path, O_RDONLY | O_CLOEXEC), path);
	int size = must(read(fd, instructions, sizeof(instructions)), path);

	filter->len = (unsigned short)((size_t)size / sizeof(struct sock_filter));
	filter->filter = instructions;
}

/* Times of @count rounds, written by their processes and read by this one. */
static struct round_times *map_times(size_t count)
{
	void *times = mmap(NULL, count * sizeof(struct round_times), PROT_READ | PROT_WRITE,
	                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	must(times == MAP_FAILED ? -1 : 0, "mmap");
	return times;
}

static void compare(const struct sock_fprog *filter, size_t count)
{
	static struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	static const struct sock_fprog admitting = { 1, &allow };
	struct round_times *none = map_times(count);
	struct round_times *admitted = map_times(count);
	struct round_times *filtered = map_times(count);

	for (size_t i = 0; i < count; i++) {
		run_round(NULL, &none[i]);
		run_round(&admitting, &admitted[i]);
		run_round(filter, &filtered[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		printf("%s %.1f %.1f %.1f\n", calls[i].name, median_ns(none, i, count),
		       median_ns(admitted, i, count), median_ns(filtered, i, count));
}

int main(int argc, char **argv)
{
	struct sock_fprog filter = { 0 };
	size_t count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

	if (count == 0 || count > ROUND_COUNT_MAX) {
		fprintf(stderr, "usage: syscall_loop FILTER ROUNDS (1 to %d)\n", ROUND_COUNT_MAX);
		return 125;
	}
	read_filter(argv[1], &filter);
	compare(&filter, count);
	return 0;
}
