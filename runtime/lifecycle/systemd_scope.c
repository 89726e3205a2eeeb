/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/systemd_scope.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "lifecycle/helper.h"

#define PROGRAM "hardrun-systemd-cgroup"

/* systemd's own patience with a job is 90 s. */
#define ANSWER_TIMEOUT_MS 100000

#define ANSWER_SIZE (CGROUP_PATH_SIZE + 64)

#define ANSWER_OK    "ok"
#define ANSWER_ERROR "error "

/* What finds the user's bus. Source: sd_bus_default(3). */
static const char *const kept_variables[] = { "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", NULL };

static void start_words(struct helper_words *words, const char *verb, bool is_user,
                        const char *unit)
{
	helper_words_add(words, PROGRAM);
	helper_words_add(words, "%s", verb);
	helper_words_add(words, "%s", is_user ? "user" : "system");
	helper_words_add(words, "%s", unit);
}

static void add_properties(struct helper_words *words, const struct plan_scope *scope)
{
	for (size_t i = 0; i < scope->property_count; i++) {
		const struct plan_scope_property *property = &scope->properties[i];

		helper_words_add(words, "%s:%c=%s", property->name, property->type,
		                 property->value);
	}
}

static int find_program(char path[PATH_MAX], struct error *err)
{
	if (helper_find(PROGRAM, "asks systemd for scopes", path, err) == 0)
		return 0;
	return error_hint(err, "build hardrun where libsystemd-dev is installed, or leave out "
	                       "--systemd-cgroup");
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

static int start_helper(const struct helper_words *words, struct systemd_keeper *out, int *out_fd,
                        struct error *err)
{
	char path[PATH_MAX];
	AUTO_CLOSE int ours_in = -1;
	AUTO_CLOSE int theirs_out = -1;
	int input[2] = { -1, -1 };
	int output[2] = { -1, -1 };
	int fds[] = { -1, -1, -1 };

	if (find_program(path, err) < 0 || make_pipe(input, err) < 0)
		return -1;
	ours_in = input[0];
	out->fd = input[1];
	if (make_pipe(output, err) < 0)
		return -1;
	*out_fd = output[0];
	theirs_out = output[1];
	fds[STDIN_FILENO] = ours_in;
	fds[STDOUT_FILENO] = theirs_out;
	return helper_spawn(
		&(struct helper_call){ path, words, kept_variables, fds, ARRAY_LEN(fds) },
		&out->pid, err);
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

/* By a signal: a container that waits for its user namespace has the helper's input open too. */
void systemd_scope_let_go(struct systemd_keeper *keeper)
{
	cleanup_close(&keeper->fd);
	if (keeper->pid > 0)
		(void)kill(keeper->pid, SIGTERM);
	helper_wait(keeper->pid);
	*keeper = SYSTEMD_KEEPER_NONE;
}

#define AUTO_KEEPER CLEANUP(systemd_scope_let_go)

static int ask(const struct helper_words *words, const char *unit, struct systemd_keeper *keeper,
               char answer[ANSWER_SIZE], struct error *err)
{
	AUTO_CLOSE int answer_fd = -1;

	if (start_helper(words, keeper, &answer_fd, err) < 0 ||
	    read_answer(answer_fd, answer, err) < 0)
		return -1;
	return judge(answer, unit, err);
}

int systemd_scope_start(const struct plan_scope *scope, char path[CGROUP_PATH_SIZE],
                        struct systemd_keeper *out, struct error *err)
{
	AUTO_HELPER_WORDS struct helper_words words = { 0 };
	AUTO_KEEPER struct systemd_keeper keeper = SYSTEMD_KEEPER_NONE;
	char answer[ANSWER_SIZE];
	const char *found = answer + strlen(ANSWER_OK) + 1;

	start_words(&words, "start", scope->is_user, scope->unit);
	helper_words_add(&words, "%s", scope->slice);
	add_properties(&words, scope);
	if (ask(&words, scope->unit, &keeper, answer, err) < 0)
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
	AUTO_HELPER_WORDS struct helper_words words = { 0 };
	AUTO_KEEPER struct systemd_keeper keeper = SYSTEMD_KEEPER_NONE;
	char answer[ANSWER_SIZE];

	if (scope->property_count == 0)
		return 0;
	start_words(&words, "update", is_user, unit);
	add_properties(&words, scope);
	return ask(&words, unit, &keeper, answer, err);
}

int systemd_scope_stop(const char *unit, bool is_user, struct error *err)
{
	AUTO_HELPER_WORDS struct helper_words words = { 0 };
	AUTO_KEEPER struct systemd_keeper keeper = SYSTEMD_KEEPER_NONE;
	char answer[ANSWER_SIZE];

	start_words(&words, "stop", is_user, unit);
	return ask(&words, unit, &keeper, answer, err);
}
