/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/sha256.h"

#define STATE_VERSION 1
#define STATE_FILE    "state.json"
#define PATH_SIZE     300 /* "containers/" and a name, or less */
#define DEPTH_MAX     8   /* of what may lie in a container's directory */

#define AUTO_CLOSEDIR CLEANUP(close_directory)

static void close_directory(DIR **owner)
{
	if (*owner != NULL)
		(void)closedir(*owner);
}

int state_root_default(char path[STATE_ROOT_SIZE], struct error *err)
{
	const char *runtime = geteuid() == 0 ? "/run" : getenv("XDG_RUNTIME_DIR");
	int length;

	if (runtime == NULL || runtime[0] != '/') {
		(void)error_set(err, ERROR_HOST,
		                "no place for the state of containers: "
		                "XDG_RUNTIME_DIR is not set");
		return error_hint(err, "log in so that systemd or elogind sets it, or give a "
		                       "directory of your own with --root DIR");
	}
	length = snprintf(path, STATE_ROOT_SIZE, "%s/hardrun", runtime);
	if (length < 0 || length >= STATE_ROOT_SIZE)
		return error_set(err, ERROR_HOST, "XDG_RUNTIME_DIR is too long");
	return 0;
}

static int check_root(int fd, const char *path, struct error *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_set_errno(err, "cannot examine the state root %s", path);
	if (status.st_uid != geteuid()) {
		(void)error_set(err, ERROR_STATE, "the state root %s belongs to user %u", path,
		                status.st_uid);
		return error_hint(err, "give a directory of your own with --root DIR");
	}
	if ((status.st_mode & 022) != 0) {
		(void)error_set(err, ERROR_STATE, "the state root %s may be written by others",
		                path);
		return error_hint(err, "chmod 700 %s", path);
	}
	return 0;
}

