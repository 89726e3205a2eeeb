/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/spec_build.h"

#include <ctype.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "spec/spec_check.h"

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)

#define DEFAULT_ID                 65532
#define DEFAULT_UMASK              027
#define DEFAULT_WRITABLE_ROOT_SIZE (64 * MIB)
#define LIST_FIRST_CAPACITY        ((size_t)8) /* items */
#define LIST_COUNT_MAX             8192 /* items */

static const char default_origin[] = "default";
static const char default_path[] =
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
static const char secret_folder[] = "/run/secrets/";

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

/* Every item type begins with the text that identifies it. */
static const char *key_of(const void *item)
{
	const char *key;

	memcpy(&key, item, sizeof(key));
	return key;
}

void *spec_list_find(const struct spec_list *list, const char *key)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(key_of(item_at(list, i)), key) == 0)
			return item_at(list, i);
	}
	return NULL;
}

int spec_list_put(struct spec_builder *builder, struct spec_list *list, const void *item,
                  struct error *err)
{
	void *old = spec_list_find(list, key_of(item));

	if (old == NULL)
		return spec_list_add(builder, list, item, err);
	memcpy(old, item, list->item_size);
	return 0;
}

static struct spec_text *find_variable(const struct spec_builder *builder, const char *setting)
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
	struct spec_text *old = find_variable(builder, setting);

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

static bool is_relaxed(const struct spec_builder *builder, enum relax_entry entry)
{
	return builder->spec->relaxations[entry].reason != NULL;
}

static int contradiction(const char *origin, enum relax_entry entry, struct error *err)
{
	(void)error_set(err, ERROR_SPEC, "this contradicts relax.%s; one of the two must go",
	                relax_name(entry));
	return error_at(err, "%s", origin);
}

/* Who asks for a control by name cannot lift it too. */
static int check_contradictions(const struct spec_builder *builder, struct error *err)
{
	const struct {
		const char *origin;
		enum relax_entry entry;
	} pairs[] = {
		{ builder->network_origin, RELAX_HOST_NETWORK },
		{ builder->seccomp_origin, RELAX_SECCOMP_OFF },
		{ builder->apparmor_origin, RELAX_APPARMOR_OFF },
		{ builder->spec->hostname.value != NULL ? builder->spec->hostname.origin : NULL,
		  RELAX_HOST_UTS },
	};

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		if (pairs[i].origin != NULL && is_relaxed(builder, pairs[i].entry))
			return contradiction(pairs[i].origin, pairs[i].entry, err);
	}
	for (size_t i = 0; i < SPEC_BOUND_COUNT; i++) {
		const bool is_lifted = builder->bounds[i].lifted_by != SPEC_LAYER_DEFAULT;

		if (is_lifted && builder->bounds[i].lifted_by == builder->bounds[i].set_by)
			return contradiction(builder->bounds[i].limit.origin, RELAX_NO_LIMITS, err);
	}
	return 0;
}

/* What the entries that carry nothing but a reason do. */
static void apply_relaxations(struct spec_builder *builder)
{
	static const struct {
		enum relax_entry entry;
		uint64_t namespace;
	} shared[] = {
		{ RELAX_USER_NAMESPACE_OFF, CLONE_NEWUSER },
		{ RELAX_HOST_PID, CLONE_NEWPID },
		{ RELAX_HOST_IPC, CLONE_NEWIPC },
		{ RELAX_HOST_UTS, CLONE_NEWUTS },
		{ RELAX_HOST_NETWORK, CLONE_NEWNET },
	};
	struct spec *spec = builder->spec;

	for (size_t i = 0; i < ARRAY_LEN(shared); i++) {
		if (is_relaxed(builder, shared[i].entry))
			spec->shared_namespaces |= shared[i].namespace;
	}
	if (is_relaxed(builder, RELAX_SECCOMP_OFF))
		spec->seccomp.kind = SPEC_SECCOMP_OFF;
	if (is_relaxed(builder, RELAX_APPARMOR_OFF))
		spec->apparmor.kind = SPEC_APPARMOR_OFF;
	if (is_relaxed(builder, RELAX_APPARMOR_IF_AVAILABLE))
		spec->apparmor.is_optional = true;
	if (is_relaxed(builder, RELAX_LANDLOCK_OFF))
		spec->has_landlock = false;
	if (is_relaxed(builder, RELAX_NEW_PRIVILEGES))
		spec->no_new_privs = false;
	if (is_relaxed(builder, RELAX_NESTED_USER_NAMESPACES))
		spec->may_nest_user_namespaces = true;
	if (is_relaxed(builder, RELAX_WRITABLE_ROOT)) {
		spec->rootfs.is_writable = true;
		if (spec->rootfs.kind == SPEC_ROOTFS_HOST && spec->rootfs.tmpfs_size == 0)
			spec->rootfs.tmpfs_size = DEFAULT_WRITABLE_ROOT_SIZE;
	}
	if (is_relaxed(builder, RELAX_ROOT_USER) && !builder->is_user_given) {
		spec->user.uid = 0;
		spec->user.gid = 0;
		spec->user.origin = spec->relaxations[RELAX_ROOT_USER].origin;
	}
}

