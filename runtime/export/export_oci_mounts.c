/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/mount.h>
#include <string.h>

#include "export/export_oci.h"
#include "spec/oci_mount_options.h"

void oci_write_mappings(struct oci_writer *writer, struct tree_node *parent, const char *name,
                        const struct spec_oci_mapping_list *list)
{
	struct tree_node *mappings = tree_list(&writer->tree, parent, name);

	for (size_t i = 0; i < list->count; i++) {
		struct tree_node *node = tree_map(&writer->tree, mappings, NULL);

		tree_unsigned(&writer->tree, node, "containerID", list->items[i].inner);
		tree_unsigned(&writer->tree, node, "hostID", list->items[i].outer);
		tree_unsigned(&writer->tree, node, "size", list->items[i].count);
	}
}

const char *oci_propagation_name(uint64_t propagation)
{
	const struct oci_mount_option *option;

	for (size_t i = 0; (option = oci_mount_option_at(i)) != NULL; i++) {
		if (option->kind == OCI_MOUNT_PROPAGATION && option->set == propagation)
			return option->name;
	}
	return NULL;
}

/* Is it one of those that are one value together, and not a flag? */
static bool is_access_time(const struct oci_mount_option *option)
{
	return option->kind != OCI_MOUNT_SUPERBLOCK &&
	       ((option->set | option->clear) & OCI_MOUNT_ACCESS_TIMES) != 0;
}

/* Every option of @kind that sets or clears a bit of those that are set or cleared. */
static void write_flags(struct tree *tree, struct tree_node *list, enum oci_mount_option_kind kind,
                        uint64_t set, uint64_t cleared)
{
	const struct oci_mount_option *option;

	for (size_t i = 0; (option = oci_mount_option_at(i)) != NULL; i++) {
		const uint64_t bits = option->set | option->clear;
		const uint64_t where = option->set != 0 ? set : cleared;

		if (option->kind == kind && !is_access_time(option) && (where & bits) == bits)
			tree_text(tree, list, NULL, option->name);
	}
}

/* They are one value: each option clears the others. */
static void write_access_times(struct tree *tree, struct tree_node *list, const char *prefix,
                               uint64_t set, uint64_t cleared)
{
	const char *name = NULL;

	if ((set & OCI_MOUNT_ACCESS_TIMES) == MOUNT_ATTR_NOATIME)
		name = "noatime";
	else if ((set & OCI_MOUNT_ACCESS_TIMES) == MOUNT_ATTR_STRICTATIME)
		name = "strictatime";
	else if ((cleared & OCI_MOUNT_ACCESS_TIMES) != 0)
		name = "relatime";
	if (name != NULL)
		tree_format(tree, list, NULL, "%s%s", prefix, name);
}

static void write_kind(struct tree *tree, struct tree_node *list,
                       const struct spec_oci_mount *mount)
{
	if (mount->is_bind)
		tree_text(tree, list, NULL, mount->is_recursive ? "rbind" : "bind");
	if (mount->is_remount)
		tree_text(tree, list, NULL, "remount");
	if (mount->copies_up)
		tree_text(tree, list, NULL, "tmpcopyup");
	if (mount->is_id_mapped_below)
		tree_text(tree, list, NULL, "ridmap");
	else if (mount->is_id_mapped && mount->uids.count == 0)
		tree_text(tree, list, NULL, "idmap");
	if (mount->propagation != 0)
		tree_text(tree, list, NULL,
		          oci_propagation_name(
				  mount->propagation |
				  (mount->is_propagation_recursive ? OCI_MOUNT_RECURSIVE : 0)));
}

/* An option of the file system that is called as one of mounts is told by a comma before it. */
static void write_data(struct tree *tree, struct tree_node *list,
                       const struct spec_oci_mount *mount)
{
	for (size_t i = 0; i < mount->data.count; i++) {
		const char *text = mount->data.items[i].value;

		tree_format(tree, list, NULL, "%s%s",
		            oci_mount_option_find(text) == NULL ? "" : ",", text);
	}
}

static void write_mount(struct oci_writer *writer, struct tree_node *mounts,
                        const struct spec_oci_mount *mount)
{
	struct tree *tree = &writer->tree;
	struct tree_node *node, *list;

	if (mount->is_bind && !mount->is_remount && mount->source[0] != '/') {
		losses_add(&writer->work->losses, &writer->oci->mounts, mount->origin,
		           "nothing is mounted at %.120s: what \"%.80s\" means is not known",
		           mount->target, mount->source);
		return;
	}
	node = tree_map(tree, mounts, NULL);
	tree_text(tree, node, "destination", mount->target);
	if (*mount->type != '\0')
		tree_text(tree, node, "type", mount->type);
	if (*mount->source != '\0')
		tree_text(tree, node, "source", mount->source);
	list = tree_list(tree, node, "options");
	write_kind(tree, list, mount);
	write_flags(tree, list, OCI_MOUNT_ATTRIBUTE, mount->attributes, mount->cleared);
	write_access_times(tree, list, "", mount->attributes, mount->cleared);
	write_flags(tree, list, OCI_MOUNT_ATTRIBUTE_BELOW, mount->attributes_below,
	            mount->cleared_below);
	write_access_times(tree, list, "r", mount->attributes_below, mount->cleared_below);
	write_flags(tree, list, OCI_MOUNT_SUPERBLOCK, mount->superblock, mount->superblock_cleared);
	write_data(tree, list, mount);
	oci_write_mappings(writer, node, "uidMappings", &mount->uids);
	oci_write_mappings(writer, node, "gidMappings", &mount->gids);
}

void oci_write_mounts(struct oci_writer *writer)
{
	struct tree_node *mounts = tree_list(&writer->tree, &writer->tree.root, "mounts");

	losses_said(&writer->work->losses, &writer->oci->mounts);
	for (size_t i = 0; i < writer->oci->mount_count; i++)
		write_mount(writer, mounts, &writer->oci->mounts[i]);
}
