/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program itself: what it is called with, and what it may do and use. */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "plan/plan_steps.h"

static const char *find_path_variable(const struct spec *spec)
{
	static const char prefix[] = "PATH=";

	for (size_t i = 0; i < spec->env.count; i++) {
		if (strncmp(spec->env.items[i].value, prefix, strlen(prefix)) == 0)
			return spec->env.items[i].value + strlen(prefix);
	}
	return "";
}

/* An entry that is empty or relative means the working directory; nothing is sought there. */
static const char *const *paths_of_variable(struct planner *planner, const char *program,
                                            struct error *err)
{
	const char *rest = find_path_variable(planner->spec);
	size_t count = 1;
	const char **paths;

	for (const char *colon = rest; (colon = strchr(colon, ':')) != NULL; colon++)
		count++;
	paths = planner_array(planner, count + 1, sizeof(*paths), err);
	if (paths == NULL)
		return NULL;
	count = 0;
	while (*rest != '\0') {
		const int length = (int)strcspn(rest, ":");

		if (*rest == '/') {
			paths[count] = planner_text(planner, err, "%.*s/%s", length, rest, program);
			if (paths[count++] == NULL)
				return NULL;
		}
		rest += length + (rest[length] == ':');
	}
	return paths;
}

static const char *const *paths_of_program(struct planner *planner, const char *program,
                                           struct error *err)
{
	const char **paths;

	if (strchr(program, '/') == NULL)
		return paths_of_variable(planner, program, err);
	paths = planner_array(planner, 2, sizeof(*paths), err);
	if (paths == NULL)
		return NULL;
	if (program[0] == '/')
		paths[0] = planner_copy(planner, program, err);
	else
		paths[0] = planner_text(planner, err, "%s/%s", planner->plan->cwd, program);
	return paths[0] == NULL ? NULL : paths;
}

int plan_command(struct planner *planner, struct error *err)
{
	const struct spec *spec = planner->spec;
	const struct spec_text *program = &spec->args.items[0];
	struct plan *plan = planner->plan;

	plan->has_terminal = spec->has_terminal;
	plan->timeout_ms = spec->limits.timeout_ms.is_set ? spec->limits.timeout_ms.value : 0;
	plan->cwd = planner_copy(planner, spec->cwd.value != NULL ? spec->cwd.value : "/", err);
	plan->cwd_origin =
		planner_copy(planner, spec->cwd.origin != NULL ? spec->cwd.origin : "", err);
	plan->argv = planner_texts(planner, &spec->args, err);
	plan->envp = planner_texts(planner, &spec->env, err);
	plan->argv_origin = planner_copy(planner, program->origin, err);
	if (plan->cwd == NULL || plan->cwd_origin == NULL || plan->argv == NULL ||
	    plan->envp == NULL || plan->argv_origin == NULL)
		return -1;
	plan->program_paths = paths_of_program(planner, program->value, err);
	if (plan->program_paths == NULL)
		return -1;
	if (plan->program_paths[0] != NULL)
		return 0;
	(void)error_set(err, ERROR_SPEC, "cannot find %s: PATH names no directory", program->value);
	return error_at(err, "%s", program->origin);
}

static int plan_names(struct planner *planner, struct error *err)
{
	const struct spec *spec = planner->spec;
	struct plan *plan = planner->plan;

	plan->brings_up_loopback = planner_is_new(planner, CLONE_NEWNET);
	plan->forbids_nested_user_namespaces =
		!spec->may_nest_user_namespaces && planner_is_new(planner, CLONE_NEWUSER);
	if (!planner_is_new(planner, CLONE_NEWUTS))
		return 0;
	plan->hostname = planner_copy(
		planner, spec->hostname.value != NULL ? spec->hostname.value : spec->name.value,
		err);
	return plan->hostname == NULL ? -1 : 0;
}

/* An ordinary user cannot raise a hard limit. Source: setrlimit(2). */
static int check_rlimit(struct planner *planner, const struct spec_rlimit *wanted,
                        struct error *err)
{
	struct rlimit present;

