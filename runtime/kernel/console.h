/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pseudoterminals. The container's end is only ever opened through its master, never by a
 * path that an image could have exchanged.
 * Source: ioctl_tty(2), TIOCGPTPEER; CVE-2025-52565.
 */
#ifndef HARDRUN_KERNEL_CONSOLE_H
#define HARDRUN_KERNEL_CONSOLE_H

#include <sys/types.h>
#include <termios.h>

#include "base/compiler.h"
#include "base/error.h"

/*
 * Open a new pseudoterminal of the devpts whose root directory is @devpts_fd, give it to the
 * user @owner and make it standard input, output and error of the caller; whose controlling
 * terminal it becomes is process_spawn()'s matter.
 * Owns: the caller closes @out_master_fd.
 */
MUST_CHECK int console_make(int devpts_fd, uid_t owner, int *out_master_fd, struct error *err);

/*
 * As console_make(), but the terminal itself is left in *@out_terminal_fd, to be shown at a path
 * and then to be used.
 */
MUST_CHECK int console_open(int devpts_fd, uid_t owner, int *out_master_fd, int *out_terminal_fd,
                            struct error *err);

/* Make @terminal_fd standard input, output and error of the caller. */
MUST_CHECK int console_use(int terminal_fd, struct error *err);

/* Find the root of the devpts at /dev/pts of the calling process. Errors: ERROR_SPEC: none. */
MUST_CHECK int console_find_devpts(int root_fd, struct error *err);

/* Set the window size of the terminal @fd; 0 for both: as it is. */
MUST_CHECK int console_set_size(int fd, unsigned short rows, unsigned short columns,
                                struct error *err);

/* Give the terminal @to_fd the window size of @from_fd; quietly nothing when one has none. */
void console_copy_size(int from_fd, int to_fd);

/* Put the terminal @fd into raw mode, keeping what it was in @out_before. */
MUST_CHECK int console_make_raw(int fd, struct termios *out_before, struct error *err);

void console_restore(int fd, const struct termios *before);

#endif
