/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/verify.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/number.h"
#include "bundle.h"
#include "commands.h"
#include "inspect/explain_json.h"
#include "lifecycle/launched.h"
#include "lifecycle/notify.h"
#include "lifecycle/run.h"
#include "oci.h"
#include "plan/plan_make.h"
#include "spec_file.h"

#define FOLDER_SIZE (STATE_ROOT_SIZE + 1280) /* an id is at most 1024 bytes */

struct verify_options {
	const char *pid;
	bool is_all;
	bool wants_json;
	bool wants_default;
};

static const struct option_row rows[] = {
	{ "--pid", "PID", "look at this process, whoever started it", OPTION_TEXT,
	  offsetof(struct verify_options, pid) },
	{ "--all", NULL, "look at every running container of the state root", OPTION_FLAG,
	  offsetof(struct verify_options, is_all) },
	{ "--hardened", NULL, "hold it against the hardened default, not its spec", OPTION_FLAG,
	  offsetof(struct verify_options, wants_default) },
	{ "--json", NULL, "print JSON", OPTION_FLAG, offsetof(struct verify_options, wants_json) },
};

static const struct usage usage = {
	.synopsis = "hardrun verify [OPTION...] ID\n"
		    "       hardrun verify [OPTION...] --pid PID\n"
		    "       hardrun verify [OPTION...] --all",
	.text = "Hold what the kernel says of a running container, all its processes,\n"
		"against what was asked for; with --pid, against the hardened default. Nothing\n"
		"is changed.\n"
		"\n"
		"The exit status is 0 when nothing was found, 1 when something was, 2 when it\n"
		"could not be looked at. What you may not see is told, and not counted.",
	.examples =
		"  hardrun verify web\n"
		"  hardrun verify --all --json | jq '.[].rows[] | select(.verdict == \"fail\")'\n"
		"  hardrun verify --pid $(docker inspect -f '{{.State.Pid}}' web)",
	.is_oci = true,
};

/* One run of the command. */
struct checking {
	const struct verify_options *options;
	struct json_writer json;
	size_t failed;    /* containers with findings */
	size_t unchecked; /* that could not be looked at */
	size_t count;
};

static void free_plan(struct plan **owner)
{
	plan_free(*owner);
}

static int look(struct checking *checking, const struct verify_subject *asked, struct error *err)
{
	struct verify_subject subject = *asked;
	struct verify_report report;

	if (checking->options->wants_default) {
		subject.plan = NULL;
		subject.spec = NULL;
	}
	if (verify(&subject, &report, err) < 0)
		return -1;
	if (checking->options->wants_json)
		verify_print_json(&subject, &report, &checking->json);
	else
		verify_print_text(&subject, &report, options_want_colour(), stdout);
	checking->failed += report.failed > 0;
	return 0;
}

/* What the host lacks now does not keep it from being looked at. */
static int look_planned(struct checking *checking, const struct spec *spec,
                        const struct plan_request *asked, struct verify_subject *subject,
                        struct error *err)
{
	CLEANUP(free_plan) struct plan *plan = NULL;
	struct plan_lacks lacks = { .count = 0 };
	struct plan_request request = *asked;
	struct host host;

	host_init(&host);
	request.lacks = &lacks;
	if (plan_make(spec, &host, &request, &plan, err) < 0)
		return -1;
	subject->plan = plan;
	subject->spec = spec;
	return look(checking, subject, err);
}

static int look_at_launched(const struct launched *launched, struct checking *checking,
                            struct error *err)
{
	AUTO_SPEC struct spec *spec = NULL;
	const struct import_input input = {
		.text = launched->spec_text,
		.size = strlen(launched->spec_text),
		.name = launched->name,
		.read_file = file_read,
	};
	const struct plan_request request = {
		.name = launched->name,
		.outer_base = run_outer_base(launched->slot),
		.outer_count = RUN_OUTER_COUNT,
	};
	struct verify_subject subject = {
		.name = launched->name,
		.pid = launched->init,
		.cgroup = launched->cgroup,
		.has_landlock = launched->has_landlock,
		.is_launched = true,
	};

	if (import_native(&input, &spec, err) < 0)
		return -1;
	return look_planned(checking, spec, &request, &subject, err);
}

