/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/cgroup.h"

/* The files of a cgroup that its owner needs, one a line. Source: cgroups(7). */
#define DELEGATE_FILE "/sys/kernel/cgroup/delegate"

/* Of the names in a cgroup's file of controllers. */
#define CONTROLLERS_SIZE 512

#define SLEEP_NS 2000000L /* between two tries to remove what is not empty yet */

/* Does the list of @words, separated by spaces, have @word of @length bytes? */
static bool has_word(const char *words, const char *word, size_t length)
{
	while (*words != '\0') {
		const size_t found = strcspn(words, " \n");

		if (found == length && memcmp(words, word, length) == 0)
			return true;
		words += found;
		words += strspn(words, " \n");
	}
	return false;
}

static void request(int fd, const char *text)
{
	struct error ignored = { .kind = ERROR_NONE };

	(void)!cgroup_write(fd, "cgroup.subtree_control", text, &ignored);
}

/* One by one, because the kernel takes all or none of a list. */
static void give_each(int fd, const char *list)
{
	while (*list != '\0') {
		char one[CONTROLLERS_SIZE];
		const size_t length = strcspn(list, " ");

		(void)snprintf(one, sizeof(one), "%.*s", (int)length, list);
		request(fd, one);
		list += length;
		list += strspn(list, " ");
	}
}

/*
 * Give the children of @fd every controller that it has. What cannot be given is found missing at
 * the end of the path, if it is needed there.
 */
static void give_all(int fd)
{
	AUTO_FREE char *available = cgroup_read_text(fd, "cgroup.controllers");
	AUTO_FREE char *enabled = cgroup_read_text(fd, "cgroup.subtree_control");
	struct error err = { .kind = ERROR_NONE };
	char list[CONTROLLERS_SIZE] = "";
	size_t used = 0;

	if (available == NULL || enabled == NULL)
		return;
	for (const char *word = available; *word != '\0'; word += strspn(word, " \n")) {
		const size_t length = strcspn(word, " \n");

		if (!has_word(enabled, word, length) && used + length + 3 < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s+%.*s",
			                         used > 0 ? " " : "", (int)length, word);
		word += length;
	}
	if (used > 0 && cgroup_write(fd, "cgroup.subtree_control", list, &err) < 0)
		give_each(fd, list);
}

/* The way down to a cgroup: where it has come, and what it made last. */
struct descent {
	const char *path;
	int fd;
	bool is_made; /* fd's directory did not exist before */
};

