/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/result.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "lifecycle/state.h"

#define USEC_PER_SECOND UINT64_C(1000000)

/* Where a path is: the folder's descriptor and the name in it. */
static int open_folder(const char *path, const char **out_name, struct error *err)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *folder = NULL;
	int fd;

	*out_name = slash == NULL ? path : slash + 1;
	if (**out_name == '\0' || strcmp(*out_name, "-") == 0)
		return error_set(err, ERROR_USAGE, "\"%s\" is not the name of a file", path);
	folder = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
	if (folder == NULL)
		return error_set_errno(err, "cannot allocate the name of a folder");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set_errno(err, "cannot open the folder of %s", path);
	return fd;
}

int result_check(const char *path, struct error *err)
{
	const char *name = NULL;
	AUTO_CLOSE int fd = open_folder(path, &name, err);
	struct stat status;

	if (fd < 0)
		return error_at(err, "--result");
	if (faccessat(fd, ".", W_OK, AT_EACCESS) < 0) {
		(void)error_set_errno(err, "cannot write to the folder of %s", path);
		return error_at(err, "--result");
	}
	if (fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(status.st_mode) &&
	    !S_ISLNK(status.st_mode)) {
		(void)error_set(err, ERROR_USAGE, "%s is there and is not a file", path);
		return error_at(err, "--result");
	}
	return 0;
}

static void add_text(struct text *text, const char *name, const char *value)
{
	text_add_format(text, ",\"%s\":", name);
	if (value == NULL || value[0] == '\0')
		text_add(text, "null");
	else
		text_add_json(text, value);
}

static void add_figure(struct text *text, const char *name, bool is_known, uint64_t value)
{
	if (is_known)
		text_add_format(text, ",\"%s\":%" PRIu64, name, value);
	else
		text_add_format(text, ",\"%s\":null", name);
}

static void add_seconds(struct text *text, const char *name, bool is_known, uint64_t usec)
{
	if (is_known)
		text_add_format(text, ",\"%s\":%" PRIu64 ".%06" PRIu64, name,
		                usec / USEC_PER_SECOND, usec % USEC_PER_SECOND);
	else
		text_add_format(text, ",\"%s\":null", name);
}

static uint64_t timeval_usec(struct timeval time)
{
	return (uint64_t)time.tv_sec * USEC_PER_SECOND + (uint64_t)time.tv_usec;
}

static void add_end(struct text *text, const struct run_report *report)
{
	const int status = report->outcome.status;
	const bool has_exited = report->has_outcome && WIFEXITED(status);
	const bool is_killed = report->has_outcome && WIFSIGNALED(status);
	const char *signal = is_killed ? sigabbrev_np(WTERMSIG(status)) : NULL;

	add_figure(text, "exit_code", has_exited, (uint64_t)WEXITSTATUS(status));
	add_figure(text, "signal", is_killed, (uint64_t)WTERMSIG(status));
	add_text(text, "signal_name", signal);
	if (report->has_outcome)
		text_add_format(text, ",\"timed_out\":%s",
		                report->outcome.has_timed_out ? "true" : "false");
	else
		text_add(text, ",\"timed_out\":null");
}

/* A cgroup measures all processes; without one it is what the init has reaped. */
static void add_times(struct text *text, const struct run_report *report)
{
	const bool is_known = report->has_outcome;
	const struct cgroup_usage *usage = &report->usage;
	const struct rusage *resources = &report->outcome.resources;
	uint64_t user = timeval_usec(resources->ru_utime);
	uint64_t system = timeval_usec(resources->ru_stime);

	if (usage->cpu_user_usec != CGROUP_UNKNOWN && usage->cpu_system_usec != CGROUP_UNKNOWN) {
		user = usage->cpu_user_usec;
		system = usage->cpu_system_usec;
	}
	add_seconds(text, "wall_seconds", is_known, report->outcome.wall_usec);
	add_seconds(text, "cpu_user_seconds", is_known, user);
	add_seconds(text, "cpu_system_seconds", is_known, system);
}

