/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/native.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/text.h"
#include "import/document.h"
#include "import/import.h"
#include "import/preset.h"
#include "import/seccomp_profile.h"

#define VERSION     1
#define NAME_LENGTH 64 /* of a container's name; bytes */

static int read_version(struct reader *reader, json_t *value, void *out, struct error *err)
{
	if (json_is_integer(value) && json_integer_value(value) == VERSION)
		return 0;
	return fields_refuse(reader, err, "this hardrun knows version %d of the language only",
	                     VERSION);
}

static int read_network(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *text;

	if (fields_string(reader, value, &text, err) < 0)
		return -1;
	if (strcmp(text, "none") != 0) {
		if (strcmp(text, "host") == 0)
			(void)error_hint(err, "if it must be: \"relax\": {\"host-network\": "
			                      "{\"reason\": \"...\"}}");
		return fields_refuse(reader, err,
		                     "the network can be \"none\" only in this version");
	}
	reader->builder->network_origin = fields_origin(reader, err);
	return reader->builder->network_origin == NULL ? -1 : 0;
}

static int read_seccomp(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_seccomp *seccomp = &((struct spec *)out)->seccomp;
	const char *text;

	reader->builder->seccomp_origin = fields_origin(reader, err);
	if (reader->builder->seccomp_origin == NULL || fields_string(reader, value, &text, err) < 0)
		return -1;
	if (strcmp(text, "default") == 0) {
		seccomp->kind = SPEC_SECCOMP_DEFAULT;
		return 0;
	}
	if (strcmp(text, "unconfined") == 0)
		(void)error_hint(err, "if it must be: \"relax\": {\"seccomp-off\": {\"reason\": "
		                      "\"...\"}}");
	seccomp->kind = SPEC_SECCOMP_FILE;
	seccomp->path.origin = reader->builder->seccomp_origin;
	return fields_path(reader, value, true, &seccomp->path.value, err);
}

static int read_apparmor(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_apparmor *apparmor = &((struct spec *)out)->apparmor;
	const char *text;

	reader->builder->apparmor_origin = fields_origin(reader, err);
	if (reader->builder->apparmor_origin == NULL ||
	    fields_string(reader, value, &text, err) < 0)
		return -1;
	if (strcmp(text, "default") == 0) {
		apparmor->kind = SPEC_APPARMOR_GENERATED;
		return 0;
	}
	apparmor->kind = SPEC_APPARMOR_NAMED;
	return native_read_name(reader, value, &apparmor->name, err);
}

/* The preset was merged before the text that names it. */
static int read_profile(struct reader *reader, json_t *value, void *out, struct error *err)
{
	if (reader->builder->layer == SPEC_LAYER_PRESET)
		return fields_refuse(reader, err, "a preset cannot name another");
	return native_read_name(reader, value, &((struct spec *)out)->profile, err);
}

static const struct field root_fields[] = {
	{ "apparmor", read_apparmor },
	{ "args", native_read_args },
	{ "cwd", native_read_cwd },
	{ "env", native_read_env },
	{ "hardrun", read_version },
	{ "hostname", native_read_name, false, offsetof(struct spec, hostname) },
	{ "limits", native_read_limits },
	{ "mounts", native_read_mounts },
	{ "name", native_read_name, false, offsetof(struct spec, name) },
	{ "network", read_network },
	{ "profile", read_profile },
	{ "relax", native_read_relax },
	{ "rootfs", native_read_rootfs },
	{ "seccomp", read_seccomp },
	{ "secrets", native_read_secrets },
	{ "terminal", native_read_terminal },
	{ "tmpfs", native_read_tmpfs },
	{ "user", native_read_user },
};

static const struct mistake mistakes[] = {
	{ "cap_add", "\"relax\": {\"capabilities\": {\"add\": [...], \"reason\": \"...\"}}" },
	{ "cmd", "did you mean \"args\"?" },
	{ "command", "did you mean \"args\"?" },
	{ "entrypoint", "did you mean \"args\"?" },
	{ "environment", "did you mean \"env\"?" },
	{ "image", "this version runs a directory (\"rootfs\": \"/path\") or the host's programs" },
	{ "memory", "it is a member of \"limits\"" },
	{ "ociVersion", "this is an OCI config.json, not a spec of hardrun's own language" },
	{ "ports", "this version gives a container no network but its own loopback" },
	{ "preset", "did you mean \"profile\"?" },
	{ "privileged", "nothing lifts everything: name each thing that is needed in \"relax\"" },
	{ "publish", "this version gives a container no network but its own loopback" },
	{ "timeout", "it is a member of \"limits\"" },
	{ "volumes", "did you mean \"mounts\"?" },
	{ "workdir", "did you mean \"cwd\"?" },
	{ "working_dir", "did you mean \"cwd\"?" },
};

bool native_table_at(size_t index, struct native_table *out)
{
	static bool (*const parts[])(size_t index, struct native_table * out) = {
		native_files_table_at,
		native_limits_table_at,
		native_relax_table_at,
	};

	if (index == 0) {
		*out = (struct native_table){ "", root_fields, ARRAY_LEN(root_fields) };
		return true;
	}
	index--;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		size_t count = 0;

		if (parts[i](index, out))
			return true;
		while (parts[i](count, out))
			count++;
		index -= count;
	}
	return false;
}

