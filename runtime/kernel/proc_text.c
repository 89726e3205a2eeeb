/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/proc_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

/* The line of @text that begins with @key, behind it; NULL: there is none. */
static const char *find_line(const char *text, const char *key)
{
	const size_t length = strlen(key);

	while (text != NULL && strncmp(text, key, length) != 0) {
		text = strchr(text, '\n');
		if (text != NULL)
			text++;
	}
	return text == NULL ? NULL : text + length;
}

static bool read_ids(const char *text, const char *key, uint32_t out[4])
{
	const char *line = find_line(text, key);

	return line != NULL && sscanf(line, "%" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32, &out[0],
	                              &out[1], &out[2], &out[3]) == 4;
}

static bool read_set(const char *text, const char *key, capability_set *out)
{
	const char *line = find_line(text, key);

	return line != NULL && sscanf(line, "%" SCNx64, out) == 1;
}

static bool read_number(const char *text, const char *key, unsigned int *out)
{
	const char *line = find_line(text, key);

	return line != NULL && sscanf(line, "%u", out) == 1;
}

/* How many numbers the line of @key has; the first @max of them go to @out. */
static size_t read_list(const char *text, const char *key, uint32_t *out, size_t max)
{
	const char *line = find_line(text, key);
	size_t count = 0;

	while (line != NULL) {
		char *end;
		unsigned long number;

		line += strspn(line, " \t");
		if (*line < '0' || *line > '9')
			break;
		number = strtoul(line, &end, 10);
		if (count < max)
			out[count] = (uint32_t)number;
		count++;
		line = end;
	}
	return count;
}

static bool read_rights(const char *text, struct proc_status *out)
{
	unsigned int no_new_privs;
	const bool is_told = read_set(text, "CapInh:", &out->capabilities.inheritable) &&
	                     read_set(text, "CapPrm:", &out->capabilities.permitted) &&
	                     read_set(text, "CapEff:", &out->capabilities.effective) &&
	                     read_set(text, "CapBnd:", &out->capabilities.bounding) &&
	                     read_set(text, "CapAmb:", &out->capabilities.ambient) &&
	                     read_number(text, "NoNewPrivs:", &no_new_privs) &&
	                     read_number(text, "Seccomp:", &out->seccomp_mode);

	if (!is_told)
		return false;
	out->no_new_privs = no_new_privs == 1;
	(void)read_number(text, "Seccomp_filters:", &out->seccomp_filters);
	return true;
}

bool proc_parse_status(const char *text, struct proc_status *out)
{
	const char *name = find_line(text, "Name:\t");
	const char *mask = find_line(text, "Umask:");
	unsigned int parent;

	memset(out, 0, sizeof(*out));
	if (name != text + strlen("Name:\t") || !read_number(text, "PPid:", &parent))
		return false;
	(void)snprintf(out->name, sizeof(out->name), "%.*s", (int)strcspn(name, "\n"), name);
	out->parent = (pid_t)parent;
	if (mask == NULL || sscanf(mask, "%" SCNo32, &out->umask) != 1)
		out->umask = 0;
	if (!read_ids(text, "Uid:", out->uids) || !read_ids(text, "Gid:", out->gids))
		return false;
	out->group_count = read_list(text, "Groups:", out->groups, PROC_GROUPS_MAX);
	out->pid_depth = (unsigned int)read_list(text, "NSpid:", NULL, 0);
	return read_rights(text, out);
}

static bool is_octal(const char *digits)
{
	return digits[0] >= '0' && digits[0] <= '3' && digits[1] >= '0' && digits[1] <= '7' &&
	       digits[2] >= '0' && digits[2] <= '7';
}

