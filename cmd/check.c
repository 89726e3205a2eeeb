/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "commands.h"
#include "host_policy.h"
#include "inspect/explain.h"
#include "options.h"
#include "plan/plan_make.h"
#include "sandbox/stages.h"
#include "spec/spec_write.h"
#include "spec_file.h"

#define EXIT_STATUS_LACKING 1

/* The range of the first container; which one it will be is known at the launch only. */
#define EXAMPLE_BASE  UINT32_C(524288)
#define EXAMPLE_COUNT UINT32_C(65536)

#define STAGES_MAX 64

struct check_options {
	bool wants_json;
	bool wants_apparmor;
};

static const struct option_row rows[] = {
	{ "--json", NULL, "print one JSON object", OPTION_FLAG,
	  offsetof(struct check_options, wants_json) },
	{ "--apparmor", NULL, "print the AppArmor profile, for apparmor_parser -r", OPTION_FLAG,
	  offsetof(struct check_options, wants_apparmor) },
};

static const struct usage usage = {
	.synopsis = "hardrun check SPEC.json [OPTION...]",
	.text = "Validate SPEC.json (\"-\": standard input) and print what a launch would do, "
		"stage\n"
		"by stage; what the spec relaxes, and why; and what this host lacks. Nothing is\n"
		"started and nothing is changed.\n"
		"\n"
		"The exit status is 0 when this host can run the spec, 1 when the spec is valid "
		"but\n"
		"the host lacks something, 125 when the spec is not valid or the check failed.",
	.examples = "  hardrun check api.json\n"
		    "  hardrun check api.json --json | jq .relaxations\n"
		    "  hardrun check api.json --apparmor | sudo apparmor_parser -r",
};

static void free_plan(struct plan **owner)
{
	plan_free(*owner);
}

/* The names of the stages that @plan wants, from the table that the launcher runs. */
static size_t name_stages(const struct plan *plan, const char *names[STAGES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < init_stages.count && count < STAGES_MAX; i++) {
		const struct stage *stage = &init_stages.stages[i];

		if (stage->is_wanted == NULL || stage->is_wanted(plan))
			names[count++] = stage->name;
	}
	return count;
}

static void print_plan(const struct plan *plan, const struct plan_lacks *lacks, bool wants_json)
{
	const char *names[STAGES_MAX];
	const struct explanation explanation = {
		.plan = plan,
		.stages = names,
		.stage_count = name_stages(plan, names),
		.lacks = lacks,
		.has_colour = options_want_colour(),
	};

	if (wants_json)
		explain_json(&explanation, stdout);
	else
		explain_text(&explanation, stdout);
}

static int print_apparmor(const struct plan *plan, struct error *err)
{
	if (plan->apparmor_text == NULL)
		return error_set(err, ERROR_STATE,
		                 "no AppArmor profile is made for this spec here");
	fputs(plan->apparmor_text, stdout);
	return 0;
}

static int check_spec(const struct spec *spec, const struct check_options *options,
                      struct error *err)
{
	CLEANUP(free_plan) struct plan *plan = NULL;
	AUTO_FREE char *text = spec_write(spec, err);
	struct plan_lacks lacks = { .count = 0 };
	char digest[SHA256_TEXT_SIZE];
	struct host host;
	const struct plan_request request = {
		.outer_base = EXAMPLE_BASE,
		.outer_count = EXAMPLE_COUNT,
		.spec_digest = digest,
		.lacks = &lacks,
	};

	host_init(&host);
	if (text == NULL)
		return -1;
	spec_digest(text, digest);
	if (plan_make(spec, &host, &request, &plan, err) < 0)
		return -1;
	if (options->wants_apparmor)
		return print_apparmor(plan, err);
	print_plan(plan, &lacks, options->wants_json);
	if (fflush(stdout) == EOF)
		return error_set_errno(err, "cannot write the plan");
	return lacks.count == 0 ? 0 : EXIT_STATUS_LACKING;
}

int cmd_check(int argc, char **argv, struct error *err)
{
	AUTO_SPEC struct spec *spec = NULL;
	struct check_options options = { .wants_json = false };
	const struct option_table own = { rows, ARRAY_LEN(rows), &options };
	const struct import_overrides overrides = { .args = NULL };
	struct host_policy_request policy = { .file = NULL };
	struct global_options global = { .root = NULL };
	struct operands operands;
	const int begun = options_begin(&usage, &own, argc, argv, &global, &operands, err);

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	if (operands.count != 1 || operands.has_arguments) {
		(void)error_set(err, ERROR_USAGE, "check takes one spec");
		return error_hint(err, "hardrun check SPEC.json; see hardrun check --help");
	}
	policy.file = operands.items[0];
	if (spec_file_read(operands.items[0], &overrides, &spec, err) < 0 ||
	    host_policy_apply(&policy, &spec, err) < 0)
		return -1;
	return check_spec(spec, &options, err);
}
