/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/spec_check.h"

#include <fnmatch.h>
#include <linux/sched.h>
#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "spec/known_paths.h"
#include "spec/secret_shape.h"

#define NAME_SIZE_MAX      64                    /* sethostname(2) takes no more; bytes */
#define ARGUMENT_SIZE_MAX  ((size_t)128 * 1024)  /* MAX_ARG_STRLEN of execve(2); bytes */
#define ARGUMENTS_SIZE_MAX ((size_t)1024 * 1024) /* half of what execve(2) takes; bytes */
#define INNER_ID_COUNT     65536                 /* ids that a container's user namespace has */
#define SYSCTL_VALUE_MAX   256                   /* bytes */

static int refuse(const char *origin, struct error *err)
{
	return error_at(err, "%s", origin);
}

static bool is_relaxed(const struct spec *spec, enum relax_entry entry)
{
	return spec->relaxations[entry].reason != NULL;
}

static int hint_relax(enum relax_entry entry, const char *payload, struct error *err)
{
	return error_hint(err, "if it must be: \"relax\": {\"%s\": {%s\"reason\": \"...\"}}",
	                  relax_name(entry), payload);
}

/* Source: ATTACKS.md R11; sethostname(2). */
static int check_name(const struct spec *spec, struct error *err)
{
	const char *name = spec->name.value;

	if (strlen(name) <= NAME_SIZE_MAX && text_is_made_of(name, "_+-.") && name[0] != '.')
		return 0;
	(void)error_set(err, ERROR_SPEC, "\"%.80s\" cannot be a container's name", name);
	(void)error_hint(err, "use 1 to %d letters, digits and _ + - . but no dot at the beginning",
	                 NAME_SIZE_MAX);
	return refuse(spec->name.origin, err);
}

static int check_hostname(const struct spec *spec, struct error *err)
{
	const char *name = spec->hostname.value;

	if (name == NULL || (strlen(name) <= NAME_SIZE_MAX && text_is_made_of(name, "-.") &&
	                     name[0] != '-' && name[0] != '.'))
		return 0;
	(void)error_set(err, ERROR_SPEC, "\"%.80s\" cannot be a host's name", name);
	(void)error_hint(err, "use 1 to %d letters, digits, hyphens and dots", NAME_SIZE_MAX);
	return refuse(spec->hostname.origin, err);
}

static int check_sizes(const struct spec_text_list *list, size_t *total, struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		const size_t size = strlen(list->items[i].value) + 1;

		*total += size + sizeof(char *);
		if (size <= ARGUMENT_SIZE_MAX && *total <= ARGUMENTS_SIZE_MAX)
			continue;
		(void)error_set(
			err, ERROR_SPEC,
			"arguments and environment are too large: at most %zu KiB each, %zu "
			"KiB together",
			ARGUMENT_SIZE_MAX / 1024, ARGUMENTS_SIZE_MAX / 1024);
		return refuse(list->items[i].origin, err);
	}
	return 0;
}

static int check_arguments(const struct spec *spec, struct error *err)
{
	size_t total = 0;

	if (spec->args.count == 0 || spec->args.items[0].value[0] == '\0') {
		(void)error_set(err, ERROR_SPEC, "no program to run is named");
		(void)error_hint(err, "the smallest spec is {\"args\": [\"/usr/bin/id\"]}");
		return refuse("/args", err);
	}
	if (check_sizes(&spec->args, &total, err) < 0)
		return -1;
	return check_sizes(&spec->env, &total, err);
}

/* Source: user_namespaces(7): an id that is not mapped cannot be had. */
static int check_user_range(const struct spec *spec, struct error *err)
{
	if ((spec->shared_namespaces & CLONE_NEWUSER) != 0 ||
	    (spec->user.uid < INNER_ID_COUNT && spec->user.gid < INNER_ID_COUNT))
		return 0;
	(void)error_set(err, ERROR_SPEC, "a container has the ids 0 to %d only, not %u:%u",
	                INNER_ID_COUNT - 1, spec->user.uid, spec->user.gid);
	return refuse(spec->user.origin, err);
}

static int check_root_user(const struct spec *spec, struct error *err)
{
	const bool is_root = spec->user.uid == 0 || spec->user.gid == 0;

	if (is_root == is_relaxed(spec, RELAX_ROOT_USER))
		return 0;
	if (!is_root) {
		(void)error_set(err, ERROR_SPEC, "relax.root-user lifts nothing: the user is %u:%u",
		                spec->user.uid, spec->user.gid);
		return refuse(spec->relaxations[RELAX_ROOT_USER].origin, err);
	}
	(void)error_set(err, ERROR_SPEC, "user %u:%u is root", spec->user.uid, spec->user.gid);
	(void)hint_relax(RELAX_ROOT_USER, "", err);
	return refuse(spec->user.origin, err);
}