/* Source: kernel fs/seq_file.c, mangle_path(). */
static char *unescape(char *text)
{
	char *out = text;

	for (const char *at = text; *at != '\0'; out++) {
		if (at[0] == '\\' && is_octal(at + 1)) {
			*out = (char)((at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0'));
			at += 4;
		} else {
			*out = *at++;
		}
	}
	*out = '\0';
	return text;
}

/* The next word of *@at, which ends in a NUL then; NULL: there are no more. */
static char *take_word(char **at)
{
	char *word = *at;

	if (word == NULL || *word == '\0')
		return NULL;
	*at = strchr(word, ' ');
	if (*at != NULL)
		*(*at)++ = '\0';
	return word;
}

static bool has_option(const char *list, const char *name)
{
	const size_t length = strlen(name);

	while (list != NULL) {
		if (strncmp(list, name, length) == 0 &&
		    (list[length] == ',' || list[length] == '\0'))
			return true;
		list = strchr(list, ',');
		if (list != NULL)
			list++;
	}
	return false;
}

static uint64_t read_attributes(const char *options)
{
	static const struct {
		const char *name;
		uint64_t attribute;
	} words[] = {
		{ "ro", MOUNT_ATTR_RDONLY },
		{ "nosuid", MOUNT_ATTR_NOSUID },
		{ "nodev", MOUNT_ATTR_NODEV },
		{ "noexec", MOUNT_ATTR_NOEXEC },
	};
	uint64_t attributes = 0;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (has_option(options, words[i].name))
			attributes |= words[i].attribute;
	}
	return attributes;
}

/* The optional fields up to the dash. */
static bool read_propagation(char **at, struct proc_mount *out)
{
	const char *word;

	while ((word = take_word(at)) != NULL) {
		if (strcmp(word, "-") == 0)
			return true;
		out->is_shared = out->is_shared || strncmp(word, "shared:", 7) == 0;
		out->is_slave = out->is_slave || strncmp(word, "master:", 7) == 0;
	}
	return false;
}

static bool read_mount(char *line, struct proc_mount *out)
{
	char *at = line;
	const char *id = take_word(&at);
	const char *parent = take_word(&at);
	const char *device = take_word(&at);
	char *root = take_word(&at);
	char *target = take_word(&at);
	const char *options = take_word(&at);
	char *type;

	memset(out, 0, sizeof(*out));
	if (options == NULL || sscanf(device, "%u:%u", &out->major, &out->minor) != 2 ||
	    !read_propagation(&at, out))
		return false;
	type = take_word(&at);
	(void)take_word(&at);
	out->options = take_word(&at);
	if (out->options == NULL)
		return false;
	out->id = strtoull(id, NULL, 10);
	out->parent = strtoull(parent, NULL, 10);
	out->root = unescape(root);
	out->target = unescape(target);
	out->type = unescape(type);
	out->attributes = read_attributes(options);
	if (has_option(out->options, "ro"))
		out->attributes |= MOUNT_ATTR_RDONLY;
	return true;
}

static size_t count_lines(const char *text)
{
	size_t count = 1;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

struct proc_mount *proc_parse_mounts(char *text, size_t *out_count, size_t *out_strange)
{
	struct proc_mount *mounts = calloc(count_lines(text), sizeof(*mounts));
	char *line = text;

	*out_count = 0;
	*out_strange = 0;
	if (mounts == NULL)
		return NULL;
	while (line != NULL && *line != '\0') {
		char *end = strchr(line, '\n');

		if (end != NULL)
			*end = '\0';
		if (read_mount(line, &mounts[*out_count]))
			(*out_count)++;
		else
			(*out_strange)++;
		line = end == NULL ? NULL : end + 1;
	}
	return mounts;
}

bool proc_mount_option(const struct proc_mount *mount, const char *name, char *out, size_t size)
{
	const size_t length = strlen(name);
	const char *list = mount->options;

	while (list != NULL) {
		const size_t whole = strcspn(list, ",");

		if (strncmp(list, name, length) == 0 && (whole == length || list[length] == '=')) {
			const size_t skipped = whole == length ? length : length + 1;

			(void)snprintf(out, size, "%.*s", (int)(whole - skipped), list + skipped);
			return true;
		}
		list = list[whole] == '\0' ? NULL : list + whole + 1;
	}
	return false;
}

/* Source: kernel fs/proc/base.c, lnames. */
static const char *const limit_names[PROC_LIMITS_COUNT] = {
	[RLIMIT_CPU] = "Max cpu time",
	[RLIMIT_FSIZE] = "Max file size",
	[RLIMIT_DATA] = "Max data size",
	[RLIMIT_STACK] = "Max stack size",
	[RLIMIT_CORE] = "Max core file size",
	[RLIMIT_RSS] = "Max resident set",
	[RLIMIT_NPROC] = "Max processes",
	[RLIMIT_NOFILE] = "Max open files",
	[RLIMIT_MEMLOCK] = "Max locked memory",
	[RLIMIT_AS] = "Max address space",
	[RLIMIT_LOCKS] = "Max file locks",
	[RLIMIT_SIGPENDING] = "Max pending signals",
	[RLIMIT_MSGQUEUE] = "Max msgqueue size",
	[RLIMIT_NICE] = "Max nice priority",
	[RLIMIT_RTPRIO] = "Max realtime priority",
	[RLIMIT_RTTIME] = "Max realtime timeout",
};

const char *proc_limit_name(int resource)
{
	return resource >= 0 && resource < PROC_LIMITS_COUNT ? limit_names[resource] : NULL;
}

/* "unlimited", or a number. */
static bool read_limit(const char **at, uint64_t *out)
{
	static const char unlimited[] = "unlimited";
	char *end;

	*at += strspn(*at, " ");
	if (strncmp(*at, unlimited, strlen(unlimited)) == 0) {
		*at += strlen(unlimited);
		*out = RLIM_INFINITY;
		return true;
	}
	if (**at < '0' || **at > '9')
		return false;
	*out = strtoull(*at, &end, 10);
	*at = end;
	return true;
}

void proc_parse_limits(const char *text, struct proc_limits *out)
{
	memset(out, 0, sizeof(*out));
	for (int i = 0; i < PROC_LIMITS_COUNT; i++) {
		const char *line = find_line(text, limit_names[i]);

		if (line != NULL && read_limit(&line, &out->soft[i]) &&
		    read_limit(&line, &out->hard[i]))
			out->known |= UINT32_C(1) << i;
	}
}

int proc_parse_id_map(const char *text, struct id_map out[PROC_ID_MAPS_MAX])
{
	int count = 0;

	for (const char *line = text; *line != '\0'; line++) {
		struct id_map *map = &out[count];

		if (count == PROC_ID_MAPS_MAX || sscanf(line, "%" SCNu32 " %" SCNu32 " %" SCNu32,
		                                        &map->inner, &map->outer, &map->count) != 3)
			return -1;
		count++;
		line += strcspn(line, "\n");
		if (*line == '\0')
			break;
	}
	return count;
}

bool proc_map_in(const struct id_map *map, int count, uint32_t outer, uint32_t *out_inner)
{
	for (int i = 0; i < count; i++) {
		if (outer >= map[i].outer && outer - map[i].outer < map[i].count) {
			*out_inner = map[i].inner + (outer - map[i].outer);
			return true;
		}
	}
	return false;
}

bool proc_parse_cgroup(const char *text, char *out, size_t size)
{
	const char *path = find_line(text, "0::");

	if (path == NULL || *path != '/')
		return false;
	return (size_t)snprintf(out, size, "%.*s", (int)strcspn(path, "\n"), path) < size;
}
