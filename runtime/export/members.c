/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/members.h"

#include <assert.h>
#include <string.h>

#include "base/compiler.h"

#define DEFAULT_UMASK  022  /* of the engines' runtimes */
#define DEFAULT_SHARES 1024 /* kernel, cgroup-v1/cpu, cpu.shares */

/* An engine's user is written as it was, so that its number is only said where there is no name. */
static bool has_user_name(const struct spec *spec)
{
	return spec->engine->user.value != NULL && spec->user.uid == SPEC_ENGINE_ID_UNKNOWN;
}

/* Groups that are numbers are among the user's additional ones. */
static bool has_group_names(const struct spec *spec)
{
	return spec->engine->groups.count > spec->user.additional_gid_count;
}

/* Where the user is known and is not root, nothing is left to refuse. */
static bool refuses_unknown_root(const struct spec *spec)
{
	const struct spec_engine *engine = spec->engine;

	return engine->must_not_be_root.is_on &&
	       (engine->user.value == NULL || spec->user.uid == SPEC_ENGINE_ID_UNKNOWN);
}

/* The kernel's own weight is what those get who ask for none; some engines write it. */
static bool has_shares(const struct spec *spec)
{
	const struct spec_number *shares =
		spec->oci == NULL ? NULL : &spec->oci->resources.cpu_shares;

	return shares != NULL && shares->is_set && shares->value > 0 &&
	       shares->value != DEFAULT_SHARES;
}

static bool has_umask(const struct spec *spec)
{
	return spec->user.umask != DEFAULT_UMASK;
}

/* Only the native language can. */
static bool forbids_nesting(const struct spec *spec)
{
	return spec->oci == NULL && !spec->may_nest_user_namespaces;
}

static bool has_seccomp(const struct spec *spec)
{
	return spec->seccomp.kind != SPEC_SECCOMP_OFF;
}

static bool has_apparmor(const struct spec *spec)
{
	return spec->apparmor.kind != SPEC_APPARMOR_OFF;
}

static bool (*const signs[])(const struct spec *spec) = {
	[MEMBER_BY_USER_NAME] = has_user_name,
	[MEMBER_BY_GROUP_NAMES] = has_group_names,
	[MEMBER_BY_UNKNOWN_ROOT] = refuses_unknown_root,
	[MEMBER_BY_SHARES] = has_shares,
	[MEMBER_BY_UMASK] = has_umask,
	[MEMBER_BY_NESTING] = forbids_nesting,
	[MEMBER_BY_SECCOMP] = has_seccomp,
	[MEMBER_BY_APPARMOR] = has_apparmor,
};

#define PART(owner, type, path) \
	owner, #path, offsetof(struct type, path), sizeof(((const struct type *)0)->path)
#define SPEC(path)       PART(MEMBER_OF_SPEC, spec, path)
#define OCI(path)        PART(MEMBER_OF_OCI, spec_oci, path)
#define ENGINE(path)     PART(MEMBER_OF_ENGINE, spec_engine, path)
#define ITEM(type, path) MEMBER_OF_ITEM, #type "." #path, 0, 0

