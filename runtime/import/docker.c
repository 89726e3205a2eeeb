/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/docker.h"

#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/path.h"
#include "base/text.h"
#include "spec/oci_mount_options.h"

#define ID_MAX   UINT64_C(4294967294)
#define SHM_SIZE "67108864" /* of /dev/shm, as both engines have it; bytes */

struct spec_engine *docker_engine(struct docker_draft *draft)
{
	return &draft->document->engine;
}

static int set_default_places(struct docker_draft *draft, docker_places *places, const char *base,
                              struct error *err)
{
	struct arena *arena = draft->session->builder.arena;

	for (size_t i = 0; i < SPEC_PLACE_COUNT; i++) {
		const char *name = (*places)[i];
		const size_t size = name == NULL ? 0 : strlen(base) + strlen(name) + 1;
		char *place;

		if (name == NULL)
			continue;
		place = arena_alloc(arena, size, err);
		if (place == NULL)
			return -1;
		(void)snprintf(place, size, "%s%s", base, name);
		docker_engine(draft)->places[i] = place;
	}
	return 0;
}

int docker_begin(struct docker_draft *draft, struct import_session *session, bool is_podman,
                 docker_places *places, const char *base, const struct spec_text *service,
                 struct error *err)
{
	*draft = (struct docker_draft){
		.session = session,
		.document = session_new_document(session, err),
		.is_podman = is_podman,
		.folder = session->input->folder,
		.args.item_size = sizeof(struct spec_text),
		.entrypoint.item_size = sizeof(struct spec_text),
		.env.item_size = sizeof(struct spec_text),
		.env_files.item_size = sizeof(struct spec_text),
		.passed_env.item_size = sizeof(struct spec_text),
		.groups.item_size = sizeof(struct spec_text),
		.cap_add.item_size = sizeof(struct spec_text),
		.cap_drop.item_size = sizeof(struct spec_text),
		.unmasked.item_size = sizeof(struct spec_text),
		.masked.item_size = sizeof(struct spec_text),
		.networks.item_size = sizeof(struct spec_text),
		.unread.item_size = sizeof(struct spec_text),
		.mounts.item_size = sizeof(struct spec_oci_mount),
		.volumes.item_size = sizeof(struct spec_engine_volume),
		.secrets.item_size = sizeof(struct spec_engine_secret),
		.ports.item_size = sizeof(struct spec_engine_port),
		.devices.item_size = sizeof(struct spec_engine_device),
		.oci_devices.item_size = sizeof(struct spec_oci_device),
		.device_rules.item_size = sizeof(struct spec_oci_device_rule),
		.namespaces.item_size = sizeof(struct spec_oci_namespace),
		.sysctls.item_size = sizeof(struct spec_sysctl),
		.rlimits.item_size = sizeof(struct spec_rlimit),
		.annotations.item_size = sizeof(struct spec_oci_annotation),
	};
	if (draft->document == NULL || set_default_places(draft, places, base, err) < 0)
		return -1;
	docker_engine(draft)->service = *service;
	docker_engine(draft)->is_podman = is_podman;
	return docker_add_defaults(draft, err);
}

/* Does @list say @name, with or without "CAP_", in any case? */
static bool says(const struct spec_text *item, const char *name)
{
	const char *word = item->value;

	if (strncasecmp(word, "CAP_", 4) == 0)
		word += 4;
	return strcasecmp(word, name) == 0;
}

static bool has_all(const struct spec_list *list)
{
	const struct spec_text *items = list->items;

	for (size_t i = 0; i < list->count; i++) {
		if (says(&items[i], "ALL"))
			return true;
	}
	return false;
}

static capability_set every_capability(void)
{
	capability_set set = 0;

	for (unsigned int number = 0; number < 64 && capability_name(number) != NULL; number++)
		set |= UINT64_C(1) << number;
	return set;
}

