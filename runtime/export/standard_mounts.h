/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every engine makes for every container: mounts, device nodes. For the export floor only. */
#ifndef HARDRUN_EXPORT_STANDARD_MOUNTS_H
#define HARDRUN_EXPORT_STANDARD_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "spec/spec_oci.h"

#define STANDARD_SHM_SIZE (UINT64_C(64) << 20) /* of /dev/shm; bytes */

/* One of /proc, /sys, /dev and what belongs there, /dev/shm of the usual size among them? */
bool mount_is_standard(const struct spec_oci_mount *mount);

/* A file of /etc that the engine makes for the container: hosts, hostname, resolv.conf? */
bool mount_is_engine_file(const struct spec_oci_mount *mount);

/*
 * The size of a tmpfs in bytes, from "size=64m" among its options. False: it has none, or one
 * that is no plain number of bytes ("50%").
 */
bool mount_tmpfs_size(const struct spec_oci_mount *mount, uint64_t *out);

/* Is the mount read-only, itself or with all below? */
bool mount_is_read_only(const struct spec_oci_mount *mount);

/* The path of a device that every container has, "/dev/null"? */
bool device_is_standard(const char *path);

#endif
