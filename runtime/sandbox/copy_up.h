/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies of directories, for tmpfs that shall begin with what was there before (tmpcopyup). */
#ifndef HARDRUN_SANDBOX_COPY_UP_H
#define HARDRUN_SANDBOX_COPY_UP_H

#include "base/compiler.h"
#include "base/error.h"

/*
 * Copy all that is in the directory @from_fd to the empty one @to_fd, with its modes and owners:
 * directories, files and links. Nothing else is copied, and no link is followed. Each may be an
 * O_PATH descriptor.
 */
MUST_CHECK int copy_up(int from_fd, int to_fd, struct error *err);

#endif
