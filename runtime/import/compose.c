/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/compose.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/text.h"
#include "import/yaml.h"

#define LAYER_MAX ((size_t)16) /* services that extend one another */
#define FILE_MAX  ((size_t)64) /* that a text names */

/* A service that another one extends, or the other itself. */
struct layer {
	json_t *root;
	const char *prefix; /* of its origins: "", "common.yml: " */
	const char *folder; /* of the file; NULL: none is known */
	const char *name;
	json_t *service;
};

static docker_places places = {
	[SPEC_PLACE_SERVICE] = "",
	[SPEC_PLACE_IMAGE] = "/image",
	[SPEC_PLACE_USER] = "/user",
	[SPEC_PLACE_PRIVILEGED] = "/privileged",
	[SPEC_PLACE_CAPABILITIES] = "/cap_add",
	[SPEC_PLACE_CAPABILITIES_DROPPED] = "/cap_drop",
	[SPEC_PLACE_NO_NEW_PRIVILEGES] = "/security_opt",
	[SPEC_PLACE_SECCOMP] = "/security_opt",
	[SPEC_PLACE_APPARMOR] = "/security_opt",
	[SPEC_PLACE_READ_ONLY_ROOT] = "/read_only",
	[SPEC_PLACE_MASKED_PATHS] = "/security_opt",
	[SPEC_PLACE_MOUNTS] = "/volumes",
	[SPEC_PLACE_TMPFS] = "/tmpfs",
	[SPEC_PLACE_DEVICES] = "/devices",
	[SPEC_PLACE_SYSCTLS] = "/sysctls",
	[SPEC_PLACE_MEMORY] = "/mem_limit",
	[SPEC_PLACE_SWAP] = "/memswap_limit",
	[SPEC_PLACE_CPU] = "/cpus",
	[SPEC_PLACE_PIDS] = "/pids_limit",
	[SPEC_PLACE_NETWORK] = "/network_mode",
	[SPEC_PLACE_PORTS] = "/ports",
	[SPEC_PLACE_PID_NAMESPACE] = "/pid",
	[SPEC_PLACE_IPC_NAMESPACE] = "/ipc",
	[SPEC_PLACE_UTS_NAMESPACE] = "/uts",
	[SPEC_PLACE_CGROUP_NAMESPACE] = "/cgroup",
	[SPEC_PLACE_USER_NAMESPACE] = "/userns_mode",
	[SPEC_PLACE_ENV] = "/environment",
	[SPEC_PLACE_HEALTH] = "/healthcheck",
};

bool compose_is(const json_t *documents)
{
	const json_t *root = json_array_get(documents, 0);

	return json_is_object(json_object_get(root, "services")) &&
	       json_object_get(root, "apiVersion") == NULL;
}

static struct reader layer_reader(struct compose *compose, const struct layer *layer)
{
	char unused[LANGUAGE_PREFIX_SIZE];
	struct reader reader = session_reader(compose->session, 0, unused);

	reader.prefix = layer->prefix;
	(void)fields_enter(&reader, "services");
	(void)fields_enter(&reader, layer->name);
	return reader;
}

/* "common.yml: " in the arena. */
static const char *make_prefix(struct compose *compose, const char *file, struct error *err)
{
	AUTO_TEXT struct text prefix = { 0 };

	text_add_format(&prefix, "%s: ", file);
	return spec_copy(&compose->session->builder, prefix.is_broken ? "" : prefix.bytes, err);
}

/* Read the file at @full, with its origins behind @name, and keep it. NULL with @err set. */
static json_t *read_file(struct compose *compose, const char *name, const char *full,
                         struct error *err)
{
	const struct import_any_input *input = compose->session->input;
	struct positions *positions = compose->session->positions;
	const char *file = positions_add_file(positions, name, err);
	json_auto_t *documents = NULL;
	AUTO_FREE char *text = NULL;
	size_t size;

