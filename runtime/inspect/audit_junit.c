/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An audit for what shows the results of tests. */
#include "inspect/audit_parts.h"
#include "inspect/show.h"
#include "policy/rule_help.h"

static bool is_failure(const struct audit_report *report, const struct audit_finding *finding)
{
	return finding->suppression == NULL && finding->rule->severity >= report->threshold;
}

struct counts {
	size_t cases;
	size_t failures;
	size_t skipped;
};

static void count_part(const struct audit_report *report, const struct audit_part *part,
                       struct counts *counts)
{
	for (size_t i = 0; i < RULE_COUNT; i++) {
		const struct audit_finding *finding;
		const enum audit_state state = audit_state_of(part, i, &finding);

		counts->cases += state != AUDIT_NOT_JUDGED;
		counts->skipped += state == AUDIT_ACCEPTED;
		counts->failures += state == AUDIT_FAILS && is_failure(report, finding);
	}
}

static void write_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	show_markup(out, value);
	fputc('"', out);
}

static void write_counts(FILE *out, const struct counts *counts)
{
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\"", counts->cases,
	        counts->failures, counts->skipped);
}

static void write_finding(const struct audit_part *part, const struct audit_finding *finding,
                          FILE *out)
{
	char instead[AUDIT_INSTEAD_SIZE];

	audit_write_instead(instead, part, finding);
	show_markup(out, finding->place.file);
	fprintf(out, ":%u:%u: %s: ", finding->place.line, finding->place.column,
	        rule_severity_name(finding->rule->severity));
	show_markup(out, finding->what);
	fputs("; instead: ", out);
	show_markup(out, instead);
	fputc('\n', out);
}

static void write_findings(const struct audit_part *part, size_t rule, FILE *out)
{
	for (size_t i = 0; i < part->finding_count; i++) {
		if (part->findings[i].rule == &rule_table[rule] &&
		    part->findings[i].suppression == NULL)
			write_finding(part, &part->findings[i], out);
	}
}

static void write_outcome(const struct audit_report *report, const struct audit_part *part,
                          size_t rule, const struct audit_finding *finding, FILE *out)
{
	const bool has_failed = is_failure(report, finding);

	if (finding->suppression != NULL) {
		fputs("      <skipped", out);
		write_attribute(out, "message", finding->suppression->reason);
		fputs("/>\n", out);
		return;
	}
	fputs(has_failed ? "      <failure" : "      <system-out", out);
	if (has_failed) {
		write_attribute(out, "type", rule_severity_name(finding->rule->severity));
		write_attribute(out, "message", finding->what);
	}
	fputc('>', out);
	write_findings(part, rule, out);
	fputs(has_failed ? "</failure>\n" : "</system-out>\n", out);
}

static void write_case(const struct audit_report *report, const struct audit_part *part,
                       size_t rule, FILE *out)
{
	const struct audit_finding *finding;
	const enum audit_state state = audit_state_of(part, rule, &finding);

	if (state == AUDIT_NOT_JUDGED)
		return;
	fprintf(out, "    <testcase name=\"%s %s\"", rule_table[rule].id, rule_table[rule].name);
	write_attribute(out, "classname", part->name == NULL ? part->file : part->name);
	write_attribute(out, "file", part->file);
	if (finding == NULL) {
		fputs("/>\n", out);
		return;
	}
	fputs(">\n", out);
	write_outcome(report, part, rule, finding, out);
	fputs("    </testcase>\n", out);
}

static void write_suite(const struct audit_report *report, const struct audit_part *part, FILE *out)
{
	struct counts counts = { .cases = 0 };

	count_part(report, part, &counts);
	fputs("  <testsuite name=\"", out);
	show_markup(out, part->file);
	if (part->name != NULL) {
		fputs(": ", out);
		show_markup(out, part->name);
	}
	fputc('"', out);
	write_counts(out, &counts);
	fputs(">\n", out);
	for (size_t i = 0; i < RULE_COUNT; i++)
		write_case(report, part, i, out);
	fputs("  </testsuite>\n", out);
}

void audit_write_junit(const struct audit_report *report, FILE *out)
{
	struct counts counts = { .cases = 0 };
	size_t count;
	const struct audit_part *parts = audit_parts(report->audit, &count);

	for (size_t i = 0; i < count; i++)
		count_part(report, &parts[i], &counts);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"hardrun audit\"",
	      out);
	write_counts(out, &counts);
	fputs(">\n", out);
	for (size_t i = 0; i < count; i++)
		write_suite(report, &parts[i], out);
	fputs("</testsuites>\n", out);
}
