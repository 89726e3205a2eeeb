/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "any_file.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "commands.h"
#include "import/suppressions.h"
#include "inspect/audit.h"
#include "inspect/audit_report.h"
#include "options.h"

struct audit_options {
	const char *from;
	const char *format;
	const char *threshold;
	const char *explain;
	const char *date;
	bool lists_rules;
	bool is_brief;
	bool is_docker_run;
	struct option_list ignore;
	struct option_list suppress;
	struct option_list scans;
	struct option_list env;
	struct option_list env_files;
};

static const struct option_row rows[] = {
	{ "--from", "LANGUAGE", "the language of the files, where their content does not tell",
	  OPTION_TEXT, offsetof(struct audit_options, from) },
	{ "--format", "FORMAT", "text (the default), json, sarif, junit or html", OPTION_TEXT,
	  offsetof(struct audit_options, format) },
	{ "--threshold", "SEVERITY", "low, medium (the default), high or critical", OPTION_TEXT,
	  offsetof(struct audit_options, threshold) },
	{ "--ignore", "ID=REASON", "accept what that rule finds", OPTION_LIST,
	  offsetof(struct audit_options, ignore) },
	{ "--suppress", "FILE", "accept what FILE says, with reasons and days", OPTION_LIST,
	  offsetof(struct audit_options, suppress) },
	{ "--date", "DAY", "judge those days as on DAY, 2027-01-31", OPTION_TEXT,
	  offsetof(struct audit_options, date) },
	{ "--scan", "FILE", "a report of Trivy or Grype; every image needs one then", OPTION_LIST,
	  offsetof(struct audit_options, scans) },
	{ "--env", "NAME=VALUE", "what ${NAME} stands for in a Compose file", OPTION_LIST,
	  offsetof(struct audit_options, env) },
	{ "--env-file", "FILE", "a file of such lines", OPTION_LIST,
	  offsetof(struct audit_options, env_files) },
	{ "--docker-run", NULL, "audit the command line behind \"--\"", OPTION_FLAG,
	  offsetof(struct audit_options, is_docker_run) },
	{ "--brief", NULL, "leave out what is well", OPTION_FLAG,
	  offsetof(struct audit_options, is_brief) },
	{ "--explain", "ID", "tell all about one rule", OPTION_TEXT,
	  offsetof(struct audit_options, explain) },
	{ "--list", NULL, "list the rules", OPTION_FLAG,
	  offsetof(struct audit_options, lists_rules) },
};

static const struct usage usage = {
	.synopsis = "hardrun audit FILE... [OPTION...]\n"
		    "       hardrun audit --docker-run [OPTION...] -- docker run ...",
	.text = "Say what is weak in specs of hardrun, OCI config.json, Compose, Kubernetes,\n"
		"docker inspect, docker run lines and Dockerfiles (\"-\": standard input), and "
		"what\n"
		"to write instead. Nothing is started and nothing is changed.\n"
		"\n"
		"The exit status is 0 when nothing is found at or above the threshold, 1 when\n"
		"something is, 2 when the audit could not be made.",
	.examples = "  hardrun audit compose.yaml\n"
		    "  hardrun audit deploy/*.yaml Dockerfile --format sarif > audit.sarif\n"
		    "  hardrun audit --docker-run -- docker run -p 8080:80 nginx\n"
		    "  hardrun audit api.yaml --ignore HR021='writes its cache beside itself'\n"
		    "  hardrun audit --explain HR014",
};

static const struct {
	const char *name;
	audit_writer *write;
} formats[] = {
	{ "text", audit_write_text },   { "json", audit_write_json },
	{ "sarif", audit_write_sarif }, { "junit", audit_write_junit },
	{ "html", audit_write_html },
};

/* All that lives until the report is written. */
struct work {
	struct audit *audit;
	struct arena *arena;              /* of the suppressions */
	struct suppression_list accepted; /* of all sources */
	struct suppression *items;        /* those */
	struct any_values values;
	struct any_file *files; /* the scans first */
	size_t file_count;
	const struct spec_scan **scans;
	size_t scan_count;
	char today[SUPPRESSION_DATE_SIZE];
};

static void release_work(struct work *work)
{
	for (size_t i = 0; i < work->file_count; i++)
		any_file_release(&work->files[i]);
	free(work->files);
	free(work->scans);
	free(work->items);
	any_values_release(&work->values);
	arena_free(work->arena);
	audit_free(work->audit);
}

static int find_format(const char *name, size_t *out, struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		if (name == NULL || strcmp(formats[i].name, name) == 0) {
			*out = i;
			return 0;
		}
	}
	(void)error_set(err, ERROR_USAGE, "\"%.40s\" is no format of an audit", name);
	(void)error_hint(err, "text, json, sarif, junit or html");
	return error_at(err, "--format");
}

