/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths that a hostile tree leads astray, and where they lead nevertheless. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/resolve.h"
#include "support/suite.h"

static char folder[] = "/tmp/test_resolve.XXXXXX";
static int root_fd;
static struct error err;

static void make_file(const char *path, const char *text)
{
	const int fd = openat(root_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
}

/* A tree that is its own little world, with ways out of it. */
static void start(void)
{
	static const char *const folders[] = { "dir", "dir/sub", "etc", "proc", "proc/sub", "dev" };
	static const struct {
		const char *path;
		const char *text;
	} links[] = {
		{ "absolute", "/etc/file" },
		{ "relative", "dir/sub" },
		{ "out", "../../../../etc/file" },
		{ "dangling", "/nowhere" },
		{ "loop", "loop" },
		{ "proc/link", "/etc" },
		{ "proc/self", "sub" },
		{ "dev/null", "/etc/file" },
		{ "folder", "/etc" },
		{ "procfs", "/proc" },
		{ "sys", "etc" },
	};

	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_ptr_nonnull(mkdtemp(folder));
	root_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(root_fd, 0);
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		ck_assert_int_eq(mkdirat(root_fd, folders[i], 0700), 0);
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		ck_assert_int_eq(symlinkat(links[i].text, root_fd, links[i].path), 0);
	make_file("etc/file", "inside");
	make_file("dir/file", "below");
}

static void empty(int parent_fd, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (unlinkat(parent_fd, names[i], 0) < 0)
			(void)unlinkat(parent_fd, names[i], AT_REMOVEDIR);
	}
}

static void end(void)
{
	static const char *const names[] = {
		"absolute", "relative", "out",       "dangling", "loop",      "folder",
		"procfs",   "sys",      "proc/link", "proc/sub", "proc/self", "proc",
		"dev/null", "dev",      "etc/file",  "etc/made", "etc",       "dir/file",
		"dir/sub",  "dir/a/b",  "dir/a",     "dir/made", "dir",
	};

	empty(root_fd, names, ARRAY_LEN(names));
	(void)rmdir(folder);
}

