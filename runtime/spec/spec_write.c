/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/spec_write.h"

#include <assert.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/resource.h>

#include "base/text.h"
#include "kernel/capability.h"
#include "spec/spec_build.h"

/* Start the member @name of the object that is being written. */
static void member(struct text *out, const char *name)
{
	if (out->length > 0 && out->bytes[out->length - 1] != '{')
		text_add(out, ",");
	text_add_json(out, name);
	text_add(out, ":");
}

static void member_text(struct text *out, const char *name, const char *value)
{
	member(out, name);
	text_add_json(out, value);
}

static void member_number(struct text *out, const char *name, uint64_t value)
{
	member(out, name);
	text_add_format(out, "%" PRIu64, value);
}

static void member_limit(struct text *out, const char *name, const struct spec_limit *limit)
{
	if (limit->is_set)
		member_number(out, name, limit->value);
}

static void separate(struct text *out, size_t index)
{
	if (index > 0)
		text_add(out, ",");
}

static void member_texts(struct text *out, const char *name, const struct spec_text_list *list)
{
	member(out, name);
	text_add(out, "[");
	for (size_t i = 0; i < list->count; i++) {
		separate(out, i);
		text_add_json(out, list->items[i].value);
	}
	text_add(out, "]");
}

static void write_env(const struct spec *spec, struct text *out)
{
	member(out, "env");
	text_add(out, "{");
	for (size_t i = 0; i < spec->env.count; i++) {
		const char *setting = spec->env.items[i].value;
		const size_t length = strcspn(setting, "=");
		AUTO_TEXT struct text name = { 0 };

		text_add_format(&name, "%.*s", (int)length, setting);
		out->is_broken |= name.is_broken;
		if (!name.is_broken)
			member_text(out, name.bytes, setting + length + 1);
	}
	text_add(out, "}");
}

static void write_cpus(uint64_t quota, struct text *out)
{
	member(out, "cpus");
	text_add_format(out, "%" PRIu64 ".%05" PRIu64, quota / SPEC_CPU_PERIOD_USEC,
	                quota % SPEC_CPU_PERIOD_USEC);
}

static void write_io(const struct spec_limits *limits, struct text *out)
{
	if (limits->io_device_count == 0 && !limits->io_weight.is_set)
		return;
	member(out, "io");
	text_add(out, "{");
	if (limits->io_device_count > 0) {
		member(out, "devices");
		text_add(out, "[");
		for (size_t i = 0; i < limits->io_device_count; i++) {
			const struct spec_io_device *device = &limits->io_devices[i];

			separate(out, i);
			text_add(out, "{");
			member_text(out, "path", device->path);
			member_limit(out, "read-bps", &device->read_bps);
			member_limit(out, "read-iops", &device->read_iops);
			member_limit(out, "write-bps", &device->write_bps);
			member_limit(out, "write-iops", &device->write_iops);
			text_add(out, "}");
		}
		text_add(out, "]");
	}
	member_limit(out, "weight", &limits->io_weight);
	text_add(out, "}");
}

static const struct spec_rlimit *find_rlimit(const struct spec_limits *limits, int resource)
{
	for (size_t i = 0; i < limits->rlimit_count; i++) {
		if (limits->rlimits[i].resource == resource)
			return &limits->rlimits[i];
	}
	return NULL;
}

static void write_rlimit(const struct spec_limits *limits, const char *name, int resource,
                         struct text *out)
{
	const struct spec_rlimit *rlimit = find_rlimit(limits, resource);

	if (rlimit != NULL)
		member_number(out, name, rlimit->hard);
}

static void write_limits(const struct spec *spec, struct text *out)
{
	const struct spec_limits *limits = &spec->limits;

	member(out, "limits");
	text_add(out, "{");
	write_rlimit(limits, "core", RLIMIT_CORE, out);
	if (limits->cpu_quota.is_set)
		write_cpus(limits->cpu_quota.value, out);
	write_io(limits, out);
	member_limit(out, "memory", &limits->memory);
	write_rlimit(limits, "nofile", RLIMIT_NOFILE, out);
	member_limit(out, "pids", &limits->pids);
	member_limit(out, "swap", &limits->swap);
	if (limits->timeout_ms.is_set) {
		member(out, "timeout");
		text_add_format(out, "\"%" PRIu64 "ms\"", limits->timeout_ms.value);
	}
	text_add(out, "}");
}

static void write_mounts(const struct spec *spec, struct text *out)
{
	size_t count = 0;

	member(out, "mounts");
	text_add(out, "[");
	for (size_t i = 0; i < spec->mount_count; i++) {
		if (spec->mounts[i].is_writable)
			continue;
		separate(out, count++);
		text_add(out, "{");
		member_text(out, "source", spec->mounts[i].source);
		member_text(out, "target", spec->mounts[i].target);
		text_add(out, "}");
	}
	text_add(out, "]");
}