static bool is_named(const struct spec_text_list *names, const char *setting)
{
	const size_t length = strcspn(setting, "=");

	for (size_t i = 0; i < names->count; i++) {
		if (strlen(names->items[i].value) == length &&
		    strncmp(names->items[i].value, setting, length) == 0)
			return true;
	}
	return false;
}

static int check_env_secrets(const struct spec *spec, struct error *err)
{
	for (size_t i = 0; i < spec->env.count; i++) {
		const char *setting = spec->env.items[i].value;
		const char *why = secret_shape(setting);
		const int length = (int)strcspn(setting, "=");

		if (why == NULL || is_named(&spec->secret_env_names, setting))
			continue;
		(void)error_set(err, ERROR_SPEC, "%.*s looks like a secret: %s",
		                length > 100 ? 100 : length, setting, why);
		(void)error_hint(err, "give it as a file: \"secrets\": {\"NAME\": "
		                      "\"/host/file\"} sets NAME_FILE; or name it in "
		                      "relax.secrets-in-env");
		return refuse(spec->env.items[i].origin, err);
	}
	return 0;
}

static int check_secret_names(const struct spec *spec, struct error *err)
{
	for (size_t i = 0; i < spec->secret_env_names.count; i++) {
		const struct spec_text *name = &spec->secret_env_names.items[i];
		bool is_there = false;

		for (size_t j = 0; j < spec->env.count; j++) {
			const struct spec_text_list one = { name, 1 };

			is_there |= is_named(&one, spec->env.items[j].value);
		}
		if (is_there)
			continue;
		(void)error_set(err, ERROR_SPEC, "env has no variable %.100s", name->value);
		return refuse(name->origin, err);
	}
	return 0;
}

/* Something that is put into the container's tree. */
struct place {
	const char *target;
	const char *origin;
};

static struct place place_at(const struct spec *spec, size_t index)
{
	if (index < spec->tmpfs_count)
		return (struct place){ spec->tmpfs[index].target, spec->tmpfs[index].origin };
	index -= spec->tmpfs_count;
	return (struct place){ spec->mounts[index].target, spec->mounts[index].origin };
}

static int check_targets_once(const struct spec *spec, struct error *err)
{
	const size_t count = spec->tmpfs_count + spec->mount_count;

	for (size_t i = 1; i < count; i++) {
		const struct place place = place_at(spec, i);

		for (size_t j = 0; j < i; j++) {
			const struct place other = place_at(spec, j);

			if (strcmp(place.target, other.target) != 0)
				continue;
			(void)error_set(err, ERROR_SPEC, "%.200s is taken already (%.60s)",
			                place.target, other.origin);
			return refuse(place.origin, err);
		}
	}
	return 0;
}

/* Source: CVE-2019-16884: a mount over /proc takes the runtime's own view away. */
static int check_target_places(const struct spec *spec, struct error *err)
{
	static const char *const reserved[] = { "/proc", "/sys", "/dev" };
	const size_t count = spec->tmpfs_count + spec->mount_count;

	for (size_t i = 0; i < count; i++) {
		const struct place place = place_at(spec, i);
		bool is_reserved = strcmp(place.target, "/") == 0;

		for (size_t j = 0; j < ARRAY_LEN(reserved); j++)
			is_reserved |= path_is_within(place.target, reserved[j]);
		if (i < spec->tmpfs_count && strcmp(place.target, "/dev/shm") == 0)
			is_reserved = false;
		if (!is_reserved)
			continue;
		(void)error_set(err, ERROR_SPEC,
		                "nothing can be mounted at %.200s: hardrun makes that part itself",
		                place.target);
		return refuse(place.origin, err);
	}
	return 0;
}

static int check_secret_places(const struct spec *spec, struct error *err)
{
	const size_t count = spec->tmpfs_count + spec->mount_count;

	for (size_t i = 0; i < count && spec->secret_count > 0; i++) {
		const struct place place = place_at(spec, i);

		if (!path_is_within(place.target, "/run/secrets"))
			continue;
		(void)error_set(err, ERROR_SPEC, "%.200s would hide the secrets", place.target);
		return refuse(place.origin, err);
	}
	return 0;
}

static int refuse_sensitive(const char *path, const char *origin, struct error *err)
{
	const struct sensitive_path *known = known_path_sensitive(path);

	if (known == NULL)
		return 0;
	if (strcmp(known->path, path) == 0 || !path_is_within(known->path, path))
		(void)error_set(err, ERROR_SPEC, "%.160s must not be given to a container: %s",
		                path, known->why);
	else
		(void)error_set(err, ERROR_SPEC,
		                "%.120s must not be given to a container: it holds %s, and %s",
		                path, known->path, known->why);
	(void)hint_relax(RELAX_SENSITIVE_MOUNT, "\"paths\": [...], ", err);
	return refuse(origin, err);
}

