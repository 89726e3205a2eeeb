/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Docker is asked about files: binds, volumes, tmpfs, devices, secrets. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "import/docker.h"
#include "spec/oci_mount_options.h"

static const char bind_options[] = "rbind,rprivate";
static const char tmpfs_options[] = "noexec,nosuid,nodev";

int docker_add_mount_option(struct docker_draft *draft, struct spec_oci_mount *mount,
                            const struct spec_text *text, const char *option, size_t length,
                            struct error *err)
{
	struct arena *arena = draft->session->builder.arena;
	const char *name = docker_copy(draft, option, length, err);
	const struct oci_mount_option *known;
	struct spec_text *data;

	if (name == NULL)
		return -1;
	known = oci_mount_option_find(name);
	if (known != NULL) {
		oci_apply_mount_option(known, mount);
		return 0;
	}
	data = arena_alloc(arena, (mount->data.count + 1) * sizeof(*data), err);
	if (data == NULL)
		return -1;
	if (mount->data.count > 0)
		memcpy(data, mount->data.items, mount->data.count * sizeof(*data));
	data[mount->data.count] = (struct spec_text){ name, text->origin };
	mount->data = (struct spec_text_list){ data, mount->data.count + 1 };
	return 0;
}

int docker_put_mount(struct docker_draft *draft, const struct spec_oci_mount *mount,
                     struct error *err)
{
	return docker_put(draft, &draft->mounts, mount, mount->origin, err);
}

static bool is_among(const char *word, size_t length, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(words[i]) == length && strncmp(words[i], word, length) == 0)
			return true;
	}
	return false;
}

/* Options that change nothing that a sandbox could be judged by. */
static bool is_harmless(const char *option, size_t length)
{
	static const char *const names[] = {
		"", "z", "Z", "U", "O", "cached", "consistent", "copy", "delegated", "nocopy",
	};

	return is_among(option, length, names, ARRAY_LEN(names));
}

static int add_options(struct docker_draft *draft, struct spec_oci_mount *mount,
                       const struct spec_text *text, const char *options, struct error *err)
{
	while (*options != '\0') {
		const size_t length = strcspn(options, ",");

		if (!is_harmless(options, length) &&
		    docker_add_mount_option(draft, mount, text, options, length, err) < 0)
			return -1;
		options += length;
		options += *options != '\0';
	}
	return 0;
}

/* dockerd makes submounts read-only, too, where the kernel can. Source: Docker 25, release notes.
 */
static int complete_read_only(struct docker_draft *draft, struct spec_oci_mount *mount,
                              const struct spec_text *text, struct error *err)
{
	const struct oci_mount_option *read_only = oci_mount_option_find("ro");

	if (draft->is_podman || !mount->is_recursive || (mount->attributes & read_only->set) == 0)
		return 0;
	return docker_add_mount_option(draft, mount, text, "rro", strlen("rro"), err);
}

int docker_put_bind(struct docker_draft *draft, const struct spec_text *text, const char *source,
                    const char *target, const char *options, struct error *err)
{
	struct spec_oci_mount mount = { .type = "bind", .is_bind = true, .origin = text->origin };

	docker_engine(draft)->places[SPEC_PLACE_MOUNTS] = text->origin;
	if (docker_read_host_path(draft, text, source, &mount.source, err) < 0 ||
	    docker_read_inner_path(draft, text, target, &mount.target, err) < 0 ||
	    add_options(draft, &mount, text, bind_options, err) < 0 ||
	    add_options(draft, &mount, text, options, err) < 0 ||
	    complete_read_only(draft, &mount, text, err) < 0)
		return -1;
	return docker_put_mount(draft, &mount, err);
}

int docker_put_volume(struct docker_draft *draft, const struct spec_text *text, const char *kind,
                      const char *name, const char *target, const char *options, struct error *err)
{
	struct spec_oci_mount mount = { 0 };
	struct spec_engine_volume volume = {
		.name = name == NULL || *name == '\0' ? NULL : name,
		.kind = kind,
		.origin = text->origin,
	};

	if (docker_read_inner_path(draft, text, target, &volume.target, err) < 0 ||
	    add_options(draft, &mount, text, options, err) < 0)
		return -1;
	volume.is_read_only = (mount.attributes & oci_mount_option_find("ro")->set) != 0;
	volume.is_executable = (mount.attributes & oci_mount_option_find("noexec")->set) == 0;
	return spec_list_add(&draft->session->builder, &draft->volumes, &volume, err);
}

