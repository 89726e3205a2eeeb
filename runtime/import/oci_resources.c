/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "import/oci.h"

#define WEIGHT_MIN        10 /* of block devices */
#define WEIGHT_MAX        1000
#define SWAPPINESS_MAX    100
#define DEVICE_NUMBER_MAX (UINT32_MAX - 1) /* the last one means any */
#define ANY_DEVICE_NUMBER (-1)

#define RESOURCE(member) offsetof(struct spec_oci_resources, member)

static int read_swappiness(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_read_number(reader, value, 0, SWAPPINESS_MAX, out, err);
}

static const struct field memory_fields[] = {
	{ "checkBeforeUpdate", oci_read_bool_number, false, RESOURCE(memory_check_before_update) },
	{ "disableOOMKiller", oci_read_bool_number, false, RESOURCE(memory_disable_oom_killer) },
	{ "kernel", oci_read_signed, false, RESOURCE(memory_kernel) },
	{ "kernelTCP", oci_read_signed, false, RESOURCE(memory_kernel_tcp) },
	{ "limit", oci_read_signed, false, RESOURCE(memory_limit) },
	{ "reservation", oci_read_signed, false, RESOURCE(memory_reservation) },
	{ "swap", oci_read_signed, false, RESOURCE(memory_swap) },
	{ "swappiness", read_swappiness, false, RESOURCE(memory_swappiness) },
	{ "useHierarchy", oci_read_bool_number, false, RESOURCE(memory_use_hierarchy) },
};

static int read_memory(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_read(reader, value, memory_fields, ARRAY_LEN(memory_fields), out, err);
}

static const struct field cpu_fields[] = {
	{ "burst", oci_read_unsigned, false, RESOURCE(cpu_burst) },
	{ "cpus", oci_read_ranges, false, RESOURCE(cpu_cpus) },
	{ "idle", oci_read_signed, false, RESOURCE(cpu_idle) },
	{ "mems", oci_read_ranges, false, RESOURCE(cpu_mems) },
	{ "period", oci_read_unsigned, false, RESOURCE(cpu_period) },
	{ "quota", oci_read_signed, false, RESOURCE(cpu_quota) },
	{ "realtimePeriod", oci_read_unsigned, false, RESOURCE(cpu_realtime_period) },
	{ "realtimeRuntime", oci_read_signed, false, RESOURCE(cpu_realtime_runtime) },
	{ "shares", oci_read_unsigned, false, RESOURCE(cpu_shares) },
};

static int read_cpu(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_read(reader, value, cpu_fields, ARRAY_LEN(cpu_fields), out, err);
}

static const struct field pids_fields[] = {
	{ "limit", oci_read_signed, false, RESOURCE(pids_limit) },
};

static int read_pids(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_read(reader, value, pids_fields, ARRAY_LEN(pids_fields), out, err);
}

/* 0, which some engines write, is not said. */
static int read_weight(struct reader *reader, json_t *value, void *out, struct error *err)
{
	if (json_is_integer(value) && json_integer_value(value) == 0)
		return 0;
	return oci_read_number(reader, value, WEIGHT_MIN, WEIGHT_MAX, out, err);
}

static int read_device_number(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_signed(reader, value, 0, DEVICE_NUMBER_MAX, out, err);
}

static const struct field block_device_fields[] = {
	{ "leafWeight", read_weight, false, offsetof(struct spec_oci_block_device, leaf_weight) },
	{ "major", read_device_number, true, offsetof(struct spec_oci_block_device, major) },
	{ "minor", read_device_number, true, offsetof(struct spec_oci_block_device, minor) },
	{ "rate", oci_read_u64, false, offsetof(struct spec_oci_block_device, rate) },
	{ "weight", read_weight, false, offsetof(struct spec_oci_block_device, weight) },
};

static int read_block_device(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_oci_block_device *device = out;

	if (fields_read(reader, value, block_device_fields, ARRAY_LEN(block_device_fields), device,
	                err) < 0)
		return -1;
	device->origin = fields_origin(reader, err);
	return device->origin == NULL ? -1 : 0;
}

static int read_block_devices(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_oci_block_device_list *list = out;
	struct fields_items items;

	if (fields_items(reader, value, OCI_ITEM_MAX, sizeof(struct spec_oci_block_device),
	                 read_block_device, &items, err) < 0)
		return -1;
	*list = (struct spec_oci_block_device_list){ items.items, items.count };
	return 0;
}

