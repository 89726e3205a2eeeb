/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "support/plan_fixture.h"
#include "support/suite.h"

static struct plan_fixture fixture;
static struct error err;
static struct spec_text env[2];

static void start(void)
{
	err = (struct error){ .kind = ERROR_NONE };
	plan_fixture_start(&fixture);
	env[0] = (struct spec_text){ "HOME=/tmp", "" };
	env[1] = (struct spec_text){ "PATH=/usr/bin:bin::/bin", "" };
	fixture.spec.env = (struct spec_text_list){ env, 2 };
	fixture.spec.cwd = (struct spec_text){ "/srv", "/cwd" };
}

static void end(void)
{
	plan_fixture_end(&fixture);
}

static const struct {
	const char *program;
	const char *paths[3]; /* the rest NULL */
} programs[] = {
	{ "/usr/bin/id", { "/usr/bin/id" } },
	{ "id", { "/usr/bin/id", "/bin/id" } }, /* relative and empty entries are passed over */
	{ "./run", { "/srv/./run" } },
	{ "a/b", { "/srv/a/b" } },
};

START_TEST(a_program_is_sought_where_it_may_be)
{
	const char *const *paths;

	fixture.args[0].value = programs[_i].program;
	ck_assert_int_eq(plan_process(&fixture.planner, &err), 0);
	paths = fixture.planner.plan->program_paths;
	for (size_t i = 0; i < ARRAY_LEN(programs[_i].paths); i++) {
		ck_assert_pstr_eq(paths[i], programs[_i].paths[i]);
		if (paths[i] == NULL)
			break;
	}
}
END_TEST

START_TEST(a_program_without_a_path_is_refused)
{
	fixture.args[0].value = "id";
	env[1].value = "PATH=bin";
	ck_assert_int_eq(plan_process(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_eq(err.where, "/args/0");
}
END_TEST

START_TEST(the_arguments_and_the_environment_end_in_null)
{
	const struct plan *plan = fixture.planner.plan;

	ck_assert_int_eq(plan_process(&fixture.planner, &err), 0);
	ck_assert_str_eq(plan->argv[0], "/usr/bin/id");
	ck_assert_ptr_null(plan->argv[1]);
	ck_assert_str_eq(plan->envp[0], "HOME=/tmp");
	ck_assert_str_eq(plan->envp[1], "PATH=/usr/bin:bin::/bin");
	ck_assert_ptr_null(plan->envp[2]);
}
END_TEST

START_TEST(a_shared_namespace_keeps_the_hosts_name_and_network)
{
	const struct plan *plan = fixture.planner.plan;

	ck_assert_int_eq(plan_process(&fixture.planner, &err), 0);
	ck_assert_str_eq(plan->hostname, "test");
	ck_assert(plan->brings_up_loopback);
	ck_assert(plan->forbids_nested_user_namespaces);

	fixture.planner.plan->hostname = NULL;
	fixture.spec.shared_namespaces = CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWUSER;
	ck_assert_int_eq(plan_process(&fixture.planner, &err), 0);
	ck_assert_ptr_null(plan->hostname);
	ck_assert(!plan->brings_up_loopback);
	ck_assert(!plan->forbids_nested_user_namespaces);
}
END_TEST

START_TEST(a_sysctl_becomes_a_path)
{
	static const struct spec_sysctl sysctl = { "net.core.somaxconn", "128", "/s" };

	fixture.spec.sysctls = &sysctl;
	fixture.spec.sysctl_count = 1;
	ck_assert_int_eq(plan_process(&fixture.planner, &err), 0);
	ck_assert_str_eq(fixture.planner.plan->sysctls[0].path, "net/core/somaxconn");
}
END_TEST

START_TEST(a_user_cannot_raise_a_hard_limit)
{
	struct rlimit present;
	struct spec_rlimit wish = { .resource = RLIMIT_NOFILE, .origin = "/limits/nofile" };

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &present), 0);
	wish.hard = present.rlim_max + 1;
	fixture.spec.limits.rlimits = &wish;
	fixture.spec.limits.rlimit_count = 1;
	ck_assert_int_eq(plan_process(&fixture.planner, &err), 0);

	fixture.planner.plan->is_privileged = false;
	ck_assert_int_eq(plan_process(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_DENIED);
	ck_assert_str_eq(err.where, "/limits/nofile");
}
END_TEST

START_TEST(a_capability_that_the_kernel_lacks_is_refused)
{
	fixture.spec.capabilities = UINT64_C(1) << 63;
	fixture.spec.capabilities_origin = "/relax/capabilities";
	ck_assert_int_eq(plan_process(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	ck_assert_str_eq(err.where, "/relax/capabilities");
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("plan_process");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, start, end);
	tcase_add_loop_test(tcase, a_program_is_sought_where_it_may_be, 0, ARRAY_LEN(programs));
	tcase_add_test(tcase, a_program_without_a_path_is_refused);
	tcase_add_test(tcase, the_arguments_and_the_environment_end_in_null);
	tcase_add_test(tcase, a_shared_namespace_keeps_the_hosts_name_and_network);
	tcase_add_test(tcase, a_sysctl_becomes_a_path);
	tcase_add_test(tcase, a_user_cannot_raise_a_hard_limit);
	tcase_add_test(tcase, a_capability_that_the_kernel_lacks_is_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return run_suite(make_suite());
}
