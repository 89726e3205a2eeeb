/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "attend.h"
#include "bundle.h"
#include "commands.h"
#include "host_policy.h"
#include "lifecycle/notify.h"
#include "oci.h"
#include "process_options.h"

struct create_options {
	struct process_options process;
	const char *bundle;
	bool has_no_pivot;
	bool has_no_keyring;
	bool is_detached;
	bool is_kept;
	bool has_no_subreaper;
};

#define BUNDLE_ROWS                                                                                \
	{ "--bundle",                                                                              \
	  "DIR",                                                                                   \
	  "the bundle; the working directory if not said",                                         \
	  OPTION_TEXT,                                                                             \
	  offsetof(struct create_options, bundle),                                                 \
	  'b' },                                                                                   \
		{ "--console-socket", "PATH", "send the terminal's master to this socket",         \
		  OPTION_TEXT, offsetof(struct create_options, process.channels.console_socket) }, \
		{ "--pidfd-socket", "PATH", "send a pidfd of the process to this socket",          \
		  OPTION_TEXT, offsetof(struct create_options, process.channels.pidfd_socket) },   \
		{ "--pid-file", "FILE", "write the number of the process to FILE", OPTION_TEXT,    \
		  offsetof(struct create_options, process.channels.pid_file) },                    \
		{ "--no-pivot", NULL, "for a root that is an initramfs", OPTION_SWITCH,            \
		  offsetof(struct create_options, has_no_pivot) },                                 \
		{ "--no-new-keyring", NULL, "keep the caller's session keyring", OPTION_SWITCH,    \
		  offsetof(struct create_options, has_no_keyring) },                               \
	{                                                                                          \
		"--preserve-fds", "NUMBER", "pass so many descriptors from 3 on", OPTION_TEXT,     \
			offsetof(struct create_options, process.preserve_fds)                      \
	}

static const struct option_row create_rows[] = { BUNDLE_ROWS };

static const struct option_row run_rows[] = {
	BUNDLE_ROWS,
	{ "--detach", NULL, "leave the process running", OPTION_SWITCH,
	  offsetof(struct create_options, is_detached), 'd' },
	{ "--keep", NULL, "do not delete the container when it has ended", OPTION_SWITCH,
	  offsetof(struct create_options, is_kept) },
	{ "--no-subreaper", NULL, "accepted; there is no subreaper", OPTION_SWITCH,
	  offsetof(struct create_options, has_no_subreaper) },
};

static const struct usage create_usage = {
	.synopsis = "hardrun create [OPTION...] ID",
	.text = "Create the container ID from an OCI bundle: all is set up and confined, and "
		"nothing\n"
		"of its program runs until \"hardrun start\".",
	.examples = "  hardrun create --bundle /srv/web --pid-file web.pid web",
	.is_oci = true,
};

static const struct usage run_usage = {
	.synopsis = "hardrun run [OPTION...] ID",
	.text = "Create and start the container ID from an OCI bundle, wait for its end and "
		"delete\n"
		"it. The exit status is the program's own; 128 and the signal's number when a\n"
		"signal ended it; 1 when hardrun itself failed. A spec of hardrun's own is run by\n"
		"\"hardrun SPEC.json\".",
	.examples = "  hardrun run --bundle /srv/web web",
	.is_oci = true,
};

static int fill(struct oci_command *command, const struct create_options *options,
                const struct bundle *bundle, struct creation_request *out, struct error *err)
{
	out->spec = bundle->spec;
	out->config = bundle->config;
	out->config_size = bundle->config_size;
	out->channels = options->process.channels;
	out->plan.has_no_pivot = options->has_no_pivot;
	out->plan.has_no_keyring = options->has_no_keyring;
	if (notify_is_wanted()) {
		(void)snprintf(command->notify_folder, sizeof(command->notify_folder),
		               "%s/oci/%s/" NOTIFY_FOLDER, command->root.path,
		               command->operands.items[0]);
		out->plan.notify_folder = command->notify_folder;
	}
	return process_options_plan(command, command->operands.items[0], &options->process,
	                            &out->plan, err);
}

static int read_and_fill(struct oci_command *command, const struct create_options *options,
                         struct bundle *bundle, struct creation_request *out, struct error *err)
{
	static const struct host_policy_request policy = { .file = CONTAINER_CONFIG_FILE };

	if (container_check_id(command->operands.items[0], err) < 0 ||
	    bundle_read(options->bundle, command->operands.items[0], command->cache, bundle, err) <
	            0 ||
	    host_policy_apply(&policy, &bundle->spec, err) < 0)
		return -1;
	return fill(command, options, bundle, out, err);
}

int cmd_create(int argc, char **argv, struct error *err)
{
	static const struct oci_shape shape = { 1, 1, true };
	AUTO_OCI_COMMAND struct oci_command command = OCI_COMMAND_NONE;
	AUTO_BUNDLE struct bundle bundle = { .config = NULL };
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	CLEANUP(launch_process_clear) struct launch_process process = LAUNCH_PROCESS_NONE;
	struct create_options options = { .bundle = NULL };
	const struct option_table own = { create_rows, ARRAY_LEN(create_rows), &options };
	struct creation_request request = { .spec = NULL };
	const int begun = oci_begin(&command, &create_usage, &own, &shape, argc, argv, err);

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	if (read_and_fill(&command, &options, &bundle, &request, err) < 0)
		return -1;
	return container_create(&command.root, command.operands.items[0], &request, &container,
	                        &process, err);
}

static int run(struct oci_command *command, const struct create_options *options, struct error *err)
{
	AUTO_BUNDLE struct bundle bundle = { .config = NULL };
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	CLEANUP(launch_process_clear) struct launch_process process = LAUNCH_PROCESS_NONE;
	CLEANUP(launch_signals_release) struct launch_signals signals = LAUNCH_SIGNALS_NONE;
	struct creation_request request = { .is_attended = !options->is_detached };

	if (read_and_fill(command, options, &bundle, &request, err) < 0)
		return -1;
	if (!options->is_detached && launch_signals_hold(&signals, err) < 0)
		return -1;
	if (container_create(&command->root, command->operands.items[0], &request, &container,
	                     &process, err) < 0)
		return -1;
	if (container_start(&container, bundle.spec, !options->is_detached, err) < 0) {
		attend_delete(&container, &bundle);
		return -1;
	}
	container_close(&container);
	if (options->is_detached)
		return 0;
	return attend(command, &process, &signals, &bundle, options->is_kept, err);
}

int cmd_run_bundle(int argc, char **argv, struct error *err)
{
	static const struct oci_shape shape = { 1, 1, true };
	AUTO_OCI_COMMAND struct oci_command command = OCI_COMMAND_NONE;
	struct create_options options = { .bundle = NULL };
	const struct option_table own = { run_rows, ARRAY_LEN(run_rows), &options };
	const int begun = oci_begin(&command, &run_usage, &own, &shape, argc, argv, err);

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	return run(&command, &options, err);
}
