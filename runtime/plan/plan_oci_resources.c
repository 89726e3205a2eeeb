/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/plan_oci_resources.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "kernel/device_bpf.h"

#define SHARES_MIN UINT64_C(2)
#define SHARES_MAX UINT64_C(262144)
#define WEIGHT_MAX UINT64_C(10000)

/* microseconds; the kernel's own */
#define CPU_PERIOD_DEFAULT INT64_C(100000)

/* Values that are there at most once: of pids, memory, processor, sets and weight. */
#define SINGLE_VALUES 16

#define ANY_ACCESS (DEVICE_ACCESS_MKNOD | DEVICE_ACCESS_READ | DEVICE_ACCESS_WRITE)

#define ALLOWED(kind, major, minor, access)                         \
	{                                                           \
		{ (kind), (major), (minor), (access) }, true, false \
	}

/* Source: runc 1.3 and crun 1.21, which both add them to every list. */
static const struct device_order usual_devices[] = {
	ALLOWED(DEVICE_CHARACTER, DEVICE_ANY, DEVICE_ANY, DEVICE_ACCESS_MKNOD),
	ALLOWED(DEVICE_BLOCK, DEVICE_ANY, DEVICE_ANY, DEVICE_ACCESS_MKNOD),
	ALLOWED(DEVICE_CHARACTER, 1, 3, ANY_ACCESS),            /* null */
	ALLOWED(DEVICE_CHARACTER, 1, 5, ANY_ACCESS),            /* zero */
	ALLOWED(DEVICE_CHARACTER, 1, 7, ANY_ACCESS),            /* full */
	ALLOWED(DEVICE_CHARACTER, 1, 8, ANY_ACCESS),            /* random */
	ALLOWED(DEVICE_CHARACTER, 1, 9, ANY_ACCESS),            /* urandom */
	ALLOWED(DEVICE_CHARACTER, 5, 0, ANY_ACCESS),            /* tty */
	ALLOWED(DEVICE_CHARACTER, 5, 2, ANY_ACCESS),            /* ptmx */
	ALLOWED(DEVICE_CHARACTER, 10, 200, ANY_ACCESS),         /* net/tun */
	ALLOWED(DEVICE_CHARACTER, 136, DEVICE_ANY, ANY_ACCESS), /* pts */
};

struct writer {
	struct planner *planner;
	struct plan_cgroup_value *items;
	size_t count;
	size_t room;
};

/* The value that was added, to be completed; NULL with @err set. */
static struct plan_cgroup_value *add(struct writer *writer, const char *file, const char *value,
                                     const char *origin, struct error *err)
{
	struct plan_cgroup_value *item = &writer->items[writer->count];

	if (file == NULL || value == NULL)
		return NULL;
	if (writer->count == writer->room) {
		(void)error_set(err, ERROR_INTERNAL, "too many values for a cgroup");
		return NULL;
	}
	*item = (struct plan_cgroup_value){ .file = file, .value = value };
	item->origin = planner_copy(writer->planner, origin != NULL ? origin : "", err);
	writer->count++;
	return item->origin == NULL ? NULL : item;
}

static int64_t figure(const struct spec_number *number)
{
	return number->is_set ? number->value : 0;
}

/* "max" for -1. */
static const char *amount(struct writer *writer, int64_t value, struct error *err)
{
	if (value < 0)
		return "max";
	return planner_text(writer->planner, err, "%" PRId64, value);
}

static int add_number(struct writer *writer, const char *file, int64_t value, const char *origin,
                      struct error *err)
{
	return add(writer, file, amount(writer, value, err), origin, err) == NULL ? -1 : 0;
}

static int refuse(const struct spec_number *number, struct error *err, const char *what)
{
	(void)error_set(err, ERROR_SPEC, "%s", what);
	return error_at(err, "%s", number->origin != NULL ? number->origin : "");
}

/* In version 1, and so in config.json, one figure holds memory and swap together. */
struct memory {
	int64_t limit; /* 0: not said; as the next */
	int64_t swap;  /* bytes without memory */
	bool has_swap;
};

