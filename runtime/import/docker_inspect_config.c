/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was asked for, each member by the reader of the option that it came from. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "import/docker_inspect.h"

/* How a member is written that becomes the value of an option. */
enum shape {
	SHAPE_TEXT,     /* "" is none */
	SHAPE_NUMBER,   /* 0 is none */
	SHAPE_SWITCH,   /* false is none */
	SHAPE_TEXTS,    /* one value each */
	SHAPE_SETTINGS, /* NAME=VALUE of each member */
	SHAPE_OPTIONS,  /* NAME:VALUE of each member */
	SHAPE_NAMES,    /* the name of each member */
};

struct inspect_row {
	docker_take_function *take;
	const char *name;
	enum shape shape;
};

static int take(struct inspect *work, struct reader *reader, const char *value, struct error *err)
{
	const struct spec_text text = { spec_copy(reader->builder, value, err),
		                        fields_origin(reader, err) };

	if (text.value == NULL || text.origin == NULL)
		return -1;
	return work->row->take(&work->draft, &text, err);
}

/* Of texts what is empty is not said. */
static int read_text(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *text;

	if (fields_bytes(reader, value, &text, err) < 0)
		return -1;
	return *text == '\0' ? 0 : take(out, reader, text, err);
}

static int read_number(struct reader *reader, json_t *value, void *out, struct error *err)
{
	char digits[24];
	int64_t number;

	if (fields_signed(reader, value, INT64_MIN, INT64_MAX, &number, err) < 0)
		return -1;
	(void)snprintf(digits, sizeof(digits), "%" PRId64, number);
	return number == 0 ? 0 : take(out, reader, digits, err);
}

static int read_switch(struct reader *reader, json_t *value, void *out, struct error *err)
{
	if (!json_is_boolean(value))
		return fields_wrong_type(reader, value, "true or false", err);
	return json_is_true(value) ? take(out, reader, "true", err) : 0;
}

/* Of Podman 4 a text, all of which is one value. */
static int read_texts(struct reader *reader, json_t *value, void *out, struct error *err)
{
	if (json_is_string(value))
		return read_text(reader, value, out, err);
	return fields_each_element(reader, value, INSPECT_ITEM_MAX, read_text, out, err);
}

/* A value made of two, as the option has them in one. */
static int take_joined(struct inspect *work, struct reader *reader, const char *first,
                       const char *separator, const char *second, struct error *err)
{
	AUTO_TEXT struct text joined = { 0 };

	text_add(&joined, first);
	text_add(&joined, separator);
	text_add(&joined, second);
	if (joined.is_broken)
		return error_set(err, ERROR_SYSTEM, "out of memory");
	return take(work, reader, joined.bytes, err);
}

static int read_setting(struct reader *reader, const char *name, json_t *value, void *out,
                        struct error *err)
{
	struct inspect *work = out;
	const char *text;

	if (fields_bytes(reader, value, &text, err) < 0)
		return -1;
	return take_joined(work, reader, name, work->row->shape == SHAPE_SETTINGS ? "=" : ":", text,
	                   err);
}

static int read_settings(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_member(reader, value, INSPECT_ITEM_MAX, read_setting, out, err);
}

static int read_name(struct reader *reader, const char *name, json_t *value, void *out,
                     struct error *err)
{
	return take(out, reader, name, err);
}

static int read_names(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_member(reader, value, INSPECT_ITEM_MAX, read_name, out, err);
}

/* Read those members of @object that are an option's value. */
static int read_rows(struct reader *reader, json_t *object, const struct inspect_row *rows,
                     size_t count, struct inspect *work, struct error *err)
{
	static read_function *const readers[] = {
		[SHAPE_TEXT] = read_text,         [SHAPE_NUMBER] = read_number,
		[SHAPE_SWITCH] = read_switch,     [SHAPE_TEXTS] = read_texts,
		[SHAPE_SETTINGS] = read_settings, [SHAPE_OPTIONS] = read_settings,
		[SHAPE_NAMES] = read_names,
	};

	for (size_t i = 0; i < count; i++) {
		const struct field field = { rows[i].name, readers[rows[i].shape] };

		work->row = &rows[i];
		if (fields_read(reader, object, &field, 1, work, err) < 0)
			return -1;
	}
	return 0;
}

