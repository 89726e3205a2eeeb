/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The policy of this host, which nothing on the command line or in the environment changes. */
#ifndef HARDRUN_CMD_HOST_POLICY_H
#define HARDRUN_CMD_HOST_POLICY_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/error.h"
#include "spec/spec.h"
#include "spec/spec_oci.h"

struct host_policy_request {
	const char *file; /* that the spec was read from, "-" for standard input; for messages */
	bool is_joining;  /* `exec` */
};

/*
 * Hold *@spec to the policy; see policy_apply(). Without a file every rule warns. Warnings go to a
 * log file only: whoever reads standard error may take them for something else.
 * Errors: ERROR_DENIED for what is refused; a policy that cannot be read, is wrong, or could be
 * another's than root's refuses everything.
 */
MUST_CHECK int host_policy_apply(const struct host_policy_request *request, struct spec **spec,
                                 struct error *err);

/* Hold @resources of an update, read from @file, to the policy; see policy_judge_update(). */
MUST_CHECK int host_policy_judge_update(const char *file,
                                        const struct spec_oci_resources *resources,
                                        struct error *err);

#endif
