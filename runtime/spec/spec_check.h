/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What must hold of every spec, whatever host it is for.
 * Ranges of single values are the front ends' business; here is what holds between values.
 */
#ifndef HARDRUN_SPEC_SPEC_CHECK_H
#define HARDRUN_SPEC_SPEC_CHECK_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "spec/spec.h"

struct spec_rule {
	const char *name; /* "root-user" */
	const char *why;  /* for people */
	int (*check)(const struct spec *spec, struct error *err);
};

const struct spec_rule *spec_rules(size_t *count);

/* Those of a config.json, which asks for what the native language would not let it. */
const struct spec_rule *spec_oci_rules(size_t *count);

/* Can a native spec like @spec set @name? Errors: ERROR_SPEC. */
MUST_CHECK int spec_check_sysctl(const struct spec *spec, const char *name, struct error *err);

/* Apply every rule that is for @spec. Errors: ERROR_SPEC at the origin of the value that breaks the
 * first one. */
MUST_CHECK int spec_check(const struct spec *spec, struct error *err);

#endif
