/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is planned for a process that joins a container, and for no other. */
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "kernel/process.h"
#include "kernel/seccomp.h"
#include "plan/plan_steps.h"
#include "spec/spec_oci.h"

#define CAPABILITY_TO_TRACE (UINT64_C(1) << CAP_SYS_PTRACE)

/* What hardrun does between a filter that is loaded early and the program, or to give up there. */
static const struct {
	int number;
	const char *name;
	uint64_t args[2];
} needed_calls[] = {
	{ SYS_capset, "capset", { 0 } },
	{ SYS_clone, "clone", { PROCESS_SIBLING_FLAGS } },
	{ SYS_close, "close", { 0 } },
	{ SYS_execve, "execve", { 0 } },
	{ SYS_exit_group, "exit_group", { 0 } },
	{ SYS_ioctl, "ioctl", { 0, TIOCSCTTY } },
	{ SYS_prctl, "prctl", { PR_SET_NAME } },
	{ SYS_prlimit64, "prlimit64", { 0 } },
	{ SYS_recvmsg, "recvmsg", { 0 } },
	{ SYS_rt_sigprocmask, "rt_sigprocmask", { SIG_SETMASK } },
	{ SYS_sendmsg, "sendmsg", { 0 } },
	{ SYS_setsid, "setsid", { 0 } },
};

/* The first of what is needed and forbidden by @filter; NULL: nothing is. */
static const char *find_forbidden(const struct sock_fprog *filter)
{
	for (size_t i = 0; i < ARRAY_LEN(needed_calls); i++) {
		const struct seccomp_data call = {
			.nr = needed_calls[i].number,
			.arch = SECCOMP_NATIVE_ARCH,
			.args = { needed_calls[i].args[0], needed_calls[i].args[1] },
		};

		if (!seccomp_filter_admits(filter, &call))
			return needed_calls[i].name;
	}
	return NULL;
}

/* Its own is new: one that it was given the path of may be that of those who run it. */
static bool has_own_users(const struct spec_oci *oci)
{
	for (size_t i = 0; i < oci->namespace_count; i++) {
		if (oci->namespaces[i].kind == CLONE_NEWUSER && oci->namespaces[i].path == NULL)
			return true;
	}
	return false;
}

static int refuse(const char *forbidden, struct error *err)
{
	if (forbidden != NULL)
		(void)error_set(
			err, ERROR_SPEC,
			"the seccomp filter forbids %s, so it can be loaded only by a process "
			"that those of the container, which may trace others, could take over",
			forbidden);
	else
		(void)error_set(err, ERROR_SPEC,
		                "a seccomp filter with a listener can be loaded only by a process "
		                "that those of the container, which may trace others, could take "
		                "over");
	(void)error_hint(err, "exec --no-new-privs, or a container without CAP_SYS_PTRACE%s%s",
	                 forbidden != NULL ? ", or a filter that allows " : "",
	                 forbidden != NULL ? forbidden : "");
	return error_at(err, "/linux/seccomp");
}

/*
 * Without no_new_privs, loading a filter takes CAP_SYS_ADMIN. Where the container's user namespace
 * is the host's, who holds CAP_SYS_PTRACE in it could take over the process that has that right:
 * so it is used before there is one to be seen, where the filter allows what is left to do.
 * Source: ptrace(2), "Ptrace access mode checking"; seccomp(2).
 */
int plan_oci_joining(struct planner *planner, struct error *err)
{
	const struct spec_oci *oci = planner->spec->oci;
	struct plan *plan = planner->plan;
	const char *forbidden;

	if (!plan->joins_container || plan->seccomp.len == 0 || plan->no_new_privs ||
	    has_own_users(oci))
		return 0;
	forbidden = find_forbidden(&plan->seccomp);
	plan->loads_filter_early = forbidden == NULL && plan->seccomp_listener.path == NULL;
	if (plan->loads_filter_early ||
	    ((plan->capability_sets->bounding & CAPABILITY_TO_TRACE) == 0 &&
	     !oci->members_may_trace))
		return 0;
	return refuse(forbidden, err);
}
