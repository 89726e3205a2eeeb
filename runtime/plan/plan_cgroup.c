/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The container's cgroup: where it is made, what is written into it, and which devices it
 * admits.
 * Source: kernel Documentation/admin-guide/cgroup-v2.rst.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "kernel/cgroup.h"
#include "kernel/cgroup_inspect.h"
#include "kernel/device_bpf.h"
#include "plan/plan_steps.h"

/* Before the container's name; no slice or scope of systemd begins so. */
#define NAME_PREFIX "hardrun-"

/* The period of cpu.max; microseconds. */
#define CPU_PERIOD 100000

/* memory.max, memory.swap.max, memory.oom.group, cpu.max, pids.max, io.weight. */
#define VALUE_COUNT_MAX 6

/* Source: kernel Documentation/admin-guide/devices.txt. */
static const struct device_rule standard_devices[] = {
	{ DEVICE_CHARACTER, 1, 3, DEVICE_ACCESS_READ | DEVICE_ACCESS_WRITE }, /* null */
	{ DEVICE_CHARACTER, 1, 5, DEVICE_ACCESS_READ | DEVICE_ACCESS_WRITE }, /* zero */
	{ DEVICE_CHARACTER, 1, 7, DEVICE_ACCESS_READ | DEVICE_ACCESS_WRITE }, /* full */
	{ DEVICE_CHARACTER, 1, 8, DEVICE_ACCESS_READ | DEVICE_ACCESS_WRITE }, /* random */
	{ DEVICE_CHARACTER, 1, 9, DEVICE_ACCESS_READ | DEVICE_ACCESS_WRITE }, /* urandom */
	{ DEVICE_CHARACTER, 5, 0, DEVICE_ACCESS_READ | DEVICE_ACCESS_WRITE }, /* tty */
	{ DEVICE_CHARACTER, 5, 2, DEVICE_ACCESS_READ | DEVICE_ACCESS_WRITE }, /* ptmx */
	{ DEVICE_CHARACTER, 136, DEVICE_ANY, DEVICE_ACCESS_READ | DEVICE_ACCESS_WRITE }, /* pts */
};

struct values {
	struct plan_cgroup_value *items;
	size_t count;
};

static bool has_limits(const struct spec_limits *limits)
{
	return limits->memory.is_set || limits->swap.is_set || limits->cpu_quota.is_set ||
	       limits->pids.is_set || limits->io_weight.is_set || limits->io_device_count > 0;
}

static const char *describe(enum cgroup_mode mode)
{
	switch (mode) {
	case CGROUP_MODE_LEGACY:
		return "has version 1 of control groups only";
	case CGROUP_MODE_HYBRID:
		return "has its controllers in version 1 of control groups";
	case CGROUP_MODE_NONE:
	case CGROUP_MODE_UNIFIED:
		break;
	}
	return "has no control groups mounted at " CGROUP_MOUNT_POINT;
}

static int refuse_mode(enum cgroup_mode mode, struct error *err)
{
	(void)error_set(err, ERROR_HOST, "resource limits: this host %s", describe(mode));
	return error_hint(err, "boot with systemd.unified_cgroup_hierarchy=1; or relax no-limits "
	                       "with [\"memory\", \"swap\", \"cpus\", \"pids\"], and ask for no "
	                       "limits.io");
}

/* Make room for all values that there can be. */
static int begin(struct planner *planner, struct values *values, struct error *err)
{
	const size_t room = VALUE_COUNT_MAX + planner->spec->limits.io_device_count;

	values->count = 0;
	values->items = planner_array(planner, room, sizeof(*values->items), err);
	return values->items == NULL ? -1 : 0;
}

static int add(struct planner *planner, struct values *values, const char *file, char *value,
               const char *origin, struct error *err)
{
	struct plan_cgroup_value *item = &values->items[values->count];

	if (value == NULL)
		return -1;
	item->file = file;
	item->value = value;
	item->origin = planner_copy(planner, origin != NULL ? origin : "", err);
	values->count++;
	return item->origin == NULL ? -1 : 0;
}

static int add_number(struct planner *planner, struct values *values, const char *file,
                      const struct spec_limit *limit, struct error *err)
{
	if (!limit->is_set)
		return 0;
	return add(planner, values, file, planner_text(planner, err, "%" PRIu64, limit->value),
	           limit->origin, err);
}

