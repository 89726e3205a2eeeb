/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a text to audit, and as what is accepted: whatever is found, every report of it is
 * UTF-8 without a character that acts, but newlines.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "import/import_any.h"
#include "import/suppressions.h"
#include "inspect/audit_report.h"
#include "inspect/show.h"

#define TODAY "2026-11-23"

static audit_writer *const writers[] = { audit_write_text, audit_write_json, audit_write_sarif,
	                                 audit_write_junit, audit_write_html };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Newlines, and no other control character, nor one that turns the direction of reading. */
static bool is_harmless(const char *text)
{
	uint32_t value;

	while ((value = show_next(&text)) != 0) {
		if ((value < 0x20 && value != '\n') || (value >= 0x7f && value <= 0x9f) ||
		    (value >= 0x202a && value <= 0x202e) || (value >= 0x2066 && value <= 0x2069))
			return false;
	}
	return true;
}

static void write_reports(const struct audit *audit)
{
	const struct audit_report report = { .audit = audit, .version = "0" };

	for (size_t i = 0; i < ARRAY_LEN(writers); i++) {
		char *text = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&text, &size);

		assert(out != NULL);
		writers[i](&report, out);
		assert(fclose(out) == 0);
		assert(size > 0 && text_is_utf8(text) && is_harmless(text));
		free(text);
	}
}

static void locate(void *context, const char *origin, struct audit_place *place)
{
	struct position position;

	(void)position_find(context, origin, &position);
	place->line = position.line;
	place->column = position.column;
}

static void audit_all(const struct import_result *result, const struct suppression_list *accepted,
                      struct error *err)
{
	const struct spec_scan *const scans[] = { result->scan };
	struct audit_request request = {
		.file = "input",
		.subject = { .scans = scans, .scan_count = result->scan == NULL ? 0 : 1 },
		.suppressions = accepted,
		.today = TODAY,
		.locate = result->positions == NULL ? NULL : locate,
		.context = result->positions,
	};
	struct audit *audit = NULL;

	assert(audit_new(&audit, err) == 0);
	for (size_t i = 0; i < result->spec_count; i++) {
		request.subject.spec = result->specs[i];
		assert(audit_add(audit, &request, err) == 0);
	}
	assert(audit_add_suppressions(audit, &request, accepted, err) == 0);
	write_reports(audit);
	audit_free(audit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct import_any_input input = { .text = (const char *)data,
		                                .size = size,
		                                .name = "input",
		                                .folder = "/folder",
		                                .language = SPEC_LANGUAGE_COUNT };
	struct suppression_list accepted = { .items = NULL };
	struct error err = { .kind = ERROR_NONE };
	struct import_result result = { .spec_count = 0 };
	struct arena *arena = NULL;

	assert(arena_new(&arena, &err) == 0);
	if (import_suppressions((const char *)data, size, "input", arena, &accepted, &err) < 0)
		assert(err.kind == ERROR_SPEC && err.what[0] != '\0');
	err = (struct error){ .kind = ERROR_NONE };
	if (import_any(&input, &result, &err) == 0 || accepted.count > 0)
		audit_all(&result, &accepted, &(struct error){ .kind = ERROR_NONE });
	import_result_release(&result);
	arena_free(arena);
	return 0;
}
