/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a program tries that must not get out of its sandbox. An attempt is a row of a table, and
 * knows nothing of the others. What is wanted of them is in ../test_probe.py.
 */
#ifndef HARDRUN_PROBE_H
#define HARDRUN_PROBE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A number among arguments, which are pointers otherwise. */
#define NUMBER(value) ((const void *)(intptr_t)(value))

/* Of files that attempts make; each process has a copy of its own. */
#define MODE 0600

/* What an attempt returns besides -1, which stands for errno. */
enum outcome {
	THROUGH = 0,
	EMPTY = 200,   /* it was permitted, and there was nothing to be had */
	UNTRIED = 201, /* it could harm the host */
};

struct attempt {
	const char *name; /* "group:detail" */
	int (*make)(const struct attempt *attempt);
	long number; /* of a system call, an ioctl, a kind: what make() takes it for */
	const void *arguments[6];
};

/* What of the host is to be reached; given on the command line. */
struct target {
	pid_t init;    /* the parent of the probe */
	pid_t process; /* of the host */
	const char *abstract;
	const char *port; /* of 127.0.0.1 */
	const char *file;
};
extern struct target target;

/*
 * Make the attempts of a table, and say what each got. One process makes them in turn until one
 * gets through, and another goes on.
 */
void probe_all(const struct attempt *attempts, size_t count);

/* The same, for attempts that change their process on the way: each has one of its own. */
void probe_each(const struct attempt *attempts, size_t count);

/* The system call @number with the arguments; by the entries for 32 bits and of x32, too. */
int by_native(const struct attempt *attempt);
int by_i386(const struct attempt *attempt);
int by_x32(const struct attempt *attempt);

/* A system call that makes a process: the copy ends at once. */
int by_clone(const struct attempt *attempt);

/* Write @text (a string) to a new file and return a descriptor, or -1. */
int make_file(const char *path, const char *text);

/* Open @path with @flags. */
int open_only(const char *path, int flags);

void probe_calls(void);
void probe_ioctls(void);
void probe_mounts(void);
void probe_namespaces(void);
void probe_kernel(void);
void probe_files(void);
void probe_devices(void);
void probe_execution(void);
void probe_sockets(void);
void probe_processes(void);

/* Use up what is limited, and say how much there was. Returns the exit status. */
int probe_bomb(const char *kind);

#endif
