/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/explain_stages.h"

#include <inttypes.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>

#include "kernel/landlock.h"

#define LINE_SIZE 8192 /* bytes of one "how"; what is longer is cut off */
#define SIZE_SIZE 32   /* bytes of a size in words */

static PRINTF_LIKE(3, 4) void say(const struct audience *audience, const char *what,
                                  const char *format, ...)
{
	char how[LINE_SIZE];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(how, sizeof(how), format, args);
	va_end(args);
	audience->hear(audience->context, what, how);
}

/* A list in a sentence: what does not fit is left out. */
struct phrase {
	char text[LINE_SIZE];
	size_t length;
};

static PRINTF_LIKE(3, 4) void phrase_add(struct phrase *phrase, const char *separator,
                                         const char *format, ...)
{
	const char *between = phrase->length > 0 ? separator : "";
	const size_t room = sizeof(phrase->text) - phrase->length;
	char word[LINE_SIZE];
	va_list args;
	int length;

	va_start(args, format);
	(void)vsnprintf(word, sizeof(word), format, args);
	va_end(args);
	length = snprintf(phrase->text + phrase->length, room, "%s%s", between, word);
	if (length > 0)
		phrase->length += (size_t)length < room ? (size_t)length : room - 1;
}

/* "64 MiB": the largest unit that leaves no remainder. */
static const char *size_in_words(uint64_t size, char words[SIZE_SIZE])
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	size_t unit = 0;

	while (size >= 1024 && size % 1024 == 0 && unit + 1 < ARRAY_LEN(units)) {
		size /= 1024;
		unit++;
	}
	(void)snprintf(words, SIZE_SIZE, "%" PRIu64 " %s", size, units[unit]);
	return words;
}

static void tell_cgroup(const struct plan *plan, const struct audience *audience)
{
	const struct plan_cgroup *cgroup = &plan->cgroup;

	if (cgroup->parent == NULL) {
		say(audience, "none", "no cgroup is made");
		return;
	}
	say(audience, cgroup->name, "made in %s", cgroup->parent);
	for (size_t i = 0; i < cgroup->value_count; i++)
		say(audience, cgroup->values[i].file, "%s", cgroup->values[i].value);
	if (cgroup->device_program != NULL)
		say(audience, "devices", "refused but for the planned ones, by eBPF");
}

static const struct {
	uint64_t flag;
	const char *name;
} namespaces[] = {
	{ CLONE_NEWUSER, "user" },     { CLONE_NEWNS, "mount" },  { CLONE_NEWPID, "PID" },
	{ CLONE_NEWNET, "network" },   { CLONE_NEWIPC, "IPC" },   { CLONE_NEWUTS, "UTS" },
	{ CLONE_NEWCGROUP, "cgroup" }, { CLONE_NEWTIME, "time" },
};

static void tell_namespaces(const struct plan *plan, const struct audience *audience)
{
	struct phrase own = { .length = 0 };
	struct phrase shared = { .length = 0 };

	for (size_t i = 0; i < ARRAY_LEN(namespaces); i++)
		phrase_add((plan->clone_flags & namespaces[i].flag) != 0 ? &own : &shared, ", ",
		           "%s", namespaces[i].name);
	say(audience, "own", "%s", own.text);
	if (shared.length > 0)
		say(audience, "the host's", "%s", shared.text);
}

static void tell_map(const char *what, const struct id_map *map, size_t count,
                     const struct audience *audience)
{
	for (size_t i = 0; i < count; i++)
		say(audience, what, "%u to %u are %u to %u of the host", map[i].inner,
		    map[i].inner + (map[i].count - 1), map[i].outer,
		    map[i].outer + (map[i].count - 1));
}

