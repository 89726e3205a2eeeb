/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The floor: the time the kernel needs for a hardened launch, whoever asks for it.
 * Makes the kernel objects of `hardrun {"args": [PROGRAM]}` by straight-line code: no parsing,
 * no state, no plan, no checks beyond "did the call succeed". What a launcher takes longer
 * than this program is the launcher's own.
 *
 * Usage: floor FILTER CGROUP PROGRAM [ARGUMENT...]
 *   FILTER  a file of struct sock_filter for the program; "-" for none
 *   CGROUP  a directory of cgroup v2, below which the container's own is made; "-" for none
 *
 * Exit status: the program's own, 128+N when signal N killed it, 125 when a step failed.
 * Source: clone(2), mount_setattr(2), pivot_root(2), capabilities(7), landlock(7), seccomp(2),
 * user_namespaces(7), cgroups(7).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compiler.h"

/* The range of host ids that the container's 0 to 65535 stand for. */
#define OUTER_ID 524288
#define ID_MAP   "0 524288 65536\n"

#define INNER_ID 65532

#define FILTER_SIZE_MAX 4096 /* instructions; BPF_MAXINSNS */

#define MOUNT_TMPFS          (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
#define MOUNT_READ_ONLY_DATA (MOUNT_TMPFS | MOUNT_ATTR_RDONLY)

/* Rights of the newest Landlock we know, ABI 7. Source: landlock(7). */
#define LANDLOCK_FS_ALL     UINT64_C(0xffff)
#define LANDLOCK_NET_ALL    UINT64_C(0x3)
#define LANDLOCK_SCOPED_ALL UINT64_C(0x3)
#define LANDLOCK_IOCTL      (UINT64_C(1) << 15)

#define LANDLOCK_READ   (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define LANDLOCK_RUN    (LANDLOCK_READ | LANDLOCK_ACCESS_FS_EXECUTE)
#define LANDLOCK_DEVICE (LANDLOCK_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_IOCTL)
#define LANDLOCK_WRITE                                                                             \
	(LANDLOCK_FS_ALL & ~(uint64_t)(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	                               LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_IOCTL))

/* As the newest kernel knows it: struct landlock_ruleset_attr of older headers is shorter. */
struct landlock_ruleset {
	uint64_t handled_fs;
	uint64_t handled_net;
	uint64_t scoped;
};

/* What each ABI handles, and how much of struct landlock_ruleset it takes; ABI 1 first. */
static const struct {
	struct landlock_ruleset ruleset;
	size_t size; /* bytes */
} landlock_abis[] = {
	{ { .handled_fs = 0x1fff }, 8 },
	{ { .handled_fs = 0x3fff }, 8 },
	{ { .handled_fs = 0x7fff }, 8 },
	{ { .handled_fs = 0x7fff, .handled_net = LANDLOCK_NET_ALL }, 16 },
	{ { .handled_fs = 0xffff, .handled_net = LANDLOCK_NET_ALL }, 16 },
	{ { .handled_fs = 0xffff, .handled_net = LANDLOCK_NET_ALL, .scoped = LANDLOCK_SCOPED_ALL },
	  24 },
};

/* Host paths that the container sees: their names are the same in both, but for the slash. */
static const char *const host_binds[] = {
	"/usr", "/etc/ld.so.cache", "/etc/localtime", "/etc/ssl/certs", "/etc/alternatives",
};

#define HOST_BIND_COUNT ARRAY_LEN(host_binds)

/* What the launcher and the init share: descriptors made before the clone. */
struct floor {
	struct sock_filter instructions[FILTER_SIZE_MAX];
	struct sock_fprog filter;
	int cgroup_parent_fd;
	int cgroup_fd;
	char cgroup_name[32];
	int sockets[2]; /* the launcher's end, the init's end */
	int bind_fds[HOST_BIND_COUNT];
	int root_fd;
	int device_fd;
	int procfs_fd;
};

static const struct {
	const char *target;
	const char *link;
} root_links[] = {
	{ "usr/bin", "bin" },
	{ "usr/lib", "lib" },
	{ "usr/lib64", "lib64" },
	{ "usr/sbin", "sbin" },
};

static const char *const root_directories[] = {
	"dev", "etc", "etc/alternatives", "etc/ssl", "etc/ssl/certs", "proc", "run", "sys",
	"tmp", "usr",
};

