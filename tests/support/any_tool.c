/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shows what import_any() makes of a text: every value, or the error as the user sees it.
 *
 *   any_tool [--from LANGUAGE] [--env NAME=VALUE]... FILE
 *   any_tool --said FILE         without what is there by default
 *   any_tool --at FILE           every origin of the dump with its line and column
 *   any_tool --time FILE         seconds for one import; peak memory
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "any_dump.h"
#include "base/cleanup.h"
#include "base/file.h"

#define VALUE_MAX 64
#define FOLDER    "/folder" /* what the caller's is called, wherever it is */

struct tool {
	struct import_any_input input;
	const char *values[VALUE_MAX];
	bool shows_places;
	bool is_short;
	bool is_timed;
};

static int read_here(const char *path, size_t limit, char **out, size_t *out_size,
                     struct error *err)
{
	static const char folder[] = FOLDER "/";

	if (strncmp(path, folder, strlen(folder)) == 0)
		path += strlen(folder);
	return file_read(path, limit, out, out_size, err);
}

static void print_warning(const struct error *warning)
{
	error_print(warning, "warning", stderr);
}

/* Of each line "... (ORIGIN)". */
static void print_places(struct import_result *result, char *dump)
{
	for (char *line = strtok(dump, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		char *origin = strstr(line, "  (");
		struct position place;
		bool is_found;

		if (origin == NULL)
			continue;
		origin[strlen(origin) - 1] = '\0';
		is_found = position_find(result->positions, origin + 3, &place);
		(void)printf("%s %s%u:%u\n", origin + 3, is_found ? "" : "nowhere ", place.line,
		             place.column);
	}
}

static bool is_default(const char *line, size_t length)
{
	static const char end[] = "  (default)";
	const size_t end_length = sizeof(end) - 1;

	return strncmp(line, "place ", strlen("place ")) == 0 ||
	       (length >= end_length && strncmp(line + length - end_length, end, end_length) == 0);
}

/* Without the defaults and what is indented below them. */
static void print_said(const char *dump)
{
	bool is_hidden = false;

	while (*dump != '\0') {
		const size_t length = strcspn(dump, "\n");

		if (*dump != ' ')
			is_hidden = is_default(dump, length);
		if (!is_hidden)
			(void)printf("%.*s\n", (int)length, dump);
		dump += length;
		dump += *dump != '\0';
	}
}

static int show(const struct tool *tool)
{
	struct error err = { .kind = ERROR_NONE };
	AUTO_TEXT struct text out = { 0 };
	struct import_result result;

	if (import_any(&tool->input, &result, &err) < 0) {
		error_print(&err, "hardrun", stderr);
		return 1;
	}
	any_dump(&result, &out);
	if (tool->shows_places)
		print_places(&result, out.bytes);
	else if (tool->is_short)
		print_said(out.bytes);
	else
		(void)fputs(out.bytes, stdout);
	import_result_release(&result);
	return 0;
}

static int measure(const struct tool *tool)
{
	struct error err = { .kind = ERROR_NONE };
	struct timespec start, end;
	struct import_result result;
	struct rusage usage;
	int status;

	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	status = import_any(&tool->input, &result, &err);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	(void)getrusage(RUSAGE_SELF, &usage);
	(void)printf("%.3f s, %ld KiB, %zu containers\n",
	             (double)(end.tv_sec - start.tv_sec) +
	                     (double)(end.tv_nsec - start.tv_nsec) / 1e9,
	             usage.ru_maxrss, status < 0 ? 0 : result.spec_count);
	if (status < 0)
		error_print(&err, "hardrun", stderr);
	else
		import_result_release(&result);
	return status < 0 ? 1 : 0;
}

static int run(struct tool *tool, const char *file)
{
	struct error err = { .kind = ERROR_NONE };
	AUTO_FREE char *text = NULL;

	if (file_read(file, IMPORT_ANY_SIZE_MAX + 1, &text, &tool->input.size, &err) < 0) {
		error_print(&err, "hardrun", stderr);
		return 1;
	}
	tool->input.text = text;
	tool->input.name = file;
	return tool->is_timed ? measure(tool) : show(tool);
}

static bool take_option(struct tool *tool, const char *name, const char *value)
{
	if (strcmp(name, "--from") == 0)
		return spec_language_find(value, &tool->input.language);
	if (strcmp(name, "--env") != 0 || tool->input.values.count == VALUE_MAX)
		return false;
	tool->values[tool->input.values.count++] = value;
	return true;
}

int main(int argc, char **argv)
{
	struct tool tool = {
		.input = { .language = SPEC_LANGUAGE_COUNT,
		           .folder = FOLDER,
		           .read_file = read_here,
		           .warn = print_warning },
	};
	const char *file = NULL;

	tool.input.values.settings = tool.values;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--at") == 0)
			tool.shows_places = true;
		else if (strcmp(argv[i], "--time") == 0)
			tool.is_timed = true;
		else if (strcmp(argv[i], "--said") == 0)
			tool.is_short = true;
		else if (strncmp(argv[i], "--", 2) != 0)
			file = argv[i];
		else if (i + 1 == argc || !take_option(&tool, argv[i], argv[i + 1]))
			return 2;
		else
			i++;
	}
	return file == NULL ? 2 : run(&tool, file);
}
