/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A payload that tries everything; see probe.h.
 *
 *   probe FILE PID PORT ABSTRACT   names of the host: a file, a process, a TCP port of loopback,
 *                                  an abstract socket. Prints "NAME GOT" for each attempt.
 *   probe bomb KIND                see bombs.c
 *   probe entry                    ends with 0 when the kernel has an entry for 32 bits
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS_EACH 10
#define ATTEMPTS_MAX 512 /* of a table */

struct target target;

int open_only(const char *path, int flags)
{
	return open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, MODE) < 0 ? -1 : THROUGH;
}

int make_file(const char *path, const char *text)
{
	const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

	if (fd >= 0 && write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return -1;
	return fd;
}

/* What a child says of its attempts: results up to the one that it is at. */
struct report {
	size_t at;
	int results[ATTEMPTS_MAX];
};

/* Make attempts from @at on; one that gets through is the last, since it may have changed us. */
static _Noreturn void make_some(const struct attempt *attempts, size_t count, bool is_alone,
                                struct report *report)
{
	bool is_last = false;

	while (report->at < count && !is_last) {
		const struct attempt *attempt = &attempts[report->at];
		int result;

		(void)alarm(SECONDS_EACH);
		errno = 0;
		result = attempt->make(attempt);
		is_last = is_alone || result == THROUGH;
		report->results[report->at++] = result == -1 ? errno : result;
	}
	_exit(EXIT_SUCCESS);
}

static const char *name_of(int result)
{
	switch (result) {
	case THROUGH:
		return "through";
	case EMPTY:
		return "empty";
	case UNTRIED:
		return "untried";
	default:
		return strerrorname_np(result) == NULL ? "?" : strerrorname_np(result);
	}
}

static void probe(const struct attempt *attempts, size_t count, bool is_alone)
{
	struct report *report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
	                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	size_t said = 0;

	if (report == MAP_FAILED || count > ATTEMPTS_MAX)
		exit(EXIT_FAILURE);
	while (said < count) {
		const pid_t pid = fork();
		int status;

		if (pid == 0)
			make_some(attempts, count, is_alone, report);
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			exit(EXIT_FAILURE);
		for (; said < report->at; said++)
			(void)printf("%s %s\n", attempts[said].name,
			             name_of(report->results[said]));
		if (WIFSIGNALED(status)) {
			(void)printf("%s SIG%s\n", attempts[said++].name,
			             sigabbrev_np(WTERMSIG(status)));
			report->at = said;
		}
		(void)fflush(stdout);
	}
	(void)munmap(report, sizeof(*report));
}

void probe_all(const struct attempt *attempts, size_t count)
{
	probe(attempts, count, false);
}

void probe_each(const struct attempt *attempts, size_t count)
{
	probe(attempts, count, true);
}

static int has_i386(void)
{
	static const struct attempt getpid_of_i386 = { .name = "", .make = by_i386, .number = 20 };

	return by_i386(&getpid_of_i386) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void (*const groups[])(void) = {
	probe_calls, probe_ioctls,  probe_mounts,    probe_namespaces, probe_kernel,
	probe_files, probe_devices, probe_execution, probe_sockets,    probe_processes,
};

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "entry") == 0)
		return has_i386();
	if (argc == 3 && strcmp(argv[1], "bomb") == 0)
		return probe_bomb(argv[2]);
	if (argc != 5)
		return EXIT_FAILURE;
	target = (struct target){
		.init = getppid(),
		.file = argv[1],
		.process = atoi(argv[2]),
		.port = argv[3],
		.abstract = argv[4],
	};
	for (size_t i = 0; i < COUNT(groups); i++)
		groups[i]();
	return EXIT_SUCCESS;
}
