/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/criu.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/host.h"
#include "lifecycle/container_state.h"

#define PROGRAM "hardrun-criu"

#define MESSAGE_SIZE 4096 /* of the helper's; bytes */

#define MESSAGE_NOTIFY "notify "
#define MESSAGE_OK     "ok "
#define MESSAGE_ERROR  "error "
#define REPLY_OK       "ok"

#define CRIU_IS_MISSING "missing"

static const struct {
	const char *name;
	const char *done; /* "cannot ... the container" */
	const char *log;
} verbs[] = {
	[CRIU_DUMP] = { "dump", "checkpoint", "dump.log" },
	[CRIU_PRE_DUMP] = { "pre-dump", "checkpoint", "dump.log" },
	[CRIU_RESTORE] = { "restore", "restore", "restore.log" },
};

/* criu itself, and the programs that it calls for networks and the content of a tmpfs. */
static const char *const kept_variables[] = { "PATH", NULL };

static int check_caller(struct error *err)
{
	struct host host;

	host_init(&host);
	if (host_is_privileged(&host))
		return 0;
	return error_set(err, ERROR_HOST, "only root of the host can checkpoint and restore");
}

/* With its parents, the caller's alone: it holds the memory of processes. */
static int make_folder(const char *path, struct error *err)
{
	char part[PATH_MAX];

	if ((size_t)snprintf(part, sizeof(part), "%s/", path) >= sizeof(part))
		return error_set(err, ERROR_USAGE, "the path %.80s... is too long", path);
	for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			return error_set_errno(err, "cannot make the folder %s", part);
		*slash = '/';
	}
	return 0;
}

static int find_folder(const char *path, bool makes, const char *option, char out[PATH_MAX],
                       struct error *err)
{
	struct stat found;

	if (makes && make_folder(path, err) < 0)
		return error_at(err, "%s", option);
	if (realpath(path, out) == NULL || stat(out, &found) < 0) {
		(void)error_set_errno(err, "cannot find the folder %s", path);
		return error_at(err, "%s", option);
	}
	if (!S_ISDIR(found.st_mode)) {
		(void)error_set(err, ERROR_USAGE, "%s is not a folder", path);
		return error_at(err, "%s", option);
	}
	return 0;
}

static int find_folders(struct criu_call *call, struct error *err)
{
	const struct criu_options *options = call->options;
	const bool is_dump = call->verb != CRIU_RESTORE;

	if (find_folder(options->image_path, is_dump, "--image-path", call->images, err) < 0)
		return -1;
	if (options->work_path == NULL) {
		memcpy(call->work, call->images, sizeof(call->work));
		return 0;
	}
	return find_folder(options->work_path, true, "--work-path", call->work, err);
}

static void add_switch(struct criu_call *call, bool is_on, const char *name)
{
	if (is_on)
		helper_words_add(&call->words, "%s", name);
}

static void add_options(struct criu_call *call)
{
	const struct criu_options *options = call->options;
	const char *mode = options->manage_cgroups_mode;

	helper_words_add(&call->words, "images=%s", call->images);
	helper_words_add(&call->words, "work=%s", call->work);
	helper_words_add(&call->words, "log=%s", verbs[call->verb].log);
	helper_words_add(&call->words, "manage-cgroups=%s", mode == NULL ? "soft" : mode);
	if (options->program != NULL)
		helper_words_add(&call->words, "criu=%s", options->program);
	if (options->has_empty_network)
		helper_words_add(&call->words, "empty=%d", CLONE_NEWNET);
	add_switch(call, options->has_tcp_established, "tcp-established");
	add_switch(call, options->has_external_sockets, "ext-unix-sk");
	add_switch(call, options->is_shell_job, "shell-job");
	add_switch(call, options->has_file_locks, "file-locks");
	add_switch(call, options->has_auto_dedup, "auto-dedup");
	add_switch(call, true, "notify-scripts");
	add_switch(call, true, "orphan-pts-master");
}

int criu_begin(struct criu_call *call, struct error *err)
{
	if (check_caller(err) < 0 || find_folders(call, err) < 0)
		return -1;
	helper_words_add(&call->words, PROGRAM);
	helper_words_add(&call->words, "%s", verbs[call->verb].name);
	add_options(call);
	return 0;
}

void criu_end(struct criu_call *call)
{
	helper_words_release(&call->words);
}

static int find_program(char path[PATH_MAX], struct error *err)
{
	if (helper_find(PROGRAM, "asks criu for checkpoints", path, err) == 0)
		return 0;
	return error_hint(err, "build hardrun where libcriu-dev (on Debian 12: criu) and "
	                       "libprotobuf-c-dev are installed");
}

bool criu_is_supported(void)
{
	struct error missing = { .kind = ERROR_NONE };
	char path[PATH_MAX];

	return find_program(path, &missing) == 0;
}

