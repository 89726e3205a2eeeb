/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PID 1 of the container: confines itself, starts the program, reaps what is left to it. */
#ifndef HARDRUN_SANDBOX_INIT_H
#define HARDRUN_SANDBOX_INIT_H

#include <stdnoreturn.h>

#include "plan/plan.h"
#include "sandbox/stages.h"

/*
 * Be the init, in a process that was just cloned. The program's end ends it, and with it the
 * kernel ends all that is left in the container.
 * Source: pid_namespaces(7), "The namespace init process".
 */
noreturn void init_run(const struct stage_list *stages, const struct plan *plan,
                       struct sandbox *sandbox);

#endif
