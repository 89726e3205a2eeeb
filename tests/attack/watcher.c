/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks from inside a container at whoever else is in it, and says what they hold that is not the
 * container's: descriptors, working directories and roots on mounts that are not in its mount
 * namespace.
 *
 *   watcher ROUNDS
 *
 * ROUNDS is how often it looks. Says "watching" before the first one, then a line for each thing
 * found, and at the end how many other processes it could look into.
 * Source: proc_pid_fdinfo(5), mnt_id; proc_pid_mountinfo(5).
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOUNT_MAX 512
#define PATH_SIZE 1024

struct view {
	int mounts[MOUNT_MAX]; /* ids */
	size_t mount_count;
	unsigned long seen; /* processes that could be looked into */
};

static void read_mounts(struct view *view)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;

	if (file == NULL)
		exit(EXIT_FAILURE);
	while (getline(&line, &size, file) > 0 && view->mount_count < MOUNT_MAX)
		view->mounts[view->mount_count++] = atoi(line);
	free(line);
	(void)fclose(file);
}

static bool has_mount(const struct view *view, int id)
{
	for (size_t i = 0; i < view->mount_count; i++) {
		if (view->mounts[i] == id)
			return true;
	}
	return false;
}

/* The id of the mount that the descriptor is on; -1: it has gone. */
static int mount_of(const char *pid, const char *fd)
{
	char path[PATH_SIZE];
	char text[512];
	const char *line;
	ssize_t length;
	int file;

	(void)snprintf(path, sizeof(path), "/proc/%s/fdinfo/%s", pid, fd);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -1;
	length = read(file, text, sizeof(text) - 1);
	(void)close(file);
	if (length <= 0)
		return -1;
	text[length] = '\0';
	line = strstr(text, "mnt_id:");
	return line == NULL ? -1 : atoi(line + strlen("mnt_id:"));
}

static void tell(const char *pid, const char *what, const char *path)
{
	char target[PATH_SIZE];
	const ssize_t length = readlink(path, target, sizeof(target) - 1);

	target[length > 0 ? length : 0] = '\0';
	printf("found %s %s %s\n", pid, what, target);
}

/* Only what has directories can lead out. */
static void look_at_descriptors(struct view *view, const char *pid)
{
	char path[PATH_SIZE];
	DIR *folder;
	const struct dirent *entry;

	(void)snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	folder = opendir(path);
	if (folder == NULL)
		return;
	view->seen++;
	while ((entry = readdir(folder)) != NULL) {
		struct stat status;
		int mount;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%s/fd/%s", pid, entry->d_name);
		if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode))
			continue;
		mount = mount_of(pid, entry->d_name);
		if (mount >= 0 && !has_mount(view, mount))
			tell(pid, entry->d_name, path);
	}
	(void)closedir(folder);
}

/* A directory is told apart by the mount that it is on when it is opened. */
static void look_at_place(const struct view *view, const char *pid, const char *what)
{
	char path[PATH_SIZE];
	char number[16];
	int fd;
	int mount;

	(void)snprintf(path, sizeof(path), "/proc/%s/%s", pid, what);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)snprintf(number, sizeof(number), "%d", fd);
	mount = mount_of("self", number);
	if (mount >= 0 && !has_mount(view, mount))
		tell(pid, what, path);
	(void)close(fd);
}

static void look(struct view *view, const char *own)
{
	DIR *folder = opendir("/proc");
	const struct dirent *entry;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]) || strcmp(entry->d_name, own) == 0)
			continue;
		look_at_descriptors(view, entry->d_name);
		look_at_place(view, entry->d_name, "cwd");
		look_at_place(view, entry->d_name, "root");
	}
	if (folder != NULL)
		(void)closedir(folder);
}

int main(int argc, char **argv)
{
	struct view view = { .mount_count = 0 };
	const long rounds = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
	char own[16];

	setvbuf(stdout, NULL, _IOLBF, 0);
	(void)snprintf(own, sizeof(own), "%d", (int)getpid());
	read_mounts(&view);
	puts("watching");
	for (long i = 0; i < rounds; i++)
		look(&view, own);
	printf("seen %lu\n", view.seen);
	return EXIT_SUCCESS;
}
