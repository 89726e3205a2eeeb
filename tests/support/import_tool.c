/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shows what the reader makes of a text: the canonical spec, or the error as the user sees it.
 *
 *   import_tool [--OPTION VALUE]... FILE [-- ARG...]
 *     --name --folder --timeout --memory --swap --cpus --pids
 *   import_tool --members        every member of the language, as POINTER REQUIRED
 *   import_tool --time FILE      microseconds for one import, of many; peak memory
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "import/import.h"
#include "import/native.h"
#include "spec/spec_write.h"

#define ROUNDS 2000

static int print_members(void)
{
	struct native_table table;

	for (size_t i = 0; native_table_at(i, &table); i++) {
		for (size_t j = 0; j < table.count; j++) {
			(void)printf("%s/%s %s\n", table.pointer, table.fields[j].name,
			             table.fields[j].is_required ? "required" : "optional");
		}
	}
	return 0;
}

static const char **option_place(struct import_input *input, const char *name)
{
	const struct {
		const char *name;
		const char **place;
	} options[] = {
		{ "--name", &input->name },
		{ "--folder", &input->folder },
		{ "--timeout", &input->overrides.timeout },
		{ "--memory", &input->overrides.memory },
		{ "--swap", &input->overrides.swap },
		{ "--cpus", &input->overrides.cpus },
		{ "--pids", &input->overrides.pids },
	};

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (strcmp(options[i].name, name) == 0)
			return options[i].place;
	}
	return NULL;
}

static int show(const struct import_input *input)
{
	struct error err = { .kind = ERROR_NONE };
	AUTO_FREE char *text = NULL;
	struct spec *spec = NULL;

	if (import_native(input, &spec, &err) == 0)
		text = spec_write(spec, &err);
	if (text != NULL)
		(void)puts(text);
	else
		error_print(&err, "hardrun", stderr);
	arena_free(spec == NULL ? NULL : spec->arena);
	return text == NULL ? 125 : 0;
}

static int measure(const struct import_input *input)
{
	struct timespec start;
	struct timespec end;
	struct rusage usage;

	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < ROUNDS; i++) {
		struct error err = { .kind = ERROR_NONE };
		struct spec *spec = NULL;

		if (import_native(input, &spec, &err) < 0)
			return 125;
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

static int read_file(const char *file, struct import_input *input, bool is_timed)
{
	struct error err = { .kind = ERROR_NONE };
	AUTO_FREE char *text = NULL;

	if (file_read(file, IMPORT_SIZE_MAX, &text, &input->size, &err) < 0) {
		error_print(&err, "hardrun", stderr);
		return 125;
	}
	input->text = text;
	return is_timed ? measure(input) : show(input);
}

int main(int argc, char **argv)
{
	struct import_input input = { .name = "spec.json" };
	const char *file = NULL;
	bool is_timed = false;
	int i = 1;

	if (argc == 2 && strcmp(argv[1], "--members") == 0)
		return print_members();
	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char **place = option_place(&input, argv[i]);

		if (strcmp(argv[i], "--time") == 0)
			is_timed = true;
		else if (place != NULL && i + 1 < argc)
			*place = argv[++i];
		else
			file = argv[i];
	}
	if (i < argc) {
		input.overrides.args = (const char *const *)(argv + i + 1);
		input.overrides.arg_count = (size_t)(argc - i - 1);
	}
	return file == NULL ? 125 : read_file(file, &input, is_timed);
}
