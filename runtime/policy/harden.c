/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Controls that can be added to a container that was asked for without them. */
#include <linux/sched.h>
#include <string.h>

#include "policy/rule_parts.h"
#include "spec/known_paths.h"

static const char hardened_origin[] = "the host's policy";

static const struct spec_oci_namespace *find_namespace(const struct spec *spec, uint64_t kind)
{
	for (size_t i = 0; i < spec->oci->namespace_count; i++) {
		if (spec->oci->namespaces[i].kind == kind)
			return &spec->oci->namespaces[i];
	}
	return NULL;
}

int rule_harden_new_privileges(struct spec *spec, struct spec_oci *oci, struct arena *arena,
                               struct error *err)
{
	spec->no_new_privs = true;
	return 0;
}

static bool is_listed(const struct spec_text_list *list, const char *path)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i].value, path) == 0)
			return true;
	}
	return false;
}

/* Append the @count @paths that @list lacks; those with a wildcard are the native planner's. */
static int complete(struct spec_text_list *list, const char *const *paths, size_t count,
                    struct arena *arena, struct error *err)
{
	struct spec_text *items = arena_alloc(arena, (list->count + count) * sizeof(*items), err);
	size_t used = list->count;

	if (items == NULL)
		return -1;
	if (list->count > 0)
		memcpy(items, list->items, list->count * sizeof(*items));
	for (size_t i = 0; i < count; i++) {
		if (strchr(paths[i], '*') == NULL && !is_listed(list, paths[i]))
			items[used++] = (struct spec_text){ paths[i], hardened_origin };
	}
	*list = (struct spec_text_list){ items, used };
	return 0;
}

int rule_harden_unmasked_paths(struct spec *spec, struct spec_oci *oci, struct arena *arena,
                               struct error *err)
{
	if (complete(&oci->masked_paths, known_masked_paths, known_masked_path_count, arena, err) <
	    0)
		return -1;
	return complete(&oci->read_only_paths, known_read_only_paths, known_read_only_path_count,
	                arena, err);
}

const char *rule_refrain_unmasked_paths(const struct spec *spec)
{
	const struct spec_oci_namespace *own = find_namespace(spec, CLONE_NEWNS);

	return own != NULL && own->path == NULL ? NULL : "it has no mount namespace of its own";
}

/* Which rules follow, the plan decides by the mounts. */
int rule_harden_landlock_off(struct spec *spec, struct spec_oci *oci, struct arena *arena,
                             struct error *err)
{
	spec->has_landlock = true;
	return 0;
}

/* Whoever is held by Landlock cannot look at, or trace, a process that is not. */
const char *rule_refrain_landlock_off(const struct spec *spec)
{
	const struct spec_oci_namespace *own = find_namespace(spec, CLONE_NEWPID);

	return own != NULL && own->path == NULL
	               ? NULL
	               : "it shares processes with others, which Landlock would hide from it";
}
