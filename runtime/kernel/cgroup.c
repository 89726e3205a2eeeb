/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

#define SET_UP_SIZE_MAX (16ULL * 1024 * 1024) /* bytes; measured: below 1 MiB */

#define HYBRID_MOUNT_POINT CGROUP_MOUNT_POINT "/unified"

/* Files that are read whole: a list of controllers, events, counters. */
#define SMALL_FILE_SIZE 1024

/* Of any file; cgroup.procs has up to 8 bytes for each of 4 million processes. */
#define TEXT_SIZE_MAX ((size_t)32 * 1024 * 1024)

/* io.stat has a line of up to 150 bytes for each disk that was used. */
#define IO_STAT_SIZE 8192

/* "0::" before the path in /proc/PID/cgroup. */
#define OWN_PREFIX "0::"

/* Cgroups below cgroups that are removed; the container can make none. */

static const struct {
	cgroup_controllers controller;
	const char *name;
} controllers[] = {
	{ CGROUP_CONTROLLER_CPU, "cpu" },       { CGROUP_CONTROLLER_IO, "io" },
	{ CGROUP_CONTROLLER_MEMORY, "memory" }, { CGROUP_CONTROLLER_PIDS, "pids" },
	{ CGROUP_CONTROLLER_CPUSET, "cpuset" }, { CGROUP_CONTROLLER_HUGETLB, "hugetlb" },
	{ CGROUP_CONTROLLER_RDMA, "rdma" },     { CGROUP_CONTROLLER_MISC, "misc" },
};

/* What a kernel without @file lacks, and the way out. */
static const struct {
	const char *file;
	const char *lack;
	const char *hint;
} missing_files[] = {
	{ "memory.swap.max", "swap limit: this kernel does not account for swap",
	  "boot with swapaccount=1, or relax no-limits with \"swap\"" },
	{ "memory.max", "memory limit: the memory controller is not enabled",
	  "boot without cgroup_disable=memory, or relax no-limits with \"memory\"" },
	{ "cpu.max", "processor limit: the kernel has no processor bandwidth control",
	  "use a kernel with CONFIG_CFS_BANDWIDTH, or relax no-limits with \"cpus\"" },
	{ "pids.max", "process limit: the pids controller is not enabled",
	  "boot without cgroup_disable=pids, or relax no-limits with \"pids\"" },
	{ "io.weight", "I/O weight: no I/O scheduler of this kernel weighs cgroups",
	  "use a kernel with CONFIG_BLK_CGROUP_IOCOST, or leave limits.io.weight out" },
	{ "io.max", "I/O limit: the kernel cannot throttle block devices",
	  "use a kernel with CONFIG_BLK_DEV_THROTTLING, or leave limits.io.max out" },
};

static bool is_file_system(const char *path, unsigned long magic)
{
	struct statfs file_system;

	return statfs(path, &file_system) == 0 && (unsigned long)file_system.f_type == magic;
}

enum cgroup_mode cgroup_find_mode(void)
{
	if (is_file_system(CGROUP_MOUNT_POINT, CGROUP2_SUPER_MAGIC))
		return CGROUP_MODE_UNIFIED;
	if (is_file_system(HYBRID_MOUNT_POINT, CGROUP2_SUPER_MAGIC))
		return CGROUP_MODE_HYBRID;
	if (is_file_system(CGROUP_MOUNT_POINT, TMPFS_MAGIC))
		return CGROUP_MODE_LEGACY;
	return CGROUP_MODE_NONE;
}

