/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules about what a container has of the host: namespaces, files, devices, resources. */
#include <fnmatch.h>
#include <limits.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "base/path.h"
#include "policy/rule_parts.h"
#include "spec/known_paths.h"

static bool find_shared(const struct rule_subject *subject, size_t index, uint64_t kind,
                        enum spec_engine_place place, const char *name, struct rule_finding *out)
{
	const struct spec_oci *oci = subject->spec->oci;

	if (index > 0 || oci == NULL)
		return false;
	for (size_t i = 0; i < oci->namespace_count; i++) {
		const struct spec_oci_namespace *own = &oci->namespaces[i];

		if (own->kind != kind)
			continue;
		if (own->path == NULL || !known_path_is_host_namespace(own->path))
			return false;
		return rule_found(out, own->origin, "the container is in the host's %s namespace",
		                  name);
	}
	return rule_found(out, rule_place(subject->spec, place, "/linux/namespaces"),
	                  "the container is in the host's %s namespace", name);
}

bool rule_find_host_pid(const struct rule_subject *subject, size_t index, struct rule_finding *out)
{
	return find_shared(subject, index, CLONE_NEWPID, SPEC_PLACE_PID_NAMESPACE, "PID", out);
}

bool rule_find_host_mount(const struct rule_subject *subject, size_t index,
                          struct rule_finding *out)
{
	return find_shared(subject, index, CLONE_NEWNS, SPEC_PLACE_SERVICE, "mount", out);
}

bool rule_find_host_network(const struct rule_subject *subject, size_t index,
                            struct rule_finding *out)
{
	return find_shared(subject, index, CLONE_NEWNET, SPEC_PLACE_NETWORK, "network", out);
}

bool rule_find_host_ipc(const struct rule_subject *subject, size_t index, struct rule_finding *out)
{
	return find_shared(subject, index, CLONE_NEWIPC, SPEC_PLACE_IPC_NAMESPACE, "IPC", out);
}

bool rule_find_host_uts(const struct rule_subject *subject, size_t index, struct rule_finding *out)
{
	return find_shared(subject, index, CLONE_NEWUTS, SPEC_PLACE_UTS_NAMESPACE, "UTS", out);
}

bool rule_find_host_cgroup(const struct rule_subject *subject, size_t index,
                           struct rule_finding *out)
{
	return find_shared(subject, index, CLONE_NEWCGROUP, SPEC_PLACE_CGROUP_NAMESPACE, "cgroup",
	                   out);
}

/* Docker's daemon decides it for all containers; a line can only opt out. */
static bool is_daemons_to_say(const struct spec_engine *engine)
{
	if (engine == NULL || engine->language == SPEC_LANGUAGE_KUBERNETES)
		return false;
	return engine->users.value == NULL || strcmp(engine->users.value, "host") != 0;
}

bool rule_is_user_namespace_told(const struct rule_subject *subject)
{
	return !is_daemons_to_say(subject->spec->engine);
}

bool rule_find_user_namespace_off(const struct rule_subject *subject, size_t index,
                                  struct rule_finding *out)
{
	if (!rule_is_user_namespace_told(subject))
		return false;
	return find_shared(subject, index, CLONE_NEWUSER, SPEC_PLACE_USER_NAMESPACE, "user", out);
}

/* A path of the host that the container is given. */
struct given {
	const char *path; /* NULL: this one is none */
	const char *origin;
	bool is_engines; /* the root file system, which an engine keeps among its own state */
	bool is_writable;
};

/* What a shell puts its user's home directory for. Source: POSIX.1-2017, 2.6.1 and 2.6.2. */
static const char *const home_words[] = { "~", "$HOME", "${HOME}" };

/* What stands behind the home directory in @source; NULL: it is not there. */
static const char *below_home(const char *source)
{
	for (size_t i = 0; i < ARRAY_LEN(home_words); i++) {
		const size_t length = strlen(home_words[i]);

		if (strncmp(source, home_words[i], length) == 0 &&
		    (source[length] == '/' || source[length] == '\0'))
			return source + length;
	}
	return NULL;
}

