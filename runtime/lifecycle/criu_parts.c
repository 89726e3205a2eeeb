/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/criu_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "kernel/resolve.h"

#define STREAMS_FILE      "descriptors.json"
#define STREAMS_FILE_SIZE ((size_t)64 * 1024)
#define STREAM_PIPE       "pipe:["
#define STREAM_FILE       "file["

#define MASK_NAME       "/dev/null"
#define MASK_ATTRIBUTES (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)

/* A namespace that is the container's only by being joined; its key is criu's own word. */
static const struct {
	uint64_t kind;
	const char *name;
	const char *key; /* NULL: criu writes it down and joins another one instead */
} joined[] = {
	{ CLONE_NEWNET, "net", "extRootNetNS" }, { CLONE_NEWPID, "pid", "extRootPidNS" },
	{ CLONE_NEWIPC, "ipc", NULL },           { CLONE_NEWUTS, "uts", NULL },
	{ CLONE_NEWUSER, "user", NULL },         { CLONE_NEWTIME, "time", NULL },
	{ CLONE_NEWCGROUP, "cgroup", NULL },     { CLONE_NEWNS, "mnt", NULL },
};

int criu_check_plan(const struct plan *plan, bool has_landlock, struct error *err)
{
	if (has_landlock)
		return error_set(err, ERROR_HOST,
		                 "criu does not know Landlock: a restored container would be "
		                 "without it");
	if (plan->shares_mounts) {
		(void)error_set(err, ERROR_HOST,
		                "criu needs a container with a mount namespace of its own");
		return error_at(err, "/linux/namespaces");
	}
	if (plan->seccomp_listener.path != NULL) {
		(void)error_set(err, ERROR_HOST,
		                "criu cannot keep a seccomp filter that asks a listener");
		return error_at(err, "/linux/seccomp/listenerPath");
	}
	return 0;
}

/* The number behind "@name:" in a file of /proc; -1 when there is none. */
static int find_number(const char *path, const char *name)
{
	const size_t length = strlen(name);
	char line[256];
	FILE *file = fopen(path, "re");
	int number = -1;

	while (file != NULL && number < 0 && fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, name, length) == 0 && line[length] == ':')
			number = (int)strtol(line + length + 1, NULL, 10);
	}
	if (file != NULL)
		(void)fclose(file);
	return number;
}

static bool is_unconfined(pid_t init)
{
	char path[64];
	char label[16] = "";
	AUTO_CLOSE int fd = -1;

	(void)snprintf(path, sizeof(path), "/proc/%d/attr/apparmor/current", (int)init);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 || read(fd, label, sizeof(label) - 1) <= 0 ||
	       strncmp(label, "unconfined", strlen("unconfined")) == 0;
}

static int refuse_lack(const char *control, struct error *err)
{
	return error_set(err, ERROR_STATE,
	                 "the restored container has no %s, which its config.json or the host's "
	                 "policy asks for",
	                 control);
}

int criu_check_restored(const struct plan *plan, pid_t init, struct error *err)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)init);
	if (plan->no_new_privs && find_number(path, "NoNewPrivs") != 1)
		return refuse_lack("no_new_privs", err);
	if (plan->seccomp.len > 0 && find_number(path, "Seccomp") != 2)
		return refuse_lack("seccomp filter", err);
	if (plan->apparmor_profile != NULL && strcmp(plan->apparmor_profile, "unconfined") != 0 &&
	    is_unconfined(init))
		return refuse_lack("AppArmor profile", err);
	return 0;
}

/* Is the node a mount of something that is there without the container? */
static bool is_external(const struct plan_node *node)
{
	return node->kind == PLAN_NODE_BOUND_DEVICE ||
	       (node->kind == PLAN_NODE_MOUNT && node->mount->is_bind && !node->mount->is_remount);
}

/* Where in the container @fd is; links of the path that led there are resolved. */
static bool find_place(int fd, char place[PATH_MAX])
{
	char link[32];
	ssize_t length;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, place, PATH_MAX - 1);
	if (length <= 0)
		return false;
	place[length] = '\0';
	return place[0] == '/';
}

