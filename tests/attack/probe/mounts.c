/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mounts by the old calls and by the new ones, with arguments that would work for root. */
#include "probe.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>

#define AT_RECURSIVE_ 0x8000 /* AT_RECURSIVE of <fcntl.h>, where it is there */
#define DETACH        2      /* MNT_DETACH */

static const struct mount_attr writable = { .attr_clr = MOUNT_ATTR_RDONLY };
static const struct mount_attr executable = { .attr_clr = MOUNT_ATTR_NOEXEC };
static const struct mount_attr with_setuid = { .attr_clr = MOUNT_ATTR_NOSUID };

#define REMOUNT(path)                                            \
	{                                                        \
		"none", path, NULL, NUMBER(MS_REMOUNT | MS_BIND) \
	}
#define SET(path, attributes)                                                 \
	{                                                                     \
		NUMBER(AT_FDCWD), path, NUMBER(AT_RECURSIVE_), &(attributes), \
			NUMBER(sizeof(attributes))                            \
	}

static const struct attempt attempts[] = {
	{ "mount:tmpfs", by_native, SYS_mount, { "none", "/tmp", "tmpfs" } },
	{ "mount:proc", by_native, SYS_mount, { "none", "/tmp", "proc" } },
	{ "mount:sysfs", by_native, SYS_mount, { "none", "/tmp", "sysfs" } },
	{ "mount:cgroup", by_native, SYS_mount, { "none", "/tmp", "cgroup", NULL, "memory" } },
	{ "mount:cgroup2", by_native, SYS_mount, { "none", "/tmp", "cgroup2" } },
	{ "mount:devtmpfs", by_native, SYS_mount, { "none", "/tmp", "devtmpfs" } },
	{ "mount:debugfs", by_native, SYS_mount, { "none", "/tmp", "debugfs" } },
	{ "mount:tracefs", by_native, SYS_mount, { "none", "/tmp", "tracefs" } },
	{ "mount:securityfs", by_native, SYS_mount, { "none", "/tmp", "securityfs" } },
	{ "mount:bpf", by_native, SYS_mount, { "none", "/tmp", "bpf" } },
	{ "mount:binfmt_misc", by_native, SYS_mount, { "none", "/tmp", "binfmt_misc" } },
	{ "mount:mqueue", by_native, SYS_mount, { "none", "/tmp", "mqueue" } },
	{ "mount:bind", by_native, SYS_mount, { "/", "/tmp", NULL, NUMBER(MS_BIND | MS_REC) } },
	{ "mount:move", by_native, SYS_mount, { "/proc", "/tmp", NULL, NUMBER(MS_MOVE) } },
	{ "mount:shared", by_native, SYS_mount, { "none", "/", NULL, NUMBER(MS_SHARED) } },
	{ "mount:slave", by_native, SYS_mount, { "none", "/", NULL, NUMBER(MS_SLAVE | MS_REC) } },
	{ "mount:root-writable", by_native, SYS_mount, REMOUNT("/") },
	{ "mount:usr-writable", by_native, SYS_mount, REMOUNT("/usr") },
	{ "mount:proc-writable", by_native, SYS_mount, REMOUNT("/proc") },
	{ "mount:tmp-executable", by_native, SYS_mount, REMOUNT("/tmp") },
	{ "mount:mask-off", by_native, SYS_umount2, { "/proc/kcore", NUMBER(DETACH) } },
	{ "mount:proc-off", by_native, SYS_umount2, { "/proc", NUMBER(DETACH) } },
	{ "mount:sys-off", by_native, SYS_umount2, { "/sys", NUMBER(DETACH) } },
	{ "mount:root-off", by_native, SYS_umount2, { "/", NUMBER(DETACH) } },
	{ "mount:open-tmpfs", by_native, SYS_fsopen, { "tmpfs", NUMBER(0) } },
	{ "mount:open-proc", by_native, SYS_fsopen, { "proc", NUMBER(0) } },
	{ "mount:pick", by_native, SYS_fspick, { NUMBER(AT_FDCWD), "/usr", NUMBER(0) } },
	{ "mount:copy",
	  by_native,
	  SYS_open_tree,
	  { NUMBER(AT_FDCWD), "/", NUMBER(OPEN_TREE_CLONE | AT_RECURSIVE_) } },
	{ "mount:set-writable", by_native, SYS_mount_setattr, SET("/", writable) },
	{ "mount:set-executable", by_native, SYS_mount_setattr, SET("/tmp", executable) },
	{ "mount:set-setuid", by_native, SYS_mount_setattr, SET("/usr", with_setuid) },
	{ "mount:attach",
	  by_native,
	  SYS_move_mount,
	  { NUMBER(AT_FDCWD), "/proc", NUMBER(AT_FDCWD), "/tmp", NUMBER(0) } },
	{ "mount:pivot", by_native, SYS_pivot_root, { "/", "/tmp" } },
	{ "mount:chroot", by_native, SYS_chroot, { "/tmp" } },
};

void probe_mounts(void)
{
	probe_all(attempts, COUNT(attempts));
}
