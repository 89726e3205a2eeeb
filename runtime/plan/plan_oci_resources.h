/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From linux.resources, whose figures are those of version 1 of control groups, to what is
 * written into a cgroup of version 2, to a device program and to the properties of a scope.
 *
 * Figures that version 2 has no place for (kernel memory, swappiness, leaf weights, realtime
 * processor time, network classes, the OOM killer's switch) are passed over, as runc does. Zero
 * is no figure, as runc has it, except for idle, burst and pids.
 * Source: runtime-spec config-linux.md, "Control groups"; the conversions are those of
 * opencontainers/cgroups 0.0.3, which is runc 1.3.2 and later.
 */
#ifndef HARDRUN_PLAN_PLAN_OCI_RESOURCES_H
#define HARDRUN_PLAN_PLAN_OCI_RESOURCES_H

#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "plan/plan_steps.h"
#include "spec/spec_oci.h"

#define PLAN_OCI_UNLIMITED INT64_C(-1)

/* What is in force in a cgroup that is changed, for what the change leaves out. */
struct plan_oci_current {
	int64_t memory;      /* bytes; PLAN_OCI_UNLIMITED for "max", as in the next two */
	int64_t swap;        /* bytes, without memory */
	int64_t cpu_quota;   /* microseconds */
	int64_t cpu_period;  /* microseconds */
	int64_t memory_used; /* bytes */
};

/* cpu.weight for cpu.shares, which are 2 to 262144 with 1024 as the default. */
uint64_t plan_oci_weight_of_shares(uint64_t shares);

/*
 * Fill the values of planner->plan->cgroup.
 * @current: of the cgroup; NULL: it is a new one.
 * Errors: ERROR_SPEC for figures that contradict each other or name no file of a cgroup, and for
 * what only version 1 of control groups could do.
 */
MUST_CHECK int plan_oci_values(struct planner *planner, const struct spec_oci_resources *resources,
                               const struct plan_oci_current *current, struct error *err);

/* Is there a device that the rules of @resources forbid? */
bool plan_oci_restricts_devices(const struct spec_oci_resources *resources);

/*
 * Fill the device program of planner->plan->cgroup; none when every device is allowed.
 * Those that every container may use are always allowed, whatever the list says.
 */
MUST_CHECK int plan_oci_devices(struct planner *planner, const struct spec_oci_resources *resources,
                                struct error *err);

/*
 * Fill the properties of @scope that say what the values of planner->plan->cgroup are, so that
 * systemd does not set them back.
 * After: plan_oci_values().
 * Source: systemd.resource-control(5); org.freedesktop.systemd1(5).
 */
MUST_CHECK int plan_oci_properties(struct planner *planner, struct plan_scope *scope,
                                   struct error *err);

/*
 * What `update` changes, in @arena: values, and a scope with properties but without a name.
 * Devices are not changed.
 */
MUST_CHECK int plan_oci_update(const struct spec_oci_resources *resources,
                               const struct plan_oci_current *current, struct arena *arena,
                               struct plan_cgroup *out, struct error *err);

#endif
