/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/apparmor.h"
#include "kernel/capability.h"
#include "kernel/console.h"
#include "kernel/landlock.h"
#include "kernel/mount.h"
#include "kernel/namespace.h"
#include "kernel/network.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "kernel/resolve.h"
#include "kernel/scheduling.h"
#include "kernel/seccomp.h"
#include "kernel/subid.h"

#define FD_COUNT        256
#define DIRECTORY_COUNT 16
#define LINE_SIZE       512
#define PROGRAM         1234 /* the number of the program that is spawned */

static struct {
	char record[16384];
	size_t length;
	char lookups[4096];
	char failing[128]; /* "": nothing */
	int code;
	const char *directories[DIRECTORY_COUNT];
	size_t directory_count;
	char names[FD_COUNT][128]; /* of descriptors; "": not ours */
	bool has_other_proc;
	int death;
	bool never_executed;
} fake;

void fake_kernel_reset(void)
{
	memset(&fake, 0, sizeof(fake));
}

const char *fake_kernel_record(void)
{
	return fake.record;
}

const char *fake_kernel_lookups(void)
{
	return fake.lookups;
}

size_t fake_kernel_count(const char *deed)
{
	size_t count = 0;

	for (const char *line = fake.record; *line != '\0'; line = strchr(line, '\n') + 1)
		count += strncmp(line, deed, strlen(deed)) == 0;
	return count;
}

void fake_kernel_fail(const char *deed, int code)
{
	(void)snprintf(fake.failing, sizeof(fake.failing), "%s", deed);
	fake.code = code;
}

void fake_kernel_directory(const char *path)
{
	fake.directories[fake.directory_count++] = path;
}

void fake_kernel_has_proc(bool is_procfs)
{
	fake.has_other_proc = !is_procfs;
}

void fake_kernel_program_dies(int signal_number, bool never_executed)
{
	fake.death = signal_number;
	fake.never_executed = never_executed;
}

/* Does the deed @line fail? Then errno says how. */
static bool fails(const char *line)
{
	if (fake.failing[0] == '\0' || strncmp(line, fake.failing, strlen(fake.failing)) != 0)
		return false;
	errno = fake.code;
	return true;
}

static int append(const char *line)
{
	const size_t room = sizeof(fake.record) - fake.length;
	int length;

	if (fails(line))
		return -1;
	length = snprintf(fake.record + fake.length, room, "%s\n", line);
	fake.length += length > 0 && (size_t)length < room ? (size_t)length : 0;
	return 0;
}

/* Record a deed of a system call: -1 with errno when it is to fail. */
static PRINTF_LIKE(1, 2) int called(const char *format, ...)
{
	char line[LINE_SIZE];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return append(line);
}

/* Record a deed of the kernel floor: -1 with an error when it is to fail. */
static PRINTF_LIKE(2, 3) int did(struct error *err, const char *format, ...)
{
	char line[LINE_SIZE];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return append(line) < 0 ? error_set_errno(err, "cannot %s", line) : 0;
}

static const char *name_of(int fd)
{
	return fd >= 0 && fd < FD_COUNT && fake.names[fd][0] != '\0' ? fake.names[fd] : "?";
}

static bool is_ours(int fd)
{
	return fd >= 0 && fd < FD_COUNT && fake.names[fd][0] != '\0';
}

static int give_out(const char *path, int flags, const char *name)
{
	const int fd = open(path, flags | O_CLOEXEC);

	if (fd >= 0 && fd < FD_COUNT)
		(void)snprintf(fake.names[fd], sizeof(fake.names[fd]), "%s", name);
	return fd;
}

int fake_kernel_open(const char *name)
{
	return give_out("/dev/null", O_RDWR, name);
}

