/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "options.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

#define HELP_COLUMN 26

static const struct option_row global_rows[] = {
	{ "--root", "DIR", "directory for the state of containers", OPTION_TEXT,
	  offsetof(struct global_options, root) },
	{ "--log", "FILE", "append errors and warnings to FILE", OPTION_TEXT,
	  offsetof(struct global_options, log) },
	{ "--log-format", "FORMAT", "text (default) or json", OPTION_TEXT,
	  offsetof(struct global_options, log_format) },
	{ "--help", NULL, "print this and exit", OPTION_FLAG,
	  offsetof(struct global_options, wants_help) },
	{ "--version", NULL, "print the version and exit", OPTION_FLAG,
	  offsetof(struct global_options, wants_version) },
};

static const struct option_row oci_rows[] = {
	{ "--debug", NULL, "accepted; there is nothing more to be said", OPTION_SWITCH,
	  offsetof(struct global_options, wants_debug) },
	{ "--systemd-cgroup", NULL, "let systemd make cgroups: \"slice:prefix:name\"",
	  OPTION_SWITCH, offsetof(struct global_options, wants_systemd_cgroup) },
	{ "--rootless", NULL, "accepted; whether the caller is root is looked up", OPTION_SWITCH,
	  offsetof(struct global_options, is_rootless) },
	{ "--criu", "FILE", "the criu program, for checkpoint and restore", OPTION_TEXT,
	  offsetof(struct global_options, criu) },
	{ "--cgroup-manager", "NAME", "cgroupfs (default), systemd or disabled", OPTION_TEXT,
	  offsetof(struct global_options, cgroup_manager) },
};

struct option_table options_global(struct global_options *options)
{
	return (struct option_table){ .rows = global_rows,
		                      .count = ARRAY_LEN(global_rows),
		                      .values = options };
}

struct option_table options_oci(struct global_options *options)
{
	return (struct option_table){ .rows = oci_rows,
		                      .count = ARRAY_LEN(oci_rows),
		                      .values = options };
}

/* The length of "--name" in "--name=value". */
static size_t name_length(const char *argument)
{
	return strcspn(argument, "=");
}

static bool has_value(const struct option_row *row)
{
	return row->kind == OPTION_TEXT || row->kind == OPTION_LIST;
}

/* The short forms that everyone tries. */
static const char *long_name(const char *argument)
{
	if (strcmp(argument, "-h") == 0)
		return "--help";
	if (strcmp(argument, "-v") == 0)
		return "--version";
	return argument;
}

/* "--name" is "-name" as well, and what its letter says. */
static bool is_meant(const struct option_row *row, const char *argument)
{
	const size_t dashes = argument[1] == '-' ? 2 : 1;
	const size_t length = name_length(argument) - dashes;

	if (length == 1 && dashes == 1)
		return row->short_name != '\0' && row->short_name == argument[1];
	return strlen(row->name) == length + 2 &&
	       memcmp(row->name + 2, argument + dashes, length) == 0;
}

static const struct option_row *find_row(const struct option_table *table, const char *argument)
{
	for (size_t i = 0; i < table->count; i++) {
		if (is_meant(&table->rows[i], argument))
			return &table->rows[i];
	}
	return NULL;
}

static int refuse_unknown(const struct option_table *tables, size_t table_count,
                          const char *argument, struct error *err)
{
	char word[64];
	struct text_nearest nearest = { .word = word };

	(void)snprintf(word, sizeof(word), "%.*s", (int)name_length(argument), argument);
	for (size_t i = 0; i < table_count; i++) {
		for (size_t j = 0; j < tables[i].count; j++)
			text_nearest_try(&nearest, tables[i].rows[j].name);
	}
	(void)error_set(err, ERROR_USAGE, "unknown option %s", word);
	if (nearest.best != NULL)
		return error_hint(err, "did you mean %s?", nearest.best);
	return error_hint(err, "hardrun --help lists the options; a program's own stand after --");
}

