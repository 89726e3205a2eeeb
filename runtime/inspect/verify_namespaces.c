/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows about namespaces, and about what belongs to them. */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "inspect/verify_parts.h"

#define NET_SIZE ((size_t)4 * 1024 * 1024) /* of a file in /proc/PID/net; bytes */

/* clone(2) has had no flag for it. Source: <linux/sched.h>. */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static const uint64_t clone_flags[VERIFY_NS_COUNT] = {
	[VERIFY_NS_USER] = CLONE_NEWUSER,     [VERIFY_NS_PID] = CLONE_NEWPID,
	[VERIFY_NS_MOUNT] = CLONE_NEWNS,      [VERIFY_NS_NETWORK] = CLONE_NEWNET,
	[VERIFY_NS_IPC] = CLONE_NEWIPC,       [VERIFY_NS_UTS] = CLONE_NEWUTS,
	[VERIFY_NS_CGROUP] = CLONE_NEWCGROUP, [VERIFY_NS_TIME] = CLONE_NEWTIME,
};

static const struct plan_join *find_join(const struct plan *plan, uint64_t kind)
{
	for (size_t i = 0; plan != NULL && i < plan->join_count; i++) {
		if (plan->joins[i].kind == kind)
			return &plan->joins[i];
	}
	return NULL;
}

bool verify_wants_own(const struct verify_target *target, uint64_t clone_flag)
{
	return target->plan == NULL || (target->plan->clone_flags & clone_flag) != 0;
}

/* A namespace that is joined may have been removed from its place since. */
static void judge_joined(const struct verify_target *target, enum verify_namespace kind,
                         const struct plan_join *join, struct verify_row *row)
{
	char path[ROW_NAME_SIZE];
	struct stat status;

	row_want(row, "that of %s", row_escape(join->path, path));
	if (stat(join->path, &status) < 0)
		row_miss(row, "%s is not there any more", path);
	else if (status.st_ino == target->namespaces[kind])
		row_find(row, "that one");
	else
		row_offend(row, "another: %s:[%" PRIu64 "]", verify_namespace_files[kind],
		           target->namespaces[kind]);
}

static void judge_own(const struct verify_target *target, enum verify_namespace kind,
                      struct verify_row *row)
{
	row_want(row, "its own");
	for (const struct verify_process *process = verify_next(target, NULL); process != NULL;
	     process = verify_next(target, process)) {
		const uint64_t found = process->namespaces[kind];

		if (found == 0 && !process->is_own_init)
			row_miss(row, "you may not see those of process %d (%s)", (int)process->pid,
			         process->name);
		else if (found == target->host_namespaces[kind])
			row_offend(row, "process %d (%s) is in the host's", (int)process->pid,
			           process->name);
		else if (found != 0)
			row_find(row, "%s:[%" PRIu64 "]", verify_namespace_files[kind], found);
	}
}

static void judge_namespace(const struct verify_target *target, enum verify_namespace kind,
                            struct verify_row *row)
{
	const struct plan_join *join = find_join(target->plan, clone_flags[kind]);

	if (target->namespaces[kind] == 0)
		row_miss(row, "you may not see the namespaces of process %d",
		         (int)target->seen_pid);
	else if (join != NULL)
		judge_joined(target, kind, join, row);
	else if (verify_wants_own(target, clone_flags[kind]))
		judge_own(target, kind, row);
	else
		row_want(row, "not asked for");
}

void verify_pid_namespace(const struct verify_target *target, struct verify_row *row)
{
	judge_namespace(target, VERIFY_NS_PID, row);
}

void verify_mount_namespace(const struct verify_target *target, struct verify_row *row)
{
	judge_namespace(target, VERIFY_NS_MOUNT, row);
}

void verify_network_namespace(const struct verify_target *target, struct verify_row *row)
{
	judge_namespace(target, VERIFY_NS_NETWORK, row);
}

void verify_ipc_namespace(const struct verify_target *target, struct verify_row *row)
{
	judge_namespace(target, VERIFY_NS_IPC, row);
}

void verify_uts_namespace(const struct verify_target *target, struct verify_row *row)
{
	judge_namespace(target, VERIFY_NS_UTS, row);
}

void verify_cgroup_namespace(const struct verify_target *target, struct verify_row *row)
{
	judge_namespace(target, VERIFY_NS_CGROUP, row);
}

void verify_time_namespace(const struct verify_target *target, struct verify_row *row)
{
	judge_namespace(target, VERIFY_NS_TIME, row);
}

static bool is_same_map(const struct id_map *found, int count, const struct id_map *wanted,
                        size_t wanted_count)
{
	if (count < 0 || (size_t)count != wanted_count)
		return false;
	for (size_t i = 0; i < wanted_count; i++) {
		if (found[i].inner != wanted[i].inner || found[i].outer != wanted[i].outer ||
		    found[i].count != wanted[i].count)
			return false;
	}
	return true;
}