static int divide_total(int64_t total, const struct spec_number *source, struct memory *out,
                        struct error *err)
{
	if (out->limit <= 0)
		return refuse(source, err, "a limit of memory and swap needs a limit of memory");
	if (total < out->limit)
		return refuse(source, err,
		              "the limit of memory and swap is lower than that of memory");
	out->swap = total - out->limit;
	out->has_swap = true;
	return 0;
}

/* What asks for a limit of swap: that of memory alone may do so too. */
static const struct spec_number *source_of_swap(const struct spec_oci_resources *resources)
{
	return figure(&resources->memory_swap) != 0 ? &resources->memory_swap
	                                            : &resources->memory_limit;
}

/* A change of memory alone leaves the total as it is; memory without limit has swap without. */
static int find_swap(const struct spec_oci_resources *resources,
                     const struct plan_oci_current *current, struct memory *out, struct error *err)
{
	int64_t total = figure(&resources->memory_swap);

	if (total == 0 && out->limit == PLAN_OCI_UNLIMITED)
		total = PLAN_OCI_UNLIMITED;
	if (total == PLAN_OCI_UNLIMITED) {
		out->swap = PLAN_OCI_UNLIMITED;
		out->has_swap = true;
		return 0;
	}
	if (current != NULL && total == 0 && out->limit > 0 && current->memory >= 0 &&
	    current->swap > 0)
		total = current->memory + current->swap;
	if (current != NULL && total > 0 && out->limit == 0)
		out->limit = current->memory;
	return total == 0 ? 0 : divide_total(total, source_of_swap(resources), out, err);
}

static int find_memory(const struct spec_oci_resources *resources,
                       const struct plan_oci_current *current, struct memory *out,
                       struct error *err)
{
	*out = (struct memory){ .limit = figure(&resources->memory_limit) };
	if (out->limit < PLAN_OCI_UNLIMITED)
		return refuse(&resources->memory_limit, err, "a limit of memory is negative");
	if (figure(&resources->memory_swap) < PLAN_OCI_UNLIMITED)
		return refuse(&resources->memory_swap, err,
		              "a limit of memory and swap is negative");
	if (figure(&resources->memory_reservation) < PLAN_OCI_UNLIMITED)
		return refuse(&resources->memory_reservation, err,
		              "a reservation of memory is negative");
	if (current != NULL && figure(&resources->memory_check_before_update) != 0 &&
	    out->limit > 0 && out->limit < current->memory_used)
		return refuse(&resources->memory_limit, err,
		              "the container uses more memory than the new limit");
	return find_swap(resources, current, out, err);
}

/* Swap that a kernel does not account for is neither limited nor there. */
static int add_swap(struct writer *writer, const struct memory *memory,
                    const struct spec_number *source, struct error *err)
{
	struct plan_cgroup_value *item;

	if (!memory->has_swap)
		return 0;
	item = add(writer, "memory.swap.max", amount(writer, memory->swap, err), source->origin,
	           err);
	if (item == NULL)
		return -1;
	item->may_be_missing = memory->swap <= 0;
	return 0;
}

static int add_memory(struct writer *writer, const struct spec_oci_resources *resources,
                      const struct plan_oci_current *current, struct error *err)
{
	const struct spec_number *limit = &resources->memory_limit;
	const struct spec_number *reservation = &resources->memory_reservation;
	struct memory memory;

	if (find_memory(resources, current, &memory, err) < 0)
		return -1;
	if (add_swap(writer, &memory, source_of_swap(resources), err) < 0)
		return -1;
	if (figure(reservation) != 0 &&
	    add_number(writer, "memory.low", reservation->value, reservation->origin, err) < 0)
		return -1;
	if (figure(limit) == 0)
		return 0;
	return add_number(writer, "memory.max", limit->value, limit->origin, err);
}

uint64_t plan_oci_weight_of_shares(uint64_t shares)
{
	double bits;

	if (shares <= SHARES_MIN)
		return 1;
	if (shares >= SHARES_MAX)
		return WEIGHT_MAX;
	bits = log2((double)shares);
	return (uint64_t)ceil(pow(10, (bits * bits + 125 * bits) / 612 - 7.0 / 34));
}

