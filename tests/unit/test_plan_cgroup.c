/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* With a host of the test's making in the place of kernel/cgroup.c. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/cgroup.h"
#include "kernel/cgroup_inspect.h"
#include "support/plan_fixture.h"
#include "support/suite.h"

#define LIMIT(number, text) \
	((struct spec_limit){ .value = (number), .origin = (text), .is_set = true })

static struct {
	enum cgroup_mode mode;
	cgroup_controllers available;
	cgroup_controllers enabled;
	bool is_delegated;
	bool accounts_for_swap;
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

int cgroup_open(const char *path, struct error *err)
{
	(void)err;
	ck_assert_int_eq(path[0], '/');
	return open("/", O_PATH | O_CLOEXEC);
}

int cgroup_read_controllers(int fd, cgroup_controllers *out_available,
                            cgroup_controllers *out_enabled, struct error *err)
{
	(void)err;
	ck_assert_int_ge(fd, 0);
	*out_available = fake.available;
	*out_enabled = fake.enabled;
	return 0;
}

cgroup_controllers cgroup_controller_of(const char *file)
{
	switch (file[0]) {
	case 'c':
		return CGROUP_CONTROLLER_CPU;
	case 'i':
		return CGROUP_CONTROLLER_IO;
	case 'm':
		return CGROUP_CONTROLLER_MEMORY;
	default:
		return CGROUP_CONTROLLER_PIDS;
	}
}

const char *cgroup_controller_name(cgroup_controllers set)
{
	return set == CGROUP_CONTROLLER_MEMORY ? "memory" : "io";
}

int cgroup_refuse_missing(const char *file, struct error *err)
{
	return error_set(err, ERROR_HOST, "no %s", file);
}

int cgroup_inspect_offers(const char *file, bool *out, struct error *err)
{
	(void)err;
	*out = fake.accounts_for_swap || strcmp(file, "memory.swap.max") != 0;
	return 0;
}

int cgroup_find_device(const char *path, char out[CGROUP_DEVICE_SIZE], struct error *err)
{
	if (strcmp(path, "/dev/sda") != 0)
		return error_set(err, ERROR_HOST, "no block device is under %s", path);
	(void)snprintf(out, CGROUP_DEVICE_SIZE, "8:0");
	return 0;
}

static struct plan_fixture fixture;
static struct error err;

static void start(void)
{
	plan_fixture_start(&fixture);
	err = (struct error){ .kind = ERROR_NONE };
	fake.mode = CGROUP_MODE_UNIFIED;
	fake.available = UINT32_MAX;
	fake.enabled = 0;
	fake.is_delegated = true;
	fake.accounts_for_swap = true;
	fixture.spec.limits.memory = LIMIT(536870912, "/limits/memory");
	fixture.spec.limits.swap = LIMIT(0, "/limits/swap");
	fixture.spec.limits.cpu_quota = LIMIT(150000, "/limits/cpus");
	fixture.spec.limits.pids = LIMIT(100, "/limits/pids");
}

static void end(void)
{
	plan_fixture_end(&fixture);
}

static const struct plan_cgroup *plan_of(void)
{
	return &fixture.planner.plan->cgroup;
}

static void expect_values(const char *expected)
{
	char text[512] = "";
	size_t length = 0;

	for (size_t i = 0; i < plan_of()->value_count; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s=%s@%s\n",
		                           plan_of()->values[i].file, plan_of()->values[i].value,
		                           plan_of()->values[i].origin);
	ck_assert_str_eq(text, expected);
}

START_TEST(limits_become_values_and_memory_comes_last)
{
	ck_assert_int_eq(plan_cgroup(&fixture.planner, &err), 0);
	expect_values("pids.max=100@/limits/pids\n"
	              "cpu.max=150000 100000@/limits/cpus\n"
	              "memory.swap.max=0@/limits/swap\n"
	              "memory.oom.group=1@/limits/memory\n"
	              "memory.max=536870912@/limits/memory\n");
	ck_assert_str_eq(plan_of()->parent, "/");
	ck_assert_str_eq(plan_of()->name, "hardrun-test");
	ck_assert_ptr_nonnull(plan_of()->device_program);
	ck_assert_uint_gt(plan_of()->device_program_length, 0);
}
END_TEST

START_TEST(io_limits_name_the_device_by_number)
{
	const struct spec_io_device device = { .path = "/dev/sda",
		                               .read_bps = LIMIT(1048576, ""),
		                               .write_iops = LIMIT(10, ""),
		                               .origin = "/limits/io/max/0" };

	memset(&fixture.spec.limits, 0, sizeof(fixture.spec.limits));
	fixture.spec.limits.io_weight = LIMIT(50, "/limits/io/weight");
	fixture.spec.limits.io_devices = &device;
	fixture.spec.limits.io_device_count = 1;
	ck_assert_int_eq(plan_cgroup(&fixture.planner, &err), 0);
	expect_values("io.weight=50@/limits/io/weight\n"
	              "io.max=8:0 rbps=1048576 wiops=10@/limits/io/max/0\n");
}
END_TEST

START_TEST(a_device_that_is_none_is_refused_at_its_place)
{
	const struct spec_io_device device = { .path = "/proc", .origin = "/limits/io/max/0" };

	fixture.spec.limits.io_devices = &device;
	fixture.spec.limits.io_device_count = 1;
	ck_assert_int_eq(plan_cgroup(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	ck_assert_str_eq(err.where, "/limits/io/max/0");
}
END_TEST

static const struct {
	enum cgroup_mode mode;
	const char *what;
} modes[] = {
	{ CGROUP_MODE_NONE,
	  "resource limits: this host has no control groups mounted at /sys/fs/cgroup" },
	{ CGROUP_MODE_LEGACY, "resource limits: this host has version 1 of control groups only" },
	{ CGROUP_MODE_HYBRID,
	  "resource limits: this host has its controllers in version 1 of control groups" },
};

START_TEST(a_host_without_version_2_is_refused_with_the_way_out)
{
	fake.mode = modes[_i].mode;
	ck_assert_int_eq(plan_cgroup(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	ck_assert_str_eq(err.what, modes[_i].what);
	ck_assert_ptr_nonnull(strstr(err.hint, "systemd.unified_cgroup_hierarchy=1"));
	ck_assert_ptr_nonnull(strstr(err.hint, "no-limits"));
}
END_TEST

START_TEST(without_limits_such_a_host_will_do)
{
	memset(&fixture.spec.limits, 0, sizeof(fixture.spec.limits));
	fake.mode = modes[_i].mode;
	ck_assert_int_eq(plan_cgroup(&fixture.planner, &err), 0);
	ck_assert_ptr_null(plan_of()->parent);
	ck_assert_uint_eq(plan_of()->value_count, 0);
}
END_TEST

START_TEST(a_missing_controller_is_refused_by_name)
{
	fake.available = CGROUP_CONTROLLER_CPU | CGROUP_CONTROLLER_PIDS;
	ck_assert_int_eq(plan_cgroup(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	ck_assert_str_eq(err.what, "resource limits: the memory controller is not available in "
	                           "/sys/fs/cgroup/");
	ck_assert_str_eq(err.where, "/limits/swap");
	ck_assert_ptr_nonnull(strstr(err.hint, "relax no-limits with \"memory\" and \"swap\""));
}
END_TEST

START_TEST(a_check_names_each_missing_controller_once)
{
	fake.available = 0;
	fixture.request.lacks = &fixture.lacks;
	ck_assert_int_eq(plan_cgroup(&fixture.planner, &err), 0);
	ck_assert_uint_eq(fixture.lacks.count, 3);
}
END_TEST

START_TEST(a_check_finds_what_a_launch_would)
{
	fake.accounts_for_swap = false;
	fixture.request.lacks = &fixture.lacks;
	ck_assert_int_eq(plan_cgroup(&fixture.planner, &err), 0);
	ck_assert_uint_eq(fixture.lacks.count, 1);
	ck_assert_str_eq(fixture.lacks.items[0].what, "no memory.swap.max");
	ck_assert_str_eq(fixture.lacks.items[0].where, "/limits/swap");
}
END_TEST

START_TEST(an_ordinary_user_gets_a_delegated_cgroup_and_no_device_program)
{
	plan_fixture_end(&fixture);
	plan_fixture_start_as_user(&fixture);
	fixture.spec.limits.pids = LIMIT(7, "/limits/pids");
	ck_assert_int_eq(plan_cgroup(&fixture.planner, &err), 0);
	ck_assert_str_eq(plan_of()->parent, "/user.slice");
	ck_assert_ptr_null(plan_of()->device_program);
}
END_TEST

START_TEST(without_delegation_limits_are_refused_and_their_absence_is_not)
{
	plan_fixture_end(&fixture);
	plan_fixture_start_as_user(&fixture);
	fake.is_delegated = false;
	ck_assert_int_eq(plan_cgroup(&fixture.planner, &err), 0);
	ck_assert_ptr_null(plan_of()->parent);
	ck_assert_int_eq(err.kind, ERROR_NONE);
	fixture.spec.limits.pids = LIMIT(7, "/limits/pids");
	ck_assert_int_eq(plan_cgroup(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan_cgroup");
	TCase *tests = tcase_create("plan_cgroup");

	tcase_add_checked_fixture(tests, start, end);
	tcase_add_test(tests, limits_become_values_and_memory_comes_last);
	tcase_add_test(tests, io_limits_name_the_device_by_number);
	tcase_add_test(tests, a_device_that_is_none_is_refused_at_its_place);
	tcase_add_loop_test(tests, a_host_without_version_2_is_refused_with_the_way_out, 0,
	                    (int)ARRAY_LEN(modes));
	tcase_add_loop_test(tests, without_limits_such_a_host_will_do, 0, (int)ARRAY_LEN(modes));
	tcase_add_test(tests, a_missing_controller_is_refused_by_name);
	tcase_add_test(tests, a_check_names_each_missing_controller_once);
	tcase_add_test(tests, a_check_finds_what_a_launch_would);
	tcase_add_test(tests, an_ordinary_user_gets_a_delegated_cgroup_and_no_device_program);
	tcase_add_test(tests, without_delegation_limits_are_refused_and_their_absence_is_not);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
