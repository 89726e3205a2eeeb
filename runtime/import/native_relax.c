/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The member "relax": what is weakened, and why. An entry that carries nothing but its reason
 * is put into effect by spec_finish(); the readers here take what the others name.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "import/native.h"
#include "kernel/capability.h"

#define COUNT_MAX              512
#define WRITABLE_ROOT_SIZE_MIN UINT64_C(4096)
#define WRITABLE_ROOT_SIZE_MAX (UINT64_C(1) << 50)

static const char prefix[] = "CAP_";

/* Of every row here @out is the entry's struct relaxation; the payload goes to the builder. */
static int read_reason(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct relaxation *relaxation = out;
	const char *text;

	if (fields_string(reader, value, &text, err) < 0)
		return -1;
	if (relax_check_reason(text, err) < 0)
		return fields_at(reader, err);
	relaxation->reason = spec_copy(reader->builder, text, err);
	return relaxation->reason == NULL ? -1 : 0;
}

/* Adds one text to the list @out. */
static int add_text(struct reader *reader, const char *value, struct spec_list *list,
                    struct error *err)
{
	const struct spec_text text = { value, fields_origin(reader, err) };

	if (text.value == NULL || text.origin == NULL)
		return -1;
	return spec_list_put(reader->builder, list, &text, err);
}

static int read_path_item(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *path;

	if (fields_path(reader, value, false, &path, err) < 0)
		return -1;
	return add_text(reader, path, out, err);
}

static int read_source_item(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *path;

	if (fields_path(reader, value, true, &path, err) < 0)
		return -1;
	return add_text(reader, path, out, err);
}

static int read_word_item(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *text;

	if (fields_string(reader, value, &text, err) < 0)
		return -1;
	if (!text_is_made_of(text, "_") || strlen(text) > 128)
		return fields_refuse(reader, err, "\"%.60s\" is not a name", text);
	return add_text(reader, spec_copy(reader->builder, text, err), out, err);
}

/* The capability whose name, without the prefix, is nearest to @name in either case, or -1. */
static int nearest_capability(const char *name)
{
	struct text_nearest nearest = { 0 };
	size_t best_distance = SIZE_MAX;
	char upper[64];
	int best = -1;

	text_shorten(upper, sizeof(upper), name);
	text_make_upper(upper);
	nearest.word = upper;
	for (unsigned int number = 0; capability_name(number) != NULL; number++) {
		text_nearest_try(&nearest, capability_name(number) + sizeof(prefix) - 1);
		if (nearest.best != NULL && nearest.distance < best_distance) {
			best_distance = nearest.distance;
			best = (int)number;
		}
	}
	return best;
}

static int read_capability(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec *spec = reader->builder->spec;
	const char *text;
	char name[64];
	int best;

	spec->capabilities_origin = fields_origin(reader, err);
	if (spec->capabilities_origin == NULL || fields_string(reader, value, &text, err) < 0)
		return -1;
	if (strncmp(text, prefix, sizeof(prefix) - 1) == 0)
		text += sizeof(prefix) - 1;
	(void)snprintf(name, sizeof(name), "%s%.40s", prefix, text);
	if (capability_add(&spec->capabilities, name, err) == 0)
		return 0;
	best = nearest_capability(text);
	if (best >= 0)
		(void)error_hint(err, "did you mean \"%s\"?",
		                 capability_name((unsigned int)best) + sizeof(prefix) - 1);
	return fields_at(reader, err);
}

static int read_capabilities(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_some_elements(reader, value, COUNT_MAX, read_capability, NULL, err);
}

static int read_write_path(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_mount mount = {
		.is_writable = true,
		.origin = fields_origin(reader, err),
	};

	if (mount.origin == NULL || fields_path(reader, value, true, &mount.source, err) < 0)
		return -1;
	mount.target = mount.source;
	return spec_list_add(reader->builder, &reader->builder->writable, &mount, err);
}

static int read_write_paths(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_some_elements(reader, value, COUNT_MAX, read_write_path, NULL, err);
}

static int read_root_size(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_size(reader, value, WRITABLE_ROOT_SIZE_MIN, WRITABLE_ROOT_SIZE_MAX,
	                   &reader->builder->spec->rootfs.tmpfs_size, err);
}

