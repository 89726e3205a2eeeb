/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An audit for tools that gather results of analysers. */
#include <stdio.h>
#include <string.h>

#include "base/sha256.h"
#include "inspect/audit_parts.h"
#include "inspect/explain_json.h"
#include "policy/rule_help.h"
#include "spec/spec_language.h"

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

#define URI_SIZE ((size_t)4096 * 3 + sizeof("file://"))

/* Source: SARIF 2.1.0, 3.27.10. */
static const char *level_of(enum rule_severity severity)
{
	if (severity >= RULE_HIGH)
		return "error";
	return severity == RULE_MEDIUM ? "warning" : "note";
}

/* Where those who read it as a score of 0 to 10 put the words. Source: GitHub, SARIF support. */
static const char *score_of(enum rule_severity severity)
{
	static const char *const scores[] = { "3.0", "5.5", "8.0", "9.5" };

	return scores[severity];
}

static void write_message(struct json_writer *writer, const char *name, const char *text)
{
	json_open(writer, name, '{');
	json_text(writer, "text", text);
	json_close(writer, '}');
}

static void write_help(struct json_writer *writer, const struct rule *rule)
{
	char text[2048];
	char instead[AUDIT_INSTEAD_SIZE];
	size_t used;

	used = (size_t)snprintf(text, sizeof(text), "Why: %s.\nSources: %s.\nWrite instead:\n",
	                        rule->why, rule_sources(rule));
	for (unsigned int i = 0; i < SPEC_LANGUAGE_COUNT && used < sizeof(text); i++) {
		if (!rule_applies(rule, (enum spec_language)i))
			continue;
		rule_write_instead(instead, sizeof(instead), rule, (enum spec_language)i);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s: %s\n",
		                         spec_language_name((enum spec_language)i), instead);
	}
	write_message(writer, "help", text);
}

static void write_rule(struct json_writer *writer, const struct rule *rule)
{
	json_open(writer, NULL, '{');
	json_text(writer, "id", rule->id);
	json_text(writer, "name", rule->name);
	write_message(writer, "shortDescription", rule->title);
	write_message(writer, "fullDescription", rule->why);
	write_help(writer, rule);
	json_open(writer, "defaultConfiguration", '{');
	json_text(writer, "level", level_of(rule->severity));
	json_close(writer, '}');
	json_open(writer, "properties", '{');
	json_open(writer, "tags", '[');
	json_text(writer, NULL, "security");
	json_text(writer, NULL, "container");
	json_close(writer, ']');
	json_text(writer, "security-severity", score_of(rule->severity));
	json_close(writer, '}');
	json_close(writer, '}');
}

static void write_tool(struct json_writer *writer, const struct audit_report *report)
{
	json_open(writer, "tool", '{');
	json_open(writer, "driver", '{');
	json_text(writer, "name", "hardrun");
	json_text(writer, "version", report->version);
	json_open(writer, "rules", '[');
	for (size_t i = 0; i < RULE_COUNT; i++)
		write_rule(writer, &rule_table[i]);
	json_close(writer, ']');
	json_close(writer, '}');
	json_close(writer, '}');
}

/* A reference to the file @path. Source: RFC 3986, 2.1 and 4.2; SARIF 2.1.0, 3.4.3. */
static void write_uri(char *out, const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    "-._~/+,=@";
	size_t used = 0;

	if (path[0] == '/')
		used = (size_t)snprintf(out, URI_SIZE, "file://");
	for (; *path != '\0' && used + 4 < URI_SIZE; path++) {
		if (strchr(plain, *path) != NULL)
			out[used++] = *path;
		else
			used += (size_t)snprintf(out + used, URI_SIZE - used, "%%%02X",
			                         (unsigned char)*path);
	}
	out[used] = '\0';
}