static void tell_ids(const struct plan *plan, const struct audience *audience)
{
	if ((plan->clone_flags & CLONE_NEWUSER) == 0) {
		say(audience, "all", "the host's own");
		return;
	}
	tell_map("users", plan->uid_map, plan->uid_map_count, audience);
	tell_map("groups", plan->gid_map, plan->gid_map_count, audience);
	if (plan->maps_by_helper)
		say(audience, "written by", "newuidmap and newgidmap");
}

const struct stage_teller launcher_tellers[] = {
	{ "cgroup", tell_cgroup },
	{ "namespaces", tell_namespaces },
	{ "id-maps", tell_ids },
};
const size_t launcher_teller_count = ARRAY_LEN(launcher_tellers);

/* What a config.json mounts says so itself. */
static uint64_t attributes_of(const struct plan_node *node)
{
	return node->kind == PLAN_NODE_MOUNT ? node->mount->own.set : node->attributes;
}

static void phrase_add_attributes(struct phrase *phrase, const struct plan_node *node)
{
	const uint64_t attributes = attributes_of(node);

	if (node->is_read_only || (attributes & MOUNT_ATTR_RDONLY) != 0)
		phrase_add(phrase, ", ", "read-only");
	else
		phrase_add(phrase, ", ", "writable");
	if ((attributes & MOUNT_ATTR_NOSUID) != 0)
		phrase_add(phrase, ", ", "nosuid");
	if ((attributes & MOUNT_ATTR_NODEV) != 0)
		phrase_add(phrase, ", ", "nodev");
	if ((attributes & MOUNT_ATTR_NOEXEC) != 0)
		phrase_add(phrase, ", ", "noexec");
	if (node->is_id_mapped)
		phrase_add(phrase, ", ", "id-mapped");
}

static void tell_node(const struct plan_node *node, const struct audience *audience)
{
	struct phrase phrase = { .length = 0 };
	char size[SIZE_SIZE];

	switch (node->kind) {
	case PLAN_NODE_DIRECTORY:
		say(audience, node->target, "directory");
		return;
	case PLAN_NODE_FILE:
		say(audience, node->target, "file of hardrun's own, %zu bytes", node->content_size);
		return;
	case PLAN_NODE_SYMLINK:
		say(audience, node->target, "link to %s", node->source);
		return;
	case PLAN_NODE_DEVICE:
		say(audience, node->target, "the host's device %u:%u", major(node->device_number),
		    minor(node->device_number));
		return;
	case PLAN_NODE_MKNOD:
	case PLAN_NODE_BOUND_DEVICE:
		say(audience, node->target, "device %u:%u%s", major(node->device_number),
		    minor(node->device_number),
		    node->kind == PLAN_NODE_MKNOD ? "" : ", the host's");
		return;
	case PLAN_NODE_LINK:
		say(audience, node->target, "link to %s", node->source);
		return;
	case PLAN_NODE_MOUNT:
		if (node->mount->is_bind)
			phrase_add(&phrase, "", "bind of %s", node->source);
		else
			phrase_add(&phrase, "", "%s", node->mount->type);
		break;
	case PLAN_NODE_BIND:
		phrase_add(&phrase, "", "bind of %s", node->source);
		break;
	case PLAN_NODE_TMPFS:
		phrase_add(&phrase, "", "tmpfs of %s", size_in_words(node->tmpfs_size, size));
		break;
	case PLAN_NODE_PROC:
		phrase_add(&phrase, "", "proc");
		break;
	case PLAN_NODE_SYSFS:
		phrase_add(&phrase, "", "sysfs");
		break;
	case PLAN_NODE_CGROUP2:
		phrase_add(&phrase, "", "cgroup2");
		break;
	case PLAN_NODE_DEVPTS:
		phrase_add(&phrase, "", "devpts of its own");
		break;
	case PLAN_NODE_KIND_COUNT:
		return;
	}
	phrase_add_attributes(&phrase, node);
	say(audience, node->target, "%s", phrase.text);
}

