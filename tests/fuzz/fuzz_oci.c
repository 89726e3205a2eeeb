/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a config.json, as resources, and as a process for exec: an error that says what
 * and where, or a spec of which every value can be read and the filter can be made.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "import/import.h"
#include "kernel/seccomp_compile.h"
#include "oci_dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char container[] =
	"{\"ociVersion\":\"1.0.0\",\"process\":{\"args\":[\"a\"],\"cwd\":\"/\","
	"\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":18446744073709551615}]},"
	"\"root\":{\"path\":\"r\"}}";

static void ignore_warning(const struct error *warning)
{
	assert(warning->what[0] != '\0');
}

static void check_filter(const struct spec *spec)
{
	const struct seccomp_request request = { .policy = spec->seccomp.policy };
	struct error err = { .kind = ERROR_NONE };
	struct sock_fprog filter;

	if (request.policy == NULL)
		return;
	if (seccomp_policy_compile(&request, &filter, &err) == 0)
		free(filter.filter);
	else
		assert(err.kind == ERROR_SPEC);
}

static void check(int result, const struct error *err, const struct spec *spec)
{
	AUTO_TEXT struct text out = { 0 };

	if (result < 0) {
		assert(err->kind == ERROR_SPEC || err->kind == ERROR_SYSTEM);
		assert(err->what[0] != '\0' && err->where[0] != '\0');
		return;
	}
	oci_dump(spec, &out);
	check_filter(spec);
	arena_free(spec->arena);
}

static void check_resources(const struct import_oci_input *input)
{
	const struct spec_oci_resources *resources;
	struct error err = { .kind = ERROR_NONE };
	AUTO_TEXT struct text out = { 0 };
	struct arena *arena;

	if (import_oci_resources(input, &arena, &resources, &err) < 0) {
		assert(err.what[0] != '\0' && err.where[0] != '\0');
		return;
	}
	oci_dump_resources(resources, &out);
	arena_free(arena);
}

/* Its policy is known, whatever it is: the rest of the text alone decides. */
static void check_known(struct import_oci_input input)
{
	static struct sock_filter nothing;
	static const struct seccomp_known known = { .filter = { 1, &nothing } };
	struct error err = { .kind = ERROR_NONE };
	struct spec *spec = NULL;
	int result;

	if (!import_oci_find_seccomp(input.text, input.size, &input.seccomp))
		return;
	assert(input.seccomp.size >= 2 && input.seccomp.offset + input.seccomp.size <= input.size);
	assert(input.text[input.seccomp.offset] == '{');
	input.seccomp.known = &known;
	result = import_oci(&input, &spec, &err);
	check(result, &err, spec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct import_oci_input input = {
		.text = (const char *)data,
		.size = size,
		.name = "fuzz.json",
		.bundle = "/bundle",
		.id = "id",
		.warn = ignore_warning,
	};
	const struct import_oci_exec exec = { .process = (const char *)data,
		                              .process_size = size,
		                              .process_name = "process.json" };
	struct error err = { .kind = ERROR_NONE };
	struct spec *spec = NULL;
	int result = import_oci(&input, &spec, &err);

	check(result, &err, spec);
	check_known(input);
	check_resources(&input);
	input.text = container;
	input.size = sizeof(container) - 1;
	err.kind = ERROR_NONE;
	result = import_oci_exec(&input, &exec, &spec, &err);
	check(result, &err, spec);
	return 0;
}
