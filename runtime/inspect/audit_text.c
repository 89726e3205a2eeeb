/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An audit for people. */
#include <string.h>

#include "inspect/audit_parts.h"
#include "inspect/show.h"
#include "policy/rule_help.h"

#define NAME_WIDTH 26 /* columns; of the longest name of a rule, and a blank */
#define WHAT_WIDTH 60 /* columns; what is longer pushes its weight aside */

#define RESET  "\033[0m"
#define BOLD   "\033[1m"
#define DIM    "\033[2m"
#define RED    "\033[31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"

static void put_colour(const struct audit_report *report, const char *colour, FILE *out)
{
	if (report->has_colour)
		fputs(colour, out);
}

static const char *severity_colour(enum rule_severity severity)
{
	if (severity >= RULE_HIGH)
		return RED;
	return severity == RULE_MEDIUM ? YELLOW : DIM;
}

static void pad(FILE *out, size_t width, size_t used)
{
	fprintf(out, "%*s", used < width ? (int)(width - used) : 1, "");
}

static void write_place(const struct audit_place *place, FILE *out)
{
	show_plain(out, place->file);
	if (place->line > 0)
		fprintf(out, ":%u:%u", place->line, place->column);
}

/* The part of the exposure that is @rule's, in tenths of hundredths. */
static unsigned int share_of(const struct audit_part *part, const struct rule *rule)
{
	unsigned int whole = 0;

	for (size_t i = 0; i < RULE_COUNT; i++)
		whole += (part->judged & AUDIT_BIT(i)) != 0 ? rule_table[i].weight : 0;
	return whole == 0 ? 0 : (rule->weight * 100U + whole / 2) / whole;
}

static void write_row(const struct audit_report *report, const struct rule *rule,
                      const char *colour, const char *mark, const char *what, FILE *out)
{
	put_colour(report, colour, out);
	fprintf(out, "%s %s %s", mark, rule->id, rule->name);
	pad(out, NAME_WIDTH, strlen(rule->name));
	put_colour(report, RESET, out);
	show_plain(out, what);
}

static void write_held(const struct audit_report *report, const struct rule *rule, FILE *out)
{
	write_row(report, rule, GREEN, "\xe2\x9c\x93", rule_holds(rule), out);
	fputc('\n', out);
}

static void write_finding(const struct audit_report *report, const struct audit_part *part,
                          const struct audit_finding *finding, FILE *out)
{
	const unsigned int share = share_of(part, finding->rule);
	const bool is_accepted = finding->suppression != NULL;
	char instead[AUDIT_INSTEAD_SIZE];

	audit_write_instead(instead, part, finding);
	write_row(report, finding->rule,
	          is_accepted ? DIM : severity_colour(finding->rule->severity),
	          is_accepted ? "~" : "\xe2\x9c\x97", finding->what, out);
	pad(out, WHAT_WIDTH, show_width(finding->what));
	fprintf(out, "%u.%u\n%*s", share / 10, share % 10, (int)strlen("x HR001 "), "");
	put_colour(report, DIM, out);
	fprintf(out, "%s, ", rule_severity_name(finding->rule->severity));
	write_place(&finding->place, out);
	fputs(is_accepted ? "; accepted: " : "; instead: ", out);
	show_plain(out, is_accepted ? finding->suppression->reason : instead);
	if (is_accepted && finding->suppression->expires != NULL)
		fprintf(out, " (until %s)", finding->suppression->expires);
	put_colour(report, RESET, out);
	fputc('\n', out);
}

/* The findings of @rule, or that there is none. */
static void write_control(const struct audit_report *report, const struct audit_part *part,
                          size_t rule, FILE *out)
{
	const struct audit_finding *first;
	const enum audit_state state = audit_state_of(part, rule, &first);

	if (state == AUDIT_HOLDS && !report->is_brief)
		write_held(report, &rule_table[rule], out);
	for (size_t i = 0; i < part->finding_count; i++) {
		if (part->findings[i].rule == &rule_table[rule])
			write_finding(report, part, &part->findings[i], out);
	}
}