/* Source: CONTROLS.md, "never docker.sock". The plan looks at device and inode too. */
static int check_sensitive(const struct spec *spec, struct error *err)
{
	const struct spec_rootfs *rootfs = &spec->rootfs;

	if (rootfs->kind == SPEC_ROOTFS_DIRECTORY && !rootfs->may_be_sensitive &&
	    refuse_sensitive(rootfs->path.value, rootfs->path.origin, err) < 0)
		return -1;
	for (size_t i = 0; i < spec->mount_count; i++) {
		const struct spec_mount *mount = &spec->mounts[i];

		if (!mount->may_be_sensitive &&
		    refuse_sensitive(mount->source, mount->origin, err) < 0)
			return -1;
	}
	return 0;
}

static int check_devices(const struct spec *spec, struct error *err)
{
	static const char *const standard[] = { "/dev/null",    "/dev/zero", "/dev/full",
		                                "/dev/random",  "/dev/tty",  "/dev/ptmx",
		                                "/dev/urandom", "/dev/pts",  "/dev/shm" };

	for (size_t i = 0; i < spec->device_count; i++) {
		const struct spec_device *device = &spec->devices[i];

		if (!path_is_within(device->path, "/dev") || strcmp(device->path, "/dev") == 0) {
			(void)error_set(err, ERROR_SPEC, "%.200s is not below /dev", device->path);
			return refuse(device->origin, err);
		}
		for (size_t j = 0; j < ARRAY_LEN(standard); j++) {
			if (!path_is_within(device->path, standard[j]))
				continue;
			(void)error_set(err, ERROR_SPEC, "%.200s is made by hardrun itself",
			                device->path);
			return refuse(device->origin, err);
		}
		if (i > 0 && strcmp(spec->devices[i - 1].path, device->path) == 0) {
			(void)error_set(err, ERROR_SPEC, "%.200s is named twice", device->path);
			return refuse(device->origin, err);
		}
	}
	return 0;
}

/* The settings that a namespace has of its own; any other would change the host. */
static const struct {
	const char *pattern;
	uint64_t namespace;
	enum relax_entry sharing;
} namespaced_sysctls[] = {
	{ "net.?*", CLONE_NEWNET, RELAX_HOST_NETWORK },
	{ "kernel.shm?*", CLONE_NEWIPC, RELAX_HOST_IPC },
	{ "kernel.msg?*", CLONE_NEWIPC, RELAX_HOST_IPC },
	{ "kernel.sem", CLONE_NEWIPC, RELAX_HOST_IPC },
	{ "fs.mqueue.?*", CLONE_NEWIPC, RELAX_HOST_IPC },
};

int spec_check_sysctl(const struct spec *spec, const char *name, struct error *err)
{
	if (!text_is_made_of(name, "._-") || strstr(name, "..") != NULL ||
	    name[strlen(name) - 1] == '.')
		return error_set(err, ERROR_SPEC, "\"%.100s\" is not the name of a kernel setting",
		                 name);
	for (size_t i = 0; i < ARRAY_LEN(namespaced_sysctls); i++) {
		if (fnmatch(namespaced_sysctls[i].pattern, name, 0) != 0)
			continue;
		if ((spec->shared_namespaces & namespaced_sysctls[i].namespace) == 0)
			return 0;
		return error_set(err, ERROR_SPEC,
		                 "with relax.%s, %.100s is the host's: a container cannot set it",
		                 relax_name(namespaced_sysctls[i].sharing), name);
	}
	(void)error_set(err, ERROR_SPEC, "%.100s belongs to the whole host, not to a namespace",
	                name);
	return error_hint(err, "net.*, kernel.shm*, kernel.msg*, kernel.sem and fs.mqueue.* can be "
	                       "set");
}

/* Source: CVE-2022-0811: a value that carries a second setting. */
static int check_sysctls(const struct spec *spec, struct error *err)
{
	for (size_t i = 0; i < spec->sysctl_count; i++) {
		const struct spec_sysctl *sysctl = &spec->sysctls[i];

		if (spec_check_sysctl(spec, sysctl->name, err) < 0)
			return refuse(sysctl->origin, err);
		if (strlen(sysctl->value) <= SYSCTL_VALUE_MAX &&
		    text_is_made_of(sysctl->value, " .,:_-"))
			continue;
		(void)error_set(err, ERROR_SPEC,
		                "\"%.100s\" cannot be the value of a kernel setting",
		                sysctl->value);
		return refuse(sysctl->origin, err);
	}
	return 0;
}

static int check_unmasked(const struct spec *spec, struct error *err)
{
	for (size_t i = 0; i < spec->unmasked_paths.count; i++) {
		const struct spec_text *path = &spec->unmasked_paths.items[i];

		if (known_path_is_masked(path->value))
			continue;
		(void)error_set(err, ERROR_SPEC, "%.200s is not masked", path->value);
		return refuse(path->origin, err);
	}
	return 0;
}

