/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/seccomp_cache.h"
#include "support/suite.h"

static char root[PATH_MAX];      /* of the test */
static char directory[PATH_MAX]; /* of the cache, not there at first */
static char file[PATH_MAX];      /* that is kept for the digest */
static uint8_t digest[SHA256_SIZE];

static struct sock_filter instructions[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};
static const struct sock_fprog program = { .len = 2, .filter = instructions };

static void set_up(void)
{
	char text[SHA256_TEXT_SIZE];

	(void)snprintf(root, sizeof(root), "%s/seccomp-cache-XXXXXX",
	               getenv("TMPDIR") == NULL ? "/tmp" : getenv("TMPDIR"));
	ck_assert_ptr_nonnull(mkdtemp(root));
	memset(digest, 0xab, sizeof(digest));
	sha256_text(digest, text);
	ck_assert_int_lt(snprintf(directory, sizeof(directory), "%.3000s/cache", root), PATH_MAX);
	ck_assert_int_lt(snprintf(file, sizeof(file), "%.3000s/seccomp/%s.bpf", directory, text),
	                 PATH_MAX);
}

static void tear_down(void)
{
	char folder[PATH_MAX];

	ck_assert_int_lt(snprintf(folder, sizeof(folder), "%.3000s/seccomp", directory), PATH_MAX);
	(void)unlink(file);
	(void)rmdir(folder);
	(void)rmdir(directory);
	ck_assert_int_eq(rmdir(root), 0);
}

static void keep(void)
{
	struct error err = { .kind = ERROR_NONE };

	ck_assert_msg(seccomp_cache_write(directory, digest, &program, &err) == 0, "%s", err.what);
}

static bool is_kept(void)
{
	struct sock_fprog found;

	if (!seccomp_cache_read(directory, digest, &found))
		return false;
	ck_assert_uint_eq(found.len, program.len);
	ck_assert_mem_eq(found.filter, program.filter, sizeof(instructions));
	free(found.filter);
	return true;
}

START_TEST(what_was_kept_is_found)
{
	struct stat status;

	ck_assert(!is_kept());
	keep();
	ck_assert(is_kept());
	keep();
	ck_assert(is_kept());
	ck_assert_int_eq(stat(file, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0600);
}
END_TEST

START_TEST(another_digest_finds_nothing)
{
	keep();
	digest[0] ^= 1;
	ck_assert(!is_kept());
	digest[0] ^= 1;
}
END_TEST

/* Each byte of the file matters, and so does its length. */
START_TEST(damage_is_noticed)
{
	struct stat status;
	int fd;

	keep();
	ck_assert_int_eq(stat(file, &status), 0);
	fd = open(file, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	for (off_t i = 0; i < status.st_size; i++) {
		uint8_t byte;

		ck_assert_int_eq(pread(fd, &byte, 1, i), 1);
		byte ^= 0x10;
		ck_assert_int_eq(pwrite(fd, &byte, 1, i), 1);
		ck_assert_msg(!is_kept(), "byte %ld", (long)i);
		byte ^= 0x10;
		ck_assert_int_eq(pwrite(fd, &byte, 1, i), 1);
	}
	ck_assert(is_kept());
	for (off_t size = status.st_size - 1; size >= 0; size -= 7) {
		ck_assert_int_eq(ftruncate(fd, size), 0);
		ck_assert(!is_kept());
	}
	(void)close(fd);
	keep();
	ck_assert(is_kept());
}
END_TEST

START_TEST(a_file_that_others_could_have_written_is_none)
{
	keep();
	ck_assert_int_eq(chmod(file, 0620), 0);
	ck_assert(!is_kept());
	ck_assert_int_eq(chmod(file, 0604), 0);
	ck_assert(!is_kept());
	ck_assert_int_eq(chmod(file, 0600), 0);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(file, 1, 1), 0);
		ck_assert(!is_kept());
	}
}
END_TEST

START_TEST(a_link_or_fifo_is_no_file)
{
	char moved[PATH_MAX];

	keep();
	ck_assert_int_lt(snprintf(moved, sizeof(moved), "%.4000s/moved", root), PATH_MAX);
	ck_assert_int_eq(rename(file, moved), 0);
	ck_assert_int_eq(symlink(moved, file), 0);
	ck_assert(!is_kept());
	ck_assert_int_eq(unlink(file), 0);
	ck_assert_int_eq(mkfifo(file, 0600), 0);
	ck_assert(!is_kept());
	ck_assert_int_eq(unlink(moved), 0);
}
END_TEST

START_TEST(a_cache_that_cannot_be_made_is_an_error)
{
	struct error err = { .kind = ERROR_NONE };

	ck_assert_int_eq(seccomp_cache_write("/proc/cache", digest, &program, &err), -1);
	ck_assert_int_ne(err.code, 0);
}
END_TEST

static char policy_text[] = "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}";

static int keep_text(size_t size, const struct seccomp_known *known)
{
	struct error err = { .kind = ERROR_NONE };

	return seccomp_cache_keep_text(directory, policy_text, size, known, &err);
}

