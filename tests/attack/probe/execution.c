/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs of one's own making, and more rights by executing or by marking a file. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SCRIPT     "#!/bin/sh\n"
#define MARKED     "/tmp/marked"
#define ANOTHER_ID 1
#define PAGE       4096

static const struct vfs_cap_data everything = {
	.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
	.data = { { UINT32_MAX, 0 }, { UINT32_MAX, 0 } },
};

/* A program that ends well. */
static int execute(const char *path)
{
	char *const arguments[] = { NULL };
	pid_t pid;
	int status;

	errno = posix_spawn(&pid, path, NULL, NULL, arguments, arguments);
	if (errno != 0)
		return -1;
	return waitpid(pid, &status, 0) == pid && status == 0 ? THROUGH : EMPTY;
}

static int execute_new(const struct attempt *attempt)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/program", (const char *)attempt->arguments[0]);
	fd = make_file(path, SCRIPT);
	if (fd < 0)
		return -1;
	(void)close(fd);
	return execute(path);
}

/* A copy of a program in memory, by its descriptor. */
static int execute_memory(const struct attempt *attempt)
{
	const int source = open("/usr/bin/true", O_RDONLY | O_CLOEXEC);
	const int fd = memfd_create("program", 0);
	char path[32];
	char *const arguments[] = { NULL };
	struct stat status;
	pid_t pid;
	int ended;

	(void)attempt;
	if (source < 0 || fd < 0 || fstat(source, &status) < 0 ||
	    sendfile(fd, source, NULL, (size_t)status.st_size) != status.st_size)
		return -1;
	(void)close(source);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	errno = posix_spawn(&pid, path, NULL, NULL, arguments, arguments);
	if (errno != 0)
		return -1;
	return waitpid(pid, &ended, 0) == pid && ended == 0 ? THROUGH : EMPTY;
}

/* What a dynamic linker does that is given a program as an argument. */
static int map_new(const struct attempt *attempt)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/mapped", (const char *)attempt->arguments[0]);
	fd = make_file(path, SCRIPT);
	if (fd < 0)
		return -1;
	return mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1
	                                                                                 : THROUGH;
}

/* The same in two steps. */
static int turn_executable(const struct attempt *attempt)
{
	const int fd = make_file("/tmp/turned", SCRIPT);
	void *page = fd < 0 ? MAP_FAILED : mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

	(void)attempt;
	return page == MAP_FAILED ? -1 : mprotect(page, PAGE, PROT_READ | PROT_EXEC);
}

static int map_device(const struct attempt *attempt)
{
	const int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);

	(void)attempt;
	if (fd < 0)
		return -1;
	return mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1
	                                                                                 : THROUGH;
}

/* A file for one attempt, which may not be able to remove it when it has another owner. */
static int make_marked(void)
{
	const int fd = make_file(MARKED, SCRIPT);

	return fd < 0 || unlink(MARKED) < 0 ? -1 : fd;
}

static int set_attribute(const struct attempt *attempt)
{
	const int fd = make_marked();

	return fd < 0 ? -1
	              : fsetxattr(fd, attempt->arguments[0], &everything, sizeof(everything), 0);
}

static int give_to(const struct attempt *attempt)
{
	const int fd = make_marked();

	return fd < 0 ? -1 : fchown(fd, (uid_t)attempt->number, (gid_t)-1);
}

static int give_to_group(const struct attempt *attempt)
{
	const int fd = make_marked();

	return fd < 0 ? -1 : fchown(fd, (uid_t)-1, (gid_t)attempt->number);
}

/* Its owner may set the bit: nosuid is what counts. */
static int execute_setuid(const struct attempt *attempt)
{
	const int fd = make_file(MARKED, SCRIPT);

	(void)attempt;
	if (fd < 0 || fchmod(fd, 04755) < 0)
		return -1;
	(void)close(fd);
	return execute(MARKED);
}

static const struct attempt attempts[] = {
	{ "execute:/tmp", execute_new, 0, { "/tmp" } },
	{ "execute:/run", execute_new, 0, { "/run" } },
	{ "execute:/dev/shm", execute_new, 0, { "/dev/shm" } },
	{ "execute:memory", execute_memory },
	{ "execute:setuid", execute_setuid },
	{ "map:/tmp", map_new, 0, { "/tmp" } },
	{ "map:/run", map_new, 0, { "/run" } },
	{ "map:/dev/shm", map_new, 0, { "/dev/shm" } },
	{ "map:turned", turn_executable },
	{ "map:/dev/zero", map_device },
	{ "mark:capabilities", set_attribute, 0, { "security.capability" } },
	{ "mark:trusted", set_attribute, 0, { "trusted.probe" } },
	{ "mark:label", set_attribute, 0, { "security.probe" } },
	{ "mark:integrity", set_attribute, 0, { "security.ima" } },
	{ "mark:owner-root", give_to, 0 },
	{ "mark:owner-another", give_to, ANOTHER_ID },
	{ "mark:group-root", give_to_group, 0 },
	{ "mark:group-another", give_to_group, ANOTHER_ID },
};

void probe_execution(void)
{
	probe_each(attempts, COUNT(attempts));
}
