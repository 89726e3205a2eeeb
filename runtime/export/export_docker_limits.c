/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "export/export_docker.h"
#include "spec/oci_words.h"

/* Bytes as Docker reads them. */
static void say_size(struct docker_writer *writer, enum docker_setting setting, int64_t bytes)
{
	struct tree_node *list = writer->settings[setting];

	if (bytes < 0)
		docker_say(writer, setting, "-1");
	else if (bytes != 0 && bytes % (1 << 20) == 0)
		tree_format(&writer->tree, list, NULL, "%" PRId64 "m", bytes >> 20);
	else if (bytes != 0 && bytes % (1 << 10) == 0)
		tree_format(&writer->tree, list, NULL, "%" PRId64 "k", bytes >> 10);
	else
		tree_format(&writer->tree, list, NULL, "%" PRId64 "b", bytes);
}

static void gather_size(struct docker_writer *writer, const struct spec_number *number,
                        enum docker_setting setting)
{
	losses_said(&writer->work->losses, number);
	if (number->is_set)
		say_size(writer, setting, number->value);
}

static void gather_number(struct docker_writer *writer, const struct spec_number *number,
                          enum docker_setting setting)
{
	losses_said(&writer->work->losses, number);
	if (number->is_set)
		tree_format(&writer->tree, writer->settings[setting], NULL, "%" PRId64,
		            number->value);
}

static void gather_set(struct docker_writer *writer, const struct spec_text *set,
                       enum docker_setting setting)
{
	if (!docker_can(writer, setting))
		return;
	losses_said(&writer->work->losses, set);
	if (set->value != NULL)
		docker_say(writer, setting, set->value);
}

static void gather_memory(struct docker_writer *writer)
{
	const struct spec_oci_resources *resources = &writer->oci->resources;

	gather_size(writer, &resources->memory_limit, DOCKER_MEMORY);
	gather_size(writer, &resources->memory_swap, DOCKER_MEMORY_SWAP);
	gather_size(writer, &resources->memory_reservation, DOCKER_MEMORY_RESERVATION);
	gather_number(writer, &resources->memory_swappiness, DOCKER_SWAPPINESS);
	losses_said(&writer->work->losses, &resources->memory_disable_oom_killer);
	if (resources->memory_disable_oom_killer.value != 0)
		docker_say(writer, DOCKER_OOM_KILL_DISABLE, "true");
	gather_number(writer, &writer->oci->oom_score_adj, DOCKER_OOM_SCORE);
}

static void gather_cpu(struct docker_writer *writer)
{
	const struct spec_oci_resources *resources = &writer->oci->resources;
	char cpus[WORK_CPUS_SIZE];

	losses_said(&writer->work->losses, &resources->cpu_quota);
	losses_said(&writer->work->losses, &resources->cpu_period);
	if (work_cpus(writer->work, cpus))
		docker_say(writer, DOCKER_CPUS, cpus);
	gather_number(writer, &resources->cpu_shares, DOCKER_CPU_SHARES);
	gather_set(writer, &resources->cpu_cpus, DOCKER_CPUSET_CPUS);
	gather_set(writer, &resources->cpu_mems, DOCKER_CPUSET_MEMS);
}

static void write_rlimit(char *out, size_t size, uint64_t value)
{
	if (value == RLIM_INFINITY)
		(void)snprintf(out, size, "-1");
	else
		(void)snprintf(out, size, "%" PRIu64, value);
}

/* "RLIMIT_NOFILE" is "nofile". */
static void gather_rlimits(struct docker_writer *writer)
{
	const struct spec_limits *limits = &writer->spec->limits;

	losses_said(&writer->work->losses, &limits->rlimits);
	for (size_t i = 0; i < limits->rlimit_count; i++) {
		const struct spec_rlimit *rlimit = &limits->rlimits[i];
		char name[32];
		char soft[24];
		char hard[24];

		(void)snprintf(name, sizeof(name), "%s",
		               oci_word_name(&oci_rlimits, (uint64_t)rlimit->resource) +
		                       strlen("RLIMIT_"));
		for (char *letter = name; *letter != '\0'; letter++)
			*letter = (char)tolower((unsigned char)*letter);
		write_rlimit(soft, sizeof(soft), rlimit->soft);
		write_rlimit(hard, sizeof(hard), rlimit->hard);
		tree_format(&writer->tree, writer->settings[DOCKER_ULIMIT], NULL, "%s=%s:%s", name,
		            soft, hard);
	}
}

static void gather_rate(struct docker_writer *writer, const char *path,
                        const struct spec_limit *rate, enum docker_setting setting)
{
	if (rate->is_set)
		tree_format(&writer->tree, writer->settings[setting], NULL, "%s:%" PRIu64, path,
		            rate->value);
}

/* Of a native spec; a config.json knows the devices by numbers, which Docker does not. */
static void gather_io_devices(struct docker_writer *writer)
{
	const struct spec_limits *limits = &writer->spec->limits;

	losses_said(&writer->work->losses, &limits->io_devices);
	for (size_t i = 0; i < limits->io_device_count; i++) {
		const struct spec_io_device *device = &limits->io_devices[i];

		gather_rate(writer, device->path, &device->read_bps, DOCKER_READ_BPS);
		gather_rate(writer, device->path, &device->write_bps, DOCKER_WRITE_BPS);
		gather_rate(writer, device->path, &device->read_iops, DOCKER_READ_IOPS);
		gather_rate(writer, device->path, &device->write_iops, DOCKER_WRITE_IOPS);
	}
}

void docker_gather_limits(struct docker_writer *writer)
{
	const struct spec_oci_resources *resources = &writer->oci->resources;

	gather_memory(writer);
	gather_cpu(writer);
	gather_number(writer, &resources->pids_limit, DOCKER_PIDS);
	gather_number(writer, &resources->block_weight, DOCKER_IO_WEIGHT);
	gather_rlimits(writer);
	gather_io_devices(writer);
}
