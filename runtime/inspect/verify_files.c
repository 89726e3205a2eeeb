/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows about files that are there or hidden; each is opened by path only, and never read. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "inspect/verify_parts.h"
#include "spec/known_paths.h"

#define ENTRIES_MAX 65536 /* of /dev */
#define DEPTH_MAX   4

#define SECRET_MODE 0400

/* A console is a pseudo-terminal. Source: kernel devices.txt. */
#define PTS_MAJOR 136

/* A file reads as empty when it is /dev/null, a directory when an empty file system is on it. */
static bool is_mask(const struct proc_mount *mount, const struct observed_file *file)
{
	if (S_ISCHR(file->mode))
		return file->number == makedev(1, 3);
	return S_ISDIR(file->mode) && strcmp(mount->type, "tmpfs") == 0 &&
	       (mount->attributes & MOUNT_ATTR_RDONLY) != 0;
}

static void judge_mask(const struct verify_target *target, const char *path, struct verify_row *row)
{
	const struct proc_mount *mount = verify_mount_at(target, path);
	AUTO_CLOSE int fd = verify_open_inside(target, path);
	struct observed_file file;
	char name[ROW_NAME_SIZE];

	(void)row_escape(path, name);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return;
	if (mount == NULL && fd >= 0)
		row_offend(row, "%s can be read", name);
	else if (fd < 0 || !observe_descriptor(fd, &file))
		row_miss(row, "you may not see %s of the container", name);
	else if (!is_mask(mount, &file))
		row_offend(row, "%s is covered by something else", name);
}

void verify_masked_paths(const struct verify_target *target, struct verify_row *row)
{
	const struct plan *plan = target->plan;

	row_want(row, plan == NULL ? "/proc/kcore and others" : "those planned");
	if (target->mounts == NULL)
		row_miss(row, "the mounts of process %d cannot be read", (int)target->seen_pid);
	for (size_t i = 0; plan == NULL && i < known_masked_path_count; i++) {
		if (strchr(known_masked_paths[i], '*') == NULL)
			judge_mask(target, known_masked_paths[i], row);
	}
	for (size_t i = 0; plan != NULL && i < plan->masked_path_count; i++)
		judge_mask(target, plan->masked_paths[i].path, row);
	row_find(row, "masked");
}

/* One directory of /dev, and those below it in the same file system. */
struct device_walk {
	const struct verify_target *target;
	struct verify_row *row;
	dev_t device;
	size_t entries;
};

static bool is_default_device(const char *path, dev_t number)
{
	static const struct {
		const char *path;
		unsigned int major;
		unsigned int minor;
	} known[] = {
		{ "/dev/full", 1, 7 },   { "/dev/null", 1, 3 }, { "/dev/ptmx", 5, 2 },
		{ "/dev/random", 1, 8 }, { "/dev/tty", 5, 0 },  { "/dev/urandom", 1, 9 },
		{ "/dev/zero", 1, 5 },
	};

	if (strcmp(path, "/dev/console") == 0)
		return major(number) == PTS_MAJOR;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (strcmp(known[i].path, path) == 0)
			return number == makedev(known[i].major, known[i].minor);
	}
	return false;
}

static bool is_planned_device(const struct plan *plan, const char *path, dev_t number)
{
	const struct plan_node *node = verify_node_at(plan, path);

	if (plan == NULL)
		return is_default_device(path, number);
	if (plan->has_terminal && strcmp(path, "/dev/console") == 0)
		return true;
	return node != NULL && (node->device_number == 0 || node->device_number == number);
}

static void judge_node(const struct device_walk *walk, const char *path, const struct stat *status)
{
	char name[ROW_NAME_SIZE];

	if ((S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode)) &&
	    !is_planned_device(walk->target->plan, path, status->st_rdev))
		row_offend(walk->row, "%s (%s %u:%u)", row_escape(path, name),
		           S_ISBLK(status->st_mode) ? "block" : "character", major(status->st_rdev),
		           minor(status->st_rdev));
}

static void close_directory(DIR **owner)
{
	if (*owner != NULL)
		(void)closedir(*owner);
}

