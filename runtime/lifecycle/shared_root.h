/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The root file system of a container without a mount namespace of its own: it is mounted on
 * itself in the caller's, all that the container needs is mounted below that, and when that one
 * mount is let go of, nothing is left. It is known by its number from before it is there.
 */
#ifndef HARDRUN_LIFECYCLE_SHARED_ROOT_H
#define HARDRUN_LIFECYCLE_SHARED_ROOT_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/compiler.h"
#include "base/error.h"

struct shared_root {
	int place_fd;
	int mount_fd; /* detached until shared_root_mount(); all is released with it */
	uint64_t number;
};

#define SHARED_ROOT_NONE ((struct shared_root){ .place_fd = -1, .mount_fd = -1 })
#define AUTO_SHARED_ROOT CLEANUP(shared_root_close)

/*
 * Prepare what is at @path to be mounted on itself; nobody else sees it yet.
 * Owns: AUTO_SHARED_ROOT, which removes no mount.
 */
MUST_CHECK int shared_root_open(struct shared_root *out, const char *path, struct error *err);

/* Mount it. What is mounted below from now on reaches no other mount namespace. */
MUST_CHECK int shared_root_mount(const struct shared_root *root, struct error *err);

void shared_root_close(struct shared_root *root);

/* Remove the mount @number from @path, if it is what is there. */
MUST_CHECK int shared_root_remove(const char *path, uint64_t number, struct error *err);

#endif
