/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/import_any.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "import/document.h"
#include "import/import.h"
#include "import/language.h"
#include "import/yaml.h"

static bool has_member(const json_t *documents, const char *name)
{
	return json_object_get(json_array_get(documents, 0), name) != NULL;
}

static bool is_oci(const json_t *documents)
{
	return has_member(documents, "ociVersion");
}

static bool is_native(const json_t *documents)
{
	return json_is_object(json_array_get(documents, 0));
}

/* "web.json" is web; a container's id must be given, and nothing is started by it. */
static const char *id_of(const struct import_any_input *input)
{
	return strcmp(input->name, "-") == 0 ? "stdin" : path_last(input->name);
}

static int read_oci(struct import_session *session, struct error *err)
{
	const struct import_any_input *input = session->input;
	const struct import_oci_input oci = {
		.text = input->text,
		.size = input->size,
		.name = input->name,
		.bundle = input->folder != NULL ? input->folder : "/",
		.id = id_of(input),
		.warn = input->warn,
	};
	struct spec *spec;

	if (import_oci(&oci, &spec, err) < 0)
		return -1;
	return session_take(session, spec, err);
}

static int read_native(struct import_session *session, struct error *err)
{
	const struct import_any_input *input = session->input;
	const struct import_input native = {
		.text = input->text,
		.size = input->size,
		.name = input->name,
		.folder = input->folder,
		.read_file = input->read_file,
	};
	struct spec *spec;

	if (import_native(&native, &spec, err) < 0)
		return -1;
	return session_take(session, spec, err);
}

/* How each language is known, the plainest signs first. */
static const struct language_row {
	enum spec_language language;
	bool (*is_text)(const char *text, size_t size); /* of neither JSON nor YAML; else NULL */
	bool (*is_document)(const json_t *documents);   /* of JSON or YAML; else NULL */
	language_reader *read;
} languages[] = {
	{ SPEC_LANGUAGE_DOCKER_RUN, docker_run_is, NULL, docker_run_read },
	{ SPEC_LANGUAGE_DOCKERFILE, dockerfile_is, NULL, dockerfile_read },
	{ SPEC_LANGUAGE_DOCKER_INSPECT, NULL, docker_inspect_is, docker_inspect_read },
	{ SPEC_LANGUAGE_KUBERNETES, NULL, kubernetes_is, kubernetes_read },
	{ SPEC_LANGUAGE_SCAN, NULL, scan_is, scan_read },
	{ SPEC_LANGUAGE_COMPOSE, NULL, compose_is, compose_read },
	{ SPEC_LANGUAGE_OCI, NULL, is_oci, read_oci },
	{ SPEC_LANGUAGE_HARDRUN, NULL, is_native, read_native },
};

static int refuse_language(struct error *err)
{
	(void)error_hint(err, "name the language with --from, if it is one of those");
	return error_set(err, ERROR_SPEC,
	                 "this is no text that asks for containers in any language that this "
	                 "hardrun knows");
}

/* Of a language that is neither JSON nor YAML; NULL: it is none of those. */
static const struct language_row *recognise_text(const struct import_session *session)
{
	const struct import_any_input *input = session->input;

	for (size_t i = 0; i < ARRAY_LEN(languages); i++) {
		const struct language_row *row = &languages[i];

		if (row->is_text != NULL && (input->language != SPEC_LANGUAGE_COUNT
		                                     ? row->language == input->language
		                                     : row->is_text(input->text, input->size)))
			return row;
	}
	return NULL;
}

/* An object or array of JSON; the same in YAML is no file that anybody keeps. */
static bool is_json(const struct import_any_input *input)
{
	for (size_t i = 0; i < input->size; i++) {
		if (strchr(" \t\r\n", input->text[i]) == NULL)
			return input->text[i] == '{' || input->text[i] == '[';
	}
	return false;
}

/* These are read from JSON only. */
static bool is_of_json(const struct language_row *row)
{
	return row->language == SPEC_LANGUAGE_OCI || row->language == SPEC_LANGUAGE_HARDRUN;
}

