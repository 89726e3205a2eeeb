/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Docker is asked about limits. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/number.h"
#include "base/text.h"
#include "import/docker.h"
#include "spec/oci_words.h"

#define CPU_PERIOD 100000 /* microseconds; what --cpus is translated to */

static struct spec_oci_resources *resources_of(struct docker_draft *draft)
{
	return &draft->document->document.oci.resources;
}

static void set_number(struct spec_number *out, int64_t value, const char *origin)
{
	*out = (struct spec_number){ .value = value, .origin = origin, .is_set = true };
}

static int take_size(const struct spec_text *text, struct spec_number *out, struct error *err)
{
	int64_t value;

	if (strcmp(text->value, "-1") == 0)
		value = -1;
	else if (docker_read_size(text, &value, err) < 0)
		return -1;
	set_number(out, value, text->origin);
	return 0;
}

static int take_integer(const struct spec_text *text, struct spec_number *out, struct error *err)
{
	int64_t value;

	if (docker_read_integer(text, &value, err) < 0)
		return -1;
	set_number(out, value, text->origin);
	return 0;
}

int docker_take_blkio_weight(struct docker_draft *draft, const struct spec_text *text,
                             struct error *err)
{
	return take_integer(text, &resources_of(draft)->block_weight, err);
}

int docker_take_cpu_period(struct docker_draft *draft, const struct spec_text *text,
                           struct error *err)
{
	return take_integer(text, &resources_of(draft)->cpu_period, err);
}

int docker_take_cpu_quota(struct docker_draft *draft, const struct spec_text *text,
                          struct error *err)
{
	docker_engine(draft)->places[SPEC_PLACE_CPU] = text->origin;
	return take_integer(text, &resources_of(draft)->cpu_quota, err);
}

int docker_take_cpu_shares(struct docker_draft *draft, const struct spec_text *text,
                           struct error *err)
{
	return take_integer(text, &resources_of(draft)->cpu_shares, err);
}

/* 0 means no limit, as if nothing were said. */
int docker_take_cpus(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	struct spec_engine *engine = docker_engine(draft);
	char shortened[24];
	uint64_t hundredths;

	engine->places[SPEC_PLACE_CPU] = text->origin;
	engine->cpus = *text;
	(void)snprintf(shortened, sizeof(shortened), "%s%s", *text->value == '.' ? "0" : "",
	               text->value);
	if (!number_parse_decimal(shortened, &hundredths) || hundredths > INT64_MAX)
		return docker_refuse(text, err, "\"%.60s\" is not a number of processors",
		                     text->value);
	if (hundredths == 0)
		return 0;
	set_number(&resources_of(draft)->cpu_quota, (int64_t)hundredths, text->origin);
	set_number(&resources_of(draft)->cpu_period, CPU_PERIOD, text->origin);
	return 0;
}

int docker_take_cpuset_cpus(struct docker_draft *draft, const struct spec_text *text,
                            struct error *err)
{
	resources_of(draft)->cpu_cpus = *text;
	return 0;
}

int docker_take_cpuset_mems(struct docker_draft *draft, const struct spec_text *text,
                            struct error *err)
{
	resources_of(draft)->cpu_mems = *text;
	return 0;
}

int docker_take_memory(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	docker_engine(draft)->places[SPEC_PLACE_MEMORY] = text->origin;
	docker_engine(draft)->memory = *text;
	return take_size(text, &resources_of(draft)->memory_limit, err);
}

int docker_take_memory_reservation(struct docker_draft *draft, const struct spec_text *text,
                                   struct error *err)
{
	return take_size(text, &resources_of(draft)->memory_reservation, err);
}

int docker_take_memory_swap(struct docker_draft *draft, const struct spec_text *text,
                            struct error *err)
{
	docker_engine(draft)->places[SPEC_PLACE_SWAP] = text->origin;
	docker_engine(draft)->memory_swap = *text;
	return take_size(text, &resources_of(draft)->memory_swap, err);
}

int docker_take_memory_swappiness(struct docker_draft *draft, const struct spec_text *text,
                                  struct error *err)
{
	return take_integer(text, &resources_of(draft)->memory_swappiness, err);
}

int docker_take_oom_kill_disable(struct docker_draft *draft, const struct spec_text *text,
                                 struct error *err)
{
	bool is_on;

	if (docker_read_switch(text, &is_on, err) < 0)
		return -1;
	set_number(&resources_of(draft)->memory_disable_oom_killer, is_on, text->origin);
	return 0;
}

int docker_take_pids_limit(struct docker_draft *draft, const struct spec_text *text,
                           struct error *err)
{
	docker_engine(draft)->places[SPEC_PLACE_PIDS] = text->origin;
	docker_engine(draft)->pids = *text;
	return take_integer(text, &resources_of(draft)->pids_limit, err);
}

int docker_take_shm_size(struct docker_draft *draft, const struct spec_text *text,
                         struct error *err)
{
	int64_t size;

	docker_engine(draft)->shm_size = *text;
	return docker_read_size(text, &size, err);
}

static int read_rlimit_value(const struct spec_text *text, const char *value, uint64_t *out,
                             struct error *err)
{
	if (strcmp(value, "-1") == 0 || strcmp(value, "unlimited") == 0) {
		*out = RLIM_INFINITY;
		return 0;
	}
	if (!number_parse(value, UINT64_MAX, out))
		return docker_refuse(text, err, "\"%.60s\" is not a limit", value);
	return 0;
}

/* "RLIMIT_NOFILE" for "nofile". Source: getrlimit(2); docker/go-units, ulimit. */
static int find_resource(const struct spec_text *text, const char *name, int *out,
                         struct error *err)
{
	char wanted[40];

	(void)snprintf(wanted, sizeof(wanted), "RLIMIT_%.30s", name);
	text_make_upper(wanted);
	for (size_t i = 0; i < oci_rlimits.count; i++) {
		if (strcmp(oci_rlimits.items[i].name, wanted) == 0) {
			*out = (int)oci_rlimits.items[i].value;
			return 0;
		}
	}
	return docker_refuse(text, err, "unknown limit \"%.60s\"", name);
}

int docker_take_ulimit(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	struct spec_rlimit rlimit = { .origin = text->origin };
	const char *equals = strchr(text->value, '=');
	const char *colon = strchr(text->value, ':');
	const char *name;
	const char *soft;

	if (strcmp(text->value, "host") == 0) /* Podman */
		return docker_add_text(draft, &draft->unread, text, err);
	if (equals == NULL)
		return docker_refuse(text, err, "\"%.60s\" has no value", text->value);
	name = docker_copy(draft, text->value, (size_t)(equals - text->value), err);
	soft = docker_copy(draft, equals + 1, strcspn(equals + 1, ":"), err);
	if (name == NULL || soft == NULL || find_resource(text, name, &rlimit.resource, err) < 0 ||
	    read_rlimit_value(text, soft, &rlimit.soft, err) < 0 ||
	    read_rlimit_value(text, colon == NULL ? soft : colon + 1, &rlimit.hard, err) < 0)
		return -1;
	if (rlimit.soft > rlimit.hard)
		return docker_refuse(text, err, "the soft limit is above the hard one");
	return spec_list_add(&draft->session->builder, &draft->rlimits, &rlimit, err);
}
