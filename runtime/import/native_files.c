/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The members that say which files the container sees. */
#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "import/native.h"

#define MOUNT_COUNT_MAX  256
#define TMPFS_COUNT_MAX  64
#define SECRET_COUNT_MAX 128
#define SECRET_NAME_MAX  64                  /* bytes */
#define TMPFS_SIZE_MIN   UINT64_C(4096)      /* 0 would mean no limit; tmpfs(5) */
#define TMPFS_SIZE_MAX   (UINT64_C(1) << 50) /* bytes */

static int read_source(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_path(reader, value, true, &((struct spec_mount *)out)->source, err);
}

static int read_target(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_path(reader, value, false, &((struct spec_mount *)out)->target, err);
}

static const struct field mount_fields[] = {
	{ "source", read_source, true },
	{ "target", read_target, true },
};

static int read_mount(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_mount mount = { .origin = fields_origin(reader, err) };

	if (mount.origin == NULL ||
	    fields_read(reader, value, mount_fields, ARRAY_LEN(mount_fields), &mount, err) < 0)
		return -1;
	return spec_list_add(reader->builder, &reader->builder->mounts, &mount, err);
}

int native_read_mounts(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_element(reader, value, MOUNT_COUNT_MAX, read_mount, NULL, err);
}

int native_read_rootfs(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_rootfs *rootfs = &((struct spec *)out)->rootfs;
	const char *text;

	if (fields_string(reader, value, &text, err) < 0)
		return -1;
	rootfs->kind = SPEC_ROOTFS_HOST;
	rootfs->path = (struct spec_text){ 0 };
	if (strcmp(text, "host") == 0)
		return 0;
	rootfs->kind = SPEC_ROOTFS_DIRECTORY;
	if (fields_path(reader, value, true, &rootfs->path.value, err) < 0)
		return -1;
	rootfs->path.origin = fields_origin(reader, err);
	return rootfs->path.origin == NULL ? -1 : 0;
}

/* It becomes the name of a variable too. */
static bool is_secret_name(const char *name)
{
	const char first[] = { name[0], '\0' };

	return text_is_made_of(name, "_.-") && text_is_made_of(first, "_") &&
	       (name[0] < '0' || name[0] > '9') && strlen(name) <= SECRET_NAME_MAX;
}

static int read_secret(struct reader *reader, const char *name, json_t *value, void *out,
                       struct error *err)
{
	struct spec_secret secret = { .origin = fields_origin(reader, err) };

	if (!is_secret_name(name))
		return fields_refuse(reader, err,
		                     "the name of a secret is made of 1 to %d letters, digits and "
		                     "_ . - and begins with a letter or _",
		                     SECRET_NAME_MAX);
	secret.name = spec_copy(reader->builder, name, err);
	if (secret.origin == NULL || secret.name == NULL ||
	    fields_path(reader, value, true, &secret.source, err) < 0)
		return -1;
	return spec_list_put(reader->builder, &reader->builder->secrets, &secret, err);
}

int native_read_secrets(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_member(reader, value, SECRET_COUNT_MAX, read_secret, out, err);
}

static int read_tmpfs(struct reader *reader, const char *name, json_t *value, void *out,
                      struct error *err)
{
	struct spec_tmpfs tmpfs = { .origin = fields_origin(reader, err) };
	char target[4096];

	if (path_clean(target, sizeof(target), name, err) < 0)
		return fields_at(reader, err);
	tmpfs.target = spec_copy(reader->builder, target, err);
	if (tmpfs.origin == NULL || tmpfs.target == NULL ||
	    fields_size(reader, value, TMPFS_SIZE_MIN, TMPFS_SIZE_MAX, &tmpfs.size, err) < 0)
		return -1;
	return spec_list_put(reader->builder, &reader->builder->tmpfs, &tmpfs, err);
}

int native_read_tmpfs(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_member(reader, value, TMPFS_COUNT_MAX, read_tmpfs, out, err);
}

bool native_files_table_at(size_t index, struct native_table *out)
{
	if (index > 0)
		return false;
	*out = (struct native_table){ "/mounts/0", mount_fields, ARRAY_LEN(mount_fields) };
	return true;
}
