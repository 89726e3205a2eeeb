/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the golden cases cannot show: origins, sealing, sizes, and the rules of a spec. */
#include <check.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "import/import.h"
#include "import/preset.h"
#include "spec/spec_check.h"
#include "spec/spec_write.h"
#include "support/suite.h"

static const char smallest[] = "{\"args\": [\"/usr/bin/id\"]}";

static struct spec *import(const char *text, struct error *err)
{
	const struct import_input input = { .text = text, .size = strlen(text), .name = "a.json" };
	struct spec *spec = NULL;

	*err = (struct error){ .kind = ERROR_NONE };
	if (import_native(&input, &spec, err) < 0)
		ck_assert_ptr_null(spec);
	return spec;
}

static struct spec *import_good(const char *text)
{
	struct error err;
	struct spec *spec = import(text, &err);

	ck_assert_msg(spec != NULL, "%s at %s", err.what, err.where);
	return spec;
}

START_TEST(the_smallest_spec_is_locked)
{
	const struct spec *spec = import_good(smallest);

	ck_assert_str_eq(spec->name.value, "a");
	ck_assert_uint_eq(spec->user.uid, 65532);
	ck_assert_uint_eq(spec->user.gid, 65532);
	ck_assert_uint_eq(spec->user.umask, 027);
	ck_assert_uint_eq(spec->shared_namespaces, 0);
	ck_assert_uint_eq(spec->capabilities, 0);
	ck_assert(spec->no_new_privs);
	ck_assert(spec->has_landlock);
	ck_assert(!spec->may_nest_user_namespaces);
	ck_assert(!spec->rootfs.is_writable);
	ck_assert_int_eq(spec->rootfs.kind, SPEC_ROOTFS_HOST);
	ck_assert_int_eq(spec->seccomp.kind, SPEC_SECCOMP_DEFAULT);
	ck_assert_int_eq(spec->apparmor.kind, SPEC_APPARMOR_GENERATED);
	ck_assert(!spec->apparmor.is_optional);
	ck_assert_uint_eq(spec->limits.memory.value, 512 << 20);
	ck_assert(spec->limits.swap.is_set);
	ck_assert_uint_eq(spec->limits.swap.value, 0);
	ck_assert_uint_eq(spec->limits.cpu_quota.value, 100000);
	ck_assert_uint_eq(spec->limits.pids.value, 100);
	ck_assert(!spec->limits.timeout_ms.is_set);
	ck_assert_uint_eq(spec->limits.rlimit_count, 2);
	ck_assert_int_eq(spec->limits.rlimits[0].resource, RLIMIT_CORE);
	ck_assert_uint_eq(spec->limits.rlimits[0].hard, 0);
	ck_assert_int_eq(spec->limits.rlimits[1].resource, RLIMIT_NOFILE);
	ck_assert_uint_eq(spec->limits.rlimits[1].soft, 1024);
	ck_assert_uint_eq(spec->tmpfs_count, 2);
	ck_assert_str_eq(spec->tmpfs[0].target, "/run");
	ck_assert_str_eq(spec->tmpfs[1].target, "/tmp");
	ck_assert_ptr_null(spec->mounts);
	for (int i = 0; i < RELAX_COUNT; i++)
		ck_assert_ptr_null(spec->relaxations[i].reason);
	arena_free(spec->arena);
}
END_TEST

START_TEST(a_finished_spec_is_sealed)
{
	struct spec *spec = import_good(smallest);

	spec->no_new_privs = false;
}
END_TEST