/* The root file system first. */
static bool given_at(const struct spec *spec, size_t index, struct given *out)
{
	const struct spec_oci *oci = spec->oci;

	if (index == 0) {
		*out = (struct given){ spec->rootfs.path.value, spec->rootfs.path.origin,
			               oci != NULL };
		return true;
	}
	index--;
	if (index >= (oci == NULL ? spec->mount_count : oci->mount_count))
		return false;
	if (oci == NULL)
		*out = (struct given){ spec->mounts[index].source, spec->mounts[index].origin,
			               false };
	else if (oci->mounts[index].is_bind && (oci->mounts[index].source[0] == '/' ||
	                                        below_home(oci->mounts[index].source) != NULL))
		*out = (struct given){ oci->mounts[index].source, oci->mounts[index].origin, false,
			               (oci->mounts[index].attributes & MOUNT_ATTR_RDONLY) == 0 };
	else
		*out = (struct given){ .path = NULL };
	return true;
}

typedef bool meaning_function(const struct given *given, const char *path);

/* What lies among the state of engines is theirs, but what holds all of that is not. */
static bool is_meant_of(const struct given *given, const char *path, meaning_function *is_meant)
{
	const struct sensitive_path *known = known_path_sensitive(path);

	if (given->is_engines && (known == NULL || !path_is_within(known->path, path)))
		return false;
	return is_meant(given, path);
}

/* The first of both texts of the path, as written and where it leads, that @is_meant knows. */
static bool is_path_meant(const struct rule_subject *subject, const struct given *given,
                          meaning_function *is_meant, char *out)
{
	char clean[PATH_MAX], home[PATH_MAX];
	struct error unused = { .kind = ERROR_NONE };
	const char *below = given->path == NULL ? NULL : below_home(given->path);

	if (given->path == NULL)
		return false;
	/* Whose it is only the shell knows: any is as sensitive. */
	(void)snprintf(home, sizeof(home), "/home/USER%s", below == NULL ? "" : below);
	if (path_clean(clean, sizeof(clean), below == NULL ? given->path : home, &unused) == 0 &&
	    is_meant_of(given, clean, is_meant)) {
		memcpy(out, clean, sizeof(clean));
		return true;
	}
	return below == NULL && subject->resolve != NULL && subject->resolve(given->path, out) &&
	       is_meant_of(given, out, is_meant);
}

static bool find_given(const struct rule_subject *subject, size_t index, meaning_function *is_meant,
                       char *path, struct given *out)
{
	for (size_t i = 0; given_at(subject->spec, i, out); i++) {
		if (is_path_meant(subject, out, is_meant, path) && index-- == 0)
			return true;
	}
	return false;
}

static bool is_socket(const struct given *given, const char *path)
{
	return known_path_is_engine_socket(path);
}

bool rule_find_engine_socket(const struct rule_subject *subject, size_t index,
                             struct rule_finding *out)
{
	char path[PATH_MAX];
	struct given given;

	if (!find_given(subject, index, is_socket, path, &given))
		return false;
	return rule_found(out, given.origin,
	                  "%.90s leads to the socket of a container engine, which is root", path);
}

/* What the host executes. Source: CIS Docker Benchmark, 5.6. */
static bool is_of_system(const char *path)
{
	static const char *const folders[] = { "/bin",    "/lib",  "/lib32", "/lib64",
		                               "/libx32", "/sbin", "/usr" };

	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		if (path_is_within(path, folders[i]))
			return true;
	}
	return false;
}

/* The engines' sockets have a rule of their own. */
static bool is_sensitive(const struct given *given, const char *path)
{
	if (given->is_writable && is_of_system(path))
		return true;
	return known_path_sensitive(path) != NULL && !known_path_is_engine_socket(path) &&
	       !known_path_is_of_container(path);
}

bool rule_find_sensitive_mount(const struct rule_subject *subject, size_t index,
                               struct rule_finding *out)
{
	char path[PATH_MAX];
	struct given given;
	const struct sensitive_path *known;

	if (!find_given(subject, index, is_sensitive, path, &given))
		return false;
	known = known_path_sensitive(path);
	if (known == NULL)
		return rule_found(out, given.origin,
		                  "%.90s can be written, and the host executes what is there",
		                  path);
	if (path_is_within(path, known->path) || !path_is_within(known->path, path))
		return rule_found(out, given.origin, "%.90s is given to the container: %s", path,
		                  known->why);
	return rule_found(out, given.origin, "%.60s is given to the container: it holds %s, and %s",
	                  path, known->path, known->why);
}