	if (file == NULL || input->read_file(full, YAML_SIZE_MAX, &text, &size, err) < 0 ||
	    yaml_parse(text, size, file, positions, &documents, err) < 0)
		return NULL;
	if (json_object_set(compose->files, full, documents) < 0)
		(void)error_set(err, ERROR_SYSTEM, "out of memory");
	return json_array_get(documents, 0);
}

/* As read_file(), but once. */
static json_t *load_file(struct compose *compose, const char *name, const char *full,
                         struct error *err)
{
	json_t *known = json_object_get(compose->files, full);

	if (known != NULL)
		return json_array_get(known, 0);
	if (json_object_size(compose->files) == FILE_MAX) {
		(void)error_set(err, ERROR_SPEC, "more than %zu files are named", FILE_MAX);
		return NULL;
	}
	return read_file(compose, name, full, err);
}

/* The folder of the file at @full, in the arena. */
static const char *folder_of(struct compose *compose, const char *full, struct error *err)
{
	char folder[PATH_MAX];
	char *slash;

	(void)snprintf(folder, sizeof(folder), "%s", full);
	slash = strrchr(folder, '/');
	slash[slash == folder] = '\0';
	return spec_copy(&compose->session->builder, folder, err);
}

/* Let @out be of the file that @path names, which must be below the folder of @from. */
static int enter_file(struct compose *compose, const struct layer *from, struct reader *reader,
                      const struct spec_text *path, struct layer *out, struct error *err)
{
	const char *top = compose->session->input->folder;
	char full[PATH_MAX];
	const char *name;

	if (compose->session->input->read_file == NULL || from->folder == NULL)
		return fields_refuse(reader, err, "the file \"%.100s\" is not at hand",
		                     path->value);
	if (*path->value == '/')
		return fields_refuse(reader, err, "\"%.100s\" is not below the text's folder",
		                     path->value);
	if (path_join(full, sizeof(full), from->folder, path->value, err) < 0)
		return fields_at(reader, err);
	name = path_is_within(full, top) && strcmp(top, "/") != 0 ? full + strlen(top) + 1 : full;
	out->root = load_file(compose, name, full, err);
	if (out->root == NULL)
		return fields_refuse(reader, err, "the file \"%.100s\" holds nothing", path->value);
	out->prefix = make_prefix(compose, name, err);
	out->folder = folder_of(compose, full, err);
	return out->prefix == NULL || out->folder == NULL ? -1 : 0;
}

/* The service that @layer extends, to @out. Returns 1 when there is one, 0 when there is none. */
static int follow(struct compose *compose, const struct layer *layer, struct layer *out,
                  struct error *err)
{
	const json_t *extends = json_object_get(layer->service, "extends");
	struct reader reader = layer_reader(compose, layer);
	struct compose_service service = { .compose = compose, .reader = &reader };
	struct spec_text name, file = { 0 };

	if (extends == NULL || json_is_null(extends))
		return 0;
	(void)fields_enter(&reader, "extends");
	if (!json_is_object(extends)) {
		if (compose_text(compose, &reader, extends, &name, err) < 0)
			return -1;
	} else if (compose_member(&service, extends, "service", &name, err) < 0 ||
	           compose_member(&service, extends, "file", &file, err) < 0) {
		return -1;
	}
	if (name.value == NULL)
		return fields_refuse(&reader, err, "the member \"service\" is missing");
	*out = *layer;
	out->name = name.value;
	if (file.value != NULL && enter_file(compose, layer, &reader, &file, out, err) < 0)
		return -1;
	out->service = json_object_get(json_object_get(out->root, "services"), name.value);
	if (!json_is_object(out->service))
		return fields_refuse(&reader, err, "there is no service \"%.60s\" to extend",
		                     name.value);
	return 1;
}

/* @layers[0] is the service itself. */
static int find_layers(struct compose *compose, struct layer layers[LAYER_MAX], size_t *count,
                       struct error *err)
{
	int result = 1;

	for (*count = 1; result > 0; (*count)++) {
		struct layer next;

		result = follow(compose, &layers[*count - 1], &next, err);
		if (result <= 0)
			break;
		if (*count == LAYER_MAX) {
			struct reader reader = layer_reader(compose, &layers[0]);

			return fields_refuse(
				&reader, err,
				"services extend one another in a circle, or too deeply");
		}
		layers[*count] = next;
	}
	return result;
}