static int descend(struct descent *descent, const char *name, struct error *err)
{
	int below;

	give_all(descent->fd);
	descent->is_made = mkdirat(descent->fd, name, 0755) == 0;
	if (!descent->is_made && errno != EEXIST)
		return error_set_errno(err, "cannot make the cgroup %s", descent->path);
	below = openat(descent->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (below < 0)
		return error_set_errno(err, "cannot open the cgroup %s", descent->path);
	(void)close(descent->fd);
	descent->fd = below;
	return 0;
}

static int walk_down(struct descent *descent, struct error *err)
{
	const char *at = descent->path + strspn(descent->path, "/");

	while (*at != '\0') {
		char name[NAME_MAX + 1];
		const size_t length = strcspn(at, "/");

		if (length > NAME_MAX)
			return error_set(err, ERROR_SPEC, "a name in the cgroup %s is too long",
			                 descent->path);
		(void)snprintf(name, sizeof(name), "%.*s", (int)length, at);
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			return error_set(err, ERROR_SPEC, "the cgroup %s is no plain path",
			                 descent->path);
		if (descend(descent, name, err) < 0)
			return -1;
		at += length;
		at += strspn(at, "/");
	}
	return 0;
}

/* One that is used by others would be limited, stopped and killed with the container. */
static int check_unused(const struct descent *descent, struct error *err)
{
	AUTO_FREE char *type = cgroup_read_text(descent->fd, "cgroup.type");
	AUTO_FREE char *events = cgroup_read_text(descent->fd, "cgroup.events");

	if (type != NULL && strcmp(type, "domain\n") != 0)
		return error_set(err, ERROR_STATE, "the cgroup %s is of the type \"%.*s\"",
		                 descent->path, (int)strcspn(type, "\n"), type);
	if (events == NULL || cgroup_find_figure(events, "populated") != 0) {
		(void)error_set(err, ERROR_STATE, "there are processes in the cgroup %s already",
		                descent->path);
		return error_hint(err, "end them, or give the container another cgroupsPath");
	}
	if (cgroup_is_frozen(descent->fd))
		return error_set(err, ERROR_STATE, "the cgroup %s is frozen", descent->path);
	return 0;
}

static int check_controllers(const struct descent *descent, cgroup_controllers needed,
                             struct error *err)
{
	cgroup_controllers available = 0;
	cgroup_controllers enabled;

	if (cgroup_read_controllers(descent->fd, &available, &enabled, err) < 0)
		return -1;
	if ((needed & ~available) == 0)
		return 0;
	(void)error_set(err, ERROR_HOST, "resource limits: the cgroup %s has no %s controller",
	                descent->path, cgroup_controller_name(needed & ~available));
	return error_hint(err,
	                  "see cgroup.subtree_control of the cgroups above; a user needs "
	                  "Delegate=%s in user@.service",
	                  cgroup_controller_name(needed & ~available));
}

int cgroup_make_tree(const char *path, cgroup_controllers needed, struct error *err)
{
	struct descent descent = { .path = path, .fd = cgroup_open("/", err) };
	struct error ignored = { .kind = ERROR_NONE };

	if (descent.fd < 0)
		return -1;
	if (walk_down(&descent, err) == 0 &&
	    (descent.is_made || check_unused(&descent, err) == 0) &&
	    check_controllers(&descent, needed, err) == 0)
		return descent.fd;
	(void)close(descent.fd);
	if (descent.is_made)
		(void)!cgroup_remove_tree(path, 0, &ignored);
	return -1;
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Open the directory above @path, and find its own name there. -1 with errno. */
static int open_parent(const char *path, const char **out_name)
{
	char full[sizeof(CGROUP_MOUNT_POINT) + CGROUP_PATH_SIZE];
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash[1] == '\0') {
		errno = EINVAL;
		return -1;
	}
	*out_name = slash + 1;
	(void)snprintf(full, sizeof(full), CGROUP_MOUNT_POINT "%.*s", (int)(slash - path), path);
	return open(full, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int cgroup_remove_tree(const char *path, int timeout_ms, struct error *err)
{
	const struct timespec pause = { .tv_nsec = SLEEP_NS };
	const int64_t end_ms = now_ms() + timeout_ms;
	const char *name = NULL;
	AUTO_CLOSE int parent_fd = open_parent(path, &name);

	if (parent_fd < 0 && errno == ENOENT)
		return 0;
	if (parent_fd < 0)
		return error_set_errno(err, "cannot open what is above the cgroup %s", path);
	while (true) {
		struct error latest = { .kind = ERROR_NONE };

		if (cgroup_remove(parent_fd, name, &latest) == 0)
			return 0;
		if (latest.code != EBUSY || now_ms() >= end_ms) {
			*err = latest;
			return -1;
		}
		(void)nanosleep(&pause, NULL);
	}
}

int cgroup_delegate(int fd, uid_t uid, struct error *err)
{
	static const char *const usual[] = { "cgroup.procs", "cgroup.subtree_control",
		                             "cgroup.threads" };
	AUTO_FREE char *list = cgroup_read_text(AT_FDCWD, DELEGATE_FILE);

	if (fchown(fd, uid, (gid_t)-1) < 0)
		return error_set_errno(err, "cannot give the cgroup to the container's root");
	for (size_t i = 0; list == NULL && i < ARRAY_LEN(usual); i++)
		(void)!fchownat(fd, usual[i], uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW);
	for (char *name = list; name != NULL && *name != '\0';) {
		const size_t length = strcspn(name, "\n");
		const bool is_last = name[length] == '\0';

		name[length] = '\0';
		if (fchownat(fd, name, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
			return error_set_errno(err, "cannot give %s to the container's root", name);
		name += length + (is_last ? 0 : 1);
	}
	return 0;
}

struct process_list {
	pid_t *items;
	size_t count;
	size_t room;
};

static void process_list_clear(struct process_list *list)
{
	free(list->items);
}

static int add_process(struct process_list *list, pid_t pid, struct error *err)
{
	if (list->count == list->room) {
		const size_t room = list->room == 0 ? 64 : list->room * 2;
		pid_t *items = realloc(list->items, room * sizeof(*items));

		if (items == NULL)
			return error_set_errno(err, "no memory for a list of processes");
		list->items = items;
		list->room = room;
	}
	list->items[list->count++] = pid;
	return 0;
}

/* Those of a threaded cgroup are told by the domain above; pid 0 is one that we cannot see. */
static int add_processes_of(struct process_list *list, int fd, struct error *err)
{
	AUTO_FREE char *text = cgroup_read_text(fd, "cgroup.procs");
	char *at = text;

	if (text == NULL)
		return errno == EOPNOTSUPP || errno == ENODEV || errno == ENOENT
		               ? 0
		               : error_set_errno(err, "cannot list the processes of the container");
	while (*at != '\0') {
		char *end;
		const long pid = strtol(at, &end, 10);

		if (end == at)
			break;
		if (pid > 0 && add_process(list, (pid_t)pid, err) < 0)
			return -1;
		at = end + strspn(end, "\n");
	}
	return 0;
}

static void close_directory(DIR **owner)
{
	if (*owner != NULL)
		(void)closedir(*owner);
}

/* What is left of a walk through a tree: names to go down to, NULL to go up. The last comes first.
 */
struct walk {
	char **steps;
	size_t count;
	size_t room;
};

static void walk_clear(struct walk *walk)
{
	for (size_t i = 0; i < walk->count; i++)
		free(walk->steps[i]);
	free(walk->steps);
}

static int add_step(struct walk *walk, const char *name, struct error *err)
{
	char *copy = NULL;

	if (walk->count == walk->room) {
		const size_t room = walk->room == 0 ? 64 : walk->room * 2;
		char **steps = realloc(walk->steps, room * sizeof(*steps));

		if (steps == NULL)
			return error_set_errno(err, "no memory for a list of cgroups");
		walk->steps = steps;
		walk->room = room;
	}
	if (name != NULL) {
		copy = strdup(name);
		if (copy == NULL)
			return error_set_errno(err, "no memory for a list of cgroups");
	}
	walk->steps[walk->count++] = copy;
	return 0;
}

static int add_steps_below(struct walk *walk, int fd, struct error *err)
{
	const int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(close_directory) DIR *directory = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;

	if (directory == NULL)
		return errno == ENOENT || errno == ENODEV
		               ? 0
		               : error_set_errno(err, "cannot read the cgroup of the container");
	while ((entry = readdir(directory)) != NULL) {
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
		    add_step(walk, entry->d_name, err) < 0)
			return -1;
	}
	return 0;
}

/* 0: it has gone meanwhile. */
static int take_step(int *fd, const char *name, struct error *err)
{
	const int next = openat(*fd, name != NULL ? name : "..",
	                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (next < 0 && name != NULL && (errno == ENOENT || errno == ENODEV))
		return 0;
	if (next < 0)
		return error_set_errno(err, "cannot open a cgroup of the container");
	(void)close(*fd);
	*fd = next;
	return 1;
}

/*
 * With one descriptor and no recursion: a container that has its own cgroup may have made any
 * number below it.
 */
static int add_tree(struct process_list *list, int top_fd, struct error *err)
{
	AUTO_CLOSE int fd = openat(top_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(walk_clear) struct walk walk = { .steps = NULL };

	if (fd < 0)
		return errno == ENOENT || errno == ENODEV
		               ? 0
		               : error_set_errno(err, "cannot read the cgroup of the container");
	if (add_processes_of(list, fd, err) < 0 || add_steps_below(&walk, fd, err) < 0)
		return -1;
	while (walk.count > 0) {
		AUTO_FREE char *name = walk.steps[--walk.count];
		const int taken = take_step(&fd, name, err);

		if (taken < 0)
			return -1;
		if (taken == 0 || name == NULL)
			continue;
		if (add_processes_of(list, fd, err) < 0 || add_step(&walk, NULL, err) < 0 ||
		    add_steps_below(&walk, fd, err) < 0)
			return -1;
	}
	return 0;
}

static int compare_pids(const void *one, const void *other)
{
	const pid_t left = *(const pid_t *)one;
	const pid_t right = *(const pid_t *)other;

	return (left > right) - (left < right);
}

int cgroup_list_processes(int fd, pid_t **out, size_t *out_count, struct error *err)
{
	CLEANUP(process_list_clear) struct process_list list = { .items = NULL };

	if (add_tree(&list, fd, err) < 0)
		return -1;
	if (list.count > 0)
		qsort(list.items, list.count, sizeof(*list.items), compare_pids);
	*out = list.items;
	*out_count = list.count;
	list.items = NULL;
	return 0;
}

static int open_process(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static int send_signal(int process_fd, int signal)
{
	return (int)syscall(SYS_pidfd_send_signal, process_fd, signal, NULL, 0);
}

/*
 * Held by a descriptor before it is looked for again: a number that has passed to a stranger in
 * between is not in the cgroup, or its descriptor is a dead one's.
 */
static int signal_each(int fd, const pid_t *pids, const int *process_fds, size_t count, int signal,
                       struct error *err)
{
	AUTO_FREE pid_t *now = NULL;
	size_t now_count = 0;

	if (cgroup_list_processes(fd, &now, &now_count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (process_fds[i] < 0 || now_count == 0 ||
		    bsearch(&pids[i], now, now_count, sizeof(*now), compare_pids) == NULL)
			continue;
		if (send_signal(process_fds[i], signal) < 0 && errno != ESRCH)
			return error_set_errno(err, "cannot send a signal to process %d",
			                       (int)pids[i]);
	}
	return 0;
}

int cgroup_signal(int fd, int signal, struct error *err)
{
	AUTO_FREE pid_t *pids = NULL;
	AUTO_FREE int *process_fds = NULL;
	size_t count = 0;
	int result;

	if (signal == SIGKILL)
		return cgroup_kill(fd, err);
	if (cgroup_list_processes(fd, &pids, &count, err) < 0)
		return -1;
	process_fds = calloc(count + 1, sizeof(*process_fds));
	if (process_fds == NULL)
		return error_set_errno(err, "no memory for a list of processes");
	for (size_t i = 0; i < count; i++)
		process_fds[i] = open_process(pids[i]);
	result = signal_each(fd, pids, process_fds, count, signal, err);
	for (size_t i = 0; i < count; i++)
		cleanup_close(&process_fds[i]);
	return result;
}
