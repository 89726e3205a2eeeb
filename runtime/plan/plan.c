/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/plan.h"

#include <sched.h>

#include "base/compiler.h"
#include "plan/plan_steps.h"
#include "spec/relax.h"

#define ALL_NAMESPACES                                                                        \
	((uint64_t)CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | \
	 CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWTIME)

/* The oldest kernel hardrun runs on. */
#define KERNEL_MAJOR 5
#define KERNEL_MINOR 15

static int plan_host(struct planner *planner, struct error *err)
{
	if (host_is_at_least(planner->host, KERNEL_MAJOR, KERNEL_MINOR))
		return 0;
	(void)error_set(err, ERROR_HOST, "the kernel is older than %d.%d", KERNEL_MAJOR,
	                KERNEL_MINOR);
	return error_hint(err, "boot a newer kernel; Debian 12 and Ubuntu 22.04 have one");
}

static int plan_relaxations(struct planner *planner, struct error *err)
{
	struct plan_relaxation *list = planner_array(planner, RELAX_COUNT, sizeof(*list), err);
	size_t count = 0;

	if (list == NULL)
		return -1;
	for (int i = 0; i < RELAX_COUNT; i++) {
		const struct relaxation *relaxation = &planner->spec->relaxations[i];

		if (relaxation->reason == NULL)
			continue;
		list[count].name = relax_name((enum relax_entry)i);
		list[count].control = relax_control((enum relax_entry)i);
		list[count].reason = planner_copy(planner, relaxation->reason, err);
		list[count].origin = planner_copy(planner, relaxation->origin, err);
		if (list[count].reason == NULL || list[count].origin == NULL)
			return -1;
		count++;
	}
	planner->plan->relaxations = count > 0 ? list : NULL;
	planner->plan->relaxation_count = count;
	return 0;
}

static int plan_identity(struct planner *planner, struct error *err)
{
	const struct plan_request *request = planner->request;
	struct plan *plan = planner->plan;

	plan->name = planner_copy(
		planner, request->name != NULL ? request->name : planner->spec->name.value, err);
	plan->spec_digest = planner_copy(
		planner, request->spec_digest != NULL ? request->spec_digest : "", err);
	plan->clone_flags = ALL_NAMESPACES & ~planner->spec->shared_namespaces;
	plan->is_privileged = host_is_privileged(planner->host);
	return plan->name == NULL || plan->spec_digest == NULL ? -1 : 0;
}

/* In order: a step may read what those above it have planned. */
static int (*const steps[])(struct planner *planner, struct error *err) = {
	plan_host,  plan_identity, plan_relaxations, plan_users,    plan_process,  plan_mounts,
	plan_masks, plan_cgroup,   plan_seccomp,     plan_apparmor, plan_landlock,
};

static int (*const oci_steps[])(struct planner *planner, struct error *err) = {
	plan_host,        plan_identity,     plan_oci,         plan_oci_users,
	plan_oci_process, plan_oci_mounts,   plan_oci_cgroup,  plan_seccomp,
	plan_apparmor,    plan_oci_landlock, plan_oci_joining,
};

static int run_list(int (*const list[])(struct planner *planner, struct error *err), size_t count,
                    struct planner *planner, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i](planner, err) < 0 && planner_lacks(planner, err) < 0)
			return -1;
	}
	return arena_seal(planner->plan->arena, err);
}

static int run_steps(struct planner *planner, struct error *err)
{
	if (planner->spec->oci != NULL)
		return run_list(oci_steps, ARRAY_LEN(oci_steps), planner, err);
	return run_list(steps, ARRAY_LEN(steps), planner, err);
}

static void free_arena(struct arena **owner)
{
	arena_free(*owner);
}

int plan_make(const struct spec *spec, struct host *host, const struct plan_request *request,
              struct plan **out, struct error *err)
{
	CLEANUP(free_arena) struct arena *arena = NULL;
	struct planner planner = { .spec = spec, .host = host, .request = request };

	if (arena_new(&arena, err) < 0)
		return -1;
	planner.plan = arena_alloc(arena, sizeof(*planner.plan), err);
	if (planner.plan == NULL)
		return -1;
	planner.plan->arena = arena;
	if (run_steps(&planner, err) < 0)
		return error_set(err, ERROR_INTERNAL, "planning failed without saying why");
	arena = NULL;
	*out = planner.plan;
	return 0;
}

void plan_free(struct plan *plan)
{
	if (plan != NULL)
		arena_free(plan->arena);
}
