/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/spec_build.h"

#include <string.h>

#define MIB (UINT64_C(1) << 20)

#define DEFAULT_ID          65532
#define DEFAULT_UMASK       027
#define LIST_FIRST_CAPACITY ((size_t)8) /* items */
#define SIZE_LARGEST        (UINT64_C(1) << 60)
#define LIST_COUNT_MAX      8192 /* items */

static const char default_origin[] = "default";

static const struct {
	const char *name;
	uint64_t value;
} default_bounds[SPEC_BOUND_COUNT] = {
	[SPEC_BOUND_MEMORY] = { "memory", 512 * MIB },
	[SPEC_BOUND_SWAP] = { "swap", 0 },
	[SPEC_BOUND_CPUS] = { "cpus", SPEC_CPU_PERIOD_USEC },
	[SPEC_BOUND_PIDS] = { "pids", 100 },
	[SPEC_BOUND_NOFILE] = { "nofile", 1024 },
	[SPEC_BOUND_CORE] = { "core", 0 },
};

static const struct spec_tmpfs default_tmpfs[] = {
	{ .target = "/tmp", .size = 64 * MIB, .origin = default_origin },
	{ .target = "/run", .size = 16 * MIB, .origin = default_origin },
};

const char *spec_bound_name(enum spec_bound bound)
{
	return default_bounds[bound].name;
}

/*
 * Sources: kernel 6.1, kernel/sched/core.c, min_cfs_quota_period (1 ms); linux/threads.h,
 * PID_MAX_LIMIT; linux/fs.h, NR_OPEN's default. Two processes are hardrun's init and the
 * program; below 16 descriptors the dynamic linker already fails.
 */
static const struct spec_range ranges[SPEC_BOUND_COUNT] = {
	[SPEC_BOUND_MEMORY] = { UINT64_C(256) * 1024, SIZE_LARGEST },
	[SPEC_BOUND_SWAP] = { 0, SIZE_LARGEST },
	[SPEC_BOUND_CPUS] = { SPEC_CPU_PERIOD_USEC / 100, UINT64_C(4096) * SPEC_CPU_PERIOD_USEC },
	[SPEC_BOUND_PIDS] = { 2, UINT64_C(1) << 22 },
	[SPEC_BOUND_NOFILE] = { 16, UINT64_C(1) << 20 },
	[SPEC_BOUND_CORE] = { 0, SIZE_LARGEST },
};

const struct spec_range *spec_bound_range(enum spec_bound bound)
{
	return &ranges[bound];
}

static void set_defaults(struct spec_builder *builder)
{
	struct spec *spec = builder->spec;

	spec->arena = builder->arena;
	spec->cwd = (struct spec_text){ "/", default_origin };
	spec->user = (struct spec_user){
		.uid = DEFAULT_ID,
		.gid = DEFAULT_ID,
		.umask = DEFAULT_UMASK,
		.origin = default_origin,
	};
	spec->rootfs.kind = SPEC_ROOTFS_HOST;
	spec->no_new_privs = true;
	spec->seccomp.kind = SPEC_SECCOMP_DEFAULT;
	spec->apparmor.kind = SPEC_APPARMOR_GENERATED;
	spec->has_landlock = true;
	for (unsigned int bound = 0; bound < SPEC_BOUND_COUNT; bound++) {
		spec_set_bound(builder, (enum spec_bound)bound, default_bounds[bound].value,
		               default_origin);
	}
}