/* NOLINTBEGIN(bugprone-sizeof-expression): pointers are members, too. */
const struct member member_table[] = {
	{ SPEC(arena), MEMBER_BYTES, MEMBER_NONE },
	{ SPEC(name), MEMBER_TEXT, MEMBER_NEUTRAL, "name", "the name" },
	{ SPEC(profile), MEMBER_TEXT, MEMBER_NONE },
	{ SPEC(args), MEMBER_TEXTS, MEMBER_NEUTRAL, "args", "the command" },
	{ SPEC(env), MEMBER_TEXTS, MEMBER_NEUTRAL, "env", "the environment" },
	{ SPEC(secret_env_names), MEMBER_TEXTS, MEMBER_GRANT, "secrets-in-env",
	  "secrets in the environment" },
	{ SPEC(cwd), MEMBER_TEXT, MEMBER_NEUTRAL, "cwd", "the working directory" },
	{ SPEC(hostname), MEMBER_TEXT, MEMBER_NEUTRAL, "hostname", "the host name" },
	{ SPEC(user.uid), MEMBER_BYTES, MEMBER_RESTRICTION, "user", "the user", SPEC_PLACE_USER,
	  "/process/user" },
	{ SPEC(user.gid), MEMBER_BYTES, MEMBER_RESTRICTION, "user", "the group", SPEC_PLACE_USER,
	  "/process/user" },
	{ SPEC(user.additional_gids), MEMBER_BYTES, MEMBER_GRANT, "groups", "the additional groups",
	  SPEC_PLACE_USER, "/process/user" },
	{ SPEC(user.umask), MEMBER_BYTES, MEMBER_RESTRICTION, "umask", "the umask", SPEC_PLACE_USER,
	  "/process/user", MEMBER_BY_UMASK },
	{ SPEC(user.origin), MEMBER_BYTES, MEMBER_NONE },
	{ SPEC(has_terminal), MEMBER_BYTES, MEMBER_NEUTRAL, "terminal", "the terminal" },
	{ SPEC(rootfs.kind), MEMBER_BYTES, MEMBER_NONE },
	{ SPEC(rootfs.path), MEMBER_TEXT, MEMBER_NEUTRAL, "rootfs", "the root directory" },
	{ SPEC(rootfs.is_writable), MEMBER_BYTES, MEMBER_NONE },
	{ SPEC(rootfs.tmpfs_size), MEMBER_BYTES, MEMBER_RESTRICTION, "root-size",
	  "the size of the root", SPEC_PLACE_COUNT, "/relax/writable-root" },
	{ SPEC(rootfs.may_be_sensitive), MEMBER_BYTES, MEMBER_NONE },
	{ SPEC(tmpfs), MEMBER_BYTES, MEMBER_GRANT, "tmpfs", "tmpfs", SPEC_PLACE_TMPFS, "/tmpfs" },
	{ SPEC(mounts), MEMBER_BYTES, MEMBER_GRANT, "mounts", "the mounts", SPEC_PLACE_MOUNTS,
	  "/mounts" },
	{ SPEC(secrets), MEMBER_BYTES, MEMBER_GRANT, "secrets", "the secrets", SPEC_PLACE_COUNT,
	  "/secrets" },
	{ SPEC(devices), MEMBER_BYTES, MEMBER_GRANT, "devices", "the devices", SPEC_PLACE_DEVICES,
	  "/relax/devices" },
	{ SPEC(unmasked_paths), MEMBER_TEXTS, MEMBER_GRANT, "unmasked-paths",
	  "the unmasked paths" },
	{ SPEC(shared_namespaces), MEMBER_BYTES, MEMBER_NONE },
	{ SPEC(may_nest_user_namespaces), MEMBER_BYTES, MEMBER_RESTRICTION,
	  "nested-user-namespaces", "no nested user namespaces", SPEC_PLACE_COUNT, "default",
	  MEMBER_BY_NESTING },
	{ SPEC(capabilities), MEMBER_BYTES, MEMBER_NONE },
	{ SPEC(capabilities_origin), MEMBER_BYTES, MEMBER_NONE },
	{ SPEC(no_new_privs), MEMBER_BYTES, MEMBER_RESTRICTION, "new-privileges",
	  "no new privileges", SPEC_PLACE_NO_NEW_PRIVILEGES, "/process/noNewPrivileges" },
	{ SPEC(seccomp.kind), MEMBER_BYTES, MEMBER_RESTRICTION, "seccomp",
	  "the filter of system calls", SPEC_PLACE_SECCOMP, "/linux/seccomp", MEMBER_BY_SECCOMP },
	{ SPEC(seccomp.path), MEMBER_TEXT, MEMBER_NONE },
	{ SPEC(seccomp.policy), MEMBER_BYTES, MEMBER_NONE },
	{ SPEC(seccomp.known), MEMBER_BYTES, MEMBER_NONE },
	{ SPEC(seccomp.text), MEMBER_BYTES, MEMBER_NONE },
	{ SPEC(seccomp.text_size), MEMBER_BYTES, MEMBER_NONE },
	{ SPEC(seccomp.extra_allowed), MEMBER_TEXTS, MEMBER_GRANT, "syscalls",
	  "the additional system calls" },
	{ SPEC(apparmor.kind), MEMBER_BYTES, MEMBER_RESTRICTION, "apparmor", "the AppArmor profile",
	  SPEC_PLACE_APPARMOR, "/process/apparmorProfile", MEMBER_BY_APPARMOR },
	{ SPEC(apparmor.name), MEMBER_TEXT, MEMBER_NONE },
	{ SPEC(apparmor.is_optional), MEMBER_BYTES, MEMBER_GRANT, "apparmor-if-available",
	  "an optional AppArmor profile", SPEC_PLACE_APPARMOR, "/relax/apparmor-if-available" },
	{ SPEC(has_landlock), MEMBER_BYTES, MEMBER_RESTRICTION, "landlock", "the Landlock rules",
	  SPEC_PLACE_COUNT, "default" },
	{ SPEC(sysctls), MEMBER_BYTES, MEMBER_RESTRICTION, "sysctls", "the kernel settings",
	  SPEC_PLACE_SYSCTLS, "/linux/sysctl" },
	{ SPEC(limits.memory), MEMBER_LIMIT, MEMBER_RESTRICTION, "memory", "the limit of memory" },
	{ SPEC(limits.swap), MEMBER_LIMIT, MEMBER_RESTRICTION, "swap", "the limit of swap" },
	{ SPEC(limits.cpu_quota), MEMBER_LIMIT, MEMBER_RESTRICTION, "cpus",
	  "the limit of processor time" },
	{ SPEC(limits.pids), MEMBER_LIMIT, MEMBER_RESTRICTION, "pids", "the limit of processes" },
	{ SPEC(limits.io_weight), MEMBER_LIMIT, MEMBER_RESTRICTION, "io",
	  "the weight of input and output" },
	{ SPEC(limits.io_devices), MEMBER_BYTES, MEMBER_RESTRICTION, "io",
	  "the limits of input and output", SPEC_PLACE_COUNT, "/limits/io" },
	{ SPEC(limits.rlimits), MEMBER_BYTES, MEMBER_RESTRICTION, "rlimits",
	  "the limits of setrlimit(2)", SPEC_PLACE_COUNT, "/process/rlimits" },
	{ SPEC(limits.timeout_ms), MEMBER_LIMIT, MEMBER_RESTRICTION, "timeout", "the time limit" },
	{ SPEC(relaxations), MEMBER_BYTES, MEMBER_NONE },
	{ SPEC(oci), MEMBER_BYTES, MEMBER_NONE },
	{ SPEC(engine), MEMBER_BYTES, MEMBER_NONE },
	{ SPEC(dockerfile), MEMBER_BYTES, MEMBER_NONE },
	{ OCI(version), MEMBER_BYTES, MEMBER_NONE },
	{ OCI(bundle), MEMBER_BYTES, MEMBER_NONE },
	{ OCI(rootfs), MEMBER_TEXT, MEMBER_NONE },
	{ OCI(is_rootfs_read_only), MEMBER_BYTES, MEMBER_RESTRICTION, "read-only-root",
	  "the read-only root", SPEC_PLACE_READ_ONLY_ROOT, "/root/readonly" },
	{ OCI(rootfs_propagation), MEMBER_BYTES, MEMBER_NEUTRAL, "mount-propagation",
	  "the propagation of mounts", SPEC_PLACE_MOUNTS, "/linux/rootfsPropagation" },
	{ OCI(domainname), MEMBER_TEXT, MEMBER_NEUTRAL, "domainname", "the NIS domain" },
	{ OCI(console_rows), MEMBER_BYTES, MEMBER_NEUTRAL, "console-size",
	  "the size of the console", SPEC_PLACE_COUNT, "/process/consoleSize" },
	{ OCI(console_columns), MEMBER_BYTES, MEMBER_NEUTRAL, "console-size",
	  "the size of the console", SPEC_PLACE_COUNT, "/process/consoleSize" },
	{ OCI(capabilities.bounding), MEMBER_BYTES, MEMBER_GRANT, "capabilities",
	  "the bounding capabilities", SPEC_PLACE_CAPABILITIES, "/process/capabilities" },
	{ OCI(capabilities.effective), MEMBER_BYTES, MEMBER_GRANT, "capabilities",
	  "the effective capabilities", SPEC_PLACE_CAPABILITIES, "/process/capabilities" },
	{ OCI(capabilities.inheritable), MEMBER_BYTES, MEMBER_GRANT, "capabilities",
	  "the inheritable capabilities", SPEC_PLACE_CAPABILITIES, "/process/capabilities" },
	{ OCI(capabilities.permitted), MEMBER_BYTES, MEMBER_GRANT, "capabilities",
	  "the permitted capabilities", SPEC_PLACE_CAPABILITIES, "/process/capabilities" },
	{ OCI(capabilities.ambient), MEMBER_BYTES, MEMBER_GRANT, "capabilities",
	  "the ambient capabilities", SPEC_PLACE_CAPABILITIES, "/process/capabilities" },
	{ OCI(capabilities.origin), MEMBER_BYTES, MEMBER_NONE },
	{ OCI(members_may_trace), MEMBER_BYTES, MEMBER_NONE },
	{ OCI(oom_score_adj), MEMBER_NUMBER, MEMBER_NEUTRAL, "oom-score", "the OOM score" },
	{ OCI(scheduler_policy), MEMBER_NUMBER, MEMBER_RESTRICTION, "scheduler", "the scheduling" },
	{ OCI(scheduler_nice), MEMBER_NUMBER, MEMBER_RESTRICTION, "scheduler", "the scheduling" },
	{ OCI(scheduler_priority), MEMBER_NUMBER, MEMBER_RESTRICTION, "scheduler",
	  "the scheduling" },
	{ OCI(scheduler_flags), MEMBER_BYTES, MEMBER_RESTRICTION, "scheduler", "the scheduling",
	  SPEC_PLACE_COUNT, "/process/scheduler" },
	{ OCI(scheduler_runtime), MEMBER_NUMBER, MEMBER_RESTRICTION, "scheduler",
	  "the scheduling" },
	{ OCI(scheduler_deadline), MEMBER_NUMBER, MEMBER_RESTRICTION, "scheduler",
	  "the scheduling" },
	{ OCI(scheduler_period), MEMBER_NUMBER, MEMBER_RESTRICTION, "scheduler", "the scheduling" },
	{ OCI(io_priority_class), MEMBER_NUMBER, MEMBER_RESTRICTION, "io-priority",
	  "the priority of input and output" },
	{ OCI(io_priority), MEMBER_NUMBER, MEMBER_RESTRICTION, "io-priority",
	  "the priority of input and output" },
	{ OCI(exec_cpu_affinity_initial), MEMBER_TEXT, MEMBER_RESTRICTION, "cpu-affinity",
	  "the processors of exec" },
	{ OCI(exec_cpu_affinity_final), MEMBER_TEXT, MEMBER_RESTRICTION, "cpu-affinity",
	  "the processors of exec" },
	{ OCI(selinux_label), MEMBER_TEXT, MEMBER_RESTRICTION, "selinux", "the SELinux label" },
	{ OCI(mount_label), MEMBER_TEXT, MEMBER_RESTRICTION, "selinux",
	  "the SELinux label of mounts" },
	{ OCI(mounts), MEMBER_BYTES, MEMBER_GRANT, "mounts", "the mounts", SPEC_PLACE_MOUNTS,
	  "/mounts" },
	{ OCI(hooks), MEMBER_BYTES, MEMBER_RESTRICTION, "hooks", "the hooks", SPEC_PLACE_COUNT,
	  "/hooks" },
	{ OCI(annotations), MEMBER_BYTES, MEMBER_NEUTRAL, "annotations", "the annotations",
	  SPEC_PLACE_COUNT, "/annotations" },
	{ OCI(namespaces), MEMBER_BYTES, MEMBER_RESTRICTION, "namespaces", "the namespaces",
	  SPEC_PLACE_COUNT, "/linux/namespaces" },
	{ OCI(time_offsets), MEMBER_BYTES, MEMBER_NEUTRAL, "time-offsets", "the offsets of clocks",
	  SPEC_PLACE_COUNT, "/linux/timeOffsets" },
	{ OCI(uids), MEMBER_BYTES, MEMBER_RESTRICTION, "user-namespace", "the user namespace",
	  SPEC_PLACE_USER_NAMESPACE, "/linux/uidMappings" },
	{ OCI(gids), MEMBER_BYTES, MEMBER_RESTRICTION, "user-namespace", "the user namespace",
	  SPEC_PLACE_USER_NAMESPACE, "/linux/gidMappings" },
	{ OCI(devices), MEMBER_BYTES, MEMBER_GRANT, "devices", "the devices", SPEC_PLACE_DEVICES,
	  "/linux/devices" },
	{ OCI(net_devices), MEMBER_BYTES, MEMBER_GRANT, "net-devices", "the network devices",
	  SPEC_PLACE_COUNT, "/linux/netDevices" },
	{ OCI(cgroups_path), MEMBER_TEXT, MEMBER_NEUTRAL, "cgroup", "the cgroup's path" },
	{ OCI(resources.memory_limit), MEMBER_AMOUNT, MEMBER_RESTRICTION, "memory",
	  "the limit of memory" },
	{ OCI(resources.memory_reservation), MEMBER_AMOUNT, MEMBER_NEUTRAL, "memory-reservation",
	  "the memory reservation" },
	{ OCI(resources.memory_swap), MEMBER_AMOUNT, MEMBER_RESTRICTION, "swap",
	  "the limit of swap" },
	{ OCI(resources.memory_kernel), MEMBER_AMOUNT, MEMBER_RESTRICTION, "memory-kernel",
	  "the limit of kernel memory" },
	{ OCI(resources.memory_kernel_tcp), MEMBER_AMOUNT, MEMBER_RESTRICTION, "memory-kernel",
	  "the limit of TCP memory" },
	{ OCI(resources.memory_swappiness), MEMBER_NUMBER, MEMBER_NEUTRAL, "swappiness",
	  "the swappiness" },
	{ OCI(resources.memory_disable_oom_killer), MEMBER_AMOUNT, MEMBER_GRANT, "oom-killer",
	  "the OOM killer switched off" },
	{ OCI(resources.memory_use_hierarchy), MEMBER_NUMBER, MEMBER_NEUTRAL, "use-hierarchy",
	  "useHierarchy" },
	{ OCI(resources.memory_check_before_update), MEMBER_NUMBER, MEMBER_NEUTRAL,
	  "check-before-update", "checkBeforeUpdate" },
	{ OCI(resources.cpu_shares), MEMBER_AMOUNT, MEMBER_RESTRICTION, "cpu-weight",
	  "the weight of processor time", SPEC_PLACE_CPU, "/linux/resources/cpu/shares",
	  MEMBER_BY_SHARES },
	{ OCI(resources.cpu_quota), MEMBER_AMOUNT, MEMBER_RESTRICTION, "cpus",
	  "the limit of processor time" },
	{ OCI(resources.cpu_burst), MEMBER_AMOUNT, MEMBER_GRANT, "cpu-burst",
	  "the burst of processor time" },
	{ OCI(resources.cpu_period), MEMBER_NUMBER, MEMBER_NEUTRAL, "cpus",
	  "the period of processor time" },
	{ OCI(resources.cpu_realtime_runtime), MEMBER_AMOUNT, MEMBER_GRANT, "cpu-realtime",
	  "the real-time" },
	{ OCI(resources.cpu_realtime_period), MEMBER_NUMBER, MEMBER_NEUTRAL, "cpu-realtime",
	  "the real-time" },
	{ OCI(resources.cpu_idle), MEMBER_AMOUNT, MEMBER_RESTRICTION, "cpu-idle",
	  "idle scheduling" },
	{ OCI(resources.cpu_cpus), MEMBER_TEXT, MEMBER_RESTRICTION, "cpuset",
	  "the set of processors" },
	{ OCI(resources.cpu_mems), MEMBER_TEXT, MEMBER_RESTRICTION, "cpuset",
	  "the set of memory nodes" },
	{ OCI(resources.pids_limit), MEMBER_AMOUNT, MEMBER_RESTRICTION, "pids",
	  "the limit of processes" },
	{ OCI(resources.block_weight), MEMBER_NUMBER, MEMBER_RESTRICTION, "io",
	  "the weight of input and output" },
	{ OCI(resources.block_leaf_weight), MEMBER_NUMBER, MEMBER_NEUTRAL, "io",
	  "the leaf weight of input and output" },
	{ OCI(resources.block_weight_devices), MEMBER_BYTES, MEMBER_RESTRICTION, "io",
	  "the limits of input and output", SPEC_PLACE_COUNT, "/linux/resources/blockIO" },
	{ OCI(resources.block_read_bps), MEMBER_BYTES, MEMBER_RESTRICTION, "io",
	  "the limits of input and output", SPEC_PLACE_COUNT, "/linux/resources/blockIO" },
	{ OCI(resources.block_write_bps), MEMBER_BYTES, MEMBER_RESTRICTION, "io",
	  "the limits of input and output", SPEC_PLACE_COUNT, "/linux/resources/blockIO" },
	{ OCI(resources.block_read_iops), MEMBER_BYTES, MEMBER_RESTRICTION, "io",
	  "the limits of input and output", SPEC_PLACE_COUNT, "/linux/resources/blockIO" },
	{ OCI(resources.block_write_iops), MEMBER_BYTES, MEMBER_RESTRICTION, "io",
	  "the limits of input and output", SPEC_PLACE_COUNT, "/linux/resources/blockIO" },
	{ OCI(resources.hugepages), MEMBER_BYTES, MEMBER_RESTRICTION, "hugepages",
	  "the limits of huge pages", SPEC_PLACE_COUNT, "/linux/resources/hugepageLimits" },
	{ OCI(resources.rdma), MEMBER_BYTES, MEMBER_RESTRICTION, "rdma", "the limits of RDMA",
	  SPEC_PLACE_COUNT, "/linux/resources/rdma" },
	{ OCI(resources.network_class), MEMBER_NUMBER, MEMBER_RESTRICTION, "network-class",
	  "the class of packets" },
	{ OCI(resources.network_priorities), MEMBER_NUMBER, MEMBER_NEUTRAL, "network-priorities",
	  "the priorities of packets" },
	{ OCI(resources.device_rules), MEMBER_BYTES, MEMBER_RESTRICTION, "device-rules",
	  "the rules of devices", SPEC_PLACE_DEVICES, "/linux/resources/devices" },
	{ OCI(resources.unified), MEMBER_BYTES, MEMBER_RESTRICTION, "cgroup-files",
	  "the files of the cgroup", SPEC_PLACE_COUNT, "/linux/resources/unified" },
	{ OCI(masked_paths), MEMBER_TEXTS, MEMBER_RESTRICTION, "masked-paths", "the masked paths" },
	{ OCI(read_only_paths), MEMBER_TEXTS, MEMBER_RESTRICTION, "read-only-paths",
	  "the read-only paths" },
	{ OCI(personality), MEMBER_NUMBER, MEMBER_NEUTRAL, "personality", "the personality" },
	{ OCI(intel_rdt), MEMBER_TEXT, MEMBER_RESTRICTION, "intel-rdt", "the cache allocation" },
	{ OCI(memory_policy_mode), MEMBER_NUMBER, MEMBER_NEUTRAL, "memory-policy",
	  "the memory policy" },
	{ OCI(memory_policy_nodes), MEMBER_TEXT, MEMBER_NEUTRAL, "memory-policy",
	  "the memory policy" },
	{ OCI(memory_policy_flags), MEMBER_BYTES, MEMBER_NEUTRAL, "memory-policy",
	  "the memory policy", SPEC_PLACE_COUNT, "/linux/memoryPolicy" },
	{ OCI(seccomp_flags), MEMBER_BYTES, MEMBER_NEUTRAL, "seccomp-flags", "the flags of seccomp",
	  SPEC_PLACE_SECCOMP, "/linux/seccomp/flags" },
	{ OCI(seccomp_listener.path), MEMBER_BYTES, MEMBER_RESTRICTION, "seccomp-listener",
	  "the listener of seccomp", SPEC_PLACE_SECCOMP, "/linux/seccomp/listenerPath" },
	{ OCI(seccomp_listener.metadata), MEMBER_BYTES, MEMBER_NEUTRAL, "seccomp-listener",
	  "the listener of seccomp", SPEC_PLACE_SECCOMP, "/linux/seccomp/listenerMetadata" },
	{ OCI(seccomp_listener.origin), MEMBER_BYTES, MEMBER_NONE },
	{ ENGINE(language), MEMBER_BYTES, MEMBER_NONE },
	{ ENGINE(is_podman), MEMBER_BYTES, MEMBER_NONE },
	{ ENGINE(places), MEMBER_BYTES, MEMBER_NONE },
	{ ENGINE(service), MEMBER_TEXT, MEMBER_NONE },
	{ ENGINE(image), MEMBER_TEXT, MEMBER_NEUTRAL, "image", "the image" },
	{ ENGINE(platform), MEMBER_TEXT, MEMBER_NEUTRAL, "platform", "the platform" },
	{ ENGINE(pull), MEMBER_TEXT, MEMBER_NEUTRAL, "pull", "the pull policy" },
	{ ENGINE(has_build), MEMBER_BYTES, MEMBER_NEUTRAL, "build", "the build of the image",
	  SPEC_PLACE_IMAGE, "/build" },
	{ ENGINE(user), MEMBER_TEXT, MEMBER_RESTRICTION, "user", "the user", SPEC_PLACE_USER, "",
	  MEMBER_BY_USER_NAME },
	{ ENGINE(groups), MEMBER_TEXTS, MEMBER_GRANT, "groups", "the additional groups",
	  SPEC_PLACE_USER, "", MEMBER_BY_GROUP_NAMES },
	{ ENGINE(entrypoint), MEMBER_TEXTS, MEMBER_NONE },
	{ ENGINE(command), MEMBER_TEXTS, MEMBER_NONE },
	{ ENGINE(passed_env), MEMBER_TEXTS, MEMBER_NEUTRAL, "passed-env",
	  "the caller's variables" },
	{ ENGINE(env_files), MEMBER_TEXTS, MEMBER_NEUTRAL, "env-files", "the files of variables" },
	{ ENGINE(privileged), MEMBER_TEXT, MEMBER_NONE },
	{ ENGINE(cap_add), MEMBER_TEXTS, MEMBER_NONE },
	{ ENGINE(cap_drop), MEMBER_TEXTS, MEMBER_NONE },
	{ ENGINE(seccomp), MEMBER_TEXT, MEMBER_NONE },
	{ ENGINE(apparmor), MEMBER_TEXT, MEMBER_NONE },
	{ ENGINE(selinux), MEMBER_TEXT, MEMBER_RESTRICTION, "selinux", "the SELinux options" },
	{ ENGINE(unmasked_paths), MEMBER_SWITCH, MEMBER_NONE },
	{ ENGINE(must_not_be_root), MEMBER_SWITCH, MEMBER_RESTRICTION, "must-not-be-root",
	  "the refusal of root", SPEC_PLACE_COUNT, "", MEMBER_BY_UNKNOWN_ROOT },
	{ ENGINE(network), MEMBER_TEXT, MEMBER_NEUTRAL, "network", "the network" },
	{ ENGINE(pid), MEMBER_TEXT, MEMBER_NONE },
	{ ENGINE(ipc), MEMBER_TEXT, MEMBER_NONE },
	{ ENGINE(uts), MEMBER_TEXT, MEMBER_NONE },
	{ ENGINE(cgroup), MEMBER_TEXT, MEMBER_NONE },
	{ ENGINE(users), MEMBER_TEXT, MEMBER_NONE },
	{ ENGINE(networks), MEMBER_TEXTS, MEMBER_NEUTRAL, "networks", "the networks" },
	{ ENGINE(ports), MEMBER_BYTES, MEMBER_GRANT, "ports", "the published ports",
	  SPEC_PLACE_PORTS, "" },
	{ ENGINE(volumes), MEMBER_BYTES, MEMBER_GRANT, "volumes", "the volumes", SPEC_PLACE_MOUNTS,
	  "" },
	{ ENGINE(secrets), MEMBER_BYTES, MEMBER_GRANT, "secrets", "the secrets" },
	{ ENGINE(devices), MEMBER_BYTES, MEMBER_NONE },
	{ ENGINE(shm_size), MEMBER_TEXT, MEMBER_NONE },
	{ ENGINE(memory), MEMBER_TEXT, MEMBER_NONE },
	{ ENGINE(memory_swap), MEMBER_TEXT, MEMBER_NONE },
	{ ENGINE(cpus), MEMBER_TEXT, MEMBER_NONE },
	{ ENGINE(pids), MEMBER_TEXT, MEMBER_NONE },
	{ ENGINE(restart), MEMBER_TEXT, MEMBER_NEUTRAL, "restart", "the restart policy" },
	{ ENGINE(health), MEMBER_TEXT, MEMBER_NEUTRAL, "health", "the health check" },
	{ ENGINE(runtime), MEMBER_TEXT, MEMBER_RESTRICTION, "runtime", "the runtime" },
	{ ENGINE(cgroup_parent), MEMBER_TEXT, MEMBER_NEUTRAL, "cgroup", "the parent cgroup" },
	{ ENGINE(has_init), MEMBER_SWITCH, MEMBER_NEUTRAL, "init", "the init process" },
	{ ENGINE(removes_itself), MEMBER_SWITCH, MEMBER_NEUTRAL, "rm", "the removal at the end" },
	{ ENGINE(is_detached), MEMBER_SWITCH, MEMBER_NEUTRAL, "detach",
	  "running in the background" },
	{ ENGINE(keeps_stdin_open), MEMBER_SWITCH, MEMBER_NEUTRAL, "interactive",
	  "the open standard input" },
	{ ENGINE(automounts_token), MEMBER_SWITCH, MEMBER_GRANT, "token",
	  "the service account token" },
	{ ENGINE(unread), MEMBER_TEXTS, MEMBER_NEUTRAL, "unread",
	  "what is no matter of the sandbox" },
	{ ITEM(spec_tmpfs, target), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_tmpfs, size), MEMBER_BYTES, MEMBER_RESTRICTION, "tmpfs-options" },
	{ ITEM(spec_tmpfs, is_executable), MEMBER_BYTES, MEMBER_GRANT },
	{ ITEM(spec_tmpfs, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_mount, source), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_mount, target), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_mount, is_writable), MEMBER_BYTES, MEMBER_GRANT },
	{ ITEM(spec_mount, is_executable), MEMBER_BYTES, MEMBER_GRANT },
	{ ITEM(spec_mount, may_be_sensitive), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_mount, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_secret, name), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_secret, source), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_secret, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_device, path), MEMBER_BYTES, MEMBER_GRANT },
	{ ITEM(spec_device, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_rlimit, resource), MEMBER_BYTES, MEMBER_RESTRICTION, "rlimits" },
	{ ITEM(spec_rlimit, soft), MEMBER_BYTES, MEMBER_RESTRICTION, "rlimits" },
	{ ITEM(spec_rlimit, hard), MEMBER_BYTES, MEMBER_RESTRICTION, "rlimits" },
	{ ITEM(spec_rlimit, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_io_device, path), MEMBER_BYTES, MEMBER_RESTRICTION, "io" },
	{ ITEM(spec_io_device, read_bps), MEMBER_BYTES, MEMBER_RESTRICTION, "io" },
	{ ITEM(spec_io_device, write_bps), MEMBER_BYTES, MEMBER_RESTRICTION, "io" },
	{ ITEM(spec_io_device, read_iops), MEMBER_BYTES, MEMBER_RESTRICTION, "io" },
	{ ITEM(spec_io_device, write_iops), MEMBER_BYTES, MEMBER_RESTRICTION, "io" },
	{ ITEM(spec_io_device, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_sysctl, name), MEMBER_BYTES, MEMBER_RESTRICTION, "sysctls" },
	{ ITEM(spec_sysctl, value), MEMBER_BYTES, MEMBER_RESTRICTION, "sysctls" },
	{ ITEM(spec_sysctl, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_oci_namespace, kind), MEMBER_BYTES, MEMBER_RESTRICTION, "namespaces" },
	{ ITEM(spec_oci_namespace, path), MEMBER_BYTES, MEMBER_GRANT, "namespace-paths" },
	{ ITEM(spec_oci_namespace, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_oci_time_offset, clock), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_oci_time_offset, seconds), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_oci_time_offset, nanoseconds), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_oci_time_offset, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_oci_mount, target), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_oci_mount, source), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_oci_mount, type), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_oci_mount, is_bind), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_oci_mount, is_recursive), MEMBER_BYTES, MEMBER_GRANT },
	{ ITEM(spec_oci_mount, attributes), MEMBER_BYTES, MEMBER_RESTRICTION, "mount-options" },
	{ ITEM(spec_oci_mount, cleared), MEMBER_BYTES, MEMBER_GRANT },
	{ ITEM(spec_oci_mount, attributes_below), MEMBER_BYTES, MEMBER_RESTRICTION,
	  "mount-options" },
	{ ITEM(spec_oci_mount, cleared_below), MEMBER_BYTES, MEMBER_GRANT },
	{ ITEM(spec_oci_mount, superblock), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_oci_mount, superblock_cleared), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_oci_mount, propagation), MEMBER_BYTES, MEMBER_GRANT, "mount-propagation" },
	{ ITEM(spec_oci_mount, is_propagation_recursive), MEMBER_BYTES, MEMBER_GRANT,
	  "mount-propagation" },
	{ ITEM(spec_oci_mount, is_remount), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_oci_mount, copies_up), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_oci_mount, is_id_mapped), MEMBER_BYTES, MEMBER_RESTRICTION, "mount-options" },
	{ ITEM(spec_oci_mount, is_id_mapped_below), MEMBER_BYTES, MEMBER_RESTRICTION,
	  "mount-options" },
	{ ITEM(spec_oci_mount, uids), MEMBER_BYTES, MEMBER_RESTRICTION, "mount-options" },
	{ ITEM(spec_oci_mount, gids), MEMBER_BYTES, MEMBER_RESTRICTION, "mount-options" },
	{ ITEM(spec_oci_mount, data), MEMBER_BYTES, MEMBER_RESTRICTION, "mount-options" },
	{ ITEM(spec_oci_mount, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_oci_device, path), MEMBER_BYTES, MEMBER_GRANT },
	{ ITEM(spec_oci_device, type), MEMBER_BYTES, MEMBER_GRANT },
	{ ITEM(spec_oci_device, major), MEMBER_BYTES, MEMBER_GRANT },
	{ ITEM(spec_oci_device, minor), MEMBER_BYTES, MEMBER_GRANT },
	{ ITEM(spec_oci_device, mode), MEMBER_BYTES, MEMBER_RESTRICTION, "device-modes" },
	{ ITEM(spec_oci_device, has_mode), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_oci_device, uid), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_oci_device, gid), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_oci_device, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_oci_device_rule, allows), MEMBER_BYTES, MEMBER_RESTRICTION, "device-rules" },
	{ ITEM(spec_oci_device_rule, is_all), MEMBER_BYTES, MEMBER_RESTRICTION, "device-rules" },
	{ ITEM(spec_oci_device_rule, rule), MEMBER_BYTES, MEMBER_RESTRICTION, "device-rules" },
	{ ITEM(spec_oci_device_rule, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_oci_hook, path), MEMBER_BYTES, MEMBER_RESTRICTION, "hooks" },
	{ ITEM(spec_oci_hook, args), MEMBER_BYTES, MEMBER_RESTRICTION, "hooks" },
	{ ITEM(spec_oci_hook, env), MEMBER_BYTES, MEMBER_RESTRICTION, "hooks" },
	{ ITEM(spec_oci_hook, timeout_s), MEMBER_BYTES, MEMBER_RESTRICTION, "hooks" },
	{ ITEM(spec_oci_hook, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_oci_block_device, major), MEMBER_BYTES, MEMBER_RESTRICTION, "io" },
	{ ITEM(spec_oci_block_device, minor), MEMBER_BYTES, MEMBER_RESTRICTION, "io" },
	{ ITEM(spec_oci_block_device, weight), MEMBER_BYTES, MEMBER_RESTRICTION, "io" },
	{ ITEM(spec_oci_block_device, leaf_weight), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_oci_block_device, rate), MEMBER_BYTES, MEMBER_RESTRICTION, "io" },
	{ ITEM(spec_oci_block_device, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_oci_hugepage_limit, page_size), MEMBER_BYTES, MEMBER_RESTRICTION, "hugepages" },
	{ ITEM(spec_oci_hugepage_limit, limit), MEMBER_BYTES, MEMBER_RESTRICTION, "hugepages" },
	{ ITEM(spec_oci_hugepage_limit, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_oci_rdma_limit, device), MEMBER_BYTES, MEMBER_RESTRICTION, "rdma" },
	{ ITEM(spec_oci_rdma_limit, handles), MEMBER_BYTES, MEMBER_RESTRICTION, "rdma" },
	{ ITEM(spec_oci_rdma_limit, objects), MEMBER_BYTES, MEMBER_RESTRICTION, "rdma" },
	{ ITEM(spec_oci_rdma_limit, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_oci_net_device, host_name), MEMBER_BYTES, MEMBER_GRANT },
	{ ITEM(spec_oci_net_device, name), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_oci_net_device, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_oci_annotation, name), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_oci_annotation, value), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_engine_port, address), MEMBER_BYTES, MEMBER_RESTRICTION, "port-addresses" },
	{ ITEM(spec_engine_port, host_port), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_engine_port, host_port_last), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_engine_port, port), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_engine_port, port_last), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_engine_port, protocol), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_engine_port, is_only_exposed), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_engine_port, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_engine_volume, name), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_engine_volume, kind), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_engine_volume, target), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_engine_volume, is_read_only), MEMBER_BYTES, MEMBER_RESTRICTION,
	  "mount-options" },
	{ ITEM(spec_engine_volume, is_executable), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_engine_volume, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_engine_secret, name), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_engine_secret, source), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_engine_secret, target), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_engine_secret, variable), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_engine_secret, is_config), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_engine_secret, mode), MEMBER_BYTES, MEMBER_RESTRICTION, "secret-modes" },
	{ ITEM(spec_engine_secret, origin), MEMBER_BYTES, MEMBER_NONE },
	{ ITEM(spec_engine_device, source), MEMBER_BYTES, MEMBER_GRANT },
	{ ITEM(spec_engine_device, target), MEMBER_BYTES, MEMBER_NEUTRAL },
	{ ITEM(spec_engine_device, access), MEMBER_BYTES, MEMBER_RESTRICTION, "device-access" },
	{ ITEM(spec_engine_device, origin), MEMBER_BYTES, MEMBER_NONE },
};
/* NOLINTEND(bugprone-sizeof-expression) */
const size_t member_count = ARRAY_LEN(member_table);

