/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

static int log_fd = STDERR_FILENO;
static enum log_format log_format = LOG_TEXT;

/* Lines kept back; released or, with the process, lost. */
static struct text held;
static bool holds_warnings;

int log_open(const char *path, enum log_format format, struct error *err)
{
	const int flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;
	int fd = STDERR_FILENO;

	if (path != NULL)
		fd = open(path, flags, 0600);
	if (fd < 0)
		return error_set_errno(err, "cannot open the log file %s", path);
	if (log_fd != STDERR_FILENO)
		(void)close(log_fd);
	log_fd = fd;
	log_format = format;
	return 0;
}

bool log_has_file(void)
{
	return log_fd != STDERR_FILENO;
}

bool log_owns_stderr(void)
{
	return !log_has_file() && log_format == LOG_JSON;
}

static void add_message(struct text *line, const struct error *err)
{
	text_add(line, err->what);
	if (err->code != 0)
		text_add_format(line, ": %s", strerror(err->code));
}

static void add_member(struct text *line, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	text_add_format(line, ",\"%s\":", name);
	text_add_json(line, value);
}

static void add_json(struct text *line, const char *level, const char *time,
                     const struct error *err)
{
	AUTO_TEXT struct text message = { 0 };

	add_message(&message, err);
	text_add_format(line, "{\"level\":\"%s\",\"msg\":", level);
	text_add_json(line, message.is_broken ? err->what : message.bytes);
	add_member(line, "time", time);
	add_member(line, "at", err->where);
	add_member(line, "stage", err->stage);
	add_member(line, "hint", err->hint);
	text_add(line, "}\n");
}

static void add_part(struct text *line, const char *name, const char *value)
{
	if (value[0] != '\0')
		text_add_format(line, "; %s: %s", name, value);
}

static void add_plain(struct text *line, const char *level, const char *time,
                      const struct error *err)
{
	if (log_has_file())
		text_add_format(line, "%s %s: ", time, level);
	else
		text_add_format(line, "hardrun: %s: ", level);
	add_message(line, err);
	add_part(line, "at", err->where);
	add_part(line, "stage", err->stage);
	add_part(line, "hint", err->hint);
	text_add(line, "\n");
}

static void format_line(struct text *line, const char *level, const struct error *err)
{
	char time[CLOCK_TEXT_SIZE];
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	clock_text(now, time);
	if (log_format == LOG_JSON)
		add_json(line, level, time, err);
	else
		add_plain(line, level, time, err);
}

/* A line that cannot be written is lost: there is no one left to tell. */
static void write_lines(const struct text *lines)
{
	if (!lines->is_broken && lines->length > 0 &&
	    write(log_fd, lines->bytes, lines->length) < 0)
		return;
}

void log_error(const struct error *err)
{
	AUTO_TEXT struct text line = { 0 };

	format_line(&line, "error", err);
	write_lines(&line);
}

void log_warning(const struct error *err)
{
	AUTO_TEXT struct text line = { 0 };

	if (holds_warnings && log_has_file() && log_format == LOG_JSON) {
		format_line(&held, "warning", err);
		return;
	}
	format_line(&line, "warning", err);
	write_lines(&line);
}

void log_hold_warnings(void)
{
	holds_warnings = true;
}

void log_release_warnings(void)
{
	holds_warnings = false;
	write_lines(&held);
	text_release(&held);
	held = (struct text){ 0 };
}
