/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Against the running kernel. check runs each test in a process of its own, so that a test may
 * restrict itself. Without Landlock the live tests are left out, and the program says so.
 */
#include "kernel/landlock.h"
#include "support/suite.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define READ (LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR)

static char folder[PATH_MAX];

static void in_folder(char out[PATH_MAX], const char *name)
{
	(void)snprintf(out, PATH_MAX, "%.4000s/%s", folder, name);
}

static int try_open(const char *name, int flags)
{
	char path[PATH_MAX];
	int fd;

	in_folder(path, name);
	fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

static void make_folder(void)
{
	char path[PATH_MAX];

	(void)snprintf(folder, sizeof(folder), "%s/landlock-XXXXXX",
	               getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	in_folder(path, "read");
	ck_assert_int_eq(mkdir(path, 0700), 0);
	in_folder(path, "write");
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(try_open("read/file", O_WRONLY | O_CREAT), 0);
	ck_assert_int_eq(try_open("hidden", O_WRONLY | O_CREAT), 0);
}

/* Runs outside of the restricted process. */
static void remove_folder(void)
{
	static const char *const names[] = { "read/file", "write/file", "hidden", "log" };
	static const char *const folders[] = { "read", "write", "." };
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		in_folder(path, names[i]);
		(void)unlink(path);
	}
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		in_folder(path, folders[i]);
		(void)rmdir(path);
	}
	(void)rmdir(folder);
}

static int begin(struct landlock_ruleset *ruleset)
{
	struct error err = { .kind = ERROR_NONE };
	const int abi = landlock_abi();
	int fd;

	ruleset->handled_fs = landlock_fs_of_abi(abi);
	ruleset->scoped = landlock_scoped_of_abi(abi);
	fd = landlock_make(ruleset, &err);
	ck_assert_msg(fd >= 0, "%s", err.what);
	return fd;
}

static void allow(int fd, const char *name, uint64_t access)
{
	struct error err = { .kind = ERROR_NONE };
	char path[PATH_MAX];

	in_folder(path, name);
	ck_assert_msg(landlock_allow_path(fd, path, access, false, &err) == 0, "%s", err.what);
}

static void end(int fd)
{
	struct error err = { .kind = ERROR_NONE };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_msg(landlock_restrict(fd, landlock_abi(), &err) == 0, "%s", err.what);
	(void)close(fd);
}

START_TEST(each_abi_adds_its_rights)
{
	ck_assert_uint_eq(landlock_fs_of_abi(0), 0);
	ck_assert_uint_eq(landlock_fs_of_abi(1), 0x1FFF);
	ck_assert_uint_eq(landlock_fs_of_abi(2), 0x3FFF);
	ck_assert_uint_eq(landlock_fs_of_abi(3), 0x7FFF);
	ck_assert_uint_eq(landlock_fs_of_abi(4), 0x7FFF);
	ck_assert_uint_eq(landlock_fs_of_abi(5), 0xFFFF);
	ck_assert_uint_eq(landlock_fs_of_abi(99), 0xFFFF);
	ck_assert_uint_eq(landlock_scoped_of_abi(5), 0);
	ck_assert_uint_eq(landlock_scoped_of_abi(6), 3);
}
END_TEST

START_TEST(what_no_rule_allows_is_denied)
{
	struct landlock_ruleset ruleset = { 0 };
	const int fd = begin(&ruleset);

	allow(fd, "read", READ);
	allow(fd, "write", ruleset.handled_fs);
	end(fd);
	ck_assert_int_eq(try_open("read/file", O_RDONLY), 0);
	ck_assert_int_eq(try_open("read/file", O_WRONLY), EACCES);
	ck_assert_int_eq(try_open("read/other", O_WRONLY | O_CREAT), EACCES);
	ck_assert_int_eq(try_open("write/file", O_RDWR | O_CREAT), 0);
	ck_assert_int_eq(try_open("hidden", O_RDONLY), EACCES);
}
END_TEST

START_TEST(a_rule_on_a_file_drops_what_only_directories_have)
{
	struct landlock_ruleset ruleset = { 0 };
	const int fd = begin(&ruleset);

	allow(fd, "hidden", READ);
	end(fd);
	ck_assert_int_eq(try_open("hidden", O_RDONLY), 0);
	ck_assert_int_eq(try_open("hidden", O_WRONLY), EACCES);
}
END_TEST

START_TEST(standard_output_can_be_opened_again)
{
	struct landlock_ruleset ruleset = { 0 };
	struct error err = { .kind = ERROR_NONE };
	char path[PATH_MAX];
	int fd;
	int log_fd;

	in_folder(path, "log");
	log_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(dup2(log_fd, STDOUT_FILENO), 0);
	fd = begin(&ruleset);
	allow(fd, "read", READ);
	ck_assert_int_eq(landlock_allow_stdio(fd, ruleset.handled_fs, &err), 0);
	end(fd);
	ck_assert_int_eq(try_open("log", O_WRONLY | O_TRUNC), 0);
	ck_assert_int_eq(try_open("log", O_RDONLY), EACCES);
	ck_assert_int_eq(try_open("hidden", O_WRONLY), EACCES);
}
END_TEST

START_TEST(abstract_sockets_outside_cannot_be_reached)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct landlock_ruleset ruleset = { 0 };
	const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (landlock_scoped_of_abi(landlock_abi()) == 0)
		return;
	(void)snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "hardrun-%d", getpid());
	ck_assert_int_eq(bind(server, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(server, 1), 0);
	end(begin(&ruleset));
	ck_assert_int_eq(connect(client, (struct sockaddr *)&address, sizeof(address)), -1);
	ck_assert_int_eq(errno, EPERM);
}
END_TEST

START_TEST(a_missing_path_is_an_error_that_names_it)
{
	struct landlock_ruleset ruleset = { 0 };
	struct error err = { .kind = ERROR_NONE };
	const int fd = begin(&ruleset);

	ck_assert_int_eq(landlock_allow_path(fd, "/does/not/exist", READ, false, &err), -1);
	ck_assert_int_eq(err.code, ENOENT);
	ck_assert_str_eq(err.what, "cannot open /does/not/exist for a Landlock rule");
	(void)close(fd);
}
END_TEST

static TCase *live_tests(void)
{
	TCase *tests = tcase_create("live");

	tcase_add_unchecked_fixture(tests, make_folder, remove_folder);
	tcase_add_test(tests, what_no_rule_allows_is_denied);
	tcase_add_test(tests, a_rule_on_a_file_drops_what_only_directories_have);
	tcase_add_test(tests, standard_output_can_be_opened_again);
	tcase_add_test(tests, abstract_sockets_outside_cannot_be_reached);
	tcase_add_test(tests, a_missing_path_is_an_error_that_names_it);
	return tests;
}

int main(void)
{
	Suite *suite = suite_create("landlock");
	TCase *tests = tcase_create("tables");

	tcase_add_test(tests, each_abi_adds_its_rights);
	suite_add_tcase(suite, tests);
	if (landlock_abi() > 0)
		suite_add_tcase(suite, live_tests());
	else
		(void)puts("skipped: this kernel has no Landlock");
	return run_suite(suite);
}
