/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The helper program that asks systemd for scopes: alone in being linked with libsystemd, alone in
 * talking D-Bus. lifecycle/systemd_scope.h says what it is asked and how it answers.
 * Source: org.freedesktop.systemd1(5); sd-bus(3).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#include "base/compiler.h"

#define DESTINATION "org.freedesktop.systemd1"
#define OBJECT      "/org/freedesktop/systemd1"
#define INTERFACE   "org.freedesktop.systemd1.Manager"

#define JOB_TIMEOUT_USEC (UINT64_C(60) * 1000 * 1000)

/* Bits of a mask of processors or memory nodes. Source: kernel, NR_CPUS of any architecture. */
#define MASK_BITS 8192

#define PATH_SIZE 4096

/* What runs while a job of systemd's is waited for. */
struct job {
	const char *path;
	bool has_ended;
	char result[32];
};

/* The one line of a failure, which ends the program. */
NORETURN static void fail(const char *format, ...) PRINTF_LIKE(1, 2);

static void fail(const char *format, ...)
{
	va_list args;

	(void)fputs("error ", stdout);
	va_start(args, format);
	(void)vprintf(format, args);
	va_end(args);
	(void)putchar('\n');
	(void)fflush(stdout);
	exit(EXIT_FAILURE);
}

static void check(int code, const char *what)
{
	if (code < 0)
		fail("%s: %s", what, strerror(-code));
}

/* A message of several lines would look like several answers. */
static void check_call(int code, const sd_bus_error *error, const char *what)
{
	if (code >= 0)
		return;
	if (error->message == NULL)
		fail("%s: %s", what, strerror(-code));
	fail("%.*s", (int)strcspn(error->message, "\n"), error->message);
}

/*
 * Root of a user namespace may be an engine of an ordinary user, with a session of that user's, or
 * the root of a system container, with none.
 * Source: sd_bus_open_user(3).
 */
static bool has_session(void)
{
	return geteuid() != 0 || getenv("DBUS_SESSION_BUS_ADDRESS") != NULL ||
	       getenv("XDG_RUNTIME_DIR") != NULL;
}

static sd_bus *open_bus(const char *whose)
{
	sd_bus *bus = NULL;
	int code;

	if (strcmp(whose, "user") == 0 && has_session())
		code = sd_bus_open_user(&bus);
	else if (strcmp(whose, "user") == 0 || strcmp(whose, "system") == 0)
		code = sd_bus_open_system(&bus);
	else
		fail("\"%s\" is no bus", whose);
	if (code < 0)
		fail("cannot reach the %s bus: %s", whose, strerror(-code));
	return bus;
}

static int on_job_removed(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct job *job = context;
	const char *path;
	const char *unit;
	const char *result;
	uint32_t id;

	(void)error;
	if (sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) < 0 ||
	    job->path == NULL || strcmp(job->path, path) != 0)
		return 0;
	(void)snprintf(job->result, sizeof(job->result), "%s", result);
	job->has_ended = true;
	return 0;
}

/* Before the call that makes the job: its end may come with the answer. */
static void watch_jobs(sd_bus *bus, struct job *job)
{
	check(sd_bus_match_signal(bus, NULL, DESTINATION, OBJECT, INTERFACE, "JobRemoved",
	                          on_job_removed, job),
	      "cannot watch the jobs of systemd");
	check(sd_bus_call_method(bus, DESTINATION, OBJECT, INTERFACE, "Subscribe", NULL, NULL, ""),
	      "cannot watch the jobs of systemd");
}

static uint64_t now_usec(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* @answer: of the call that made the job; signals that came before it are still in the queue. */
static void wait_for_job(sd_bus *bus, struct job *job, sd_bus_message *answer)
{
	const uint64_t end_usec = now_usec() + JOB_TIMEOUT_USEC;

	check(sd_bus_message_read(answer, "o", &job->path), "systemd names no job");
	while (!job->has_ended) {
		const int code = sd_bus_process(bus, NULL);

		check(code, "the bus is gone");
		if (now_usec() > end_usec)
			fail("systemd takes too long");
		if (code == 0)
			check(sd_bus_wait(bus, end_usec - now_usec()), "the bus is gone");
	}
	if (strcmp(job->result, "done") != 0)
		fail("the job ended with \"%s\"", job->result);
}

static uint64_t read_amount(const char *text)
{
	char *end;
	uint64_t value;

	if (strcmp(text, "infinity") == 0)
		return UINT64_MAX;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || *text == '-')
		fail("\"%s\" is no number", text);
	return value;
}

