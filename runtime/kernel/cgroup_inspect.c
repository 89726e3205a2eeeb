/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/cgroup_inspect.h"

#include <libcgroup.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#define DIRECT_CHILDREN 1

static int refuse(struct error *err, int code, const char *what)
{
	return error_set(err, ERROR_HOST, "%s: %s", what, cgroup_strerror(code));
}

/* libcgroup would print; what it says of a failure is in the code as well. */
static void discard(void *context, int level, const char *format, va_list args)
{
}

static int start(struct error *err)
{
	int code;

	cgroup_set_logger(discard, CGROUP_LOG_ERROR, NULL);
	code = cgroup_init();

	if (code != 0)
		return refuse(err, code, "cannot examine the control groups");
	return 0;
}

static void copy_text(char *out, size_t size, const char *text)
{
	(void)snprintf(out, size, "%.*s", (int)strcspn(text, "\n"), text);
}

/* The functions of libcgroup that end a search do not take one that never began. */
static void end_controllers(void **owner)
{
	if (*owner != NULL)
		(void)cgroup_get_controller_end(owner);
}

int cgroup_inspect_host(bool (*found)(const struct cgroup_hierarchy *hierarchy, void *context),
                        void *context, struct error *err)
{
	CLEANUP(end_controllers) void *handle = NULL;
	struct cgroup_mount_point mount;
	bool wants_more = true;
	int code;

	if (start(err) < 0)
		return -1;
	code = cgroup_get_controller_begin(&handle, &mount);
	while (code == 0 && wants_more) {
		struct cgroup_hierarchy hierarchy;

		copy_text(hierarchy.controller, sizeof(hierarchy.controller), mount.name);
		copy_text(hierarchy.mount_point, sizeof(hierarchy.mount_point), mount.path);
		wants_more = found(&hierarchy, context);
		code = cgroup_get_controller_next(&handle, &mount);
	}
	if (code != 0 && code != ECGEOF)
		return refuse(err, code, "cannot list the controllers");
	return 0;
}

static void end_value(void **owner)
{
	if (*owner != NULL)
		(void)cgroup_read_value_end(owner);
}

/* Returns libcgroup's code. */
static int read_line(const char *controller, const char *path, const char *file,
                     char out[CGROUP_INSPECT_VALUE_SIZE])
{
	CLEANUP(end_value) void *handle = NULL;
	char name[CGROUP_INSPECT_NAME_SIZE]; /* libcgroup 2.0 wants it writable */
	char line[CGROUP_INSPECT_VALUE_SIZE] = "";
	int code;

	(void)snprintf(name, sizeof(name), "%s", file);
	code = cgroup_read_value_begin(controller, path, name, &handle, line, sizeof(line));
	if (code == 0 || code == ECGEOF)
		copy_text(out, CGROUP_INSPECT_VALUE_SIZE, line);
	return code == ECGEOF ? 0 : code;
}

static void copy_controller(char out[CGROUP_INSPECT_NAME_SIZE], const char *file)
{
	(void)snprintf(out, CGROUP_INSPECT_NAME_SIZE, "%.*s", (int)strcspn(file, "."), file);
}

int cgroup_inspect_value(const char *path, const char *file, char out[CGROUP_INSPECT_VALUE_SIZE],
                         struct error *err)
{
	char controller[CGROUP_INSPECT_NAME_SIZE];
	int code;

	copy_controller(controller, file);
	if (start(err) < 0)
		return -1;
	code = read_line(controller, path, file, out);
	if (code == 0)
		return 0;
	(void)refuse(err, code, "cannot read a value of a cgroup");
	return error_at(err, "%s/%s", path, file);
}

static void end_walk(void **owner)
{
	if (*owner != NULL)
		(void)cgroup_walk_tree_end(owner);
}

int cgroup_inspect_children(const char *controller, const char *parent,
                            bool (*found)(const char *name, void *context), void *context,
                            struct error *err)
{
	CLEANUP(end_walk) void *handle = NULL;
	struct cgroup_file_info info;
	bool wants_more = true;
	int level = 0;
	int code;

	if (start(err) < 0)
		return -1;
	code = cgroup_walk_tree_begin(controller, parent, DIRECT_CHILDREN, &handle, &info, &level);
	while (code == 0 && wants_more) {
		if (info.type == CGROUP_FILE_TYPE_DIR && info.depth == DIRECT_CHILDREN)
			wants_more = found(info.path, context);
		code = cgroup_walk_tree_next(DIRECT_CHILDREN, &handle, &info, level);
	}
	if (code != 0 && code != ECGEOF)
		return refuse(err, code, "cannot list the cgroups");
	return 0;
}

/* What is looked for among the children of the root. */
struct search {
	const char *file;
	char controller[CGROUP_INSPECT_NAME_SIZE];
	bool is_missing;
};

static bool has_word(const char *words, const char *word)
{
	const size_t length = strlen(word);

	while (*words != '\0') {
		const size_t found = strcspn(words, " ");

		if (found == length && strncmp(words, word, length) == 0)
			return true;
		words += found;
		words += strspn(words, " ");
	}
	return false;
}

/* The first child that has the controller decides. */
static bool search_child(const char *name, void *context)
{
	struct search *search = context;
	char path[CGROUP_INSPECT_VALUE_SIZE];
	char value[CGROUP_INSPECT_VALUE_SIZE];

	(void)snprintf(path, sizeof(path), "/%s", name);
	if (read_line(search->controller, path, "cgroup.controllers", value) != 0 ||
	    !has_word(value, search->controller))
		return true;
	search->is_missing = read_line(search->controller, path, search->file, value) != 0;
	return false;
}

int cgroup_inspect_offers(const char *file, bool *out, struct error *err)
{
	struct search search = { .file = file };

	copy_controller(search.controller, file);
	if (cgroup_inspect_children(search.controller, "/", search_child, &search, err) < 0)
		return -1;
	*out = !search.is_missing;
	return 0;
}
