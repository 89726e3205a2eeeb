/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An OCI bundle from the command line, or the copy of its config.json that a container keeps. */
#ifndef HARDRUN_CMD_BUNDLE_H
#define HARDRUN_CMD_BUNDLE_H

#include "base/compiler.h"
#include "base/error.h"
#include "import/import.h"
#include "kernel/seccomp_policy.h"
#include "lifecycle/container.h"
#include "spec_file.h"

/* A bundle's config.json, and the spec that it is. */
struct bundle {
	char *config;
	size_t config_size;
	struct seccomp_known known; /* of its seccomp policy, where the cache has that */
	struct spec *spec;
};

#define AUTO_BUNDLE CLEANUP(bundle_release)

/*
 * Read the config.json of the folder @path for the container @id, which is about to be made: the
 * command may begin anew, see cmd_guard_own_file(). @cache is where compiled filters are kept.
 * Owns: AUTO_BUNDLE.
 */
MUST_CHECK int bundle_read(const char *path, const char *id, const char *cache, struct bundle *out,
                           struct error *err);

/* Look up in @cache what is known of the text that @input has of @bundle, which keeps it. */
void bundle_find_known(struct bundle *bundle, const char *cache, struct import_oci_input *input);

/* Read the config.json that @container was created from. */
MUST_CHECK int bundle_reread(const struct container *container, struct bundle *out,
                             struct error *err);

/* The same to start or delete it; out->spec is NULL where config.json says nothing of that. */
MUST_CHECK int bundle_reread_if_needed(const struct container *container, struct bundle *out,
                                       struct error *err);

void bundle_release(struct bundle *bundle);

#endif
