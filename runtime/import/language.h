/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the readers behind import_any() share; for the import floor only. */
#ifndef HARDRUN_IMPORT_LANGUAGE_H
#define HARDRUN_IMPORT_LANGUAGE_H

#include "import/fields.h"
#include "import/import_any.h"
#include "import/oci.h"

/* A spec, what a config.json would ask and what only an engine is asked, in one piece. */
struct engine_document {
	struct oci_document document;
	struct spec_engine engine;
};

/* One text while it is read. All that is kept is in the one arena. */
struct import_session {
	const struct import_any_input *input;
	struct spec_builder builder; /* builder.arena is of the result; builder.spec is not used */
	struct positions *positions;
	enum spec_language language;
	json_t *documents;          /* array: of a JSON text one, of YAML all of the stream */
	struct big_numbers numbers; /* of a JSON text */
	struct spec_list specs;     /* const struct spec * */
	const struct spec_scan *scan;
};

/* Adds what it finds by session_add(). Errors: ERROR_SPEC; the file's name is added behind it. */
typedef int language_reader(struct import_session *session, struct error *err);

/* Of YAML and JSON: session->documents. */
language_reader compose_read;
language_reader kubernetes_read;
language_reader docker_inspect_read;
language_reader scan_read;

/* Of other texts: session->input->text. */
language_reader docker_run_read;
language_reader dockerfile_read;

/* Is the text, or what it holds, of the language? By its content; it may still be wrong. */
bool docker_run_is(const char *text, size_t size);
bool dockerfile_is(const char *text, size_t size);
bool compose_is(const json_t *documents);
bool docker_inspect_is(const json_t *documents);
bool kubernetes_is(const json_t *documents);
bool scan_is(const json_t *documents);
/* The words of a command line, which may begin with "docker run" or with the first option. */
MUST_CHECK int docker_run_read_words(struct import_session *session, const char *const *texts,
                                     size_t count, struct error *err);

/*
 * A reader of fields for the document number @index, from 0: lenient, warned of by the input's
 * warn. @prefix, of PREFIX_SIZE bytes, must live as long.
 */
#define LANGUAGE_PREFIX_SIZE 32
struct reader session_reader(struct import_session *session, size_t index, char *prefix);

/* Check by spec_check() and add to the result; @document must be complete. */
MUST_CHECK int session_add(struct import_session *session, struct engine_document *document,
                           struct error *err);

/* Add a finished spec, which has an arena of its own or the session's; in both cases it is taken.
 */
MUST_CHECK int session_take(struct import_session *session, const struct spec *spec,
                            struct error *err);

/*
 * A new document in the session's arena where nothing is asked for: absent is absent, the user
 * is 0:0, seccomp and AppArmor are off.
 */
MUST_CHECK struct engine_document *session_new_document(struct import_session *session,
                                                        struct error *err);

#endif