static int take_image(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	docker_engine(draft)->image = *text;
	return 0;
}

static int take_runtime(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	docker_engine(draft)->runtime = *text;
	return 0;
}

static int take_cgroup_parent(struct docker_draft *draft, const struct spec_text *text,
                              struct error *err)
{
	docker_engine(draft)->cgroup_parent = *text;
	return 0;
}

static int take_init(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	docker_engine(draft)->has_init = (struct spec_switch){ true, true, text->origin };
	return 0;
}

static int take_removal(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	docker_engine(draft)->removes_itself = (struct spec_switch){ true, true, text->origin };
	return 0;
}

static int take_stdin(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	docker_engine(draft)->keeps_stdin_open = (struct spec_switch){ true, true, text->origin };
	return 0;
}

/* -1 is none. */
static int take_swappiness(struct docker_draft *draft, const struct spec_text *text,
                           struct error *err)
{
	return *text->value == '-' ? 0 : docker_take_memory_swappiness(draft, text, err);
}

/* In billionths of a processor, of which the kernel can tell hundred thousandths. */
static int take_nano_cpus(struct docker_draft *draft, const struct spec_text *text,
                          struct error *err)
{
	char cpus[40];
	int64_t nano;

	if (docker_read_integer(text, &nano, err) < 0)
		return -1;
	(void)snprintf(cpus, sizeof(cpus), "%" PRId64 ".%05" PRId64, nano / 1000000000,
	               nano % 1000000000 / 10000);
	return docker_take_cpus(
		draft,
		&(struct spec_text){ docker_copy(draft, cpus, strlen(cpus), err), text->origin },
		err);
}

static const struct inspect_row host_rows[] = {
	{ take_removal, "AutoRemove", SHAPE_SWITCH },
	{ docker_take_blkio_weight, "BlkioWeight", SHAPE_NUMBER },
	{ docker_take_cap_add, "CapAdd", SHAPE_TEXTS },
	{ docker_take_cap_drop, "CapDrop", SHAPE_TEXTS },
	{ take_cgroup_parent, "CgroupParent", SHAPE_TEXT },
	{ docker_take_cgroup_mode, "CgroupnsMode", SHAPE_TEXT },
	{ docker_take_cpu_period, "CpuPeriod", SHAPE_NUMBER },
	{ docker_take_cpu_quota, "CpuQuota", SHAPE_NUMBER },
	{ docker_take_cpu_shares, "CpuShares", SHAPE_NUMBER },
	{ docker_take_cpuset_cpus, "CpusetCpus", SHAPE_TEXT },
	{ docker_take_cpuset_mems, "CpusetMems", SHAPE_TEXT },
	{ docker_take_device_rule, "DeviceCgroupRules", SHAPE_TEXTS },
	{ docker_take_group, "GroupAdd", SHAPE_TEXTS },
	{ take_init, "Init", SHAPE_SWITCH },
	{ docker_take_ipc, "IpcMode", SHAPE_TEXT },
	{ docker_take_memory, "Memory", SHAPE_NUMBER },
	{ docker_take_memory_reservation, "MemoryReservation", SHAPE_NUMBER },
	{ docker_take_memory_swap, "MemorySwap", SHAPE_NUMBER },
	{ take_swappiness, "MemorySwappiness", SHAPE_NUMBER },
	{ take_nano_cpus, "NanoCpus", SHAPE_NUMBER },
	{ docker_take_network, "NetworkMode", SHAPE_TEXT },
	{ docker_take_oom_kill_disable, "OomKillDisable", SHAPE_SWITCH },
	{ docker_take_oom_score_adj, "OomScoreAdj", SHAPE_NUMBER },
	{ docker_take_pid, "PidMode", SHAPE_TEXT },
	{ docker_take_pids_limit, "PidsLimit", SHAPE_NUMBER },
	{ docker_take_privileged, "Privileged", SHAPE_SWITCH },
	{ docker_take_publish_all, "PublishAllPorts", SHAPE_SWITCH },
	{ docker_take_read_only, "ReadonlyRootfs", SHAPE_SWITCH },
	{ take_runtime, "Runtime", SHAPE_TEXT },
	{ docker_take_security_opt, "SecurityOpt", SHAPE_TEXTS },
	{ docker_take_shm_size, "ShmSize", SHAPE_NUMBER },
	{ docker_take_sysctl, "Sysctls", SHAPE_SETTINGS },
	{ docker_take_tmpfs, "Tmpfs", SHAPE_OPTIONS },
	{ docker_take_uts, "UTSMode", SHAPE_TEXT },
	{ docker_take_userns, "UsernsMode", SHAPE_TEXT },
};

