/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "support/suite.h"

#define LIMIT ((size_t)1024 * 1024) /* bytes */

static char folder[64];
static char path[96];

static void make_folder(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/test_file.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/file", folder);
}

static void remove_folder(void)
{
	(void)unlink(path);
	(void)rmdir(folder);
}

static void write_bytes(const char *bytes, size_t size)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
}

START_TEST(a_file_is_read_whole)
{
	struct error err = { .kind = ERROR_NONE };
	AUTO_FREE char *text = NULL;
	size_t size = 0;

	write_bytes("ab\0cd", 5);
	ck_assert_int_eq(file_read(path, 5, &text, &size, &err), 0);
	ck_assert_uint_eq(size, 5);
	ck_assert_mem_eq(text, "ab\0cd", 6);
}
END_TEST

START_TEST(an_empty_file_is_empty)
{
	struct error err = { .kind = ERROR_NONE };
	AUTO_FREE char *text = NULL;
	size_t size = 9;

	write_bytes("", 0);
	ck_assert_int_eq(file_read(path, 5, &text, &size, &err), 0);
	ck_assert_uint_eq(size, 0);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(a_huge_file_is_refused_unread)
{
	struct error err = { .kind = ERROR_NONE };
	char *text = NULL;
	size_t size = 0;

	write_bytes("", 0);
	ck_assert_int_eq(truncate(path, (off_t)1 << 40), 0);
	ck_assert_int_eq(file_read(path, LIMIT, &text, &size, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_eq(err.what, "the file is larger than 1024 KiB");
	ck_assert_str_eq(err.where, path);
	ck_assert_ptr_null(text);
}
END_TEST

START_TEST(an_endless_file_is_refused_after_the_limit)
{
	struct error err = { .kind = ERROR_NONE };
	char *text = NULL;
	size_t size = 0;

	ck_assert_int_eq(file_read("/dev/zero", LIMIT, &text, &size, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
}
END_TEST

START_TEST(a_pipe_is_read_to_its_end)
{
	struct error err = { .kind = ERROR_NONE };
	AUTO_FREE char *text = NULL;
	size_t size = 0;
	pid_t writer;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	writer = fork();
	if (writer == 0) {
		const int fd = open(path, O_WRONLY | O_CLOEXEC);

		for (int i = 0; i < 30000; i++)
			(void)!write(fd, "x", 1);
		_exit(0);
	}
	ck_assert_int_eq(file_read(path, LIMIT, &text, &size, &err), 0);
	ck_assert_uint_eq(size, 30000);
	ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
}
END_TEST

START_TEST(what_is_not_a_file_is_told)
{
	struct error err = { .kind = ERROR_NONE };
	struct error missing = { .kind = ERROR_NONE };
	char *text = NULL;
	size_t size = 0;

	ck_assert_int_eq(file_read(folder, 100, &text, &size, &err), -1);
	ck_assert_str_eq(err.what, "this is a directory, not a file");
	ck_assert_int_eq(file_read(path, 100, &text, &size, &missing), -1);
	ck_assert_int_eq(missing.code, ENOENT);
	ck_assert_str_eq(missing.where, path);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("file");
	TCase *tcase = tcase_create("file");

	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_add_test(tcase, a_file_is_read_whole);
	tcase_add_test(tcase, an_empty_file_is_empty);
	tcase_add_test(tcase, a_huge_file_is_refused_unread);
	tcase_add_test(tcase, an_endless_file_is_refused_after_the_limit);
	tcase_add_test(tcase, a_pipe_is_read_to_its_end);
	tcase_add_test(tcase, what_is_not_a_file_is_told);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
