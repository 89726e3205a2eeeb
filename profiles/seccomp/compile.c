/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Run by the build, on the build's machine: compile PROFILE PROGRAM.c turns a seccomp profile
 * into C constants, as a policy and as the filter that libseccomp makes of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "import/seccomp_profile.h"
#include "kernel/seccomp.h"
#include "kernel/seccomp_compile.h"

#define PROFILE_SIZE_MAX ((size_t)1024 * 1024) /* bytes */

static void write_policy(const struct seccomp_policy *policy, FILE *out)
{
	fputs("static const char names[][SECCOMP_NAME_SIZE] = {\n", out);
	for (uint32_t i = 0; i < policy->name_count; i++)
		fprintf(out, "\t\"%s\",\n", policy->names[i]);
	fputs("};\n\nstatic const struct seccomp_condition conditions[] = {\n", out);
	for (uint32_t i = 0; i < policy->condition_count; i++) {
		const struct seccomp_condition *condition = &policy->conditions[i];

		fprintf(out, "\t{ %u, %u, %#llx, %#llx },\n", condition->index,
		        condition->comparison, (unsigned long long)condition->value,
		        (unsigned long long)condition->mask);
	}
	fputs("};\n\nstatic const struct seccomp_rule rules[] = {\n", out);
	for (uint32_t i = 0; i < policy->rule_count; i++) {
		const struct seccomp_rule *rule = &policy->rules[i];

		fprintf(out, "\t{ %#x, %u, %u, %u, %u, %u, %#llx, %#llx },\n", rule->action,
		        rule->first_name, rule->name_count, rule->first_condition,
		        rule->condition_count, rule->min_kernel, (unsigned long long)rule->needed,
		        (unsigned long long)rule->forbidden);
	}
	fprintf(out,
	        "};\n\nconst struct seccomp_policy seccomp_default_policy = {\n"
	        "\t%#x, %d, %u, %u, %u, names, conditions, rules,\n};\n\n",
	        policy->default_action, policy->admits_compat, policy->name_count,
	        policy->condition_count, policy->rule_count);
}

static void write_filter(const struct sock_fprog *filter, FILE *out)
{
	fprintf(out, "const unsigned short seccomp_default_filter_length = %u;\n\n", filter->len);
	fputs("const struct sock_filter seccomp_default_filter[] = {\n", out);
	for (unsigned short i = 0; i < filter->len; i++) {
		const struct sock_filter *instruction = &filter->filter[i];

		fprintf(out, "\t{ %#x, %u, %u, %#x },\n", instruction->code, instruction->jt,
		        instruction->jf, instruction->k);
	}
	fputs("};\n", out);
}

static int write_source(const struct seccomp_policy *policy, const struct sock_fprog *filter,
                        const char *path, struct error *err)
{
	FILE *out = fopen(path, "we");
	bool is_broken;

	if (out == NULL)
		return error_set_errno(err, "cannot write %s", path);
	fputs("#include \"kernel/seccomp.h\"\n\n", out);
	write_policy(policy, out);
	write_filter(filter, out);
	is_broken = ferror(out) != 0;
	if (fclose(out) != 0 || is_broken)
		return error_set_errno(err, "cannot write %s", path);
	return 0;
}

static int compile(const char *profile, const char *target, struct arena *arena, struct error *err)
{
	AUTO_FREE char *text = NULL;
	AUTO_FREE struct sock_filter *instructions = NULL;
	struct seccomp_policy *policy;
	struct sock_fprog filter;
	size_t size;

	if (file_read(profile, PROFILE_SIZE_MAX, &text, &size, err) < 0 ||
	    seccomp_profile_read(text, size, profile, arena, &policy, err) < 0 ||
	    seccomp_policy_compile(&(struct seccomp_request){ .policy = policy }, &filter, err) < 0)
		return -1;
	instructions = filter.filter;
	return write_source(policy, &filter, target, err);
}

int main(int argc, char **argv)
{
	struct error err = { .kind = ERROR_NONE };
	struct arena *arena = NULL;

	if (argc != 3) {
		fprintf(stderr, "usage: compile PROFILE TARGET\n");
		return EXIT_FAILURE;
	}
	if (arena_new(&arena, &err) < 0 || compile(argv[1], argv[2], arena, &err) < 0)
		error_print(&err, "compile", stderr);
	arena_free(arena);
	return err.kind == ERROR_NONE ? EXIT_SUCCESS : EXIT_FAILURE;
}
