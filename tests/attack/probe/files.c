/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files: what of /proc and /sys may be read and written, what of the host is in sight, what can
 * be changed where nothing should be, and what leads out: links of /proc, inherited descriptors.
 */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DESCRIPTORS 1024
#define SAMPLE      (1 << 16)

static int list(int fd)
{
	DIR *directory = fdopendir(fd);
	const struct dirent *entry;

	if (directory == NULL)
		return -1;
	while ((entry = readdir(directory)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return THROUGH;
	}
	return EMPTY;
}

/* Something of a file, or an entry of a directory. */
static int read_some(const struct attempt *attempt)
{
	const int fd = open(attempt->arguments[0], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	char byte;
	ssize_t length;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -1;
	if (S_ISDIR(status.st_mode))
		return list(fd);
	length = read(fd, &byte, 1);
	return length < 0 ? -1 : length == 0 ? EMPTY : THROUGH;
}

/* Lines that begin with an address, which are all zero for whom they are not. */
static int read_addresses(const struct attempt *attempt)
{
	static char text[SAMPLE];
	const int fd = open(attempt->arguments[0], O_RDONLY | O_CLOEXEC);
	const ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (length < 0)
		return -1;
	text[length] = '\0';
	for (char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strtoull(line, NULL, 16) != 0)
			return THROUGH;
	}
	return EMPTY;
}

/* Physical addresses of one's own pages. Source: kernel, admin-guide/mm/pagemap.rst */
static int read_page_map(const struct attempt *attempt)
{
	const int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	const off_t place = (off_t)((uintptr_t)attempt / 4096 * 8);
	uint64_t entry = 0;

	if (fd < 0 || pread(fd, &entry, sizeof(entry), place) < 0)
		return -1;
	return (entry & ((UINT64_C(1) << 55) - 1)) == 0 ? EMPTY : THROUGH;
}

static int open_to_write(const struct attempt *attempt)
{
	return open_only(attempt->arguments[0], O_WRONLY);
}

static int create_in(const struct attempt *attempt)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/probe", (const char *)attempt->arguments[0]);
	return open_only(path, O_WRONLY | O_CREAT | O_EXCL);
}

static int create_nameless(const struct attempt *attempt)
{
	return open_only(attempt->arguments[0], O_WRONLY | O_TMPFILE);
}

static int make_directory(const struct attempt *attempt)
{
	return mkdir(attempt->arguments[0], 0700);
}

static int remove_file(const struct attempt *attempt)
{
	return unlink(attempt->arguments[0]);
}

static int remove_directory(const struct attempt *attempt)
{
	return rmdir(attempt->arguments[0]);
}

static int rename_file(const struct attempt *attempt)
{
	return rename(attempt->arguments[0], attempt->arguments[1]);
}

static int link_file(const struct attempt *attempt)
{
	return link(attempt->arguments[0], attempt->arguments[1]);
}

static int link_symbolically(const struct attempt *attempt)
{
	return symlink("/tmp", attempt->arguments[0]);
}

static int change_mode(const struct attempt *attempt)
{
	return chmod(attempt->arguments[0], (mode_t)attempt->number);
}

static int change_owner(const struct attempt *attempt)
{
	return chown(attempt->arguments[0], geteuid(), getegid());
}

static int change_time(const struct attempt *attempt)
{
	return utimensat(AT_FDCWD, attempt->arguments[0], NULL, 0);
}

static int cut(const struct attempt *attempt)
{
	return truncate(attempt->arguments[0], 0);
}

static int bind_socket(const struct attempt *attempt)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)stpncpy(address.sun_path, attempt->arguments[0], sizeof(address.sun_path) - 1);
	return fd < 0 ? -1 : bind(fd, (struct sockaddr *)&address, sizeof(address));
}

static int see(const struct attempt *attempt)
{
	struct stat status;

	return stat(attempt->arguments[0], &status);
}

static int see_file_of_host(const struct attempt *attempt)
{
	char path[512];
	struct stat status;

	(void)snprintf(path, sizeof(path), "%s%s", (const char *)attempt->arguments[0],
	               target.file);
	return stat(path, &status);
}

static int follow(const struct attempt *attempt)
{
	char path[256];

	return readlink(attempt->arguments[0], path, sizeof(path)) < 0 ? -1 : THROUGH;
}

static int is_descriptor_inherited(const struct attempt *attempt)
{
	(void)attempt;
	for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			return THROUGH;
	}
	return EMPTY;
}

/* A stream of the host's, opened anew for what it was not given for. */
static int open_stream(const struct attempt *attempt)
{
	return open_only(attempt->arguments[0], (int)attempt->number);
}

static int change_stream_mode(const struct attempt *attempt)
{
	(void)attempt;
	return fchmod(STDIN_FILENO, 0777);
}