/* cpu.idle leaves no weight to be set. */
static int add_weight(struct writer *writer, const struct spec_oci_resources *resources,
                      struct error *err)
{
	const struct spec_number *idle = &resources->cpu_idle;
	const struct spec_number *shares = &resources->cpu_shares;

	if (idle->is_set && add_number(writer, "cpu.idle", idle->value, idle->origin, err) < 0)
		return -1;
	if (figure(shares) == 0 || figure(idle) == 1)
		return 0;
	if (shares->value < 0)
		return refuse(shares, err, "processor shares are negative");
	return add_number(writer, "cpu.weight",
	                  (int64_t)plan_oci_weight_of_shares((uint64_t)shares->value),
	                  shares->origin, err);
}

struct bandwidth {
	int64_t quota;
	int64_t period;
};

static bool has_bandwidth(const struct spec_oci_resources *resources)
{
	return figure(&resources->cpu_quota) != 0 || figure(&resources->cpu_period) != 0;
}

static struct bandwidth find_bandwidth(const struct spec_oci_resources *resources,
                                       const struct plan_oci_current *current)
{
	struct bandwidth found = {
		.quota = figure(&resources->cpu_quota),
		.period = figure(&resources->cpu_period),
	};

	if (found.quota == 0 && current != NULL)
		found.quota = current->cpu_quota;
	if (found.period == 0 && current != NULL)
		found.period = current->cpu_period;
	if (found.period == 0)
		found.period = CPU_PERIOD_DEFAULT;
	return found;
}

static int add_max(struct writer *writer, const struct spec_oci_resources *resources,
                   const struct plan_oci_current *current, struct error *err)
{
	const struct bandwidth found = find_bandwidth(resources, current);
	const struct spec_number *source =
		resources->cpu_quota.is_set ? &resources->cpu_quota : &resources->cpu_period;
	char *value;

	if (found.period < 0)
		return refuse(&resources->cpu_period, err, "the processor period is negative");
	value = found.quota > 0 ? planner_text(writer->planner, err, "%" PRId64 " %" PRId64,
	                                       found.quota, found.period)
	                        : planner_text(writer->planner, err, "max %" PRId64, found.period);
	return add(writer, "cpu.max", value, source->origin, err) == NULL ? -1 : 0;
}

/* The kernel takes no quota below the burst: it is taken away before, and set after. */
static int add_bandwidth(struct writer *writer, const struct spec_oci_resources *resources,
                         const struct plan_oci_current *current, struct error *err)
{
	const struct spec_number *burst = &resources->cpu_burst;

	if (burst->is_set && burst->value < 0)
		return refuse(burst, err, "the processor burst is negative");
	if (burst->is_set && current != NULL &&
	    add_number(writer, "cpu.max.burst", 0, burst->origin, err) < 0)
		return -1;
	if (has_bandwidth(resources) && add_max(writer, resources, current, err) < 0)
		return -1;
	if (!burst->is_set)
		return 0;
	return add_number(writer, "cpu.max.burst", burst->value, burst->origin, err);
}

static int add_text(struct writer *writer, const char *file, const struct spec_text *text,
                    struct error *err)
{
	if (text->value == NULL || text->value[0] == '\0')
		return 0;
	return add(writer, file, planner_copy(writer->planner, text->value, err), text->origin,
	           err) == NULL
	               ? -1
	               : 0;
}

static int add_cpu(struct writer *writer, const struct spec_oci_resources *resources,
                   const struct plan_oci_current *current, struct error *err)
{
	if (add_weight(writer, resources, err) < 0 ||
	    add_bandwidth(writer, resources, current, err) < 0 ||
	    add_text(writer, "cpuset.cpus", &resources->cpu_cpus, err) < 0)
		return -1;
	return add_text(writer, "cpuset.mems", &resources->cpu_mems, err);
}

static int add_pids(struct writer *writer, const struct spec_oci_resources *resources,
                    struct error *err)
{
	const struct spec_number *limit = &resources->pids_limit;

	if (!limit->is_set)
		return 0;
	return add_number(writer, "pids.max", limit->value > 0 ? limit->value : -1, limit->origin,
	                  err);
}

