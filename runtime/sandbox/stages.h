/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stage is one step of confinement, taken by the init. The table lists them in the order in
 * which they run; that order is the security argument. A stage decides nothing: all is planned.
 */
#ifndef HARDRUN_SANDBOX_STAGES_H
#define HARDRUN_SANDBOX_STAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "plan/plan.h"

/* What the stages share. Descriptors are -1 until there is one. */
struct sandbox {
	int sync_fd;           /* to the launcher */
	int *node_fds;         /* one for each node of the plan: of its mount, or of its source */
	const int *secret_fds; /* one for each secret of the plan, opened by the launcher */
	int root_fd;           /* the container's root */
	int proc_fd;           /* the procfs of the container's root */
	int devpts_fd;
	int terminal_fd; /* the master's end */
	pid_t program;   /* 0 until it has been started */
	int listen_fd;   /* where the start is waited for, if the plan says so */
	int state_fd;    /* the container's state, for hooks */

	char home[512]; /* "HOME=..."; "": as the plan has it */

	/* Of the intermediate. */
	int *join_fds; /* one for each join of the plan */
	int target_fd; /* pidfd of a process of the container that is joined, and what to join */
	uint64_t target_namespaces;
	int target_root_fd;    /* of a container that shares its mount namespace with us */
	bool has_intermediate; /* which speaks first */
};

struct stage {
	const char *name;                           /* in errors, in ps(1) and in check */
	bool (*is_wanted)(const struct plan *plan); /* NULL: always */
	int (*apply)(const struct plan *plan, struct sandbox *sandbox, struct error *err);
};

struct stage_list {
	const struct stage *stages;
	size_t count;
};

extern const struct stage_list intermediate_stages;
extern const struct stage_list init_stages;

/*
 * Of a process in a container that is there. What needs a right that the container may not have is
 * done in the intermediate, which is not in the container's PID namespace: a member of it that may
 * trace others finds nobody who can do more than the process that is to be run.
 */
extern const struct stage_list join_stages;   /* in the intermediate */
extern const struct stage_list joined_stages; /* in what it clones */

/* Run @list in order. Stops at the first failure, which carries the name of the stage. */
MUST_CHECK int stages_run(const struct stage_list *list, const struct plan *plan,
                          struct sandbox *sandbox, struct error *err);

/* Which stage of @list has @name, or begins with it as far as a process name goes; or NULL. */
const struct stage *stages_find(const struct stage_list *list, const char *name);

/*
 * Close what was open in the launcher and is not for the stages or the program, such as the
 * directory of the container's state: a member of the container that may look into others finds
 * no way to the host here. Part of hide and session. Source: CVE-2016-9962.
 */
MUST_CHECK int stages_let_go(const struct plan *plan, const struct sandbox *sandbox,
                             struct error *err);

/* intermediate.c */
MUST_CHECK int apply_hide(const struct plan *plan, struct sandbox *sandbox, struct error *err);
bool wants_time_offsets(const struct plan *plan);
MUST_CHECK int apply_time_offsets(const struct plan *plan, struct sandbox *sandbox,
                                  struct error *err);
bool wants_join_namespaces(const struct plan *plan);
MUST_CHECK int apply_join_namespaces(const struct plan *plan, struct sandbox *sandbox,
                                     struct error *err);
MUST_CHECK int apply_join_container(const struct plan *plan, struct sandbox *sandbox,
                                    struct error *err);

/* stages_filesystem.c and stages_mounts.c */
bool wants_sources(const struct plan *plan);
MUST_CHECK int apply_sources(const struct plan *plan, struct sandbox *sandbox, struct error *err);
bool wants_propagation(const struct plan *plan);
MUST_CHECK int apply_propagation(const struct plan *plan, struct sandbox *sandbox,
                                 struct error *err);
MUST_CHECK int apply_mounts(const struct plan *plan, struct sandbox *sandbox, struct error *err);
MUST_CHECK int apply_inside(const struct plan *plan, struct sandbox *sandbox, struct error *err);
bool wants_cwd(const struct plan *plan);
MUST_CHECK int apply_cwd(const struct plan *plan, struct sandbox *sandbox, struct error *err);
bool wants_home(const struct plan *plan);
MUST_CHECK int apply_home(const struct plan *plan, struct sandbox *sandbox, struct error *err);
bool wants_root_propagation(const struct plan *plan);
MUST_CHECK int apply_root_propagation(const struct plan *plan, struct sandbox *sandbox,
                                      struct error *err);
bool wants_secrets(const struct plan *plan);
MUST_CHECK int apply_secrets(const struct plan *plan, struct sandbox *sandbox, struct error *err);
bool wants_sysctls(const struct plan *plan);
MUST_CHECK int apply_sysctls(const struct plan *plan, struct sandbox *sandbox, struct error *err);
MUST_CHECK int apply_masked_paths(const struct plan *plan, struct sandbox *sandbox,
                                  struct error *err);