static int change_stream_owner(const struct attempt *attempt)
{
	(void)attempt;
	return fchown(STDIN_FILENO, geteuid(), getegid());
}

#define READ(path)                          \
	{                                   \
		"read:" path, read_some, 0, \
		{                           \
			path                \
		}                           \
	}
#define WRITE(path)                              \
	{                                        \
		"write:" path, open_to_write, 0, \
		{                                \
			path                     \
		}                                \
	}
#define CREATE(path)                          \
	{                                     \
		"create:" path, create_in, 0, \
		{                             \
			path                  \
		}                             \
	}
#define SEE(path)                    \
	{                            \
		"see:" path, see, 0, \
		{                    \
			path         \
		}                    \
	}
#define KERNEL(name) WRITE("/proc/sys/kernel/" name)
#define SYS(name)    WRITE("/sys/" name)
#define CGROUP(name)                              \
	{                                         \
		"cgroup:" name, open_to_write, 0, \
		{                                 \
			"/sys/fs/cgroup/" name    \
		}                                 \
	}

static const struct attempt reads[] = {
	READ("/dev/core"),
	READ("/proc/1/auxv"),
	READ("/proc/1/cwd"),
	READ("/proc/1/environ"),
	READ("/proc/1/exe"),
	READ("/proc/1/fd"),
	READ("/proc/1/fdinfo"),
	READ("/proc/1/io"),
	READ("/proc/1/map_files"),
	READ("/proc/1/maps"),
	READ("/proc/1/mem"),
	READ("/proc/1/ns"),
	READ("/proc/1/pagemap"),
	READ("/proc/1/personality"),
	READ("/proc/1/root"),
	READ("/proc/1/smaps"),
	READ("/proc/1/stack"),
	READ("/proc/1/syscall"),
	READ("/proc/acpi"),
	READ("/proc/asound"),
	READ("/proc/interrupts"),
	READ("/proc/kcore"),
	READ("/proc/keys"),
	READ("/proc/kmsg"),
	READ("/proc/kpagecgroup"),
	READ("/proc/kpagecount"),
	READ("/proc/kpageflags"),
	READ("/proc/latency_stats"),
	READ("/proc/mtd"),
	READ("/proc/mtrr"),
	READ("/proc/pagetypeinfo"),
	READ("/proc/sched_debug"),
	READ("/proc/scsi"),
	READ("/proc/self/stack"),
	READ("/proc/slabinfo"),
	READ("/proc/sys/fs/binfmt_misc/status"),
	READ("/proc/sys/kernel/cad_pid"),
	READ("/proc/sys/kernel/usermodehelper/bset"),
	READ("/proc/sys/vm/mmap_rnd_bits"),
	READ("/proc/sys/vm/stat_refresh"),
	READ("/proc/timer_list"),
	READ("/proc/timer_stats"),
	READ("/proc/vmallocinfo"),
	READ("/proc/vmcore"),
	READ("/sys/class/dmi/id/board_serial"),
	READ("/sys/class/dmi/id/product_serial"),
	READ("/sys/class/dmi/id/product_uuid"),
	READ("/sys/devices/system/cpu/cpu0/thermal_throttle"),
	READ("/sys/devices/virtual/powercap"),
	READ("/sys/firmware"),
	READ("/sys/firmware/acpi/tables"),
	READ("/sys/firmware/efi/efivars"),
	READ("/sys/fs/bpf"),
	READ("/sys/fs/fuse/connections"),
	READ("/sys/fs/pstore"),
	READ("/sys/fs/selinux"),
	READ("/sys/hypervisor/uuid"),
	READ("/sys/kernel/config"),
	READ("/sys/kernel/debug"),
	READ("/sys/kernel/security"),
	READ("/sys/kernel/slab/kmalloc-64/alloc_calls"),
	READ("/sys/kernel/tracing"),
	READ("/sys/module/kernel/sections/.text"),
	{ "read:addresses-of-symbols", read_addresses, 0, { "/proc/kallsyms" } },
	{ "read:addresses-of-memory", read_addresses, 0, { "/proc/iomem" } },
	{ "read:addresses-of-ports", read_addresses, 0, { "/proc/ioports" } },
	{ "read:addresses-of-pages", read_page_map },
};

