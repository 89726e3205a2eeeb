/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "export/export_docker.h"
#include "export/standard_mounts.h"
#include "spec/oci_mount_options.h"
#include "spec/oci_words.h"

#define INERT ((uint64_t)(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC))

static void lose_mount(struct docker_writer *writer, const struct spec_oci_mount *mount,
                       const char *why)
{
	losses_add(&writer->work->losses, &writer->oci->mounts, mount->origin,
	           "nothing is mounted at %.120s: %s", mount->target, why);
}

static void lose_options(struct docker_writer *writer, const struct spec_oci_mount *mount,
                         const char *what)
{
	losses_add_of_item(&writer->work->losses, "spec_oci_mount.attributes", mount->origin,
	                   "Docker cannot say %s of what is mounted at %.120s", what,
	                   mount->target);
}

static void gather_tmpfs(struct docker_writer *writer, const struct spec_oci_mount *mount)
{
	AUTO_TEXT struct text options = { 0 };
	const uint64_t attributes = mount->attributes;

	text_add(&options, (attributes & MOUNT_ATTR_RDONLY) != 0 ? "ro" : "rw");
	text_add(&options, (attributes & MOUNT_ATTR_NOEXEC) != 0 ? ",noexec" : ",exec");
	text_add(&options, (attributes & MOUNT_ATTR_NOSUID) != 0 ? ",nosuid" : ",suid");
	text_add(&options, (attributes & MOUNT_ATTR_NODEV) != 0 ? ",nodev" : ",dev");
	for (size_t i = 0; i < mount->data.count; i++)
		text_add_format(&options, ",%s", mount->data.items[i].value);
	writer->tree.is_broken |= options.is_broken;
	tree_format(&writer->tree, writer->settings[DOCKER_TMPFS], NULL, "%s:%s", mount->target,
	            options.bytes == NULL ? "" : options.bytes);
}

/* Docker's binds are recursive and private, and what is read-only is so with all below. */
static const char *propagation_of(const struct spec_oci_mount *mount)
{
	const struct oci_mount_option *option;
	const uint64_t wanted =
		mount->propagation |
		(mount->is_propagation_recursive ? OCI_MOUNT_RECURSIVE : UINT64_C(0));

	for (size_t i = 0; (option = oci_mount_option_at(i)) != NULL; i++) {
		if (option->kind == OCI_MOUNT_PROPAGATION && option->set == wanted)
			return option->name;
	}
	return "rprivate";
}

static void gather_bind(struct docker_writer *writer, const struct spec_oci_mount *mount)
{
	const char *propagation = propagation_of(mount);
	const bool is_usual = strstr(propagation, "private") != NULL;

	if (mount->source[0] != '/' && mount->source[0] != '.' && mount->source[0] != '$' &&
	    mount->source[0] != '~') {
		lose_mount(writer, mount, "its source is no path of the host");
		return;
	}
	if (strpbrk(mount->source, ":,") != NULL || strpbrk(mount->target, ":,") != NULL) {
		lose_mount(writer, mount, "a path with a colon or a comma cannot be written");
		return;
	}
	if (((mount->attributes | mount->attributes_below) & INERT) != 0)
		lose_options(writer, mount, "nosuid, nodev or noexec");
	if (mount->is_id_mapped)
		lose_options(writer, mount, "a map of ids");
	tree_format(&writer->tree, writer->settings[DOCKER_VOLUME], NULL, "%s:%s:%s%s%s",
	            mount->source, mount->target, mount_is_read_only(mount) ? "ro" : "rw",
	            is_usual ? "" : ",", is_usual ? "" : propagation);
}

static void gather_shm(struct docker_writer *writer, const struct spec_oci_mount *mount)
{
	uint64_t size;

	if (writer->engine != NULL && writer->engine->shm_size.value != NULL)
		docker_say(writer, DOCKER_SHM_SIZE, writer->engine->shm_size.value);
	else if (mount_tmpfs_size(mount, &size) && size != STANDARD_SHM_SIZE)
		tree_format(&writer->tree, writer->settings[DOCKER_SHM_SIZE], NULL, "%" PRIu64,
		            size);
}