/* What is mounted below a recursive bind. */
struct below {
	const struct plan *plan;
	const struct plan_node *node;
	const char *folder; /* where the bind is in the container, or what it is a bind of */
	struct helper_words *words;
	void (*found)(const struct below *below, const char *rest); /* "/sub" of "FOLDER/sub" */
};

/* Write the text of a field of mountinfo to @out. Source: proc(5), octal escapes. */
static void unescape(const char *field, size_t length, char out[PATH_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < length && count < PATH_MAX - 1; i++) {
		if (field[i] == '\\' && i + 3 < length) {
			out[count++] = (char)((field[i + 1] - '0') * 64 + (field[i + 2] - '0') * 8 +
			                      (field[i + 3] - '0'));
			i += 3;
		} else {
			out[count++] = field[i];
		}
	}
	out[count] = '\0';
}

/* Is what is called @rest below the bind another mount of config.json's, or below one? */
static bool is_planned(const struct below *below, const char *rest)
{
	char target[PATH_MAX];

	if ((size_t)snprintf(target, sizeof(target), "%s%s", below->node->target, rest) >=
	    sizeof(target))
		return true;
	for (size_t i = 1; i < below->plan->node_count; i++) {
		const struct plan_node *other = &below->plan->nodes[i];

		if (other->kind == PLAN_NODE_MOUNT &&
		    strlen(other->target) > strlen(below->node->target) &&
		    path_is_within(target, other->target))
			return true;
	}
	return false;
}

static void take_mount(const struct below *below, const char *line)
{
	char place[PATH_MAX];
	const size_t length = strlen(below->folder);

	/* Behind the ids, the device and the root. */
	for (int i = 0; i < 4; i++) {
		line += strcspn(line, " ");
		line += *line == ' ' ? 1 : 0;
	}
	unescape(line, strcspn(line, " \n"), place);
	if (strlen(place) > length && path_is_within(place, below->folder) &&
	    !is_planned(below, place + length))
		below->found(below, place + length);
}

/* Find what is mounted below a bind that is recursive, in the mountinfo of @process. */
static void find_below(const struct below *below, const char *process)
{
	char path[64];
	char *line = NULL;
	size_t size = 0;
	FILE *file;

	if (below->node->kind != PLAN_NODE_MOUNT || !below->node->mount->is_recursive)
		return;
	(void)snprintf(path, sizeof(path), "/proc/%s/mountinfo", process);
	file = fopen(path, "re");
	while (file != NULL && getline(&line, &size, file) > 0)
		take_mount(below, line);
	free(line);
	if (file != NULL)
		(void)fclose(file);
}

static void name_below(const struct below *below, const char *rest)
{
	helper_words_add(below->words, "external=mnt[%s%s]:%s%s", below->folder, rest,
	                 below->node->target, rest);
}

static void name_mask(int root_fd, const char *path, struct helper_words *words)
{
	AUTO_CLOSE int fd = resolve_inside_quietly(root_fd, path, O_PATH);
	char place[PATH_MAX];
	struct stat found;

	/* A directory's mask is the container's own. */
	if (fd >= 0 && fstat(fd, &found) == 0 && S_ISCHR(found.st_mode) && find_place(fd, place))
		helper_words_add(words, "external=mnt[%s]:" MASK_NAME, place);
}

static void name_mount(const struct plan *plan, const struct plan_node *node, int root_fd,
                       const char *process, struct helper_words *words)
{
	AUTO_CLOSE int fd = resolve_inside_quietly(root_fd, node->target, O_PATH);
	char place[PATH_MAX];
	const struct below below = { plan, node, place, words, name_below };

	/* A container may have taken away what was there. */
	if (fd < 0 || !find_place(fd, place))
		return;
	helper_words_add(words, "external=mnt[%s]:%s", place, node->target);
	find_below(&below, process);
}

static int name_mounts(const struct plan *plan, pid_t init, struct helper_words *words,
                       struct error *err)
{
	char process[16];
	char path[32];
	AUTO_CLOSE int root_fd = -1;