/* From 10..1000 to 1..10000, as cgroups 0.0.3 converts it. */
static int64_t io_weight(int64_t weight)
{
	return 1 + (weight - 10) * 9999 / 990;
}

/* BFQ has the scale of version 1; where it is not there, io.weight has its own. */
static int add_block_weight(struct writer *writer, const char *device,
                            const struct spec_number *weight, const char *origin, struct error *err)
{
	struct plan_cgroup_value *item;

	if (figure(weight) == 0)
		return 0;
	if (weight->value < 10 || weight->value > 1000)
		return refuse(weight, err, "a weight of block I/O is not from 10 to 1000");
	item = add(writer, "io.bfq.weight",
	           planner_text(writer->planner, err, "%s%" PRId64, device, weight->value), origin,
	           err);
	if (item == NULL)
		return -1;
	item->other_file = "io.weight";
	item->other_value =
		planner_text(writer->planner, err, "%s%" PRId64, device, io_weight(weight->value));
	return item->other_value == NULL ? -1 : 0;
}

static int add_throttles(struct writer *writer, const char *key,
                         const struct spec_oci_block_device_list *list, struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct spec_oci_block_device *device = &list->items[i];
		const char *value =
			planner_text(writer->planner, err, "%" PRId64 ":%" PRId64 " %s=%" PRIu64,
		                     device->major, device->minor, key, device->rate);

		if (device->rate == 0)
			value = planner_text(writer->planner, err, "%" PRId64 ":%" PRId64 " %s=max",
			                     device->major, device->minor, key);
		if (add(writer, "io.max", value, device->origin, err) == NULL)
			return -1;
	}
	return 0;
}

static int add_device_weights(struct writer *writer, const struct spec_oci_block_device_list *list,
                              struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct spec_oci_block_device *device = &list->items[i];
		const char *name = planner_text(writer->planner, err, "%" PRId64 ":%" PRId64 " ",
		                                device->major, device->minor);

		if (name == NULL ||
		    add_block_weight(writer, name, &device->weight, device->origin, err) < 0)
			return -1;
	}
	return 0;
}

static int add_io(struct writer *writer, const struct spec_oci_resources *resources,
                  struct error *err)
{
	if (add_block_weight(writer, "", &resources->block_weight, resources->block_weight.origin,
	                     err) < 0 ||
	    add_device_weights(writer, &resources->block_weight_devices, err) < 0 ||
	    add_throttles(writer, "rbps", &resources->block_read_bps, err) < 0 ||
	    add_throttles(writer, "wbps", &resources->block_write_bps, err) < 0 ||
	    add_throttles(writer, "riops", &resources->block_read_iops, err) < 0)
		return -1;
	return add_throttles(writer, "wiops", &resources->block_write_iops, err);
}

/* The limit of reservations is what makes a program see the error instead of SIGBUS. */
static int add_hugepages(struct writer *writer, const struct spec_oci_hugepage_limit *limit,
                         struct error *err)
{
	const char *file;
	const char *value = planner_text(writer->planner, err, "%" PRIu64, limit->limit);
	struct plan_cgroup_value *item;

	if (!text_is_made_of(limit->page_size, "")) {
		(void)error_set(err, ERROR_SPEC, "\"%s\" is no size of a huge page",
		                limit->page_size);
		return error_at(err, "%s", limit->origin);
	}
	file = planner_text(writer->planner, err, "hugetlb.%s.max", limit->page_size);
	if (add(writer, file, value, limit->origin, err) == NULL)
		return -1;
	file = planner_text(writer->planner, err, "hugetlb.%s.rsvd.max", limit->page_size);
	item = add(writer, file, value, limit->origin, err);
	if (item == NULL)
		return -1;
	item->may_be_missing = true;
	return 0;
}

static int add_rdma(struct writer *writer, const struct spec_oci_rdma_limit *limit,
                    struct error *err)
{
	const char *handles =
		amount(writer, limit->handles.is_set ? limit->handles.value : -1, err);
	const char *objects =
		amount(writer, limit->objects.is_set ? limit->objects.value : -1, err);

