/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What Landlock holds the container to: the same places as its mounts, once more, and out of
 * reach of whoever can mount. TCP is not handled: in a network namespace of its own there is
 * nothing but loopback, and a spec names no ports.
 * Source: landlock(7).
 */
#include <string.h>

#include "kernel/landlock.h"
#include "plan/plan_access.h"
#include "plan/plan_steps.h"

#define READ (LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR)

/* Nodes of devices cannot be made: neither a tmpfs nor a bind would let them be opened. */
#define WRITE                                                                        \
	(LANDLOCK_FS_WRITE_FILE | LANDLOCK_FS_REMOVE_DIR | LANDLOCK_FS_REMOVE_FILE | \
	 LANDLOCK_FS_MAKE_DIR | LANDLOCK_FS_MAKE_REG | LANDLOCK_FS_MAKE_SOCK |       \
	 LANDLOCK_FS_MAKE_FIFO | LANDLOCK_FS_MAKE_SYM | LANDLOCK_FS_REFER | LANDLOCK_FS_TRUNCATE)

/* More of the device nodes, and of the terminals in devpts. */
#define DEVICE (LANDLOCK_FS_WRITE_FILE | LANDLOCK_FS_IOCTL_DEV)

#define DEVICES "/dev" /* where all of them are; one rule of the folder is quicker than many */

static uint64_t access_at(const struct plan_node *node)
{
	uint64_t access = READ;

	if (strcmp(node->target, DEVICES) == 0)
		return READ | DEVICE;
	if (node->kind == PLAN_NODE_DEVICE || node->kind == PLAN_NODE_DEVPTS)
		return READ;
	if (plan_access_may_execute(node))
		access |= LANDLOCK_FS_EXECUTE;
	if (plan_access_may_write(node))
		access |= WRITE;
	return access;
}

/* Rules add up along a path, and all of the root may be read: who allows no more needs none. */
static int add_rules(struct planner *planner, struct plan_landlock *landlock, struct error *err)
{
	const struct plan *plan = planner->plan;
	struct plan_landlock_rule *rules =
		planner_array(planner, plan->node_count, sizeof(*rules), err);

	if (rules == NULL)
		return -1;
	for (size_t i = 0; i < plan->node_count; i++) {
		const struct plan_node *node = &plan->nodes[i];
		const uint64_t access = access_at(node) & landlock->handled_fs;

		if (!plan_access_is_mount(node) || (i > 0 && (access & ~READ) == 0))
			continue;
		rules[landlock->rule_count++] = (struct plan_landlock_rule){
			.path = node->target,
			.access = access,
		};
	}
	landlock->rules = rules;
	return 0;
}

int plan_landlock(struct planner *planner, struct error *err)
{
	struct plan_landlock *landlock = &planner->plan->landlock;
	const int abi = landlock_abi();

	if (!planner->spec->has_landlock)
		return 0;
	if (abi == 0) {
		(void)error_set(err, ERROR_HOST,
		                "Landlock: this host's kernel does not have it enabled");
		return error_hint(err, "boot with lsm=landlock,... (Linux 5.13 or later); or relax "
		                       "landlock-off");
	}
	landlock->abi = abi;
	landlock->handled_fs = landlock_fs_of_abi(abi);
	landlock->scoped = landlock_scoped_of_abi(abi);
	return add_rules(planner, landlock, err);
}
