/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/export_oci.h"
#include "spec/oci_words.h"

/* A member of the object that is being written, and the number that it has. */
struct row {
	const char *name;
	const struct spec_number *number;
};

static void write_rows(struct oci_writer *writer, struct tree_node *node, const struct row *rows,
                       size_t count)
{
	for (size_t i = 0; i < count; i++)
		oci_write_number(writer, node, rows[i].name, rows[i].number);
}

static void write_bool(struct oci_writer *writer, struct tree_node *node, const char *name,
                       const struct spec_number *number)
{
	losses_said(&writer->work->losses, number);
	if (number->is_set)
		tree_bool(&writer->tree, node, name, number->value != 0);
}

static void write_memory(struct oci_writer *writer, struct tree_node *parent)
{
	const struct spec_oci_resources *resources = &writer->oci->resources;
	const struct row rows[] = {
		{ "limit", &resources->memory_limit },
		{ "reservation", &resources->memory_reservation },
		{ "swap", &resources->memory_swap },
		{ "kernel", &resources->memory_kernel },
		{ "kernelTCP", &resources->memory_kernel_tcp },
		{ "swappiness", &resources->memory_swappiness },
	};
	struct tree_node *node = tree_map(&writer->tree, parent, "memory");

	write_rows(writer, node, rows, ARRAY_LEN(rows));
	write_bool(writer, node, "disableOOMKiller", &resources->memory_disable_oom_killer);
	write_bool(writer, node, "useHierarchy", &resources->memory_use_hierarchy);
	write_bool(writer, node, "checkBeforeUpdate", &resources->memory_check_before_update);
}

static void write_cpu(struct oci_writer *writer, struct tree_node *parent)
{
	const struct spec_oci_resources *resources = &writer->oci->resources;
	const struct row rows[] = {
		{ "shares", &resources->cpu_shares },
		{ "quota", &resources->cpu_quota },
		{ "burst", &resources->cpu_burst },
		{ "period", &resources->cpu_period },
		{ "realtimeRuntime", &resources->cpu_realtime_runtime },
		{ "realtimePeriod", &resources->cpu_realtime_period },
		{ "idle", &resources->cpu_idle },
	};
	struct tree_node *node = tree_map(&writer->tree, parent, "cpu");

	write_rows(writer, node, rows, ARRAY_LEN(rows));
	oci_write_text(writer, node, "cpus", &resources->cpu_cpus);
	oci_write_text(writer, node, "mems", &resources->cpu_mems);
}

static void write_block_devices(struct oci_writer *writer, struct tree_node *parent,
                                const char *name, const struct spec_oci_block_device_list *devices,
                                bool has_rates)
{
	struct tree_node *list = tree_list(&writer->tree, parent, name);

	losses_said(&writer->work->losses, devices);
	for (size_t i = 0; i < devices->count; i++) {
		const struct spec_oci_block_device *device = &devices->items[i];
		struct tree_node *node = tree_map(&writer->tree, list, NULL);

		tree_integer(&writer->tree, node, "major", device->major);
		tree_integer(&writer->tree, node, "minor", device->minor);
		if (device->weight.is_set)
			tree_integer(&writer->tree, node, "weight", device->weight.value);
		if (device->leaf_weight.is_set)
			tree_integer(&writer->tree, node, "leafWeight", device->leaf_weight.value);
		if (has_rates)
			tree_unsigned(&writer->tree, node, "rate", device->rate);
	}
}

static void write_block(struct oci_writer *writer, struct tree_node *parent)
{
	const struct spec_oci_resources *resources = &writer->oci->resources;
	struct tree_node *node = tree_map(&writer->tree, parent, "blockIO");

	oci_write_number(writer, node, "weight", &resources->block_weight);
	oci_write_number(writer, node, "leafWeight", &resources->block_leaf_weight);
	write_block_devices(writer, node, "weightDevice", &resources->block_weight_devices, false);
	write_block_devices(writer, node, "throttleReadBpsDevice", &resources->block_read_bps,
	                    true);
	write_block_devices(writer, node, "throttleWriteBpsDevice", &resources->block_write_bps,
	                    true);
	write_block_devices(writer, node, "throttleReadIOPSDevice", &resources->block_read_iops,
	                    true);
	write_block_devices(writer, node, "throttleWriteIOPSDevice", &resources->block_write_iops,
	                    true);
}

