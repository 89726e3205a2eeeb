/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policy/rule_parts.h"

/* Source: CIS Docker Benchmark, 5; the entries of "relax", which lift the same controls. */
const struct rule rule_table[RULE_COUNT] = {
	[RULE_PRIVILEGED] = {
		.name = "privileged",
		.title = "privileged container",
		.why = "nothing keeps it from the host's kernel and devices",
		.way_out = "leave --privileged out and name what is needed: --cap-add, --device",
		.severity = RULE_CRITICAL,
		.relaxation = RELAX_COUNT,
		.is_of_process = true,
		.find = rule_find_privileged,
	},
	[RULE_ENGINE_SOCKET] = {
		.name = "engine-socket",
		.title = "socket of a container engine",
		.why = "whoever talks to the engine can start a container that owns the host",
		.way_out = "take the mount away; give it a proxy that passes on only what is needed",
		.severity = RULE_CRITICAL,
		.relaxation = RELAX_COUNT,
		.find = rule_find_engine_socket,
	},
	[RULE_DANGEROUS_CAPABILITIES] = {
		.name = "dangerous-capabilities",
		.title = "capabilities that lead to the host",
		.why = "each of them reaches beyond the container",
		.way_out = "drop them: --cap-drop ALL, and --cap-add only what is needed",
		.severity = RULE_CRITICAL,
		.relaxation = RELAX_COUNT,
		.is_of_process = true,
		.find = rule_find_dangerous_capabilities,
	},
	[RULE_SENSITIVE_MOUNT] = {
		.name = "sensitive-mount",
		.title = "sensitive path of the host",
		.why = "it hands over the host, or other people's secrets",
		.way_out = "mount only the folder that is needed, read-only where possible",
		.severity = RULE_HIGH,
		.relaxation = RELAX_SENSITIVE_MOUNT,
		.find = rule_find_sensitive_mount,
	},
	[RULE_HOST_MOUNT] = {
		.name = "host-mount",
		.title = "the host's mounts",
		.why = "with CAP_SYS_CHROOT it finds its way to the host's files",
		.way_out = "add {\"type\": \"mount\"} to linux.namespaces",
		.severity = RULE_HIGH,
		.relaxation = RELAX_COUNT,
		.find = rule_find_host_mount,
	},
	[RULE_HOST_PID] = {
		.name = "host-pid",
		.title = "the host's processes",
		.why = "it sees every process of the host, and can signal those of its user",
		.way_out = "leave --pid host out",
		.severity = RULE_HIGH,
		.relaxation = RELAX_HOST_PID,
		.find = rule_find_host_pid,
	},
	[RULE_HOST_NETWORK] = {
		.name = "host-network",
		.title = "the host's network",
		.why = "it reaches what listens on the host's loopback, and abstract sockets",
		.way_out = "leave --network host out and publish the ports that are needed",
		.severity = RULE_HIGH,
		.relaxation = RELAX_HOST_NETWORK,
		.find = rule_find_host_network,
	},
	[RULE_HOST_IPC] = {
		.name = "host-ipc",
		.title = "the host's shared memory",
		.why = "it reads and writes shared memory and queues of the host's programs",
		.way_out = "leave --ipc host out",
		.severity = RULE_HIGH,
		.relaxation = RELAX_HOST_IPC,
		.find = rule_find_host_ipc,
	},
	[RULE_HOST_UTS] = {
		.name = "host-uts",
		.title = "the host's name",
		.why = "with CAP_SYS_ADMIN it renames the host",
		.way_out = "leave --uts host out",
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_HOST_UTS,
		.find = rule_find_host_uts,
	},
	[RULE_HOST_CGROUP] = {
		.name = "host-cgroup",
		.title = "the host's cgroups",
		.why = "it sees the names of all other containers",
		.way_out = "--cgroupns private",
		.severity = RULE_LOW,
		.relaxation = RELAX_COUNT,
		.find = rule_find_host_cgroup,
	},
	[RULE_USER_NAMESPACE_OFF] = {
		.name = "user-namespace-off",
		.title = "the host's users",
		.why = "root inside is root of the host as soon as anything else gives way",
		.way_out = "use the engine's user namespaces: userns-remap, --userns auto, hostUsers: "
			   "false",
		.severity = RULE_LOW,
		.relaxation = RELAX_USER_NAMESPACE_OFF,
		.find = rule_find_user_namespace_off,
	},
	[RULE_ROOT_USER] = {
		.name = "root-user",
		.title = "root user",
		.why = "root inside is one kernel bug away from more",
		.way_out = "--user 65532:65532, or USER in the Dockerfile",
		.severity = RULE_HIGH,
		.relaxation = RELAX_ROOT_USER,
		.is_of_process = true,
		.find = rule_find_root_user,
	},
	[RULE_CAPABILITIES] = {
		.name = "capabilities",
		.title = "capabilities",
		.why = "most programs need none",
		.way_out = "--cap-drop ALL, and --cap-add only what is needed",
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_CAPABILITIES,
		.is_of_process = true,
		.find = rule_find_capabilities,
	},
	[RULE_NEW_PRIVILEGES] = {
		.name = "new-privileges",
		.title = "no_new_privs is not set",
		.why = "a set-user-ID program inside gives its rights to whoever runs it",
		.way_out = "--security-opt no-new-privileges, or allowPrivilegeEscalation: false",
		.severity = RULE_HIGH,
		.relaxation = RELAX_NEW_PRIVILEGES,
		.is_of_process = true,
		.find = rule_find_new_privileges,
		.harden = rule_harden_new_privileges,
	},
	[RULE_SECCOMP_OFF] = {
		.name = "seccomp-off",
		.title = "seccomp unconfined",
		.why = "every system call of the kernel is in reach",
		.way_out = "leave seccomp=unconfined out; seccompProfile: RuntimeDefault",
		.severity = RULE_HIGH,
		.relaxation = RELAX_SECCOMP_OFF,
		.find = rule_find_seccomp_off,
	},
	[RULE_APPARMOR_OFF] = {
		.name = "apparmor-off",
		.title = "AppArmor unconfined",
		.why = "no mandatory access control stands behind the other controls",
		.way_out = "leave apparmor=unconfined out; install AppArmor",
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_APPARMOR_OFF,
		.is_of_process = true,
		.find = rule_find_apparmor_off,
	},
	[RULE_APPARMOR_IF_AVAILABLE] = {
		.name = "apparmor-if-available",
		.title = "AppArmor optional",
		.why = "on a host without AppArmor nothing stands in its place",
		.severity = RULE_LOW,
		.relaxation = RELAX_APPARMOR_IF_AVAILABLE,
	},
	[RULE_LANDLOCK_OFF] = {
		.name = "landlock-off",
		.title = "no Landlock",
		.why = "the mounts are the only lock on files, and processes that join can be traced",
		.way_out = "no engine can ask for it; the host's policy can: \"harden\"",
		.severity = RULE_LOW,
		.relaxation = RELAX_LANDLOCK_OFF,
		.is_beyond_oci = true,
		.find = rule_find_landlock_off,
		.refrain = rule_refrain_landlock_off,
		.harden = rule_harden_landlock_off,
	},
	[RULE_UNMASKED_PATHS] = {
		.name = "unmasked-paths",
		.title = "kernel interfaces unmasked",
		.why = "they tell of the host, or change it",
		.way_out = "leave systempaths=unconfined out; procMount: Default",
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_UNMASKED_PATHS,
		.find = rule_find_unmasked_paths,
		.refrain = rule_refrain_unmasked_paths,
		.harden = rule_harden_unmasked_paths,
	},
	[RULE_DEVICES] = {
		.name = "devices",
		.title = "devices of the host",
		.why = "a device's driver is kernel code that the container can talk to",
		.way_out = "name only the devices that are needed",
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_DEVICES,
		.find = rule_find_devices,
	},
	[RULE_WRITABLE_ROOT] = {
		.name = "writable-root",
		.title = "writable root file system",
		.why = "who breaks in can change the programs and stay",
		.way_out = "--read-only with --tmpfs /tmp, or readOnlyRootFilesystem: true",
		.severity = RULE_LOW,
		.relaxation = RELAX_WRITABLE_ROOT,
		.find = rule_find_writable_root,
	},
	[RULE_WRITE] = {
		.name = "write",
		.title = "writable host paths",
		.why = "what is written there outlives the container",
		.severity = RULE_LOW,
		.relaxation = RELAX_WRITE,
	},
	[RULE_EXEC_PATHS] = {
		.name = "exec-paths",
		.title = "programs run from mounts",
		.why = "what was written or brought along can be executed",
		.severity = RULE_LOW,
		.relaxation = RELAX_EXEC_PATHS,
	},
	[RULE_SYSCALLS] = {
		.name = "syscalls",
		.title = "more system calls",
		.why = "each is code of the kernel that is in reach",
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_SYSCALLS,
	},
	[RULE_SYSCTL] = {
		.name = "sysctl",
		.title = "kernel settings",
		.why = "a setting changes how the kernel treats the container",
		.severity = RULE_LOW,
		.relaxation = RELAX_SYSCTL,
	},
	[RULE_NESTED_USER_NAMESPACES] = {
		.name = "nested-user-namespaces",
		.title = "nested user namespaces",
		.why = "root of a namespace of one's own reaches more of the kernel",
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_NESTED_USER_NAMESPACES,
	},
	[RULE_NO_LIMITS] = {
		.name = "no-limits",
		.title = "limits lifted",
		.why = "one container can take what the others need",
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_NO_LIMITS,
	},
	[RULE_NO_MEMORY_LIMIT] = {
		.name = "no-memory-limit",
		.title = "no memory limit",
		.why = "one container can take all of the host's memory",
		.way_out = "--memory 512m, or resources.limits.memory",
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_COUNT,
		.find = rule_find_no_memory_limit,
		.is_lifted = rule_lifts_memory_limit,
	},
	[RULE_NO_PIDS_LIMIT] = {
		.name = "no-pids-limit",
		.title = "no limit of processes",
		.why = "a fork bomb stops the whole host",
		.way_out = "--pids-limit 100",
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_COUNT,
		.find = rule_find_no_pids_limit,
		.is_lifted = rule_lifts_pids_limit,
	},
	[RULE_NO_CPU_LIMIT] = {
		.name = "no-cpu-limit",
		.title = "no processor limit",
		.why = "one container can take every processor",
		.way_out = "--cpus 1, or resources.limits.cpu",
		.severity = RULE_LOW,
		.relaxation = RELAX_COUNT,
		.find = rule_find_no_cpu_limit,
		.is_lifted = rule_lifts_cpu_limit,
	},
	[RULE_SECRETS_IN_ENV] = {
		.name = "secrets-in-env",
		.title = "secrets in the environment",
		.why = "the environment is inherited, logged and shown",
		.way_out = "give it as a file",
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_SECRETS_IN_ENV,
		.is_of_process = true,
		.find = rule_find_secrets_in_env,
	},
};

const char *rule_severity_name(enum rule_severity severity)
{
	static const char *const names[] = { "low", "medium", "high", "critical" };

	return names[severity];
}

bool rule_found(struct rule_finding *out, const char *origin, const char *format, ...)
{
	char what[RULE_WHAT_SIZE * 2];
	va_list args;

	out->origin = origin;
	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	text_shorten(out->what, sizeof(out->what), what);
	return true;
}

static bool find_relaxation(enum relax_entry entry, const struct spec *spec, size_t index,
                            struct rule_finding *out)
{
	const struct relaxation *relaxation = &spec->relaxations[entry];

	if (index > 0 || relaxation->reason == NULL)
		return false;
	return rule_found(out, relaxation->origin, "relax.%s lifts this control: %s",
	                  relax_name(entry), relax_control(entry));
}

bool rule_find(const struct rule *rule, const struct rule_subject *subject, size_t index,
               struct rule_finding *out)
{
	if (subject->spec->oci == NULL && rule->relaxation != RELAX_COUNT)
		return find_relaxation(rule->relaxation, subject->spec, index, out);
	return rule->find != NULL && rule->find(subject, index, out);
}