static int read_exec_paths(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_some_elements(reader, value, COUNT_MAX, read_source_item,
	                            &reader->builder->exec_paths, err);
}

static int read_device(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_device device = { .origin = fields_origin(reader, err) };

	if (device.origin == NULL || fields_path(reader, value, false, &device.path, err) < 0)
		return -1;
	return spec_list_add(reader->builder, &reader->builder->devices, &device, err);
}

static int read_devices(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_some_elements(reader, value, COUNT_MAX, read_device, NULL, err);
}

static int read_syscalls(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_some_elements(reader, value, COUNT_MAX, read_word_item,
	                            &reader->builder->syscalls, err);
}

static int read_unmasked(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_some_elements(reader, value, COUNT_MAX, read_path_item,
	                            &reader->builder->unmasked_paths, err);
}

static int read_setting(struct reader *reader, const char *name, json_t *value, void *out,
                        struct error *err)
{
	struct spec_sysctl sysctl = { .origin = fields_origin(reader, err) };
	const char *text;

	if (sysctl.origin == NULL || fields_string(reader, value, &text, err) < 0)
		return -1;
	sysctl.name = spec_copy(reader->builder, name, err);
	sysctl.value = spec_copy(reader->builder, text, err);
	if (sysctl.name == NULL || sysctl.value == NULL)
		return -1;
	return spec_list_put(reader->builder, &reader->builder->sysctls, &sysctl, err);
}

static int read_settings(struct reader *reader, json_t *value, void *out, struct error *err)
{
	if (json_is_object(value) && json_object_size(value) == 0)
		return fields_refuse(reader, err, "the object is empty");
	return fields_each_member(reader, value, COUNT_MAX, read_setting, out, err);
}

static int read_lifted_limit(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct text_nearest nearest = { 0 };
	const char *text;
	const char *origin = fields_origin(reader, err);

	if (origin == NULL || fields_string(reader, value, &text, err) < 0)
		return -1;
	nearest.word = text;
	for (unsigned int i = 0; i < SPEC_BOUND_COUNT; i++) {
		if (strcmp(spec_bound_name((enum spec_bound)i), text) == 0) {
			spec_lift_bound(reader->builder, (enum spec_bound)i, origin);
			return 0;
		}
		text_nearest_try(&nearest, spec_bound_name((enum spec_bound)i));
	}
	if (nearest.best != NULL)
		(void)error_hint(err, "did you mean \"%s\"?", nearest.best);
	else
		(void)error_hint(err, "memory, swap, cpus, pids, nofile and core can be lifted");
	return fields_refuse(reader, err, "there is no limit \"%.60s\"", text);
}

static int read_lifted_limits(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_some_elements(reader, value, SPEC_BOUND_COUNT, read_lifted_limit, NULL, err);
}

static int read_secret_names(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_some_elements(reader, value, COUNT_MAX, read_word_item,
	                            &reader->builder->secret_names, err);
}

static int read_sensitive(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_some_elements(reader, value, COUNT_MAX, read_source_item,
	                            &reader->builder->sensitive, err);
}

static const struct field reason_fields[] = {
	{ "reason", read_reason, true },
};

static const struct field capabilities_fields[] = {
	{ "add", read_capabilities, true },
	{ "reason", read_reason, true },
};

static const struct field write_fields[] = {
	{ "paths", read_write_paths, true },
	{ "reason", read_reason, true },
};

static const struct field writable_root_fields[] = {
	{ "reason", read_reason, true },
	{ "size", read_root_size, false },
};

static const struct field exec_paths_fields[] = {
	{ "paths", read_exec_paths, true },
	{ "reason", read_reason, true },
};

static const struct field devices_fields[] = {
	{ "paths", read_devices, true },
	{ "reason", read_reason, true },
};

static const struct field syscalls_fields[] = {
	{ "allow", read_syscalls, true },
	{ "reason", read_reason, true },
};

static const struct field unmasked_fields[] = {
	{ "paths", read_unmasked, true },
	{ "reason", read_reason, true },
};

