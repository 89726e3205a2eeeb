/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "bundle.h"
#include "commands.h"
#include "lifecycle/operations.h"
#include "oci.h"

struct delete_options {
	bool is_forced;
};

static const struct option_row rows[] = {
	{ "--force", NULL, "kill what is running; no error when there is nothing", OPTION_SWITCH,
	  offsetof(struct delete_options, is_forced), 'f' },
};

static const struct usage usage = {
	.synopsis = "hardrun delete [OPTION...] ID",
	.text = "Remove what a stopped container holds: its cgroup and its state. One that was\n"
		"created and never started is killed first.",
	.is_oci = true,
};

static bool is_absent(const struct oci_command *command, const char *id)
{
	return command->root.fd < 0 ||
	       faccessat(command->root.fd, id, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
}

/* Who hangs while creating or changing it gives up the lock when its container dies. */
static int stop(const struct oci_command *command, const char *id, struct error *err)
{
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	struct error damage = { .kind = ERROR_NONE };

	if (container_open(&command->root, id, CONTAINER_LOOK, &container, &damage) < 0)
		return 0;
	return container_stop(&container, err);
}

static int delete (const struct oci_command *command, const char *id, bool is_forced,
                   struct error *err)
{
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	AUTO_BUNDLE struct bundle bundle = { .config = NULL };
	struct error damage = { .kind = ERROR_NONE };

	if (is_forced && stop(command, id, err) < 0)
		return -1;
	if (container_open(&command->root, id, CONTAINER_REMOVE, &container, err) < 0)
		return -1;
	if (container.has_state && bundle_reread_if_needed(&container, &bundle, &damage) < 0)
		log_warning(&damage);
	return container_delete(&container, bundle.spec, is_forced, err);
}

int cmd_delete(int argc, char **argv, struct error *err)
{
	static const struct oci_shape shape = { .operands_min = 1, .operands_max = 1 };
	AUTO_OCI_COMMAND struct oci_command command = OCI_COMMAND_NONE;
	struct delete_options options = { .is_forced = false };
	const struct option_table own = { rows, ARRAY_LEN(rows), &options };
	const int begun = oci_begin(&command, &usage, &own, &shape, argc, argv, err);
	const char *id = begun == 0 ? command.operands.items[0] : NULL;

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	if (container_check_id(id, err) < 0)
		return -1;
	if (options.is_forced && is_absent(&command, id))
		return 0;
	if (delete (&command, id, options.is_forced, err) == 0)
		return 0;
	/* Another one may have removed it at the same moment. */
	if (!options.is_forced || !is_absent(&command, id))
		return -1;
	*err = (struct error){ .kind = ERROR_NONE };
	return 0;
}
