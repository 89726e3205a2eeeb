/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/plan_sources.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "kernel/resolve.h"
#include "spec/known_paths.h"

/* Not in every <linux/magic.h>. Source: kernel fs/configfs/mount.c, fs/fuse/control.c. */
#define CONFIGFS_FILE_SYSTEM 0x62656570
#define FUSE_CONTROL         0x65735543

/* File systems that are interfaces of the kernel, wherever they are mounted. */
static const unsigned long kernel_file_systems[] = {
	BINFMTFS_MAGIC,       BPF_FS_MAGIC,  CGROUP2_SUPER_MAGIC, CGROUP_SUPER_MAGIC,
	CONFIGFS_FILE_SYSTEM, DEBUGFS_MAGIC, DEVPTS_SUPER_MAGIC,  EFIVARFS_MAGIC,
	FUSE_CONTROL,         NSFS_MAGIC,    PROC_SUPER_MAGIC,    PSTOREFS_MAGIC,
	SECURITYFS_MAGIC,     SELINUX_MAGIC, SYSFS_MAGIC,         TRACEFS_MAGIC,
};

/* Sockets by which a container engine, or the host's service manager, is commanded. */
static const char *const engine_sockets[] = {
	"buildkitd.sock", "containerd.sock", "containerd.sock.ttrpc", "cri-dockerd.sock",
	"crio.sock",      "docker.sock",     "dockershim.sock",       "kubelet.sock",
	"podman.sock",    "private",         "system_bus_socket",
};

/* Where a sensitive path of the host really is; device and inode 0 when it is not there. */
struct planner_place {
	dev_t device;
	ino_t inode;
};

static int refuse_sensitive(const struct plan_source *source, const char *why, struct error *err)
{
	(void)error_set(err, ERROR_SPEC, "%s is sensitive: %s", source->path, why);
	(void)error_at(err, "%s", source->origin);
	return error_hint(err, "mount only what the program needs, or name the path in "
	                       "relax.sensitive-mount");
}

static int refuse_link(const char *path, struct error *err)
{
	char resolved[PATH_MAX];

	if (realpath(path, resolved) == NULL)
		return -1;
	return error_hint(err, "write %s instead", resolved);
}

/* Returns an O_PATH descriptor. */
static int open_source(const struct plan_source *source, struct error *err)
{
	const int fd = resolve_host(source->path, O_PATH, err);

	if (fd >= 0)
		return fd;
	(void)error_at(err, "%s", source->origin);
	if (err->kind == ERROR_SPEC)
		return refuse_link(source->path, err);
	if (err->code != ENOENT && err->code != ENOTDIR)
		return -1;
	*err = (struct error){ .kind = ERROR_NONE };
	(void)error_set(err, ERROR_HOST, "this host has no %s", source->path);
	return error_at(err, "%s", source->origin);
}

static int check_readable(struct planner *planner, const struct plan_source *source,
                          struct error *err)
{
	if (planner->plan->is_privileged ||
	    faccessat(AT_FDCWD, source->path, R_OK, AT_EACCESS) == 0)
		return 0;
	(void)error_set_errno(err, "you may not read %s", source->path);
	return error_at(err, "%s", source->origin);
}

static int check_type(const struct plan_source *source, const struct stat *status,
                      struct error *err)
{
	if (!S_ISCHR(status->st_mode) && !S_ISBLK(status->st_mode))
		return 0;
	(void)error_set(err, ERROR_SPEC, "%s is a device", source->path);
	(void)error_at(err, "%s", source->origin);
	return error_hint(err, "name it in relax.devices");
}

static int check_socket(const struct plan_source *source, const struct stat *status,
                        struct error *err)
{
	if (!S_ISSOCK(status->st_mode))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(engine_sockets); i++) {
		if (strcmp(path_last(source->path), engine_sockets[i]) == 0)
			return refuse_sensitive(source, "it is a socket that commands the host",
			                        err);
	}
	return 0;
}

static int check_file_system(const struct plan_source *source, int fd, struct error *err)
{
	struct statfs status;

	if (fstatfs(fd, &status) < 0) {
		(void)error_set_errno(err, "cannot tell the file system of %s", source->path);
		return error_at(err, "%s", source->origin);
	}
	for (size_t i = 0; i < ARRAY_LEN(kernel_file_systems); i++) {
		if ((unsigned long)status.f_type == kernel_file_systems[i])
			return refuse_sensitive(source, "it is an interface of the host's kernel",
			                        err);
	}
	return 0;
}

/* Where the sensitive paths are on this host; asked once for all sources of a plan. */
static const struct planner_place *find_places(struct planner *planner, struct error *err)
{
	struct planner_place *places;

	if (planner->places != NULL)
		return planner->places;
	places = planner_array(planner, known_sensitive_path_count, sizeof(*places), err);
	if (places == NULL)
		return NULL;
	for (size_t i = 0; i < known_sensitive_path_count; i++) {
		struct stat status;

		if (stat(known_sensitive_paths[i].path, &status) < 0)
			continue;
		places[i].device = status.st_dev;
		places[i].inode = status.st_ino;
	}
	planner->places = places;
	return places;
}

/* Is what @status tells of, @levels above the source, a place that makes the source sensitive? */
static const struct sensitive_path *place_of(const struct planner_place *places,
                                             const struct stat *status, int levels)
{
	for (size_t i = 0; i < known_sensitive_path_count; i++) {
		const struct sensitive_path *known = &known_sensitive_paths[i];

		if (places[i].inode != 0 && places[i].inode == status->st_ino &&
		    places[i].device == status->st_dev &&
		    (known->depth == SENSITIVE_ALL || levels <= known->depth))
			return known;
	}
	return NULL;
}

/* The source and all that it is below, by device and inode: a bind mount has another name. */
static int check_places(struct planner *planner, const struct plan_source *source,
                        struct error *err)
{
	const struct planner_place *places = find_places(planner, err);
	char path[PATH_MAX];
	size_t length = strlen(source->path);

	if (places == NULL || length >= sizeof(path))
		return error_set(err, ERROR_SPEC, "path too long");
	memcpy(path, source->path, length + 1);
	for (int levels = 0; length > 0; levels++) {
		const struct sensitive_path *known;
		struct stat status;

		path[length] = '\0';
		if (fstatat(AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW) < 0)
			return error_set_errno(err, "cannot look at %s", path);
		known = place_of(places, &status, levels);
		if (known != NULL)
			return refuse_sensitive(source, known->why, err);
		while (length > 0 && path[--length] != '/')
			continue;
	}
	return 0;
}

static int check_sensitive(struct planner *planner, const struct plan_source *source, int fd,
                           const struct stat *status, struct error *err)
{
	if (source->may_be_sensitive)
		return 0;
	if (check_socket(source, status, err) < 0 || check_file_system(source, fd, err) < 0)
		return -1;
	return check_places(planner, source, err);
}

int plan_source_check(struct planner *planner, const struct plan_source *source,
                      struct plan_source_facts *out, struct error *err)
{
	AUTO_CLOSE int fd = open_source(source, err);
	struct stat status;

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) < 0)
		return error_set_errno(err, "cannot look at %s", source->path);
	if (check_type(source, &status, err) < 0 ||
	    check_sensitive(planner, source, fd, &status, err) < 0 ||
	    check_readable(planner, source, err) < 0)
		return -1;
	*out = (struct plan_source_facts){ .device = status.st_dev,
		                           .inode = status.st_ino,
		                           .size = (uint64_t)status.st_size,
		                           .is_directory = S_ISDIR(status.st_mode),
		                           .is_regular = S_ISREG(status.st_mode) };
	return 0;
}
