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
MUST_CHECK int cmd_audit(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_check(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_convert(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_verify(int argc, char **argv, struct error *err);

/* Those of an OCI runtime. "run" runs a bundle. */
MUST_CHECK int cmd_checkpoint(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_create(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_delete(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_events(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_exec(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_features(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_kill(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_list(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_pause(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_ps(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_restore(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_resume(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_run_bundle(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_spec(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_start(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_state(int argc, char **argv, struct error *err);
MUST_CHECK int cmd_update(int argc, char **argv, struct error *err);

/*
 * Put hardrun's own file out of reach of a container that could write to it, before a process goes
 * there: see kernel/own_file.h. The command begins anew then, so that nothing may have been done
 * and nothing read that cannot be read again.
 */
MUST_CHECK int cmd_guard_own_file(struct error *err);

/* The exit status that says @err. */
int cmd_exit_status(const struct error *err);

#endif
