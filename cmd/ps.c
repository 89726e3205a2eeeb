/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "inspect/explain_json.h"
#include "inspect/members.h"
#include "lifecycle/operations.h"
#include "oci.h"

#define PS_PROGRAM "/bin/ps"

struct ps_options {
	const char *format;
};

static const struct option_row rows[] = {
	{ "--format", "FORMAT", "table (default), json, or flags", OPTION_TEXT,
	  offsetof(struct ps_options, format), 'f' },
};

static const struct usage usage = {
	.synopsis = "hardrun ps [OPTION...] ID [PS-OPTION...]",
	.text = "Print the processes of a container: their numbers on the host as JSON, or what\n"
		"ps(1) says of them with PS-OPTION. If none is said, it is \"-ef\", and what is\n"
		"remarkable about a process follows its line in brackets: that it is user 0,\n"
		"inside or of the host; that it came from outside, as by exec; that it is in the\n"
		"cgroup alone. With the format \"flags\" the same is a JSON object for each.",
	.is_oci = true,
};

struct processes {
	pid_t *pids;
	struct member *members; /* in the same order */
	size_t count;
};

static void processes_clear(struct processes *processes)
{
	free(processes->pids);
	free(processes->members);
}

/* Flags, where the container has ended in between: none. */
static int look_at(const struct container *container, struct processes *processes,
                   struct error *err)
{
	struct error ended = { .kind = ERROR_NONE };

	processes->members = calloc(processes->count + 1, sizeof(*processes->members));
	if (processes->members == NULL)
		return error_set_errno(err, "cannot allocate a list of processes");
	if (members_look(container->state.init.pid, processes->pids, processes->count,
	                 processes->members, &ended) < 0)
		memset(processes->members, 0, processes->count * sizeof(*processes->members));
	return 0;
}

static void print_flags(const struct processes *processes)
{
	struct json_writer writer = { .out = stdout };
	char flags[MEMBER_FLAGS_SIZE];

	json_open(&writer, NULL, '[');
	for (size_t i = 0; i < processes->count; i++) {
		const struct member *member = &processes->members[i];

		json_open(&writer, NULL, '{');
		json_number(&writer, "pid", (uint64_t)processes->pids[i]);
		json_number(&writer, "uid", member->uid);
		json_number(&writer, "hostUid", member->outer);
		json_bool(&writer, "fromOutside", member->is_joined);
		json_bool(&writer, "inContainer", !member->is_elsewhere);
		json_text(&writer, "flags", member_flags(member, flags));
		json_close(&writer, '}');
	}
	json_close(&writer, ']');
	putchar('\n');
}

static void print_json(const struct processes *processes)
{
	putchar('[');
	for (size_t i = 0; i < processes->count; i++)
		printf("%s%d", i == 0 ? "" : ",", (int)processes->pids[i]);
	puts("]");
}

/* The column that is called PID; -1: there is none. */
static int find_column(const char *heading)
{
	int column = 0;

	for (const char *word = heading + strspn(heading, " \n"); *word != '\0';
	     word += strspn(word, " \n")) {
		const size_t length = strcspn(word, " \n");

		if (length == strlen("PID") && memcmp(word, "PID", length) == 0)
			return column;
		word += length;
		column++;
	}
	return -1;
}

/* Which of them the line is of; their number: it is another's. */
static size_t find_listed(const struct processes *processes, const char *line, int column)
{
	const char *place = line + strspn(line, " ");

	while (column-- > 0) {
		place += strcspn(place, " ");
		place += strspn(place, " ");
	}
	for (size_t i = 0; i < processes->count; i++) {
		if (strtol(place, NULL, 10) == processes->pids[i])
			return i;
	}
	return processes->count;
}

/* Behind the line, so that columns stay where they are. */
static void print_line(const struct processes *processes, char *line, size_t index)
{
	char flags[MEMBER_FLAGS_SIZE];

	if (index == processes->count)
		return;
	line[strcspn(line, "\n")] = '\0';
	fputs(line, stdout);
	if (processes->members != NULL &&
	    member_flags(&processes->members[index], flags)[0] != '\0')
		printf("  [%s]", flags);
	putchar('\n');
}

