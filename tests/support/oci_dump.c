/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "oci_dump.h"

#include <inttypes.h>
#include <stdarg.h>

/* NAME VALUE, and where it stands if that is known. */
static PRINTF_LIKE(4, 5) void line(struct text *out, const char *name, const char *origin,
                                   const char *format, ...)
{
	char value[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	text_add_format(out, "%s %s", name, value);
	if (origin != NULL)
		text_add_format(out, "  (%s)", origin);
	text_add(out, "\n");
}

static void line_text(struct text *out, const char *name, const char *origin, const char *value)
{
	if (value == NULL)
		return;
	text_add_format(out, "%s ", name);
	text_add_json(out, value);
	if (origin != NULL)
		text_add_format(out, "  (%s)", origin);
	text_add(out, "\n");
}

static void dump_text(struct text *out, const char *name, const struct spec_text *text)
{
	line_text(out, name, text->origin, text->value);
}

static void dump_texts(struct text *out, const char *name, const struct spec_text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		dump_text(out, name, &list->items[i]);
}

static void dump_number(struct text *out, const char *name, const struct spec_number *number)
{
	if (number->is_set)
		line(out, name, number->origin, "%" PRId64, number->value);
}

static void dump_bits(struct text *out, const char *name, uint64_t bits)
{
	if (bits != 0)
		line(out, name, NULL, "%#" PRIx64, bits);
}

static void dump_flag(struct text *out, const char *name, bool is_set)
{
	if (is_set)
		line(out, name, NULL, "true");
}

static void dump_mappings(struct text *out, const char *name,
                          const struct spec_oci_mapping_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct id_map *map = &list->items[i];

		line(out, name, list->origin, "%" PRIu32 " %" PRIu32 " %" PRIu32, map->inner,
		     map->outer, map->count);
	}
}

static void dump_settings(struct text *out, const char *name, const struct spec_sysctl *settings,
                          size_t count)
{
	for (size_t i = 0; i < count; i++) {
		text_add_format(out, "%s ", name);
		text_add_json(out, settings[i].name);
		text_add(out, " ");
		text_add_json(out, settings[i].value);
		text_add_format(out, "  (%s)\n", settings[i].origin);
	}
}

static void dump_capabilities(struct text *out, const char *name, capability_set set)
{
	if (set == 0)
		return;
	text_add(out, name);
	for (unsigned int number = 0; number < 64; number++) {
		if ((set >> number & 1) != 0)
			text_add_format(out, " %s", capability_name(number));
	}
	text_add(out, "\n");
}

static void dump_process(const struct spec *spec, struct text *out)
{
	const struct spec_oci *oci = spec->oci;

	dump_texts(out, "args", &spec->args);
	dump_texts(out, "env", &spec->env);
	dump_text(out, "cwd", &spec->cwd);
	dump_flag(out, "terminal", spec->has_terminal);
	if (oci->console_rows != 0 || oci->console_columns != 0)
		line(out, "console", NULL, "%u x %u", oci->console_rows, oci->console_columns);
	line(out, "user", spec->user.origin, "%" PRIu32 ":%" PRIu32 " umask %03" PRIo32,
	     spec->user.uid, spec->user.gid, spec->user.umask);
	for (size_t i = 0; i < spec->user.additional_gid_count; i++)
		line(out, "group", NULL, "%" PRIu32, spec->user.additional_gids[i]);
	dump_capabilities(out, "bounding", oci->capabilities.bounding);
	dump_capabilities(out, "effective", oci->capabilities.effective);
	dump_capabilities(out, "inheritable", oci->capabilities.inheritable);
	dump_capabilities(out, "permitted", oci->capabilities.permitted);
	dump_capabilities(out, "ambient", oci->capabilities.ambient);
	dump_flag(out, "no-new-privileges", spec->no_new_privs);
	for (size_t i = 0; i < spec->limits.rlimit_count; i++) {
		const struct spec_rlimit *rlimit = &spec->limits.rlimits[i];

		line(out, "rlimit", rlimit->origin, "%d %" PRIu64 " %" PRIu64, rlimit->resource,
		     rlimit->soft, rlimit->hard);
	}
	dump_text(out, "apparmor", &spec->apparmor.name);
	dump_text(out, "selinux", &oci->selinux_label);
}

