/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/verify.h"

#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "inspect/verify_parts.h"

#define PAUSE_NS 100000000L /* before another look */

/* In the order in which they are printed. */
static const struct {
	const char *control;
	const char *title;
	verify_check *check;
} checks[] = {
	{ "user", "user", verify_user },
	{ "groups", "groups", verify_groups },
	{ "user-namespace", "own user namespace", verify_user_namespace },
	{ "nested-user-namespaces", "no nested user namespaces", verify_nested },
	{ "no-new-privileges", "no new privileges", verify_no_new_privileges },
	{ "capabilities", "capabilities", verify_capabilities },
	{ "dangerous-capabilities", "dangerous capabilities", verify_dangerous_capabilities },
	{ "pid-namespace", "own PID namespace", verify_pid_namespace },
	{ "mount-namespace", "own mount namespace", verify_mount_namespace },
	{ "network-namespace", "own network namespace", verify_network_namespace },
	{ "ipc-namespace", "own IPC namespace", verify_ipc_namespace },
	{ "uts-namespace", "own UTS namespace", verify_uts_namespace },
	{ "cgroup-namespace", "own cgroup namespace", verify_cgroup_namespace },
	{ "time-namespace", "own time namespace", verify_time_namespace },
	{ "members", "processes", verify_members },
	{ "root", "read-only root", verify_root },
	{ "tmpfs", "sized tmpfs", verify_tmpfs },
	{ "volumes", "volumes", verify_volumes },
	{ "mounts", "no other mounts", verify_unplanned_mounts },
	{ "sensitive-mounts", "no sensitive host paths", verify_sensitive_mounts },
	{ "setuid", "no set-user-id files", verify_set_user_id },
	{ "propagation", "private mounts", verify_propagation },
	{ "masked-paths", "masked paths", verify_masked_paths },
	{ "read-only-paths", "read-only paths", verify_read_only_paths },
	{ "devices", "devices", verify_devices },
	{ "device-filter", "device rules", verify_device_filter },
	{ "secrets", "secret files", verify_secrets },
	{ "environment", "no secrets in the environment", verify_environment },
	{ "seccomp", "seccomp", verify_seccomp },
	{ "apparmor", "AppArmor", verify_apparmor },
	{ "landlock", "Landlock", verify_landlock },
	{ "memory", "memory", verify_memory },
	{ "swap", "swap", verify_swap },
	{ "oom-group", "memory out: all together", verify_oom_group },
	{ "cpu", "processor time", verify_cpu },
	{ "pids", "processes and threads", verify_pids },
	{ "io", "input and output", verify_io },
	{ "other-limits", "other limits of the cgroup", verify_other_limits },
	{ "rlimits", "resource limits", verify_rlimits },
	{ "umask", "umask", verify_umask },
	{ "terminal", "session and terminal", verify_terminal },
	{ "keyring", "own keyring", verify_keyring },
	{ "sysctl", "sysctls", verify_sysctls },
	{ "hostname", "host name", verify_hostname },
	{ "network-devices", "network devices", verify_network_devices },
	{ "routes", "routes", verify_routes },
	{ "descriptors", "no descriptors of the host", verify_descriptors },
};

_Static_assert(ARRAY_LEN(checks) <= VERIFY_ROWS_MAX, "a report has room for all rows");

static void count_verdict(struct verify_report *report, const struct verify_row *row)
{
	report->failed += row->verdict == VERIFY_FAIL;
	report->unknown += row->verdict == VERIFY_UNKNOWN;
	report->passed += row->verdict == VERIFY_PASS;
}

static void judge(const struct verify_target *target, struct verify_report *out)
{
	*out = (struct verify_report){ .process_count = target->process_count };
	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		struct verify_row *row = &out->rows[out->row_count];

		*row = (struct verify_row){ .control = checks[i].control,
			                    .title = checks[i].title };
		checks[i].check(target, row);
		row_close(row);
		if (row->verdict == VERIFY_NOT_JUDGED)
			continue;
		count_verdict(out, row);
		out->row_count++;
	}
}

static int look(const struct verify_subject *subject, struct verify_report *out, struct error *err)
{
	CLEANUP(verify_release)
	struct verify_target target = {
		.subject = subject,
		.plan = subject->plan,
		.proc_fd = -1,
		.pidfd = -1,
		.init_fd = -1,
		.seen_fd = -1,
		.root_fd = -1,
		.cgroup_fd = -1,
	};

	if (verify_gather(&target, err) < 0)
		return -1;
	judge(&target, out);
	if (!verify_is_same(&target))
		return error_set(err, ERROR_STATE, "process %d ended while it was looked at",
		                 (int)subject->pid);
	if (out->failed + out->passed == 0)
		return error_set(err, ERROR_DENIED, "you may see nothing of process %d",
		                 (int)subject->pid);
	return 0;
}

/* Who begins or joins is confined step by step: what is found must be found twice. */
int verify(const struct verify_subject *subject, struct verify_report *out, struct error *err)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };

	if (look(subject, out, err) < 0)
		return -1;
	if (out->failed == 0)
		return 0;
	(void)nanosleep(&pause, NULL);
	return look(subject, out, err);
}
