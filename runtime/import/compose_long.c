/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What Compose has in a short and in a long form. Both become what docker run has, so that one
 * reader judges them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "import/compose.h"

/* Hand the text that was made for the value at reader->pointer to @take. */
static int take_made(struct compose_service *service, struct text *made, docker_take_function *take,
                     struct error *err)
{
	struct spec_text text = { .origin = fields_origin(service->reader, err) };
	char *bytes = text_take(made, err);

	if (bytes != NULL && text.origin != NULL)
		text.value = spec_copy(service->reader->builder, bytes, err);
	free(bytes);
	return text.value == NULL ? -1 : take(&service->draft, &text, err);
}

static int take_short(struct compose_service *service, const json_t *value,
                      docker_take_function *take, struct error *err)
{
	struct spec_text text;

	if (compose_text(service->compose, service->reader, value, &text, err) < 0)
		return -1;
	return take(&service->draft, &text, err);
}

/* The members @names of @object, as texts. */
static int read_members(struct compose_service *service, const json_t *object,
                        const char *const *names, struct spec_text *out, size_t count,
                        struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		if (compose_member(service, object, names[i], &out[i], err) < 0)
			return -1;
	}
	return 0;
}

int compose_read_port(struct compose_service *service, json_t *value, struct error *err)
{
	static const char *const names[] = { "host_ip", "published", "target", "protocol" };
	struct spec_text parts[ARRAY_LEN(names)];
	AUTO_TEXT struct text made = { 0 };
	const char *address;

	if (!json_is_object(value))
		return take_short(service, value, docker_take_publish, err);
	if (read_members(service, value, names, parts, ARRAY_LEN(names), err) < 0)
		return -1;
	if (parts[2].value == NULL)
		return fields_refuse(service->reader, err, "the member \"target\" is missing");
	address = parts[0].value;
	if (address != NULL && *address != '\0')
		text_add_format(&made, strchr(address, ':') != NULL ? "[%s]:" : "%s:", address);
	if (parts[1].value != NULL)
		text_add_format(&made, "%s:", parts[1].value);
	else if (made.length > 0)
		text_add(&made, ":");
	text_add(&made, parts[2].value);
	if (parts[3].value != NULL)
		text_add_format(&made, "/%s", parts[3].value);
	return take_made(service, &made, docker_take_publish, err);
}

/* A field of a line of CSV. */
static void add_field(struct text *out, const char *name, const struct spec_text *value)
{
	const bool needs_quotes = value->value != NULL && strchr(value->value, ',') != NULL;

	if (value->value == NULL)
		return;
	text_add_format(out, "%s%s%s=%s%s", out->length > 0 ? "," : "", needs_quotes ? "\"" : "",
	                name, value->value, needs_quotes ? "\"" : "");
}

/* Compose's members of a mount, those of an object in it included, and docker run's words. */
static const struct {
	const char *object; /* NULL: the mount itself */
	const char *member;
	const char *word;
} mount_members[] = {
	{ NULL, "type", "type" },
	{ NULL, "source", "source" },
	{ NULL, "target", "target" },
	{ NULL, "read_only", "readonly" },
	{ "bind", "propagation", "bind-propagation" },
	{ "bind", "recursive", "bind-recursive" },
	{ "tmpfs", "size", "tmpfs-size" },
};

/* In the long form any source of a bind is a path: "data" is "./data". */
static void make_path(struct text *path, struct spec_text *source)
{
	if (source->value == NULL || strchr("/.~$", *source->value) != NULL)
		return;
	text_add_format(path, "./%s", source->value);
	if (!path->is_broken)
		source->value = path->bytes;
}

static int make_mount(struct compose_service *service, const json_t *value, struct text *made,
                      struct error *err)
{
	AUTO_TEXT struct text path = { 0 };
	bool is_bind = false;

	for (size_t i = 0; i < ARRAY_LEN(mount_members); i++) {
		const char *object = mount_members[i].object;
		const size_t length = service->reader->length;
		const json_t *holder = object == NULL ? value : json_object_get(value, object);
		struct spec_text text;
		int result;

		if (object != NULL)
			(void)fields_enter(service->reader, object);
		result = compose_member(service, holder, mount_members[i].member, &text, err);
		fields_leave(service->reader, length);
		if (result < 0)
			return -1;
		if (i == 0)
			is_bind = text.value != NULL && strcmp(text.value, "bind") == 0;
		if (i == 1 && is_bind)
			make_path(&path, &text);
		add_field(made, mount_members[i].word, &text);
	}
	return 0;
}

/*
 * A volume of the local driver may be a bind in disguise: driver_opts {o: bind, device: /etc}.
 * NULL: it is none.
 */
static const json_t *bind_of_volume(const struct compose_service *service, const char *name)
{
	const json_t *volumes = json_object_get(service->root, "volumes");
	const json_t *options = json_object_get(json_object_get(volumes, name), "driver_opts");
	const json_t *device = json_object_get(options, "device");
	const json_t *flags = json_object_get(options, "o");

	if (!json_is_string(device) || !json_is_string(flags) ||
	    strstr(json_string_value(flags), "bind") == NULL)
		return NULL;
	return device;
}

/* The volume that was added last, if it is one in disguise, is put where it belongs. */
static int unmask_volume(struct compose_service *service, struct error *err)
{
	struct spec_list *volumes = &service->draft.volumes;
	struct spec_engine_volume *last = volumes->items;
	AUTO_TEXT struct text made = { 0 };
	struct spec_text path, source = { "bind", NULL }, target;
	const json_t *device;

	last += volumes->count - 1;
	device = last->name == NULL ? NULL : bind_of_volume(service, last->name);
	if (device == NULL)
		return 0;
	if (compose_text(service->compose, service->reader, device, &path, err) < 0)
		return -1;
	target = (struct spec_text){ last->target, NULL };
	add_field(&made, "type", &source);
	add_field(&made, "source", &path);
	add_field(&made, "target", &target);
	if (last->is_read_only)
		text_add(&made, ",readonly");
	volumes->count--;
	return take_made(service, &made, docker_take_mount, err);
}

