/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The account of what a language could not say. A writer says what it writes; what the spec holds
 * beyond that is lost, and every loss is told: a restriction as an error, unless the caller lets
 * go of it by name, all else as a warning.
 */
#ifndef HARDRUN_EXPORT_LOSSES_H
#define HARDRUN_EXPORT_LOSSES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/text.h"
#include "export/export.h"
#include "export/members.h"

struct losses {
	const struct export_request *request;
	const struct spec *original;
	const struct spec
		*spec;        /* what is written: the same, or what a native one was lowered to */
	const char *language; /* "docker run", for people */
	bool *said;           /* member_count of them */
	struct text controls; /* of restrictions, "a,b": for the hint */
	struct text titles;
	size_t restriction_count;
	struct error first; /* of the restrictions */
};

#define AUTO_LOSSES CLEANUP(losses_release)

/* Owns: AUTO_LOSSES releases it. */
MUST_CHECK int losses_begin(struct losses *losses, const struct export_request *request,
                            const struct spec *original, const struct spec *spec,
                            const char *language, struct error *err);
void losses_release(struct losses *losses);

/* The member of the spec at @member has been written, or is what the language does anyway. */
void losses_said(struct losses *losses, const void *member);

/* The member at @member, or a part of it that @format tells, cannot be written. */
void losses_add(struct losses *losses, const void *member, const char *origin, const char *format,
                ...) PRINTF_LIKE(4, 5);

/* As losses_add() for the member @name of an item of a list: "spec_oci_mount.propagation". */
void losses_add_of_item(struct losses *losses, const char *name, const char *origin,
                        const char *format, ...) PRINTF_LIKE(4, 5);

/* Tell of something at @origin that is neither a restriction nor a permission that is lost. */
void losses_note(struct losses *losses, const char *origin, const char *format, ...)
	PRINTF_LIKE(3, 4);

/*
 * Tell of all that is there and was not said.
 * Errors: ERROR_SPEC at the origin of the first restriction that is lost, naming all of them.
 */
MUST_CHECK int losses_settle(struct losses *losses, struct error *err);

#endif