static void tell_nodes(const struct plan *plan, const struct audience *audience)
{
	for (size_t i = 0; i < plan->node_count; i++)
		tell_node(&plan->nodes[i], audience);
}

static void tell_secrets(const struct plan *plan, const struct audience *audience)
{
	for (size_t i = 0; i < plan->secret_count; i++)
		say(audience, plan->secrets[i].target, "copy of %s, mode 0400",
		    plan->secrets[i].source);
}

static void tell_sysctls(const struct plan *plan, const struct audience *audience)
{
	if (plan->forbids_nested_user_namespaces)
		say(audience, "user/max_user_namespaces", "0");
	for (size_t i = 0; i < plan->sysctl_count; i++)
		say(audience, plan->sysctls[i].path, "%s", plan->sysctls[i].value);
}

static void tell_masks(const struct plan *plan, const struct audience *audience)
{
	for (size_t i = 0; i < plan->masked_path_count; i++)
		say(audience, plan->masked_paths[i].path, "reads as empty, where it exists");
}

static void tell_read_only(const struct plan *plan, const struct audience *audience)
{
	for (size_t i = 0; i < plan->node_count; i++) {
		if (plan->nodes[i].is_read_only)
			say(audience, plan->nodes[i].target, "made read-only");
	}
}

static void tell_hostname(const struct plan *plan, const struct audience *audience)
{
	if (plan->hostname != NULL)
		say(audience, "hostname", "%s", plan->hostname);
}

static void tell_network(const struct plan *plan, const struct audience *audience)
{
	if (plan->brings_up_loopback)
		say(audience, "lo", "brought up; there is no other interface");
}

static void tell_net_devices(const struct plan *plan, const struct audience *audience)
{
	for (size_t i = 0; i < plan->net_device_count; i++) {
		const struct plan_net_device *device = &plan->net_devices[i];

		say(audience, device->name != NULL ? device->name : device->host_name,
		    "moved from the host, where it is %s", device->host_name);
	}
}

static const struct {
	int resource;
	const char *name;
} resources[] = {
	{ RLIMIT_AS, "address space" },
	{ RLIMIT_CORE, "core file" },
	{ RLIMIT_CPU, "processor seconds" },
	{ RLIMIT_DATA, "data" },
	{ RLIMIT_FSIZE, "file size" },
	{ RLIMIT_LOCKS, "locks" },
	{ RLIMIT_MEMLOCK, "locked memory" },
	{ RLIMIT_MSGQUEUE, "message queues" },
	{ RLIMIT_NICE, "nice" },
	{ RLIMIT_NOFILE, "open files" },
	{ RLIMIT_NPROC, "processes of the user" },
	{ RLIMIT_RSS, "resident memory" },
	{ RLIMIT_RTPRIO, "real-time priority" },
	{ RLIMIT_RTTIME, "real-time microseconds" },
	{ RLIMIT_SIGPENDING, "pending signals" },
	{ RLIMIT_STACK, "stack" },
};

static const char *resource_name(int resource)
{
	for (size_t i = 0; i < ARRAY_LEN(resources); i++) {
		if (resources[i].resource == resource)
			return resources[i].name;
	}
	return "resource";
}

static void tell_limits(const struct plan *plan, const struct audience *audience)
{
	for (size_t i = 0; i < plan->rlimit_count; i++) {
		const struct plan_rlimit *limit = &plan->rlimits[i];

		if (limit->soft == RLIM_INFINITY)
			say(audience, resource_name(limit->resource), "unlimited");
		else
			say(audience, resource_name(limit->resource),
			    "%" PRIu64 ", at most %" PRIu64, limit->soft, limit->hard);
	}
}

static void tell_umask(const struct plan *plan, const struct audience *audience)
{
	say(audience, "umask", "%04o", plan->umask);
}

static void tell_no_new_privs(const struct plan *plan, const struct audience *audience)
{
	say(audience, "no_new_privs", "%s", plan->no_new_privs ? "set, for good" : "not set");
}

