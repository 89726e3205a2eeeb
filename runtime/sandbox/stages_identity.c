/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who the program is, and what it may ask of the kernel. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/apparmor.h"
#include "kernel/capability.h"
#include "kernel/landlock.h"
#include "kernel/network.h"
#include "kernel/process.h"
#include "kernel/seccomp.h"
#include "sandbox/stages.h"
#include "sandbox/sync.h"

bool wants_user_mapping(const struct plan *plan)
{
	return (plan->clone_flags & CLONE_NEWUSER) != 0;
}

/*
 * Wait until the ids are mapped, and become root of the user namespace. What does not need
 * ids goes on meanwhile, in the stages before.
 * Before: mounts, whose files could not be owned.
 */
int apply_user_mapping(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	if (sync_await(sandbox->sync_fd, err) < 0)
		return -1;
	if (plan->denies_setgroups)
		return process_become_alone(0, 0, err);
	if (process_become(0, 0, NULL, 0, err) < 0)
		return -1;
	return plan->is_container ? 0 : process_die_with_parent(err);
}

static size_t add_fds(int *all, size_t used, const int *fds, size_t count)
{
	if (fds == NULL)
		return used;
	memcpy(all + used, fds, count * sizeof(*fds));
	return used + count;
}

int stages_let_go(const struct plan *plan, const struct sandbox *sandbox, struct error *err)
{
	const int single[] = { sandbox->sync_fd,     sandbox->root_fd,   sandbox->proc_fd,
		               sandbox->devpts_fd,   sandbox->target_fd, sandbox->listen_fd,
		               sandbox->terminal_fd, sandbox->state_fd,  sandbox->target_root_fd };
	AUTO_FREE int *kept =
		calloc(ARRAY_LEN(single) + plan->node_count + plan->secret_count + plan->join_count,
	               sizeof(*kept));
	size_t count = 0;

	if (kept == NULL)
		return error_set_errno(err, "cannot tell descriptors apart");
	count = add_fds(kept, count, single, ARRAY_LEN(single));
	count = add_fds(kept, count, sandbox->node_fds, plan->node_count);
	count = add_fds(kept, count, sandbox->secret_fds, plan->secret_count);
	count = add_fds(kept, count, sandbox->join_fds, plan->join_count);
	return process_close_all_but(STDERR_FILENO + 1 + (int)plan->kept_fd_count, kept, count,
	                             err);
}

/*
 * Leave the caller's session, keyring and reach.
 * After: user-mapping: newuidmap(1) looks for its caller in the owner of the process, which
 * hiding changes; and the keyring is to be charged to the container's user.
 */
int apply_session(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	if (process_hide(err) < 0 || (plan->is_container && stages_let_go(plan, sandbox, err) < 0))
		return -1;
	return plan->keeps_keyring ? process_lead_session(err) : process_start_session(err);
}

bool wants_keyring(const struct plan *plan)
{
	return !plan->keeps_keyring;
}

/* As session. Here it waits for the user namespace that is joined; the clone inherits it. */
int apply_keyring(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	return process_start_keyring(err);
}

/* Whose leader no other process can be. Before: exec. */
int apply_joined_session(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	return process_lead_session(err);
}

bool wants_hostname(const struct plan *plan)
{
	return plan->hostname != NULL;
}

/* Before: capabilities; it needs CAP_SYS_ADMIN over the UTS namespace. */
int apply_hostname(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	return process_set_hostname(plan->hostname, err);
}

bool wants_domainname(const struct plan *plan)
{
	return plan->domainname != NULL;
}

/* As hostname. */
int apply_domainname(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	return process_set_domainname(plan->domainname, err);
}

bool wants_network(const struct plan *plan)
{
	return plan->brings_up_loopback;
}

/* Before: capabilities; it needs CAP_NET_ADMIN over the network namespace. */
int apply_network(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	return network_bring_up_loopback(err);
}

/* With ids to be mapped it was waited for both. */
bool wants_net_devices(const struct plan *plan)
{
	return plan->net_device_count > 0 && !wants_user_mapping(plan);
}

/*
 * Wait until the launcher has moved the network devices.
 * Before: session, after which only few may look at the process's namespaces; sysctls and hooks,
 * which may be about the devices.
 */
int apply_net_devices(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	return sync_await(sandbox->sync_fd, err);
}

bool wants_apparmor(const struct plan *plan)
{
	return plan->apparmor_profile != NULL;
}

/*
 * Ask for the label that the program's exec puts on it; the launcher reads it back.
 * After: mounts, for a proc that is one. Before: read-only-paths, which close it; no-new-privs,
 * which restricts transitions.
 */
int apply_apparmor(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	return apparmor_change_on_exec(sandbox->proc_fd, plan->apparmor_profile, err);
}

bool wants_no_new_privs(const struct plan *plan)
{
	return plan->no_new_privs;
}

/*
 * Give up every way to gain privileges by execve(2), for good.
 * Before: landlock and exec, whose restrictions an unprivileged process may take on only
 * after this.
 * Source: prctl(2), PR_SET_NO_NEW_PRIVS.
 */