static int refuse_capability(const struct spec_text *item, struct error *err)
{
	struct text_nearest nearest = { 0 };
	char upper[64], best[64] = "";

	text_shorten(upper, sizeof(upper), item->value);
	text_make_upper(upper);
	nearest.word = strncmp(upper, "CAP_", 4) == 0 ? upper + 4 : upper;
	for (unsigned int number = 0; capability_name(number) != NULL; number++) {
		const char *name = capability_name(number) + strlen("CAP_");
		const size_t distance = nearest.distance;
		const bool is_first = nearest.best == NULL;

		/* The name is valid until the next one only. */
		text_nearest_try(&nearest, name);
		if (nearest.best != NULL && (is_first || nearest.distance != distance))
			text_shorten(best, sizeof(best), name);
	}
	if (*best != '\0')
		(void)error_hint(err, "did you mean \"%s\"?", best);
	return docker_refuse(item, err, "unknown capability \"%.60s\"", item->value);
}

/* The set that a list of names means; "ALL" is not looked at. */
static int read_capabilities(const struct spec_list *list, capability_set *out, struct error *err)
{
	const struct spec_text *items = list->items;

	*out = 0;
	for (size_t i = 0; i < list->count; i++) {
		unsigned int number = 0;

		if (says(&items[i], "ALL"))
			continue;
		while (capability_name(number) != NULL &&
		       !says(&items[i], capability_name(number) + strlen("CAP_")))
			number++;
		if (capability_name(number) == NULL)
			return refuse_capability(&items[i], err);
		*out |= UINT64_C(1) << number;
	}
	return 0;
}

/*
 * The order of the options does not count: "ALL" added is everything but what is dropped, "ALL"
 * dropped is nothing but what is added, and what is both dropped and added by name is there.
 * Source: moby oci/caps/utils.go, TweakCapabilities.
 */
static int settle_capability_set(struct docker_draft *draft, capability_set *out, struct error *err)
{
	capability_set added, dropped;

	if (read_capabilities(&draft->cap_add, &added, err) < 0 ||
	    read_capabilities(&draft->cap_drop, &dropped, err) < 0)
		return -1;
	if (docker_engine(draft)->privileged.value != NULL)
		*out = every_capability();
	else if (has_all(&draft->cap_add))
		*out = every_capability() & ~dropped;
	else if (has_all(&draft->cap_drop))
		*out = added;
	else
		*out = ((draft->is_podman ? docker_podman_capabilities
		                          : docker_default_capabilities) &
		        ~dropped) |
		       added;
	return 0;
}

/* Who is not root has them in the bounding set only. Source: moby daemon/oci_linux.go. */
static int settle_capabilities(struct docker_draft *draft, struct error *err)
{
	struct spec *spec = &draft->document->document.spec;
	struct spec_oci_capabilities *sets = &draft->document->document.oci.capabilities;
	const struct spec_engine *engine = docker_engine(draft);
	capability_set set = 0;

	if (settle_capability_set(draft, &set, err) < 0)
		return -1;
	sets->bounding = set;
	if (spec->user.uid == 0) {
		sets->effective = set;
		sets->permitted = set;
	}
	spec->capabilities = set;
	spec->capabilities_origin = engine->privileged.value != NULL
	                                    ? engine->privileged.origin
	                                    : engine->places[SPEC_PLACE_CAPABILITIES];
	if (spec->capabilities_origin == NULL)
		spec->capabilities_origin = engine->service.origin;
	sets->origin = spec->capabilities_origin;
	return 0;
}