static const struct inspect_row config_rows[] = {
	{ docker_take_arg, "Cmd", SHAPE_TEXTS },
	{ docker_take_entrypoint, "Entrypoint", SHAPE_TEXTS },
	{ docker_take_env, "Env", SHAPE_TEXTS },
	{ docker_take_expose, "ExposedPorts", SHAPE_NAMES },
	{ take_image, "Image", SHAPE_TEXT },
	{ take_stdin, "OpenStdin", SHAPE_SWITCH },
	{ docker_take_terminal, "Tty", SHAPE_SWITCH },
	{ docker_take_user, "User", SHAPE_TEXT },
	{ docker_take_workdir, "WorkingDir", SHAPE_TEXT },
};

/* The name is a number of the container where nobody gave one, and the host's in its namespace. */
static const struct inspect_row name_rows[] = {
	{ docker_take_domainname, "Domainname", SHAPE_TEXT },
	{ docker_take_hostname, "Hostname", SHAPE_TEXT },
};

/* One option of a member that is an object, in the parts that it is made of. */
struct parts {
	struct spec_text first;
	struct spec_text second;
	struct spec_text third;
	struct spec_number soft;
	struct spec_number hard;
	struct inspect *work;
};

#define PARTS(member) offsetof(struct parts, member)

static int read_device(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "CgroupPermissions", oci_read_label, false, PARTS(third) },
		{ "PathInContainer", oci_read_label, false, PARTS(second) },
		{ "PathOnHost", oci_read_text, true, PARTS(first) },
	};
	static const struct inspect_row row = { docker_take_device, "Devices", SHAPE_TEXTS };
	struct parts parts = { .work = out };
	AUTO_TEXT struct text text = { 0 };

	if (fields_read(reader, value, fields, ARRAY_LEN(fields), &parts, err) < 0)
		return -1;
	parts.work->row = &row;
	text_add(&text, parts.first.value);
	text_add(&text, ":");
	text_add(&text, parts.second.value != NULL ? parts.second.value : parts.first.value);
	if (text.is_broken)
		return error_set(err, ERROR_SYSTEM, "out of memory");
	return take_joined(parts.work, reader, text.bytes, ":",
	                   parts.third.value != NULL ? parts.third.value : "rwm", err);
}

static int read_devices(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_element(reader, value, INSPECT_ITEM_MAX, read_device, out, err);
}

/* "nofile"; of Podman "RLIMIT_NOFILE". */
static int read_ulimit(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "Hard", oci_read_signed, true, PARTS(hard) },
		{ "Name", oci_read_text, true, PARTS(first) },
		{ "Soft", oci_read_signed, true, PARTS(soft) },
	};
	static const struct inspect_row row = { docker_take_ulimit, "Ulimits", SHAPE_TEXTS };
	struct parts parts = { .work = out };
	char name[40];
	char text[120];

	if (fields_read(reader, value, fields, ARRAY_LEN(fields), &parts, err) < 0)
		return -1;
	parts.work->row = &row;
	(void)snprintf(name, sizeof(name), "%s",
	               parts.first.value + (strncmp(parts.first.value, "RLIMIT_", 7) == 0 ? 7 : 0));
	for (char *letter = name; *letter != '\0'; letter++) {
		if (*letter >= 'A' && *letter <= 'Z')
			*letter = (char)(*letter - 'A' + 'a');
	}
	(void)snprintf(text, sizeof(text), "%s=%" PRId64 ":%" PRId64, name, parts.soft.value,
	               parts.hard.value);
	return take(parts.work, reader, text, err);
}

