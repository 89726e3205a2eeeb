/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kernel/host.h"
#include "kernel/process.h"

#define OWN_NAMESPACES "/proc/self/ns"

#define MAP_COUNT_MAX 340 /* user_namespaces(7); Linux 4.15 */
#define NAME_SIZE     32  /* bytes of a namespace's name */
#define NUMBER_SIZE   11  /* bytes of a 32-bit decimal number and its separator */

static int write_map(pid_t pid, const char *file, const struct id_map *maps, size_t count,
                     struct error *err)
{
	AUTO_CLOSE int fd = -1;
	char path[64];
	char text[4096]; /* one page: the kernel takes no more */
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		const int length = snprintf(text + used, sizeof(text) - used, "%u %u %u\n",
		                            maps[i].inner, maps[i].outer, maps[i].count);

		if (length < 0 || (size_t)length >= sizeof(text) - used)
			return error_set(err, ERROR_SPEC, "too many id mappings");
		used += (size_t)length;
	}
	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || file_put(fd, text, used) < 0)
		return error_set_errno(err, "cannot write %s", file);
	return 0;
}

int namespace_deny_setgroups(pid_t pid, struct error *err)
{
	static const char deny[] = "deny";
	AUTO_CLOSE int fd = -1;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/setgroups", pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || file_put(fd, deny, strlen(deny)) < 0)
		return error_set_errno(err, "cannot write setgroups");
	return 0;
}

int namespace_write_maps(pid_t pid, const struct id_maps *maps, struct error *err)
{
	if (write_map(pid, "uid_map", maps->uid, maps->uid_count, err) < 0)
		return -1;
	return write_map(pid, "gid_map", maps->gid, maps->gid_count, err);
}

/* What execve(2) takes, for a program that wants three numbers for each mapping. */
struct helper_arguments {
	char text[MAP_COUNT_MAX * 3 + 1][NUMBER_SIZE];
	char *argv[MAP_COUNT_MAX * 3 + 3];
};

static size_t add_number(struct helper_arguments *arguments, size_t used, uint32_t number)
{
	(void)snprintf(arguments->text[used], NUMBER_SIZE, "%u", number);
	arguments->argv[used + 1] = arguments->text[used];
	return used + 1;
}

static int run_helper(const char *path, struct helper_arguments *arguments, struct error *err)
{
	static char *const no_environment[] = { NULL };
	const pid_t child = vfork();
	int status;

	if (child < 0)
		return error_set_errno(err, "cannot start %s", path);
	if (child == 0) {
		(void)execve(path, arguments->argv, no_environment);
		_exit(127);
	}
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return error_set_errno(err, "cannot wait for %s", path);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return error_set(err, ERROR_HOST, "%s is missing", path);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return error_set(err, ERROR_DENIED, "%s refused to map the ids", path);
	return 0;
}

static int map_by_helper(pid_t pid, const char *path, const struct id_map *maps, size_t count,
                         struct error *err)
{
	static char name[] = "newidmap";
	struct helper_arguments arguments = { .argv = { name } };
	size_t used;

	if (count > MAP_COUNT_MAX)
		return error_set(err, ERROR_SPEC, "too many id mappings");
	used = add_number(&arguments, 0, (uint32_t)pid);
	for (size_t i = 0; i < count; i++) {
		used = add_number(&arguments, used, maps[i].inner);
		used = add_number(&arguments, used, maps[i].outer);
		used = add_number(&arguments, used, maps[i].count);
	}
	return run_helper(path, &arguments, err);
}

int namespace_write_maps_by_helper(pid_t pid, const struct id_maps *maps, struct error *err)
{
	if (map_by_helper(pid, HOST_NEWUIDMAP, maps->uid, maps->uid_count, err) < 0)
		return -1;
	return map_by_helper(pid, HOST_NEWGIDMAP, maps->gid, maps->gid_count, err);
}

