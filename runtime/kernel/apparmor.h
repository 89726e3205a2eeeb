/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * AppArmor: profiles into the kernel and out of it, and the label of a process. libapparmor
 * lives here only.
 *
 * A profile's name follows from its text, so one that is loaded is the right one; only root can
 * load. Whatever fails here ends the launch: no program starts without its label.
 * Source: apparmor(7), apparmor.d(5), aa_change_profile(2).
 */
#ifndef HARDRUN_KERNEL_APPARMOR_H
#define HARDRUN_KERNEL_APPARMOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"

#define APPARMOR_LABEL_SIZE 512

/* Does the kernel have a profile called @name? One query, whatever the number of profiles. */
bool apparmor_is_loaded(const char *name);

/*
 * Does the kernel have none? It cannot be asked where the security file system is out of view: then
 * apparmor_change_on_exec() will tell. Podman takes it away for a container with a user namespace.
 */
bool apparmor_is_missing(const char *name);

/*
 * Does the compiler here know the classes of AppArmor 4 (userns, mqueue), which an older one
 * refuses to read?
 */
bool apparmor_has_new_classes(void);

/*
 * The label of the calling process, "unconfined" or a profile's name without its mode.
 * Errors: ERROR_HOST when the kernel has no AppArmor.
 */
MUST_CHECK int apparmor_read_own(char label[APPARMOR_LABEL_SIZE], struct error *err);

/*
 * Load the profile @name with the text @text, unless the kernel has it. The compiled form is
 * kept as NAME.bin in @cache_fd, a directory that only the caller may write; -1: not kept.
 * Errors: ERROR_DENIED for an ordinary user; ERROR_HOST when
 * apparmor_parser(8) is missing or refuses the text.
 */
MUST_CHECK int apparmor_load(const char *name, const char *text, int cache_fd, struct error *err);

/* Take the profile @name out of the kernel. That it is not there is fine. */
MUST_CHECK int apparmor_unload(const char *name, struct error *err);

/*
 * Take every profile whose name begins with @prefix and for which @is_used says false out of
 * the kernel.
 */
MUST_CHECK int apparmor_sweep(const char *prefix, bool (*is_used)(const char *name, void *context),
                              void *context, struct error *err);

/*
 * Enter @profile at the next execve(2) of the calling process, or of a child that it makes
 * after this. @proc_fd: a procfs that shows the caller, mounted by hardrun itself, so that the
 * label goes where it is meant to go (CVE-2019-16884).
 * Errors: ERROR_HOST when the kernel does not know the profile, ERROR_DENIED when the label
 * that the caller has already forbids the change.
 * Source: aa_change_onexec(2), which does the same by a path; kernel security/apparmor/lsm.c,
 * apparmor_setprocattr(); a child inherits it, apparmor_task_alloc().
 */
MUST_CHECK int apparmor_change_on_exec(int proc_fd, const char *profile, struct error *err);

/*
 * Is the process @pid, as seen in the procfs @proc_fd, confined by @profile in enforce mode? An
 * execve(2) that it is in the midst of is waited for.
 * Errors: ERROR_HOST when it is not, whatever it said itself (CVE-2025-52881).
 */
MUST_CHECK int apparmor_verify(int proc_fd, pid_t pid, const char *profile, struct error *err);

/*
 * As apparmor_verify(), in whatever mode @profile is, "unconfined" included: for a profile that
 * others have chosen.
 */
MUST_CHECK int apparmor_verify_name(int proc_fd, pid_t pid, const char *profile, struct error *err);

#endif
