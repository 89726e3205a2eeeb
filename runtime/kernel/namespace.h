/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* User namespaces from outside: their id maps, and a descriptor of them. */
#ifndef HARDRUN_KERNEL_NAMESPACE_H
#define HARDRUN_KERNEL_NAMESPACE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"

struct id_map {
	uint32_t inner;
	uint32_t outer;
	uint32_t count;
};

struct id_maps {
	const struct id_map *uid;
	size_t uid_count;
	const struct id_map *gid;
	size_t gid_count;
};

/*
 * Write the maps of process @pid's user namespace. Needs CAP_SETUID and CAP_SETGID over the
 * parent namespace. Source: user_namespaces(7), "Defining user and group ID mappings".
 */
MUST_CHECK int namespace_write_maps(pid_t pid, const struct id_maps *maps, struct error *err);

/*
 * Give up setgroups(2) in the new user namespace of @pid: without it an ordinary user may map no
 * group. Source: user_namespaces(7), /proc/PID/setgroups.
 */
MUST_CHECK int namespace_deny_setgroups(pid_t pid, struct error *err);

/*
 * As namespace_write_maps(), through newuidmap(1) and newgidmap(1), which give an ordinary
 * user the ranges of subuid(5) and subgid(5). They run with an empty environment.
 */
MUST_CHECK int namespace_write_maps_by_helper(pid_t pid, const struct id_maps *maps,
                                              struct error *err);

/*
 * Open the namespace at the host's @path, which must be of @kind, CLONE_NEW*.
 * Errors: ERROR_SPEC when it is of another kind, or none.
 */
MUST_CHECK int namespace_open(const char *path, uint64_t kind, struct error *err);

/* Join the namespaces of @kinds that @fd stands for: a namespace, or a process. */
MUST_CHECK int namespace_join(int fd, uint64_t kinds, const char *path, struct error *err);

/* Leave the namespaces of @kinds for new ones. Source: unshare(2). */
MUST_CHECK int namespace_unshare(uint64_t kinds, struct error *err);

/*
 * In which kinds of namespaces is @pid that the caller is not in?
 * Errors: ERROR_STATE when there is no such process.
 */
MUST_CHECK int namespace_differences(pid_t pid, uint64_t *out_kinds, struct error *err);

/* Has @pid a user namespace that is not the caller's? False where that cannot be seen. */
bool namespace_has_other_users(pid_t pid);

/*
 * Make a user namespace with @maps for nothing but what a mount is mapped to.
 * Owns: close the descriptor.
 */
MUST_CHECK int namespace_make_user(const struct id_maps *maps, struct error *err);

/* Returns a descriptor of the user namespace of @pid. */
MUST_CHECK int namespace_open_user(pid_t pid, struct error *err);

/* Returns a descriptor of the network namespace of @pid. */
MUST_CHECK int namespace_open_network(pid_t pid, struct error *err);

#endif
