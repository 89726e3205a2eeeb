/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as YAML: an error with its place, or values within the bounds, each found again. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "import/yaml.h"

#define SHOWN_MAX 10000 /* values that are looked for */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct walk {
	struct positions *positions;
	size_t count;
	size_t depth;
	char pointer[256];
};

static void visit(struct walk *walk, const json_t *value);

static void visit_part(struct walk *walk, const char *name, const json_t *value)
{
	const size_t length = strlen(walk->pointer);
	struct position place;

	if (strlen(name) + length + 2 > sizeof(walk->pointer) || strpbrk(name, "/~") != NULL)
		return;
	(void)snprintf(walk->pointer + length, sizeof(walk->pointer) - length, "/%s", name);
	assert(position_find(walk->positions, walk->pointer, &place));
	assert(place.line > 0 && place.column > 0);
	visit(walk, value);
	walk->pointer[length] = '\0';
}

static void visit(struct walk *walk, const json_t *value)
{
	size_t index;
	const char *name;
	json_t *part;

	assert(++walk->depth <= YAML_DEPTH_MAX);
	if (walk->count++ < SHOWN_MAX && json_is_array(value)) {
		json_array_foreach(value, index, part) {
			char digits[24];

			(void)snprintf(digits, sizeof(digits), "%zu", index);
			visit_part(walk, digits, part);
		}
	} else if (walk->count < SHOWN_MAX && json_is_object(value)) {
		json_object_foreach((json_t *)(uintptr_t)value, name, part)
			visit_part(walk, name, part);
	}
	walk->depth--;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { .kind = ERROR_NONE };
	struct walk walk = { .count = 0 };
	json_auto_t *documents = NULL;

	assert(positions_new(&walk.positions, &err) == 0);
	if (yaml_parse((const char *)data, size, NULL, walk.positions, &documents, &err) < 0) {
		assert(err.kind == ERROR_SPEC);
		assert(err.what[0] != '\0' && strncmp(err.where, "line ", strlen("line ")) == 0);
	} else if (json_array_size(documents) > 0) {
		visit(&walk, json_array_get(documents, 0));
	}
	positions_free(walk.positions);
	return 0;
}
