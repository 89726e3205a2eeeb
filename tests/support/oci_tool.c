/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shows what the reader makes of a config.json: every value, or the error as the user sees it.
 *
 *   oci_tool [--bundle DIRECTORY] FILE
 *   oci_tool --resources FILE
 *   oci_tool --exec [--process FILE] [--OPTION VALUE]... FILE [-- ARG...]
 *     --additional-gids --apparmor --cap --cwd --env --user; --tty and --no-new-privs have none
 *   oci_tool --features          every name that `features` lists
 *   oci_tool --time FILE         microseconds for one import, of many; peak memory
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "import/import.h"
#include "oci_dump.h"

#define ROUNDS   2000
#define LIST_MAX 16

/* A list of the command line. */
struct list {
	const char *items[LIST_MAX];
	size_t count;
};

struct tool {
	struct import_oci_input input;
	struct import_oci_exec exec;
	struct list groups, capabilities, env;
	const char *process_file;
	bool is_exec, is_resources, is_timed;
};

static void print_warning(const struct error *warning)
{
	error_print(warning, "warning", stderr);
}

static void print_features(void)
{
	for (unsigned int i = IMPORT_OCI_HOOKS; i <= IMPORT_OCI_MEMORY_POLICY_FLAGS; i++) {
		const char *name;

		for (size_t j = 0;
		     (name = import_oci_feature_name((enum import_oci_feature)i, j)) != NULL; j++)
			(void)printf("%u %s\n", i, name);
	}
}

static int measure(const struct tool *tool)
{
	struct timespec start, end;
	struct rusage usage;

	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < ROUNDS; i++) {
		struct error err = { .kind = ERROR_NONE };
		struct spec *spec;

		if (import_oci(&tool->input, &spec, &err) < 0)
			return 1;
		arena_free(spec->arena);
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	(void)getrusage(RUSAGE_SELF, &usage);
	(void)printf("%.1f us, %ld KiB\n",
	             ((double)(end.tv_sec - start.tv_sec) * 1e6 +
	              (double)(end.tv_nsec - start.tv_nsec) / 1e3) /
	                     ROUNDS,
	             usage.ru_maxrss);
	return 0;
}

static int dump(const struct tool *tool, struct text *out, struct arena **arena, struct error *err)
{
	const struct spec_oci_resources *resources;
	struct spec *spec;
	int result;

	if (tool->is_resources) {
		if (import_oci_resources(&tool->input, arena, &resources, err) < 0)
			return -1;
		oci_dump_resources(resources, out);
		return 0;
	}
	result = tool->is_exec ? import_oci_exec(&tool->input, &tool->exec, &spec, err)
	                       : import_oci(&tool->input, &spec, err);
	if (result < 0)
		return -1;
	*arena = spec->arena;
	oci_dump(spec, out);
	return 0;
}

static int show(const struct tool *tool)
{
	struct error err = { .kind = ERROR_NONE };
	AUTO_TEXT struct text out = { 0 };
	struct arena *arena = NULL;
	const int result = dump(tool, &out, &arena, &err);

	if (result == 0)
		(void)fputs(out.bytes == NULL ? "" : out.bytes, stdout);
	else
		error_print(&err, "hardrun", stderr);
	arena_free(arena);
	return result == 0 ? 0 : 1;
}

static int read_texts(struct tool *tool, const char *file)
{
	struct error err = { .kind = ERROR_NONE };
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *process = NULL;

	if (file_read(file, IMPORT_OCI_SIZE_MAX + 1, &text, &tool->input.size, &err) < 0 ||
	    (tool->process_file != NULL &&
	     file_read(tool->process_file, IMPORT_OCI_SIZE_MAX, &process, &tool->exec.process_size,
	               &err) < 0)) {
		error_print(&err, "hardrun", stderr);
		return 1;
	}
	tool->input.text = text;
	tool->exec.process = process;
	return tool->is_timed ? measure(tool) : show(tool);
}

static bool take_switch(struct tool *tool, const char *name)
{
	const struct {
		const char *name;
		bool *place;
	} switches[] = {
		{ "--exec", &tool->is_exec },
		{ "--no-new-privs", &tool->exec.forgoes_new_privileges },
		{ "--resources", &tool->is_resources },
		{ "--time", &tool->is_timed },
		{ "--tty", &tool->exec.gets_terminal },
	};

	for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
		if (strcmp(switches[i].name, name) == 0) {
			*switches[i].place = true;
			return true;
		}
	}
	return false;
}

static bool take_value(struct tool *tool, const char *name, const char *value)
{
	const struct {
		const char *name;
		const char **place;
	} values[] = {
		{ "--apparmor", &tool->exec.apparmor }, { "--bundle", &tool->input.bundle },
		{ "--cwd", &tool->exec.cwd },           { "--process", &tool->process_file },
		{ "--user", &tool->exec.user },
	};
	const struct {
		const char *name;
		struct list *list;
	} lists[] = {
		{ "--additional-gids", &tool->groups },
		{ "--cap", &tool->capabilities },
		{ "--env", &tool->env },
	};

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		if (strcmp(values[i].name, name) == 0) {
			*values[i].place = value;
			return true;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		if (strcmp(lists[i].name, name) == 0 && lists[i].list->count < LIST_MAX) {
			lists[i].list->items[lists[i].list->count++] = value;
			return true;
		}
	}
	return false;
}

static void fill_exec(struct tool *tool)
{
	tool->exec.additional_gids = tool->groups.items;
	tool->exec.additional_gid_count = tool->groups.count;
	tool->exec.capabilities = tool->capabilities.items;
	tool->exec.capability_count = tool->capabilities.count;
	tool->exec.env = tool->env.items;
	tool->exec.env_count = tool->env.count;
}

int main(int argc, char **argv)
{
	struct tool tool = {
		.input = { .name = "config.json",
		           .bundle = "/bundle",
		           .id = "id",
		           .warn = print_warning },
		.exec = { .process_name = "process.json" },
	};
	const char *file = NULL;
	int i = 1;

	if (argc == 2 && strcmp(argv[1], "--features") == 0) {
		print_features();
		return 0;
	}
	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (take_switch(&tool, argv[i]))
			continue;
		if (i + 1 < argc && take_value(&tool, argv[i], argv[i + 1]))
			i++;
		else
			file = argv[i];
	}
	if (i < argc) {
		tool.exec.args = (const char *const *)(argv + i + 1);
		tool.exec.arg_count = (size_t)(argc - i - 1);
	}
	fill_exec(&tool);
	return file == NULL ? 1 : read_texts(&tool, file);
}