static void write_capabilities(const struct spec *spec, struct text *out)
{
	size_t count = 0;

	member(out, "add");
	text_add(out, "[");
	for (unsigned int number = 0; number < 64; number++) {
		const char *name = capability_name(number);

		if ((spec->capabilities >> number & 1) == 0 || name == NULL)
			continue;
		separate(out, count++);
		text_add_json(out, name);
	}
	text_add(out, "]");
}

static void write_write(const struct spec *spec, struct text *out)
{
	size_t count = 0;

	member(out, "paths");
	text_add(out, "[");
	for (size_t i = 0; i < spec->mount_count; i++) {
		if (!spec->mounts[i].is_writable)
			continue;
		separate(out, count++);
		text_add_json(out, spec->mounts[i].source);
	}
	text_add(out, "]");
}

static void write_exec_paths(const struct spec *spec, struct text *out)
{
	size_t count = 0;

	member(out, "paths");
	text_add(out, "[");
	for (size_t i = 0; i < spec->tmpfs_count; i++) {
		if (!spec->tmpfs[i].is_executable)
			continue;
		separate(out, count++);
		text_add_json(out, spec->tmpfs[i].target);
	}
	for (size_t i = 0; i < spec->mount_count; i++) {
		if (!spec->mounts[i].is_executable)
			continue;
		separate(out, count++);
		text_add_json(out, spec->mounts[i].target);
	}
	text_add(out, "]");
}

static void write_devices(const struct spec *spec, struct text *out)
{
	member(out, "paths");
	text_add(out, "[");
	for (size_t i = 0; i < spec->device_count; i++) {
		separate(out, i);
		text_add_json(out, spec->devices[i].path);
	}
	text_add(out, "]");
}

static void write_sensitive(const struct spec *spec, struct text *out)
{
	size_t count = 0;

	member(out, "paths");
	text_add(out, "[");
	if (spec->rootfs.may_be_sensitive) {
		separate(out, count++);
		text_add_json(out, spec->rootfs.path.value);
	}
	for (size_t i = 0; i < spec->mount_count; i++) {
		if (!spec->mounts[i].may_be_sensitive)
			continue;
		separate(out, count++);
		text_add_json(out, spec->mounts[i].source);
	}
	text_add(out, "]");
}

static void write_writable_root(const struct spec *spec, struct text *out)
{
	if (spec->rootfs.kind == SPEC_ROOTFS_HOST)
		member_number(out, "size", spec->rootfs.tmpfs_size);
}

static void write_syscalls(const struct spec *spec, struct text *out)
{
	member_texts(out, "allow", &spec->seccomp.extra_allowed);
}

static void write_unmasked_paths(const struct spec *spec, struct text *out)
{
	member_texts(out, "paths", &spec->unmasked_paths);
}

static void write_secret_names(const struct spec *spec, struct text *out)
{
	member_texts(out, "names", &spec->secret_env_names);
}

static void write_sysctls(const struct spec *spec, struct text *out)
{
	member(out, "values");
	text_add(out, "{");
	for (size_t i = 0; i < spec->sysctl_count; i++)
		member_text(out, spec->sysctls[i].name, spec->sysctls[i].value);
	text_add(out, "}");
}

static void write_lifted_limits(const struct spec *spec, struct text *out)
{
	const struct spec_limits *limits = &spec->limits;
	const bool is_set[SPEC_BOUND_COUNT] = {
		[SPEC_BOUND_MEMORY] = limits->memory.is_set,
		[SPEC_BOUND_SWAP] = limits->swap.is_set,
		[SPEC_BOUND_CPUS] = limits->cpu_quota.is_set,
		[SPEC_BOUND_PIDS] = limits->pids.is_set,
		[SPEC_BOUND_NOFILE] = find_rlimit(limits, RLIMIT_NOFILE) != NULL,
		[SPEC_BOUND_CORE] = find_rlimit(limits, RLIMIT_CORE) != NULL,
	};
	size_t count = 0;

	member(out, "limits");
	text_add(out, "[");
	for (unsigned int i = 0; i < SPEC_BOUND_COUNT; i++) {
		if (is_set[i])
			continue;
		separate(out, count++);
		text_add_json(out, spec_bound_name((enum spec_bound)i));
	}
	text_add(out, "]");
}

