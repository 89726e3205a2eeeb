/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/run.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "kernel/device_bpf.h"
#include "kernel/host.h"
#include "kernel/subid.h"
#include "lifecycle/profile.h"
#include "lifecycle/registry.h"
#include "lifecycle/state.h"
#include "lifecycle/sweep.h"
#include "plan/plan_make.h"
#include "spec/spec_write.h"

/* The ids of a slot. Source: systemd.io, UIDS-GIDS: 524288 to 1879048191 are for containers. */
#define OUTER_BASE UINT32_C(524288)

#define SUBID_FILE_SIZE ((size_t)1024 * 1024) /* at most; bytes */

/* One run. What it made on the host is in the record of its slot, and undone from there. */
struct container {
	const struct run_request *request;
	struct run_report *report;
	struct host host;
	char root[STATE_ROOT_SIZE];
	int root_fd;
	struct registry registry;
	int slot; /* -1: none yet */
	struct registry_record record;
	char *spec_text;
	int directory_fd;
	int cgroup_fd;
	int profile_lock_fd;
};

uint32_t run_outer_base(unsigned int slot)
{
	return OUTER_BASE + slot * RUN_OUTER_COUNT;
}

static int finish_slot(struct container *container, struct error *err)
{
	const int slot = container->slot;

	container->slot = -1;
	if (slot < 0)
		return 0;
	return sweep_slot(&container->registry, (unsigned int)slot, err);
}

static void container_clear(struct container *container)
{
	struct error err = { .kind = ERROR_NONE };

	cleanup_close(&container->cgroup_fd);
	cleanup_close(&container->directory_fd);
	if (finish_slot(container, &err) < 0)
		log_warning(&err);
	cleanup_close(&container->profile_lock_fd);
	free(container->spec_text);
	registry_close(&container->registry);
	cleanup_close(&container->root_fd);
}

#define AUTO_CONTAINER CLEANUP(container_clear)

void run_report_clear(struct run_report *report)
{
	plan_free(report->plan);
	report->plan = NULL;
}

static int open_root(struct container *container, struct error *err)
{
	const char *root = container->request->root;

	if (root == NULL && state_root_default(container->root, err) < 0)
		return -1;
	if (root != NULL &&
	    (size_t)snprintf(container->root, STATE_ROOT_SIZE, "%s", root) >= STATE_ROOT_SIZE)
		return error_set(err, ERROR_USAGE, "the path of the state root is too long");
	container->root_fd = state_root_open(container->root, err);
	if (container->root_fd < 0)
		return -1;
	return registry_open(&container->registry, container->root_fd, err);
}

/* /etc/subuid and /etc/subgid; NULL where there is none. */
struct given_ids {
	char *texts[2];
	size_t sizes[2];
};

static void given_ids_clear(struct given_ids *given)
{
	free(given->texts[0]);
	free(given->texts[1]);
}

static int read_given_ids(struct given_ids *out, struct error *err)
{
	static const char *const paths[] = { "/etc/subuid", "/etc/subgid" };

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		if (access(paths[i], F_OK) < 0)
			continue;
		if (file_read(paths[i], SUBID_FILE_SIZE, &out->texts[i], &out->sizes[i], err) < 0)
			return -1;
	}
	return 0;
}

static bool has_free_ids(const void *context, unsigned int slot)
{
	const struct given_ids *given = context;
	const struct subid_range range = { .first = run_outer_base(slot),
		                           .count = RUN_OUTER_COUNT };

	for (size_t i = 0; i < ARRAY_LEN(given->texts); i++) {
		if (given->texts[i] != NULL &&
		    subid_is_given(given->texts[i], given->sizes[i], range))
			return false;
	}
	return true;
}

static int take_slot(struct container *container, struct error *err)
{
	CLEANUP(given_ids_clear) struct given_ids given = { .texts = { NULL, NULL } };

	if (!host_is_privileged(&container->host)) {
		container->slot = registry_take(&container->registry, NULL, NULL, err);
		return container->slot < 0 ? -1 : 0;
	}
	if (read_given_ids(&given, err) < 0)
		return -1;
	container->slot = registry_take(&container->registry, has_free_ids, &given, err);
	return container->slot < 0 ? -1 : 0;
}

static int write_record(struct container *container, struct error *err)
{
	return registry_write(&container->registry, (unsigned int)container->slot,
	                      &container->record, err);
}