	if (handles == NULL || objects == NULL)
		return -1;
	if (!text_is_made_of(limit->device, "_-.")) {
		(void)error_set(err, ERROR_SPEC, "\"%s\" is no RDMA device", limit->device);
		return error_at(err, "%s", limit->origin);
	}
	return add(writer, "rdma.max",
	           planner_text(writer->planner, err, "%s hca_handle=%s hca_object=%s",
	                        limit->device, handles, objects),
	           limit->origin, err) == NULL
	               ? -1
	               : 0;
}

static int add_lists(struct writer *writer, const struct spec_oci_resources *resources,
                     struct error *err)
{
	for (size_t i = 0; i < resources->hugepage_count; i++) {
		if (add_hugepages(writer, &resources->hugepages[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < resources->rdma_count; i++) {
		if (add_rdma(writer, &resources->rdma[i], err) < 0)
			return -1;
	}
	return 0;
}

static int check_unified_name(const struct spec_sysctl *entry, struct error *err)
{
	const char *point = strchr(entry->name, '.');

	if (text_is_made_of(entry->name, "._-") && point != NULL && point != entry->name)
		return 0;
	(void)error_set(err, ERROR_SPEC, "\"%s\" is no file of a cgroup", entry->name);
	(void)error_at(err, "%s", entry->origin);
	return error_hint(err, "write CONTROLLER.PARAMETER, such as memory.high, without slashes");
}

/* Each line is a write of its own, as the kernel wants it of io.max and its like. */
static int add_unified(struct writer *writer, const struct spec_sysctl *entry, struct error *err)
{
	const char *line = entry->value;

	if (check_unified_name(entry, err) < 0)
		return -1;
	while (true) {
		const size_t length = strcspn(line, "\n");
		const bool is_last = line[length] == '\0';

		if ((length > 0 || (is_last && line == entry->value)) &&
		    add(writer, planner_copy(writer->planner, entry->name, err),
		        planner_text(writer->planner, err, "%.*s", (int)length, line),
		        entry->origin, err) == NULL)
			return -1;
		if (is_last)
			return 0;
		line += length + 1;
	}
}

static int add_all_unified(struct writer *writer, const struct spec_oci_resources *resources,
                           struct error *err)
{
	for (size_t i = 0; i < resources->unified_count; i++) {
		if (add_unified(writer, &resources->unified[i], err) < 0)
			return -1;
	}
	return 0;
}

static size_t count_lines(const struct spec_oci_resources *resources)
{
	size_t count = resources->unified_count;

	for (size_t i = 0; i < resources->unified_count; i++) {
		const char *at = resources->unified[i].value;

		while ((at = strchr(at, '\n')) != NULL) {
			count++;
			at++;
		}
	}
	return count;
}

static size_t room_for(const struct spec_oci_resources *resources)
{
	return SINGLE_VALUES + resources->block_weight_devices.count +
	       resources->block_read_bps.count + resources->block_write_bps.count +
	       resources->block_read_iops.count + resources->block_write_iops.count +
	       2 * resources->hugepage_count + resources->rdma_count + count_lines(resources);
}

/*
 * What only version 1 of control groups could do; what is asked for that is so anyway is fine.
 * Source: cgroup-v2.rst; runtime-spec config-linux.md, "Unified": "MUST generate an error".
 */
static int refuse_version_1(const struct spec_oci_resources *resources, struct error *err)
{
	const struct {
		const struct spec_number *number;
		bool is_asked;
		const char *name;
	} members[] = {
		{ &resources->memory_kernel, figure(&resources->memory_kernel) > 0,
		  "a limit of kernel memory" },
		{ &resources->memory_kernel_tcp, figure(&resources->memory_kernel_tcp) > 0,
		  "a limit of the kernel's TCP memory" },
		{ &resources->memory_swappiness, resources->memory_swappiness.is_set,
		  "a swappiness" },
		{ &resources->memory_disable_oom_killer,
		  figure(&resources->memory_disable_oom_killer) != 0,
		  "to be spared when memory is out" },
		{ &resources->memory_use_hierarchy,
		  resources->memory_use_hierarchy.is_set &&
		          resources->memory_use_hierarchy.value == 0,
		  "memory limits that are not of those below" },
		{ &resources->cpu_realtime_runtime, figure(&resources->cpu_realtime_runtime) != 0,
		  "a realtime runtime" },
		{ &resources->cpu_realtime_period, figure(&resources->cpu_realtime_period) != 0,
		  "a realtime period" },
		{ &resources->block_leaf_weight, figure(&resources->block_leaf_weight) != 0,
		  "a leaf weight" },
		{ &resources->network_class, figure(&resources->network_class) != 0,
		  "a network class" },
		{ &resources->network_priorities, resources->network_priorities.is_set,
		  "network priorities" },
	};

	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		if (!members[i].is_asked)
			continue;
		(void)error_set(err, ERROR_SPEC, "version 2 of control groups does not have %s",
		                members[i].name);
		return error_at(err, "%s",
		                members[i].number->origin != NULL ? members[i].number->origin : "");
	}
	return 0;
}

static int refuse_leaf_weights(const struct spec_oci_block_device_list *list, struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		if (figure(&list->items[i].leaf_weight) == 0)
			continue;
		(void)error_set(err, ERROR_SPEC,
		                "version 2 of control groups does not have a leaf "
		                "weight");
		return error_at(err, "%s", list->items[i].leaf_weight.origin);
	}
	return 0;
}

int plan_oci_values(struct planner *planner, const struct spec_oci_resources *resources,
                    const struct plan_oci_current *current, struct error *err)
{
	struct plan_cgroup *cgroup = &planner->plan->cgroup;
	struct writer writer = { .planner = planner, .room = room_for(resources) };

	writer.items = planner_array(planner, writer.room, sizeof(*writer.items), err);
	if (refuse_version_1(resources, err) < 0 ||
	    refuse_leaf_weights(&resources->block_weight_devices, err) < 0)
		return -1;
	if (writer.items == NULL || add_pids(&writer, resources, err) < 0 ||
	    add_memory(&writer, resources, current, err) < 0 ||
	    add_io(&writer, resources, err) < 0 || add_cpu(&writer, resources, current, err) < 0 ||
	    add_lists(&writer, resources, err) < 0 || add_all_unified(&writer, resources, err) < 0)
		return -1;
	cgroup->values = writer.count > 0 ? writer.items : NULL;
	cgroup->value_count = writer.count;
	return 0;
}

/* A list that ends by allowing all needs no program. */
static bool allows_all(const struct spec_oci_resources *resources)
{
	const size_t count = resources->device_rule_count;

	return count > 0 && resources->device_rules[count - 1].is_all &&
	       resources->device_rules[count - 1].allows;
}

bool plan_oci_restricts_devices(const struct spec_oci_resources *resources)
{
	return resources->device_rule_count > 0 && !allows_all(resources);
}

int plan_oci_devices(struct planner *planner, const struct spec_oci_resources *resources,
                     struct error *err)
{
	struct plan_cgroup *cgroup = &planner->plan->cgroup;
	const size_t asked = resources->device_rule_count;
	const size_t count = asked + ARRAY_LEN(usual_devices);
	const struct bpf_insn *program;
	struct device_order *orders;

