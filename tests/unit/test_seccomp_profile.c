/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "import/seccomp_profile.h"
#include "support/suite.h"

#if defined(__x86_64__)
#define NATIVE      "SCMP_ARCH_X86_64"
#define COMPAT      "SCMP_ARCH_X86"
#define SHORT       "amd64"
#define OTHER_SHORT "arm64"
#else
#define NATIVE      "SCMP_ARCH_AARCH64"
#define COMPAT      "SCMP_ARCH_ARM"
#define SHORT       "arm64"
#define OTHER_SHORT "amd64"
#endif

#define HEAD       "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":["
#define ALLOW_READ "{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\"}"
#define RULE(more) HEAD "{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\"," more "}]}"
#define ARGS(one)  RULE("\"args\":[" one "]")

static struct arena *arena;

static void set_up(void)
{
	struct error err = { .kind = ERROR_NONE };

	ck_assert_int_eq(arena_new(&arena, &err), 0);
}

static void tear_down(void)
{
	arena_free(arena);
}

static int read_text(const char *text, struct seccomp_policy **out, struct error *err)
{
	return seccomp_profile_read(text, strlen(text), "p.json", arena, out, err);
}

/* Where and why. */
static const struct {
	const char *text;
	const char *where;
	const char *what;
} refused[] = {
	{ "", "profile p.json: line 1, column 0", "the seccomp profile is not JSON" },
	{ "{\"a\":1,\"a\":2}", "profile p.json: line 1, column 10",
	  "the seccomp profile is not JSON" },
	{ "[]", "profile p.json: /", "expected an object" },
	{ "{}", "profile p.json: /defaultAction", "expected a text" },
	{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"x\\n\":1}", "profile p.json: /",
	  "unknown member \"?\"" },
	{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[" ALLOW_READ "]}",
	  "profile p.json: /defaultAction", "a profile that allows what it does not know" },
	{ "{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":[" ALLOW_READ "]}",
	  "profile p.json: /defaultAction", "a profile that allows what it does not know" },
	{ "{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}", "profile p.json: /defaultAction",
	  "unknown action, or one that needs a listener or a tracer" },
	/* Whoever traces could let the call through. */
	{ "{\"defaultAction\":\"SCMP_ACT_TRACE\"}", "profile p.json: /defaultAction",
	  "unknown action, or one that needs a listener or a tracer" },
	{ "{\"defaultAction\":\"SCMP_ACT_KILL\",\"defaultErrnoRet\":1}",
	  "profile p.json: /defaultAction", "an errno value for an action that has none" },
	{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4096}",
	  "profile p.json: /defaultAction", "expected a whole number in range" },
	{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\"}", "profile p.json: /syscalls",
	  "expected an array of rules" },
	{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[]}", "profile p.json: /syscalls",
	  "expected an array of rules" },
	{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"flags\":[\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"]}",
	  "profile p.json: /flags", "only SECCOMP_FILTER_FLAG_LOG and _TSYNC are known" },
	{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"x86\"]}",
	  "profile p.json: /architectures", "not an architecture's name" },
	{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"" NATIVE
	  "\"],\"archMap\":[{\"architecture\":\"" NATIVE "\",\"subArchitectures\":null}]}",
	  "profile p.json: /architectures", "both architectures and archMap are given" },
	{ HEAD "1]}", "profile p.json: /syscalls/0", "expected an object" },
	{ HEAD ALLOW_READ ",{\"names\":[],\"action\":\"SCMP_ACT_ALLOW\"}]}",
	  "profile p.json: /syscalls/1/names", "expected an array of system call names" },
	{ HEAD "{\"names\":[\"read\",\"\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
	  "profile p.json: /syscalls/0/names/1", "not the name of a system call" },
	{ HEAD
	  "{\"names\":[\"a_name_that_is_longer_than_any_call\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
	  "profile p.json: /syscalls/0/names/0", "not the name of a system call" },
	{ HEAD "{\"names\":[\"read\"],\"action\":\"allow\"}]}",
	  "profile p.json: /syscalls/0/action",
	  "unknown action, or one that needs a listener or a tracer" },
	{ RULE("\"errnoRet\":1"), "profile p.json: /syscalls/0/action",
	  "an errno value for an action that has none" },
	{ RULE("\"arg\":[]"), "profile p.json: /syscalls/0", "unknown member \"arg\"" },
	{ RULE("\"args\":{}"), "profile p.json: /syscalls/0/args", "expected an array" },
	{ ARGS("{\"index\":6,\"value\":0,\"op\":\"SCMP_CMP_EQ\"}"),
	  "profile p.json: /syscalls/0/args/0", "expected a whole number in range" },
	{ ARGS("{\"index\":0,\"value\":-1,\"op\":\"SCMP_CMP_EQ\"}"),
	  "profile p.json: /syscalls/0/args/0", "expected a whole number in range" },
	{ ARGS("{\"index\":0,\"value\":0,\"op\":\"EQ\"}"), "profile p.json: /syscalls/0/args/0",
	  "unknown comparison" },
	{ ARGS("{\"index\":0,\"value\":1,\"valueTwo\":2,\"op\":\"SCMP_CMP_EQ\"}"),
	  "profile p.json: /syscalls/0/args/0", "this comparison has no second value" },
	{ ARGS("{\"index\":0,\"value\":1,\"valueTwo\":2,\"op\":\"SCMP_CMP_MASKED_EQ\"}"),
	  "profile p.json: /syscalls/0/args/0", "a masked value that can never be equal" },
	{ ARGS("{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_GT\"},"
	       "{\"index\":0,\"value\":9,\"op\":\"SCMP_CMP_LT\"}"),
	  "profile p.json: /syscalls/0/args/1", "two conditions on one argument" },
	{ RULE("\"includes\":{\"caps\":[\"CAP_NONE\"]}"), "profile p.json: /syscalls/0/includes",
	  NULL },
	{ RULE("\"includes\":{\"minKernel\":\"four\"}"), "profile p.json: /syscalls/0/includes",
	  "expected a kernel version such as \"4.8\"" },
	{ RULE("\"excludes\":{\"minKernel\":\"4.8\"}"), "profile p.json: /syscalls/0/excludes",
	  "unknown member \"minKernel\"" },
};

