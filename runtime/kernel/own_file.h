/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hardrun's own executable, out of reach of what it starts: whoever gets hold of /proc/PID/exe of
 * a process on its way into a container may not write to the file that is the host's.
 * Source: CVE-2019-5736.
 */
#ifndef HARDRUN_KERNEL_OWN_FILE_H
#define HARDRUN_KERNEL_OWN_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "kernel/namespace.h"

/*
 * Execute the caller's own file again, with @argv and its environment, in a form that cannot be
 * written: through a read-only mount that is nowhere attached, or as a sealed copy in memory.
 * Returns 0 when it is in such a form already, or when no user that the caller can become may
 * write to the file.
 */
MUST_CHECK int own_file_guard(char *const *argv, struct error *err);

/*
 * Is the file out of reach of a container anyhow? True when it may be written by its owner alone,
 * who is not in the user namespace that @uids map to, or that the process @pid is in: whatever a
 * process can become there, the owner it is not, and rights it has over its own ids only.
 * Source: capabilities(7), "Effect of user namespaces"; user_namespaces(7).
 */
bool own_file_is_apart(const struct id_map *uids, size_t uid_count);
bool own_file_is_apart_from(pid_t pid);

#endif
