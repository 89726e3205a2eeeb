/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's policy. Source: hardrun-policy(5). */
#include <string.h>

#include "base/text.h"
#include "import/document.h"
#include "import/fields.h"
#include "import/import.h"

#define VERSION 1

static int read_version(struct reader *reader, json_t *value, void *out, struct error *err)
{
	if (json_is_integer(value) && json_integer_value(value) == VERSION)
		return 0;
	return fields_refuse(reader, err, "this hardrun knows version %d of a policy only",
	                     VERSION);
}

static int refuse_action(const struct reader *reader, const char *text, struct error *err)
{
	struct text_nearest nearest = { .word = text };

	for (int i = 0; i < POLICY_ACTION_COUNT; i++)
		text_nearest_try(&nearest, policy_action_name((enum policy_action)i));
	if (nearest.best != NULL)
		(void)error_hint(err, "did you mean \"%s\"?", nearest.best);
	return fields_refuse(reader, err,
	                     "\"%.40s\" is not one of \"allow\", \"warn\", \"harden\", \"refuse\"",
	                     text);
}

static int read_action(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *text;

	if (fields_string(reader, value, &text, err) < 0)
		return -1;
	for (int i = 0; i < POLICY_ACTION_COUNT; i++) {
		if (strcmp(policy_action_name((enum policy_action)i), text) != 0)
			continue;
		*(enum policy_action *)out = (enum policy_action)i;
		return 0;
	}
	return refuse_action(reader, text, err);
}

/* Refuse "harden" where nothing can be added. */
static int refuse_hardening(const struct reader *reader, const char *what, struct error *err)
{
	struct text names = { 0 };

	for (size_t i = 0; i < RULE_POLICY_COUNT; i++) {
		if (rule_table[i].harden != NULL)
			text_add_format(&names, "%s%s", names.length > 0 ? ", " : "",
			                rule_table[i].name);
	}
	(void)fields_refuse(reader, err, "%s cannot be hardened", what);
	if (!names.is_broken)
		(void)error_hint(err, "write \"refuse\" or \"warn\"; these can be hardened: %s",
		                 names.bytes);
	text_release(&names);
	return -1;
}

static int read_default(struct reader *reader, json_t *value, void *out, struct error *err)
{
	enum policy_action action = POLICY_ALLOW;

	if (read_action(reader, value, &action, err) < 0)
		return -1;
	if (action == POLICY_HARDEN)
		return refuse_hardening(reader, "what most rules look for", err);
	policy_fill(out, action);
	return 0;
}

static int read_rule(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *name = reader->pointer + strlen("/rules/");
	enum policy_action action = POLICY_ALLOW;
	size_t rule = 0;

	if (read_action(reader, value, &action, err) < 0)
		return -1;
	while (strcmp(rule_table[rule].name, name) != 0)
		rule++;
	if (action == POLICY_HARDEN && rule_table[rule].harden == NULL)
		return refuse_hardening(reader, name, err);
	*(enum policy_action *)out = action;
	return 0;
}

static int read_rules(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct field fields[RULE_POLICY_COUNT];

	for (size_t i = 0; i < RULE_POLICY_COUNT; i++)
		fields[i] = (struct field){ rule_table[i].name, read_rule, false,
			                    i * sizeof(enum policy_action) };
	return fields_read(reader, value, fields, RULE_POLICY_COUNT,
	                   ((struct policy *)out)->actions, err);
}

/* In this order: a rule has the last word over the default. */
static const struct field policy_fields[] = {
	{ "hardrun", read_version },
	{ "default", read_default },
	{ "rules", read_rules },
};

int import_policy(const char *text, size_t size, const char *name, struct policy *out,
                  struct error *err)
{
	struct reader reader = { .prefix = "" };
	struct policy policy;
	json_auto_t *root = NULL;

	policy_fill(&policy, POLICY_WARN);
	if (document_parse(text, size, IMPORT_POLICY_SIZE_MAX, &root, err) < 0 ||
	    fields_read(&reader, root, policy_fields, ARRAY_LEN(policy_fields), &policy, err) < 0)
		return document_name_file(name, err);
	*out = policy;
	return 0;
}
