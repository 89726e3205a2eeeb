/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules about what scanners found in an image. */
#include <string.h>

#include "policy/rule_parts.h"

/* By digest; a report of a tag tells nothing of what the tag names now. */
static bool is_about(const struct spec_scan *scan, const char *digest)
{
	for (size_t i = 0; i < scan->digests.count; i++) {
		if (strcmp(scan->digests.items[i].value, digest) == 0)
			return true;
	}
	return false;
}

/* The report of the image of @subject; NULL: there is none. */
static const struct spec_scan *find_scan(const struct rule_subject *subject)
{
	const char *image = subject->spec->engine->image.value;
	const char *at = image == NULL ? NULL : strchr(image, '@');

	for (size_t i = 0; at != NULL && i < subject->scan_count; i++) {
		if (is_about(subject->scans[i], at + 1))
			return subject->scans[i];
	}
	return NULL;
}

bool rule_is_scan_told(const struct rule_subject *subject)
{
	return subject->scan_count > 0 || subject->wants_scans;
}

bool rule_find_critical_cve(const struct rule_subject *subject, size_t index,
                            struct rule_finding *out)
{
	const struct spec_scan *scan = find_scan(subject);

	for (size_t i = 0; scan != NULL && i < scan->vulnerability_count; i++) {
		const struct spec_vulnerability *known = &scan->vulnerabilities[i];

		if (known->severity != SPEC_SCAN_CRITICAL || known->is_mitigated || index-- > 0)
			continue;
		return rule_found(out, subject->spec->engine->image.origin,
		                  "%.40s in %.60s %.30s, %s%.30s", known->id, known->package,
		                  known->installed,
		                  known->fixed == NULL ? "not fixed yet" : "fixed in ",
		                  known->fixed == NULL ? "" : known->fixed);
	}
	return false;
}

bool rule_find_not_scanned(const struct rule_subject *subject, size_t index,
                           struct rule_finding *out)
{
	const struct spec_text *image = &subject->spec->engine->image;

	if (index > 0 || !subject->wants_scans || image->value == NULL ||
	    find_scan(subject) != NULL)
		return false;
	return rule_found(out, image->origin, "there is no report of %.100s, by its digest",
	                  image->value);
}
