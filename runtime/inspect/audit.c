/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/audit.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "spec/spec_engine.h"

/* Of one rule in one part; looking for the next one costs more the further it goes. */
#define FINDINGS_MAX 50

static_assert(RULE_COUNT <= 64, "a part has a bit for each rule");

struct audit {
	struct arena *arena; /* of all texts and findings */
	struct audit_part *parts;
	size_t part_count;
	size_t part_capacity;
};

/* The findings of the part that is being made. */
struct draft {
	struct audit *audit;
	const struct audit_request *request;
	struct audit_part *part;
	struct audit_finding *findings;
	size_t count;
	size_t capacity;
};

int audit_new(struct audit **out, struct error *err)
{
	struct audit *audit = calloc(1, sizeof(*audit));

	if (audit == NULL)
		return error_set_errno(err, "cannot begin an audit");
	if (arena_new(&audit->arena, err) < 0) {
		free(audit);
		return -1;
	}
	*out = audit;
	return 0;
}

void audit_free(struct audit *audit)
{
	if (audit == NULL)
		return;
	arena_free(audit->arena);
	free(audit->parts);
	free(audit);
}

/* Room for one more of the @count items of @size bytes at @items. */
static int make_room(void **items, size_t count, size_t *capacity, size_t size, struct error *err)
{
	const size_t wanted = *capacity == 0 ? 32 : *capacity * 2;
	void *grown;

	if (count < *capacity)
		return 0;
	grown = reallocarray(*items, wanted, size);
	if (grown == NULL) {
		(void)error_set_errno(err, "cannot keep the findings");
		return -1;
	}
	*items = grown;
	*capacity = wanted;
	return 0;
}

static const char *keep(struct audit *audit, const char *text, struct error *err)
{
	const size_t size = strlen(text) + 1;
	char *copy = arena_alloc(audit->arena, size, err);

	return copy == NULL ? NULL : memcpy(copy, text, size);
}

/* What was found; of a relaxation with the reason that the spec gives. */
static const char *tell(struct draft *draft, const struct rule *rule,
                        const struct rule_finding *found, struct error *err)
{
	const struct spec *spec = draft->request->subject.spec;
	AUTO_TEXT struct text text = { 0 };
	const char *reason = NULL;

	if (spec != NULL && spec->oci == NULL && rule->relaxation != RELAX_COUNT)
		reason = spec->relaxations[rule->relaxation].reason;
	if (reason == NULL)
		return keep(draft->audit, found->what, err);
	text_add_format(&text, "%s (%s)", found->what, reason);
	if (text.is_broken) {
		(void)error_set(err, ERROR_SYSTEM, "memory is out");
		return NULL;
	}
	return keep(draft->audit, text.bytes, err);
}

static int add_finding(struct draft *draft, const struct rule *rule,
                       const struct rule_finding *found, struct error *err)
{
	const struct audit_request *request = draft->request;
	void *items = draft->findings;
	struct audit_finding finding = {
		.rule = rule,
		.origin = found->origin == NULL ? "" : found->origin,
		.place = { .file = request->file },
	};

	if (make_room(&items, draft->count, &draft->capacity, sizeof(finding), err) < 0)
		return -1;
	draft->findings = items;
	finding.what = tell(draft, rule, found, err);
	if (finding.what == NULL)
		return -1;
	if (request->suppressions != NULL)
		finding.suppression = suppression_find(request->suppressions, rule, request->file,
		                                       draft->part->name, request->today);
	if (request->locate != NULL)
		request->locate(request->context, finding.origin, &finding.place);
	draft->findings[draft->count++] = finding;
	draft->part->failed |= AUDIT_BIT(rule - rule_table);
	return 0;
}

/* Say behind the last finding that there are @more. */
static int add_remark(struct draft *draft, const char *more, struct error *err)
{
	AUTO_TEXT struct text text = { 0 };
	struct audit_finding *last;

	assert(draft->count > 0);
	last = &draft->findings[draft->count - 1];
	text_add_format(&text, "%s, and %s", last->what, more);
	if (text.is_broken)
		return error_set(err, ERROR_SYSTEM, "memory is out");
	last->what = keep(draft->audit, text.bytes, err);
	return last->what == NULL ? -1 : 0;
}

