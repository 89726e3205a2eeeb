/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hardrun's command line: the table of verbs, and the one place that prints errors. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "commands.h"
#include "options.h"

static int cmd_help(int argc, char **argv, struct error *err);
static int cmd_version(int argc, char **argv, struct error *err);

static const struct {
	const char *name;
	int (*run)(int argc, char **argv, struct error *err);
} verbs[] = {
	{ "check", cmd_check },
	{ "help", cmd_help },
	{ "version", cmd_version },
};

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

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		text_nearest_try(&nearest, verbs[i].name);
	if (nearest.best == NULL || access(word, F_OK) == 0)
		return 0;
	(void)error_set(err, ERROR_USAGE, "\"%s\" is neither a verb nor a file", word);
	return error_hint(err, "did you mean \"%s\"?", nearest.best);
}

/* Without a verb the arguments are those of a run. */
static int run_command(int argc, char **argv, struct error *err)
{
	const int index = options_find_verb(argc, argv);
	size_t verb;

	if (index == argc)
		return cmd_run(argc, argv, err);
	verb = find_verb(argv[index]);
	if (verb == ARRAY_LEN(verbs)) {
		if (refuse_misspelled(argv[index], err) < 0)
			return -1;
		return cmd_run(argc, argv, err);
	}
	memmove(argv + index, argv + index + 1, (size_t)(argc - index) * sizeof(*argv));
	return verbs[verb].run(argc - 1, argv, err);
}

static int report(const struct error *err)
{
	if (log_has_file() || log_owns_stderr())
		log_error(err);
	if (!log_owns_stderr())
		error_print(err, "hardrun", stderr);
	return cmd_exit_status(err);
}

int main(int argc, char **argv)
{
	struct error err = { .kind = ERROR_NONE };
	int status = argc > 0 ? run_command(argc - 1, argv + 1, &err) : EXIT_STATUS_FAILED;

	if (status >= 0 && (fflush(stdout) != 0 || ferror(stdout)))
		status = error_set_errno(&err, "cannot write to standard output");
	return status >= 0 ? status : report(&err);
}
