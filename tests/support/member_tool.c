/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints the table of members: OWNER NAME EFFECT CONTROL, of items TYPE.NAME. */
#include <stdio.h>

#include "export/members.h"

int main(void)
{
	static const char *const owners[MEMBER_OWNER_COUNT] = { "spec", "spec_oci", "spec_engine",
		                                                "item" };
	static const char *const effects[] = { "restriction", "grant", "neutral", "none" };

	for (size_t i = 0; i < member_count; i++) {
		const struct member *member = &member_table[i];

		(void)printf("%s %s %s %s\n", owners[member->owner], member->name,
		             effects[member->effect],
		             member->control[0] == '\0' ? "-" : member->control);
	}
	return 0;
}