/* memory.max comes last: see cgroup_is_late(). */
static int add_memory(struct planner *planner, struct values *values, struct error *err)
{
	const struct spec_limits *limits = &planner->spec->limits;

	if (add_number(planner, values, "memory.swap.max", &limits->swap, err) < 0)
		return -1;
	if (!limits->memory.is_set)
		return 0;
	if (add(planner, values, "memory.oom.group", planner_copy(planner, "1", err),
	        limits->memory.origin, err) < 0)
		return -1;
	return add_number(planner, values, "memory.max", &limits->memory, err);
}

static int add_cpu(struct planner *planner, struct values *values, struct error *err)
{
	const struct spec_limit *quota = &planner->spec->limits.cpu_quota;

	if (!quota->is_set)
		return 0;
	return add(planner, values, "cpu.max",
	           planner_text(planner, err, "%" PRIu64 " %d", quota->value, CPU_PERIOD),
	           quota->origin, err);
}

static void add_io_limit(struct text *text, const char *name, const struct spec_limit *limit)
{
	if (limit->is_set)
		text_add_format(text, " %s=%" PRIu64, name, limit->value);
}

static int add_io_device(struct planner *planner, struct values *values,
                         const struct spec_io_device *device, struct error *err)
{
	AUTO_TEXT struct text text = { 0 };
	AUTO_FREE char *value = NULL;
	char number[CGROUP_DEVICE_SIZE];

	if (cgroup_find_device(device->path, number, err) < 0) {
		(void)error_at(err, "%s", device->origin);
		return planner_lacks(planner, err);
	}
	text_add(&text, number);
	add_io_limit(&text, "rbps", &device->read_bps);
	add_io_limit(&text, "wbps", &device->write_bps);
	add_io_limit(&text, "riops", &device->read_iops);
	add_io_limit(&text, "wiops", &device->write_iops);
	value = text_take(&text, err);
	if (value == NULL)
		return -1;
	return add(planner, values, "io.max", planner_copy(planner, value, err), device->origin,
	           err);
}

static int add_io(struct planner *planner, struct values *values, struct error *err)
{
	const struct spec_limits *limits = &planner->spec->limits;

	if (add_number(planner, values, "io.weight", &limits->io_weight, err) < 0)
		return -1;
	for (size_t i = 0; i < limits->io_device_count; i++) {
		if (add_io_device(planner, values, &limits->io_devices[i], err) < 0)
			return -1;
	}
	return 0;
}

static int plan_values(struct planner *planner, struct error *err)
{
	struct plan_cgroup *cgroup = &planner->plan->cgroup;
	struct values values;

	if (begin(planner, &values, err) < 0 ||
	    add_number(planner, &values, "pids.max", &planner->spec->limits.pids, err) < 0 ||
	    add_cpu(planner, &values, err) < 0 || add_io(planner, &values, err) < 0 ||
	    add_memory(planner, &values, err) < 0)
		return -1;
	cgroup->values = values.count > 0 ? values.items : NULL;
	cgroup->value_count = values.count;
	return 0;
}

/* What relax calls the limits of a controller; NULL: nothing there sets one. */
static const char *limits_of(cgroup_controllers controller)
{
	switch (controller) {
	case CGROUP_CONTROLLER_CPU:
		return "\"cpus\"";
	case CGROUP_CONTROLLER_MEMORY:
		return "\"memory\" and \"swap\"";
	case CGROUP_CONTROLLER_PIDS:
		return "\"pids\"";
	default:
		return NULL;
	}
}

static int refuse_controller(cgroup_controllers controller, const char *parent, const char *origin,
                             struct error *err)
{
	const char *name = cgroup_controller_name(controller);
	const char *limits = limits_of(controller);

	(void)error_set(err, ERROR_HOST,
	                "resource limits: the %s controller is not available in %s%s", name,
	                CGROUP_MOUNT_POINT, parent);
	(void)error_at(err, "%s", origin);
	if (strcmp(parent, "/") != 0)
		return error_hint(err, "as root: systemctl edit user@.service, and add [Service] "
		                       "Delegate=cpu io memory pids; then log in again");
	if (limits == NULL)
		return error_hint(err,
		                  "leave limits.io out, or use a kernel with CONFIG_BLK_CGROUP");
	return error_hint(err,
	                  "boot without cgroup_disable=%s and version 1 of control groups; or "
	                  "relax no-limits with %s",
	                  name, limits);
}

