/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec_file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

int spec_file_folder(const char *path, char *out, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX] = ".";
	const size_t length = slash == NULL ? 0 : (size_t)(slash - path) + 1;

	if (length >= sizeof(folder))
		return error_set(err, ERROR_USAGE, "the path of the spec is too long");
	if (length > 0)
		memcpy(folder, path, length);
	folder[length > 0 ? length : 1] = '\0';
	if (realpath(folder, out) == NULL)
		return error_set_errno(err, "cannot find the folder of %s", path);
	return 0;
}

int spec_file_read(const char *path, const struct import_overrides *overrides, struct spec **out,
                   struct error *err)
{
	AUTO_FREE char *text = NULL;
	char folder[PATH_MAX];
	struct import_input input = { .name = path,
		                      .overrides = *overrides,
		                      .read_file = file_read };

	if (file_read(path, IMPORT_SIZE_MAX, &text, &input.size, err) < 0)
		return -1;
	input.text = text;
	if (strcmp(path, "-") != 0) {
		if (spec_file_folder(path, folder, err) < 0)
			return -1;
		input.folder = folder;
	}
	return import_native(&input, out, err);
}