	(void)snprintf(process, sizeof(process), "%d", (int)init);
	(void)snprintf(path, sizeof(path), "/proc/%d/root", (int)init);
	root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return error_set_errno(err, "cannot open the container's root");
	for (size_t i = 1; i < plan->node_count; i++) {
		if (is_external(&plan->nodes[i]))
			name_mount(plan, &plan->nodes[i], root_fd, process, words);
	}
	for (size_t i = 0; i < plan->masked_path_count; i++)
		name_mask(root_fd, plan->masked_paths[i].path, words);
	return 0;
}

static int name_namespace(uint64_t kind, pid_t init, struct helper_words *words, struct error *err)
{
	char path[64];
	struct stat found;

	for (size_t i = 0; i < ARRAY_LEN(joined); i++) {
		if (joined[i].kind != kind || joined[i].key == NULL)
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)init, joined[i].name);
		if (stat(path, &found) < 0)
			return error_set_errno(err, "cannot examine %s", path);
		helper_words_add(words, "external=%s[%" PRIuMAX "]:%s", joined[i].name,
		                 (uintmax_t)found.st_ino, joined[i].key);
	}
	return 0;
}

int criu_name_parts(const struct plan *plan, pid_t init, struct helper_words *words,
                    struct error *err)
{
	for (size_t i = 0; i < plan->join_count; i++) {
		if (name_namespace(plan->joins[i].kind, init, words, err) < 0)
			return -1;
	}
	return name_mounts(plan, init, words, err);
}

void criu_name_stream(int fd, char out[CONTAINER_STREAM_NAME_SIZE])
{
	struct statx found;

	out[0] = '\0';
	if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO | STATX_MNT_ID, &found) < 0)
		return;
	if (S_ISFIFO(found.stx_mode))
		(void)snprintf(out, CONTAINER_STREAM_NAME_SIZE, STREAM_PIPE "%" PRIu64 "]",
		               (uint64_t)found.stx_ino);
	else if (!S_ISSOCK(found.stx_mode))
		(void)snprintf(out, CONTAINER_STREAM_NAME_SIZE,
		               STREAM_FILE "%" PRIx64 ":%" PRIx64 "]", (uint64_t)found.stx_mnt_id,
		               (uint64_t)found.stx_ino);
}

static bool is_file(const char *stream)
{
	return strncmp(stream, STREAM_FILE, strlen(STREAM_FILE)) == 0;
}

