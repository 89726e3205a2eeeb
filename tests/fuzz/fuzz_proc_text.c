/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as what /proc says of a process: parts that are in bounds, or nothing. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/proc_text.h"
#include "kernel/process.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_mounts(char *text)
{
	size_t count;
	size_t strange;
	struct proc_mount *mounts = proc_parse_mounts(text, &count, &strange);
	char value[8];

	assert(mounts != NULL);
	for (size_t i = 0; i < count; i++) {
		assert(mounts[i].root != NULL && mounts[i].target != NULL &&
		       mounts[i].type != NULL && mounts[i].options != NULL);
		if (proc_mount_option(&mounts[i], "size", value, sizeof(value)))
			assert(strnlen(value, sizeof(value)) < sizeof(value));
	}
	free(mounts);
}

static void try_maps(const char *text)
{
	struct id_map map[PROC_ID_MAPS_MAX];
	const int count = proc_parse_id_map(text, map);
	uint32_t inner;

	assert(count >= -1 && count <= PROC_ID_MAPS_MAX);
	(void)proc_map_in(map, count, 1000, &inner);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct proc_status status;
	struct proc_limits limits;
	struct process_stat stat;
	char path[16];

	assert(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (proc_parse_status(text, &status))
		assert(strnlen(status.name, sizeof(status.name)) < sizeof(status.name));
	(void)process_parse_stat(text, &stat);
	proc_parse_limits(text, &limits);
	assert(limits.known < UINT32_C(1) << PROC_LIMITS_COUNT);
	if (proc_parse_cgroup(text, path, sizeof(path)))
		assert(path[0] == '/' && strnlen(path, sizeof(path)) < sizeof(path));
	try_maps(text);
	try_mounts(text);
	free(text);
	return 0;
}
