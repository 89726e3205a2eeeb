/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <limits.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "bundle.h"
#include "commands.h"
#include "host_policy.h"
#include "import/import.h"
#include "kernel/own_file.h"
#include "oci.h"
#include "process_options.h"

struct exec_options {
	struct process_options process;
	struct option_list env;
	struct option_list additional_gids;
	struct option_list capabilities;
	const char *cwd;
	const char *user;
	const char *process_file;
	const char *label;
	const char *apparmor;
	const char *cgroup;
	bool gets_terminal;
	bool is_detached;
	bool forgoes_new_privileges;
	bool ignores_paused;
};

static const struct option_row rows[] = {
	{ "--process", "FILE", "the process as JSON, instead of ARG and what follows here",
	  OPTION_TEXT, offsetof(struct exec_options, process_file), 'p' },
	{ "--cwd", "DIR", "the working directory, inside", OPTION_TEXT,
	  offsetof(struct exec_options, cwd) },
	{ "--env", "NAME=VALUE", "add a variable to the environment", OPTION_LIST,
	  offsetof(struct exec_options, env), 'e' },
	{ "--user", "UID[:GID]", "the user, inside", OPTION_TEXT,
	  offsetof(struct exec_options, user), 'u' },
	{ "--additional-gids", "GID", "add a group", OPTION_LIST,
	  offsetof(struct exec_options, additional_gids), 'g' },
	{ "--cap", "CAP_NAME", "add a capability", OPTION_LIST,
	  offsetof(struct exec_options, capabilities), 'c' },
	{ "--apparmor", "PROFILE", "the AppArmor profile", OPTION_TEXT,
	  offsetof(struct exec_options, apparmor) },
	{ "--process-label", "LABEL", "the SELinux label", OPTION_TEXT,
	  offsetof(struct exec_options, label) },
	{ "--no-new-privs", NULL, "set no_new_privs", OPTION_SWITCH,
	  offsetof(struct exec_options, forgoes_new_privileges) },
	{ "--tty", NULL, "give it a terminal", OPTION_SWITCH,
	  offsetof(struct exec_options, gets_terminal), 't' },
	{ "--detach", NULL, "leave the process running", OPTION_SWITCH,
	  offsetof(struct exec_options, is_detached), 'd' },
	{ "--console-socket", "PATH", "send the terminal's master to this socket", OPTION_TEXT,
	  offsetof(struct exec_options, process.channels.console_socket) },
	{ "--pidfd-socket", "PATH", "send a pidfd of the process to this socket", OPTION_TEXT,
	  offsetof(struct exec_options, process.channels.pidfd_socket) },
	{ "--pid-file", "FILE", "write the number of the process to FILE", OPTION_TEXT,
	  offsetof(struct exec_options, process.channels.pid_file) },
	{ "--preserve-fds", "NUMBER", "pass so many descriptors from 3 on", OPTION_TEXT,
	  offsetof(struct exec_options, process.preserve_fds) },
	{ "--cgroup", "PATH", "a cgroup below the container's", OPTION_TEXT,
	  offsetof(struct exec_options, cgroup) },
	{ "--ignore-paused", NULL, "also in a paused container, where it waits", OPTION_SWITCH,
	  offsetof(struct exec_options, ignores_paused) },
};

static const struct usage usage = {
	.synopsis = "hardrun exec [OPTION...] ID ARG...\n"
		    "       hardrun exec [OPTION...] --process FILE ID",
	.text = "Run another program in a container: confined as its first one, but for what the\n"
		"options say.\n"
		"\n"
		"The exit status is the program's own; 128 and the signal's number when a signal\n"
		"ended it; 255 when hardrun itself failed.",
	.examples = "  hardrun exec -t web /bin/sh",
	.is_oci = true,
};

static int check(const struct exec_options *options, const struct operands *operands,
                 struct error *err)
{
	if (options->label != NULL && options->label[0] != '\0')
		return error_set(err, ERROR_HOST, "--process-label: there is no SELinux here");
	if (options->process_file == NULL && operands->count < 2) {
		(void)error_set(err, ERROR_USAGE, "no program to be executed is given");
		return error_hint(err, "%.*s", (int)strcspn(usage.synopsis, "\n"), usage.synopsis);
	}
	return 0;
}

