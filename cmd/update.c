/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/number.h"
#include "commands.h"
#include "host_policy.h"
#include "import/import.h"
#include "lifecycle/operations.h"
#include "oci.h"

/* One text for each limit, in the order of limits[]. */
struct update_options {
	const char *resources;
	const char *values[13];
};

#define VALUE(index) offsetof(struct update_options, values[index])

static const struct option_row rows[] = {
	{ "--resources", "FILE", "linux.resources as JSON; \"-\" is standard input", OPTION_TEXT,
	  offsetof(struct update_options, resources), 'r' },
	{ "--memory", "SIZE", "memory, in bytes or as \"64m\"", OPTION_TEXT, VALUE(0) },
	{ "--memory-reservation", "SIZE", "memory that is left to it first", OPTION_TEXT,
	  VALUE(1) },
	{ "--memory-swap", "SIZE", "memory and swap together; -1: no limit", OPTION_TEXT,
	  VALUE(2) },
	{ "--cpu-share", "NUMBER", "processor shares, 2 to 262144", OPTION_TEXT, VALUE(3) },
	{ "--cpu-quota", "USEC", "processor time per period", OPTION_TEXT, VALUE(4) },
	{ "--cpu-period", "USEC", "the period", OPTION_TEXT, VALUE(5) },
	{ "--cpu-rt-runtime", "USEC", "realtime processor time per period", OPTION_TEXT, VALUE(6) },
	{ "--cpu-rt-period", "USEC", "the period of that", OPTION_TEXT, VALUE(7) },
	{ "--cpu-idle", "0|1", "run when no other wants to", OPTION_TEXT, VALUE(8) },
	{ "--cpuset-cpus", "LIST", "processors it may use, \"0-3,7\"", OPTION_TEXT, VALUE(9) },
	{ "--cpuset-mems", "LIST", "memory nodes it may use", OPTION_TEXT, VALUE(10) },
	{ "--pids-limit", "NUMBER", "processes and threads", OPTION_TEXT, VALUE(11) },
	{ "--blkio-weight", "NUMBER", "I/O weight, 10 to 1000", OPTION_TEXT, VALUE(12) },
};

enum value_kind {
	VALUE_NUMBER,
	VALUE_SIZE,
	VALUE_LIST,
};

/* What each option says in linux.resources. */
static const struct {
	const char *option;
	const char *group;
	const char *member;
	enum value_kind kind;
} limits[] = {
	{ "--memory", "memory", "limit", VALUE_SIZE },
	{ "--memory-reservation", "memory", "reservation", VALUE_SIZE },
	{ "--memory-swap", "memory", "swap", VALUE_SIZE },
	{ "--cpu-share", "cpu", "shares", VALUE_NUMBER },
	{ "--cpu-quota", "cpu", "quota", VALUE_NUMBER },
	{ "--cpu-period", "cpu", "period", VALUE_NUMBER },
	{ "--cpu-rt-runtime", "cpu", "realtimeRuntime", VALUE_NUMBER },
	{ "--cpu-rt-period", "cpu", "realtimePeriod", VALUE_NUMBER },
	{ "--cpu-idle", "cpu", "idle", VALUE_NUMBER },
	{ "--cpuset-cpus", "cpu", "cpus", VALUE_LIST },
	{ "--cpuset-mems", "cpu", "mems", VALUE_LIST },
	{ "--pids-limit", "pids", "limit", VALUE_NUMBER },
	{ "--blkio-weight", "blockIO", "weight", VALUE_NUMBER },
};

_Static_assert(ARRAY_LEN(limits) == ARRAY_LEN(((struct update_options *)0)->values),
               "each limit has a place for its text");

static const struct usage usage = {
	.synopsis = "hardrun update [OPTION...] ID",
	.text = "Change the limits of a container; what is not said stays. With --resources the\n"
		"other options are ignored.",
	.examples = "  hardrun update --memory 64m --pids-limit 50 web\n"
		    "  echo '{\"cpu\": {\"quota\": 50000}}' | hardrun update -r - web",
	.is_oci = true,
};