static const struct attempt writes[] = {
	WRITE("/proc/1/clear_refs"),
	WRITE("/proc/1/mem"),
	WRITE("/proc/1/oom_score_adj"),
	WRITE("/proc/1/setgroups"),
	WRITE("/proc/bus/pci/00/00.0"),
	WRITE("/proc/irq/default_smp_affinity"),
	WRITE("/proc/mtrr"),
	WRITE("/proc/self/attr/current"),
	WRITE("/proc/self/attr/exec"),
	WRITE("/proc/self/attr/keycreate"),
	WRITE("/proc/self/gid_map"),
	WRITE("/proc/self/loginuid"),
	WRITE("/proc/self/mem"),
	WRITE("/proc/self/oom_score_adj"),
	WRITE("/proc/self/projid_map"),
	WRITE("/proc/self/setgroups"),
	WRITE("/proc/self/timens_offsets"),
	WRITE("/proc/self/uid_map"),
	WRITE("/proc/sys/fs/binfmt_misc/register"),
	WRITE("/proc/sys/fs/file-max"),
	WRITE("/proc/sys/fs/mqueue/msg_max"),
	WRITE("/proc/sys/fs/protected_symlinks"),
	WRITE("/proc/sys/fs/suid_dumpable"),
	WRITE("/proc/sys/net/core/somaxconn"),
	WRITE("/proc/sys/net/ipv4/ip_forward"),
	WRITE("/proc/sys/net/ipv4/ip_unprivileged_port_start"),
	WRITE("/proc/sys/net/ipv4/ping_group_range"),
	WRITE("/proc/sys/user/max_user_namespaces"),
	WRITE("/proc/sys/vm/drop_caches"),
	WRITE("/proc/sys/vm/memfd_noexec"),
	WRITE("/proc/sys/vm/mmap_min_addr"),
	WRITE("/proc/sys/vm/overcommit_memory"),
	WRITE("/proc/sys/vm/panic_on_oom"),
	KERNEL("cad_pid"),
	KERNEL("core_pattern"),
	KERNEL("dmesg_restrict"),
	KERNEL("domainname"),
	KERNEL("hostname"),
	KERNEL("hotplug"),
	KERNEL("keys/maxkeys"),
	KERNEL("kptr_restrict"),
	KERNEL("modprobe"),
	KERNEL("modules_disabled"),
	KERNEL("ns_last_pid"),
	KERNEL("panic"),
	KERNEL("perf_event_paranoid"),
	KERNEL("pid_max"),
	KERNEL("poweroff_cmd"),
	KERNEL("printk"),
	KERNEL("randomize_va_space"),
	KERNEL("sem"),
	KERNEL("shm_rmid_forced"),
	KERNEL("shmmax"),
	KERNEL("sysrq"),
	KERNEL("unprivileged_bpf_disabled"),
	KERNEL("unprivileged_userns_clone"),
	KERNEL("usermodehelper/bset"),
	KERNEL("yama/ptrace_scope"),
	WRITE("/proc/sysrq-trigger"),
	SYS("bus/pci/rescan"),
	SYS("class/net/lo/mtu"),
	SYS("devices/system/cpu/cpu1/online"),
	SYS("devices/system/memory/probe"),
	SYS("firmware/acpi/interrupts/sci"),
	SYS("kernel/debug/sched/features"),
	SYS("kernel/kexec_crash_size"),
	SYS("kernel/mm/transparent_hugepage/enabled"),
	SYS("kernel/profiling"),
	SYS("kernel/rcu_expedited"),
	SYS("kernel/security/apparmor/.replace"),
	SYS("kernel/tracing/trace_marker"),
	SYS("kernel/uevent_helper"),
	SYS("module/kernel/parameters/panic"),
	SYS("power/disk"),
	SYS("power/state"),
	CGROUP("cgroup.freeze"),
	CGROUP("cgroup.kill"),
	CGROUP("cgroup.procs"),
	CGROUP("cgroup.subtree_control"),
	CGROUP("cgroup.threads"),
	CGROUP("cpu.max"),
	CGROUP("memory.max"),
	CGROUP("memory.high"),
	CGROUP("pids.max"),
	CGROUP("notify_on_release"),
	CGROUP("release_agent"),
	CGROUP("devices.allow"),
	{ "cgroup:new", make_directory, 0, { "/sys/fs/cgroup/probe" } },
	{ "cgroup:above", see, 0, { "/sys/fs/cgroup/../cgroup/init.scope" } },
};