/* A service that names no network joins the one that Compose makes for the project. */
static int settle_network(struct compose_service *service, struct error *err)
{
	struct spec_engine *engine = docker_engine(&service->draft);
	const struct spec_text project = { "default", engine->places[SPEC_PLACE_NETWORK] };

	if (engine->network.value != NULL || service->draft.networks.count > 0)
		return 0;
	return docker_add_text(&service->draft, &service->draft.networks, &project, err);
}

static int begin_service(struct compose *compose, struct compose_service *service,
                         const struct layer *layer, struct error *err)
{
	struct reader reader = layer_reader(compose, layer);
	struct spec_text name = { spec_copy(reader.builder, layer->name, err),
		                  fields_origin(&reader, err) };

	if (name.value == NULL || name.origin == NULL)
		return -1;
	if (text_has_control(name.value, false))
		return fields_refuse(&reader, err, "a name has a control character in it");
	return docker_begin(&service->draft, compose->session, false, &places, name.origin, &name,
	                    err);
}

static int read_service(struct compose *compose, const char *name, json_t *members,
                        struct error *err)
{
	struct layer layers[LAYER_MAX] = {
		{ compose->root, "", compose->session->input->folder, name, members },
	};
	struct compose_service service = { .compose = compose };
	size_t count;

	if (begin_service(compose, &service, &layers[0], err) < 0)
		return -1;
	if (!json_is_object(members)) {
		struct reader reader = layer_reader(compose, &layers[0]);

		return fields_wrong_type(&reader, members, "an object", err);
	}
	if (find_layers(compose, layers, &count, err) < 0)
		return -1;
	for (size_t i = count; i > 0; i--) {
		struct reader reader = layer_reader(compose, &layers[i - 1]);

		service.reader = &reader;
		service.root = layers[i - 1].root;
		service.draft.folder = layers[i - 1].folder;
		if (compose_read_service(&service, layers[i - 1].service, err) < 0)
			return -1;
	}
	if (settle_network(&service, err) < 0)
		return -1;
	return docker_finish(&service.draft, err);
}

/* Top-level members besides the services. */
static void warn_of_unknown(struct compose *compose)
{
	static const char *const known[] = { "configs", "include",  "models",  "name",   "networks",
		                             "secrets", "services", "version", "volumes" };
	char prefix[LANGUAGE_PREFIX_SIZE];
	struct reader reader = session_reader(compose->session, 0, prefix);
	const char *name;
	json_t *value;

	json_object_foreach(compose->root, name, value) {
		const size_t length = fields_enter(&reader, name);
		bool is_known = strncmp(name, "x-", 2) == 0;

		for (size_t i = 0; i < ARRAY_LEN(known); i++)
			is_known |= strcmp(known[i], name) == 0;
		if (!is_known)
			fields_warn(&reader, "a Compose file has no member of this name");
		if (strcmp(name, "include") == 0)
			fields_warn(&reader,
			            "the files that are included are not read; name them, too");
		fields_leave(&reader, length);
	}
}

static int read_services(struct compose *compose, struct error *err)
{
	const char *name;
	json_t *members;

	warn_of_unknown(compose);
	json_object_foreach(json_object_get(compose->root, "services"), name, members) {
		if (read_service(compose, name, members, err) < 0)
			return -1;
	}
	return 0;
}

int compose_read(struct import_session *session, struct error *err)
{
	json_auto_t *warned = json_object();
	json_auto_t *files = json_object();
	struct compose compose = {
		.session = session,
		.root = json_array_get(session->documents, 0),
		.warned = warned,
		.files = files,
	};

	if (json_array_size(session->documents) > 1)
		return error_set(err, ERROR_SPEC, "a Compose file holds one document");
	if (!json_is_object(json_object_get(compose.root, "services"))) {
		(void)error_set(err, ERROR_SPEC, "the member \"services\" is missing");
		return error_at(err, "/");
	}
	return read_services(&compose, err);
}
