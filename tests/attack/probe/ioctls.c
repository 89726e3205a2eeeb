/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ioctl(2) on what there is: a terminal of one's own, a file, a folder, a socket, a namespace.
 * Source: ioctl_tty(2), ioctl_console(2), ioctl_fs(2), netdevice(7), random(4), ioctl_nsfs(2).
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/fsverity.h>
#include <linux/nsfs.h>
#include <linux/random.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIOCL_SETSEL_PASTE 3
#define KDSETMODE          0x4b3a
#define KDMKTONE           0x4b30
#define VT_ACTIVATE        0x5606
#define HIGH_BIT           (1L << 32)
#define FILE_OF_HOST       "/usr/bin/env"

/* The other end of a new terminal, which is this session's as far as it has one. */
static int open_terminal(void)
{
	const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	const char *name;

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return -1;
	name = ptsname(master);
	(void)setsid();
	return name == NULL ? -1 : open(name, O_RDWR | O_CLOEXEC);
}

static int make(int fd, const struct attempt *attempt)
{
	return fd < 0 || syscall(SYS_ioctl, fd, attempt->number, attempt->arguments[0]) < 0
	               ? -1
	               : THROUGH;
}

static int on_terminal(const struct attempt *attempt)
{
	return make(open_terminal(), attempt);
}

/* The terminal that leads this session, in another one. */
static int steal_terminal(const struct attempt *attempt)
{
	const int fd = open_terminal();
	pid_t pid;
	int status;

	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		(void)setsid();
		_exit(ioctl(fd, TIOCSCTTY, 1) < 0 ? errno : THROUGH);
	}
	(void)attempt;
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	errno = WEXITSTATUS(status);
	return errno == 0 ? THROUGH : -1;
}

static int on_folder(const struct attempt *attempt)
{
	return make(open(attempt->arguments[1], O_RDONLY | O_CLOEXEC), attempt);
}

static int on_new_file(const struct attempt *attempt)
{
	return make(make_file("/tmp/ioctl", "content"), attempt);
}

static int on_socket(const struct attempt *attempt)
{
	return make(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), attempt);
}

static char character = 'x';
static char paste[] = { TIOCL_SETSEL_PASTE, 0 };
static int one = 1;
static int discipline = 2; /* N_MOUSE */
static int attributes = FS_IMMUTABLE_FL;
static int append = FS_APPEND_FL;
static unsigned int entropy[4] = { 8, 4, 1 };
static struct fsxattr project = { .fsx_projid = 7 };
static struct fstrim_range whole = { .len = UINT64_MAX };
static struct fsverity_enable_arg verity = { .version = 1,
	                                     .hash_algorithm = 1,
	                                     .block_size = 4096 };
/* As they are: should it be permitted, the attempts that follow see the same. */
static struct ifreq loopback_up = { .ifr_name = "lo", .ifr_flags = IFF_UP };
static struct ifreq loopback_mtu = { .ifr_name = "lo", .ifr_mtu = 65536 };
static struct ifreq loopback_renamed = { .ifr_name = "lo", .ifr_newname = "lo" };
static char bridge[IFNAMSIZ] = "bridge";

static const struct attempt attempts[] = {
	{ "ioctl:sti", on_terminal, TIOCSTI, { &character } },
	{ "ioctl:sti-with-a-high-bit", on_terminal, TIOCSTI | HIGH_BIT, { &character } },
	{ "ioctl:linux", on_terminal, TIOCLINUX, { paste } },
	{ "ioctl:linux-with-a-high-bit", on_terminal, TIOCLINUX | HIGH_BIT, { paste } },
	{ "ioctl:console", on_terminal, TIOCCONS, { NULL } },
	{ "ioctl:console-with-a-high-bit", on_terminal, TIOCCONS | HIGH_BIT, { NULL } },
	{ "ioctl:discipline", on_terminal, TIOCSETD, { &discipline } },
	{ "ioctl:discipline-with-a-high-bit", on_terminal, TIOCSETD | HIGH_BIT, { &discipline } },
	{ "ioctl:hang-up", on_terminal, TIOCVHANGUP, { NULL } },
	{ "ioctl:steal-terminal", steal_terminal },
	{ "ioctl:keyboard-mode", on_terminal, KDSETMODE, { NUMBER(1) } },
	{ "ioctl:tone", on_terminal, KDMKTONE, { NUMBER(1) } },
	{ "ioctl:virtual-terminal", on_terminal, VT_ACTIVATE, { NUMBER(1) } },
	{ "ioctl:block-of-a-file", on_folder, FIBMAP, { &one, FILE_OF_HOST } },
	{ "ioctl:freeze", on_folder, FIFREEZE, { NULL, "/tmp" } },
	{ "ioctl:freeze-host", on_folder, FIFREEZE, { NULL, "/usr" } },
	{ "ioctl:trim", on_folder, FITRIM, { &whole, "/usr" } },
	{ "ioctl:flags-of-the-host", on_folder, FS_IOC_SETFLAGS, { &attributes, FILE_OF_HOST } },
	{ "ioctl:verity-of-the-host", on_folder, FS_IOC_ENABLE_VERITY, { &verity, FILE_OF_HOST } },
	{ "ioctl:immutable", on_new_file, FS_IOC_SETFLAGS, { &attributes } },
	{ "ioctl:append-only", on_new_file, FS_IOC_SETFLAGS, { &append } },
	{ "ioctl:project", on_new_file, FS_IOC_FSSETXATTR, { &project } },
	{ "ioctl:entropy", on_folder, RNDADDENTROPY, { entropy, "/dev/urandom" } },
	{ "ioctl:entropy-count", on_folder, RNDADDTOENTCNT, { &one, "/dev/random" } },
	{ "ioctl:entropy-cleared", on_folder, RNDCLEARPOOL, { NULL, "/dev/random" } },
	{ "ioctl:entropy-reseeded", on_folder, RNDRESEEDCRNG, { NULL, "/dev/urandom" } },
	{ "ioctl:owner-of-namespace", on_folder, NS_GET_USERNS, { NULL, "/proc/self/ns/user" } },
	{ "ioctl:parent-of-namespace", on_folder, NS_GET_PARENT, { NULL, "/proc/self/ns/pid" } },
	{ "ioctl:interface-flags", on_socket, SIOCSIFFLAGS, { &loopback_up } },
	{ "ioctl:interface-mtu", on_socket, SIOCSIFMTU, { &loopback_mtu } },
	{ "ioctl:interface-name", on_socket, SIOCSIFNAME, { &loopback_renamed } },
	{ "ioctl:bridge", on_socket, SIOCBRADDBR, { bridge } },
};

void probe_ioctls(void)
{
	probe_each(attempts, COUNT(attempts));
}
