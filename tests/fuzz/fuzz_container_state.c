/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever state.json holds: it is read, written and read again to the same, or refused. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "lifecycle/container_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *arena = NULL;
	AUTO_ARENA struct arena *again = NULL;
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *second = NULL;
	struct error err = { .kind = ERROR_NONE };
	struct container_state state;

	if (container_state_read((const char *)data, size, &state, &arena, &err) < 0) {
		assert(err.kind == ERROR_STATE && err.what[0] != '\0');
		return 0;
	}
	text = container_state_write(&state, &err);
	assert(text != NULL);
	assert(container_state_read(text, strlen(text), &state, &again, &err) == 0);
	second = container_state_write(&state, &err);
	assert(second != NULL && strcmp(text, second) == 0);
	return 0;
}
