/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

#include "export/export_kubernetes.h"
#include "export/standard_mounts.h"

#define INERT           ((uint64_t)(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC))
#define FLAG_SLAVE      (UINT64_C(1) << 19) /* MS_SLAVE of mount(2) */
#define FLAG_SHARED     (UINT64_C(1) << 20) /* MS_SHARED */
#define NAME_SIZE       24
#define BASE_PERMISSION 8

static struct tree_node *add_volume(struct pod_writer *writer, char name[NAME_SIZE])
{
	struct tree_node *node =
		tree_map(writer->tree, tree_list(writer->tree, writer->pod, "volumes"), NULL);

	(void)snprintf(name, NAME_SIZE, "volume-%zu", writer->volume_count++);
	tree_text(writer->tree, node, "name", name);
	return node;
}

static struct tree_node *add_mount(struct pod_writer *writer, const char *name, const char *target,
                                   bool is_read_only)
{
	struct tree_node *list = tree_list(writer->tree, writer->container, "volumeMounts");
	struct tree_node *node = tree_map(writer->tree, list, NULL);

	tree_text(writer->tree, node, "name", name);
	tree_text(writer->tree, node, "mountPath", target);
	if (is_read_only)
		tree_bool(writer->tree, node, "readOnly", true);
	return node;
}

static void lose_mount(struct pod_writer *writer, const struct spec_oci_mount *mount,
                       const char *why)
{
	losses_add(&writer->work->losses, &writer->oci->mounts, mount->origin,
	           "nothing is mounted at %.120s: %s", mount->target, why);
}

static void lose_options(struct pod_writer *writer, const struct spec_oci_mount *mount,
                         const char *what)
{
	losses_add_of_item(&writer->work->losses, "spec_oci_mount.attributes", mount->origin,
	                   "Kubernetes cannot say %s of what is mounted at %.120s", what,
	                   mount->target);
}

static void write_tmpfs(struct pod_writer *writer, const struct spec_oci_mount *mount)
{
	char name[NAME_SIZE];
	struct tree_node *empty = tree_map(writer->tree, add_volume(writer, name), "emptyDir");
	uint64_t size;

	tree_text(writer->tree, empty, "medium", "Memory");
	if (mount_tmpfs_size(mount, &size))
		tree_format(writer->tree, empty, "sizeLimit",
		            size % (1 << 20) == 0 ? "%" PRIu64 "Mi" : "%" PRIu64,
		            size % (1 << 20) == 0 ? size >> 20 : size);
	(void)add_mount(writer, name, mount->target, mount_is_read_only(mount));
	if ((mount->attributes & INERT) != 0)
		lose_options(writer, mount, "nosuid, nodev or noexec");
}

static void write_propagation(struct pod_writer *writer, struct tree_node *node,
                              const struct spec_oci_mount *mount)
{
	if (mount->propagation == FLAG_SHARED)
		tree_text(writer->tree, node, "mountPropagation", "Bidirectional");
	if (mount->propagation == FLAG_SLAVE)
		tree_text(writer->tree, node, "mountPropagation", "HostToContainer");
}

static void write_bind(struct pod_writer *writer, const struct spec_oci_mount *mount)
{
	const bool is_read_only = mount_is_read_only(mount);
	struct tree_node *node;
	char name[NAME_SIZE];

	if (mount->source[0] != '/') {
		lose_mount(writer, mount, "its source is no path of the host");
		return;
	}
	node = tree_map(writer->tree, add_volume(writer, name), "hostPath");
	tree_text(writer->tree, node, "path", mount->source);
	node = add_mount(writer, name, mount->target, is_read_only);
	if ((mount->attributes_below & MOUNT_ATTR_RDONLY) != 0)
		tree_text(writer->tree, node, "recursiveReadOnly", "Enabled");
	write_propagation(writer, node, mount);
	if (((mount->attributes | mount->attributes_below) & INERT) != 0)
		lose_options(writer, mount, "nosuid, nodev or noexec");
}

static void write_one_mount(struct pod_writer *writer, const struct spec_oci_mount *mount)
{
	if (mount_is_standard(mount) || mount_is_engine_file(mount))
		return;
	if (mount->is_bind)
		write_bind(writer, mount);
	else if (strcmp(mount->type, "tmpfs") == 0)
		write_tmpfs(writer, mount);
	else
		lose_mount(writer, mount, "Kubernetes mounts volumes of its own kinds only");
}