static int find_threshold(const char *name, enum rule_severity *out, struct error *err)
{
	*out = RULE_MEDIUM;
	if (name == NULL)
		return 0;
	for (int i = RULE_LOW; i <= RULE_CRITICAL; i++) {
		if (strcmp(rule_severity_name((enum rule_severity)i), name) == 0) {
			*out = (enum rule_severity)i;
			return 0;
		}
	}
	(void)error_set(err, ERROR_USAGE, "\"%.40s\" is no severity", name);
	(void)error_hint(err, "low, medium, high or critical");
	return error_at(err, "--threshold");
}

static int find_today(const char *date, char out[SUPPRESSION_DATE_SIZE], struct error *err)
{
	const time_t now = time(NULL);
	struct tm day;

	if (date != NULL) {
		if (!suppression_is_date(date)) {
			(void)error_set(err, ERROR_USAGE, "\"%.40s\" is no day, as \"2027-01-31\"",
			                date);
			return error_at(err, "--date");
		}
		memcpy(out, date, SUPPRESSION_DATE_SIZE);
		return 0;
	}
	if (gmtime_r(&now, &day) == NULL ||
	    strftime(out, SUPPRESSION_DATE_SIZE, "%Y-%m-%d", &day) == 0)
		return error_set(err, ERROR_SYSTEM, "the clock does not tell the day");
	return 0;
}

static int explain(const char *name, struct error *err)
{
	const struct rule *rule = rule_named(name);
	struct text_nearest nearest = { .word = name };

	if (rule != NULL) {
		audit_explain_rule(rule, stdout);
		return 0;
	}
	for (size_t i = 0; i < RULE_COUNT; i++)
		text_nearest_try(&nearest, rule_table[i].name);
	if (nearest.best != NULL)
		(void)error_hint(err, "did you mean \"%s\"?", nearest.best);
	else
		(void)error_hint(err, "hardrun audit --list shows all of them");
	return error_set(err, ERROR_USAGE, "\"%.40s\" is neither the id nor the name of a rule",
	                 name);
}

static int accept_list(struct work *work, const struct suppression_list *list, struct error *err)
{
	struct suppression *grown;

	if (list->count == 0)
		return 0;
	grown = reallocarray(work->items, work->accepted.count + list->count, sizeof(*grown));
	if (grown == NULL)
		return error_set_errno(err, "cannot keep what is accepted");
	memcpy(grown + work->accepted.count, list->items, list->count * sizeof(*grown));
	work->items = grown;
	work->accepted.items = grown;
	work->accepted.count += list->count;
	return 0;
}

static void locate(void *context, const char *origin, struct audit_place *place)
{
	struct position position = { .line = 1, .column = 1 };

	(void)position_find(context, origin, &position);
	if (position.file != NULL)
		place->file = position.file;
	place->line = position.line;
	place->column = position.column;
}

static void free_positions(struct positions **owner)
{
	positions_free(*owner);
}

/* What has expired is a finding of its own. */
static int audit_accepted(struct work *work, const char *path, const char *text, size_t size,
                          const struct suppression_list *list, struct error *err)
{
	CLEANUP(free_positions) struct positions *positions = NULL;
	struct audit_request request = { .file = path, .today = work->today, .locate = locate };

	if (positions_new(&positions, err) < 0)
		return -1;
	positions_use_json(positions, text, size);
	request.context = positions;
	return audit_add_suppressions(work->audit, &request, list, err);
}

static int accept_file(struct work *work, const char *path, struct error *err)
{
	struct suppression_list list = { .items = NULL };
	AUTO_FREE char *text = NULL;
	size_t size;

	if (file_read(path, IMPORT_SUPPRESSIONS_SIZE_MAX, &text, &size, err) < 0 ||
	    import_suppressions(text, size, path, work->arena, &list, err) < 0 ||
	    accept_list(work, &list, err) < 0)
		return -1;
	return audit_accepted(work, path, text, size, &list, err);
}

