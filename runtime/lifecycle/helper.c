/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

void helper_words_add(struct helper_words *words, const char *format, ...)
{
	char **items = realloc(words->items, (words->count + 2) * sizeof(*items));
	va_list args;

	if (items == NULL) {
		words->is_broken = true;
		return;
	}
	words->items = items;
	va_start(args, format);
	if (vasprintf(&items[words->count], format, args) < 0)
		words->is_broken = true;
	else
		words->count++;
	va_end(args);
	items[words->count] = NULL;
}

void helper_words_release(struct helper_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->items[i]);
	free(words->items);
}

/*
 * Beside the file that was called, as it was called: what runs may be a copy of it that has no
 * path any more; see kernel/own_file.h.
 */
int helper_find(const char *name, const char *task, char path[PATH_MAX], struct error *err)
{
	const char *called = program_invocation_name;
	const char *slash = strrchr(called, '/');

	if (called[0] == '/' &&
	    snprintf(path, PATH_MAX, "%.*s/%s", (int)(slash - called), called, name) < PATH_MAX &&
	    access(path, X_OK) == 0)
		return 0;
	(void)snprintf(path, PATH_MAX, "%s/%s", HARDRUN_LIBEXEC, name);
	if (access(path, X_OK) == 0)
		return 0;
	return error_set(err, ERROR_HOST, "%s is missing, which %s", path, task);
}

static size_t count_variables(const char *const *variables)
{
	size_t count = 0;

	while (variables[count] != NULL)
		count++;
	return count;
}

static void free_environment(char ***environment)
{
	for (size_t i = 0; *environment != NULL && (*environment)[i] != NULL; i++)
		free((*environment)[i]);
	free(*environment);
}

/* Returns NULL when memory is out. */
static char **make_environment(const char *const *variables)
{
	char **environment = calloc(count_variables(variables) + 1, sizeof(*environment));
	size_t count = 0;

	for (size_t i = 0; environment != NULL && variables[i] != NULL; i++) {
		const char *value = getenv(variables[i]);

		if (value != NULL &&
		    asprintf(&environment[count], "%s=%s", variables[i], value) >= 0)
			count++;
		else
			environment[count] = NULL;
	}
	return environment;
}

static int set_actions(posix_spawn_file_actions_t *actions, const struct helper_call *call)
{
	for (size_t i = 0; i < call->fd_count; i++) {
		const int to = (int)i;
		const int code =
			call->fds[i] < 0
				? posix_spawn_file_actions_addopen(actions, to, "/dev/null", O_RDWR,
		                                                   0)
				: posix_spawn_file_actions_adddup2(actions, call->fds[i], to);

		if (code != 0)
			return -1;
	}
	if (posix_spawn_file_actions_addclosefrom_np(actions, (int)call->fd_count) != 0)
		return -1;
	return posix_spawn_file_actions_addchdir_np(actions, "/");
}

static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t all;
	sigset_t none;

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	(void)posix_spawnattr_setsigdefault(attributes, &all);
	(void)posix_spawnattr_setsigmask(attributes, &none);
	return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
	                                                    POSIX_SPAWN_SETSID);
}

/* Returns an errno value, or 0. */
static int spawn(const struct helper_call *call, char *const *environment, pid_t *out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int code;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return ENOMEM;
	(void)posix_spawnattr_init(&attributes);
	code = set_actions(&actions, call) != 0 || set_attributes(&attributes) != 0 ? ENOMEM : 0;
	if (code == 0)
		code = posix_spawn(out, call->path, &actions, &attributes, call->words->items,
		                   environment);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return code;
}

int helper_spawn(const struct helper_call *call, pid_t *out, struct error *err)
{
	CLEANUP(free_environment) char **environment = make_environment(call->variables);

	if (environment == NULL || call->words->is_broken)
		return error_set(err, ERROR_SYSTEM, "no memory for the command of %s", call->path);
	errno = spawn(call, environment, out);
	return errno == 0 ? 0 : error_set_errno(err, "cannot run %s", call->path);
}

void helper_wait(pid_t pid)
{
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