static void dump_scheduling(const struct spec_oci *oci, struct text *out)
{
	dump_number(out, "oom-score-adj", &oci->oom_score_adj);
	dump_number(out, "scheduler policy", &oci->scheduler_policy);
	dump_number(out, "scheduler nice", &oci->scheduler_nice);
	dump_number(out, "scheduler priority", &oci->scheduler_priority);
	dump_bits(out, "scheduler flags", oci->scheduler_flags);
	dump_number(out, "scheduler runtime", &oci->scheduler_runtime);
	dump_number(out, "scheduler deadline", &oci->scheduler_deadline);
	dump_number(out, "scheduler period", &oci->scheduler_period);
	dump_number(out, "io-priority class", &oci->io_priority_class);
	dump_number(out, "io-priority", &oci->io_priority);
	dump_text(out, "affinity initial", &oci->exec_cpu_affinity_initial);
	dump_text(out, "affinity final", &oci->exec_cpu_affinity_final);
	dump_number(out, "personality", &oci->personality);
	dump_number(out, "memory-policy mode", &oci->memory_policy_mode);
	dump_text(out, "memory-policy nodes", &oci->memory_policy_nodes);
	dump_bits(out, "memory-policy flags", oci->memory_policy_flags);
	dump_text(out, "intel-rdt", &oci->intel_rdt);
}

static void dump_mount(const struct spec_oci_mount *mount, struct text *out)
{
	line_text(out, "mount", mount->origin, mount->target);
	line_text(out, "  type", NULL, mount->type);
	line_text(out, "  source", NULL, mount->source);
	dump_flag(out, "  bind", mount->is_bind);
	dump_flag(out, "  recursive", mount->is_recursive);
	dump_flag(out, "  remount", mount->is_remount);
	dump_flag(out, "  copies-up", mount->copies_up);
	dump_flag(out, "  id-mapped", mount->is_id_mapped);
	dump_flag(out, "  id-mapped-below", mount->is_id_mapped_below);
	dump_bits(out, "  set", mount->attributes);
	dump_bits(out, "  clear", mount->cleared);
	dump_bits(out, "  set-below", mount->attributes_below);
	dump_bits(out, "  clear-below", mount->cleared_below);
	dump_bits(out, "  superblock", mount->superblock);
	dump_bits(out, "  superblock-clear", mount->superblock_cleared);
	dump_bits(out, "  propagation", mount->propagation);
	dump_flag(out, "  propagation-recursive", mount->is_propagation_recursive);
	dump_mappings(out, "  uids", &mount->uids);
	dump_mappings(out, "  gids", &mount->gids);
	dump_texts(out, "  data", &mount->data);
}

static void dump_hooks(const struct spec_oci *oci, struct text *out)
{
	static const char *const names[] = {
		[SPEC_OCI_PRESTART] = "prestart",
		[SPEC_OCI_CREATE_RUNTIME] = "create-runtime",
		[SPEC_OCI_CREATE_CONTAINER] = "create-container",
		[SPEC_OCI_START_CONTAINER] = "start-container",
		[SPEC_OCI_POSTSTART] = "poststart",
		[SPEC_OCI_POSTSTOP] = "poststop",
	};

	for (size_t i = 0; i < SPEC_OCI_HOOK_POINT_COUNT; i++) {
		for (size_t j = 0; j < oci->hooks[i].count; j++) {
			const struct spec_oci_hook *hook = &oci->hooks[i].items[j];

			text_add(out, "hook ");
			line_text(out, names[i], hook->origin, hook->path);
			dump_texts(out, "  arg", &hook->args);
			dump_texts(out, "  env", &hook->env);
			dump_number(out, "  timeout", &hook->timeout_s);
		}
	}
}

static void dump_namespaces(const struct spec *spec, struct text *out)
{
	const struct spec_oci *oci = spec->oci;

	dump_bits(out, "shared-namespaces", spec->shared_namespaces);
	for (size_t i = 0; i < oci->namespace_count; i++) {
		const struct spec_oci_namespace *namespace = &oci->namespaces[i];

		line(out, "namespace", namespace->origin, "%#" PRIx64 " %s", namespace->kind,
		     namespace->path == NULL ? "new" : namespace->path);
	}
	for (size_t i = 0; i < oci->time_offset_count; i++) {
		const struct spec_oci_time_offset *offset = &oci->time_offsets[i];

		line(out, "time-offset", offset->origin, "%s %" PRId64 ".%09" PRIu32, offset->clock,
		     offset->seconds, offset->nanoseconds);
	}
	dump_mappings(out, "uids", &oci->uids);
	dump_mappings(out, "gids", &oci->gids);
}

