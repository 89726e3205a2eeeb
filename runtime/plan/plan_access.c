/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/plan_access.h"

#include <sys/mount.h>

bool plan_access_is_mount(const struct plan_node *node)
{
	return node->kind != PLAN_NODE_DIRECTORY && node->kind != PLAN_NODE_FILE &&
	       node->kind != PLAN_NODE_SYMLINK;
}

bool plan_access_may_execute(const struct plan_node *node)
{
	return (node->attributes & MOUNT_ATTR_NOEXEC) == 0;
}

bool plan_access_may_write(const struct plan_node *node)
{
	return !node->is_read_only && (node->attributes & MOUNT_ATTR_RDONLY) == 0;
}

bool plan_access_is_directory(const struct plan_node *node)
{
	return node->kind == PLAN_NODE_BIND ? node->is_directory : node->kind != PLAN_NODE_DEVICE;
}
