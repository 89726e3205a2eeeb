/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdint.h>

#include "import/oci.h"

#define HOOK_MAX      ((size_t)4096)
#define TIMEOUT_MAX_S INT32_MAX

static int read_timeout(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_read_number(reader, value, 1, TIMEOUT_MAX_S, out, err);
}

static int read_hook_path(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_path(reader, value, false, out, err);
}

static const struct field hook_fields[] = {
	{ "args", oci_read_byte_texts, false, offsetof(struct spec_oci_hook, args) },
	{ "env", oci_read_byte_texts, false, offsetof(struct spec_oci_hook, env) },
	{ "path", read_hook_path, true, offsetof(struct spec_oci_hook, path) },
	{ "timeout", read_timeout, false, offsetof(struct spec_oci_hook, timeout_s) },
};

static int read_hook(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_oci_hook *hook = out;

	if (fields_read(reader, value, hook_fields, ARRAY_LEN(hook_fields), hook, err) < 0)
		return -1;
	hook->origin = fields_origin(reader, err);
	return hook->origin == NULL ? -1 : 0;
}

static int read_hook_list(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_oci_hook_list *list = out;
	struct fields_items items;

	if (fields_items(reader, value, HOOK_MAX, sizeof(struct spec_oci_hook), read_hook, &items,
	                 err) < 0)
		return -1;
	*list = (struct spec_oci_hook_list){ items.items, items.count };
	return 0;
}

#define POINT(name) offsetof(struct oci_document, oci.hooks[name])

static const struct field hooks_fields[] = {
	{ "createContainer", read_hook_list, false, POINT(SPEC_OCI_CREATE_CONTAINER) },
	{ "createRuntime", read_hook_list, false, POINT(SPEC_OCI_CREATE_RUNTIME) },
	{ "poststart", read_hook_list, false, POINT(SPEC_OCI_POSTSTART) },
	{ "poststop", read_hook_list, false, POINT(SPEC_OCI_POSTSTOP) },
	{ "prestart", read_hook_list, false, POINT(SPEC_OCI_PRESTART) },
	{ "startContainer", read_hook_list, false, POINT(SPEC_OCI_START_CONTAINER) },
};

int oci_read_hooks(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_read(reader, value, hooks_fields, ARRAY_LEN(hooks_fields), out, err);
}