static void dump_devices(const struct spec_oci *oci, struct text *out)
{
	static const char letters[] = { [SPEC_OCI_DEVICE_CHARACTER] = 'c',
		                        [SPEC_OCI_DEVICE_BLOCK] = 'b',
		                        [SPEC_OCI_DEVICE_FIFO] = 'p' };

	for (size_t i = 0; i < oci->device_count; i++) {
		const struct spec_oci_device *device = &oci->devices[i];

		line(out, "device", device->origin,
		     "%s %c %" PRId64 ":%" PRId64 " %" PRIu32 ":%" PRIu32 " mode %s%" PRIo32,
		     device->path, letters[device->type], device->major, device->minor, device->uid,
		     device->gid, device->has_mode ? "" : "default ", device->mode);
	}
	for (size_t i = 0; i < oci->net_device_count; i++)
		line(out, "net-device", oci->net_devices[i].origin, "%s as %s",
		     oci->net_devices[i].host_name, oci->net_devices[i].name);
}

static void dump_block_devices(struct text *out, const char *name,
                               const struct spec_oci_block_device_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct spec_oci_block_device *device = &list->items[i];

		line(out, name, device->origin, "%" PRId64 ":%" PRId64 " %" PRIu64, device->major,
		     device->minor, device->rate);
		dump_number(out, "  weight", &device->weight);
		dump_number(out, "  leaf-weight", &device->leaf_weight);
	}
}

static void dump_device_rules(const struct spec_oci_resources *resources, struct text *out)
{
	for (size_t i = 0; i < resources->device_rule_count; i++) {
		const struct spec_oci_device_rule *rule = &resources->device_rules[i];

		line(out, "device-rule", rule->origin,
		     "%s %s %" PRId32 ":%" PRId32 " access %" PRIu32,
		     rule->allows ? "allow" : "deny",
		     rule->is_all                      ? "all"
		     : rule->rule.kind == DEVICE_BLOCK ? "block"
		                                       : "character",
		     (int32_t)rule->rule.major, (int32_t)rule->rule.minor, rule->rule.access);
	}
}

static void dump_memory(const struct spec_oci_resources *resources, struct text *out)
{
	dump_number(out, "memory limit", &resources->memory_limit);
	dump_number(out, "memory reservation", &resources->memory_reservation);
	dump_number(out, "memory swap", &resources->memory_swap);
	dump_number(out, "memory kernel", &resources->memory_kernel);
	dump_number(out, "memory kernel-tcp", &resources->memory_kernel_tcp);
	dump_number(out, "memory swappiness", &resources->memory_swappiness);
	dump_number(out, "memory disable-oom-killer", &resources->memory_disable_oom_killer);
	dump_number(out, "memory use-hierarchy", &resources->memory_use_hierarchy);
	dump_number(out, "memory check-before-update", &resources->memory_check_before_update);
}

static void dump_cpu(const struct spec_oci_resources *resources, struct text *out)
{
	dump_number(out, "cpu shares", &resources->cpu_shares);
	dump_number(out, "cpu quota", &resources->cpu_quota);
	dump_number(out, "cpu burst", &resources->cpu_burst);
	dump_number(out, "cpu period", &resources->cpu_period);
	dump_number(out, "cpu realtime-runtime", &resources->cpu_realtime_runtime);
	dump_number(out, "cpu realtime-period", &resources->cpu_realtime_period);
	dump_number(out, "cpu idle", &resources->cpu_idle);
	dump_text(out, "cpu cpus", &resources->cpu_cpus);
	dump_text(out, "cpu mems", &resources->cpu_mems);
}

static void dump_io(const struct spec_oci_resources *resources, struct text *out)
{
	dump_number(out, "io weight", &resources->block_weight);
	dump_number(out, "io leaf-weight", &resources->block_leaf_weight);
	dump_block_devices(out, "io weight-device", &resources->block_weight_devices);
	dump_block_devices(out, "io read-bps", &resources->block_read_bps);
	dump_block_devices(out, "io write-bps", &resources->block_write_bps);
	dump_block_devices(out, "io read-iops", &resources->block_read_iops);
	dump_block_devices(out, "io write-iops", &resources->block_write_iops);
}

