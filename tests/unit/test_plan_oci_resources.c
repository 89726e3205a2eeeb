/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/plan_oci_resources.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/device_bpf.h"
#include "support/plan_fixture.h"
#include "support/suite.h"

#define NUMBER(number)                \
	{                             \
		(number), "/at", true \
	}

static struct plan_fixture fixture;
static struct error err;

static void start(void)
{
	plan_fixture_start(&fixture);
	err = (struct error){ .kind = ERROR_NONE };
}

static void end(void)
{
	plan_fixture_end(&fixture);
}

static struct plan_cgroup *cgroup(void)
{
	return &fixture.planner.plan->cgroup;
}

static void describe_value(const struct plan_cgroup_value *value, char *text, size_t size)
{
	size_t length = strlen(text);

	length +=
		(size_t)snprintf(text + length, size - length, "%s=%s", value->file, value->value);
	if (value->other_file != NULL)
		length += (size_t)snprintf(text + length, size - length, " (or %s=%s)",
		                           value->other_file, value->other_value);
	(void)snprintf(text + length, size - length, "%s\n",
	               value->may_be_missing ? " (or none)" : "");
}

static void expect_values(const char *expected)
{
	char text[2048] = "";

	for (size_t i = 0; i < cgroup()->value_count; i++) {
		describe_value(&cgroup()->values[i], text, sizeof(text));
		ck_assert_str_eq(cgroup()->values[i].origin, "/at");
	}
	ck_assert_str_eq(text, expected);
}

static void expect_properties(const char *expected)
{
	char text[2048] = "";
	size_t length = 0;
	struct plan_scope scope = { .unit = "a.scope" };

	ck_assert_int_eq(plan_oci_properties(&fixture.planner, &scope, &err), 0);
	for (size_t i = 0; i < scope.property_count; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s=%s\n",
		                           scope.properties[i].name, scope.properties[i].value);
	ck_assert_str_eq(text, expected);
}

/* 10^((l^2 + 125 l) / 612 - 7/34) for l = log2(shares), rounded up. */
static const struct {
	uint64_t shares;
	uint64_t weight;
} weights[] = {
	{ 0, 1 },      { 1, 1 },    { 2, 1 },          { 1024, 100 },     { 512, 59 },
	{ 2048, 174 }, { 128, 21 }, { 262143, 10000 }, { 262144, 10000 }, { 1000000, 10000 },
};

START_TEST(shares_become_weights)
{
	ck_assert_uint_eq(plan_oci_weight_of_shares(weights[_i].shares), weights[_i].weight);
}
END_TEST

static const struct plan_oci_current current = {
	.memory = 1000, .swap = 500, .cpu_quota = 5000, .cpu_period = 20000, .memory_used = 700
};
static const struct plan_oci_current unlimited = {
	.memory = -1, .swap = -1, .cpu_quota = -1, .cpu_period = 100000, .memory_used = 700
};

static const struct spec_oci_block_device leaf_device = { .leaf_weight = NUMBER(300) };

