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

/* Give the terminal @to_fd the window size of @from_fd; quietly nothing when one has none. */
void console_copy_size(int from_fd, int to_fd);

/* Put the terminal @fd into raw mode, keeping what it was in @out_before. */
MUST_CHECK int console_make_raw(int fd, struct termios *out_before, struct error *err);

void console_restore(int fd, const struct termios *before);

#endif
