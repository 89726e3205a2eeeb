/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <limits.h>
#include <stdio.h>

#include "base/number.h"
#include "commands.h"
#include "lifecycle/operations.h"
#include "oci.h"

#define INTERVAL_MS 5000 /* if not said */

struct events_options {
	const char *interval;
	bool is_once;
};

static const struct option_row rows[] = {
	{ "--interval", "TIME", "between two statistics; 5s if not said", OPTION_TEXT,
	  offsetof(struct events_options, interval) },
	{ "--stats", NULL, "print the statistics once", OPTION_SWITCH,
	  offsetof(struct events_options, is_once) },
};

static const struct usage usage = {
	.synopsis = "hardrun events [OPTION...] ID",
	.text = "Print what a container uses, and when memory was out for it, as one JSON object "
		"a\n"
		"line, until it ends.",
	.examples = "  hardrun events --stats web | jq .data.memory.usage",
	.is_oci = true,
};

static int print_statistics(const struct container *container, struct error *err)
{
	AUTO_TEXT struct text text = { 0 };
	AUTO_FREE char *line = NULL;

	if (container_add_statistics(container, &text, err) < 0)
		return -1;
	line = text_take(&text, err);
	if (line == NULL)
		return -1;
	puts(line);
	return fflush(stdout) == EOF ? error_set_errno(err, "cannot write the statistics") : 0;
}

/* The id is made of letters, digits and a few signs: JSON needs no escapes for it. */
static int print_oom(const struct container *container, struct error *err)
{
	printf("{\"type\":\"oom\",\"id\":\"%s\"}\n", container->id);
	return fflush(stdout) == EOF ? error_set_errno(err, "cannot write the event") : 0;
}

static int print_events(const struct container *container, int interval_ms, struct error *err)
{
	uint64_t ooms = UINT64_MAX;
	int result = 0;

	while (result == 0) {
		switch (container_wait_event(container, interval_ms, &ooms)) {
		case CONTAINER_EVENT_STATISTICS:
			result = print_statistics(container, err);
			break;
		case CONTAINER_EVENT_OOM:
			result = print_oom(container, err);
			break;
		case CONTAINER_EVENT_END:
			return 0;
		}
	}
	return result;
}

static int read_interval(const char *text, int *out, struct error *err)
{
	uint64_t interval_ms = INTERVAL_MS;

	if (text != NULL && (!number_parse_duration(text, &interval_ms) || interval_ms == 0 ||
	                     interval_ms > INT_MAX))
		return error_set(err, ERROR_USAGE, "--interval \"%.40s\" is not a time such as 5s",
		                 text);
	*out = (int)interval_ms;
	return 0;
}

int cmd_events(int argc, char **argv, struct error *err)
{
	static const struct oci_shape shape = { .operands_min = 1, .operands_max = 1 };
	AUTO_OCI_COMMAND struct oci_command command = OCI_COMMAND_NONE;
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	struct events_options options = { .interval = NULL };
	const struct option_table own = { rows, ARRAY_LEN(rows), &options };
	const int begun = oci_begin(&command, &usage, &own, &shape, argc, argv, err);
	int interval_ms = INTERVAL_MS;

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	if (read_interval(options.interval, &interval_ms, err) < 0 ||
	    container_open(&command.root, command.operands.items[0], CONTAINER_LOOK, &container,
	                   err) < 0)
		return -1;
	if (container_look(&container) == CONTAINER_STOPPED)
		return error_set(err, ERROR_STATE, "container not running: %s", container.id);
	return options.is_once ? print_statistics(&container, err)
	                       : print_events(&container, interval_ms, err);
}