static void tell_user(const struct plan *plan, const struct audience *audience)
{
	struct phrase groups = { .length = 0 };

	say(audience, "user", "%u", plan->inner_uid);
	say(audience, "group", "%u", plan->inner_gid);
	for (size_t i = 0; i < plan->additional_gid_count; i++)
		phrase_add(&groups, ", ", "%u", plan->additional_gids[i]);
	if (groups.length > 0)
		say(audience, "other groups", "%s", groups.text);
}

static void tell_capabilities(const struct plan *plan, const struct audience *audience)
{
	struct phrase names = { .length = 0 };

	for (unsigned int number = 0; number < 64; number++) {
		const char *name = capability_name(number);

		if ((plan->capabilities >> number & 1) != 0)
			phrase_add(&names, ", ", "%s", name != NULL ? name : "?");
	}
	say(audience, "all five sets", "%s", names.length > 0 ? names.text : "empty");
}

static void tell_bounding_set(const struct plan *plan, const struct audience *audience)
{
	say(audience, "securebits", "locked: user 0 gains nothing by execve");
	say(audience, "bounding set", "%s",
	    plan->capabilities != 0 ? "the planned capabilities" : "empty");
}

static void tell_apparmor(const struct plan *plan, const struct audience *audience)
{
	if (plan->apparmor_profile == NULL)
		say(audience, "profile", "none");
	else
		say(audience, "profile", "%s, %s", plan->apparmor_profile,
		    plan->apparmor_text != NULL ? "made for this container" : "loaded by the host");
}

/* Rights of Landlock that go by one word. */
static const struct {
	uint64_t access;
	const char *word;
} landlock_words[] = {
	{ LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR, "read" },
	{ LANDLOCK_FS_EXECUTE, "execute" },
	{ LANDLOCK_FS_WRITE_FILE | LANDLOCK_FS_TRUNCATE, "write" },
	{ LANDLOCK_FS_MAKE_DIR | LANDLOCK_FS_MAKE_REG | LANDLOCK_FS_MAKE_SOCK |
	          LANDLOCK_FS_MAKE_FIFO | LANDLOCK_FS_MAKE_SYM,
	  "create" },
	{ LANDLOCK_FS_REMOVE_DIR | LANDLOCK_FS_REMOVE_FILE, "remove" },
	{ LANDLOCK_FS_REFER, "move" },
	{ LANDLOCK_FS_MAKE_CHAR | LANDLOCK_FS_MAKE_BLOCK, "create devices" },
	{ LANDLOCK_FS_IOCTL_DEV, "control devices" },
};

static void tell_landlock_rule(const struct plan_landlock_rule *rule,
                               const struct audience *audience)
{
	struct phrase words = { .length = 0 };

	for (size_t i = 0; i < ARRAY_LEN(landlock_words); i++) {
		if ((rule->access & landlock_words[i].access) != 0)
			phrase_add(&words, ", ", "%s", landlock_words[i].word);
	}
	say(audience, rule->path, "%s", words.text);
}

static void tell_landlock(const struct plan *plan, const struct audience *audience)
{
	const struct plan_landlock *landlock = &plan->landlock;

	say(audience, "version", "%d of the kernel's interface", landlock->abi);
	for (size_t i = 0; i < landlock->rule_count; i++)
		tell_landlock_rule(&landlock->rules[i], audience);
	if (landlock->handled_net != 0)
		say(audience, "TCP", "neither bind nor connect");
	if (landlock->scoped != 0)
		say(audience, "scope", "no abstract socket and no signal to the outside");
}

static void tell_seccomp(const struct plan *plan, const struct audience *audience)
{
	if (plan->seccomp.len > 0)
		say(audience, "seccomp", "filter of %u instructions", plan->seccomp.len);
	else
		say(audience, "seccomp", "no filter");
}

