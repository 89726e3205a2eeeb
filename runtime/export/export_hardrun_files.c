/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/mount.h>
#include <string.h>

#include "base/path.h"
#include "export/export_hardrun.h"
#include "export/standard_mounts.h"
#include "spec/known_paths.h"

#define TMPFS_SIZE  (UINT64_C(64) << 20) /* of one whose size is not said; bytes */
#define SECRETS_DIR "/run/secrets/"

static void name_in_relax(struct native_writer *writer, enum relax_entry entry, const char *path)
{
	struct tree_node *paths = tree_list(&writer->tree, native_relax(writer, entry), "paths");

	for (const struct tree_node *node = paths->first; node != NULL; node = node->next) {
		if (strcmp(node->text, path) == 0)
			return;
	}
	tree_text(&writer->tree, paths, NULL, path);
}

static void name_if_sensitive(struct native_writer *writer, const char *path)
{
	if (known_path_sensitive(path) != NULL)
		name_in_relax(writer, RELAX_SENSITIVE_MOUNT, path);
}

static void write_root(struct native_writer *writer)
{
	const char *path = writer->spec->rootfs.path.value;
	struct losses *losses = &writer->work->losses;

	losses_said(losses, &writer->spec->rootfs.path);
	losses_said(losses, &writer->oci->is_rootfs_read_only);
	tree_text(&writer->tree, &writer->tree.root, "rootfs", path == NULL ? "./rootfs" : path);
	if (path != NULL && path[0] == '/')
		name_if_sensitive(writer, path);
	if (!writer->oci->is_rootfs_read_only)
		(void)native_relax(writer, RELAX_WRITABLE_ROOT);
}

/* hardrun makes these parts itself. */
static bool is_reserved(const char *target)
{
	return strcmp(target, "/") == 0 || path_is_within(target, "/proc") ||
	       path_is_within(target, "/sys") || path_is_within(target, "/dev");
}

static void lose_mount(struct native_writer *writer, const struct spec_oci_mount *mount,
                       const char *why)
{
	losses_add(&writer->work->losses, &writer->oci->mounts, mount->origin,
	           "nothing is mounted at %.120s: %s", mount->target, why);
}

static void write_tmpfs(struct native_writer *writer, const struct spec_oci_mount *mount)
{
	struct tree_node *tmpfs = tree_map(&writer->tree, &writer->tree.root, "tmpfs");
	uint64_t size = TMPFS_SIZE;

	if (is_reserved(mount->target) && strcmp(mount->target, "/dev/shm") != 0) {
		lose_mount(writer, mount, "hardrun makes that part itself");
		return;
	}
	(void)mount_tmpfs_size(mount, &size);
	native_size(writer, tmpfs, mount->target, size);
	if ((mount->attributes & MOUNT_ATTR_NOEXEC) == 0)
		name_in_relax(writer, RELAX_EXEC_PATHS, mount->target);
}

static void write_read_only_bind(struct native_writer *writer, const struct spec_oci_mount *mount)
{
	struct tree_node *mounts = tree_list(&writer->tree, &writer->tree.root, "mounts");
	struct tree_node *node = tree_map(&writer->tree, mounts, NULL);

	tree_text(&writer->tree, node, "source", mount->source);
	tree_text(&writer->tree, node, "target", mount->target);
}

/* relax.write knows one name for a path, inside as on the host. */
static void write_bind(struct native_writer *writer, const struct spec_oci_mount *mount)
{
	struct losses *losses = &writer->work->losses;

	if (is_reserved(mount->target) || mount->source[0] != '/') {
		lose_mount(writer, mount,
		           mount->source[0] != '/' ? "its source is no path of the host"
		                                   : "hardrun makes that part itself");
		return;
	}
	if (!mount_is_read_only(mount) && strcmp(mount->source, mount->target) == 0)
		name_in_relax(writer, RELAX_WRITE, mount->source);
	else
		write_read_only_bind(writer, mount);
	if (!mount_is_read_only(mount) && strcmp(mount->source, mount->target) != 0)
		losses_add_of_item(losses, "spec_mount.is_writable", mount->origin,
		                   "%.100s can be written at its own path only: it is read-only at "
		                   "%.100s",
		                   mount->source, mount->target);
	name_if_sensitive(writer, mount->source);
	if ((mount->attributes & MOUNT_ATTR_NOEXEC) == 0)
		losses_add_of_item(losses, "spec_mount.is_executable", mount->origin,
		                   "programs are not run from %.120s unless relax.exec-paths names "
		                   "it",
		                   mount->target);
}

static void write_mount(struct native_writer *writer, const struct spec_oci_mount *mount)
{
	if (mount_is_standard(mount) || mount_is_engine_file(mount))
		return;
	if (mount->is_bind)
		write_bind(writer, mount);
	else if (strcmp(mount->type, "tmpfs") == 0)
		write_tmpfs(writer, mount);
	else
		lose_mount(writer, mount, "hardrun mounts paths of the host and tmpfs only");
}

