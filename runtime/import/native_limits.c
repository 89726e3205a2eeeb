/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The member "limits". */
#include <string.h>

#include "base/number.h"
#include "import/native.h"

#define IO_DEVICE_COUNT_MAX 64
#define IO_WEIGHT_MAX       10000 /* cgroup-v2.rst, io.weight */
#define SIZE_MAX_BYTES      (UINT64_C(1) << 60)

static int set_bound(struct reader *reader, enum spec_bound bound, uint64_t value,
                     struct error *err)
{
	const char *origin = fields_origin(reader, err);

	if (origin == NULL)
		return -1;
	spec_set_bound(reader->builder, bound, value, origin);
	return 0;
}

static int read_size_bound(struct reader *reader, json_t *value, enum spec_bound bound,
                           struct error *err)
{
	uint64_t size = 0;

	if (fields_size(reader, value, spec_bound_range(bound)->min, spec_bound_range(bound)->max,
	                &size, err) < 0)
		return -1;
	return set_bound(reader, bound, size, err);
}

static int read_count_bound(struct reader *reader, json_t *value, enum spec_bound bound,
                            struct error *err)
{
	uint64_t count = 0;

	if (fields_integer(reader, value, spec_bound_range(bound)->min,
	                   spec_bound_range(bound)->max, &count, err) < 0)
		return -1;
	return set_bound(reader, bound, count, err);
}

static int read_core(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return read_size_bound(reader, value, SPEC_BOUND_CORE, err);
}

static int read_cpus(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const struct spec_range *bound = spec_bound_range(SPEC_BOUND_CPUS);
	double quota;

	if (!json_is_number(value))
		return fields_wrong_type(reader, value, "a number", err);
	quota = json_number_value(value) * SPEC_CPU_PERIOD_USEC + 0.5;
	if (!(quota >= (double)bound->min && quota <= (double)bound->max))
		return fields_refuse(reader, err, "the number of processors is from 0.01 to 4096");
	return set_bound(reader, SPEC_BOUND_CPUS, (uint64_t)quota, err);
}

static int read_memory(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return read_size_bound(reader, value, SPEC_BOUND_MEMORY, err);
}

static int read_nofile(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return read_count_bound(reader, value, SPEC_BOUND_NOFILE, err);
}

static int read_pids(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return read_count_bound(reader, value, SPEC_BOUND_PIDS, err);
}

static int read_swap(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return read_size_bound(reader, value, SPEC_BOUND_SWAP, err);
}

static int read_timeout(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_limit *timeout = &((struct spec_limits *)out)->timeout_ms;
	const char *text;

	if (fields_string(reader, value, &text, err) < 0)
		return -1;
	if (!number_parse_duration(text, &timeout->value) || timeout->value == 0 ||
	    timeout->value > NATIVE_TIMEOUT_MAX_MS) {
		(void)error_hint(err, "write \"500ms\", \"30s\", \"5m\" or \"1h\"");
		return fields_refuse(reader, err, "\"%.60s\" is not a time limit", text);
	}
	timeout->is_set = true;
	timeout->origin = fields_origin(reader, err);
	return timeout->origin == NULL ? -1 : 0;
}

static int read_weight(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_limit *weight = &((struct spec_limits *)out)->io_weight;

	if (fields_integer(reader, value, 1, IO_WEIGHT_MAX, &weight->value, err) < 0)
		return -1;
	weight->is_set = true;
	weight->origin = fields_origin(reader, err);
	return weight->origin == NULL ? -1 : 0;
}

static int read_device_path(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_path(reader, value, false, &((struct spec_io_device *)out)->path, err);
}

static int read_bytes_rate(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_limit *rate = out;

	if (fields_size(reader, value, 1, SIZE_MAX_BYTES, &rate->value, err) < 0)
		return -1;
	rate->is_set = true;
	rate->origin = fields_origin(reader, err);
	return rate->origin == NULL ? -1 : 0;
}

static int read_rate(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_limit *rate = out;

	if (fields_integer(reader, value, 1, UINT32_MAX, &rate->value, err) < 0)
		return -1;
	rate->is_set = true;
	rate->origin = fields_origin(reader, err);
	return rate->origin == NULL ? -1 : 0;
}

static const struct field device_fields[] = {
	{ "path", read_device_path, true },
	{ "read-bps", read_bytes_rate, false, offsetof(struct spec_io_device, read_bps) },
	{ "read-iops", read_rate, false, offsetof(struct spec_io_device, read_iops) },
	{ "write-bps", read_bytes_rate, false, offsetof(struct spec_io_device, write_bps) },
	{ "write-iops", read_rate, false, offsetof(struct spec_io_device, write_iops) },
};

static int read_device(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_io_device device = { .origin = fields_origin(reader, err) };

	if (device.origin == NULL ||
	    fields_read(reader, value, device_fields, ARRAY_LEN(device_fields), &device, err) < 0)
		return -1;
	if (json_object_size(value) == 1)
		return fields_refuse(reader, err, "no maximum is given for the device");
	return spec_list_put(reader->builder, &reader->builder->io_devices, &device, err);
}

static int read_devices(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_element(reader, value, IO_DEVICE_COUNT_MAX, read_device, NULL, err);
}

static const struct field io_fields[] = {
	{ "devices", read_devices },
	{ "weight", read_weight },
};

static int read_io(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_read(reader, value, io_fields, ARRAY_LEN(io_fields), out, err);
}

static const struct field limits_fields[] = {
	{ "core", read_core },     { "cpus", read_cpus },       { "io", read_io },
	{ "memory", read_memory }, { "nofile", read_nofile },   { "pids", read_pids },
	{ "swap", read_swap },     { "timeout", read_timeout },
};

int native_read_limits(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_limits *limits = &((struct spec *)out)->limits;

	return fields_read(reader, value, limits_fields, ARRAY_LEN(limits_fields), limits, err);
}

bool native_limits_table_at(size_t index, struct native_table *out)
{
	static const struct native_table tables[] = {
		{ "/limits", limits_fields, ARRAY_LEN(limits_fields) },
		{ "/limits/io", io_fields, ARRAY_LEN(io_fields) },
		{ "/limits/io/devices/0", device_fields, ARRAY_LEN(device_fields) },
	};

	if (index >= ARRAY_LEN(tables))
		return false;
	*out = tables[index];
	return true;
}