void oci_dump_resources(const struct spec_oci_resources *resources, struct text *out)
{
	dump_memory(resources, out);
	dump_cpu(resources, out);
	dump_number(out, "pids limit", &resources->pids_limit);
	dump_io(resources, out);
	for (size_t i = 0; i < resources->hugepage_count; i++) {
		const struct spec_oci_hugepage_limit *limit = &resources->hugepages[i];

		line(out, "hugepages", limit->origin, "%s %" PRIu64, limit->page_size,
		     limit->limit);
	}
	for (size_t i = 0; i < resources->rdma_count; i++) {
		const struct spec_oci_rdma_limit *limit = &resources->rdma[i];

		line_text(out, "rdma", limit->origin, limit->device);
		dump_number(out, "  handles", &limit->handles);
		dump_number(out, "  objects", &limit->objects);
	}
	dump_number(out, "network class", &resources->network_class);
	dump_number(out, "network priorities", &resources->network_priorities);
	dump_device_rules(resources, out);
	dump_settings(out, "unified", resources->unified, resources->unified_count);
}

static void dump_seccomp_rule(const struct seccomp_policy *policy, const struct seccomp_rule *rule,
                              struct text *out)
{
	text_add_format(out, "seccomp rule %#" PRIx32, rule->action);
	for (uint32_t i = 0; i < rule->name_count; i++)
		text_add_format(out, " %s", policy->names[rule->first_name + i]);
	for (uint32_t i = 0; i < rule->condition_count; i++) {
		const struct seccomp_condition *condition =
			&policy->conditions[rule->first_condition + i];

		text_add_format(out, " if %" PRIu32 " cmp %" PRIu32 " %#" PRIx64, condition->index,
		                condition->comparison, condition->value);
		if (condition->comparison == SECCOMP_MASKED_EQUAL)
			text_add_format(out, " mask %#" PRIx64, condition->mask);
	}
	text_add(out, "\n");
}

static void dump_seccomp(const struct spec *spec, struct text *out)
{
	const struct seccomp_policy *policy = spec->seccomp.policy;

	switch (spec->seccomp.kind) {
	case SPEC_SECCOMP_OFF:
		return;
	case SPEC_SECCOMP_KNOWN:
		line(out, "seccomp known", spec->seccomp.path.origin, "%u",
		     spec->seccomp.known->filter.len);
		break;
	case SPEC_SECCOMP_DEFAULT:
		line(out, "seccomp", NULL, "of the engine");
		break;
	case SPEC_SECCOMP_FILE:
		if (policy == NULL)
			dump_text(out, "seccomp file", &spec->seccomp.path);
		break;
	}
	if (policy == NULL)
		return;
	line(out, "seccomp default", spec->seccomp.path.origin, "%#" PRIx32,
	     policy->default_action);
	dump_flag(out, "seccomp compat", policy->admits_compat);
	dump_bits(out, "seccomp flags", spec->oci->seccomp_flags);
	line_text(out, "seccomp listener", spec->oci->seccomp_listener.origin,
	          spec->oci->seccomp_listener.path);
	line_text(out, "seccomp metadata", NULL, spec->oci->seccomp_listener.metadata);
	for (uint32_t i = 0; i < policy->rule_count; i++)
		dump_seccomp_rule(policy, &policy->rules[i], out);
}

static void dump_container(const struct spec *spec, struct text *out)
{
	const struct spec_oci *oci = spec->oci;

	line_text(out, "version", NULL, oci->version);
	line_text(out, "bundle", NULL, oci->bundle);
	dump_text(out, "id", &spec->name);
	dump_text(out, "rootfs", &oci->rootfs);
	dump_flag(out, "rootfs read-only", oci->is_rootfs_read_only);
	dump_bits(out, "rootfs propagation", oci->rootfs_propagation);
	dump_text(out, "hostname", &spec->hostname);
	dump_text(out, "domainname", &oci->domainname);
	dump_text(out, "mount-label", &oci->mount_label);
	dump_text(out, "cgroups-path", &oci->cgroups_path);
	for (size_t i = 0; i < oci->annotation_count; i++) {
		text_add(out, "annotation ");
		text_add_json(out, oci->annotations[i].name);
		line_text(out, "", NULL, oci->annotations[i].value);
	}
}

void oci_dump(const struct spec *spec, struct text *out)
{
	const struct spec_oci *oci = spec->oci;

	dump_container(spec, out);
	dump_process(spec, out);
	dump_scheduling(oci, out);
	for (size_t i = 0; i < oci->mount_count; i++)
		dump_mount(&oci->mounts[i], out);
	dump_hooks(oci, out);
	dump_namespaces(spec, out);
	dump_devices(oci, out);
	oci_dump_resources(&oci->resources, out);
	dump_texts(out, "masked", &oci->masked_paths);
	dump_texts(out, "read-only", &oci->read_only_paths);
	dump_settings(out, "sysctl", spec->sysctls, spec->sysctl_count);
	dump_seccomp(spec, out);
}