static int64_t read_signed(const char *text)
{
	char *end;
	int64_t value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0')
		fail("\"%s\" is no number", text);
	return value;
}

/* Set the bits of "0-3,5" in @mask; returns how many bytes are used. */
static size_t read_mask(const char *text, uint8_t mask[MASK_BITS / 8])
{
	size_t used = 0;

	while (*text != '\0') {
		char *end;
		const uint64_t first = strtoull(text, &end, 10);
		uint64_t last = first;

		if (*end == '-')
			last = strtoull(end + 1, &end, 10);
		if (end == text || (*end != ',' && *end != '\0') || last < first ||
		    last >= MASK_BITS)
			fail("\"%s\" is no list of processors or nodes", text);
		for (uint64_t bit = first; bit <= last; bit++)
			mask[bit / 8] |= (uint8_t)(1U << (bit % 8));
		if (last / 8 + 1 > used)
			used = last / 8 + 1;
		text = *end == ',' ? end + 1 : end;
	}
	return used;
}

static int append_mask(sd_bus_message *message, const char *name, const char *value)
{
	uint8_t mask[MASK_BITS / 8] = { 0 };
	const size_t size = read_mask(value, mask);

	check(sd_bus_message_open_container(message, 'r', "sv"), name);
	check(sd_bus_message_append(message, "s", name), name);
	check(sd_bus_message_open_container(message, 'v', "ay"), name);
	check(sd_bus_message_append_array(message, 'y', mask, size), name);
	check(sd_bus_message_close_container(message), name);
	return sd_bus_message_close_container(message);
}

static int append_typed(sd_bus_message *message, const char *name, char type, const char *value)
{
	switch (type) {
	case 't':
		return sd_bus_message_append(message, "(sv)", name, "t", read_amount(value));
	case 'x':
		return sd_bus_message_append(message, "(sv)", name, "x", read_signed(value));
	case 'i':
		return sd_bus_message_append(message, "(sv)", name, "i",
		                             (int32_t)read_signed(value));
	case 'b':
		return sd_bus_message_append(message, "(sv)", name, "b",
		                             strcmp(value, "true") == 0 ? 1 : 0);
	case 's':
		return sd_bus_message_append(message, "(sv)", name, "s", value);
	case 'r':
		return append_mask(message, name, value);
	default:
		fail("%s has an unknown type", name);
	}
}

/* "NAME:TYPE=VALUE" */
static void append_word(sd_bus_message *message, char *word)
{
	char *colon = strchr(word, ':');

	if (colon == NULL || colon[1] == '\0' || colon[2] != '=')
		fail("\"%s\" is no property", word);
	*colon = '\0';
	check(append_typed(message, word, colon[1], colon + 3), word);
}

static void append_words(sd_bus_message *message, char **words)
{
	for (; *words != NULL; words++)
		append_word(message, *words);
}

/*
 * As runc has them: the accounting is there from the beginning, and shutting down the host does
 * not wait for the container by itself.
 */
static void append_usual(sd_bus_message *message, const char *unit, const char *slice)
{
	static const char *const switched_on[] = { "Delegate", "CPUAccounting", "IOAccounting",
		                                   "MemoryAccounting", "TasksAccounting" };
	char text[PATH_SIZE];

	(void)snprintf(text, sizeof(text), "hardrun container %s", unit);
	check(sd_bus_message_append(message, "(sv)", "Description", "s", text), "Description");
	check(sd_bus_message_append(message, "(sv)", "Slice", "s", slice), "Slice");
	check(sd_bus_message_append(message, "(sv)", "PIDs", "au", 1, (uint32_t)getpid()), "PIDs");
	check(sd_bus_message_append(message, "(sv)", "DefaultDependencies", "b", 0),
	      "DefaultDependencies");
	check(sd_bus_message_append(message, "(sv)", "CollectMode", "s", "inactive-or-failed"),
	      "CollectMode");
	for (size_t i = 0; i < ARRAY_LEN(switched_on); i++)
		check(sd_bus_message_append(message, "(sv)", switched_on[i], "b", 1),
		      switched_on[i]);
}

