/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reports of scanners of images, in JSON.
 * Source: trivy.dev, Reporting, JSON (SchemaVersion 2); anchore/grype, grype/presenter/models.
 */
#include <string.h>
#include <strings.h>

#include "import/language.h"

#define REPORT_ITEM_MAX ((size_t)65536)

struct report {
	struct spec_scan scan;
	struct spec_list vulnerabilities; /* struct spec_vulnerability */
	struct spec_list digests;         /* struct spec_text */
	bool is_suppressed;               /* those that are being read do not matter here */
};

/* One of them while it is read. */
struct draft {
	struct spec_text id;
	struct spec_text package;
	struct spec_text installed;
	struct spec_text fixed;
	enum spec_scan_severity severity;
	bool is_mitigated;
};

static int read_severity(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const char *const names[] = {
		[SPEC_SCAN_UNKNOWN] = "unknown", [SPEC_SCAN_NEGLIGIBLE] = "negligible",
		[SPEC_SCAN_LOW] = "low",         [SPEC_SCAN_MEDIUM] = "medium",
		[SPEC_SCAN_HIGH] = "high",       [SPEC_SCAN_CRITICAL] = "critical",
	};
	const char *name;

	if (fields_string(reader, value, &name, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcasecmp(name, names[i]) == 0) {
			*(enum spec_scan_severity *)out = (enum spec_scan_severity)i;
			return 0;
		}
	}
	return fields_refuse(reader, err, "\"%.40s\" is not a severity", name);
}

/* A report of one image names others by digest nowhere else. */
static int add_digest(struct reader *reader, struct report *report, const char *digest,
                      struct error *err)
{
	const struct spec_text item = { spec_copy(reader->builder, digest, err),
		                        fields_origin(reader, err) };

	if (item.value == NULL || item.origin == NULL)
		return -1;
	if (strncmp(digest, "sha256:", strlen("sha256:")) != 0 &&
	    strncmp(digest, "sha512:", strlen("sha512:")) != 0)
		return 0;
	return spec_list_put(reader->builder, &report->digests, &item, err);
}

static int read_digest(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *digest;

	if (fields_string(reader, value, &digest, err) < 0)
		return -1;
	return add_digest(reader, out, digest, err);
}

/* "name@sha256:..." */
static int read_reference(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *reference;
	const char *at;

	if (fields_string(reader, value, &reference, err) < 0)
		return -1;
	at = strrchr(reference, '@');
	return at == NULL ? 0 : add_digest(reader, out, at + 1, err);
}

static int read_references(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_element(reader, value, REPORT_ITEM_MAX, read_reference, out, err);
}

/* The name that was asked for, and the digest in it. */
static int read_image(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct report *report = out;

	if (oci_read_text(reader, value, &report->scan.image, err) < 0)
		return -1;
	return read_reference(reader, value, out, err);
}

static int add_vulnerability(struct reader *reader, struct report *report,
                             const struct draft *draft, struct error *err)
{
	const struct spec_vulnerability item = {
		.id = draft->id.value,
		.package = draft->package.value,
		.installed = draft->installed.value == NULL ? "" : draft->installed.value,
		.fixed = draft->fixed.value,
		.severity = draft->severity,
		.is_mitigated = draft->is_mitigated || report->is_suppressed,
		.origin = fields_origin(reader, err),
	};

	if (item.origin == NULL)
		return -1;
	if (spec_list_add(reader->builder, &report->vulnerabilities, &item, err) < 0)
		return fields_at(reader, err);
	return 0;
}

/* Other statuses tell whether there is a fix, not whether it matters. */
static int read_trivy_status(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *status;

	if (fields_string(reader, value, &status, err) < 0)
		return -1;
	*(bool *)out = strcmp(status, "not_affected") == 0;
	return 0;
}

#define DRAFT(member) offsetof(struct draft, member)

static const struct field trivy_vulnerability_fields[] = {
	{ "FixedVersion", oci_read_label, false, DRAFT(fixed) },
	{ "InstalledVersion", oci_read_label, false, DRAFT(installed) },
	{ "PkgName", oci_read_text, true, DRAFT(package) },
	{ "Severity", read_severity, false, DRAFT(severity) },
	{ "Status", read_trivy_status, false, DRAFT(is_mitigated) },
	{ "VulnerabilityID", oci_read_text, true, DRAFT(id) },
};

static int read_trivy_vulnerability(struct reader *reader, json_t *value, void *out,
                                    struct error *err)
{
	struct draft draft = { .is_mitigated = false };

	if (fields_read(reader, value, trivy_vulnerability_fields,
	                ARRAY_LEN(trivy_vulnerability_fields), &draft, err) < 0)
		return -1;
	return add_vulnerability(reader, out, &draft, err);
}

static int read_trivy_vulnerabilities(struct reader *reader, json_t *value, void *out,
                                      struct error *err)
{
	return fields_each_element(reader, value, REPORT_ITEM_MAX, read_trivy_vulnerability, out,
	                           err);
}