static int read_ulimits(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_element(reader, value, INSPECT_ITEM_MAX, read_ulimit, out, err);
}

/* A port of the container while those of the host are read. */
struct published {
	struct inspect *work;
	const char *port; /* "80/tcp" */
};

static int read_binding(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "HostIp", oci_read_label, false, PARTS(first) },
		{ "HostPort", oci_read_label, false, PARTS(second) },
	};
	static const struct inspect_row row = { docker_take_publish, "PortBindings", SHAPE_TEXTS };
	struct published *published = out;
	struct parts parts = { .work = published->work };
	const char *address;
	bool is_long;
	AUTO_TEXT struct text host = { 0 };

	if (fields_read(reader, value, fields, ARRAY_LEN(fields), &parts, err) < 0)
		return -1;
	parts.work->row = &row;
	address = parts.first.value == NULL ? "" : parts.first.value;
	is_long = strchr(address, ':') != NULL;
	text_add(&host, is_long ? "[" : "");
	text_add(&host, address);
	text_add(&host, is_long ? "]" : "");
	text_add(&host, *address != '\0' ? ":" : "");
	text_add(&host, parts.second.value == NULL ? "" : parts.second.value);
	if (host.is_broken)
		return error_set(err, ERROR_SYSTEM, "out of memory");
	return take_joined(parts.work, reader, host.bytes, ":", published->port, err);
}

static int read_port(struct reader *reader, const char *name, json_t *value, void *out,
                     struct error *err)
{
	struct published published = { .work = out, .port = name };

	if (json_is_null(value))
		return 0;
	return fields_each_element(reader, value, INSPECT_ITEM_MAX, read_binding, &published, err);
}

static int read_ports(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_member(reader, value, INSPECT_ITEM_MAX, read_port, out, err);
}

static int read_restart(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "Name", oci_read_label, false, PARTS(first) },
	};
	struct parts parts = { .work = out };

	if (fields_read(reader, value, fields, ARRAY_LEN(fields), &parts, err) < 0)
		return -1;
	docker_engine(&parts.work->draft)->restart = parts.first;
	return 0;
}

/* Lists that are empty are what systempaths=unconfined makes of them; others differ by age. */
static int read_masked(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct inspect_row row = { docker_take_security_opt, "MaskedPaths",
		                                SHAPE_TEXTS };
	struct inspect *work = out;

	if (!json_is_array(value))
		return fields_wrong_type(reader, value, "an array", err);
	work->row = &row;
	return json_array_size(value) > 0 ? 0 : take(work, reader, "systempaths=unconfined", err);
}

struct mount {
	struct spec_text type;
	struct spec_text name;
	struct spec_text source;
	struct spec_text target;
	struct spec_text mode;
	struct spec_text propagation;
	struct spec_text_list options; /* Podman */
	bool is_writable;
	struct spec_number size; /* of tmpfs; bytes */
};

#define MOUNT(member) offsetof(struct mount, member)

/* "ro,rslave,nosuid" */
static int join_options(struct inspect *work, const struct mount *mount, const char **out,
                        struct error *err)
{
	AUTO_TEXT struct text text = { 0 };

	text_add(&text, mount->is_writable ? "rw" : "ro");
	if (mount->propagation.value != NULL) {
		text_add(&text, ",");
		text_add(&text, mount->propagation.value);
	}
	if (mount->mode.value != NULL) {
		text_add(&text, ",");
		text_add(&text, mount->mode.value);
	}
	for (size_t i = 0; i < mount->options.count; i++) {
		text_add(&text, ",");
		text_add(&text, mount->options.items[i].value);
	}
	if (mount->size.is_set)
		text_add_format(&text, ",size=%" PRId64, mount->size.value);
	if (text.is_broken)
		return error_set(err, ERROR_SYSTEM, "out of memory");
	*out = docker_copy(&work->draft, text.bytes, text.length, err);
	return *out == NULL ? -1 : 0;
}

