/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that speak for the host: only root may have written them. */
#ifndef HARDRUN_KERNEL_TRUSTED_FILE_H
#define HARDRUN_KERNEL_TRUSTED_FILE_H

#include "base/compiler.h"
#include "base/error.h"

/*
 * Open the file @name in @folder for reading. Both must be root's and writable by nobody else; the
 * file must be a regular one and no link. In a user namespace that does not know the host's root,
 * that is who has the id of the unknown.
 * *@out_fd is -1 when there is no such folder or file.
 * Errors: ERROR_DENIED for what others could have written; what open(2) says.
 * Owns: close *@out_fd.
 */
MUST_CHECK int trusted_file_open(const char *folder, const char *name, int *out_fd,
                                 struct error *err);

#endif
