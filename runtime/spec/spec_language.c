/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/spec_language.h"

#include <string.h>

static const struct {
	const char *name;
	const char *title;
} languages[SPEC_LANGUAGE_COUNT] = {
	[SPEC_LANGUAGE_HARDRUN] = { "hardrun", "a spec of hardrun's own language" },
	[SPEC_LANGUAGE_OCI] = { "oci", "an OCI config.json" },
	[SPEC_LANGUAGE_DOCKER_RUN] = { "docker-run", "a docker run command line" },
	[SPEC_LANGUAGE_DOCKER_INSPECT] = { "docker-inspect", "what docker inspect writes" },
	[SPEC_LANGUAGE_COMPOSE] = { "compose", "a Compose file" },
	[SPEC_LANGUAGE_KUBERNETES] = { "kubernetes", "a Kubernetes manifest" },
	[SPEC_LANGUAGE_DOCKERFILE] = { "dockerfile", "a Dockerfile" },
	[SPEC_LANGUAGE_SCAN] = { "scan", "a scanner's report" },
};

const char *spec_language_name(enum spec_language language)
{
	return languages[language].name;
}

const char *spec_language_title(enum spec_language language)
{
	return languages[language].title;
}

bool spec_language_find(const char *name, enum spec_language *out)
{
	for (unsigned int i = 0; i < SPEC_LANGUAGE_COUNT; i++) {
		if (strcmp(languages[i].name, name) == 0) {
			*out = (enum spec_language)i;
			return true;
		}
	}
	return false;
}