/* Where is user or group 0 of the container on the host? */
static void judge_root_of(const char *what, const struct id_map *map, int count,
                          struct verify_row *row)
{
	for (int i = 0; i < count; i++) {
		if (map[i].inner == 0 && map[i].outer == 0)
			row_offend(row, "%s 0 is the host's", what);
	}
	if (count > 0)
		row_find(row, "0 is %" PRIu32 " on the host", map[0].outer);
}

static void judge_map(const char *what, const struct id_map *found, int count,
                      const struct id_map *wanted, size_t wanted_count, struct verify_row *row)
{
	if (is_same_map(found, count, wanted, wanted_count))
		row_find(row, "%" PRIu32 " to %" PRIu32 " on the host", found[0].outer,
		         found[0].outer + (found[0].count - 1));
	else if (count == 0)
		row_offend(row, "no %s ids are mapped", what);
	else
		row_offend(row, "its %s ids are mapped otherwise: %" PRIu32 " is %" PRIu32, what,
		           found[0].inner, found[0].outer);
}

static void judge_maps(const struct verify_target *target, struct verify_row *row)
{
	const struct plan *plan = target->plan;

	if (target->uid_map_count < 0 || target->gid_map_count < 0) {
		row_miss(row, "the id maps cannot be read");
	} else if (plan == NULL || plan->uid_map_count == 0 || plan->gid_map_count == 0) {
		judge_root_of("user", target->uid_map, target->uid_map_count, row);
		judge_root_of("group", target->gid_map, target->gid_map_count, row);
	} else {
		judge_map("user", target->uid_map, target->uid_map_count, plan->uid_map,
		          plan->uid_map_count, row);
		judge_map("group", target->gid_map, target->gid_map_count, plan->gid_map,
		          plan->gid_map_count, row);
	}
}

void verify_user_namespace(const struct verify_target *target, struct verify_row *row)
{
	const uint64_t found = target->namespaces[VERIFY_NS_USER];
	const struct plan_join *join = find_join(target->plan, CLONE_NEWUSER);

	if (join != NULL) {
		judge_namespace(target, VERIFY_NS_USER, row);
		return;
	}
	if (!verify_wants_own(target, CLONE_NEWUSER)) {
		row_want(row, "not asked for");
		return;
	}
	row_want(row, "its own, whose root is nobody on the host");
	if (found != 0 && found == target->host_namespaces[VERIFY_NS_USER])
		row_offend(row, "it is the host's");
	else
		judge_maps(target, row);
	if (found == 0)
		row_miss(row, "you may not see the namespaces of process %d",
		         (int)target->seen_pid);
}

void verify_nested(const struct verify_target *target, struct verify_row *row)
{
	const struct observed_sysctl *found = &target->sysctls[0];

	if (target->plan != NULL && !target->plan->forbids_nested_user_namespaces) {
		row_want(row, "not asked for");
		return;
	}
	row_want(row, "user.max_user_namespaces = 0");
	if (target->inside.kind != ERROR_NONE)
		row_miss(row, "%.200s", target->inside.what);
	else if (target->namespaces[VERIFY_NS_USER] == target->host_namespaces[VERIFY_NS_USER])
		row_miss(row, "the user namespace is the host's");
	else if (!found->is_known)
		row_miss(row, "this kernel has no user.max_user_namespaces");
	else if (strcmp(found->value, "0") == 0)
		row_find(row, "0");
	else
		row_offend(row, "%.64s", found->value);
}

/* Who is in the container but not in its cgroup is not limited by it. */
static void judge_member(const struct verify_target *target, const struct verify_process *process,
                         struct verify_row *row)
{
	if (process->is_stranger)
		row_offend(row, "process %d (%s) is in the cgroup and not in the container",
		           (int)process->pid, process->name);
	else if (target->cgroup_fd >= 0 && !process->is_in_cgroup)
		row_offend(row, "process %d (%s) is in the container and not in its cgroup",
		           (int)process->pid, process->name);
}

