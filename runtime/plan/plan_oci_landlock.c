/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What Landlock adds to a container whose config.json did not ask for it, and so must not miss
 * anything that the mounts allow. Reading, executing and ioctl() are left alone, and so is writing
 * into what exists: devices and pipes of a read-only mount can be written. What is made, removed,
 * renamed and cut short is held to the mounts that can be written.
 * Source: landlock(7); kernel Documentation/userspace-api/landlock.rst.
 */
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#include "kernel/landlock.h"
#include "plan/plan_steps.h"
#include "spec/spec_oci.h"

#define CHANGES                                                                     \
	(LANDLOCK_FS_REMOVE_DIR | LANDLOCK_FS_REMOVE_FILE | LANDLOCK_FS_MAKE_CHAR | \
	 LANDLOCK_FS_MAKE_DIR | LANDLOCK_FS_MAKE_REG | LANDLOCK_FS_MAKE_SOCK |      \
	 LANDLOCK_FS_MAKE_FIFO | LANDLOCK_FS_MAKE_BLOCK | LANDLOCK_FS_MAKE_SYM |    \
	 LANDLOCK_FS_REFER | LANDLOCK_FS_TRUNCATE)

/* The first ABI has no right to move a file to another directory, and denies it. */
#define ABI_OF_REFER 2

/* What Landlock denies whoever it holds. */
static const char *const mounting_calls[] = { "mount", "move_mount", "pivot_root", "umount2" };

static bool is_mounting(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(mounting_calls); i++) {
		if (strcmp(mounting_calls[i], name) == 0)
			return true;
	}
	return false;
}

static bool is_denial(uint32_t action)
{
	const uint32_t kind = action & SECCOMP_RET_ACTION_FULL;

	return kind == SECCOMP_RET_ERRNO || kind == SECCOMP_RET_KILL_PROCESS ||
	       kind == SECCOMP_RET_KILL_THREAD || kind == SECCOMP_RET_TRAP;
}

bool plan_policy_may_mount(const struct seccomp_policy *policy)
{
	if (!is_denial(policy->default_action))
		return true;
	for (uint32_t i = 0; i < policy->rule_count; i++) {
		const struct seccomp_rule *rule = &policy->rules[i];

		for (uint32_t j = 0; j < rule->name_count && !is_denial(rule->action); j++) {
			if (is_mounting(policy->names[rule->first_name + j]))
				return true;
		}
	}
	return false;
}

/* Without a filter it can. */
static bool may_mount(const struct spec_seccomp *seccomp)
{
	if (seccomp->kind == SPEC_SECCOMP_KNOWN)
		return seccomp->known->may_mount;
	return seccomp->kind != SPEC_SECCOMP_FILE || seccomp->policy == NULL ||
	       plan_policy_may_mount(seccomp->policy);
}

/* May anything be changed at or below the mount? One that is read-only alone hides nothing below.
 */
static bool is_open(const struct plan_node *node)
{
	const struct plan_mount *mount = node->mount;

	if (node->is_read_only)
		return false;
	if ((mount->own.set & MOUNT_ATTR_RDONLY) == 0)
		return true;
	return mount->is_bind && mount->is_recursive && (mount->below.set & MOUNT_ATTR_RDONLY) == 0;
}

static bool has_hooks(const struct plan *plan)
{
	return plan->hooks[PLAN_HOOK_PRESTART].count > 0 ||
	       plan->hooks[PLAN_HOOK_CREATE_RUNTIME].count > 0 ||
	       plan->hooks[PLAN_HOOK_CREATE_CONTAINER].count > 0 ||
	       plan->hooks[PLAN_HOOK_START_CONTAINER].count > 0;
}

/* Are the mounts of the plan all that there are, and will there be no others? */
static bool knows_mounts(const struct planner *planner)
{
	const struct plan *plan = planner->plan;

	return (plan->clone_flags & CLONE_NEWNS) != 0 && !has_hooks(plan) &&
	       (planner->spec->capabilities & CAPABILITY_TO_FILTER) == 0 &&
	       !may_mount(&planner->spec->seccomp);
}

static bool is_root_open(const struct plan *plan)
{
	for (size_t i = 0; i < plan->node_count; i++) {
		if (plan->nodes[i].kind == PLAN_NODE_MOUNT &&
		    strcmp(plan->nodes[i].target, "/") == 0 && is_open(&plan->nodes[i]))
			return true;
	}
	return false;
}

static int add_rules(struct planner *planner, struct plan_landlock *landlock, struct error *err)
{
	const struct plan *plan = planner->plan;
	struct plan_landlock_rule *rules =
		planner_array(planner, plan->node_count, sizeof(*rules), err);

	if (rules == NULL)
		return -1;
	for (size_t i = 0; i < plan->node_count; i++) {
		const struct plan_node *node = &plan->nodes[i];

		if (node->kind == PLAN_NODE_MOUNT && is_open(node))
			rules[landlock->rule_count++] = (struct plan_landlock_rule){
				.path = node->target,
				.access = landlock->handled_fs,
			};
	}
	landlock->rules = rules;
	return 0;
}

/* What is in reach by a namespace that others are in may be meant to be. */
static uint64_t scopes(const struct plan *plan, int abi)
{
	uint64_t wanted = 0;

	if ((plan->clone_flags & CLONE_NEWPID) != 0)
		wanted |= LANDLOCK_SCOPED_SIGNALS;
	if ((plan->clone_flags & CLONE_NEWNET) != 0)
		wanted |= LANDLOCK_SCOPED_ABSTRACT_UNIX;
	return wanted & landlock_scoped_of_abi(abi);
}

static int refuse(struct error *err)
{
	(void)error_set(err, ERROR_HOST,
	                "the policy of this host adds Landlock, which this kernel does not have "
	                "enabled");
	return error_hint(err, "boot with lsm=landlock,... (Linux 5.13 or later), or write "
	                       "\"landlock-off\": \"allow\" in the policy");
}

int plan_oci_landlock(struct planner *planner, struct error *err)
{
	struct plan_landlock *landlock = &planner->plan->landlock;
	int abi;

	/* A process that joins looks after those that are there, from outside. */
	if (!planner->spec->has_landlock || planner->request->joins_container)
		return 0;
	abi = landlock_abi();
	if (abi == 0)
		return refuse(err);
	if (abi >= ABI_OF_REFER && knows_mounts(planner) && !is_root_open(planner->plan))
		landlock->handled_fs = CHANGES & landlock_fs_of_abi(abi);
	landlock->scoped = scopes(planner->plan, abi);
	/* The kernel takes no rules about nothing. */
	if (landlock->handled_fs == 0 && landlock->scoped == 0)
		return 0;
	landlock->abi = abi;
	return landlock->handled_fs == 0 ? 0 : add_rules(planner, landlock, err);
}