static bool allows_all(const struct spec_oci_device_rule *rule)
{
	const uint32_t use = DEVICE_ACCESS_READ | DEVICE_ACCESS_WRITE;

	if (!rule->allows || (rule->rule.access & use) == 0)
		return false;
	return rule->is_all || (rule->rule.major == DEVICE_ANY && rule->rule.minor == DEVICE_ANY);
}

static bool is_standard_device(const char *path)
{
	static const char *const standard[] = { "/dev/console", "/dev/full",   "/dev/null",
		                                "/dev/ptmx",    "/dev/random", "/dev/tty",
		                                "/dev/urandom", "/dev/zero" };

	for (size_t i = 0; i < ARRAY_LEN(standard); i++) {
		if (strcmp(standard[i], path) == 0)
			return true;
	}
	return false;
}

bool rule_find_devices(const struct rule_subject *subject, size_t index, struct rule_finding *out)
{
	const struct spec_oci *oci = subject->spec->oci;

	for (size_t i = 0; i < oci->resources.device_rule_count; i++) {
		const struct spec_oci_device_rule *rule = &oci->resources.device_rules[i];

		if (allows_all(rule) && index-- == 0)
			return rule_found(out, rule->origin,
			                  "every device of the host may be used");
	}
	for (size_t i = 0; i < oci->device_count; i++) {
		const struct spec_oci_device *device = &oci->devices[i];

		if (device->type != SPEC_OCI_DEVICE_FIFO && !is_standard_device(device->path) &&
		    index-- == 0)
			return rule_found(out, device->origin, "the container has %.120s",
			                  device->path);
	}
	return false;
}

bool rule_find_writable_root(const struct rule_subject *subject, size_t index,
                             struct rule_finding *out)
{
	if (index > 0 || subject->spec->oci->is_rootfs_read_only)
		return false;
	return rule_found(out,
	                  rule_place(subject->spec, SPEC_PLACE_READ_ONLY_ROOT, "/root/readonly"),
	                  "the root file system can be written");
}

/* A path of the host that @mount gives away by writing; its weakness may be another rule's. */
static bool is_written(const struct rule_subject *subject, const struct spec_oci_mount *mount)
{
	const struct given given = { mount->source, mount->origin, false, true };
	char path[PATH_MAX];

	if (!mount->is_bind || mount->source[0] != '/' ||
	    (mount->attributes & MOUNT_ATTR_RDONLY) != 0)
		return false;
	return !is_path_meant(subject, &given, is_sensitive, path) &&
	       !is_path_meant(subject, &given, is_socket, path);
}

bool rule_find_write(const struct rule_subject *subject, size_t index, struct rule_finding *out)
{
	const struct spec_oci *oci = subject->spec->oci;

	for (size_t i = 0; subject->spec->engine != NULL && i < oci->mount_count; i++) {
		if (is_written(subject, &oci->mounts[i]) && index-- == 0)
			return rule_found(out, oci->mounts[i].origin,
			                  "%.80s of the host can be written",
			                  oci->mounts[i].source);
	}
	return false;
}

bool rule_find_exec_paths(const struct rule_subject *subject, size_t index,
                          struct rule_finding *out)
{
	const struct spec_oci *oci = subject->spec->oci;

	for (size_t i = 0; subject->spec->engine != NULL && i < oci->mount_count; i++) {
		const struct spec_oci_mount *mount = &oci->mounts[i];

		if (strcmp(mount->type, "tmpfs") == 0 &&
		    (mount->attributes & MOUNT_ATTR_NOEXEC) == 0 &&
		    !path_is_within(mount->target, "/dev") && index-- == 0)
			return rule_found(out, mount->origin, "programs can be run from %.80s",
			                  mount->target);
	}
	return false;
}

static bool holds(const struct spec_text_list *list, const char *path)
{
	for (size_t i = 0; i < list->count; i++) {
		if (path_is_within(path, list->items[i].value))
			return true;
	}
	return false;
}

bool rule_find_unmasked_paths(const struct rule_subject *subject, size_t index,
                              struct rule_finding *out)
{
	const struct spec_oci *oci = subject->spec->oci;

	for (size_t i = 0; i < known_engine_masked_path_count; i++) {
		const char *path = known_engine_masked_paths[i];

		if (!holds(&oci->masked_paths, path) && index-- == 0)
			return rule_found(out,
			                  rule_place(subject->spec, SPEC_PLACE_MASKED_PATHS,
			                             "/linux/maskedPaths"),
			                  "%s can be read", path);
	}
	for (size_t i = 0; i < known_read_only_path_count; i++) {
		const char *path = known_read_only_paths[i];

		if (!holds(&oci->read_only_paths, path) && !holds(&oci->masked_paths, path) &&
		    index-- == 0)
			return rule_found(out,
			                  rule_place(subject->spec, SPEC_PLACE_MASKED_PATHS,
			                             "/linux/readonlyPaths"),
			                  "%s can be written", path);
	}
	return false;
}