static void tell_directory(const struct plan *plan, const struct audience *audience)
{
	say(audience, "cwd", "%s", plan->cwd);
}

static void tell_environment(const struct plan *plan, const struct audience *audience)
{
	struct phrase names = { .length = 0 };

	for (const char *const *setting = plan->envp; setting != NULL && *setting != NULL;
	     setting++)
		phrase_add(&names, " ", "%.*s", (int)strcspn(*setting, "="), *setting);
	say(audience, "environment", "%s", names.text);
}

static void tell_program(const struct plan *plan, const struct audience *audience)
{
	struct phrase command = { .length = 0 };

	for (const char *const *argument = plan->argv; argument != NULL && *argument != NULL;
	     argument++)
		phrase_add(&command, " ", "%s", *argument);
	say(audience, "command", "%s", command.text);
	tell_environment(plan, audience);
	tell_seccomp(plan, audience);
	if (plan->timeout_ms > 0)
		say(audience, "time limit", "%" PRIu64 " ms", plan->timeout_ms);
}

static void tell_keyring(const struct plan *plan, const struct audience *audience)
{
	say(audience, "session keyring", "new and empty");
}

static void tell_session(const struct plan *plan, const struct audience *audience)
{
	say(audience, "session", "new%s", plan->has_terminal ? ", with a terminal of its own" : "");
	tell_keyring(plan, audience);
}

static void tell_propagation(const struct plan *plan, const struct audience *audience)
{
	say(audience, "mounts", "made here, they stay here");
}

static void tell_pivot_root(const struct plan *plan, const struct audience *audience)
{
	say(audience, "/", "becomes the new root; the host's is let go");
}

static void tell_console(const struct plan *plan, const struct audience *audience)
{
	say(audience, "terminal", "a new one, from the container's own devpts");
}

static void tell_descriptors(const struct plan *plan, const struct audience *audience)
{
	say(audience, "descriptors", "all but standard input, output and error are closed");
}

static void tell_find_program(const struct plan *plan, const struct audience *audience)
{
	say(audience, "program", "looked for inside");
}

static void tell_wait_for_start(const struct plan *plan, const struct audience *audience)
{
	say(audience, "start", "awaited from the launcher");
}

static void tell_sources(const struct plan *plan, const struct audience *audience)
{
	say(audience, "binds", "opened with nothing but the caller's own rights");
}

static void tell_user_mapping(const struct plan *plan, const struct audience *audience)
{
	say(audience, "ids", "mapped by the launcher");
}

static void tell_early_seccomp(const struct plan *plan, const struct audience *audience)
{
	say(audience, "seccomp", "filter loaded while there is the right to: no_new_privs is off");
}

static void tell_domainname(const struct plan *plan, const struct audience *audience)
{
	say(audience, "domain name", "%s", plan->domainname);
}

static void tell_home(const struct plan *plan, const struct audience *audience)
{
	say(audience, "HOME", "as /etc/passwd of the container says");
}

static void tell_hide(const struct plan *plan, const struct audience *audience)
{
	say(audience, "process", "hidden from those whose namespaces it joins");
}

static void tell_time_offsets(const struct plan *plan, const struct audience *audience)
{
	for (size_t i = 0; i < plan->time_offset_count; i++)
		say(audience, plan->time_offsets[i].clock, "%" PRId64 " s and %u ns ahead",
		    plan->time_offsets[i].seconds, plan->time_offsets[i].nanoseconds);
}

static void tell_joins(const struct plan *plan, const struct audience *audience)
{
	for (size_t i = 0; i < plan->join_count; i++)
		say(audience, "joined", "%s", plan->joins[i].path);
}

static void tell_join_container(const struct plan *plan, const struct audience *audience)
{
	say(audience, "joined", "all namespaces of the container");
}

static void tell_inside(const struct plan *plan, const struct audience *audience)
{
	say(audience, "/", "the container's");
}

