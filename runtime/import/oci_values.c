/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <limits.h>
#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "import/oci.h"

#define MAPPING_MAX ((size_t)340)    /* user_namespaces(7): lines of a map */
#define ID_MAX      (UINT32_MAX - 1) /* the last one means "none" */

static int refuse_word(const struct reader *reader, const char *name, const struct oci_words *words,
                       struct error *err)
{
	struct text_nearest nearest = { .word = name };

	for (size_t i = 0; i < words->count; i++)
		text_nearest_try(&nearest, words->items[i].name);
	if (nearest.best != NULL)
		(void)error_hint(err, "did you mean \"%s\"?", nearest.best);
	return fields_refuse(reader, err, "\"%.100s\" is not %s", name, words->what);
}

int oci_word(const struct reader *reader, const json_t *value, const struct oci_words *words,
             uint64_t *out, struct error *err)
{
	const char *name;

	if (fields_string(reader, value, &name, err) < 0)
		return -1;
	for (size_t i = 0; i < words->count; i++) {
		if (strcmp(words->items[i].name, name) == 0) {
			*out = words->items[i].value;
			return 0;
		}
	}
	return refuse_word(reader, name, words, err);
}

int oci_number_word(struct reader *reader, const json_t *value, const struct oci_words *words,
                    struct spec_number *out, struct error *err)
{
	uint64_t number = 0;

	if (oci_word(reader, value, words, &number, err) < 0)
		return -1;
	*out = (struct spec_number){ .value = (int64_t)number, .is_set = true };
	out->origin = fields_origin(reader, err);
	return out->origin == NULL ? -1 : 0;
}

int oci_read_bool(struct reader *reader, json_t *value, void *out, struct error *err)
{
	if (!json_is_boolean(value))
		return fields_wrong_type(reader, value, "true or false", err);
	*(bool *)out = json_is_true(value);
	return 0;
}

int oci_read_number(struct reader *reader, const json_t *value, int64_t min, int64_t max,
                    struct spec_number *out, struct error *err)
{
	if (fields_signed(reader, value, min, max, &out->value, err) < 0)
		return -1;
	out->is_set = true;
	out->origin = fields_origin(reader, err);
	return out->origin == NULL ? -1 : 0;
}

int oci_read_bool_number(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_number *number = out;
	bool is_true = false;

	if (oci_read_bool(reader, value, &is_true, err) < 0)
		return -1;
	*number = (struct spec_number){ .value = is_true, .is_set = true };
	number->origin = fields_origin(reader, err);
	return number->origin == NULL ? -1 : 0;
}

int oci_read_signed(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_read_number(reader, value, INT64_MIN, INT64_MAX, out, err);
}

int oci_read_unsigned(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_read_number(reader, value, 0, INT64_MAX, out, err);
}

int oci_read_u32(struct reader *reader, json_t *value, void *out, struct error *err)
{
	uint64_t number;

	if (fields_integer(reader, value, 0, UINT32_MAX, &number, err) < 0)
		return -1;
	*(uint32_t *)out = (uint32_t)number;
	return 0;
}

int oci_read_u64(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_integer(reader, value, 0, UINT64_MAX, out, err);
}

static int take_text(struct reader *reader, const char *bytes, struct spec_text *out,
                     struct error *err)
{
	out->value = spec_copy(reader->builder, bytes, err);
	out->origin = out->value == NULL ? NULL : fields_origin(reader, err);
	return out->origin == NULL ? -1 : 0;
}

int oci_read_bytes(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *bytes;

	if (fields_bytes(reader, value, &bytes, err) < 0)
		return -1;
	return take_text(reader, bytes, out, err);
}

int oci_read_text(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *text;

	if (fields_string(reader, value, &text, err) < 0)
		return -1;
	return take_text(reader, text, out, err);
}

int oci_read_label(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *label;

	if (fields_string(reader, value, &label, err) < 0)
		return -1;
	return *label == '\0' ? 0 : take_text(reader, label, out, err);
}

