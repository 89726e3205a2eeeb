/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* config.json. Source: runtime-spec 1.3.0, config.md and config-linux.md. */
#include "export/export_oci.h"

#include <linux/sched.h>
#include <string.h>

#include "base/cleanup.h"
#include "spec/oci_words.h"

#define ROOTFS_OF_BUNDLE "rootfs" /* where an image is unpacked to, by custom */

void oci_write_text(struct oci_writer *writer, struct tree_node *parent, const char *name,
                    const struct spec_text *text)
{
	losses_said(&writer->work->losses, text);
	if (text->value != NULL)
		tree_text(&writer->tree, parent, name, text->value);
}

void oci_write_texts(struct oci_writer *writer, struct tree_node *parent, const char *name,
                     const struct spec_text_list *list)
{
	struct tree_node *texts = tree_list(&writer->tree, parent, name);

	for (size_t i = 0; i < list->count; i++)
		tree_text(&writer->tree, texts, NULL, list->items[i].value);
}

void oci_write_number(struct oci_writer *writer, struct tree_node *parent, const char *name,
                      const struct spec_number *number)
{
	losses_said(&writer->work->losses, number);
	if (number->is_set)
		tree_integer(&writer->tree, parent, name, number->value);
}

static void write_root(struct oci_writer *writer)
{
	const struct spec *spec = writer->spec;
	struct losses *losses = &writer->work->losses;
	struct tree_node *root = tree_map(&writer->tree, &writer->tree.root, "root");
	const char *path = spec->rootfs.path.value;

	losses_said(losses, &spec->rootfs.path);
	losses_said(losses, &writer->oci->is_rootfs_read_only);
	tree_text(&writer->tree, root, "path", path == NULL ? ROOTFS_OF_BUNDLE : path);
	if (writer->oci->is_rootfs_read_only)
		tree_bool(&writer->tree, root, "readonly", true);
}

static void write_annotations(struct oci_writer *writer)
{
	const struct spec_oci *oci = writer->oci;
	const struct spec_engine *engine = writer->work->engine;
	struct tree_node *annotations = tree_map(&writer->tree, &writer->tree.root, "annotations");

	losses_said(&writer->work->losses, &oci->annotations);
	for (size_t i = 0; i < oci->annotation_count; i++)
		tree_text(&writer->tree, annotations, oci->annotations[i].name,
		          oci->annotations[i].value);
	if (engine == NULL || engine->image.value == NULL)
		return;
	tree_text(&writer->tree, annotations, work_image_annotation, engine->image.value);
	losses_add(&writer->work->losses, &engine->image, engine->image.origin,
	           "config.json runs no image: %.120s must be unpacked into %s",
	           engine->image.value,
	           writer->spec->rootfs.path.value == NULL ? ROOTFS_OF_BUNDLE
	                                                   : writer->spec->rootfs.path.value);
}

static void write_hook(struct oci_writer *writer, struct tree_node *list,
                       const struct spec_oci_hook *hook)
{
	struct tree_node *node = tree_map(&writer->tree, list, NULL);

	tree_text(&writer->tree, node, "path", hook->path);
	oci_write_texts(writer, node, "args", &hook->args);
	oci_write_texts(writer, node, "env", &hook->env);
	if (hook->timeout_s.is_set)
		tree_integer(&writer->tree, node, "timeout", hook->timeout_s.value);
}

static void write_hooks(struct oci_writer *writer)
{
	struct tree_node *hooks = tree_map(&writer->tree, &writer->tree.root, "hooks");

	losses_said(&writer->work->losses, &writer->oci->hooks);
	for (size_t point = 0; point < SPEC_OCI_HOOK_POINT_COUNT; point++) {
		const struct spec_oci_hook_list *list = &writer->oci->hooks[point];
		struct tree_node *node =
			tree_list(&writer->tree, hooks, oci_word_name(&oci_hook_points, point));

		for (size_t i = 0; i < list->count; i++)
			write_hook(writer, node, &list->items[i]);
	}
}

/* An engine's own are made up: what it will take only the host knows. */
static bool has_mappings(const struct oci_writer *writer)
{
	return writer->work->engine == NULL && writer->oci->uids.count > 0 &&
	       writer->oci->gids.count > 0;
}

/* The ids of the host that a user namespace of its own is mapped to are not for a spec to know. */
static bool can_write_namespace(struct oci_writer *writer,
                                const struct spec_oci_namespace *namespace)
{
	if (namespace->kind != CLONE_NEWUSER || namespace->path != NULL || has_mappings(writer))
		return true;
	losses_add(&writer->work->losses, &writer->oci->uids, namespace->origin,
	           "config.json maps a user namespace to ids of the host, which are not known");
	return false;
}

