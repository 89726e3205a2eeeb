/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "import/language.h"
#include "spec/spec_check.h"

#define DEFAULT_UMASK 022 /* of the engines' runtimes */

struct reader session_reader(struct import_session *session, size_t index, char *prefix)
{
	const bool is_alone = json_array_size(session->documents) <= 1;

	*prefix = '\0';
	if (!is_alone)
		(void)snprintf(prefix, LANGUAGE_PREFIX_SIZE, POSITION_DOCUMENT_FORMAT ": ",
		               index + 1);
	return (struct reader){
		.builder = &session->builder,
		.prefix = prefix,
		.folder = session->input->folder,
		.is_lenient = true,
		.big_numbers = &session->numbers,
		.warn = session->input->warn,
		.file = session->input->name,
	};
}

int session_take(struct import_session *session, const struct spec *spec, struct error *err)
{
	if (spec_list_add(&session->builder, &session->specs, &spec, err) == 0)
		return 0;
	if (spec->arena != session->builder.arena)
		arena_free(spec->arena);
	return -1;
}

int session_add(struct import_session *session, struct engine_document *document, struct error *err)
{
	const struct spec *spec = &document->document.spec;

	if (spec_check(spec, err) < 0)
		return -1;
	return session_take(session, spec, err);
}

struct engine_document *session_new_document(struct import_session *session, struct error *err)
{
	struct arena *arena = session->builder.arena;
	struct engine_document *document = arena_alloc(arena, sizeof(*document), err);
	struct spec *spec;

	if (document == NULL)
		return NULL;
	spec = &document->document.spec;
	spec->arena = arena;
	spec->oci = &document->document.oci;
	spec->engine = &document->engine;
	spec->user = (struct spec_user){ .umask = DEFAULT_UMASK, .origin = "default" };
	spec->rootfs.kind = SPEC_ROOTFS_DIRECTORY;
	spec->rootfs.is_writable = true;
	spec->seccomp.kind = SPEC_SECCOMP_OFF;
	spec->apparmor.kind = SPEC_APPARMOR_OFF;
	document->document.oci.version = "1.0.2";
	document->document.oci.bundle = "/";
	document->engine.language = session->language;
	return document;
}
