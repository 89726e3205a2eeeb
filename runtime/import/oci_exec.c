/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/path.h"
#include "import/import.h"
#include "import/oci.h"

#define ID_MAX (UINT32_MAX - 1) /* the last one means "none" */

/* The old items, and the @count texts of @added behind them. */
static int append_texts(struct reader *reader, struct spec_text_list *list,
                        const char *const *added, size_t count, const char *origin,
                        struct error *err)
{
	struct spec_text *items =
		arena_alloc(reader->builder->arena, (list->count + count) * sizeof(*items), err);

	if (items == NULL)
		return -1;
	if (list->count > 0)
		memcpy(items, list->items, list->count * sizeof(*items));
	for (size_t i = 0; i < count; i++) {
		struct spec_text *item = &items[list->count + i];

		*item = (struct spec_text){ spec_copy(reader->builder, added[i], err), origin };
		if (item->value == NULL)
			return -1;
	}
	*list = (struct spec_text_list){ items, list->count + count };
	return 0;
}

static int apply_args(struct reader *reader, const struct import_oci_exec *exec, struct spec *spec,
                      struct error *err)
{
	if (exec->arg_count == 0)
		return 0;
	spec->args = (struct spec_text_list){ 0 };
	return append_texts(reader, &spec->args, exec->args, exec->arg_count, "argument", err);
}

static int apply_env(struct reader *reader, const struct import_oci_exec *exec, struct spec *spec,
                     struct error *err)
{
	if (exec->env_count == 0)
		return 0;
	if (append_texts(reader, &spec->env, exec->env, exec->env_count, "--env", err) < 0)
		return -1;
	return oci_settle_env(reader, &spec->env, err);
}

static int apply_cwd(struct reader *reader, const struct import_oci_exec *exec, struct spec *spec,
                     struct error *err)
{
	char cleaned[PATH_MAX];

	if (exec->cwd == NULL)
		return 0;
	if (path_clean(cleaned, sizeof(cleaned), exec->cwd, err) < 0)
		return error_at(err, "--cwd");
	spec->cwd = (struct spec_text){ spec_copy(reader->builder, cleaned, err), "--cwd" };
	return spec->cwd.value == NULL ? -1 : 0;
}

static int refuse_id(const char *text, const char *option, struct error *err)
{
	(void)error_set(err, ERROR_USAGE, "\"%.100s\" is not a number of a user or group", text);
	return error_at(err, "%s", option);
}

/* A number and nothing else. Source: CVE-2026-30892. */
static int parse_id(const char *text, const char *option, uint32_t *out, struct error *err)
{
	uint64_t id;

	if (!number_parse(text, ID_MAX, &id))
		return refuse_id(text, option, err);
	*out = (uint32_t)id;
	return 0;
}

/* Without a group the process keeps the one that it has. */
static int apply_user(const struct import_oci_exec *exec, struct spec_user *user, struct error *err)
{
	static const char option[] = "--user";
	const char *colon;
	char uid[16];

	if (exec->user == NULL)
		return 0;
	colon = strchrnul(exec->user, ':');
	if ((size_t)(colon - exec->user) >= sizeof(uid))
		return refuse_id(exec->user, option, err);
	(void)snprintf(uid, sizeof(uid), "%.*s", (int)(colon - exec->user), exec->user);
	if (parse_id(uid, option, &user->uid, err) < 0)
		return -1;
	user->origin = option;
	return *colon == '\0' ? 0 : parse_id(colon + 1, option, &user->gid, err);
}

static int apply_groups(struct reader *reader, const struct import_oci_exec *exec,
                        struct spec_user *user, struct error *err)
{
	const size_t old = user->additional_gid_count;
	uint32_t *gids;

	if (exec->additional_gid_count == 0)
		return 0;
	gids = arena_alloc(reader->builder->arena,
	                   (old + exec->additional_gid_count) * sizeof(*gids), err);
	if (gids == NULL)
		return -1;
	if (old > 0)
		memcpy(gids, user->additional_gids, old * sizeof(*gids));
	for (size_t i = 0; i < exec->additional_gid_count; i++) {
		if (parse_id(exec->additional_gids[i], "--additional-gids", &gids[old + i], err) <
		    0)
			return -1;
	}
	user->additional_gids = gids;
	user->additional_gid_count = old + exec->additional_gid_count;
	return 0;
}

/* Ambient ones must be inheritable, too: a process that has none of those gets none. */
static int apply_capabilities(const struct import_oci_exec *exec, struct oci_document *document,
                              struct error *err)
{
	struct spec_oci_capabilities *capabilities = &document->oci.capabilities;
	capability_set added = 0;

	for (size_t i = 0; i < exec->capability_count; i++) {
		struct error unknown = { .kind = ERROR_NONE };

		if (capability_add(&added, exec->capabilities[i], &unknown) < 0) {
			(void)error_set(err, ERROR_USAGE, "%s", unknown.what);
			return error_at(err, "--cap");
		}
	}
	if (added == 0)
		return 0;
	capabilities->bounding |= added;
	capabilities->effective |= added;
	capabilities->permitted |= added;
	if (capabilities->inheritable != 0)
		capabilities->ambient |= added;
	if (capabilities->origin == NULL)
		capabilities->origin = "--cap";
	document->spec.capabilities = capabilities->bounding;
	document->spec.capabilities_origin = capabilities->origin;
	return 0;
}

static int apply_apparmor(struct reader *reader, const struct import_oci_exec *exec,
                          struct spec_apparmor *apparmor, struct error *err)
{
	if (exec->apparmor == NULL || exec->apparmor[0] == '\0')
		return 0;
	*apparmor = (struct spec_apparmor){ .kind = SPEC_APPARMOR_OFF };
	if (strcmp(exec->apparmor, "unconfined") == 0)
		return 0;
	apparmor->kind = SPEC_APPARMOR_NAMED;
	apparmor->name =
		(struct spec_text){ spec_copy(reader->builder, exec->apparmor, err), "--apparmor" };
	return apparmor->name.value == NULL ? -1 : 0;
}

int oci_apply_exec(struct reader *reader, const struct import_oci_exec *exec,
                   struct oci_document *document, struct error *err)
{
	struct spec *spec = &document->spec;

	if (exec->process == NULL)
		spec->has_terminal = exec->gets_terminal;
	spec->no_new_privs |= exec->forgoes_new_privileges;
	if (apply_args(reader, exec, spec, err) < 0 || apply_env(reader, exec, spec, err) < 0 ||
	    apply_cwd(reader, exec, spec, err) < 0 || apply_user(exec, &spec->user, err) < 0 ||
	    apply_groups(reader, exec, &spec->user, err) < 0 ||
	    apply_capabilities(exec, document, err) < 0)
		return -1;
	return apply_apparmor(reader, exec, &spec->apparmor, err);
}
