/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/container_state.h"

#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

static void add_text(struct text *text, const char *name, const char *value)
{
	if (value == NULL)
		return;
	text_add_format(text, ",\n\t\"%s\": ", name);
	text_add_json(text, value);
}

static void add_bool(struct text *text, const char *name, bool value)
{
	text_add_format(text, ",\n\t\"%s\": %s", name, value ? "true" : "false");
}

static void add_streams(struct text *text, const struct container_state *state)
{
	text_add(text, ",\n\t\"streams\": [");
	for (size_t i = 0; i < CONTAINER_STREAM_COUNT; i++) {
		text_add(text, i == 0 ? "" : ", ");
		text_add_json(text, state->streams[i]);
	}
	text_add(text, "]");
}

static void add_annotations(struct text *text, const struct container_state *state)
{
	text_add(text, ",\n\t\"annotations\": {");
	for (size_t i = 0; i < state->annotation_count; i++) {
		text_add(text, i == 0 ? "" : ", ");
		text_add_json(text, state->annotations[i].name);
		text_add(text, ": ");
		text_add_json(text, state->annotations[i].value);
	}
	text_add(text, "}");
}

char *container_state_write(const struct container_state *state, struct error *err)
{
	AUTO_TEXT struct text text = { 0 };

	text_add_format(&text, "{\n\t\"version\": %d", CONTAINER_STATE_VERSION);
	add_text(&text, "id", state->id);
	add_text(&text, "bundle", state->bundle);
	add_text(&text, "rootfs", state->rootfs);
	add_text(&text, "created", state->created);
	add_text(&text, "cgroup", state->cgroup);
	add_text(&text, "unit", state->unit);
	add_text(&text, "apparmor", state->apparmor);
	text_add_format(&text, ",\n\t\"owner\": %u", state->owner);
	text_add_format(&text, ",\n\t\"shared_root\": %" PRIu64, state->shared_root);
	text_add_format(&text, ",\n\t\"pid\": %d", (int)state->init.pid);
	text_add_format(&text, ",\n\t\"start_time\": %" PRIu64, state->init.start_time);
	add_text(&text, "boot_id", state->init.boot_id);
	add_bool(&text, "is_user_unit", state->is_user_unit);
	add_bool(&text, "is_cgroup_made", state->is_cgroup_made);
	add_bool(&text, "is_ready", state->is_ready);
	add_bool(&text, "is_restored", state->is_restored);
	add_bool(&text, "has_landlock", state->has_landlock);
	add_bool(&text, "has_own_pid_namespace", state->has_own_pid_namespace);
	add_bool(&text, "needs_config", state->needs_config);
	add_streams(&text, state);
	add_annotations(&text, state);
	text_add(&text, "\n}\n");
	return text_take(&text, err);
}

/* The members that are read, and where to. */
struct reading {
	const json_t *object;
	struct arena *arena;
	struct error *err;
};

static int refuse(const struct reading *reading, const char *name)
{
	return error_set(reading->err, ERROR_STATE,
	                 "the container's state is damaged: \"%s\" is not what hardrun writes",
	                 name);
}

static const char *copy_text(const struct reading *reading, const json_t *value, const char *name)
{
	const size_t size = json_string_length(value) + 1;
	char *copy;

	if (!json_is_string(value) || strlen(json_string_value(value)) + 1 != size) {
		(void)refuse(reading, name);
		return NULL;
	}
	copy = arena_alloc(reading->arena, size, reading->err);
	if (copy != NULL)
		memcpy(copy, json_string_value(value), size);
	return copy;
}

static int read_text(const struct reading *reading, const char *name, bool is_optional,
                     const char **out)
{
	const json_t *value = json_object_get(reading->object, name);

	*out = NULL;
	if (value == NULL && is_optional)
		return 0;
	*out = copy_text(reading, value, name);
	return *out == NULL ? -1 : 0;
}

/* A path that is used must be one: absolute, without a way up. */
static int read_path(const struct reading *reading, const char *name, bool is_optional,
                     const char **out)
{
	const char *path;

	if (read_text(reading, name, is_optional, out) < 0)
		return -1;
	path = *out;
	if (path == NULL)
		return 0;
	if (path[0] != '/' || strlen(path) >= PATH_MAX || strstr(path, "/../") != NULL ||
	    (strlen(path) >= 3 && strcmp(path + strlen(path) - 3, "/..") == 0))
		return refuse(reading, name);
	return 0;
}

static int read_number(const struct reading *reading, const char *name, int64_t max, int64_t *out)
{
	const json_t *value = json_object_get(reading->object, name);

	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > max)
		return refuse(reading, name);
	*out = json_integer_value(value);
	return 0;
}

static int read_bool(const struct reading *reading, const char *name, bool *out)
{
	const json_t *value = json_object_get(reading->object, name);

	if (!json_is_boolean(value))
		return refuse(reading, name);
	*out = json_is_true(value);
	return 0;
}

