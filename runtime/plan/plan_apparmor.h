/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of the generated AppArmor profile. For the plan floor and its tests. */
#ifndef HARDRUN_PLAN_PLAN_APPARMOR_H
#define HARDRUN_PLAN_PLAN_APPARMOR_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/error.h"
#include "kernel/capability.h"
#include "plan/plan.h"

/*
 * What a generated profile's name begins with; the rest follows from its text. The first kind is
 * loaded by hardrun and swept when no container uses it. The second is an ordinary user's: root
 * has to load it by hand, and it stays.
 */
#define PLAN_APPARMOR_PREFIX      "hardrun-"
#define PLAN_APPARMOR_USER_PREFIX "hardrun_user-"

#define PLAN_APPARMOR_NAME_SIZE 64

/* profiles/apparmor/generated.in */
extern const char plan_apparmor_template[];

/* What the text depends on. */
struct plan_apparmor_facts {
	const char *prefix; /* of the name */
	const struct plan_node *nodes;
	size_t node_count;
	capability_set capabilities;
	bool may_nest_user_namespaces;
	bool has_new_classes; /* the parser is of AppArmor 4 or later */
	const char *starter;  /* label of the launcher */
	const char *stdio[3]; /* files of the host that are open for writing; NULL: none */
};

/*
 * Make the profile. Equal facts give equal texts and names.
 * Errors: ERROR_SPEC for a path that no profile can hold.
 * Owns: release *@out_text with free().
 */
MUST_CHECK int plan_apparmor_write(const struct plan_apparmor_facts *facts,
                                   char out_name[PLAN_APPARMOR_NAME_SIZE], char **out_text,
                                   struct error *err);

#endif
