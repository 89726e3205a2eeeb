/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A live container held against what was asked for: row by row, each read from the kernel now. What
 * hardrun wrote down about the container says only what is wanted. Nothing is changed; what comes
 * from inside is escaped before it is told.
 */
#ifndef HARDRUN_INSPECT_VERIFY_H
#define HARDRUN_INSPECT_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "plan/plan.h"
#include "spec/spec.h"

struct verify_subject {
	const char *name; /* for people; NULL: it is not hardrun's */
	pid_t pid;        /* of the first process */
	/*
	 * What is wanted. NULL, both: the hardened default, as the smallest spec of hardrun's own
	 * has it, as far as it can be told without knowing what the program is.
	 */
	const struct plan *plan;
	const struct spec *spec;
	const char *cgroup; /* it was put into, below the cgroup2 mount; NULL: none */
	bool has_landlock;  /* as its state says: the kernel shows it to nobody */
	bool is_launched;   /* by "hardrun SPEC.json": the first process is hardrun's own init */
};

enum verify_verdict {
	VERIFY_PASS,
	VERIFY_FAIL,
	VERIFY_UNKNOWN,
	VERIFY_NOT_JUDGED, /* nothing is wanted: no row */
};

#define VERIFY_TEXT_SIZE 240

struct verify_row {
	const char *control; /* "no-new-privileges": stable, for scripts */
	const char *title;   /* for people */
	enum verify_verdict verdict;
	unsigned int offences; /* of all processes, mounts ... */
	unsigned int unseen;
	char wanted[VERIFY_TEXT_SIZE];
	char found[VERIFY_TEXT_SIZE]; /* the first offence, if there is one */
	char why[VERIFY_TEXT_SIZE];   /* it cannot be told; or "" */
};

#define VERIFY_ROWS_MAX 48

struct verify_report {
	struct verify_row rows[VERIFY_ROWS_MAX];
	size_t row_count;
	size_t process_count;
	size_t failed;
	size_t unknown;
	size_t passed;
};

/*
 * Look at @subject.
 * Errors: ERROR_STATE when it has ended, or is another process at the end than at the beginning;
 * ERROR_DENIED when nothing at all could be seen.
 */
MUST_CHECK int verify(const struct verify_subject *subject, struct verify_report *out,
                      struct error *err);

/* Write a table for a person. */
void verify_print_text(const struct verify_subject *subject, const struct verify_report *report,
                       bool has_colour, FILE *out);

struct json_writer;

/* Write one JSON object; @writer may be in a list. */
void verify_print_json(const struct verify_subject *subject, const struct verify_report *report,
                       struct json_writer *writer);

#endif