/* What an entry has besides its reason; NULL: nothing. In the order of the entries' names. */
static const struct {
	enum relax_entry entry;
	void (*write)(const struct spec *spec, struct text *out);
} relax_writers[] = {
	{ RELAX_APPARMOR_IF_AVAILABLE, NULL },
	{ RELAX_APPARMOR_OFF, NULL },
	{ RELAX_CAPABILITIES, write_capabilities },
	{ RELAX_DEVICES, write_devices },
	{ RELAX_EXEC_PATHS, write_exec_paths },
	{ RELAX_HOST_IPC, NULL },
	{ RELAX_HOST_NETWORK, NULL },
	{ RELAX_HOST_PID, NULL },
	{ RELAX_HOST_UTS, NULL },
	{ RELAX_LANDLOCK_OFF, NULL },
	{ RELAX_NESTED_USER_NAMESPACES, NULL },
	{ RELAX_NEW_PRIVILEGES, NULL },
	{ RELAX_NO_LIMITS, write_lifted_limits },
	{ RELAX_ROOT_USER, NULL },
	{ RELAX_SECCOMP_OFF, NULL },
	{ RELAX_SECRETS_IN_ENV, write_secret_names },
	{ RELAX_SENSITIVE_MOUNT, write_sensitive },
	{ RELAX_SYSCALLS, write_syscalls },
	{ RELAX_SYSCTL, write_sysctls },
	{ RELAX_UNMASKED_PATHS, write_unmasked_paths },
	{ RELAX_USER_NAMESPACE_OFF, NULL },
	{ RELAX_WRITABLE_ROOT, write_writable_root },
	{ RELAX_WRITE, write_write },
};
static_assert(ARRAY_LEN(relax_writers) == RELAX_COUNT, "an entry is not written");

static void write_relax(const struct spec *spec, struct text *out)
{
	member(out, "relax");
	text_add(out, "{");
	for (size_t i = 0; i < ARRAY_LEN(relax_writers); i++) {
		const char *reason = spec->relaxations[relax_writers[i].entry].reason;

		if (reason == NULL)
			continue;
		member(out, relax_name(relax_writers[i].entry));
		text_add(out, "{");
		if (relax_writers[i].write != NULL)
			relax_writers[i].write(spec, out);
		member_text(out, "reason", reason);
		text_add(out, "}");
	}
	text_add(out, "}");
}

static void write_seccomp(const struct spec *spec, struct text *out)
{
	if (spec->seccomp.kind == SPEC_SECCOMP_DEFAULT)
		member_text(out, "seccomp", "default");
	if (spec->seccomp.kind == SPEC_SECCOMP_FILE)
		member_text(out, "seccomp", spec->seccomp.path.value);
}

static void write_pairs(const struct spec *spec, struct text *out)
{
	member(out, "secrets");
	text_add(out, "{");
	for (size_t i = 0; i < spec->secret_count; i++)
		member_text(out, spec->secrets[i].name, spec->secrets[i].source);
	text_add(out, "}");
	member(out, "terminal");
	text_add(out, spec->has_terminal ? "true" : "false");
	member(out, "tmpfs");
	text_add(out, "{");
	for (size_t i = 0; i < spec->tmpfs_count; i++)
		member_number(out, spec->tmpfs[i].target, spec->tmpfs[i].size);
	text_add(out, "}");
}

static void write_members(const struct spec *spec, struct text *out)
{
	if (spec->apparmor.kind == SPEC_APPARMOR_GENERATED)
		member_text(out, "apparmor", "default");
	if (spec->apparmor.kind == SPEC_APPARMOR_NAMED)
		member_text(out, "apparmor", spec->apparmor.name.value);
	member_texts(out, "args", &spec->args);
	member_text(out, "cwd", spec->cwd.value);
	write_env(spec, out);
	member_number(out, "hardrun", 1);
	if (spec->hostname.value != NULL)
		member_text(out, "hostname", spec->hostname.value);
	write_limits(spec, out);
	write_mounts(spec, out);
	member_text(out, "name", spec->name.value);
	if ((spec->shared_namespaces & CLONE_NEWNET) == 0)
		member_text(out, "network", "none");
	write_relax(spec, out);
	member_text(out, "rootfs",
	            spec->rootfs.kind == SPEC_ROOTFS_HOST ? "host" : spec->rootfs.path.value);
	write_seccomp(spec, out);
	write_pairs(spec, out);
	member(out, "user");
	text_add_format(out, "\"%" PRIu32 ":%" PRIu32 "\"", spec->user.uid, spec->user.gid);
}

char *spec_write(const struct spec *spec, struct error *err)
{
	AUTO_TEXT struct text out = { 0 };

	text_add(&out, "{");
	write_members(spec, &out);
	text_add(&out, "}");
	return text_take(&out, err);
}

void spec_digest(const char *text, char digest[SHA256_TEXT_SIZE])
{
	sha256_of(text, strlen(text), digest);
}