static const struct language_row *recognise_document(const struct import_session *session)
{
	const enum spec_language wanted = session->input->language;
	const bool is_no_json = !is_json(session->input);

	for (size_t i = 0; i < ARRAY_LEN(languages); i++) {
		const struct language_row *row = &languages[i];

		if (row->is_document != NULL &&
		    (wanted != SPEC_LANGUAGE_COUNT ? row->language == wanted
		                                   : row->is_document(session->documents) &&
		                                             !(is_no_json && is_of_json(row))))
			return row;
	}
	return NULL;
}

static int parse_json(struct import_session *session, struct error *err)
{
	const struct import_any_input *input = session->input;
	AUTO_FREE char *small = NULL;
	json_auto_t *root = NULL;

	if (big_numbers_take(&session->numbers, input->text, input->size, &small, err) < 0 ||
	    document_parse(small != NULL ? small : input->text, input->size, IMPORT_ANY_SIZE_MAX,
	                   &root, err) < 0)
		return -1;
	positions_use_json(session->positions, input->text, input->size);
	session->documents = json_pack("[O]", root);
	return session->documents == NULL ? error_set(err, ERROR_SYSTEM, "out of memory") : 0;
}

static int parse(struct import_session *session, struct error *err)
{
	const struct import_any_input *input = session->input;

	if (is_json(input))
		return parse_json(session, err);
	return yaml_parse(input->text, input->size, NULL, session->positions, &session->documents,
	                  err);
}

static int read_text(struct import_session *session, struct error *err)
{
	const struct language_row *row;

	if (session->input->size > IMPORT_ANY_SIZE_MAX)
		return error_set(err, ERROR_SPEC, "the text is larger than %zu KiB",
		                 IMPORT_ANY_SIZE_MAX / 1024);
	row = recognise_text(session);
	if (row == NULL) {
		if (parse(session, err) < 0)
			return -1;
		row = recognise_document(session);
	}
	if (row == NULL)
		return refuse_language(err);
	session->language = row->language;
	return row->read(session, err);
}

static int begin(struct import_session *session, const struct import_any_input *input,
                 struct error *err)
{
	*session = (struct import_session){
		.input = input,
		.builder.layer = SPEC_LAYER_USER,
		.specs.item_size = sizeof(const struct spec *),
	};
	if (arena_new(&session->builder.arena, err) < 0)
		return -1;
	return positions_new(&session->positions, err);
}

static struct import_result result_of(struct import_session *session)
{
	return (struct import_result){
		.language = session->language,
		.specs = session->specs.items,
		.spec_count = session->specs.count,
		.scan = session->scan,
		.positions = session->positions,
		.arena = session->builder.arena,
	};
}

/* Hand over what @session has read, or let go of it when @status says that it could not be. */
static int finish(struct import_session *session, int status, struct import_result *out,
                  struct error *err)
{
	struct import_result result;

	if (status == 0)
		status = arena_seal(session->builder.arena, err);
	json_decref(session->documents);
	big_numbers_release(&session->numbers);
	result = result_of(session);
	if (status == 0)
		*out = result;
	else
		import_result_release(&result);
	return status;
}

int import_any(const struct import_any_input *input, struct import_result *out, struct error *err)
{
	struct import_session session;
	int status = begin(&session, input, err);

	if (status == 0)
		status = read_text(&session, err);
	if (finish(&session, status, out, err) < 0)
		return document_name_file(input->name, err);
	return 0;
}

int import_command_line(const struct import_any_input *input, const char *const *words,
                        size_t count, struct import_result *out, struct error *err)
{
	struct import_session session;
	int status = begin(&session, input, err);

	session.language = SPEC_LANGUAGE_DOCKER_RUN;
	if (status == 0)
		status = docker_run_read_words(&session, words, count, err);
	return finish(&session, status, out, err);
}

void import_result_release(struct import_result *result)
{
	for (size_t i = 0; i < result->spec_count; i++) {
		if (result->specs[i]->arena != result->arena)
			arena_free(result->specs[i]->arena);
	}
	arena_free(result->arena);
	positions_free(result->positions);
	*result = (struct import_result){ 0 };
}
