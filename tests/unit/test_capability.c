/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names, and what is left to a process; each test is a process of its own. */
#include <check.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "kernel/capability.h"
#include "kernel/process.h"
#include "support/suite.h"

#define BIT(number) (UINT64_C(1) << (number))

static struct error err;

static void start(void)
{
	err = (struct error){ .kind = ERROR_NONE };
}

static const struct {
	const char *name;
	int result;
	capability_set set;
} names[] = {
	{ "CAP_CHOWN", 0, BIT(0) },
	{ "CAP_FOWNER", 0, BIT(3) },
	{ "CAP_CHECKPOINT_RESTORE", 0, BIT(40) },
	{ "cap_chown", -1, 0 },
	{ "CAP_chown", -1, 0 },
	{ "CHOWN", -1, 0 },
	{ "CAP_", -1, 0 },
	{ "CAP_ALL", -1, 0 },
	{ "CAP_CHOWN ", -1, 0 },
	{ "CAP_0", -1, 0 },
	{ "", -1, 0 },
};

START_TEST(adds_known_names_and_refuses_others)
{
	capability_set set = 0;

	ck_assert_int_eq(capability_add(&set, names[_i].name, &err), names[_i].result);
	ck_assert_uint_eq(set, names[_i].set);
	ck_assert_int_eq(err.kind, names[_i].result == 0 ? ERROR_NONE : ERROR_SPEC);
}
END_TEST

START_TEST(every_number_has_its_own_name)
{
	for (unsigned int number = 0; number <= CAP_CHECKPOINT_RESTORE; number++) {
		const char *name = capability_name(number);
		capability_set set = 0;

		ck_assert_ptr_nonnull(name);
		ck_assert_int_eq(capability_add(&set, name, &err), 0);
		ck_assert_uint_eq(set, BIT(number));
	}
	ck_assert_ptr_null(capability_name(64));
	ck_assert_ptr_null(capability_name(UINT32_MAX));
}
END_TEST

/* A line of /proc/self/status: "CapBnd". */
static uint64_t status_of(const char *name)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long value = UINT64_MAX;
	char line[256];

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtoull(line + strlen(name) + 1, NULL, 16);
	}
	(void)fclose(file);
	return value;
}

static uint64_t last_set(void)
{
	return status_of("CapBnd");
}

static const capability_set kept[] = { 0, BIT(CAP_NET_BIND_SERVICE),
	                               BIT(CAP_CHOWN) | BIT(CAP_FOWNER) | BIT(CAP_KILL) };

/* All five sets, as a user who is not root. */
START_TEST(only_what_is_kept_is_left_in_every_set)
{
	static const char *const sets[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };

	ck_assert_msg(capability_lock(kept[_i], &err) == 0, "%s", err.what);
	ck_assert_uint_eq(status_of("CapBnd"), kept[_i]);
	ck_assert_int_eq(process_become(65532, 65532, NULL, 0, &err), 0);
	ck_assert_msg(capability_keep(kept[_i], &err) == 0, "%s", err.what);
	for (size_t i = 0; i < ARRAY_LEN(sets); i++)
		ck_assert_msg(status_of(sets[i]) == kept[_i], "%s: %llx", sets[i],
		              (unsigned long long)status_of(sets[i]));
}
END_TEST

START_TEST(root_without_capabilities_has_none)
{
	ck_assert_int_eq(capability_lock(0, &err), 0);
	ck_assert_int_eq(capability_keep(0, &err), 0);
	ck_assert_uint_eq(geteuid(), 0);
	ck_assert_uint_eq(status_of("CapEff"), 0);
	ck_assert_uint_eq(status_of("CapPrm"), 0);
}
END_TEST

/* Root's exec would give all of the bounding set to it. */
START_TEST(root_gains_nothing_by_exec)
{
	static const char *const paths[] = { "/bin/sh", NULL };
	static const char *const argv[] = { "sh", "-c",
		                            "grep -q CapEff:.0000000000000400 /proc/self/status "
		                            "&& grep -q CapPrm:.0000000000000400 /proc/self/status",
		                            NULL };

	ck_assert_int_eq(capability_lock(BIT(10) | BIT(11), &err), 0);
	ck_assert_int_eq(capability_keep(BIT(10), &err), 0);
	(void)execv(paths[0], (char *const *)(uintptr_t)argv);
	ck_abort_msg("no shell");
}
END_TEST

START_TEST(securebits_are_set_and_locked)
{
	const int bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
	                 SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED;

	ck_assert_int_eq(capability_lock(last_set(), &err), 0);
	ck_assert_int_eq(prctl(PR_GET_SECUREBITS, 0, 0, 0, 0), bits);
	ck_assert_int_eq(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0), -1);
}
END_TEST

START_TEST(the_change_of_ids_takes_nothing)
{
	const uint64_t before = status_of("CapEff");

	ck_assert_int_eq(capability_lock(last_set(), &err), 0);
	ck_assert_int_eq(process_become(65532, 65532, NULL, 0, &err), 0);
	ck_assert_uint_eq(status_of("CapEff"), before);
}
END_TEST

START_TEST(a_capability_that_the_kernel_lacks_is_an_error)
{
	ck_assert_int_eq(capability_lock(BIT(63), &err), 0);
	ck_assert_uint_eq(status_of("CapBnd"), 0);
	ck_assert_int_eq(capability_keep(BIT(63), &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	ck_assert_str_eq(err.what, "this kernel has no capability 63");
}
END_TEST

START_TEST(who_has_no_right_to_lock_is_told)
{
	ck_assert_int_eq(capability_lock(last_set(), &err), 0);
	ck_assert_int_eq(capability_keep(0, &err), 0);
	ck_assert_int_eq(capability_lock(0, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_DENIED);
}
END_TEST

START_TEST(what_is_not_there_cannot_be_kept)
{
	ck_assert_int_eq(capability_lock(last_set(), &err), 0);
	ck_assert_int_eq(capability_keep(0, &err), 0);
	ck_assert_int_eq(capability_keep(BIT(CAP_CHOWN), &err), -1);
	ck_assert_int_eq(err.kind, ERROR_DENIED);
}
END_TEST

static TCase *root_case(void)
{
	TCase *tcase = tcase_create("root");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_loop_test(tcase, only_what_is_kept_is_left_in_every_set, 0, ARRAY_LEN(kept));
	tcase_add_test(tcase, root_without_capabilities_has_none);
	tcase_add_exit_test(tcase, root_gains_nothing_by_exec, 0);
	tcase_add_test(tcase, securebits_are_set_and_locked);
	tcase_add_test(tcase, the_change_of_ids_takes_nothing);
	tcase_add_test(tcase, a_capability_that_the_kernel_lacks_is_an_error);
	tcase_add_test(tcase, who_has_no_right_to_lock_is_told);
	tcase_add_test(tcase, what_is_not_there_cannot_be_kept);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("capability");
	TCase *tcase = tcase_create("names");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_loop_test(tcase, adds_known_names_and_refuses_others, 0, ARRAY_LEN(names));
	tcase_add_test(tcase, every_number_has_its_own_name);
	suite_add_tcase(suite, tcase);
	if (geteuid() == 0)
		suite_add_tcase(suite, root_case());
	else
		(void)puts("skipped: sets of capabilities: not root");
	return run_suite(suite);
}
