/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* With a host of the test's making in the place of kernel/cgroup.c. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/cgroup.h"
#include "spec/spec_oci.h"
#include "support/plan_fixture.h"
#include "support/suite.h"

static struct {
	enum cgroup_mode mode;
	bool is_delegated;
} fake;

enum cgroup_mode cgroup_find_mode(void)
{
	return fake.mode;
}

int cgroup_find_own(char path[CGROUP_PATH_SIZE], struct error *err)
{
	(void)err;
	(void)snprintf(path, CGROUP_PATH_SIZE, "/user.slice/one.scope");
	return 0;
}

int cgroup_find_delegated(char path[CGROUP_PATH_SIZE], struct error *err)
{
	if (!fake.is_delegated)
		return error_set(err, ERROR_HOST, "none is delegated");
	(void)snprintf(path, CGROUP_PATH_SIZE, "/user.slice");
	return 0;
}

static struct plan_fixture fixture;
static struct spec_oci oci;
static struct error err;

static void prepare(void)
{
	memset(&oci, 0, sizeof(oci));
	fixture.spec.oci = &oci;
	fake.mode = CGROUP_MODE_UNIFIED;
	fake.is_delegated = true;
	err = (struct error){ .kind = ERROR_NONE };
}

static void start(void)
{
	plan_fixture_start(&fixture);
	prepare();
}

static void start_as_user(void)
{
	plan_fixture_start_as_user(&fixture);
	prepare();
}

static void end(void)
{
	plan_fixture_end(&fixture);
}

static const struct plan_cgroup *plan_of(void)
{
	return &fixture.planner.plan->cgroup;
}

static void limit_pids(void)
{
	oci.resources.pids_limit = (struct spec_number){ 10, "/pids", true };
}

static const struct {
	const char *asked;
	const char *as_root; /* NULL: refused */
	const char *as_user;
} paths[] = {
	{ NULL, "/hardrun/test", "/user.slice/hardrun-test" },
	{ "", "/hardrun/test", "/user.slice/hardrun-test" },
	{ "/docker/abc", "/docker/abc", "/docker/abc" },
	{ "/docker//abc/", "/docker/abc", "/docker/abc" },
	{ "/docker/../abc", "/abc", "/abc" },
	{ "/../../abc/.", "/abc", "/abc" },
	{ "abc/def", "/abc/def", "/user.slice/abc/def" },
	{ "../../abc", "/abc", "/user.slice/abc" },
	{ "/a/..b/...", "/a/..b/...", "/a/..b/..." },
	{ "/", NULL, NULL },
	{ "..", NULL, NULL },
	{ "/a/..", NULL, NULL },
};

START_TEST(a_path_is_cleaned_and_stays_below_the_root)
{
	oci.cgroups_path = (struct spec_text){ paths[_i].asked, "/linux/cgroupsPath" };
	if (paths[_i].as_root == NULL) {
		ck_assert_int_eq(plan_oci_cgroup(&fixture.planner, &err), -1);
		ck_assert_int_eq(err.kind, ERROR_SPEC);
		ck_assert_str_eq(err.where, "/linux/cgroupsPath");
		return;
	}
	ck_assert_int_eq(plan_oci_cgroup(&fixture.planner, &err), 0);
	ck_assert_str_eq(plan_of()->path, paths[_i].as_root);
	ck_assert(!plan_of()->may_do_without);
	ck_assert_ptr_nonnull(plan_of()->device_program);
}
END_TEST

START_TEST(a_users_path_begins_where_it_is_delegated)
{
	oci.cgroups_path = (struct spec_text){ paths[_i].asked, "/linux/cgroupsPath" };
	if (paths[_i].as_user == NULL) {
		ck_assert_int_eq(plan_oci_cgroup(&fixture.planner, &err), -1);
		return;
	}
	ck_assert_int_eq(plan_oci_cgroup(&fixture.planner, &err), 0);
	ck_assert_str_eq(plan_of()->path, paths[_i].as_user);
	ck_assert_ptr_null(plan_of()->device_program);
	ck_assert(plan_of()->may_do_without == (paths[_i].asked == NULL));
}
END_TEST

START_TEST(nothing_delegated_is_fine_when_nothing_is_asked)
{
	fake.is_delegated = false;
	ck_assert_int_eq(plan_oci_cgroup(&fixture.planner, &err), 0);
	ck_assert_ptr_null(plan_of()->path);
	ck_assert_int_eq(err.kind, ERROR_NONE);
}
END_TEST

