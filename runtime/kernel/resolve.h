/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Paths to descriptors. A path is resolved once, by one of these functions; everything after
 * that works on the descriptor.
 * Source: openat2(2); Linux 5.6.
 */
#ifndef HARDRUN_KERNEL_RESOLVE_H
#define HARDRUN_KERNEL_RESOLVE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"

/*
 * Open the host's @path, no component of which may be a symbolic link, with open(2) @flags.
 * Returns the descriptor, close-on-exec.
 * Errors: ERROR_SPEC for a symbolic link (ELOOP), otherwise by errno.
 */
MUST_CHECK int resolve_host(const char *path, int flags, struct error *err);

/*
 * Open the absolute @path inside the tree @root_fd, which may be hostile: a link leads to
 * what it means inside, never outside; below /proc, /sys and /dev no link is followed at all.
 * Returns the descriptor, close-on-exec.
 */
MUST_CHECK int resolve_inside(int root_fd, const char *path, int flags, struct error *err);

/* As resolve_inside(), but -1 with errno and no error: for what need not exist. */
int resolve_inside_quietly(int root_fd, const char *path, int flags);

/*
 * Make the directory @path inside @root_fd with all its parents, where they are missing.
 * Returns an O_PATH descriptor of it.
 */
MUST_CHECK int resolve_make_directory(int root_fd, const char *path, mode_t mode,
                                      struct error *err);

/*
 * Make an empty regular file at @path inside @root_fd, if nothing is there; its parents must
 * exist. Never opens what is there. Returns an O_PATH descriptor.
 */
MUST_CHECK int resolve_make_file(int root_fd, const char *path, mode_t mode, struct error *err);

/*
 * Find what @path leads to inside @root_fd; what is missing of it is made: directories, and at its
 * end a directory or an empty file. A link that leads to nothing is followed, and what it names is
 * made, for that is what images have in the place of /etc/resolv.conf. Below /proc, /sys and /dev
 * no link is followed. Returns an O_PATH descriptor.
 */
MUST_CHECK int resolve_make_place(int root_fd, const char *path, bool is_directory,
                                  struct error *err);

/* Open the parent directory of @path inside @root_fd (O_PATH); its last component in @out_name. */
MUST_CHECK int resolve_parent(int root_fd, const char *path, const char **out_name,
                              struct error *err);

#endif
