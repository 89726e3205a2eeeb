/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "attend.h"
#include "bundle.h"
#include "commands.h"
#include "criu_options.h"
#include "host_policy.h"
#include "kernel/process.h"
#include "lifecycle/operations.h"
#include "oci.h"
#include "process_options.h"

struct restore_options {
	struct criu_choice choice;
	struct process_options process;
	const char *bundle;
	const char *lsm_profile;
	const char *lsm_mount_context;
	bool closes_tcp;
	bool is_detached;
	bool is_kept;
	bool has_no_subreaper;
	bool has_no_pivot;
};

static const struct option_row rows[] = {
	{ "--bundle", "DIR", "the bundle; the working directory if not said", OPTION_TEXT,
	  offsetof(struct restore_options, bundle), 'b' },
	CRIU_ROWS(restore_options),
	{ "--console-socket", "PATH", "send the terminal's master to this socket", OPTION_TEXT,
	  offsetof(struct restore_options, process.channels.console_socket) },
	{ "--pid-file", "FILE", "write the number of the process to FILE", OPTION_TEXT,
	  offsetof(struct restore_options, process.channels.pid_file) },
	{ "--detach", NULL, "leave the process running", OPTION_SWITCH,
	  offsetof(struct restore_options, is_detached), 'd' },
	{ "--keep", NULL, "do not delete the container when it has ended", OPTION_SWITCH,
	  offsetof(struct restore_options, is_kept) },
	{ "--tcp-close", NULL, "without the TCP connections that were open", OPTION_SWITCH,
	  offsetof(struct restore_options, closes_tcp) },
	{ "--lsm-profile", "TYPE:NAME", "another profile than it had (\"apparmor:NAME\")",
	  OPTION_TEXT, offsetof(struct restore_options, lsm_profile) },
	{ "--lsm-mount-context", "CONTEXT", "another SELinux context of its mounts", OPTION_TEXT,
	  offsetof(struct restore_options, lsm_mount_context) },
	{ "--no-subreaper", NULL, "accepted; hardrun is one only while it waits itself",
	  OPTION_SWITCH, offsetof(struct restore_options, has_no_subreaper) },
	{ "--no-pivot", NULL, "refused", OPTION_SWITCH,
	  offsetof(struct restore_options, has_no_pivot) },
};

static const struct usage usage = {
	.synopsis = "hardrun restore [OPTION...] ID",
	.text = "Make the container ID from the files of \"hardrun checkpoint\" and its bundle, "
		"by\n"
		"criu; it goes on where it was. Unless detached, wait for its end and delete it;\n"
		"the exit status is then the program's own, as of \"hardrun run\". The files must\n"
		"come from whom root trusts: they say what processes are and may do.",
	.examples = "  hardrun restore --detach --bundle /srv/web --image-path /srv/images/web web",
	.is_oci = true,
};

static int prepare(struct oci_command *command, const struct restore_options *options,
                   struct bundle *bundle, struct creation_request *out, struct error *err)
{
	const char *id = command->operands.items[0];

	if (container_check_id(id, err) < 0 ||
	    bundle_read(options->bundle, id, command->cache, bundle, err) < 0 ||
	    process_options_plan(command, id, &options->process, &out->plan, err) < 0)
		return -1;
	out->spec = bundle->spec;
	out->config = bundle->config;
	out->config_size = bundle->config_size;
	out->channels = options->process.channels;
	out->is_attended = !options->is_detached;
	return 0;
}

static int restore(struct oci_command *command, const struct restore_options *options,
                   struct error *err)
{
	AUTO_BUNDLE struct bundle bundle = { .config = NULL };
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	CLEANUP(launch_process_clear) struct launch_process process = LAUNCH_PROCESS_NONE;
	CLEANUP(launch_signals_release) struct launch_signals signals = LAUNCH_SIGNALS_NONE;
	const struct restore_request from = {
		.criu = options->choice.criu,
		.lsm_profile = options->lsm_profile,
		.lsm_mount_context = options->lsm_mount_context,
		.closes_tcp = options->closes_tcp,
	};
	struct creation_request request = { .restore = &from };

	if (prepare(command, options, &bundle, &request, err) < 0)
		return -1;
	if (!options->is_detached && process_adopt_orphans(err) < 0)
		return -1;
	if (container_create(&command->root, command->operands.items[0], &request, &container,
	                     &process, err) < 0)
		return -1;
	container_close(&container);
	if (options->is_detached)
		return 0;
	/* Not before: a criu that takes for ever can be interrupted. */
	if (launch_signals_hold(&signals, err) < 0)
		return -1;
	return attend(command, &process, &signals, &bundle, options->is_kept, err);
}

int cmd_restore(int argc, char **argv, struct error *err)
{
	static const struct oci_shape shape = { 1, 1, true };
	AUTO_OCI_COMMAND struct oci_command command = OCI_COMMAND_NONE;
	struct restore_options options = { .bundle = NULL };
	const struct option_table own = { rows, ARRAY_LEN(rows), &options };
	const int begun = oci_begin(&command, &usage, &own, &shape, argc, argv, err);

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	if (criu_options_check(&options.choice, &command.global, err) < 0 ||
	    criu_options_refuse(options.has_no_pivot, "--no-pivot",
	                        "criu pivots to the root that it restores", err) < 0)
		return -1;
	return restore(&command, &options, err);
}
