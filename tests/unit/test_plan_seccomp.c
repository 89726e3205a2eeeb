/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "kernel/seccomp.h"
#include "kernel/seccomp_cache.h"
#include "kernel/seccomp_compile.h"
#include "spec/spec_oci.h"
#include "support/plan_fixture.h"
#include "support/suite.h"

static struct plan_fixture fixture;
static struct error err;

static void set_up(void)
{
	memset(&err, 0, sizeof(err));
	plan_fixture_start(&fixture);
}

static void tear_down(void)
{
	plan_fixture_end(&fixture);
}

static uint32_t action_of(int number, uint64_t argument)
{
	const struct seccomp_data call = { .nr = number,
		                           .arch = SECCOMP_NATIVE_ARCH,
		                           .args = { argument } };

	return seccomp_filter_action(&fixture.planner.plan->seccomp, &call);
}

START_TEST(default_is_the_compiled_one)
{
	ck_assert_int_eq(plan_seccomp(&fixture.planner, &err), 0);
	ck_assert_ptr_eq(fixture.planner.plan->seccomp.filter, seccomp_default_filter);
	ck_assert_uint_eq(fixture.planner.plan->seccomp.len, seccomp_default_filter_length);
}
END_TEST

/* A capability is one control, the system calls are another. */
START_TEST(a_capability_lifts_nothing_here)
{
	fixture.spec.capabilities = UINT64_MAX;
	ck_assert_int_eq(plan_seccomp(&fixture.planner, &err), 0);
	ck_assert_ptr_eq(fixture.planner.plan->seccomp.filter, seccomp_default_filter);
}
END_TEST

START_TEST(off_is_no_filter)
{
	fixture.spec.seccomp.kind = SPEC_SECCOMP_OFF;
	ck_assert_int_eq(plan_seccomp(&fixture.planner, &err), 0);
	ck_assert_uint_eq(fixture.planner.plan->seccomp.len, 0);
}
END_TEST

START_TEST(named_calls_are_allowed_and_no_others)
{
	static const struct spec_text names[] = { { "io_uring_setup", "/relax/x/0" } };

	fixture.spec.seccomp.extra_allowed = (struct spec_text_list){ names, 1 };
	ck_assert_int_eq(plan_seccomp(&fixture.planner, &err), 0);
	ck_assert_uint_eq(action_of(SYS_io_uring_setup, 0), SECCOMP_RET_ALLOW);
	ck_assert_uint_eq(action_of(SYS_io_uring_enter, 0), SECCOMP_RET_ERRNO | EPERM);
	ck_assert_uint_eq(action_of(SYS_unshare, CLONE_NEWUSER), SECCOMP_RET_ERRNO | EPERM);
}
END_TEST

