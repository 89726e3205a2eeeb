/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as /etc/subuid and as /etc/passwd: a range of real ids, a name that fits, or nothing.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernel/subid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const struct subid_range range = subid_find(text, size, "ada", 1000, 2);
	char name[8];

	if (range.count > 0) {
		assert(range.count >= 2 && range.first > 0);
		assert((uint64_t)range.first + range.count <= UINT32_MAX);
		assert(subid_is_given(text, size, range));
	}
	if (passwd_find_name(text, size, 1000, name, sizeof(name)))
		assert(name[0] != '\0' && strnlen(name, sizeof(name)) < sizeof(name));
	return 0;
}
