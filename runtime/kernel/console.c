/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/console.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/resolve.h"

int console_use(int terminal_fd, struct error *err)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (dup2(terminal_fd, fd) < 0)
			return error_set_errno(err, "cannot connect the terminal");
	}
	return 0;
}

int console_open(int devpts_fd, uid_t owner, int *out_master_fd, int *out_terminal_fd,
                 struct error *err)
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
	*out_master_fd = take_fd(&master_fd);
	*out_terminal_fd = take_fd(&terminal_fd);
	return 0;
}

int console_make(int devpts_fd, uid_t owner, int *out_master_fd, struct error *err)
{
	AUTO_CLOSE int master_fd = -1;
	AUTO_CLOSE int terminal_fd = -1;

	if (console_open(devpts_fd, owner, &master_fd, &terminal_fd, err) < 0 ||
	    console_use(terminal_fd, err) < 0)
		return -1;
	*out_master_fd = take_fd(&master_fd);
	return 0;
}

int console_find_devpts(int root_fd, struct error *err)
{
	AUTO_CLOSE int fd = resolve_inside(root_fd, "/dev/pts", O_PATH | O_DIRECTORY, err);
	struct statfs file_system;

	if (fd < 0)
		return -1;
	if (fstatfs(fd, &file_system) < 0)
		return error_set_errno(err, "cannot examine /dev/pts");
	if (file_system.f_type != DEVPTS_SUPER_MAGIC)
		return error_set(err, ERROR_SPEC, "a terminal needs a devpts at /dev/pts");
	return take_fd(&fd);
}

int console_set_size(int fd, unsigned short rows, unsigned short columns, struct error *err)
{
	const struct winsize size = { .ws_row = rows, .ws_col = columns };

	if (rows == 0 && columns == 0)
		return 0;
	if (ioctl(fd, TIOCSWINSZ, &size) < 0)
		return error_set_errno(err, "cannot set the size of the terminal");
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
