/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every rule with every action, over specs that are weak in everything. */
#include <check.h>
#include <limits.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"
#include "policy/rule_help.h"
#include "spec/known_paths.h"
#include "spec/spec_oci.h"

static const struct spec_oci_namespace namespaces[] = { { CLONE_NEWPID, NULL, "" },
	                                                { CLONE_NEWNS, NULL, "" } };
static const struct spec_oci_mount mounts[] = {
	{ .target = "/a", .source = "/run/docker.sock", .is_bind = true, .origin = "/mounts/0" },
	{ .target = "/b", .source = "/etc", .is_bind = true, .origin = "/mounts/1" },
};
static const struct spec_mount native_mounts[] = {
	{ .target = "/a", .source = "/run/docker.sock", .origin = "/mounts/0" },
};
static const struct spec_oci_device devices[] = {
	{ .path = "/dev/kmsg", .origin = "/linux/devices/0" },
};
static const struct spec_text env[] = { { "DB_PASSWORD=correct horse", "/process/env/0" } };

static struct arena *arena;
static struct spec *spec;
static struct error err;
static struct error warnings[RULE_POLICY_COUNT];
static size_t warning_count;

static void note(const struct error *warning)
{
	ck_assert_uint_lt(warning_count, RULE_POLICY_COUNT);
	warnings[warning_count++] = *warning;
}

static struct spec_oci *make_weak(void)
{
	struct spec_oci *oci;

	err = (struct error){ .kind = ERROR_NONE };
	warning_count = 0;
	ck_assert_int_eq(arena_new(&arena, &err), 0);
	spec = arena_alloc(arena, sizeof(*spec), &err);
	oci = arena_alloc(arena, sizeof(*oci), &err);
	ck_assert(spec != NULL && oci != NULL);
	spec->arena = arena;
	spec->capabilities = UINT64_MAX;
	spec->capabilities_origin = "/process/capabilities";
	spec->user.origin = "/process/user";
	spec->seccomp.kind = SPEC_SECCOMP_OFF;
	spec->apparmor.kind = SPEC_APPARMOR_OFF;
	spec->env = (struct spec_text_list){ env, ARRAY_LEN(env) };
	return oci;
}

/*
 * host-pid and host-mount find nothing: a container of the host's processes is not hardened by
 * Landlock, and one among the host's mounts not by masks.
 */
static void start_oci(void)
{
	struct spec_oci *oci = make_weak();

	oci->namespaces = namespaces;
	oci->namespace_count = ARRAY_LEN(namespaces);
	oci->mounts = mounts;
	oci->mount_count = ARRAY_LEN(mounts);
	oci->devices = devices;
	oci->device_count = ARRAY_LEN(devices);
	spec->oci = oci;
	ck_assert_int_eq(arena_seal(arena, &err), 0);
}

static void start_native(void)
{
	(void)make_weak();
	for (int i = 0; i < RELAX_COUNT; i++)
		spec->relaxations[i] = (struct relaxation){ "a reason", "/relax/entry" };
	spec->mounts = native_mounts;
	spec->mount_count = ARRAY_LEN(native_mounts);
	ck_assert_int_eq(arena_seal(arena, &err), 0);
}

static void end(void)
{
	arena_free(spec->arena);
}

static int apply_one(size_t rule, enum policy_action action, bool is_joining)
{
	struct policy policy;
	const struct policy_request request = {
		.policy = &policy,
		.file = "config.json",
		.is_joining = is_joining,
		.warn = note,
	};

	policy_fill(&policy, POLICY_ALLOW);
	policy.actions[rule] = action;
	return policy_apply(&request, &spec, &err);
}

static bool is_found(size_t rule)
{
	const struct rule_subject subject = { .spec = spec };
	struct rule_finding finding;

	return rule_find(&rule_table[rule], &subject, 0, &finding);
}

static bool begins_with(const char *text, const char *name)
{
	const size_t length = strlen(name);

	return strncmp(text, name, length) == 0 && text[length] == ':';
}

static bool is_only_native(size_t rule)
{
	return rule_table[rule].find == NULL || rule == RULE_HOST_PID || rule == RULE_HOST_MOUNT ||
	       rule == RULE_WRITE || rule == RULE_EXEC_PATHS;
}

static bool is_only_oci(size_t rule)
{
	return rule == RULE_HOST_CGROUP || rule == RULE_HOST_MOUNT;
}

START_TEST(a_rule_is_told_whole)
{
	const struct rule *rule = &rule_table[_i];
	char id[16];

	(void)snprintf(id, sizeof(id), "HR%03d", _i + 1);
	ck_assert_str_eq(rule->id, id);
	ck_assert_ptr_nonnull(rule->name);
	ck_assert(rule->title != NULL && rule->why != NULL);
	ck_assert_str_ne(rule_holds(rule), "");
	ck_assert_str_ne(rule_sources(rule), "");
	ck_assert(_i >= RULE_POLICY_COUNT || rule->find != NULL || rule->relaxation != RELAX_COUNT);
	ck_assert((rule->weight == 0) == (rule->languages == 0));
	ck_assert(rule->refrain == NULL || rule->harden != NULL);
	if (rule->relaxation != RELAX_COUNT)
		ck_assert_str_eq(rule->name, relax_name(rule->relaxation));
	ck_assert_ptr_eq(rule_named(rule->name), rule);
	ck_assert_ptr_eq(rule_named(rule->id), rule);
}
END_TEST