int spec_begin(struct spec_builder *builder, struct error *err)
{
	*builder = (struct spec_builder){
		.args.item_size = sizeof(struct spec_text),
		.env.item_size = sizeof(struct spec_text),
		.tmpfs.item_size = sizeof(struct spec_tmpfs),
		.mounts.item_size = sizeof(struct spec_mount),
		.writable.item_size = sizeof(struct spec_mount),
		.secrets.item_size = sizeof(struct spec_secret),
		.devices.item_size = sizeof(struct spec_device),
		.sysctls.item_size = sizeof(struct spec_sysctl),
		.io_devices.item_size = sizeof(struct spec_io_device),
		.syscalls.item_size = sizeof(struct spec_text),
		.unmasked_paths.item_size = sizeof(struct spec_text),
		.exec_paths.item_size = sizeof(struct spec_text),
		.secret_names.item_size = sizeof(struct spec_text),
		.sensitive.item_size = sizeof(struct spec_text),
	};
	if (arena_new(&builder->arena, err) < 0)
		return -1;
	builder->spec = arena_alloc(builder->arena, sizeof(*builder->spec), err);
	if (builder->spec == NULL)
		return -1;
	set_defaults(builder);
	for (size_t i = 0; i < ARRAY_LEN(default_tmpfs); i++) {
		if (spec_list_add(builder, &builder->tmpfs, &default_tmpfs[i], err) < 0)
			return -1;
	}
	return 0;
}

const char *spec_copy(struct spec_builder *builder, const char *text, struct error *err)
{
	const size_t size = strlen(text) + 1;
	char *copy = arena_alloc(builder->arena, size, err);

	return copy == NULL ? NULL : memcpy(copy, text, size);
}

static void *item_at(const struct spec_list *list, size_t index)
{
	return (unsigned char *)list->items + index * list->item_size;
}

int spec_list_add(struct spec_builder *builder, struct spec_list *list, const void *item,
                  struct error *err)
{
	if (list->count == LIST_COUNT_MAX)
		return error_set(err, ERROR_SPEC, "more than %d items", LIST_COUNT_MAX);
	if (list->count == list->capacity) {
		const size_t capacity =
			list->capacity == 0 ? LIST_FIRST_CAPACITY : list->capacity * 2;
		void *items = arena_alloc(builder->arena, capacity * list->item_size, err);

		if (items == NULL)
			return -1;
		if (list->count > 0)
			memcpy(items, list->items, list->count * list->item_size);
		list->items = items;
		list->capacity = capacity;
	}
	memcpy(item_at(list, list->count++), item, list->item_size);
	return 0;
}

const char *spec_item_key(const void *item)
{
	const char *key;

	memcpy(&key, item, sizeof(key));
	return key;
}

void *spec_list_find(const struct spec_list *list, const char *key)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(spec_item_key(item_at(list, i)), key) == 0)
			return item_at(list, i);
	}
	return NULL;
}

int spec_list_put(struct spec_builder *builder, struct spec_list *list, const void *item,
                  struct error *err)
{
	void *old = spec_list_find(list, spec_item_key(item));

	if (old == NULL)
		return spec_list_add(builder, list, item, err);
	memcpy(old, item, list->item_size);
	return 0;
}

struct spec_text *spec_find_env(const struct spec_builder *builder, const char *setting)
{
	const size_t length = strcspn(setting, "=");

	for (size_t i = 0; i < builder->env.count; i++) {
		struct spec_text *variable = item_at(&builder->env, i);

		if (strncmp(variable->value, setting, length) == 0 &&
		    variable->value[length] == '=')
			return variable;
	}
	return NULL;
}

int spec_set_env(struct spec_builder *builder, const char *setting, const char *origin,
                 struct error *err)
{
	const struct spec_text variable = { spec_copy(builder, setting, err), origin };
	struct spec_text *old = spec_find_env(builder, setting);

	if (variable.value == NULL)
		return -1;
	if (old == NULL)
		return spec_list_add(builder, &builder->env, &variable, err);
	*old = variable;
	return 0;
}

void spec_set_bound(struct spec_builder *builder, enum spec_bound bound, uint64_t value,
                    const char *origin)
{
	builder->bounds[bound].limit = (struct spec_limit){ value, origin, true };
	builder->bounds[bound].set_by = builder->layer;
}

void spec_lift_bound(struct spec_builder *builder, enum spec_bound bound, const char *origin)
{
	builder->bounds[bound].lifted_by = builder->layer;
	builder->bounds[bound].lifted_origin = origin;
}

const struct spec_limit *spec_bound_in_force(const struct spec_builder *builder,
                                             enum spec_bound bound)
{
	if (builder->bounds[bound].lifted_by > builder->bounds[bound].set_by)
		return NULL;
	return &builder->bounds[bound].limit;
}
