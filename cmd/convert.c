/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "any_file.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/path.h"
#include "base/text.h"
#include "commands.h"
#include "export/export.h"
#include "export/members.h"
#include "import/position.h"
#include "options.h"

#define DROP_SIZE_MAX ((size_t)4096) /* of all that is dropped; bytes */

struct convert_options {
	const char *to;
	const char *from;
	const char *service;
	const char *image;
	const char *rootfs;
	struct option_list drop;
	struct option_list env;
	struct option_list env_files;
};

static const struct option_row rows[] = {
	{ "--to", "LANGUAGE", "hardrun, oci, docker-run, compose or kubernetes", OPTION_TEXT,
	  offsetof(struct convert_options, to) },
	{ "--from", "LANGUAGE", "the language of FILE, where its content does not tell",
	  OPTION_TEXT, offsetof(struct convert_options, from) },
	{ "--service", "NAME", "the service to convert, of a file that has several", OPTION_TEXT,
	  offsetof(struct convert_options, service) },
	{ "--image", "REFERENCE", "the image, where FILE names none", OPTION_TEXT,
	  offsetof(struct convert_options, image) },
	{ "--rootfs", "DIR", "the root directory, where FILE names an image", OPTION_TEXT,
	  offsetof(struct convert_options, rootfs) },
	{ "--drop", "CONTROL,...", "restrictions that may be lost", OPTION_LIST,
	  offsetof(struct convert_options, drop) },
	{ "--env", "NAME=VALUE", "what ${NAME} in FILE stands for", OPTION_LIST,
	  offsetof(struct convert_options, env) },
	{ "--env-file", "FILE", "a file with such lines", OPTION_LIST,
	  offsetof(struct convert_options, env_files) },
};

static const struct usage usage = {
	.synopsis = "hardrun convert --to LANGUAGE [OPTION...] FILE [-- ARG...]",
	.text = "Translate FILE (\"-\": standard input), which may be a spec of hardrun, an OCI\n"
		"config.json, a docker run line, what docker inspect prints, a Compose or a\n"
		"Kubernetes file, and print it in LANGUAGE.\n"
		"\n"
		"A restriction that LANGUAGE cannot say is an error that names it; a permission\n"
		"that it cannot say is left out with a warning. A spec of hardrun gets a block\n"
		"\"relax\" whose reasons a person must write before it can run.\n"
		"\n"
		"ARG... is the program and its arguments, where only the image knows them.",
	.examples = "  hardrun convert --to hardrun compose.yaml --service api -- /app/server\n"
		    "  hardrun convert --to kubernetes --drop pids compose.yaml\n"
		    "  hardrun convert --to docker-run --image debian:12 config.json",
};

/* The words of --drop, which may be given with commas between. */
struct drops {
	char text[DROP_SIZE_MAX];
	const char *items[OPTION_LIST_MAX];
	size_t count;
};

static int add_drop(struct drops *drops, const char *word, struct error *err)
{
	if (!member_knows_control(word)) {
		(void)error_set(err, ERROR_USAGE, "there is no restriction \"%.60s\"", word);
		(void)error_hint(err, "the errors of convert name those that are lost");
		return error_at(err, "--drop");
	}
	if (drops->count == OPTION_LIST_MAX)
		return error_set(err, ERROR_USAGE, "too much is dropped");
	drops->items[drops->count++] = word;
	return 0;
}

static int split_drops(const struct option_list *list, struct drops *out, struct error *err)
{
	size_t used = 0;
	char *rest = NULL;

	out->text[0] = '\0';
	for (size_t i = 0; i < list->count; i++) {
		const int length =
			snprintf(out->text + used, sizeof(out->text) - used, "%s,", list->items[i]);

		if (length < 0 || (size_t)length >= sizeof(out->text) - used)
			return error_set(err, ERROR_USAGE, "too much is dropped");
		used += (size_t)length;
	}
	for (char *word = strtok_r(out->text, ",", &rest); word != NULL;
	     word = strtok_r(NULL, ",", &rest)) {
		if (add_drop(out, word, err) < 0)
			return -1;
	}
	return 0;
}

static const struct export_language *find_target(const char *name, struct error *err)
{
	enum spec_language language;

	if (name == NULL) {
		(void)error_set(err, ERROR_USAGE, "the language to write is not said");
		(void)error_hint(err, "--to hardrun, oci, docker-run, compose or kubernetes");
		return NULL;
	}
	for (size_t i = 0; spec_language_find(name, &language) && i < export_language_count; i++) {
		if (export_languages[i].language == language)
			return &export_languages[i];
	}
	(void)error_set(err, ERROR_USAGE, "\"%.60s\" is no language that can be written", name);
	(void)error_hint(err, "hardrun, oci, docker-run, compose or kubernetes");
	(void)error_at(err, "--to");
	return NULL;
}

/* What people call one of several: the service, or the container's name. */
static const char *name_of(const struct spec *spec)
{
	if (spec->engine != NULL && spec->engine->service.value != NULL)
		return spec->engine->service.value;
	return spec->name.value == NULL ? "" : spec->name.value;
}

