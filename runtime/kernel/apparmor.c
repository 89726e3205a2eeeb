/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/apparmor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/apparmor.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/procfs.h"

/* Given to libapparmor too, which would search all mounts of the host for it. */
#define SECURITY_DIRECTORY "/sys/kernel/security/apparmor"

/* The features of this kernel as the policy's, so that all it can mediate is mediated. */
#define FEATURES_OPTION "--override-policy-abi=" SECURITY_DIRECTORY "/features"

/* Part of every AppArmor from 4.0 on. */
#define NEW_CLASSES_FILE "/etc/apparmor.d/abi/4.0"

#define PARSER "/usr/sbin/apparmor_parser"

#define NAME_SIZE    256
#define MESSAGE_SIZE 256

/*
 * A query for the rights of a label: "label", the name, and what is asked, here the file "/".
 * Each ends in a NUL. Source: kernel security/apparmor/apparmorfs.c, aa_write_access().
 */
#define QUERY_COMMAND  "label"
#define QUERY_QUESTION "\002/"

static void release_interface(aa_kernel_interface **owner)
{
	if (*owner != NULL)
		aa_kernel_interface_unref(*owner);
}

#define AUTO_INTERFACE CLEANUP(release_interface)

bool apparmor_is_loaded(const char *name)
{
	AUTO_CLOSE int fd = open(SECURITY_DIRECTORY "/.access", O_RDWR | O_CLOEXEC);
	char query[sizeof(QUERY_COMMAND) + NAME_SIZE + sizeof(QUERY_QUESTION)];
	const size_t length = strlen(name);
	size_t size = sizeof(QUERY_COMMAND);

	if (fd < 0 || length == 0 || length >= NAME_SIZE)
		return false;
	memcpy(query, QUERY_COMMAND, sizeof(QUERY_COMMAND));
	memcpy(query + size, name, length + 1);
	size += length + 1;
	memcpy(query + size, QUERY_QUESTION, sizeof(QUERY_QUESTION));
	size += sizeof(QUERY_QUESTION);
	return write(fd, query, size) == (ssize_t)size;
}

bool apparmor_is_missing(const char *name)
{
	return access(SECURITY_DIRECTORY "/.access", F_OK) == 0 && !apparmor_is_loaded(name);
}

bool apparmor_has_new_classes(void)
{
	return access(NEW_CLASSES_FILE, F_OK) == 0;
}

int apparmor_read_own(char label[APPARMOR_LABEL_SIZE], struct error *err)
{
	AUTO_FREE char *current = NULL;
	char *mode; /* within current */

	if (aa_getcon(&current, &mode) < 0) {
		current = NULL;
		return error_set_errno(err, "cannot read the own AppArmor label");
	}
	(void)snprintf(label, APPARMOR_LABEL_SIZE, "%s", current);
	return 0;
}

/* An unnamed file that holds @text; its offset is at the beginning. */
static int make_file(const char *text, struct error *err)
{
	AUTO_CLOSE int fd = memfd_create("hardrun-apparmor", MFD_CLOEXEC);
	const size_t size = strlen(text);

	if (fd < 0 || write(fd, text, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) < 0)
		return error_set_errno(err, "cannot make a file in memory");
	return take_fd(&fd);
}

/* What the parser is given as its descriptors 0 to 2. */
struct parser_files {
	int text_fd;
	int binary_fd;
	int messages_fd;
};

/* Every signal is unblocked and has its default action, whatever the caller does with them. */
static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t all;
	sigset_t none;

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	(void)posix_spawnattr_setsigdefault(attributes, &all);
	(void)posix_spawnattr_setsigmask(attributes, &none);
	return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