static void write_namespaces(struct oci_writer *writer, struct tree_node *container)
{
	const struct spec_oci *oci = writer->oci;
	struct tree_node *list = tree_list(&writer->tree, container, "namespaces");

	losses_said(&writer->work->losses, &oci->namespaces);
	for (size_t i = 0; i < oci->namespace_count; i++) {
		const struct spec_oci_namespace *namespace = &oci->namespaces[i];
		struct tree_node *node;

		if (!can_write_namespace(writer, namespace))
			continue;
		node = tree_map(&writer->tree, list, NULL);
		tree_text(&writer->tree, node, "type",
		          oci_word_name(&oci_namespaces, namespace->kind));
		if (namespace->path != NULL && namespace->path[0] == '/')
			tree_text(&writer->tree, node, "path", namespace->path);
		else if (namespace->path != NULL)
			losses_add_of_item(
				&writer->work->losses, "spec_oci_namespace.path", namespace->origin,
				"config.json cannot join \"%.100s\": the container gets a "
				"namespace of its own",
				namespace->path);
	}
}

static void write_offsets(struct oci_writer *writer, struct tree_node *container)
{
	const struct spec_oci *oci = writer->oci;
	struct tree_node *offsets = tree_map(&writer->tree, container, "timeOffsets");

	losses_said(&writer->work->losses, &oci->time_offsets);
	for (size_t i = 0; i < oci->time_offset_count; i++) {
		const struct spec_oci_time_offset *offset = &oci->time_offsets[i];
		struct tree_node *node = tree_map(&writer->tree, offsets, offset->clock);

		tree_integer(&writer->tree, node, "secs", offset->seconds);
		tree_unsigned(&writer->tree, node, "nanosecs", offset->nanoseconds);
	}
}

static void write_device(struct oci_writer *writer, struct tree_node *list,
                         const struct spec_oci_device *device)
{
	struct tree_node *node;

	if (device->type != SPEC_OCI_DEVICE_FIFO && device->major < 0) {
		losses_add_of_item(&writer->work->losses, "spec_oci_device.path", device->origin,
		                   "config.json needs the numbers of %.120s, which are the host's",
		                   device->path);
		return;
	}
	node = tree_map(&writer->tree, list, NULL);
	tree_text(&writer->tree, node, "path", device->path);
	tree_text(&writer->tree, node, "type", oci_word_name(&oci_device_types, device->type));
	tree_integer(&writer->tree, node, "major", device->major);
	tree_integer(&writer->tree, node, "minor", device->minor);
	if (device->has_mode)
		tree_unsigned(&writer->tree, node, "fileMode", device->mode);
	tree_unsigned(&writer->tree, node, "uid", device->uid);
	tree_unsigned(&writer->tree, node, "gid", device->gid);
}

static void write_devices(struct oci_writer *writer, struct tree_node *container)
{
	struct tree_node *devices = tree_list(&writer->tree, container, "devices");
	struct tree_node *networks = tree_map(&writer->tree, container, "netDevices");
	const struct spec_oci *oci = writer->oci;

	losses_said(&writer->work->losses, &oci->devices);
	losses_said(&writer->work->losses, &oci->net_devices);
	for (size_t i = 0; i < oci->device_count; i++)
		write_device(writer, devices, &oci->devices[i]);
	for (size_t i = 0; i < oci->net_device_count; i++)
		tree_text(&writer->tree,
		          tree_map(&writer->tree, networks, oci->net_devices[i].host_name), "name",
		          oci->net_devices[i].name);
}

static void write_paths(struct oci_writer *writer, struct tree_node *container, const char *name,
                        const struct spec_text_list *paths)
{
	struct tree_node *list = tree_list(&writer->tree, container, name);

	losses_said(&writer->work->losses, paths);
	for (size_t i = 0; i < paths->count; i++) {
		const struct spec_text *path = &paths->items[i];

		if (strchr(path->value, '*') == NULL)
			tree_text(&writer->tree, list, NULL, path->value);
		else
			losses_add(&writer->work->losses, paths, path->origin,
			           "config.json knows no patterns: %.120s stays in sight",
			           path->value);
	}
}

static void write_personality(struct oci_writer *writer, struct tree_node *container)
{
	const struct spec_number *domain = &writer->oci->personality;

	losses_said(&writer->work->losses, domain);
	if (domain->is_set)
		tree_text(&writer->tree, tree_map(&writer->tree, container, "personality"),
		          "domain", oci_word_name(&oci_personalities, (uint64_t)domain->value));
}

