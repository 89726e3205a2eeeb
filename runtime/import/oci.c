/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/oci.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "import/document.h"
#include "spec/oci_mount_options.h"

#define ANNOTATION_MAX ((size_t)65536)
#define DEFAULT_UMASK  022 /* of runc and crun: the specification leaves it to the caller's */

/* Move *@text behind the number that it begins with. False: none is there, or not before @ends. */
static bool skip_number(const char **text, const char *ends)
{
	const size_t digits = strspn(*text, "0123456789");

	if (digits == 0 || digits > 9 ||
	    ((*text)[digits] != '\0' && strchr(ends, (*text)[digits]) == NULL))
		return false;
	*text += digits;
	return true;
}

/*
 * Any version of the specification's first major one, "1.0.2-dev": the later ones are
 * compatible, and what an earlier one did not know is not there. Source: runtime-spec config.md,
 * Specification version; semver.org.
 */
static bool is_version(const char *text)
{
	if (strncmp(text, "1.", 2) != 0)
		return false;
	text += 2;
	if (!skip_number(&text, ".-+"))
		return false;
	if (*text == '.') {
		text++;
		if (!skip_number(&text, "-+"))
			return false;
	}
	return *text == '\0' || text_is_made_of(text, ".-+");
}

static int read_version(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *text;

	if (fields_string(reader, value, &text, err) < 0)
		return -1;
	if (!is_version(text))
		return fields_refuse(reader, err,
		                     "\"%.40s\" is not a version of the specification that this "
		                     "hardrun knows, 1.x",
		                     text);
	*(const char **)out = spec_copy(reader->builder, text, err);
	return *(const char **)out == NULL ? -1 : 0;
}

static int read_annotation(struct reader *reader, const char *name, json_t *value, void *out,
                           struct error *err)
{
	struct spec_oci_annotation *annotation = out;
	const char *text;

	if (*name == '\0')
		return fields_refuse(reader, err, "an annotation has no name");
	if (fields_bytes(reader, value, &text, err) < 0)
		return -1;
	annotation->name = spec_copy(reader->builder, name, err);
	annotation->value = annotation->name == NULL ? NULL : spec_copy(reader->builder, text, err);
	return annotation->value == NULL ? -1 : 0;
}

static int read_annotations(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct oci_document *document = out;
	struct fields_items items;

	if (fields_member_items(reader, value, ANNOTATION_MAX, sizeof(struct spec_oci_annotation),
	                        read_annotation, &items, err) < 0)
		return -1;
	document->oci.annotations = items.items;
	document->oci.annotation_count = items.count;
	return 0;
}

static const struct field config_fields[] = {
	{ "annotations", read_annotations },
	{ "domainname", oci_read_label, false, offsetof(struct oci_document, oci.domainname) },
	{ "hooks", oci_read_hooks },
	{ "hostname", oci_read_label, false, offsetof(struct oci_document, spec.hostname) },
	{ "linux", oci_read_linux },
	{ "mounts", oci_read_mounts },
	{ "ociVersion", read_version, true, offsetof(struct oci_document, oci.version) },
	{ "process", oci_read_process, true },
	{ "root", oci_read_root, true },
};

/* The parser of one text and what it must hold on to. */
struct source {
	struct big_numbers numbers;
	char *text;       /* without the big numbers; NULL: there are none */
	char *process;    /* as above, of exec's own */
	const char *name; /* of the file that is being parsed; NULL: it is the config.json */
};

#define AUTO_SOURCE CLEANUP(release_source)

static void release_source(struct source *source)
{
	big_numbers_release(&source->numbers);
	free(source->text);
	free(source->process);
}

static int parse(struct big_numbers *numbers, const char *text, size_t size, char **small,
                 json_t **out, struct error *err)
{
	if (size <= IMPORT_OCI_SIZE_MAX && big_numbers_take(numbers, text, size, small, err) < 0)
		return -1;
	return document_parse(*small != NULL ? *small : text, size, IMPORT_OCI_SIZE_MAX, out, err);
}

/* The text without the policy that is known, or NULL with @err set. */
static char *cut_known(const struct import_oci_input *input, size_t *out_size, struct error *err)
{
	static const char nothing[] = "{}";
	const size_t offset = input->seccomp.offset;
	const size_t behind = offset + input->seccomp.size;
	const size_t rest = input->size - behind;
	char *cut = malloc(offset + sizeof(nothing) + rest);

	if (cut == NULL) {
		(void)error_set_errno(err, "cannot read the text");
		return NULL;
	}
	memcpy(cut, input->text, offset);
	memcpy(cut + offset, nothing, sizeof(nothing));
	memcpy(cut + offset + strlen(nothing), input->text + behind, rest);
	*out_size = offset + strlen(nothing) + rest;
	return cut;
}

