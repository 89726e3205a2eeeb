/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "commands.h"
#include "lifecycle/operations.h"
#include "oci.h"

static const struct usage pause_usage = {
	.synopsis = "hardrun pause ID",
	.text = "Stop all processes of a container until \"hardrun resume\".",
	.is_oci = true,
};

static const struct usage resume_usage = {
	.synopsis = "hardrun resume ID",
	.text = "Let the processes of a paused container go on.",
	.is_oci = true,
};

static int change(const struct usage *usage,
                  int (*operation)(const struct container *container, struct error *err), int argc,
                  char **argv, struct error *err)
{
	static const struct oci_shape shape = { .operands_min = 1, .operands_max = 1 };
	AUTO_OCI_COMMAND struct oci_command command = OCI_COMMAND_NONE;
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	const int begun = oci_begin(&command, usage, &(struct option_table){ .rows = NULL }, &shape,
	                            argc, argv, err);

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	if (container_open(&command.root, command.operands.items[0], CONTAINER_CHANGE, &container,
	                   err) < 0)
		return -1;
	return operation(&container, err);
}

int cmd_pause(int argc, char **argv, struct error *err)
{
	return change(&pause_usage, container_pause, argc, argv, err);
}

int cmd_resume(int argc, char **argv, struct error *err)
{
	return change(&resume_usage, container_resume, argc, argv, err);
}
