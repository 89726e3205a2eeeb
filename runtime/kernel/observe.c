/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/observe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "kernel/procfs.h"

#define CHUNK_SIZE ((size_t)16 * 1024)

/* Of those that are joined to look; never the mounts, nor the PID namespace. */
#define JOINED ((uint64_t)CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)

int observe_open(struct error *err)
{
	AUTO_CLOSE int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_set_errno(err, "cannot open /proc");
	if (procfs_verify(fd, err) < 0)
		return -1;
	return take_fd(&fd);
}

int observe_process(int proc_fd, const char *path)
{
	return openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Read to the end; NULL with errno. */
static char *read_all(int fd, size_t limit, size_t *out_size)
{
	AUTO_FREE char *text = NULL;
	size_t room = 0;
	size_t used = 0;
	ssize_t length;
	char *whole;

	do {
		if (room - used < CHUNK_SIZE) {
			char *larger = realloc(text, room + 2 * CHUNK_SIZE + 1);

			if (larger == NULL)
				return NULL;
			text = larger;
			room += 2 * CHUNK_SIZE;
		}
		length = read(fd, text + used, room - used);
		if (length < 0)
			return NULL;
		used += (size_t)length;
	} while (length > 0 && used <= limit);
	if (used > limit) {
		errno = EFBIG;
		return NULL;
	}
	text[used] = '\0';
	if (out_size != NULL)
		*out_size = used;
	whole = text;
	text = NULL;
	return whole;
}

char *observe_read(int process_fd, const char *name, size_t limit, size_t *out_size)
{
	AUTO_CLOSE int fd = openat(process_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? NULL : read_all(fd, limit, out_size);
}

bool observe_link(int process_fd, const char *name, char *out, size_t size)
{
	const ssize_t length = readlinkat(process_fd, name, out, size - 1);

	if (length < 0)
		return false;
	out[length] = '\0';
	return true;
}

uint64_t observe_namespace(int process_fd, const char *name)
{
	char path[32];
	struct stat status;

	(void)snprintf(path, sizeof(path), "ns/%s", name);
	return fstatat(process_fd, path, &status, 0) < 0 ? 0 : status.st_ino;
}

static bool ask(int folder_fd, const char *name, int flags, struct observed_file *out)
{
	struct statx status;

	if (statx(folder_fd, name, flags | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
	          STATX_TYPE | STATX_MODE | STATX_UID | STATX_INO | STATX_MNT_ID, &status) < 0)
		return false;
	*out = (struct observed_file){
		.device = makedev(status.stx_dev_major, status.stx_dev_minor),
		.number = makedev(status.stx_rdev_major, status.stx_rdev_minor),
		.inode = status.stx_ino,
		.mount = status.stx_mnt_id,
		.mode = status.stx_mode,
		.uid = status.stx_uid,
	};
	return true;
}

bool observe_file(int process_fd, const char *name, struct observed_file *out)
{
	return ask(process_fd, name, 0, out);
}

bool observe_descriptor(int fd, struct observed_file *out)
{
	return ask(fd, "", AT_EMPTY_PATH, out);
}

int observe_root(int process_fd)
{
	return openat(process_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void close_directory(DIR **owner)
{
	if (*owner != NULL)
		(void)closedir(*owner);
}

bool observe_each(int process_fd, const char *name, bool (*found)(const char *entry, void *context),
                  void *context)
{
	AUTO_CLOSE int fd =
		openat(process_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP(close_directory) DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (directory == NULL)
		return false;
	(void)take_fd(&fd);
	while ((entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] != '.' && !found(entry->d_name, context))
			break;
	}
	return true;
}

/* What the child says: the names, then each value in its order. */
struct report {
	struct error err;
	struct observed_names names;
};

struct value {
	char text[OBSERVE_VALUE_SIZE];
	bool is_known;
};

static void read_value(int sys_fd, const char *path, struct value *out)
{
	AUTO_CLOSE int fd = openat(sys_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	const ssize_t length = fd < 0 ? -1 : read(fd, out->text, sizeof(out->text) - 1);

	out->is_known = length >= 0;
	out->text[length > 0 ? length : 0] = '\0';
	out->text[strcspn(out->text, "\n")] = '\0';
}

static void read_names(struct observed_names *out)
{
	struct utsname names;

	if (uname(&names) < 0)
		return;
	(void)snprintf(out->host, sizeof(out->host), "%s", names.nodename);
	(void)snprintf(out->domain, sizeof(out->domain), "%s", names.domainname);
}

/* Nobody in the container may look at who comes from outside: CVE-2016-9962. */
static int join(pid_t pid, int pidfd, struct error *err)
{
	uint64_t kinds;
	char who[32];

	(void)snprintf(who, sizeof(who), "process %d", pid);
	if (process_hide(err) < 0 || namespace_differences(pid, &kinds, err) < 0)
		return -1;
	return (kinds & JOINED) == 0 ? 0 : namespace_join(pidfd, kinds & JOINED, who, err);
}

static noreturn void look(pid_t pid, int pidfd, const struct observed_sysctl *sysctls, size_t count,
                          int out_fd)
{
	struct report report = { .err = { .kind = ERROR_NONE } };
	const int sys_fd = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (join(pid, pidfd, &report.err) == 0)
		read_names(&report.names);
	if (file_put(out_fd, &report, sizeof(report)) < 0)
		_exit(EXIT_FAILURE);
	for (size_t i = 0; i < count && report.err.kind == ERROR_NONE; i++) {
		struct value value;

		read_value(sys_fd, sysctls[i].path, &value);
		if (file_put(out_fd, &value, sizeof(value)) < 0)
			_exit(EXIT_FAILURE);
	}
	_exit(EXIT_SUCCESS);
}

static bool receive(int fd, void *out, size_t size)
{
	size_t used = 0;

	while (used < size) {
		const ssize_t length = read(fd, (char *)out + used, size - used);

		if (length <= 0)
			return false;
		used += (size_t)length;
	}
	return true;
}

static int hear(int fd, struct observed_names *out, struct observed_sysctl *sysctls, size_t count,
                struct error *err)
{
	struct report report;

	if (!receive(fd, &report, sizeof(report)))
		return error_set(err, ERROR_SYSTEM, "who looked into the namespaces said nothing");
	if (report.err.kind != ERROR_NONE) {
		*err = report.err;
		return -1;
	}
	*out = report.names;
	for (size_t i = 0; i < count; i++) {
		struct value value;

		sysctls[i].is_known = receive(fd, &value, sizeof(value)) && value.is_known;
		if (sysctls[i].is_known)
			memcpy(sysctls[i].value, value.text, sizeof(value.text));
	}
	return 0;
}

int observe_inside(pid_t pid, int pidfd, struct observed_names *out,
                   struct observed_sysctl *sysctls, size_t count, struct error *err)
{
	int ends[2];
	int result = -1;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set_errno(err, "cannot make a pipe");
	child = fork();
	if (child == 0)
		look(pid, pidfd, sysctls, count, ends[1]);
	cleanup_close(&ends[1]);
	if (child < 0)
		(void)error_set_errno(err, "cannot make a process");
	else
		result = hear(ends[0], out, sysctls, count, err);
	cleanup_close(&ends[0]);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		continue;
	return result;
}
