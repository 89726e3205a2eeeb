/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host's policy: what follows where a rule finds something. It stands between import and
 * plan: it refuses a spec, or gives another one that is harder.
 */
#ifndef HARDRUN_POLICY_POLICY_H
#define HARDRUN_POLICY_POLICY_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/error.h"
#include "policy/rules.h"

#define POLICY_FOLDER "/etc/hardrun"
#define POLICY_NAME   "policy.json"

enum policy_action {
	POLICY_ALLOW,
	POLICY_WARN,
	POLICY_HARDEN, /* of a config.json; a native spec says itself why it needs what it relaxes
	                */
	POLICY_REFUSE,
	POLICY_ACTION_COUNT,
};

struct policy {
	enum policy_action actions[RULE_POLICY_COUNT];
};

/* "allow" */
const char *policy_action_name(enum policy_action action);

/* @action for every rule but those that are only meant by name, which are allowed. */
void policy_fill(struct policy *policy, enum policy_action action);

struct policy_request {
	const struct policy *policy;
	/* Leads a path of the host to where it ends; see struct rule_subject. */
	bool (*resolve)(const char *path, char *out);
	const char *file; /* that the spec was read from, for messages; NULL: not known */
	bool is_joining;  /* only the process is new, and only its rules hold */
	void (*warn)(const struct error *warning); /* NULL: nobody listens */
};

/*
 * Judge **@spec, which is sealed, and put a hardened one in its place where the policy wants it.
 * Who is refused is not warned.
 * Errors: ERROR_DENIED with the rule, the place and the way out.
 * Owns: arena_free((*spec)->arena) releases all, the old one too, whatever is returned.
 */
MUST_CHECK int policy_apply(const struct policy_request *request, struct spec **spec,
                            struct error *err);

/*
 * Judge @resources, by which a container's limits are to be changed. Nothing is hardened: what
 * would be is warned about. Errors: ERROR_DENIED as policy_apply().
 */
MUST_CHECK int policy_judge_update(const struct policy_request *request,
                                   const struct spec_oci_resources *resources, struct error *err);

#endif
