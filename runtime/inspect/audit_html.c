/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An audit as a page. */
#include "inspect/audit_parts.h"
#include "inspect/show.h"
#include "policy/rule_help.h"

static const char head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" "
	"content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<title>hardrun audit</title>\n"
	"<style>\n"
	"body { font: 15px/1.45 system-ui, sans-serif; max-width: 72em; margin: 2em auto; "
	"padding: 0 1em; color: #1c1e21; background: #fff }\n"
	"h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin: 2em 0 .4em }\n"
	"table { border-collapse: collapse; width: 100% }\n"
	"td, th { text-align: left; vertical-align: top; padding: .3em .7em .3em 0; "
	"border-top: 1px solid #ddd }\n"
	"code { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere }\n"
	".why, .place { color: #666; font-size: .9em } .holds { color: #777 }\n"
	".critical, .high, .EXPOSED, .UNSAFE { color: #b3261e; font-weight: 600 }\n"
	".medium, .MEDIUM { color: #8a5a00; font-weight: 600 }\n"
	".OK, .LOCKED { color: #1a6b35; font-weight: 600 } .low { color: #555 }\n"
	".accepted td { color: #777 }\n"
	"@media (prefers-color-scheme: dark) {\n"
	"body { color: #e6e6e6; background: #16181b } td, th { border-color: #333 }\n"
	".why, .place, .holds, .low, .accepted td { color: #a0a0a0 }\n"
	".critical, .high, .EXPOSED, .UNSAFE { color: #ff8a80 } .medium, .MEDIUM { color: #ffc766 "
	"}\n"
	".OK, .LOCKED { color: #7bd88f } }\n"
	"</style>\n"
	"</head>\n"
	"<body>\n";

static void write_exposure(unsigned int exposure, enum audit_rating rating, FILE *out)
{
	fprintf(out, "exposure %u.%u of 10, <span class=\"%s\">%s</span>", exposure / 10,
	        exposure % 10, audit_rating_name(rating), audit_rating_name(rating));
}

static void write_sum(const struct audit_report *report, size_t part_count, FILE *out)
{
	const struct audit_sum sum = audit_sum(report->audit);

	fprintf(out, "<h1>hardrun audit</h1>\n<p>%zu audited, ", part_count);
	write_exposure(sum.exposure, sum.rating, out);
	for (int i = RULE_CRITICAL; i >= RULE_LOW; i--) {
		const char *name = rule_severity_name((enum rule_severity)i);

		fprintf(out, ", <span class=\"%s\">%zu %s</span>", name, sum.open[i], name);
	}
	fprintf(out, ", %zu accepted. Threshold: %s. hardrun %s.</p>\n", sum.accepted,
	        rule_severity_name(report->threshold), report->version);
}

static void write_place(const struct audit_finding *finding, FILE *out)
{
	fputs("<div class=\"place\"><code>", out);
	show_markup(out, finding->place.file);
	if (finding->place.line > 0)
		fprintf(out, ":%u:%u", finding->place.line, finding->place.column);
	fputs(" ", out);
	show_markup(out, finding->origin);
	fputs("</code></div>", out);
}

static void write_finding(const struct audit_part *part, const struct audit_finding *finding,
                          FILE *out)
{
	const struct rule *rule = finding->rule;
	const char *severity = rule_severity_name(rule->severity);
	char instead[AUDIT_INSTEAD_SIZE];

	audit_write_instead(instead, part, finding);
	fputs(finding->suppression == NULL ? "<tr>" : "<tr class=\"accepted\">", out);
	fprintf(out, "<td class=\"%s\">%s</td><td>%s<br>%s</td><td>", severity, severity, rule->id,
	        rule->name);
	show_markup(out, finding->what);
	fputs("<div class=\"why\">", out);
	show_markup(out, rule->why);
	fputs("</div>", out);
	write_place(finding, out);
	fputs("</td><td>", out);
	if (finding->suppression != NULL) {
		fputs("accepted: ", out);
		show_markup(out, finding->suppression->reason);
	} else {
		fputs("<code>", out);
		show_markup(out, instead);
		fputs("</code>", out);
	}
	fputs("</td></tr>\n", out);
}

/* What holds is one line. */
static void write_held(const struct audit_part *part, FILE *out)
{
	bool has_some = false;

	fputs("<p class=\"holds\">", out);
	for (size_t i = 0; i < RULE_COUNT; i++) {
		const struct audit_finding *finding;

		if (audit_state_of(part, i, &finding) != AUDIT_HOLDS)
			continue;
		fputs(has_some ? "; " : "It ", out);
		show_markup(out, rule_holds(&rule_table[i]));
		has_some = true;
	}
	fputs(has_some ? ".</p>\n" : "</p>\n", out);
}

static void write_part(const struct audit_part *part, FILE *out)
{
	fputs("<section>\n<h2>", out);
	show_markup(out, part->file);
	if (part->name != NULL) {
		fputs(": ", out);
		show_markup(out, part->name);
	}
	fprintf(out, "</h2>\n<p>%s, ", audit_part_title(part));
	write_exposure(part->exposure, part->rating, out);
	fputs("</p>\n", out);
	if (part->finding_count > 0) {
		fputs("<table>\n<tr><th>severity</th><th>rule</th><th>found</th>"
		      "<th>instead</th></tr>\n",
		      out);
		for (size_t i = 0; i < part->finding_count; i++)
			write_finding(part, &part->findings[i], out);
		fputs("</table>\n", out);
	}
	write_held(part, out);
	fputs("</section>\n", out);
}

void audit_write_html(const struct audit_report *report, FILE *out)
{
	size_t count;
	const struct audit_part *parts = audit_parts(report->audit, &count);

	fputs(head, out);
	write_sum(report, count, out);
	for (size_t i = 0; i < count; i++)
		write_part(&parts[i], out);
	fputs("</body>\n</html>\n", out);
}
