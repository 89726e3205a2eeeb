/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sandbox/birth.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/mount.h"
#include "kernel/namespace.h"
#include "kernel/network.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "kernel/resolve.h"
#include "kernel/scheduling.h"
#include "sandbox/init.h"
#include "sandbox/intermediate.h"
#include "sandbox/nodes.h"
#include "sandbox/stages.h"
#include "sandbox/sync.h"

static void descriptors_clear(struct descriptors *descriptors)
{
	for (size_t i = 0; i < descriptors->count; i++)
		cleanup_close(&descriptors->items[i]);
	free(descriptors->items);
	*descriptors = (struct descriptors){ .items = NULL };
}

static int descriptors_make(struct descriptors *out, size_t count, struct error *err)
{
	out->items = calloc(count + 1, sizeof(*out->items));
	if (out->items == NULL)
		return error_set_errno(err, "cannot keep descriptors");
	for (size_t i = 0; i < count; i++)
		out->items[i] = -1;
	out->count = count;
	return 0;
}

static void reap(pid_t child)
{
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		continue;
}

void birth_reap_intermediate(struct birth *birth)
{
	if (birth->intermediate > 0)
		reap(birth->intermediate);
	birth->intermediate = 0;
}

void birth_clear(struct birth *birth)
{
	birth_reap_intermediate(birth);
	descriptors_clear(&birth->nodes);
	descriptors_clear(&birth->secrets);
	descriptors_clear(&birth->joins);
	cleanup_close(&birth->target_root_fd);
	cleanup_close(&birth->launcher_fd);
	cleanup_close(&birth->init_fd);
	cleanup_close(&birth->pidfd);
}

/* A mount with maps of its own waits for no user namespace. */
static int map_by_itself(const struct plan_node *node, int fd, struct error *err)
{
	AUTO_CLOSE int user_namespace_fd = -1;

	if (node->kind != PLAN_NODE_MOUNT || node->mount->id_maps.uid_count == 0)
		return 0;
	user_namespace_fd = namespace_make_user(&node->mount->id_maps, err);
	if (user_namespace_fd < 0)
		return -1;
	return mount_map_ids(fd, user_namespace_fd, node->mount->is_id_mapped_below, node->source,
	                     err);
}

static int take_root(struct birth *birth, struct error *err)
{
	birth->nodes.items[0] = fcntl(birth->root_fd, F_DUPFD_CLOEXEC, 0);
	if (birth->nodes.items[0] < 0)
		return error_set_errno(err, "cannot keep the root file system");
	return 0;
}

/* Only root of the host may map the ids of what it binds; an ordinary user's init opens it. */
static int open_sources(struct birth *birth, struct error *err)
{
	const struct plan *plan = birth->plan;

	if (descriptors_make(&birth->nodes, plan->node_count, err) < 0 ||
	    (plan->shares_mounts && take_root(birth, err) < 0))
		return -1;
	for (size_t i = 0; i < plan->node_count && plan->is_privileged; i++) {
		const struct plan_node *node = &plan->nodes[i];

		if (birth->nodes.items[i] >= 0 ||
		    (node->kind == PLAN_NODE_MOUNT && !node->mount->is_opened_early))
			continue;
		if (node_open_source(node, &birth->nodes.items[i], err) < 0 ||
		    map_by_itself(node, birth->nodes.items[i], err) < 0)
			return error_at(err, "%s", node->origin);
	}
	return 0;
}

