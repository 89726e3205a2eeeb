/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process of a config.json. Source: runtime-spec config.md, "Process". */
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>

#include "plan/plan_steps.h"
#include "spec/spec_oci.h"

static const char *or_empty(const char *origin)
{
	return origin != NULL ? origin : "";
}

static bool has_variable(const struct plan *plan, const char *prefix)
{
	for (const char *const *entry = plan->envp; *entry != NULL; entry++) {
		if (strncmp(*entry, prefix, strlen(prefix)) == 0)
			return true;
	}
	return false;
}

/* More of the environment than was asked for: what tells of descriptors and sockets. */
static int add_environment(struct planner *planner, struct error *err)
{
	const struct plan_request *request = planner->request;
	struct plan *plan = planner->plan;
	const size_t count = planner->spec->env.count;
	const char **envp = planner_array(planner, count + 4, sizeof(*envp), err);
	size_t used = count;

	if (envp == NULL)
		return -1;
	memcpy(envp, plan->envp, count * sizeof(*envp));
	if (request->listen_fd_count > 0) {
		envp[used++] =
			planner_text(planner, err, "LISTEN_FDS=%zu", request->listen_fd_count);
		envp[used++] = "LISTEN_PID=1";
	}
	if (request->notify_folder != NULL)
		envp[used++] = "NOTIFY_SOCKET=/run/notify/notify.sock";
	plan->envp = envp;
	plan->envp_count = used;
	plan->finds_home = !has_variable(plan, "HOME=");
	return request->listen_fd_count > 0 && envp[count] == NULL ? -1 : 0;
}

static bool has_own_users(const struct spec_oci *oci)
{
	for (size_t i = 0; i < oci->namespace_count; i++) {
		if (oci->namespaces[i].kind == CLONE_NEWUSER)
			return true;
	}
	return false;
}

/* All of a new user namespace's are there; outside, nobody can hand on what he lacks. */
static int plan_capabilities(struct planner *planner, struct error *err)
{
	const struct spec_oci_capabilities *asked = &planner->spec->oci->capabilities;
	capability_set (*const allowed)(capability_set set) =
		has_own_users(planner->spec->oci) ? capability_known : capability_available;
	struct capability_sets *sets = planner_array(planner, 1, sizeof(*sets), err);

	if (sets == NULL)
		return -1;
	sets->bounding = allowed(asked->bounding);
	sets->permitted = allowed(asked->permitted);
	sets->effective = allowed(asked->effective) & sets->permitted;
	sets->inheritable = allowed(asked->inheritable);
	sets->ambient = allowed(asked->ambient) & sets->permitted & sets->inheritable;
	planner->plan->capability_sets = sets;
	planner->plan->no_new_privs = planner->spec->no_new_privs;
	return 0;
}

static int plan_policy(struct planner *planner, struct scheduling *out, struct error *err)
{
	const struct spec_oci *oci = planner->spec->oci;

	if (!oci->scheduler_policy.is_set)
		return 0;
	out->has_policy = true;
	out->policy = (uint32_t)oci->scheduler_policy.value;
	out->flags = oci->scheduler_flags;
	out->nice = (int32_t)oci->scheduler_nice.value;
	out->priority = (uint32_t)oci->scheduler_priority.value;
	out->runtime = (uint64_t)oci->scheduler_runtime.value;
	out->deadline = (uint64_t)oci->scheduler_deadline.value;
	out->period = (uint64_t)oci->scheduler_period.value;
	out->policy_origin = planner_copy(planner, or_empty(oci->scheduler_policy.origin), err);
	return out->policy_origin == NULL ? -1 : 0;
}

static int plan_memory_policy(struct planner *planner, struct scheduling *out, struct error *err)
{
	const struct spec_oci *oci = planner->spec->oci;

	if (!oci->memory_policy_mode.is_set)
		return 0;
	out->has_memory_policy = true;
	out->memory_mode = (int)oci->memory_policy_mode.value | (int)oci->memory_policy_flags;
	out->memory_nodes = planner_copy(planner, or_empty(oci->memory_policy_nodes.value), err);
	out->memory_origin = planner_copy(planner, or_empty(oci->memory_policy_mode.origin), err);
	return out->memory_nodes == NULL || out->memory_origin == NULL ? -1 : 0;
}

