/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "import/oci.h"
#include "spec/oci_mount_options.h"

#define MOUNT_MAX  ((size_t)8192)
#define OPTION_MAX ((size_t)1024) /* of one mount */

/* @whole: bits that are one value and can be cleared together only. */
static void apply_flags(const struct oci_mount_option *option, uint64_t whole, uint64_t *set,
                        uint64_t *cleared)
{
	*set = (*set & ~option->clear) | option->set;
	*cleared = (*cleared & ~option->set) | option->clear;
	if ((option->clear & whole) != 0)
		*cleared |= whole;
}

void oci_apply_mount_option(const struct oci_mount_option *option, struct spec_oci_mount *mount)
{
	switch (option->kind) {
	case OCI_MOUNT_ATTRIBUTE:
		apply_flags(option, OCI_MOUNT_ACCESS_TIMES, &mount->attributes, &mount->cleared);
		break;
	case OCI_MOUNT_ATTRIBUTE_BELOW:
		apply_flags(option, OCI_MOUNT_ACCESS_TIMES, &mount->attributes_below,
		            &mount->cleared_below);
		break;
	case OCI_MOUNT_SUPERBLOCK:
		apply_flags(option, 0, &mount->superblock, &mount->superblock_cleared);
		break;
	case OCI_MOUNT_BIND_BELOW:
		mount->is_recursive = true;
		mount->is_bind = true;
		break;
	case OCI_MOUNT_BIND:
		mount->is_bind = true;
		break;
	case OCI_MOUNT_COPY_UP:
		mount->copies_up = true;
		break;
	case OCI_MOUNT_ID_MAP_BELOW:
		mount->is_id_mapped_below = true;
		mount->is_id_mapped = true;
		break;
	case OCI_MOUNT_ID_MAP:
		mount->is_id_mapped = true;
		break;
	case OCI_MOUNT_PROPAGATION:
		mount->propagation = option->set & ~OCI_MOUNT_RECURSIVE;
		mount->is_propagation_recursive = (option->set & OCI_MOUNT_RECURSIVE) != 0;
		break;
	case OCI_MOUNT_REMOUNT:
		mount->is_remount = true;
		break;
	case OCI_MOUNT_NOTHING:
		break;
	}
}

/* A mount, and what no option of the table is. */
struct draft {
	struct spec_oci_mount *mount;
	struct spec_list data; /* struct spec_text */
};

static int add_data(struct reader *reader, const char *text, size_t length, struct spec_list *data,
                    struct error *err)
{
	struct spec_text item = { .origin = fields_origin(reader, err) };
	char *copy = arena_alloc(reader->builder->arena, length + 1, err);

	if (copy == NULL || item.origin == NULL)
		return -1;
	memcpy(copy, text, length);
	item.value = copy;
	return spec_list_add(reader->builder, data, &item, err);
}

/* Several may be in one text, as mount(2) has them, but a comma that is quoted or escaped. */
static int add_all_data(struct reader *reader, const char *text, struct spec_list *data,
                        struct error *err)
{
	const char *const ends = strpbrk(text, "\"\\") == NULL ? "," : "";

	while (*text != '\0') {
		const size_t length = strcspn(text, ends);

		if (length > 0 && add_data(reader, text, length, data, err) < 0)
			return fields_at(reader, err);
		text += length;
		text += *text != '\0';
	}
	return 0;
}

/* Options of the file system stay in the order in which they were given. */
static int read_option(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct draft *draft = out;
	const struct oci_mount_option *option;
	const char *name;

	if (fields_string(reader, value, &name, err) < 0)
		return -1;
	option = oci_mount_option_find(name);
	if (option == NULL)
		return add_all_data(reader, name, &draft->data, err);
	oci_apply_mount_option(option, draft->mount);
	return 0;
}

static int read_options(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct draft draft = { .mount = out, .data.item_size = sizeof(struct spec_text) };

	if (fields_each_element(reader, value, OPTION_MAX, read_option, &draft, err) < 0)
		return -1;
	draft.mount->data = (struct spec_text_list){ draft.data.items, draft.data.count };
	return 0;
}

static int read_target(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_read_inner_path(reader, value, out, err);
}

