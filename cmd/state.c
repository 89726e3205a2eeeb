/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "commands.h"
#include "oci.h"

static const struct usage usage = {
	.synopsis = "hardrun state ID",
	.text = "Print the state of a container as JSON, as runtime-spec and runc have it.",
	.is_oci = true,
};

int cmd_state(int argc, char **argv, struct error *err)
{
	static const struct oci_shape shape = { .operands_min = 1, .operands_max = 1 };
	AUTO_OCI_COMMAND struct oci_command command = OCI_COMMAND_NONE;
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	AUTO_TEXT struct text text = { 0 };
	AUTO_FREE char *line = NULL;
	const int begun = oci_begin(&command, &usage, &(struct option_table){ .rows = NULL },
	                            &shape, argc, argv, err);
	enum container_status status;

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	if (container_open(&command.root, command.operands.items[0], CONTAINER_LOOK, &container,
	                   err) < 0)
		return -1;
	status = container_look(&container);
	container_describe(&container, container_status_name(status),
	                   status == CONTAINER_STOPPED ? 0 : container.state.init.pid,
	                   CONTAINER_VIEW_STATE, &text);
	line = text_take(&text, err);
	if (line == NULL)
		return -1;
	puts(line);
	return 0;
}
