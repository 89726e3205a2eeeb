/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Landlock by system calls: what the calling thread and its children may do with files below
 * paths, whatever their user and capabilities.
 * Source: landlock(7); kernel Documentation/userspace-api/landlock.rst.
 */
#ifndef HARDRUN_KERNEL_LANDLOCK_H
#define HARDRUN_KERNEL_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"

/* As <linux/landlock.h> of Linux 6.15 has them; Debian 12's ends with REFER. */
#define LANDLOCK_FS_EXECUTE     (UINT64_C(1) << 0)
#define LANDLOCK_FS_WRITE_FILE  (UINT64_C(1) << 1)
#define LANDLOCK_FS_READ_FILE   (UINT64_C(1) << 2)
#define LANDLOCK_FS_READ_DIR    (UINT64_C(1) << 3)
#define LANDLOCK_FS_REMOVE_DIR  (UINT64_C(1) << 4)
#define LANDLOCK_FS_REMOVE_FILE (UINT64_C(1) << 5)
#define LANDLOCK_FS_MAKE_CHAR   (UINT64_C(1) << 6)
#define LANDLOCK_FS_MAKE_DIR    (UINT64_C(1) << 7)
#define LANDLOCK_FS_MAKE_REG    (UINT64_C(1) << 8)
#define LANDLOCK_FS_MAKE_SOCK   (UINT64_C(1) << 9)
#define LANDLOCK_FS_MAKE_FIFO   (UINT64_C(1) << 10)
#define LANDLOCK_FS_MAKE_BLOCK  (UINT64_C(1) << 11)
#define LANDLOCK_FS_MAKE_SYM    (UINT64_C(1) << 12)
#define LANDLOCK_FS_REFER       (UINT64_C(1) << 13) /* ABI 2, Linux 5.19 */
#define LANDLOCK_FS_TRUNCATE    (UINT64_C(1) << 14) /* ABI 3, Linux 6.2 */
#define LANDLOCK_FS_IOCTL_DEV   (UINT64_C(1) << 15) /* ABI 5, Linux 6.10 */

#define LANDLOCK_NET_BIND_TCP    (UINT64_C(1) << 0) /* ABI 4, Linux 6.7 */
#define LANDLOCK_NET_CONNECT_TCP (UINT64_C(1) << 1)

#define LANDLOCK_SCOPED_ABSTRACT_UNIX (UINT64_C(1) << 0) /* ABI 6, Linux 6.12 */
#define LANDLOCK_SCOPED_SIGNALS       (UINT64_C(1) << 1)

/* What a rule on something that is not a directory may hold. */
#define LANDLOCK_FS_OF_FILE                                                     \
	(LANDLOCK_FS_EXECUTE | LANDLOCK_FS_WRITE_FILE | LANDLOCK_FS_READ_FILE | \
	 LANDLOCK_FS_TRUNCATE | LANDLOCK_FS_IOCTL_DEV)

/* What the calling thread is to be held to. What is not handled is not restricted. */
struct landlock_ruleset {
	uint64_t handled_fs;
	uint64_t handled_net;
	uint64_t scoped;
};

/* The kernel's ABI version; 0: no Landlock, or it was not enabled at boot. */
int landlock_abi(void);

/* Every LANDLOCK_FS_* and LANDLOCK_SCOPED_* that @abi knows. */
uint64_t landlock_fs_of_abi(int abi);
uint64_t landlock_scoped_of_abi(int abi);

/*
 * Make a ruleset that allows nothing yet of what it handles.
 * Owns: close the descriptor.
 */
MUST_CHECK int landlock_make(const struct landlock_ruleset *ruleset, struct error *err);

/*
 * Allow @access at @path, as the calling process sees it, and below. Rights that only a
 * directory can have are left out when it is none. A last component that is a link is refused;
 * in a tree that @is_foreign it is followed, and what is not there is passed over, for a later
 * mount may cover it.
 */
MUST_CHECK int landlock_allow_path(int ruleset_fd, const char *path, uint64_t access,
                                   bool is_foreign, struct error *err);

/*
 * Allow what the descriptors 0 to 2 were opened for, so that /dev/stdin and its like can be
 * opened again. @handled_fs: of the ruleset.
 */
MUST_CHECK int landlock_allow_stdio(int ruleset_fd, uint64_t handled_fs, struct error *err);

/*
 * Hold the calling thread to the ruleset, for good. Denials are logged, those of programs that
 * it executes too. @abi: of this kernel.
 * After: no_new_privs is set, or with CAP_SYS_ADMIN in the own user namespace.
 * Source: landlock_restrict_self(2); LANDLOCK_RESTRICT_SELF_LOG_*, ABI 7, Linux 6.15.
 */
MUST_CHECK int landlock_restrict(int ruleset_fd, int abi, struct error *err);

#endif