size_t fake_kernel_open_count(void)
{
	size_t count = 0;

	for (int fd = 0; fd < FD_COUNT; fd++)
		count += is_ours(fd) && fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* A list in a line: what does not fit is left out. */
static PRINTF_LIKE(2, 3) void add(char list[LINE_SIZE], const char *format, ...)
{
	const size_t length = strlen(list);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(list + length, LINE_SIZE - length, format, args);
	va_end(args);
}

static void add_attributes(char list[LINE_SIZE], uint64_t attributes)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} known[] = {
		{ MOUNT_ATTR_RDONLY, " rdonly" },
		{ MOUNT_ATTR_NOSUID, " nosuid" },
		{ MOUNT_ATTR_NODEV, " nodev" },
		{ MOUNT_ATTR_NOEXEC, " noexec" },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if ((attributes & known[i].bit) != 0)
			add(list, "%s", known[i].name);
	}
}

/* kernel/mount.h */

int mount_new(const char *type, const struct mount_option *options, size_t count,
              uint64_t attributes, int *out_fd, struct error *err)
{
	char list[LINE_SIZE] = "";

	for (size_t i = 0; i < count; i++)
		add(list, " %s=%s", options[i].key, options[i].value);
	add_attributes(list, attributes);
	if (did(err, "new %s%s", type, list) < 0)
		return -1;
	*out_fd = fake_kernel_open(type);
	return 0;
}

int mount_open_source(const struct mount_source *source, int *out_fd, struct error *err)
{
	if (did(err, "source %s %ju:%ju", source->path, (uintmax_t)source->device,
	        (uintmax_t)source->inode) < 0)
		return -1;
	*out_fd = fake_kernel_open(source->path);
	return 0;
}

int mount_open_device(const char *path, dev_t device_number, int *out_fd, struct error *err)
{
	if (did(err, "device %s %u:%u", path, major(device_number), minor(device_number)) < 0)
		return -1;
	*out_fd = fake_kernel_open(path);
	return 0;
}

int mount_restrict(int fd, uint64_t attributes, bool is_recursive, struct error *err)
{
	char list[LINE_SIZE] = "";

	add_attributes(list, attributes);
	return did(err, "restrict %s%s%s", name_of(fd), list, is_recursive ? ", and below" : "");
}

int mount_open_tree(const char *path, bool is_recursive, int *out_fd, struct error *err)
{
	if (did(err, "bind %s%s", path, is_recursive ? " and below" : "") < 0)
		return -1;
	*out_fd = fake_kernel_open(path);
	return 0;
}

int mount_copy(int path_fd, int *out_fd, struct error *err)
{
	if (did(err, "copy %s", name_of(path_fd)) < 0)
		return -1;
	*out_fd = fake_kernel_open(name_of(path_fd));
	return 0;
}

int mount_change(int fd, const struct mount_change *change, bool is_recursive, struct error *err)
{
	if (change->set == 0 && change->clear == 0 && change->propagation == 0)
		return 0;
	return did(err, "change %s +%" PRIx64 " -%" PRIx64 " %" PRIx64 "%s", name_of(fd),
	           change->set, change->clear, change->propagation,
	           is_recursive ? " and below" : "");
}

int mount_reconfigure(int fd, const struct mount_option *options, size_t count, const char *place,
                      struct error *err)
{
	return count == 0 ? 0 : did(err, "reconfigure %s", place);
}

int mount_change_root(int root_fd, struct error *err)
{
	return did(err, "change root to %s", name_of(root_fd));
}

int mount_set_propagation(uint64_t flags, struct error *err)
{
	return did(err, "propagation %" PRIx64, flags);
}

int mount_attach(int fd, int target_fd, struct error *err)
{
	return did(err, "attach %s on %s", name_of(fd), name_of(target_fd));
}

int mount_attach_at(int fd, int folder_fd, const char *name, struct error *err)
{
	return did(err, "attach %s on %s in %s", name_of(fd), name, name_of(folder_fd));
}

int mount_attach_copy(int fd, int target_fd, struct error *err)
{
	return did(err, "attach a copy of %s on %s", name_of(fd), name_of(target_fd));
}