/* Lines are read whole, however long: their parts could look like lines of others. */
static int print_lines(const struct processes *processes, FILE *lines, struct error *err)
{
	AUTO_FREE char *line = NULL;
	size_t size = 0;
	int column;

	if (getline(&line, &size, lines) < 0)
		return error_set(err, ERROR_HOST, "ps(1) says nothing");
	column = find_column(line);
	if (column < 0)
		return error_set(err, ERROR_USAGE, "ps(1) prints no column PID with these options");
	fputs(line, stdout);
	while (getline(&line, &size, lines) >= 0)
		print_line(processes, line, find_listed(processes, line, column));
	return 0;
}

/* A running ps(1), and what it prints. */
struct program {
	pid_t pid;
	FILE *output;
};

static void program_clear(struct program *program)
{
	if (program->output != NULL)
		(void)fclose(program->output);
	if (program->pid > 0)
		(void)waitpid(program->pid, NULL, 0);
}

static int spawn(struct program *program, char **argv, int write_fd, struct error *err)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *environment[] = { path, NULL };
	posix_spawn_file_actions_t actions;

	errno = posix_spawn_file_actions_init(&actions);
	if (errno != 0)
		return error_set_errno(err, "cannot start ps(1)");
	errno = posix_spawn_file_actions_adddup2(&actions, write_fd, STDOUT_FILENO);
	if (errno == 0)
		errno = posix_spawn(&program->pid, PS_PROGRAM, &actions, NULL, argv, environment);
	if (errno != 0)
		(void)error_set_errno(err, "cannot start " PS_PROGRAM);
	(void)posix_spawn_file_actions_destroy(&actions);
	return err->kind == ERROR_NONE ? 0 : -1;
}

static int start(struct program *program, char **argv, struct error *err)
{
	AUTO_CLOSE int read_fd = -1;
	AUTO_CLOSE int write_fd = -1;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set_errno(err, "cannot make a pipe");
	read_fd = fds[0];
	write_fd = fds[1];
	if (spawn(program, argv, write_fd, err) < 0)
		return -1;
	program->output = fdopen(read_fd, "r");
	if (program->output == NULL)
		return error_set_errno(err, "cannot read what ps(1) says");
	(void)take_fd(&read_fd);
	return 0;
}

/* Options go to the program as they are, never through a shell. */
static int print_table(const struct processes *processes, char **options, int count,
                       struct error *err)
{
	static char name[] = "ps";
	static char all[] = "-ef";
	char *argv[OPTION_LIST_MAX] = { name, all };
	CLEANUP(program_clear) struct program program = { .output = NULL };

	if (count >= OPTION_LIST_MAX - 1)
		return error_set(err, ERROR_USAGE, "too many arguments are given");
	if (count > 0)
		memcpy(argv + 1, options, (size_t)count * sizeof(*argv));
	if (start(&program, argv, err) < 0)
		return -1;
	return print_lines(processes, program.output, err);
}

int cmd_ps(int argc, char **argv, struct error *err)
{
	static const struct oci_shape shape = { .operands_min = 1,
		                                .operands_max = OPTION_LIST_MAX };
	AUTO_OCI_COMMAND struct oci_command command = OCI_COMMAND_NONE;
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	CLEANUP(processes_clear) struct processes processes = { .pids = NULL };
	struct ps_options options = { .format = NULL };
	const struct option_table own = { rows, ARRAY_LEN(rows), &options, true };
	const int begun = oci_begin(&command, &usage, &own, &shape, argc, argv, err);
	const bool wants_flags = options.format != NULL && strcmp(options.format, "flags") == 0;
	int format;

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	format = wants_flags ? OCI_FORMAT_JSON : oci_find_format(options.format, err);
	if (format < 0 ||
	    container_open(&command.root, command.operands.items[0], CONTAINER_LOOK, &container,
	                   err) < 0 ||
	    container_list_processes(&container, &processes.pids, &processes.count, err) < 0)
		return -1;
	/* Who chooses the columns reads them, too. */
	if ((wants_flags || command.operands.count == 1) &&
	    look_at(&container, &processes, err) < 0)
		return -1;
	if (format == OCI_FORMAT_TABLE)
		return print_table(&processes, command.operands.items + 1,
		                   command.operands.count - 1, err);
	if (wants_flags)
		print_flags(&processes);
	else
		print_json(&processes);
	return 0;
}