static sd_bus_message *new_call(sd_bus *bus, const char *method)
{
	sd_bus_message *message = NULL;

	check(sd_bus_message_new_method_call(bus, &message, DESTINATION, OBJECT, INTERFACE, method),
	      method);
	return message;
}

/* The path behind "0::" in /proc/self/cgroup. */
static void print_own_cgroup(void)
{
	char line[PATH_SIZE];
	FILE *file = fopen("/proc/self/cgroup", "re");

	if (file == NULL)
		fail("cannot read /proc/self/cgroup");
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, "0::/", strlen("0::/")) == 0) {
			(void)printf("ok %s", line + strlen("0::"));
			(void)fflush(stdout);
			(void)fclose(file);
			return;
		}
	}
	fail("this process is in no cgroup of version 2");
}

static void wait_for_end_of_input(void)
{
	char byte;

	while (read(STDIN_FILENO, &byte, sizeof(byte)) > 0)
		;
}

static int start(sd_bus *bus, char **words)
{
	struct job job = { .path = NULL };
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *message = new_call(bus, "StartTransientUnit");
	sd_bus_message *answer = NULL;

	if (words[0] == NULL || words[1] == NULL)
		fail("start needs a unit and a slice");
	check(sd_bus_message_append(message, "ss", words[0], "fail"), words[0]);
	check(sd_bus_message_open_container(message, 'a', "(sv)"), "properties");
	append_usual(message, words[0], words[1]);
	append_words(message, words + 2);
	check(sd_bus_message_close_container(message), "properties");
	check(sd_bus_message_append(message, "a(sa(sv))", 0), "properties");
	watch_jobs(bus, &job);
	check_call(sd_bus_call(bus, message, 0, &error, &answer), &error, "StartTransientUnit");
	wait_for_job(bus, &job, answer);
	print_own_cgroup();
	wait_for_end_of_input();
	return EXIT_SUCCESS;
}

static int update(sd_bus *bus, char **words)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *message = new_call(bus, "SetUnitProperties");

	if (words[0] == NULL)
		fail("update needs a unit");
	/* Until the next boot, as the unit itself. */
	check(sd_bus_message_append(message, "sb", words[0], 1), words[0]);
	check(sd_bus_message_open_container(message, 'a', "(sv)"), "properties");
	append_words(message, words + 1);
	check(sd_bus_message_close_container(message), "properties");
	check_call(sd_bus_call(bus, message, 0, &error, NULL), &error, "SetUnitProperties");
	(void)puts("ok");
	return EXIT_SUCCESS;
}

static bool is_gone(const sd_bus_error *error)
{
	return sd_bus_error_has_name(error, "org.freedesktop.systemd1.NoSuchUnit") != 0;
}

static int stop(sd_bus *bus, char **words)
{
	struct job job = { .path = NULL };
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_error ignored = SD_BUS_ERROR_NULL;
	sd_bus_message *answer = NULL;
	int code;

	if (words[0] == NULL)
		fail("stop needs a unit");
	watch_jobs(bus, &job);
	code = sd_bus_call_method(bus, DESTINATION, OBJECT, INTERFACE, "StopUnit", &error, &answer,
	                          "ss", words[0], "replace");
	if (code < 0 && !is_gone(&error))
		check_call(code, &error, "StopUnit");
	if (code >= 0)
		wait_for_job(bus, &job, answer);
	/* A scope whose processes were killed may have failed, and would keep its name. */
	(void)sd_bus_call_method(bus, DESTINATION, OBJECT, INTERFACE, "ResetFailedUnit", &ignored,
	                         NULL, "s", words[0]);
	(void)puts("ok");
	return EXIT_SUCCESS;
}

static const struct {
	const char *name;
	int (*run)(sd_bus *bus, char **words);
} verbs[] = {
	{ "start", start },
	{ "update", update },
	{ "stop", stop },
};

int main(int argc, char **argv)
{
	if (argc < 3)
		fail("usage: start|update|stop system|user UNIT ...");
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (strcmp(verbs[i].name, argv[1]) == 0)
			return verbs[i].run(open_bus(argv[2]), argv + 3);
	}
	fail("\"%s\" is no verb", argv[1]);
}
