/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules about what an engine is asked beside the container: image, ports, networks, extras. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mount.h>

#include "base/path.h"
#include "policy/rule_parts.h"

#define FIRST_UNPRIVILEGED_PORT 1024

bool rule_is_pinned(const char *reference)
{
	static const char *const algorithms[] = { "sha256:", "sha512:" };
	const char *at = strchr(reference, '@');
	/* An image's id is a digest, too. */
	const char *digest = at == NULL ? reference : at + 1;

	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		const size_t length = strlen(algorithms[i]);

		if (strncmp(digest, algorithms[i], length) == 0 && digest[length] != '\0')
			return true;
	}
	return false;
}

bool rule_find_image_not_pinned(const struct rule_subject *subject, size_t index,
                                struct rule_finding *out)
{
	const struct spec_engine *engine = subject->spec->engine;
	const char *image = engine->image.value;

	if (index > 0 || image == NULL || engine->has_build || rule_is_pinned(image))
		return false;
	return rule_found(out, engine->image.origin, "%.100s is named by a tag, which can be moved",
	                  image);
}

/* docker inspect shows what was decided. */
bool rule_image_decides_user(const struct spec *spec)
{
	const struct spec_engine *engine = spec->engine;

	return engine != NULL && engine->language != SPEC_LANGUAGE_DOCKER_INSPECT &&
	       engine->user.value == NULL;
}

bool rule_find_image_user(const struct rule_subject *subject, size_t index,
                          struct rule_finding *out)
{
	const struct spec *spec = subject->spec;

	if (index > 0 || !rule_image_decides_user(spec) || spec->engine->must_not_be_root.is_on)
		return false;
	return rule_found(out, rule_place(spec, SPEC_PLACE_USER, ""),
	                  "no user is named: the image decides, and most decide for root");
}

static bool is_any_address(const char *address)
{
	static const char *const any[] = { "", "0.0.0.0", "::", "[::]", "*" };

	for (size_t i = 0; address != NULL && i < ARRAY_LEN(any); i++) {
		if (strcmp(any[i], address) == 0)
			return true;
	}
	return address == NULL;
}

bool rule_find_published_on_all(const struct rule_subject *subject, size_t index,
                                struct rule_finding *out)
{
	const struct spec_engine *engine = subject->spec->engine;

	for (size_t i = 0; i < engine->port_count; i++) {
		const struct spec_engine_port *port = &engine->ports[i];

		if (port->is_only_exposed || !is_any_address(port->address) || index-- > 0)
			continue;
		return rule_found(out, port->origin,
		                  "port %u/%s is published on every address of the host",
		                  port->port, port->protocol);
	}
	return false;
}

bool rule_find_default_bridge(const struct rule_subject *subject, size_t index,
                              struct rule_finding *out)
{
	const struct spec_engine *engine = subject->spec->engine;
	const char *mode = engine->network.value;
	const bool is_default =
		mode == NULL
			? engine->language != SPEC_LANGUAGE_COMPOSE && engine->networks.count == 0
			: strcmp(mode, "bridge") == 0 || strcmp(mode, "default") == 0;

	if (index > 0 || !is_default)
		return false;
	return rule_found(out, rule_place(subject->spec, SPEC_PLACE_NETWORK, ""),
	                  "the container is on the network that is shared by all that name none");
}

static bool has_option(const struct spec_text_list *data, const char *name)
{
	for (size_t i = 0; i < data->count; i++) {
		if (strncmp(data->items[i].value, name, strlen(name)) == 0)
			return true;
	}
	return false;
}

/* The engine's own are in /dev. */
static bool is_tmpfs_asked_for(const struct spec_oci_mount *mount)
{
	return strcmp(mount->type, "tmpfs") == 0 && !path_is_within(mount->target, "/dev");
}

bool rule_find_tmpfs_unsized(const struct rule_subject *subject, size_t index,
                             struct rule_finding *out)
{
	const struct spec_oci *oci = subject->spec->oci;

	for (size_t i = 0; i < oci->mount_count; i++) {
		const struct spec_oci_mount *mount = &oci->mounts[i];

		if (!is_tmpfs_asked_for(mount) || has_option(&mount->data, "size=") || index-- > 0)
			continue;
		return rule_found(out, mount->origin,
		                  "the file system in memory at %.80s has no size", mount->target);
	}
	return false;
}

