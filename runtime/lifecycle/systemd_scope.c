/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/systemd_scope.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

#define PROGRAM "hardrun-systemd-cgroup"

/* systemd's own patience with a job is 90 s. */
#define ANSWER_TIMEOUT_MS 100000

#define ANSWER_SIZE (CGROUP_PATH_SIZE + 64)

#define ANSWER_OK    "ok"
#define ANSWER_ERROR "error "

/* What finds the user's bus. Source: sd_bus_default(3). */
static const char *const kept_variables[] = { "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR" };

/* argv of the helper, as it grows. */
struct command {
	char **words;
	size_t count;
	size_t room; /* with the NULL at the end */
};

static void command_clear(struct command *command)
{
	for (size_t i = 0; i < command->count; i++)
		free(command->words[i]);
	free(command->words);
}

#define AUTO_COMMAND CLEANUP(command_clear)

static int command_add(struct command *command, char *word, struct error *err)
{
	if (word == NULL || command->count + 1 >= command->room) {
		free(word);
		return error_set(err, ERROR_SYSTEM, "no memory for the command of " PROGRAM);
	}
	command->words[command->count++] = word;
	return 0;
}

static int command_start(struct command *command, const char *verb, bool is_user, const char *unit,
                         size_t more, struct error *err)
{
	command->room = 6 + more;
	command->words = calloc(command->room, sizeof(*command->words));
	if (command->words == NULL)
		return error_set_errno(err, "no memory for the command of " PROGRAM);
	if (command_add(command, strdup(PROGRAM), err) < 0 ||
	    command_add(command, strdup(verb), err) < 0 ||
	    command_add(command, strdup(is_user ? "user" : "system"), err) < 0)
		return -1;
	return command_add(command, strdup(unit), err);
}

static int command_add_properties(struct command *command, const struct plan_scope *scope,
                                  struct error *err)
{
	for (size_t i = 0; i < scope->property_count; i++) {
		const struct plan_scope_property *property = &scope->properties[i];
		char *word = NULL;

		if (asprintf(&word, "%s:%c=%s", property->name, property->type, property->value) <
		    0)
			word = NULL;
		if (command_add(command, word, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Beside the file that was called, as it was called: what runs may be a copy of it that has no
 * path any more; see kernel/own_file.h.
 */
static int find_program(char path[PATH_MAX], struct error *err)
{
	const char *called = program_invocation_name;
	const char *slash = strrchr(called, '/');

	if (called[0] == '/' &&
	    snprintf(path, PATH_MAX, "%.*s/%s", (int)(slash - called), called, PROGRAM) <
	            PATH_MAX &&
	    access(path, X_OK) == 0)
		return 0;
	(void)snprintf(path, PATH_MAX, "%s/%s", HARDRUN_LIBEXEC, PROGRAM);
	if (access(path, X_OK) == 0)
		return 0;
	(void)error_set(err, ERROR_HOST, "%s is missing, which asks systemd for scopes", path);
	return error_hint(err, "build hardrun where libsystemd-dev is installed, or leave out "
	                       "--systemd-cgroup");
}

static void fill_environment(char *environment[ARRAY_LEN(kept_variables) + 1])
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(kept_variables); i++) {
		const char *value = getenv(kept_variables[i]);

		if (value != NULL &&
		    asprintf(&environment[count], "%s=%s", kept_variables[i], value) >= 0)
			count++;
	}
	environment[count] = NULL;
}

static void clear_environment(char *environment[ARRAY_LEN(kept_variables) + 1])
{
	for (size_t i = 0; environment[i] != NULL; i++)
		free(environment[i]);
}

/* The helper's side of the two pipes; nothing else that is open here reaches it. */
static int set_actions(posix_spawn_file_actions_t *actions, int input, int output)
{
	if (posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO) != 0 ||
	    posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO) != 0 ||
	    posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) !=
	            0 ||
	    posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1) != 0)
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

static int spawn(const char *path, const struct command *command, int input, int output, pid_t *out)
{
	char *environment[ARRAY_LEN(kept_variables) + 1];
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int code;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return ENOMEM;
	(void)posix_spawnattr_init(&attributes);
	fill_environment(environment);
	code = set_actions(&actions, input, output) != 0 || set_attributes(&attributes) != 0
	               ? ENOMEM
	               : 0;
	if (code == 0)
		code = posix_spawn(out, path, &actions, &attributes, command->words, environment);
	clear_environment(environment);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return code;
}

