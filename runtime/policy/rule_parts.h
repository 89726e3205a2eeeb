/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the rules are made of; for the policy floor only. */
#ifndef HARDRUN_POLICY_RULE_PARTS_H
#define HARDRUN_POLICY_RULE_PARTS_H

#include "policy/rules.h"
#include "spec/spec_oci.h"

/* Fill @out and return true. An @origin that is NULL is "/". */
bool rule_found(struct rule_finding *out, const char *origin, const char *format, ...)
	PRINTF_LIKE(3, 4);

/*
 * Where @spec says @place or would say it, in its own language; of a config.json that is @pointer.
 */
const char *rule_place(const struct spec *spec, enum spec_engine_place place, const char *pointer);

typedef bool rule_find_function(const struct rule_subject *subject, size_t index,
                                struct rule_finding *out);

/* rules_process.c */
rule_find_function rule_find_privileged;
rule_find_function rule_find_dangerous_capabilities;
rule_find_function rule_find_capabilities;
rule_find_function rule_find_root_user;
rule_find_function rule_find_new_privileges;
rule_find_function rule_find_seccomp_off;
rule_find_function rule_find_apparmor_off;
rule_find_function rule_find_landlock_off;
rule_find_function rule_find_secrets_in_env;

/* rules_host.c */
rule_find_function rule_find_host_pid;
rule_find_function rule_find_host_network;
rule_find_function rule_find_host_ipc;
rule_find_function rule_find_host_uts;
rule_find_function rule_find_host_cgroup;
rule_find_function rule_find_host_mount;
rule_find_function rule_find_user_namespace_off;
rule_find_function rule_find_engine_socket;
rule_find_function rule_find_sensitive_mount;
rule_find_function rule_find_devices;
rule_find_function rule_find_writable_root;
rule_find_function rule_find_unmasked_paths;
rule_find_function rule_find_no_memory_limit;
rule_find_function rule_find_no_pids_limit;
rule_find_function rule_find_no_cpu_limit;
rule_find_function rule_find_write;
rule_find_function rule_find_exec_paths;

/* rules_engine.c; of specs with an engine only */
rule_find_function rule_find_image_not_pinned;
rule_find_function rule_find_image_user;
rule_find_function rule_find_published_on_all;
rule_find_function rule_find_default_bridge;
rule_find_function rule_find_tmpfs_unsized;
rule_find_function rule_find_shared_propagation;
rule_find_function rule_find_capability_without_effect;
rule_find_function rule_find_no_swap_limit;
rule_find_function rule_find_service_account_token;

/* rules_scan.c; of specs with an engine only */
rule_find_function rule_find_critical_cve;
rule_find_function rule_find_not_scanned;

/* rules_build.c; of specs with a Dockerfile only */
rule_find_function rule_find_base_not_pinned;
rule_find_function rule_find_base_not_minimal;
rule_find_function rule_find_no_user;
rule_find_function rule_find_secret_in_image;
rule_find_function rule_find_add_from_url;
rule_find_function rule_find_add_not_copy;
rule_find_function rule_find_pipe_to_shell;
rule_find_function rule_find_copy_owned_by_root;
rule_find_function rule_find_setuid_file;
rule_find_function rule_find_sudo_in_image;
rule_find_function rule_find_writable_by_all;

/* Does the image, which nobody sees here, decide who the process of @spec is? */
bool rule_image_decides_user(const struct spec *spec);

/* Is @reference an image by its contents, "name@sha256:..." or its id? */
bool rule_is_pinned(const char *reference);

bool rule_is_user_namespace_told(const struct rule_subject *subject);
bool rule_is_scan_told(const struct rule_subject *subject);
bool rule_is_build_told(const struct rule_subject *subject);

bool rule_lifts_memory_limit(const struct spec_oci_resources *resources, struct rule_finding *out);
bool rule_lifts_pids_limit(const struct spec_oci_resources *resources, struct rule_finding *out);
bool rule_lifts_cpu_limit(const struct spec_oci_resources *resources, struct rule_finding *out);

/* harden.c */
typedef int rule_harden_function(struct spec *spec, struct spec_oci *oci, struct arena *arena,
                                 struct error *err);
rule_harden_function rule_harden_new_privileges;
rule_harden_function rule_harden_unmasked_paths;
rule_harden_function rule_harden_landlock_off;
const char *rule_refrain_unmasked_paths(const struct spec *spec);
const char *rule_refrain_landlock_off(const struct spec *spec);

#endif
