/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "killing.h"

#include <check.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t start(const struct killing *killing)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		if (killing->prepare != NULL)
			killing->prepare(killing->context);
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 && raise(SIGSTOP) == 0)
			killing->work(killing->context);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSTOPPED(status));
	return child;
}

/* Returns the number of stops made, at most @limit; the child is reaped. */
static unsigned long walk(enum killing_grain grain, unsigned long limit, pid_t child)
{
	unsigned long stops = 0;
	int status;

	while (stops < limit) {
		ck_assert_int_eq(
			ptrace(grain == KILLING_INSTRUCTIONS ? PTRACE_SINGLESTEP : PTRACE_SYSCALL,
		               child, NULL, NULL),
			0);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		if (!WIFSTOPPED(status))
			return stops;
		stops++;
	}
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	return stops;
}

bool killing_at(const struct killing *killing, unsigned long stop)
{
	return walk(killing->grain, stop, start(killing)) == stop;
}

unsigned long killing_count(const struct killing *killing)
{
	return walk(killing->grain, ULONG_MAX, start(killing));
}
