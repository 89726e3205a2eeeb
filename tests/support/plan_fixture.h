/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A planner at work on a spec that a test fills and on a host whose facts are given, so that
 * one step of planning can be tested by itself, by any user.
 */
#ifndef HARDRUN_SUPPORT_PLAN_FIXTURE_H
#define HARDRUN_SUPPORT_PLAN_FIXTURE_H

#include "plan/plan_steps.h"
#include "spec/spec.h"

struct plan_fixture {
	struct spec spec;
	struct host host;
	struct plan_request request;
	struct plan_lacks lacks; /* used when request.lacks points to it */
	struct planner planner;
	struct spec_text args[1];
	struct spec_tmpfs tmpfs[2];
};

/* Root of a host that has everything; the spec is the smallest. */
void plan_fixture_start(struct plan_fixture *fixture);

/* The same for the user 1000 with the ids 100000 to 165535 and 200000 to 265535. */
void plan_fixture_start_as_user(struct plan_fixture *fixture);

void plan_fixture_end(struct plan_fixture *fixture);

/* The last node with that target; NULL: none. */
const struct plan_node *plan_fixture_node(const struct plan_fixture *fixture, const char *target);

#endif
