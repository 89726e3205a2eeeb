/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/host.h"
#include "support/suite.h"

static char root[PATH_MAX]; /* the files of a host that a test makes up */
static struct host host;

static void make_folders(const char *path)
{
	char folder[2 * PATH_MAX];

	(void)snprintf(folder, sizeof(folder), "%s%s", root, path);
	for (char *slash = folder + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL;
	     slash++) {
		*slash = '\0';
		(void)mkdir(folder, 0700);
		*slash = '/';
	}
}

static void write_file(const char *path, const char *text)
{
	char full[2 * PATH_MAX];
	FILE *file;

	make_folders(path);
	(void)snprintf(full, sizeof(full), "%s%s", root, path);
	file = fopen(full, "we");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void start(void)
{
	char name[] = "/tmp/test_host.XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(name));
	(void)snprintf(root, sizeof(root), "%s", name);
	host_init(&host);
	host.root = root;
	host.uid = 1000;
}

static void end(void)
{
	char command[2 * PATH_MAX];

	(void)snprintf(command, sizeof(command), "rm -r %.4000s", root);
	ck_assert_int_eq(system(command), 0); /* NOLINT(cert-env33-c): a path of our own */
}

START_TEST(what_is_not_there_forbids_nothing)
{
	ck_assert(!host_has_apparmor(&host));
	ck_assert(!host_has_selinux(&host));
	ck_assert(!host_apparmor_restricts_user_namespaces(&host));
	ck_assert(host_has_userns_clone(&host));
	ck_assert_uint_eq(host_max_user_namespaces(&host), UINT64_MAX);
	ck_assert_uint_eq(host_subuids(&host, 1).count, 0);
	ck_assert_str_eq(host_user_name(&host), "");
}
END_TEST

START_TEST(settings_are_read)
{
	write_file("/sys/module/apparmor/parameters/enabled", "Y\n");
	write_file("/sys/fs/selinux/enforce", "0");
	write_file("/proc/sys/kernel/unprivileged_userns_clone", "0\n");
	write_file("/proc/sys/user/max_user_namespaces", "96365\n");
	ck_assert(host_has_apparmor(&host));
	ck_assert(host_has_selinux(&host));
	ck_assert(!host_has_userns_clone(&host));
	ck_assert_uint_eq(host_max_user_namespaces(&host), 96365);
}
END_TEST

START_TEST(a_fact_is_read_once)
{
	write_file("/proc/sys/user/max_user_namespaces", "1\n");
	ck_assert_uint_eq(host_max_user_namespaces(&host), 1);
	write_file("/proc/sys/user/max_user_namespaces", "2\n");
	ck_assert_uint_eq(host_max_user_namespaces(&host), 1);
}
END_TEST

/* A profile of hardrun's own may allow what is refused to the unconfined. */
static const struct {
	const char *label;
	bool is_restricted;
} labels[] = {
	{ "unconfined\n", true },
	{ "unconfined", true },
	{ "hardrun (unconfined)\n", false },
	{ "hardrun (enforce)\n", false },
};

START_TEST(apparmor_restricts_the_unconfined_only)
{
	write_file("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
	write_file("/proc/self/attr/apparmor/current", labels[_i].label);
	ck_assert_int_eq(host_apparmor_restricts_user_namespaces(&host), labels[_i].is_restricted);
}
END_TEST

START_TEST(ranges_are_found_by_the_name_in_passwd)
{
	write_file("/etc/passwd", "root:x:0:0::/:/bin/sh\nada:x:1000:1000::/:/bin/sh\n");
	write_file("/etc/subuid", "bob:1:65536\nada:100000:65536\n");
	write_file("/etc/subgid", "1000:200000:65536\n");
	ck_assert_str_eq(host_user_name(&host), "ada");
	ck_assert_uint_eq(host_subuids(&host, 65536).first, 100000);
	ck_assert_uint_eq(host_subgids(&host, 65536).first, 200000);
}
END_TEST

START_TEST(the_running_kernel_is_at_least_itself)
{
	ck_assert(host_is_at_least(&host, 2, 6));
	ck_assert(!host_is_at_least(&host, 1000, 0));
	host.release_major = 5;
	host.release_minor = 15;
	ck_assert(host_is_at_least(&host, 5, 15));
	ck_assert(host_is_at_least(&host, 4, 20));
	ck_assert(!host_is_at_least(&host, 5, 16));
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("host");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, start, end);
	tcase_add_test(tcase, what_is_not_there_forbids_nothing);
	tcase_add_test(tcase, settings_are_read);
	tcase_add_test(tcase, a_fact_is_read_once);
	tcase_add_loop_test(tcase, apparmor_restricts_the_unconfined_only, 0,
	                    sizeof(labels) / sizeof(labels[0]));
	tcase_add_test(tcase, ranges_are_found_by_the_name_in_passwd);
	tcase_add_test(tcase, the_running_kernel_is_at_least_itself);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return run_suite(make_suite());
}
