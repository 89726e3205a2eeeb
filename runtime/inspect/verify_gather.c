/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What there is to be judged, read once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "inspect/verify_parts.h"
#include "spec/secret_shape.h"

#define SMALL_SIZE   ((size_t)64 * 1024)   /* of a file of one process; bytes */
#define STATUS_SIZE  ((size_t)1024 * 1024) /* 65536 groups are in it */
#define ENVIRON_SIZE ((size_t)8 * 1024 * 1024)
#define MOUNTS_SIZE  ((size_t)32 * 1024 * 1024)
#define PIDS_MAX     ((size_t)4 * 1024 * 1024) /* of the host; PID_MAX_LIMIT */

#define STANDARD_FDS 3

const char *const verify_namespace_files[VERIFY_NS_COUNT] = {
	[VERIFY_NS_USER] = "user",     [VERIFY_NS_PID] = "pid",   [VERIFY_NS_MOUNT] = "mnt",
	[VERIFY_NS_NETWORK] = "net",   [VERIFY_NS_IPC] = "ipc",   [VERIFY_NS_UTS] = "uts",
	[VERIFY_NS_CGROUP] = "cgroup", [VERIFY_NS_TIME] = "time",
};

/* A process of the host. */
struct found_process {
	pid_t pid;
	pid_t parent;
	bool is_descendant; /* of the container's first process, which is one too */
};

struct scan {
	int proc_fd;
	struct found_process *items;
	size_t count;
	size_t room;
	bool is_out_of_memory;
};

static bool read_stat(int process_fd, struct process_stat *out)
{
	AUTO_FREE char *text = observe_read(process_fd, "stat", PROCESS_STAT_SIZE, NULL);

	return text != NULL && process_parse_stat(text, out);
}

static int open_numbered(int proc_fd, pid_t pid)
{
	char path[16];

	(void)snprintf(path, sizeof(path), "%d", pid);
	return observe_process(proc_fd, path);
}

static bool add_found(struct scan *scan, pid_t pid, pid_t parent)
{
	if (scan->count == scan->room) {
		const size_t room = scan->room == 0 ? 256 : scan->room * 2;
		struct found_process *larger = realloc(scan->items, room * sizeof(*larger));

		if (larger == NULL || room > PIDS_MAX) {
			scan->is_out_of_memory = true;
			scan->items = larger == NULL ? scan->items : larger;
			return false;
		}
		scan->items = larger;
		scan->room = room;
	}
	scan->items[scan->count++] = (struct found_process){ .pid = pid, .parent = parent };
	return true;
}

static bool scan_entry(const char *entry, void *context)
{
	struct scan *scan = context;
	AUTO_CLOSE int fd = -1;
	struct process_stat stat;
	uint64_t pid;

	if (!number_parse(entry, PIDS_MAX, &pid))
		return true;
	fd = open_numbered(scan->proc_fd, (pid_t)pid);
	if (fd < 0 || !read_stat(fd, &stat))
		return true;
	return add_found(scan, (pid_t)pid, stat.parent);
}

static int compare_found(const void *left, const void *right)
{
	const struct found_process *a = left;
	const struct found_process *b = right;

	return (a->pid > b->pid) - (a->pid < b->pid);
}

static struct found_process *find(const struct scan *scan, pid_t pid)
{
	const struct found_process key = { .pid = pid };

	return bsearch(&key, scan->items, scan->count, sizeof(key), compare_found);
}

/* Until nothing changes: a parent may stand behind its child. */
static void mark_descendants(const struct scan *scan, pid_t init)
{
	bool has_changed = true;

	while (has_changed) {
		has_changed = false;
		for (size_t i = 0; i < scan->count; i++) {
			struct found_process *item = &scan->items[i];
			const struct found_process *parent = find(scan, item->parent);

			if (item->is_descendant)
				continue;
			if (item->pid == init || (parent != NULL && parent->is_descendant)) {
				item->is_descendant = true;
				has_changed = true;
			}
		}
	}
}

static int compare_pids(const void *left, const void *right)
{
	const pid_t a = *(const pid_t *)left;
	const pid_t b = *(const pid_t *)right;

	return (a > b) - (a < b);
}

static bool is_listed(const pid_t *pids, size_t count, pid_t pid)
{
	return pids != NULL && bsearch(&pid, pids, count, sizeof(pid), compare_pids) != NULL;
}