/* What an engine's device is called on the host; a config.json tells it by numbers. */
static const char *host_path_of(const struct native_writer *writer,
                                const struct spec_oci_device *device)
{
	const struct spec_engine *engine = writer->engine;

	for (size_t i = 0; engine != NULL && i < engine->device_count; i++) {
		if (strcmp(engine->devices[i].target, device->path) == 0)
			return engine->devices[i].source;
	}
	return device->path;
}

static void write_device(struct native_writer *writer, const struct spec_oci_device *device)
{
	const char *source = host_path_of(writer, device);

	if (device_is_standard(device->path))
		return;
	if (strcmp(source, device->path) == 0 && path_is_within(source, "/dev"))
		name_in_relax(writer, RELAX_DEVICES, source);
	else
		losses_add(&writer->work->losses, &writer->oci->devices, device->origin,
		           "a device has one name below /dev, inside as on the host: %.100s is not "
		           "%.100s",
		           device->path, source);
}

/* Every device, and not only that nodes may be made. */
static bool allows_all(const struct spec_oci_device_rule *rule)
{
	return rule->allows &&
	       (rule->rule.access & (DEVICE_ACCESS_READ | DEVICE_ACCESS_WRITE)) != 0 &&
	       (rule->is_all || (rule->rule.major == DEVICE_ANY && rule->rule.minor == DEVICE_ANY));
}

/* hardrun denies what it does not make and nobody names. */
static void write_devices(struct native_writer *writer)
{
	const struct spec_oci *oci = writer->oci;
	struct losses *losses = &writer->work->losses;

	losses_said(losses, &oci->devices);
	losses_said(losses, &oci->resources.device_rules);
	for (size_t i = 0; i < oci->device_count; i++)
		write_device(writer, &oci->devices[i]);
	for (size_t i = 0; i < oci->resources.device_rule_count; i++) {
		if (allows_all(&oci->resources.device_rules[i]))
			losses_add(losses, &oci->devices, oci->resources.device_rules[i].origin,
			           "hardrun gives no container every device: name those that are "
			           "needed in relax.devices");
	}
}

static bool holds(const struct spec_text_list *list, const char *path)
{
	for (size_t i = 0; i < list->count; i++) {
		if (path_is_within(path, list->items[i].value))
			return true;
	}
	return false;
}

/* hardrun hides more than the older engines do, and keeps it hidden. */
static void write_masks(struct native_writer *writer)
{
	const struct spec_oci *oci = writer->oci;

	for (size_t i = 0; i < known_engine_masked_path_count; i++) {
		if (!holds(&oci->masked_paths, known_engine_masked_paths[i]))
			name_in_relax(writer, RELAX_UNMASKED_PATHS, known_engine_masked_paths[i]);
	}
	work_tell_of_paths(writer->work, &oci->masked_paths, known_masked_paths,
	                   known_masked_path_count, "hide");
	work_tell_of_paths(writer->work, &oci->read_only_paths, known_read_only_paths,
	                   known_read_only_path_count, "make read-only");
}

static void write_secret(struct native_writer *writer, const struct spec_engine_secret *secret)
{
	const size_t length = strlen(SECRETS_DIR);

	if (secret->source != NULL && secret->source[0] == '/' && secret->target != NULL &&
	    strncmp(secret->target, SECRETS_DIR, length) == 0 &&
	    strchr(secret->target + length, '/') == NULL)
		tree_text(&writer->tree, tree_map(&writer->tree, &writer->tree.root, "secrets"),
		          secret->target + length, secret->source);
	else
		losses_add(&writer->work->losses, &writer->engine->secrets, secret->origin,
		           "the secret %.100s is no file of the host for " SECRETS_DIR,
		           secret->name == NULL ? "" : secret->name);
}

static void write_engine_files(struct native_writer *writer)
{
	const struct spec_engine *engine = writer->engine;
	struct losses *losses = &writer->work->losses;

	if (engine == NULL)
		return;
	losses_said(losses, &engine->secrets);
	losses_said(losses, &engine->volumes);
	for (size_t i = 0; i < engine->secret_count; i++)
		write_secret(writer, &engine->secrets[i]);
	for (size_t i = 0; i < engine->volume_count; i++) {
		const struct spec_engine_volume *volume = &engine->volumes[i];

		losses_add(losses, &engine->volumes, volume->origin,
		           "hardrun keeps no volumes: nothing is mounted at %.120s",
		           volume->target == NULL ? "" : volume->target);
	}
}

void native_write_files(struct native_writer *writer)
{
	const struct spec_oci *oci = writer->oci;

	write_root(writer);
	losses_said(&writer->work->losses, &oci->mounts);
	for (size_t i = 0; i < oci->mount_count; i++)
		write_mount(writer, &oci->mounts[i]);
	write_engine_files(writer);
	write_devices(writer);
	write_masks(writer);
}
