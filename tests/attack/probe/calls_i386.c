/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * By the entry for 32 bits, which a program of 64 bits can take, too. The numbers are those of
 * another header, which cannot be included beside the usual one.
 * Source: syscall(2), "Architecture calling conventions".
 */
#include "calls.h"

#ifdef __x86_64__

#include <asm/unistd_32.h>
#include <errno.h>
#include <unistd.h>

#include "numbers.h"

#define CLONE_NEWUSER 0x10000000
#define CLONE_NEWNS   0x00020000
#define SIGNAL        17 /* SIGCHLD */
#define AF_ALG        38
#define AF_VSOCK      40
#define AF_PACKET     17
#define SOCK_STREAM   1
#define SOCK_DGRAM    2
#define SOCK_RAW      3
#define SYS_SOCKET    1
#define TIOCSTI       0x5412
#define TIOCLINUX     0x541c
#define PTRACE_SEIZE  0x4206

int by_i386(const struct attempt *attempt)
{
	const void *const *arguments = attempt->arguments;
	long result;

	__asm__ volatile("int $0x80"
	                 : "=a"(result)
	                 : "a"(attempt->number), "b"(arguments[0]), "c"(arguments[1]),
	                   "d"(arguments[2]), "S"(arguments[3]), "D"(arguments[4])
	                 : "memory", "r8", "r9", "r10", "r11");
	/* The register holds the 32 bits of an int. */
	if ((int)result >= 0 || (int)result < -4095)
		return THROUGH;
	errno = -(int)result;
	return -1;
}

/* The copy ends at once. */
static int clone_by_i386(const struct attempt *attempt)
{
	const pid_t parent = getpid();
	const int result = by_i386(attempt);

	if (getpid() != parent)
		_exit(0);
	return result;
}

/* On a file of one's own, which is the first argument. */
static int on_new_file(const struct attempt *attempt)
{
	const int fd = make_file(attempt->arguments[0], "");
	const int result = fd < 0 ? -1 : by_i386(attempt);
	const int error = errno;

	(void)unlink(attempt->arguments[0]);
	errno = error;
	return result;
}

/* socketcall(2) takes a block of 32-bit numbers. */
static const uint32_t alg_stream[] = { AF_ALG, 5, 0 };

#define CALL(name) { "i386:" #name, by_i386, __NR_##name, NOTHING },

static const struct attempt attempts[] = {
	COMMON_CALLS(CALL) X86_CALLS(CALL) I386_CALLS(CALL)
	/* Those that a filter must look into. */
	{ "i386-way:clone-user", clone_by_i386, __NR_clone, { NUMBER(CLONE_NEWUSER | SIGNAL) } },
	{ "i386-way:clone-mount", clone_by_i386, __NR_clone, { NUMBER(CLONE_NEWNS | SIGNAL) } },
	{ "i386-way:unshare-user", by_i386, __NR_unshare, { NUMBER(CLONE_NEWUSER) } },
	{ "i386-way:unshare-mount", by_i386, __NR_unshare, { NUMBER(CLONE_NEWNS) } },
	{ "i386-way:socket-alg", by_i386, __NR_socket, { NUMBER(AF_ALG), NUMBER(5) } },
	{ "i386-way:socket-vsock",
	  by_i386,
	  __NR_socket,
	  { NUMBER(AF_VSOCK), NUMBER(SOCK_STREAM) } },
	{ "i386-way:socket-packet", by_i386, __NR_socket, { NUMBER(AF_PACKET), NUMBER(SOCK_RAW) } },
	{ "i386-way:socketcall-alg", by_i386, __NR_socketcall, { NUMBER(SYS_SOCKET), alg_stream } },
	{ "i386-way:ioctl-sti", by_i386, __NR_ioctl, { NUMBER(0), NUMBER(TIOCSTI), "x" } },
	{ "i386-way:ioctl-linux", by_i386, __NR_ioctl, { NUMBER(0), NUMBER(TIOCLINUX), "\3" } },
	{ "i386-way:mount-tmpfs", by_i386, __NR_mount, { "none", "/tmp", "tmpfs" } },
	{ "i386-way:ptrace-init", by_i386, __NR_ptrace, { NUMBER(PTRACE_SEIZE), NUMBER(1) } },
	{ "i386-way:mknod-mem",
	  by_i386,
	  __NR_mknod,
	  { "/tmp/mem", NUMBER(020600), NUMBER(0x101) } },
	{ "i386-way:chown-root",
	  on_new_file,
	  __NR_chown32,
	  { "/tmp/owned", NUMBER(0), NUMBER(0) } },
	{ "i386-way:setuid-root", by_i386, __NR_setuid32, { NUMBER(0) } },
	{ "i386-way:personality", by_i386, __NR_personality, { NUMBER(0x0400000) } },
	{ "i386-way:unknown", by_i386, 9999, NOTHING },
};

void probe_i386(void)
{
	probe_all(attempts, COUNT(attempts));
}

#else

#include <errno.h>

int by_i386(const struct attempt *attempt)
{
	(void)attempt;
	errno = ENOSYS;
	return -1;
}

void probe_i386(void)
{
}

#endif