int mount_pivot(int root_fd, struct error *err)
{
	return did(err, "pivot to %s", name_of(root_fd));
}

int mount_stop_propagation(struct error *err)
{
	return did(err, "stop propagation");
}

/* kernel/resolve.h */

static bool is_directory(const char *path)
{
	for (size_t i = 0; i < fake.directory_count; i++) {
		if (strcmp(fake.directories[i], path) == 0)
			return true;
	}
	return false;
}

int resolve_inside_quietly(int root_fd, const char *path, int flags)
{
	char line[LINE_SIZE];

	(void)snprintf(line, sizeof(line), "find %s", path);
	if (fails(line))
		return -1;
	(void)snprintf(fake.lookups + strlen(fake.lookups),
	               sizeof(fake.lookups) - strlen(fake.lookups), "%s\n", path);
	return give_out(is_directory(path) ? "/" : "/dev/null", O_PATH, path);
}

int resolve_inside(int root_fd, const char *path, int flags, struct error *err)
{
	const int fd = resolve_inside_quietly(root_fd, path, flags);

	return fd < 0 ? error_set_errno(err, "cannot find %s", path) : fd;
}

int resolve_make_place(int root_fd, const char *path, bool is_directory, struct error *err)
{
	if (did(err, "place %s %s", is_directory ? "directory" : "file", path) < 0)
		return -1;
	return fake_kernel_open(path);
}

int resolve_parent(int root_fd, const char *path, const char **out_name, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char parent[128];

	(void)snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
	*out_name = slash + 1;
	return resolve_inside(root_fd, parent[0] == '\0' ? "/" : parent, O_PATH, err);
}

/* kernel/capability.h */

int capability_lock(capability_set keep, struct error *err)
{
	return did(err, "lock securebits, bounding set %" PRIx64, keep);
}

static int did_sets(struct error *err, const char *deed, const struct capability_sets *sets)
{
	return did(err,
	           "%s effective %" PRIx64 " permitted %" PRIx64 " inheritable %" PRIx64
	           " ambient %" PRIx64,
	           deed, sets->effective, sets->permitted, sets->inheritable, sets->ambient);
}

int capability_bound(capability_set bounding, struct error *err)
{
	return did(err, "bound capabilities %" PRIx64, bounding);
}

int capability_assume(const struct capability_sets *sets, struct error *err)
{
	return did_sets(err, "assume", sets);
}

int capability_reduce(const struct capability_sets *sets, struct error *err)
{
	return did_sets(err, "reduce", sets);
}

int capability_keep(capability_set keep, struct error *err)
{
	return did(err, "keep capabilities %" PRIx64, keep);
}

const char *capability_name(unsigned int number)
{
	return NULL;
}

/* kernel/apparmor.h, kernel/console.h, kernel/network.h, kernel/procfs.h, kernel/seccomp.h */

int apparmor_change_on_exec(int proc_fd, const char *profile, struct error *err)
{
	return did(err, "label %s by %s", profile, name_of(proc_fd));
}

int console_make(int devpts_fd, uid_t owner, int *out_master_fd, struct error *err)
{
	if (did(err, "terminal of %s for %u", name_of(devpts_fd), owner) < 0)
		return -1;
	*out_master_fd = fake_kernel_open("terminal");
	return 0;
}

int console_open(int devpts_fd, uid_t owner, int *out_master_fd, int *out_terminal_fd,
                 struct error *err)
{
	if (did(err, "open console of %s for %u", name_of(devpts_fd), owner) < 0)
		return -1;
	*out_master_fd = fake_kernel_open("master");
	*out_terminal_fd = fake_kernel_open("terminal");
	return 0;
}

int console_use(int terminal_fd, struct error *err)
{
	return did(err, "use %s", name_of(terminal_fd));
}

int console_find_devpts(int root_fd, struct error *err)
{
	return did(err, "find devpts") < 0 ? -1 : fake_kernel_open("devpts");
}

