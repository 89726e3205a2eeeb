/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How an init comes to be, in the launcher: what must be opened before, the clone, the id maps
 * after it.
 */
#ifndef HARDRUN_SANDBOX_BIRTH_H
#define HARDRUN_SANDBOX_BIRTH_H

#include <stddef.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "plan/plan.h"
#include "sandbox/launch.h"
#include "sandbox/stages.h"

/* Descriptors, of which the init inherits copies. */
struct descriptors {
	int *items;
	size_t count;
};

struct birth {
	const struct plan *plan;
	const struct stage_list *stages;    /* that the init runs */
	const struct launch_target *target; /* a container to be joined; NULL: none */
	int cgroup_fd;              /* to be cloned into; borrowed, as the next one; -1: none */
	int listen_fd;              /* where the init waits for its start; -1: nowhere */
	struct descriptors nodes;   /* the sources of binds, if the launcher opens them */
	struct descriptors secrets; /* open files */
	struct descriptors joins;   /* namespaces */
	uint64_t target_namespaces; /* of @target, that are not the launcher's own */
	int target_root_fd;         /* of @target, when it shares the launcher's mounts */
	int root_fd;                /* the root, if the plan shares mounts; borrowed */
	int launcher_fd;            /* its end of the dialogue */
	int init_fd;
	int pidfd;
	pid_t init;
	pid_t intermediate; /* that has cloned the init, to be reaped; 0: none */
};

#define BIRTH_NONE                             \
	((struct birth){ .cgroup_fd = -1,      \
	                 .listen_fd = -1,      \
	                 .target_root_fd = -1, \
	                 .root_fd = -1,        \
	                 .launcher_fd = -1,    \
	                 .init_fd = -1,        \
	                 .pidfd = -1 })

/* Open what the init is to inherit, and clone it. Does not return in the init. */
MUST_CHECK int birth_clone(struct birth *birth, struct error *err);

/* Do for the init what only the launcher may, and let it go on. Lets go of what was opened. */
MUST_CHECK int birth_prepare(struct birth *birth, struct error *err);

/* Wait for the end of an intermediate, which has nothing more to do: when there is nothing else. */
void birth_reap_intermediate(struct birth *birth);

/* Reaps the intermediate, too. */
void birth_clear(struct birth *birth);

#endif
