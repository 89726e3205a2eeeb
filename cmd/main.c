/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hardrun's command line: the table of verbs, and the one place that prints errors. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "commands.h"
#include "kernel/own_file.h"
#include "kernel/process.h"
#include "options.h"

static int cmd_help(int argc, char **argv, struct error *err);
static int cmd_version(int argc, char **argv, struct error *err);

struct verb {
	const char *name;
	int (*run)(int argc, char **argv, struct error *err);
	int failed; /* its exit status when it fails; 0: what cmd_exit_status() says */
};

static const struct verb verbs[] = {
	{ "audit", cmd_audit, EXIT_STATUS_NOT_MADE },
	{ "check", cmd_check },
	{ "checkpoint", cmd_checkpoint, EXIT_STATUS_OCI_FAILED },
	{ "convert", cmd_convert },
	{ "create", cmd_create, EXIT_STATUS_OCI_FAILED },
	{ "delete", cmd_delete, EXIT_STATUS_OCI_FAILED },
	{ "events", cmd_events, EXIT_STATUS_OCI_FAILED },
	{ "exec", cmd_exec, EXIT_STATUS_EXEC_FAILED },
	{ "features", cmd_features, EXIT_STATUS_OCI_FAILED },
	{ "help", cmd_help },
	{ "kill", cmd_kill, EXIT_STATUS_OCI_FAILED },
	{ "list", cmd_list, EXIT_STATUS_OCI_FAILED },
	{ "pause", cmd_pause, EXIT_STATUS_OCI_FAILED },
	{ "ps", cmd_ps, EXIT_STATUS_OCI_FAILED },
	{ "restore", cmd_restore, EXIT_STATUS_OCI_FAILED },
	{ "resume", cmd_resume, EXIT_STATUS_OCI_FAILED },
	{ "run", cmd_run_bundle, EXIT_STATUS_OCI_FAILED },
	{ "spec", cmd_spec, EXIT_STATUS_OCI_FAILED },
	{ "start", cmd_start, EXIT_STATUS_OCI_FAILED },
	{ "state", cmd_state, EXIT_STATUS_OCI_FAILED },
	{ "update", cmd_update, EXIT_STATUS_OCI_FAILED },
	{ "verify", cmd_verify, EXIT_STATUS_NOT_MADE },
	{ "version", cmd_version },
};

static const struct verb spec_runner = { "", cmd_run, 0 };

/* As they were given: a verb takes its own apart. */
static char **own_arguments;

static int keep_arguments(int argc, char *const *argv, struct error *err)
{
	const size_t size = ((size_t)argc + 1) * sizeof(*argv);

	own_arguments = malloc(size);
	if (own_arguments == NULL)
		return error_set_errno(err, "cannot keep %d arguments", argc);
	memcpy(own_arguments, argv, size);
	return 0;
}

int cmd_guard_own_file(struct error *err)
{
	return own_file_guard(own_arguments, err);
}

/* The verb called @name, or ARRAY_LEN(verbs). */
static size_t find_verb(const char *name)
{
	size_t i = 0;

	while (i < ARRAY_LEN(verbs) && strcmp(verbs[i].name, name) != 0)
		i++;
	return i;
}

/* What is said of every verb. */
static int ask(int (*run)(int argc, char **argv, struct error *err), const char *option,
               struct error *err)
{
	char argument[16];
	char *argv[] = { argument, NULL };

	(void)snprintf(argument, sizeof(argument), "%s", option);
	return run(1, argv, err);
}

static int cmd_help(int argc, char **argv, struct error *err)
{
	size_t verb = argc > 0 ? find_verb(argv[0]) : ARRAY_LEN(verbs);

	if (verb == ARRAY_LEN(verbs) || verbs[verb].run == cmd_help)
		return ask(cmd_run, "--help", err);
	return ask(verbs[verb].run, "--help", err);
}

static int cmd_version(int argc, char **argv, struct error *err)
{
	(void)argc;
	(void)argv;
	return ask(cmd_run, "--version", err);
}

/* A word that is no file and nearly a verb was meant as one. */
static int refuse_misspelled(const char *word, struct error *err)
{
	struct text_nearest nearest = { .word = word };

	if (access(word, F_OK) == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		text_nearest_try(&nearest, verbs[i].name);
	if (nearest.best == NULL)
		return 0;
	(void)error_set(err, ERROR_USAGE, "\"%s\" is neither a verb nor a file", word);
	return error_hint(err, "did you mean \"%s\"?", nearest.best);
}

/* Without a verb the arguments are those of a run. Takes the verb out of @argv. */
static const struct verb *take_verb(int *argc, char **argv, struct error *err)
{
	const int index = options_find_verb(*argc, argv);
	size_t verb;

	if (index == *argc)
		return &spec_runner;
	verb = find_verb(argv[index]);
	if (verb == ARRAY_LEN(verbs))
		return refuse_misspelled(argv[index], err) < 0 ? NULL : &spec_runner;
	memmove(argv + index, argv + index + 1, (size_t)(*argc - index) * sizeof(*argv));
	(*argc)--;
	return &verbs[verb];
}

/*
 * Engines look for "no such file or directory" and the like, as Go writes them: what errno says
 * becomes a part of the sentence, in small letters.
 */
static void write_as_engines_read(struct error *err)
{
	char reason[80];
	char what[sizeof(err->what)];

	if (err->code == 0)
		return;
	(void)snprintf(reason, sizeof(reason), "%s", strerror(err->code));
	if (reason[0] >= 'A' && reason[0] <= 'Z')
		reason[0] = (char)(reason[0] - 'A' + 'a');
	memcpy(what, err->what, sizeof(what));
	(void)snprintf(err->what, sizeof(err->what), "%.*s: %s",
	               (int)(sizeof(what) - strlen(reason) - sizeof(": ")), what, reason);
	err->code = 0;
}

static bool is_of_engines(const struct verb *verb)
{
	return verb->failed == EXIT_STATUS_OCI_FAILED || verb->failed == EXIT_STATUS_EXEC_FAILED;
}

static int report(const struct verb *verb, struct error *err)
{
	const int status = verb->failed == 0 ? cmd_exit_status(err) : verb->failed;

	if (is_of_engines(verb))
		write_as_engines_read(err);
	if (log_has_file() || log_owns_stderr())
		log_error(err);
	if (!log_owns_stderr())
		error_print(err, "hardrun", stderr);
	return status;
}

int main(int argc, char **argv)
{
	struct error err = { .kind = ERROR_NONE };
	const struct verb *verb = &spec_runner;
	int arguments = argc - 1;
	int status;

	if (argc < 1)
		return EXIT_STATUS_FAILED;
	if (process_hold_streams(&err) < 0 || keep_arguments(argc, argv, &err) < 0)
		return report(&spec_runner, &err);
	verb = take_verb(&arguments, argv + 1, &err);
	if (verb == NULL)
		return report(&spec_runner, &err);
	status = verb->run(arguments, argv + 1, &err);
	if (status >= 0 && (fflush(stdout) != 0 || ferror(stdout)))
		status = error_set_errno(&err, "cannot write to standard output");
	if (status < 0)
		return report(verb, &err);
	log_release_warnings();
	return status;
}