static bool is_at_or_below(const char *path, const char *top)
{
	const size_t length = strlen(top);

	return strncmp(path, top, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

void verify_members(const struct verify_target *target, struct verify_row *row)
{
	const char *wanted = target->subject->cgroup;
	char place[ROW_NAME_SIZE];

	row_want(row, "the same in the container and in its cgroup");
	for (size_t i = 0; i < target->process_count; i++)
		judge_member(target, &target->processes[i], row);
	if (wanted != NULL && !is_at_or_below(target->cgroup, wanted))
		row_offend(row, "process %d was moved to the cgroup %s", (int)target->subject->pid,
		           row_escape(target->cgroup, place));
	if (target->has_more_processes)
		row_miss(row, "only %d processes are looked at", VERIFY_PROCESSES_MAX);
	row_find(row, "%zu of them%s", target->process_count,
	         target->cgroup_fd < 0 ? "; no cgroup of its own" : "");
}

bool verify_shares(const struct verify_target *target, enum verify_namespace kind)
{
	return target->namespaces[kind] != 0 &&
	       target->namespaces[kind] == target->host_namespaces[kind];
}

static void judge_name(const char *wanted, const char *found, const char *what,
                       struct verify_row *row)
{
	char name[ROW_NAME_SIZE];

	if (wanted == NULL)
		return;
	(void)row_escape(found, name);
	if (strcmp(wanted, found) == 0)
		row_find(row, "%s", name);
	else
		row_offend(row, "%s is \"%s\"", what, name);
}

void verify_hostname(const struct verify_target *target, struct verify_row *row)
{
	const struct plan *plan = target->plan;
	char name[ROW_NAME_SIZE];

	if (plan == NULL || (plan->hostname == NULL && plan->domainname == NULL) ||
	    verify_shares(target, VERIFY_NS_UTS)) {
		row_drop(row);
		return;
	}
	row_want(row, "%s",
	         row_escape(plan->hostname != NULL ? plan->hostname : plan->domainname, name));
	if (target->inside.kind != ERROR_NONE) {
		row_miss(row, "%.200s", target->inside.what);
		return;
	}
	judge_name(plan->hostname, target->names.host, "the host name", row);
	judge_name(plan->domainname, target->names.domain, "the domain name", row);
}

/* The kernel separates numbers by tabs, where a spec has blanks. */
static bool is_same_value(const char *found, const char *wanted)
{
	for (;;) {
		found += strspn(found, " \t\n");
		wanted += strspn(wanted, " \t\n");
		if (*found == '\0' || *wanted == '\0')
			return *found == *wanted;
		while (*found != '\0' && strchr(" \t\n", *found) == NULL) {
			if (*found++ != *wanted++)
				return false;
		}
	}
}

static void judge_sysctl(const struct observed_sysctl *found, const char *wanted,
                         struct verify_row *row)
{
	char value[ROW_NAME_SIZE];

	if (!found->is_known)
		row_miss(row, "%.100s cannot be read", found->path);
	else if (is_same_value(found->value, wanted))
		row_find(row, "as wanted");
	else
		row_offend(row, "%.100s is %s", found->path, row_escape(found->value, value));
}

void verify_sysctls(const struct verify_target *target, struct verify_row *row)
{
	const struct plan *plan = target->plan;

	if (plan == NULL || plan->sysctl_count == 0) {
		row_drop(row);
		return;
	}
	row_want(row, "%.100s = %.100s%s", plan->sysctls[0].path, plan->sysctls[0].value,
	         plan->sysctl_count > 1 ? " and others" : "");
	if (target->inside.kind != ERROR_NONE) {
		row_miss(row, "%.200s", target->inside.what);
		return;
	}
	for (size_t i = 0; i < plan->sysctl_count; i++)
		judge_sysctl(&target->sysctls[i + 1], plan->sysctls[i].value, row);
}

/* Others than hardrun put devices and routes into the network namespaces of engines. */
static bool judges_network(const struct verify_target *target)
{
	if (target->plan != NULL && target->subject->spec->oci != NULL)
		return false;
	return !verify_shares(target, VERIFY_NS_NETWORK) && verify_wants_own(target, CLONE_NEWNET);
}

/* Each line behind the headings of a file in /proc/PID/net. */
static void each_line(const struct verify_target *target, const char *name, int headings,
                      void (*judge)(char *line, struct verify_row *row), struct verify_row *row)
{
	AUTO_FREE char *text = observe_read(target->seen_fd, name, NET_SIZE, NULL);
	char *rest = text;
	char *line;

	if (text == NULL && errno != ENOENT)
		row_miss(row, "%s of process %d cannot be read", name, (int)target->seen_pid);
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (headings-- <= 0 && *line != '\0')
			judge(line, row);
	}
}

static void judge_device(char *line, struct verify_row *row)
{
	char name[ROW_NAME_SIZE];

	line += strspn(line, " ");
	line[strcspn(line, ":")] = '\0';
	if (strcmp(line, "lo") == 0)
		row_find(row, "lo");
	else
		row_offend(row, "%s", row_escape(line, name));
}

void verify_network_devices(const struct verify_target *target, struct verify_row *row)
{
	if (!judges_network(target)) {
		row_drop(row);
		return;
	}
	row_want(row, "lo alone");
	each_line(target, "net/dev", 2, judge_device, row);
}

static void judge_route(char *line, struct verify_row *row)
{
	char name[ROW_NAME_SIZE];

	line[strcspn(line, " \t")] = '\0';
	row_offend(row, "one by %s", row_escape(line, name));
}

/* Those of loopback are there from the beginning. */
static void judge_route_6(char *line, struct verify_row *row)
{
	const char *device = strrchr(line, ' ');
	char name[ROW_NAME_SIZE];

	if (device != NULL && strcmp(device + 1, "lo") != 0)
		row_offend(row, "one by %s", row_escape(device + 1, name));
}

void verify_routes(const struct verify_target *target, struct verify_row *row)
{
	if (!judges_network(target)) {
		row_drop(row);
		return;
	}
	row_want(row, "none");
	each_line(target, "net/route", 1, judge_route, row);
	each_line(target, "net/ipv6_route", 0, judge_route_6, row);
	row_find(row, "none");
}