static void write_location(struct json_writer *writer, const struct audit_finding *finding)
{
	const struct audit_place *place = &finding->place;
	char uri[URI_SIZE];

	write_uri(uri, place->file);
	json_open(writer, "locations", '[');
	json_open(writer, NULL, '{');
	json_open(writer, "physicalLocation", '{');
	json_open(writer, "artifactLocation", '{');
	json_text(writer, "uri", uri);
	json_close(writer, '}');
	json_open(writer, "region", '{');
	json_number(writer, "startLine", place->line == 0 ? 1 : place->line);
	json_number(writer, "startColumn", place->column == 0 ? 1 : place->column);
	json_close(writer, '}');
	json_close(writer, '}');
	json_open(writer, "logicalLocations", '[');
	json_open(writer, NULL, '{');
	json_text(writer, "fullyQualifiedName", finding->origin);
	json_close(writer, '}');
	json_close(writer, ']');
	json_close(writer, '}');
	json_close(writer, ']');
}

static void hash_text(struct sha256 *hash, const char *text)
{
	if (text != NULL)
		sha256_add(hash, text, strlen(text));
	sha256_add(hash, "", 1);
}

/* The same for a finding as long as nobody moves it to another place of the document. */
static void write_fingerprint(struct json_writer *writer, const struct audit_part *part,
                              const struct audit_finding *finding)
{
	struct sha256 hash;
	uint8_t digest[SHA256_SIZE];
	char text[SHA256_TEXT_SIZE];

	sha256_start(&hash);
	hash_text(&hash, finding->rule->id);
	hash_text(&hash, finding->place.file);
	hash_text(&hash, part->name);
	hash_text(&hash, finding->origin);
	hash_text(&hash, finding->what);
	sha256_finish(&hash, digest);
	sha256_text(digest, text);
	text[32] = '\0';
	json_open(writer, "partialFingerprints", '{');
	json_text(writer, "hardrunAudit/v1", text);
	json_close(writer, '}');
}

static void write_suppression(struct json_writer *writer, const struct suppression *suppression)
{
	json_open(writer, "suppressions", '[');
	if (suppression != NULL) {
		json_open(writer, NULL, '{');
		json_text(writer, "kind", "external");
		json_text(writer, "status", "accepted");
		json_text(writer, "justification", suppression->reason);
		json_close(writer, '}');
	}
	json_close(writer, ']');
}

static void write_result(struct json_writer *writer, const struct audit_part *part,
                         const struct audit_finding *finding)
{
	char instead[AUDIT_INSTEAD_SIZE];
	char message[1024];

	audit_write_instead(instead, part, finding);
	(void)snprintf(message, sizeof(message), "%s%s%s; %s. Instead: %s",
	               part->name == NULL ? "" : part->name, part->name == NULL ? "" : ": ",
	               finding->what, finding->rule->why, instead);
	json_open(writer, NULL, '{');
	json_text(writer, "ruleId", finding->rule->id);
	json_number(writer, "ruleIndex", (uint64_t)(finding->rule - rule_table));
	json_text(writer, "level", level_of(finding->rule->severity));
	write_message(writer, "message", message);
	write_location(writer, finding);
	write_fingerprint(writer, part, finding);
	write_suppression(writer, finding->suppression);
	json_close(writer, '}');
}

void audit_write_sarif(const struct audit_report *report, FILE *out)
{
	struct json_writer writer = { .out = out };
	size_t count;
	const struct audit_part *parts = audit_parts(report->audit, &count);

	json_open(&writer, NULL, '{');
	json_text(&writer, "$schema", SCHEMA);
	json_text(&writer, "version", "2.1.0");
	json_open(&writer, "runs", '[');
	json_open(&writer, NULL, '{');
	write_tool(&writer, report);
	json_text(&writer, "columnKind", "unicodeCodePoints");
	json_open(&writer, "results", '[');
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < parts[i].finding_count; j++)
			write_result(&writer, &parts[i], &parts[i].findings[j]);
	}
	json_close(&writer, ']');
	json_close(&writer, '}');
	json_close(&writer, ']');
	json_close(&writer, '}');
	fputc('\n', out);
}
