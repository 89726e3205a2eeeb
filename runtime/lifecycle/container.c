/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/container.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/log.h"
#include "kernel/cgroup.h"
#include "kernel/host.h"

#define FOLDER      "oci"
#define STATE_FILE  "state.json"
#define ID_SIZE_MAX 1024

#define LOCK_TRIES    1000
#define LOCK_PAUSE_NS 10000000L /* between two tries */

static const struct {
	enum container_status status;
	const char *name;
} status_names[] = {
	{ CONTAINER_CREATING, "creating" }, { CONTAINER_CREATED, "created" },
	{ CONTAINER_RUNNING, "running" },   { CONTAINER_PAUSED, "paused" },
	{ CONTAINER_STOPPED, "stopped" },
};

const char *container_status_name(enum container_status status)
{
	return status_names[status].name;
}

int container_check_id(const char *id, struct error *err)
{
	if (strlen(id) <= ID_SIZE_MAX && id[0] != '.' && text_is_made_of(id, "_+-."))
		return 0;
	return error_set(err, ERROR_USAGE, "invalid container id: \"%.80s\"", id);
}

/* Root of a user namespace is an ordinary user's: /run is the host root's. */
static int find_default(char path[STATE_ROOT_SIZE], struct error *err)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct host host;

	host_init(&host);
	if (runtime == NULL || runtime[0] != '/' || host_is_privileged(&host))
		return state_root_default(path, err);
	if ((size_t)snprintf(path, STATE_ROOT_SIZE, "%s/hardrun", runtime) >= STATE_ROOT_SIZE)
		return error_set(err, ERROR_HOST, "XDG_RUNTIME_DIR is too long");
	return 0;
}

static int find_root(char path[STATE_ROOT_SIZE], const char *given, struct error *err)
{
	char folder[STATE_ROOT_SIZE];
	const char *blank = "";

	if (given == NULL)
		return find_default(path, err);
	if (given[0] != '/') {
		if (getcwd(folder, sizeof(folder)) == NULL)
			return error_set_errno(err, "cannot tell the working directory");
		blank = "/";
	} else {
		folder[0] = '\0';
	}
	if ((size_t)snprintf(path, STATE_ROOT_SIZE, "%s%s%s", folder, blank, given) >=
	    STATE_ROOT_SIZE)
		return error_set(err, ERROR_USAGE, "the path of the state root is too long");
	return 0;
}

/* What is missing of the folders above @path; what cannot be made shows when it is opened. */
static void make_parents(const char *path)
{
	char part[STATE_ROOT_SIZE];

	(void)snprintf(part, sizeof(part), "%s", path);
	for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(part, 0700);
		*slash = '/';
	}
}