static const struct {
	struct spec_oci_resources resources;
	const struct plan_oci_current *current;
	const char *values; /* NULL: refused */
	const char *properties;
} cases[] = {
	{ .values = "", .properties = "" },
	{ { .memory_limit = NUMBER(1000) }, NULL, "memory.max=1000\n", "MemoryMax=1000\n" },
	{ { .memory_limit = NUMBER(0) }, NULL, "", "" },
	{ { .memory_limit = NUMBER(-1) },
	  NULL,
	  "memory.swap.max=max (or none)\nmemory.max=max\n",
	  "MemorySwapMax=infinity\nMemoryMax=infinity\n" },
	{ { .memory_limit = NUMBER(-2) }, NULL, NULL, NULL },
	{ { .memory_limit = NUMBER(1000), .memory_swap = NUMBER(1500) },
	  NULL,
	  "memory.swap.max=500\nmemory.max=1000\n",
	  "MemorySwapMax=500\nMemoryMax=1000\n" },
	{ { .memory_limit = NUMBER(1000), .memory_swap = NUMBER(1000) },
	  NULL,
	  "memory.swap.max=0 (or none)\nmemory.max=1000\n",
	  "MemorySwapMax=0\nMemoryMax=1000\n" },
	{ { .memory_limit = NUMBER(1000), .memory_swap = NUMBER(-1) },
	  NULL,
	  "memory.swap.max=max (or none)\nmemory.max=1000\n",
	  "MemorySwapMax=infinity\nMemoryMax=1000\n" },
	{ { .memory_limit = NUMBER(1000), .memory_swap = NUMBER(999) }, NULL, NULL, NULL },
	{ { .memory_swap = NUMBER(999) }, NULL, NULL, NULL },
	{ { .memory_swap = NUMBER(-3) }, NULL, NULL, NULL },
	{ { .memory_limit = NUMBER(-1), .memory_swap = NUMBER(999) }, NULL, NULL, NULL },
	{ { .memory_reservation = NUMBER(300) }, NULL, "memory.low=300\n", "MemoryLow=300\n" },
	{ { .memory_reservation = NUMBER(-1) }, NULL, "memory.low=max\n", "MemoryLow=infinity\n" },
	/* Of version 1: what is so anyway, and what is not. */
	{ { .memory_kernel = NUMBER(-1),
	    .memory_kernel_tcp = NUMBER(0),
	    .memory_disable_oom_killer = NUMBER(0),
	    .memory_use_hierarchy = NUMBER(1),
	    .cpu_realtime_period = NUMBER(0),
	    .cpu_realtime_runtime = NUMBER(0),
	    .network_class = NUMBER(0) },
	  NULL,
	  "",
	  "" },
	{ { .memory_kernel = NUMBER(1) }, NULL, NULL, NULL },
	{ { .memory_kernel_tcp = NUMBER(2) }, NULL, NULL, NULL },
	{ { .memory_swappiness = NUMBER(0) }, NULL, NULL, NULL },
	{ { .memory_disable_oom_killer = NUMBER(1) }, NULL, NULL, NULL },
	{ { .memory_use_hierarchy = NUMBER(0) }, NULL, NULL, NULL },
	{ { .cpu_realtime_period = NUMBER(4) }, NULL, NULL, NULL },
	{ { .cpu_realtime_runtime = NUMBER(5) }, NULL, NULL, NULL },
	{ { .block_leaf_weight = NUMBER(6) }, NULL, NULL, NULL },
	{ { .block_weight_devices = { &leaf_device, 1 } }, NULL, NULL, NULL },
	{ { .network_class = NUMBER(7) }, NULL, NULL, NULL },
	{ { .network_priorities = NUMBER(1) }, NULL, NULL, NULL },

	/* A change. */
	{ { .memory_limit = NUMBER(1200) },
	  &current,
	  "memory.swap.max=300\nmemory.max=1200\n",
	  "MemorySwapMax=300\nMemoryMax=1200\n" },
	{ { .memory_limit = NUMBER(2000) }, &current, NULL, NULL },
	{ { .memory_limit = NUMBER(2000) }, &unlimited, "memory.max=2000\n", "MemoryMax=2000\n" },
	{ { .memory_swap = NUMBER(1100) },
	  &current,
	  "memory.swap.max=100\n",
	  "MemorySwapMax=100\n" },
	{ { .memory_swap = NUMBER(1100) }, &unlimited, NULL, NULL },
	{ { .memory_limit = NUMBER(600), .memory_check_before_update = NUMBER(1) },
	  &unlimited,
	  NULL,
	  NULL },
	{ { .memory_limit = NUMBER(700), .memory_check_before_update = NUMBER(1) },
	  &unlimited,
	  "memory.max=700\n",
	  "MemoryMax=700\n" },
	{ { .cpu_quota = NUMBER(7000) },
	  &current,
	  "cpu.max=7000 20000\n",
	  "CPUQuotaPeriodUSec=20000\nCPUQuotaPerSecUSec=350000\n" },
	{ { .cpu_period = NUMBER(40000) },
	  &current,
	  "cpu.max=5000 40000\n",
	  "CPUQuotaPeriodUSec=40000\nCPUQuotaPerSecUSec=130000\n" },
	{ { .cpu_quota = NUMBER(7000), .cpu_burst = NUMBER(100) },
	  &current,
	  "cpu.max.burst=0\ncpu.max=7000 20000\ncpu.max.burst=100\n",
	  "CPUQuotaPeriodUSec=20000\nCPUQuotaPerSecUSec=350000\n" },

	{ { .cpu_shares = NUMBER(1024) }, NULL, "cpu.weight=100\n", "CPUWeight=100\n" },
	{ { .cpu_shares = NUMBER(0) }, NULL, "", "" },
	{ { .cpu_shares = NUMBER(-1) }, NULL, NULL, NULL },
	{ { .cpu_shares = NUMBER(1024), .cpu_idle = NUMBER(1) },
	  NULL,
	  "cpu.idle=1\n",
	  "CPUWeight=0\n" },
	{ { .cpu_shares = NUMBER(1024), .cpu_idle = NUMBER(0) },
	  NULL,
	  "cpu.idle=0\ncpu.weight=100\n",
	  "CPUWeight=100\n" },
	{ { .cpu_quota = NUMBER(20000) },
	  NULL,
	  "cpu.max=20000 100000\n",
	  "CPUQuotaPeriodUSec=100000\nCPUQuotaPerSecUSec=200000\n" },
	{ { .cpu_quota = NUMBER(20001), .cpu_period = NUMBER(50000) },
	  NULL,
	  "cpu.max=20001 50000\n",
	  "CPUQuotaPeriodUSec=50000\nCPUQuotaPerSecUSec=410000\n" },
	{ { .cpu_quota = NUMBER(-1) },
	  NULL,
	  "cpu.max=max 100000\n",
	  "CPUQuotaPeriodUSec=100000\nCPUQuotaPerSecUSec=infinity\n" },
	{ { .cpu_period = NUMBER(50000) },
	  NULL,
	  "cpu.max=max 50000\n",
	  "CPUQuotaPeriodUSec=50000\nCPUQuotaPerSecUSec=infinity\n" },
	{ { .cpu_burst = NUMBER(100) }, NULL, "cpu.max.burst=100\n", "" },
	{ { .cpu_cpus = { "0-1", "/at" }, .cpu_mems = { "0", "/at" } },
	  NULL,
	  "cpuset.cpus=0-1\ncpuset.mems=0\n",
	  "AllowedCPUs=0-1\nAllowedMemoryNodes=0\n" },

	{ { .pids_limit = NUMBER(50) }, NULL, "pids.max=50\n", "TasksMax=50\n" },
	{ { .pids_limit = NUMBER(-1) }, NULL, "pids.max=max\n", "TasksMax=infinity\n" },
	{ { .pids_limit = NUMBER(0) }, NULL, "pids.max=max\n", "TasksMax=infinity\n" },

	{ { .block_weight = NUMBER(10) }, NULL, "io.bfq.weight=10 (or io.weight=1)\n", "" },
	{ { .block_weight = NUMBER(1000) }, NULL, "io.bfq.weight=1000 (or io.weight=10000)\n", "" },
	{ { .block_weight = NUMBER(500) }, NULL, "io.bfq.weight=500 (or io.weight=4950)\n", "" },
	{ { .block_weight = NUMBER(9) }, NULL, NULL, NULL },
	{ { .block_weight = NUMBER(1001) }, NULL, NULL, NULL },
};

