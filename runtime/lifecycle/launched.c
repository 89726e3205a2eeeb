/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/launched.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/number.h"
#include "kernel/process.h"
#include "lifecycle/registry.h"
#include "lifecycle/state.h"

#define FOLDER     "containers"
#define LINK_TEXT  "../slots/"
#define PATH_SIZE  512
#define NAME_BYTES "_+-."

static int refuse(const char *name, struct error *err)
{
	return error_set(err, ERROR_STATE, "the state of the container %.200s is damaged", name);
}

/* The folder of names; -1 without an error when there is none. */
static int open_folder(const char *root, struct error *err)
{
	AUTO_CLOSE int root_fd = -1;

	if (access(root, F_OK) < 0)
		return -1;
	root_fd = state_root_open(root, err);
	if (root_fd < 0)
		return -1;
	return openat(root_fd, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The slot that the link @name leads to; false when it is no link of hardrun's. */
static bool read_slot(int folder_fd, const char *name, unsigned int *out)
{
	char text[PATH_SIZE];
	const ssize_t length = readlinkat(folder_fd, name, text, sizeof(text) - 1);
	uint64_t number;

	if (length <= (ssize_t)strlen(LINK_TEXT))
		return false;
	text[length] = '\0';
	if (strncmp(text, LINK_TEXT, strlen(LINK_TEXT)) != 0 ||
	    !number_parse(text + strlen(LINK_TEXT), REGISTRY_SLOT_COUNT - 1, &number))
		return false;
	*out = (unsigned int)number;
	return true;
}

/* Is @init the child of the hardrun that wrote the state? Both numbers are not given again at once.
 */
static bool is_alive(pid_t init, pid_t supervisor)
{
	AUTO_CLOSE int fd = -1;
	char path[32];
	char text[PROCESS_STAT_SIZE];
	struct process_stat stat;
	ssize_t length;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", init);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (length < 0)
		return false;
	text[length] = '\0';
	return process_parse_stat(text, &stat) && stat.parent == supervisor && stat.state != 'Z' &&
	       stat.state != 'X';
}

static bool read_pid(const json_t *document, const char *name, pid_t *out)
{
	const json_t *value = json_object_get(document, name);
	const json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number <= 0 || number > INT_MAX)
		return false;
	*out = (pid_t)number;
	return true;
}

static bool read_relaxations(const json_t *document, struct launched *out)
{
	const json_t *list = json_object_get(document, "relaxations");
	struct launched_relaxation *items;
	const json_t *item;
	size_t i;

	if (!json_is_array(list))
		return false;
	items = calloc(json_array_size(list) + 1, sizeof(*items));
	out->relaxations = items;
	if (items == NULL)
		return false;
	json_array_foreach(list, i, item) {
		items[i].name = json_string_value(json_object_get(item, "name"));
		items[i].reason = json_string_value(json_object_get(item, "reason"));
		if (items[i].name == NULL || items[i].reason == NULL)
			return false;
		out->relaxation_count = i + 1;
	}
	return true;
}

/* 1: it is there; 0: it has ended; -1: it is damaged. */
static int read_members(json_t *document, struct launched *out)
{
	const json_t *spec = json_object_get(document, "spec");
	pid_t supervisor;

	out->document = document;
	out->name = json_string_value(json_object_get(document, "name"));
	out->created = json_string_value(json_object_get(document, "created"));
	out->cgroup = json_string_value(json_object_get(document, "cgroup"));
	out->has_landlock = json_integer_value(json_object_get(document, "landlock")) > 0;
	if (out->name == NULL || out->created == NULL || !json_is_object(spec) ||
	    !read_pid(document, "init", &out->init) ||
	    !read_pid(document, "supervisor", &supervisor) || !read_relaxations(document, out))
		return -1;
	out->own_text = json_dumps(spec, JSON_COMPACT | JSON_SORT_KEYS);
	out->spec_text = out->own_text;
	if (out->own_text == NULL)
		return -1;
	return is_alive(out->init, supervisor) ? 1 : 0;
}

/* One that has not been written yet, or not any more, has no state. */
static int read_state(int folder_fd, const char *name, struct launched *out, struct error *err)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FREE char *text = NULL;
	char path[PATH_SIZE];
	size_t size;
	json_t *document;
	int result;

	if (!read_slot(folder_fd, name, &out->slot))
		return refuse(name, err);
	(void)snprintf(path, sizeof(path), LINK_TEXT "%u/state.json", out->slot);
	fd = openat(folder_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0
		                       : error_set_errno(err, "cannot open a container's state");
	if (file_read_fd(fd, LAUNCHED_STATE_SIZE_MAX, &text, &size, err) < 0)
		return -1;
	document = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	result = document == NULL ? -1 : read_members(document, out);
	return result < 0 ? refuse(name, err) : result;
}

void launched_release(struct launched *launched)
{
	json_decref(launched->document);
	free(launched->own_text);
	/* It was allocated as what it points to is filled in. */
	free((void *)(uintptr_t)launched->relaxations);
	*launched = LAUNCHED_NONE;
}

static int find(int folder_fd, const char *name, struct launched *out, struct error *err)
{
	int result;

	*out = LAUNCHED_NONE;
	result = read_state(folder_fd, name, out, err);
	if (result <= 0)
		launched_release(out);
	return result;
}

int launched_find(const char *root, const char *name, struct launched *out, struct error *err)
{
	AUTO_CLOSE int folder_fd = -1;

	*out = LAUNCHED_NONE;
	if (!text_is_made_of(name, NAME_BYTES) || name[0] == '.' || strlen(name) > NAME_MAX)
		return 0;
	folder_fd = open_folder(root, err);
	if (folder_fd < 0)
		return err->kind == ERROR_NONE ? 0 : -1;
	if (faccessat(folder_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return find(folder_fd, name, out, err);
}

struct names {
	struct dirent **items;
	int count;
};

static void names_clear(struct names *names)
{
	for (int i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
}

static int is_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int launched_each(const char *root,
                  int (*found)(const struct launched *launched, void *context, struct error *err),
                  void *context, struct error *err)
{
	AUTO_CLOSE int folder_fd = open_folder(root, err);
	CLEANUP(names_clear) struct names names = { .count = 0 };

	if (folder_fd < 0)
		return err->kind == ERROR_NONE ? 0 : -1;
	names.count = scandirat(folder_fd, ".", &names.items, is_name, alphasort);
	if (names.count < 0) {
		names.count = 0;
		return error_set_errno(err, "cannot list the containers");
	}
	for (int i = 0; i < names.count; i++) {
		AUTO_LAUNCHED struct launched launched = LAUNCHED_NONE;
		const int result = find(folder_fd, names.items[i]->d_name, &launched, err);

		if (result < 0 || (result > 0 && found(&launched, context, err) < 0))
			return -1;
	}
	return 0;
}