/* Everything that is not said otherwise. Source: docker run, --privileged. */
static int settle_privileged(struct docker_draft *draft, struct error *err)
{
	struct spec *spec = &draft->document->document.spec;
	struct spec_engine *engine = docker_engine(draft);
	struct spec_oci_device_rule all = { .allows = true, .is_all = true };
	struct spec_oci_mount *mounts = draft->mounts.items;
	const struct oci_mount_option *read_only = oci_mount_option_find("ro");

	if (engine->privileged.value == NULL)
		return 0;
	if (engine->seccomp.value == NULL) {
		spec->seccomp.kind = SPEC_SECCOMP_OFF;
		engine->places[SPEC_PLACE_SECCOMP] = engine->privileged.origin;
	}
	if (engine->apparmor.value == NULL) {
		spec->apparmor = (struct spec_apparmor){ .kind = SPEC_APPARMOR_OFF };
		engine->places[SPEC_PLACE_APPARMOR] = engine->privileged.origin;
	}
	engine->places[SPEC_PLACE_MASKED_PATHS] = engine->privileged.origin;
	engine->places[SPEC_PLACE_DEVICES] = engine->privileged.origin;
	for (size_t i = 0; i < draft->mounts.count; i++) {
		if (strcmp(mounts[i].type, "sysfs") == 0 || strcmp(mounts[i].type, "cgroup") == 0)
			mounts[i].attributes &= ~read_only->set;
	}
	all.origin = engine->privileged.origin;
	all.rule = (struct device_rule){
		.kind = DEVICE_CHARACTER,
		.major = DEVICE_ANY,
		.minor = DEVICE_ANY,
		.access = DEVICE_ACCESS_MKNOD | DEVICE_ACCESS_READ | DEVICE_ACCESS_WRITE,
	};
	return spec_list_add(&draft->session->builder, &draft->device_rules, &all, err);
}

/* A path that one of the engines hides or makes read-only, or both of them do. */
struct default_path {
	const char *path;
	bool is_docker;
	bool is_podman;
};

static const struct default_path masked_paths[] = {
	{ "/proc/acpi", true, true },        { "/proc/asound", true, false },
	{ "/proc/interrupts", true, true },  { "/proc/kcore", true, true },
	{ "/proc/keys", true, true },        { "/proc/latency_stats", true, true },
	{ "/proc/sched_debug", true, true }, { "/proc/scsi", true, true },
	{ "/proc/timer_list", true, true },  { "/proc/timer_stats", true, true },
	{ "/sys/firmware", true, true },     { "/sys/devices/virtual/powercap", true, true },
	{ "/sys/fs/selinux", false, true },
};
static const struct default_path read_only_paths[] = {
	{ "/proc/asound", false, true }, { "/proc/bus", true, true },
	{ "/proc/fs", true, true },      { "/proc/irq", true, true },
	{ "/proc/sys", true, true },     { "/proc/sysrq-trigger", true, true },
};

static bool is_unmasked(const struct docker_draft *draft, const char *path)
{
	const struct spec_text *items = draft->unmasked.items;

	if (draft->document->engine.privileged.value != NULL)
		return true;
	for (size_t i = 0; i < draft->unmasked.count; i++) {
		if (strcmp(items[i].value, "ALL") == 0 || path_is_within(path, items[i].value))
			return true;
	}
	return false;
}

static int add_paths(struct docker_draft *draft, const struct default_path *paths, size_t count,
                     struct spec_list *list, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct spec_text path = { paths[i].path, "default" };
		const bool is_of_engine =
			draft->is_podman ? paths[i].is_podman : paths[i].is_docker;

		if (is_of_engine && !is_unmasked(draft, path.value) &&
		    docker_add_text(draft, list, &path, err) < 0)
			return -1;
	}
	return 0;
}

static struct spec_text_list text_list(const struct spec_list *list)
{
	return (struct spec_text_list){ list->items, list->count };
}

