/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arbitrary bytes as a seccomp profile: read, and compiled if it is one. */
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "import/seccomp_profile.h"
#include "kernel/seccomp.h"
#include "kernel/seccomp_compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the compiler makes must be a program that ends in an action of the kernel's. */
static void compile(const struct seccomp_policy *policy, const struct seccomp_data *call)
{
	const struct seccomp_request request = { .policy = policy, .capabilities = 1 };
	struct error err = { .kind = ERROR_NONE };
	struct sock_fprog filter;

	if (seccomp_policy_compile(&request, &filter, &err) < 0)
		return;
	if (filter.len == 0)
		abort();
	(void)seccomp_filter_action(&filter, call);
	free(filter.filter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct seccomp_data call = { .nr = (int)size, .arch = SECCOMP_NATIVE_ARCH };
	struct error err = { .kind = ERROR_NONE };
	struct seccomp_policy *policy;
	struct arena *arena;

	if (arena_new(&arena, &err) < 0)
		abort();
	if (seccomp_profile_read((const char *)data, size, "fuzz", arena, &policy, &err) == 0)
		compile(policy, &call);
	else if (err.kind != ERROR_SPEC || err.where[0] == '\0')
		abort();
	arena_free(arena);
	return 0;
}