/* Returns how many of the three lists' items have the target @path, and lets them execute. */
static size_t make_executable(struct spec_builder *builder, const char *path)
{
	const struct spec_list *mounts[] = { &builder->mounts, &builder->writable };
	struct spec_tmpfs *tmpfs = spec_list_find(&builder->tmpfs, path);
	size_t count = 0;

	if (tmpfs != NULL) {
		tmpfs->is_executable = true;
		count++;
	}
	for (size_t i = 0; i < ARRAY_LEN(mounts); i++) {
		for (size_t j = 0; j < mounts[i]->count; j++) {
			struct spec_mount *mount = item_at(mounts[i], j);

			if (strcmp(mount->target, path) == 0) {
				mount->is_executable = true;
				count++;
			}
		}
	}
	return count;
}

static int apply_exec_paths(struct spec_builder *builder, struct error *err)
{
	for (size_t i = 0; i < builder->exec_paths.count; i++) {
		const struct spec_text *path = item_at(&builder->exec_paths, i);

		if (make_executable(builder, path->value) > 0)
			continue;
		(void)error_set(err, ERROR_SPEC, "nothing is mounted at \"%.200s\"", path->value);
		(void)error_hint(err, "name the target of a mount, a tmpfs or a path of "
		                      "relax.write");
		return error_at(err, "%s", path->origin);
	}
	return 0;
}

static size_t permit_sensitive(struct spec_builder *builder, const char *path)
{
	const struct spec_list *mounts[] = { &builder->mounts, &builder->writable };
	struct spec_rootfs *rootfs = &builder->spec->rootfs;
	size_t count = 0;

	if (rootfs->kind == SPEC_ROOTFS_DIRECTORY && strcmp(rootfs->path.value, path) == 0) {
		rootfs->may_be_sensitive = true;
		count++;
	}
	for (size_t i = 0; i < ARRAY_LEN(mounts); i++) {
		for (size_t j = 0; j < mounts[i]->count; j++) {
			struct spec_mount *mount = item_at(mounts[i], j);

			if (strcmp(mount->source, path) == 0) {
				mount->may_be_sensitive = true;
				count++;
			}
		}
	}
	return count;
}

static int apply_sensitive(struct spec_builder *builder, struct error *err)
{
	for (size_t i = 0; i < builder->sensitive.count; i++) {
		const struct spec_text *path = item_at(&builder->sensitive, i);

		if (permit_sensitive(builder, path->value) > 0)
			continue;
		(void)error_set(err, ERROR_SPEC, "no mount has the source \"%.200s\"", path->value);
		return error_at(err, "%s", path->origin);
	}
	return 0;
}

/* TOKEN_FILE=/run/secrets/token, for every secret. */
static int add_secret_variables(struct spec_builder *builder, struct error *err)
{
	for (size_t i = 0; i < builder->secrets.count; i++) {
		const struct spec_secret *secret = item_at(&builder->secrets, i);
		char setting[1024];
		char *letter = setting;
		const struct spec_text *old;

		(void)snprintf(setting, sizeof(setting), "%.200s_FILE=%s%.200s", secret->name,
		               secret_folder, secret->name);
		for (; *letter != '='; letter++) {
			*letter = isalnum((unsigned char)*letter)
			                  ? (char)toupper((unsigned char)*letter)
			                  : '_';
		}
		old = find_variable(builder, setting);
		if (old != NULL && strcmp(old->value, setting) != 0) {
			(void)error_set(err, ERROR_SPEC, "%.*s is set already, to another path",
			                (int)(letter - setting), setting);
			return error_at(err, "%s", secret->origin);
		}
		if (spec_set_env(builder, setting, secret->origin, err) < 0)
			return -1;
	}
	return 0;
}

static int add_variable(struct spec_builder *builder, const char *setting, struct error *err)
{
	if (find_variable(builder, setting) != NULL)
		return 0;
	return spec_set_env(builder, setting, default_origin, err);
}

static int add_default_variables(struct spec_builder *builder, struct error *err)
{
	const struct spec *spec = builder->spec;
	char hostname[128];

	if (add_variable(builder, default_path, err) < 0 ||
	    add_variable(builder, "HOME=/tmp", err) < 0)
		return -1;
	if (spec->has_terminal && add_variable(builder, "TERM=xterm", err) < 0)
		return -1;
	if (is_relaxed(builder, RELAX_HOST_UTS))
		return 0;
	(void)snprintf(hostname, sizeof(hostname), "HOSTNAME=%.100s",
	               spec->hostname.value != NULL ? spec->hostname.value : spec->name.value);
	return add_variable(builder, hostname, err);
}