static int read_root(struct reader *reader, json_t *root, struct error *err)
{
	return fields_read(reader, root, root_fields, ARRAY_LEN(root_fields), reader->builder->spec,
	                   err);
}

static const struct preset *find_preset(const char *name)
{
	for (size_t i = 0; i < preset_count; i++) {
		if (strcmp(presets[i].name, name) == 0)
			return &presets[i];
	}
	return NULL;
}

static int refuse_preset(const char *name, struct error *err)
{
	struct text_nearest nearest = { .word = name };

	(void)error_set(err, ERROR_SPEC, "there is no preset \"%.60s\"", name);
	for (size_t i = 0; i < preset_count; i++)
		text_nearest_try(&nearest, presets[i].name);
	if (nearest.best != NULL)
		(void)error_hint(err, "did you mean \"%s\"?", nearest.best);
	return error_at(err, "/profile");
}

/* Lay the preset that @root names under it, if it names one. */
static int merge_preset(struct spec_builder *builder, const json_t *root, struct error *err)
{
	const json_t *profile = json_object_get(root, "profile");
	const struct preset *preset;
	json_auto_t *preset_root = NULL;
	struct reader reader = { .builder = builder };
	char prefix[80];

	if (!json_is_string(profile))
		return 0;
	preset = find_preset(json_string_value(profile));
	if (preset == NULL)
		return refuse_preset(json_string_value(profile), err);
	(void)snprintf(prefix, sizeof(prefix), "preset %s: ", preset->name);
	reader.prefix = prefix;
	builder->layer = SPEC_LAYER_PRESET;
	if (document_parse(preset->text, preset->size, IMPORT_SIZE_MAX, &preset_root, err) < 0)
		return error_at(err, "preset %s", preset->name);
	return read_root(&reader, preset_root, err);
}

/* "/srv/my api.json" gives "my-api". */
static int set_default_name(struct spec_builder *builder, const struct import_input *input,
                            struct error *err)
{
	static const char suffix[] = ".json";
	struct spec_text *name = &builder->spec->name;
	const char *last = strcmp(input->name, "-") == 0 ? "stdin" : path_last(input->name);
	size_t length = strlen(last);
	char made[NAME_LENGTH + 1];

	if (name->value != NULL)
		return 0;
	name->origin = "default";
	if (length > sizeof(suffix) - 1 &&
	    strcmp(last + length - (sizeof(suffix) - 1), suffix) == 0)
		length -= sizeof(suffix) - 1;
	(void)snprintf(made, sizeof(made), "%.*s", (int)length, last);
	for (char *letter = made; *letter != '\0'; letter++) {
		const char one[] = { *letter, '\0' };

		if (!text_is_made_of(one, "_+-.") || (letter == made && *letter == '.'))
			*letter = '-';
	}
	if (made[0] == '\0')
		(void)snprintf(made, sizeof(made), "spec");
	name->value =
		spec_copy(builder, input->default_name != NULL ? input->default_name : made, err);
	return name->value == NULL ? -1 : 0;
}

/* The profile is part of the spec from here on: what its file says later does not matter. */
static int read_seccomp_file(struct spec_builder *builder, const struct import_input *input,
                             struct error *err)
{
	struct spec_seccomp *seccomp = &builder->spec->seccomp;
	AUTO_FREE char *text = NULL;
	struct seccomp_policy *policy;
	size_t size;

	if (seccomp->kind != SPEC_SECCOMP_FILE || input->read_file == NULL)
		return 0;
	if (input->read_file(seccomp->path.value, IMPORT_SIZE_MAX, &text, &size, err) < 0)
		return error_at(err, "%s", seccomp->path.origin);
	if (seccomp_profile_read(text, size, seccomp->path.value, builder->arena, &policy, err) < 0)
		return -1;
	seccomp->policy = policy;
	return 0;
}

static int build(struct spec_builder *builder, const struct import_input *input, struct spec **out,
                 struct error *err)
{
	struct reader reader = {
		.builder = builder,
		.prefix = "",
		.folder = input->folder,
		.mistakes = mistakes,
		.mistake_count = ARRAY_LEN(mistakes),
	};
	json_auto_t *root = NULL;

	if (document_parse(input->text, input->size, IMPORT_SIZE_MAX, &root, err) < 0 ||
	    merge_preset(builder, root, err) < 0)
		return -1;
	builder->layer = SPEC_LAYER_USER;
	if (read_root(&reader, root, err) < 0 || set_default_name(builder, input, err) < 0)
		return -1;
	builder->layer = SPEC_LAYER_OPTION;
	if (native_apply_overrides(builder, &input->overrides, err) < 0 ||
	    read_seccomp_file(builder, input, err) < 0)
		return -1;
	return spec_finish(builder, out, err);
}

int import_native(const struct import_input *input, struct spec **out, struct error *err)
{
	struct spec_builder builder;

	if (spec_begin(&builder, err) < 0 || build(&builder, input, out, err) < 0) {
		arena_free(builder.arena);
		return document_name_file(input->name, err);
	}
	return 0;
}