static bool is_text_known(const char *text)
{
	struct seccomp_known found = SECCOMP_KNOWN_NONE;

	if (!seccomp_cache_find_text(directory, text, strlen(text), &found))
		return false;
	ck_assert_uint_eq(found.flags, 5);
	ck_assert(found.may_mount);
	ck_assert_uint_eq(found.filter.len, program.len);
	ck_assert_mem_eq(found.filter.filter, program.filter, sizeof(instructions));
	seccomp_known_release(&found);
	return true;
}

static const struct seccomp_known known = { .filter = { .len = 2, .filter = instructions },
	                                    .flags = 5,
	                                    .may_mount = true };

/* The one file of the cache becomes that which the tests of damage know, and which is removed. */
static void find_file(void)
{
	char folder[PATH_MAX];
	struct dirent *entry;
	DIR *entries;

	ck_assert_int_lt(snprintf(folder, sizeof(folder), "%.3000s/seccomp", directory), PATH_MAX);
	entries = opendir(folder);
	ck_assert_ptr_nonnull(entries);
	while ((entry = readdir(entries)) != NULL) {
		if (entry->d_name[0] != '.')
			ck_assert_int_lt(
				snprintf(file, sizeof(file), "%.3000s/%s", folder, entry->d_name),
				PATH_MAX);
	}
	(void)closedir(entries);
}

static void keep_policy(void)
{
	ck_assert_int_eq(keep_text(strlen(policy_text), &known), 0);
	find_file();
}

START_TEST(a_text_that_was_kept_is_known)
{
	ck_assert(!is_text_known(policy_text));
	keep_policy();
	ck_assert(is_text_known(policy_text));
	keep_policy();
	ck_assert(is_text_known(policy_text));
	ck_assert(!is_text_known("{\"defaultAction\":\"SCMP_ACT_TRAP_\"}"));
	ck_assert(!is_text_known("{}"));
}
END_TEST

/* Two texts with one name of a file, as whoever writes them could make them be. */
START_TEST(another_text_in_the_same_file_is_not_known)
{
	char other[sizeof(policy_text)];
	char own[PATH_MAX];

	keep_policy();
	memcpy(own, file, sizeof(own));
	memcpy(other, policy_text, sizeof(other));
	ck_assert_int_eq(unlink(own), 0);
	policy_text[2] = 'D';
	keep_policy();
	ck_assert_int_eq(rename(file, own), 0);
	memcpy(file, own, sizeof(file));
	ck_assert(!is_text_known(other));
	policy_text[2] = 'd';
}
END_TEST

START_TEST(damage_of_a_known_text_is_noticed)
{
	struct stat status;
	int fd;

	keep_policy();
	ck_assert_int_eq(stat(file, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0600);
	fd = open(file, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	for (off_t i = 0; i < status.st_size; i++) {
		uint8_t byte;

		ck_assert_int_eq(pread(fd, &byte, 1, i), 1);
		byte ^= 0x10;
		ck_assert_int_eq(pwrite(fd, &byte, 1, i), 1);
		ck_assert_msg(!is_text_known(policy_text), "byte %ld", (long)i);
		byte ^= 0x10;
		ck_assert_int_eq(pwrite(fd, &byte, 1, i), 1);
	}
	ck_assert(is_text_known(policy_text));
	for (off_t size = status.st_size - 1; size >= 0; size--) {
		ck_assert_int_eq(ftruncate(fd, size), 0);
		ck_assert(!is_text_known(policy_text));
	}
	(void)close(fd);
	keep_policy();
	ck_assert(is_text_known(policy_text));
}
END_TEST

START_TEST(a_known_text_that_others_could_have_written_is_none)
{
	keep_policy();
	ck_assert_int_eq(chmod(file, 0620), 0);
	ck_assert(!is_text_known(policy_text));
	ck_assert_int_eq(chmod(file, 0600), 0);
	ck_assert(is_text_known(policy_text));
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(file, 1, 1), 0);
		ck_assert(!is_text_known(policy_text));
	}
}
END_TEST

START_TEST(a_text_that_is_too_long_is_not_kept)
{
	struct seccomp_known none;

	ck_assert_int_eq(keep_text(SECCOMP_CACHE_TEXT_MAX + 1, &known), -1);
	ck_assert(!seccomp_cache_find_text(directory, policy_text, SECCOMP_CACHE_TEXT_MAX + 1,
	                                   &none));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("seccomp_cache");
	TCase *tests = tcase_create("seccomp_cache");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, what_was_kept_is_found);
	tcase_add_test(tests, another_digest_finds_nothing);
	tcase_add_test(tests, damage_is_noticed);
	tcase_add_test(tests, a_file_that_others_could_have_written_is_none);
	tcase_add_test(tests, a_link_or_fifo_is_no_file);
	tcase_add_test(tests, a_cache_that_cannot_be_made_is_an_error);
	tcase_add_test(tests, a_text_that_was_kept_is_known);
	tcase_add_test(tests, another_text_in_the_same_file_is_not_known);
	tcase_add_test(tests, damage_of_a_known_text_is_noticed);
	tcase_add_test(tests, a_known_text_that_others_could_have_written_is_none);
	tcase_add_test(tests, a_text_that_is_too_long_is_not_kept);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