int console_set_size(int fd, unsigned short rows, unsigned short columns, struct error *err)
{
	return did(err, "size of %s: %u x %u", name_of(fd), rows, columns);
}

int network_bring_up_loopback(struct error *err)
{
	return did(err, "loopback up");
}

int procfs_verify(int fd, struct error *err)
{
	if (fake.has_other_proc)
		return error_set(err, ERROR_HOST, "/proc is not a procfs");
	return did(err, "verify %s", name_of(fd));
}

int procfs_write(int proc_fd, const char *path, const char *value, struct error *err)
{
	return did(err, "write %s to %s of %s", value, path, name_of(proc_fd));
}

int seccomp_filter_load(const struct sock_fprog *program, struct error *err)
{
	return did(err, "load a filter of %u", program->len);
}

int seccomp_filter_load_flagged(const struct sock_fprog *program, unsigned int flags,
                                struct error *err)
{
	return did(err, "load filter of %u, flags %x", program->len, flags);
}

/* kernel/scheduling.h */

bool scheduling_is_asked(const struct scheduling *scheduling)
{
	return scheduling->has_policy;
}

int scheduling_apply(const struct scheduling *scheduling, struct error *err)
{
	return did(err, "schedule %u", scheduling->policy);
}

int scheduling_apply_rest(const struct scheduling *scheduling, struct error *err)
{
	return 0;
}

bool scheduling_is_inherited(const struct scheduling *scheduling)
{
	return scheduling->policy != 6; /* SCHED_DEADLINE */
}

int scheduling_set_policy_of(pid_t pid, const struct scheduling *scheduling, struct error *err)
{
	return did(err, "schedule %d with %u", (int)pid, scheduling->policy);
}

/* kernel/namespace.h */

int namespace_join(int fd, uint64_t kinds, const char *path, struct error *err)
{
	return did(err, "join %" PRIx64 " of %s", kinds, path);
}

int namespace_unshare(uint64_t kinds, struct error *err)
{
	return did(err, "unshare %" PRIx64, kinds);
}

/* kernel/subid.h */

bool passwd_find_home(const char *text, size_t size, uint32_t uid, char *home, size_t home_size)
{
	(void)called("home of %u", uid);
	return false;
}

/* kernel/landlock.h */

int landlock_make(const struct landlock_ruleset *ruleset, struct error *err)
{
	if (did(err, "rules on fs %" PRIx64 " net %" PRIx64 " scoped %" PRIx64, ruleset->handled_fs,
	        ruleset->handled_net, ruleset->scoped) < 0)
		return -1;
	return fake_kernel_open("rules");
}

int landlock_allow_path(int ruleset_fd, const char *path, uint64_t access, bool is_foreign,
                        struct error *err)
{
	return did(err, "allow %s %" PRIx64 "%s", path, access, is_foreign ? " if there" : "");
}

int landlock_allow_stdio(int ruleset_fd, uint64_t handled_fs, struct error *err)
{
	return did(err, "allow stdio of %" PRIx64, handled_fs);
}

int landlock_restrict(int ruleset_fd, int abi, struct error *err)
{
	return did(err, "restrict to %s, abi %d", name_of(ruleset_fd), abi);
}

/* kernel/process.h */

int process_hide(struct error *err)
{
	return did(err, "hide");
}

int process_die_with_parent(struct error *err)
{
	return did(err, "die with parent");
}

int process_start_session(struct error *err)
{
	return did(err, "session");
}

int process_start_keyring(struct error *err)
{
	return did(err, "keyring");
}

int process_lead_session(struct error *err)
{
	return did(err, "session without a keyring");
}

int process_set_domainname(const char *name, struct error *err)
{
	return did(err, "domainname %s", name);
}

int process_set_hostname(const char *name, struct error *err)
{
	return did(err, "hostname %s", name);
}

int process_set_rlimit(int resource, uint64_t soft, uint64_t hard, struct error *err)
{
	return did(err, "rlimit %d %" PRIu64 " %" PRIu64, resource, soft, hard);
}

