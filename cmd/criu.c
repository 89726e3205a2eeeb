/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The helper program that asks criu(8): alone in being linked with libcriu, whose messages it
 * speaks with a criu that it starts. lifecycle/criu.h says what it is asked and how it answers.
 * Source: criu(8), swrk; libcriu, rpc.proto.
 */
#include <criu/rpc.pb-c.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/compiler.h"

/* To hardrun; the standard streams below are those of a restored container. */
#define CALLER_FD     3
#define STREAM_COUNT  3
#define FIRST_FREE_FD 10 /* above what is passed on, so that criu finds it out of the way */

#define REPLY_SIZE  4096  /* to hardrun */
#define ANSWER_SIZE 65536 /* of criu's */

#define STEP_RESTORED "post-restore"

#define LOG_LEVEL 4 /* all but what is of use to criu's makers alone */

/* What a restored mount must be. */
struct mount_flags {
	uint64_t attributes; /* MOUNT_ATTR_* */
	const char *target;  /* inside */
};

/* What is asked for. */
struct call {
	CriuOpts options;
	CriuReqType type;
	const char *program; /* criu's */
	const char *images;
	const char *work;
	const char *root;   /* of a container to be restored */
	const char *cgroup; /* that criu is to be in */
	struct mount_flags **mounts;
	size_t mount_count;
};

/* The one message of a failure, which ends the program. */
NORETURN static void fail(const char *format, ...) PRINTF_LIKE(1, 2);

static void fail(const char *format, ...)
{
	char text[REPLY_SIZE] = "error ";
	const size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text + used, sizeof(text) - used, format, args);
	va_end(args);
	(void)send(CALLER_FD, text, strlen(text), MSG_NOSIGNAL);
	exit(EXIT_FAILURE);
}

static void *allocate(size_t size)
{
	void *block = calloc(1, size);

	if (block == NULL)
		fail("no memory");
	return block;
}

/* One more of a list of protobuf-c's. */
static void append(void ***items, size_t *count, void *item)
{
	void **grown = reallocarray(*items, *count + 1, sizeof(*grown));

	if (grown == NULL)
		fail("no memory");
	grown[(*count)++] = item;
	*items = grown;
}

static int read_number(const char *text, int max)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < 0 || value > max)
		fail("\"%s\" is no number", text);
	return (int)value;
}

static void take_pid(struct call *call, char *value)
{
	call->options.has_pid = 1;
	call->options.pid = read_number(value, INT_MAX);
}

static void take_images(struct call *call, char *value)
{
	call->images = value;
}

static void take_work(struct call *call, char *value)
{
	call->work = value;
}

static void take_log(struct call *call, char *value)
{
	call->options.log_file = value;
}

static void take_parent(struct call *call, char *value)
{
	call->options.parent_img = value;
}

static void take_program(struct call *call, char *value)
{
	call->program = value;
}

static void take_root(struct call *call, char *value)
{
	call->root = value;
	call->options.root = value;
}

static void take_cgroup(struct call *call, char *value)
{
	call->cgroup = value;
}

/* Of version 2, whose hierarchy has an empty name; without a name it is that of all of them. */
static void take_cgroup_root(struct call *call, char *value)
{
	static char unified[] = "";
	CgroupRoot *item = allocate(sizeof(*item));

	cgroup_root__init(item);
	item->ctrl = unified;
	item->path = value;
	append((void ***)&call->options.cg_root, &call->options.n_cg_root, item);
}

static void take_freeze(struct call *call, char *value)
{
	call->options.freeze_cgroup = value;
}

static void take_external(struct call *call, char *value)
{
	append((void ***)&call->options.external, &call->options.n_external, value);
}

static void inherit(struct call *call, char *key, int fd)
{
	InheritFd *item = allocate(sizeof(*item));

	inherit_fd__init(item);
	item->key = key;
	item->fd = fd;
	append((void ***)&call->options.inherit_fd, &call->options.n_inherit_fd, item);
}

/* Cut "A:B" in two; returns B. */
static char *cut(char *value)
{
	char *colon = strchr(value, ':');

	if (colon == NULL)
		fail("\"%s\" has no colon", value);
	*colon = '\0';
	return colon + 1;
}

/* "NUMBER:KEY" */
static void take_stream(struct call *call, char *value)
{
	char *key = cut(value);
	const int fd = fcntl(read_number(value, STREAM_COUNT - 1), F_DUPFD, FIRST_FREE_FD);

	if (fd < 0)
		fail("cannot pass a standard stream on: %s", strerror(errno));
	inherit(call, key, fd);
}

