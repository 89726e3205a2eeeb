/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose ids could write to the own file. How it is guarded is seen in tests/integration. */
#include <check.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/own_file.h"
#include "kernel/process.h"
#include "support/suite.h"

#define OWN_FILE "/proc/self/exe"

static struct stat own;

static void set_mode(mode_t mode)
{
	ck_assert_int_eq(chmod(OWN_FILE, mode), 0);
}

static void restore(void)
{
	set_mode(own.st_mode);
}

static void start(void)
{
	ck_assert_int_eq(stat(OWN_FILE, &own), 0);
	set_mode(0755);
}

START_TEST(maps_with_the_owner_reach_the_file)
{
	const struct id_map others[] = { { 0, own.st_uid + 1, 10 }, { 10, own.st_uid + 100, 5 } };
	const struct id_map last[] = { others[0], { 0, own.st_uid, 1 } };
	const struct id_map all[] = { { 0, 0, UINT32_MAX } };

	ck_assert(own_file_is_apart(others, ARRAY_LEN(others)));
	ck_assert(own_file_is_apart(others, 0));
	ck_assert(!own_file_is_apart(last, ARRAY_LEN(last)));
	ck_assert(!own_file_is_apart(all, ARRAY_LEN(all)));
}
END_TEST

START_TEST(a_file_that_others_may_write_is_reached)
{
	const struct id_map map = { 0, own.st_uid + 1, 10 };

	set_mode(0775);
	ck_assert(!own_file_is_apart(&map, 1));
	set_mode(0757);
	ck_assert(!own_file_is_apart(&map, 1));
}
END_TEST

/* In a user namespace of its own, with @map; it waits to be killed. */
static pid_t start_mapped(const struct id_map *map)
{
	const struct id_maps maps = { map, 1, map, 1 };
	struct error err = { .kind = ERROR_NONE };
	int pidfd = -1;
	const pid_t child = process_clone(CLONE_NEWUSER, -1, &pidfd, &err);

	if (child == 0) {
		if (process_die_with_parent(&err) < 0)
			_exit(1);
		for (;;)
			(void)pause();
	}
	ck_assert_msg(child > 0, "%s", err.what);
	ck_assert_msg(namespace_write_maps(child, &maps, &err) == 0, "%s", err.what);
	return child;
}

START_TEST(a_process_is_in_the_namespace_of_its_maps)
{
	const struct id_map apart = { 0, own.st_uid + 1, 10 };
	const struct id_map with_owner = { 5, own.st_uid, 1 };

	if (geteuid() != 0)
		return;
	ck_assert(own_file_is_apart_from(start_mapped(&apart)));
	ck_assert(!own_file_is_apart_from(start_mapped(&with_owner)));
}
END_TEST

START_TEST(a_process_of_the_own_namespace_reaches_the_file)
{
	ck_assert(!own_file_is_apart_from(getpid()));
}
END_TEST

START_TEST(a_process_that_has_gone_is_not_known_to_be_apart)
{
	ck_assert(!own_file_is_apart_from(0));
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("own_file");
	TCase *tcase = tcase_create("reach");

	tcase_add_checked_fixture(tcase, start, restore);
	tcase_add_test(tcase, maps_with_the_owner_reach_the_file);
	tcase_add_test(tcase, a_file_that_others_may_write_is_reached);
	tcase_add_test(tcase, a_process_is_in_the_namespace_of_its_maps);
	tcase_add_test(tcase, a_process_of_the_own_namespace_reaches_the_file);
	tcase_add_test(tcase, a_process_that_has_gone_is_not_known_to_be_apart);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	if (stat(OWN_FILE, &own) < 0 || own.st_uid != geteuid()) {
		(void)puts("skipped: this program is a file of another user");
		return 77;
	}
	return run_suite(make_suite());
}