static void write_volume(struct pod_writer *writer, const struct spec_engine_volume *volume)
{
	const bool is_claim =
		volume->name != NULL && (strcmp(volume->kind, "volume") == 0 ||
	                                 strcmp(volume->kind, "persistentVolumeClaim") == 0);
	const bool is_empty = strcmp(volume->kind, "emptyDir") == 0 ||
	                      (volume->name == NULL && strcmp(volume->kind, "volume") == 0);
	struct tree_node *node;
	char name[NAME_SIZE];

	if ((!is_claim && !is_empty) || volume->target == NULL) {
		losses_add(&writer->work->losses, &writer->engine->volumes, volume->origin,
		           "the %.60s %.80s is not mounted", volume->kind,
		           volume->name == NULL ? "" : volume->name);
		return;
	}
	node = add_volume(writer, name);
	if (is_claim)
		tree_text(writer->tree, tree_map(writer->tree, node, "persistentVolumeClaim"),
		          "claimName", volume->name);
	else
		tree_keep(tree_map(writer->tree, node, "emptyDir"));
	(void)add_mount(writer, name, volume->target, volume->is_read_only);
	if (strcmp(volume->kind, "volume") == 0 && is_claim)
		losses_note(&writer->work->losses, volume->origin,
		            "the claim %.60s must be made for the volume", volume->name);
}

static void write_mode(struct pod_writer *writer, struct tree_node *node,
                       const struct spec_text *mode)
{
	uint64_t bits = 0;

	if (mode->value == NULL)
		return;
	for (const char *digit = mode->value; *digit >= '0' && *digit < '8'; digit++)
		bits = bits * BASE_PERMISSION + (uint64_t)(*digit - '0');
	tree_unsigned(writer->tree, node, "defaultMode", bits);
}

/* Those of a cluster by name; a file of the host as what it is. */
static void write_secret(struct pod_writer *writer, const struct spec_engine_secret *secret)
{
	const char *target = secret->target;
	const bool is_named = secret->source == NULL && secret->name != NULL;
	struct tree_node *node;
	char name[NAME_SIZE];

	if (target == NULL || target[0] != '/' || (!is_named && secret->source == NULL) ||
	    (!is_named && secret->source[0] != '/')) {
		losses_add(&writer->work->losses, &writer->engine->secrets, secret->origin,
		           "the secret %.100s is not handed over",
		           secret->name == NULL ? "" : secret->name);
		return;
	}
	node = add_volume(writer, name);
	if (is_named) {
		node = tree_map(writer->tree, node, secret->is_config ? "configMap" : "secret");
		tree_text(writer->tree, node, secret->is_config ? "name" : "secretName",
		          secret->name);
		write_mode(writer, node, &secret->mode);
	} else
		tree_text(writer->tree, tree_map(writer->tree, node, "hostPath"), "path",
		          secret->source);
	(void)add_mount(writer, name, target, true);
}

/* Files of the host first: they are mounts to who reads this. */
static void write_engine_files(struct pod_writer *writer)
{
	const struct spec_engine *engine = writer->engine;
	struct losses *losses = &writer->work->losses;

	losses_said(losses, &engine->volumes);
	losses_said(losses, &engine->secrets);
	for (size_t i = 0; i < engine->secret_count; i++) {
		if (engine->secrets[i].source != NULL)
			write_secret(writer, &engine->secrets[i]);
	}
	for (size_t i = 0; i < engine->volume_count; i++)
		write_volume(writer, &engine->volumes[i]);
	for (size_t i = 0; i < engine->secret_count; i++) {
		if (engine->secrets[i].source == NULL)
			write_secret(writer, &engine->secrets[i]);
	}
}

/* A node's engine allows the devices that every container has, and no others but by plug-ins. */
static void tell_of_devices(struct pod_writer *writer)
{
	const struct spec_oci *oci = writer->oci;
	struct losses *losses = &writer->work->losses;

	losses_said(losses, &oci->devices);
	losses_said(losses, &oci->resources.device_rules);
	for (size_t i = 0; i < oci->device_count; i++) {
		if (!device_is_standard(oci->devices[i].path))
			losses_add(losses, &oci->devices, oci->devices[i].origin,
			           "Kubernetes gives devices by plug-ins only: %.120s is not given",
			           oci->devices[i].path);
	}
}

void pod_write_files(struct pod_writer *writer)
{
	const struct spec_oci *oci = writer->oci;

	losses_said(&writer->work->losses, &oci->mounts);
	losses_said(&writer->work->losses, &oci->rootfs_propagation);
	for (size_t i = 0; i < oci->mount_count; i++)
		write_one_mount(writer, &oci->mounts[i]);
	if (writer->engine != NULL)
		write_engine_files(writer);
	tell_of_devices(writer);
}