/* "KEY:PATH" */
static void take_open(struct call *call, char *value)
{
	const char *path = cut(value);
	const int low_fd = open(path, O_RDONLY | O_CLOEXEC);
	const int fd = low_fd < 0 ? -1 : fcntl(low_fd, F_DUPFD, FIRST_FREE_FD);

	if (fd < 0)
		fail("cannot open %s: %s", path, strerror(errno));
	(void)close(low_fd);
	inherit(call, value, fd);
}

/* "KIND:PATH" */
static void take_join(struct call *call, char *value)
{
	JoinNamespace *item = allocate(sizeof(*item));

	join_namespace__init(item);
	item->ns_file = cut(value);
	item->ns = value;
	append((void ***)&call->options.join_ns, &call->options.n_join_ns, item);
}

static void take_empty_namespaces(struct call *call, char *value)
{
	call->options.has_empty_ns = 1;
	call->options.empty_ns = (uint32_t)read_number(value, INT_MAX);
}

static void take_cgroups_mode(struct call *call, char *value)
{
	static const struct {
		const char *name;
		CriuCgMode mode;
	} modes[] = {
		{ "soft", CRIU_CG_MODE__SOFT },
		{ "full", CRIU_CG_MODE__FULL },
		{ "strict", CRIU_CG_MODE__STRICT },
		{ "ignore", CRIU_CG_MODE__IGNORE },
	};

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		if (strcmp(modes[i].name, value) == 0) {
			call->options.has_manage_cgroups_mode = 1;
			call->options.manage_cgroups_mode = modes[i].mode;
			return;
		}
	}
	fail("\"%s\" is no mode of cgroups", value);
}

/* "PORT:ADDRESS" */
static void take_page_server(struct call *call, char *value)
{
	CriuPageServerInfo *server = allocate(sizeof(*server));

	criu_page_server_info__init(server);
	server->address = cut(value);
	server->has_port = 1;
	server->port = read_number(value, UINT16_MAX);
	call->options.ps = server;
}

/* "ATTRIBUTES:TARGET" */
static void take_attributes(struct call *call, char *value)
{
	struct mount_flags *flags = allocate(sizeof(*flags));

	flags->target = cut(value);
	flags->attributes = (uint64_t)read_number(value, INT_MAX);
	append((void ***)&call->mounts, &call->mount_count, flags);
}

static void take_profile(struct call *call, char *value)
{
	call->options.lsm_profile = value;
}

static void take_mount_context(struct call *call, char *value)
{
	call->options.lsm_mount_context = value;
}

static const struct {
	const char *name;
	void (*take)(struct call *call, char *value);
} settings[] = {
	{ "pid", take_pid },
	{ "images", take_images },
	{ "work", take_work },
	{ "log", take_log },
	{ "parent", take_parent },
	{ "criu", take_program },
	{ "root", take_root },
	{ "cgroup", take_cgroup },
	{ "cgroup-root", take_cgroup_root },
	{ "freeze", take_freeze },
	{ "external", take_external },
	{ "stream", take_stream },
	{ "open", take_open },
	{ "join", take_join },
	{ "empty", take_empty_namespaces },
	{ "manage-cgroups", take_cgroups_mode },
	{ "page-server", take_page_server },
	{ "attributes", take_attributes },
	{ "lsm-profile", take_profile },
	{ "lsm-mount-context", take_mount_context },
};

#define SWITCH(name, member)                                                       \
	{                                                                          \
		name, offsetof(CriuOpts, has_##member), offsetof(CriuOpts, member) \
	}

static const struct {
	const char *name;
	size_t has_offset;
	size_t offset;
} switches[] = {
	SWITCH("leave-running", leave_running),
	SWITCH("tcp-established", tcp_established),
	SWITCH("tcp-skip-in-flight", tcp_skip_in_flight),
	SWITCH("tcp-close", tcp_close),
	SWITCH("ext-unix-sk", ext_unix_sk),
	SWITCH("shell-job", shell_job),
	SWITCH("file-locks", file_locks),
	SWITCH("auto-dedup", auto_dedup),
	SWITCH("track-mem", track_mem),
	SWITCH("external-sharing", ext_sharing),
	SWITCH("external-masters", ext_masters),
	SWITCH("orphan-pts-master", orphan_pts_master),
	SWITCH("notify-scripts", notify_scripts),
	SWITCH("rst-sibling", rst_sibling),
};

static void switch_on(struct call *call, const char *name)
{
	char *options = (char *)&call->options;

	for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
		if (strcmp(switches[i].name, name) == 0) {
			*(protobuf_c_boolean *)(options + switches[i].has_offset) = 1;
			*(protobuf_c_boolean *)(options + switches[i].offset) = 1;
			return;
		}
	}
	fail("\"%s\" is no option", name);
}

