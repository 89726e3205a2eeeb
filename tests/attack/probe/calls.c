/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every system call of the denied list, by every entry that the kernel has. */
#include "calls.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "numbers.h"

/* Source: kernel Documentation/arch/x86/x86_64, __X32_SYSCALL_BIT. */
#define X32_BIT 0x40000000

static int call(long number, const struct attempt *attempt)
{
	const void *const *arguments = attempt->arguments;

	return syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
	               arguments[5]) < 0
	               ? -1
	               : THROUGH;
}

int by_native(const struct attempt *attempt)
{
	return call(attempt->number, attempt);
}

int by_x32(const struct attempt *attempt)
{
	return call(attempt->number | X32_BIT, attempt);
}

int by_clone(const struct attempt *attempt)
{
	const pid_t parent = getpid();
	const int result = by_native(attempt);

	if (getpid() != parent)
		_exit(0);
	return result;
}

#define CALL(name)     { "call:" #name, by_native, __NR_##name, NOTHING },
#define CALL_X32(name) { "x32:" #name, by_x32, __NR_##name, NOTHING },

static const struct attempt attempts[] = {
	COMMON_CALLS(CALL) CALL(kexec_file_load)
#ifdef __x86_64__
		X86_CALLS(CALL) X86_64_CALLS(CALL) COMMON_CALLS(CALL_X32)
	/* Those that have two numbers there. Source: arch/x86/entry/syscalls/syscall_64.tbl */
	{ "x32-way:ptrace", by_x32, 521, NOTHING },
	{ "x32-way:ioctl", by_x32, 514, { NUMBER(0), NUMBER(0x5412), "x" } },
	{ "x32-way:kexec_load", by_x32, 528, NOTHING },
	{ "x32-way:process_vm_readv", by_x32, 539, NOTHING },
	{ "x32-way:getpid", by_x32, __NR_getpid, NOTHING },
	{ "x32-way:socket-alg", by_x32, __NR_socket, { NUMBER(38), NUMBER(5) } },
	{ "x32-way:unshare-user", by_x32, __NR_unshare, { NUMBER(CLONE_NEWUSER) } },
#endif
	{ "call:unknown", by_native, 9999, NOTHING },
};

void probe_calls(void)
{
	probe_all(attempts, COUNT(attempts));
	probe_i386();
}