START_TEST(values_know_where_they_were_written)
{
	const struct spec *spec = import_good(
		"{\"args\": [\"/bin/a\", \"b\"], \"profile\": \"build\", \"limits\": {\"pids\": 7},"
		" \"relax\": {\"host-ipc\": {\"reason\": \"shares memory with X\"}}}");

	ck_assert_str_eq(spec->args.items[1].origin, "/args/1");
	ck_assert_str_eq(spec->limits.pids.origin, "/limits/pids");
	ck_assert_str_eq(spec->limits.memory.origin, "preset build: /limits/memory");
	ck_assert_str_eq(spec->limits.swap.origin, "default");
	ck_assert_str_eq(spec->relaxations[RELAX_HOST_IPC].origin, "/relax/host-ipc");
	ck_assert_str_eq(spec->relaxations[RELAX_EXEC_PATHS].origin,
	                 "preset build: /relax/exec-paths");
	ck_assert_str_eq(spec->profile.value, "build");
	arena_free(spec->arena);
}
END_TEST

static const struct {
	enum relax_entry entry;
	uint64_t shared;
} namespace_cases[] = {
	{ RELAX_USER_NAMESPACE_OFF, CLONE_NEWUSER },
	{ RELAX_HOST_PID, CLONE_NEWPID },
	{ RELAX_HOST_IPC, CLONE_NEWIPC },
	{ RELAX_HOST_UTS, CLONE_NEWUTS },
	{ RELAX_HOST_NETWORK, CLONE_NEWNET },
};

START_TEST(a_namespace_entry_shares_its_own_and_no_other)
{
	char text[256];
	const struct spec *spec;

	(void)snprintf(text, sizeof(text),
	               "{\"args\": [\"/bin/a\"], \"relax\": {\"%s\": {\"reason\": \"as the test "
	               "asks\"}}}",
	               relax_name(namespace_cases[_i].entry));
	spec = import_good(text);
	ck_assert_uint_eq(spec->shared_namespaces, namespace_cases[_i].shared);
	for (int i = 0; i < RELAX_COUNT; i++) {
		ck_assert_int_eq(spec->relaxations[i].reason != NULL,
		                 i == (int)namespace_cases[_i].entry);
	}
	arena_free(spec->arena);
}
END_TEST

START_TEST(a_huge_text_is_refused_unparsed)
{
	AUTO_FREE char *text = malloc(IMPORT_SIZE_MAX + 2);
	struct error err;

	memset(text, ' ', IMPORT_SIZE_MAX + 1);
	text[IMPORT_SIZE_MAX + 1] = '\0';
	ck_assert_ptr_null(import(text, &err));
	ck_assert_str_eq(err.what, "the text is larger than 1024 KiB");
	ck_assert_str_eq(err.where, "a.json");
}
END_TEST

START_TEST(many_of_everything_is_refused_in_time)
{
	AUTO_TEXT struct text text = { 0 };
	struct error err;

	text_add(&text, "{\"args\": [\"/bin/a\"], \"mounts\": [");
	for (int i = 0; i < 20000; i++)
		text_add_format(&text, "%s{\"source\":\"/a\",\"target\":\"/%d\"}",
		                i == 0 ? "" : ",", i);
	text_add(&text, "]}");
	ck_assert_ptr_null(import(text.bytes, &err));
	ck_assert_str_eq(err.what, "more than 256 elements");
}
END_TEST

START_TEST(a_default_name_can_be_given)
{
	const struct import_input input = {
		.text = smallest,
		.size = sizeof(smallest) - 1,
		.name = "-",
		.default_name = "made-up",
	};
	struct error err = { .kind = ERROR_NONE };
	struct spec *spec = NULL;

	ck_assert_int_eq(import_native(&input, &spec, &err), 0);
	ck_assert_str_eq(spec->name.value, "made-up");
	arena_free(spec->arena);
}
END_TEST

START_TEST(presets_are_merged_and_written_out)
{
	struct error err = { .kind = ERROR_NONE };
	char text[128];
	const struct spec *spec;
	AUTO_FREE char *once = NULL;
	AUTO_FREE char *twice = NULL;

	(void)snprintf(text, sizeof(text), "{\"args\": [\"/bin/a\"], \"profile\": \"%s\"}",
	               presets[_i].name);
	spec = import_good(text);
	once = spec_write(spec, &err);
	arena_free(spec->arena);
	spec = import_good(once);
	twice = spec_write(spec, &err);
	arena_free(spec->arena);
	ck_assert_str_eq(once, twice);
}
END_TEST

