/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Id maps of a user namespace, written from outside. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/host.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "support/suite.h"

static struct error err;
static pid_t child; /* in a user namespace of its own; waits */

static void start(void)
{
	int pidfd;

	err = (struct error){ .kind = ERROR_NONE };
	child = process_clone(CLONE_NEWUSER, -1, &pidfd, &err);
	if (child == 0) {
		if (process_die_with_parent(&err) < 0)
			_exit(1);
		for (;;)
			(void)pause();
	}
	ck_assert_msg(child > 0, "%s", err.what);
}

/* Each line of a map, its spaces made one. */
static void assert_map(const char *file, const char *expected)
{
	char path[64];
	char text[256] = "";
	unsigned int numbers[3];
	FILE *map;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", child, file);
	map = fopen(path, "re");
	ck_assert_ptr_nonnull(map);
	while (fscanf(map, "%u %u %u", &numbers[0], &numbers[1], &numbers[2]) == 3)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%u %u %u\n",
		               numbers[0], numbers[1], numbers[2]);
	(void)fclose(map);
	ck_assert_str_eq(text, expected);
}

static const struct id_map two[] = { { 0, 100000, 1000 }, { 1000, 524288, 64536 } };
static const struct id_map one[] = { { 0, 200000, UINT32_C(65536) } };

START_TEST(maps_are_written_as_they_are_planned)
{
	const struct id_maps maps = { two, ARRAY_LEN(two), one, ARRAY_LEN(one) };

	ck_assert_msg(namespace_write_maps(child, &maps, &err) == 0, "%s", err.what);
	assert_map("uid_map", "0 100000 1000\n1000 524288 64536\n");
	assert_map("gid_map", "0 200000 65536\n");
}
END_TEST

START_TEST(maps_are_written_once)
{
	const struct id_maps maps = { two, ARRAY_LEN(two), one, ARRAY_LEN(one) };

	ck_assert_int_eq(namespace_write_maps(child, &maps, &err), 0);
	ck_assert_int_eq(namespace_write_maps(child, &maps, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_DENIED);
	ck_assert_str_eq(err.what, "cannot write uid_map");
}
END_TEST

START_TEST(groups_that_overlap_are_refused)
{
	static const struct id_map twice[] = { { 0, 0, 2 }, { 1, 5, 1 } };
	const struct id_maps maps = { one, 1, twice, ARRAY_LEN(twice) };

	ck_assert_int_eq(namespace_write_maps(child, &maps, &err), -1);
	ck_assert_str_eq(err.what, "cannot write gid_map");
	ck_assert_int_eq(err.code, EINVAL);
}
END_TEST

START_TEST(maps_of_the_largest_size_are_not_cut)
{
	static struct id_map many[400];
	const struct id_maps maps = { many, ARRAY_LEN(many), one, 1 };

	for (uint32_t i = 0; i < ARRAY_LEN(many); i++)
		many[i] = (struct id_map){ 2 * i, UINT32_C(4000000000) + 2 * i, 1 };
	ck_assert_int_eq(namespace_write_maps(child, &maps, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_eq(err.what, "too many id mappings");
	assert_map("uid_map", "");
	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_int_eq(namespace_write_maps_by_helper(child, &maps, &err), -1);
	ck_assert_str_eq(err.what, "too many id mappings");
}
END_TEST

START_TEST(a_process_that_has_gone_has_no_maps)
{
	const struct id_maps maps = { one, 1, one, 1 };

	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	ck_assert_int_eq(namespace_write_maps(child, &maps, &err), -1);
	ck_assert_int_eq(err.code, ENOENT);
	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_int_eq(namespace_open_user(child, &err), -1);
	ck_assert_int_eq(err.code, ENOENT);
}
END_TEST

/* Ids that nobody was given: the helpers refuse, whoever asks. */
START_TEST(a_helper_that_refuses_is_named)
{
	static const struct id_map given_to_nobody[] = { { 0, UINT32_C(4294000000), 1 } };
	const struct id_maps maps = { given_to_nobody, 1, given_to_nobody, 1 };
	const bool has_helper = access(HOST_NEWUIDMAP, X_OK) == 0;
	const int nowhere_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	/* What the helper itself says. */
	ck_assert_int_eq(dup2(nowhere_fd, STDERR_FILENO), STDERR_FILENO);
	ck_assert_int_eq(namespace_write_maps_by_helper(child, &maps, &err), -1);
	ck_assert_int_eq(err.kind, has_helper ? ERROR_DENIED : ERROR_HOST);
	ck_assert_ptr_nonnull(strstr(err.what, HOST_NEWUIDMAP));
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), 0); /* only the child, which lives */
}
END_TEST

START_TEST(a_user_namespace_is_opened)
{
	const int fd = namespace_open_user(child, &err);
	struct stat theirs;
	struct stat own;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fstat(fd, &theirs), 0);
	ck_assert_int_eq(stat("/proc/self/ns/user", &own), 0);
	ck_assert_uint_ne(theirs.st_ino, own.st_ino);
}
END_TEST

static const char *reason_to_skip(void)
{
	int pidfd;
	pid_t pid;

	if (geteuid() != 0)
		return "not root";
	pid = process_clone(CLONE_NEWUSER, -1, &pidfd, &err);
	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return "no user namespaces";
	(void)waitpid(pid, NULL, 0);
	(void)close(pidfd);
	return NULL;
}

static Suite *make_suite(void)
{
	Suite *suite = suite_create("namespace");
	TCase *tcase = tcase_create("maps");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_test(tcase, maps_are_written_as_they_are_planned);
	tcase_add_test(tcase, maps_are_written_once);
	tcase_add_test(tcase, groups_that_overlap_are_refused);
	tcase_add_test(tcase, maps_of_the_largest_size_are_not_cut);
	tcase_add_test(tcase, a_process_that_has_gone_has_no_maps);
	tcase_add_test(tcase, a_helper_that_refuses_is_named);
	tcase_add_test(tcase, a_user_namespace_is_opened);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	const char *reason = reason_to_skip();

	if (reason != NULL) {
		(void)printf("skipped: id maps: %s\n", reason);
		return 77;
	}
	return run_suite(make_suite());
}
