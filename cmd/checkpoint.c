/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "commands.h"
#include "options.h"

static const struct usage checkpoint_usage = {
	.synopsis = "hardrun checkpoint [OPTION...] ID",
	.text = "Write a running container to files. This build cannot.",
	.is_oci = true,
};

static const struct usage restore_usage = {
	.synopsis = "hardrun restore [OPTION...] ID",
	.text = "Bring a container back from files. This build cannot.",
	.is_oci = true,
};

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	}
	return false;
}

/* Only the global options, which stand before the others, mean anything here. */
static int refuse(const struct usage *usage, const char *verb, int argc, char **argv,
                  struct error *err)
{
	static char help[] = "--help";
	const struct option_table none = { .rows = NULL };
	struct global_options global = { .root = NULL };
	struct operands operands;
	int known = options_find_verb(argc, argv);
	int begun;

	if (asks_for_help(argc, argv)) {
		argv[0] = help;
		known = 1;
	}
	argv[known] = NULL;
	begun = options_begin(usage, &none, known, argv, &global, &operands, err);
	if (begun != 0)
		return begun < 0 ? -1 : 0;
	(void)error_set(err, ERROR_HOST, "this hardrun cannot %s containers", verb);
	return error_hint(err, "use an engine without checkpoints, or runc for this container");
}

int cmd_checkpoint(int argc, char **argv, struct error *err)
{
	return refuse(&checkpoint_usage, "checkpoint", argc, argv, err);
}

int cmd_restore(int argc, char **argv, struct error *err)
{
	return refuse(&restore_usage, "restore", argc, argv, err);
}