	if (allows_all(resources))
		return 0;
	orders = planner_array(planner, count, sizeof(*orders), err);
	if (orders == NULL)
		return -1;
	for (size_t i = 0; i < asked; i++) {
		const struct spec_oci_device_rule *rule = &resources->device_rules[i];

		orders[i] = (struct device_order){ rule->rule, rule->allows, rule->is_all };
	}
	memcpy(orders + asked, usual_devices, sizeof(usual_devices));
	if (device_bpf_make_list(planner->plan->arena, orders, count, &program,
	                         &cgroup->device_program_length, err) < 0)
		return -1;
	cgroup->device_program = program;
	return 0;
}

/* Properties are made from the same values that are written, so that the two cannot differ. */
static const struct {
	const char *file;
	const char *property;
	char type;
} amounts[] = {
	{ "cpu.weight", "CPUWeight", 't' },
	{ "cpuset.cpus", "AllowedCPUs", 'r' },
	{ "cpuset.mems", "AllowedMemoryNodes", 'r' },
	{ "memory.high", "MemoryHigh", 't' },
	{ "memory.low", "MemoryLow", 't' },
	{ "memory.max", "MemoryMax", 't' },
	{ "memory.min", "MemoryMin", 't' },
	{ "memory.swap.max", "MemorySwapMax", 't' },
	{ "pids.max", "TasksMax", 't' },
};

struct properties {
	struct planner *planner;
	struct plan_scope_property *items;
	size_t count;
};

static int add_property(struct properties *out, const char *name, char type, const char *value)
{
	if (value == NULL)
		return -1;
	for (size_t i = 0; i < out->count; i++) {
		if (strcmp(out->items[i].name, name) == 0) {
			out->items[i].value = value;
			return 0;
		}
	}
	out->items[out->count++] = (struct plan_scope_property){ name, type, value };
	return 0;
}

/* "QUOTA PERIOD", "max PERIOD", or one without its period, as cpu.max takes them. */
static struct bandwidth read_bandwidth(const char *value)
{
	struct bandwidth found = { .period = CPU_PERIOD_DEFAULT };
	const char *space = strchr(value, ' ');

