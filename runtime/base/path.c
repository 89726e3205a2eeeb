/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/path.h"

#include <string.h>

/* The components of @path, which may be relative, are written behind the @length bytes of @out. */
static int append_clean(char *out, size_t size, size_t length, const char *path, struct error *err)
{
	while (*path != '\0') {
		const size_t step = strcspn(path, "/");

		if (step == 2 && strncmp(path, "..", 2) == 0)
			return error_set(err, ERROR_SPEC,
			                 "a path must not have \"..\" in it; write the place "
			                 "that is meant");
		if (step > 0 && !(step == 1 && *path == '.')) {
			if (length + 1 + step >= size)
				return error_set(err, ERROR_SPEC,
				                 "a path must be shorter than %zu bytes", size);
			out[length++] = '/';
			memcpy(out + length, path, step);
			length += step;
		}
		path += step;
		while (*path == '/')
			path++;
	}
	if (length == 0)
		out[length++] = '/';
	out[length] = '\0';
	return 0;
}

int path_clean(char *out, size_t size, const char *path, struct error *err)
{
	if (*path == '\0')
		return error_set(err, ERROR_SPEC, "a path must not be empty");
	if (*path != '/')
		return error_set(err, ERROR_SPEC, "a path must start with \"/\" here");
	return append_clean(out, size, 0, path, err);
}

int path_join(char *out, size_t size, const char *folder, const char *path, struct error *err)
{
	size_t length;

	if (*path == '/')
		return path_clean(out, size, path, err);
	if (path_clean(out, size, folder, err) < 0)
		return -1;
	length = strlen(out);
	return append_clean(out, size, length == 1 ? 0 : length, path, err);
}

bool path_is_within(const char *path, const char *folder)
{
	const size_t length = strlen(folder);

	if (strcmp(folder, "/") == 0)
		return true;
	return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

const char *path_last(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}