static int set_flag(const struct option_row *row, void *values, const char *argument,
                    struct error *err)
{
	if (argument[name_length(argument)] != '\0')
		return error_set(err, ERROR_USAGE, "%s takes no value", row->name);
	*(bool *)((char *)values + row->offset) = true;
	return 0;
}

static int set_text(const struct option_row *row, void *values, const char *value,
                    struct error *err)
{
	const char **place = (const char **)(void *)((char *)values + row->offset);

	if (value == NULL)
		return error_set(err, ERROR_USAGE, "%s needs a value: %s %s", row->name, row->name,
		                 row->argument);
	if (*place != NULL)
		return error_set(err, ERROR_USAGE, "%s is given twice", row->name);
	*place = value;
	return 0;
}

/* Source: Go's flag package, strconv.ParseBool; runc(8), --rootless. */
static int set_switch(const struct option_row *row, void *values, const char *argument,
                      struct error *err)
{
	static const char *const words[][2] = {
		{ "true", "false" },
		{ "1", "0" },
		{ "t", "f" },
		{ "", "auto" },
	};
	const char *value = argument + name_length(argument);

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		for (size_t j = 0; j < ARRAY_LEN(words[i]); j++) {
			if (strcmp(value + (*value == '='), words[i][j]) != 0)
				continue;
			*(bool *)((char *)values + row->offset) = j == 0;
			return 0;
		}
	}
	return error_set(err, ERROR_USAGE, "%s is true or false", row->name);
}

static int add_item(const struct option_row *row, void *values, const char *value,
                    struct error *err)
{
	struct option_list *list = (struct option_list *)(void *)((char *)values + row->offset);

	if (value == NULL)
		return error_set(err, ERROR_USAGE, "%s needs a value: %s %s", row->name, row->name,
		                 row->argument);
	if (list->count == OPTION_LIST_MAX)
		return error_set(err, ERROR_USAGE, "%s is given too often", row->name);
	list->items[list->count++] = value;
	return 0;
}

/* Take the option at argv[*index], with the value behind it if it wants one. */
static int take_option(const struct option_table *tables, size_t table_count, char **argv,
                       int *index, struct error *err)
{
	const char *argument = long_name(argv[*index]);
	const char *value = NULL;

	for (size_t i = 0; i < table_count; i++) {
		const struct option_row *row = find_row(&tables[i], argument);

		if (row == NULL)
			continue;
		assert(tables[i].values != NULL);
		if (row->kind == OPTION_FLAG)
			return set_flag(row, tables[i].values, argument, err);
		if (row->kind == OPTION_SWITCH)
			return set_switch(row, tables[i].values, argument, err);
		if (argument[name_length(argument)] == '=')
			value = argument + name_length(argument) + 1;
		else if (argv[*index + 1] != NULL)
			value = argv[++*index];
		if (row->kind == OPTION_LIST)
			return add_item(row, tables[i].values, value, err);
		return set_text(row, tables[i].values, value, err);
	}
	return refuse_unknown(tables, table_count, argument, err);
}

static bool is_option(const char *argument)
{
	return argument[0] == '-' && argument[1] != '\0';
}

int options_parse(const struct option_table *tables, size_t table_count, int argc, char **argv,
                  struct operands *out, struct error *err)
{
	const bool ends_at_operand = tables[0].ends_at_operand;
	struct operands operands = { .items = argv };

	for (int i = 0; i < argc; i++) {
		if (ends_at_operand && operands.count > 0) {
			argv[operands.count++] = argv[i];
			continue;
		}
		if (strcmp(argv[i], "--") == 0) {
			operands.has_arguments = true;
			operands.arguments = argv + i + 1;
			operands.argument_count = argc - i - 1;
			break;
		}
		if (!is_option(argv[i]))
			argv[operands.count++] = argv[i];
		else if (take_option(tables, table_count, argv, &i, err) < 0)
			return -1;
	}
	*out = operands;
	return 0;
}

