/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/run.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "base/log.h"
#include "commands.h"
#include "host_policy.h"
#include "import/import.h"
#include "lifecycle/result.h"
#include "options.h"
#include "spec_file.h"

struct run_options {
	struct import_overrides overrides;
	const char *result;
};

static const struct option_row rows[] = {
	{ "--name", "NAME", "the container's name; default: from the file's name", OPTION_TEXT,
	  offsetof(struct run_options, overrides.name) },
	{ "--result", "FILE", "write what happened to FILE, as JSON", OPTION_TEXT,
	  offsetof(struct run_options, result) },
	{ "--timeout", "TIME", "end the program after TIME (\"90s\", \"5m\")", OPTION_TEXT,
	  offsetof(struct run_options, overrides.timeout) },
	{ "--memory", "SIZE", "lower the memory limit (\"256MiB\")", OPTION_TEXT,
	  offsetof(struct run_options, overrides.memory) },
	{ "--swap", "SIZE", "lower the swap limit", OPTION_TEXT,
	  offsetof(struct run_options, overrides.swap) },
	{ "--cpus", "NUMBER", "lower the processor limit (\"0.5\")", OPTION_TEXT,
	  offsetof(struct run_options, overrides.cpus) },
	{ "--pids", "NUMBER", "lower the limit of processes and threads", OPTION_TEXT,
	  offsetof(struct run_options, overrides.pids) },
};

static const struct usage usage = {
	.synopsis = "hardrun SPEC.json [OPTION...] [-- ARG...]\n"
		    "       hardrun VERB [OPTION...] ...",
	.text = "Run the program that SPEC.json describes (\"-\": standard input) in a sandbox in\n"
		"which everything is locked unless the spec says otherwise, and wait for its end.\n"
		"Each ARG is added to the program's arguments.\n"
		"\n"
		"The exit status is the program's own; 128 and the signal's number when a signal\n"
		"ended it; 124 when its time was up; 125 when hardrun itself failed; 126 and 127\n"
		"when the program cannot be executed or found.\n"
		"\n"
		"verbs:\n"
		"  check SPEC.json         print what would be done, and what the host lacks\n"
		"  create, run ID          make a container from an OCI bundle; run it as well\n"
		"  start ID                execute the program of a created container\n"
		"  exec ID ARG...          run another program in a container\n"
		"  state, ps, events ID    print what a container is, runs and uses\n"
		"  list                    print the containers\n"
		"  kill ID [SIGNAL]        send a signal to a container\n"
		"  pause, resume ID        stop a container's processes, or let them go on\n"
		"  update ID               change the limits of a container\n"
		"  checkpoint, restore ID  write a container to files, and bring it back\n"
		"  delete ID               remove what a stopped container holds\n"
		"  spec                    write a config.json to start from\n"
		"  features                print what is known of the OCI specification\n"
		"  help [VERB]             print this, or what VERB does\n"
		"  version                 print the version",
	.examples = "  echo '{\"args\": [\"/usr/bin/id\"]}' | hardrun -\n"
		    "  hardrun build.json --timeout 10m --result build-result.json -- -j4",
};

static int run_file(const char *path, const struct run_options *options, const char *root,
                    struct run_report *report, struct error *err)
{
	const struct host_policy_request policy = { .file = path };
	AUTO_SPEC struct spec *spec = NULL;
	struct run_request request = {
		.root = root,
		.wants_figures = options->result != NULL,
	};

	if (spec_file_read(path, &options->overrides, &spec, err) < 0 ||
	    host_policy_apply(&policy, &spec, err) < 0)
		return -1;
	request.spec = spec;
	request.is_name_explicit = strcmp(spec->name.origin, "default") != 0;
	return run(&request, report, err);
}

static int outcome_status(const struct launch_outcome *outcome)
{
	if (outcome->has_timed_out)
		return EXIT_STATUS_TIMED_OUT;
	if (WIFSIGNALED(outcome->status))
		return EXIT_STATUS_SIGNAL + WTERMSIG(outcome->status);
	return WEXITSTATUS(outcome->status);
}

/* What execve(2) says of a file that is there but is no program for this caller. */
static bool is_about_program(int code)
{
	static const int codes[] = { EACCES,  EPERM, ENOEXEC, EISDIR,       ELIBBAD,
		                     ETXTBSY, ELOOP, ENOTDIR, ENAMETOOLONG, EINVAL };

	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		if (codes[i] == code)
			return true;
	}
	return false;
}

int cmd_exit_status(const struct error *err)
{
	if (strcmp(err->stage, "exec") != 0)
		return EXIT_STATUS_FAILED;
	if (err->code == ENOENT)
		return EXIT_STATUS_NOT_FOUND;
	return is_about_program(err->code) ? EXIT_STATUS_NOT_EXECUTABLE : EXIT_STATUS_FAILED;
}

/* Also for a failure: whoever reads the file wants to know that too. */
static int finish(const struct run_options *options, const struct run_report *report, int status,
                  struct error *err)
{
	const struct error failure = *err;
	const struct result result = {
		.report = report,
		.failure = &failure,
		.exit_status = status,
		.version = HARDRUN_VERSION,
	};
	struct error lost = { .kind = ERROR_NONE };

	if (options->result != NULL && result_write(options->result, &result, &lost) < 0) {
		if (err->kind == ERROR_NONE)
			*err = lost;
		else
			log_warning(&lost);
	}
	return err->kind == ERROR_NONE ? status : -1;
}

static int check_operands(const struct operands *operands, struct error *err)
{
	if (operands->count == 1)
		return 0;
	if (operands->count == 0)
		(void)error_set(err, ERROR_USAGE, "no spec is given");
	else
		(void)error_set(err, ERROR_USAGE, "one spec at a time: \"%.80s\" is one too many",
		                operands->items[1]);
	return error_hint(err, "hardrun SPEC.json [OPTION...] [-- ARG...]; see hardrun --help");
}

int cmd_run(int argc, char **argv, struct error *err)
{
	AUTO_RUN_REPORT struct run_report report = { 0 };
	struct run_options options = { .result = NULL };
	const struct option_table own = { rows, ARRAY_LEN(rows), &options };
	struct global_options global = { .root = NULL };
	struct operands operands;
	int status = options_begin(&usage, &own, argc, argv, &global, &operands, err);

	if (status != 0)
		return status < 0 ? -1 : 0;
	if (options.result != NULL && result_check(options.result, err) < 0)
		return -1;
	if (operands.has_arguments) {
		options.overrides.args = (const char *const *)operands.arguments;
		options.overrides.arg_count = (size_t)operands.argument_count;
	}
	if (check_operands(&operands, err) < 0 ||
	    run_file(operands.items[0], &options, global.root, &report, err) < 0)
		return finish(&options, &report, cmd_exit_status(err), err);
	return finish(&options, &report, outcome_status(&report.outcome), err);
}