START_TEST(nonsense_is_refused_at_its_place)
{
	struct error err = { .kind = ERROR_NONE };
	struct seccomp_policy *policy = NULL;

	ck_assert_int_eq(read_text(refused[_i].text, &policy, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_eq(err.where, refused[_i].where);
	if (refused[_i].what != NULL)
		ck_assert_str_eq(err.what, refused[_i].what);
	ck_assert_ptr_null(policy);
}
END_TEST

START_TEST(everything_that_can_be_said_is_read)
{
	static const char text[] =
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,"
		"\"archMap\":[{\"architecture\":\"SCMP_ARCH_S390X\",\"subArchitectures\":[]},"
		"{\"architecture\":\"" NATIVE "\",\"subArchitectures\":[\"" COMPAT "\"]}],"
		"\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"],"
		"\"syscalls\":[{\"names\":[\"mount\",\"no_such_call\"],\"comment\":\"why\","
		"\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
		"{\"index\":0,\"value\":7,\"op\":\"SCMP_CMP_NE\"},"
		"{\"index\":1,\"value\":240,\"valueTwo\":16,\"op\":\"SCMP_CMP_MASKED_EQ\"}],"
		"\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"],\"arches\":[\"" SHORT "\"],"
		"\"minKernel\":\"4.8\"},\"excludes\":{\"caps\":[\"CAP_CHOWN\"],\"arches\":["
		"\"" OTHER_SHORT "\"]}},"
		"{\"names\":[\"bpf\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":null,\"includes\":{},"
		"\"excludes\":{}}]}";
	struct error err = { .kind = ERROR_NONE };
	struct seccomp_policy *policy;
	const struct seccomp_rule *rule;

	ck_assert_msg(read_text(text, &policy, &err) == 0, "%s: %s", err.where, err.what);
	ck_assert_uint_eq(policy->default_action, SECCOMP_RET_ERRNO | ENOSYS);
	ck_assert(policy->admits_compat);
	ck_assert_uint_eq(policy->rule_count, 2);
	rule = &policy->rules[0];
	ck_assert_uint_eq(rule->action, SECCOMP_RET_ALLOW);
	ck_assert_uint_eq(rule->name_count, 2);
	ck_assert_str_eq(policy->names[rule->first_name + 1], "no_such_call");
	ck_assert_uint_eq(rule->needed, UINT64_C(1) << CAP_SYS_ADMIN);
	ck_assert_uint_eq(rule->forbidden, UINT64_C(1) << CAP_CHOWN);
	ck_assert_uint_eq(rule->min_kernel, 4 << 16 | 8);
	ck_assert_uint_eq(rule->condition_count, 2);
	ck_assert_uint_eq(policy->conditions[0].comparison, SECCOMP_NOT_EQUAL);
	ck_assert_uint_eq(policy->conditions[0].value, 7);
	ck_assert_uint_eq(policy->conditions[1].mask, 240);
	ck_assert_uint_eq(policy->conditions[1].value, 16);
	ck_assert_uint_eq(policy->rules[1].action, SECCOMP_RET_ERRNO | EPERM);
	ck_assert_str_eq(policy->names[policy->rules[1].first_name], "bpf");
}
END_TEST

START_TEST(rules_for_other_architectures_are_left_out)
{
	struct error err = { .kind = ERROR_NONE };
	struct seccomp_policy *policy;

	ck_assert_int_eq(
		read_text(RULE("\"includes\":{\"arches\":[\"" OTHER_SHORT "\"]}"), &policy, &err),
		0);
	ck_assert_uint_eq(policy->rule_count, 0);
	ck_assert_int_eq(
		read_text(RULE("\"excludes\":{\"arches\":[\"" SHORT "\"]}"), &policy, &err), 0);
	ck_assert_uint_eq(policy->rule_count, 0);
	ck_assert(!policy->admits_compat);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("seccomp_profile");
	TCase *tests = tcase_create("seccomp_profile");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, nonsense_is_refused_at_its_place, 0, ARRAY_LEN(refused));
	tcase_add_test(tests, everything_that_can_be_said_is_read);
	tcase_add_test(tests, rules_for_other_architectures_are_left_out);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