/* The socket that the program says by that it is ready has a folder, if there is one. */
static const char *find_notify_folder(const struct container *container, char out[FOLDER_SIZE])
{
	if (faccessat(container->fd, NOTIFY_FOLDER, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return NULL;
	(void)snprintf(out, FOLDER_SIZE, "%s/oci/%s/" NOTIFY_FOLDER, container->root->path,
	               container->id);
	return out;
}

static int look_at_container(const struct container *container, struct checking *checking,
                             struct error *err)
{
	AUTO_BUNDLE struct bundle bundle = { .config = NULL };
	const struct container_state *state = &container->state;
	const enum container_status status = container_look(container);
	char folder[FOLDER_SIZE];
	const struct plan_request request = {
		.name = container->id,
		.has_no_cgroup = state->cgroup == NULL,
		.has_systemd_cgroup = state->unit != NULL,
		.notify_folder = find_notify_folder(container, folder),
	};
	struct verify_subject subject = {
		.name = container->id,
		.pid = state->init.pid,
		.cgroup = state->is_cgroup_made ? state->cgroup : NULL,
		.has_landlock = state->has_landlock,
	};

	if (status != CONTAINER_RUNNING && status != CONTAINER_PAUSED)
		return error_set(err, ERROR_STATE, "container not running: %s is %s", container->id,
		                 container_status_name(status));
	if (bundle_reread(container, &bundle, err) < 0)
		return -1;
	return look_planned(checking, bundle.spec, &request, &subject, err);
}

static int look_at_id(struct oci_command *command, struct checking *checking, struct error *err)
{
	const char *id = command->operands.items[0];
	AUTO_LAUNCHED struct launched launched = LAUNCHED_NONE;
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	const int found = launched_find(command->root.path, id, &launched, err);

	if (found != 0)
		return found < 0 ? -1 : look_at_launched(&launched, checking, err);
	if (container_open(&command->root, id, CONTAINER_LOOK, &container, err) < 0)
		return -1;
	return look_at_container(&container, checking, err);
}

static int look_at_pid(struct checking *checking, struct error *err)
{
	uint64_t pid;

	if (!number_parse(checking->options->pid, INT_MAX, &pid) || pid == 0) {
		(void)error_set(err, ERROR_USAGE, "\"%.40s\" is not the number of a process",
		                checking->options->pid);
		return error_at(err, "--pid");
	}
	return look(checking, &(struct verify_subject){ .pid = (pid_t)pid }, err);
}

/* One that cannot be looked at does not keep the others from it. */
static int go_on(struct checking *checking, int result, struct error *err)
{
	checking->count++;
	if (result == 0)
		return 0;
	checking->unchecked++;
	error_print(err, "hardrun", stderr);
	*err = (struct error){ .kind = ERROR_NONE };
	return 0;
}

static int each_launched(const struct launched *launched, void *context, struct error *err)
{
	return go_on(context, look_at_launched(launched, context, err), err);
}

static int each_container(const struct container *container, void *context, struct error *err)
{
	const enum container_status status = container_look(container);

	if (status != CONTAINER_RUNNING && status != CONTAINER_PAUSED)
		return 0;
	return go_on(context, look_at_container(container, context, err), err);
}

static int look_at_all(struct oci_command *command, struct checking *checking, struct error *err)
{
	const bool wants_json = checking->options->wants_json;

	if (wants_json)
		json_open(&checking->json, NULL, '[');
	if (launched_each(command->root.path, each_launched, checking, err) < 0 ||
	    container_each(&command->root, each_container, checking, err) < 0)
		return -1;
	if (wants_json)
		json_close(&checking->json, ']');
	else if (checking->count == 0)
		puts("no container is running");
	return 0;
}

static int check_operands(const struct verify_options *options, const struct operands *operands,
                          struct error *err)
{
	const int ways = operands->count + options->is_all + (options->pid != NULL);

	if (ways == 1)
		return 0;
	(void)error_set(err, ERROR_USAGE, "verify takes one ID, or --pid, or --all");
	return error_hint(err, "see hardrun verify --help");
}

static int look_at_what_is_asked(struct oci_command *command, struct checking *checking,
                                 struct error *err)
{
	if (checking->options->is_all)
		return look_at_all(command, checking, err);
	if (checking->options->pid != NULL)
		return look_at_pid(checking, err);
	return look_at_id(command, checking, err);
}

int cmd_verify(int argc, char **argv, struct error *err)
{
	static const struct oci_shape shape = { .operands_max = 1 };
	AUTO_OCI_COMMAND struct oci_command command = OCI_COMMAND_NONE;
	struct verify_options options = { .pid = NULL };
	const struct option_table own = { rows, ARRAY_LEN(rows), &options };
	struct checking checking = { .options = &options, .json = { .out = stdout } };
	const int begun = oci_begin(&command, &usage, &own, &shape, argc, argv, err);

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	if (check_operands(&options, &command.operands, err) < 0 ||
	    look_at_what_is_asked(&command, &checking, err) < 0)
		return -1;
	if (options.wants_json)
		putchar('\n');
	if (checking.unchecked > 0)
		return EXIT_STATUS_NOT_MADE;
	return checking.failed > 0 ? EXIT_STATUS_FOUND : 0;
}
