/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the verbs of an OCI runtime have in common. */
#ifndef HARDRUN_CMD_OCI_H
#define HARDRUN_CMD_OCI_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/error.h"
#include "lifecycle/container.h"
#include "options.h"

struct oci_command {
	struct global_options global;
	struct operands operands;
	struct container_root root;
	char cache[STATE_ROOT_SIZE + sizeof("/cache")];
	char notify_folder[STATE_ROOT_SIZE + 1280]; /* an id is at most 1024 bytes */
};

#define OCI_COMMAND_NONE ((struct oci_command){ .root = CONTAINER_ROOT_NONE })
#define AUTO_OCI_COMMAND CLEANUP(oci_end)

/* How many operands a verb takes, and whether it makes the state root. */
struct oci_shape {
	int operands_min;
	int operands_max;
	bool makes_root;
};

/*
 * Take the options and open the state root. Returns 1 when help or the version has been printed,
 * else 0.
 * Owns: AUTO_OCI_COMMAND.
 */
MUST_CHECK int oci_begin(struct oci_command *out, const struct usage *usage,
                         const struct option_table *own, const struct oci_shape *shape, int argc,
                         char **argv, struct error *err);
void oci_end(struct oci_command *command);

/* The exit status of a process that ended with the wait status @status. */
int oci_exit_status(int status);

/* Which of enum oci_format @format names; NULL: a table. Errors: ERROR_USAGE. */
MUST_CHECK int oci_find_format(const char *format, struct error *err);

enum oci_format {
	OCI_FORMAT_TABLE,
	OCI_FORMAT_JSON,
};

#endif