static int count_more(struct draft *draft, size_t more, struct error *err)
{
	char text[32];

	if (more == 0)
		return 0;
	(void)snprintf(text, sizeof(text), "%zu more", more);
	return add_remark(draft, text, err);
}

static bool is_at_last(const struct draft *draft, size_t first, const struct rule_finding *found)
{
	return draft->count > first && strcmp(draft->findings[draft->count - 1].origin,
	                                      found->origin == NULL ? "" : found->origin) == 0;
}

/* Findings of one rule at one place are one. */
static int judge(struct draft *draft, const struct rule *rule, struct error *err)
{
	const size_t first = draft->count;
	struct rule_finding found;
	size_t more = 0;

	for (size_t i = 0; rule_find(rule, &draft->request->subject, i, &found); i++) {
		if (i == FINDINGS_MAX)
			return add_remark(draft, "more, which are not told", err);
		if (is_at_last(draft, first, &found)) {
			more++;
			continue;
		}
		if (count_more(draft, more, err) < 0 || add_finding(draft, rule, &found, err) < 0)
			return -1;
		more = 0;
	}
	return count_more(draft, more, err);
}

/* The table has the worst first, but for what engines and builds add. */
static int compare_findings(const void *left, const void *right)
{
	const struct audit_finding *a = left;
	const struct audit_finding *b = right;

	if (a->rule->severity != b->rule->severity)
		return a->rule->severity > b->rule->severity ? -1 : 1;
	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	if (a->place.line != b->place.line)
		return a->place.line < b->place.line ? -1 : 1;
	if (a->place.column != b->place.column)
		return a->place.column < b->place.column ? -1 : 1;
	return strcmp(a->origin, b->origin);
}

static unsigned int weigh(uint64_t rules)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < RULE_COUNT; i++)
		sum += (rules & AUDIT_BIT(i)) != 0 ? rule_table[i].weight : 0;
	return sum;
}

static unsigned int expose(const struct audit_part *part)
{
	const unsigned int whole = weigh(part->judged);

	return whole == 0 ? 0 : (weigh(part->failed) * 100 + whole / 2) / whole;
}

static enum audit_rating rate(const struct audit_part *part)
{
	enum audit_rating worst = AUDIT_LOCKED;

	for (size_t i = 0; i < part->finding_count; i++) {
		const enum audit_rating rating =
			(enum audit_rating)(part->findings[i].rule->severity + AUDIT_OK);

		if (part->findings[i].suppression == NULL && rating > worst)
			worst = rating;
	}
	return worst;
}

static int settle(struct draft *draft, struct error *err)
{
	struct audit_part *part = draft->part;
	const size_t size = draft->count * sizeof(*draft->findings);
	struct audit_finding *kept;

	if (draft->count > 0) {
		qsort(draft->findings, draft->count, sizeof(*draft->findings), compare_findings);
		kept = arena_alloc(draft->audit->arena, size, err);
		if (kept == NULL)
			return -1;
		part->findings = memcpy(kept, draft->findings, size);
		part->finding_count = draft->count;
	}
	part->exposure = expose(part);
	part->rating = rate(part);
	draft->audit->part_count++;
	return 0;
}

static int begin(struct draft *draft, struct error *err)
{
	struct audit *audit = draft->audit;
	void *items = audit->parts;

	if (make_room(&items, audit->part_count, &audit->part_capacity, sizeof(*audit->parts),
	              err) < 0)
		return -1;
	audit->parts = items;
	draft->part = &audit->parts[audit->part_count];
	*draft->part = (struct audit_part){ .file = draft->request->file };
	return 0;
}

/* A bare config.json or native spec is about one thing, which its file names. */
static const char *name_of(const struct spec *spec)
{
	return spec->engine == NULL ? NULL : spec->engine->service.value;
}