static const struct field sysctl_fields[] = {
	{ "reason", read_reason, true },
	{ "values", read_settings, true },
};

static const struct field no_limits_fields[] = {
	{ "limits", read_lifted_limits, true },
	{ "reason", read_reason, true },
};

static const struct field secrets_fields[] = {
	{ "names", read_secret_names, true },
	{ "reason", read_reason, true },
};

static const struct field sensitive_fields[] = {
	{ "paths", read_sensitive, true },
	{ "reason", read_reason, true },
};

#define TABLE(fields)                     \
	{                                 \
		fields, ARRAY_LEN(fields) \
	}

/* The members of each entry. */
static const struct {
	const struct field *fields;
	size_t count;
} tables[RELAX_COUNT] = {
	[RELAX_ROOT_USER] = TABLE(reason_fields),
	[RELAX_CAPABILITIES] = TABLE(capabilities_fields),
	[RELAX_WRITE] = TABLE(write_fields),
	[RELAX_WRITABLE_ROOT] = TABLE(writable_root_fields),
	[RELAX_EXEC_PATHS] = TABLE(exec_paths_fields),
	[RELAX_DEVICES] = TABLE(devices_fields),
	[RELAX_SYSCALLS] = TABLE(syscalls_fields),
	[RELAX_SECCOMP_OFF] = TABLE(reason_fields),
	[RELAX_APPARMOR_OFF] = TABLE(reason_fields),
	[RELAX_APPARMOR_IF_AVAILABLE] = TABLE(reason_fields),
	[RELAX_LANDLOCK_OFF] = TABLE(reason_fields),
	[RELAX_NEW_PRIVILEGES] = TABLE(reason_fields),
	[RELAX_USER_NAMESPACE_OFF] = TABLE(reason_fields),
	[RELAX_HOST_PID] = TABLE(reason_fields),
	[RELAX_HOST_IPC] = TABLE(reason_fields),
	[RELAX_HOST_UTS] = TABLE(reason_fields),
	[RELAX_HOST_NETWORK] = TABLE(reason_fields),
	[RELAX_NESTED_USER_NAMESPACES] = TABLE(reason_fields),
	[RELAX_UNMASKED_PATHS] = TABLE(unmasked_fields),
	[RELAX_SYSCTL] = TABLE(sysctl_fields),
	[RELAX_NO_LIMITS] = TABLE(no_limits_fields),
	[RELAX_SECRETS_IN_ENV] = TABLE(secrets_fields),
	[RELAX_SENSITIVE_MOUNT] = TABLE(sensitive_fields),
};

static int refuse_entry(const struct reader *reader, const char *name, struct error *err)
{
	struct text_nearest nearest = { .word = name };

	for (unsigned int entry = 0; entry < RELAX_COUNT; entry++)
		text_nearest_try(&nearest, relax_name((enum relax_entry)entry));
	if (strcmp(name, "privileged") == 0)
		(void)error_hint(err, "nothing lifts everything: name each thing that is needed");
	else if (nearest.best != NULL)
		(void)error_hint(err, "did you mean \"%s\"?", nearest.best);
	return fields_refuse(reader, err, "there is nothing of this name to relax");
}

static int read_entry(struct reader *reader, const char *name, json_t *value, void *out,
                      struct error *err)
{
	const enum relax_entry entry = relax_find(name);
	struct relaxation relaxation = { .origin = fields_origin(reader, err) };

	if (entry == RELAX_COUNT)
		return refuse_entry(reader, name, err);
	if (relaxation.origin == NULL || fields_read(reader, value, tables[entry].fields,
	                                             tables[entry].count, &relaxation, err) < 0)
		return -1;
	reader->builder->spec->relaxations[entry] = relaxation;
	return 0;
}

int native_read_relax(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_member(reader, value, COUNT_MAX, read_entry, out, err);
}

bool native_relax_table_at(size_t index, struct native_table *out)
{
	static char pointer[64];

	if (index >= RELAX_COUNT)
		return false;
	(void)snprintf(pointer, sizeof(pointer), "/relax/%s", relax_name((enum relax_entry)index));
	*out = (struct native_table){ pointer, tables[index].fields, tables[index].count };
	return true;
}