int process_become(uint32_t uid, uint32_t gid, const uint32_t *groups, size_t group_count,
                   struct error *err)
{
	char list[LINE_SIZE] = "";

	for (size_t i = 0; i < group_count; i++)
		add(list, " %u", groups[i]);
	return did(err, "become %u:%u%s", uid, gid, list);
}

int process_become_alone(uint32_t uid, uint32_t gid, struct error *err)
{
	return did(err, "become %u:%u with the groups there are", uid, gid);
}

void process_give_streams(uint32_t uid)
{
	(void)called("streams for %u", uid);
}

int process_close_on_exec_from(unsigned int first_fd, struct error *err)
{
	return did(err, "close on exec from %u", first_fd);
}

int process_close_all_but(int first_fd, int *kept_fds, size_t count, struct error *err)
{
	size_t open_count = 0;

	for (size_t i = 0; i < count; i++)
		open_count += kept_fds[i] >= 0;
	return did(err, "close from %d all but %zu", first_fd, open_count);
}

int process_start_thread(int (*run)(void *context), void *context, struct error *err)
{
	return error_set(err, ERROR_INTERNAL, "no thread is started");
}

/* No hook is run: what runs one is in tests/unit/test_hooks.c. */
pid_t process_spawn_helper(const struct process_image *image, int input_fd, int *out_output_fd,
                           struct error *err)
{
	(void)did(err, "hook %s", image->argv[0]);
	return error_set(err, ERROR_INTERNAL, "a hook that is not run");
}

int process_open(pid_t pid, struct error *err)
{
	return did(err, "open process %d", pid) < 0 ? -1 : fake_kernel_open("process");
}

void process_signal(int pidfd, int signal_number)
{
	(void)called("signal %d to %s", signal_number, name_of(pidfd));
}

void process_reset_signals(void)
{
	(void)called("reset signals");
}

pid_t process_clone(uint64_t flags, int cgroup_fd, int *out_pidfd, struct error *err)
{
	return error_set(err, ERROR_INTERNAL, "no process is cloned");
}

pid_t process_clone_sibling(int *out_pidfd, struct error *err)
{
	return error_set(err, ERROR_INTERNAL, "no process is cloned");
}

int process_take_over(const struct process_image *image, struct error *err)
{
	return did(err, "take over%s", image->has_terminal ? " with a terminal" : "");
}

int process_find_program(const struct process_image *image, struct error *err)
{
	return did(err, "find %s", image->argv[0]);
}

int process_execute(const struct process_image *image, struct error *err)
{
	return did(err, "execute %s", image->argv[0]);
}

int process_forgo_new_privileges(struct error *err)
{
	return did(err, "no new privileges");
}

int process_close_on_exec(struct error *err)
{
	return did(err, "close on exec");
}

int process_change_directory(const char *path, struct error *err)
{
	return did(err, "enter %s", path);
}

void process_set_name(const char *name)
{
	(void)called("name %s", name);
}

pid_t process_spawn(const struct process_image *image, struct error *err)
{
	char list[LINE_SIZE] = "";

	for (const char *const *path = image->paths; *path != NULL; path++)
		add(list, " %s", *path);
	add(list, " as");
	for (const char *const *arg = image->argv; *arg != NULL; arg++)
		add(list, " %s", *arg);
	add(list, " with");
	for (const char *const *entry = image->envp; *entry != NULL; entry++)
		add(list, " %s", *entry);
	if (image->filter.len > 0)
		add(list, ", filter of %u", image->filter.len);
	if (did(err, "spawn%s%s%s", list, image->has_terminal ? ", terminal" : "",
	        image->dies_with_parent ? ", dies with parent" : "") < 0)
		return -1;
	return PROGRAM;
}

int process_never_executed(int proc_fd, pid_t pid, bool *out, struct error *err)
{
	*out = fake.never_executed;
	return 0;
}