MUST_CHECK int apply_read_only_paths(const struct plan *plan, struct sandbox *sandbox,
                                     struct error *err);
MUST_CHECK int apply_pivot_root(const struct plan *plan, struct sandbox *sandbox,
                                struct error *err);

/* stages_identity.c */
bool wants_user_mapping(const struct plan *plan);
MUST_CHECK int apply_user_mapping(const struct plan *plan, struct sandbox *sandbox,
                                  struct error *err);
MUST_CHECK int apply_session(const struct plan *plan, struct sandbox *sandbox, struct error *err);
bool wants_keyring(const struct plan *plan);
MUST_CHECK int apply_keyring(const struct plan *plan, struct sandbox *sandbox, struct error *err);
MUST_CHECK int apply_joined_session(const struct plan *plan, struct sandbox *sandbox,
                                    struct error *err);
bool wants_hostname(const struct plan *plan);
MUST_CHECK int apply_hostname(const struct plan *plan, struct sandbox *sandbox, struct error *err);
bool wants_domainname(const struct plan *plan);
MUST_CHECK int apply_domainname(const struct plan *plan, struct sandbox *sandbox,
                                struct error *err);
bool wants_network(const struct plan *plan);
MUST_CHECK int apply_network(const struct plan *plan, struct sandbox *sandbox, struct error *err);
bool wants_net_devices(const struct plan *plan);
MUST_CHECK int apply_net_devices(const struct plan *plan, struct sandbox *sandbox,
                                 struct error *err);
bool wants_apparmor(const struct plan *plan);
MUST_CHECK int apply_apparmor(const struct plan *plan, struct sandbox *sandbox, struct error *err);
bool wants_no_new_privs(const struct plan *plan);
MUST_CHECK int apply_no_new_privs(const struct plan *plan, struct sandbox *sandbox,
                                  struct error *err);
bool wants_landlock(const struct plan *plan);
MUST_CHECK int apply_landlock(const struct plan *plan, struct sandbox *sandbox, struct error *err);
MUST_CHECK int apply_limits(const struct plan *plan, struct sandbox *sandbox, struct error *err);
bool wants_scheduling(const struct plan *plan);
MUST_CHECK int apply_scheduling(const struct plan *plan, struct sandbox *sandbox,
                                struct error *err);
MUST_CHECK int apply_join_scheduling(const struct plan *plan, struct sandbox *sandbox,
                                     struct error *err);
bool wants_streams(const struct plan *plan);
MUST_CHECK int apply_streams(const struct plan *plan, struct sandbox *sandbox, struct error *err);
MUST_CHECK int apply_bounding_set(const struct plan *plan, struct sandbox *sandbox,
                                  struct error *err);
MUST_CHECK int apply_user(const struct plan *plan, struct sandbox *sandbox, struct error *err);
bool wants_early_seccomp(const struct plan *plan);
MUST_CHECK int apply_early_seccomp(const struct plan *plan, struct sandbox *sandbox,
                                   struct error *err);
bool wants_join_seccomp(const struct plan *plan);
MUST_CHECK int apply_join_seccomp(const struct plan *plan, struct sandbox *sandbox,
                                  struct error *err);
MUST_CHECK int apply_capabilities(const struct plan *plan, struct sandbox *sandbox,
                                  struct error *err);

/* stages_exec.c */
bool wants_console(const struct plan *plan);
MUST_CHECK int apply_console(const struct plan *plan, struct sandbox *sandbox, struct error *err);
MUST_CHECK int apply_umask(const struct plan *plan, struct sandbox *sandbox, struct error *err);
MUST_CHECK int apply_descriptors(const struct plan *plan, struct sandbox *sandbox,
                                 struct error *err);
MUST_CHECK int apply_join_descriptors(const struct plan *plan, struct sandbox *sandbox,
                                      struct error *err);
MUST_CHECK int apply_working_directory(const struct plan *plan, struct sandbox *sandbox,
                                       struct error *err);
bool wants_find_program(const struct plan *plan);
MUST_CHECK int apply_find_program(const struct plan *plan, struct sandbox *sandbox,
                                  struct error *err);
MUST_CHECK int apply_wait_for_start(const struct plan *plan, struct sandbox *sandbox,
                                    struct error *err);
bool wants_runtime_hooks(const struct plan *plan);
MUST_CHECK int apply_runtime_hooks(const struct plan *plan, struct sandbox *sandbox,
                                   struct error *err);
bool wants_container_hooks(const struct plan *plan);
MUST_CHECK int apply_container_hooks(const struct plan *plan, struct sandbox *sandbox,
                                     struct error *err);
bool wants_start_hooks(const struct plan *plan);
MUST_CHECK int apply_start_hooks(const struct plan *plan, struct sandbox *sandbox,
                                 struct error *err);
MUST_CHECK int apply_exec(const struct plan *plan, struct sandbox *sandbox, struct error *err);

#endif
