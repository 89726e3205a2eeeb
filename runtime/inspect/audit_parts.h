/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the formats of an audit's report share; for them only. */
#ifndef HARDRUN_INSPECT_AUDIT_PARTS_H
#define HARDRUN_INSPECT_AUDIT_PARTS_H

#include <stddef.h>

#include "inspect/audit_report.h"

#define AUDIT_INSTEAD_SIZE 200 /* bytes */

enum audit_state {
	AUDIT_HOLDS,
	AUDIT_ACCEPTED, /* all that was found is accepted */
	AUDIT_FAILS,
	AUDIT_NOT_JUDGED, /* it does not apply */
};

/* "holds" */
const char *audit_state_name(enum audit_state state);

/* What is to be said of rule number @rule in @part, and its worst open finding, else the first. */
enum audit_state audit_state_of(const struct audit_part *part, size_t rule,
                                const struct audit_finding **out_finding);

/* What to write instead, in the language of the part, to @out of AUDIT_INSTEAD_SIZE bytes. */
void audit_write_instead(char *out, const struct audit_part *part,
                         const struct audit_finding *finding);

/* "a Compose file" */
const char *audit_part_title(const struct audit_part *part);

/* Of all parts. */
struct audit_sum {
	size_t open[RULE_CRITICAL + 1]; /* findings by severity */
	size_t accepted;
	unsigned int exposure;    /* of the part that is most exposed */
	enum audit_rating rating; /* the worst */
};

struct audit_sum audit_sum(const struct audit *audit);

#endif