START_TEST(figures_become_values_and_properties)
{
	const int result =
		plan_oci_values(&fixture.planner, &cases[_i].resources, cases[_i].current, &err);

	if (cases[_i].values == NULL) {
		ck_assert_int_eq(result, -1);
		ck_assert_int_eq(err.kind, ERROR_SPEC);
		ck_assert_str_eq(err.where, "/at");
		return;
	}
	ck_assert_msg(result == 0, "%s", err.what);
	expect_values(cases[_i].values);
	expect_properties(cases[_i].properties);
}
END_TEST

START_TEST(block_devices_have_weights_and_maxima)
{
	const struct spec_oci_block_device device = {
		.major = 8, .minor = 16, .weight = NUMBER(200), .rate = 4096, .origin = "/at"
	};
	const struct spec_oci_block_device unlimited_one = { .major = 8, .origin = "/at" };
	const struct spec_oci_resources resources = {
		.block_weight_devices = { &device, 1 },
		.block_read_bps = { &device, 1 },
		.block_write_bps = { &device, 1 },
		.block_read_iops = { &device, 1 },
		.block_write_iops = { &unlimited_one, 1 },
	};

	ck_assert_int_eq(plan_oci_values(&fixture.planner, &resources, NULL, &err), 0);
	expect_values("io.bfq.weight=8:16 200 (or io.weight=8:16 1920)\n"
	              "io.max=8:16 rbps=4096\n"
	              "io.max=8:16 wbps=4096\n"
	              "io.max=8:16 riops=4096\n"
	              "io.max=8:0 wiops=max\n");
}
END_TEST

START_TEST(huge_pages_and_rdma)
{
	const struct spec_oci_hugepage_limit pages = { "2MB", 4194304, "/at" };
	const struct spec_oci_rdma_limit rdma = { "mlx5_1", NUMBER(3), { 0 }, "/at" };
	const struct spec_oci_resources resources = {
		.hugepages = &pages, .hugepage_count = 1, .rdma = &rdma, .rdma_count = 1
	};

	ck_assert_int_eq(plan_oci_values(&fixture.planner, &resources, NULL, &err), 0);
	expect_values("hugetlb.2MB.max=4194304\n"
	              "hugetlb.2MB.rsvd.max=4194304 (or none)\n"
	              "rdma.max=mlx5_1 hca_handle=3 hca_object=max\n");
}
END_TEST