/* "NAME=VALUE", or "NAME" for a switch. */
static void take_word(struct call *call, char *word)
{
	char *value = strchr(word, '=');

	if (value == NULL) {
		switch_on(call, word);
		return;
	}
	*value++ = '\0';
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		if (strcmp(settings[i].name, word) == 0) {
			settings[i].take(call, value);
			return;
		}
	}
	fail("\"%s\" is no setting", word);
}

static CriuReqType find_type(const char *verb)
{
	static const struct {
		const char *name;
		CriuReqType type;
	} verbs[] = {
		{ "dump", CRIU_REQ_TYPE__DUMP },
		{ "pre-dump", CRIU_REQ_TYPE__PRE_DUMP },
		{ "restore", CRIU_REQ_TYPE__RESTORE },
	};

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (strcmp(verbs[i].name, verb) == 0)
			return verbs[i].type;
	}
	fail("\"%s\" is no verb", verb);
}

/*
 * criu wants the root that it restores to be a mount; what is mounted here for that is gone with
 * this process. Mounts of the host go on arriving, as the masters of the container's may.
 */
static void mount_root(const char *path)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0 ||
	    mount(path, path, NULL, MS_BIND | MS_REC, NULL) < 0)
		fail("cannot bind the root %s: %s", path, strerror(errno));
}

static int open_folder(const char *path)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		fail("cannot open %s: %s", path, strerror(errno));
	return fd;
}

/* After mount_root(): criu mounts in them, which it may in its own mount namespace alone. */
static void open_folders(struct call *call)
{
	if (call->images == NULL || call->work == NULL)
		fail("images and work are missing");
	call->options.images_dir_fd = open_folder(call->images);
	call->options.has_work_dir_fd = 1;
	call->options.work_dir_fd = open_folder(call->work);
}

static void enter_cgroup(const char *path)
{
	char file[PATH_MAX];
	int fd;

	(void)snprintf(file, sizeof(file), "%s/cgroup.procs", path);
	fd = open(file, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		fail("cannot enter the cgroup %s: %s", path, strerror(errno));
	(void)close(fd);
}

NORETURN static void become_criu(const char *program, int fd)
{
	char number[16];
	char verb[] = "swrk";
	char name[] = "criu";
	char *argv[] = { name, verb, number, NULL };
	const int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)snprintf(number, sizeof(number), "%d", fd);
	(void)close(CALLER_FD);
	for (int i = 0; i < STREAM_COUNT; i++)
		(void)dup2(null_fd, i);
	(void)fcntl(fd, F_SETFD, 0);
	(void)execvp(program, argv);
	_exit(errno == ENOENT ? 127 : 126);
}

static pid_t start_criu(const char *program, int *out_fd)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		fail("cannot make a socket to criu: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		fail("cannot start criu: %s", strerror(errno));
	if (pid == 0)
		become_criu(program, ends[1]);
	(void)close(ends[1]);
	*out_fd = ends[0];
	return pid;
}

/* criu has ended without an answer. */
NORETURN static void fail_for_end(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		fail("missing");
	if (WIFSIGNALED(status))
		fail("it was ended by signal %d", WTERMSIG(status));
	fail("it ended without an answer, with status %d", WEXITSTATUS(status));
}

static void ask(int fd, const CriuReq *request, pid_t pid)
{
	const size_t size = criu_req__get_packed_size(request);
	uint8_t *bytes = allocate(size);

	(void)criu_req__pack(request, bytes);
	if (send(fd, bytes, size, MSG_NOSIGNAL) < 0)
		fail_for_end(pid);
	free(bytes);
}

/* The descriptor that came with a message; -1: none. */
static int find_fd(struct msghdr *message)
{
	int fd = -1;
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);

	if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static CriuResp *hear(int fd, pid_t pid, int *out_fd)
{
	static uint8_t bytes[ANSWER_SIZE];
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	struct msghdr message = { .msg_iov = &part,
		                  .msg_iovlen = 1,
		                  .msg_control = control.bytes,
		                  .msg_controllen = sizeof(control.bytes) };
	const ssize_t size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	CriuResp *answer;

	if (size <= 0)
		fail_for_end(pid);
	answer = criu_resp__unpack(NULL, (size_t)size, bytes);
	if (answer == NULL)
		fail("its answer cannot be read");
	*out_fd = find_fd(&message);
	return answer;
}

/* Tell hardrun, with a descriptor unless that is -1. */
static bool tell(const char *text, int fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(fd))];
	} control = { .bytes = { 0 } };
	char copy[REPLY_SIZE];
	struct iovec part = { .iov_base = copy };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *header;

	part.iov_len = (size_t)snprintf(copy, sizeof(copy), "%s", text);
	if (fd >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	return sendmsg(CALLER_FD, &message, MSG_NOSIGNAL) >= 0;
}

