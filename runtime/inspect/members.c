/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/members.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/observe.h"
#include "kernel/proc_text.h"

#define TEXT_SIZE ((size_t)1024 * 1024)
#define DEPTH_MAX 4096 /* of parents */

/* The first process, and what the others are compared with. */
struct first {
	int proc_fd;
	pid_t pid;
	uint64_t pids;
	uint64_t mounts;
};

static int open_numbered(int proc_fd, pid_t pid)
{
	char path[16];

	(void)snprintf(path, sizeof(path), "%d", pid);
	return observe_process(proc_fd, path);
}

static bool read_status(int process_fd, struct proc_status *out)
{
	AUTO_FREE char *text = observe_read(process_fd, "status", TEXT_SIZE, NULL);

	return text != NULL && proc_parse_status(text, out);
}

static bool is_descendant(const struct first *first, pid_t pid)
{
	for (int depth = 0; pid > 0 && depth < DEPTH_MAX; depth++) {
		AUTO_CLOSE int fd = -1;
		struct proc_status status;

		if (pid == first->pid)
			return true;
		fd = open_numbered(first->proc_fd, pid);
		if (fd < 0 || !read_status(fd, &status))
			return false;
		pid = status.parent;
	}
	return false;
}

/* Its number in its own user namespace, where that can be told. */
static uint32_t inner_uid(int process_fd, uint32_t outer)
{
	AUTO_FREE char *text = observe_read(process_fd, "uid_map", TEXT_SIZE, NULL);
	struct id_map map[PROC_ID_MAPS_MAX];
	const int count = text == NULL ? 0 : proc_parse_id_map(text, map);
	uint32_t inner = outer;

	(void)!proc_map_in(map, count, outer, &inner);
	return inner;
}

static bool differs(uint64_t own, uint64_t wanted)
{
	return own != 0 && wanted != 0 && own != wanted;
}

static void look(const struct first *first, struct member *out)
{
	AUTO_CLOSE int fd = open_numbered(first->proc_fd, out->pid);
	struct proc_status status;

	out->is_known = fd >= 0 && read_status(fd, &status);
	if (!out->is_known)
		return;
	out->outer = status.uids[1];
	out->uid = inner_uid(fd, out->outer);
	out->is_joined = !is_descendant(first, out->pid);
	out->is_elsewhere =
		out->is_joined && (differs(observe_namespace(fd, "pid"), first->pids) ||
	                           differs(observe_namespace(fd, "mnt"), first->mounts));
}

int members_look(pid_t init, const pid_t *pids, size_t count, struct member *out, struct error *err)
{
	AUTO_CLOSE int proc_fd = observe_open(err);
	AUTO_CLOSE int init_fd = proc_fd < 0 ? -1 : open_numbered(proc_fd, init);
	struct first first = { .proc_fd = proc_fd, .pid = init };

	if (proc_fd < 0)
		return -1;
	if (init_fd < 0)
		return error_set(err, ERROR_STATE, "process %d has ended", (int)init);
	first.pids = observe_namespace(init_fd, "pid");
	first.mounts = observe_namespace(init_fd, "mnt");
	for (size_t i = 0; i < count; i++) {
		out[i] = (struct member){ .pid = pids[i] };
		look(&first, &out[i]);
	}
	return 0;
}

const char *member_flags(const struct member *member, char out[MEMBER_FLAGS_SIZE])
{
	const char *user = "";
	const char *place = "";

	if (member->is_known && member->outer == 0)
		user = "uid 0 of the host";
	else if (member->is_known && member->uid == 0)
		user = "uid 0";
	if (member->is_elsewhere)
		place = "not in the container";
	else if (member->is_joined)
		place = "from outside";
	(void)snprintf(out, MEMBER_FLAGS_SIZE, "%s%s%s", user,
	               user[0] != '\0' && place[0] != '\0' ? ", " : "", place);
	return out;
}