bool rule_find_shared_propagation(const struct rule_subject *subject, size_t index,
                                  struct rule_finding *out)
{
	const struct spec_oci *oci = subject->spec->oci;

	for (size_t i = 0; i < oci->mount_count; i++) {
		const struct spec_oci_mount *mount = &oci->mounts[i];

		if ((mount->propagation & MS_SHARED) == 0 || index-- > 0)
			continue;
		return rule_found(out, mount->origin,
		                  "what is mounted below %.80s reaches the host", mount->target);
	}
	return false;
}

static bool is_root(const struct spec *spec)
{
	return spec->user.uid == 0 && !spec->engine->must_not_be_root.is_on &&
	       !rule_image_decides_user(spec);
}

static bool is_surely_no_root(const struct spec *spec)
{
	return spec->user.uid != 0 || spec->engine->must_not_be_root.is_on;
}

static bool is_net_bind(const char *name)
{
	if (strncasecmp(name, "CAP_", strlen("CAP_")) == 0)
		name += strlen("CAP_");
	return strcasecmp(name, "NET_BIND_SERVICE") == 0;
}

/* The lowest port of the container that is published; 0: none is. */
static uint16_t lowest_port(const struct spec_engine *engine)
{
	uint16_t lowest = 0;

	for (size_t i = 0; i < engine->port_count; i++) {
		if (lowest == 0 || engine->ports[i].port < lowest)
			lowest = engine->ports[i].port;
	}
	return lowest;
}

/*
 * A process of another user than root gets the capabilities of the bounding set only by what it
 * executes: engines set no ambient ones. Source: capabilities(7), moby oci/oci.go; CONTROLS.md.
 */
static bool find_effect(const struct spec *spec, const struct spec_text *added,
                        struct rule_finding *out)
{
	const uint16_t port = lowest_port(spec->engine);
	const bool is_needless = is_net_bind(added->value) && port >= FIRST_UNPRIVILEGED_PORT;

	if (is_surely_no_root(spec) && is_needless)
		return rule_found(out, added->origin,
		                  "%.40s reaches no user but root, and port %u needs none",
		                  added->value, port);
	if (is_surely_no_root(spec))
		return rule_found(out, added->origin,
		                  "%.40s reaches no user but root: the engine makes none ambient",
		                  added->value);
	return is_needless && is_root(spec) &&
	       rule_found(out, added->origin, "port %u needs no %.40s", port, added->value);
}

bool rule_find_capability_without_effect(const struct rule_subject *subject, size_t index,
                                         struct rule_finding *out)
{
	const struct spec *spec = subject->spec;
	const struct spec_text_list *added = &spec->engine->cap_add;

	if (spec->engine->privileged.value != NULL)
		return false;
	for (size_t i = 0; i < added->count; i++) {
		if (strcasecmp(added->items[i].value, "ALL") != 0 &&
		    find_effect(spec, &added->items[i], out) && index-- == 0)
			return true;
	}
	return false;
}

/* Without a limit of its own, swap is as large as memory. Source: docker-run(1), --memory-swap. */
bool rule_find_no_swap_limit(const struct rule_subject *subject, size_t index,
                             struct rule_finding *out)
{
	const struct spec_oci_resources *resources = &subject->spec->oci->resources;
	const struct spec_number *memory = &resources->memory_limit;
	const struct spec_number *swap = &resources->memory_swap;

	if (index > 0 || !memory->is_set || memory->value <= 0)
		return false;
	if (swap->is_set && swap->value > 0 && swap->value <= memory->value)
		return false;
	return rule_found(out, rule_place(subject->spec, SPEC_PLACE_SWAP, ""),
	                  swap->is_set && swap->value < 0 ? "swap has no limit"
	                                                  : "swap is used beside the memory");
}

bool rule_find_service_account_token(const struct rule_subject *subject, size_t index,
                                     struct rule_finding *out)
{
	const struct spec_engine *engine = subject->spec->engine;

	if (index > 0 || !engine->automounts_token.is_on)
		return false;
	return rule_found(out, rule_place(subject->spec, SPEC_PLACE_TOKEN, ""),
	                  "the token of the service account is mounted into the container");
}