START_TEST(names_that_leave_the_cgroup_are_refused)
{
	const struct spec_oci_hugepage_limit pages = { "../x", 1, "/at" };
	const struct spec_oci_rdma_limit rdma = { "a b", { 0 }, { 0 }, "/at" };
	const struct spec_oci_resources both[] = {
		{ .hugepages = &pages, .hugepage_count = 1 },
		{ .rdma = &rdma, .rdma_count = 1 },
	};

	ck_assert_int_eq(plan_oci_values(&fixture.planner, &both[_i], NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_eq(err.where, "/at");
}
END_TEST

static const struct {
	const char *name;
	const char *value;
	const char *values; /* NULL: refused */
} unified[] = {
	{ "memory.high", "1000", "memory.high=1000\n" },
	{ "io.max", "8:0 rbps=1\n8:16 rbps=2\n", "io.max=8:0 rbps=1\nio.max=8:16 rbps=2\n" },
	{ "memory.swap.max", "", "memory.swap.max=\n" },
	{ "memory/high", "1", NULL },
	{ "../memory.high", "1", NULL },
	{ "..", "1", NULL },
	{ ".memory", "1", NULL },
	{ "memory", "1", NULL },
	{ "", "1", NULL },
	{ "memory.high\n", "1", NULL },
};

START_TEST(unified_names_are_files_of_the_cgroup)
{
	const struct spec_sysctl entry = { unified[_i].name, unified[_i].value, "/at" };
	const struct spec_oci_resources resources = { .unified = &entry, .unified_count = 1 };
	const int result = plan_oci_values(&fixture.planner, &resources, NULL, &err);

	if (unified[_i].values == NULL) {
		ck_assert_int_eq(result, -1);
		ck_assert_int_eq(err.kind, ERROR_SPEC);
		return;
	}
	ck_assert_int_eq(result, 0);
	expect_values(unified[_i].values);
}
END_TEST

/* unified comes last, as its values overrule those before it. */
START_TEST(the_last_value_is_the_property)
{
	const struct spec_sysctl entries[] = { { "memory.max", "2000", "/at" },
		                               { "cpu.max", "max", "/at" },
		                               { "cpu.max", "5000", "/at" } };
	const struct spec_oci_resources resources = { .memory_limit = NUMBER(1000),
		                                      .unified = entries,
		                                      .unified_count = ARRAY_LEN(entries) };

	ck_assert_int_eq(plan_oci_values(&fixture.planner, &resources, NULL, &err), 0);
	expect_properties("MemoryMax=2000\nCPUQuotaPeriodUSec=100000\nCPUQuotaPerSecUSec=50000\n");
}
END_TEST

START_TEST(an_update_has_values_and_properties)
{
	const struct spec_oci_resources resources = { .pids_limit = NUMBER(7) };
	struct plan_cgroup out;

	ck_assert_int_eq(
		plan_oci_update(&resources, &current, fixture.planner.plan->arena, &out, &err), 0);
	ck_assert_uint_eq(out.value_count, 1);
	ck_assert_str_eq(out.values[0].value, "7");
	ck_assert_uint_eq(out.scope->property_count, 1);
	ck_assert_str_eq(out.scope->properties[0].name, "TasksMax");
}
END_TEST

START_TEST(a_device_program_unless_all_is_allowed)
{
	const struct spec_oci_device_rule rules[] = {
		{ .allows = false, .is_all = true },
		{ .allows = true, .rule = { DEVICE_BLOCK, 8, 0, DEVICE_ACCESS_READ } },
		{ .allows = true, .is_all = true },
	};
	struct spec_oci_resources resources = { .device_rules = rules, .device_rule_count = 2 };

	ck_assert_int_eq(plan_oci_devices(&fixture.planner, &resources, &err), 0);
	ck_assert_ptr_nonnull(cgroup()->device_program);
	ck_assert_uint_gt(cgroup()->device_program_length, 0);
	cgroup()->device_program = NULL;
	resources.device_rule_count = 3;
	ck_assert_int_eq(plan_oci_devices(&fixture.planner, &resources, &err), 0);
	ck_assert_ptr_null(cgroup()->device_program);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan_oci_resources");
	TCase *tests = tcase_create("values");

	tcase_add_checked_fixture(tests, start, end);
	tcase_add_loop_test(tests, shares_become_weights, 0, (int)ARRAY_LEN(weights));
	tcase_add_loop_test(tests, figures_become_values_and_properties, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(tests, block_devices_have_weights_and_maxima);
	tcase_add_test(tests, huge_pages_and_rdma);
	tcase_add_loop_test(tests, names_that_leave_the_cgroup_are_refused, 0, 2);
	tcase_add_loop_test(tests, unified_names_are_files_of_the_cgroup, 0,
	                    (int)ARRAY_LEN(unified));
	tcase_add_test(tests, the_last_value_is_the_property);
	tcase_add_test(tests, an_update_has_values_and_properties);
	tcase_add_test(tests, a_device_program_unless_all_is_allowed);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