/* NULL: @spec has no such part. */
static const unsigned char *part_of(const struct spec *spec, enum member_owner owner)
{
	const void *parts[MEMBER_OWNER_COUNT] = {
		[MEMBER_OF_SPEC] = spec,
		[MEMBER_OF_OCI] = spec->oci,
		[MEMBER_OF_ENGINE] = spec->engine,
	};

	return parts[owner];
}

static bool has_any_byte(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != 0)
			return true;
	}
	return false;
}

static bool is_there_by_shape(const struct member *member, const void *value)
{
	const struct spec_number *number = value;
	const struct spec_switch *choice = value;

	switch (member->shape) {
	case MEMBER_TEXT:
		return ((const struct spec_text *)value)->value != NULL;
	case MEMBER_TEXTS:
		return ((const struct spec_text_list *)value)->count > 0;
	case MEMBER_NUMBER:
		return number->is_set;
	case MEMBER_AMOUNT:
		return number->is_set && number->value > 0;
	case MEMBER_LIMIT:
		return ((const struct spec_limit *)value)->is_set;
	case MEMBER_SWITCH:
		return choice->is_on && choice->is_said;
	case MEMBER_BYTES:
		break;
	}
	return has_any_byte(value, member->size);
}

bool member_is_there(const struct member *member, const struct spec *spec)
{
	const unsigned char *part = part_of(spec, member->owner);

	if (part == NULL)
		return false;
	return member->sign != MEMBER_BY_SHAPE ? signs[member->sign](spec)
	                                       : is_there_by_shape(member, part + member->offset);
}