static const struct attempt changes[] = {
	CREATE("/"),
	CREATE("/dev"),
	CREATE("/dev/pts"),
	CREATE("/etc"),
	CREATE("/etc/ssl"),
	CREATE("/proc"),
	CREATE("/sys"),
	CREATE("/sys/fs/cgroup"),
	CREATE("/usr"),
	CREATE("/usr/bin"),
	CREATE("/usr/lib"),
	CREATE("/usr/local/bin"),
	{ "create:nameless-in-root", create_nameless, 0, { "/" } },
	{ "create:nameless-in-usr", create_nameless, 0, { "/usr/lib" } },
	WRITE("/etc/group"),
	WRITE("/etc/hosts"),
	WRITE("/etc/ld.so.cache"),
	WRITE("/etc/passwd"),
	WRITE("/etc/resolv.conf"),
	WRITE("/proc/self/exe"),
	WRITE("/usr/bin/env"),
	{ "change:mode-of-root", change_mode, 0777, { "/" } },
	{ "change:mode-of-program", change_mode, 06777, { "/usr/bin/env" } },
	{ "change:mode-of-null", change_mode, 0666, { "/dev/null" } },
	{ "change:mode-of-proc", change_mode, 0777, { "/proc/self" } },
	{ "change:owner-of-null", change_owner, 0, { "/dev/null" } },
	{ "change:owner-of-passwd", change_owner, 0, { "/etc/passwd" } },
	{ "change:owner-of-program", change_owner, 0, { "/usr/bin/env" } },
	{ "change:time-of-null", change_time, 0, { "/dev/null" } },
	{ "change:time-of-program", change_time, 0, { "/usr/bin/env" } },
	{ "change:length-of-passwd", cut, 0, { "/etc/passwd" } },
	{ "change:length-of-program", cut, 0, { "/usr/bin/env" } },
	{ "change:removal-of-passwd", remove_file, 0, { "/etc/passwd" } },
	{ "change:removal-of-null", remove_file, 0, { "/dev/null" } },
	{ "change:removal-of-tmp", remove_directory, 0, { "/tmp" } },
	{ "change:name-of-hostname", rename_file, 0, { "/etc/hostname", "/etc/other" } },
	{ "change:name-of-tmp", rename_file, 0, { "/tmp", "/other" } },
	{ "change:link-to-program", link_file, 0, { "/usr/bin/env", "/tmp/env" } },
	{ "change:link-in-root", link_symbolically, 0, { "/link" } },
	{ "change:directory-in-root", make_directory, 0, { "/directory" } },
	{ "change:socket-in-root", bind_socket, 0, { "/socket" } },
};

static const struct attempt ways_out[] = {
	SEE("/boot"),
	SEE("/etc/gshadow"),
	SEE("/etc/machine-id"),
	SEE("/etc/shadow"),
	SEE("/etc/ssh"),
	SEE("/etc/sudoers"),
	SEE("/home"),
	SEE("/mnt"),
	SEE("/opt"),
	SEE("/root"),
	SEE("/run/containerd/containerd.sock"),
	SEE("/run/dbus/system_bus_socket"),
	SEE("/run/docker.sock"),
	SEE("/run/hardrun"),
	SEE("/run/systemd/private"),
	SEE("/srv"),
	SEE("/var"),
	SEE("/var/run/docker.sock"),
	{ "host-file:by-name", see_file_of_host, 0, { "" } },
	{ "host-file:above-the-root", see_file_of_host, 0, { "/../../../../.." } },
	{ "host-file:by-root-of-self", see_file_of_host, 0, { "/proc/self/root/.." } },
	{ "host-file:by-cwd-of-self", see_file_of_host, 0, { "/proc/self/cwd/../.." } },
	{ "host-file:by-root-of-init", see_file_of_host, 0, { "/proc/1/root" } },
	{ "host-file:by-cwd-of-init", see_file_of_host, 0, { "/proc/1/cwd/.." } },
	{ "host-file:by-task-of-init", see_file_of_host, 0, { "/proc/1/task/1/root" } },
	{ "host-file:by-descriptor-of-init", see_file_of_host, 0, { "/proc/1/fd/3" } },
	{ "link:root-of-init", follow, 0, { "/proc/1/root" } },
	{ "link:cwd-of-init", follow, 0, { "/proc/1/cwd" } },
	{ "link:program-of-init", follow, 0, { "/proc/1/exe" } },
	{ "link:descriptor-of-init", follow, 0, { "/proc/1/fd/0" } },
	{ "descriptor:inherited", is_descriptor_inherited },
	{ "descriptor:input-to-write", open_stream, O_WRONLY, { "/proc/self/fd/0" } },
	{ "descriptor:input-to-both", open_stream, O_RDWR, { "/dev/stdin" } },
	{ "descriptor:input-to-cut", open_stream, O_RDONLY | O_TRUNC, { "/proc/self/fd/0" } },
	{ "descriptor:errors-to-read", open_stream, O_RDONLY, { "/proc/self/fd/2" } },
	{ "descriptor:mode-of-input", change_stream_mode },
	{ "descriptor:owner-of-input", change_stream_owner },
};

void probe_files(void)
{
	probe_all(reads, COUNT(reads));
	probe_all(writes, COUNT(writes));
	probe_all(changes, COUNT(changes));
	probe_all(ways_out, COUNT(ways_out));
}