static int read_process(const struct exec_options *options, const struct operands *operands,
                        char **out, struct import_oci_exec *exec, struct error *err)
{
	*exec = (struct import_oci_exec){
		.args = (const char *const *)operands->items + 1,
		.arg_count = (size_t)operands->count - 1,
		.env = options->env.items,
		.env_count = options->env.count,
		.cwd = options->cwd,
		.user = options->user,
		.additional_gids = options->additional_gids.items,
		.additional_gid_count = options->additional_gids.count,
		.capabilities = options->capabilities.items,
		.capability_count = options->capabilities.count,
		.apparmor = options->apparmor,
		.gets_terminal = options->gets_terminal,
		.forgoes_new_privileges = options->forgoes_new_privileges,
	};
	if (options->process_file == NULL)
		return 0;
	if (file_read(options->process_file, IMPORT_OCI_SIZE_MAX, out, &exec->process_size, err) <
	    0)
		return -1;
	*exec = (struct import_oci_exec){ .process = *out,
		                          .process_size = exec->process_size,
		                          .process_name = options->process_file,
		                          .gets_terminal = options->gets_terminal };
	return 0;
}

static int import(const struct oci_command *command, const struct container *container,
                  const struct exec_options *options, struct bundle *out, struct error *err)
{
	AUTO_FREE char *process = NULL;
	struct import_oci_exec exec;
	struct import_oci_input input = { .name = CONTAINER_CONFIG_FILE,
		                          .bundle = container->state.bundle,
		                          .id = container->id,
		                          .warn = log_warning };

	if (read_process(options, &command->operands, &process, &exec, err) < 0 ||
	    container_read_config(container, &out->config, &out->config_size, err) < 0)
		return -1;
	input.text = out->config;
	input.size = out->config_size;
	bundle_find_known(out, command->cache, &input);
	return import_oci_exec(&input, &exec, &out->spec, err);
}

/* Before anything is read that cannot be read again. */
static int guard(const struct container *container, struct error *err)
{
	return own_file_is_apart_from(container->state.init.pid) ? 0 : cmd_guard_own_file(err);
}

/* Up to the program. What it takes is released here: while the program runs, not after it. */
static int join(struct oci_command *command, const struct exec_options *options,
                struct launch_signals *signals, struct launch_process *process, struct error *err)
{
	AUTO_BUNDLE struct bundle bundle = { .config = NULL };
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	struct exec_request request = {
		.channels = options->process.channels,
		.cgroup = options->cgroup,
		.is_attended = !options->is_detached,
		.ignores_paused = options->ignores_paused,
		.plan = { .joins_container = true },
	};
	const struct host_policy_request policy = {
		.file = options->process_file == NULL ? CONTAINER_CONFIG_FILE
		                                      : options->process_file,
		.is_joining = true,
	};
	const char *id = command->operands.items[0];

	if (container_open(&command->root, id, CONTAINER_LOOK, &container, err) < 0 ||
	    guard(&container, err) < 0 || import(command, &container, options, &bundle, err) < 0 ||
	    host_policy_apply(&policy, &bundle.spec, err) < 0 ||
	    process_options_plan(command, id, &options->process, &request.plan, err) < 0)
		return -1;
	request.spec = bundle.spec;
	if (!options->is_detached && launch_signals_hold(signals, err) < 0)
		return -1;
	return container_exec(&container, &request, process, err);
}

static int exec(struct oci_command *command, const struct exec_options *options, struct error *err)
{
	CLEANUP(launch_process_clear) struct launch_process process = LAUNCH_PROCESS_NONE;
	CLEANUP(launch_signals_release) struct launch_signals signals = LAUNCH_SIGNALS_NONE;
	int status = 0;

	if (join(command, options, &signals, &process, err) < 0)
		return -1;
	if (options->is_detached)
		return 0;
	return launch_attend(&process, &signals, &status, err) < 0 ? -1 : oci_exit_status(status);
}

int cmd_exec(int argc, char **argv, struct error *err)
{
	static const struct oci_shape shape = { .operands_min = 1, .operands_max = INT_MAX };
	AUTO_OCI_COMMAND struct oci_command command = OCI_COMMAND_NONE;
	struct exec_options options = { .cwd = NULL };
	const struct option_table own = { rows, ARRAY_LEN(rows), &options, true };
	const int begun = oci_begin(&command, &usage, &own, &shape, argc, argv, err);

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	if (check(&options, &command.operands, err) < 0)
		return -1;
	return exec(&command, &options, err);
}
