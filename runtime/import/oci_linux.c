/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/sched.h>
#include <string.h>

#include "base/text.h"
#include "import/oci.h"

#define MODE_BITS          07777 /* of a file: the rest is its type */
#define NANOSECONDS_MAX    999999999
#define DEVICE_NUMBER_MAX  UINT32_MAX
#define NET_DEVICE_MAX     ((size_t)1024) /* they are compared with each other */
#define INTERFACE_NAME_MAX 15             /* IFNAMSIZ less one; bytes */

#define LINUX(member) offsetof(struct oci_document, oci.member)

static int read_namespace_kind(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_word(reader, value, &oci_namespaces, out, err);
}

/* An empty path is none. */
static int read_namespace_path(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *path;

	if (fields_string(reader, value, &path, err) < 0)
		return -1;
	return *path == '\0' ? 0 : fields_path(reader, value, false, out, err);
}

static const struct field namespace_fields[] = {
	{ "path", read_namespace_path, false, offsetof(struct spec_oci_namespace, path) },
	{ "type", read_namespace_kind, true, offsetof(struct spec_oci_namespace, kind) },
};

static int read_namespace(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_oci_namespace *namespace = out;

	if (fields_read(reader, value, namespace_fields, ARRAY_LEN(namespace_fields), namespace,
	                err) < 0)
		return -1;
	namespace->origin = fields_origin(reader, err);
	return namespace->origin == NULL ? -1 : 0;
}

static int check_namespaces_once(const struct spec_oci *oci, struct error *err)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < oci->namespace_count; i++) {
		if ((seen & oci->namespaces[i].kind) != 0) {
			(void)error_set(err, ERROR_SPEC,
			                "the same type of namespace is there twice");
			return error_at(err, "%s", oci->namespaces[i].origin);
		}
		seen |= oci->namespaces[i].kind;
	}
	return 0;
}

static int read_namespaces(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct oci_document *document = out;
	struct fields_items items;

	if (fields_items(reader, value, OCI_ITEM_MAX, sizeof(struct spec_oci_namespace),
	                 read_namespace, &items, err) < 0)
		return -1;
	document->oci.namespaces = items.items;
	document->oci.namespace_count = items.count;
	return check_namespaces_once(&document->oci, err);
}

static int read_nanoseconds(struct reader *reader, json_t *value, void *out, struct error *err)
{
	uint64_t number;

	if (fields_integer(reader, value, 0, NANOSECONDS_MAX, &number, err) < 0)
		return -1;
	*(uint32_t *)out = (uint32_t)number;
	return 0;
}

static int read_seconds(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_signed(reader, value, INT64_MIN, INT64_MAX, out, err);
}

static const struct field offset_fields[] = {
	{ "nanosecs", read_nanoseconds, false, offsetof(struct spec_oci_time_offset, nanoseconds) },
	{ "secs", read_seconds, false, offsetof(struct spec_oci_time_offset, seconds) },
};

static int read_offset(struct reader *reader, const char *name, json_t *value, void *out,
                       struct error *err)
{
	struct spec_oci_time_offset *offset = out;

	if (strcmp(name, "monotonic") != 0 && strcmp(name, "boottime") != 0)
		return fields_refuse(reader, err, "only monotonic and boottime can be offset");
	if (fields_read(reader, value, offset_fields, ARRAY_LEN(offset_fields), offset, err) < 0)
		return -1;
	offset->clock = spec_copy(reader->builder, name, err);
	offset->origin = offset->clock == NULL ? NULL : fields_origin(reader, err);
	return offset->origin == NULL ? -1 : 0;
}

static int read_offsets(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct oci_document *document = out;
	struct fields_items items;

	if (fields_member_items(reader, value, OCI_ITEM_MAX, sizeof(struct spec_oci_time_offset),
	                        read_offset, &items, err) < 0)
		return -1;
	document->oci.time_offsets = items.items;
	document->oci.time_offset_count = items.count;
	return 0;
}

static int read_device_type(struct reader *reader, json_t *value, void *out, struct error *err)
{
	uint64_t type;

	if (oci_word(reader, value, &oci_device_types, &type, err) < 0)
		return -1;
	*(enum spec_oci_device_type *)out = (enum spec_oci_device_type)type;
	return 0;
}

