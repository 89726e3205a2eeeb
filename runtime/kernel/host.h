/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Facts about this host that planning needs. Each is read when it is first asked for, and
 * once: planning is part of every launch. A fact that cannot be read has the value that
 * forbids nothing, so that the step that needs the thing fails with its own error.
 */
#ifndef HARDRUN_KERNEL_HOST_H
#define HARDRUN_KERNEL_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "kernel/subid.h"

/* The programs that write the id maps of an ordinary user. Source: newuidmap(1). */
#define HOST_NEWUIDMAP "/usr/bin/newuidmap"
#define HOST_NEWGIDMAP "/usr/bin/newgidmap"

#define HOST_USER_NAME_SIZE 256 /* with room: useradd(8) stops at 32 */

enum host_fact {
	HOST_FACT_PRIVILEGED,
	HOST_FACT_ADMIN,
	HOST_FACT_SETGROUPS,
	HOST_FACT_RELEASE,
	HOST_FACT_APPARMOR,
	HOST_FACT_SELINUX,
	HOST_FACT_APPARMOR_USERNS,
	HOST_FACT_MAX_USER_NAMESPACES,
	HOST_FACT_USERNS_CLONE,
	HOST_FACT_USER_NAME,
	HOST_FACT_SUBUIDS,
	HOST_FACT_SUBGIDS,
	HOST_FACT_MAP_HELPERS,
	HOST_FACT_COUNT,
};

struct host {
	const char *root; /* put before every path that is read; "" but in tests */
	uid_t uid;        /* effective, of the caller */
	gid_t gid;
	uint32_t known; /* bit n: fact n has been read; tests set it with the fact */

	bool is_privileged;
	bool has_admin;
	bool denies_setgroups;
	bool has_apparmor;
	bool has_selinux;
	bool apparmor_restricts_user_namespaces;
	bool has_map_helpers;
	bool has_userns_clone; /* kernel.unprivileged_userns_clone is not 0 */
	uint64_t max_user_namespaces;
	unsigned int release_major;
	unsigned int release_minor;
	struct subid_range subuids; /* count 0: none that is large enough */
	struct subid_range subgids;
	char user_name[HOST_USER_NAME_SIZE]; /* "" when /etc/passwd does not know the caller */
};

/* Nothing is read yet but the caller's ids. */
void host_init(struct host *host);

/*
 * Is the caller root of the host: CAP_SYS_ADMIN in effect, in the first user namespace? Uid 0
 * in a nested user namespace is not.
 * Source: capget(2); namespaces(7); kernel include/linux/proc_ns.h, PROC_USER_INIT_INO.
 */
bool host_is_privileged(struct host *host);

/*
 * Has the caller CAP_SYS_ADMIN in effect in the user namespace it is in, whichever that is? There
 * it may make namespaces and mounts. Source: capget(2).
 */
bool host_has_admin(struct host *host);

/*
 * Is setgroups(2) denied in the caller's user namespace, and so in those below it?
 * Source: user_namespaces(7), /proc/PID/setgroups.
 */
bool host_denies_setgroups(struct host *host);

/* Is the kernel's release at least @major.@minor? Source: uname(2). */
bool host_is_at_least(struct host *host, unsigned int major, unsigned int minor);

/* Source: apparmor(7), /sys/module/apparmor/parameters/enabled. */
bool host_has_apparmor(struct host *host);

/* Source: selinux(8), /sys/fs/selinux/enforce. */
bool host_has_selinux(struct host *host);

/*
 * Does AppArmor take the rights of a new user namespace from this caller?
 * Source: Ubuntu 23.10 and later, kernel.apparmor_restrict_unprivileged_userns.
 */
bool host_apparmor_restricts_user_namespaces(struct host *host);

/* May an ordinary user make user namespaces? Source: Debian's kernel.unprivileged_userns_clone. */
bool host_has_userns_clone(struct host *host);

/* Source: namespaces(7), /proc/sys/user/max_user_namespaces. */
uint64_t host_max_user_namespaces(struct host *host);

/* The caller's name in /etc/passwd; "" when it has none there. Source: passwd(5). */
const char *host_user_name(struct host *host);

/*
 * The caller's first range of at least @needed ids in /etc/subuid and /etc/subgid. The file
 * is read once, with the first @needed. Source: subuid(5), subgid(5).
 */
struct subid_range host_subuids(struct host *host, uint32_t needed);
struct subid_range host_subgids(struct host *host, uint32_t needed);

/* Are newuidmap(1) and newgidmap(1) there? */
bool host_has_map_helpers(struct host *host);

#endif