static const struct {
	const char *path;
	const char *text;
} root_files[] = {
	{ "etc/passwd", "root:x:0:0:root:/:/usr/sbin/nologin\n"
	                "user:x:65532:65532:user:/:/usr/sbin/nologin\n" },
	{ "etc/group", "root:x:0:\nuser:x:65532:\n" },
	{ "etc/hosts", "127.0.0.1 localhost floor\n::1 localhost floor\n" },
	{ "etc/hostname", "floor\n" },
	{ "etc/resolv.conf", "" },
	{ "etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n" },
	{ "etc/ld.so.cache", "" },
	{ "etc/localtime", "" },
};

static const char *const device_nodes[] = { "null", "zero", "full", "random", "urandom", "tty" };

static const struct {
	const char *target;
	const char *link;
} device_links[] = {
	{ "/proc/self/fd", "fd" },       { "/proc/self/fd/0", "stdin" },
	{ "/proc/self/fd/1", "stdout" }, { "/proc/self/fd/2", "stderr" },
	{ "pts/ptmx", "ptmx" },
};

static const char *const masked_files[] = {
	"proc/interrupts",  "proc/kcore",      "proc/keys",        "proc/latency_stats",
	"proc/sched_debug", "proc/timer_list", "proc/timer_stats",
};

/* Covered by clones of the empty tmpfs on EMPTY_DIRECTORY, which every sysfs has and we mask. */
#define EMPTY_DIRECTORY "sys/firmware"

static const char *const masked_directories[] = {
	"proc/acpi",
	"proc/asound",
	"proc/scsi",
	"sys/devices/virtual/powercap",
};

static const struct {
	const char *path;
	uint64_t access;
} landlock_rules[] = {
	{ "/usr", LANDLOCK_RUN },       { "/etc", LANDLOCK_READ },   { "/proc", LANDLOCK_READ },
	{ "/sys", LANDLOCK_READ },      { "/tmp", LANDLOCK_WRITE },  { "/run", LANDLOCK_WRITE },
	{ "/dev/shm", LANDLOCK_WRITE }, { "/dev", LANDLOCK_DEVICE },
};

static const struct {
	__rlimit_resource_t resource;
	struct rlimit limit;
} limits[] = {
	{ RLIMIT_CORE, { 0, 0 } },
	{ RLIMIT_NOFILE, { 1024, 1024 } },
};

static const struct {
	const char *file;
	const char *value;
} cgroup_limits[] = {
	{ "memory.max", "536870912" },  { "memory.swap.max", "0" }, { "memory.oom.group", "1" },
	{ "cpu.max", "100000 100000" }, { "pids.max", "100" },
};

/* Return @result, or end the process when it is -1. */
static int must(long result, const char *what)
{
	if (result == -1) {
		fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
		_exit(125);
	}
	return (int)result;
}

static void write_file(int dir_fd, const char *path, int flags, const char *text)
{
	AUTO_CLOSE int fd = must(openat(dir_fd, path, O_WRONLY | O_CLOEXEC | flags, 0644), path);

	must(write(fd, text, strlen(text)), path);
}

static void read_filter(struct floor *floor, const char *path)
{
	AUTO_CLOSE int fd = must(open(path, O_RDONLY | O_CLOEXEC), path);
	int size = must(read(fd, floor->instructions, sizeof(floor->instructions)), path);

	floor->filter.len = (unsigned short)((size_t)size / sizeof(struct sock_filter));
	floor->filter.filter = floor->instructions;
}

