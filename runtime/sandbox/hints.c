/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sandbox/hints.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/compiler.h"

static const struct {
	const char *stage;
	int code;
	const char *hint;
} hints[] = {
	{ "namespaces", EPERM,
	  "the host forbids this caller new namespaces; see sysctl "
	  "kernel.unprivileged_userns_clone, "
	  "kernel.apparmor_restrict_unprivileged_userns; hardrun cannot run in a chroot" },
	{ "namespaces", ENOSPC,
	  "the host's limit of namespaces is reached; sysctl -a | grep user.max_" },
	{ "namespaces", EAGAIN, "the caller's limit of processes is reached; see ulimit -u" },
	{ "namespaces", EINVAL, "the kernel lacks a kind of namespace; hardrun needs Linux 5.15" },
	{ "namespaces", EBUSY,
	  "processes are in a cgroup that is to have controllers; start hardrun from a cgroup of "
	  "its "
	  "own: systemd-run --user --scope -p Delegate=yes hardrun ..." },
	{ "mounts", EPERM,
	  "proc and sysfs can be mounted only where the host's are wholly in view, which is not so "
	  "inside other containers" },
	{ "mounts", ENOSPC, "the host's limit of mounts is reached; sysctl fs.mount-max" },
	{ "limits", EPERM, "the host allows the caller no more; see ulimit -aH" },
	{ "landlock", E2BIG, "too many Landlock layers: hardrun runs inside too many others" },
	{ "working-directory", ENOENT,
	  "cwd is a path inside; hardrun check SPEC shows what is there" },
	{ "working-directory", EACCES, "the container's user may not enter it; see user and cwd" },
	{ "find-program", ENOENT,
	  "it is looked for inside, in the directories of the PATH that the process gets" },
	{ "find-program", EACCES,
	  "it must be executable for the container's user, and not lie on a mount that is noexec" },
	{ "exec", ENOENT,
	  "the program, or the interpreter or loader that it names, is not there inside; hardrun "
	  "check "
	  "SPEC shows what is" },
	{ "exec", EACCES,
	  "it must be executable for the container's user, and not lie on a mount that is noexec; "
	  "relax.exec-paths names mounts that may be executed from" },
	{ "exec", EPERM, "a security module refused it; hardrun --result FILE lists the denials" },
	{ "exec", ENOEXEC, "it is no program of this machine, and has no #! line" },
	{ "exec", EAGAIN, "limits.pids or the rlimit nproc leaves no room for a process" },
	{ "exec", ENOMEM, "limits.memory leaves no room for the program" },
	{ "exec", E2BIG, "args and env together are larger than the kernel takes" },
};

void hints_add(struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(hints); i++) {
		if (hints[i].code == err->code && strcmp(hints[i].stage, err->stage) == 0) {
			(void)error_hint(err, "%s", hints[i].hint);
			return;
		}
	}
}