int oci_read_ranges(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *text;

	if (fields_string(reader, value, &text, err) < 0)
		return -1;
	if (strspn(text, "0123456789,- ") != strlen(text))
		return fields_refuse(reader, err, "\"%.100s\" is not a list such as \"0-3,7\"",
		                     text);
	return *text == '\0' ? 0 : take_text(reader, text, out, err);
}

int oci_read_path(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_text *text = out;

	if (fields_path(reader, value, false, &text->value, err) < 0)
		return -1;
	text->origin = fields_origin(reader, err);
	return text->origin == NULL ? -1 : 0;
}

static int read_list(struct reader *reader, json_t *value, read_function *read,
                     struct spec_text_list *out, struct error *err)
{
	struct fields_items items;

	if (fields_items(reader, value, OCI_ITEM_MAX, sizeof(struct spec_text), read, &items, err) <
	    0)
		return -1;
	*out = (struct spec_text_list){ items.items, items.count };
	return 0;
}

int oci_read_byte_texts(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return read_list(reader, value, oci_read_bytes, out, err);
}

int oci_read_texts(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return read_list(reader, value, oci_read_text, out, err);
}

int oci_read_paths(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return read_list(reader, value, oci_read_path, out, err);
}

static int read_path_below(struct reader *reader, const json_t *value, const char *folder,
                           const char **out, struct error *err)
{
	const char *path;
	char cleaned[PATH_MAX];

	if (fields_string(reader, value, &path, err) < 0)
		return -1;
	if (*path == '\0')
		return fields_refuse(reader, err, "a path must not be empty");
	if (path_join(cleaned, sizeof(cleaned), folder, path, err) < 0)
		return fields_at(reader, err);
	*out = spec_copy(reader->builder, cleaned, err);
	return *out == NULL ? -1 : 0;
}

int oci_read_host_path(struct reader *reader, const json_t *value, const char **out,
                       struct error *err)
{
	return read_path_below(reader, value, reader->folder, out, err);
}

int oci_read_inner_path(struct reader *reader, const json_t *value, const char **out,
                        struct error *err)
{
	return read_path_below(reader, value, "/", out, err);
}

int oci_read_setting(struct reader *reader, const char *name, json_t *value, void *out,
                     struct error *err)
{
	struct spec_sysctl *setting = out;
	const char *text;

	if (fields_lines(reader, value, &text, err) < 0)
		return -1;
	setting->name = spec_copy(reader->builder, name, err);
	setting->value = setting->name == NULL ? NULL : spec_copy(reader->builder, text, err);
	setting->origin = setting->value == NULL ? NULL : fields_origin(reader, err);
	return setting->origin == NULL ? -1 : 0;
}

static const struct field mapping_fields[] = {
	{ "containerID", oci_read_u32, true, offsetof(struct id_map, inner) },
	{ "hostID", oci_read_u32, true, offsetof(struct id_map, outer) },
	{ "size", oci_read_u32, true, offsetof(struct id_map, count) },
};

static int read_mapping(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const struct id_map *map = out;

	if (fields_read(reader, value, mapping_fields, ARRAY_LEN(mapping_fields), out, err) < 0)
		return -1;
	if (map->count == 0)
		return fields_refuse(reader, err, "a mapping of no ids");
	if ((uint64_t)map->inner + map->count - 1 > ID_MAX ||
	    (uint64_t)map->outer + map->count - 1 > ID_MAX)
		return fields_refuse(reader, err, "a mapping beyond the last id, %u", ID_MAX);
	return 0;
}

int oci_read_mappings(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_oci_mapping_list *list = out;
	struct fields_items items;

	if (fields_items(reader, value, MAPPING_MAX, sizeof(struct id_map), read_mapping, &items,
	                 err) < 0)
		return -1;
	*list = (struct spec_oci_mapping_list){ .items = items.items, .count = items.count };
	list->origin = fields_origin(reader, err);
	return list->origin == NULL ? -1 : 0;
}