int apply_no_new_privs(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	return process_forgo_new_privileges(err);
}

bool wants_landlock(const struct plan *plan)
{
	return plan->landlock.abi > 0;
}

/*
 * After: pivot-root, so that the paths are the container's own; everything that mounts, which
 * Landlock forbids; console, whose terminal is standard output. Before: capabilities, because
 * without no_new_privs it needs CAP_SYS_ADMIN.
 * Source: landlock(7).
 */
int apply_landlock(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	const struct plan_landlock *landlock = &plan->landlock;
	const struct landlock_ruleset ruleset = { landlock->handled_fs, landlock->handled_net,
		                                  landlock->scoped };
	AUTO_CLOSE int ruleset_fd = landlock_make(&ruleset, err);

	if (ruleset_fd < 0)
		return -1;
	for (size_t i = 0; i < landlock->rule_count; i++) {
		if (landlock_allow_path(ruleset_fd, landlock->rules[i].path,
		                        landlock->rules[i].access, plan->is_container, err) < 0)
			return -1;
	}
	if (landlock_allow_stdio(ruleset_fd, landlock->handled_fs, err) < 0)
		return -1;
	return landlock_restrict(ruleset_fd, landlock->abi, err);
}

/*
 * After: everything that writes files or opens many, which they could forbid. To raise a soft limit
 * beyond its hard one, the launcher has raised that.
 */
int apply_limits(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	for (size_t i = 0; i < plan->rlimit_count; i++) {
		const struct plan_rlimit *limit = &plan->rlimits[i];

		if (process_set_rlimit(limit->resource, limit->soft, limit->hard, err) < 0)
			return error_at(err, "%s", limit->origin);
	}
	return 0;
}

bool wants_scheduling(const struct plan *plan)
{
	return scheduling_is_asked(&plan->scheduling);
}

/* Before: capabilities; most of it needs CAP_SYS_NICE. */
int apply_scheduling(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	return scheduling_apply(&plan->scheduling, err);
}

/* What no clone inherits, the launcher sets. Before: capabilities, as scheduling. */
int apply_join_scheduling(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	if (scheduling_is_inherited(&plan->scheduling))
		return scheduling_apply(&plan->scheduling, err);
	return scheduling_apply_rest(&plan->scheduling, err);
}

bool wants_streams(const struct plan *plan)
{
	return plan->is_container && !plan->has_terminal;
}

/* Before: user, who could not open /dev/stdout and its like again. */
int apply_streams(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	process_give_streams(plan->inner_uid);
	return 0;
}

/*
 * Before: user, so that the change of ids neither takes nor gives capabilities.
 * Source: capabilities(7), "The securebits flags".
 */
int apply_bounding_set(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	if (plan->capability_sets != NULL)
		return capability_bound(plan->capability_sets->bounding, err);
	return capability_lock(plan->capabilities, err);
}

/* After: all that needs root of the namespace. Before: capabilities: it needs CAP_SETUID. */
int apply_user(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	const int result =
		plan->denies_setgroups
			? process_become_alone(plan->inner_uid, plan->inner_gid, err)
			: process_become(plan->inner_uid, plan->inner_gid, plan->additional_gids,
	                                 plan->additional_gid_count, err);

	/* The change of ids made it visible where fs.suid_dumpable says so, and undid the tie. */
	if (result < 0 || process_hide(err) < 0)
		return -1;
	return plan->is_container ? 0 : process_die_with_parent(err);
}

bool wants_early_seccomp(const struct plan *plan)
{
	return plan->seccomp.len > 0 && !plan->no_new_privs && !plan->is_container;
}

/*
 * A filter for a program that may gain privileges needs CAP_SYS_ADMIN. Before: capabilities.
 * After: all that the filter might forbid, as far as that can be.
 * Source: seccomp(2), SECCOMP_SET_MODE_FILTER.
 */
int apply_early_seccomp(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	return seccomp_filter_load(&plan->seccomp, err);
}

bool wants_join_seccomp(const struct plan *plan)
{
	return plan->loads_filter_early;
}

/*
 * The filter of a process that joins and may gain privileges: loading it takes the right to
 * administer the host, which no process that the container sees may have. The plan has seen that
 * it forbids nothing of what is left to do. After: all but that.
 */
int apply_join_seccomp(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	if (seccomp_filter_load_flagged(&plan->seccomp, plan->seccomp_flags, err) < 0)
		return -1;
	return capability_reduce(plan->capability_sets, err);
}

/*
 * After: everything that needs one. The right to load a filter is kept for exec where that needs
 * it.
 */
int apply_capabilities(const struct plan *plan, struct sandbox *sandbox, struct error *err)
{
	if (plan->capability_sets != NULL) {
		struct capability_sets sets = *plan->capability_sets;

		if (plan->seccomp.len > 0 && !plan->no_new_privs) {
			sets.permitted |= CAPABILITY_TO_FILTER;
			sets.effective |= CAPABILITY_TO_FILTER;
		}
		return capability_assume(&sets, err);
	}
	return capability_keep(plan->capabilities, err);
}