static int read_identity(const struct reading *reading, struct identity *out)
{
	const char *boot_id;
	int64_t pid = 0;
	int64_t start_time = 0;

	if (read_number(reading, "pid", INT32_MAX, &pid) < 0 ||
	    read_number(reading, "start_time", INT64_MAX, &start_time) < 0 ||
	    read_text(reading, "boot_id", false, &boot_id) < 0)
		return -1;
	if (strlen(boot_id) >= sizeof(out->boot_id))
		return refuse(reading, "boot_id");
	out->pid = (pid_t)pid;
	out->start_time = (uint64_t)start_time;
	memcpy(out->boot_id, boot_id, strlen(boot_id) + 1);
	return 0;
}

static int read_streams(const struct reading *reading, struct container_state *out)
{
	const json_t *list = json_object_get(reading->object, "streams");

	if (json_array_size(list) != CONTAINER_STREAM_COUNT)
		return refuse(reading, "streams");
	for (size_t i = 0; i < CONTAINER_STREAM_COUNT; i++) {
		const json_t *value = json_array_get(list, i);
		const size_t size = json_string_length(value) + 1;

		if (!json_is_string(value) || size > CONTAINER_STREAM_NAME_SIZE ||
		    strlen(json_string_value(value)) + 1 != size)
			return refuse(reading, "streams");
		memcpy(out->streams[i], json_string_value(value), size);
	}
	return 0;
}

static int read_annotations(const struct reading *reading, struct container_state *out)
{
	json_t *object = json_object_get(reading->object, "annotations");
	const size_t count = json_object_size(object);
	struct spec_oci_annotation *items;
	const char *name;
	json_t *value;
	size_t i = 0;

	if (!json_is_object(object))
		return refuse(reading, "annotations");
	if (count == 0)
		return 0;
	items = arena_alloc(reading->arena, count * sizeof(*items), reading->err);
	if (items == NULL)
		return -1;
	json_object_foreach(object, name, value) {
		const size_t size = strlen(name) + 1;
		char *copy = arena_alloc(reading->arena, size, reading->err);

		if (copy == NULL)
			return -1;
		memcpy(copy, name, size);
		items[i].name = copy;
		items[i].value = copy_text(reading, value, "annotations");
		if (items[i++].value == NULL)
			return -1;
	}
	out->annotations = items;
	out->annotation_count = count;
	return 0;
}

static int check_version(const struct reading *reading)
{
	int64_t version = 0;

	if (read_number(reading, "version", INT32_MAX, &version) < 0)
		return -1;
	if (version == CONTAINER_STATE_VERSION)
		return 0;
	return error_set(reading->err, ERROR_STATE,
	                 "the container's state is of version %d, not %d: another hardrun made it",
	                 (int)version, CONTAINER_STATE_VERSION);
}

static int read_members(const struct reading *reading, struct container_state *out)
{
	int64_t owner = 0;
	int64_t shared_root = 0;

	if (check_version(reading) < 0 || read_text(reading, "id", false, &out->id) < 0 ||
	    read_path(reading, "bundle", false, &out->bundle) < 0 ||
	    read_path(reading, "rootfs", false, &out->rootfs) < 0 ||
	    read_text(reading, "created", false, &out->created) < 0 ||
	    read_path(reading, "cgroup", true, &out->cgroup) < 0 ||
	    read_text(reading, "unit", true, &out->unit) < 0 ||
	    read_text(reading, "apparmor", true, &out->apparmor) < 0 ||
	    read_number(reading, "owner", UINT32_MAX, &owner) < 0 ||
	    read_number(reading, "shared_root", INT64_MAX, &shared_root) < 0 ||
	    read_identity(reading, &out->init) < 0 ||
	    read_bool(reading, "is_user_unit", &out->is_user_unit) < 0 ||
	    read_bool(reading, "is_cgroup_made", &out->is_cgroup_made) < 0 ||
	    read_bool(reading, "is_ready", &out->is_ready) < 0 ||
	    read_bool(reading, "is_restored", &out->is_restored) < 0 ||
	    read_bool(reading, "has_landlock", &out->has_landlock) < 0 ||
	    read_bool(reading, "has_own_pid_namespace", &out->has_own_pid_namespace) < 0 ||
	    read_bool(reading, "needs_config", &out->needs_config) < 0 ||
	    read_streams(reading, out) < 0 || read_annotations(reading, out) < 0)
		return -1;
	out->owner = (uid_t)owner;
	out->shared_root = (uint64_t)shared_root;
	return 0;
}

int container_state_read(const char *text, size_t size, struct container_state *out,
                         struct arena **out_arena, struct error *err)
{
	json_auto_t *root = NULL;
	AUTO_ARENA struct arena *arena = NULL;
	struct container_state state = { .id = NULL };
	json_error_t where;
	struct reading reading = { .err = err };

	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
	if (!json_is_object(root))
		return error_set(err, ERROR_STATE, "the container's state is damaged: %s",
		                 root == NULL ? where.text : "it is not an object");
	if (arena_new(&arena, err) < 0)
		return -1;
	reading.object = root;
	reading.arena = arena;
	if (read_members(&reading, &state) < 0)
		return -1;
	*out = state;
	*out_arena = arena;
	arena = NULL;
	return 0;
}
