/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/export.h"

#include "export/export_docker.h"
#include "export/export_hardrun.h"
#include "export/export_kubernetes.h"
#include "export/export_oci.h"

const struct export_language export_languages[] = {
	{ SPEC_LANGUAGE_HARDRUN, false, export_hardrun },
	{ SPEC_LANGUAGE_OCI, false, export_oci },
	{ SPEC_LANGUAGE_DOCKER_RUN, false, export_docker_run },
	{ SPEC_LANGUAGE_COMPOSE, true, export_compose },
	{ SPEC_LANGUAGE_KUBERNETES, true, export_kubernetes },
};
const size_t export_language_count = ARRAY_LEN(export_languages);