int docker_put_tmpfs(struct docker_draft *draft, const struct spec_text *text, const char *target,
                     const char *options, struct error *err)
{
	struct spec_oci_mount mount = { .type = "tmpfs",
		                        .source = "tmpfs",
		                        .origin = text->origin };

	docker_engine(draft)->places[SPEC_PLACE_TMPFS] = text->origin;
	if (docker_read_inner_path(draft, text, target, &mount.target, err) < 0 ||
	    add_options(draft, &mount, text, tmpfs_options, err) < 0 ||
	    add_options(draft, &mount, text, options, err) < 0)
		return -1;
	return docker_put_mount(draft, &mount, err);
}

int docker_take_tmpfs(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	const size_t length = strcspn(text->value, ":");
	const char *target = docker_copy(draft, text->value, length, err);

	if (target == NULL)
		return -1;
	return docker_put_tmpfs(draft, text, target,
	                        text->value[length] == '\0' ? "" : text->value + length + 1, err);
}

/* A path, or what a shell would make one of; else it is the name of a volume. */
static bool is_path(const char *source)
{
	return strchr("/.~$`\\", *source) != NULL || strncmp(source, "\"", 1) == 0 ||
	       (isalpha((unsigned char)source[0]) && source[1] == ':');
}

/* The colon that ends @text's first part, but none in "${A:-b}". */
static const char *find_colon(const char *text)
{
	int depth = 0;

	for (; *text != '\0'; text++) {
		depth += *text == '{' || *text == '(';
		depth -= (*text == '}' || *text == ')') && depth > 0;
		if (*text == ':' && depth == 0)
			return text;
	}
	return NULL;
}

int docker_take_volume(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	const char *colon = find_colon(text->value);
	const char *second = colon == NULL ? NULL : find_colon(colon + 1);
	const char *source;
	const char *target;
	const char *options = second == NULL ? "" : second + 1;

	if (colon == NULL)
		return docker_put_volume(draft, text, "volume", NULL, text->value, "", err);
	source = docker_copy(draft, text->value, (size_t)(colon - text->value), err);
	target =
		docker_copy(draft, colon + 1,
	                    second == NULL ? strlen(colon + 1) : (size_t)(second - colon) - 1, err);
	if (source == NULL || target == NULL)
		return -1;
	if (*source == '/' && *target != '/') /* target:options */
		return docker_put_volume(draft, text, "volume", NULL, source, target, err);
	if (*source != '\0' && is_path(source))
		return docker_put_bind(draft, text, source, target, options, err);
	return docker_put_volume(draft, text, "volume", source, target, options, err);
}

int docker_take_volumes_from(struct docker_draft *draft, const struct spec_text *text,
                             struct error *err)
{
	const struct spec_engine_volume volume = {
		.name = text->value,
		.kind = "container",
		.is_executable = true,
		.origin = text->origin,
	};

	return spec_list_add(&draft->session->builder, &draft->volumes, &volume, err);
}

/* What the words of --mount say. */
struct mount_request {
	const char *type;
	const char *source;
	const char *target;
	struct text options; /* in the form that --volume has */
};

static void add_option(struct mount_request *request, const char *prefix, const char *option)
{
	text_add_format(&request->options, "%s%s%s", request->options.length > 0 ? "," : "", prefix,
	                option);
}

static int take_read_only(struct mount_request *request, const struct spec_text *text,
                          const char *value, struct error *err)
{
	const struct spec_text word = { value, text->origin };
	bool is_on;

	if (strcmp(value, "recursive") == 0) /* Podman, Kubernetes */
		is_on = true;
	else if (docker_read_switch(&word, &is_on, err) < 0)
		return -1;
	add_option(request, "", is_on ? "ro" : "rw");
	return 0;
}

static int take_tmpfs_size(struct mount_request *request, const struct spec_text *text,
                           const char *value, struct error *err)
{
	const struct spec_text word = { value, text->origin };
	int64_t size;

	if (docker_read_size(&word, &size, err) < 0)
		return -1;
	add_option(request, "size=", value);
	return 0;
}

