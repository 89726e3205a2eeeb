/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The end of building: relaxations take effect, defaults are filled in, lists are sorted. */
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/text.h"
#include "spec/spec_build.h"
#include "spec/spec_check.h"

#define DEFAULT_WRITABLE_ROOT_SIZE (UINT64_C(64) << 20) /* bytes */

static const char default_origin[] = "default";
static const char default_path[] =
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

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

/* Shows every mount, read-only or writable, to @visit; returns how many it said were meant. */
static size_t count_meant(struct spec_builder *builder, const char *path,
                          bool (*visit)(struct spec_mount *mount, const char *path))
{
	const struct spec_list *lists[] = { &builder->mounts, &builder->writable };
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct spec_mount *mounts = lists[i]->items;

		for (size_t j = 0; j < lists[i]->count; j++)
			count += visit(&mounts[j], path);
	}
	return count;
}

static bool make_executable_at(struct spec_mount *mount, const char *path)
{
	const bool is_meant = strcmp(mount->target, path) == 0;

	mount->is_executable |= is_meant;
	return is_meant;
}

static bool permit_sensitive_from(struct spec_mount *mount, const char *path)
{
	const bool is_meant = strcmp(mount->source, path) == 0;

	mount->may_be_sensitive |= is_meant;
	return is_meant;
}

static int apply_exec_paths(struct spec_builder *builder, struct error *err)
{
	const struct spec_text *paths = builder->exec_paths.items;

	for (size_t i = 0; i < builder->exec_paths.count; i++) {
		const struct spec_text *path = &paths[i];
		struct spec_tmpfs *tmpfs = spec_list_find(&builder->tmpfs, path->value);

		if (tmpfs != NULL)
			tmpfs->is_executable = true;
		if (count_meant(builder, path->value, make_executable_at) > 0 || tmpfs != NULL)
			continue;
		(void)error_set(err, ERROR_SPEC, "nothing is mounted at \"%.200s\"", path->value);
		(void)error_hint(err, "name the target of a mount, a tmpfs or a path of "
		                      "relax.write");
		return error_at(err, "%s", path->origin);
	}
	return 0;
}

static int apply_sensitive(struct spec_builder *builder, struct error *err)
{
	const struct spec_text *paths = builder->sensitive.items;
	struct spec_rootfs *rootfs = &builder->spec->rootfs;

	for (size_t i = 0; i < builder->sensitive.count; i++) {
		const struct spec_text *path = &paths[i];
		const bool is_root = rootfs->kind == SPEC_ROOTFS_DIRECTORY &&
		                     strcmp(rootfs->path.value, path->value) == 0;

		rootfs->may_be_sensitive |= is_root;
		if (count_meant(builder, path->value, permit_sensitive_from) > 0 || is_root)
			continue;
		(void)error_set(err, ERROR_SPEC, "no mount has the source \"%.200s\"", path->value);
		return error_at(err, "%s", path->origin);
	}
	return 0;
}

/* TOKEN_FILE=/run/secrets/token */
static void write_secret_variable(char *out, size_t size, const char *name)
{
	char variable[256];

	(void)snprintf(variable, sizeof(variable), "%.200s", name);
	text_make_upper(variable);
	for (char *letter = variable; *letter != '\0'; letter++) {
		if (*letter == '.' || *letter == '-')
			*letter = '_';
	}
	(void)snprintf(out, size, "%s_FILE=/run/secrets/%.200s", variable, name);
}

static int add_secret_variables(struct spec_builder *builder, struct error *err)
{
	const struct spec_secret *secrets = builder->secrets.items;

	for (size_t i = 0; i < builder->secrets.count; i++) {
		char setting[512];
		const struct spec_text *old;

		write_secret_variable(setting, sizeof(setting), secrets[i].name);
		old = spec_find_env(builder, setting);
		if (old != NULL && strcmp(old->value, setting) != 0) {
			(void)error_set(err, ERROR_SPEC, "%.*s is set already, to another path",
			                (int)strcspn(setting, "="), setting);
			return error_at(err, "%s", secrets[i].origin);
		}
		if (spec_set_env(builder, setting, secrets[i].origin, err) < 0)
			return -1;
	}
	return 0;
}

static int add_variable(struct spec_builder *builder, const char *setting, struct error *err)
{
	if (spec_find_env(builder, setting) != NULL)
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
	return strcmp(spec_item_key(a), spec_item_key(b));
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

	const struct spec_mount *writable = builder->writable.items;

	for (size_t i = 0; i < builder->writable.count; i++) {
		if (spec_list_add(builder, &builder->mounts, &writable[i], err) < 0)
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

static int check_and_seal(struct spec_builder *builder, struct spec **out, struct error *err)
{
	if (spec_check(builder->spec, err) < 0 || arena_seal(builder->arena, err) < 0)
		return -1;
	*out = builder->spec;
	return 0;
}

int spec_finish(struct spec_builder *builder, struct spec **out, struct error *err)
{
	/* What a config.json does not say is not to be had. */
	if (builder->spec->oci != NULL)
		return check_and_seal(builder, out, err);
	if (check_contradictions(builder, err) < 0)
		return -1;
	apply_relaxations(builder);
	if (apply_exec_paths(builder, err) < 0 || apply_sensitive(builder, err) < 0 ||
	    add_secret_variables(builder, err) < 0 || add_default_variables(builder, err) < 0 ||
	    fill_limits(builder, err) < 0)
		return -1;
	sort_lists(builder);
	if (fill_lists(builder, err) < 0)
		return -1;
	return check_and_seal(builder, out, err);
}