/* Both ends above the standard streams, which the helper's are put on. */
static int make_pipe(int ends[2], struct error *err)
{
	int made[2];

	if (pipe2(made, O_CLOEXEC) < 0)
		return error_set_errno(err, "cannot make a pipe to " PROGRAM);
	ends[0] = fcntl(made[0], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	ends[1] = fcntl(made[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	(void)close(made[0]);
	(void)close(made[1]);
	return ends[0] < 0 || ends[1] < 0 ? error_set_errno(err, "cannot make a pipe to " PROGRAM)
	                                  : 0;
}

static int start_helper(const struct command *command, struct systemd_keeper *out, int *out_fd,
                        struct error *err)
{
	char path[PATH_MAX];
	AUTO_CLOSE int ours_in = -1;
	AUTO_CLOSE int theirs_out = -1;
	int input[2] = { -1, -1 };
	int output[2] = { -1, -1 };
	int code;

	if (find_program(path, err) < 0 || make_pipe(input, err) < 0)
		return -1;
	ours_in = input[0];
	out->fd = input[1];
	if (make_pipe(output, err) < 0)
		return -1;
	*out_fd = output[0];
	theirs_out = output[1];
	code = spawn(path, command, ours_in, theirs_out, &out->pid);
	if (code == 0)
		return 0;
	errno = code;
	return error_set_errno(err, "cannot run %s", path);
}

/* Up to the end of the line, of the answer or of our patience. */
static int read_answer(int fd, char answer[ANSWER_SIZE], struct error *err)
{
	struct pollfd source = { .fd = fd, .events = POLLIN };
	size_t length = 0;

	while (length < ANSWER_SIZE - 1) {
		ssize_t got;

		if (poll(&source, 1, ANSWER_TIMEOUT_MS) <= 0)
			return error_set(err, ERROR_HOST, "systemd does not answer");
		got = read(fd, answer + length, ANSWER_SIZE - 1 - length);
		if (got <= 0)
			return error_set(err, ERROR_HOST, PROGRAM " ended without an answer");
		length += (size_t)got;
		if (answer[length - 1] == '\n')
			break;
	}
	answer[length - 1] = '\0';
	return 0;
}

static int judge(const char *answer, const char *unit, struct error *err)
{
	if (strncmp(answer, ANSWER_OK, strlen(ANSWER_OK)) == 0)
		return 0;
	if (strncmp(answer, ANSWER_ERROR, strlen(ANSWER_ERROR)) == 0)
		answer += strlen(ANSWER_ERROR);
	return error_set(err, ERROR_HOST, "systemd unit %s: %s", unit, answer);
}

void systemd_scope_let_go(struct systemd_keeper *keeper)
{
	cleanup_close(&keeper->fd);
	while (keeper->pid > 0 && waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*keeper = SYSTEMD_KEEPER_NONE;
}

#define AUTO_KEEPER CLEANUP(systemd_scope_let_go)

static int ask(const struct command *command, const char *unit, struct systemd_keeper *keeper,
               char answer[ANSWER_SIZE], struct error *err)
{
	AUTO_CLOSE int answer_fd = -1;

	if (start_helper(command, keeper, &answer_fd, err) < 0 ||
	    read_answer(answer_fd, answer, err) < 0)
		return -1;
	return judge(answer, unit, err);
}

int systemd_scope_start(const struct plan_scope *scope, char path[CGROUP_PATH_SIZE],
                        struct systemd_keeper *out, struct error *err)
{
	AUTO_COMMAND struct command command = { .count = 0 };
	AUTO_KEEPER struct systemd_keeper keeper = SYSTEMD_KEEPER_NONE;
	char answer[ANSWER_SIZE];
	const char *found = answer + strlen(ANSWER_OK) + 1;

	if (command_start(&command, "start", scope->is_user, scope->unit, scope->property_count + 1,
	                  err) < 0 ||
	    command_add(&command, strdup(scope->slice), err) < 0 ||
	    command_add_properties(&command, scope, err) < 0 ||
	    ask(&command, scope->unit, &keeper, answer, err) < 0)
		return -1;
	if (found[0] != '/' || strlen(found) >= CGROUP_PATH_SIZE)
		return error_set(err, ERROR_HOST, "systemd unit %s has no cgroup", scope->unit);
	memcpy(path, found, strlen(found) + 1);
	*out = keeper;
	keeper = SYSTEMD_KEEPER_NONE;
	return 0;
}

int systemd_scope_update(const char *unit, bool is_user, const struct plan_scope *scope,
                         struct error *err)
{
	AUTO_COMMAND struct command command = { .count = 0 };
	AUTO_KEEPER struct systemd_keeper keeper = SYSTEMD_KEEPER_NONE;
	char answer[ANSWER_SIZE];

	if (scope->property_count == 0)
		return 0;
	if (command_start(&command, "update", is_user, unit, scope->property_count, err) < 0 ||
	    command_add_properties(&command, scope, err) < 0)
		return -1;
	return ask(&command, unit, &keeper, answer, err);
}

int systemd_scope_stop(const char *unit, bool is_user, struct error *err)
{
	AUTO_COMMAND struct command command = { .count = 0 };
	AUTO_KEEPER struct systemd_keeper keeper = SYSTEMD_KEEPER_NONE;
	char answer[ANSWER_SIZE];

	if (command_start(&command, "stop", is_user, unit, 0, err) < 0)
		return -1;
	return ask(&command, unit, &keeper, answer, err);
}
