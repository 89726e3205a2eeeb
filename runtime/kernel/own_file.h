/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hardrun's own executable, out of reach of what it starts: whoever gets hold of /proc/PID/exe of
 * a process on its way into a container may not write to the file that is the host's.
 * Source: CVE-2019-5736.
 */
#ifndef HARDRUN_KERNEL_OWN_FILE_H
#define HARDRUN_KERNEL_OWN_FILE_H

#include "base/compiler.h"
#include "base/error.h"

/*
 * Execute the caller's own file again, with @argv and its environment, in a form that cannot be
 * written: through a read-only mount that is nowhere attached, or as a sealed copy in memory.
 * Returns 0 when it is in such a form already, or when no user that the caller can become may
 * write to the file.
 */
MUST_CHECK int own_file_guard(char *const *argv, struct error *err);

#endif
