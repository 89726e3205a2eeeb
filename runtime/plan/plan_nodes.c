/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/plan_nodes.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "kernel/resolve.h"

#define FIRST_CAPACITY 72 /* nodes; a root composed from the host has about 50 */

int plan_nodes_begin(struct plan_nodes *nodes, struct planner *planner, struct error *err)
{
	*nodes = (struct plan_nodes){ .planner = planner, .capacity = FIRST_CAPACITY };
	nodes->items = planner_array(planner, nodes->capacity, sizeof(*nodes->items), err);
	return nodes->items == NULL ? -1 : 0;
}

static int grow(struct plan_nodes *nodes, struct error *err)
{
	const size_t capacity = nodes->capacity * 2;
	struct plan_node *items =
		planner_array(nodes->planner, capacity, sizeof(*nodes->items), err);

	if (items == NULL)
		return -1;
	memcpy(items, nodes->items, nodes->count * sizeof(*items));
	nodes->items = items;
	nodes->capacity = capacity;
	return 0;
}

static bool is_mount(const struct plan_node *node)
{
	return node->kind != PLAN_NODE_DIRECTORY && node->kind != PLAN_NODE_FILE &&
	       node->kind != PLAN_NODE_SYMLINK;
}

/* The mount that @path lies in. Later mounts cover earlier ones. */
static const struct plan_node *mount_holding(const struct plan_nodes *nodes, const char *path)
{
	for (size_t i = nodes->count; i-- > 0;) {
		if (is_mount(&nodes->items[i]) && path_is_within(path, nodes->items[i].target))
			return &nodes->items[i];
	}
	return NULL;
}

static bool makes_target(const struct plan_nodes *nodes, const struct plan_node *node)
{
	const struct plan_node *holder = is_mount(node) ? mount_holding(nodes, node->target) : NULL;

	return holder != NULL && holder->kind == PLAN_NODE_TMPFS &&
	       strcmp(holder->target, node->target) != 0;
}

int plan_nodes_append(struct plan_nodes *nodes, const struct plan_node *node, struct error *err)
{
	if (nodes->count == nodes->capacity && grow(nodes, err) < 0)
		return -1;
	nodes->items[nodes->count] = *node;
	nodes->items[nodes->count].makes_target = makes_target(nodes, node);
	if (node->origin == NULL)
		nodes->items[nodes->count].origin = "";
	nodes->count++;
	return 0;
}

static const struct plan_node *node_at(const struct plan_nodes *nodes, const char *path)
{
	for (size_t i = nodes->count; i-- > 0;) {
		if (strcmp(nodes->items[i].target, path) == 0)
			return &nodes->items[i];
	}
	return NULL;
}

/* What has no origin of its own is there because of the root. */
static int refuse(const struct plan_nodes *nodes, const struct plan_node *node, struct error *err)
{
	const char *root_origin = nodes->count > 0 ? nodes->items[0].origin : "";

	return error_at(err, "%s", node->origin != NULL ? node->origin : root_origin);
}

/* May a mount, or a directory above one, stand where @present is already? */
static int refuse_present(const struct plan_node *present, const char *path, bool wants_directory,
                          struct error *err)
{
	if (present->kind == PLAN_NODE_SYMLINK) {
		(void)error_set(err, ERROR_SPEC, "%s is a link inside", path);
		return error_hint(err, "it leads to %s", present->source);
	}
	if (present->kind == PLAN_NODE_FILE && wants_directory)
		return error_set(err, ERROR_SPEC, "%s is a file inside", path);
	if (present->kind == PLAN_NODE_DIRECTORY && !wants_directory)
		return error_set(err, ERROR_SPEC, "%s is a directory inside", path);
	return 0;
}

