/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/oci_mount_options.h"

#include <assert.h>
#include <linux/mount.h>
#include <string.h>

#include "base/compiler.h"

/* From <linux/fs.h> and mount(2); <sys/mount.h> cannot be included beside <linux/mount.h>. */
#define FLAG_SYNCHRONOUS (UINT64_C(1) << 4)
#define FLAG_MANDLOCK    (UINT64_C(1) << 6)
#define FLAG_DIRSYNC     (UINT64_C(1) << 7)
#define FLAG_SILENT      (UINT64_C(1) << 15)
#define FLAG_POSIXACL    (UINT64_C(1) << 16)
#define FLAG_UNBINDABLE  (UINT64_C(1) << 17)
#define FLAG_PRIVATE     (UINT64_C(1) << 18)
#define FLAG_SLAVE       (UINT64_C(1) << 19)
#define FLAG_SHARED      (UINT64_C(1) << 20)
#define FLAG_I_VERSION   (UINT64_C(1) << 23)
#define FLAG_LAZYTIME    (UINT64_C(1) << 25)

#define ATIME   OCI_MOUNT_ACCESS_TIMES
#define NOATIME ((uint64_t)MOUNT_ATTR_NOATIME)
#define STRICT  ((uint64_t)MOUNT_ATTR_STRICTATIME)

static_assert(ATIME == MOUNT_ATTR__ATIME, "they are the kernel's");

