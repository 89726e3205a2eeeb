/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sandbox/hooks.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/process.h"

#define STATE_SIZE_MAX 1048576 /* of a state; bytes */
#define OUTPUT_SIZE    512     /* what is kept of a hook's standard error; bytes */

/* A hook that runs. */
struct running {
	const struct plan_hook *hook;
	pid_t pid;
	int pidfd;
	int error_fd; /* its standard error */
	char output[OUTPUT_SIZE];
	size_t length;
};

int hooks_keep_state(const char *state, struct error *err)
{
	AUTO_CLOSE int fd = memfd_create("state", MFD_CLOEXEC);

	if (fd < 0 || file_put(fd, state, strlen(state)) < 0)
		return error_set_errno(err, "cannot keep the container's state for its hooks");
	return take_fd(&fd);
}

static int start(struct running *running, int state_fd, struct error *err)
{
	const struct process_image image = {
		.paths = (const char *const[]){ running->hook->path, NULL },
		.argv = running->hook->argv,
		.envp = running->hook->envp,
	};

	running->pid = process_spawn_helper(&image, state_fd, &running->error_fd, err);
	if (running->pid < 0)
		return -1;
	running->pidfd = process_open(running->pid, err);
	return running->pidfd < 0 ? -1 : 0;
}

/* The end of what it says is what tells most. */
static void listen_to(struct running *running)
{
	char bytes[OUTPUT_SIZE];
	const ssize_t length = read(running->error_fd, bytes, sizeof(bytes));
	size_t kept;

	if (length <= 0) {
		cleanup_close(&running->error_fd);
		running->error_fd = -1;
		return;
	}
	kept = OUTPUT_SIZE - (size_t)length;
	if (running->length < kept)
		kept = running->length;
	memmove(running->output, running->output + running->length - kept, kept);
	memcpy(running->output + kept, bytes, (size_t)length);
	running->length = kept + (size_t)length;
}

static int refuse_slow(const struct running *running, struct error *err)
{
	(void)error_set(err, ERROR_HOST, "the hook %s took longer than %llu ms",
	                running->hook->path, (unsigned long long)running->hook->timeout_ms);
	return -1;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* -1: for ever; 0: it is over. */
static int remaining_ms(const struct running *running, uint64_t started)
{
	const uint64_t limit = running->hook->timeout_ms;
	const uint64_t used = now_ms() - started;

	if (limit == 0)
		return -1;
	if (used >= limit)
		return 0;
	return limit - used > INT32_MAX ? INT32_MAX : (int)(limit - used);
}

static int attend(struct running *running, struct error *err)
{
	const uint64_t started = now_ms();

	for (;;) {
		struct pollfd watched[] = {
			{ .fd = running->error_fd, .events = POLLIN },
			{ .fd = running->pidfd, .events = POLLIN },
		};
		const int count = poll(watched, ARRAY_LEN(watched), remaining_ms(running, started));

		if (count < 0 && errno != EINTR)
			return error_set_errno(err, "cannot watch the hook %s",
			                       running->hook->path);
		if (count == 0)
			return refuse_slow(running, err);
		if (watched[0].revents != 0)
			listen_to(running);
		else if (watched[1].revents != 0)
			return 0;
	}
}

/* The last line, without what a terminal would act on. */
static const char *last_words(struct running *running)
{
	char *text = running->output;
	size_t length = running->length;

	while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
		length--;
	if (length == OUTPUT_SIZE)
		length--;
	text[length] = '\0';
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			running->length = i + 1;
		else if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
	}
	text = memrchr(text, '\n', length);
	return text == NULL ? running->output : text + 1;
}

static int judge(struct running *running, int status, struct error *err)
{
	char name[PROCESS_SIGNAL_NAME_SIZE];

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status)) {
		process_name_signal(WTERMSIG(status), name);
		return error_set(err, ERROR_HOST, "the hook %s was killed by %s",
		                 running->hook->path, name);
	}
	return error_set(err, ERROR_HOST, "the hook %s ended with status %d: %s",
	                 running->hook->path, WEXITSTATUS(status), last_words(running));
}

/* It leads a process group, which ends with it. */
static int finish(struct running *running, int result, struct error *err)
{
	int status = 0;

	if (result < 0)
		(void)kill(-running->pid, SIGKILL);
	while (waitpid(running->pid, &status, 0) < 0) {
		if (errno != EINTR)
			return error_set_errno(err, "cannot wait for the hook %s",
			                       running->hook->path);
	}
	return result < 0 ? -1 : judge(running, status, err);
}

static int run(const struct plan_hook *hook, int state_fd, struct error *err)
{
	struct running running = { .hook = hook, .pid = -1, .pidfd = -1, .error_fd = -1 };
	int result = start(&running, state_fd, err);

	if (result == 0)
		result = attend(&running, err);
	if (running.pid > 0)
		result = finish(&running, result, err);
	cleanup_close(&running.pidfd);
	cleanup_close(&running.error_fd);
	return result < 0 ? error_at(err, "%s", hook->origin) : 0;
}

int hooks_run_from(const struct plan_hook_list *list, int state_fd, struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		if (lseek(state_fd, 0, SEEK_SET) < 0)
			return error_set_errno(err, "cannot read the container's state");
		if (run(&list->items[i], state_fd, err) < 0)
			return -1;
	}
	return 0;
}

int hooks_run(const struct plan_hook_list *list, const char *state, struct error *err)
{
	AUTO_CLOSE int state_fd = -1;

	if (list->count == 0)
		return 0;
	state_fd = hooks_keep_state(state, err);
	return state_fd < 0 ? -1 : hooks_run_from(list, state_fd, err);
}