/* Plan the directory @path of the tmpfs @holder, unless it is there. */
static int need_directory(struct plan_nodes *nodes, const char *path,
                          const struct plan_node *holder, struct error *err)
{
	const struct plan_node *present = node_at(nodes, path);
	struct plan_node directory = { .kind = PLAN_NODE_DIRECTORY,
		                       .mode = 0755,
		                       .inner_uid = holder->inner_uid,
		                       .inner_gid = holder->inner_gid };

	if (present != NULL)
		return refuse_present(present, path, true, err);
	directory.target = planner_copy(nodes->planner, path, err);
	return directory.target == NULL ? -1 : plan_nodes_append(nodes, &directory, err);
}

static bool wants_directory(const struct plan_node *node)
{
	return node->kind != PLAN_NODE_DEVICE &&
	       (node->kind != PLAN_NODE_BIND || node->is_directory);
}

static int place_in_tmpfs(struct plan_nodes *nodes, const struct plan_node *node,
                          struct plan_node holder, struct error *err)
{
	char path[PATH_MAX];
	const size_t start = strcmp(holder.target, "/") == 0 ? 0 : strlen(holder.target);
	const struct plan_node *present;

	if (strlen(node->target) >= sizeof(path))
		return error_set(err, ERROR_SPEC, "path too long");
	for (const char *slash = node->target + start;
	     slash != NULL && (slash = strchr(slash + 1, '/')) != NULL;) {
		const size_t length = (size_t)(slash - node->target);

		memcpy(path, node->target, length);
		path[length] = '\0';
		if (need_directory(nodes, path, &holder, err) < 0)
			return -1;
	}
	present = node_at(nodes, node->target);
	return present == NULL ? 0
	                       : refuse_present(present, node->target, wants_directory(node), err);
}

static int check_target_type(const struct plan_node *node, const struct stat *status,
                             struct error *err)
{
	const bool is_wanted = wants_directory(node);

	if (S_ISDIR(status->st_mode) == is_wanted)
		return 0;
	return error_set(err, ERROR_SPEC, "%s inside is %s, what is mounted there is %s",
	                 node->target, is_wanted ? "a file" : "a directory",
	                 is_wanted ? "a directory" : "a file");
}

static int place_in_bind(const struct plan_node *node, const struct plan_node *holder,
                         struct error *err)
{
	const char *below = node->target;
	AUTO_CLOSE int tree_fd = resolve_host(holder->source, O_PATH, err);
	AUTO_CLOSE int fd = -1;
	struct stat status;

	if (strcmp(holder->target, "/") != 0)
		below += strlen(holder->target);
	if (tree_fd < 0)
		return -1;
	fd = resolve_inside_quietly(tree_fd, below, O_PATH);
	if (fd < 0) {
		(void)error_set(err, ERROR_SPEC, "%s cannot be mounted: %s has no %s", node->target,
		                holder->source, below);
		return error_hint(err, "create %s%s on the host",
		                  strcmp(holder->source, "/") == 0 ? "" : holder->source, below);
	}
	if (fstat(fd, &status) < 0)
		return error_set_errno(err, "cannot look at %s", node->target);
	return check_target_type(node, &status, err);
}

static int make_place(struct plan_nodes *nodes, const struct plan_node *node, struct error *err)
{
	const struct plan_node *holder = mount_holding(nodes, node->target);

	/* A mount on a mount lies in what holds the lower one, as far as its parents go. */
	if (holder == NULL || strcmp(node->target, "/") == 0)
		return error_set(err, ERROR_SPEC, "nothing can be mounted on the root");
	if (strcmp(holder->target, node->target) == 0)
		return 0;
	if (holder->kind == PLAN_NODE_TMPFS)
		return place_in_tmpfs(nodes, node, *holder, err);
	if (holder->kind == PLAN_NODE_BIND)
		return place_in_bind(node, holder, err);
	return error_set(err, ERROR_SPEC, "nothing can be mounted in %s", holder->target);
}

int plan_nodes_place(struct plan_nodes *nodes, const struct plan_node *node, struct error *err)
{
	if (make_place(nodes, node, err) < 0)
		return refuse(nodes, node, err);
	return plan_nodes_append(nodes, node, err);
}