static int set_actions(posix_spawn_file_actions_t *actions, const struct parser_files *files)
{
	if (posix_spawn_file_actions_adddup2(actions, files->text_fd, STDIN_FILENO) != 0 ||
	    posix_spawn_file_actions_adddup2(actions, files->binary_fd, STDOUT_FILENO) != 0 ||
	    posix_spawn_file_actions_adddup2(actions, files->messages_fd, STDERR_FILENO) != 0)
		return -1;
	return posix_spawn_file_actions_addchdir_np(actions, "/");
}

/*
 * No configuration file and no cache of its own: what comes out depends on the text and the
 * kernel alone. --stdout writes the compiled profile and loads nothing.
 * Source: apparmor_parser(8).
 */
static int spawn_parser(const struct parser_files *files, pid_t *out)
{
	static char program[] = PARSER;
	static char no_config[] = "--config-file=/dev/null";
	static char features[] = FEATURES_OPTION;
	static char no_cache[] = "--skip-cache";
	static char quiet[] = "--quiet";
	static char to_stdout[] = "--stdout";
	static char path[] = "PATH=/usr/sbin:/usr/bin";
	static char locale[] = "LC_ALL=C";
	char *argv[] = { program, no_config, features, no_cache, quiet, to_stdout, NULL };
	char *envp[] = { path, locale, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int code;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return ENOMEM;
	(void)posix_spawnattr_init(&attributes);
	code = set_actions(&actions, files) != 0 || set_attributes(&attributes) != 0 ? ENOMEM : 0;
	if (code == 0)
		code = posix_spawn(out, PARSER, &actions, &attributes, argv, envp);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return code;
}

static int refuse_missing_parser(int code, struct error *err)
{
	errno = code;
	(void)error_set_errno(err, "cannot run " PARSER);
	if (code == ENOENT)
		err->kind = ERROR_HOST;
	return error_hint(err, "apt install apparmor; or relax apparmor-off");
}

/* The first line that the parser said names the reason. */
static int refuse_text(const char *name, int messages_fd, struct error *err)
{
	char text[MESSAGE_SIZE];
	const ssize_t length = pread(messages_fd, text, sizeof(text) - 1, 0);

	text[length > 0 ? length : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	(void)error_set(err, ERROR_HOST, "apparmor_parser refuses the profile %s: %s", name,
	                text[0] != '\0' ? text : "no reason given");
	return error_hint(err, "report it, with the version of apparmor_parser; or relax "
	                       "apparmor-off");
}

/* Write the compiled form of @text to @binary_fd. */
static int compile(const char *name, const char *text, int binary_fd, struct error *err)
{
	AUTO_CLOSE int text_fd = make_file(text, err);
	AUTO_CLOSE int messages_fd = text_fd < 0 ? -1 : make_file("", err);
	const struct parser_files files = { .text_fd = text_fd,
		                            .binary_fd = binary_fd,
		                            .messages_fd = messages_fd };
	struct stat binary;
	pid_t parser;
	int status;
	int code;

	if (messages_fd < 0)
		return -1;
	code = spawn_parser(&files, &parser);
	if (code != 0)
		return refuse_missing_parser(code, err);
	while (waitpid(parser, &status, 0) < 0) {
		if (errno != EINTR)
			return error_set_errno(err, "cannot wait for apparmor_parser");
	}
	if (fstat(binary_fd, &binary) < 0)
		return error_set_errno(err, "cannot examine the compiled profile %s", name);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || binary.st_size == 0)
		return refuse_text(name, messages_fd, err);
	return 0;
}

static int open_interface(aa_kernel_interface **out, struct error *err)
{
	if (aa_kernel_interface_new(out, NULL, SECURITY_DIRECTORY) == 0)
		return 0;
	*out = NULL;
	(void)error_set_errno(err, "AppArmor: cannot reach the kernel's policy");
	return error_hint(err, "mount -t securityfs securityfs /sys/kernel/security; or relax "
	                       "apparmor-off");
}

static int load_binary(const char *name, int binary_fd, struct error *err)
{
	AUTO_INTERFACE aa_kernel_interface *interface = NULL;

	if (open_interface(&interface, err) < 0)
		return -1;
	if (lseek(binary_fd, 0, SEEK_SET) < 0 ||
	    aa_kernel_interface_replace_policy_from_fd(interface, binary_fd) < 0)
		return error_set_errno(err, "cannot load the AppArmor profile %s", name);
	if (!apparmor_is_loaded(name))
		return error_set(err, ERROR_HOST, "the kernel did not keep the AppArmor profile %s",
		                 name);
	return 0;
}

/* A compiled profile that others could have written is as good as none. */
static int open_cached(int cache_fd, const char *file)
{
	AUTO_CLOSE int fd = openat(cache_fd, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
	    status.st_uid != geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return -1;
	return take_fd(&fd);
}

/* Make the file under a name of its own first, so that no one ever reads half a profile. */
static int compile_into_cache(const char *name, const char *text, int cache_fd, const char *file,
                              struct error *err)
{
	char draft[NAME_SIZE];
	AUTO_CLOSE int fd = -1;

	(void)snprintf(draft, sizeof(draft), ".%.200s.%d", file, getpid());
	fd = openat(cache_fd, draft, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set_errno(err, "cannot make a file in the AppArmor cache");
	if (compile(name, text, fd, err) < 0 ||
	    (renameat(cache_fd, draft, cache_fd, file) < 0 &&
	     error_set_errno(err, "cannot keep the compiled AppArmor profile") < 0)) {
		(void)unlinkat(cache_fd, draft, 0);
		return -1;
	}
	return take_fd(&fd);
}

static int compile_without_cache(const char *name, const char *text, struct error *err)
{
	AUTO_CLOSE int fd = make_file("", err);

	if (fd < 0 || compile(name, text, fd, err) < 0)
		return -1;
	return take_fd(&fd);
}

int apparmor_load(const char *name, const char *text, int cache_fd, struct error *err)
{
	struct error ignored = { .kind = ERROR_NONE };
	char file[NAME_SIZE];
	AUTO_CLOSE int cached_fd = -1;
	AUTO_CLOSE int fresh_fd = -1;

	if (apparmor_is_loaded(name))
		return 0;
	if (geteuid() != 0)
		return error_set(err, ERROR_DENIED, "only root can load the AppArmor profile %s",
		                 name);
	(void)snprintf(file, sizeof(file), "%.200s.bin", name);
	if (cache_fd >= 0)
		cached_fd = open_cached(cache_fd, file);
	/* What an older kernel's compiler left is refused by this one, and made anew. */
	if (cached_fd >= 0 && load_binary(name, cached_fd, &ignored) == 0)
		return 0;
	fresh_fd = cache_fd >= 0 ? compile_into_cache(name, text, cache_fd, file, err)
	                         : compile_without_cache(name, text, err);
	return fresh_fd < 0 ? -1 : load_binary(name, fresh_fd, err);
}

int apparmor_unload(const char *name, struct error *err)
{
	AUTO_INTERFACE aa_kernel_interface *interface = NULL;

	if (open_interface(&interface, err) < 0)
		return -1;
	if (aa_kernel_interface_remove_policy(interface, name) < 0 && errno != ENOENT)
		return error_set_errno(err, "cannot unload the AppArmor profile %s", name);
	return 0;
}

static void close_directory(DIR **owner)
{
	if (*owner != NULL)
		(void)closedir(*owner);
}

/* The kernel's directory of a profile is its name, a point and a number. */
static bool read_name(const struct dirent *entry, char name[NAME_SIZE])
{
	const char *end = strrchr(entry->d_name, '.');

	if (end == NULL)
		return false;
	(void)snprintf(name, NAME_SIZE, "%.*s", (int)(end - entry->d_name), entry->d_name);
	return true;
}

int apparmor_sweep(const char *prefix, bool (*is_used)(const char *name, void *context),
                   void *context, struct error *err)
{
	CLEANUP(close_directory) DIR *profiles = opendir(SECURITY_DIRECTORY "/policy/profiles");
	const struct dirent *entry;
	char name[NAME_SIZE];

	if (profiles == NULL)
		return error_set_errno(err, "cannot list the AppArmor profiles");
	while ((entry = readdir(profiles)) != NULL) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0 || !read_name(entry, name))
			continue;
		if (!is_used(name, context) && apparmor_unload(name, err) < 0)
			return -1;
	}
	return 0;
}

int apparmor_change_on_exec(int proc_fd, const char *profile, struct error *err)
{
	char path[64];
	char request[NAME_SIZE];

	if (procfs_verify(proc_fd, err) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%d/attr/apparmor/exec", getpid());
	if ((size_t)snprintf(request, sizeof(request), "exec %s", profile) >= sizeof(request))
		return error_set(err, ERROR_SPEC, "the AppArmor profile's name is too long");
	if (procfs_write(proc_fd, path, request, err) == 0)
		return 0;
	if (err->code == ENOENT) {
		err->kind = ERROR_HOST;
		return error_hint(err,
		                  "the kernel does not have the profile %s: load it with "
		                  "apparmor_parser -r FILE",
		                  profile);
	}
	return -1;
}

/*
 * Wait until an execve(2) that the process has begun is over: the descriptors that it closes are
 * closed before the new label is in force. To open auxv takes the lock that an exec holds;
 * whether it is allowed does not matter.
 * Source: kernel fs/exec.c, begin_new_exec(); kernel/fork.c, mm_access().
 */
static void wait_for_exec(int proc_fd, pid_t pid)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "%d/auxv", pid);
	fd = openat(proc_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_close(&fd);
}

/* The label's text, its mode included, without the line's end. */
static int read_label(int proc_fd, pid_t pid, char *text, size_t size, struct error *err)
{
	char path[64];
	AUTO_CLOSE int fd = -1;
	ssize_t length;

	if (procfs_verify(proc_fd, err) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%d/attr/apparmor/current", pid);
	fd = openat(proc_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, size - 1);
	if (length < 0)
		return error_set_errno(err, "cannot read the AppArmor label of the container");
	text[length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

/* A process' label in its two parts, which lie in the text: NULL where it has none. */
struct label {
	char text[APPARMOR_LABEL_SIZE];
	const char *name;
	char *mode;
};

static int read_parts(int proc_fd, pid_t pid, struct label *label, struct error *err)
{
	label->mode = NULL;
	wait_for_exec(proc_fd, pid);
	if (read_label(proc_fd, pid, label->text, sizeof(label->text), err) < 0)
		return -1;
	label->name = aa_splitcon(label->text, &label->mode);
	return 0;
}

static bool has_name(const struct label *label, const char *profile)
{
	return label->name != NULL && strcmp(label->name, profile) == 0;
}

int apparmor_verify_name(int proc_fd, pid_t pid, const char *profile, struct error *err)
{
	struct label label;

	if (read_parts(proc_fd, pid, &label, err) < 0)
		return -1;
	if (has_name(&label, profile))
		return 0;
	return error_set(err, ERROR_HOST, "AppArmor: the container is %s and not %s",
	                 label.name != NULL ? label.name : "unlabelled", profile);
}

int apparmor_verify(int proc_fd, pid_t pid, const char *profile, struct error *err)
{
	struct label label;

	if (read_parts(proc_fd, pid, &label, err) < 0)
		return -1;
	if (has_name(&label, profile) && label.mode != NULL && strcmp(label.mode, "enforce") == 0)
		return 0;
	return error_set(err, ERROR_HOST, "AppArmor: the container is %s (%s) and not %s (enforce)",
	                 label.name != NULL ? label.name : "unlabelled",
	                 label.mode != NULL ? label.mode : "no mode", profile);
}
