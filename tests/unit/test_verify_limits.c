/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>

#include "inspect/verify_parts.h"
#include "support/suite.h"

/* What the kernel shows of what was written. Source: cgroup-v2.rst, "Interface Files". */
static const struct {
	const char *file;
	const char *text;
	const char *wanted;
	bool holds;
} cases[] = {
	{ "memory.max", "536870912\n", "536870912", true },
	{ "memory.max", "536870912\n", "536870913", true }, /* whole pages */
	{ "memory.max", "536870912\n", "536875008", false },
	{ "memory.max", "max\n", "536870912", false },
	{ "memory.max", "5368709120\n", "536870912", false },
	{ "memory.swap.max", "0\n", "0", true },
	{ "memory.swap.max", "max\n", "0", false },
	{ "memory.swap.max", "4096\n", "0", false },
	{ "memory.oom.group", "1\n", "1", true },
	{ "memory.oom.group", "0\n", "1", false },
	{ "cpu.max", "100000 100000\n", "100000 100000", true },
	{ "cpu.max", "50000 100000\n", "50000", true },
	{ "cpu.max", "max 100000\n", "100000 100000", false },
	{ "cpu.max", "max 100000\n", "max", true },
	{ "cpu.max", "200000 100000\n", "100000 100000", false },
	{ "cpu.max", "100000 200000\n", "200000 100000", false },
	{ "pids.max", "100\n", "100", true },
	{ "pids.max", "1000\n", "100", false },
	{ "pids.max", "max\n", "100", false },
	{ "pids.max", "max\n", "max", true },
	{ "io.weight", "default 200\n8:0 300\n", "200", true },
	{ "io.weight", "default 300\n", "200", false },
	{ "io.weight", "default 100\n8:0 300\n", "300", false },
	{ "io.weight", "default 100\n8:0 300\n", "8:0 300", true },
	{ "io.max", "8:0 rbps=1 wbps=max riops=max wiops=5\n", "8:0 rbps=1 wiops=5", true },
	{ "io.max", "8:0 rbps=2 wbps=max riops=max wiops=5\n", "8:0 rbps=1 wiops=5", false },
	{ "io.max", "8:16 rbps=1 wbps=max\n", "8:0 rbps=1", false },
	{ "io.max", "", "8:0 rbps=1", false },
	{ "cpuset.cpus", "0-1,3\n", "0,1,3", true },
	{ "cpuset.cpus", "0-2\n", "0,1", false },
	{ "cpuset.cpus", "\n", "0", false },
};

START_TEST(a_limit_holds_as_the_kernel_shows_it)
{
	ck_assert_msg(verify_limit_holds(cases[_i].file, cases[_i].text, cases[_i].wanted) ==
	                      cases[_i].holds,
	              "%s: %s", cases[_i].file, cases[_i].wanted);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("verify_limits");
	TCase *tcase = tcase_create("all");

	tcase_add_loop_test(tcase, a_limit_holds_as_the_kernel_shows_it, 0, ARRAY_LEN(cases));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return run_suite(make_suite());
}