/* Does hardrun agree to what criu is at? A hardrun that is gone does not. */
static bool is_agreed(const CriuNotify *notify, int fd)
{
	char text[REPLY_SIZE];
	char reply[8] = "";
	ssize_t length;

	(void)snprintf(text, sizeof(text), "notify %d %s", (int)notify->pid,
	               notify->script == NULL ? "" : notify->script);
	if (!tell(text, fd))
		return false;
	length = recv(CALLER_FD, reply, sizeof(reply) - 1, 0);
	return length > 0 && strcmp(reply, "ok") == 0;
}

/* Returns 0 when all is as it must be. The container's processes do not run yet. */
static int set_attributes(const struct call *call, pid_t pid)
{
	char path[32];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNS) < 0)
		return -1;
	for (size_t i = 0; i < call->mount_count; i++) {
		struct mount_attr attributes = { .attr_set = call->mounts[i]->attributes };

		/* What the container had taken away is not there, or no mount. */
		if (mount_setattr(AT_FDCWD, call->mounts[i]->target, 0, &attributes,
		                  sizeof(attributes)) < 0 &&
		    errno != ENOENT && errno != EINVAL)
			return -1;
	}
	return 0;
}

/*
 * criu takes the attributes of an external mount for given when the mount is also a bind of
 * another one with the same attributes, while what it binds is the source on the host, which has
 * its own: a second read-only bind would become writable.
 * Source: criu 4.1, mount-v2.c, do_bind_mount_v2().
 */
static bool are_attributes_set(const struct call *call, pid_t pid)
{
	int status = 0;
	const pid_t child = fork();

	if (child == 0)
		_exit(set_attributes(call, pid) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

static bool is_well(const struct call *call, const CriuNotify *notify)
{
	if (call->mount_count == 0 || notify->script == NULL ||
	    strcmp(notify->script, STEP_RESTORED) != 0)
		return true;
	return are_attributes_set(call, notify->pid);
}

static void reply_to_notify(const struct call *call, int fd, const CriuResp *answer, int passed_fd,
                            pid_t pid)
{
	CriuReq reply = CRIU_REQ__INIT;

	if (answer->notify == NULL)
		fail("its answer cannot be read");
	reply.type = CRIU_REQ_TYPE__NOTIFY;
	reply.has_notify_success = 1;
	reply.notify_success =
		is_well(call, answer->notify) && is_agreed(answer->notify, passed_fd) ? 1 : 0;
	if (passed_fd >= 0)
		(void)close(passed_fd);
	ask(fd, &reply, pid);
}

static void finish(const CriuResp *answer)
{
	char text[32];
	const char *why = answer->cr_errmsg;

	if (answer->success == 0 && why != NULL && why[0] != '\0')
		fail("%.*s", (int)strcspn(why, "\n"), why);
	if (answer->success == 0)
		fail("it says no more than that it failed%s%s",
		     answer->has_cr_errno != 0 && answer->cr_errno != 0 ? ": " : "",
		     answer->has_cr_errno != 0 && answer->cr_errno != 0 ? strerror(answer->cr_errno)
		                                                        : "");
	(void)snprintf(text, sizeof(text), "ok %d",
	               answer->restore == NULL ? 0 : (int)answer->restore->pid);
	(void)tell(text, -1);
}

/* Notifications, each with a reply, then the result. */
static void talk(struct call *call)
{
	CriuReq request = CRIU_REQ__INIT;
	int fd = -1;
	const pid_t pid = start_criu(call->program, &fd);
	CriuResp *answer;
	int passed_fd = -1;

	request.type = call->type;
	request.opts = &call->options;
	ask(fd, &request, pid);
	answer = hear(fd, pid, &passed_fd);
	while (answer->type == CRIU_REQ_TYPE__NOTIFY) {
		reply_to_notify(call, fd, answer, passed_fd, pid);
		criu_resp__free_unpacked(answer, NULL);
		answer = hear(fd, pid, &passed_fd);
	}
	(void)close(fd);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	finish(answer);
	criu_resp__free_unpacked(answer, NULL);
}

int main(int argc, char **argv)
{
	struct call call = { .options = CRIU_OPTS__INIT, .program = "criu" };

	if (argc < 2)
		fail("usage: dump|pre-dump|restore NAME[=VALUE]...");
	call.options.has_log_level = 1;
	call.options.log_level = LOG_LEVEL;
	call.type = find_type(argv[1]);
	for (int i = 2; i < argc; i++)
		take_word(&call, argv[i]);
	if (call.root != NULL && call.type == CRIU_REQ_TYPE__RESTORE)
		mount_root(call.root);
	open_folders(&call);
	if (call.cgroup != NULL)
		enter_cgroup(call.cgroup);
	talk(&call);
	return EXIT_SUCCESS;
}