static const struct field block_fields[] = {
	{ "leafWeight", read_weight, false, RESOURCE(block_leaf_weight) },
	{ "throttleReadBpsDevice", read_block_devices, false, RESOURCE(block_read_bps) },
	{ "throttleReadIOPSDevice", read_block_devices, false, RESOURCE(block_read_iops) },
	{ "throttleWriteBpsDevice", read_block_devices, false, RESOURCE(block_write_bps) },
	{ "throttleWriteIOPSDevice", read_block_devices, false, RESOURCE(block_write_iops) },
	{ "weight", read_weight, false, RESOURCE(block_weight) },
	{ "weightDevice", read_block_devices, false, RESOURCE(block_weight_devices) },
};

static int read_block(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_read(reader, value, block_fields, ARRAY_LEN(block_fields), out, err);
}

/* "2MB": a number and a unit, part of the name of a file. */
static int read_page_size(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *text;
	size_t digits;

	if (fields_string(reader, value, &text, err) < 0)
		return -1;
	digits = strspn(text, "0123456789");
	if (digits == 0 || digits > 10 || strspn(text + digits, "KMGB") != strlen(text + digits) ||
	    strlen(text + digits) > 2)
		return fields_refuse(reader, err, "\"%.100s\" is not the size of a page, \"2MB\"",
		                     text);
	*(const char **)out = spec_copy(reader->builder, text, err);
	return *(const char **)out == NULL ? -1 : 0;
}

static const struct field hugepage_fields[] = {
	{ "limit", oci_read_u64, true, offsetof(struct spec_oci_hugepage_limit, limit) },
	{ "pageSize", read_page_size, true, offsetof(struct spec_oci_hugepage_limit, page_size) },
};

static int read_hugepage(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_oci_hugepage_limit *limit = out;

	if (fields_read(reader, value, hugepage_fields, ARRAY_LEN(hugepage_fields), limit, err) < 0)
		return -1;
	limit->origin = fields_origin(reader, err);
	return limit->origin == NULL ? -1 : 0;
}

static int read_hugepages(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_oci_resources *resources = out;
	struct fields_items items;

	if (fields_items(reader, value, OCI_ITEM_MAX, sizeof(struct spec_oci_hugepage_limit),
	                 read_hugepage, &items, err) < 0)
		return -1;
	resources->hugepages = items.items;
	resources->hugepage_count = items.count;
	return 0;
}

static const struct field rdma_fields[] = {
	{ "hcaHandles", oci_read_unsigned, false, offsetof(struct spec_oci_rdma_limit, handles) },
	{ "hcaObjects", oci_read_unsigned, false, offsetof(struct spec_oci_rdma_limit, objects) },
};

/* The name is a word of the line that is written to rdma.max. */
static int read_rdma_device(struct reader *reader, const char *name, json_t *value, void *out,
                            struct error *err)
{
	struct spec_oci_rdma_limit *limit = out;

	if (*name == '\0' || strpbrk(name, " /") != NULL)
		return fields_refuse(reader, err, "this is not the name of a device");
	if (fields_read(reader, value, rdma_fields, ARRAY_LEN(rdma_fields), limit, err) < 0)
		return -1;
	limit->device = spec_copy(reader->builder, name, err);
	limit->origin = limit->device == NULL ? NULL : fields_origin(reader, err);
	return limit->origin == NULL ? -1 : 0;
}

static int read_rdma(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_oci_resources *resources = out;
	struct fields_items items;

	if (fields_member_items(reader, value, OCI_ITEM_MAX, sizeof(struct spec_oci_rdma_limit),
	                        read_rdma_device, &items, err) < 0)
		return -1;
	resources->rdma = items.items;
	resources->rdma_count = items.count;
	return 0;
}

static int read_network_class(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_read_number(reader, value, 0, UINT32_MAX, out, err);
}

static int read_priorities(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_number *count = out;

	if (!json_is_array(value))
		return fields_wrong_type(reader, value, "an array", err);
	if (json_array_size(value) == 0)
		return 0;
	*count = (struct spec_number){ .value = (int64_t)json_array_size(value), .is_set = true };
	count->origin = fields_origin(reader, err);
	return count->origin == NULL ? -1 : 0;
}