/* Read all of @file of directory @fd as a text. False, with errno, when that cannot be. */
static bool read_file(int fd, const char *file, char *text, size_t size)
{
	AUTO_CLOSE int file_fd = openat(fd, file, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got = 1;

	if (file_fd < 0)
		return false;
	while (got > 0 && length < size) {
		got = read(file_fd, text + length, size - length);
		length += got > 0 ? (size_t)got : 0;
	}
	if (got < 0)
		return false;
	if (length == size) {
		errno = EFBIG;
		return false;
	}
	text[length] = '\0';
	return true;
}

char *cgroup_read_text(int fd, const char *file)
{
	char *text = NULL;

	for (size_t size = SMALL_FILE_SIZE; size <= TEXT_SIZE_MAX; size *= 2) {
		free(text);
		text = malloc(size);
		if (text == NULL || read_file(fd, file, text, size))
			return text;
		if (errno != EFBIG)
			break;
	}
	free(text);
	return NULL;
}

int cgroup_find_own(char path[CGROUP_PATH_SIZE], struct error *err)
{
	char text[CGROUP_PATH_SIZE + SMALL_FILE_SIZE];
	const char *line = text;

	if (!read_file(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text)))
		return error_set_errno(err, "cannot read /proc/self/cgroup");
	while (line != NULL && strncmp(line, OWN_PREFIX, strlen(OWN_PREFIX)) != 0) {
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	if (line == NULL)
		return error_set(err, ERROR_HOST, "this process is in no cgroup of version 2");
	line += strlen(OWN_PREFIX);
	(void)snprintf(path, CGROUP_PATH_SIZE, "%.*s", (int)strcspn(line, "\n"), line);
	return 0;
}

static bool may_write(const char *path, const char *file)
{
	char full[sizeof(CGROUP_MOUNT_POINT) + CGROUP_PATH_SIZE + SMALL_FILE_SIZE];

	(void)snprintf(full, sizeof(full), CGROUP_MOUNT_POINT "%s/%s", path, file);
	return faccessat(AT_FDCWD, full, W_OK, AT_EACCESS) == 0;
}

static bool is_delegated(const char *path)
{
	return may_write(path, "cgroup.procs") && may_write(path, "cgroup.subtree_control") &&
	       may_write(path, "");
}

int cgroup_find_delegated(char path[CGROUP_PATH_SIZE], struct error *err)
{
	char *end = path;

	while (*end != '\0') {
		const char kept = *end;

		*end = '\0';
		if (is_delegated(path))
			break;
		*end = kept;
		end += 1 + strcspn(end + 1, "/");
	}
	if (*end == '\0' && !is_delegated(path)) {
		(void)error_set(err, ERROR_HOST,
		                "resource limits: no cgroup here is delegated to this user");
		return error_hint(err, "systemd-run --user --scope -p Delegate=yes hardrun ...; or "
		                       "relax no-limits for memory, swap, cpus and pids");
	}
	if (path[0] == '\0')
		(void)snprintf(path, CGROUP_PATH_SIZE, "/");
	return 0;
}

int cgroup_open(const char *path, struct error *err)
{
	char full[sizeof(CGROUP_MOUNT_POINT) + CGROUP_PATH_SIZE];
	struct statfs file_system;
	AUTO_CLOSE int fd = -1;

	(void)snprintf(full, sizeof(full), CGROUP_MOUNT_POINT "%s", path);
	fd = open(full, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstatfs(fd, &file_system) < 0)
		return error_set_errno(err, "cannot open the cgroup %s", path);
	if ((unsigned long)file_system.f_type != CGROUP2_SUPER_MAGIC)
		return error_set(err, ERROR_HOST, "%s is not a cgroup of version 2", full);
	return take_fd(&fd);
}

static cgroup_controllers controller_called(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_LEN(controllers); i++) {
		if (strlen(controllers[i].name) == length &&
		    memcmp(controllers[i].name, name, length) == 0)
			return controllers[i].controller;
	}
	return 0;
}

static int read_controllers(int fd, const char *file, cgroup_controllers *out, struct error *err)
{
	char text[SMALL_FILE_SIZE];
	const char *word = text;

	if (!read_file(fd, file, text, sizeof(text)))
		return error_set_errno(err, "cannot read %s of a cgroup", file);
	*out = 0;
	while (*word != '\0') {
		const size_t length = strcspn(word, " \n");

		*out |= controller_called(word, length);
		word += length;
		word += strspn(word, " \n");
	}
	return 0;
}

int cgroup_read_controllers(int fd, cgroup_controllers *out_available,
                            cgroup_controllers *out_enabled, struct error *err)
{
	if (read_controllers(fd, "cgroup.controllers", out_available, err) < 0)
		return -1;
	return read_controllers(fd, "cgroup.subtree_control", out_enabled, err);
}

static int write_file(int fd, const char *file, const char *value)
{
	AUTO_CLOSE int file_fd = openat(fd, file, O_WRONLY | O_CLOEXEC);

	return file_fd < 0 || write(file_fd, value, strlen(value)) < 0 ? -1 : 0;
}