/* 1: the name in the record is ours; 0: it is another's. */
static int try_name(struct container *container, unsigned int *out_holder, struct error *err)
{
	if (write_record(container, err) < 0)
		return -1;
	return state_claim(container->root_fd, (unsigned int)container->slot,
	                   container->record.name, out_holder, err);
}

static int refuse_name(const struct container *container, unsigned int holder, struct error *err)
{
	(void)error_set(err, ERROR_STATE,
	                "a container called \"%s\" is running, with hardrun as "
	                "process %d",
	                container->record.name, (int)registry_owner(&container->registry, holder));
	(void)error_at(err, "%s", container->request->spec->name.origin);
	return error_hint(err, "give this one another name: --name NAME");
}

static int set_name(struct container *container, const char *format_suffix, struct error *err)
{
	struct registry_record *record = &container->record;
	const int length = snprintf(record->name, sizeof(record->name), "%s%s",
	                            container->request->spec->name.value, format_suffix);

	if (length < 0 || (size_t)length >= sizeof(record->name))
		return error_set(err, ERROR_SPEC, "the container's name is too long");
	return 0;
}

/* Many may run one spec at a time; the number of the slot is no one else's. */
static int claim_name(struct container *container, struct error *err)
{
	unsigned int holder = 0;
	char suffix[16];
	int result;

	if (set_name(container, "", err) < 0)
		return -1;
	result = try_name(container, &holder, err);
	if (result == 0 && !container->request->is_name_explicit) {
		(void)snprintf(suffix, sizeof(suffix), "-%d", container->slot);
		if (set_name(container, suffix, err) < 0)
			return -1;
		result = try_name(container, &holder, err);
	}
	if (result == 0)
		return refuse_name(container, holder, err);
	memcpy(container->report->name, container->record.name, sizeof(container->record.name));
	return result < 0 ? -1 : 0;
}

static int make_directory(struct container *container, struct error *err)
{
	container->directory_fd =
		state_make(container->root_fd, (unsigned int)container->slot, err);
	return container->directory_fd < 0 ? -1 : 0;
}

static int write_spec(struct container *container, struct error *err)
{
	container->spec_text = spec_write(container->request->spec, err);
	if (container->spec_text == NULL)
		return -1;
	spec_digest(container->spec_text, container->report->digest);
	return 0;
}

static int make_plan(struct container *container, struct error *err)
{
	char cache[STATE_ROOT_SIZE + sizeof("/cache")];
	struct plan_request request = {
		.name = container->record.name,
		.cache_directory = cache,
		.spec_digest = container->report->digest,
	};

	(void)snprintf(cache, sizeof(cache), "%s/cache", container->root);
	if (host_is_privileged(&container->host)) {
		request.outer_base = run_outer_base((unsigned int)container->slot);
		request.outer_count = RUN_OUTER_COUNT;
	}
	return plan_make(container->request->spec, &container->host, &request,
	                 &container->report->plan, err);
}

/* The controllers of the values, and those that the figures need as far as they can be had. */
static int enable_controllers(const struct plan_cgroup *cgroup, int parent_fd, struct error *err)
{
	static const cgroup_controllers each[] = { CGROUP_CONTROLLER_CPU, CGROUP_CONTROLLER_IO,
		                                   CGROUP_CONTROLLER_MEMORY,
		                                   CGROUP_CONTROLLER_PIDS };
	cgroup_controllers wanted = 0;

	for (size_t i = 0; i < cgroup->value_count; i++) {
		for (size_t j = 0; j < ARRAY_LEN(each); j++) {
			const char *name = cgroup_controller_name(each[j]);
			const size_t length = strlen(name);
			const char *file = cgroup->values[i].file;

			if (strncmp(file, name, length) == 0 && file[length] == '.')
				wanted |= each[j];
		}
	}
	return cgroup_enable(parent_fd, wanted, err);
}

static int write_values(const struct plan_cgroup *cgroup, int fd, bool is_late, struct error *err)
{
	for (size_t i = 0; i < cgroup->value_count; i++) {
		const struct plan_cgroup_value *value = &cgroup->values[i];

		if (cgroup_is_late(value->file, value->value) == is_late &&
		    cgroup_write(fd, value->file, value->value, err) < 0)
			return error_at(err, "%s", value->origin);
	}
	return 0;
}

