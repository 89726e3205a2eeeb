/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an audit is told to accept. Source: hardrun-audit(1). */
#include "import/suppressions.h"

#include <string.h>

#include "base/text.h"
#include "import/document.h"
#include "import/fields.h"

#define SUPPRESSIONS_MAX 10000

static int refuse_rule(const char *name, struct error *err)
{
	struct text_nearest nearest = { .word = name };

	for (size_t i = 0; i < RULE_COUNT; i++)
		text_nearest_try(&nearest, rule_table[i].name);
	if (nearest.best != NULL)
		(void)error_hint(err, "did you mean \"%s\"?", nearest.best);
	else
		(void)error_hint(err, "hardrun audit --list shows all of them");
	return error_set(err, ERROR_SPEC, "\"%.40s\" is neither the id nor the name of a rule",
	                 name);
}

static int find_rule(const char *name, const struct rule **out, struct error *err)
{
	const struct rule *rule = rule_named(name);

	if (rule == NULL)
		return refuse_rule(name, err);
	*out = rule;
	return 0;
}

static int read_rule(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *name;

	if (fields_string(reader, value, &name, err) < 0)
		return -1;
	return find_rule(name, out, err) < 0 ? fields_at(reader, err) : 0;
}

static int read_text(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *text;
	const char *copy;

	if (fields_string(reader, value, &text, err) < 0)
		return -1;
	if (text[0] == '\0')
		return fields_refuse(reader, err, "it is empty");
	copy = spec_copy(reader->builder, text, err);
	if (copy == NULL)
		return -1;
	*(const char **)out = copy;
	return 0;
}

static int read_reason(struct reader *reader, json_t *value, void *out, struct error *err)
{
	if (read_text(reader, value, out, err) < 0)
		return -1;
	return relax_check_reason(*(const char **)out, err) < 0 ? fields_at(reader, err) : 0;
}

static int read_date(struct reader *reader, json_t *value, void *out, struct error *err)
{
	if (read_text(reader, value, out, err) < 0)
		return -1;
	if (suppression_is_date(*(const char **)out))
		return 0;
	return fields_refuse(reader, err, "this is no day, as \"2027-01-31\"");
}

static const struct field suppression_fields[] = {
	{ "rule", read_rule, true, offsetof(struct suppression, rule) },
	{ "file", read_text, false, offsetof(struct suppression, files) },
	{ "service", read_text, false, offsetof(struct suppression, services) },
	{ "reason", read_reason, true, offsetof(struct suppression, reason) },
	{ "expires", read_date, false, offsetof(struct suppression, expires) },
};

static int read_suppression(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct suppression *suppression = out;

	suppression->origin = fields_origin(reader, err);
	if (suppression->origin == NULL)
		return -1;
	return fields_read(reader, value, suppression_fields, ARRAY_LEN(suppression_fields),
	                   suppression, err);
}

int import_suppressions(const char *text, size_t size, const char *name, struct arena *arena,
                        struct suppression_list *out, struct error *err)
{
	struct spec_builder builder = { .arena = arena };
	struct reader reader = { .prefix = "", .builder = &builder };
	struct fields_items items = { .items = NULL };
	json_auto_t *root = NULL;

	if (document_parse(text, size, IMPORT_SUPPRESSIONS_SIZE_MAX, &root, err) < 0 ||
	    fields_items(&reader, root, SUPPRESSIONS_MAX, sizeof(struct suppression),
	                 read_suppression, &items, err) < 0)
		return document_name_file(name, err);
	*out = (struct suppression_list){ items.items, items.count };
	return 0;
}

int import_suppression(const char *text, struct arena *arena, struct suppression *out,
                       struct error *err)
{
	struct spec_builder builder = { .arena = arena };
	const char *equals = strchr(text, '=');
	struct suppression suppression = { .origin = "--ignore" };
	char name[48];

	if (equals == NULL || (size_t)(equals - text) >= sizeof(name)) {
		(void)error_hint(err, "--ignore HR012='the service binds port 80 as root'");
		return error_set(err, ERROR_USAGE, "what is ignored needs its reason: ID=REASON");
	}
	memcpy(name, text, (size_t)(equals - text));
	name[equals - text] = '\0';
	if (find_rule(name, &suppression.rule, err) < 0 || relax_check_reason(equals + 1, err) < 0)
		return error_at(err, "--ignore %.100s", text);
	suppression.reason = spec_copy(&builder, equals + 1, err);
	if (suppression.reason == NULL)
		return -1;
	*out = suppression;
	return 0;
}