/* One spec a rule, in the rules' order, that breaks this rule. */
#define WITH(members) "{\"args\": [\"/bin/a\"], " members "}"
#define REASON        "\"reason\": \"as the test asks\""
static const struct {
	const char *rule;
	const char *text;
} broken[] = {
	{ "name", WITH("\"name\": \"a/b\"") },
	{ "hostname", WITH("\"hostname\": \"-a\"") },
	{ "arguments", "{\"args\": [\"\"]}" },
	{ "user-range", WITH("\"user\": 65536") },
	{ "root-user", WITH("\"user\": \"0\"") },
	{ "env-secrets", WITH("\"env\": {\"TOKEN\": \"x\"}") },
	{ "secret-names",
	  WITH("\"relax\": {\"secrets-in-env\": {\"names\": [\"A\"], " REASON "}}") },
	{ "targets-once", WITH("\"mounts\": [{\"source\": \"/srv\", \"target\": \"/run\"}]") },
	{ "target-places", WITH("\"mounts\": [{\"source\": \"/srv\", \"target\": \"/dev/x\"}]") },
	{ "secret-places",
	  WITH("\"secrets\": {\"a\": \"/b\"}, \"tmpfs\": {\"/run/secrets/a\": 4096}") },
	{ "sensitive", WITH("\"mounts\": [{\"source\": \"/root\", \"target\": \"/b\"}]") },
	{ "devices", WITH("\"relax\": {\"devices\": {\"paths\": [\"/dev/zero\"], " REASON "}}") },
	{ "sysctls", WITH("\"relax\": {\"sysctl\": {\"values\": {\"vm.x\": \"1\"}, " REASON "}}") },
	{ "unmasked",
	  WITH("\"relax\": {\"unmasked-paths\": {\"paths\": [\"/proc/x\"], " REASON "}}") },
	{ "namespaces",
	  WITH("\"relax\": {\"host-pid\": {" REASON "}, \"user-namespace-off\": {" REASON "}}") },
	{ "syscalls", WITH("\"relax\": {\"seccomp-off\": {" REASON "}, \"syscalls\": {\"allow\": "
	                   "[\"bpf\"], " REASON "}}") },
	{ "apparmor", WITH("\"apparmor\": \"unconfined\"") },
	{ "writable-root", WITH("\"rootfs\": \"/srv\", \"relax\": {\"writable-root\": {\"size\": "
	                        "4096, " REASON "}}") },
};

START_TEST(every_rule_is_broken_by_a_spec)
{
	size_t count = 0;
	const struct spec_rule *rules = spec_rules(&count);
	struct error err;

	ck_assert_uint_eq(count, ARRAY_LEN(broken));
	ck_assert_str_eq(rules[_i].name, broken[_i].rule);
	ck_assert_ptr_null(import(broken[_i].text, &err));
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_ne(err.where, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("native");
	TCase *tcase = tcase_create("native");

	tcase_add_test(tcase, the_smallest_spec_is_locked);
	tcase_add_test_raise_signal(tcase, a_finished_spec_is_sealed, SIGSEGV);
	tcase_add_test(tcase, values_know_where_they_were_written);
	tcase_add_loop_test(tcase, a_namespace_entry_shares_its_own_and_no_other, 0,
	                    ARRAY_LEN(namespace_cases));
	tcase_add_test(tcase, a_huge_text_is_refused_unparsed);
	tcase_add_test(tcase, many_of_everything_is_refused_in_time);
	tcase_add_test(tcase, a_default_name_can_be_given);
	tcase_add_loop_test(tcase, presets_are_merged_and_written_out, 0, (int)preset_count);
	tcase_add_loop_test(tcase, every_rule_is_broken_by_a_spec, 0, ARRAY_LEN(broken));
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
