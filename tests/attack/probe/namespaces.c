/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* New namespaces by each call that makes one, others' by setns(2), and what they would give. */
#include "probe.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#define HIGH_BIT (1L << 40)

static const struct clone_args with_user = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
static const struct clone_args into_cgroup = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };

static int join(const struct attempt *attempt)
{
	const int fd = open(attempt->arguments[0], O_RDONLY | O_CLOEXEC);

	return fd < 0 || setns(fd, (int)attempt->number) < 0 ? -1 : THROUGH;
}

static int join_init(const struct attempt *attempt)
{
	const int fd = (int)syscall(SYS_pidfd_open, target.init, 0);

	(void)attempt;
	return fd < 0 || setns(fd, CLONE_NEWUSER | CLONE_NEWNS) < 0 ? -1 : THROUGH;
}

/* In a new user namespace with more of @number's. */
static bool enter(const struct attempt *attempt)
{
	return unshare(CLONE_NEWUSER | (int)attempt->number) == 0;
}

static int mount_within(const struct attempt *attempt)
{
	return enter(attempt) && mount("none", "/tmp", "tmpfs", 0, NULL) == 0 ? THROUGH : -1;
}

static int chroot_within(const struct attempt *attempt)
{
	return enter(attempt) && chroot("/tmp") == 0 ? THROUGH : -1;
}

static int packet_within(const struct attempt *attempt)
{
	return enter(attempt) && socket(AF_PACKET, SOCK_RAW, 0) >= 0 ? THROUGH : -1;
}

static int name_within(const struct attempt *attempt)
{
	return enter(attempt) && sethostname("x", 1) == 0 ? THROUGH : -1;
}

/* Root's id is not ours to hand on. */
static int map_within(const struct attempt *attempt)
{
	static const char line[] = "0 0 1";
	int fd;

	if (!enter(attempt))
		return -1;
	fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, line, strlen(line)) < 0 ? -1 : THROUGH;
}

#define UNSHARE(name, flags)                             \
	{                                                \
		"unshare:" name, by_native, SYS_unshare, \
		{                                        \
			NUMBER(flags)                    \
		}                                        \
	}
#define CLONE(name, flags)                          \
	{                                           \
		"clone:" name, by_clone, SYS_clone, \
		{                                   \
			NUMBER((flags) | SIGCHLD)   \
		}                                   \
	}
#define JOIN(name)                            \
	{                                     \
		"join:" name, join, 0,        \
		{                             \
			"/proc/self/ns/" name \
		}                             \
	}

static const struct attempt attempts[] = {
	UNSHARE("user", CLONE_NEWUSER),
	UNSHARE("mount", CLONE_NEWNS),
	UNSHARE("network", CLONE_NEWNET),
	UNSHARE("pid", CLONE_NEWPID),
	UNSHARE("ipc", CLONE_NEWIPC),
	UNSHARE("uts", CLONE_NEWUTS),
	UNSHARE("cgroup", CLONE_NEWCGROUP),
	UNSHARE("time", CLONE_NEWTIME),
	UNSHARE("user-with-a-high-bit", CLONE_NEWUSER | HIGH_BIT),
	CLONE("user", CLONE_NEWUSER),
	CLONE("mount", CLONE_NEWNS),
	CLONE("network", CLONE_NEWNET),
	CLONE("pid", CLONE_NEWPID),
	CLONE("ipc", CLONE_NEWIPC),
	CLONE("uts", CLONE_NEWUTS),
	CLONE("cgroup", CLONE_NEWCGROUP),
	CLONE("user-with-a-high-bit", CLONE_NEWUSER | HIGH_BIT),
	{ "clone:user-by-clone3", by_clone, SYS_clone3, { &with_user, NUMBER(sizeof(with_user)) } },
	{ "clone:cgroup-by-clone3",
	  by_clone,
	  SYS_clone3,
	  { &into_cgroup, NUMBER(sizeof(into_cgroup)) } },
	JOIN("user"),
	JOIN("mnt"),
	JOIN("net"),
	JOIN("pid"),
	JOIN("ipc"),
	JOIN("uts"),
	JOIN("cgroup"),
	JOIN("time"),
	{ "join:init", join_init },
	{ "join:init-by-file", join, 0, { "/proc/1/ns/mnt" } },
	{ "nested:mount", mount_within, CLONE_NEWNS },
	{ "nested:chroot", chroot_within },
	{ "nested:packet", packet_within, CLONE_NEWNET },
	{ "nested:name", name_within, CLONE_NEWUTS },
	{ "nested:id-map", map_within },
};

void probe_namespaces(void)
{
	probe_each(attempts, COUNT(attempts));
}
