/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sandbox/intermediate.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "sandbox/sync.h"

bool intermediate_is_needed(const struct plan *plan)
{
	return plan->joins_container || plan->join_count > 0 || plan->time_offset_count > 0;
}

static noreturn void report_and_exit(int sync_fd, const struct error *cause)
{
	const struct message failed = { .type = MESSAGE_FAILED, .fd = -1, .error = *cause };
	struct error ignored = { .kind = ERROR_NONE };

	(void)!sync_send(sync_fd, &failed, &ignored);
	_exit(EXIT_FAILURE);
}

void intermediate_run(const struct plan *plan, struct sandbox *sandbox, uint64_t flags)
{
	struct message cloned = { .type = MESSAGE_CLONED, .fd = -1 };
	struct error err = { .kind = ERROR_NONE };
	pid_t init = -1;

	(void)umask(0);
	process_reset_signals();
	if (stages_run(plan->joins_container ? &join_stages : &intermediate_stages, plan, sandbox,
	               &err) == 0) {
		init = plan->joins_container
		               ? process_clone_sibling(&cloned.fd, &err)
		               : process_clone(flags | CLONE_PARENT, -1, &cloned.fd, &err);
		if (init < 0)
			(void)snprintf(err.stage, sizeof(err.stage), "namespaces");
	}
	if (init == 0)
		return;
	if (init < 0 || sync_send(sandbox->sync_fd, &cloned, &err) < 0)
		report_and_exit(sandbox->sync_fd, &err);
	_exit(EXIT_SUCCESS);
}

/* Before: join-namespaces, whose members must find nothing of the host's here (CVE-2016-9962). */
int apply_hide(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	if (process_hide(err) < 0)
		return -1;
	return stages_let_go(plan, sandbox, err);
}

bool wants_time_offsets(const struct plan *plan)
{
	return plan->time_offset_count > 0;
}

/*
 * Before: join-namespaces, for the host's /proc is in view; and the first child, after which they
 * cannot be set any more. Source: time_namespaces(7).
 */
int apply_time_offsets(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	AUTO_CLOSE int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[40];
	char line[96];

	if (proc_fd < 0)
		return error_set_errno(err, "cannot open /proc");
	if (procfs_verify(proc_fd, err) < 0 || namespace_unshare(CLONE_NEWTIME, err) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%d/timens_offsets", getpid());
	for (size_t i = 0; i < plan->time_offset_count; i++) {
		const struct plan_time_offset *offset = &plan->time_offsets[i];

		(void)snprintf(line, sizeof(line), "%s %lld %u\n", offset->clock,
		               (long long)offset->seconds, offset->nanoseconds);
		if (procfs_write(proc_fd, path, line, err) < 0)
			return error_at(err, "%s", offset->origin);
	}
	return 0;
}

bool wants_join_namespaces(const struct plan *plan)
{
	return plan->join_count > 0;
}

/*
 * Join all that can be; the user namespace when @with_users. What its owner alone may join is left
 * for after it. Returns how many are left.
 */
static int join_round(const struct plan *plan, struct sandbox *sandbox, bool with_users,
                      struct error *err)
{
	int left = 0;

	for (size_t i = 0; i < plan->join_count; i++) {
		const struct plan_join *join = &plan->joins[i];
		struct error refused = { .kind = ERROR_NONE };

		if (sandbox->join_fds[i] < 0)
			continue;
		if (join->kind == CLONE_NEWUSER && !with_users) {
			left++;
			continue;
		}
		if (namespace_join(sandbox->join_fds[i], join->kind, join->path, &refused) == 0) {
			cleanup_close(&sandbox->join_fds[i]);
			sandbox->join_fds[i] = -1;
			continue;
		}
		left++;
		*err = refused;
		(void)error_at(err, "%s", join->origin);
	}
	return left;
}

static int become_root(struct error *err)
{
	if (process_become_alone(0, 0, err) < 0)
		return -1;
	return process_hide(err);
}

static bool joins_users(const struct plan *plan)
{
	for (size_t i = 0; i < plan->join_count; i++) {
		if (plan->joins[i].kind == CLONE_NEWUSER)
			return true;
	}
	return false;
}

/*
 * First with the rights that the launcher has, then with those in the user namespace that is
 * joined. Source: setns(2), user_namespaces(7).
 */
int apply_join_namespaces(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	struct error first = { .kind = ERROR_NONE };
	int left = join_round(plan, sandbox, false, &first);

	if (left > 0 && joins_users(plan)) {
		struct error second = { .kind = ERROR_NONE };

		first = second;
		left = join_round(plan, sandbox, true, &first);
		/* Those that came before it in the list, and needed it. */
		if (left > 0) {
			first = second;
			left = join_round(plan, sandbox, true, &first);
		}
		if (left == 0)
			return become_root(err);
	}
	if (left == 0)
		return 0;
	*err = first;
	return -1;
}

/*
 * A proc that no process of the container has touched (CVE-2019-16884), and that shows this
 * process, which the container's does not.
 */
static int keep_proc(struct sandbox *sandbox, struct error *err)
{
	sandbox->proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (sandbox->proc_fd < 0)
		return error_set_errno(err, "cannot open /proc");
	return procfs_verify(sandbox->proc_fd, err);
}

/*
 * All at once, so that rights are judged as a whole. Before: apparmor, home, which need what is
 * kept here. Source: setns(2), Linux 5.8.
 */
int apply_join_container(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	if ((plan->apparmor_profile != NULL || plan->finds_home) && keep_proc(sandbox, err) < 0)
		return -1;
	if (namespace_join(sandbox->target_fd, sandbox->target_namespaces, "the container", err) <
	    0)
		return -1;
	return (sandbox->target_namespaces & CLONE_NEWUSER) != 0 ? become_root(err) : 0;
}