int state_root_open(const char *path, struct error *err)
{
	AUTO_CLOSE int fd = -1;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return error_set_errno(err, "cannot make the state root %s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_set_errno(err, "cannot open the state root %s", path);
	if (check_root(fd, path, err) < 0)
		return -1;
	return take_fd(&fd);
}

static void slot_path(char path[PATH_SIZE], const char *before, unsigned int slot)
{
	(void)snprintf(path, PATH_SIZE, "%sslots/%u", before, slot);
}

/* 1: made; 0: it is there already. */
static int make_directory(int root_fd, const char *path, struct error *err)
{
	if (mkdirat(root_fd, path, 0700) == 0)
		return 1;
	if (errno == EEXIST)
		return 0;
	return error_set_errno(err, "cannot make the directory \"%s\" of the state root", path);
}

int state_make(int root_fd, unsigned int slot, struct error *err)
{
	char path[PATH_SIZE];
	int fd;

	slot_path(path, "", slot);
	if (mkdirat(root_fd, path, 0700) < 0) {
		if (errno != ENOENT)
			return error_set_errno(err, "cannot make the container's directory");
		if (make_directory(root_fd, "slots", err) < 0 ||
		    make_directory(root_fd, path, err) < 0)
			return -1;
	}
	fd = openat(root_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_set_errno(err, "cannot open the container's directory");
	return fd;
}

static int name_path(char path[PATH_SIZE], const char *name, struct error *err)
{
	int length = snprintf(path, PATH_SIZE, "containers/%s", name);

	if (length < 0 || length >= PATH_SIZE || strchr(name, '/') != NULL || name[0] == '.')
		return error_set(err, ERROR_INTERNAL, "\"%s\" is no name for a container", name);
	return 0;
}

/* Whose is the name? False when the link is not one that state_claim() makes. */
static bool read_holder(int root_fd, const char *path, unsigned int *out)
{
	static const char before[] = "../slots/";
	char text[PATH_SIZE];
	char expected[PATH_SIZE];
	ssize_t length = readlinkat(root_fd, path, text, sizeof(text) - 1);
	unsigned long slot;

	if (length <= (ssize_t)sizeof(before) - 1)
		return false;
	text[length] = '\0';
	slot = strtoul(text + sizeof(before) - 1, NULL, 10);
	if (slot >= REGISTRY_SLOT_COUNT)
		return false;
	slot_path(expected, "../", (unsigned int)slot);
	if (strcmp(text, expected) != 0)
		return false;
	*out = (unsigned int)slot;
	return true;
}

int state_claim(int root_fd, unsigned int slot, const char *name, unsigned int *out_holder,
                struct error *err)
{
	char path[PATH_SIZE];
	char target[PATH_SIZE];

	if (name_path(path, name, err) < 0)
		return -1;
	slot_path(target, "../", slot);
	if (symlinkat(target, root_fd, path) == 0)
		return 1;
	if (errno == ENOENT) {
		if (make_directory(root_fd, "containers", err) < 0)
			return -1;
		if (symlinkat(target, root_fd, path) == 0)
			return 1;
	}
	if (errno != EEXIST)
		return error_set_errno(err, "cannot claim the name \"%s\"", name);
	if (!read_holder(root_fd, path, out_holder))
		return error_set(err, ERROR_STATE,
		                 "\"%s\" of the state root was not made by hardrun", path);
	return 0;
}

static int remove_tree(int parent_fd, const char *name, int depth, dev_t device, struct error *err);

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int remove_entry(int parent_fd, const struct dirent *entry, int depth, dev_t device,
                        struct error *err)
{
	if (is_dots(entry->d_name) || unlinkat(parent_fd, entry->d_name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return error_set_errno(err, "cannot remove \"%s\" of a container's directory",
		                       entry->d_name);
	return remove_tree(parent_fd, entry->d_name, depth, device, err);
}

/* Never through a link, never into another file system. */
static int remove_tree(int parent_fd, const char *name, int depth, dev_t device, struct error *err)
{
	AUTO_CLOSE int fd =
		openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO_CLOSEDIR DIR *directory = NULL;
	struct dirent *entry;
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return error_set_errno(err, "cannot open \"%s\" to remove it", name);
	if (depth == 0 || status.st_dev != device)
		return error_set(err, ERROR_STATE,
		                 "\"%s\" in a container's directory is not hardrun's", name);
	directory = fdopendir(fd);
	if (directory == NULL)
		return error_set_errno(err, "cannot read \"%s\" to remove it", name);
	(void)take_fd(&fd);
	while ((entry = readdir(directory)) != NULL) {
		if (remove_entry(dirfd(directory), entry, depth - 1, device, err) < 0)
			return -1;
	}
	if (unlinkat(parent_fd, name, AT_REMOVEDIR) < 0)
		return error_set_errno(err, "cannot remove \"%s\" of the state root", name);
	return 0;
}

int state_remove_directory(int parent_fd, const char *name, struct error *err)
{
	struct stat status;

	if (fstat(parent_fd, &status) < 0)
		return error_set_errno(err, "cannot examine the state root");
	if (faccessat(parent_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return 0;
	return remove_tree(parent_fd, name, DEPTH_MAX, status.st_dev, err);
}

static int remove_directory(int root_fd, const char *path, struct error *err)
{
	char file[PATH_SIZE];

	(void)snprintf(file, sizeof(file), "%.40s/" STATE_FILE, path);
	(void)unlinkat(root_fd, file, 0);
	if (unlinkat(root_fd, path, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return state_remove_directory(root_fd, path, err);
}

int state_remove(int root_fd, unsigned int slot, const char *name, struct error *err)
{
	char path[PATH_SIZE];
	unsigned int holder;

	slot_path(path, "", slot);
	if (remove_directory(root_fd, path, err) < 0)
		return -1;
	if (name[0] == '\0')
		return 0;
	if (name_path(path, name, err) < 0)
		return -1;
	if (read_holder(root_fd, path, &holder) && holder == slot &&
	    unlinkat(root_fd, path, 0) < 0 && errno != ENOENT)
		return error_set_errno(err, "cannot give up the name \"%s\"", name);
	return 0;
}

static void add_text(struct text *text, const char *name, const char *value)
{
	text_add_format(text, ",\"%s\":", name);
	if (value == NULL)
		text_add(text, "null");
	else
		text_add_json(text, value);
}

static void add_maps(struct text *text, const char *name, const struct id_map *maps, size_t count)
{
	text_add_format(text, ",\"%s\":[", name);
	for (size_t i = 0; i < count; i++)
		text_add_format(text, "%s{\"inner\":%u,\"outer\":%u,\"count\":%u}",
		                i == 0 ? "" : ",", maps[i].inner, maps[i].outer, maps[i].count);
	text_add(text, "]");
}

void state_add_relaxations(struct text *text, const struct plan *plan)
{
	text_add(text, ",\"relaxations\":[");
	for (size_t i = 0; i < plan->relaxation_count; i++) {
		const struct plan_relaxation *relaxation = &plan->relaxations[i];

		text_add(text, i == 0 ? "{\"name\":" : ",{\"name\":");
		text_add_json(text, relaxation->name);
		add_text(text, "control", relaxation->control);
		add_text(text, "reason", relaxation->reason);
		text_add(text, "}");
	}
	text_add(text, "]");
}

static void add_cgroup(struct text *text, const struct plan_cgroup *cgroup)
{
	AUTO_TEXT struct text path = { 0 };

	if (cgroup->parent != NULL)
		text_add_format(&path, "%s/%s",
		                strcmp(cgroup->parent, "/") == 0 ? "" : cgroup->parent,
		                cgroup->name);
	add_text(text, "cgroup", path.bytes);
}

static void add_seccomp(struct text *text, const struct sock_fprog *filter)
{
	char digits[SHA256_TEXT_SIZE];

	if (filter->len == 0) {
		add_text(text, "seccomp", NULL);
		return;
	}
	sha256_of(filter->filter, filter->len * sizeof(*filter->filter), digits);
	add_text(text, "seccomp", digits);
}

static char *write_text(const struct state *state, struct error *err)
{
	const struct plan *plan = state->plan;
	AUTO_TEXT struct text text = { 0 };
	char created[CLOCK_TEXT_SIZE];

	clock_text(state->created, created);
	text_add_format(&text, "{\"version\":%d", STATE_VERSION);
	add_text(&text, "name", plan->name);
	add_text(&text, "status", "running");
	text_add_format(&text, ",\"init\":%d,\"supervisor\":%d", (int)state->init, (int)getpid());
	add_text(&text, "created", created);
	add_text(&text, "digest", plan->spec_digest);
	state_add_relaxations(&text, plan);
	add_cgroup(&text, &plan->cgroup);
	add_maps(&text, "uid_map", plan->uid_map, plan->uid_map_count);
	add_maps(&text, "gid_map", plan->gid_map, plan->gid_map_count);
	add_text(&text, "apparmor", plan->apparmor_profile);
	text_add_format(&text, ",\"landlock\":%d", plan->landlock.abi);
	add_seccomp(&text, &plan->seccomp);
	text_add(&text, ",\"spec\":");
	text_add(&text, state->spec_text);
	text_add(&text, "}\n");
	return text_take(&text, err);
}

int state_write(int directory_fd, const struct state *state, struct error *err)
{
	static const char new_name[] = STATE_FILE ".new";
	AUTO_FREE char *text = write_text(state, err);
	AUTO_CLOSE int fd = -1;
	size_t size;

	if (text == NULL)
		return -1;
	size = strlen(text);
	fd = openat(directory_fd, new_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	            0600);
	if (fd < 0 || write(fd, text, size) != (ssize_t)size ||
	    renameat(directory_fd, new_name, directory_fd, STATE_FILE) < 0)
		return error_set_errno(err, "cannot write the container's state");
	return 0;
}