/* Allow the container's own character devices, refuse all others. Source: kernel cgroup-v2.rst. */
static void attach_device_filter(int cgroup_fd)
{
	static const struct bpf_insn program[] = {
		/* r2 = type, r3 = major, r4 = minor */
		{ BPF_LDX | BPF_MEM | BPF_W, 2, 1, offsetof(struct bpf_cgroup_dev_ctx, access_type),
		  0 },
		{ BPF_ALU | BPF_AND | BPF_K, 2, 0, 0, 0xffff },
		{ BPF_LDX | BPF_MEM | BPF_W, 3, 1, offsetof(struct bpf_cgroup_dev_ctx, major), 0 },
		{ BPF_LDX | BPF_MEM | BPF_W, 4, 1, offsetof(struct bpf_cgroup_dev_ctx, minor), 0 },
		{ BPF_JMP | BPF_JNE | BPF_K, 2, 0, 12, BPF_DEVCG_DEV_CHAR },
		{ BPF_JMP | BPF_JEQ | BPF_K, 3, 0, 9, 136 }, /* pts */
		{ BPF_JMP | BPF_JNE | BPF_K, 3, 0, 5, 1 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 7, 3 }, /* null */
		{ BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 6, 5 }, /* zero */
		{ BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 5, 7 }, /* full */
		{ BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 4, 8 }, /* random */
		{ BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 3, 9 }, /* urandom */
		{ BPF_JMP | BPF_JNE | BPF_K, 3, 0, 4, 5 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 1, 0 }, /* tty */
		{ BPF_JMP | BPF_JNE | BPF_K, 4, 0, 2, 2 }, /* ptmx */
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insn_cnt = ARRAY_LEN(program),
		.insns = (uintptr_t)program,
		.license = (uintptr_t) "LGPL",
	};
	AUTO_CLOSE int program_fd =
		must(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load)), "load device filter");
	union bpf_attr attach = {
		.attach_type = BPF_CGROUP_DEVICE,
		.target_fd = (uint32_t)cgroup_fd,
		.attach_bpf_fd = (uint32_t)program_fd,
	};

	must(syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)), "attach device filter");
}

/* A controller that the host does not have is left out. */
static void write_cgroup_limits(int cgroup_fd)
{
	for (size_t i = 0; i < ARRAY_LEN(cgroup_limits); i++) {
		if (faccessat(cgroup_fd, cgroup_limits[i].file, W_OK, 0) == 0)
			write_file(cgroup_fd, cgroup_limits[i].file, 0, cgroup_limits[i].value);
	}
}

static void make_cgroup(struct floor *floor, const char *parent)
{
	snprintf(floor->cgroup_name, sizeof(floor->cgroup_name), "floor-%d", getpid());
	floor->cgroup_parent_fd = must(open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC), parent);
	must(mkdirat(floor->cgroup_parent_fd, floor->cgroup_name, 0755), "make cgroup");
	floor->cgroup_fd = must(openat(floor->cgroup_parent_fd, floor->cgroup_name,
	                               O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	                        "open cgroup");
}

/* While the init builds its root. */
static void limit_cgroup(const struct floor *floor)
{
	write_cgroup_limits(floor->cgroup_fd);
	attach_device_filter(floor->cgroup_fd);
}

static void remove_cgroup(const struct floor *floor)
{
	must(unlinkat(floor->cgroup_parent_fd, floor->cgroup_name, AT_REMOVEDIR), "remove cgroup");
}

/* The init inherits the detached trees, so no descriptor need be sent. -1: the host has none. */
static void open_host_binds(struct floor *floor)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE;

	for (size_t i = 0; i < HOST_BIND_COUNT; i++)
		floor->bind_fds[i] = open_tree(AT_FDCWD, host_binds[i], flags);
}

static pid_t clone_init(const struct floor *floor, int *pidfd)
{
	struct clone_args arguments = {
		.flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
		         CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWTIME | CLONE_PIDFD,
		.pidfd = (uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};

	if (floor->cgroup_fd >= 0) {
		arguments.flags |= CLONE_INTO_CGROUP;
		arguments.cgroup = (unsigned int)floor->cgroup_fd;
	}
	return must(syscall(SYS_clone3, &arguments, sizeof(arguments)), "clone3");
}

static void write_id_maps(int process_fd)
{
	write_file(process_fd, "uid_map", 0, ID_MAP);
	write_file(process_fd, "gid_map", 0, ID_MAP);
}

/* The host root's files are the container root's: read-only and without setuid. */
static void map_host_binds(const struct floor *floor, int process_fd)
{
	AUTO_CLOSE int user_namespace_fd =
		must(openat(process_fd, "ns/user", O_RDONLY | O_CLOEXEC), "open user namespace");
	struct mount_attr attributes = {
		.attr_set =
			MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_IDMAP,
		.propagation = MS_PRIVATE,
		.userns_fd = (unsigned int)user_namespace_fd,
	};

	for (size_t i = 0; i < HOST_BIND_COUNT; i++) {
		if (floor->bind_fds[i] >= 0)
			must(mount_setattr(floor->bind_fds[i], "", AT_EMPTY_PATH | AT_RECURSIVE,
			                   &attributes, sizeof(attributes)),
			     host_binds[i]);
	}
}

static void prepare_init(const struct floor *floor, pid_t pid)
{
	char path[32];
	AUTO_CLOSE int process_fd = -1;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	process_fd = must(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), path);
	write_id_maps(process_fd);
	map_host_binds(floor, process_fd);
}

