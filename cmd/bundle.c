/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bundle.h"

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "commands.h"
#include "kernel/own_file.h"
#include "kernel/seccomp_cache.h"
#include "spec/spec_oci.h"

void bundle_find_known(struct bundle *bundle, const char *cache, struct import_oci_input *input)
{
	struct import_oci_seccomp *seccomp = &input->seccomp;

	if (import_oci_find_seccomp(input->text, input->size, seccomp) &&
	    seccomp_cache_find_text(cache, input->text + seccomp->offset, seccomp->size,
	                            &bundle->known))
		seccomp->known = &bundle->known;
}

/* @cache: NULL: what the filter is does not matter. */
static int import(const char *folder, const char *id, const char *cache,
                  void (*warn)(const struct error *warning), struct bundle *out, struct error *err)
{
	struct import_oci_input input = {
		.text = out->config,
		.size = out->config_size,
		.name = CONTAINER_CONFIG_FILE,
		.bundle = folder,
		.id = id,
		.warn = warn,
	};

	if (cache != NULL)
		bundle_find_known(out, cache, &input);
	return import_oci(&input, &out->spec, err);
}

/* Without a map the container's ids are the host's, which is seen before the text is understood. */
static bool can_map_ids(const struct bundle *bundle)
{
	static const char member[] = "\"uidMappings\"";

	return memmem(bundle->config, bundle->config_size, member, strlen(member)) != NULL;
}

static bool is_apart_from_own_file(const struct spec_oci *oci)
{
	for (size_t i = 0; i < oci->namespace_count; i++) {
		if (oci->namespaces[i].kind == CLONE_NEWUSER)
			return oci->namespaces[i].path == NULL &&
			       own_file_is_apart(oci->uids.items, oci->uids.count);
	}
	return false;
}

static int import_guarded(const char *folder, const char *id, const char *cache, struct bundle *out,
                          struct error *err)
{
	if (!can_map_ids(out) && cmd_guard_own_file(err) < 0)
		return -1;
	if (import(folder, id, cache, log_warning, out, err) < 0)
		return -1;
	return is_apart_from_own_file(out->spec->oci) ? 0 : cmd_guard_own_file(err);
}

int bundle_read(const char *path, const char *id, const char *cache, struct bundle *out,
                struct error *err)
{
	char folder[PATH_MAX];
	char file[PATH_MAX + sizeof("/" CONTAINER_CONFIG_FILE)];

	if (realpath(path == NULL ? "." : path, folder) == NULL) {
		(void)error_set_errno(err, "cannot find the bundle %s", path == NULL ? "." : path);
		return error_at(err, "--bundle");
	}
	(void)snprintf(file, sizeof(file), "%s/" CONTAINER_CONFIG_FILE, folder);
	if (file_read(file, CONTAINER_CONFIG_SIZE_MAX, &out->config, &out->config_size, err) < 0)
		return -1;
	return import_guarded(folder, id, cache, out, err);
}

int bundle_reread(const struct container *container, struct bundle *out, struct error *err)
{
	if (container_read_config(container, &out->config, &out->config_size, err) < 0)
		return -1;
	/* Who made the container has been warned. */
	return import(container->state.bundle, container->id, NULL, NULL, out, err);
}

int bundle_reread_if_needed(const struct container *container, struct bundle *out,
                            struct error *err)
{
	return container->state.needs_config ? bundle_reread(container, out, err) : 0;
}

void bundle_release(struct bundle *bundle)
{
	free(bundle->config);
	seccomp_known_release(&bundle->known);
	spec_file_release(&bundle->spec);
}