static int start_helper(const struct criu_call *call, pid_t *out_pid, struct error *err)
{
	char path[PATH_MAX];
	int ends[2];
	AUTO_CLOSE int ours = -1;
	AUTO_CLOSE int low = -1;
	AUTO_CLOSE int theirs = -1;
	int fds[CONTAINER_STREAM_COUNT + 1] = { -1, -1, -1 };

	if (find_program(path, err) < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return error_set_errno(err, "cannot make a socket to " PROGRAM);
	ours = ends[0];
	low = ends[1];
	theirs = fcntl(low, F_DUPFD_CLOEXEC, CONTAINER_STREAM_COUNT + 1);
	if (theirs < 0)
		return error_set_errno(err, "cannot make a socket to " PROGRAM);
	fds[CONTAINER_STREAM_COUNT] = theirs;
	for (int i = 0; i < CONTAINER_STREAM_COUNT && call->verb == CRIU_RESTORE; i++)
		fds[i] = i;
	if (helper_spawn(&(struct helper_call){ path, &call->words, kept_variables, fds,
	                                        ARRAY_LEN(fds) },
	                 out_pid, err) < 0)
		return -1;
	return take_fd(&ours);
}

/* Returns the length of the message; *@out_fd is -1 when none came with it. */
static ssize_t hear(int fd, char text[MESSAGE_SIZE], int *out_fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { .iov_base = text, .iov_len = MESSAGE_SIZE - 1 };
	struct msghdr message = { .msg_iov = &part,
		                  .msg_iovlen = 1,
		                  .msg_control = control.bytes,
		                  .msg_controllen = sizeof(control.bytes) };
	const struct cmsghdr *header;
	ssize_t length;

	do {
		length = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	} while (length < 0 && errno == EINTR);
	text[length < 0 ? 0 : length] = '\0';
	*out_fd = -1;
	header = length < 0 ? NULL : CMSG_FIRSTHDR(&message);
	if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(*out_fd)))
		memcpy(out_fd, CMSG_DATA(header), sizeof(*out_fd));
	return length;
}

/* "PID STEP" */
static int take_step(const struct criu_call *call, int fd, const char *text, int passed_fd,
                     struct error *err)
{
	char *step;
	const long pid = strtol(text, &step, 10);

	if (*step != ' ')
		return error_set(err, ERROR_INTERNAL, PROGRAM " speaks otherwise than hardrun");
	if (call->on_step != NULL &&
	    call->on_step(call->context, step + 1, (pid_t)pid, passed_fd, err) < 0)
		return -1;
	(void)send(fd, REPLY_OK, strlen(REPLY_OK), MSG_NOSIGNAL);
	return 0;
}

static int blame(const struct criu_call *call, const char *why, struct error *err)
{
	if (strcmp(why, CRIU_IS_MISSING) == 0) {
		(void)error_set(err, ERROR_HOST, "criu is missing, which checkpoints and restores");
		return call->options->program == NULL ? error_hint(err, "install the package criu")
		                                      : error_at(err, "--criu");
	}
	(void)error_set(err, ERROR_SYSTEM, "criu cannot %s the container: %s",
	                verbs[call->verb].done, why);
	return error_hint(err, "see %s/%s", call->work, verbs[call->verb].log);
}

static bool begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* One message. Returns 1 when it was the last, 0 else. */
static int take_message(const struct criu_call *call, int fd, pid_t *out_pid, struct error *err)
{
	char text[MESSAGE_SIZE];
	AUTO_CLOSE int passed_fd = -1;

	if (hear(fd, text, &passed_fd) <= 0)
		return error_set(err, ERROR_SYSTEM, PROGRAM " ended without an answer");
	if (begins_with(text, MESSAGE_NOTIFY))
		return take_step(call, fd, text + strlen(MESSAGE_NOTIFY), passed_fd, err);
	if (begins_with(text, MESSAGE_ERROR))
		return blame(call, text + strlen(MESSAGE_ERROR), err);
	if (!begins_with(text, MESSAGE_OK))
		return error_set(err, ERROR_INTERNAL, PROGRAM " speaks otherwise than hardrun");
	*out_pid = (pid_t)strtol(text + strlen(MESSAGE_OK), NULL, 10);
	return 1;
}

int criu_run(const struct criu_call *call, pid_t *out_pid, struct error *err)
{
	pid_t helper = 0;
	int fd = start_helper(call, &helper, err);
	int result = 0;

	if (fd < 0)
		return -1;
	while (result == 0)
		result = take_message(call, fd, out_pid, err);
	/* Whoever is told no more gives up: criu takes back what it has done. */
	cleanup_close(&fd);
	helper_wait(helper);
	return result < 0 ? -1 : 0;
}