int criu_keep_streams(const char *images, const struct container_state *state,
                      struct helper_words *words, struct error *err)
{
	AUTO_TEXT struct text text = { 0 };
	AUTO_CLOSE int folder_fd = open(images, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSE int fd = -1;

	for (size_t i = 0; i < CONTAINER_STREAM_COUNT; i++) {
		if (is_file(state->streams[i]))
			helper_words_add(words, "external=%s", state->streams[i]);
		text_add(&text, i == 0 ? "[" : ",");
		text_add_json(&text, state->streams[i]);
	}
	text_add(&text, "]");
	if (text.is_broken)
		return error_set(err, ERROR_SYSTEM, "no memory for the names of the streams");
	if (folder_fd >= 0 && unlinkat(folder_fd, STREAMS_FILE, 0) < 0 && errno != ENOENT)
		return error_set_errno(err, "cannot replace %s/" STREAMS_FILE, images);
	fd = openat(folder_fd, STREAMS_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || file_put(fd, text.bytes, text.length) < 0)
		return error_set_errno(err, "cannot write %s/" STREAMS_FILE, images);
	return 0;
}

static int open_root(const char *rootfs, struct error *err)
{
	const int fd = open(rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? error_set_errno(err, "cannot open the root file system %s", rootfs) : fd;
}

/* Does the node lie on the root file system itself? What lies on others is in the checkpoint. */
static bool is_on_root(const struct plan *plan, const struct plan_node *node)
{
	for (size_t i = 1; i < plan->node_count; i++) {
		const struct plan_node *other = &plan->nodes[i];

		if (other->kind == PLAN_NODE_MOUNT && other != node &&
		    strcmp(other->target, node->target) != 0 &&
		    path_is_within(node->target, other->target))
			return false;
	}
	return true;
}

static int make_place(const struct plan_node *node, int root_fd, struct error *err)
{
	const char *source = node->source;
	AUTO_CLOSE int fd = -1;
	struct stat found;

	if (!is_external(node))
		found.st_mode = S_IFDIR;
	else if (stat(source, &found) < 0)
		return error_set_errno(err, "cannot find the source %s", source);
	fd = resolve_make_place(root_fd, node->target, S_ISDIR(found.st_mode), err);
	return fd < 0 ? -1 : 0;
}

/* What criu may lose of an external mount; see cmd/criu.c. */
static void give_attributes(uint64_t attributes, const char *target, struct helper_words *words)
{
	const uint64_t kept =
		attributes & (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
	                      MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW);

	if (kept != 0)
		helper_words_add(words, "attributes=%" PRIu64 ":%s", kept, target);
}

static void give_below(const struct below *below, const char *rest)
{
	char target[PATH_MAX];

	helper_words_add(below->words, "external=mnt[%s%s]:%s%s", below->node->target, rest,
	                 below->folder, rest);
	if ((size_t)snprintf(target, sizeof(target), "%s%s", below->node->target, rest) <
	    sizeof(target))
		give_attributes(below->node->mount->below.set, target, below->words);
}

static int give_mount(const struct plan *plan, const struct plan_node *node, int root_fd,
                      struct helper_words *words, struct error *err)
{
	const bool is_mount = node->kind == PLAN_NODE_MOUNT && !node->mount->is_remount;
	char source[PATH_MAX];
	const struct below below = { plan, node, source, words, give_below };

	if ((is_mount || is_external(node)) && is_on_root(plan, node) &&
	    make_place(node, root_fd, err) < 0)
		return error_at(err, "%s", node->origin);
	if (!is_external(node))
		return 0;
	helper_words_add(words, "external=mnt[%s]:%s", node->target, node->source);
	give_attributes(node->kind == PLAN_NODE_MOUNT ? node->mount->own.set : node->attributes,
	                node->target, words);
	if (realpath(node->source, source) != NULL)
		find_below(&below, "self");
	return 0;
}

static void give_namespace(const struct plan_join *join, struct helper_words *words)
{
	for (size_t i = 0; i < ARRAY_LEN(joined); i++) {
		if (joined[i].kind != join->kind)
			continue;
		if (joined[i].key != NULL)
			helper_words_add(words, "open=%s:%s", joined[i].key, join->path);
		else
			helper_words_add(words, "join=%s:%s", joined[i].name, join->path);
	}
}

int criu_give_parts(const struct plan *plan, const char *rootfs, struct helper_words *words,
                    struct error *err)
{
	AUTO_CLOSE int root_fd = open_root(rootfs, err);

	if (root_fd < 0)
		return -1;
	for (size_t i = 1; i < plan->node_count; i++) {
		if (give_mount(plan, &plan->nodes[i], root_fd, words, err) < 0)
			return -1;
	}
	if (plan->masked_path_count > 0)
		helper_words_add(words, "external=mnt[" MASK_NAME "]:/dev/null");
	for (size_t i = 0; i < plan->masked_path_count; i++)
		give_attributes(MASK_ATTRIBUTES, plan->masked_paths[i].path, words);
	for (size_t i = 0; i < plan->join_count; i++)
		give_namespace(&plan->joins[i], words);
	return 0;
}

static int refuse_streams(const char *path, struct error *err)
{
	return error_set(err, ERROR_STATE, "%s is damaged: it is not a list of three names", path);
}

int criu_give_streams(const char *images, struct helper_words *words, struct error *err)
{
	char path[PATH_MAX + sizeof("/" STREAMS_FILE)];
	AUTO_FREE char *text = NULL;
	json_auto_t *list = NULL;
	size_t size = 0;

	(void)snprintf(path, sizeof(path), "%s/" STREAMS_FILE, images);
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	if (file_read(path, STREAMS_FILE_SIZE, &text, &size, err) < 0)
		return -1;
	list = json_loadb(text, size, 0, NULL);
	if (json_array_size(list) != CONTAINER_STREAM_COUNT)
		return refuse_streams(path, err);
	for (size_t i = 0; i < CONTAINER_STREAM_COUNT; i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (name == NULL)
			return refuse_streams(path, err);
		if (strncmp(name, STREAM_PIPE, strlen(STREAM_PIPE)) == 0 || is_file(name))
			helper_words_add(words, "stream=%zu:%s", i, name);
	}
	return 0;
}