static int open_secrets(struct birth *birth, struct error *err)
{
	const struct plan *plan = birth->plan;

	if (descriptors_make(&birth->secrets, plan->secret_count, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->secret_count; i++) {
		birth->secrets.items[i] =
			resolve_host(plan->secrets[i].source, O_RDONLY | O_NONBLOCK, err);
		if (birth->secrets.items[i] < 0)
			return error_at(err, "%s", plan->secrets[i].origin);
	}
	return 0;
}

static int open_joins(struct birth *birth, struct error *err)
{
	const struct plan *plan = birth->plan;

	if (descriptors_make(&birth->joins, plan->join_count, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->join_count; i++) {
		birth->joins.items[i] =
			namespace_open(plan->joins[i].path, plan->joins[i].kind, err);
		if (birth->joins.items[i] < 0)
			return error_at(err, "%s", plan->joins[i].origin);
	}
	return 0;
}

/* Those that the intermediate has made, it hands on. */
static uint64_t birth_flags(const struct plan *plan)
{
	return plan->time_offset_count > 0 ? plan->clone_flags & ~(uint64_t)CLONE_NEWTIME
	                                   : plan->clone_flags;
}

static noreturn void be_child(const struct birth *birth)
{
	struct sandbox sandbox = {
		.sync_fd = birth->init_fd,
		.node_fds = birth->nodes.items,
		.secret_fds = birth->secrets.items,
		.root_fd = -1,
		.proc_fd = -1,
		.devpts_fd = -1,
		.terminal_fd = -1,
		.listen_fd = birth->listen_fd,
		.state_fd = -1,
		.join_fds = birth->joins.items,
		.target_fd = birth->target != NULL ? birth->target->pidfd : -1,
		.target_namespaces = birth->target_namespaces,
		.target_root_fd = birth->target_root_fd,
		.has_intermediate = intermediate_is_needed(birth->plan),
	};

	(void)close(birth->launcher_fd);
	if (sandbox.has_intermediate)
		intermediate_run(birth->plan, &sandbox, birth_flags(birth->plan));
	init_run(birth->stages, birth->plan, &sandbox);
}

/*
 * The intermediate has cloned the init when it has said so; what it says instead is why not. It is
 * not needed any more, and ends while the init goes on.
 */
static int exchange_init(struct birth *birth, struct error *err)
{
	struct message message;
	const int received = sync_receive(birth->launcher_fd, &message, err);

	if (received != 1)
		process_signal(birth->pidfd, SIGKILL);
	birth->intermediate = birth->init;
	cleanup_close(&birth->pidfd);
	birth->pidfd = -1;
	birth->init = -1;
	if (received < 0)
		return -1;
	if (received == 0)
		return error_set(err, ERROR_SYSTEM, "the sandbox was killed while it was made");
	if (message.type == MESSAGE_FAILED)
		*err = message.error;
	if (message.type != MESSAGE_CLONED || message.fd < 0) {
		cleanup_close(&message.fd);
		return error_set(err, ERROR_INTERNAL, "the sandbox sent message %u out of turn",
		                 message.type);
	}
	birth->pidfd = message.fd;
	birth->init = process_number(birth->pidfd, err);
	return birth->init < 0 ? -1 : sync_answer(birth->launcher_fd, err);
}

static int clone_init(struct birth *birth, struct error *err)
{
	if (sync_open(&birth->launcher_fd, &birth->init_fd, err) < 0)
		return -1;
	birth->init =
		process_clone(intermediate_is_needed(birth->plan) ? 0 : birth->plan->clone_flags,
	                      birth->cgroup_fd, &birth->pidfd, err);
	if (birth->init < 0) {
		(void)snprintf(err->stage, sizeof(err->stage), "namespaces");
		return -1;
	}
	if (birth->init == 0)
		be_child(birth);
	cleanup_close(&birth->init_fd);
	birth->init_fd = -1;
	return intermediate_is_needed(birth->plan) ? exchange_init(birth, err) : 0;
}

/* What setns(2) would bring along. The process is there still: its number is not another's. */
static int open_target_root(struct birth *birth, struct error *err)
{
	AUTO_CLOSE int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[24];

	if (proc_fd < 0)
		return error_set_errno(err, "cannot open /proc");
	(void)snprintf(path, sizeof(path), "%d/root", (int)birth->target->init);
	if (procfs_verify(proc_fd, err) < 0)
		return -1;
	birth->target_root_fd = openat(proc_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (birth->target_root_fd < 0)
		return error_set_errno(err, "cannot open the container's root");
	return process_number(birth->target->pidfd, err) < 0 ? -1 : 0;
}

static int find_target(struct birth *birth, struct error *err)
{
	if (birth->target == NULL)
		return 0;
	if (namespace_differences(birth->target->init, &birth->target_namespaces, err) < 0)
		return -1;
	return (birth->target_namespaces & CLONE_NEWNS) != 0 ? 0 : open_target_root(birth, err);
}

int birth_clone(struct birth *birth, struct error *err)
{
	if (open_sources(birth, err) < 0 || open_secrets(birth, err) < 0 ||
	    open_joins(birth, err) < 0 || find_target(birth, err) < 0)
		return -1;
	return clone_init(birth, err);
}

static int admit_limits(const struct birth *birth, struct error *err)
{
	const struct plan *plan = birth->plan;

	for (size_t i = 0; i < plan->rlimit_count; i++) {
		if (process_admit_rlimit(birth->init, plan->rlimits[i].resource,
		                         plan->rlimits[i].hard, err) < 0)
			return error_at(err, "%s", plan->rlimits[i].origin);
	}
	return 0;
}

static int map_users(const struct birth *birth, struct error *err)
{
	const struct plan *plan = birth->plan;
	const struct id_maps maps = { plan->uid_map, plan->uid_map_count, plan->gid_map,
		                      plan->gid_map_count };

	if (plan->denies_setgroups && namespace_deny_setgroups(birth->init, err) < 0)
		return -1;
	if (plan->maps_by_helper)
		return namespace_write_maps_by_helper(birth->init, &maps, err);
	return namespace_write_maps(birth->init, &maps, err);
}

/* Those that the container's own user namespace says; others are mapped when they are opened. */
static bool is_mapped_late(const struct plan_node *node)
{
	return node->is_id_mapped || (node->kind == PLAN_NODE_MOUNT && node->mount->is_id_mapped &&
	                              node->mount->id_maps.uid_count == 0);
}

static int map_sources(const struct birth *birth, struct error *err)
{
	const struct plan *plan = birth->plan;
	AUTO_CLOSE int user_namespace_fd = -1;

	for (size_t i = 0; i < plan->node_count; i++) {
		const struct plan_node *node = &plan->nodes[i];
		const bool is_recursive =
			node->kind != PLAN_NODE_MOUNT || node->mount->is_id_mapped_below;

		if (!is_mapped_late(node))
			continue;
		if (user_namespace_fd < 0)
			user_namespace_fd = namespace_open_user(birth->init, err);
		if (user_namespace_fd < 0)
			return -1;
		if (mount_map_ids(birth->nodes.items[i], user_namespace_fd, is_recursive,
		                  node->source, err) < 0)
			return error_at(err, "%s", node->origin);
	}
	return 0;
}

static int map_ids(const struct birth *birth, struct error *err)
{
	(void)snprintf(err->stage, sizeof(err->stage), "user-mapping");
	if (map_users(birth, err) < 0 || map_sources(birth, err) < 0)
		return -1;
	err->stage[0] = '\0';
	return 0;
}

static int check_devices(const struct plan *plan, const struct network_passage *passage,
                         struct error *err)
{
	for (size_t i = 0; i < plan->net_device_count; i++) {
		const struct plan_net_device *device = &plan->net_devices[i];

		if (network_check(passage, device->host_name, device->name, err) < 0)
			return error_at(err, "%s", device->origin);
	}
	return 0;
}

/* What can be known is known before the first is moved: there is no way back. */
static int move_through(const struct plan *plan, struct network_passage *passage, struct error *err)
{
	if (check_devices(plan, passage, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->net_device_count; i++) {
		const struct plan_net_device *device = &plan->net_devices[i];

		if (network_move(passage, device->host_name, device->name, err) < 0)
			return error_at(err, "%s", device->origin);
	}
	return 0;
}

static int move_net_devices(const struct birth *birth, struct error *err)
{
	AUTO_CLOSE int namespace_fd = namespace_open_network(birth->init, err);
	CLEANUP(network_passage_close) struct network_passage passage = NETWORK_PASSAGE_NONE;

	(void)snprintf(err->stage, sizeof(err->stage), "net-devices");
	if (namespace_fd < 0 || network_passage_open(&passage, namespace_fd, err) < 0 ||
	    move_through(birth->plan, &passage, err) < 0)
		return -1;
	err->stage[0] = '\0';
	return 0;
}

/* What its intermediate could not hand on. */
static int schedule(const struct birth *birth, struct error *err)
{
	const struct scheduling *scheduling = &birth->plan->scheduling;

	if (!birth->plan->joins_container || scheduling_is_inherited(scheduling))
		return 0;
	(void)snprintf(err->stage, sizeof(err->stage), "scheduling");
	if (scheduling_set_policy_of(birth->init, scheduling, err) < 0)
		return -1;
	err->stage[0] = '\0';
	return 0;
}

static int prepare(const struct birth *birth, struct error *err)
{
	const struct plan *plan = birth->plan;
	const bool maps_ids = (plan->clone_flags & CLONE_NEWUSER) != 0;

	if ((maps_ids || intermediate_is_needed(plan)) && admit_limits(birth, err) < 0)
		return -1;
	if (schedule(birth, err) < 0 || (maps_ids && map_ids(birth, err) < 0))
		return -1;
	if (plan->net_device_count > 0 && move_net_devices(birth, err) < 0)
		return -1;
	return maps_ids || plan->net_device_count > 0 ? sync_answer(birth->launcher_fd, err) : 0;
}

int birth_prepare(struct birth *birth, struct error *err)
{
	const int result = prepare(birth, err);

	descriptors_clear(&birth->nodes);
	descriptors_clear(&birth->secrets);
	descriptors_clear(&birth->joins);
	return result;
}
