/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/own_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/mount.h"

#define OWN_FILE "/proc/self/exe"
#define MAPS_MAX 340 /* of a namespace; source: user_namespaces(7) */
#define SEALS    (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static bool is_read_only(int fd)
{
	struct statvfs file_system;

	return fstatvfs(fd, &file_system) == 0 && (file_system.f_flag & ST_RDONLY) != 0;
}

static bool is_sealed(int fd)
{
	const int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & F_SEAL_WRITE) != 0;
}

/* Root may become anyone; others only who they are. Ids that are not mapped here own nothing. */
static bool could_be_written(int fd)
{
	struct stat found;

	return fstat(fd, &found) < 0 || geteuid() == 0 || found.st_uid == geteuid();
}

/* -1 with errno where mounts cannot be made. */
static int show_read_only(void)
{
	static const struct mount_change change = { .set = MOUNT_ATTR_RDONLY };
	struct error unused = { .kind = ERROR_NONE };
	AUTO_CLOSE int fd = -1;

	if (mount_open_tree(OWN_FILE, false, &fd, &unused) < 0 ||
	    mount_change(fd, &change, false, &unused) < 0)
		return -1;
	return take_fd(&fd);
}

static int copy_into_memory(int from_fd, struct error *err)
{
	AUTO_CLOSE int fd = memfd_create("hardrun", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	ssize_t length;

	if (fd < 0)
		return error_set_errno(err, "cannot copy hardrun into memory");
	while ((length = sendfile(fd, from_fd, NULL, INT32_MAX)) > 0)
		continue;
	if (length < 0 || fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return error_set_errno(err, "cannot copy hardrun into memory");
	return take_fd(&fd);
}

int own_file_guard(char *const *argv, struct error *err)
{
	AUTO_CLOSE int own_fd = open(OWN_FILE, O_RDONLY | O_CLOEXEC);
	AUTO_CLOSE int safe_fd = -1;

	if (own_fd < 0)
		return error_set_errno(err, "cannot open hardrun itself");
	if (is_read_only(own_fd) || is_sealed(own_fd) || !could_be_written(own_fd))
		return 0;
	safe_fd = show_read_only();
	if (safe_fd < 0)
		safe_fd = copy_into_memory(own_fd, err);
	if (safe_fd < 0)
		return -1;
	(void)execveat(safe_fd, "", argv, environ, AT_EMPTY_PATH);
	return error_set_errno(err, "cannot execute hardrun in a safe form");
}

/* An access list counts: its mask is shown as the group's bits. Source: acl(5). */
static bool find_only_writer(uid_t *out)
{
	struct stat found;

	if (stat(OWN_FILE, &found) < 0 || (found.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return false;
	*out = found.st_uid;
	return true;
}

bool own_file_is_apart(const struct id_map *uids, size_t uid_count)
{
	uid_t writer;

	if (!find_only_writer(&writer))
		return false;
	for (size_t i = 0; i < uid_count; i++) {
		if (writer >= uids[i].outer && writer - uids[i].outer < uids[i].count)
			return false;
	}
	return true;
}

/* The outer ids of a map are those of who reads it, unless that one is in the same namespace. */
bool own_file_is_apart_from(pid_t pid)
{
	struct id_map uids[MAPS_MAX];
	char path[40];
	size_t count = 0;
	FILE *file;
	bool is_whole;

	(void)snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	while (count < MAPS_MAX &&
	       fscanf(file, "%" SCNu32 " %" SCNu32 " %" SCNu32, &uids[count].inner,
	              &uids[count].outer, &uids[count].count) == 3)
		count++;
	is_whole = feof(file) != 0;
	(void)fclose(file);
	return is_whole && namespace_has_other_users(pid) && own_file_is_apart(uids, count);
}
