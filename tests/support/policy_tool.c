/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shows what a policy makes of a spec: the warnings, and the refusal as the user sees it or what
 * was hardened.
 *
 *   policy_tool --rules                         each rule: NAME SEVERITY hardens|- process|- TITLE
 *   policy_tool POLICY                          each rule and its action, or the error
 *   policy_tool POLICY native|oci|exec FILE     the judgement; exec joins a process of config.json
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "import/import.h"
#include "spec/spec_oci.h"

#define REFUSED 125

static int print_rules(void)
{
	for (size_t i = 0; i < RULE_POLICY_COUNT; i++) {
		const struct rule *rule = &rule_table[i];

		(void)printf("%s %s %s %s %s\n", rule->name, rule_severity_name(rule->severity),
		             rule->harden != NULL ? "hardens" : "-",
		             rule->is_of_process ? "process" : "-", rule->title);
	}
	return 0;
}

static int tell(const struct error *err)
{
	error_print(err, "hardrun", stdout);
	return REFUSED;
}

static void warn(const struct error *warning)
{
	error_print(warning, "warning", stdout);
}

static int read_policy(const char *path, struct policy *out, struct error *err)
{
	AUTO_FREE char *text = NULL;
	size_t size;

	if (file_read(path, IMPORT_POLICY_SIZE_MAX, &text, &size, err) < 0)
		return -1;
	return import_policy(text, size, "/etc/hardrun/policy.json", out, err);
}

static int read_spec(const char *kind, const char *text, size_t size, struct spec **out,
                     struct error *err)
{
	static const char *const args[] = { "/bin/sh" };
	const struct import_input native = { .text = text, .size = size, .name = "spec.json" };
	const struct import_oci_input oci = {
		.text = text, .size = size, .name = "config.json", .bundle = "/srv/web", .id = "web"
	};
	const struct import_oci_exec exec = { .args = args, .arg_count = ARRAY_LEN(args) };

	if (strcmp(kind, "native") == 0)
		return import_native(&native, out, err);
	if (strcmp(kind, "exec") == 0)
		return import_oci_exec(&oci, &exec, out, err);
	return import_oci(&oci, out, err);
}

static void print_paths(const char *what, const struct spec_text_list *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		(void)printf("%s %s\n", what, paths->items[i].value);
}

/* What hardening can change. */
static void print_spec(const struct spec *spec)
{
	(void)printf("no_new_privs %d, landlock %d\n", spec->no_new_privs, spec->has_landlock);
	if (spec->oci == NULL)
		return;
	print_paths("masked", &spec->oci->masked_paths);
	print_paths("read-only", &spec->oci->read_only_paths);
}

static int judge(const struct policy *policy, const char *kind, const char *path)
{
	const struct policy_request request = {
		.policy = policy,
		.file = strcmp(kind, "native") == 0 ? "spec.json" : "config.json",
		.is_joining = strcmp(kind, "exec") == 0,
		.warn = warn,
	};
	struct error err = { .kind = ERROR_NONE };
	AUTO_FREE char *text = NULL;
	struct spec *spec = NULL;
	size_t size;
	int result;

	if (file_read(path, IMPORT_OCI_SIZE_MAX, &text, &size, &err) < 0 ||
	    read_spec(kind, text, size, &spec, &err) < 0)
		return tell(&err);
	result = policy_apply(&request, &spec, &err);
	if (result == 0)
		print_spec(spec);
	arena_free(spec->arena);
	return result < 0 ? tell(&err) : 0;
}

static int print_policy(const struct policy *policy)
{
	for (size_t i = 0; i < RULE_POLICY_COUNT; i++)
		(void)printf("%s %s\n", rule_table[i].name, policy_action_name(policy->actions[i]));
	return 0;
}

int main(int argc, char **argv)
{
	struct error err = { .kind = ERROR_NONE };
	struct policy policy;

	if (argc == 2 && strcmp(argv[1], "--rules") == 0)
		return print_rules();
	if (argc != 2 && argc != 4)
		return 2;
	if (read_policy(argv[1], &policy, &err) < 0)
		return tell(&err);
	return argc == 2 ? print_policy(&policy) : judge(&policy, argv[2], argv[3]);
}
