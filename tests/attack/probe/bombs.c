/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What uses up what there is, up to the limit or to a bound that is above it. Says "COUNT ERRNO",
 * holds what it has, and ends when standard input does.
 *
 *   processes              by fork(2)
 *   descriptors            by dup(2)
 *   memory                 pages that are touched
 *   shared-memory          the same, in a segment of System V
 *   queues                 POSIX message queues
 *   terminals              pairs in devpts
 *   watches                instances of inotify
 *   space:DIRECTORY        MiB in one file
 *   files:DIRECTORY        empty files
 *   output                 MiB on standard output; the line goes to standard error
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <unistd.h>

#define MIB (1L << 20)

static char block[MIB];

static int add_process(long count, const char *where)
{
	const pid_t pid = fork();

	(void)count;
	(void)where;
	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	return pid < 0 ? -1 : 0;
}

static int add_descriptor(long count, const char *where)
{
	(void)count;
	(void)where;
	return dup(STDIN_FILENO) < 0 ? -1 : 0;
}

static int add_memory(long count, const char *where)
{
	char *pages = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)count;
	(void)where;
	if (pages == MAP_FAILED)
		return -1;
	memset(pages, 1, MIB);
	return 0;
}

static int add_segment(long count, const char *where)
{
	const int segment = shmget(IPC_PRIVATE, MIB, IPC_CREAT | MODE);
	void *pages = segment < 0 ? MAP_FAILED : shmat(segment, NULL, 0);

	(void)count;
	(void)where;
	if (pages == MAP_FAILED)
		return -1;
	memset(pages, 1, MIB);
	return 0;
}

static int add_queue(long count, const char *where)
{
	struct mq_attr attributes = { .mq_maxmsg = 10, .mq_msgsize = 8192 };
	char name[32];

	(void)where;
	(void)snprintf(name, sizeof(name), "/queue%ld", count);
	return mq_open(name, O_CREAT | O_RDWR, MODE, &attributes) < 0 ? -1 : 0;
}

static int add_terminal(long count, const char *where)
{
	(void)count;
	(void)where;
	return posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC) < 0 ? -1 : 0;
}

static int add_watch(long count, const char *where)
{
	(void)count;
	(void)where;
	return inotify_init1(IN_CLOEXEC) < 0 ? -1 : 0;
}

static int add_space(long count, const char *where)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/space", where);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, MODE);
	if (fd < 0 || pwrite(fd, block, sizeof(block), count * MIB) != MIB)
		return -1;
	return close(fd);
}

static int add_file(long count, const char *where)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%ld", where, count);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, MODE);
	return fd < 0 ? -1 : close(fd);
}

static int add_output(long count, const char *where)
{
	(void)count;
	(void)where;
	return write(STDOUT_FILENO, block, sizeof(block)) < 0 ? -1 : 0;
}

static const struct bomb {
	const char *kind;
	int (*add)(long count, const char *where);
	long most;
} bombs[] = {
	{ "processes", add_process, 1000 },     { "descriptors", add_descriptor, 100000 },
	{ "memory", add_memory, 1024 },         { "shared-memory", add_segment, 1024 },
	{ "queues", add_queue, 10000 },         { "terminals", add_terminal, 10000 },
	{ "watches", add_watch, 10000 },        { "space:/tmp", add_space, 512 },
	{ "space:/run", add_space, 512 },       { "space:/dev/shm", add_space, 512 },
	{ "files:/tmp", add_file, 500000 },     { "files:/run", add_file, 500000 },
	{ "files:/dev/shm", add_file, 500000 }, { "output", add_output, 64 },
};

static const struct bomb *find(const char *kind)
{
	for (size_t i = 0; i < COUNT(bombs); i++) {
		if (strcmp(bombs[i].kind, kind) == 0)
			return &bombs[i];
	}
	return NULL;
}

int probe_bomb(const char *kind)
{
	const struct bomb *bomb = find(kind);
	FILE *out = bomb != NULL && bomb->add == add_output ? stderr : stdout;
	const char *where = strchr(kind, ':');
	long count = 0;
	char byte;

	if (bomb == NULL)
		return EXIT_FAILURE;
	memset(block, 'x', sizeof(block));
	errno = 0;
	while (count < bomb->most && bomb->add(count, where == NULL ? "" : where + 1) == 0)
		count++;
	(void)fprintf(out, "%ld %s\n", count, errno == 0 ? "0" : strerrorname_np(errno));
	(void)fflush(out);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		continue;
	(void)signal(SIGTERM, SIG_IGN);
	(void)kill(0, SIGTERM);
	return EXIT_SUCCESS;
}