int container_root_open(struct container_root *out, const char *path, bool makes, struct error *err)
{
	AUTO_CLOSE int root_fd = -1;

	*out = CONTAINER_ROOT_NONE;
	if (find_root(out->path, path, err) < 0)
		return -1;
	if (makes)
		make_parents(out->path);
	else if (access(out->path, F_OK) < 0 && errno == ENOENT)
		return 0;
	root_fd = state_root_open(out->path, err);
	if (root_fd < 0)
		return -1;
	if (makes && mkdirat(root_fd, FOLDER, 0700) < 0 && errno != EEXIST)
		return error_set_errno(err, "cannot make the directory of containers in %s",
		                       out->path);
	out->fd = openat(root_fd, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (out->fd < 0 && (makes || errno != ENOENT))
		return error_set_errno(err, "cannot open the directory of containers in %s",
		                       out->path);
	return 0;
}

void container_root_close(struct container_root *root)
{
	cleanup_close(&root->fd);
	root->fd = -1;
}

void container_close(struct container *container)
{
	/* Said, not left to close(2): the container's process has had a copy of the descriptor. */
	if (container->is_locked)
		(void)flock(container->fd, LOCK_UN);
	cleanup_close(&container->fd);
	arena_free(container->arena);
	*container = CONTAINER_NONE;
}

static int refuse_absent(const char *id, struct error *err)
{
	return error_set(err, ERROR_STATE, "container does not exist: %s", id);
}

/* For whoever holds the lock: is the directory the one that the id names? */
static bool is_still_there(const struct container *container)
{
	struct stat own;
	struct stat named;

	return fstat(container->fd, &own) == 0 &&
	       fstatat(container->root->fd, container->id, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       own.st_ino == named.st_ino && own.st_dev == named.st_dev;
}

/* Who waits for ever to remove a container cannot remove one whose creation hangs. */
static int lock_soon(const struct container *container, struct error *err)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(container->fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_set_errno(err, "cannot lock the container %s", container->id);
		(void)nanosleep(&pause, NULL);
	}
	return error_set(err, ERROR_STATE, "another command is at work on the container %s",
	                 container->id);
}

static int lock(struct container *container, enum container_use use, struct error *err)
{
	if (use == CONTAINER_LOOK)
		return 0;
	if (use == CONTAINER_REMOVE && lock_soon(container, err) < 0)
		return -1;
	while (use == CONTAINER_CHANGE && flock(container->fd, LOCK_EX) < 0) {
		if (errno != EINTR)
			return error_set_errno(err, "cannot lock the container %s", container->id);
	}
	container->is_locked = true;
	return is_still_there(container) ? 0 : refuse_absent(container->id, err);
}

/* Returns a file's text; NULL with @err set. */
static char *read_file(int directory_fd, const char *name, size_t limit, size_t *out_size,
                       struct error *err)
{
	AUTO_CLOSE int fd =
		openat(directory_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	AUTO_FREE char *text = NULL;
	struct stat status;
	char *result;
	size_t size = 0;

	if (fd < 0 || fstat(fd, &status) < 0) {
		(void)error_set_errno(err, "cannot open the container's %s", name);
		return NULL;
	}
	if (!S_ISREG(status.st_mode) || (uintmax_t)status.st_size > limit) {
		(void)error_set(err, ERROR_STATE, "the container's %s is damaged", name);
		return NULL;
	}
	text = malloc((size_t)status.st_size + 1);
	while (text != NULL && size < (size_t)status.st_size) {
		const ssize_t count = read(fd, text + size, (size_t)status.st_size - size);

		if (count <= 0)
			break;
		size += (size_t)count;
	}
	if (text == NULL || size < (size_t)status.st_size) {
		(void)error_set_errno(err, "cannot read the container's %s", name);
		return NULL;
	}
	text[size] = '\0';
	*out_size = size;
	result = text;
	text = NULL;
	return result;
}

static int read_state(struct container *container, struct error *err)
{
	size_t size = 0;
	AUTO_FREE char *text =
		read_file(container->fd, STATE_FILE, CONTAINER_STATE_SIZE_MAX, &size, err);

	if (text == NULL ||
	    container_state_read(text, size, &container->state, &container->arena, err) < 0)
		return -1;
	if (strcmp(container->state.id, container->id) != 0)
		return error_set(err, ERROR_STATE,
		                 "the container's state is damaged: it is another container's");
	container->has_state = true;
	return 0;
}

int container_reload(struct container *container, struct error *err)
{
	struct container fresh = *container;

	fresh.arena = NULL;
	if (read_state(&fresh, err) < 0)
		return -1;
	arena_free(container->arena);
	*container = fresh;
	return 0;
}

static int open_locked(struct container *container, enum container_use use, struct error *err)
{
	struct error damage = { .kind = ERROR_NONE };

	if (container->root->fd >= 0)
		container->fd = openat(container->root->fd, container->id,
		                       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	else
		errno = ENOENT;
	if (container->fd < 0 && errno == ENOENT)
		return refuse_absent(container->id, err);
	if (container->fd < 0)
		return error_set_errno(err, "cannot open the container %s", container->id);
	if (lock(container, use, err) < 0)
		return -1;
	if (read_state(container, &damage) == 0 || use == CONTAINER_REMOVE)
		return 0;
	*err = damage;
	(void)error_at(err, "%s/" FOLDER "/%s", container->root->path, container->id);
	return error_hint(err, "hardrun delete --force %s", container->id);
}

int container_open(const struct container_root *root, const char *id, enum container_use use,
                   struct container *out, struct error *err)
{
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;

	container.root = root;
	container.id = id;
	if (container_check_id(id, err) < 0 || open_locked(&container, use, err) < 0)
		return -1;
	*out = container;
	container = CONTAINER_NONE;
	return 0;
}

static int refuse_present(const char *id, struct error *err)
{
	return error_set(err, ERROR_STATE, "container with given ID already exists: %s", id);
}

/*
 * What was made may have been removed before it was opened, and made again by another one, who then
 * has the same directory open: the first to lock it has filled it.
 */
static bool is_anothers(const struct container *container)
{
	return faccessat(container->fd, CONTAINER_CONFIG_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int container_make(const struct container_root *root, const char *id, struct container *out,
                   struct error *err)
{
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;

	container.root = root;
	container.id = id;
	if (container_check_id(id, err) < 0)
		return -1;
	if (mkdirat(root->fd, id, 0700) < 0 && errno == EEXIST)
		return refuse_present(id, err);
	container.fd = openat(root->fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (container.fd < 0)
		return error_set_errno(err, "cannot make the directory of the container %s", id);
	if (lock(&container, CONTAINER_CHANGE, err) < 0)
		return -1;
	if (is_anothers(&container))
		return refuse_present(id, err);
	*out = container;
	container = CONTAINER_NONE;
	return 0;
}

static int write_all(int fd, const char *content, size_t size)
{
	while (size > 0) {
		const ssize_t count = write(fd, content, size);

		if (count < 0 && errno != EINTR)
			return -1;
		if (count > 0) {
			content += count;
			size -= (size_t)count;
		}
	}
	return 0;
}

int container_write_file(const struct container *container, const char *name, const char *content,
                         size_t size, struct error *err)
{
	AUTO_CLOSE int fd = -1;
	char new_name[32];

	(void)snprintf(new_name, sizeof(new_name), "%s.new", name);
	(void)unlinkat(container->fd, new_name, 0);
	fd = openat(container->fd, new_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	            0600);
	if (fd < 0 || write_all(fd, content, size) < 0 ||
	    renameat(container->fd, new_name, container->fd, name) < 0)
		return error_set_errno(err, "cannot write the container's %s", name);
	return 0;
}

int container_save(const struct container *container, struct error *err)
{
	AUTO_FREE char *text = container_state_write(&container->state, err);

	if (text == NULL)
		return -1;
	return container_write_file(container, STATE_FILE, text, strlen(text), err);
}

int container_read_config(const struct container *container, char **out, size_t *out_size,
                          struct error *err)
{
	char *text = read_file(container->fd, CONTAINER_CONFIG_FILE, CONTAINER_CONFIG_SIZE_MAX,
	                       out_size, err);

	if (text == NULL)
		return -1;
	*out = text;
	return 0;
}

int container_remove(struct container *container, struct error *err)
{
	return state_remove_directory(container->root->fd, container->id, err);
}

int container_open_cgroup(const struct container *container)
{
	struct error absent = { .kind = ERROR_NONE };

	if (!container->has_state || container->state.cgroup == NULL ||
	    !container->state.is_cgroup_made)
		return -1;
	return cgroup_open(container->state.cgroup, &absent);
}

enum container_status container_look(const struct container *container)
{
	const enum identity_fate fate =
		container->has_state ? identity_look(&container->state.init) : IDENTITY_GONE;
	AUTO_CLOSE int fd = fate == IDENTITY_GONE ? -1 : container_open_cgroup(container);

	return container_judge(container, fate, fd);
}

enum container_status container_judge(const struct container *container, enum identity_fate fate,
                                      int cgroup_fd)
{
	if (fate == IDENTITY_GONE)
		return CONTAINER_STOPPED;
	if (!container->state.is_ready)
		return CONTAINER_CREATING;
	if (cgroup_fd >= 0 && cgroup_is_frozen(cgroup_fd))
		return CONTAINER_PAUSED;
	return fate == IDENTITY_UNEXECUTED && !container->state.is_restored ? CONTAINER_CREATED
	                                                                    : CONTAINER_RUNNING;
}

static int is_container(const struct dirent *entry)
{
	struct error err = { .kind = ERROR_NONE };

	return container_check_id(entry->d_name, &err) == 0;
}

static int visit(const struct container_root *root, const char *id,
                 int (*found)(const struct container *container, void *context, struct error *err),
                 void *context, struct error *err)
{
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	struct error damage = { .kind = ERROR_NONE };
	struct stat status;

	if (container_open(root, id, CONTAINER_LOOK, &container, &damage) == 0)
		return found(&container, context, err);
	if (fstatat(root->fd, id, &status, AT_SYMLINK_NOFOLLOW) == 0)
		log_warning(&damage);
	return 0;
}

static void free_entries(struct dirent **entries, int count)
{
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
}

int container_each(const struct container_root *root,
                   int (*found)(const struct container *container, void *context,
                                struct error *err),
                   void *context, struct error *err)
{
	struct dirent **entries = NULL;
	int result = 0;
	int count;

	if (root->fd < 0)
		return 0;
	count = scandirat(root->fd, ".", &entries, is_container, alphasort);
	if (count < 0)
		return error_set_errno(err, "cannot read the directory of containers in %s",
		                       root->path);
	for (int i = 0; i < count && result == 0; i++)
		result = visit(root, entries[i]->d_name, found, context, err);
	free_entries(entries, count);
	return result;
}

static void add_member(struct text *text, bool is_wide, const char *name, const char *value)
{
	text_add(text, is_wide ? ",\n  \"" : ",\"");
	text_add(text, name);
	text_add(text, is_wide ? "\": " : "\":");
	text_add_json(text, value);
}

static void add_annotations(struct text *text, bool is_wide, const struct container_state *state)
{
	if (state->annotation_count == 0)
		return;
	text_add(text, is_wide ? ",\n  \"annotations\": {" : ",\"annotations\":{");
	for (size_t i = 0; i < state->annotation_count; i++) {
		text_add(text, i == 0 ? "" : ",");
		text_add(text, is_wide ? "\n    " : "");
		text_add_json(text, state->annotations[i].name);
		text_add(text, is_wide ? ": " : ":");
		text_add_json(text, state->annotations[i].value);
	}
	text_add(text, is_wide ? "\n  }" : "}");
}

void container_name_owner(const struct container *container, char out[CONTAINER_OWNER_SIZE])
{
	const uid_t owner = container->state.owner;
	struct host host;

	host_init(&host);
	if (owner == 0)
		(void)snprintf(out, CONTAINER_OWNER_SIZE, "root");
	else if (owner == host.uid && host_user_name(&host)[0] != '\0')
		(void)snprintf(out, CONTAINER_OWNER_SIZE, "%s", host_user_name(&host));
	else
		(void)snprintf(out, CONTAINER_OWNER_SIZE, "%u", owner);
}

static void add_owner(struct text *text, const struct container *container)
{
	char owner[CONTAINER_OWNER_SIZE];

	container_name_owner(container, owner);
	add_member(text, true, "owner", owner);
}

void container_describe(const struct container *container, const char *status, pid_t pid,
                        enum container_view view, struct text *text)
{
	const struct container_state *state = &container->state;
	const bool is_wide = view == CONTAINER_VIEW_STATE;

	text_add(text, is_wide ? "{\n  \"ociVersion\": " : "{\"ociVersion\":");
	text_add_json(text, CONTAINER_OCI_VERSION);
	add_member(text, is_wide, "id", state->id);
	text_add(text, is_wide ? ",\n  \"pid\": " : ",\"pid\":");
	text_add_format(text, "%d", (int)pid);
	add_member(text, is_wide, "status", status);
	add_member(text, is_wide, "bundle", state->bundle);
	if (is_wide) {
		add_member(text, is_wide, "rootfs", state->rootfs);
		add_member(text, is_wide, "created", state->created);
	}
	add_annotations(text, is_wide, state);
	if (is_wide)
		add_owner(text, container);
	text_add(text, is_wide ? "\n}" : "}");
}