static void write_device_number(struct oci_writer *writer, struct tree_node *node, const char *name,
                                uint32_t number)
{
	if (number != DEVICE_ANY)
		tree_unsigned(&writer->tree, node, name, number);
}

static void write_access(struct oci_writer *writer, struct tree_node *node, uint32_t access)
{
	tree_format(&writer->tree, node, "access", "%s%s%s",
	            (access & DEVICE_ACCESS_READ) != 0 ? "r" : "",
	            (access & DEVICE_ACCESS_WRITE) != 0 ? "w" : "",
	            (access & DEVICE_ACCESS_MKNOD) != 0 ? "m" : "");
}

static void write_device_rules(struct oci_writer *writer, struct tree_node *parent)
{
	const struct spec_oci_resources *resources = &writer->oci->resources;
	struct tree_node *list = tree_list(&writer->tree, parent, "devices");

	losses_said(&writer->work->losses, &resources->device_rules);
	for (size_t i = 0; i < resources->device_rule_count; i++) {
		const struct spec_oci_device_rule *rule = &resources->device_rules[i];
		struct tree_node *node = tree_map(&writer->tree, list, NULL);

		tree_bool(&writer->tree, node, "allow", rule->allows);
		tree_text(&writer->tree, node, "type",
		          oci_word_name(&oci_device_rule_types,
		                        rule->is_all ? 0 : (uint64_t)rule->rule.kind));
		write_device_number(writer, node, "major", rule->rule.major);
		write_device_number(writer, node, "minor", rule->rule.minor);
		write_access(writer, node, rule->rule.access);
	}
}

static void write_rdma(struct oci_writer *writer, struct tree_node *parent)
{
	const struct spec_oci_resources *resources = &writer->oci->resources;
	struct tree_node *devices = tree_map(&writer->tree, parent, "rdma");

	losses_said(&writer->work->losses, &resources->rdma);
	for (size_t i = 0; i < resources->rdma_count; i++) {
		const struct spec_oci_rdma_limit *limit = &resources->rdma[i];
		struct tree_node *node = tree_map(&writer->tree, devices, limit->device);

		tree_keep(node);
		if (limit->handles.is_set)
			tree_integer(&writer->tree, node, "hcaHandles", limit->handles.value);
		if (limit->objects.is_set)
			tree_integer(&writer->tree, node, "hcaObjects", limit->objects.value);
	}
}

void oci_write_resources(struct oci_writer *writer, struct tree_node *container)
{
	const struct spec_oci_resources *resources = &writer->oci->resources;
	struct losses *losses = &writer->work->losses;
	struct tree *tree = &writer->tree;
	struct tree_node *node = tree_map(tree, container, "resources");
	struct tree_node *hugepages, *unified;

	write_device_rules(writer, node);
	write_memory(writer, node);
	write_cpu(writer, node);
	oci_write_number(writer, tree_map(tree, node, "pids"), "limit", &resources->pids_limit);
	write_block(writer, node);
	hugepages = tree_list(tree, node, "hugepageLimits");
	losses_said(losses, &resources->hugepages);
	for (size_t i = 0; i < resources->hugepage_count; i++) {
		struct tree_node *limit = tree_map(tree, hugepages, NULL);

		tree_text(tree, limit, "pageSize", resources->hugepages[i].page_size);
		tree_unsigned(tree, limit, "limit", resources->hugepages[i].limit);
	}
	write_rdma(writer, node);
	oci_write_number(writer, tree_map(tree, node, "network"), "classID",
	                 &resources->network_class);
	unified = tree_map(tree, node, "unified");
	losses_said(losses, &resources->unified);
	for (size_t i = 0; i < resources->unified_count; i++)
		tree_text(tree, unified, resources->unified[i].name, resources->unified[i].value);
}
