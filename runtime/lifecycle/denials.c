/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/denials.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/seccomp.h"

/* Of /dev/kmsg, prefix included; a longer one is passed over with EINVAL. */
#define RECORD_SIZE 4096

struct status_answer {
	struct nlmsghdr header;
	struct audit_status status;
};

/*
 * Does a daemon take the records away before they reach the log? Asked of the kernel.
 * Source: <linux/audit.h>, AUDIT_GET.
 */
static bool has_audit_daemon(void)
{
	AUTO_CLOSE int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	const struct timeval patience = { .tv_sec = 1 };
	struct nlmsghdr question = {
		.nlmsg_len = sizeof(question),
		.nlmsg_type = AUDIT_GET,
		.nlmsg_flags = NLM_F_REQUEST,
	};
	struct status_answer answer = { .header = { 0 } };

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    send(fd, &question, sizeof(question), 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < (ssize_t)sizeof(answer.header))
		return false;
	return answer.header.nlmsg_type == AUDIT_GET && answer.status.pid != 0;
}

int denials_start(struct denials *out)
{
	AUTO_CLOSE int fd = -1;

	*out = (struct denials){ .reason = NULL };
	if (has_audit_daemon()) {
		out->reason = "an audit daemon takes the kernel's records: see ausearch(8)";
		return -1;
	}
	fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || lseek(fd, 0, SEEK_END) < 0) {
		out->reason = "this user cannot read the kernel log";
		return -1;
	}
	return take_fd(&fd);
}

static bool is_mapped(const struct plan *plan, unsigned long uid)
{
	for (size_t i = 0; i < plan->uid_map_count; i++) {
		const struct id_map *map = &plan->uid_map[i];

		if (uid >= map->outer && uid - map->outer < map->count)
			return true;
	}
	return false;
}

/* The number to @base behind @key, " uid=" for example. */
static bool find_number(const char *record, const char *key, int base, unsigned long *out)
{
	const char *found = strstr(record, key);
	char *end;

	if (found == NULL)
		return false;
	found += strlen(key);
	*out = strtoul(found, &end, base);
	return end != found;
}

/* A denial that names no user is the container's if its profile is. */
static bool is_apparmor_denial(const struct plan *plan, const char *record)
{
	char profile[256];
	unsigned long uid;

	if (plan->apparmor_profile == NULL || strstr(record, "apparmor=\"DENIED\"") == NULL)
		return false;
	(void)snprintf(profile, sizeof(profile), " profile=\"%s\"", plan->apparmor_profile);
	if (strstr(record, profile) == NULL)
		return false;
	return !find_number(record, " fsuid=", 10, &uid) || is_mapped(plan, uid);
}

/*
 * A call that is said not to exist is no denial: the C library asks for clone3 before each clone.
 */
static bool is_unknown_call(const struct plan *plan, const char *record)
{
	struct seccomp_data call = { .nr = -1 };
	unsigned long number;
	unsigned long arch;

	if (!find_number(record, " syscall=", 10, &number) ||
	    !find_number(record, " arch=", 16, &arch))
		return false;
	call.nr = (int)number;
	call.arch = (uint32_t)arch;
	return seccomp_filter_action(&plan->seccomp, &call) == (SECCOMP_RET_ERRNO | ENOSYS);
}

static bool is_seccomp_denial(const struct plan *plan, const char *record)
{
	unsigned long uid;

	return find_number(record, " uid=", 10, &uid) && is_mapped(plan, uid) &&
	       !is_unknown_call(plan, record);
}

void denials_count_record(struct denials *denials, const struct plan *plan, const char *record)
{
	if (strstr(record, "type=1326 audit(") != NULL) {
		if (is_seccomp_denial(plan, record))
			denials->seccomp++;
	} else if (strstr(record, "type=1400 audit(") != NULL) {
		if (is_apparmor_denial(plan, record))
			denials->apparmor++;
	}
}

/* Records that were overwritten before they were read cannot be counted. */
static void read_records(struct denials *denials, int log_fd, const struct plan *plan)
{
	char record[RECORD_SIZE];

	for (;;) {
		const ssize_t size = read(log_fd, record, sizeof(record) - 1);

		if (size < 0 && errno == EINVAL)
			continue;
		if (size <= 0) {
			if (size < 0 && errno != EAGAIN)
				denials->reason = "the kernel log could not be read to its end";
			return;
		}
		record[size] = '\0';
		denials_count_record(denials, plan, record);
	}
}

void denials_finish(struct denials *denials, int log_fd, const struct plan *plan)
{
	if (denials->reason != NULL)
		return;
	if (!plan->is_privileged || plan->uid_map_count == 0)
		denials->reason = "the container has no range of ids of its own to be told by";
	else
		read_records(denials, log_fd, plan);
}
