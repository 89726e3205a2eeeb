/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is weak in specs of any language: each is held against the one table of rules. An audit
 * changes nothing and decides nothing; the exit status is the caller's.
 */
#ifndef HARDRUN_INSPECT_AUDIT_H
#define HARDRUN_INSPECT_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "policy/rules.h"
#include "policy/suppression.h"

/* Where something stands, for whoever wants to go there. */
struct audit_place {
	const char *file;
	uint32_t line;   /* from 1; 0: not known */
	uint32_t column; /* from 1; 0: not known */
};

struct audit_finding {
	const struct rule *rule;
	const char *what;   /* "the process is root" */
	const char *origin; /* "/services/web/user" */
	struct audit_place place;
	const struct suppression *suppression; /* that accepts it; NULL: it is open */
};

/* Of the worst open finding. */
enum audit_rating {
	AUDIT_LOCKED, /* there is none */
	AUDIT_OK,
	AUDIT_MEDIUM,
	AUDIT_EXPOSED,
	AUDIT_UNSAFE,
};

#define AUDIT_BIT(index) (UINT64_C(1) << (index))

/* What was audited by itself: a container, a service, an image. */
struct audit_part {
	const char *file;
	const char *name; /* of the service; NULL: the file is about one thing */
	enum spec_language language;
	const struct audit_finding *findings; /* the worst first */
	size_t finding_count;
	uint64_t judged;       /* AUDIT_BIT() of each rule that applies and could be judged */
	uint64_t failed;       /* of each that found something, accepted or not */
	unsigned int exposure; /* tenths: weight of what failed in what was judged; 0 to 100 */
	enum audit_rating rating;
};

struct audit;

/* Owns: release with audit_free(). */
MUST_CHECK int audit_new(struct audit **out, struct error *err);
void audit_free(struct audit *audit); /* NULL is fine */

/* What a spec is held against, and where its findings are placed. */
struct audit_request {
	const char *file;            /* its name, for people; must live as long as the audit */
	struct rule_subject subject; /* spec and all it points to must live as long, too */
	const struct suppression_list *suppressions;
	const char *today; /* "2026-12-31" */
	/* Completes @place, which has the file. NULL: nothing is known but that. */
	void (*locate)(void *context, const char *origin, struct audit_place *place);
	void *context;
};

/* Audit one spec, as one part. */
MUST_CHECK int audit_add(struct audit *audit, const struct audit_request *request,
                         struct error *err);

/*
 * Audit the suppressions themselves, as one part if one of them has expired; subject.spec of
 * @request is not read, nor are its suppressions.
 */
MUST_CHECK int audit_add_suppressions(struct audit *audit, const struct audit_request *request,
                                      const struct suppression_list *list, struct error *err);

/* In the order in which they were added. */
const struct audit_part *audit_parts(const struct audit *audit, size_t *out_count);

/* How many findings are open that are @least as severe. */
size_t audit_count_open(const struct audit *audit, enum rule_severity least);

/* "EXPOSED" */
const char *audit_rating_name(enum audit_rating rating);

#endif