static int copy_processors(struct planner *planner, const struct spec_text *asked, const char **out,
                           const char **out_origin, struct error *err)
{
	if (asked->value == NULL)
		return 0;
	*out = planner_copy(planner, asked->value, err);
	*out_origin = planner_copy(planner, or_empty(asked->origin), err);
	return *out == NULL || *out_origin == NULL ? -1 : 0;
}

/* Of a process that joins only. */
static int plan_processors(struct planner *planner, struct scheduling *out, struct error *err)
{
	const struct spec_oci *oci = planner->spec->oci;
	struct plan *plan = planner->plan;

	if (!planner->request->joins_container)
		return 0;
	if (copy_processors(planner, &oci->exec_cpu_affinity_initial, &plan->launcher_cpus,
	                    &plan->launcher_cpus_origin, err) < 0)
		return -1;
	return copy_processors(planner, &oci->exec_cpu_affinity_final, &out->cpus,
	                       &out->cpus_origin, err);
}

static int plan_scheduling(struct planner *planner, struct error *err)
{
	const struct spec_oci *oci = planner->spec->oci;
	struct scheduling *out = &planner->plan->scheduling;

	if (oci->io_priority_class.is_set) {
		out->has_io_priority = true;
		out->io_class = (int)oci->io_priority_class.value;
		out->io_level = (int)oci->io_priority.value;
		out->io_origin =
			planner_copy(planner, or_empty(oci->io_priority_class.origin), err);
		if (out->io_origin == NULL)
			return -1;
	}
	if (oci->personality.is_set) {
		out->has_personality = true;
		out->personality = (unsigned long)oci->personality.value;
		out->personality_origin =
			planner_copy(planner, or_empty(oci->personality.origin), err);
		if (out->personality_origin == NULL)
			return -1;
	}
	if (plan_policy(planner, out, err) < 0 || plan_memory_policy(planner, out, err) < 0)
		return -1;
	return plan_processors(planner, out, err);
}

static void plan_console(struct planner *planner)
{
	const struct spec_oci *oci = planner->spec->oci;

	planner->plan->console_rows = oci->console_rows;
	planner->plan->console_columns = oci->console_columns;
}

static void plan_oom_score(struct planner *planner)
{
	const struct spec_number *asked = &planner->spec->oci->oom_score_adj;

	planner->plan->has_oom_score = asked->is_set;
	planner->plan->oom_score = (int)asked->value;
}

static int plan_listener(struct planner *planner, struct error *err)
{
	const struct spec_oci_seccomp_listener *asked = &planner->spec->oci->seccomp_listener;
	struct plan_listener *listener = &planner->plan->seccomp_listener;

	if (asked->path == NULL)
		return 0;
	listener->path = planner_copy(planner, asked->path, err);
	if (asked->metadata != NULL)
		listener->metadata = planner_copy(planner, asked->metadata, err);
	return err->kind == ERROR_NONE ? 0 : -1;
}

int plan_oci_process(struct planner *planner, struct error *err)
{
	planner->plan->seccomp_flags = planner->spec->oci->seccomp_flags;
	plan_console(planner);
	plan_oom_score(planner);
	if (planner->spec->args.count == 0) {
		(void)error_set(err, ERROR_SPEC, "no program is named");
		return error_at(err, "/process/args");
	}
	if (plan_command(planner, err) < 0 || add_environment(planner, err) < 0 ||
	    plan_rlimits(planner, err) < 0 || plan_capabilities(planner, err) < 0)
		return -1;
	if (!planner->request->joins_container && plan_sysctls(planner, err) < 0)
		return -1;
	if (plan_listener(planner, err) < 0)
		return -1;
	return plan_scheduling(planner, err);
}