static void read_namespaces(int process_fd, uint64_t out[VERIFY_NS_COUNT])
{
	for (int i = 0; i < VERIFY_NS_COUNT; i++)
		out[i] = observe_namespace(process_fd, verify_namespace_files[i]);
}

static void note_oddity(struct verify_oddity *oddity, const char *first, const char *detail)
{
	if (oddity->count++ > 0)
		return;
	(void)row_escape(first, oddity->first);
	(void)row_escape(detail, oddity->detail);
}

static bool is_asked_for(const struct spec *spec, const char *setting)
{
	const size_t length = strcspn(setting, "=");

	for (size_t i = 0; spec != NULL && i < spec->env.count; i++) {
		const char *asked = spec->env.items[i].value;

		if (strncmp(asked, setting, length) == 0 && asked[length] == '=')
			return true;
	}
	return false;
}

/* The value is not told. */
static void judge_setting(const struct spec *spec, char *setting, struct verify_oddity *out)
{
	const char *why = secret_shape(setting);

	if (why == NULL || is_asked_for(spec, setting))
		return;
	setting[strcspn(setting, "=")] = '\0';
	note_oddity(out, setting, why);
}

static void read_environment(int process_fd, const struct spec *spec, struct verify_oddity *out)
{
	size_t size = 0;
	AUTO_FREE char *text = observe_read(process_fd, "environ", ENVIRON_SIZE, &size);

	out->is_known = text != NULL;
	for (size_t at = 0; text != NULL && at < size;) {
		const size_t length = strlen(text + at);

		judge_setting(spec, text + at, out);
		at += length + 1;
	}
}

/* The descriptors of one process. */
struct fd_scan {
	const struct verify_target *target;
	int process_fd;
	struct observed_file standard[2 * STANDARD_FDS]; /* the process' own and the first's */
	size_t standard_count;
	struct verify_oddity *out;
};

static bool is_inside(const struct verify_target *target, uint64_t mount)
{
	for (size_t i = 0; i < target->mount_count; i++) {
		if (target->mounts[i].id == mount)
			return true;
	}
	return false;
}

static bool is_standard(const struct fd_scan *scan, const struct observed_file *file)
{
	for (size_t i = 0; i < scan->standard_count; i++) {
		if (scan->standard[i].device == file->device &&
		    scan->standard[i].inode == file->inode)
			return true;
	}
	return false;
}

