/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The filters of linux.seccomp against those that libseccomp makes of the same rules for runc. */
#include <check.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "import/import.h"
#include "kernel/seccomp.h"
#include "kernel/seccomp_compile.h"
#include "seccomp_reference.h"
#include "support/suite.h"

#define NUMBER_MAX 700 /* above all calls of Linux */
#define X32_BIT    0x40000000
#define ENOSYS_RET (SECCOMP_RET_ERRNO | ENOSYS)
#define EPERM_RET  (SECCOMP_RET_ERRNO | EPERM)

static const char *folder; /* of the engines' files */

/* A config.json with only @rules, after "linux": {"seccomp": {. */
#define CONFIG(rules)                                                                       \
	"{\"ociVersion\":\"1.0.0\",\"process\":{\"args\":[\"a\"],\"cwd\":\"/\"},\"root\":{" \
	"\"path\":\"r\"},\"linux\":{\"seccomp\":{" rules "}}}"

struct judged {
	struct spec *spec;
	struct seccomp_request request;
	struct sock_fprog filter;
	struct sock_fprog reference;
	uint32_t last; /* number that a rule names */
};

static void find_last(struct judged *judged)
{
	const struct seccomp_policy *policy = judged->request.policy;

	for (uint32_t i = 0; i < policy->name_count; i++) {
		const int number = seccomp_syscall_resolve_name(policy->names[i]);

		if (number > 0 && (uint32_t)number > judged->last)
			judged->last = (uint32_t)number;
	}
}

static void judge_text(const char *text, size_t size, struct judged *judged)
{
	const struct import_oci_input input = {
		.text = text, .size = size, .name = "config.json", .bundle = "/b", .id = "i"
	};
	struct error err = { .kind = ERROR_NONE };

	*judged = (struct judged){ 0 };
	ck_assert_msg(import_oci(&input, &judged->spec, &err) == 0, "%s at %s", err.what,
	              err.where);
	ck_assert_ptr_nonnull(judged->spec->seccomp.policy);
	judged->request.policy = judged->spec->seccomp.policy;
	ck_assert_msg(seccomp_policy_compile(&judged->request, &judged->filter, &err) == 0, "%s",
	              err.what);
	reference_compile(&judged->request, &judged->reference);
	find_last(judged);
}

static void release(struct judged *judged)
{
	free(judged->filter.filter);
	free(judged->reference.filter);
	arena_free(judged->spec->arena);
}

static bool lets_through(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

static void compare(const struct judged *judged, const struct seccomp_data *call)
{
	const bool is_new = (uint32_t)call->nr > judged->last &&
	                    !lets_through(judged->request.policy->default_action);
	const uint32_t expected =
		is_new ? ENOSYS_RET : seccomp_filter_action(&judged->reference, call);

	ck_assert_msg(seccomp_filter_action(&judged->filter, call) == expected,
	              "%d(%#llx, %#llx, %#llx): %#x, libseccomp %#x", call->nr,
	              (unsigned long long)call->args[0], (unsigned long long)call->args[1],
	              (unsigned long long)call->args[2],
	              seccomp_filter_action(&judged->filter, call), expected);
}

/* Each value of a condition and its neighbours in three arguments. */
static void compare_call(const struct judged *judged, int number, const uint64_t *values,
                         size_t count)
{
	struct seccomp_data call = { .nr = number, .arch = SECCOMP_NATIVE_ARCH };

	for (size_t i = 0; i < count * count * count; i++) {
		call.args[0] = values[i % count];
		call.args[1] = values[i / count % count];
		call.args[2] = values[i / count / count];
		compare(judged, &call);
	}
}

/* The values that conditions on @number name, with their neighbours. */
static size_t collect_values(const struct seccomp_policy *policy, int number, uint64_t *values,
                             size_t max)
{
	size_t count = 0;

	values[count++] = 0;
	for (uint32_t i = 0; i < policy->rule_count; i++) {
		const struct seccomp_rule *rule = &policy->rules[i];
		bool is_named = false;

		for (uint32_t j = 0; j < rule->name_count; j++)
			is_named |= seccomp_syscall_resolve_name(
					    policy->names[rule->first_name + j]) == number;
		for (uint32_t j = 0; is_named && j < rule->condition_count && count + 4 < max;
		     j++) {
			const uint64_t value = policy->conditions[rule->first_condition + j].value;

			values[count++] = value;
			values[count++] = value + 1;
			values[count++] = value - 1;
			values[count++] = value | UINT64_C(1) << 32;
		}
	}
	return count;
}

static void compare_all(const struct judged *judged)
{
	uint64_t values[24];

	for (int number = 0; number < NUMBER_MAX; number++) {
		const size_t count =
			collect_values(judged->request.policy, number, values, ARRAY_LEN(values));

		compare_call(judged, number, values, count);
	}
}

static const char *const engines[] = {
	"docker-20.10-default.json",
	"docker-28-default.json",
	"podman-4.3-default.json",
	"podman-5.8-memory-and-pids.json",
};

START_TEST(profiles_of_engines_do_what_runc_makes_of_them)
{
	struct error err = { .kind = ERROR_NONE };
	AUTO_FREE char *text = NULL;
	struct judged judged;
	char path[4096];
	size_t size;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, engines[_i]);
	ck_assert_int_eq(file_read(path, IMPORT_OCI_SIZE_MAX, &text, &size, &err), 0);
	judge_text(text, size, &judged);
	compare_all(&judged);
	release(&judged);
}
END_TEST