static void tell_cwd(const struct plan *plan, const struct audience *audience)
{
	say(audience, plan->cwd, "made if it is missing");
}

static void tell_hooks(const struct plan_hook_list *hooks, const struct audience *audience)
{
	for (size_t i = 0; i < hooks->count; i++)
		say(audience, "hook", "%s", hooks->items[i].path);
}

static void tell_runtime_hooks(const struct plan *plan, const struct audience *audience)
{
	tell_hooks(&plan->hooks[PLAN_HOOK_PRESTART], audience);
	tell_hooks(&plan->hooks[PLAN_HOOK_CREATE_RUNTIME], audience);
}

static void tell_container_hooks(const struct plan *plan, const struct audience *audience)
{
	tell_hooks(&plan->hooks[PLAN_HOOK_CREATE_CONTAINER], audience);
}

static void tell_start_hooks(const struct plan *plan, const struct audience *audience)
{
	tell_hooks(&plan->hooks[PLAN_HOOK_START_CONTAINER], audience);
}

static void tell_root_propagation(const struct plan *plan, const struct audience *audience)
{
	say(audience, "/", "mounts propagate as rootfsPropagation says");
}

static void tell_scheduling(const struct plan *plan, const struct audience *audience)
{
	say(audience, "scheduling", "as the process asks");
}

static void tell_streams(const struct plan *plan, const struct audience *audience)
{
	say(audience, "standard streams", "given to user %u", plan->inner_uid);
}

/* A stage that was added without a teller; a test looks for these words. */
static void tell_unknown(const struct plan *plan, const struct audience *audience)
{
	say(audience, "?", "not explained");
}

/* By name; the order is that of the table of stages, not of this one. */
static const struct stage_teller stage_tellers[] = {
	{ "apparmor", tell_apparmor },
	{ "bounding-set", tell_bounding_set },
	{ "capabilities", tell_capabilities },
	{ "console", tell_console },
	{ "container-hooks", tell_container_hooks },
	{ "cwd", tell_cwd },
	{ "descriptors", tell_descriptors },
	{ "domainname", tell_domainname },
	{ "early-seccomp", tell_early_seccomp },
	{ "exec", tell_program },
	{ "find-program", tell_find_program },
	{ "hide", tell_hide },
	{ "home", tell_home },
	{ "hostname", tell_hostname },
	{ "inside", tell_inside },
	{ "join-container", tell_join_container },
	{ "join-namespaces", tell_joins },
	{ "keyring", tell_keyring },
	{ "landlock", tell_landlock },
	{ "limits", tell_limits },
	{ "masked-paths", tell_masks },
	{ "mounts", tell_nodes },
	{ "net-devices", tell_net_devices },
	{ "network", tell_network },
	{ "no-new-privs", tell_no_new_privs },
	{ "pivot-root", tell_pivot_root },
	{ "propagation", tell_propagation },
	{ "read-only-paths", tell_read_only },
	{ "root-propagation", tell_root_propagation },
	{ "runtime-hooks", tell_runtime_hooks },
	{ "scheduling", tell_scheduling },
	{ "secrets", tell_secrets },
	{ "session", tell_session },
	{ "sources", tell_sources },
	{ "start-hooks", tell_start_hooks },
	{ "streams", tell_streams },
	{ "sysctls", tell_sysctls },
	{ "time-offsets", tell_time_offsets },
	{ "umask", tell_umask },
	{ "user", tell_user },
	{ "user-mapping", tell_user_mapping },
	{ "wait-for-start", tell_wait_for_start },
	{ "working-directory", tell_directory },
};

static const struct stage_teller unknown_stage = { "", tell_unknown };

const struct stage_teller *stage_teller_find(const char *stage)
{
	for (size_t i = 0; i < ARRAY_LEN(stage_tellers); i++) {
		if (strcmp(stage_tellers[i].stage, stage) == 0)
			return &stage_tellers[i];
	}
	return &unknown_stage;
}
