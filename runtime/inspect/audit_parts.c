/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/audit_parts.h"

#include <stdio.h>
#include <string.h>

#include "policy/rule_help.h"
#include "spec/spec_language.h"

const char *audit_state_name(enum audit_state state)
{
	static const char *const names[] = { "holds", "accepted", "fails", "not judged" };

	return names[state];
}

enum audit_state audit_state_of(const struct audit_part *part, size_t rule,
                                const struct audit_finding **out_finding)
{
	const struct audit_finding *found = NULL;

	for (size_t i = 0; i < part->finding_count; i++) {
		const struct audit_finding *finding = &part->findings[i];

		if (finding->rule != &rule_table[rule])
			continue;
		if (found == NULL || (found->suppression != NULL && finding->suppression == NULL))
			found = finding;
	}
	*out_finding = found;
	if (found != NULL)
		return found->suppression == NULL ? AUDIT_FAILS : AUDIT_ACCEPTED;
	return (part->judged & AUDIT_BIT(rule)) != 0 ? AUDIT_HOLDS : AUDIT_NOT_JUDGED;
}

/* What all that is written at the one place comes from. */
static const struct rule *cause_of(const struct audit_part *part,
                                   const struct audit_finding *finding)
{
	const struct rule *privileged = &rule_table[RULE_PRIVILEGED];

	for (size_t i = 0; i < part->finding_count; i++) {
		if (part->findings[i].rule == privileged &&
		    strcmp(part->findings[i].origin, finding->origin) == 0)
			return privileged;
	}
	return finding->rule;
}

void audit_write_instead(char *out, const struct audit_part *part,
                         const struct audit_finding *finding)
{
	if (part->language == SPEC_LANGUAGE_COUNT)
		(void)snprintf(out, AUDIT_INSTEAD_SIZE, "look at it again, then give it a new day");
	else
		rule_write_instead(out, AUDIT_INSTEAD_SIZE, cause_of(part, finding),
		                   part->language);
}

const char *audit_part_title(const struct audit_part *part)
{
	return part->language == SPEC_LANGUAGE_COUNT ? "what is accepted"
	                                             : spec_language_title(part->language);
}

static void add_part(struct audit_sum *sum, const struct audit_part *part)
{
	if (part->exposure > sum->exposure)
		sum->exposure = part->exposure;
	if (part->rating > sum->rating)
		sum->rating = part->rating;
	for (size_t i = 0; i < part->finding_count; i++) {
		if (part->findings[i].suppression != NULL)
			sum->accepted++;
		else
			sum->open[part->findings[i].rule->severity]++;
	}
}

struct audit_sum audit_sum(const struct audit *audit)
{
	struct audit_sum sum = { .rating = AUDIT_LOCKED };
	size_t count;
	const struct audit_part *parts = audit_parts(audit, &count);

	for (size_t i = 0; i < count; i++)
		add_part(&sum, &parts[i]);
	return sum;
}
