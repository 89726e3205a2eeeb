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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS_EACH 10

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

static _Noreturn void make_and_exit(const struct attempt *attempt)
{
	int result;

	(void)alarm(SECONDS_EACH);
	errno = 0;
	result = attempt->make(attempt);
	_exit(result == -1 ? errno : result);
}

static void say(const char *name, int status)
{
	const char *text = NULL;

	if (WIFSIGNALED(status)) {
		(void)printf("%s SIG%s\n", name, sigabbrev_np(WTERMSIG(status)));
		return;
	}
	switch (WEXITSTATUS(status)) {
	case THROUGH:
		text = "through";
		break;
	case EMPTY:
		text = "empty";
		break;
	case UNTRIED:
		text = "untried";
		break;
	default:
		text = strerrorname_np(WEXITSTATUS(status));
		break;
	}
	(void)printf("%s %s\n", name, text == NULL ? "?" : text);
}

void probe_all(const struct attempt *attempts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int status;
		pid_t pid;

		(void)fflush(stdout);
		pid = fork();
		if (pid == 0)
			make_and_exit(&attempts[i]);
		if (pid < 0 || waitpid(pid, &status, 0) != pid) {
			perror(attempts[i].name);
			exit(EXIT_FAILURE);
		}
		say(attempts[i].name, status);
	}
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