static int put_mount(struct inspect *work, struct reader *reader, const struct mount *mount,
                     struct error *err)
{
	const struct spec_text place = { "", fields_origin(reader, err) };
	const char *type = mount->type.value == NULL ? "volume" : mount->type.value;
	const char *options;

	if (place.origin == NULL || join_options(work, mount, &options, err) < 0)
		return -1;
	if (strcmp(type, "bind") == 0 && mount->source.value != NULL)
		return docker_put_bind(&work->draft, &place, mount->source.value,
		                       mount->target.value, options, err);
	if (strcmp(type, "tmpfs") == 0)
		return docker_put_tmpfs(&work->draft, &place, mount->target.value, options, err);
	return docker_put_volume(&work->draft, &place, type, mount->name.value, mount->target.value,
	                         options, err);
}

static int read_mount(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "Destination", oci_read_text, true, MOUNT(target) },
		{ "Mode", oci_read_label, false, MOUNT(mode) },
		{ "Name", oci_read_label, false, MOUNT(name) },
		{ "Options", oci_read_texts, false, MOUNT(options) },
		{ "Propagation", oci_read_label, false, MOUNT(propagation) },
		{ "RW", oci_read_bool, false, MOUNT(is_writable) },
		{ "Source", oci_read_label, false, MOUNT(source) },
		{ "Type", oci_read_label, false, MOUNT(type) },
	};
	struct mount mount = { .is_writable = false };

	if (fields_read(reader, value, fields, ARRAY_LEN(fields), &mount, err) < 0)
		return -1;
	return put_mount(out, reader, &mount, err);
}

int inspect_read_mounts(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_element(reader, value, INSPECT_ITEM_MAX, read_mount, out, err);
}

static int read_tmpfs_options(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "SizeBytes", oci_read_signed, false, MOUNT(size) },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

/* What was asked for by --mount: of a tmpfs only this tells the size. */
static int read_asked_mount(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "Target", oci_read_text, true, MOUNT(target) },
		{ "TmpfsOptions", read_tmpfs_options },
		{ "Type", oci_read_label, false, MOUNT(type) },
	};
	struct mount mount = { .is_writable = true };

	if (fields_read(reader, value, fields, ARRAY_LEN(fields), &mount, err) < 0)
		return -1;
	if (mount.type.value == NULL || strcmp(mount.type.value, "tmpfs") != 0)
		return 0;
	return put_mount(out, reader, &mount, err);
}

static int read_asked_mounts(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_element(reader, value, INSPECT_ITEM_MAX, read_asked_mount, out, err);
}

int inspect_read_host_config(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "Devices", read_devices },       { "MaskedPaths", read_masked },
		{ "Mounts", read_asked_mounts },   { "PortBindings", read_ports },
		{ "RestartPolicy", read_restart }, { "Ulimits", read_ulimits },
	};

	if (read_rows(reader, value, host_rows, ARRAY_LEN(host_rows), out, err) < 0)
		return -1;
	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

/* ["NONE"], ["CMD", "program"], ["CMD-SHELL", "command"] */
static int read_test(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_text_list words = { .count = 0 };
	struct spec_text *health = out;

	if (oci_read_byte_texts(reader, value, &words, err) < 0)
		return -1;
	if (words.count > 0)
		*health = words.items[words.count > 1 ? 1 : 0];
	if (words.count > 0 && strcmp(words.items[0].value, "NONE") == 0)
		health->value = "none";
	return 0;
}

static int read_health(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "Test", read_test },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

int inspect_read_config(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "Healthcheck", read_health },
	};
	struct inspect *work = out;
	struct spec_engine *engine = docker_engine(&work->draft);
	const bool has_own_name =
		engine->uts.value == NULL || strcmp(engine->uts.value, "host") != 0;

	if (read_rows(reader, value, config_rows, ARRAY_LEN(config_rows), work, err) < 0)
		return -1;
	if (has_own_name &&
	    read_rows(reader, value, name_rows, ARRAY_LEN(name_rows), work, err) < 0)
		return -1;
	return fields_read(reader, value, fields, ARRAY_LEN(fields), &engine->health, err);
}
