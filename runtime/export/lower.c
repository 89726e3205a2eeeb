/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a native spec asks, in the terms of config.json. */
#include <inttypes.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "export/work.h"
#include "spec/known_paths.h"
#include "spec/spec_build.h"

#define PROPAGATION_PRIVATE (UINT64_C(1) << 18) /* MS_PRIVATE */
#define INERT               ((uint64_t)(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV))
#define DATA_ONLY           (INERT | MOUNT_ATTR_NOEXEC)
#define READ_ONLY           ((uint64_t)MOUNT_ATTR_RDONLY)

static const char default_origin[] = "default";

/* A spec and its OCI part while they are made. */
struct lowering {
	const struct spec *native;
	struct arena *arena;
	struct spec *spec;
	struct spec_oci *oci;
	struct spec_oci_mount *mounts; /* of oci, with room for all */
};

static const uint64_t namespaces[] = {
	CLONE_NEWCGROUP, CLONE_NEWIPC,  CLONE_NEWNS,   CLONE_NEWNET,
	CLONE_NEWPID,    CLONE_NEWTIME, CLONE_NEWUSER, CLONE_NEWUTS,
};

static int lower_namespaces(struct lowering *lowering, struct error *err)
{
	struct spec_oci_namespace *items =
		arena_alloc(lowering->arena, sizeof(*items) * ARRAY_LEN(namespaces), err);
	size_t count = 0;

	if (items == NULL)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(namespaces); i++) {
		if ((lowering->native->shared_namespaces & namespaces[i]) == 0)
			items[count++] = (struct spec_oci_namespace){ .kind = namespaces[i],
				                                      .origin = default_origin };
	}
	lowering->oci->namespaces = items;
	lowering->oci->namespace_count = count;
	return 0;
}

static bool holds(const struct spec_text_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i].value, text) == 0)
			return true;
	}
	return false;
}

static int lower_paths(struct lowering *lowering, const char *const *paths, size_t path_count,
                       const struct spec_text_list *without, struct spec_text_list *out,
                       struct error *err)
{
	struct spec_text *items = arena_alloc(lowering->arena, sizeof(*items) * path_count, err);
	size_t count = 0;

	if (items == NULL)
		return -1;
	for (size_t i = 0; i < path_count; i++) {
		if (!holds(without, paths[i]))
			items[count++] = (struct spec_text){ paths[i], default_origin };
	}
	*out = (struct spec_text_list){ items, count };
	return 0;
}

static int lower_masks(struct lowering *lowering, struct error *err)
{
	const struct spec_text_list none = { .count = 0 };
	struct spec_oci *oci = lowering->oci;

	if (lower_paths(lowering, known_masked_paths, known_masked_path_count,
	                &lowering->native->unmasked_paths, &oci->masked_paths, err) < 0)
		return -1;
	lowering->spec->unmasked_paths = none;
	return lower_paths(lowering, known_read_only_paths, known_read_only_path_count, &none,
	                   &oci->read_only_paths, err);
}

static PRINTF_LIKE(3, 4) const
	char *format(struct lowering *lowering, struct error *err, const char *pattern, ...)
{
	char text[512];
	char *copy;
	va_list args;

	va_start(args, pattern);
	(void)vsnprintf(text, sizeof(text), pattern, args);
	va_end(args);
	copy = arena_alloc(lowering->arena, strlen(text) + 1, err);
	return copy == NULL ? NULL : memcpy(copy, text, strlen(text) + 1);
}

static struct spec_oci_mount *add_mount(struct lowering *lowering, const char *target,
                                        const char *type, const char *origin)
{
	struct spec_oci_mount *mount = &lowering->mounts[lowering->oci->mount_count++];

	*mount = (struct spec_oci_mount){
		.target = target,
		.type = type,
		.source = type,
		.attributes = DATA_ONLY,
		.origin = origin,
	};
	return mount;
}

/* Every container of ours has them. */
static const struct {
	const char *target;
	const char *type;
	uint64_t attributes;
	const char *data[4];
} standard_mounts[] = {
	{ "/proc", "proc", DATA_ONLY, { NULL } },
	{ "/dev", "tmpfs", DATA_ONLY, { "mode=755", "size=65536k" } },
	{ "/dev/pts",
	  "devpts",
	  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
	  { "newinstance", "ptmxmode=0666", "mode=0620" } },
	{ "/sys", "sysfs", DATA_ONLY | MOUNT_ATTR_RDONLY, { NULL } },
	{ "/sys/fs/cgroup", "cgroup", DATA_ONLY | MOUNT_ATTR_RDONLY, { NULL } },
};

