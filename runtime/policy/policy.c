/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/policy.h"

#include <stdio.h>

#include "base/text.h"
#include "policy/rule_help.h"
#include "spec/spec_oci.h"

#define WAY_OUT_SIZE 200 /* bytes */

const char *policy_action_name(enum policy_action action)
{
	static const char *const names[POLICY_ACTION_COUNT] = { "allow", "warn", "harden",
		                                                "refuse" };

	return names[action];
}

void policy_fill(struct policy *policy, enum policy_action action)
{
	for (size_t i = 0; i < RULE_POLICY_COUNT; i++)
		policy->actions[i] = rule_table[i].is_beyond_oci ? POLICY_ALLOW : action;
}

/* A spec that can be changed, made when the first rule hardens. */
struct draft {
	struct arena *arena; /* NULL: none was made */
	struct spec *spec;
	struct spec_oci *oci;
};

static struct rule_subject subject_of(const struct policy_request *request, const struct spec *spec)
{
	return (struct rule_subject){ .spec = spec, .resolve = request->resolve };
}

static enum policy_action action_of(const struct policy_request *request, const struct spec *spec,
                                    size_t rule)
{
	const enum policy_action action = request->policy->actions[rule];

	if (request->is_joining && !rule_table[rule].is_of_process)
		return POLICY_ALLOW;
	return action == POLICY_HARDEN && spec->oci == NULL ? POLICY_WARN : action;
}

static void set_place(const struct policy_request *request, const struct rule_finding *finding,
                      struct error *err)
{
	char place[96];
	char file[56];

	text_shorten(place, sizeof(place), finding->origin == NULL ? "" : finding->origin);
	text_shorten(file, sizeof(file), request->file == NULL ? "" : request->file);
	/* What is no pointer is an option or a default, and stands in no file. */
	if (file[0] == '\0' || place[0] != '/')
		(void)error_at(err, "%s", place);
	else
		(void)error_at(err, "%s in %s", place, file);
}

static int refuse(const struct policy_request *request, const struct spec *spec,
                  const struct rule *rule, const struct rule_finding *finding, struct error *err)
{
	char way_out[WAY_OUT_SIZE];

	rule_write_instead(way_out, sizeof(way_out), rule, rule_language(spec));
	(void)error_set(err, ERROR_DENIED, "the policy of this host refuses %s: %s", rule->name,
	                finding->what);
	set_place(request, finding, err);
	return error_hint(err, "%s; or have the rule changed in " POLICY_FOLDER "/" POLICY_NAME,
	                  way_out);
}

static int refuse_what_is_forbidden(const struct policy_request *request, const struct spec *spec,
                                    struct error *err)
{
	const struct rule_subject subject = subject_of(request, spec);
	struct rule_finding finding;

	for (size_t i = 0; i < RULE_POLICY_COUNT; i++) {
		if (action_of(request, spec, i) == POLICY_REFUSE &&
		    rule_find(&rule_table[i], &subject, 0, &finding))
			return refuse(request, spec, &rule_table[i], &finding, err);
	}
	return 0;
}

/* @not_hardened: why; NULL: it was not to be. */
static void warn(const struct policy_request *request, const struct spec *spec,
                 const struct rule *rule, const struct rule_finding *finding,
                 const char *not_hardened)
{
	struct error warning = { .kind = ERROR_NONE };
	char way_out[WAY_OUT_SIZE];

	if (request->warn == NULL)
		return;
	if (not_hardened == NULL)
		(void)error_set(&warning, ERROR_SPEC, "%s: %s", rule->name, finding->what);
	else
		(void)error_set(&warning, ERROR_SPEC, "%s: %s; it is not hardened: %s", rule->name,
		                finding->what, not_hardened);
	set_place(request, finding, &warning);
	rule_write_instead(way_out, sizeof(way_out), rule, rule_language(spec));
	(void)error_hint(&warning, "%s", way_out);
	request->warn(&warning);
}

static int start_draft(struct draft *draft, const struct spec *spec, struct error *err)
{
	if (draft->arena != NULL)
		return 0;
	if (arena_new(&draft->arena, err) < 0)
		return -1;
	draft->spec = arena_alloc(draft->arena, sizeof(*draft->spec), err);
	draft->oci = arena_alloc(draft->arena, sizeof(*draft->oci), err);
	if (draft->spec == NULL || draft->oci == NULL)
		return -1;
	*draft->spec = *spec;
	*draft->oci = *spec->oci;
	draft->spec->arena = draft->arena;
	draft->spec->oci = draft->oci;
	return 0;
}

static int settle(const struct policy_request *request, const struct spec *spec, size_t index,
                  struct draft *draft, struct error *err)
{
	const struct rule_subject subject = subject_of(request, spec);
	const enum policy_action action = action_of(request, spec, index);
	const struct rule *rule = &rule_table[index];
	const char *reason = NULL;
	struct rule_finding finding;

	if (action != POLICY_WARN && action != POLICY_HARDEN)
		return 0;
	if (!rule_find(rule, &subject, 0, &finding))
		return 0;
	if (action == POLICY_HARDEN && rule->refrain != NULL)
		reason = rule->refrain(spec);
	if (action == POLICY_WARN || reason != NULL) {
		warn(request, spec, rule, &finding, reason);
		return 0;
	}
	if (start_draft(draft, spec, err) < 0)
		return -1;
	return rule->harden(draft->spec, draft->oci, draft->arena, err);
}

static int settle_all(const struct policy_request *request, const struct spec *spec,
                      struct draft *draft, struct error *err)
{
	for (size_t i = 0; i < RULE_POLICY_COUNT; i++) {
		if (settle(request, spec, i, draft, err) < 0)
			return -1;
	}
	return 0;
}

int policy_apply(const struct policy_request *request, struct spec **spec, struct error *err)
{
	struct draft draft = { .arena = NULL };

	if (refuse_what_is_forbidden(request, *spec, err) < 0)
		return -1;
	if (settle_all(request, *spec, &draft, err) < 0) {
		arena_free(draft.arena);
		return -1;
	}
	if (draft.arena == NULL)
		return 0;
	arena_adopt(draft.arena, (*spec)->arena);
	*spec = draft.spec;
	return arena_seal(draft.arena, err);
}

int policy_judge_update(const struct policy_request *request,
                        const struct spec_oci_resources *resources, struct error *err)
{
	const struct spec_oci oci = { .version = "" };
	const struct spec spec = { .oci = &oci };
	struct rule_finding finding;

	for (size_t i = 0; i < RULE_POLICY_COUNT; i++) {
		const struct rule *rule = &rule_table[i];
		const enum policy_action action = request->policy->actions[i];

		if (action == POLICY_ALLOW || rule->is_lifted == NULL ||
		    !rule->is_lifted(resources, &finding))
			continue;
		if (action == POLICY_REFUSE)
			return refuse(request, &spec, rule, &finding, err);
		warn(request, &spec, rule, &finding, NULL);
	}
	return 0;
}