	if (strncmp(value, "max", strlen("max")) != 0)
		found.quota = strtoll(value, NULL, 10);
	if (space != NULL)
		found.period = strtoll(space, NULL, 10);
	return found;
}

/* systemd keeps hundredths of a second; what is less would be lost, so it is rounded up. */
static int add_quota(struct properties *out, const char *value, struct error *err)
{
	const uint64_t hundredth = 10000; /* microseconds */
	const struct bandwidth found = read_bandwidth(value);
	uint64_t per_second;

	if (found.period <= 0)
		return 0; /* the kernel will say so */
	if (add_property(out, "CPUQuotaPeriodUSec", 't',
	                 planner_text(out->planner, err, "%" PRId64, found.period)) < 0)
		return -1;
	if (found.quota <= 0)
		return add_property(out, "CPUQuotaPerSecUSec", 't', "infinity");
	per_second = (uint64_t)found.quota * 1000000 / (uint64_t)found.period;
	per_second = (per_second + hundredth - 1) / hundredth * hundredth;
	return add_property(out, "CPUQuotaPerSecUSec", 't',
	                    planner_text(out->planner, err, "%" PRIu64, per_second));
}

static int add_value(struct properties *out, const struct plan_cgroup_value *value,
                     struct error *err)
{
	if (strcmp(value->file, "cpu.max") == 0)
		return add_quota(out, value->value, err);
	if (strcmp(value->file, "cpu.idle") == 0 && strcmp(value->value, "1") == 0)
		return add_property(out, "CPUWeight", 't', "0");
	for (size_t i = 0; i < ARRAY_LEN(amounts); i++) {
		if (strcmp(amounts[i].file, value->file) != 0)
			continue;
		return add_property(out, amounts[i].property, amounts[i].type,
		                    strcmp(value->value, "max") == 0 ? "infinity" : value->value);
	}
	return 0;
}

int plan_oci_properties(struct planner *planner, struct plan_scope *scope, struct error *err)
{
	const struct plan_cgroup *cgroup = &planner->plan->cgroup;
	struct properties properties = { .planner = planner };

	/* cpu.max makes two. */
	properties.items =
		planner_array(planner, 2 * cgroup->value_count, sizeof(*properties.items), err);
	if (properties.items == NULL)
		return -1;
	for (size_t i = 0; i < cgroup->value_count; i++) {
		if (add_value(&properties, &cgroup->values[i], err) < 0)
			return -1;
	}
	scope->properties = properties.items;
	scope->property_count = properties.count;
	return 0;
}

int plan_oci_update(const struct spec_oci_resources *resources,
                    const struct plan_oci_current *current, struct arena *arena,
                    struct plan_cgroup *out, struct error *err)
{
	struct plan plan = { .arena = arena };
	struct planner planner = { .plan = &plan };
	struct plan_scope *scope = arena_alloc(arena, sizeof(*scope), err);

	if (scope == NULL || plan_oci_values(&planner, resources, current, err) < 0 ||
	    plan_oci_properties(&planner, scope, err) < 0)
		return -1;
	*out = plan.cgroup;
	out->scope = scope;
	return 0;
}
