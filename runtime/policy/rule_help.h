/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What people are told about a rule beside its finding. The texts are characters, not pointers, so
 * that a launch, which reads none of them, does not pay for their relocation.
 */
#ifndef HARDRUN_POLICY_RULE_HELP_H
#define HARDRUN_POLICY_RULE_HELP_H

#include <stddef.h>

#include "policy/rules.h"

/* The control in force, as a sentence: "is not privileged". */
const char *rule_holds(const struct rule *rule);

/*
 * Where the rule comes from: "A3, A9, B; CIS Docker 5.5; PSS baseline". hardrun-audit(1) says what
 * these are.
 */
const char *rule_sources(const struct rule *rule);

/* Write what to write instead in @language to @out, of @size bytes. */
void rule_write_instead(char *out, size_t size, const struct rule *rule,
                        enum spec_language language);

#endif