static const struct field network_fields[] = {
	{ "classID", read_network_class, false, RESOURCE(network_class) },
	{ "priorities", read_priorities, false, RESOURCE(network_priorities) },
};

static int read_network(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_read(reader, value, network_fields, ARRAY_LEN(network_fields), out, err);
}

/* A device rule as it is written. */
struct rule_draft {
	uint64_t kind; /* enum device_kind; 0: all */
	int64_t major;
	int64_t minor;
	uint32_t access;
	bool allows;
};

static int read_rule_kind(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_word(reader, value, &oci_device_rule_types, out, err);
}

static int read_rule_number(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_signed(reader, value, ANY_DEVICE_NUMBER, DEVICE_NUMBER_MAX, out, err);
}

static int read_access(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *text;
	uint32_t access = 0;

	if (fields_string(reader, value, &text, err) < 0)
		return -1;
	for (const char *letter = text; *letter != '\0'; letter++) {
		if (*letter == 'r')
			access |= DEVICE_ACCESS_READ;
		else if (*letter == 'w')
			access |= DEVICE_ACCESS_WRITE;
		else if (*letter == 'm')
			access |= DEVICE_ACCESS_MKNOD;
		else
			access = UINT32_MAX;
	}
	if (access == UINT32_MAX || *text == '\0')
		return fields_refuse(reader, err, "an access is made of r, w and m");
	*(uint32_t *)out = access;
	return 0;
}

static const struct field rule_fields[] = {
	{ "access", read_access, true, offsetof(struct rule_draft, access) },
	{ "allow", oci_read_bool, true, offsetof(struct rule_draft, allows) },
	{ "major", read_rule_number, false, offsetof(struct rule_draft, major) },
	{ "minor", read_rule_number, false, offsetof(struct rule_draft, minor) },
	{ "type", read_rule_kind, false, offsetof(struct rule_draft, kind) },
};

static uint32_t device_number(int64_t number)
{
	return number == ANY_DEVICE_NUMBER ? DEVICE_ANY : (uint32_t)number;
}

static int read_rule(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct rule_draft draft = { .major = ANY_DEVICE_NUMBER, .minor = ANY_DEVICE_NUMBER };
	struct spec_oci_device_rule *rule = out;

	if (fields_read(reader, value, rule_fields, ARRAY_LEN(rule_fields), &draft, err) < 0)
		return -1;
	rule->allows = draft.allows;
	rule->is_all = draft.kind == 0;
	rule->rule = (struct device_rule){
		.kind = (enum device_kind)draft.kind,
		.major = device_number(draft.major),
		.minor = device_number(draft.minor),
		.access = draft.access,
	};
	rule->origin = fields_origin(reader, err);
	return rule->origin == NULL ? -1 : 0;
}

static int read_rules(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_oci_resources *resources = out;
	struct fields_items items;

	if (fields_items(reader, value, OCI_ITEM_MAX, sizeof(struct spec_oci_device_rule),
	                 read_rule, &items, err) < 0)
		return -1;
	resources->device_rules = items.items;
	resources->device_rule_count = items.count;
	return 0;
}

/* A name is that of a file in the cgroup, and of no file elsewhere. */
static int read_unified_file(struct reader *reader, const char *name, json_t *value, void *out,
                             struct error *err)
{
	if (strchr(name, '/') != NULL || strchr(name, '.') == NULL || name[0] == '.')
		return fields_refuse(reader, err, "this is not the name of a cgroup's file");
	return oci_read_setting(reader, name, value, out, err);
}

static int read_unified(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_oci_resources *resources = out;
	struct fields_items items;

	if (fields_member_items(reader, value, OCI_ITEM_MAX, sizeof(struct spec_sysctl),
	                        read_unified_file, &items, err) < 0)
		return -1;
	resources->unified = items.items;
	resources->unified_count = items.count;
	return 0;
}

static const struct field resource_fields[] = {
	{ "blockIO", read_block },   { "cpu", read_cpu },
	{ "devices", read_rules },   { "hugepageLimits", read_hugepages },
	{ "memory", read_memory },   { "network", read_network },
	{ "pids", read_pids },       { "rdma", read_rdma },
	{ "unified", read_unified },
};

int oci_read_resources(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_read(reader, value, resource_fields, ARRAY_LEN(resource_fields), out, err);
}
