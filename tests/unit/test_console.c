/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Terminals; each test is a process of its own. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/console.h"
#include "kernel/mount.h"
#include "support/suite.h"

static struct error err;
static int devpts_fd;

static void start(void)
{
	err = (struct error){ .kind = ERROR_NONE };
	devpts_fd = -1;
}

/* As the container's, and seen by nobody: it is never attached. */
static void start_with_devpts(void)
{
	static const struct mount_option options[] = { { "ptmxmode", "0666" }, { "mode", "0620" } };

	start();
	ck_assert_msg(mount_new("devpts", options, ARRAY_LEN(options), 0, &devpts_fd, &err) == 0,
	              "%s", err.what);
}

START_TEST(the_standard_streams_become_the_terminal_of_its_owner)
{
	struct stat status;
	int master_fd = -1;

	ck_assert_msg(console_make(devpts_fd, 65532, &master_fd, &err) == 0, "%s", err.what);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		ck_assert_int_eq(isatty(fd), 1);
		ck_assert_int_eq(fcntl(fd, F_GETFD), 0);
		ck_assert_int_eq(fstat(fd, &status), 0);
		ck_assert_uint_eq(status.st_uid, 65532);
		ck_assert_uint_eq(status.st_mode & 07777, 0620);
	}
	ck_assert_int_eq(fcntl(master_fd, F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(it_is_no_terminal_of_the_hosts)
{
	struct stat inside;
	struct stat outside;
	int master_fd;

	ck_assert_int_eq(console_make(devpts_fd, 0, &master_fd, &err), 0);
	ck_assert_int_eq(fstat(STDIN_FILENO, &inside), 0);
	ck_assert_int_eq(stat("/dev/pts", &outside), 0);
	ck_assert_uint_ne(inside.st_dev, outside.st_dev);
}
END_TEST

START_TEST(what_is_said_at_one_end_is_heard_at_the_other)
{
	int master_fd;
	char text[16];

	ck_assert_int_eq(console_make(devpts_fd, 0, &master_fd, &err), 0);
	ck_assert_int_eq(write(STDOUT_FILENO, "x", 1), 1);
	ck_assert_int_eq(read(master_fd, text, sizeof(text)), 1);
	ck_assert_int_eq(text[0], 'x');
}
END_TEST

/* That of a session leader, which opens a terminal that is nobody's. */
START_TEST(it_does_not_become_the_callers_terminal)
{
	const pid_t pid = fork();
	int master_fd;
	int status = -1;

	if (pid == 0) {
		if (setsid() < 0 || console_make(devpts_fd, 0, &master_fd, &err) < 0)
			_exit(1);
		_exit(open("/dev/tty", O_RDWR | O_CLOEXEC) < 0 && errno == ENXIO ? 0 : 2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

static size_t count_descriptors(void)
{
	size_t count = 0;

	for (int fd = 0; fd < 64; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

START_TEST(only_the_masters_end_is_open_beside_the_standard_streams)
{
	const size_t before = count_descriptors();
	int master_fd;

	ck_assert_int_eq(console_make(devpts_fd, 0, &master_fd, &err), 0);
	ck_assert_uint_eq(count_descriptors(), before + 1);
}
END_TEST

/* CVE-2025-52565: what an image puts in the place of a terminal. */
START_TEST(a_ptmx_that_is_none_is_refused)
{
	char folder[] = "/tmp/test_console.XXXXXX";
	const int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int folder_fd;
	int master_fd = -1;
	int fd;

	ck_assert_int_ge(null_fd, 0);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(console_make(folder_fd, 0, &master_fd, &err), -1);
	ck_assert_int_eq(err.code, ENOENT);

	err = (struct error){ .kind = ERROR_NONE };
	fd = openat(folder_fd, "ptmx", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(console_make(folder_fd, 0, &master_fd, &err), -1);
	ck_assert_int_eq(unlinkat(folder_fd, "ptmx", 0), 0);
	ck_assert_int_eq(rmdir(folder), 0);
	ck_assert_int_eq(err.code, ENOTTY);
	ck_assert_str_eq(err.what, "cannot make a terminal");
	ck_assert_int_eq(master_fd, -1);
}
END_TEST

/* A pair of the host's. Returns the master's end. */
static int open_terminal(int *out_fd)
{
	const int master_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	ck_assert_int_ge(master_fd, 0);
	ck_assert_int_eq(grantpt(master_fd), 0);
	ck_assert_int_eq(unlockpt(master_fd), 0);
	*out_fd = open(ptsname(master_fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(*out_fd, 0);
	return master_fd;
}

START_TEST(raw_mode_is_undone)
{
	struct termios before;
	struct termios kept;
	struct termios now;
	int fd;

	(void)open_terminal(&fd);
	ck_assert_int_eq(tcgetattr(fd, &before), 0);
	ck_assert_int_eq(console_make_raw(fd, &kept, &err), 0);
	ck_assert_int_eq(tcgetattr(fd, &now), 0);
	ck_assert_uint_eq(now.c_lflag & (ICANON | ECHO | ISIG | IEXTEN), 0);
	ck_assert_uint_eq(now.c_oflag & OPOST, 0);
	console_restore(fd, &kept);
	ck_assert_int_eq(tcgetattr(fd, &now), 0);
	ck_assert_uint_eq(now.c_lflag, before.c_lflag);
	ck_assert_uint_eq(now.c_oflag, before.c_oflag);
	ck_assert_uint_eq(now.c_iflag, before.c_iflag);
}
END_TEST

START_TEST(what_is_no_terminal_cannot_be_raw)
{
	const int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct termios kept;

	ck_assert_int_eq(console_make_raw(fd, &kept, &err), -1);
	ck_assert_int_eq(err.code, ENOTTY);
}
END_TEST

START_TEST(the_size_is_copied_where_there_is_one)
{
	const int no_terminal_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct winsize size = { .ws_row = 12, .ws_col = 34 };
	int from_fd;
	int to_fd;

	(void)open_terminal(&from_fd);
	(void)open_terminal(&to_fd);
	ck_assert_int_eq(ioctl(from_fd, TIOCSWINSZ, &size), 0);
	console_copy_size(from_fd, to_fd);
	console_copy_size(no_terminal_fd, to_fd);
	console_copy_size(from_fd, no_terminal_fd);
	ck_assert_int_eq(ioctl(to_fd, TIOCGWINSZ, &size), 0);
	ck_assert_uint_eq(size.ws_row, 12);
	ck_assert_uint_eq(size.ws_col, 34);
}
END_TEST

static TCase *make_case(void)
{
	TCase *tcase = tcase_create("make");

	tcase_add_checked_fixture(tcase, start_with_devpts, NULL);
	tcase_add_test(tcase, the_standard_streams_become_the_terminal_of_its_owner);
	tcase_add_test(tcase, it_is_no_terminal_of_the_hosts);
	tcase_add_test(tcase, what_is_said_at_one_end_is_heard_at_the_other);
	tcase_add_test(tcase, it_does_not_become_the_callers_terminal);
	tcase_add_test(tcase, only_the_masters_end_is_open_beside_the_standard_streams);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("console");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_test(tcase, a_ptmx_that_is_none_is_refused);
	tcase_add_test(tcase, raw_mode_is_undone);
	tcase_add_test(tcase, what_is_no_terminal_cannot_be_raw);
	tcase_add_test(tcase, the_size_is_copied_where_there_is_one);
	suite_add_tcase(suite, tcase);
	if (geteuid() == 0)
		suite_add_tcase(suite, make_case());
	else
		(void)puts("skipped: a devpts of its own: not root");
	return run_suite(suite);
}