static void write_memory_policy(struct oci_writer *writer, struct tree_node *container)
{
	const struct spec_oci *oci = writer->oci;
	struct tree_node *policy = tree_map(&writer->tree, container, "memoryPolicy");
	struct tree_node *flags;

	losses_said(&writer->work->losses, &oci->memory_policy_mode);
	losses_said(&writer->work->losses, &oci->memory_policy_flags);
	if (oci->memory_policy_mode.is_set)
		tree_text(&writer->tree, policy, "mode",
		          oci_word_name(&oci_memory_policy_modes,
		                        (uint64_t)oci->memory_policy_mode.value));
	oci_write_text(writer, policy, "nodes", &oci->memory_policy_nodes);
	flags = tree_list(&writer->tree, policy, "flags");
	for (size_t i = 0; i < oci_memory_policy_flags.count; i++) {
		if ((oci->memory_policy_flags & oci_memory_policy_flags.items[i].value) != 0)
			tree_text(&writer->tree, flags, NULL,
			          oci_memory_policy_flags.items[i].name);
	}
}

static void write_linux(struct oci_writer *writer)
{
	const struct spec *spec = writer->spec;
	const struct spec_oci *oci = writer->oci;
	struct losses *losses = &writer->work->losses;
	struct tree_node *container = tree_map(&writer->tree, &writer->tree.root, "linux");
	struct tree_node *sysctls;

	write_namespaces(writer, container);
	losses_said(losses, &oci->uids);
	losses_said(losses, &oci->gids);
	if (has_mappings(writer)) {
		oci_write_mappings(writer, container, "uidMappings", &oci->uids);
		oci_write_mappings(writer, container, "gidMappings", &oci->gids);
	}
	write_offsets(writer, container);
	write_devices(writer, container);
	oci_write_text(writer, container, "cgroupsPath", &oci->cgroups_path);
	oci_write_resources(writer, container);
	sysctls = tree_map(&writer->tree, container, "sysctl");
	losses_said(losses, &spec->sysctls);
	for (size_t i = 0; i < spec->sysctl_count; i++)
		tree_text(&writer->tree, sysctls, spec->sysctls[i].name, spec->sysctls[i].value);
	oci_write_seccomp(writer, container);
	losses_said(losses, &oci->rootfs_propagation);
	if (oci->rootfs_propagation != 0)
		tree_text(&writer->tree, container, "rootfsPropagation",
		          oci_propagation_name(oci->rootfs_propagation));
	write_paths(writer, container, "maskedPaths", &oci->masked_paths);
	write_paths(writer, container, "readonlyPaths", &oci->read_only_paths);
	oci_write_text(writer, container, "mountLabel", &oci->mount_label);
	write_personality(writer, container);
	write_memory_policy(writer, container);
}

/* The name is not of the text: config.json stands in the folder that has it. */
static void write_config(struct oci_writer *writer)
{
	const struct spec *spec = writer->spec;
	struct tree_node *root = &writer->tree.root;

	losses_said(&writer->work->losses, &spec->name);
	tree_text(&writer->tree, root, "ociVersion", EXPORT_OCI_VERSION);
	oci_write_process(writer);
	write_root(writer);
	oci_write_text(writer, root, "hostname", &spec->hostname);
	oci_write_text(writer, root, "domainname", &writer->oci->domainname);
	oci_write_mounts(writer);
	write_hooks(writer);
	write_annotations(writer);
	write_linux(writer);
}

static int need_rootfs(const struct export_work *work, struct error *err)
{
	if (work->spec->rootfs.path.value != NULL || !work->is_native)
		return 0;
	(void)error_set(err, ERROR_SPEC,
	                "config.json needs a directory for the root; this spec's is made of the "
	                "host's");
	(void)error_hint(err, "--rootfs DIRECTORY");
	return error_at(err, "/rootfs");
}

int export_oci(const struct export_request *request, char **out, struct error *err)
{
	AUTO_WORK struct export_work work;
	AUTO_FREE char *text = NULL;
	struct oci_writer writer = { .work = &work };

	if (work_begin(&work, request, 0, "config.json", err) < 0 ||
	    work_need_args(&work, "config.json", err) < 0 || need_rootfs(&work, err) < 0)
		return -1;
	writer.spec = work.spec;
	writer.oci = work.oci;
	tree_begin(&writer.tree, work.arena, TREE_MAP);
	write_config(&writer);
	if (losses_settle(&work.losses, err) < 0)
		return -1;
	*out = tree_json(&writer.tree, err);
	return *out == NULL ? -1 : 0;
}