static int settle_paths(struct docker_draft *draft, struct error *err)
{
	struct spec_oci *oci = &draft->document->document.oci;
	struct spec_engine *engine = docker_engine(draft);
	struct spec_list read_only = { .item_size = sizeof(struct spec_text) };
	const struct spec_text *unmasked = draft->unmasked.items;

	if (add_paths(draft, masked_paths, ARRAY_LEN(masked_paths), &draft->masked, err) < 0 ||
	    add_paths(draft, read_only_paths, ARRAY_LEN(read_only_paths), &read_only, err) < 0)
		return -1;
	oci->masked_paths = text_list(&draft->masked);
	oci->read_only_paths = text_list(&read_only);
	engine->unmasked_paths.origin = engine->places[SPEC_PLACE_MASKED_PATHS];
	if (draft->unmasked.count > 0)
		engine->unmasked_paths = (struct spec_switch){ true, true, unmasked[0].origin };
	return 0;
}

/* /dev/shm is of the size asked for, unless something else is mounted there. */
static int settle_shm(struct docker_draft *draft, struct error *err)
{
	const struct spec_text *asked = &docker_engine(draft)->shm_size;
	struct spec_oci_mount *mount = spec_list_find(&draft->mounts, "/dev/shm");
	const struct spec_text origin = { "", asked->value != NULL ? asked->origin : "default" };
	int64_t size;
	char option[40];

	if (mount == NULL || strcmp(mount->source, "shm") != 0)
		return 0;
	(void)snprintf(option, sizeof(option), "size=%s", SHM_SIZE);
	if (asked->value != NULL) {
		if (docker_read_size(asked, &size, err) < 0)
			return -1;
		(void)snprintf(option, sizeof(option), "size=%lld", (long long)size);
	}
	return docker_add_mount_option(draft, mount, &origin, option, strlen(option), err);
}

/* Those that have numbers. */
static int settle_groups(struct docker_draft *draft, struct error *err)
{
	struct spec_user *user = &draft->document->document.spec.user;
	const struct spec_text *groups = draft->groups.items;
	uint32_t *gids;

	if (draft->groups.count == 0)
		return 0;
	gids = arena_alloc(draft->session->builder.arena, draft->groups.count * sizeof(*gids), err);
	if (gids == NULL)
		return -1;
	for (size_t i = 0; i < draft->groups.count; i++) {
		uint64_t gid;

		if (number_parse(groups[i].value, ID_MAX, &gid))
			gids[user->additional_gid_count++] = (uint32_t)gid;
	}
	user->additional_gids = user->additional_gid_count == 0 ? NULL : gids;
	return 0;
}

/* Memory without a word on swap gets as much swap again. Source: docker run, --memory-swap. */
static void settle_swap(struct docker_draft *draft)
{
	struct spec_oci_resources *resources = &draft->document->document.oci.resources;
	const struct spec_number *memory = &resources->memory_limit;

	if (!memory->is_set || memory->value <= 0 ||
	    (resources->memory_swap.is_set && resources->memory_swap.value != 0))
		return;
	resources->memory_swap = (struct spec_number){
		.value = memory->value > INT64_MAX / 2 ? INT64_MAX : memory->value * 2,
		.origin = docker_engine(draft)->places[SPEC_PLACE_SWAP],
		.is_set = true,
	};
}

static void settle_rootfs(struct docker_draft *draft)
{
	struct spec *spec = &draft->document->document.spec;

	spec->rootfs.is_writable = !draft->document->document.oci.is_rootfs_read_only;
}

static uint64_t shared_namespaces(const struct docker_draft *draft)
{
	uint64_t shared = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWIPC |
	                  CLONE_NEWCGROUP | CLONE_NEWUSER;
	const struct spec_oci_namespace *namespaces = draft->namespaces.items;

	for (size_t i = 0; i < draft->namespaces.count; i++)
		shared &= ~namespaces[i].kind;
	return shared;
}

/* A network that is the host's or another's keeps its settings. */
static int settle_sysctls(struct docker_draft *draft, struct error *err)
{
	const struct spec_oci_namespace *namespaces = draft->namespaces.items;

	for (size_t i = 0; i < draft->namespaces.count && !draft->is_kubernetes; i++) {
		if (namespaces[i].kind == CLONE_NEWNET && namespaces[i].path == NULL)
			return docker_add_default_sysctls(draft, err);
	}
	return 0;
}