static const struct oci_mount_option options[] = {
	{ "acl", OCI_MOUNT_SUPERBLOCK, FLAG_POSIXACL },
	{ "async", OCI_MOUNT_SUPERBLOCK, 0, FLAG_SYNCHRONOUS },
	{ "atime", OCI_MOUNT_ATTRIBUTE, 0, NOATIME },
	{ "bind", OCI_MOUNT_BIND },
	{ "defaults", OCI_MOUNT_NOTHING },
	{ "dev", OCI_MOUNT_ATTRIBUTE, 0, MOUNT_ATTR_NODEV },
	{ "diratime", OCI_MOUNT_ATTRIBUTE, 0, MOUNT_ATTR_NODIRATIME },
	{ "dirsync", OCI_MOUNT_SUPERBLOCK, FLAG_DIRSYNC },
	{ "exec", OCI_MOUNT_ATTRIBUTE, 0, MOUNT_ATTR_NOEXEC },
	{ "idmap", OCI_MOUNT_ID_MAP },
	{ "iversion", OCI_MOUNT_SUPERBLOCK, FLAG_I_VERSION },
	{ "lazytime", OCI_MOUNT_SUPERBLOCK, FLAG_LAZYTIME },
	{ "loud", OCI_MOUNT_SUPERBLOCK, 0, FLAG_SILENT },
	{ "mand", OCI_MOUNT_SUPERBLOCK, FLAG_MANDLOCK },
	{ "noacl", OCI_MOUNT_SUPERBLOCK, 0, FLAG_POSIXACL },
	{ "noatime", OCI_MOUNT_ATTRIBUTE, NOATIME, ATIME },
	{ "nodev", OCI_MOUNT_ATTRIBUTE, MOUNT_ATTR_NODEV },
	{ "nodiratime", OCI_MOUNT_ATTRIBUTE, MOUNT_ATTR_NODIRATIME },
	{ "noexec", OCI_MOUNT_ATTRIBUTE, MOUNT_ATTR_NOEXEC },
	{ "noiversion", OCI_MOUNT_SUPERBLOCK, 0, FLAG_I_VERSION },
	{ "nolazytime", OCI_MOUNT_SUPERBLOCK, 0, FLAG_LAZYTIME },
	{ "nomand", OCI_MOUNT_SUPERBLOCK, 0, FLAG_MANDLOCK },
	{ "norelatime", OCI_MOUNT_NOTHING },
	{ "nostrictatime", OCI_MOUNT_ATTRIBUTE, 0, STRICT },
	{ "nosuid", OCI_MOUNT_ATTRIBUTE, MOUNT_ATTR_NOSUID },
	{ "nosymfollow", OCI_MOUNT_ATTRIBUTE, MOUNT_ATTR_NOSYMFOLLOW },
	{ "private", OCI_MOUNT_PROPAGATION, FLAG_PRIVATE },
	{ "ratime", OCI_MOUNT_ATTRIBUTE_BELOW, 0, NOATIME },
	{ "rbind", OCI_MOUNT_BIND_BELOW },
	{ "rdev", OCI_MOUNT_ATTRIBUTE_BELOW, 0, MOUNT_ATTR_NODEV },
	{ "rdiratime", OCI_MOUNT_ATTRIBUTE_BELOW, 0, MOUNT_ATTR_NODIRATIME },
	{ "relatime", OCI_MOUNT_ATTRIBUTE, 0, ATIME },
	{ "remount", OCI_MOUNT_REMOUNT },
	{ "rexec", OCI_MOUNT_ATTRIBUTE_BELOW, 0, MOUNT_ATTR_NOEXEC },
	{ "ridmap", OCI_MOUNT_ID_MAP_BELOW },
	{ "rnoatime", OCI_MOUNT_ATTRIBUTE_BELOW, NOATIME, ATIME },
	{ "rnodev", OCI_MOUNT_ATTRIBUTE_BELOW, MOUNT_ATTR_NODEV },
	{ "rnodiratime", OCI_MOUNT_ATTRIBUTE_BELOW, MOUNT_ATTR_NODIRATIME },
	{ "rnoexec", OCI_MOUNT_ATTRIBUTE_BELOW, MOUNT_ATTR_NOEXEC },
	{ "rnorelatime", OCI_MOUNT_NOTHING },
	{ "rnostrictatime", OCI_MOUNT_ATTRIBUTE_BELOW, 0, STRICT },
	{ "rnosuid", OCI_MOUNT_ATTRIBUTE_BELOW, MOUNT_ATTR_NOSUID },
	{ "rnosymfollow", OCI_MOUNT_ATTRIBUTE_BELOW, MOUNT_ATTR_NOSYMFOLLOW },
	{ "ro", OCI_MOUNT_ATTRIBUTE, MOUNT_ATTR_RDONLY },
	{ "rprivate", OCI_MOUNT_PROPAGATION, FLAG_PRIVATE | OCI_MOUNT_RECURSIVE },
	{ "rrelatime", OCI_MOUNT_ATTRIBUTE_BELOW, 0, ATIME },
	{ "rro", OCI_MOUNT_ATTRIBUTE_BELOW, MOUNT_ATTR_RDONLY },
	{ "rrw", OCI_MOUNT_ATTRIBUTE_BELOW, 0, MOUNT_ATTR_RDONLY },
	{ "rshared", OCI_MOUNT_PROPAGATION, FLAG_SHARED | OCI_MOUNT_RECURSIVE },
	{ "rslave", OCI_MOUNT_PROPAGATION, FLAG_SLAVE | OCI_MOUNT_RECURSIVE },
	{ "rstrictatime", OCI_MOUNT_ATTRIBUTE_BELOW, STRICT, ATIME },
	{ "rsuid", OCI_MOUNT_ATTRIBUTE_BELOW, 0, MOUNT_ATTR_NOSUID },
	{ "rsymfollow", OCI_MOUNT_ATTRIBUTE_BELOW, 0, MOUNT_ATTR_NOSYMFOLLOW },
	{ "runbindable", OCI_MOUNT_PROPAGATION, FLAG_UNBINDABLE | OCI_MOUNT_RECURSIVE },
	{ "rw", OCI_MOUNT_ATTRIBUTE, 0, MOUNT_ATTR_RDONLY },
	{ "shared", OCI_MOUNT_PROPAGATION, FLAG_SHARED },
	{ "silent", OCI_MOUNT_SUPERBLOCK, FLAG_SILENT },
	{ "slave", OCI_MOUNT_PROPAGATION, FLAG_SLAVE },
	{ "strictatime", OCI_MOUNT_ATTRIBUTE, STRICT, ATIME },
	{ "suid", OCI_MOUNT_ATTRIBUTE, 0, MOUNT_ATTR_NOSUID },
	{ "symfollow", OCI_MOUNT_ATTRIBUTE, 0, MOUNT_ATTR_NOSYMFOLLOW },
	{ "sync", OCI_MOUNT_SUPERBLOCK, FLAG_SYNCHRONOUS },
	{ "tmpcopyup", OCI_MOUNT_COPY_UP },
	{ "unbindable", OCI_MOUNT_PROPAGATION, FLAG_UNBINDABLE },
};

const struct oci_mount_option *oci_mount_option_at(size_t index)
{
	return index < ARRAY_LEN(options) ? &options[index] : NULL;
}

const struct oci_mount_option *oci_mount_option_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	}
	return NULL;
}