static const char *unified(const struct spec_oci_resources *resources, const char *file)
{
	for (size_t i = 0; i < resources->unified_count; i++) {
		if (strcmp(resources->unified[i].name, file) == 0)
			return resources->unified[i].value;
	}
	return NULL;
}

/* As the kernel reads it: without the space around. */
static bool is_max(const char *text)
{
	return strncmp(text + strspn(text, " \t\n"), "max", strlen("max")) == 0;
}

/* Is a limit in force by the number, of which @none and what is below are none, or by the file? */
static bool is_limited(const struct spec_oci_resources *resources, const struct spec_number *number,
                       const char *file)
{
	const char *text = unified(resources, file);

	return (number->is_set && number->value > 0) || (text != NULL && !is_max(text));
}

static bool find_unlimited(const struct rule_subject *subject, size_t index, bool is_native_limited,
                           const struct spec_number *number, const char *file, const char *origin,
                           const char *what, struct rule_finding *out)
{
	const struct spec *spec = subject->spec;

	if (index > 0)
		return false;
	if (spec->oci == NULL)
		return !is_native_limited &&
		       rule_found(out, spec->relaxations[RELAX_NO_LIMITS].origin, "%s", what);
	return !is_limited(&spec->oci->resources, number, file) &&
	       rule_found(out, origin, "%s", what);
}

bool rule_find_no_memory_limit(const struct rule_subject *subject, size_t index,
                               struct rule_finding *out)
{
	const struct spec *spec = subject->spec;

	return find_unlimited(subject, index, spec->limits.memory.is_set,
	                      spec->oci == NULL ? NULL : &spec->oci->resources.memory_limit,
	                      "memory.max",
	                      rule_place(spec, SPEC_PLACE_MEMORY, "/linux/resources/memory/limit"),
	                      "the container's memory has no limit", out);
}

bool rule_find_no_pids_limit(const struct rule_subject *subject, size_t index,
                             struct rule_finding *out)
{
	const struct spec *spec = subject->spec;

	return find_unlimited(subject, index, spec->limits.pids.is_set,
	                      spec->oci == NULL ? NULL : &spec->oci->resources.pids_limit,
	                      "pids.max",
	                      rule_place(spec, SPEC_PLACE_PIDS, "/linux/resources/pids/limit"),
	                      "the number of its processes has no limit", out);
}

bool rule_find_no_cpu_limit(const struct rule_subject *subject, size_t index,
                            struct rule_finding *out)
{
	const struct spec *spec = subject->spec;

	return find_unlimited(subject, index, spec->limits.cpu_quota.is_set,
	                      spec->oci == NULL ? NULL : &spec->oci->resources.cpu_quota, "cpu.max",
	                      rule_place(spec, SPEC_PLACE_CPU, "/linux/resources/cpu/quota"),
	                      "the container's processor time has no limit", out);
}

/* By a number that is @most or less: where 0 leaves a limit as it is, that is -1. */
static bool lifts(const struct spec_oci_resources *resources, const struct spec_number *number,
                  int64_t most, const char *file)
{
	const char *text = unified(resources, file);

	return (number->is_set && number->value <= most) || (text != NULL && is_max(text));
}

bool rule_lifts_memory_limit(const struct spec_oci_resources *resources, struct rule_finding *out)
{
	return lifts(resources, &resources->memory_limit, -1, "memory.max") &&
	       rule_found(out, "/memory/limit", "the container's memory would have no limit");
}

bool rule_lifts_pids_limit(const struct spec_oci_resources *resources, struct rule_finding *out)
{
	return lifts(resources, &resources->pids_limit, 0, "pids.max") &&
	       rule_found(out, "/pids/limit", "the number of its processes would have no limit");
}

bool rule_lifts_cpu_limit(const struct spec_oci_resources *resources, struct rule_finding *out)
{
	return lifts(resources, &resources->cpu_quota, -1, "cpu.max") &&
	       rule_found(out, "/cpu/quota", "the container's processor time would have no limit");
}