static void release_init(const struct floor *floor)
{
	must(send(floor->sockets[0], "", 1, MSG_NOSIGNAL), "release the init");
}

static int wait_for_init(int pidfd)
{
	siginfo_t info = { 0 };

	must(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED), "waitid");
	return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

static void raise_loopback(void)
{
	AUTO_CLOSE int fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	must(ioctl(fd, SIOCSIFFLAGS, &request), "raise lo");
}

static void wait_for_launcher(const struct floor *floor)
{
	char byte;

	must(recv(floor->sockets[1], &byte, 1, 0) == 1 ? 0 : -1, "wait for the launcher");
}

/* Until now the init is the host's root, whom its user namespace does not know. */
static void become_container_root(void)
{
	must(syscall(SYS_setresgid, 0, 0, 0), "setresgid");
	must(syscall(SYS_setresuid, 0, 0, 0), "setresuid");
}

static void set_option(int context_fd, const char *key, const char *value)
{
	must(fsconfig(context_fd, FSCONFIG_SET_STRING, key, value, 0), key);
}

static int finish_mount(int context_fd, uint64_t attributes, const char *what)
{
	must(fsconfig(context_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0), what);
	return must(fsmount(context_fd, FSMOUNT_CLOEXEC, (unsigned int)attributes), what);
}

static int new_mount(const char *type, uint64_t attributes)
{
	AUTO_CLOSE int context_fd = must(fsopen(type, FSOPEN_CLOEXEC), type);

	return finish_mount(context_fd, attributes, type);
}

static int new_tmpfs(const char *size, const char *mode, uint64_t attributes)
{
	AUTO_CLOSE int context_fd = must(fsopen("tmpfs", FSOPEN_CLOEXEC), "tmpfs");

	set_option(context_fd, "size", size);
	set_option(context_fd, "mode", mode);
	return finish_mount(context_fd, attributes, "tmpfs");
}

static int new_devpts(void)
{
	AUTO_CLOSE int context_fd = must(fsopen("devpts", FSOPEN_CLOEXEC), "devpts");

	set_option(context_fd, "mode", "0620");
	set_option(context_fd, "ptmxmode", "0666");
	set_option(context_fd, "gid", "5");
	return finish_mount(context_fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, "devpts");
}

static void attach(int mount_fd, int dir_fd, const char *path)
{
	must(move_mount(mount_fd, "", dir_fd, path, MOVE_MOUNT_F_EMPTY_PATH), path);
}

static void set_read_only(int mount_fd)
{
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };

	must(mount_setattr(mount_fd, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)),
	     "mount_setattr");
}

static void make_root(struct floor *floor)
{
	floor->root_fd = new_tmpfs("1m", "0755", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	attach(floor->root_fd, AT_FDCWD, "/");
	for (size_t i = 0; i < ARRAY_LEN(root_directories); i++)
		must(mkdirat(floor->root_fd, root_directories[i], 0755), root_directories[i]);
	for (size_t i = 0; i < ARRAY_LEN(root_links); i++)
		must(symlinkat(root_links[i].target, floor->root_fd, root_links[i].link),
		     "symlink");
	for (size_t i = 0; i < ARRAY_LEN(root_files); i++)
		write_file(floor->root_fd, root_files[i].path, O_CREAT | O_EXCL,
		           root_files[i].text);
}

static void attach_host_binds(const struct floor *floor)
{
	for (size_t i = 0; i < HOST_BIND_COUNT; i++) {
		if (floor->bind_fds[i] >= 0)
			attach(floor->bind_fds[i], floor->root_fd, host_binds[i] + 1);
	}
}

/* Before the old root goes: the kernel wants a visible /proc and /sys to allow new ones. */
static void mount_kernel_file_systems(struct floor *floor)
{
	AUTO_CLOSE int sys_fd = new_mount("sysfs", MOUNT_READ_ONLY_DATA);
	AUTO_CLOSE int cgroup_fd = new_mount("cgroup2", MOUNT_READ_ONLY_DATA);

	floor->procfs_fd = new_mount("proc", MOUNT_TMPFS);
	attach(floor->procfs_fd, floor->root_fd, "proc");
	attach(sys_fd, floor->root_fd, "sys");
	attach(cgroup_fd, floor->root_fd, "sys/fs/cgroup");
}

static void bind_device(int device_fd, const char *name)
{
	char path[32];
	AUTO_CLOSE int node_fd = -1;

	snprintf(path, sizeof(path), "/dev/%s", name);
	node_fd = must(open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC), path);
	must(mknodat(device_fd, name, S_IFREG | 0666, 0), name);
	attach(node_fd, device_fd, name);
}