int compose_read_volume(struct compose_service *service, json_t *value, struct error *err)
{
	const size_t count = service->draft.volumes.count;
	AUTO_TEXT struct text made = { 0 };
	int result;

	if (!json_is_object(value))
		result = take_short(service, value, docker_take_volume, err);
	else if (make_mount(service, value, &made, err) < 0)
		result = -1;
	else
		result = take_made(service, &made, docker_take_mount, err);
	if (result == 0 && service->draft.volumes.count > count)
		return unmask_volume(service, err);
	return result;
}

int compose_read_device(struct compose_service *service, json_t *value, struct error *err)
{
	static const char *const names[] = { "source", "target", "permissions" };
	struct spec_text parts[ARRAY_LEN(names)];
	AUTO_TEXT struct text made = { 0 };

	if (!json_is_object(value))
		return take_short(service, value, docker_take_device, err);
	if (read_members(service, value, names, parts, ARRAY_LEN(names), err) < 0)
		return -1;
	if (parts[0].value == NULL)
		return fields_refuse(service->reader, err, "the member \"source\" is missing");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (parts[i].value != NULL)
			text_add_format(&made, "%s%s", i > 0 ? ":" : "", parts[i].value);
	}
	return take_made(service, &made, docker_take_device, err);
}

/* "all" of gpus, or a device of deploy.resources.reservations. */
int compose_read_gpu(struct compose_service *service, json_t *value, struct error *err)
{
	AUTO_TEXT struct text made = { 0 };
	struct spec_text driver = { 0 };

	if (json_is_object(value) && compose_member(service, value, "driver", &driver, err) < 0)
		return -1;
	text_add_format(&made, "%s=all", driver.value == NULL ? "gpu" : driver.value);
	return take_made(service, &made, docker_take_device, err);
}

int compose_read_env_file(struct compose_service *service, json_t *value, struct error *err)
{
	struct spec_text path = { 0 };

	if (!json_is_object(value))
		return take_short(service, value, docker_take_env_file, err);
	if (compose_member(service, value, "path", &path, err) < 0)
		return -1;
	if (path.value == NULL)
		return fields_refuse(service->reader, err, "the member \"path\" is missing");
	return docker_take_env_file(&service->draft, &path, err);
}

/* Where the file of @name that the top of the text tells of lies; NULL: it is the engine's own. */
static int find_source(struct compose_service *service, const char *kind, const char *name,
                       const char **out, struct error *err)
{
	const json_t *all = json_object_get(service->root, kind);
	const json_t *file = json_object_get(json_object_get(all, name), "file");
	struct spec_text text;

	*out = NULL;
	if (!json_is_string(file))
		return 0;
	if (compose_text(service->compose, service->reader, file, &text, err) < 0)
		return -1;
	return docker_read_host_path(&service->draft, &text, text.value, out, err);
}

/* Permission bits, which YAML has as a number, in octal again. */
static int read_mode(struct compose_service *service, const json_t *value, struct spec_text *out,
                     struct error *err)
{
	char octal[32];

	if (value == NULL)
		return 0;
	if (compose_text(service->compose, service->reader, value, out, err) < 0)
		return -1;
	if (!json_is_integer(value))
		return 0;
	(void)snprintf(octal, sizeof(octal), "0%llo",
	               (unsigned long long)json_integer_value(value));
	out->value = spec_copy(service->reader->builder, octal, err);
	return out->value == NULL ? -1 : 0;
}

/* @folder: where it is when nothing says so. */
static int read_secret(struct compose_service *service, json_t *value, const char *kind,
                       const char *folder, bool is_config, struct error *err)
{
	static const char *const names[] = { "source", "target" };
	struct spec_text parts[ARRAY_LEN(names)] = { { 0 } };
	struct spec_engine_secret secret = { .is_config = is_config };
	AUTO_TEXT struct text path = { 0 };

	secret.origin = fields_origin(service->reader, err);
	if (secret.origin == NULL)
		return -1;
	if (json_is_object(value)) {
		if (read_members(service, value, names, parts, ARRAY_LEN(names), err) < 0 ||
		    read_mode(service, json_object_get(value, "mode"), &secret.mode, err) < 0)
			return -1;
	} else if (compose_text(service->compose, service->reader, value, &parts[0], err) < 0) {
		return -1;
	}
	secret.name = parts[0].value;
	if (secret.name == NULL)
		return fields_refuse(service->reader, err, "the member \"source\" is missing");
	secret.target = parts[1].value != NULL ? parts[1].value : secret.name;
	if (*secret.target != '/') {
		text_add_format(&path, "%s%s", folder, secret.target);
		secret.target =
			spec_copy(service->reader->builder, path.is_broken ? "" : path.bytes, err);
	}
	if (secret.target == NULL ||
	    find_source(service, kind, secret.name, &secret.source, err) < 0)
		return -1;
	return spec_list_add(service->reader->builder, &service->draft.secrets, &secret, err);
}

int compose_read_secret(struct compose_service *service, json_t *value, struct error *err)
{
	return read_secret(service, value, "secrets", "/run/secrets/", false, err);
}

int compose_read_config(struct compose_service *service, json_t *value, struct error *err)
{
	return read_secret(service, value, "configs", "/", true, err);
}
