/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of the reader of docker inspect. */
#ifndef HARDRUN_IMPORT_DOCKER_INSPECT_H
#define HARDRUN_IMPORT_DOCKER_INSPECT_H

#include <stdbool.h>
#include <stddef.h>

#include "import/docker.h"

#define INSPECT_ITEM_MAX ((size_t)1024) /* of any list in an object */

struct inspect_row;

/* An object while it is read, and the row of the member that is. */
struct inspect {
	struct docker_draft draft;
	const struct inspect_row *row;
	bool is_running;
};

/* docker_inspect_config.c; out: struct inspect */
read_function inspect_read_config;
read_function inspect_read_host_config;
read_function inspect_read_mounts;

#endif