static int add_rlimit(struct spec_builder *builder, struct spec_list *rlimits,
                      enum spec_bound bound, int resource, struct error *err)
{
	const struct spec_limit *limit = spec_bound_in_force(builder, bound);
	struct spec_rlimit rlimit = { .resource = resource };

	if (limit == NULL)
		return 0;
	rlimit.soft = limit->value;
	rlimit.hard = limit->value;
	rlimit.origin = limit->origin;
	return spec_list_add(builder, rlimits, &rlimit, err);
}

static int fill_limits(struct spec_builder *builder, struct error *err)
{
	struct spec_limits *limits = &builder->spec->limits;
	struct spec_list rlimits = { .item_size = sizeof(struct spec_rlimit) };
	struct spec_limit *const fields[] = {
		[SPEC_BOUND_MEMORY] = &limits->memory,
		[SPEC_BOUND_SWAP] = &limits->swap,
		[SPEC_BOUND_CPUS] = &limits->cpu_quota,
		[SPEC_BOUND_PIDS] = &limits->pids,
	};
	bool is_any_lifted = false;

	for (unsigned int i = 0; i < SPEC_BOUND_COUNT; i++) {
		const struct spec_limit *limit = spec_bound_in_force(builder, (enum spec_bound)i);

		is_any_lifted |= limit == NULL;
		if (limit != NULL && i < ARRAY_LEN(fields))
			*fields[i] = *limit;
	}
	if (!is_any_lifted)
		builder->spec->relaxations[RELAX_NO_LIMITS] = (struct relaxation){ 0 };
	if (add_rlimit(builder, &rlimits, SPEC_BOUND_CORE, RLIMIT_CORE, err) < 0 ||
	    add_rlimit(builder, &rlimits, SPEC_BOUND_NOFILE, RLIMIT_NOFILE, err) < 0)
		return -1;
	limits->rlimits = rlimits.items;
	limits->rlimit_count = rlimits.count;
	return 0;
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(key_of(a), key_of(b));
}

static int compare_targets(const void *a, const void *b)
{
	const struct spec_mount *first = a;
	const struct spec_mount *second = b;

	return strcmp(first->target, second->target);
}

static void sort(struct spec_list *list, int (*compare)(const void *, const void *))
{
	if (list->count > 1)
		qsort(list->items, list->count, list->item_size, compare);
}

/* The same spec has the same order, however it was written. */
static void sort_lists(struct spec_builder *builder)
{
	struct spec_list *const by_key[] = {
		&builder->env,      &builder->tmpfs,          &builder->secrets,
		&builder->devices,  &builder->sysctls,        &builder->io_devices,
		&builder->syscalls, &builder->unmasked_paths, &builder->secret_names,
	};

	for (size_t i = 0; i < ARRAY_LEN(by_key); i++)
		sort(by_key[i], compare_keys);
	sort(&builder->mounts, compare_targets);
	sort(&builder->writable, compare_targets);
}

static struct spec_text_list text_list(const struct spec_list *list)
{
	return (struct spec_text_list){ list->items, list->count };
}

static int fill_lists(struct spec_builder *builder, struct error *err)
{
	struct spec *spec = builder->spec;

	for (size_t i = 0; i < builder->writable.count; i++) {
		if (spec_list_add(builder, &builder->mounts, item_at(&builder->writable, i), err) <
		    0)
			return -1;
	}
	spec->args = text_list(&builder->args);
	spec->env = text_list(&builder->env);
	spec->secret_env_names = text_list(&builder->secret_names);
	spec->unmasked_paths = text_list(&builder->unmasked_paths);
	spec->seccomp.extra_allowed = text_list(&builder->syscalls);
	spec->tmpfs = builder->tmpfs.items;
	spec->tmpfs_count = builder->tmpfs.count;
	spec->mounts = builder->mounts.items;
	spec->mount_count = builder->mounts.count;
	spec->secrets = builder->secrets.items;
	spec->secret_count = builder->secrets.count;
	spec->devices = builder->devices.items;
	spec->device_count = builder->devices.count;
	spec->sysctls = builder->sysctls.items;
	spec->sysctl_count = builder->sysctls.count;
	spec->limits.io_devices = builder->io_devices.items;
	spec->limits.io_device_count = builder->io_devices.count;
	return 0;
}

int spec_finish(struct spec_builder *builder, struct spec **out, struct error *err)
{
	if (check_contradictions(builder, err) < 0)
		return -1;
	apply_relaxations(builder);
	if (apply_exec_paths(builder, err) < 0 || apply_sensitive(builder, err) < 0 ||
	    add_secret_variables(builder, err) < 0 || add_default_variables(builder, err) < 0 ||
	    fill_limits(builder, err) < 0)
		return -1;
	sort_lists(builder);
	if (fill_lists(builder, err) < 0 || spec_check(builder->spec, err) < 0 ||
	    arena_seal(builder->arena, err) < 0)
		return -1;
	*out = builder->spec;
	return 0;
}