/* What a VEX document or an ignore file took out of the list; others than these have no id. */
static int read_trivy_suppressed(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "Finding", read_trivy_vulnerability },
	};
	const json_t *type = json_object_get(value, "Type");
	struct report *report = out;
	int result;

	if (json_is_string(type) && strcmp(json_string_value(type), "vulnerability") != 0)
		return 0;
	report->is_suppressed = true;
	result = fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
	report->is_suppressed = false;
	return result;
}

static int read_all_trivy_suppressed(struct reader *reader, json_t *value, void *out,
                                     struct error *err)
{
	return fields_each_element(reader, value, REPORT_ITEM_MAX, read_trivy_suppressed, out, err);
}

static int read_trivy_result(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "ExperimentalModifiedFindings", read_all_trivy_suppressed },
		{ "Vulnerabilities", read_trivy_vulnerabilities },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static int read_trivy_results(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_element(reader, value, REPORT_ITEM_MAX, read_trivy_result, out, err);
}

static int read_trivy_metadata(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "RepoDigests", read_references },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static const struct field trivy_fields[] = {
	{ "ArtifactName", read_image, true },
	{ "Metadata", read_trivy_metadata },
	{ "Results", read_trivy_results },
};

static int read_grype_versions(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const json_t *first = json_array_get(value, 0);
	struct spec_text_list versions = { .count = 0 };

	if (oci_read_texts(reader, value, &versions, err) < 0)
		return -1;
	if (first != NULL)
		*(struct spec_text *)out = versions.items[0];
	return 0;
}

static int read_grype_fix(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "versions", read_grype_versions, false, DRAFT(fixed) },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static int read_grype_vulnerability(struct reader *reader, json_t *value, void *out,
                                    struct error *err)
{
	static const struct field fields[] = {
		{ "fix", read_grype_fix },
		{ "id", oci_read_text, true, DRAFT(id) },
		{ "severity", read_severity, false, DRAFT(severity) },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static int read_grype_artifact(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "name", oci_read_text, true, DRAFT(package) },
		{ "version", oci_read_label, false, DRAFT(installed) },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static int read_grype_match(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "artifact", read_grype_artifact, true },
		{ "vulnerability", read_grype_vulnerability, true },
	};
	struct draft draft = { .is_mitigated = false };

	if (fields_read(reader, value, fields, ARRAY_LEN(fields), &draft, err) < 0)
		return -1;
	return add_vulnerability(reader, out, &draft, err);
}

static int read_grype_matches(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_element(reader, value, REPORT_ITEM_MAX, read_grype_match, out, err);
}

/* Those that a rule of the scan's configuration or a VEX document took out of the list. */
static int read_grype_ignored(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct report *report = out;
	int result;

	report->is_suppressed = true;
	result = read_grype_matches(reader, value, out, err);
	report->is_suppressed = false;
	return result;
}

/* Of an image; of a folder it is a text, which tells of no image. */
static int read_grype_target(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "manifestDigest", read_digest },
		{ "repoDigests", read_references },
		{ "userInput", read_image },
	};

	if (!json_is_object(value))
		return 0;
	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static int read_grype_source(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "target", read_grype_target },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static const struct field grype_fields[] = {
	{ "ignoredMatches", read_grype_ignored },
	{ "matches", read_grype_matches, true },
	{ "source", read_grype_source },
};

static bool is_trivy(const json_t *document)
{
	return json_object_get(document, "SchemaVersion") != NULL &&
	       json_object_get(document, "ArtifactName") != NULL;
}

static bool is_grype(const json_t *document)
{
	return json_object_get(document, "matches") != NULL &&
	       json_object_get(document, "descriptor") != NULL;
}

bool scan_is(const json_t *documents)
{
	const json_t *document = json_array_get(documents, 0);

	return is_trivy(document) || is_grype(document);
}

static int read_report(struct import_session *session, struct report *report, struct error *err)
{
	json_t *document = json_array_get(session->documents, 0);
	char prefix[LANGUAGE_PREFIX_SIZE];
	struct reader reader = session_reader(session, 0, prefix);

	if (is_trivy(document)) {
		report->scan.tool = "Trivy";
		return fields_read(&reader, document, trivy_fields, ARRAY_LEN(trivy_fields), report,
		                   err);
	}
	report->scan.tool = "Grype";
	return fields_read(&reader, document, grype_fields, ARRAY_LEN(grype_fields), report, err);
}

int scan_read(struct import_session *session, struct error *err)
{
	struct arena *arena = session->builder.arena;
	struct report *report = arena_alloc(arena, sizeof(*report), err);

	if (report == NULL)
		return -1;
	report->vulnerabilities.item_size = sizeof(struct spec_vulnerability);
	report->digests.item_size = sizeof(struct spec_text);
	if (json_array_size(session->documents) != 1)
		return error_set(err, ERROR_SPEC, "a report is one document");
	if (read_report(session, report, err) < 0)
		return -1;
	report->scan.vulnerabilities = report->vulnerabilities.items;
	report->scan.vulnerability_count = report->vulnerabilities.count;
	report->scan.digests =
		(struct spec_text_list){ report->digests.items, report->digests.count };
	session->scan = &report->scan;
	return 0;
}
