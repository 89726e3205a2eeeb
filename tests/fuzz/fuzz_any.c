/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a text of the language FUZZ_LANGUAGE, or any other when that is none: an error in
 * words, or containers of which every value can be shown and every origin be looked for. Other
 * files that a text names hold the same bytes.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "any_dump.h"

static const char *const settings[] = { "A=1", "TAG=${B:-x}", "EMPTY=" };

static const uint8_t *same_text;
static size_t same_size;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_same(const char *path, size_t limit, char **out, size_t *out_size,
                     struct error *err)
{
	assert(path[0] == '/');
	*out = malloc(same_size + 1);
	if (*out == NULL)
		return error_set_errno(err, "cannot allocate");
	memcpy(*out, same_text, same_size);
	*out_size = same_size;
	return 0;
}

static void hear(const struct error *warning)
{
	assert(warning->kind == ERROR_SPEC && warning->what[0] != '\0');
}

/* Of every line "... (ORIGIN)". */
static void look_for_places(struct import_result *result, char *dump)
{
	for (char *line = strtok(dump, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		char *origin = strstr(line, "  (");
		struct position place;

		if (origin == NULL)
			continue;
		(void)position_find(result->positions, origin + 3, &place);
		assert(place.line > 0 && place.column > 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { .kind = ERROR_NONE };
	struct import_result result;
	struct import_any_input input = {
		.text = (const char *)data,
		.size = size,
		.name = "input",
		.folder = "/folder",
		.language = SPEC_LANGUAGE_COUNT,
		.values = { settings, ARRAY_LEN(settings) },
		.read_file = read_same,
		.warn = hear,
	};
	AUTO_TEXT struct text dump = { 0 };

	(void)spec_language_find(FUZZ_LANGUAGE, &input.language);
	same_text = data;
	same_size = size;
	if (import_any(&input, &result, &err) < 0) {
		assert(err.kind == ERROR_SPEC || err.kind == ERROR_SYSTEM);
		assert(err.what[0] != '\0');
		return 0;
	}
	any_dump(&result, &dump);
	look_for_places(&result, dump.bytes);
	import_result_release(&result);
	return 0;
}