/* Source: pid_namespaces(7), kill(2): the same uid outside means the right to signal. */
static int check_namespaces(const struct spec *spec, struct error *err)
{
	const uint64_t both = CLONE_NEWUSER | CLONE_NEWPID;

	if ((spec->shared_namespaces & both) != both)
		return 0;
	(void)error_set(
		err, ERROR_SPEC,
		"with the host's users and the host's processes both in reach, nothing keeps "
		"the program from them");
	(void)error_hint(err, "take either relax.host-pid or relax.user-namespace-off away");
	return refuse(spec->relaxations[RELAX_HOST_PID].origin, err);
}

static int check_syscalls(const struct spec *spec, struct error *err)
{
	const struct spec_seccomp *seccomp = &spec->seccomp;

	if (seccomp->extra_allowed.count == 0 || seccomp->kind == SPEC_SECCOMP_DEFAULT ||
	    seccomp->kind == SPEC_SECCOMP_FILE)
		return 0;
	(void)error_set(err, ERROR_SPEC,
	                "relax.syscalls adds to the default list, which is not used");
	return refuse(seccomp->extra_allowed.items[0].origin, err);
}

static int check_apparmor(const struct spec *spec, struct error *err)
{
	const char *name = spec->apparmor.name.value;

	if (spec->apparmor.kind == SPEC_APPARMOR_OFF && spec->apparmor.is_optional) {
		(void)error_set(err, ERROR_SPEC,
		                "relax.apparmor-off leaves nothing for apparmor-if-available");
		return refuse(spec->relaxations[RELAX_APPARMOR_IF_AVAILABLE].origin, err);
	}
	if (spec->apparmor.kind != SPEC_APPARMOR_NAMED)
		return 0;
	if (strcmp(name, "unconfined") == 0) {
		(void)error_set(err, ERROR_SPEC, "\"unconfined\" is no AppArmor profile");
		(void)hint_relax(RELAX_APPARMOR_OFF, "", err);
		return refuse(spec->apparmor.name.origin, err);
	}
	if (text_is_made_of(name, "_.+-/"))
		return 0;
	(void)error_set(err, ERROR_SPEC, "\"%.100s\" is not the name of an AppArmor profile", name);
	return refuse(spec->apparmor.name.origin, err);
}

static int check_writable_root(const struct spec *spec, struct error *err)
{
	if (spec->rootfs.kind == SPEC_ROOTFS_HOST || spec->rootfs.tmpfs_size == 0)
		return 0;
	(void)error_set(err, ERROR_SPEC,
	                "a size belongs to the root made from the host; a directory has none");
	return refuse(spec->relaxations[RELAX_WRITABLE_ROOT].origin, err);
}

static const struct spec_rule rules[] = {
	{ "name", "a name is a directory's, a cgroup's and a host's name too", check_name },
	{ "hostname", "the kernel takes 64 bytes; programs expect a host's name", check_hostname },
	{ "arguments", "execve() refuses larger ones, with less to say about it", check_arguments },
	{ "user-range", "ids beyond the map do not exist inside", check_user_range },
	{ "root-user", "root inside is one kernel bug away from more", check_root_user },
	{ "env-secrets", "the environment is inherited, logged and shown", check_env_secrets },
	{ "secret-names", "an exception that fits nothing is a mistake", check_secret_names },
	{ "targets-once", "what covers another mount is hidden or a mistake", check_targets_once },
	{ "target-places", "/, /proc, /sys and /dev are hardrun's to make", check_target_places },
	{ "secret-places", "secrets must be where the environment says", check_secret_places },
	{ "sensitive", "some paths of the host hand over the host", check_sensitive },
	{ "devices", "a device is a node below /dev, named once", check_devices },
	{ "sysctls", "a setting without a namespace is the host's", check_sysctls },
	{ "unmasked", "an exception that fits nothing is a mistake", check_unmasked },
	{ "namespaces", "the host's users and processes together are the host", check_namespaces },
	{ "syscalls", "an exception that fits nothing is a mistake", check_syscalls },
	{ "apparmor", "a profile is named, not written, and confines", check_apparmor },
	{ "writable-root", "only a root on tmpfs has a size", check_writable_root },
};

const struct spec_rule *spec_rules(size_t *count)
{
	*count = ARRAY_LEN(rules);
	return rules;
}

int spec_check(const struct spec *spec, struct error *err)
{
	size_t count;
	const struct spec_rule *all =
		spec->oci != NULL ? spec_oci_rules(&count) : spec_rules(&count);

	for (size_t i = 0; i < count; i++) {
		if (all[i].check(spec, err) < 0)
			return -1;
	}
	return 0;
}