static bool is_called(const struct spec *spec, const char *name)
{
	return strcmp(name_of(spec), name) == 0 ||
	       (spec->name.value != NULL && strcmp(spec->name.value, name) == 0);
}

static int refuse_several(const struct import_result *result, const char *language,
                          struct error *err)
{
	AUTO_TEXT struct text names = { 0 };

	for (size_t i = 0; i < result->spec_count; i++)
		text_add_format(&names, "%s%.60s", i == 0 ? "" : ", ", name_of(result->specs[i]));
	if (names.is_broken)
		return error_set(err, ERROR_SYSTEM, "out of memory");
	(void)error_hint(err, "--service NAME");
	return error_set(err, ERROR_USAGE, "%s holds one container, the file has %zu: %.160s",
	                 language, result->spec_count, names.bytes == NULL ? "" : names.bytes);
}

/* Leave the one in @request that the command line names, or all where the language holds them. */
static int choose(const struct import_result *result, const struct export_language *target,
                  const char *service, struct export_request *request, struct error *err)
{
	request->specs = result->specs;
	request->spec_count = result->spec_count;
	for (size_t i = 0; service != NULL && i < result->spec_count; i++) {
		if (is_called(result->specs[i], service)) {
			request->specs = &result->specs[i];
			request->spec_count = 1;
			return 0;
		}
	}
	if (service != NULL) {
		(void)error_set(err, ERROR_USAGE, "the file has no service \"%.60s\"", service);
		return error_at(err, "--service");
	}
	if (result->spec_count == 0)
		return error_set(err, ERROR_SPEC, "the file asks for no container");
	if (result->spec_count > 1 && !target->holds_several)
		return refuse_several(result, spec_language_name(target->language), err);
	return 0;
}

/* The line behind the pointer, for who reads YAML. */
static int place_in_file(const struct any_file *file, const char *name, struct error *err)
{
	char place[96];
	struct position position;

	if (err->where[0] != '\0' && position_find(file->result.positions, err->where, &position)) {
		text_shorten(place, sizeof(place), err->where);
		(void)snprintf(err->where, sizeof(err->where), "%s in %.40s, line %u", place,
		               position.file == NULL ? name : position.file, position.line);
	}
	return -1;
}

static int convert(const struct any_file *file, const char *name,
                   const struct export_language *target, const struct export_request *request,
                   struct error *err)
{
	AUTO_FREE char *text = NULL;

	if (target->write(request, &text, err) < 0)
		return place_in_file(file, name, err);
	return fputs(text, stdout) == EOF ? error_set_errno(err, "cannot write") : 0;
}

static int convert_file(const char *name, const struct convert_options *options,
                        struct export_request *request, struct error *err)
{
	const struct export_language *target = find_target(options->to, err);
	CLEANUP(any_file_release) struct any_file file = { .text = NULL };
	CLEANUP(any_values_release) struct any_values values = { .count = 0 };
	struct import_values given;
	enum spec_language source;

	if (target == NULL || any_language_find(options->from, &source, err) < 0 ||
	    any_values_read(&options->env, &options->env_files, &values, err) < 0)
		return -1;
	given = (struct import_values){ values.settings, values.count };
	if (any_file_read(name, source, &given, &file, err) < 0 ||
	    choose(&file.result, target, options->service, request, err) < 0)
		return -1;
	return convert(&file, name, target, request, err);
}

/* "./rootfs" stays what it is: it is relative to the spec that is written. */
static int clean_rootfs(const char *path, char out[PATH_MAX], const char **rootfs,
                        struct error *err)
{
	if (path == NULL)
		return 0;
	*rootfs = path;
	if (strncmp(path, "./", 2) == 0)
		return 0;
	*rootfs = out;
	if (path_clean(out, PATH_MAX, path, err) < 0)
		return error_at(err, "--rootfs");
	return 0;
}

int cmd_convert(int argc, char **argv, struct error *err)
{
	struct convert_options options = { .to = NULL };
	const struct option_table own = { rows, ARRAY_LEN(rows), &options };
	struct global_options global = { .root = NULL };
	struct export_request request = { .warn = log_warning };
	struct operands operands;
	struct drops drops = { .count = 0 };
	char rootfs[PATH_MAX];
	const int begun = options_begin(&usage, &own, argc, argv, &global, &operands, err);

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	if (operands.count != 1) {
		(void)error_set(err, ERROR_USAGE, "convert takes one file");
		return error_hint(err, "%s", usage.synopsis);
	}
	if (split_drops(&options.drop, &drops, err) < 0 ||
	    clean_rootfs(options.rootfs, rootfs, &request.rootfs, err) < 0)
		return -1;
	request.image = options.image;
	request.args = (const char *const *)operands.arguments;
	request.arg_count = (size_t)operands.argument_count;
	request.dropped = drops.items;
	request.dropped_count = drops.count;
	return convert_file(operands.items[0], &options, &request, err);
}