static const char *rating_colour(enum audit_rating rating)
{
	if (rating >= AUDIT_EXPOSED)
		return RED;
	return rating == AUDIT_MEDIUM ? YELLOW : GREEN;
}

static void write_exposure(const struct audit_report *report, unsigned int exposure,
                           enum audit_rating rating, FILE *out)
{
	fprintf(out, "exposure %u.%u of 10: ", exposure / 10, exposure % 10);
	put_colour(report, rating_colour(rating), out);
	fputs(audit_rating_name(rating), out);
	put_colour(report, RESET, out);
}

static void write_title(const struct audit_report *report, const struct audit_part *part, FILE *out)
{
	put_colour(report, BOLD, out);
	show_plain(out, part->file);
	if (part->name != NULL) {
		fputs(": ", out);
		show_plain(out, part->name);
	}
	put_colour(report, RESET, out);
	fprintf(out, ", %s\n", audit_part_title(part));
}

static void write_part(const struct audit_report *report, const struct audit_part *part, FILE *out)
{
	write_title(report, part, out);
	for (size_t i = 0; i < RULE_COUNT; i++)
		write_control(report, part, i, out);
	fputs("\xe2\x86\x92 ", out);
	write_exposure(report, part->exposure, part->rating, out);
	fputs("\n\n", out);
}

static void write_sum(const struct audit_report *report, size_t part_count, FILE *out)
{
	const struct audit_sum sum = audit_sum(report->audit);
	bool has_some = false;

	fprintf(out, "Total of %zu: ", part_count);
	write_exposure(report, sum.exposure, sum.rating, out);
	for (int i = RULE_CRITICAL; i >= RULE_LOW; i--) {
		if (sum.open[i] == 0)
			continue;
		fprintf(out, ", %zu %s", sum.open[i], rule_severity_name((enum rule_severity)i));
		has_some = true;
	}
	if (!has_some)
		fputs(", no findings", out);
	if (sum.accepted > 0)
		fprintf(out, ", %zu accepted", sum.accepted);
	fputc('\n', out);
}

void audit_write_text(const struct audit_report *report, FILE *out)
{
	size_t count;
	const struct audit_part *parts = audit_parts(report->audit, &count);

	for (size_t i = 0; i < count; i++)
		write_part(report, &parts[i], out);
	write_sum(report, count, out);
}

static void write_languages(const struct rule *rule, FILE *out)
{
	for (unsigned int i = 0; i < SPEC_LANGUAGE_COUNT; i++) {
		char instead[AUDIT_INSTEAD_SIZE];

		if (!rule_applies(rule, (enum spec_language)i))
			continue;
		rule_write_instead(instead, sizeof(instead), rule, (enum spec_language)i);
		fprintf(out, "  %-14s %s\n", spec_language_name((enum spec_language)i), instead);
	}
}

void audit_explain_rule(const struct rule *rule, FILE *out)
{
	fprintf(out, "%s %s: %s\n\n", rule->id, rule->name, rule->title);
	fprintf(out, "Severity: %s, weight %u\n", rule_severity_name(rule->severity), rule->weight);
	fprintf(out, "Why:      %s\n", rule->why);
	fprintf(out, "Sources:  %s\n", rule_sources(rule));
	fprintf(out, "Policy:   %s\n",
	        rule - rule_table >= RULE_POLICY_COUNT ? "not one of its rules"
	        : rule->harden != NULL                 ? "allow, warn, harden, refuse"
	                                               : "allow, warn, refuse");
	if (rule->languages == 0)
		return;
	fputs("\nWrite instead:\n", out);
	write_languages(rule, out);
}

void audit_list_rules(FILE *out)
{
	for (size_t i = 0; i < RULE_COUNT; i++)
		fprintf(out, "%s %-8s %-26s %s\n", rule_table[i].id,
		        rule_severity_name(rule_table[i].severity), rule_table[i].name,
		        rule_table[i].title);
}