/* Source: runc-update(8); docker-run(1): "64m", "1g", in powers of 1024. */
static bool parse_size(const char *text, int64_t *out)
{
	static const char units[] = "bkmgt";
	char digits[24];
	const size_t length = strspn(text, "0123456789");
	const char *unit;
	uint64_t value;
	unsigned int shift;

	if (length == 0 || length >= sizeof(digits) || strlen(text) > length + 1)
		return false;
	(void)snprintf(digits, sizeof(digits), "%.*s", (int)length, text);
	unit = text[length] == '\0' ? units : strchr(units, text[length] | 0x20);
	if (unit == NULL || !number_parse(digits, INT64_MAX, &value))
		return false;
	shift = 10 * (unsigned int)(unit - units);
	if (value > (uint64_t)INT64_MAX >> shift)
		return false;
	*out = (int64_t)(value << shift);
	return true;
}

static bool parse_number(const char *text, enum value_kind kind, int64_t *out)
{
	uint64_t value;

	if (strcmp(text, "-1") == 0) {
		*out = -1;
		return true;
	}
	if (kind == VALUE_SIZE)
		return parse_size(text, out);
	if (!number_parse(text, INT64_MAX, &value))
		return false;
	*out = (int64_t)value;
	return true;
}

static int add_value(struct text *text, size_t index, const char *value, struct error *err)
{
	int64_t number;

	text_add_json(text, limits[index].member);
	text_add(text, ":");
	if (limits[index].kind == VALUE_LIST) {
		text_add_json(text, value);
		return 0;
	}
	if (!parse_number(value, limits[index].kind, &number)) {
		(void)error_set(err, ERROR_USAGE, "\"%.40s\" is not a number", value);
		return error_at(err, "%s", limits[index].option);
	}
	text_add_format(text, "%" PRId64, number);
	return 0;
}

/* What the options say, as --resources would. */
static int write_resources(const struct update_options *options, struct text *text,
                           struct error *err)
{
	const char *group = NULL;

	text_add(text, "{");
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		if (options->values[i] == NULL)
			continue;
		if (group == NULL || strcmp(group, limits[i].group) != 0) {
			text_add(text, group == NULL ? "\"" : "},\"");
			text_add(text, limits[i].group);
			text_add(text, "\":{");
		} else {
			text_add(text, ",");
		}
		group = limits[i].group;
		if (add_value(text, i, options->values[i], err) < 0)
			return -1;
	}
	text_add(text, group == NULL ? "}" : "}}");
	return 0;
}

static int read_resources(const struct update_options *options, char **out, size_t *out_size,
                          struct error *err)
{
	AUTO_TEXT struct text text = { 0 };

	if (options->resources != NULL)
		return file_read(options->resources, CONTAINER_CONFIG_SIZE_MAX, out, out_size, err);
	if (write_resources(options, &text, err) < 0)
		return -1;
	*out_size = text.length;
	*out = text_take(&text, err);
	return *out == NULL ? -1 : 0;
}

static int update(const struct container *container, const struct update_options *options,
                  struct error *err)
{
	AUTO_FREE char *resources_text = NULL;
	AUTO_ARENA struct arena *arena = NULL;
	const struct spec_oci_resources *resources = NULL;
	struct import_oci_input input = {
		.name = options->resources == NULL ? "the command line" : options->resources,
		.id = container->id,
		.warn = log_warning,
	};

	if (read_resources(options, &resources_text, &input.size, err) < 0)
		return -1;
	input.text = resources_text;
	if (import_oci_resources(&input, &arena, &resources, err) < 0 ||
	    host_policy_judge_update(input.name, resources, err) < 0)
		return -1;
	return container_update(container, resources, err);
}

int cmd_update(int argc, char **argv, struct error *err)
{
	static const struct oci_shape shape = { .operands_min = 1, .operands_max = 1 };
	AUTO_OCI_COMMAND struct oci_command command = OCI_COMMAND_NONE;
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	struct update_options options = { .resources = NULL };
	const struct option_table own = { rows, ARRAY_LEN(rows), &options };
	const int begun = oci_begin(&command, &usage, &own, &shape, argc, argv, err);

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	if (container_open(&command.root, command.operands.items[0], CONTAINER_CHANGE, &container,
	                   err) < 0)
		return -1;
	return update(&container, &options, err);
}