static const char *own_origin(const struct member *member, const unsigned char *value)
{
	const struct spec_text_list *texts = (const void *)value;

	switch (member->shape) {
	case MEMBER_TEXT:
		return ((const struct spec_text *)(const void *)value)->origin;
	case MEMBER_TEXTS:
		return texts->count == 0 ? NULL : texts->items[0].origin;
	case MEMBER_NUMBER:
	case MEMBER_AMOUNT:
		return ((const struct spec_number *)(const void *)value)->origin;
	case MEMBER_LIMIT:
		return ((const struct spec_limit *)(const void *)value)->origin;
	case MEMBER_SWITCH:
		return ((const struct spec_switch *)(const void *)value)->origin;
	case MEMBER_BYTES:
		break;
	}
	return NULL;
}

const char *member_origin(const struct member *member, const struct spec *spec)
{
	const unsigned char *part = part_of(spec, member->owner);
	const char *origin = part == NULL ? NULL : own_origin(member, part + member->offset);

	if (origin == NULL && member->place == SPEC_PLACE_USER)
		origin = spec->user.origin;
	if (origin == NULL && spec->engine != NULL && member->place != SPEC_PLACE_COUNT)
		origin = spec->engine->places[member->place];
	if (origin == NULL && spec->engine == NULL)
		origin = member->pointer;
	return origin == NULL ? "" : origin;
}

const struct member *member_at(const struct spec *spec, const void *address)
{
	const unsigned char *byte = address;

	for (size_t i = 0; i < member_count; i++) {
		const unsigned char *part = part_of(spec, member_table[i].owner);

		if (part != NULL && part + member_table[i].offset == byte)
			return &member_table[i];
	}
	assert(!"no member begins there");
	return NULL;
}

const struct member *member_called(enum member_owner owner, const char *name)
{
	for (size_t i = 0; i < member_count; i++) {
		if (member_table[i].owner == owner && strcmp(member_table[i].name, name) == 0)
			return &member_table[i];
	}
	assert(!"no member has this name");
	return NULL;
}

bool member_knows_control(const char *control)
{
	for (size_t i = 0; i < member_count; i++) {
		if (member_table[i].effect == MEMBER_RESTRICTION &&
		    strcmp(member_table[i].control, control) == 0)
			return true;
	}
	return false;
}