static void walk_directory(struct device_walk *walk, int fd, const char *path, int depth);

static void walk_entry(struct device_walk *walk, int folder_fd, const char *folder,
                       const char *entry, int depth)
{
	struct stat status;
	char path[512];

	if (strcmp(entry, ".") == 0 || strcmp(entry, "..") == 0 ||
	    fstatat(folder_fd, entry, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	(void)snprintf(path, sizeof(path), "%s/%s", folder, entry);
	judge_node(walk, path, &status);
	if (S_ISDIR(status.st_mode) && status.st_dev == walk->device && depth < DEPTH_MAX)
		walk_directory(
			walk,
			openat(folder_fd, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
			path, depth + 1);
}

/* Takes @fd. */
static void walk_directory(struct device_walk *walk, int fd, const char *path, int depth)
{
	CLEANUP(close_directory) DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (directory == NULL) {
		row_miss(walk->row, "you may not look into /dev of the container");
		cleanup_close(&fd);
		return;
	}
	while ((entry = readdir(directory)) != NULL) {
		if (walk->entries++ == ENTRIES_MAX) {
			row_miss(walk->row, "/dev has more than %d entries", ENTRIES_MAX);
			return;
		}
		walk_entry(walk, dirfd(directory), path, entry->d_name, depth);
	}
}

/* All of a /dev that was asked to be another's was asked for. */
static bool is_given_whole(const struct plan *plan)
{
	const struct plan_node *node = verify_node_at(plan, "/dev");

	return node != NULL && (node->kind == PLAN_NODE_BIND ||
	                        (node->kind == PLAN_NODE_MOUNT && node->mount->is_bind));
}

void verify_devices(const struct verify_target *target, struct verify_row *row)
{
	struct device_walk walk = { .target = target, .row = row };
	const struct proc_mount *mount = verify_mount_of(target, "/dev");
	struct observed_file file;
	AUTO_CLOSE int path_fd = verify_open_inside(target, "/dev");
	int fd;

	if (is_given_whole(target->plan)) {
		row_want(row, "all of the host's are asked for");
		return;
	}
	row_want(row, "no other nodes in /dev than %s",
	         target->plan == NULL ? "the usual" : "planned");
	if (mount == NULL || path_fd < 0 || !observe_descriptor(path_fd, &file)) {
		row_miss(row, "you may not look into /dev of the container");
		return;
	}
	walk.device = file.device;
	fd = openat(path_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	walk_directory(&walk, fd, "/dev", 0);
	row_find(row, "none");
}

static void judge_secret(const struct verify_target *target, const struct plan_secret *secret,
                         struct verify_row *row)
{
	const struct proc_mount *mount = verify_mount_of(target, secret->target);
	AUTO_CLOSE int fd = verify_open_inside(target, secret->target);
	struct observed_file file;
	uint32_t owner;
	char name[ROW_NAME_SIZE];

	(void)row_escape(secret->target, name);
	if (fd < 0 && errno == ENOENT)
		row_offend(row, "%s is not there", name);
	else if (fd < 0 || !observe_descriptor(fd, &file))
		row_miss(row, "you may not see %s", name);
	else if (!S_ISREG(file.mode) || (file.mode & 07777) != SECRET_MODE)
		row_offend(row, "%s has mode %04o", name, file.mode & 07777);
	else if (!proc_map_in(target->uid_map, target->uid_map_count, file.uid, &owner) ||
	         owner != target->plan->inner_uid)
		row_offend(row, "%s belongs to user %u of the host", name, file.uid);
	else if (mount == NULL || strcmp(mount->type, "tmpfs") != 0)
		row_offend(row, "%s is not in memory", name);
}

void verify_secrets(const struct verify_target *target, struct verify_row *row)
{
	const struct plan *plan = target->plan;

	if (plan == NULL || plan->secret_count == 0) {
		row_drop(row);
		return;
	}
	row_want(row, "mode 0400, the user's, in memory");
	for (size_t i = 0; i < plan->secret_count; i++)
		judge_secret(target, &plan->secrets[i], row);
	row_find(row, "%zu of them", plan->secret_count);
}
