/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The steps of planning. Each fills its own part of the plan and reads no other step's part,
 * except where it says so; plan.c has the table of their order. For the plan floor only.
 */
#ifndef HARDRUN_PLAN_PLAN_STEPS_H
#define HARDRUN_PLAN_PLAN_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "plan/plan_make.h"

/* Ids inside a container's user namespace: 0 to this many less one. */
#define PLAN_ID_COUNT UINT32_C(65536)

struct planner_place;

/* The work of one planning; everything it allocates comes from plan->arena. */
struct planner {
	const struct spec *spec;
	struct host *host;
	const struct plan_request *request;
	struct plan *plan;
	const struct planner_place *places; /* of plan_sources.c; NULL: not looked for yet */
};

/* Zeroed memory of the plan's arena for @count items of @size bytes; NULL with @err set. */
MUST_CHECK void *planner_array(struct planner *planner, size_t count, size_t size,
                               struct error *err);

/* A text in the plan's arena; NULL with @err set. */
MUST_CHECK char *planner_text(struct planner *planner, struct error *err, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* A copy in the plan's arena of a text of the spec's; NULL with @err set. */
MUST_CHECK char *planner_copy(struct planner *planner, const char *text, struct error *err);

/* A NULL-terminated copy of @list in the plan's arena; NULL with @err set. */
MUST_CHECK const char *const *planner_texts(struct planner *planner,
                                            const struct spec_text_list *list, struct error *err);

/*
 * Settle @err, which says what the host lacks. When the request collects lacks, put it on the
 * list, clear it and return 0: the step leaves that part out and goes on. Otherwise, and for
 * an error of another kind, return -1.
 */
MUST_CHECK int planner_lacks(struct planner *planner, struct error *err);

/* Is @flag, a CLONE_NEW*, a namespace that the container has for itself? */
bool planner_is_new(const struct planner *planner, uint64_t flag);

/* Could a call that mounts pass what @policy makes, on any condition? */
bool plan_policy_may_mount(const struct seccomp_policy *policy);

/* One function per plan_*.c. */
MUST_CHECK int plan_users(struct planner *planner, struct error *err);
MUST_CHECK int plan_mounts(struct planner *planner, struct error *err);
MUST_CHECK int plan_process(struct planner *planner, struct error *err);
MUST_CHECK int plan_masks(struct planner *planner, struct error *err);
MUST_CHECK int plan_seccomp(struct planner *planner, struct error *err);
MUST_CHECK int plan_apparmor(struct planner *planner, struct error *err);
MUST_CHECK int plan_landlock(struct planner *planner, struct error *err); /* After: plan_mounts */
MUST_CHECK int plan_cgroup(struct planner *planner, struct error *err);
MUST_CHECK int plan_oci_cgroup(struct planner *planner, struct error *err); /* of plan_cgroup */

/* Parts of plan_process(). */
MUST_CHECK int plan_command(struct planner *planner, struct error *err);
MUST_CHECK int plan_rlimits(struct planner *planner, struct error *err);
MUST_CHECK int plan_sysctls(struct planner *planner, struct error *err);

/* In the place of the native language's steps, for a config.json. One function per plan_oci_*.c. */
MUST_CHECK int plan_oci(struct planner *planner, struct error *err);
MUST_CHECK int plan_oci_users(struct planner *planner, struct error *err);
MUST_CHECK int plan_oci_process(struct planner *planner, struct error *err);
MUST_CHECK int plan_oci_mounts(struct planner *planner, struct error *err);
MUST_CHECK int plan_oci_joining(struct planner *planner,
                                struct error *err); /* After: plan_seccomp, plan_oci_process */
MUST_CHECK int plan_oci_landlock(struct planner *planner,
                                 struct error *err); /* After: plan_oci_mounts */

#endif
