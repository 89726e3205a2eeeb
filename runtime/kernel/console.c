/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/console.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"

static int become_terminal(int terminal_fd, struct error *err)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (dup2(terminal_fd, fd) < 0)
			return error_set_errno(err, "cannot connect the terminal");
	}
	return 0;
}

int console_make(int devpts_fd, uid_t owner, int *out_master_fd, struct error *err)
{
	const int unlocked = 0;
	AUTO_CLOSE int master_fd = openat(devpts_fd, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	AUTO_CLOSE int terminal_fd = -1;

	if (master_fd < 0 || ioctl(master_fd, TIOCSPTLCK, &unlocked) < 0)
		return error_set_errno(err, "cannot make a terminal");
	terminal_fd = ioctl(master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal_fd < 0)
		return error_set_errno(err, "cannot open the terminal");
	if (fchown(terminal_fd, owner, (gid_t)-1) < 0)
		return error_set_errno(err, "cannot give the terminal to the user");
	if (become_terminal(terminal_fd, err) < 0)
		return -1;
	*out_master_fd = take_fd(&master_fd);
	return 0;
}

void console_copy_size(int from_fd, int to_fd)
{
	struct winsize size;

	if (ioctl(from_fd, TIOCGWINSZ, &size) == 0)
		(void)ioctl(to_fd, TIOCSWINSZ, &size);
}

int console_make_raw(int fd, struct termios *out_before, struct error *err)
{
	struct termios raw;

	if (tcgetattr(fd, out_before) < 0)
		return error_set_errno(err, "cannot read the terminal's settings");
	raw = *out_before;
	cfmakeraw(&raw);
	if (tcsetattr(fd, TCSANOW, &raw) < 0)
		return error_set_errno(err, "cannot put the terminal into raw mode");
	return 0;
}

void console_restore(int fd, const struct termios *before)
{
	(void)tcsetattr(fd, TCSANOW, before);
}
