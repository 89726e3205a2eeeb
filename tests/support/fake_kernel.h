/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stands in for runtime/kernel, and for the few system calls that stages make themselves, at
 * link time: records each deed as a line of text instead of doing it, and fails on demand. The
 * calls are redirected by the linker's --wrap; see tests/meson.build.
 */
#ifndef HARDRUN_SUPPORT_FAKE_KERNEL_H
#define HARDRUN_SUPPORT_FAKE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

/* Forget everything: the record, what fails, what is there. */
void fake_kernel_reset(void);

/* What was done so far, one deed a line. */
const char *fake_kernel_record(void);

/* How often a line that begins with @deed is in the record. */
size_t fake_kernel_count(const char *deed);

/* The paths that were looked for inside, one a line. */
const char *fake_kernel_lookups(void);

/* The first deed whose line begins with @deed fails with @code. Looking for a path: "find /path".
 */
void fake_kernel_fail(const char *deed, int code);

/* Inside, @path is a directory; what was not named is a file. */
void fake_kernel_directory(const char *path);

/* What the container's proc is: true, a procfs; else something else. */
void fake_kernel_has_proc(bool is_procfs);

/* The program that is spawned dies of @signal_number at once, having been executed or not. */
void fake_kernel_program_dies(int signal_number, bool never_executed);

/* A descriptor that stands for @name in the record. The caller closes it. */
int fake_kernel_open(const char *name);

/* How many of the descriptors that were given out are still open. */
size_t fake_kernel_open_count(void);

#endif
