/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>

#include "base/number.h"
#include "export/export_hardrun.h"
#include "spec/spec_build.h"

#define IO_WEIGHT_MAX 10000

static struct tree_node *limits_of(struct native_writer *writer)
{
	return tree_map(&writer->tree, &writer->tree.root, "limits");
}

static void lift(struct native_writer *writer, enum spec_bound bound)
{
	tree_text(&writer->tree,
	          tree_list(&writer->tree, native_relax(writer, RELAX_NO_LIMITS), "limits"), NULL,
	          spec_bound_name(bound));
}

static bool is_limited(const struct spec_number *number)
{
	return number->is_set && number->value > 0;
}

/* What comes nearest to @value, told at @origin of @member, that a limit of hardrun can be. */
static uint64_t fit(struct native_writer *writer, enum spec_bound bound, uint64_t value,
                    const void *member, const char *origin)
{
	const struct spec_range *range = spec_bound_range(bound);

	if (value < range->min) {
		losses_add(&writer->work->losses, member, origin,
		           "the least that hardrun limits %s to is %" PRIu64,
		           spec_bound_name(bound), range->min);
		return range->min;
	}
	if (value <= range->max)
		return value;
	losses_note(&writer->work->losses, origin, "the most that hardrun limits %s to is %" PRIu64,
	            spec_bound_name(bound), range->max);
	return range->max;
}

/* A file of the cgroup that says what a number could; NULL: it is not there. */
static const char *file_of(const struct native_writer *writer, const char *name)
{
	const struct spec_oci_resources *resources = &writer->oci->resources;

	for (size_t i = 0; i < resources->unified_count; i++) {
		if (strcmp(resources->unified[i].name, name) == 0)
			return resources->unified[i].value;
	}
	return NULL;
}

/* Of memory and swap together, what is beyond the memory. */
static void write_swap(struct native_writer *writer)
{
	const struct spec_oci_resources *resources = &writer->oci->resources;
	const int64_t memory = resources->memory_limit.value;
	const int64_t both = resources->memory_swap.value;

	if (is_limited(&resources->memory_limit) && is_limited(&resources->memory_swap) &&
	    both >= memory)
		native_size(writer, limits_of(writer), "swap", (uint64_t)(both - memory));
	else
		lift(writer, SPEC_BOUND_SWAP);
}

static void write_memory(struct native_writer *writer)
{
	const struct spec_oci_resources *resources = &writer->oci->resources;
	struct losses *losses = &writer->work->losses;

	losses_said(losses, &resources->memory_limit);
	losses_said(losses, &resources->memory_swap);
	if (is_limited(&resources->memory_limit))
		native_size(writer, limits_of(writer), "memory",
		            fit(writer, SPEC_BOUND_MEMORY, (uint64_t)resources->memory_limit.value,
		                &resources->memory_limit, resources->memory_limit.origin));
	else
		lift(writer, SPEC_BOUND_MEMORY);
	write_swap(writer);
}

static void write_cpus(struct native_writer *writer)
{
	const struct spec_oci_resources *resources = &writer->oci->resources;
	struct losses *losses = &writer->work->losses;
	char cpus[WORK_CPUS_SIZE];

	losses_said(losses, &resources->cpu_quota);
	losses_said(losses, &resources->cpu_period);
	if (work_cpus(writer->work, cpus))
		tree_number(&writer->tree, limits_of(writer), "cpus", cpus);
	else
		lift(writer, SPEC_BOUND_CPUS);
}

static void write_pids(struct native_writer *writer)
{
	const struct spec_number *limit = &writer->oci->resources.pids_limit;

	losses_said(&writer->work->losses, limit);
	if (is_limited(limit))
		tree_unsigned(
			&writer->tree, limits_of(writer), "pids",
			fit(writer, SPEC_BOUND_PIDS, (uint64_t)limit->value, limit, limit->origin));
	else
		lift(writer, SPEC_BOUND_PIDS);
}

/* Nobody is weaker for having no word on these two: hardrun's own hold then. */
static void write_rlimits(struct native_writer *writer)
{
	const struct spec_limits *limits = &writer->spec->limits;
	struct losses *losses = &writer->work->losses;

	losses_said(losses, &limits->rlimits);
	for (size_t i = 0; i < limits->rlimit_count; i++) {
		const struct spec_rlimit *rlimit = &limits->rlimits[i];
		const enum spec_bound bound =
			rlimit->resource == RLIMIT_CORE ? SPEC_BOUND_CORE : SPEC_BOUND_NOFILE;

		if (rlimit->resource != RLIMIT_CORE && rlimit->resource != RLIMIT_NOFILE)
			losses_add(losses, &limits->rlimits, rlimit->origin,
			           "hardrun knows the limits nofile and core of setrlimit(2) only");
		else if (rlimit->hard == RLIM_INFINITY)
			lift(writer, bound);
		else
			tree_unsigned(
				&writer->tree, limits_of(writer), spec_bound_name(bound),
				fit(writer, bound, rlimit->hard, &limits->rlimits, rlimit->origin));
	}
}

static void write_files(struct native_writer *writer)
{
	const struct spec_oci_resources *resources = &writer->oci->resources;
	struct losses *losses = &writer->work->losses;
	const char *weight = file_of(writer, "io.weight");
	uint64_t number;

	losses_said(losses, &resources->unified);
	if (weight != NULL && number_parse(weight, IO_WEIGHT_MAX, &number))
		tree_unsigned(&writer->tree, tree_map(&writer->tree, limits_of(writer), "io"),
		              "weight", number);
	for (size_t i = 0; i < resources->unified_count; i++) {
		const struct spec_sysctl *file = &resources->unified[i];

		if (strcmp(file->name, "io.weight") != 0 &&
		    strcmp(file->name, "memory.oom.group") != 0)
			losses_add(losses, &resources->unified, file->origin,
			           "hardrun does not set %.100s", file->name);
	}
}

/* Source: runc, ConvertBlkIOToIOWeightValue: from 10..1000 to 1..10000. */
static void write_io_weight(struct native_writer *writer)
{
	const struct spec_number *weight = &writer->oci->resources.block_weight;

	losses_said(&writer->work->losses, weight);
	if (is_limited(weight))
		tree_integer(&writer->tree, tree_map(&writer->tree, limits_of(writer), "io"),
		             "weight", 1 + (weight->value - 10) * 9999 / 990);
}

void native_write_limits(struct native_writer *writer)
{
	write_memory(writer);
	write_cpus(writer);
	write_pids(writer);
	write_rlimits(writer);
	write_io_weight(writer);
	write_files(writer);
}