/*
 * What is wrong with a text that something was cut out of, the whole one tells, whose lines and
 * columns are those of the file; then nothing of it is known. *@out_seccomp: what is.
 */
static int parse_config(struct source *source, const struct import_oci_input *input, json_t **out,
                        struct import_oci_seccomp *out_seccomp, struct error *err)
{
	AUTO_FREE char *cut = NULL;
	struct error unused = { .kind = ERROR_NONE };
	size_t size = 0;

	*out_seccomp = input->seccomp;
	if (input->seccomp.known != NULL) {
		cut = cut_known(input, &size, err);
		if (cut == NULL)
			return -1;
		if (parse(&source->numbers, cut, size, &source->text, out, &unused) == 0)
			return 0;
		free(source->text);
		source->text = NULL;
		out_seccomp->known = NULL;
	}
	return parse(&source->numbers, input->text, input->size, &source->text, out, err);
}

/* A document in an arena of its own: absent is absent, but for what has no such value. */
static int begin(struct spec_builder *builder, struct oci_document **out, struct error *err)
{
	struct oci_document *document;

	*builder = (struct spec_builder){ .layer = SPEC_LAYER_USER };
	if (arena_new(&builder->arena, err) < 0)
		return -1;
	document = arena_alloc(builder->arena, sizeof(*document), err);
	if (document == NULL)
		return -1;
	document->spec.arena = builder->arena;
	document->spec.oci = &document->oci;
	document->spec.user = (struct spec_user){ .umask = DEFAULT_UMASK, .origin = "default" };
	document->spec.seccomp.kind = SPEC_SECCOMP_OFF;
	document->spec.apparmor.kind = SPEC_APPARMOR_OFF;
	builder->spec = &document->spec;
	*out = document;
	return 0;
}

static void find_shared_namespaces(struct oci_document *document)
{
	uint64_t shared = 0;

	for (size_t i = 0; i < oci_namespaces.count; i++)
		shared |= oci_namespaces.items[i].value;
	for (size_t i = 0; i < document->oci.namespace_count; i++)
		shared &= ~document->oci.namespaces[i].kind;
	document->spec.shared_namespaces = shared;
}

static struct reader make_reader(struct spec_builder *builder, const struct import_oci_input *input,
                                 const struct big_numbers *numbers)
{
	return (struct reader){
		.builder = builder,
		.prefix = "",
		.folder = input->bundle,
		.is_lenient = true,
		.big_numbers = numbers,
		.warn = input->warn,
	};
}

static int read_config(struct reader *reader, const struct import_oci_input *input, json_t *root,
                       struct oci_document *document, struct error *err)
{
	document->oci.bundle = spec_copy(reader->builder, input->bundle, err);
	document->spec.name =
		(struct spec_text){ spec_copy(reader->builder, input->id, err), "container id" };
	if (document->oci.bundle == NULL || document->spec.name.value == NULL)
		return -1;
	if (fields_read(reader, root, config_fields, ARRAY_LEN(config_fields), document, err) < 0)
		return -1;
	find_shared_namespaces(document);
	return 0;
}

/* exec's own process takes the place of the container's. */
static int replace_process(struct source *source, const struct import_oci_exec *exec, json_t *root,
                           struct error *err)
{
	json_auto_t *process = NULL;

	if (exec == NULL || exec->process == NULL)
		return 0;
	source->name = exec->process_name;
	if (parse(&source->numbers, exec->process, exec->process_size, &source->process, &process,
	          err) < 0)
		return -1;
	source->name = NULL;
	if (json_object_set(root, "process", process) < 0)
		return error_set(err, ERROR_SPEC, "the text is not an object");
	return 0;
}

/* Whatever is wrong there is for the reader to say. */
static bool may_trace(const json_t *root)
{
	const json_t *capabilities =
		json_object_get(json_object_get(root, "process"), "capabilities");
	const json_t *bounding = json_object_get(capabilities, "bounding");
	size_t index;
	const json_t *name;

	json_array_foreach(bounding, index, name) {
		if (json_is_string(name) && strcmp(json_string_value(name), "CAP_SYS_PTRACE") == 0)
			return true;
	}
	return false;
}