static int read_word(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *text;

	if (fields_string(reader, value, &text, err) < 0)
		return -1;
	*(const char **)out = spec_copy(reader->builder, text, err);
	return *(const char **)out == NULL ? -1 : 0;
}

static const struct field mount_fields[] = {
	{ "destination", read_target, true, offsetof(struct spec_oci_mount, target) },
	{ "gidMappings", oci_read_mappings, false, offsetof(struct spec_oci_mount, gids) },
	{ "options", read_options },
	{ "source", read_word, false, offsetof(struct spec_oci_mount, source) },
	{ "type", read_word, false, offsetof(struct spec_oci_mount, type) },
	{ "uidMappings", oci_read_mappings, false, offsetof(struct spec_oci_mount, uids) },
};

/* The type of a bind means nothing. Source: runtime-spec config.md, mounts, type. */
static int complete_bind(struct reader *reader, const json_t *value, struct spec_oci_mount *mount,
                         struct error *err)
{
	const json_t *source = json_object_get(value, "source");

	mount->is_bind = true;
	mount->type = "bind";
	if (mount->is_remount)
		return 0;
	if (mount->source == NULL || *mount->source == '\0')
		return fields_refuse(reader, err, "a bind needs a source");
	return oci_read_host_path(reader, source, &mount->source, err);
}

static int complete_mount(struct reader *reader, const json_t *value, struct spec_oci_mount *mount,
                          struct error *err)
{
	const bool is_bind_by_name = mount->type != NULL && strcmp(mount->type, "bind") == 0;

	if ((mount->uids.count > 0) != (mount->gids.count > 0))
		return fields_refuse(reader, err,
		                     "uidMappings and gidMappings are needed both or none");
	mount->is_id_mapped |= mount->uids.count > 0;
	if (mount->is_bind || is_bind_by_name) {
		if (complete_bind(reader, value, mount, err) < 0)
			return -1;
	} else if ((mount->type == NULL || *mount->type == '\0') && !mount->is_remount) {
		return fields_refuse(reader, err, "a mount that is no bind needs a type");
	}
	if (mount->source == NULL)
		mount->source = "";
	if (mount->type == NULL)
		mount->type = "";
	return 0;
}

static int read_mount(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_oci_mount *mount = out;

	if (fields_read(reader, value, mount_fields, ARRAY_LEN(mount_fields), mount, err) < 0 ||
	    complete_mount(reader, value, mount, err) < 0)
		return -1;
	mount->origin = fields_origin(reader, err);
	return mount->origin == NULL ? -1 : 0;
}

int oci_read_mounts(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct oci_document *document = out;
	struct fields_items items;

	if (fields_items(reader, value, MOUNT_MAX, sizeof(struct spec_oci_mount), read_mount,
	                 &items, err) < 0)
		return -1;
	document->oci.mounts = items.items;
	document->oci.mount_count = items.count;
	return 0;
}

static int read_root_path(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_text *path = out;

	if (oci_read_host_path(reader, value, &path->value, err) < 0)
		return -1;
	path->origin = fields_origin(reader, err);
	return path->origin == NULL ? -1 : 0;
}

static const struct field root_fields[] = {
	{ "path", read_root_path, true, offsetof(struct oci_document, oci.rootfs) },
	{ "readonly", oci_read_bool, false,
	  offsetof(struct oci_document, oci.is_rootfs_read_only) },
};

int oci_read_root(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct oci_document *document = out;

	if (fields_read(reader, value, root_fields, ARRAY_LEN(root_fields), document, err) < 0)
		return -1;
	document->spec.rootfs = (struct spec_rootfs){
		.kind = SPEC_ROOTFS_DIRECTORY,
		.path = document->oci.rootfs,
		.is_writable = !document->oci.is_rootfs_read_only,
	};
	return 0;
}

int oci_read_propagation(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const struct oci_mount_option *option;
	const char *name;

	if (fields_string(reader, value, &name, err) < 0)
		return -1;
	if (*name == '\0')
		return 0;
	option = oci_mount_option_find(name);
	if (option == NULL || option->kind != OCI_MOUNT_PROPAGATION)
		return fields_refuse(reader, err, "\"%.100s\" is no way of propagation", name);
	*(uint64_t *)out = option->set;
	return 0;
}