static int read_device_number(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_signed(reader, value, 0, DEVICE_NUMBER_MAX, out, err);
}

static int read_device_path(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_path(reader, value, false, out, err);
}

static int read_file_mode(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_oci_device *device = out;

	device->has_mode = true;
	if (oci_read_u32(reader, value, &device->mode, err) < 0)
		return -1;
	device->mode &= MODE_BITS;
	return 0;
}

static const struct field device_fields[] = {
	{ "fileMode", read_file_mode },
	{ "gid", oci_read_u32, false, offsetof(struct spec_oci_device, gid) },
	{ "major", read_device_number, false, offsetof(struct spec_oci_device, major) },
	{ "minor", read_device_number, false, offsetof(struct spec_oci_device, minor) },
	{ "path", read_device_path, true, offsetof(struct spec_oci_device, path) },
	{ "type", read_device_type, true, offsetof(struct spec_oci_device, type) },
	{ "uid", oci_read_u32, false, offsetof(struct spec_oci_device, uid) },
};

static int read_device(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_oci_device *device = out;

	if (fields_read(reader, value, device_fields, ARRAY_LEN(device_fields), device, err) < 0)
		return -1;
	if (device->type != SPEC_OCI_DEVICE_FIFO &&
	    (!json_is_integer(json_object_get(value, "major")) ||
	     !json_is_integer(json_object_get(value, "minor"))))
		return fields_refuse(reader, err, "a device needs its major and minor numbers");
	device->origin = fields_origin(reader, err);
	return device->origin == NULL ? -1 : 0;
}

static int read_devices(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct oci_document *document = out;
	struct fields_items items;

	if (fields_items(reader, value, OCI_ITEM_MAX, sizeof(struct spec_oci_device), read_device,
	                 &items, err) < 0)
		return -1;
	document->oci.devices = items.items;
	document->oci.device_count = items.count;
	return 0;
}

/* Source: kernel net/core/dev.c, dev_valid_name(). */
static bool is_interface_name(const char *name)
{
	return *name != '\0' && strlen(name) <= INTERFACE_NAME_MAX && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0 && strpbrk(name, "/: \t\n\v\f\r") == NULL;
}

/* "eth%d" is the first of eth0, eth1 and so on that is free; nothing else follows a %. */
static bool has_wrong_pattern(const char *name)
{
	const char *percent = strchr(name, '%');

	return percent != NULL && (percent[1] != 'd' || strchr(percent + 1, '%') != NULL);
}

/* An empty one is none. */
static int read_interface_name(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *name;

	if (fields_string(reader, value, &name, err) < 0)
		return -1;
	if (*name == '\0')
		return 0;
	if (!is_interface_name(name) || has_wrong_pattern(name))
		return fields_refuse(reader, err, "\"%.40s\" cannot be a network device's name",
		                     name);
	*(const char **)out = spec_copy(reader->builder, name, err);
	return *(const char **)out == NULL ? -1 : 0;
}

static const struct field net_device_fields[] = {
	{ "name", read_interface_name, false, offsetof(struct spec_oci_net_device, name) },
};

/* Without a name of its own inside it keeps the one that it has. */
static int read_net_device(struct reader *reader, const char *name, json_t *value, void *out,
                           struct error *err)
{
	struct spec_oci_net_device *device = out;

	if (!is_interface_name(name) || strchr(name, '%') != NULL)
		return fields_refuse(reader, err, "\"%.40s\" cannot be a network device's name",
		                     name);
	device->host_name = spec_copy(reader->builder, name, err);
	if (device->host_name == NULL || fields_read(reader, value, net_device_fields,
	                                             ARRAY_LEN(net_device_fields), device, err) < 0)
		return -1;
	if (device->name == NULL)
		device->name = device->host_name;
	device->origin = fields_origin(reader, err);
	return device->origin == NULL ? -1 : 0;
}

static int read_net_devices(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct oci_document *document = out;
	struct fields_items items;

	if (fields_member_items(reader, value, NET_DEVICE_MAX, sizeof(struct spec_oci_net_device),
	                        read_net_device, &items, err) < 0)
		return -1;
	document->oci.net_devices = items.items;
	document->oci.net_device_count = items.count;
	return 0;
}