static int print_name(const struct option_row *row, FILE *out)
{
	const char *argument = row->argument == NULL ? "" : row->argument;
	const char *blank = row->argument == NULL ? "" : " ";

	if (row->short_name == '\0')
		return fprintf(out, "  %s%s%s", row->name, blank, argument);
	return fprintf(out, "  %s, -%c%s%s", row->name, row->short_name, blank, argument);
}

static void print_table(const char *title, const struct option_table *table, FILE *out)
{
	fprintf(out, "\n%s:\n", title);
	for (size_t i = 0; i < table->count; i++) {
		const int length = print_name(&table->rows[i], out);

		fprintf(out, "%*s%s\n", length < HELP_COLUMN ? HELP_COLUMN - length : 1, "",
		        table->rows[i].help);
	}
}

void options_print_usage(const struct usage *usage, const struct option_table *tables,
                         size_t table_count, FILE *out)
{
	fprintf(out, "usage: %s\n\n%s\n", usage->synopsis, usage->text);
	for (size_t i = 0; i < table_count; i++) {
		if (i + 1 == table_count)
			print_table("options of every command", &tables[i], out);
		else if (tables[i].count > 0)
			print_table(i == 0 ? "options" : "options as runc has them", &tables[i],
			            out);
	}
	if (usage->examples != NULL)
		fprintf(out, "\nexamples:\n%s\n", usage->examples);
}

static int open_log(const struct global_options *global, struct error *err)
{
	enum log_format format = LOG_TEXT;

	if (global->log_format != NULL && strcmp(global->log_format, "json") == 0)
		format = LOG_JSON;
	else if (global->log_format != NULL && strcmp(global->log_format, "text") != 0)
		return error_set(err, ERROR_USAGE, "--log-format is text or json, not \"%.40s\"",
		                 global->log_format);
	return log_open(global->log, format, err);
}

/* The first lines are what go-runc and dockerd look for. Source: go-runc, parseVersion(). */
static void print_version(void)
{
	printf("runc version hardrun " HARDRUN_VERSION "\n"
	       "hardrun version " HARDRUN_VERSION "\n"
	       "commit: " HARDRUN_VERSION "\n"
	       "spec: " OPTIONS_OCI_VERSION "\n");
}

int options_begin(const struct usage *usage, const struct option_table *own, int argc, char **argv,
                  struct global_options *global, struct operands *out, struct error *err)
{
	struct option_table tables[3] = { *own };
	size_t table_count = 1;
	int parsed;

	if (usage->is_oci) {
		log_hold_warnings();
		tables[table_count++] = options_oci(global);
	}
	tables[table_count++] = options_global(global);
	parsed = options_parse(tables, table_count, argc, argv, out, err);
	/* Also when that failed: the log is where engines look for the reason. */
	if (open_log(global, err) < 0 || parsed < 0)
		return -1;
	if (global->wants_help)
		options_print_usage(usage, tables, table_count, stdout);
	else if (global->wants_version)
		print_version();
	return global->wants_help || global->wants_version ? 1 : 0;
}

int options_find_verb(int argc, char **argv)
{
	struct global_options unused;
	const struct option_table tables[] = { options_global(&unused), options_oci(&unused) };
	int i = 0;

	while (i < argc && is_option(argv[i])) {
		const char *argument = long_name(argv[i]);
		const struct option_row *row = find_row(&tables[0], argument);

		if (row == NULL)
			row = find_row(&tables[1], argument);
		if (row == NULL)
			break;
		i += has_value(row) && strchr(argv[i], '=') == NULL ? 2 : 1;
	}
	return i < argc ? i : argc;
}

bool options_want_colour(void)
{
	const char *refusal = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) == 1 && (refusal == NULL || refusal[0] == '\0');
}