/* @exec: NULL for the container's own process. */
static int build(struct spec_builder *builder, const struct import_oci_input *input,
                 const struct import_oci_exec *exec, struct source *source, struct spec **out,
                 struct error *err)
{
	json_auto_t *root = NULL;
	struct oci_document *document;
	struct reader reader;

	if (begin(builder, &document, err) < 0 ||
	    parse_config(source, input, &root, &document->seccomp, err) < 0)
		return -1;
	document->text = input->text;
	document->oci.members_may_trace = may_trace(root);
	if (replace_process(source, exec, root, err) < 0)
		return -1;
	reader = make_reader(builder, input, &source->numbers);
	if (read_config(&reader, input, root, document, err) < 0 ||
	    (exec != NULL && oci_apply_exec(&reader, exec, document, err) < 0))
		return -1;
	return spec_finish(builder, out, err);
}

/* Which of two texts a place is in shows in its pointer, unless it could not be parsed. */
static const char *file_of(const struct import_oci_input *input, const struct import_oci_exec *exec,
                           const struct source *source, const struct error *err)
{
	static const char process[] = "/process";

	if (source->name != NULL)
		return source->name;
	if (exec != NULL && exec->process != NULL &&
	    strncmp(err->where, process, strlen(process)) == 0)
		return exec->process_name;
	return input->name;
}

int import_oci_exec(const struct import_oci_input *input, const struct import_oci_exec *exec,
                    struct spec **out, struct error *err)
{
	AUTO_SOURCE struct source source = { 0 };
	struct spec_builder builder = { 0 };

	if (build(&builder, input, exec, &source, out, err) < 0) {
		arena_free(builder.arena);
		return document_name_file(file_of(input, exec, &source, err), err);
	}
	return 0;
}

int import_oci(const struct import_oci_input *input, struct spec **out, struct error *err)
{
	return import_oci_exec(input, NULL, out, err);
}

static int build_resources(struct arena *arena, const struct import_oci_input *input,
                           const struct spec_oci_resources **out, struct error *err)
{
	AUTO_SOURCE struct source source = { 0 };
	json_auto_t *root = NULL;
	struct spec_builder builder = { .arena = arena };
	struct reader reader = make_reader(&builder, input, &source.numbers);
	struct spec_oci_resources *resources = arena_alloc(arena, sizeof(*resources), err);

	if (resources == NULL ||
	    parse(&source.numbers, input->text, input->size, &source.text, &root, err) < 0 ||
	    oci_read_resources(&reader, root, resources, err) < 0 || arena_seal(arena, err) < 0)
		return -1;
	*out = resources;
	return 0;
}

int import_oci_resources(const struct import_oci_input *input, struct arena **out_arena,
                         const struct spec_oci_resources **out, struct error *err)
{
	struct arena *arena;

	if (arena_new(&arena, err) < 0)
		return -1;
	if (build_resources(arena, input, out, err) < 0) {
		arena_free(arena);
		return document_name_file(input->name, err);
	}
	*out_arena = arena;
	return 0;
}

static const char *word_name(const struct oci_words *words, size_t index)
{
	return index < words->count ? words->items[index].name : NULL;
}

static const char *mount_option_name(size_t index)
{
	const struct oci_mount_option *option = oci_mount_option_at(index);

	return option == NULL ? NULL : option->name;
}

const char *import_oci_feature_name(enum import_oci_feature feature, size_t index)
{
	switch (feature) {
	case IMPORT_OCI_HOOKS:
		return word_name(&oci_hook_points, index);
	case IMPORT_OCI_MOUNT_OPTIONS:
		return mount_option_name(index);
	case IMPORT_OCI_NAMESPACES:
		return word_name(&oci_namespaces, index);
	case IMPORT_OCI_SECCOMP_ACTIONS:
		return word_name(&oci_seccomp_actions, index);
	case IMPORT_OCI_SECCOMP_ARCHITECTURES:
		return word_name(&oci_seccomp_architectures, index);
	case IMPORT_OCI_SECCOMP_FLAGS:
		return word_name(&oci_seccomp_flags, index);
	case IMPORT_OCI_SECCOMP_OPERATORS:
		return word_name(&oci_seccomp_operators, index);
	case IMPORT_OCI_MEMORY_POLICY_MODES:
		return word_name(&oci_memory_policy_modes, index);
	case IMPORT_OCI_MEMORY_POLICY_FLAGS:
		return word_name(&oci_memory_policy_flags, index);
	}
	return NULL;
}