static bool has_parent_component(const char *path)
{
	while (*path != '\0') {
		const size_t step = strcspn(path, "/");

		if (step == 2 && strncmp(path, "..", 2) == 0)
			return true;
		path += step;
		path += strspn(path, "/");
	}
	return false;
}

/* "/pod/name", "name", or "slice:prefix:name" for systemd; empty: not said. */
static int read_cgroups_path(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *path;

	if (fields_string(reader, value, &path, err) < 0)
		return -1;
	if (has_parent_component(path))
		return fields_refuse(reader, err, "a cgroup's path must not have \"..\" in it");
	return *path == '\0' ? 0 : oci_read_text(reader, value, out, err);
}

static int read_sysctls(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct oci_document *document = out;
	struct fields_items items;

	if (fields_member_items(reader, value, OCI_ITEM_MAX, sizeof(struct spec_sysctl),
	                        oci_read_setting, &items, err) < 0)
		return -1;
	document->spec.sysctls = items.items;
	document->spec.sysctl_count = items.count;
	return 0;
}

static int read_domain(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_number_word(reader, value, &oci_personalities, out, err);
}

/* Source: runtime-spec config-linux.md, linux.personality: "currently no flag values". */
static int read_no_flags(struct reader *reader, json_t *value, void *out, struct error *err)
{
	if (!json_is_array(value))
		return fields_wrong_type(reader, value, "an array", err);
	if (json_array_size(value) > 0)
		return fields_refuse(reader, err, "the specification knows no such flags");
	return 0;
}

static const struct field personality_fields[] = {
	{ "domain", read_domain, true },
	{ "flags", read_no_flags },
};

static int read_personality(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_read(reader, value, personality_fields, ARRAY_LEN(personality_fields), out,
	                   err);
}

/* That it is asked for is all that matters: no host of ours gives it. */
static int read_intel_rdt(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_text *text = out;

	if (!json_is_object(value))
		return fields_wrong_type(reader, value, "an object", err);
	text->value = "intelRdt";
	text->origin = fields_origin(reader, err);
	return text->origin == NULL ? -1 : 0;
}

static int read_policy_mode(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_number_word(reader, value, &oci_memory_policy_modes, out, err);
}

static int read_policy_flag(struct reader *reader, json_t *value, void *out, struct error *err)
{
	uint64_t flag;

	if (oci_word(reader, value, &oci_memory_policy_flags, &flag, err) < 0)
		return -1;
	*(uint32_t *)out |= (uint32_t)flag;
	return 0;
}

static int read_policy_flags(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_element(reader, value, OCI_ITEM_MAX, read_policy_flag, out, err);
}

static const struct field policy_fields[] = {
	{ "flags", read_policy_flags, false, LINUX(memory_policy_flags) },
	{ "mode", read_policy_mode, true, LINUX(memory_policy_mode) },
	{ "nodes", oci_read_ranges, false, LINUX(memory_policy_nodes) },
};

static int read_memory_policy(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_read(reader, value, policy_fields, ARRAY_LEN(policy_fields), out, err);
}

static const struct field linux_fields[] = {
	{ "cgroupsPath", read_cgroups_path, false, LINUX(cgroups_path) },
	{ "devices", read_devices },
	{ "gidMappings", oci_read_mappings, false, LINUX(gids) },
	{ "intelRdt", read_intel_rdt, false, LINUX(intel_rdt) },
	{ "maskedPaths", oci_read_paths, false, LINUX(masked_paths) },
	{ "memoryPolicy", read_memory_policy },
	{ "mountLabel", oci_read_label, false, LINUX(mount_label) },
	{ "namespaces", read_namespaces },
	{ "netDevices", read_net_devices },
	{ "personality", read_personality, false, LINUX(personality) },
	{ "readonlyPaths", oci_read_paths, false, LINUX(read_only_paths) },
	{ "resources", oci_read_resources, false, LINUX(resources) },
	{ "rootfsPropagation", oci_read_propagation, false, LINUX(rootfs_propagation) },
	{ "seccomp", oci_read_seccomp },
	{ "sysctl", read_sysctls },
	{ "timeOffsets", read_offsets },
	{ "uidMappings", oci_read_mappings, false, LINUX(uids) },
};

int oci_read_linux(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_read(reader, value, linux_fields, ARRAY_LEN(linux_fields), out, err);
}