static void add_usage(struct text *text, const struct run_report *report)
{
	const struct cgroup_usage *usage = &report->usage;
	const struct {
		const char *name;
		uint64_t value;
	} figures[] = {
		{ "memory_peak_bytes", usage->memory_peak },
		{ "oom_kills", usage->oom_kills },
		{ "pids_peak", usage->pids_peak },
		{ "pids_max_hits", usage->pids_refused },
		{ "io_read_bytes", usage->io_read },
		{ "io_written_bytes", usage->io_written },
	};

	for (size_t i = 0; i < ARRAY_LEN(figures); i++)
		add_figure(text, figures[i].name,
		           report->has_outcome && figures[i].value != CGROUP_UNKNOWN,
		           figures[i].value);
	add_seconds(text, "throttled_seconds",
	            report->has_outcome && usage->cpu_throttled_usec != CGROUP_UNKNOWN,
	            usage->cpu_throttled_usec);
}

static void add_denials(struct text *text, const struct run_report *report)
{
	const struct denials *denials = &report->denials;
	const bool is_known = report->has_outcome && denials->reason == NULL;

	text_add(text, ",\"denials\":{\"source\":\"kernel log\"");
	add_figure(text, "seccomp", is_known, denials->seccomp);
	add_figure(text, "apparmor", is_known, denials->apparmor);
	add_text(text, "unknown_because",
	         report->has_outcome ? denials->reason : "the program did not run");
	text_add(text, "}");
}

static void add_failure(struct text *text, const struct error *failure)
{
	AUTO_TEXT struct text message = { 0 };

	if (failure->kind == ERROR_NONE) {
		text_add(text, ",\"error\":null");
		return;
	}
	text_add_format(&message, "%s%s%s", failure->what, failure->code == 0 ? "" : ": ",
	                failure->code == 0 ? "" : strerror(failure->code));
	text_add(text, ",\"error\":{\"message\":");
	text_add_json(text, message.is_broken ? failure->what : message.bytes);
	add_text(text, "at", failure->where);
	add_text(text, "stage", failure->stage);
	add_text(text, "hint", failure->hint);
	text_add(text, "}");
}

char *result_text(const struct result *result, struct error *err)
{
	const struct run_report *report = result->report;
	AUTO_TEXT struct text text = { 0 };

	text_add_format(&text, "{\"version\":%d", RESULT_VERSION);
	add_text(&text, "hardrun", result->version);
	add_text(&text, "name", report->name);
	add_text(&text, "digest", report->digest);
	text_add_format(&text, ",\"hardrun_exit_status\":%d", result->exit_status);
	add_end(&text, report);
	add_times(&text, report);
	add_usage(&text, report);
	add_denials(&text, report);
	if (report->plan == NULL)
		text_add(&text, ",\"relaxations\":null");
	else
		state_add_relaxations(&text, report->plan);
	add_failure(&text, result->failure);
	text_add(&text, "}\n");
	return text_take(&text, err);
}

static int write_file(int folder_fd, const char *name, const char *content, struct error *err)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	AUTO_CLOSE int fd = openat(folder_fd, name, flags, 0666);
	size_t left = strlen(content);

	if (fd < 0)
		return error_set_errno(err, "cannot make a file for the result");
	while (left > 0) {
		const ssize_t size = write(fd, content, left);

		if (size < 0)
			return error_set_errno(err, "cannot write the result");
		content += size;
		left -= (size_t)size;
	}
	return 0;
}

int result_write(const char *path, const struct result *result, struct error *err)
{
	AUTO_FREE char *text = result_text(result, err);
	const char *name = NULL;
	AUTO_CLOSE int folder_fd = -1;
	char new_name[48];

	if (text == NULL || result_check(path, err) < 0)
		return -1;
	folder_fd = open_folder(path, &name, err);
	if (folder_fd < 0)
		return -1;
	(void)snprintf(new_name, sizeof(new_name), ".hardrun-result.%d", (int)getpid());
	if (write_file(folder_fd, new_name, text, err) == 0 &&
	    renameat(folder_fd, new_name, folder_fd, name) == 0)
		return 0;
	(void)error_set_errno(err, "cannot put the result at %s", path);
	(void)unlinkat(folder_fd, new_name, 0);
	return -1;
}
