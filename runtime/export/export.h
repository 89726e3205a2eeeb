/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a spec to a text, in any of the languages that one can be read from.
 *
 * A restriction that the language cannot say is an error that names it: nothing gets weaker
 * unseen. A grant that it cannot say is dropped with a warning, and nothing else is lost without
 * one either. See export/members.h for which is which.
 */
#ifndef HARDRUN_EXPORT_EXPORT_H
#define HARDRUN_EXPORT_EXPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "spec/spec.h"
#include "spec/spec_language.h"

struct export_request {
	const struct spec *const *specs;
	size_t spec_count;
	/* What a spec does not say and the language must; NULL: nobody knows. */
	const char *image;  /* reference, for engines */
	const char *rootfs; /* clean absolute directory, or one that begins with "./" */
	const char *const *args;
	size_t arg_count;
	/* Controls that may be lost, as the errors name them. */
	const char *const *dropped;
	size_t dropped_count;
	/* Told of what is lost beside restrictions. NULL: nobody is. */
	void (*warn)(const struct error *warning);
};

/* A language that is written. */
struct export_language {
	enum spec_language language;
	bool holds_several; /* specs in one text */
	/*
	 * Write all specs of @request, at least one; one alone unless it holds several.
	 * Owns: release *@out with free(). Errors: ERROR_SPEC at the origin of what cannot be
	 * said; *@out is unchanged.
	 */
	int (*write)(const struct export_request *request, char **out, struct error *err);
};

extern const struct export_language export_languages[];
extern const size_t export_language_count;

#endif