void process_name_signal(int signal_number, char name[PROCESS_SIGNAL_NAME_SIZE])
{
	(void)snprintf(name, PROCESS_SIGNAL_NAME_SIZE, "signal %d", signal_number);
}

/* The system calls that stages make themselves, by the names that the linker gives them. */

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __real_openat64(int directory_fd, const char *path, int flags, ...);
int __wrap_openat64(int directory_fd, const char *path, int flags, ...);
ssize_t __real_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);
int __wrap_mkdirat(int directory_fd, const char *path, mode_t mode);
int __wrap_mknodat(int directory_fd, const char *path, mode_t mode, dev_t device);
int __wrap_symlinkat(const char *text, int directory_fd, const char *path);
int __wrap_fchown(int fd, uid_t uid, gid_t gid);
int __wrap_fchownat(int directory_fd, const char *path, uid_t uid, gid_t gid, int flags);
mode_t __wrap_umask(mode_t mask);
int __wrap_waitid(idtype_t type, id_t id, siginfo_t *out, int options);

static mode_t mode_argument(int flags, va_list args)
{
	return (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
}

int __wrap_open64(const char *path, int flags, ...)
{
	mode_t mode;
	va_list args;

	va_start(args, flags);
	mode = mode_argument(flags, args);
	va_end(args);
	if (strcmp(path, "/") == 0 && (flags & O_DIRECTORY) != 0)
		return called("open /") < 0 ? -1 : give_out("/", O_PATH, "the host's root");
	return __real_open64(path, flags, mode);
}

/* A file that is made must be new, and neither be followed nor inherited. */
int __wrap_openat64(int directory_fd, const char *path, int flags, ...)
{
	const int wanted = O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	char name[128];
	mode_t mode;
	va_list args;

	va_start(args, flags);
	mode = mode_argument(flags, args);
	va_end(args);
	if (!is_ours(directory_fd))
		return __real_openat64(directory_fd, path, flags, mode);
	if (called("%sfile %s in %s %o", (flags & wanted) == wanted ? "" : "unsafe ", path,
	           name_of(directory_fd), mode) < 0)
		return -1;
	(void)snprintf(name, sizeof(name), "%.60s", path);
	return fake_kernel_open(name);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t size)
{
	if (!is_ours(fd))
		return __real_write(fd, bytes, size);
	if (called("text %.*s", size < 64 ? (int)size : 64, (const char *)bytes) < 0)
		return -1;
	return (ssize_t)size;
}

int __wrap_mkdirat(int directory_fd, const char *path, mode_t mode)
{
	return called("directory %s in %s %o", path, name_of(directory_fd), mode);
}

int __wrap_mknodat(int directory_fd, const char *path, mode_t mode, dev_t device)
{
	if (!S_ISREG(mode))
		return called("node %s in %s %o %u:%u", path, name_of(directory_fd), mode,
		              major(device), minor(device));
	return called("empty file %s in %s %o", path, name_of(directory_fd), mode & 07777);
}

int __wrap_symlinkat(const char *text, int directory_fd, const char *path)
{
	return called("link %s in %s to %s", path, name_of(directory_fd), text);
}

int __wrap_fchown(int fd, uid_t uid, gid_t gid)
{
	return called("give %s to %u:%u", name_of(fd), uid, gid);
}

int __wrap_fchownat(int directory_fd, const char *path, uid_t uid, gid_t gid, int flags)
{
	return called("%sgive %s in %s to %u:%u", flags == AT_SYMLINK_NOFOLLOW ? "" : "unsafe ",
	              path, name_of(directory_fd), uid, gid);
}

mode_t __wrap_umask(mode_t mask)
{
	(void)called("umask %o", mask);
	return 0;
}

int __wrap_waitid(idtype_t type, id_t id, siginfo_t *out, int options)
{
	if (called("look at %u", id) < 0)
		return -1;
	out->si_pid = fake.death != 0 ? (pid_t)id : 0;
	out->si_code = CLD_KILLED;
	out->si_status = fake.death;
	return 0;
}