static int record_cgroup(struct container *container, enum registry_cgroup stage, struct error *err)
{
	const struct plan_cgroup *cgroup = &container->report->plan->cgroup;
	struct registry_record *record = &container->record;
	int length = snprintf(record->cgroup, sizeof(record->cgroup), "%s/%s",
	                      strcmp(cgroup->parent, "/") == 0 ? "" : cgroup->parent, cgroup->name);

	if (length < 0 || (size_t)length >= sizeof(record->cgroup))
		return error_set(err, ERROR_HOST, "the path of the container's cgroup is too long");
	record->cgroup_stage = stage;
	return write_record(container, err);
}

/* A failure leaves the record at "intended": what is there may be another state root's. */
static int make_cgroup(struct container *container, struct error *err)
{
	const struct plan_cgroup *cgroup = &container->report->plan->cgroup;
	AUTO_CLOSE int parent_fd = -1;

	if (cgroup->parent == NULL)
		return 0;
	parent_fd = cgroup_open(cgroup->parent, err);
	if (parent_fd < 0 || enable_controllers(cgroup, parent_fd, err) < 0 ||
	    record_cgroup(container, REGISTRY_CGROUP_INTENDED, err) < 0)
		return -1;
	container->cgroup_fd = cgroup_make(parent_fd, cgroup->name, err);
	if (container->cgroup_fd < 0)
		return -1;
	return record_cgroup(container, REGISTRY_CGROUP_MADE, err);
}

static int limit_cgroup(const struct container *container, struct error *err)
{
	const struct plan_cgroup *cgroup = &container->report->plan->cgroup;

	if (container->cgroup_fd < 0)
		return 0;
	if (write_values(cgroup, container->cgroup_fd, false, err) < 0)
		return -1;
	if (cgroup->device_program == NULL)
		return 0;
	return device_bpf_attach(container->cgroup_fd, cgroup->device_program,
	                         cgroup->device_program_length, err);
}

static int on_cloned(void *context, pid_t init, struct error *err)
{
	struct container *container = context;
	struct state state = {
		.plan = container->report->plan,
		.spec_text = container->spec_text,
		.init = init,
	};

	(void)clock_gettime(CLOCK_REALTIME, &state.created);
	if (state_write(container->directory_fd, &state, err) < 0)
		return -1;
	return limit_cgroup(container, err);
}

static bool has_late_values(const struct plan_cgroup *cgroup)
{
	for (size_t i = 0; i < cgroup->value_count; i++) {
		if (cgroup_is_late(cgroup->values[i].file, cgroup->values[i].value))
			return true;
	}
	return false;
}

static int on_ready(void *context, struct error *err)
{
	const struct container *container = context;

	return write_values(&container->report->plan->cgroup, container->cgroup_fd, true, err);
}

static int launch_container(struct container *container, struct error *err)
{
	struct run_report *report = container->report;
	const struct launch_request request = {
		.cgroup_fd = container->cgroup_fd,
		.on_cloned = on_cloned,
		.on_ready = has_late_values(&report->plan->cgroup) ? on_ready : NULL,
		.context = container,
	};
	AUTO_CLOSE int log_fd = -1;

	if (container->request->wants_figures)
		log_fd = denials_start(&report->denials);
	if (launch(report->plan, &request, &report->outcome, err) < 0)
		return -1;
	report->has_outcome = true;
	if (!container->request->wants_figures)
		return 0;
	cgroup_read_usage(container->cgroup_fd, &report->usage);
	denials_finish(&report->denials, log_fd, report->plan);
	return 0;
}

/* In order. Whatever fails, container_clear() undoes what is in the record. */
static int (*const steps[])(struct container *container, struct error *err) = {
	take_slot, make_directory, claim_name, write_spec, make_plan, make_cgroup,
};

int run(const struct run_request *request, struct run_report *report, struct error *err)
{
	AUTO_CONTAINER struct container container = {
		.request = request,
		.report = report,
		.root_fd = -1,
		.registry = REGISTRY_NONE,
		.slot = -1,
		.directory_fd = -1,
		.cgroup_fd = -1,
		.profile_lock_fd = -1,
	};

	host_init(&container.host);
	if (open_root(&container, err) < 0)
		return -1;
	sweep(&container.registry);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		if (steps[i](&container, err) < 0)
			return -1;
	}
	if (profile_hold(report->plan, container.root_fd, &container.profile_lock_fd, err) < 0)
		return -1;
	return launch_container(&container, err);
}
