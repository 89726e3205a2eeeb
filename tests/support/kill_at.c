/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kills one of hardrun's processes at a chosen place, which is counted in system calls, so that
 * no sleep has to hit it: each call stops twice, before and after.
 *
 *   kill_at ROLE STOP COMMAND [ARG...]
 *
 * ROLE is launcher, init or program. Prints "killed STATUS" with the wait status of the launcher,
 * or "ended COUNT" when the process has no such stop. Whoever is left then runs on untraced.
 * Source: ptrace(2).
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESS_MAX 64

#define STOP_BY_CALL (SIGTRAP | 0x80) /* PTRACE_O_TRACESYSGOOD */

enum role {
	ROLE_LAUNCHER,
	ROLE_INIT,
	ROLE_PROGRAM,
	ROLE_OTHER,
};

static const char *const role_names[] = { "launcher", "init", "program" };

struct traced {
	pid_t pid;
	enum role role;
	bool has_role;
	unsigned long stops;
};

static struct traced traced[PROCESS_MAX];
static size_t traced_count;
static pid_t launcher;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static struct traced *find(pid_t pid)
{
	for (size_t i = 0; i < traced_count; i++) {
		if (traced[i].pid == pid)
			return &traced[i];
	}
	if (traced_count == PROCESS_MAX) {
		errno = E2BIG;
		die("too many processes");
	}
	traced[traced_count] = (struct traced){ .pid = pid };
	return &traced[traced_count++];
}

/* The numbers of @pid in each PID namespace; the last one is its own. */
static size_t read_numbers(pid_t pid, long *last)
{
	char path[64];
	char line[512];
	size_t count = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		char *rest = line + strlen("NSpid:");

		if (strncmp(line, "NSpid:", strlen("NSpid:")) != 0)
			continue;
		for (char *end = NULL;; rest = end, count++) {
			const long number = strtol(rest, &end, 10);

			if (end == rest)
				break;
			*last = number;
		}
	}
	if (file != NULL)
		(void)fclose(file);
	return count;
}

static enum role find_role(pid_t pid)
{
	long ignored = 0;
	long number = 0;

	if (pid == launcher)
		return ROLE_LAUNCHER;
	if (read_numbers(pid, &number) <= read_numbers(getpid(), &ignored))
		return ROLE_OTHER;
	if (number == 1)
		return ROLE_INIT;
	return number == 2 ? ROLE_PROGRAM : ROLE_OTHER;
}

/* Seized, not attached: a child that is left alone must not find a SIGSTOP waiting for it. */
static void start(char **command)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
	                     PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
	int gate[2];
	int status;

	if (pipe2(gate, O_CLOEXEC) < 0)
		die("pipe2");
	launcher = fork();
	if (launcher < 0)
		die("fork");
	if (launcher == 0) {
		char byte;

		(void)close(gate[1]);
		(void)!read(gate[0], &byte, 1);
		(void)execv(command[0], command);
		_exit(2);
	}
	if (ptrace(PTRACE_SEIZE, launcher, NULL, (void *)options) < 0 ||
	    ptrace(PTRACE_INTERRUPT, launcher, NULL, NULL) < 0)
		die("PTRACE_SEIZE");
	if (waitpid(launcher, &status, 0) < 0 || !WIFSTOPPED(status))
		die("the command did not stop");
	(void)close(gate[0]);
	(void)close(gate[1]);
}

/* The signal to hand on with the end of this stop. */
static int signal_of(int status)
{
	return WSTOPSIG(status) == STOP_BY_CALL || status >> 16 != 0 ? 0 : WSTOPSIG(status);
}

/* Is this the stop that was asked for? */
static bool is_due(struct traced *process, int status, enum role role, unsigned long stop)
{
	if (WSTOPSIG(status) != STOP_BY_CALL)
		return false;
	if (!process->has_role) {
		process->role = find_role(process->pid);
		process->has_role = true;
	}
	process->stops++;
	return process->role == role && process->stops == stop;
}

static void go_on(enum __ptrace_request how, pid_t pid, int number)
{
	if (ptrace(how, pid, NULL, (void *)(long)number) < 0 && errno != ESRCH)
		die("ptrace");
}

/* Let everyone go where they stop next, until the launcher has ended. */
static int release_until_end(void)
{
	for (;;) {
		int status;
		const pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0)
			die("waitpid");
		if (WIFSTOPPED(status))
			go_on(PTRACE_DETACH, pid, signal_of(status));
		else if (pid == launcher)
			return status;
	}
}

/* The most stops that any process of @role has made. */
static unsigned long most_stops(enum role role)
{
	unsigned long most = 0;

	for (size_t i = 0; i < traced_count; i++) {
		if (traced[i].has_role && traced[i].role == role && traced[i].stops > most)
			most = traced[i].stops;
	}
	return most;
}

static void trace(enum role role, unsigned long stop)
{
	go_on(PTRACE_SYSCALL, launcher, 0);
	for (;;) {
		int status;
		const pid_t pid = waitpid(-1, &status, __WALL);
		struct traced *process;

		if (pid < 0)
			die("waitpid");
		if (!WIFSTOPPED(status)) {
			if (pid != launcher)
				continue;
			printf("ended %lu\n", most_stops(role));
			return;
		}
		process = find(pid);
		if (is_due(process, status, role, stop)) {
			(void)kill(pid, SIGKILL);
			printf("killed %d\n", release_until_end());
			return;
		}
		go_on(PTRACE_SYSCALL, pid, signal_of(status));
	}
}

int main(int argc, char **argv)
{
	enum role role = ROLE_LAUNCHER;

	if (argc < 4) {
		(void)fprintf(stderr, "usage: kill_at launcher|init|program STOP COMMAND...\n");
		return 2;
	}
	while (role < ROLE_OTHER && strcmp(argv[1], role_names[role]) != 0)
		role++;
	if (role == ROLE_OTHER) {
		errno = EINVAL;
		die(argv[1]);
	}
	start(argv + 3);
	trace(role, strtoul(argv[2], NULL, 10));
	return 0;
}