/* Source: docker run --mount; podman run --mount. */
static int take_mount_word(struct mount_request *request, const struct spec_text *text,
                           const char *name, const char *value, struct error *err)
{
	static const char *const sources[] = { "source", "src" };
	static const char *const targets[] = { "target", "destination", "dst", "dest" };
	static const char *const read_only[] = { "readonly", "ro" };
	static const char *const ignored[] = {
		"bind-create-src", "chown",         "consistency", "glob",
		"idmap",           "image-subpath", "notmpcopyup", "relabel",
		"subpath",         "tmpcopyup",     "U",           "volume-driver",
		"volume-label",    "volume-nocopy", "volume-opt",  "volume-subpath",
	};
	static const char *const flags[] = { "dev", "exec", "nodev", "noexec", "nosuid", "suid" };
	const size_t length = strlen(name);

	if (strcmp(name, "type") == 0)
		request->type = value;
	else if (is_among(name, length, sources, ARRAY_LEN(sources)))
		request->source = value;
	else if (is_among(name, length, targets, ARRAY_LEN(targets)))
		request->target = value;
	else if (is_among(name, length, read_only, ARRAY_LEN(read_only)))
		return take_read_only(request, text, value, err);
	else if (strcmp(name, "rw") == 0)
		add_option(request, "", "rw");
	else if (strcmp(name, "bind-propagation") == 0)
		add_option(request, "", value);
	else if (strcmp(name, "bind-nonrecursive") == 0 || strcmp(name, "bind-recursive") == 0)
		add_option(request, "", strcmp(value, "disabled") == 0 ? "bind" : "rbind");
	else if (strcmp(name, "tmpfs-size") == 0)
		return take_tmpfs_size(request, text, value, err);
	else if (strcmp(name, "tmpfs-mode") == 0)
		add_option(request, "mode=", value);
	else if (is_among(name, length, flags, ARRAY_LEN(flags)))
		add_option(request, "", name);
	else if (!is_among(name, length, ignored, ARRAY_LEN(ignored)))
		return docker_refuse(text, err, "unknown word \"%.60s\" of a mount", name);
	return 0;
}

/* The next field of a line of CSV, which quotes make one although it holds a comma; NULL: none. */
static const char *next_field(struct docker_draft *draft, const char **rest, struct error *err)
{
	const char *start = *rest;
	const bool is_quoted = *start == '"';
	size_t length;

	start += is_quoted;
	length = strcspn(start, is_quoted ? "\"" : ",");
	*rest = start + length;
	*rest += is_quoted && **rest == '"';
	*rest += **rest == ',';
	return docker_copy(draft, start, length, err);
}

static int read_mount_words(struct docker_draft *draft, const struct spec_text *text,
                            struct mount_request *request, struct error *err)
{
	const char *rest = text->value;

	while (*rest != '\0') {
		const char *field = next_field(draft, &rest, err);
		const size_t length = field == NULL ? 0 : strcspn(field, "=");
		const char *name = field == NULL ? NULL : docker_copy(draft, field, length, err);

		if (name == NULL)
			return -1;
		if (take_mount_word(request, text, name,
		                    field[length] == '\0' ? "" : field + length + 1, err) < 0)
			return -1;
	}
	return 0;
}

static int put_mount(struct docker_draft *draft, const struct spec_text *text,
                     const struct mount_request *request, struct error *err)
{
	static const char *const kept[] = { "cluster", "image", "volume", "artifact" };
	const char *options = request->options.bytes == NULL ? "" : request->options.bytes;
	const char *type = request->type == NULL ? "volume" : request->type;

	if (request->target == NULL)
		return docker_refuse(text, err, "a mount needs a target");
	if (strcmp(type, "tmpfs") == 0)
		return docker_put_tmpfs(draft, text, request->target, options, err);
	if (is_among(type, strlen(type), kept, ARRAY_LEN(kept)))
		return docker_put_volume(draft, text, type, request->source, request->target,
		                         options, err);
	if (strcmp(type, "bind") == 0 || strcmp(type, "glob") == 0) {
		if (request->source == NULL)
			return docker_refuse(text, err, "a bind needs a source");
		return docker_put_bind(draft, text, request->source, request->target, options, err);
	}
	if (strcmp(type, "npipe") == 0 || strcmp(type, "devpts") == 0 || strcmp(type, "ramfs") == 0)
		return docker_add_text(draft, &draft->unread, text, err);
	return docker_refuse(text, err, "unknown type \"%.40s\" of a mount", type);
}

int docker_take_mount(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	struct mount_request request = { 0 };
	int result = read_mount_words(draft, text, &request, err);

	if (result == 0)
		result = put_mount(draft, text, &request, err);
	text_release(&request.options);
	return result;
}

static bool is_device_access(const char *text)
{
	return *text != '\0' && strspn(text, "rwm") == strlen(text);
}

/* Its numbers only the host knows. */
static int add_oci_device(struct docker_draft *draft, const struct spec_engine_device *device,
                          const struct spec_text *text, struct error *err)
{
	struct spec_oci_device node = {
		.type = SPEC_OCI_DEVICE_CHARACTER,
		.major = -1,
		.minor = -1,
		.origin = device->origin,
	};

	if (device->target[0] != '/')
		node.path = device->target;
	else if (docker_read_inner_path(draft, text, device->target, &node.path, err) < 0)
		return -1;
	return spec_list_add(&draft->session->builder, &draft->oci_devices, &node, err);
}

