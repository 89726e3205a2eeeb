/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Findings that somebody has accepted: of one rule, in some files and services, for a reason and
 * perhaps for a time.
 */
#ifndef HARDRUN_POLICY_SUPPRESSION_H
#define HARDRUN_POLICY_SUPPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/rules.h"

#define SUPPRESSION_DATE_SIZE sizeof("2027-01-01")

struct suppression {
	const struct rule *rule;
	const char *files;    /* pattern of fnmatch(3); NULL: every one */
	const char *services; /* pattern; NULL: every one */
	const char *reason;
	const char *expires; /* the first day on which it is none; NULL: never */
	const char *origin;  /* where it is written: "/0", "--ignore" */
};

struct suppression_list {
	const struct suppression *items;
	size_t count;
};

/* Is @text a day of the calendar, "2027-01-01"? */
bool suppression_is_date(const char *text);

/* @today: "2026-12-31". */
bool suppression_has_expired(const struct suppression *suppression, const char *today);

/*
 * The first of @list that has not expired and accepts findings of @rule in @file about @service,
 * which may be NULL. A pattern of files without a slash is held against the file's own name.
 */
const struct suppression *suppression_find(const struct suppression_list *list,
                                           const struct rule *rule, const char *file,
                                           const char *service, const char *today);

#endif