/* What the first one found leaves open whether the control of the second one holds. */
static const struct {
	enum rule_id found;
	enum rule_id open;
} eclipses[] = {
	{ RULE_IMAGE_USER, RULE_ROOT_USER },     { RULE_NO_USER, RULE_ROOT_USER },
	{ RULE_ENGINE_SOCKET, RULE_WRITE },      { RULE_SENSITIVE_MOUNT, RULE_WRITE },
	{ RULE_WRITABLE_ROOT, RULE_EXEC_PATHS }, { RULE_NO_MEMORY_LIMIT, RULE_NO_SWAP_LIMIT },
};

static void leave_open(struct audit_part *part)
{
	for (size_t i = 0; i < ARRAY_LEN(eclipses); i++) {
		if ((part->failed & AUDIT_BIT(eclipses[i].found)) != 0 &&
		    (part->failed & AUDIT_BIT(eclipses[i].open)) == 0)
			part->judged &= ~AUDIT_BIT(eclipses[i].open);
	}
}

static bool is_judged(const struct rule *rule, const struct audit_part *part,
                      const struct rule_subject *subject)
{
	return rule_applies(rule, part->language) &&
	       (rule->is_told == NULL || rule->is_told(subject));
}

static int judge_all(struct draft *draft, struct error *err)
{
	const struct rule_subject *subject = &draft->request->subject;

	for (size_t i = 0; i < RULE_COUNT; i++) {
		if (!is_judged(&rule_table[i], draft->part, subject))
			continue;
		draft->part->judged |= AUDIT_BIT(i);
		if (judge(draft, &rule_table[i], err) < 0)
			return -1;
	}
	leave_open(draft->part);
	return settle(draft, err);
}

int audit_add(struct audit *audit, const struct audit_request *request, struct error *err)
{
	struct draft draft = { .audit = audit, .request = request };
	int result;

	if (begin(&draft, err) < 0)
		return -1;
	draft.part->name = name_of(request->subject.spec);
	draft.part->language = rule_language(request->subject.spec);
	result = judge_all(&draft, err);
	free(draft.findings);
	return result;
}

static int judge_suppressions(struct draft *draft, const struct suppression_list *list,
                              struct error *err)
{
	const struct rule *rule = &rule_table[RULE_SUPPRESSION_EXPIRED];

	for (size_t i = 0; i < list->count; i++) {
		const struct suppression *item = &list->items[i];
		struct rule_finding found = { .origin = item->origin };

		if (!suppression_has_expired(item, draft->request->today))
			continue;
		(void)snprintf(found.what, sizeof(found.what),
		               "%s (%s) was accepted before %s only: %.100s", item->rule->id,
		               item->rule->name, item->expires, item->reason);
		if (add_finding(draft, rule, &found, err) < 0)
			return -1;
	}
	return draft->count == 0 ? 0 : settle(draft, err);
}

int audit_add_suppressions(struct audit *audit, const struct audit_request *request,
                           const struct suppression_list *list, struct error *err)
{
	struct audit_request own = *request;
	struct draft draft = { .audit = audit, .request = &own };
	int result;

	own.suppressions = NULL;
	if (begin(&draft, err) < 0)
		return -1;
	draft.part->language = SPEC_LANGUAGE_COUNT;
	result = judge_suppressions(&draft, list, err);
	free(draft.findings);
	return result;
}

const struct audit_part *audit_parts(const struct audit *audit, size_t *out_count)
{
	*out_count = audit->part_count;
	return audit->parts;
}

size_t audit_count_open(const struct audit *audit, enum rule_severity least)
{
	size_t count = 0;

	for (size_t i = 0; i < audit->part_count; i++) {
		const struct audit_part *part = &audit->parts[i];

		for (size_t j = 0; j < part->finding_count; j++)
			count += part->findings[j].suppression == NULL &&
			         part->findings[j].rule->severity >= least;
	}
	return count;
}

const char *audit_rating_name(enum audit_rating rating)
{
	static const char *const names[] = { "LOCKED", "OK", "MEDIUM", "EXPOSED", "UNSAFE" };

	return names[rating];
}
