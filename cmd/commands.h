/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verbs, one file each. A verb gets the arguments behind its name, prints its results to
 * standard output and returns the exit status; or -1 with @err set, which main() prints.
 */
#ifndef HARDRUN_CMD_COMMANDS_H
#define HARDRUN_CMD_COMMANDS_H

#include "base/compiler.h"
#include "base/error.h"

/* No verb: run a spec. */
MUST_CHECK int cmd_run(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_check(int argc, char **argv, struct error *err);

/* The exit status that says @err. */
int cmd_exit_status(const struct error *err);

#endif
