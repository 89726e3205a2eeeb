/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sandbox/stages.h"

#include <stdio.h>
#include <string.h>

#include "kernel/process.h"

static const struct stage intermediate_table[] = {
	{ "hide", NULL, apply_hide },
	{ "time-offsets", wants_time_offsets, apply_time_offsets },
	{ "join-namespaces", wants_join_namespaces, apply_join_namespaces },
};

const struct stage_list intermediate_stages = { intermediate_table, ARRAY_LEN(intermediate_table) };

static const struct stage join_table[] = {
	{ "hide", NULL, apply_hide },
	{ "join-container", NULL, apply_join_container },
	{ "keyring", wants_keyring, apply_keyring },
	{ "inside", NULL, apply_inside },
	{ "console", wants_console, apply_console },
	{ "apparmor", wants_apparmor, apply_apparmor },
	{ "home", wants_home, apply_home },
	{ "no-new-privs", wants_no_new_privs, apply_no_new_privs },
	{ "scheduling", wants_scheduling, apply_join_scheduling },
	{ "streams", wants_streams, apply_streams },
	{ "bounding-set", NULL, apply_bounding_set },
	{ "user", NULL, apply_user },
	{ "capabilities", NULL, apply_capabilities },
	{ "umask", NULL, apply_umask },
	{ "descriptors", NULL, apply_join_descriptors },
	{ "working-directory", NULL, apply_working_directory },
	{ "early-seccomp", wants_join_seccomp, apply_join_seccomp },
};

const struct stage_list join_stages = { join_table, ARRAY_LEN(join_table) };

static const struct stage joined_table[] = {
	{ "session", NULL, apply_joined_session },
	{ "limits", NULL, apply_limits },
	{ "wait-for-start", NULL, apply_wait_for_start },
	{ "exec", NULL, apply_exec },
};

const struct stage_list joined_stages = { joined_table, ARRAY_LEN(joined_table) };

/* Source of the order: each stage's own After and Before; tests/unit/test_stages.c. */
static const struct stage init_table[] = {
	{ "hostname", wants_hostname, apply_hostname },
	{ "domainname", wants_domainname, apply_domainname },
	{ "network", wants_network, apply_network },
	{ "sources", wants_sources, apply_sources },
	{ "user-mapping", wants_user_mapping, apply_user_mapping },
	{ "net-devices", wants_net_devices, apply_net_devices },
	{ "session", NULL, apply_session },
	{ "propagation", wants_propagation, apply_propagation },
	{ "mounts", NULL, apply_mounts },
	{ "console", wants_console, apply_console },
	{ "secrets", wants_secrets, apply_secrets },
	{ "cwd", wants_cwd, apply_cwd },
	{ "home", wants_home, apply_home },
	{ "sysctls", wants_sysctls, apply_sysctls },
	{ "runtime-hooks", wants_runtime_hooks, apply_runtime_hooks },
	{ "container-hooks", wants_container_hooks, apply_container_hooks },
	{ "apparmor", wants_apparmor, apply_apparmor },
	{ "masked-paths", NULL, apply_masked_paths },
	{ "read-only-paths", NULL, apply_read_only_paths },
	{ "pivot-root", NULL, apply_pivot_root },
	{ "root-propagation", wants_root_propagation, apply_root_propagation },
	{ "no-new-privs", wants_no_new_privs, apply_no_new_privs },
	{ "landlock", wants_landlock, apply_landlock },
	{ "scheduling", wants_scheduling, apply_scheduling },
	{ "limits", NULL, apply_limits },
	{ "streams", wants_streams, apply_streams },
	{ "bounding-set", NULL, apply_bounding_set },
	{ "user", NULL, apply_user },
	{ "early-seccomp", wants_early_seccomp, apply_early_seccomp },
	{ "capabilities", NULL, apply_capabilities },
	{ "umask", NULL, apply_umask },
	{ "descriptors", NULL, apply_descriptors },
	{ "working-directory", NULL, apply_working_directory },
	{ "find-program", wants_find_program, apply_find_program },
	{ "wait-for-start", NULL, apply_wait_for_start },
	{ "start-hooks", wants_start_hooks, apply_start_hooks },
	{ "exec", NULL, apply_exec },
};

const struct stage_list init_stages = { init_table, ARRAY_LEN(init_table) };

int stages_run(const struct stage_list *list, const struct plan *plan, struct sandbox *sandbox,
               struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct stage *stage = &list->stages[i];

		if (stage->is_wanted != NULL && !stage->is_wanted(plan))
			continue;
		process_set_name(stage->name);
		if (stage->apply(plan, sandbox, err) == 0)
			continue;
		(void)error_set(err, ERROR_INTERNAL,
		                "failed without saying why; please report this");
		(void)snprintf(err->stage, sizeof(err->stage), "%s", stage->name);
		return -1;
	}
	return 0;
}

const struct stage *stages_find(const struct stage_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strncmp(list->stages[i].name, name, PROCESS_NAME_LENGTH) == 0)
			return &list->stages[i];
	}
	return NULL;
}