static int accept_all(struct work *work, const struct audit_options *options, struct error *err)
{
	struct suppression one;

	for (size_t i = 0; i < options->ignore.count; i++) {
		const struct suppression_list list = { &one, 1 };

		if (import_suppression(options->ignore.items[i], work->arena, &one, err) < 0 ||
		    accept_list(work, &list, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < options->suppress.count; i++) {
		if (accept_file(work, options->suppress.items[i], err) < 0)
			return -1;
	}
	return 0;
}

static void note_scan(struct work *work, const struct any_file *file)
{
	if (file->result.scan != NULL)
		work->scans[work->scan_count++] = file->result.scan;
}

static int read_scan(struct work *work, const char *path, struct error *err)
{
	const struct import_values none = { .count = 0 };
	struct any_file *file = &work->files[work->file_count];

	if (any_file_read(path, SPEC_LANGUAGE_SCAN, &none, file, err) < 0)
		return -1;
	work->file_count++;
	note_scan(work, file);
	return 0;
}

static int read_all(struct work *work, const struct audit_options *options,
                    const struct operands *operands, struct error *err)
{
	const struct import_values values = { work->values.settings, work->values.count };
	enum spec_language language;

	if (any_language_find(options->from, &language, err) < 0)
		return -1;
	for (size_t i = 0; i < options->scans.count; i++) {
		if (read_scan(work, options->scans.items[i], err) < 0)
			return -1;
	}
	for (int i = 0; i < operands->count; i++) {
		struct any_file *file = &work->files[work->file_count];

		if (any_file_read(operands->items[i], language, &values, file, err) < 0)
			return -1;
		work->file_count++;
		note_scan(work, file);
	}
	if (!options->is_docker_run)
		return 0;
	if (any_file_read_line(operands->arguments, operands->argument_count, &values,
	                       &work->files[work->file_count], err) < 0)
		return -1;
	work->file_count++;
	return 0;
}

static int audit_file(struct work *work, const struct audit_options *options,
                      const struct any_file *file, const char *name, struct error *err)
{
	struct audit_request request = {
		.file = name,
		.subject = { .scans = work->scans,
		             .scan_count = work->scan_count,
		             .wants_scans = options->scans.count > 0 },
		.suppressions = &work->accepted,
		.today = work->today,
		.locate = locate,
		.context = file->result.positions,
	};

	for (size_t i = 0; i < file->result.spec_count; i++) {
		request.subject.spec = file->result.specs[i];
		if (audit_add(work->audit, &request, err) < 0)
			return -1;
	}
	return 0;
}

/* Of a file that was read, as messages have it. */
static const char *name_of(const struct operands *operands, size_t index)
{
	if (index >= (size_t)operands->count)
		return "command line";
	return strcmp(operands->items[index], "-") == 0 ? "standard input" : operands->items[index];
}

static int audit_all(struct work *work, const struct audit_options *options,
                     const struct operands *operands, struct error *err)
{
	size_t specs = 0;

	for (size_t i = options->scans.count; i < work->file_count; i++) {
		const size_t operand = i - options->scans.count;
		const char *name = name_of(operands, operand);

		specs += work->files[i].result.spec_count;
		if (audit_file(work, options, &work->files[i], name, err) < 0)
			return -1;
	}
	return specs > 0 ? 0 : error_set(err, ERROR_SPEC, "there is no container to audit");
}

static bool wants_colour(void)
{
	const char *refusal = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) == 1 && (refusal == NULL || refusal[0] == '\0');
}

static int write_report(const struct work *work, const struct audit_options *options,
                        struct error *err)
{
	struct audit_report report = {
		.audit = work->audit,
		.version = HARDRUN_VERSION,
		.has_colour = wants_colour(),
		.is_brief = options->is_brief,
	};
	size_t format;

	if (find_format(options->format, &format, err) < 0 ||
	    find_threshold(options->threshold, &report.threshold, err) < 0)
		return -1;
	formats[format].write(&report, stdout);
	return audit_count_open(work->audit, report.threshold) > 0 ? EXIT_STATUS_FOUND : 0;
}

static int make(struct work *work, const struct audit_options *options,
                const struct operands *operands, struct error *err)
{
	const size_t room = options->scans.count + (size_t)operands->count + 1;
	enum rule_severity threshold;
	size_t format;

	if (find_format(options->format, &format, err) < 0 ||
	    find_threshold(options->threshold, &threshold, err) < 0 ||
	    find_today(options->date, work->today, err) < 0 || audit_new(&work->audit, err) < 0 ||
	    arena_new(&work->arena, err) < 0)
		return -1;
	work->files = calloc(room, sizeof(*work->files));
	work->scans = calloc(room, sizeof(void *));
	if (work->files == NULL || work->scans == NULL)
		return error_set_errno(err, "cannot keep the files");
	if (any_values_read(&options->env, &options->env_files, &work->values, err) < 0 ||
	    accept_all(work, options, err) < 0 || read_all(work, options, operands, err) < 0 ||
	    audit_all(work, options, operands, err) < 0)
		return -1;
	return write_report(work, options, err);
}

static int refuse_operands(const struct audit_options *options, const struct operands *operands,
                           struct error *err)
{
	if (options->is_docker_run && operands->argument_count == 0)
		(void)error_set(err, ERROR_USAGE, "--docker-run takes its command line behind --");
	else if (!options->is_docker_run && operands->has_arguments)
		(void)error_set(err, ERROR_USAGE,
		                "audit runs nothing: what is behind -- is no file");
	else if (operands->count == 0 && !options->is_docker_run)
		(void)error_set(err, ERROR_USAGE, "audit takes at least one file");
	else
		return 0;
	return error_hint(err, "hardrun audit FILE...; see hardrun audit --help");
}

int cmd_audit(int argc, char **argv, struct error *err)
{
	CLEANUP(release_work) struct work work = { .audit = NULL };
	struct audit_options options = { .format = NULL };
	const struct option_table own = { rows, ARRAY_LEN(rows), &options };
	struct global_options global = { .root = NULL };
	struct operands operands;
	const int begun = options_begin(&usage, &own, argc, argv, &global, &operands, err);

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	if (options.lists_rules) {
		audit_list_rules(stdout);
		return 0;
	}
	if (options.explain != NULL)
		return explain(options.explain, err);
	if (refuse_operands(&options, &operands, err) < 0)
		return -1;
	return make(&work, &options, &operands, err);
}