int docker_take_device(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	struct spec_engine_device device = { .access = "rwm", .origin = text->origin };
	const bool is_cdi = *text->value != '/' && strchr(text->value, '=') != NULL;
	const size_t length = is_cdi ? strlen(text->value) : strcspn(text->value, ":");
	const char *rest = text->value + length;

	docker_engine(draft)->places[SPEC_PLACE_DEVICES] = text->origin;
	device.source = docker_copy(draft, text->value, length, err);
	device.target = device.source;
	while (*rest == ':' && device.target != NULL) {
		const size_t part = strcspn(rest + 1, ":");
		const char *word = docker_copy(draft, rest + 1, part, err);

		if (word == NULL)
			return -1;
		if (is_device_access(word))
			device.access = word;
		else
			device.target = word;
		rest += part + 1;
	}
	if (device.target == NULL)
		return -1;
	if (!is_cdi && *device.target != '/')
		return docker_refuse(text, err, "\"%.60s\" is no device of the host", text->value);
	if (spec_list_add(&draft->session->builder, &draft->devices, &device, err) < 0)
		return -1;
	return add_oci_device(draft, &device, text, err);
}

static bool read_device_number(const char *text, uint32_t *out)
{
	uint64_t number;

	if (strcmp(text, "*") == 0) {
		*out = DEVICE_ANY;
		return true;
	}
	if (!number_parse(text, UINT32_MAX - 1, &number))
		return false;
	*out = (uint32_t)number;
	return true;
}

/* Source: moby opts/opts.go, ValidateDeviceCgroupRule. */
int docker_take_device_rule(struct docker_draft *draft, const struct spec_text *text,
                            struct error *err)
{
	struct spec_oci_device_rule rule = { .allows = true, .origin = text->origin };
	char type, major[16], minor[16], access[8];

	docker_engine(draft)->places[SPEC_PLACE_DEVICES] = text->origin;
	if (sscanf(text->value, "%c %15[0-9*]:%15[0-9*] %7[rwm]", &type, major, minor, access) !=
	            4 ||
	    strchr("abc", type) == NULL || !read_device_number(major, &rule.rule.major) ||
	    !read_device_number(minor, &rule.rule.minor))
		return docker_refuse(text, err, "\"%.60s\" is not a rule such as \"c 1:3 rwm\"",
		                     text->value);
	rule.is_all = type == 'a';
	rule.rule.kind = type == 'b' ? DEVICE_BLOCK : DEVICE_CHARACTER;
	if (strchr(access, 'r') != NULL)
		rule.rule.access |= DEVICE_ACCESS_READ;
	if (strchr(access, 'w') != NULL)
		rule.rule.access |= DEVICE_ACCESS_WRITE;
	if (strchr(access, 'm') != NULL)
		rule.rule.access |= DEVICE_ACCESS_MKNOD;
	return spec_list_add(&draft->session->builder, &draft->device_rules, &rule, err);
}

/* Source: podman run --secret. */
static int take_secret_word(struct spec_engine_secret *secret, const struct spec_text *text,
                            const char *name, const char *value, bool *is_in_env, struct error *err)
{
	if (strcmp(name, "type") == 0)
		*is_in_env = strcmp(value, "env") == 0;
	else if (strcmp(name, "target") == 0)
		secret->target = value;
	else if (strcmp(name, "mode") == 0)
		secret->mode = (struct spec_text){ value, text->origin };
	else if (strcmp(name, "uid") != 0 && strcmp(name, "gid") != 0)
		return docker_refuse(text, err, "unknown word \"%.60s\" of a secret", name);
	return 0;
}

int docker_take_secret(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	struct spec_engine_secret secret = { .origin = text->origin };
	const char *rest = text->value;
	bool is_in_env = false;

	secret.name = next_field(draft, &rest, err);
	if (secret.name == NULL)
		return -1;
	while (*rest != '\0') {
		const char *field = next_field(draft, &rest, err);
		const size_t length = field == NULL ? 0 : strcspn(field, "=");
		const char *name = field == NULL ? NULL : docker_copy(draft, field, length, err);

		if (name == NULL ||
		    take_secret_word(&secret, text, name,
		                     field[length] == '\0' ? "" : field + length + 1, &is_in_env,
		                     err) < 0)
			return -1;
	}
	if (is_in_env) {
		secret.variable = secret.target == NULL ? secret.name : secret.target;
		secret.target = NULL;
	} else if (secret.target == NULL) {
		secret.target = secret.name;
	}
	return spec_list_add(&draft->session->builder, &draft->secrets, &secret, err);
}