/* Each controller that a value needs must be there, or be given by the parent already. */
static int check_controllers(struct planner *planner, int parent_fd, struct error *err)
{
	const struct plan_cgroup *cgroup = &planner->plan->cgroup;
	cgroup_controllers available;
	cgroup_controllers enabled;
	cgroup_controllers told = 0;

	if (cgroup_read_controllers(parent_fd, &available, &enabled, err) < 0)
		return -1;
	for (size_t i = 0; i < cgroup->value_count; i++) {
		const cgroup_controllers needed = cgroup_controller_of(cgroup->values[i].file);

		if ((needed & (available | enabled | told)) == needed)
			continue;
		told |= needed;
		(void)refuse_controller(needed, cgroup->parent, cgroup->values[i].origin, err);
		if (planner_lacks(planner, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * What a launch finds out when it writes the values is looked for here when it is a check, which
 * makes nothing. It is too slow for a launch; see kernel/cgroup.h.
 */
static int check_files(struct planner *planner, struct error *err)
{
	const struct plan_cgroup *cgroup = &planner->plan->cgroup;

	for (size_t i = 0; i < cgroup->value_count; i++) {
		bool is_offered = true;

		if (cgroup_inspect_offers(cgroup->values[i].file, &is_offered, err) < 0)
			return planner_lacks(planner, err);
		if (is_offered)
			continue;
		(void)cgroup_refuse_missing(cgroup->values[i].file, err);
		(void)error_at(err, "%s", cgroup->values[i].origin);
		if (planner_lacks(planner, err) < 0)
			return -1;
	}
	return 0;
}

static int plan_place(struct planner *planner, struct error *err)
{
	struct plan_cgroup *cgroup = &planner->plan->cgroup;
	char parent[CGROUP_PATH_SIZE] = "/";

	if (!planner->plan->is_privileged &&
	    (cgroup_find_own(parent, err) < 0 || cgroup_find_delegated(parent, err) < 0))
		return -1;
	cgroup->parent = planner_copy(planner, parent, err);
	cgroup->name = planner_text(planner, err, NAME_PREFIX "%s", planner->plan->name);
	return cgroup->parent == NULL || cgroup->name == NULL ? -1 : 0;
}

/* A node that is not there is refused where the mounts are planned. */
static size_t add_device(const struct spec_device *device, struct device_rule *rule)
{
	struct stat status;

	if (stat(device->path, &status) < 0)
		return 0;
	*rule = (struct device_rule){
		.kind = S_ISBLK(status.st_mode) ? DEVICE_BLOCK : DEVICE_CHARACTER,
		.major = major(status.st_rdev),
		.minor = minor(status.st_rdev),
		.access = DEVICE_ACCESS_READ | DEVICE_ACCESS_WRITE,
	};
	return 1;
}

static int plan_device_program(struct planner *planner, struct error *err)
{
	const struct spec *spec = planner->spec;
	struct plan_cgroup *cgroup = &planner->plan->cgroup;
	const struct bpf_insn *program;
	size_t count = ARRAY_LEN(standard_devices);
	struct device_rule *rules =
		planner_array(planner, count + spec->device_count, sizeof(*rules), err);

	if (rules == NULL)
		return -1;
	memcpy(rules, standard_devices, sizeof(standard_devices));
	for (size_t i = 0; i < spec->device_count; i++)
		count += add_device(&spec->devices[i], &rules[count]);
	if (device_bpf_make(planner->plan->arena, rules, count, &program,
	                    &cgroup->device_program_length, err) < 0)
		return -1;
	cgroup->device_program = program;
	return 0;
}

/* Without limits there is nothing that a host without a place for the cgroup must refuse. */
static int do_without(struct planner *planner, struct error *err)
{
	if (has_limits(&planner->spec->limits))
		return -1;
	*err = (struct error){ .kind = ERROR_NONE };
	planner->plan->cgroup = (struct plan_cgroup){ .parent = NULL };
	return 0;
}

int plan_cgroup(struct planner *planner, struct error *err)
{
	const enum cgroup_mode mode = cgroup_find_mode();
	AUTO_CLOSE int parent_fd = -1;

	if (planner->spec->oci != NULL)
		return plan_oci_cgroup(planner, err);
	if (mode != CGROUP_MODE_UNIFIED)
		return has_limits(&planner->spec->limits) ? refuse_mode(mode, err) : 0;
	if (plan_place(planner, err) < 0)
		return do_without(planner, err);
	parent_fd = cgroup_open(planner->plan->cgroup.parent, err);
	if (parent_fd < 0 || plan_values(planner, err) < 0 ||
	    check_controllers(planner, parent_fd, err) < 0)
		return -1;
	if (planner->request->lacks != NULL && check_files(planner, err) < 0)
		return -1;
	return planner->plan->is_privileged ? plan_device_program(planner, err) : 0;
}