static int refuse_enabling(const char *name, struct error *err)
{
	switch (errno) {
	case ENOENT:
		(void)error_set(err, ERROR_HOST, "resource limits: this host has no %s controller",
		                name);
		return error_hint(err,
		                  "boot without cgroup_disable=%s and without version 1 of "
		                  "cgroups, or relax no-limits",
		                  name);
	case EBUSY:
		(void)error_set(err, ERROR_HOST,
		                "resource limits: the cgroup that is delegated to this user has "
		                "processes of its own");
		return error_hint(err, "systemd-run --user --scope -p Delegate=yes hardrun ...");
	default:
		(void)error_set_errno(err, "cannot enable the %s controller for containers", name);
		return error_hint(err, "as root: systemctl edit user@.service, and add "
		                       "[Service] Delegate=cpu io memory pids");
	}
}

int cgroup_enable(int fd, cgroup_controllers wanted, struct error *err)
{
	cgroup_controllers enabled = 0;

	if (read_controllers(fd, "cgroup.subtree_control", &enabled, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(controllers); i++) {
		char request[16];

		if ((wanted & ~enabled & controllers[i].controller) == 0)
			continue;
		(void)snprintf(request, sizeof(request), "+%s", controllers[i].name);
		if (write_file(fd, "cgroup.subtree_control", request) < 0)
			return refuse_enabling(controllers[i].name, err);
	}
	return 0;
}

cgroup_controllers cgroup_controller_of(const char *file)
{
	return controller_called(file, strcspn(file, "."));
}

const char *cgroup_controller_name(cgroup_controllers set)
{
	for (size_t i = 0; i < ARRAY_LEN(controllers); i++) {
		if ((set & controllers[i].controller) != 0)
			return controllers[i].name;
	}
	return "";
}

int cgroup_make(int parent_fd, const char *name, struct error *err)
{
	int fd;

	if (mkdirat(parent_fd, name, 0755) < 0) {
		if (errno == EEXIST)
			return error_set(err, ERROR_STATE, "the cgroup %s is there already", name);
		return error_set_errno(err, "cannot make the cgroup %s", name);
	}
	fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		(void)error_set_errno(err, "cannot open the cgroup %s", name);
		(void)unlinkat(parent_fd, name, AT_REMOVEDIR);
	}
	return fd;
}

int cgroup_refuse_missing(const char *file, struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(missing_files); i++) {
		if (strcmp(missing_files[i].file, file) != 0)
			continue;
		(void)error_set(err, ERROR_HOST, "%s", missing_files[i].lack);
		return error_hint(err, "%s", missing_files[i].hint);
	}
	return error_set(err, ERROR_HOST, "this kernel has no %s", file);
}

int cgroup_write(int fd, const char *file, const char *value, struct error *err)
{
	if (write_file(fd, file, value) == 0)
		return 0;
	if (errno == ENOENT)
		return cgroup_refuse_missing(file, err);
	return error_set_errno(err, "cannot set %s to \"%s\"", file, value);
}

bool cgroup_is_late(const char *file, const char *value)
{
	char *end;
	const unsigned long long bytes = strtoull(value, &end, 10);

	return strcmp(file, "memory.max") == 0 && end != value && bytes < SET_UP_SIZE_MAX;
}

int cgroup_kill(int fd, struct error *err)
{
	if (write_file(fd, "cgroup.kill", "1") == 0 || errno == ENOENT || errno == ENODEV)
		return 0;
	return error_set_errno(err, "cannot kill the processes of the container");
}

/* A figure of cgroup.events, and until when it must have its value. */
struct awaited {
	const char *key;
	uint64_t value;
	int64_t end_ms;
	const char *complaint;
};

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t cgroup_find_figure(const char *text, const char *key)
{
	const size_t length = strlen(key);

	while (text != NULL) {
		if (strncmp(text, key, length) == 0 && text[length] == ' ')
			return strtoull(text + length + 1, NULL, 10);
		text = strchr(text, '\n');
		if (text != NULL)
			text++;
	}
	return CGROUP_UNKNOWN;
}

