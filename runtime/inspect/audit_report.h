/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An audit as a report, in the format that its reader wants. What the audited files say is shown,
 * never acted on; see show.h.
 */
#ifndef HARDRUN_INSPECT_AUDIT_REPORT_H
#define HARDRUN_INSPECT_AUDIT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "inspect/audit.h"

#define AUDIT_JSON_VERSION 1 /* of what audit_write_json() writes */

struct audit_report {
	const struct audit *audit;
	enum rule_severity threshold; /* findings below it do not fail the audit */
	const char *version;          /* of hardrun */
	bool has_colour;              /* text only */
	bool is_brief;                /* text only: what holds is not told */
};

typedef void audit_writer(const struct audit_report *report, FILE *out);

/*
 * A table for each part, in the manner of systemd-analyze security: of each control a mark, a
 * sentence and its weight; then what to write instead, and one total.
 */
audit_writer audit_write_text;

/* Source: hardrun-audit(1). */
audit_writer audit_write_json;

/* Source: OASIS, Static Analysis Results Interchange Format 2.1.0. */
audit_writer audit_write_sarif;

/* A suite for each part, a case for each control. Source: the format of Apache Ant's JUnitReport.
 */
audit_writer audit_write_junit;

/* One page that loads nothing and runs nothing. */
audit_writer audit_write_html;

/* All that is known of a rule, for `--explain`. */
void audit_explain_rule(const struct rule *rule, FILE *out);

/* A line for each rule, for `--list`. */
void audit_list_rules(FILE *out);

#endif
