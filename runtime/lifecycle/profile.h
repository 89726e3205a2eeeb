/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Generated AppArmor profiles in the kernel. Containers with the same profile text share one,
 * whatever their state root, and one that is taken out of the kernel leaves the programs it
 * confines without confinement. So every supervisor holds a lock, shared, on a file of the
 * kernel's while its container lives, and only who gets that lock alone takes profiles out.
 */
#ifndef HARDRUN_LIFECYCLE_PROFILE_H
#define HARDRUN_LIFECYCLE_PROFILE_H

#include "base/compiler.h"
#include "base/error.h"
#include "plan/plan.h"

/*
 * Have the profile of @plan in the kernel, and its compiled form in the cache of @root_fd.
 * Returns the descriptor that holds the lock; -1 without an error when the plan needs none.
 */
MUST_CHECK int profile_hold(const struct plan *plan, int root_fd, int *out_lock_fd,
                            struct error *err);

/* Take every generated profile out of the kernel, unless any container of this host uses one. */
MUST_CHECK int profile_sweep(struct error *err);

#endif
