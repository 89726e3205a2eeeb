/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the rules are made of; for the policy floor only. */
#ifndef HARDRUN_POLICY_RULE_PARTS_H
#define HARDRUN_POLICY_RULE_PARTS_H

#include "policy/rules.h"
#include "spec/spec_oci.h"

/* Fill @out and return true. An @origin that is NULL is "/". */
bool rule_found(struct rule_finding *out, const char *origin, const char *format, ...)
	PRINTF_LIKE(3, 4);

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
