/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a spec: an error, or a spec whose canonical text reads back to itself. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "import/import.h"
#include "spec/spec_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *canonical(const char *text, size_t size, struct error *err)
{
	const struct import_input input = {
		.text = text,
		.size = size,
		.name = "fuzz.json",
		.folder = "/srv",
	};
	struct spec *spec = NULL;
	char *written;

	if (import_native(&input, &spec, err) < 0)
		return NULL;
	written = spec_write(spec, err);
	arena_free(spec->arena);
	return written;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { .kind = ERROR_NONE };
	AUTO_FREE char *once = canonical((const char *)data, size, &err);
	AUTO_FREE char *twice = NULL;

	if (once == NULL) {
		assert(err.kind == ERROR_SPEC || err.kind == ERROR_SYSTEM);
		assert(err.what[0] != '\0' && err.where[0] != '\0');
		return 0;
	}
	twice = canonical(once, strlen(once), &err);
	assert(twice != NULL && strcmp(once, twice) == 0);
	return 0;
}