START_TEST(an_unknown_call_is_refused_with_what_was_meant)
{
	static const struct spec_text names[] = { { "io_uring_setpu", "/relax/x/0" } };

	fixture.spec.seccomp.extra_allowed = (struct spec_text_list){ names, 1 };
	ck_assert_int_eq(plan_seccomp(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_eq(err.what, "unknown system call \"io_uring_setpu\"");
	ck_assert_str_eq(err.where, "/relax/x/0");
	ck_assert_str_eq(err.hint, "did you mean \"io_uring_setup\"?");
}
END_TEST

/* The profile may name calls that are younger than the libseccomp of this build. */
START_TEST(a_call_that_is_too_new_is_not_what_was_meant)
{
	for (uint32_t i = 0; i < seccomp_default_policy.name_count; i++) {
		const struct spec_text name = { seccomp_default_policy.names[i], "/relax/x/0" };
		char itself[128];

		if (seccomp_name_is_known(name.value))
			continue;
		fixture.spec.seccomp.extra_allowed = (struct spec_text_list){ &name, 1 };
		(void)snprintf(itself, sizeof(itself), "did you mean \"%s\"?", name.value);
		ck_assert_int_eq(plan_seccomp(&fixture.planner, &err), -1);
		ck_assert_str_ne(err.hint, itself);
	}
}
END_TEST

START_TEST(nested_user_namespaces_allow_namespaces_and_no_mounts)
{
	fixture.spec.may_nest_user_namespaces = true;
	ck_assert_int_eq(plan_seccomp(&fixture.planner, &err), 0);
	ck_assert_uint_eq(action_of(SYS_unshare, CLONE_NEWUSER), SECCOMP_RET_ALLOW);
	ck_assert_uint_eq(action_of(SYS_clone, CLONE_NEWUSER), SECCOMP_RET_ALLOW);
	ck_assert_uint_eq(action_of(SYS_setns, 0), SECCOMP_RET_ALLOW);
	ck_assert_uint_eq(action_of(SYS_clone3, 0), SECCOMP_RET_ERRNO | ENOSYS);
	ck_assert_uint_eq(action_of(SYS_mount, 0), SECCOMP_RET_ERRNO | EPERM);
	ck_assert_uint_eq(action_of(SYS_bpf, 0), SECCOMP_RET_ERRNO | EPERM);
}
END_TEST

static const char names[][SECCOMP_NAME_SIZE] = { "execve", "exit_group", "read" };
static const struct seccomp_rule rules[] = {
	{ .action = SECCOMP_RET_ALLOW, .first_name = 0, .name_count = 3 },
	{ .action = SECCOMP_RET_ALLOW, .first_name = 1, .name_count = 2 },
};
static const struct seccomp_policy good_policy = { .default_action = SECCOMP_RET_KILL_PROCESS,
	                                           .names = names,
	                                           .name_count = 3,
	                                           .rules = rules,
	                                           .rule_count = 1 };
static const struct seccomp_policy bad_policy = { .default_action = SECCOMP_RET_KILL_PROCESS,
	                                          .names = names,
	                                          .name_count = 3,
	                                          .rules = rules + 1,
	                                          .rule_count = 1 };

START_TEST(a_profile_of_its_own_is_compiled)
{
	fixture.spec.seccomp = (struct spec_seccomp){ .kind = SPEC_SECCOMP_FILE,
		                                      .path = { "/p.json", "/seccomp" },
		                                      .policy = &good_policy };
	ck_assert_int_eq(plan_seccomp(&fixture.planner, &err), 0);
	ck_assert_uint_eq(action_of(SYS_read, 0), SECCOMP_RET_ALLOW);
	ck_assert_uint_eq(action_of(SYS_write, 0), SECCOMP_RET_KILL_PROCESS);
}
END_TEST

static const char wide_names[][SECCOMP_NAME_SIZE] = { "execve", "exit_group", "socket",      "read",
	                                              "bpf",    "ptrace",     "no_such_call" };
static const struct seccomp_rule wide_rules[] = {
	{ .action = SECCOMP_RET_ALLOW, .first_name = 0, .name_count = 3 },
	{ .action = SECCOMP_RET_LOG, .first_name = 3, .name_count = 1 },
	{ .action = SECCOMP_RET_ALLOW, .first_name = 4, .name_count = 3 },
};

/* The first @rule_count of the rules above. */
static void use_wide_policy(struct seccomp_policy *policy, uint32_t rule_count)
{
	*policy = (struct seccomp_policy){ .default_action = SECCOMP_RET_KILL_PROCESS,
		                           .names = wide_names,
		                           .name_count = ARRAY_LEN(wide_names),
		                           .rules = wide_rules,
		                           .rule_count = rule_count };
	fixture.spec.seccomp = (struct spec_seccomp){ .kind = SPEC_SECCOMP_FILE,
		                                      .path = { "/p.json", "/seccomp" },
		                                      .policy = policy };
}

START_TEST(a_profile_of_its_own_only_narrows)
{
	struct seccomp_policy policy;

	use_wide_policy(&policy, 2);
	ck_assert_int_eq(plan_seccomp(&fixture.planner, &err), 0);
	ck_assert_uint_eq(action_of(SYS_socket, AF_UNIX), SECCOMP_RET_ALLOW);
	ck_assert_uint_eq(action_of(SYS_socket, AF_ALG), SECCOMP_RET_ERRNO | EPERM);
	ck_assert_uint_eq(action_of(SYS_read, 0), SECCOMP_RET_LOG);
	ck_assert_uint_eq(action_of(SYS_write, 0), SECCOMP_RET_KILL_PROCESS);
}
END_TEST

START_TEST(a_profile_that_names_more_is_refused)
{
	struct seccomp_policy policy;

	use_wide_policy(&policy, 3);
	ck_assert_int_eq(plan_seccomp(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_eq(err.what, "the seccomp profile /p.json allows bpf and 1 more system "
	                           "calls that the default one denies");
	ck_assert_str_eq(err.where, "/seccomp");
}
END_TEST

START_TEST(a_profile_names_more_with_the_reason)
{
	static const struct spec_text more[] = { { "bpf", "/relax/x/0" },
		                                 { "ptrace", "/relax/x/1" } };
	struct seccomp_policy policy;

	use_wide_policy(&policy, 3);
	fixture.spec.seccomp.extra_allowed = (struct spec_text_list){ more, 2 };
	ck_assert_int_eq(plan_seccomp(&fixture.planner, &err), 0);
	ck_assert_uint_eq(action_of(SYS_bpf, 0), SECCOMP_RET_ALLOW);
	ck_assert_uint_eq(action_of(SYS_ptrace, 0), SECCOMP_RET_ALLOW);
	ck_assert_uint_eq(action_of(SYS_socket, AF_ALG), SECCOMP_RET_ERRNO | EPERM);
}
END_TEST

START_TEST(a_profile_that_starts_nothing_is_refused)
{
	fixture.spec.seccomp = (struct spec_seccomp){ .kind = SPEC_SECCOMP_FILE,
		                                      .path = { "/p.json", "/seccomp" },
		                                      .policy = &bad_policy };
	ck_assert_int_eq(plan_seccomp(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_eq(
		err.what,
		"the seccomp profile /p.json does not allow execve, which starts the program");
	ck_assert_str_eq(err.where, "/seccomp");
}
END_TEST

START_TEST(a_known_filter_is_taken)
{
	struct sock_filter instructions[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP) };
	const struct seccomp_known known = { .filter = { .len = 1, .filter = instructions } };

	fixture.spec.seccomp = (struct spec_seccomp){ .kind = SPEC_SECCOMP_KNOWN, .known = &known };
	ck_assert_int_eq(plan_seccomp(&fixture.planner, &err), 0);
	instructions[0].k = SECCOMP_RET_ALLOW;
	ck_assert_uint_eq(action_of(SYS_read, 0), SECCOMP_RET_TRAP);
}
END_TEST

/* What is compiled from a text becomes known, and with it what else is asked of the policy. */
START_TEST(a_text_becomes_known)
{
	static const char text[] = "{\"a policy\":0}";
	static const struct spec_oci oci;
	struct plan_request request = *fixture.planner.request;
	char directory[] = "/tmp/plan-seccomp-XXXXXX";
	char remove[sizeof(directory) + 16];
	struct seccomp_known found;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	request.cache_directory = directory;
	fixture.planner.request = &request;
	fixture.planner.plan->seccomp_flags = SECCOMP_FILTER_FLAG_LOG;
	fixture.spec.oci = &oci;
	fixture.spec.seccomp = (struct spec_seccomp){ .kind = SPEC_SECCOMP_FILE,
		                                      .path = { "/p.json", "/seccomp" },
		                                      .policy = &good_policy,
		                                      .text = text,
		                                      .text_size = strlen(text) };
	ck_assert_int_eq(plan_seccomp(&fixture.planner, &err), 0);
	ck_assert(seccomp_cache_find_text(directory, text, strlen(text), &found));
	ck_assert_uint_eq(found.filter.len, fixture.planner.plan->seccomp.len);
	ck_assert_mem_eq(found.filter.filter, fixture.planner.plan->seccomp.filter,
	                 found.filter.len * sizeof(*found.filter.filter));
	ck_assert_uint_eq(found.flags, SECCOMP_FILTER_FLAG_LOG);
	ck_assert(!found.may_mount);
	seccomp_known_release(&found);
	(void)snprintf(remove, sizeof(remove), "rm -r %s", directory);
	ck_assert_int_eq(system(remove), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plan_seccomp");
	TCase *tests = tcase_create("plan_seccomp");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, default_is_the_compiled_one);
	tcase_add_test(tests, a_capability_lifts_nothing_here);
	tcase_add_test(tests, off_is_no_filter);
	tcase_add_test(tests, named_calls_are_allowed_and_no_others);
	tcase_add_test(tests, an_unknown_call_is_refused_with_what_was_meant);
	tcase_add_test(tests, a_call_that_is_too_new_is_not_what_was_meant);
	tcase_add_test(tests, nested_user_namespaces_allow_namespaces_and_no_mounts);
	tcase_add_test(tests, a_profile_of_its_own_is_compiled);
	tcase_add_test(tests, a_profile_of_its_own_only_narrows);
	tcase_add_test(tests, a_profile_that_names_more_is_refused);
	tcase_add_test(tests, a_profile_names_more_with_the_reason);
	tcase_add_test(tests, a_profile_that_starts_nothing_is_refused);
	tcase_add_test(tests, a_known_filter_is_taken);
	tcase_add_test(tests, a_text_becomes_known);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
