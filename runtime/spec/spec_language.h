/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The languages that a container, an image or what was found in one is written in. */
#ifndef HARDRUN_SPEC_SPEC_LANGUAGE_H
#define HARDRUN_SPEC_SPEC_LANGUAGE_H

#include <stdbool.h>

enum spec_language {
	SPEC_LANGUAGE_HARDRUN, /* the native one */
	SPEC_LANGUAGE_OCI,     /* config.json */
	SPEC_LANGUAGE_DOCKER_RUN,
	SPEC_LANGUAGE_DOCKER_INSPECT,
	SPEC_LANGUAGE_COMPOSE,
	SPEC_LANGUAGE_KUBERNETES,
	SPEC_LANGUAGE_DOCKERFILE,
	SPEC_LANGUAGE_SCAN, /* a report of Trivy or Grype: it asks for no container */
	SPEC_LANGUAGE_COUNT,
};

/* "docker-run", as the command line and reports name it. */
const char *spec_language_name(enum spec_language language);

/* "a docker run command line", for people. */
const char *spec_language_title(enum spec_language language);

/* False: no language has the @name; *@out is unchanged. */
bool spec_language_find(const char *name, enum spec_language *out);

#endif
