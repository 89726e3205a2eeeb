/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The system calls that nobody is to have, by name: those that all architectures know, and those
 * of some. Held against profiles/seccomp/default.json by ../test_probe.py.
 */
#ifndef HARDRUN_PROBE_CALLS_H
#define HARDRUN_PROBE_CALLS_H

#include "probe.h"

#define COMMON_CALLS(CALL)            \
	CALL(acct)                    \
	CALL(add_key)                 \
	CALL(adjtimex)                \
	CALL(bpf)                     \
	CALL(chroot)                  \
	CALL(clock_adjtime)           \
	CALL(clock_settime)           \
	CALL(clone3)                  \
	CALL(delete_module)           \
	CALL(fanotify_init)           \
	CALL(fanotify_mark)           \
	CALL(finit_module)            \
	CALL(fsconfig)                \
	CALL(fsmount)                 \
	CALL(fsopen)                  \
	CALL(fspick)                  \
	CALL(get_mempolicy)           \
	CALL(init_module)             \
	CALL(io_uring_enter)          \
	CALL(io_uring_register)       \
	CALL(io_uring_setup)          \
	CALL(kcmp)                    \
	CALL(kexec_load)              \
	CALL(keyctl)                  \
	CALL(listmount)               \
	CALL(lookup_dcookie)          \
	CALL(lsm_set_self_attr)       \
	CALL(mbind)                   \
	CALL(migrate_pages)           \
	CALL(mount)                   \
	CALL(mount_setattr)           \
	CALL(move_mount)              \
	CALL(move_pages)              \
	CALL(name_to_handle_at)       \
	CALL(nfsservctl)              \
	CALL(open_by_handle_at)       \
	CALL(open_tree)               \
	CALL(open_tree_attr)          \
	CALL(perf_event_open)         \
	CALL(pidfd_getfd)             \
	CALL(pivot_root)              \
	CALL(process_madvise)         \
	CALL(process_mrelease)        \
	CALL(process_vm_readv)        \
	CALL(process_vm_writev)       \
	CALL(ptrace)                  \
	CALL(quotactl)                \
	CALL(quotactl_fd)             \
	CALL(reboot)                  \
	CALL(request_key)             \
	CALL(set_mempolicy)           \
	CALL(set_mempolicy_home_node) \
	CALL(setdomainname)           \
	CALL(sethostname)             \
	CALL(setns)                   \
	CALL(settimeofday)            \
	CALL(statmount)               \
	CALL(swapoff)                 \
	CALL(swapon)                  \
	CALL(syslog)                  \
	CALL(umount2)                 \
	CALL(userfaultfd)             \
	CALL(vhangup)

/* Both x86 tables. */
#define X86_CALLS(CALL)       \
	CALL(_sysctl)         \
	CALL(afs_syscall)     \
	CALL(create_module)   \
	CALL(get_kernel_syms) \
	CALL(getpmsg)         \
	CALL(ioperm)          \
	CALL(iopl)            \
	CALL(modify_ldt)      \
	CALL(putpmsg)         \
	CALL(query_module)    \
	CALL(sysfs)           \
	CALL(uselib)          \
	CALL(ustat)           \
	CALL(vserver)

#define X86_64_CALLS(CALL) \
	CALL(security)     \
	CALL(tuxcall)

#define I386_CALLS(CALL)      \
	CALL(bdflush)         \
	CALL(clock_adjtime64) \
	CALL(clock_settime64) \
	CALL(idle)            \
	CALL(socketcall)      \
	CALL(stime)           \
	CALL(umount)          \
	CALL(vm86)            \
	CALL(vm86old)

/* All by -1, which is no address, no descriptor and no size: where there is no filter, no harm. */
#define NOTHING                                                                        \
	{                                                                              \
		NUMBER(-1), NUMBER(-1), NUMBER(-1), NUMBER(-1), NUMBER(-1), NUMBER(-1) \
	}

/* Nothing where the architecture has no such entry. */
void probe_i386(void);

#endif
