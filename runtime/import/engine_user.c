/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/engine_user.h"

#include <stdlib.h>
#include <string.h>

#define ID_SIZE 11 /* digits of a number of 32 bits, and the NUL; bytes */

/* What @length bytes of @name are as a number; leading zeros are allowed, as in "00". */
static uint32_t read_id(const char *name, size_t length)
{
	char digits[ID_SIZE];
	unsigned long number;

	if (length == strlen("root") && strncmp(name, "root", length) == 0)
		return 0;
	if (length == 0 || length >= sizeof(digits) || strspn(name, "0123456789") < length)
		return SPEC_ENGINE_ID_UNKNOWN;
	memcpy(digits, name, length);
	digits[length] = '\0';
	number = strtoul(digits, NULL, 10);
	return number >= SPEC_ENGINE_ID_UNKNOWN ? SPEC_ENGINE_ID_UNKNOWN : (uint32_t)number;
}

bool engine_user_is_root(const char *user)
{
	return read_id(user, strcspn(user, ":")) == 0;
}

void engine_set_user(struct spec *spec, const struct spec_text *user, const char *origin)
{
	const char *name = user->value == NULL ? "" : user->value;
	const size_t length = strcspn(name, ":");
	const char *group = name + length + (name[length] == ':');

	spec->user.origin = user->value == NULL ? origin : user->origin;
	if (*name == '\0') {
		spec->user.uid = 0;
		spec->user.gid = 0;
		return;
	}
	spec->user.uid = length == 0 ? 0 : read_id(name, length);
	if (*group != '\0')
		spec->user.gid = read_id(group, strlen(group));
	else
		spec->user.gid =
			spec->user.uid == SPEC_ENGINE_ID_UNKNOWN ? SPEC_ENGINE_ID_UNKNOWN : 0;
}