static int set_data(struct lowering *lowering, struct spec_oci_mount *mount,
                    const char *const *data, size_t count, struct error *err)
{
	struct spec_text *items = arena_alloc(lowering->arena, sizeof(*items) * (count + 1), err);

	if (items == NULL)
		return -1;
	for (size_t i = 0; i < count; i++)
		items[i] = (struct spec_text){ data[i], mount->origin };
	mount->data = (struct spec_text_list){ count == 0 ? NULL : items, count };
	return 0;
}

static int lower_standard_mounts(struct lowering *lowering, struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(standard_mounts); i++) {
		struct spec_oci_mount *mount = add_mount(lowering, standard_mounts[i].target,
		                                         standard_mounts[i].type, default_origin);
		size_t count = 0;

		mount->attributes = standard_mounts[i].attributes;
		while (standard_mounts[i].data[count] != NULL)
			count++;
		if (set_data(lowering, mount, standard_mounts[i].data, count, err) < 0)
			return -1;
	}
	return 0;
}

static int lower_one_tmpfs(struct lowering *lowering, const struct spec_tmpfs *tmpfs,
                           struct error *err)
{
	const bool is_shared =
		strcmp(tmpfs->target, "/tmp") == 0 || strcmp(tmpfs->target, "/dev/shm") == 0;
	const char *size = format(lowering, err, "size=%" PRIu64, tmpfs->size);
	const char *data[] = { size, is_shared ? "mode=1777" : "mode=0755", NULL, NULL };
	struct spec_oci_mount *mount = add_mount(lowering, tmpfs->target, "tmpfs", tmpfs->origin);
	const struct spec_user *user = &lowering->native->user;
	size_t count = 2;

	if (tmpfs->is_executable)
		mount->attributes = INERT;
	if (!is_shared) {
		data[count++] = format(lowering, err, "uid=%" PRIu32, user->uid);
		data[count++] = format(lowering, err, "gid=%" PRIu32, user->gid);
	}
	for (size_t i = 0; i < count; i++) {
		if (data[i] == NULL)
			return -1;
	}
	return set_data(lowering, mount, data, count, err);
}

static void lower_bind(struct lowering *lowering, const struct spec_mount *bind)
{
	struct spec_oci_mount *mount = add_mount(lowering, bind->target, "bind", bind->origin);

	mount->source = bind->source;
	mount->is_bind = true;
	mount->is_recursive = true;
	mount->propagation = PROPAGATION_PRIVATE;
	mount->is_propagation_recursive = true;
	mount->attributes = bind->is_executable ? INERT : DATA_ONLY;
	if (!bind->is_writable)
		mount->attributes |= READ_ONLY;
	mount->attributes_below = mount->attributes;
}

/* A copy of our own is beyond config.json: the file itself is shown, with the mode that it has. */
static int lower_secret(struct lowering *lowering, const struct spec_secret *secret,
                        struct error *err)
{
	const char *target = format(lowering, err, "/run/secrets/%.100s", secret->name);
	const struct spec_mount bind = {
		.source = secret->source,
		.target = target,
		.origin = secret->origin,
	};

	if (target == NULL)
		return -1;
	lower_bind(lowering, &bind);
	return 0;
}

