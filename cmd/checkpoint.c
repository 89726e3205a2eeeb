/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bundle.h"
#include "commands.h"
#include "criu_options.h"
#include "lifecycle/operations.h"
#include "oci.h"
#include "process_options.h"

struct checkpoint_options {
	struct criu_choice choice;
	const char *parent_path;
	const char *page_server;
	const char *status_fd;
	bool leaves_running;
	bool is_pre_dump;
	bool skips_tcp_in_flight;
};

static const struct option_row rows[] = {
	CRIU_ROWS(checkpoint_options),
	{ "--parent-path", "DIR", "the images of an earlier pre-dump, from --image-path",
	  OPTION_TEXT, offsetof(struct checkpoint_options, parent_path) },
	{ "--leave-running", NULL, "let the container go on", OPTION_SWITCH,
	  offsetof(struct checkpoint_options, leaves_running) },
	{ "--pre-dump", NULL, "write the memory alone, and let the container go on", OPTION_SWITCH,
	  offsetof(struct checkpoint_options, is_pre_dump) },
	{ "--tcp-skip-in-flight", NULL, "leave out TCP connections that are being made",
	  OPTION_SWITCH, offsetof(struct checkpoint_options, skips_tcp_in_flight) },
	{ "--page-server", "ADDRESS:PORT", "send the memory to a page server of criu's",
	  OPTION_TEXT, offsetof(struct checkpoint_options, page_server) },
	{ "--status-fd", "NUMBER", "refused, as --lazy-pages is", OPTION_TEXT,
	  offsetof(struct checkpoint_options, status_fd) },
};

static const struct usage usage = {
	.synopsis = "hardrun checkpoint [OPTION...] ID",
	.text = "Write a running container to files, by criu, and delete it. \"hardrun restore\"\n"
		"brings it back. The files hold all of its memory.",
	.examples = "  hardrun checkpoint --image-path /srv/images/web web",
	.is_oci = true,
};

static int checkpoint(struct oci_command *command, const struct checkpoint_options *options,
                      struct error *err)
{
	const struct process_options none = { .preserve_fds = NULL };
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	AUTO_BUNDLE struct bundle bundle = { .config = NULL };
	struct checkpoint_request request = {
		.criu = options->choice.criu,
		.parent_path = options->parent_path,
		.page_server = options->page_server,
		.is_pre_dump = options->is_pre_dump,
		.leaves_running = options->leaves_running,
		.skips_tcp_in_flight = options->skips_tcp_in_flight,
	};

	if (container_open(&command->root, command->operands.items[0], CONTAINER_CHANGE, &container,
	                   err) < 0 ||
	    bundle_reread(&container, &bundle, err) < 0 ||
	    process_options_plan(command, container.id, &none, &request.plan, err) < 0)
		return -1;
	request.spec = bundle.spec;
	return container_checkpoint(&container, &request, err);
}

int cmd_checkpoint(int argc, char **argv, struct error *err)
{
	static const struct oci_shape shape = { .operands_min = 1, .operands_max = 1 };
	AUTO_OCI_COMMAND struct oci_command command = OCI_COMMAND_NONE;
	struct checkpoint_options options = { .parent_path = NULL };
	const struct option_table own = { rows, ARRAY_LEN(rows), &options };
	const int begun = oci_begin(&command, &usage, &own, &shape, argc, argv, err);

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	if (criu_options_check(&options.choice, &command.global, err) < 0 ||
	    criu_options_refuse(options.status_fd != NULL, "--status-fd",
	                        "it tells of --lazy-pages", err) < 0)
		return -1;
	return checkpoint(&command, &options, err);
}
