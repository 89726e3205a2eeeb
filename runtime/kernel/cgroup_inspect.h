/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Control groups, for those who look: what the host has, and what is in force in a cgroup.
 * libcgroup lives here only; cgroup.h says why it is kept out of the launch.
 * Source: libcgroup.h of libcgroup 2.0 and 3.1.
 */
#ifndef HARDRUN_KERNEL_CGROUP_INSPECT_H
#define HARDRUN_KERNEL_CGROUP_INSPECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"

#define CGROUP_INSPECT_NAME_SIZE  64
#define CGROUP_INSPECT_VALUE_SIZE 256

/* One controller and where it is mounted. */
struct cgroup_hierarchy {
	char controller[CGROUP_INSPECT_NAME_SIZE];
	char mount_point[CGROUP_INSPECT_VALUE_SIZE];
};

/*
 * Call @found for each controller that is mounted, until it returns false.
 * Errors: ERROR_HOST when no control groups are mounted.
 */
MUST_CHECK int cgroup_inspect_host(bool (*found)(const struct cgroup_hierarchy *hierarchy,
                                                 void *context),
                                   void *context, struct error *err);

/*
 * The first line of @file ("memory.max") of the cgroup @path ("/hardrun-web"), whose controller
 * is the part before the point.
 * Errors: ERROR_HOST when the file, the cgroup or its controller is not there.
 */
MUST_CHECK int cgroup_inspect_value(const char *path, const char *file,
                                    char out[CGROUP_INSPECT_VALUE_SIZE], struct error *err);

/*
 * Call @found with the name of each cgroup directly in @parent, until it returns false.
 * @controller: any that @parent has.
 */
MUST_CHECK int cgroup_inspect_children(const char *controller, const char *parent,
                                       bool (*found)(const char *name, void *context),
                                       void *context, struct error *err);

/*
 * Does this kernel keep @file ("memory.swap.max")? Asked of the first cgroup below the root that
 * has the controller of @file. *@out is true as well when none has it: nothing tells then.
 */
MUST_CHECK int cgroup_inspect_offers(const char *file, bool *out, struct error *err);

#endif
