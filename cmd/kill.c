/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>

#include "commands.h"
#include "lifecycle/operations.h"
#include "oci.h"
#include "signal_name.h"

struct kill_options {
	bool is_all;
};

static const struct option_row rows[] = {
	{ "--all", NULL, "signal all processes, not the first one alone", OPTION_SWITCH,
	  offsetof(struct kill_options, is_all), 'a' },
};

static const struct usage usage = {
	.synopsis = "hardrun kill [OPTION...] ID [SIGNAL]",
	.text = "Send SIGNAL, a name or a number, to the first process of a container. It is TERM\n"
		"if not said.",
	.examples = "  hardrun kill web HUP\n"
		    "  hardrun kill --all web 9",
	.is_oci = true,
};

int cmd_kill(int argc, char **argv, struct error *err)
{
	static const struct oci_shape shape = { .operands_min = 1, .operands_max = 2 };
	AUTO_OCI_COMMAND struct oci_command command = OCI_COMMAND_NONE;
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	struct kill_options options = { .is_all = false };
	const struct option_table own = { rows, ARRAY_LEN(rows), &options };
	const int begun = oci_begin(&command, &usage, &own, &shape, argc, argv, err);
	int signal_number = SIGTERM;

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	if (command.operands.count == 2 &&
	    !signal_name_parse(command.operands.items[1], &signal_number)) {
		(void)error_set(err, ERROR_USAGE, "unknown signal \"%.40s\"",
		                command.operands.items[1]);
		return error_hint(err, "kill -l lists the names");
	}
	if (container_open(&command.root, command.operands.items[0], CONTAINER_LOOK, &container,
	                   err) < 0)
		return -1;
	return container_kill(&container, signal_number, options.is_all, err);
}
