/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An audit as JSON of our own. */
#include "inspect/audit_parts.h"
#include "inspect/explain_json.h"
#include "spec/spec_language.h"

static void write_sum(struct json_writer *writer, const struct audit_sum *sum)
{
	json_text(writer, "rating", audit_rating_name(sum->rating));
	json_number(writer, "exposure", sum->exposure);
	json_open(writer, "open", '{');
	for (int i = RULE_CRITICAL; i >= RULE_LOW; i--)
		json_number(writer, rule_severity_name((enum rule_severity)i), sum->open[i]);
	json_close(writer, '}');
	json_number(writer, "accepted", sum->accepted);
}

static void write_control(struct json_writer *writer, const struct audit_part *part, size_t rule)
{
	const struct audit_finding *finding;
	const enum audit_state state = audit_state_of(part, rule, &finding);

	if (state == AUDIT_NOT_JUDGED)
		return;
	json_open(writer, NULL, '{');
	json_text(writer, "id", rule_table[rule].id);
	json_text(writer, "name", rule_table[rule].name);
	json_text(writer, "state", audit_state_name(state));
	json_number(writer, "weight", rule_table[rule].weight);
	json_close(writer, '}');
}

static void write_acceptance(struct json_writer *writer, const struct suppression *suppression)
{
	if (suppression == NULL) {
		json_text(writer, "accepted", NULL);
		return;
	}
	json_open(writer, "accepted", '{');
	json_text(writer, "reason", suppression->reason);
	json_text(writer, "expires", suppression->expires);
	json_close(writer, '}');
}

static void write_finding(struct json_writer *writer, const struct audit_part *part,
                          const struct audit_finding *finding)
{
	char instead[AUDIT_INSTEAD_SIZE];

	audit_write_instead(instead, part, finding);
	json_open(writer, NULL, '{');
	json_text(writer, "id", finding->rule->id);
	json_text(writer, "name", finding->rule->name);
	json_text(writer, "severity", rule_severity_name(finding->rule->severity));
	json_text(writer, "what", finding->what);
	json_text(writer, "why", finding->rule->why);
	json_text(writer, "instead", instead);
	json_text(writer, "file", finding->place.file);
	json_number(writer, "line", finding->place.line);
	json_number(writer, "column", finding->place.column);
	json_text(writer, "origin", finding->origin);
	write_acceptance(writer, finding->suppression);
	json_close(writer, '}');
}

static void write_part(struct json_writer *writer, const struct audit_part *part)
{
	json_open(writer, NULL, '{');
	json_text(writer, "file", part->file);
	json_text(writer, "name", part->name);
	json_text(writer, "language",
	          part->language == SPEC_LANGUAGE_COUNT ? NULL
	                                                : spec_language_name(part->language));
	json_text(writer, "rating", audit_rating_name(part->rating));
	json_number(writer, "exposure", part->exposure);
	json_open(writer, "controls", '[');
	for (size_t i = 0; i < RULE_COUNT; i++)
		write_control(writer, part, i);
	json_close(writer, ']');
	json_open(writer, "findings", '[');
	for (size_t i = 0; i < part->finding_count; i++)
		write_finding(writer, part, &part->findings[i]);
	json_close(writer, ']');
	json_close(writer, '}');
}

void audit_write_json(const struct audit_report *report, FILE *out)
{
	struct json_writer writer = { .out = out };
	const struct audit_sum sum = audit_sum(report->audit);
	size_t count;
	const struct audit_part *parts = audit_parts(report->audit, &count);

	json_open(&writer, NULL, '{');
	json_number(&writer, "audit", AUDIT_JSON_VERSION);
	json_text(&writer, "hardrun", report->version);
	json_text(&writer, "threshold", rule_severity_name(report->threshold));
	write_sum(&writer, &sum);
	json_open(&writer, "parts", '[');
	for (size_t i = 0; i < count; i++)
		write_part(&writer, &parts[i]);
	json_close(&writer, ']');
	json_close(&writer, '}');
	fputc('\n', out);
}