/* cgroup.events is read anew through the descriptor that is polled, else a change is missed. */
static int wait_for_change(int events_fd, const struct awaited *awaited, bool *out_is_there,
                           struct error *err)
{
	struct pollfd change = { .fd = events_fd, .events = POLLPRI };
	char text[SMALL_FILE_SIZE];
	const ssize_t length = pread(events_fd, text, sizeof(text) - 1, 0);
	const int64_t left_ms = awaited->end_ms - now_ms();

	if (length < 0)
		return error_set_errno(err, "cannot see what the container's cgroup does");
	text[length] = '\0';
	*out_is_there = cgroup_find_figure(text, awaited->key) == awaited->value;
	if (*out_is_there)
		return 0;
	if (left_ms <= 0)
		return error_set(err, ERROR_STATE, "%s", awaited->complaint);
	if (poll(&change, 1, (int)left_ms) < 0 && errno != EINTR)
		return error_set_errno(err, "cannot wait for the container's cgroup");
	return 0;
}

static int wait_for_event(int fd, const struct awaited *awaited, struct error *err)
{
	AUTO_CLOSE int events_fd = openat(fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	bool is_there = false;

	if (events_fd < 0)
		return error_set_errno(err, "cannot see what the container's cgroup does");
	while (!is_there) {
		if (wait_for_change(events_fd, awaited, &is_there, err) < 0)
			return -1;
	}
	return 0;
}

int cgroup_wait_empty(int fd, int timeout_ms, struct error *err)
{
	const struct awaited awaited = {
		.key = "populated",
		.value = 0,
		.end_ms = now_ms() + timeout_ms,
		.complaint = "the container's processes do not end",
	};

	return wait_for_event(fd, &awaited, err);
}

int cgroup_freeze(int fd, bool is_frozen, int timeout_ms, struct error *err)
{
	const struct awaited awaited = {
		.key = "frozen",
		.value = is_frozen ? 1 : 0,
		.end_ms = now_ms() + timeout_ms,
		.complaint = is_frozen ? "the container's processes do not stop"
		                       : "the container's processes stay stopped",
	};

	if (write_file(fd, "cgroup.freeze", is_frozen ? "1" : "0") < 0)
		return error_set_errno(err, "cannot %s the container's processes",
		                       is_frozen ? "stop" : "continue");
	if (wait_for_event(fd, &awaited, err) == 0)
		return 0;
	if (is_frozen)
		(void)write_file(fd, "cgroup.freeze", "0");
	return -1;
}

bool cgroup_is_frozen(int fd)
{
	return cgroup_read_figure(fd, "cgroup.freeze") == 1;
}

static void close_directory(DIR **owner)
{
	if (*owner != NULL)
		(void)closedir(*owner);
}

static int open_folder(int parent_fd, const char *name)
{
	return openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/*
 * Remove the children that have none of their own. *@out_child_fd is one that has, or has
 * processes; -1: all are gone. Returns how many there were.
 */
static int remove_children(int fd, int *out_child_fd)
{
	const int listed_fd = open_folder(fd, ".");
	CLEANUP(close_directory) DIR *directory = listed_fd < 0 ? NULL : fdopendir(listed_fd);
	const struct dirent *entry;
	int count = 0;

	if (directory == NULL)
		return -1;
	while ((entry = readdir(directory)) != NULL) {
		if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		count++;
		if (unlinkat(fd, entry->d_name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			continue;
		if (errno != EBUSY)
			return -1;
		*out_child_fd = open_folder(fd, entry->d_name);
		return *out_child_fd < 0 ? -1 : count;
	}
	return count;
}

static void go_to(int *fd, int next_fd)
{
	(void)close(*fd);
	*fd = next_fd;
}

/*
 * By the leaves, with one descriptor and no recursion: a container that has its own cgroup may have
 * made any number below it.
 */
static int remove_below(int top_fd)
{
	AUTO_CLOSE int fd = open_folder(top_fd, ".");
	bool is_new = true; /* has just been entered */
	size_t depth = 0;

	while (fd >= 0) {
		int child_fd = -1;
		const int count = remove_children(fd, &child_fd);

		if (count < 0)
			return -1;
		if (child_fd >= 0) {
			go_to(&fd, child_fd);
			is_new = true;
			depth++;
			continue;
		}
		if (depth == 0)
			return 0;
		if (is_new && count == 0) {
			errno = EBUSY; /* by processes */
			return -1;
		}
		go_to(&fd, open_folder(fd, ".."));
		is_new = false;
		depth--;
	}
	return -1;
}

/* A cgroup with children says EBUSY, and so does one with processes. */
static int remove_tree(int parent_fd, const char *name)
{
	AUTO_CLOSE int fd = -1;

	if (unlinkat(parent_fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY)
		return -1;
	fd = open_folder(parent_fd, name);
	if (fd < 0 || remove_below(fd) < 0)
		return -1;
	return unlinkat(parent_fd, name, AT_REMOVEDIR);
}

int cgroup_remove(int parent_fd, const char *name, struct error *err)
{
	if (remove_tree(parent_fd, name) < 0)
		return error_set_errno(err, "cannot remove the cgroup %s", name);
	return 0;
}

uint64_t cgroup_read_figure(int fd, const char *file)
{
	char text[32];
	char *end;
	uint64_t value;

	if (!read_file(fd, file, text, sizeof(text)))
		return CGROUP_UNKNOWN;
	value = strtoull(text, &end, 10);
	return end == text ? CGROUP_UNKNOWN : value;
}

/* The sum of "@key=" over all lines, of which each is one device's. */
static uint64_t add_up(const char *text, const char *key)
{
	uint64_t sum = 0;

	for (const char *at = strstr(text, key); at != NULL; at = strstr(at + 1, key))
		sum += strtoull(at + strlen(key), NULL, 10);
	return sum;
}

static void read_io(int fd, struct cgroup_usage *out)
{
	char text[IO_STAT_SIZE];
	const bool is_known = read_file(fd, "io.stat", text, sizeof(text));

	out->io_read = is_known ? add_up(text, " rbytes=") : CGROUP_UNKNOWN;
	out->io_written = is_known ? add_up(text, " wbytes=") : CGROUP_UNKNOWN;
}

void cgroup_read_usage(int fd, struct cgroup_usage *out)
{
	char text[SMALL_FILE_SIZE];

	out->memory_peak = cgroup_read_figure(fd, "memory.peak");
	out->pids_peak = cgroup_read_figure(fd, "pids.peak");
	if (!read_file(fd, "memory.events", text, sizeof(text)))
		text[0] = '\0';
	out->oom_kills = cgroup_find_figure(text, "oom_kill");
	out->oom_group_kills = cgroup_find_figure(text, "oom_group_kill");
	if (!read_file(fd, "pids.events", text, sizeof(text)))
		text[0] = '\0';
	out->pids_refused = cgroup_find_figure(text, "max");
	if (!read_file(fd, "cpu.stat", text, sizeof(text)))
		text[0] = '\0';
	out->cpu_usec = cgroup_find_figure(text, "usage_usec");
	out->cpu_user_usec = cgroup_find_figure(text, "user_usec");
	out->cpu_system_usec = cgroup_find_figure(text, "system_usec");
	out->cpu_throttled_usec = cgroup_find_figure(text, "throttled_usec");
	out->cpu_throttled = cgroup_find_figure(text, "nr_throttled");
	read_io(fd, out);
}

int cgroup_find_device(const char *path, char out[CGROUP_DEVICE_SIZE], struct error *err)
{
	char file[64];
	char number[CGROUP_DEVICE_SIZE];
	struct stat status;
	dev_t device;
	size_t length;

	if (stat(path, &status) < 0)
		return error_set_errno(err, "cannot examine %s", path);
	device = S_ISBLK(status.st_mode) ? status.st_rdev : status.st_dev;
	length = (size_t)snprintf(file, sizeof(file), "/sys/dev/block/%u:%u", major(device),
	                          minor(device));
	(void)snprintf(file + length, sizeof(file) - length, "/partition");
	/* The disk of a partition is the directory above. */
	(void)snprintf(file + length, sizeof(file) - length, "%s",
	               access(file, F_OK) == 0 ? "/../dev" : "/dev");
	if (!read_file(AT_FDCWD, file, number, sizeof(number))) {
		(void)error_set(err, ERROR_HOST, "I/O limit: no block device is under %s", path);
		return error_hint(err, "name a device node, such as /dev/sda");
	}
	number[strcspn(number, "\n")] = '\0';
	memcpy(out, number, sizeof(number));
	return 0;
}