static void gather_mount(struct docker_writer *writer, const struct spec_oci_mount *mount)
{
	if (strcmp(mount->target, "/dev/shm") == 0 && strcmp(mount->type, "tmpfs") == 0)
		gather_shm(writer, mount);
	else if (mount_is_standard(mount) || mount_is_engine_file(mount))
		return;
	else if (mount->is_bind)
		gather_bind(writer, mount);
	else if (strcmp(mount->type, "tmpfs") == 0)
		gather_tmpfs(writer, mount);
	else
		lose_mount(writer, mount,
		           "Docker mounts paths of the host, volumes and tmpfs only");
}

bool docker_keeps(const struct spec_engine_volume *volume)
{
	static const char *const kept[] = { "volume", "emptyDir", "persistentVolumeClaim" };

	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		if (volume->target != NULL && volume->kind != NULL &&
		    strcmp(kept[i], volume->kind) == 0)
			return true;
	}
	return false;
}

static void gather_volume(struct docker_writer *writer, const struct spec_engine_volume *volume)
{
	struct tree_node *list = writer->settings[DOCKER_VOLUME];
	const char *mode = volume->is_read_only ? ":ro" : "";

	if (!docker_keeps(volume)) {
		losses_add(&writer->work->losses, &writer->engine->volumes, volume->origin,
		           "the %.60s %.80s is not mounted",
		           volume->kind == NULL ? "volume" : volume->kind,
		           volume->name == NULL ? "" : volume->name);
		return;
	}
	if (volume->name != NULL)
		tree_format(&writer->tree, list, NULL, "%s:%s%s", volume->name, volume->target,
		            mode);
	else if (!volume->is_read_only)
		tree_text(&writer->tree, list, NULL, volume->target);
	else
		losses_add(&writer->work->losses, &writer->engine->volumes, volume->origin,
		           "a volume without a name is not read-only: nothing is mounted at %.120s",
		           volume->target);
}

static void gather_secret(struct docker_writer *writer, const struct spec_engine_secret *secret)
{
	const char *target = secret->target;
	const bool is_name = target != NULL && strchr(target, '/') == NULL;

	if (secret->source == NULL || target == NULL || secret->source[0] != '/')
		losses_add(&writer->work->losses, &writer->engine->secrets, secret->origin,
		           "the secret %.100s is no file of the host: it is not handed over",
		           secret->name == NULL ? "" : secret->name);
	else
		tree_format(&writer->tree, writer->settings[DOCKER_VOLUME], NULL, "%s:%s%s:ro",
		            secret->source, is_name ? "/run/secrets/" : "", target);
}

static void gather_engine_files(struct docker_writer *writer)
{
	const struct spec_engine *engine = writer->engine;

	if (engine == NULL)
		return;
	losses_said(&writer->work->losses, &engine->volumes);
	losses_said(&writer->work->losses, &engine->secrets);
	for (size_t i = 0; i < engine->secret_count; i++)
		gather_secret(writer, &engine->secrets[i]);
	for (size_t i = 0; i < engine->volume_count; i++)
		gather_volume(writer, &engine->volumes[i]);
}

static bool is_standard_number(const struct device_rule *rule)
{
	static const uint32_t numbers[][2] = {
		{ 1, 3 }, { 1, 5 }, { 1, 7 }, { 1, 8 }, { 1, 9 }, { 5, 0 }, { 5, 1 }, { 5, 2 },
	};

	if (rule->kind != DEVICE_CHARACTER)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		if (rule->major == numbers[i][0] && rule->minor == numbers[i][1])
			return true;
	}
	return rule->major == 136; /* the slaves of pseudo-terminals */
}

static bool may_meet(uint32_t a, uint32_t b)
{
	return a == b || a == DEVICE_ANY || b == DEVICE_ANY;
}

/* Does @rule take away what an earlier one gave? */
static bool takes_away(const struct spec_oci_resources *resources,
                       const struct spec_oci_device_rule *rule)
{
	const uint32_t use = DEVICE_ACCESS_READ | DEVICE_ACCESS_WRITE;

	for (const struct spec_oci_device_rule *one = resources->device_rules; one < rule; one++) {
		const bool is_same_kind =
			one->is_all || rule->is_all || one->rule.kind == rule->rule.kind;

		if (one->allows && (one->rule.access & rule->rule.access & use) != 0 &&
		    is_same_kind && may_meet(one->rule.major, rule->rule.major) &&
		    may_meet(one->rule.minor, rule->rule.minor))
			return true;
	}
	return false;
}

