/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as the host's policy: an error with a place, or an action for every rule. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "import/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { .kind = ERROR_NONE };
	struct policy policy;

	if (import_policy((const char *)data, size, "policy.json", &policy, &err) < 0) {
		assert(err.kind == ERROR_SPEC || err.kind == ERROR_SYSTEM);
		assert(err.what[0] != '\0' && err.where[0] != '\0');
		return 0;
	}
	for (size_t i = 0; i < RULE_POLICY_COUNT; i++) {
		assert(policy.actions[i] < POLICY_ACTION_COUNT);
		assert(policy.actions[i] != POLICY_HARDEN || rule_table[i].harden != NULL);
	}
	return 0;
}