/* Files that have a path in nobody's tree. Source: kernel mm/shmem.c; ipc/shm.c; fs/aio.c. */
static bool is_pathless(const char *text)
{
	static const char *const beginnings[] = { "/memfd:",  "/SYSV",
		                                  "/[aio]",   "/dev/zero (deleted)",
		                                  "/dmabuf:", "/anon_hugepage" };

	if (text[0] != '/')
		return true;
	for (size_t i = 0; i < ARRAY_LEN(beginnings); i++) {
		if (strncmp(text, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	}
	return false;
}

static void judge_link(struct fd_scan *scan, const char *name, bool is_standard_stream)
{
	struct observed_file file;
	char text[1024];
	char detail[64];

	if (!observe_link(scan->process_fd, name, text, sizeof(text)) || is_pathless(text) ||
	    !observe_file(scan->process_fd, name, &file) || is_inside(scan->target, file.mount))
		return;
	if (!S_ISDIR(file.mode) && (is_standard_stream || is_standard(scan, &file)))
		return;
	(void)snprintf(detail, sizeof(detail), "%s, a %s of the host's", name,
	               S_ISDIR(file.mode) ? "directory" : "file");
	note_oddity(scan->out, text, detail);
}

static bool judge_descriptor(const char *entry, void *context)
{
	struct fd_scan *scan = context;
	char name[32];
	uint64_t number;

	if (number_parse(entry, INT32_MAX, &number)) {
		(void)snprintf(name, sizeof(name), "fd/%u", (unsigned int)number);
		judge_link(scan, name, number < STANDARD_FDS);
	}
	return true;
}

static void add_standard(struct fd_scan *scan, int process_fd)
{
	for (int i = 0; i < STANDARD_FDS; i++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "fd/%d", i);
		if (observe_file(process_fd, name, &scan->standard[scan->standard_count]))
			scan->standard_count++;
	}
}

/* What leads out of the container's mounts, of which the caller must know which they are. */
static void read_descriptors(const struct verify_target *target, int process_fd,
                             struct verify_oddity *out)
{
	struct fd_scan scan = { .target = target, .process_fd = process_fd, .out = out };

	if (target->mounts == NULL)
		return;
	add_standard(&scan, process_fd);
	add_standard(&scan, target->init_fd);
	out->is_known = observe_each(process_fd, "fd", judge_descriptor, &scan);
	judge_link(&scan, "cwd", false);
	judge_link(&scan, "root", false);
	judge_link(&scan, "exe", false);
}

struct thread_scan {
	int process_fd;
	struct verify_process *process;
	bool is_out_of_memory;
};

static bool read_thread(const char *entry, void *context)
{
	struct thread_scan *scan = context;
	struct verify_process *process = scan->process;
	struct proc_status *larger;
	AUTO_FREE char *text = NULL;
	char name[64];

	if (process->thread_count == VERIFY_PROCESSES_MAX)
		return false;
	(void)snprintf(name, sizeof(name), "task/%.20s/status", entry);
	text = observe_read(scan->process_fd, name, STATUS_SIZE, NULL);
	if (text == NULL)
		return true;
	larger = realloc(process->threads, (process->thread_count + 1) * sizeof(*larger));
	scan->is_out_of_memory = larger == NULL;
	if (larger == NULL)
		return false;
	process->threads = larger;
	if (proc_parse_status(text, &larger[process->thread_count]))
		process->thread_count++;
	return true;
}

static void read_label(int process_fd, struct verify_process *out)
{
	AUTO_FREE char *text =
		observe_read(process_fd, "attr/apparmor/current", APPARMOR_LABEL_SIZE - 1, NULL);

	out->has_label = text != NULL;
	if (text != NULL)
		(void)snprintf(out->label, sizeof(out->label), "%.*s", (int)strcspn(text, "\n"),
		               text);
}

static void read_limits(int process_fd, struct proc_limits *out)
{
	AUTO_FREE char *text = observe_read(process_fd, "limits", SMALL_SIZE, NULL);

	if (text != NULL)
		proc_parse_limits(text, out);
}

/* Is it in the cgroup, and no more? */
static bool is_stranger(const struct verify_target *target, const struct verify_process *process)
{
	static const enum verify_namespace telling[] = { VERIFY_NS_PID, VERIFY_NS_MOUNT };

	for (size_t i = 0; i < ARRAY_LEN(telling); i++) {
		const uint64_t own = process->namespaces[telling[i]];
		const uint64_t wanted = target->namespaces[telling[i]];

		if (own != 0 && wanted != 0 && own != wanted)
			return true;
	}
	return false;
}

static int read_process(const struct verify_target *target, int process_fd,
                        struct verify_process *out, struct error *err)
{
	const struct verify_subject *subject = target->subject;
	struct thread_scan scan = { .process_fd = process_fd, .process = out };

	(void)observe_each(process_fd, "task", read_thread, &scan);
	if (scan.is_out_of_memory)
		return error_set_errno(err, "cannot allocate a list of threads");
	if (out->thread_count > 0)
		(void)row_escape(out->threads[0].name, out->name);
	out->is_own_init =
		subject->is_launched && out->pid == subject->pid && out->stat.is_unexecuted;
	read_limits(process_fd, &out->limits);
	read_label(process_fd, out);
	if (out->is_own_init || out->is_stranger)
		return 0;
	read_environment(process_fd, subject->spec, &out->environment);
	read_descriptors(target, process_fd, &out->descriptors);
	return 0;
}

/* One that has ended in between is passed over. */
static int add_process(struct verify_target *target, const struct found_process *found,
                       bool is_in_cgroup, struct error *err)
{
	struct verify_process *process = &target->processes[target->process_count];
	AUTO_CLOSE int fd = open_numbered(target->proc_fd, found->pid);

	*process = (struct verify_process){ .pid = found->pid,
		                            .is_in_cgroup = is_in_cgroup,
		                            .is_descendant = found->is_descendant };
	if (fd < 0 || !read_stat(fd, &process->stat) || process->stat.state == 'Z' ||
	    process->stat.state == 'X')
		return 0;
	read_namespaces(fd, process->namespaces);
	process->has_namespaces = process->namespaces[VERIFY_NS_PID] != 0;
	process->is_stranger = !found->is_descendant && is_stranger(target, process);
	if (read_process(target, fd, process, err) < 0)
		return -1;
	if (process->thread_count > 0)
		target->process_count++;
	else
		free(process->threads);
	return 0;
}

/* Is it in the PID namespace that the container has for itself? */
static bool shares_pids(const struct verify_target *target, pid_t pid)
{
	const uint64_t wanted = target->namespaces[VERIFY_NS_PID];
	AUTO_CLOSE int fd = -1;

	if (wanted == 0 || wanted == target->host_namespaces[VERIFY_NS_PID])
		return false;
	fd = open_numbered(target->proc_fd, pid);
	return fd >= 0 && observe_namespace(fd, "pid") == wanted;
}

static void scan_clear(struct scan *scan)
{
	free(scan->items);
}

static int run_scan(const struct verify_target *target, struct scan *scan, struct error *err)
{
	scan->proc_fd = target->proc_fd;
	if (!observe_each(target->proc_fd, ".", scan_entry, scan) || scan->is_out_of_memory)
		return error_set_errno(err, "cannot list the processes of the host");
	if (scan->count > 0)
		qsort(scan->items, scan->count, sizeof(*scan->items), compare_found);
	mark_descendants(scan, target->subject->pid);
	return 0;
}

/*
 * Whose namespaces and files stand for the container's: the first process' own, unless only its
 * descendants let the caller look, as with the init of an ordinary user's launch.
 */
static int choose_seen(struct verify_target *target, const struct scan *scan, struct error *err)
{
	target->seen_pid = target->subject->pid;
	for (size_t i = 0; i <= scan->count; i++) {
		const struct found_process *item = i == 0 ? NULL : &scan->items[i - 1];
		const pid_t pid = item == NULL ? target->subject->pid : item->pid;
		AUTO_CLOSE int fd = -1;

		if (item != NULL && !item->is_descendant)
			continue;
		fd = open_numbered(target->proc_fd, pid);
		if (fd < 0 || observe_namespace(fd, "pid") == 0)
			continue;
		target->seen_pid = pid;
		target->seen_fd = take_fd(&fd);
		return 0;
	}
	target->seen_fd = open_numbered(target->proc_fd, target->subject->pid);
	if (target->seen_fd < 0)
		return error_set(err, ERROR_STATE, "process %d has ended",
		                 (int)target->subject->pid);
	return 0;
}

static void free_pids(pid_t **owner)
{
	free(*owner);
}

static int read_processes(struct verify_target *target, const struct scan *scan, struct error *err)
{
	CLEANUP(free_pids) pid_t *pids = NULL;
	struct error ignored = { .kind = ERROR_NONE };
	size_t count = 0;

	if (target->cgroup_fd >= 0)
		(void)!cgroup_list_processes(target->cgroup_fd, &pids, &count, &ignored);
	target->processes = calloc(VERIFY_PROCESSES_MAX, sizeof(*target->processes));
	if (target->processes == NULL)
		return error_set_errno(err, "cannot allocate a list of processes");
	for (size_t i = 0; i < scan->count; i++) {
		const struct found_process *item = &scan->items[i];
		const bool is_in_cgroup = is_listed(pids, count, item->pid);

		if (!item->is_descendant && !is_in_cgroup && !shares_pids(target, item->pid))
			continue;
		if (target->process_count == VERIFY_PROCESSES_MAX) {
			target->has_more_processes = true;
			break;
		}
		if (add_process(target, item, is_in_cgroup, err) < 0)
			return -1;
	}
	return 0;
}

static struct proc_mount *read_mounts(int process_fd, char **text, size_t *out_count,
                                      size_t *out_strange)
{
	*text = observe_read(process_fd, "mountinfo", MOUNTS_SIZE, NULL);
	return *text == NULL ? NULL : proc_parse_mounts(*text, out_count, out_strange);
}

static int read_id_map(int process_fd, const char *name, struct id_map *out)
{
	AUTO_FREE char *text = observe_read(process_fd, name, SMALL_SIZE, NULL);

	return text == NULL ? -1 : proc_parse_id_map(text, out);
}

/* Only a cgroup of its own says something of the container. */
static void open_cgroup(struct verify_target *target)
{
	AUTO_FREE char *text = observe_read(target->init_fd, "cgroup", SMALL_SIZE, NULL);
	struct error absent = { .kind = ERROR_NONE };

	if (text == NULL || !proc_parse_cgroup(text, target->cgroup, sizeof(target->cgroup)))
		target->cgroup[0] = '\0';
	if (target->cgroup[0] == '/' && target->cgroup[1] != '\0')
		target->cgroup_fd = cgroup_open(target->cgroup, &absent);
}

static int look_inside(struct verify_target *target, struct error *err)
{
	const size_t count = target->plan == NULL ? 0 : target->plan->sysctl_count;
	AUTO_CLOSE int pidfd = process_open(target->seen_pid, &target->inside);

	target->sysctls = calloc(count + 1, sizeof(*target->sysctls));
	if (target->sysctls == NULL)
		return error_set_errno(err, "cannot allocate a list of sysctls");
	target->sysctl_count = count + 1;
	target->sysctls[0].path = "user/max_user_namespaces";
	for (size_t i = 0; i < count; i++)
		target->sysctls[i + 1].path = target->plan->sysctls[i].path;
	if (pidfd >= 0)
		(void)!observe_inside(target->seen_pid, pidfd, &target->names, target->sysctls,
		                      target->sysctl_count, &target->inside);
	return 0;
}

static int open_first(struct verify_target *target, struct error *err)
{
	AUTO_CLOSE int self_fd = -1;
	size_t strange;

	target->proc_fd = observe_open(err);
	if (target->proc_fd < 0)
		return -1;
	target->pidfd = process_open(target->subject->pid, err);
	if (target->pidfd < 0)
		return -1;
	target->init_fd = open_numbered(target->proc_fd, target->subject->pid);
	self_fd = open_numbered(target->proc_fd, getpid());
	if (target->init_fd < 0 || self_fd < 0 || !verify_is_same(target))
		return error_set(err, ERROR_STATE, "process %d has ended",
		                 (int)target->subject->pid);
	read_namespaces(self_fd, target->host_namespaces);
	target->host_mounts =
		read_mounts(self_fd, &target->host_mount_text, &target->host_mount_count, &strange);
	return 0;
}

int verify_gather(struct verify_target *target, struct error *err)
{
	CLEANUP(scan_clear) struct scan scan = { .items = NULL };

	if (open_first(target, err) < 0 || run_scan(target, &scan, err) < 0 ||
	    choose_seen(target, &scan, err) < 0)
		return -1;
	read_namespaces(target->seen_fd, target->namespaces);
	target->root_fd = observe_root(target->seen_fd);
	target->uid_map_count = read_id_map(target->init_fd, "uid_map", target->uid_map);
	target->gid_map_count = read_id_map(target->init_fd, "gid_map", target->gid_map);
	open_cgroup(target);
	target->mounts = read_mounts(target->seen_fd, &target->mount_text, &target->mount_count,
	                             &target->strange_mounts);
	if (read_processes(target, &scan, err) < 0)
		return -1;
	return look_inside(target, err);
}

void verify_release(struct verify_target *target)
{
	for (size_t i = 0; i < target->process_count; i++)
		free(target->processes[i].threads);
	free(target->processes);
	free(target->mounts);
	free(target->mount_text);
	free(target->host_mounts);
	free(target->host_mount_text);
	free(target->sysctls);
	cleanup_close(&target->root_fd);
	cleanup_close(&target->cgroup_fd);
	cleanup_close(&target->seen_fd);
	cleanup_close(&target->init_fd);
	cleanup_close(&target->pidfd);
	cleanup_close(&target->proc_fd);
}

bool verify_is_same(const struct verify_target *target)
{
	struct error ended = { .kind = ERROR_NONE };
	struct process_stat stat;

	return process_number(target->pidfd, &ended) == target->subject->pid &&
	       read_stat(target->init_fd, &stat) && stat.state != 'Z' && stat.state != 'X';
}

const struct verify_process *verify_next(const struct verify_target *target,
                                         const struct verify_process *before)
{
	const struct verify_process *next = before == NULL ? target->processes : before + 1;

	while (next < target->processes + target->process_count && next->is_stranger)
		next++;
	return next < target->processes + target->process_count ? next : NULL;
}