static int open_of(pid_t pid, const char *file, const char *kind, struct error *err)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set_errno(err, "cannot open the container's %s namespace", kind);
	return fd;
}

int namespace_open_user(pid_t pid, struct error *err)
{
	return open_of(pid, "user", "user", err);
}

int namespace_open_network(pid_t pid, struct error *err)
{
	return open_of(pid, "net", "network", err);
}

int namespace_open(const char *path, uint64_t kind, struct error *err)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int found;

	if (fd < 0)
		return error_set_errno(err, "cannot open the namespace %s", path);
	found = ioctl(fd, NS_GET_NSTYPE);
	if (found < 0)
		return error_set(err, ERROR_SPEC, "%s is no namespace", path);
	if ((uint64_t)(unsigned int)found != kind)
		return error_set(err, ERROR_SPEC, "%s is a namespace of another kind", path);
	return take_fd(&fd);
}

int namespace_join(int fd, uint64_t kinds, const char *path, struct error *err)
{
	if (kinds == 0)
		return 0;
	if (setns(fd, (int)kinds) < 0)
		return error_set_errno(err, "cannot join the namespaces of %s", path);
	return 0;
}

int namespace_unshare(uint64_t kinds, struct error *err)
{
	if (unshare((int)kinds) < 0)
		return error_set_errno(err, "cannot make a namespace");
	return 0;
}

static const struct {
	uint64_t kind;
	const char *name;
} kinds_of_process[] = {
	{ CLONE_NEWCGROUP, "cgroup" }, { CLONE_NEWIPC, "ipc" }, { CLONE_NEWNET, "net" },
	{ CLONE_NEWNS, "mnt" },        { CLONE_NEWPID, "pid" }, { CLONE_NEWTIME, "time" },
	{ CLONE_NEWUSER, "user" },     { CLONE_NEWUTS, "uts" },
};

/* The text "user:[4026531837]" of a namespace, which no other has. Source: namespaces(7). */
static bool read_name(int folder_fd, const char *file, char out[NAME_SIZE])
{
	const ssize_t length = readlinkat(folder_fd, file, out, NAME_SIZE - 1);

	out[length > 0 ? length : 0] = '\0';
	return length > 0;
}

static int open_folder(pid_t pid)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns", pid);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int namespace_differences(pid_t pid, uint64_t *out_kinds, struct error *err)
{
	AUTO_CLOSE int own_fd = open(OWN_NAMESPACES, O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSE int other_fd = open_folder(pid);
	uint64_t kinds = 0;
	char ours[NAME_SIZE];
	char theirs[NAME_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(kinds_of_process); i++) {
		if (!read_name(own_fd, kinds_of_process[i].name, ours) ||
		    !read_name(other_fd, kinds_of_process[i].name, theirs))
			return error_set_errno(err, "cannot examine the container's namespaces");
		if (strcmp(ours, theirs) != 0)
			kinds |= kinds_of_process[i].kind;
	}
	*out_kinds = kinds;
	return 0;
}

bool namespace_has_other_users(pid_t pid)
{
	AUTO_CLOSE int own_fd = open(OWN_NAMESPACES, O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSE int other_fd = open_folder(pid);
	char ours[NAME_SIZE];
	char theirs[NAME_SIZE];

	return read_name(own_fd, "user", ours) && read_name(other_fd, "user", theirs) &&
	       strcmp(ours, theirs) != 0;
}

/* It does nothing but be there, and ends with its creator. */
static noreturn void stand_in(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	for (;;)
		(void)pause();
}

int namespace_make_user(const struct id_maps *maps, struct error *err)
{
	AUTO_CLOSE int pidfd = -1;
	const pid_t child = process_clone(CLONE_NEWUSER, -1, &pidfd, err);
	int fd = -1;

	if (child < 0)
		return -1;
	if (child == 0)
		stand_in();
	if (namespace_write_maps(child, maps, err) == 0)
		fd = namespace_open_user(child, err);
	process_signal(pidfd, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		continue;
	return fd;
}
