/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "inspect/explain_json.h"
#include "inspect/verify_row.h"

#define TITLE_WIDTH 29 /* columns */

#define COLOUR_HEADING "\033[1m"
#define COLOUR_FAIL    "\033[31m"
#define COLOUR_UNKNOWN "\033[33m"
#define COLOUR_END     "\033[0m"

static const struct {
	const char *name;
	const char *colour;
} verdicts[] = {
	[VERIFY_PASS] = { "pass", "" },
	[VERIFY_FAIL] = { "fail", COLOUR_FAIL },
	[VERIFY_UNKNOWN] = { "unknown", COLOUR_UNKNOWN },
};

static void put_row(const struct verify_row *row, bool has_colour, FILE *out)
{
	const char *colour = has_colour ? verdicts[row->verdict].colour : "";
	const char *found = row->verdict == VERIFY_UNKNOWN ? row->why : row->found;

	fprintf(out, "%s%-8s%s%-*s %s", colour, verdicts[row->verdict].name,
	        colour[0] != '\0' ? COLOUR_END : "", TITLE_WIDTH, row->title, row->wanted);
	if (row->verdict != VERIFY_PASS)
		fprintf(out, "\n%*s%s", 8 + TITLE_WIDTH + 1, "", found);
	else if (found[0] != '\0' && strcmp(found, row->wanted) != 0)
		fprintf(out, " (%s)", found);
	fputc('\n', out);
}

static void put_relaxations(const struct plan *plan, FILE *out)
{
	char reason[ROW_NAME_SIZE];

	for (size_t i = 0; plan != NULL && i < plan->relaxation_count; i++)
		fprintf(out, "relaxed %-*s %s\n", TITLE_WIDTH, plan->relaxations[i].name,
		        row_escape(plan->relaxations[i].reason, reason));
}

void verify_print_text(const struct verify_subject *subject, const struct verify_report *report,
                       bool has_colour, FILE *out)
{
	char name[ROW_NAME_SIZE];

	fprintf(out, "%s%s%sprocess %d, held against %s%s\n", has_colour ? COLOUR_HEADING : "",
	        subject->name == NULL ? "" : row_escape(subject->name, name),
	        subject->name == NULL ? "" : ": ", (int)subject->pid,
	        subject->plan == NULL ? "the hardened default" : "what was asked for",
	        has_colour ? COLOUR_END : "");
	for (size_t i = 0; i < report->row_count; i++)
		put_row(&report->rows[i], has_colour, out);
	put_relaxations(subject->plan, out);
	fprintf(out, "%zu failed, %zu unknown, %zu passed; %zu processes\n", report->failed,
	        report->unknown, report->passed, report->process_count);
}

static void put_json_row(const struct verify_row *row, struct json_writer *writer)
{
	json_open(writer, NULL, '{');
	json_text(writer, "control", row->control);
	json_text(writer, "title", row->title);
	json_text(writer, "verdict", verdicts[row->verdict].name);
	json_text(writer, "wanted", row->wanted);
	json_text(writer, "found", row->found[0] == '\0' ? NULL : row->found);
	json_text(writer, "why", row->why[0] == '\0' ? NULL : row->why);
	json_close(writer, '}');
}

static void put_json_relaxations(const struct plan *plan, struct json_writer *writer)
{
	char reason[ROW_NAME_SIZE];

	json_open(writer, "relaxations", '[');
	for (size_t i = 0; plan != NULL && i < plan->relaxation_count; i++) {
		json_open(writer, NULL, '{');
		json_text(writer, "name", plan->relaxations[i].name);
		json_text(writer, "reason", row_escape(plan->relaxations[i].reason, reason));
		json_close(writer, '}');
	}
	json_close(writer, ']');
}

void verify_print_json(const struct verify_subject *subject, const struct verify_report *report,
                       struct json_writer *writer)
{
	char name[ROW_NAME_SIZE];

	json_open(writer, NULL, '{');
	json_text(writer, "name", subject->name == NULL ? NULL : row_escape(subject->name, name));
	json_number(writer, "pid", (uint64_t)subject->pid);
	json_text(writer, "against", subject->plan == NULL ? "default" : "spec");
	json_open(writer, "rows", '[');
	for (size_t i = 0; i < report->row_count; i++)
		put_json_row(&report->rows[i], writer);
	json_close(writer, ']');
	put_json_relaxations(subject->plan, writer);
	json_number(writer, "failed", report->failed);
	json_number(writer, "unknown", report->unknown);
	json_number(writer, "passed", report->passed);
	json_number(writer, "processes", report->process_count);
	json_close(writer, '}');
}
