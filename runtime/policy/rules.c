/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "policy/rule_parts.h"

#define NATIVE RULE_IN(SPEC_LANGUAGE_HARDRUN)
#define OCI    RULE_IN(SPEC_LANGUAGE_OCI)
#define DOCKER                                                                       \
	(RULE_IN(SPEC_LANGUAGE_DOCKER_RUN) | RULE_IN(SPEC_LANGUAGE_DOCKER_INSPECT) | \
	 RULE_IN(SPEC_LANGUAGE_COMPOSE))
#define KUBERNETES RULE_IN(SPEC_LANGUAGE_KUBERNETES)
#define ENGINE     (DOCKER | KUBERNETES)
#define CONTAINER  (OCI | ENGINE)
#define BUILD      RULE_IN(SPEC_LANGUAGE_DOCKERFILE)

/* Source: rule_help.c, for each. */
const struct rule rule_table[RULE_COUNT] = {
	[RULE_PRIVILEGED] = {
		.name = "privileged",
		.title = "privileged container",
		.why = "nothing keeps it from the host's kernel and devices",
		.id = "HR001",
		.weight = 40,
		.languages = NATIVE | CONTAINER,
		.severity = RULE_CRITICAL,
		.relaxation = RELAX_COUNT,
		.is_of_process = true,
		.find = rule_find_privileged,
	},
	[RULE_ENGINE_SOCKET] = {
		.name = "engine-socket",
		.title = "socket of a container engine",
		.why = "whoever talks to the engine can start a container that owns the host",
		.id = "HR002",
		.weight = 40,
		.languages = NATIVE | CONTAINER,
		.severity = RULE_CRITICAL,
		.relaxation = RELAX_COUNT,
		.find = rule_find_engine_socket,
	},
	[RULE_DANGEROUS_CAPABILITIES] = {
		.name = "dangerous-capabilities",
		.title = "capabilities that lead to the host",
		.why = "each of them reaches beyond the container",
		.id = "HR003",
		.weight = 30,
		.languages = NATIVE | CONTAINER,
		.severity = RULE_CRITICAL,
		.relaxation = RELAX_COUNT,
		.is_of_process = true,
		.find = rule_find_dangerous_capabilities,
	},
	[RULE_SENSITIVE_MOUNT] = {
		.name = "sensitive-mount",
		.title = "sensitive path of the host",
		.why = "it hands over the host, or other people's secrets",
		.id = "HR004",
		.weight = 25,
		.languages = NATIVE | CONTAINER,
		.severity = RULE_HIGH,
		.relaxation = RELAX_SENSITIVE_MOUNT,
		.find = rule_find_sensitive_mount,
	},
	[RULE_HOST_MOUNT] = {
		.name = "host-mount",
		.title = "the host's mounts",
		.why = "with CAP_SYS_CHROOT it finds its way to the host's files",
		.id = "HR005",
		.weight = 20,
		.languages = OCI,
		.severity = RULE_HIGH,
		.relaxation = RELAX_COUNT,
		.find = rule_find_host_mount,
	},
	[RULE_HOST_PID] = {
		.name = "host-pid",
		.title = "the host's processes",
		.why = "it sees every process of the host, and can signal those of its user",
		.id = "HR006",
		.weight = 15,
		.languages = NATIVE | CONTAINER,
		.severity = RULE_HIGH,
		.relaxation = RELAX_HOST_PID,
		.find = rule_find_host_pid,
	},
	[RULE_HOST_NETWORK] = {
		.name = "host-network",
		.title = "the host's network",
		.why = "it reaches what listens on the host's loopback, and abstract sockets",
		.id = "HR007",
		.weight = 15,
		.languages = NATIVE | CONTAINER,
		.severity = RULE_HIGH,
		.relaxation = RELAX_HOST_NETWORK,
		.find = rule_find_host_network,
	},
	[RULE_HOST_IPC] = {
		.name = "host-ipc",
		.title = "the host's shared memory",
		.why = "it reads and writes shared memory and queues of the host's programs",
		.id = "HR008",
		.weight = 10,
		.languages = NATIVE | CONTAINER,
		.severity = RULE_HIGH,
		.relaxation = RELAX_HOST_IPC,
		.find = rule_find_host_ipc,
	},
	[RULE_HOST_UTS] = {
		.name = "host-uts",
		.title = "the host's name",
		.why = "with CAP_SYS_ADMIN it renames the host",
		.id = "HR009",
		.weight = 4,
		.languages = NATIVE | OCI | DOCKER,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_HOST_UTS,
		.find = rule_find_host_uts,
	},
	[RULE_HOST_CGROUP] = {
		.name = "host-cgroup",
		.title = "the host's cgroups",
		.why = "it sees the names of all other containers",
		.id = "HR010",
		.weight = 2,
		.languages = OCI | DOCKER,
		.severity = RULE_LOW,
		.relaxation = RELAX_COUNT,
		.find = rule_find_host_cgroup,
	},
	[RULE_USER_NAMESPACE_OFF] = {
		.name = "user-namespace-off",
		.title = "the host's users",
		.why = "root inside is root of the host as soon as anything else gives way",
		.id = "HR011",
		.weight = 8,
		.languages = NATIVE | CONTAINER,
		.severity = RULE_LOW,
		.relaxation = RELAX_USER_NAMESPACE_OFF,
		.find = rule_find_user_namespace_off,
		.is_told = rule_is_user_namespace_told,
	},
	[RULE_ROOT_USER] = {
		.name = "root-user",
		.title = "root user",
		.why = "root inside is one kernel bug away from more",
		.id = "HR012",
		.weight = 15,
		.languages = NATIVE | CONTAINER | BUILD,
		.severity = RULE_HIGH,
		.relaxation = RELAX_ROOT_USER,
		.is_of_process = true,
		.find = rule_find_root_user,
	},
	[RULE_CAPABILITIES] = {
		.name = "capabilities",
		.title = "capabilities",
		.why = "most programs need none",
		.id = "HR013",
		.weight = 10,
		.languages = NATIVE | CONTAINER,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_CAPABILITIES,
		.is_of_process = true,
		.find = rule_find_capabilities,
	},
	[RULE_NEW_PRIVILEGES] = {
		.name = "new-privileges",
		.title = "no_new_privs is not set",
		.why = "a set-user-ID program inside gives its rights to whoever runs it",
		.id = "HR014",
		.weight = 12,
		.languages = NATIVE | CONTAINER,
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
		.id = "HR015",
		.weight = 15,
		.languages = NATIVE | CONTAINER,
		.severity = RULE_HIGH,
		.relaxation = RELAX_SECCOMP_OFF,
		.find = rule_find_seccomp_off,
	},
	[RULE_APPARMOR_OFF] = {
		.name = "apparmor-off",
		.title = "AppArmor unconfined",
		.why = "no mandatory access control stands behind the other controls",
		.id = "HR016",
		.weight = 10,
		.languages = NATIVE | CONTAINER,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_APPARMOR_OFF,
		.is_of_process = true,
		.find = rule_find_apparmor_off,
	},
	[RULE_APPARMOR_IF_AVAILABLE] = {
		.name = "apparmor-if-available",
		.title = "AppArmor optional",
		.why = "on a host without AppArmor nothing stands in its place",
		.id = "HR017",
		.weight = 2,
		.languages = NATIVE,
		.severity = RULE_LOW,
		.relaxation = RELAX_APPARMOR_IF_AVAILABLE,
	},
	[RULE_LANDLOCK_OFF] = {
		.name = "landlock-off",
		.title = "no Landlock",
		.why = "the mounts are the only lock on files, and processes that join can be traced",
		.id = "HR018",
		.weight = 5,
		.languages = NATIVE,
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
		.id = "HR019",
		.weight = 8,
		.languages = NATIVE | CONTAINER,
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
		.id = "HR020",
		.weight = 10,
		.languages = NATIVE | CONTAINER,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_DEVICES,
		.find = rule_find_devices,
	},
	[RULE_WRITABLE_ROOT] = {
		.name = "writable-root",
		.title = "writable root file system",
		.why = "who breaks in can change the programs and stay",
		.id = "HR021",
		.weight = 8,
		.languages = NATIVE | CONTAINER,
		.severity = RULE_LOW,
		.relaxation = RELAX_WRITABLE_ROOT,
		.find = rule_find_writable_root,
	},
	[RULE_WRITE] = {
		.name = "write",
		.title = "writable host paths",
		.why = "what is written there outlives the container",
		.id = "HR022",
		.weight = 5,
		.languages = NATIVE | DOCKER | KUBERNETES,
		.severity = RULE_LOW,
		.relaxation = RELAX_WRITE,
		.find = rule_find_write,
	},
	[RULE_EXEC_PATHS] = {
		.name = "exec-paths",
		.title = "programs run from mounts",
		.why = "what was written or brought along can be executed",
		.id = "HR023",
		.weight = 3,
		.languages = NATIVE | DOCKER,
		.severity = RULE_LOW,
		.relaxation = RELAX_EXEC_PATHS,
		.find = rule_find_exec_paths,
	},
	[RULE_SYSCALLS] = {
		.name = "syscalls",
		.title = "more system calls",
		.why = "each is code of the kernel that is in reach",
		.id = "HR024",
		.weight = 5,
		.languages = NATIVE,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_SYSCALLS,
	},
	[RULE_SYSCTL] = {
		.name = "sysctl",
		.title = "kernel settings",
		.why = "a setting changes how the kernel treats the container",
		.id = "HR025",
		.weight = 3,
		.languages = NATIVE,
		.severity = RULE_LOW,
		.relaxation = RELAX_SYSCTL,
	},
	[RULE_NESTED_USER_NAMESPACES] = {
		.name = "nested-user-namespaces",
		.title = "nested user namespaces",
		.why = "root of a namespace of one's own reaches more of the kernel",
		.id = "HR026",
		.weight = 5,
		.languages = NATIVE,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_NESTED_USER_NAMESPACES,
	},
	[RULE_NO_LIMITS] = {
		.name = "no-limits",
		.title = "limits lifted",
		.why = "one container can take what the others need",
		.id = "HR027",
		.weight = 6,
		.languages = NATIVE,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_NO_LIMITS,
	},
	[RULE_NO_MEMORY_LIMIT] = {
		.name = "no-memory-limit",
		.title = "no memory limit",
		.why = "one container can take all of the host's memory",
		.id = "HR028",
		.weight = 6,
		.languages = NATIVE | CONTAINER,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_COUNT,
		.find = rule_find_no_memory_limit,
		.is_lifted = rule_lifts_memory_limit,
	},
	[RULE_NO_PIDS_LIMIT] = {
		.name = "no-pids-limit",
		.title = "no limit of processes",
		.why = "a fork bomb stops the whole host",
		.id = "HR029",
		.weight = 6,
		.languages = NATIVE | OCI | DOCKER,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_COUNT,
		.find = rule_find_no_pids_limit,
		.is_lifted = rule_lifts_pids_limit,
	},
	[RULE_NO_CPU_LIMIT] = {
		.name = "no-cpu-limit",
		.title = "no processor limit",
		.why = "one container can take every processor",
		.id = "HR030",
		.weight = 3,
		.languages = NATIVE | CONTAINER,
		.severity = RULE_LOW,
		.relaxation = RELAX_COUNT,
		.find = rule_find_no_cpu_limit,
		.is_lifted = rule_lifts_cpu_limit,
	},
	[RULE_SECRETS_IN_ENV] = {
		.name = "secrets-in-env",
		.title = "secrets in the environment",
		.why = "the environment is inherited, logged and shown",
		.id = "HR031",
		.weight = 8,
		.languages = NATIVE | CONTAINER,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_SECRETS_IN_ENV,
		.is_of_process = true,
		.find = rule_find_secrets_in_env,
	},
	[RULE_IMAGE_NOT_PINNED] = {
		.name = "image-not-pinned",
		.title = "image not pinned by digest",
		.why = "a tag can be moved to other contents after the review",
		.id = "HR032",
		.weight = 8,
		.languages = ENGINE,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_COUNT,
		.find = rule_find_image_not_pinned,
	},
	[RULE_IMAGE_USER] = {
		.name = "image-user",
		.title = "user left to the image",
		.why = "without a USER in the image, which nobody sees here, it is root",
		.id = "HR033",
		.weight = 8,
		.languages = ENGINE & ~RULE_IN(SPEC_LANGUAGE_DOCKER_INSPECT),
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_COUNT,
		.find = rule_find_image_user,
	},
	[RULE_PUBLISHED_ON_ALL] = {
		.name = "published-on-all",
		.title = "port published on all addresses",
		.why = "every network that the host is in can reach it, past its firewall",
		.id = "HR034",
		.weight = 6,
		.languages = ENGINE,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_COUNT,
		.find = rule_find_published_on_all,
	},
	[RULE_DEFAULT_BRIDGE] = {
		.name = "default-bridge",
		.title = "engine's default bridge",
		.why = "every container that is on it too can be reached, and reaches this one",
		.id = "HR035",
		.weight = 3,
		.languages = DOCKER,
		.severity = RULE_LOW,
		.relaxation = RELAX_COUNT,
		.find = rule_find_default_bridge,
	},
	[RULE_TMPFS_UNSIZED] = {
		.name = "tmpfs-unsized",
		.title = "tmpfs without a size",
		.why = "it grows to half of the host's memory",
		.id = "HR036",
		.weight = 2,
		.languages = ENGINE,
		.severity = RULE_LOW,
		.relaxation = RELAX_COUNT,
		.find = rule_find_tmpfs_unsized,
	},
	[RULE_SHARED_PROPAGATION] = {
		.name = "shared-propagation",
		.title = "mounts shared with the host",
		.why = "what is mounted inside appears on the host",
		.id = "HR037",
		.weight = 8,
		.languages = ENGINE,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_COUNT,
		.find = rule_find_shared_propagation,
	},
	[RULE_CAPABILITY_WITHOUT_EFFECT] = {
		.name = "capability-without-effect",
		.title = "capability without effect",
		.why = "it widens what can be gained, and gives the program nothing",
		.id = "HR038",
		.weight = 2,
		.languages = ENGINE,
		.severity = RULE_LOW,
		.relaxation = RELAX_COUNT,
		.find = rule_find_capability_without_effect,
	},
	[RULE_NO_SWAP_LIMIT] = {
		.name = "no-swap-limit",
		.title = "no limit of swap",
		.why = "beside its memory it may fill as much of the host's swap again",
		.id = "HR039",
		.weight = 2,
		.languages = DOCKER,
		.severity = RULE_LOW,
		.relaxation = RELAX_COUNT,
		.find = rule_find_no_swap_limit,
	},
	[RULE_SERVICE_ACCOUNT_TOKEN] = {
		.name = "service-account-token",
		.title = "token of the service account",
		.why = "who breaks in can speak to the API server",
		.id = "HR040",
		.weight = 6,
		.languages = KUBERNETES,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_COUNT,
		.find = rule_find_service_account_token,
	},
	[RULE_CRITICAL_CVE] = {
		.name = "critical-cve",
		.title = "critical vulnerability in the image",
		.why = "it is known how to break in",
		.id = "HR041",
		.weight = 25,
		.languages = ENGINE,
		.severity = RULE_CRITICAL,
		.relaxation = RELAX_COUNT,
		.find = rule_find_critical_cve,
		.is_told = rule_is_scan_told,
	},
	[RULE_NOT_SCANNED] = {
		.name = "not-scanned",
		.title = "image without a scanner's report",
		.why = "nobody looked for known vulnerabilities",
		.id = "HR042",
		.weight = 4,
		.languages = ENGINE,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_COUNT,
		.find = rule_find_not_scanned,
		.is_told = rule_is_scan_told,
	},
	[RULE_BASE_NOT_PINNED] = {
		.name = "base-not-pinned",
		.title = "base image not pinned by digest",
		.why = "the next build may start from other contents",
		.id = "HR043",
		.weight = 8,
		.languages = BUILD,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_COUNT,
		.find = rule_find_base_not_pinned,
		.is_told = rule_is_build_told,
	},
	[RULE_BASE_NOT_MINIMAL] = {
		.name = "base-not-minimal",
		.title = "base image with a whole system",
		.why = "each package that is not needed is one more to break in by",
		.id = "HR044",
		.weight = 3,
		.languages = BUILD,
		.severity = RULE_LOW,
		.relaxation = RELAX_COUNT,
		.find = rule_find_base_not_minimal,
		.is_told = rule_is_build_told,
	},
	[RULE_NO_USER] = {
		.name = "no-user",
		.title = "image without USER",
		.why = "whoever runs it without a user of their own runs it as root",
		.id = "HR045",
		.weight = 15,
		.languages = BUILD,
		.severity = RULE_HIGH,
		.relaxation = RELAX_COUNT,
		.find = rule_find_no_user,
	},
	[RULE_SECRET_IN_IMAGE] = {
		.name = "secret-in-image",
		.title = "secret in the image",
		.why = "everybody who has the image can read it, in its history too",
		.id = "HR046",
		.weight = 20,
		.languages = BUILD,
		.severity = RULE_HIGH,
		.relaxation = RELAX_COUNT,
		.find = rule_find_secret_in_image,
	},
	[RULE_ADD_FROM_URL] = {
		.name = "add-from-url",
		.title = "ADD from the network",
		.why = "nothing checks what is fetched at the time of the build",
		.id = "HR047",
		.weight = 6,
		.languages = BUILD,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_COUNT,
		.find = rule_find_add_from_url,
		.is_told = rule_is_build_told,
	},
	[RULE_ADD_NOT_COPY] = {
		.name = "add-not-copy",
		.title = "ADD where COPY does",
		.why = "ADD unpacks archives, and fetches, without being told to",
		.id = "HR048",
		.weight = 1,
		.languages = BUILD,
		.severity = RULE_LOW,
		.relaxation = RELAX_COUNT,
		.find = rule_find_add_not_copy,
		.is_told = rule_is_build_told,
	},
	[RULE_PIPE_TO_SHELL] = {
		.name = "pipe-to-shell",
		.title = "download piped into a shell",
		.why = "whoever controls the server runs commands in the build",
		.id = "HR049",
		.weight = 10,
		.languages = BUILD,
		.severity = RULE_HIGH,
		.relaxation = RELAX_COUNT,
		.find = rule_find_pipe_to_shell,
		.is_told = rule_is_build_told,
	},
	[RULE_COPY_OWNED_BY_ROOT] = {
		.name = "copy-owned-by-root",
		.title = "root's files where the user writes",
		.why = "the program cannot write there, so it will be run as root in the end",
		.id = "HR050",
		.weight = 3,
		.languages = BUILD,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_COUNT,
		.find = rule_find_copy_owned_by_root,
		.is_told = rule_is_build_told,
	},
	[RULE_SETUID_FILE] = {
		.name = "setuid-file",
		.title = "set-user-ID file",
		.why = "who runs it has the rights of its owner",
		.id = "HR051",
		.weight = 6,
		.languages = BUILD,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_COUNT,
		.find = rule_find_setuid_file,
		.is_told = rule_is_build_told,
	},
	[RULE_SUPPRESSION_EXPIRED] = {
		.name = "suppression-expired",
		.title = "suppression that has expired",
		.why = "its time is up, and so what was accepted is open again",
		.id = "HR052",
		.weight = 0,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_COUNT,
	},
	[RULE_SUDO_IN_IMAGE] = {
		.name = "sudo-in-image",
		.title = "sudo in the image",
		.why = "it is there to become root",
		.id = "HR053",
		.weight = 4,
		.languages = BUILD,
		.severity = RULE_LOW,
		.relaxation = RELAX_COUNT,
		.find = rule_find_sudo_in_image,
		.is_told = rule_is_build_told,
	},
	[RULE_WRITABLE_BY_ALL] = {
		.name = "writable-by-all",
		.title = "files that everybody may write",
		.why = "who breaks in as whatever user can change them",
		.id = "HR054",
		.weight = 4,
		.languages = BUILD,
		.severity = RULE_MEDIUM,
		.relaxation = RELAX_COUNT,
		.find = rule_find_writable_by_all,
		.is_told = rule_is_build_told,
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

const char *rule_place(const struct spec *spec, enum spec_engine_place place, const char *pointer)
{
	if (spec->engine == NULL)
		return pointer;
	return spec->engine->places[place] != NULL ? spec->engine->places[place]
	                                           : spec->engine->places[SPEC_PLACE_SERVICE];
}

const struct rule *rule_named(const char *name)
{
	for (size_t i = 0; i < RULE_COUNT; i++) {
		if (strcmp(rule_table[i].name, name) == 0 ||
		    strcasecmp(rule_table[i].id, name) == 0)
			return &rule_table[i];
	}
	return NULL;
}

enum spec_language rule_language(const struct spec *spec)
{
	if (spec->engine != NULL)
		return spec->engine->language;
	return spec->oci != NULL ? SPEC_LANGUAGE_OCI : SPEC_LANGUAGE_HARDRUN;
}

bool rule_applies(const struct rule *rule, enum spec_language language)
{
	return (rule->languages & RULE_IN(language)) != 0;
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
	if (subject->spec->engine != NULL && !rule_applies(rule, rule_language(subject->spec)))
		return false;
	return rule->find != NULL && rule->find(subject, index, out);
}