	if (planner->plan->is_privileged)
		return 0;
	if (getrlimit((__rlimit_resource_t)wanted->resource, &present) < 0)
		return error_set_errno(err, "cannot read a resource limit");
	if (wanted->hard <= present.rlim_max)
		return 0;
	(void)error_set(err, ERROR_DENIED, "the limit %llu is above the host's for you, %llu",
	                (unsigned long long)wanted->hard, (unsigned long long)present.rlim_max);
	(void)error_at(err, "%s", wanted->origin);
	return error_hint(err, "lower it, or run as root");
}

int plan_rlimits(struct planner *planner, struct error *err)
{
	const struct spec_limits *limits = &planner->spec->limits;
	struct plan_rlimit *list = planner_array(planner, limits->rlimit_count, sizeof(*list), err);

	if (list == NULL)
		return -1;
	for (size_t i = 0; i < limits->rlimit_count; i++) {
		const struct spec_rlimit *wanted = &limits->rlimits[i];

		if (check_rlimit(planner, wanted, err) < 0 && planner_lacks(planner, err) < 0)
			return -1;
		list[i] = (struct plan_rlimit){ .resource = wanted->resource,
			                        .soft = wanted->soft,
			                        .hard = wanted->hard };
		list[i].origin = planner_copy(planner, wanted->origin, err);
		if (list[i].origin == NULL)
			return -1;
	}
	planner->plan->rlimits = limits->rlimit_count > 0 ? list : NULL;
	planner->plan->rlimit_count = limits->rlimit_count;
	return 0;
}

/* "net.core.somaxconn" is the file net/core/somaxconn. Source: sysctl(8). */
static const char *path_of_sysctl(struct planner *planner, const char *name, struct error *err)
{
	char *path = planner_copy(planner, name, err);

	for (char *dot = path; dot != NULL && (dot = strchr(dot, '.')) != NULL;)
		*dot = '/';
	return path;
}

int plan_sysctls(struct planner *planner, struct error *err)
{
	const struct spec *spec = planner->spec;
	struct plan_sysctl *list = planner_array(planner, spec->sysctl_count, sizeof(*list), err);

	if (list == NULL)
		return -1;
	for (size_t i = 0; i < spec->sysctl_count; i++) {
		list[i].path = path_of_sysctl(planner, spec->sysctls[i].name, err);
		list[i].value = planner_copy(planner, spec->sysctls[i].value, err);
		list[i].origin = planner_copy(planner, spec->sysctls[i].origin, err);
		if (list[i].path == NULL || list[i].value == NULL || list[i].origin == NULL)
			return -1;
	}
	planner->plan->sysctls = spec->sysctl_count > 0 ? list : NULL;
	planner->plan->sysctl_count = spec->sysctl_count;
	return 0;
}

/* The running kernel may be older than the capability. Source: prctl(2), PR_CAPBSET_READ. */
static int check_capability(const struct spec *spec, unsigned int number, struct error *err)
{
	const char *name = capability_name(number);

	if (prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0 || errno != EINVAL)
		return 0;
	(void)error_set(err, ERROR_HOST, "this kernel does not know %s",
	                name == NULL ? "the capability" : name);
	return error_at(err, "%s", spec->capabilities_origin);
}

static int plan_rights(struct planner *planner, struct error *err)
{
	const struct spec *spec = planner->spec;
	capability_set rest = spec->capabilities;

	planner->plan->capabilities = spec->capabilities;
	planner->plan->no_new_privs = spec->no_new_privs;
	for (unsigned int number = 0; rest != 0; number++, rest >>= 1) {
		if ((rest & 1) != 0 && check_capability(spec, number, err) < 0 &&
		    planner_lacks(planner, err) < 0)
			return -1;
	}
	return 0;
}

int plan_process(struct planner *planner, struct error *err)
{
	if (plan_command(planner, err) < 0 || plan_names(planner, err) < 0)
		return -1;
	if (plan_rlimits(planner, err) < 0 || plan_sysctls(planner, err) < 0)
		return -1;
	return plan_rights(planner, err);
}