START_TEST(a_rule_says_what_to_write_in_every_language_that_it_is_about)
{
	for (unsigned int language = 0; language < SPEC_LANGUAGE_COUNT; language++) {
		char instead[200];

		rule_write_instead(instead, sizeof(instead), &rule_table[_i],
		                   (enum spec_language)language);
		ck_assert_msg(instead[0] != '\0' ||
		                      !rule_applies(&rule_table[_i], (enum spec_language)language),
		              "%s", spec_language_name((enum spec_language)language));
	}
}
END_TEST

START_TEST(every_relaxation_has_a_rule)
{
	size_t i = 0;

	while (i < RULE_POLICY_COUNT && rule_table[i].relaxation != (enum relax_entry)_i)
		i++;
	ck_assert_uint_lt(i, RULE_POLICY_COUNT);
}
END_TEST

START_TEST(what_is_allowed_changes_nothing)
{
	const struct spec *before = spec;

	ck_assert_int_eq(apply_one((size_t)_i, POLICY_ALLOW, false), 0);
	ck_assert_ptr_eq(spec, before);
	ck_assert_uint_eq(warning_count, 0);
}
END_TEST

START_TEST(a_warning_names_its_rule)
{
	const struct spec *before = spec;

	ck_assert_int_eq(apply_one((size_t)_i, POLICY_WARN, false), 0);
	ck_assert_ptr_eq(spec, before);
	if (spec->oci != NULL ? is_only_native((size_t)_i) : is_only_oci((size_t)_i)) {
		ck_assert_uint_eq(warning_count, 0);
		return;
	}
	ck_assert_uint_eq(warning_count, 1);
	ck_assert(begins_with(warnings[0].what, rule_table[_i].name));
	ck_assert_str_ne(warnings[0].where, "");
	ck_assert_str_ne(warnings[0].hint, "");
}
END_TEST

START_TEST(a_refusal_names_its_rule)
{
	const char *found;

	if (spec->oci != NULL ? is_only_native((size_t)_i) : is_only_oci((size_t)_i)) {
		ck_assert_int_eq(apply_one((size_t)_i, POLICY_REFUSE, false), 0);
		return;
	}
	ck_assert_int_eq(apply_one((size_t)_i, POLICY_REFUSE, false), -1);
	ck_assert_int_eq(err.kind, ERROR_DENIED);
	found = strstr(err.what, " refuses ");
	ck_assert_ptr_nonnull(found);
	ck_assert(begins_with(found + strlen(" refuses "), rule_table[_i].name));
	ck_assert_ptr_nonnull(strstr(err.where, " in config.json"));
	ck_assert_ptr_nonnull(strstr(err.hint, POLICY_FOLDER "/" POLICY_NAME));
	ck_assert_uint_eq(warning_count, 0);
}
END_TEST

START_TEST(what_is_hardened_is_found_no_more)
{
	const struct spec *before = spec;

	if (rule_table[_i].harden == NULL)
		return;
	ck_assert(is_found((size_t)_i));
	ck_assert_int_eq(apply_one((size_t)_i, POLICY_HARDEN, false), 0);
	ck_assert_ptr_ne(spec, before);
	ck_assert(!is_found((size_t)_i));
	ck_assert_uint_eq(warning_count, 0);
	/* Nothing else is. */
	for (size_t other = 0; other < RULE_POLICY_COUNT; other++)
		ck_assert(other == (size_t)_i || is_only_native(other) || is_found(other));
}
END_TEST

START_TEST(a_native_spec_is_not_hardened)
{
	const struct spec *before = spec;

	if (rule_table[_i].harden == NULL)
		return;
	ck_assert_int_eq(apply_one((size_t)_i, POLICY_HARDEN, false), 0);
	ck_assert_ptr_eq(spec, before);
	ck_assert_uint_eq(warning_count, 1);
}
END_TEST

START_TEST(a_process_that_joins_is_judged_by_its_own_rules)
{
	const int wanted = rule_table[_i].is_of_process ? -1 : 0;

	ck_assert_int_eq(apply_one((size_t)_i, POLICY_REFUSE, true), wanted);
}
END_TEST

START_TEST(a_hardened_spec_is_sealed)
{
	ck_assert_int_eq(apply_one(RULE_NEW_PRIVILEGES, POLICY_HARDEN, false), 0);
	spec->no_new_privs = false;
}
END_TEST

static bool leads_to_root(const char *path, char *out)
{
	(void)snprintf(out, PATH_MAX, "%s", strcmp(path, "/etc") == 0 ? "/srv" : "/root");
	return true;
}

