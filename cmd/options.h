/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one parser of command lines and the one printer of usage texts. A verb is a table of its
 * options and its operands.
 */
#ifndef HARDRUN_CMD_OPTIONS_H
#define HARDRUN_CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/error.h"

/* Exit statuses of hardrun itself; else it is the program's. Source: timeout(1), docker-run(1). */
#define EXIT_STATUS_TIMED_OUT      124
#define EXIT_STATUS_FAILED         125
#define EXIT_STATUS_OCI_FAILED     1   /* of a verb of an OCI runtime; source: runc(8) */
#define EXIT_STATUS_EXEC_FAILED    255 /* of exec; source: runc-exec(8) */
#define EXIT_STATUS_FOUND          1   /* of an audit or verify: there are findings */
#define EXIT_STATUS_NOT_MADE       2   /* of either: it could not be made */
#define EXIT_STATUS_NOT_EXECUTABLE 126
#define EXIT_STATUS_NOT_FOUND      127
#define EXIT_STATUS_SIGNAL         128 /* and the signal's number */

/* Of the OCI runtime specification that hardrun follows. */
#define OPTIONS_OCI_VERSION "1.3.0"

enum option_kind {
	OPTION_FLAG,   /* bool */
	OPTION_SWITCH, /* bool; "--name=true" and "--name=false" do as well; "auto" is false */
	OPTION_TEXT,   /* const char * */
	OPTION_LIST,   /* struct option_list: it may be said again and again */
};

#define OPTION_LIST_MAX 256

struct option_list {
	const char *items[OPTION_LIST_MAX];
	size_t count;
};

struct option_row {
	const char *name;     /* "--root" */
	const char *argument; /* "DIR"; NULL for a flag */
	const char *help;
	enum option_kind kind;
	size_t offset;   /* of the value in the verb's struct */
	char short_name; /* 'b' for "-b"; '\0': none */
};

/* One table of options, and the struct their values go to. */
struct option_table {
	const struct option_row *rows;
	size_t count;
	void *values;
	bool ends_at_operand; /* what follows the first operand is not ours, whatever it looks like
	                       */
};

/* What every verb knows; the last ones are those of an OCI runtime's verbs alone. */
struct global_options {
	const char *root;
	const char *log;
	const char *log_format;
	bool wants_help;
	bool wants_version;

	bool wants_debug;
	bool wants_systemd_cgroup;
	bool is_rootless;
	const char *criu;
	const char *cgroup_manager;
};

/* The tables of them, with their values in @options. */
struct option_table options_global(struct global_options *options);
struct option_table options_oci(struct global_options *options);

/* What is left of a command line when the options are taken. */
struct operands {
	char **items; /* before "--" */
	int count;
	char **arguments; /* after "--" */
	int argument_count;
	bool has_arguments; /* there was a "--" */
};

/*
 * Take the options that @tables know out of @argv. "--name VALUE" and "--name=VALUE" are the
 * same, and one dash does as well as two; "--" ends the options. @argv is reordered.
 * Errors: ERROR_USAGE for an option unknown, without its value, or said twice.
 */
MUST_CHECK int options_parse(const struct option_table *tables, size_t table_count, int argc,
                             char **argv, struct operands *out, struct error *err);

struct usage {
	const char *synopsis; /* "hardrun SPEC.json [OPTION...] [-- ARG...]" */
	const char *text;     /* what it does; lines of at most 80 columns */
	const char *examples; /* NULL: none */
	bool is_oci;          /* a verb of an OCI runtime: it knows options_oci() */
};

/* Print what --help prints. */
void options_print_usage(const struct usage *usage, const struct option_table *tables,
                         size_t table_count, FILE *out);

/*
 * Take @own, the verb's options, and the global ones out of @argv, and do what the global ones
 * say. Returns 1 when that was all: help or the version has been printed; else 0.
 */
MUST_CHECK int options_begin(const struct usage *usage, const struct option_table *own, int argc,
                             char **argv, struct global_options *global, struct operands *out,
                             struct error *err);

/* May what is printed be coloured? Source: no-color.org. */
bool options_want_colour(void);

/* Pass over the global options before the verb. Returns the index of what follows them. */
int options_find_verb(int argc, char **argv);

#endif
