/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A procfs that may be none, and writes that others would lead elsewhere. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "kernel/procfs.h"
#include "support/suite.h"

static struct error err;
static int proc_fd;
static char path[64]; /* of a file of this process, relative to /proc */

static void start(void)
{
	err = (struct error){ .kind = ERROR_NONE };
	proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "%d/oom_score_adj", getpid());
}

START_TEST(a_procfs_is_one)
{
	ck_assert_int_eq(procfs_verify(proc_fd, &err), 0);
}
END_TEST

static const char *const others[] = { "/", "/proc/self", "/proc/sys", "/dev", "/tmp" };

START_TEST(anything_else_is_none)
{
	const int fd = open(others[_i], O_PATH | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_eq(procfs_verify(fd, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	ck_assert_str_eq(err.what, "/proc is not a procfs");
}
END_TEST

START_TEST(no_descriptor_is_an_error)
{
	ck_assert_int_eq(procfs_verify(-1, &err), -1);
	ck_assert_int_eq(err.code, EBADF);
}
END_TEST

START_TEST(a_value_is_written)
{
	char text[16];
	int fd;

	ck_assert_msg(procfs_write(proc_fd, path, "321", &err) == 0, "%s", err.what);
	fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(read(fd, text, sizeof(text)), 4);
	ck_assert_int_eq(memcmp(text, "321\n", 4), 0);
}
END_TEST

START_TEST(a_value_that_the_kernel_refuses_is_named)
{
	char what[128];

	(void)snprintf(what, sizeof(what), "cannot write \"5000\" to /proc/%s", path);
	ck_assert_int_eq(procfs_write(proc_fd, path, "5000", &err), -1);
	ck_assert_int_eq(err.code, EINVAL);
	ck_assert_str_eq(err.what, what);
}
END_TEST

static const struct {
	const char *path;
	int code;
} astray[] = {
	{ "sys/does/not/exist", ENOENT },
	{ "self/oom_score_adj", ELOOP }, /* a link */
	{ "thread-self/comm", ELOOP },
	{ "../tmp/x", EXDEV },
	{ "/proc/sys/kernel/ostype", EXDEV },
	{ "sys/../../tmp/x", EXDEV },
	{ "sys", EISDIR },
};

START_TEST(a_path_that_leads_elsewhere_is_refused)
{
	ck_assert_int_eq(procfs_write(proc_fd, astray[_i].path, "1", &err), -1);
	ck_assert_int_eq(err.code, astray[_i].code);
}
END_TEST

START_TEST(magic_links_are_refused)
{
	(void)snprintf(path, sizeof(path), "%d/root/dev/null", getpid());
	ck_assert_int_eq(procfs_write(proc_fd, path, "1", &err), -1);
	ck_assert_int_eq(err.code, ELOOP);
	err = (struct error){ .kind = ERROR_NONE };
	(void)snprintf(path, sizeof(path), "%d/fd/1", getpid());
	ck_assert_int_eq(procfs_write(proc_fd, path, "1", &err), -1);
	ck_assert_int_eq(err.code, ELOOP);
}
END_TEST

/* CVE-2025-52881: another file, or another procfs, is mounted where the write is to go. */
static const struct {
	const char *source;
	const char *target;
	const char *written;
} mounts[] = {
	{ "/dev/null", "/proc/sys/kernel/domainname", "sys/kernel/domainname" },
	{ "/proc/sys/kernel/domainname", "/proc/sys/kernel/hostname", "sys/kernel/hostname" },
	{ "/tmp", "/proc/sys/kernel", "sys/kernel/domainname" },
};

START_TEST(what_is_mounted_in_a_procfs_is_refused)
{
	ck_assert_int_eq(unshare(CLONE_NEWNS | CLONE_NEWUTS), 0);
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	start(); /* in the new namespace */
	ck_assert_int_eq(mount(mounts[_i].source, mounts[_i].target, NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(procfs_write(proc_fd, mounts[_i].written, "x", &err), -1);
	ck_assert_int_eq(err.code, EXDEV);
}
END_TEST

static bool can_mount(void)
{
	if (geteuid() == 0 && access("/proc/sys/kernel/domainname", W_OK) == 0)
		return true;
	(void)puts("skipped: mounts in a procfs: not root of the host");
	return false;
}

static Suite *make_suite(void)
{
	Suite *suite = suite_create("procfs");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_test(tcase, a_procfs_is_one);
	tcase_add_loop_test(tcase, anything_else_is_none, 0, ARRAY_LEN(others));
	tcase_add_test(tcase, no_descriptor_is_an_error);
	tcase_add_test(tcase, a_value_is_written);
	tcase_add_test(tcase, a_value_that_the_kernel_refuses_is_named);
	tcase_add_loop_test(tcase, a_path_that_leads_elsewhere_is_refused, 0, ARRAY_LEN(astray));
	tcase_add_test(tcase, magic_links_are_refused);
	if (can_mount())
		tcase_add_loop_test(tcase, what_is_mounted_in_a_procfs_is_refused, 0,
		                    ARRAY_LEN(mounts));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return run_suite(make_suite());
}