/* The name, or 0 with errno. */
static ino_t inode_of(const char *path)
{
	struct stat status;

	return fstatat(root_fd, path, &status, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : status.st_ino;
}

static ino_t inode_of_fd(int fd)
{
	struct stat status;

	ck_assert_int_eq(fstat(fd, &status), 0);
	return status.st_ino;
}

/* A link means inside what it says; nothing leads out. */
static const struct {
	const char *path;
	const char *leads_to; /* NULL: refused */
	int code;
} inside[] = {
	{ "/", ".", 0 },
	{ "/dir/file", "dir/file", 0 },
	{ "/absolute", "etc/file", 0 },
	{ "/relative", "dir/sub", 0 },
	{ "/out", "etc/file", 0 },
	{ "/../../../etc/file", "etc/file", 0 },
	{ "/dir/../../../etc/file", "etc/file", 0 },
	{ "/folder/file", "etc/file", 0 },
	{ "/folder/../dir/file", "dir/file", 0 },
	{ "/dangling", NULL, ENOENT },
	{ "/missing", NULL, ENOENT },
	{ "/dir/file/below", NULL, ENOTDIR },
	{ "/loop", NULL, ELOOP },
	{ "/proc/sub", "proc/sub", 0 },
	{ "/proc/link", NULL, ELOOP },
	{ "/proc/link/file", NULL, ELOOP },
	{ "/proc/self", NULL, ELOOP },
	{ "/dev/null", NULL, ELOOP },
	{ "/sys", NULL, ELOOP },
	{ "/sys/file", NULL, ELOOP },
};

START_TEST(inside_stays_inside)
{
	const int fd = resolve_inside(root_fd, inside[_i].path, O_PATH, &err);

	if (inside[_i].leads_to == NULL) {
		ck_assert_int_eq(fd, -1);
		ck_assert_int_eq(err.code, inside[_i].code);
		ck_assert_ptr_nonnull(strstr(err.what, inside[_i].path));
		return;
	}
	ck_assert_msg(fd >= 0, "%s: %s", inside[_i].path, err.what);
	ck_assert_uint_eq(inode_of_fd(fd), inode_of(inside[_i].leads_to));
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(what_need_not_exist_is_no_error)
{
	ck_assert_int_eq(resolve_inside_quietly(root_fd, "/missing", O_PATH), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_ge(resolve_inside_quietly(root_fd, "/etc", O_PATH), 0);
}
END_TEST

static int host_path(const char *suffix, int flags)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, suffix);
	return resolve_host(path, flags, &err);
}

START_TEST(the_hosts_paths_have_no_links)
{
	ck_assert_int_ge(host_path("dir/file", O_RDONLY), 0);
	ck_assert_int_ge(host_path("dir/../etc", O_PATH), 0);
	ck_assert_int_eq(host_path("absolute", O_PATH), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_ptr_nonnull(strstr(err.what, "leads through a symbolic link"));
	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_int_eq(host_path("folder/file", O_PATH), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
}
END_TEST

START_TEST(a_missing_path_of_the_host_is_named)
{
	ck_assert_int_eq(resolve_host("/does/not/exist", O_PATH, &err), -1);
	ck_assert_str_eq(err.what, "cannot open /does/not/exist");
	ck_assert_int_eq(err.code, ENOENT);
}
END_TEST

/* Links that are none, but lead wherever the kernel says. CVE-2024-21626. */
static const char *const magic[] = { "/proc/self/cwd", "/proc/self/root/etc", "/proc/self/exe",
	                             "/proc/self/fd/0" };

START_TEST(magic_links_lead_nowhere)
{
	const int host_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_eq(resolve_host(magic[_i], O_PATH, &err), -1);
	ck_assert_int_eq(resolve_inside_quietly(host_fd, magic[_i], O_PATH), -1);
	ck_assert_int_eq(errno, ELOOP);
}
END_TEST

/* By a link from elsewhere too. */
START_TEST(magic_links_lead_nowhere_by_other_links)
{
	const int host_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[PATH_MAX];

	ck_assert_int_eq(symlinkat("/proc/self/root", root_fd, "etc/made"), 0);
	(void)snprintf(path, sizeof(path), "%s/etc/made/etc", folder);
	ck_assert_int_eq(resolve_inside_quietly(host_fd, path, O_PATH), -1);
	ck_assert_int_eq(errno, ELOOP);
}
END_TEST

static const struct {
	const char *path;
	const char *parent;
	const char *name;
} parents[] = {
	{ "/file", ".", "file" },
	{ "/dir/new", "dir", "new" },
	{ "/folder/new", "etc", "new" },
	{ "/dir/../new", ".", "new" },
};

START_TEST(a_parent_is_found_and_its_name_left)
{
	const char *name;
	const int fd = resolve_parent(root_fd, parents[_i].path, &name, &err);

	ck_assert_msg(fd >= 0, "%s", err.what);
	ck_assert_uint_eq(inode_of_fd(fd), inode_of(parents[_i].parent));
	ck_assert_str_eq(name, parents[_i].name);
}
END_TEST

START_TEST(a_path_without_a_parent_is_refused)
{
	static char long_path[PATH_MAX + 16];
	const char *name;

	ck_assert_int_eq(resolve_parent(root_fd, "relative", &name, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	err = (struct error){ .kind = ERROR_NONE };
	memset(long_path, 'a', sizeof(long_path) - 1);
	long_path[0] = '/';
	long_path[sizeof(long_path) - 2] = '/';
	ck_assert_int_eq(resolve_parent(root_fd, long_path, &name, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
}
END_TEST

START_TEST(a_parent_that_is_a_file_is_refused)
{
	const char *name;

	ck_assert_int_eq(resolve_parent(root_fd, "/dir/file/new", &name, &err), -1);
	ck_assert_int_eq(err.code, ENOTDIR);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("resolve");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, start, end);
	tcase_add_loop_test(tcase, inside_stays_inside, 0, ARRAY_LEN(inside));
	tcase_add_test(tcase, what_need_not_exist_is_no_error);
	tcase_add_test(tcase, the_hosts_paths_have_no_links);
	tcase_add_test(tcase, a_missing_path_of_the_host_is_named);
	tcase_add_loop_test(tcase, magic_links_lead_nowhere, 0, ARRAY_LEN(magic));
	tcase_add_test(tcase, magic_links_lead_nowhere_by_other_links);
	tcase_add_loop_test(tcase, a_parent_is_found_and_its_name_left, 0, ARRAY_LEN(parents));
	tcase_add_test(tcase, a_path_without_a_parent_is_refused);
	tcase_add_test(tcase, a_parent_that_is_a_file_is_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return run_suite(make_suite());
}