static const char *const policies[] = {
	CONFIG("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"mount\","
	       "\"ptrace\"],"
	       "\"action\":\"SCMP_ACT_ERRNO\"}]"),
	CONFIG("\"defaultAction\":\"SCMP_ACT_LOG\""),
	CONFIG("\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"clone\"],"
	       "\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"op\":"
	       "\"SCMP_CMP_MASKED_EQ\",\"value\":12,\"valueTwo\":7}]}]"),
	CONFIG("\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"clone\"],"
	       "\"action\":\"SCMP_ACT_KILL\",\"args\":[{\"index\":0,\"op\":\"SCMP_CMP_EQ\","
	       "\"value\":1}]},{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ALLOW\"}]"),
	CONFIG("\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"clone\"],"
	       "\"action\":\"SCMP_ACT_ALLOW\"},{\"names\":[\"clone\"],\"action\":"
	       "\"SCMP_ACT_KILL\",\"args\":[{\"index\":0,\"op\":\"SCMP_CMP_EQ\",\"value\":1}]}]"),
	CONFIG("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"clone\"],"
	       "\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"op\":\"SCMP_CMP_EQ\","
	       "\"value\":1}]},{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ERRNO\"}]"),
	CONFIG("\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"clone\"],"
	       "\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"op\":\"SCMP_CMP_EQ\","
	       "\"value\":1},{\"index\":0,\"op\":\"SCMP_CMP_EQ\",\"value\":2},{\"index\":1,"
	       "\"op\":\"SCMP_CMP_GT\",\"value\":18446744073709551614}]}]"),
	CONFIG("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"clone\"],"
	       "\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"op\":\"SCMP_CMP_EQ\","
	       "\"value\":1}]},{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":"
	       "[{\"index\":1,\"op\":\"SCMP_CMP_EQ\",\"value\":2}]}]"),
};

START_TEST(policies_do_what_runc_makes_of_them)
{
	struct judged judged;

	judge_text(policies[_i], strlen(policies[_i]), &judged);
	compare_all(&judged);
	release(&judged);
}
END_TEST

static uint32_t action(const struct judged *judged, int number, uint32_t arch)
{
	const struct seccomp_data call = { .nr = number, .arch = arch };

	return seccomp_filter_action(&judged->filter, &call);
}

START_TEST(what_is_let_through_is_not_let_through_by_another_way)
{
	struct judged judged;

	judge_text(policies[0], strlen(policies[0]), &judged);
	ck_assert_uint_eq(action(&judged, SCMP_SYS(mount), SECCOMP_NATIVE_ARCH), EPERM_RET);
	ck_assert_uint_eq(action(&judged, SCMP_SYS(read), SECCOMP_NATIVE_ARCH), SECCOMP_RET_ALLOW);
	ck_assert_uint_eq(action(&judged, X32_BIT | SCMP_SYS(mount), SECCOMP_NATIVE_ARCH),
	                  ENOSYS_RET);
	ck_assert_uint_eq(action(&judged, X32_BIT, SECCOMP_NATIVE_ARCH), ENOSYS_RET);
	ck_assert_uint_eq(action(&judged, -1, SECCOMP_NATIVE_ARCH), ENOSYS_RET);
	ck_assert_uint_eq(action(&judged, 1, SECCOMP_COMPAT_ARCH), ENOSYS_RET);
	ck_assert_uint_eq(action(&judged, 1, 0), ENOSYS_RET);
	release(&judged);
}
END_TEST

#if defined(__x86_64__)
START_TEST(socketcall_is_as_named)
{
	static const char text[] =
		CONFIG("\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86\"],"
	               "\"syscalls\":[{\"names\":[\"socketcall\"],\"action\":\"SCMP_ACT_ALLOW\"}]");
	struct judged judged;

	judge_text(text, strlen(text), &judged);
	ck_assert_uint_eq(action(&judged, 102, SECCOMP_COMPAT_ARCH), SECCOMP_RET_ALLOW);
	ck_assert_uint_eq(action(&judged, 101, SECCOMP_COMPAT_ARCH), EPERM_RET);
	release(&judged);
}
END_TEST
#endif

START_TEST(the_digest_tells_the_two_readings_apart)
{
	struct seccomp_policy policy = { .default_action = ENOSYS_RET };
	const struct seccomp_request request = { .policy = &policy };
	uint8_t digests[2][SHA256_SIZE];

	seccomp_policy_digest(&request, digests[0]);
	policy.is_oci = true;
	seccomp_policy_digest(&request, digests[1]);
	ck_assert_mem_ne(digests[0], digests[1], SHA256_SIZE);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("oci_seccomp");
	TCase *tests = tcase_create("filters");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, profiles_of_engines_do_what_runc_makes_of_them, 0,
	                    (int)ARRAY_LEN(engines));
	tcase_add_loop_test(tests, policies_do_what_runc_makes_of_them, 0,
	                    (int)ARRAY_LEN(policies));
	tcase_add_test(tests, what_is_let_through_is_not_let_through_by_another_way);
#if defined(__x86_64__)
	tcase_add_test(tests, socketcall_is_as_named);
#endif
	tcase_add_test(tests, the_digest_tells_the_two_readings_apart);
	suite_add_tcase(suite, tests);
	return suite;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return EXIT_FAILURE;
	folder = argv[1];
	return run_suite(make_suite());
}