START_TEST(nothing_delegated_is_refused_with_a_limit)
{
	fake.is_delegated = false;
	limit_pids();
	ck_assert_int_eq(plan_oci_cgroup(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
}
END_TEST

START_TEST(nothing_delegated_is_refused_with_a_path)
{
	fake.is_delegated = false;
	oci.cgroups_path = (struct spec_text){ "abc", "/linux/cgroupsPath" };
	ck_assert_int_eq(plan_oci_cgroup(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
}
END_TEST

START_TEST(version_1_is_refused_with_a_limit_only)
{
	fake.mode = CGROUP_MODE_HYBRID;
	oci.cgroups_path = (struct spec_text){ "/docker/abc", "/linux/cgroupsPath" };
	ck_assert_int_eq(plan_oci_cgroup(&fixture.planner, &err), 0);
	ck_assert_ptr_null(plan_of()->path);
	limit_pids();
	ck_assert_int_eq(plan_oci_cgroup(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	ck_assert_str_ne(err.hint, "");
}
END_TEST

START_TEST(a_process_that_joins_needs_no_cgroup_of_its_own)
{
	fixture.request.joins_container = true;
	limit_pids();
	ck_assert_int_eq(plan_oci_cgroup(&fixture.planner, &err), 0);
	ck_assert_ptr_null(plan_of()->path);
	ck_assert_uint_eq(plan_of()->value_count, 0);
}
END_TEST

static const struct {
	const char *asked;
	const char *slice; /* NULL: refused */
	const char *unit;
} scopes[] = {
	{ NULL, "system.slice", "hardrun-test.scope" },
	{ "", "system.slice", "hardrun-test.scope" },
	{ "system.slice:docker:abc", "system.slice", "docker-abc.scope" },
	{ ":docker:abc", "system.slice", "docker-abc.scope" },
	{ "a-b.slice::abc", "a-b.slice", "abc.scope" },
	{ "-.slice:cri:abc", "-.slice", "cri-abc.scope" },
	{ "system:docker:abc", NULL, NULL },
	{ "/system.slice:docker:abc", NULL, NULL },
	{ ".slice:docker:abc", NULL, NULL },
	{ "system.slice:docker:a/b", NULL, NULL },
	{ "system.slice:docker:a b", NULL, NULL },
	{ "system.slice:docker:", NULL, NULL },
	{ "system.slice:docker", NULL, NULL },
	{ "a.slice:b:c:d", NULL, NULL },
	{ "/docker/abc", NULL, NULL },
};

START_TEST(systemds_path_names_a_slice_and_a_scope)
{
	fixture.request.has_systemd_cgroup = true;
	oci.cgroups_path = (struct spec_text){ scopes[_i].asked, "/linux/cgroupsPath" };
	limit_pids();
	if (scopes[_i].slice == NULL) {
		ck_assert_int_eq(plan_oci_cgroup(&fixture.planner, &err), -1);
		ck_assert_int_eq(err.kind, ERROR_SPEC);
		ck_assert_str_eq(err.where, "/linux/cgroupsPath");
		return;
	}
	ck_assert_int_eq(plan_oci_cgroup(&fixture.planner, &err), 0);
	ck_assert_ptr_null(plan_of()->path);
	ck_assert_str_eq(plan_of()->scope->slice, scopes[_i].slice);
	ck_assert_str_eq(plan_of()->scope->unit, scopes[_i].unit);
	ck_assert(!plan_of()->scope->is_user);
	ck_assert_uint_eq(plan_of()->scope->property_count, 1);
}
END_TEST

START_TEST(a_users_scope_is_of_the_users_manager)
{
	fixture.request.has_systemd_cgroup = true;
	ck_assert_int_eq(plan_oci_cgroup(&fixture.planner, &err), 0);
	ck_assert(plan_of()->scope->is_user);
	ck_assert_str_eq(plan_of()->scope->slice, "user.slice");
}
END_TEST

START_TEST(so_is_that_of_root_of_a_user_namespace)
{
	fixture.request.has_systemd_cgroup = true;
	fixture.host.has_admin = true;
	fixture.planner.plan->is_privileged = true;
	ck_assert_int_eq(plan_oci_cgroup(&fixture.planner, &err), 0);
	ck_assert(plan_of()->scope->is_user);
}
END_TEST

static TCase *root_tests(void)
{
	TCase *tests = tcase_create("root");

	tcase_add_checked_fixture(tests, start, end);
	tcase_add_loop_test(tests, a_path_is_cleaned_and_stays_below_the_root, 0,
	                    (int)ARRAY_LEN(paths));
	tcase_add_test(tests, version_1_is_refused_with_a_limit_only);
	tcase_add_test(tests, a_process_that_joins_needs_no_cgroup_of_its_own);
	tcase_add_loop_test(tests, systemds_path_names_a_slice_and_a_scope, 0,
	                    (int)ARRAY_LEN(scopes));
	return tests;
}

static TCase *user_tests(void)
{
	TCase *tests = tcase_create("user");

	tcase_add_checked_fixture(tests, start_as_user, end);
	tcase_add_loop_test(tests, a_users_path_begins_where_it_is_delegated, 0,
	                    (int)ARRAY_LEN(paths));
	tcase_add_test(tests, nothing_delegated_is_fine_when_nothing_is_asked);
	tcase_add_test(tests, nothing_delegated_is_refused_with_a_limit);
	tcase_add_test(tests, nothing_delegated_is_refused_with_a_path);
	tcase_add_test(tests, a_users_scope_is_of_the_users_manager);
	tcase_add_test(tests, so_is_that_of_root_of_a_user_namespace);
	return tests;
}

int main(void)
{
	Suite *suite = suite_create("plan_oci_cgroup");

	suite_add_tcase(suite, root_tests());
	suite_add_tcase(suite, user_tests());
	return run_suite(suite);
}