/* That nodes may be made of any device is Docker's default; what nobody gave is denied anyway. */
static bool is_docker_rule(const struct spec_oci_resources *resources,
                           const struct spec_oci_device_rule *rule)
{
	if (!rule->allows)
		return !takes_away(resources, rule);
	return is_standard_number(&rule->rule) || rule->rule.access == DEVICE_ACCESS_MKNOD;
}

static void write_number(char *out, size_t size, uint32_t number)
{
	if (number == DEVICE_ANY)
		(void)snprintf(out, size, "*");
	else
		(void)snprintf(out, size, "%" PRIu32, number);
}

static void gather_rule(struct docker_writer *writer, const struct spec_oci_device_rule *rule)
{
	const uint32_t access = rule->rule.access;
	char major[16];
	char minor[16];

	if (!rule->allows) {
		losses_add(&writer->work->losses, &writer->oci->resources.device_rules,
		           rule->origin, "Docker takes no device away that another rule gave");
		return;
	}
	write_number(major, sizeof(major), rule->is_all ? DEVICE_ANY : rule->rule.major);
	write_number(minor, sizeof(minor), rule->is_all ? DEVICE_ANY : rule->rule.minor);
	tree_format(
		&writer->tree, writer->settings[DOCKER_DEVICE_RULE], NULL, "%s %s:%s %s%s%s",
		oci_word_name(&oci_device_rule_types, rule->is_all ? 0 : (uint64_t)rule->rule.kind),
		major, minor, (access & DEVICE_ACCESS_READ) != 0 ? "r" : "",
		(access & DEVICE_ACCESS_WRITE) != 0 ? "w" : "",
		(access & DEVICE_ACCESS_MKNOD) != 0 ? "m" : "");
}

static void gather_device(struct docker_writer *writer, const struct spec_engine_device *device)
{
	const bool is_known = device->source[0] == '/' || strchr(device->source, '=') != NULL;

	if (!is_known)
		losses_add(&writer->work->losses, &writer->oci->devices, device->origin,
		           "%.100s is no device that Docker could give", device->source);
	else if (device->source[0] == '/')
		tree_format(&writer->tree, writer->settings[DOCKER_DEVICE], NULL, "%s:%s:%s",
		            device->source, device->target, device->access);
	else
		docker_say(writer, DOCKER_DEVICE, device->source);
}

/* A privileged container has them all. */
static void gather_rules(struct docker_writer *writer)
{
	const struct spec_oci_resources *resources = &writer->oci->resources;

	losses_said(&writer->work->losses, &resources->device_rules);
	if (writer->engine != NULL && writer->engine->privileged.value != NULL)
		return;
	for (size_t i = 0; i < resources->device_rule_count; i++) {
		if (!is_docker_rule(resources, &resources->device_rules[i]))
			gather_rule(writer, &resources->device_rules[i]);
	}
}

static void gather_devices(struct docker_writer *writer)
{
	const struct spec_oci *oci = writer->oci;
	const struct spec_engine *engine = writer->engine;

	losses_said(&writer->work->losses, &oci->devices);
	for (size_t i = 0; engine != NULL && i < engine->device_count; i++)
		gather_device(writer, &engine->devices[i]);
	for (size_t i = 0; engine == NULL && i < oci->device_count; i++) {
		if (!device_is_standard(oci->devices[i].path))
			tree_format(&writer->tree, writer->settings[DOCKER_DEVICE], NULL,
			            "%s:%s:rwm", oci->devices[i].path, oci->devices[i].path);
	}
	gather_rules(writer);
}

void docker_gather_files(struct docker_writer *writer)
{
	const struct spec_oci *oci = writer->oci;

	losses_said(&writer->work->losses, &oci->mounts);
	losses_said(&writer->work->losses, &oci->rootfs_propagation);
	for (size_t i = 0; i < oci->mount_count; i++)
		gather_mount(writer, &oci->mounts[i]);
	gather_engine_files(writer);
	gather_devices(writer);
}