START_TEST(where_a_path_leads_counts_too)
{
	const struct rule_subject subject = { .spec = spec, .resolve = leads_to_root };
	struct rule_finding finding;

	ck_assert(rule_find(&rule_table[RULE_SENSITIVE_MOUNT], &subject, 0, &finding));
	ck_assert_str_eq(finding.origin, "/mounts/0");
	ck_assert(rule_find(&rule_table[RULE_SENSITIVE_MOUNT], &subject, 1, &finding));
	ck_assert_str_eq(finding.origin, "/mounts/1");
	ck_assert(!rule_find(&rule_table[RULE_SENSITIVE_MOUNT], &subject, 2, &finding));
}
END_TEST

START_TEST(a_default_leaves_out_what_nobody_can_ask_for)
{
	struct policy policy;

	policy_fill(&policy, POLICY_REFUSE);
	for (size_t i = 0; i < RULE_POLICY_COUNT; i++)
		ck_assert_int_eq(policy.actions[i],
		                 i == RULE_LANDLOCK_OFF ? POLICY_ALLOW : POLICY_REFUSE);
}
END_TEST

static const struct {
	const char *path;
	bool is_socket;
	bool is_of_container;
} paths[] = {
	{ "/run/docker.sock", true, false },
	{ "/var/run/docker.sock", true, false },
	{ "/srv/tunnel/docker.sock", true, false },
	{ "/run/containerd", true, false },
	{ "/run/containerd/containerd.sock", true, false },
	{ "/run", true, false },
	{ "/run/user/1000/podman/podman.sock", true, false },
	{ "/run/user/1000", false, false },
	{ "/run/dbus/system_bus_socket", false, false },
	{ "/srv/web", false, false },
	{ "/var/lib/docker/volumes/data/_data", false, true },
	{ "/var/lib/docker/volumes/data/_data/a/b", false, true },
	{ "/var/lib/docker/volumes/data/_database", false, false },
	{ "/var/lib/docker/volumes", false, false },
	{ "/var/lib/docker/containers/0a/hosts", false, true },
	{ "/var/lib/docker/containers", false, false },
	{ "/var/lib/docker/containers/0a", false, true },
	{ "/var/lib/docker/231072.231072/volumes/a/_data", false, true },
	{ "/run/containerd/io.containerd.grpc.v1.cri/sandboxes/0a/shm", false, true },
	{ "/run/containerd/io.containerd.grpc.v1.cri/sandboxes/0a", true, false },
	{ "/var/lib/kubelet/pods/0a/etc-hosts", false, true },
	{ "/var/lib/kubelet/pki", false, false },
};

START_TEST(paths_of_engines_are_known)
{
	ck_assert_int_eq(known_path_is_engine_socket(paths[_i].path), paths[_i].is_socket);
	ck_assert_int_eq(known_path_is_of_container(paths[_i].path), paths[_i].is_of_container);
}
END_TEST

static void add_rules(TCase *tcase, const TTest *const *tests, size_t count)
{
	for (size_t i = 0; i < count; i++)
		tcase_add_loop_test(tcase, tests[i], 0, RULE_POLICY_COUNT);
}

int main(void)
{
	Suite *suite = suite_create("policy");
	TCase *table = tcase_create("table");
	TCase *oci = tcase_create("config.json");
	TCase *native = tcase_create("native");
	const TTest *const of_oci[] = {
		what_is_allowed_changes_nothing,
		a_warning_names_its_rule,
		a_refusal_names_its_rule,
		what_is_hardened_is_found_no_more,
	};
	const TTest *const of_native[] = {
		what_is_allowed_changes_nothing,
		a_warning_names_its_rule,
		a_refusal_names_its_rule,
		a_native_spec_is_not_hardened,
	};
	SRunner *runner;
	int failed;

	tcase_add_loop_test(table, a_rule_is_told_whole, 0, RULE_COUNT);
	tcase_add_loop_test(table, a_rule_says_what_to_write_in_every_language_that_it_is_about, 0,
	                    RULE_COUNT);
	tcase_add_loop_test(table, every_relaxation_has_a_rule, 0, RELAX_COUNT);
	tcase_add_test(table, a_default_leaves_out_what_nobody_can_ask_for);
	tcase_add_loop_test(table, paths_of_engines_are_known, 0, (int)ARRAY_LEN(paths));
	tcase_add_checked_fixture(oci, start_oci, end);
	add_rules(oci, of_oci, ARRAY_LEN(of_oci));
	tcase_add_test_raise_signal(oci, a_hardened_spec_is_sealed, SIGSEGV);
	for (int i = 0; i < RULE_POLICY_COUNT; i++) {
		if (!is_only_native((size_t)i))
			tcase_add_loop_test(oci, a_process_that_joins_is_judged_by_its_own_rules, i,
			                    i + 1);
	}
	tcase_add_test(oci, where_a_path_leads_counts_too);
	tcase_add_checked_fixture(native, start_native, end);
	add_rules(native, of_native, ARRAY_LEN(of_native));
	suite_add_tcase(suite, table);
	suite_add_tcase(suite, oci);
	suite_add_tcase(suite, native);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
