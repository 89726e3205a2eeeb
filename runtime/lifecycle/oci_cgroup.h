/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The cgroup of an OCI container: made for its path or by systemd, limited, changed, removed. It
 * outlives the command that makes it, so what finds it again is kept in the container's state:
 * its path and the name of its unit.
 */
#ifndef HARDRUN_LIFECYCLE_OCI_CGROUP_H
#define HARDRUN_LIFECYCLE_OCI_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "kernel/cgroup.h"
#include "lifecycle/systemd_scope.h"
#include "plan/plan.h"

#define OCI_CGROUP_UNIT_SIZE 256 /* systemd's own limit of names; bytes */

/* Initialise with OCI_CGROUP_NONE. */
struct oci_cgroup {
	char path[CGROUP_PATH_SIZE];     /* below CGROUP_MOUNT_POINT; "": there is none */
	char unit[OCI_CGROUP_UNIT_SIZE]; /* "": not made by systemd */
	bool is_user_unit;
	int fd; /* to be cloned into; -1: none */
	struct systemd_keeper keeper;
};

#define OCI_CGROUP_NONE ((struct oci_cgroup){ .fd = -1, .keeper = { .fd = -1 } })
#define AUTO_OCI_CGROUP CLEANUP(oci_cgroup_release)

/*
 * Make the cgroup that @plan asks for; none is made when it asks for none. Until this has
 * returned 0, the path of @plan is not the container's: others may have processes in it, and
 * nothing may be killed or removed there.
 * Errors: nothing is left behind; *@out is OCI_CGROUP_NONE.
 * Owns: oci_cgroup_release(), which lets go of it; oci_cgroup_remove() what was made.
 */
MUST_CHECK int oci_cgroup_make(const struct plan_cgroup *plan, struct oci_cgroup *out,
                               struct error *err);

/*
 * Write the values of @plan. Call it with @is_late false before the init builds its root (this
 * brings the device rules too), and with true when it is ready.
 */
MUST_CHECK int oci_cgroup_limit(const struct plan_cgroup *plan, const struct oci_cgroup *cgroup,
                                bool is_late, struct error *err);

/* A process of the container is in the cgroup: the helper of systemd's is not needed any more. */
void oci_cgroup_settle(struct oci_cgroup *cgroup);

/* Settle, and close the descriptor. The cgroup stays. */
void oci_cgroup_release(struct oci_cgroup *cgroup);

/*
 * Remove the cgroup @cgroup->path and all below it, and its unit. Its processes must have been
 * killed; waits up to @timeout_ms for them to leave. None is fine.
 */
MUST_CHECK int oci_cgroup_remove(const struct oci_cgroup *cgroup, int timeout_ms,
                                 struct error *err);

/*
 * Change the limits of the cgroup @cgroup->fd to those of @plan, made by plan_oci_update(); in
 * the unit as well, so that systemd does not set them back.
 */
MUST_CHECK int oci_cgroup_update(const struct plan_cgroup *plan, const struct oci_cgroup *cgroup,
                                 struct error *err);

#endif