static void make_devices(struct floor *floor)
{
	AUTO_CLOSE int shm_fd = new_tmpfs("64m", "1777", MOUNT_TMPFS);
	AUTO_CLOSE int pts_fd = new_devpts();
	int device_fd = new_tmpfs("64k", "0755", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);

	attach(device_fd, floor->root_fd, "dev");
	for (size_t i = 0; i < ARRAY_LEN(device_nodes); i++)
		bind_device(device_fd, device_nodes[i]);
	for (size_t i = 0; i < ARRAY_LEN(device_links); i++)
		must(symlinkat(device_links[i].target, device_fd, device_links[i].link), "symlink");
	must(mkdirat(device_fd, "shm", 0755), "shm");
	must(mkdirat(device_fd, "pts", 0755), "pts");
	attach(shm_fd, device_fd, "shm");
	attach(pts_fd, device_fd, "pts");
	set_read_only(device_fd);
	floor->device_fd = device_fd;
}

static void mount_writable_directories(const struct floor *floor)
{
	AUTO_CLOSE int tmp_fd = new_tmpfs("64m", "1777", MOUNT_TMPFS);
	AUTO_CLOSE int run_fd = new_tmpfs("16m", "0755", MOUNT_TMPFS);

	attach(tmp_fd, floor->root_fd, "tmp");
	attach(run_fd, floor->root_fd, "run");
}

static void enter_root(const struct floor *floor)
{
	must(fchdir(floor->root_fd), "fchdir");
	must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
	must(umount2(".", MNT_DETACH), "umount");
	must(chdir("/"), "chdir");
}

static void set_sysctls(const struct floor *floor)
{
	write_file(floor->procfs_fd, "sys/user/max_user_namespaces", 0, "0");
}

/* Cover @path of the root by a clone of @cover, which is attached already. */
static void mask(const struct floor *floor, int cover_fd, const char *cover, const char *path)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
	AUTO_CLOSE int clone_fd = -1;

	if (faccessat(floor->root_fd, path, F_OK, 0) < 0)
		return;
	clone_fd = must(open_tree(cover_fd, cover, flags), path);
	attach(clone_fd, floor->root_fd, path);
}

static void mask_paths(const struct floor *floor)
{
	AUTO_CLOSE int empty_fd = new_tmpfs("4k", "0555", MOUNT_READ_ONLY_DATA);

	for (size_t i = 0; i < ARRAY_LEN(masked_files); i++)
		mask(floor, floor->device_fd, "null", masked_files[i]);
	attach(empty_fd, floor->root_fd, EMPTY_DIRECTORY);
	for (size_t i = 0; i < ARRAY_LEN(masked_directories); i++)
		mask(floor, empty_fd, "", masked_directories[i]);
}

static void seal_root(const struct floor *floor)
{
	set_read_only(floor->procfs_fd);
	set_read_only(floor->root_fd);
}

static void set_process_attributes(void)
{
	must(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL), "session keyring");
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		must(setrlimit(limits[i].resource, &limits[i].limit), "setrlimit");
	umask(027);
	must(setsid(), "setsid");
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
}

static void allow_by_landlock(int ruleset_fd, const char *path, uint64_t access)
{
	AUTO_CLOSE int fd = must(open(path, O_PATH | O_CLOEXEC), path);
	struct landlock_path_beneath_attr rule = { .allowed_access = access, .parent_fd = fd };

	must(syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0),
	     path);
}

