/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What create, run and exec have in common: options about descriptors, and what planning is told.
 */
#ifndef HARDRUN_CMD_PROCESS_OPTIONS_H
#define HARDRUN_CMD_PROCESS_OPTIONS_H

#include "base/compiler.h"
#include "base/error.h"
#include "lifecycle/operations.h"
#include "oci.h"
#include "plan/plan_make.h"

struct process_options {
	struct operation_channels channels;
	const char *preserve_fds;
};

/*
 * Fill what planning needs of the command line and of the descriptors that were inherited.
 * @id: of the container.
 */
MUST_CHECK int process_options_plan(struct oci_command *command, const char *id,
                                    const struct process_options *options, struct plan_request *out,
                                    struct error *err);

#endif
