/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nodes of devices: made by each call, and those that are there or should not be. */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NODE "/tmp/node"

/* What every container has. */
static const char *const usual[] = { "full", "null", "ptmx", "random", "tty", "urandom", "zero" };

static int open_device(const struct attempt *attempt)
{
	return open_only(attempt->arguments[0], O_RDONLY);
}

static int make_node(const struct attempt *attempt)
{
	const mode_t kind = strcmp(attempt->arguments[0], "b") == 0 ? S_IFBLK : S_IFCHR;

	(void)unlink(NODE);
	return mknod(NODE, kind | MODE, (dev_t)attempt->number);
}

static bool is_usual(const char *name)
{
	for (size_t i = 0; i < COUNT(usual); i++) {
		if (strcmp(name, usual[i]) == 0)
			return true;
	}
	return false;
}

/* Any other that can be opened, but those of a folder of its own. */
static int open_others(const struct attempt *attempt)
{
	DIR *directory = opendir("/dev");
	const struct dirent *entry;
	int result = EMPTY;

	(void)attempt;
	if (directory == NULL)
		return -1;
	while ((entry = readdir(directory)) != NULL) {
		if ((entry->d_type == DT_CHR || entry->d_type == DT_BLK) &&
		    !is_usual(entry->d_name) &&
		    openat(dirfd(directory), entry->d_name, O_RDONLY | O_NONBLOCK) >= 0)
			result = THROUGH;
	}
	return result;
}

#define OPEN(name)                              \
	{                                       \
		"device:" name, open_device, 0, \
		{                               \
			"/dev/" name            \
		}                               \
	}
#define NODE_OF(name, kind, major, minor)                        \
	{                                                        \
		"node:" name, make_node, (major) << 8 | (minor), \
		{                                                \
			kind                                     \
		}                                                \
	}

static const struct attempt attempts[] = {
	OPEN("autofs"),
	OPEN("btrfs-control"),
	OPEN("bus/usb"),
	OPEN("console"),
	OPEN("cpu/0/msr"),
	OPEN("cpu_dma_latency"),
	OPEN("dri/card0"),
	OPEN("fuse"),
	OPEN("hpet"),
	OPEN("hwrng"),
	OPEN("initctl"),
	OPEN("input/event0"),
	OPEN("kmsg"),
	OPEN("kvm"),
	OPEN("log"),
	OPEN("loop-control"),
	OPEN("loop0"),
	OPEN("mapper/control"),
	OPEN("mem"),
	OPEN("net/tun"),
	OPEN("nvram"),
	OPEN("port"),
	OPEN("rtc0"),
	OPEN("sda"),
	OPEN("snapshot"),
	OPEN("snd"),
	OPEN("tty0"),
	OPEN("tty1"),
	OPEN("ttyS0"),
	OPEN("uhid"),
	OPEN("uinput"),
	OPEN("userfaultfd"),
	OPEN("vcs"),
	OPEN("vda"),
	OPEN("vfio/vfio"),
	OPEN("vhost-net"),
	OPEN("vhost-vsock"),
	OPEN("vport0p1"),
	OPEN("vsock"),
	OPEN("watchdog"),
	{ "device:others", open_others },
	NODE_OF("mem", "c", 1, 1),
	NODE_OF("null", "c", 1, 3),
	NODE_OF("port", "c", 1, 4),
	NODE_OF("kmsg", "c", 1, 11),
	NODE_OF("console", "c", 5, 1),
	NODE_OF("terminal", "c", 4, 0),
	NODE_OF("tun", "c", 10, 200),
	NODE_OF("kvm", "c", 10, 232),
	NODE_OF("fuse", "c", 10, 229),
	NODE_OF("msr", "c", 202, 0),
	NODE_OF("whiteout", "c", 0, 0),
	NODE_OF("disk", "b", 8, 0),
	NODE_OF("virtual-disk", "b", 254, 0),
	NODE_OF("loop", "b", 7, 0),
#ifdef __x86_64__
	{ "node:disk-by-the-old-call",
	  by_native,
	  SYS_mknod,
	  { "/tmp/old-disk", NUMBER(S_IFBLK | MODE), NUMBER(0x800) } },
	{ "node:mem-by-the-old-call",
	  by_native,
	  SYS_mknod,
	  { "/tmp/old-mem", NUMBER(S_IFCHR | MODE), NUMBER(0x101) } },
#endif
	/* The kernel looks at the lower 16 bits of a mode alone. */
	{ "node:disk-with-a-high-bit",
	  by_native,
	  SYS_mknodat,
	  { NUMBER(AT_FDCWD), "/tmp/high", NUMBER(S_IFBLK | MODE | 0x10000), NUMBER(0x800) } },
};

void probe_devices(void)
{
	probe_all(attempts, COUNT(attempts));
}