static void restrict_by_landlock(void)
{
	size_t newest = (size_t)must(
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION),
		"landlock");
	size_t abi = newest < ARRAY_LEN(landlock_abis) ? newest : ARRAY_LEN(landlock_abis);
	const struct landlock_ruleset *ruleset = &landlock_abis[abi - 1].ruleset;
	AUTO_CLOSE int ruleset_fd =
		must(syscall(SYS_landlock_create_ruleset, ruleset, landlock_abis[abi - 1].size, 0),
	             "landlock_create_ruleset");

	for (size_t i = 0; i < ARRAY_LEN(landlock_rules); i++)
		allow_by_landlock(ruleset_fd, landlock_rules[i].path,
		                  landlock_rules[i].access & ruleset->handled_fs);
	must(syscall(SYS_landlock_restrict_self, ruleset_fd, 0), "landlock_restrict_self");
}

static void drop_privileges(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };
	unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
	                     SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
	                     SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;

	must(prctl(PR_SET_SECUREBITS, bits, 0, 0, 0), "securebits");
	for (unsigned long i = 0; i <= CAP_LAST_CAP; i++)
		must(prctl(PR_CAPBSET_DROP, i, 0, 0, 0), "bounding set");
	must(syscall(SYS_setgroups, 0, NULL), "setgroups");
	must(syscall(SYS_setresgid, INNER_ID, INNER_ID, INNER_ID), "setresgid");
	must(syscall(SYS_setresuid, INNER_ID, INNER_ID, INNER_ID), "setresuid");
	must(syscall(SYS_capset, &header, none), "capset");
}

/* After the user is changed, which clears it. Source: prctl(2), PR_SET_PDEATHSIG. */
static void die_with_launcher(void)
{
	must(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "parent death signal");
}

static void load_filter(const struct sock_fprog *filter)
{
	must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, filter),
	     "seccomp");
}

static pid_t start_program(const struct floor *floor, char **arguments)
{
	static char path[] = "PATH=/usr/bin:/bin";
	static char *environment[] = { path, NULL };
	pid_t pid = must(vfork(), "vfork");

	if (pid == 0) {
		must(syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC), "close_range");
		if (floor->filter.len > 0)
			load_filter(&floor->filter);
		execve(arguments[0], arguments, environment);
		must(-1, arguments[0]);
	}
	return pid;
}

/* From here the init can wait, end, and nothing else. */
static void restrict_reaper(void)
{
	static struct sock_filter instructions[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_wait4, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_restart_syscall, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	static const struct sock_fprog filter = { ARRAY_LEN(instructions), instructions };

	load_filter(&filter);
}

static int reap_until(pid_t program)
{
	pid_t pid = -1;
	int status = 0;

	while (pid != program)
		pid = wait4(-1, &status, 0, NULL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void build_root(struct floor *floor)
{
	make_root(floor);
	attach_host_binds(floor);
	mount_kernel_file_systems(floor);
	make_devices(floor);
	mount_writable_directories(floor);
	enter_root(floor);
	set_sysctls(floor);
	mask_paths(floor);
	seal_root(floor);
}

static int run_init(struct floor *floor, char **arguments)
{
	pid_t program;

	must(close(floor->sockets[0]), "close"); /* so that the launcher's end is seen */
	umask(0);
	raise_loopback();
	must(sethostname("floor", strlen("floor")), "sethostname");
	wait_for_launcher(floor);
	become_container_root();
	build_root(floor);
	set_process_attributes();
	restrict_by_landlock();
	drop_privileges();
	die_with_launcher();
	wait_for_launcher(floor);
	program = start_program(floor, arguments);
	restrict_reaper();
	return reap_until(program);
}

int main(int argc, char **argv)
{
	static struct floor floor = { .cgroup_fd = -1 };
	int pidfd = -1;
	int status;
	pid_t pid;

	if (argc < 4) {
		fputs("usage: floor FILTER CGROUP PROGRAM [ARGUMENT...]\n", stderr);
		return 125;
	}
	if (strcmp(argv[1], "-") != 0)
		read_filter(&floor, argv[1]);
	if (strcmp(argv[2], "-") != 0)
		make_cgroup(&floor, argv[2]);
	open_host_binds(&floor);
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, floor.sockets), "socketpair");
	pid = clone_init(&floor, &pidfd);
	if (pid == 0)
		_exit(run_init(&floor, argv + 3));
	prepare_init(&floor, pid);
	release_init(&floor);
	if (floor.cgroup_fd >= 0)
		limit_cgroup(&floor);
	release_init(&floor);
	status = wait_for_init(pidfd);
	if (floor.cgroup_fd >= 0)
		remove_cgroup(&floor);
	return status;
}
