/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bundle.h"
#include "commands.h"
#include "lifecycle/operations.h"
#include "oci.h"

static const struct usage usage = {
	.synopsis = "hardrun start ID",
	.text = "Have a container that \"hardrun create\" made execute its program.",
	.is_oci = true,
};

int cmd_start(int argc, char **argv, struct error *err)
{
	static const struct oci_shape shape = { .operands_min = 1, .operands_max = 1 };
	AUTO_OCI_COMMAND struct oci_command command = OCI_COMMAND_NONE;
	AUTO_BUNDLE struct bundle bundle = { .config = NULL };
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	const int begun = oci_begin(&command, &usage, &(struct option_table){ .rows = NULL },
	                            &shape, argc, argv, err);

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	if (container_open(&command.root, command.operands.items[0], CONTAINER_CHANGE, &container,
	                   err) < 0 ||
	    bundle_reread_if_needed(&container, &bundle, err) < 0)
		return -1;
	return container_start(&container, bundle.spec, false, err);
}