static int lower_mounts(struct lowering *lowering, struct error *err)
{
	const struct spec *native = lowering->native;
	struct spec *spec = lowering->spec;
	const size_t count = ARRAY_LEN(standard_mounts) + native->tmpfs_count +
	                     native->mount_count + native->secret_count;

	lowering->mounts = arena_alloc(lowering->arena, sizeof(*lowering->mounts) * count, err);
	lowering->oci->mounts = lowering->mounts;
	if (lowering->mounts == NULL || lower_standard_mounts(lowering, err) < 0)
		return -1;
	for (size_t i = 0; i < native->tmpfs_count; i++) {
		if (lower_one_tmpfs(lowering, &native->tmpfs[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < native->mount_count; i++)
		lower_bind(lowering, &native->mounts[i]);
	for (size_t i = 0; i < native->secret_count; i++) {
		if (lower_secret(lowering, &native->secrets[i], err) < 0)
			return -1;
	}
	spec->tmpfs = NULL;
	spec->mounts = NULL;
	spec->secrets = NULL;
	spec->tmpfs_count = spec->mount_count = spec->secret_count = 0;
	return 0;
}

/* Their numbers are the host's to tell. */
static int lower_devices(struct lowering *lowering, struct error *err)
{
	const struct spec *native = lowering->native;
	struct spec_oci_device *devices =
		arena_alloc(lowering->arena, sizeof(*devices) * (native->device_count + 1), err);

	if (devices == NULL)
		return -1;
	for (size_t i = 0; i < native->device_count; i++)
		devices[i] = (struct spec_oci_device){
			.path = native->devices[i].path,
			.major = -1,
			.minor = -1,
			.origin = native->devices[i].origin,
		};
	lowering->oci->devices = native->device_count == 0 ? NULL : devices;
	lowering->oci->device_count = native->device_count;
	lowering->spec->devices = NULL;
	lowering->spec->device_count = 0;
	return 0;
}

static struct spec_number number_of(const struct spec_limit *limit)
{
	return (struct spec_number){ .value = (int64_t)limit->value,
		                     .origin = limit->origin,
		                     .is_set = limit->is_set };
}

/* The one weight of config.json is that of version 1; the file's own name does as well. */
static int lower_io_weight(struct lowering *lowering, struct error *err)
{
	struct spec_limit *weight = &lowering->spec->limits.io_weight;
	struct spec_sysctl *file = arena_alloc(lowering->arena, sizeof(*file), err);

	if (file == NULL)
		return -1;
	if (!weight->is_set)
		return 0;
	file->name = "io.weight";
	file->value = format(lowering, err, "%" PRIu64, weight->value);
	file->origin = weight->origin;
	lowering->oci->resources.unified = file;
	lowering->oci->resources.unified_count = 1;
	*weight = (struct spec_limit){ .is_set = false };
	return file->value == NULL ? -1 : 0;
}

static int lower_limits(struct lowering *lowering, struct error *err)
{
	const struct spec_limits *limits = &lowering->native->limits;
	struct spec_limits *left = &lowering->spec->limits;
	struct spec_oci_resources *resources = &lowering->oci->resources;

	resources->memory_limit = number_of(&limits->memory);
	resources->cpu_quota = number_of(&limits->cpu_quota);
	resources->pids_limit = number_of(&limits->pids);
	if (limits->cpu_quota.is_set)
		resources->cpu_period = (struct spec_number){ .value = SPEC_CPU_PERIOD_USEC,
			                                      .origin = limits->cpu_quota.origin,
			                                      .is_set = true };
	if (limits->memory.is_set && limits->swap.is_set) {
		resources->memory_swap = number_of(&limits->swap);
		resources->memory_swap.value += (int64_t)limits->memory.value;
		left->swap.is_set = false;
	}
	left->memory.is_set = left->cpu_quota.is_set = left->pids.is_set = false;
	return lower_io_weight(lowering, err);
}

static void lower_process(struct lowering *lowering)
{
	const struct spec *native = lowering->native;
	struct spec *spec = lowering->spec;

	lowering->oci->capabilities = (struct spec_oci_capabilities){
		.bounding = native->capabilities,
		.effective = native->capabilities,
		.inheritable = native->capabilities,
		.permitted = native->capabilities,
		.ambient = native->capabilities,
		.origin = native->capabilities_origin == NULL ? default_origin
		                                              : native->capabilities_origin,
	};
	spec->secret_env_names = (struct spec_text_list){ .count = 0 };
	if (spec->hostname.value == NULL && (native->shared_namespaces & CLONE_NEWUTS) == 0)
		spec->hostname = native->name;
}

int export_lower(const struct spec *native, struct arena *arena, struct spec **out,
                 struct error *err)
{
	struct lowering lowering = { .native = native, .arena = arena };

	lowering.spec = arena_alloc(arena, sizeof(*lowering.spec), err);
	lowering.oci = arena_alloc(arena, sizeof(*lowering.oci), err);
	if (lowering.spec == NULL || lowering.oci == NULL)
		return -1;
	*lowering.spec = *native;
	lowering.spec->oci = lowering.oci;
	lowering.oci->bundle = "/";
	lowering.oci->rootfs = native->rootfs.path;
	lowering.oci->is_rootfs_read_only = !native->rootfs.is_writable;
	lower_process(&lowering);
	if (lower_namespaces(&lowering, err) < 0 || lower_masks(&lowering, err) < 0 ||
	    lower_mounts(&lowering, err) < 0 || lower_devices(&lowering, err) < 0 ||
	    lower_limits(&lowering, err) < 0)
		return -1;
	*out = lowering.spec;
	return 0;
}
