/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What may be done at a place of the new root, as its mount says: AppArmor and Landlock both
 * follow from this and from nothing else. For the plan floor only.
 */
#ifndef HARDRUN_PLAN_PLAN_ACCESS_H
#define HARDRUN_PLAN_PLAN_ACCESS_H

#include <stdbool.h>

#include "plan/plan.h"

/* Is @node a mount? Links, files and directories belong to the mount they are in. */
bool plan_access_is_mount(const struct plan_node *node);

/* May programs be executed from the mount? */
bool plan_access_may_execute(const struct plan_node *node);

/* May the mount be written when the program runs? */
bool plan_access_may_write(const struct plan_node *node);

/* Is what the mount shows a directory? */
bool plan_access_is_directory(const struct plan_node *node);

#endif