static int settle_args(struct docker_draft *draft, struct error *err)
{
	struct spec_list all = { .item_size = sizeof(struct spec_text) };
	const struct spec_list *parts[] = { &draft->entrypoint, &draft->args };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		const struct spec_text *items = parts[i]->items;

		for (size_t j = 0; j < parts[i]->count; j++) {
			/* An empty entry point takes that of the image away. */
			if (parts[i] == &draft->entrypoint && *items[j].value == '\0')
				continue;
			if (docker_add_text(draft, &all, &items[j], err) < 0)
				return -1;
		}
	}
	draft->document->document.spec.args = text_list(&all);
	return 0;
}

static int settle_env(struct docker_draft *draft, struct error *err)
{
	struct reader reader = { .builder = &draft->session->builder };
	struct spec_text_list *env = &draft->document->document.spec.env;

	*env = text_list(&draft->env);
	return env->count == 0 ? 0 : oci_settle_env(&reader, env, err);
}

static void fill_spec(struct docker_draft *draft)
{
	struct spec *spec = &draft->document->document.spec;
	struct spec_oci *oci = &draft->document->document.oci;

	spec->sysctls = draft->sysctls.items;
	spec->sysctl_count = draft->sysctls.count;
	spec->limits.rlimits = draft->rlimits.items;
	spec->limits.rlimit_count = draft->rlimits.count;
	spec->shared_namespaces = shared_namespaces(draft);
	oci->mounts = draft->mounts.items;
	oci->mount_count = draft->mounts.count;
	oci->namespaces = draft->namespaces.items;
	oci->namespace_count = draft->namespaces.count;
	oci->devices = draft->oci_devices.items;
	oci->device_count = draft->oci_devices.count;
	oci->annotations = draft->annotations.items;
	oci->annotation_count = draft->annotations.count;
	oci->resources.device_rules = draft->device_rules.items;
	oci->resources.device_rule_count = draft->device_rules.count;
}

static void fill_engine(struct docker_draft *draft)
{
	struct spec_engine *engine = docker_engine(draft);

	engine->groups = text_list(&draft->groups);
	engine->entrypoint = text_list(&draft->entrypoint);
	engine->command = text_list(&draft->args);
	engine->env_files = text_list(&draft->env_files);
	engine->passed_env = text_list(&draft->passed_env);
	engine->cap_add = text_list(&draft->cap_add);
	engine->cap_drop = text_list(&draft->cap_drop);
	engine->networks = text_list(&draft->networks);
	engine->unread = text_list(&draft->unread);
	engine->ports = draft->ports.items;
	engine->port_count = draft->ports.count;
	engine->volumes = draft->volumes.items;
	engine->volume_count = draft->volumes.count;
	engine->secrets = draft->secrets.items;
	engine->secret_count = draft->secrets.count;
	engine->devices = draft->devices.items;
	engine->device_count = draft->devices.count;
}

int docker_finish(struct docker_draft *draft, struct error *err)
{
	struct spec_user *user = &draft->document->document.spec.user;

	draft->document->document.spec.name = docker_engine(draft)->service;
	if (docker_engine(draft)->user.value == NULL &&
	    docker_engine(draft)->places[SPEC_PLACE_USER])
		user->origin = docker_engine(draft)->places[SPEC_PLACE_USER];
	if (settle_privileged(draft, err) < 0 || settle_capabilities(draft, err) < 0 ||
	    settle_paths(draft, err) < 0 || settle_shm(draft, err) < 0 ||
	    settle_groups(draft, err) < 0 || settle_sysctls(draft, err) < 0 ||
	    settle_args(draft, err) < 0 || settle_env(draft, err) < 0)
		return -1;
	settle_swap(draft);
	settle_rootfs(draft);
	fill_spec(draft);
	fill_engine(draft);
	return session_add(draft->session, draft->document, err);
}
