/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options of a mount, as config.json names them, and what they do.
 * Source: runtime-spec config.md, mounts, Linux mount options; mount(8); mount_setattr(2).
 */
#ifndef HARDRUN_SPEC_OCI_MOUNT_OPTIONS_H
#define HARDRUN_SPEC_OCI_MOUNT_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#define OCI_MOUNT_RECURSIVE (UINT64_C(1) << 14) /* MS_REC, of a propagation */

/* The bits of MOUNT_ATTR_* that are one value, how access times are kept, and no flags. */
#define OCI_MOUNT_ACCESS_TIMES UINT64_C(0x70)

enum oci_mount_option_kind {
	OCI_MOUNT_NOTHING,
	OCI_MOUNT_ATTRIBUTE,       /* of the mount */
	OCI_MOUNT_ATTRIBUTE_BELOW, /* of all below it, too */
	OCI_MOUNT_BIND,
	OCI_MOUNT_BIND_BELOW,
	OCI_MOUNT_COPY_UP,
	OCI_MOUNT_ID_MAP,
	OCI_MOUNT_ID_MAP_BELOW,
	OCI_MOUNT_PROPAGATION,
	OCI_MOUNT_REMOUNT,
	OCI_MOUNT_SUPERBLOCK,
};

/* An option first clears, then sets. */
struct oci_mount_option {
	char name[16];
	enum oci_mount_option_kind kind;
	uint64_t set;
	uint64_t clear;
};

/* The @index-th, in the order of the alphabet; NULL: there are no more. */
const struct oci_mount_option *oci_mount_option_at(size_t index);

/* NULL: it is of the file system, not of mounts. */
const struct oci_mount_option *oci_mount_option_find(const char *name);

#endif
