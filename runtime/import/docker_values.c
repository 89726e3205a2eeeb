/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "import/docker.h"
#include "import/document.h"

#define UNIQUE_MAX ((size_t)1024) /* items of a list that is searched for each of them */

int docker_refuse(const struct spec_text *text, struct error *err, const char *format, ...)
{
	char what[sizeof(err->what)];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	(void)error_set(err, ERROR_SPEC, "%s", what);
	return error_at(err, "%s", text->origin);
}

void docker_warn(const struct docker_draft *draft, const struct spec_text *text, const char *format,
                 ...)
{
	struct error warning = { .kind = ERROR_NONE };
	char what[sizeof(warning.what)];
	va_list args;

	if (draft->session->input->warn == NULL)
		return;
	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	(void)docker_refuse(text, &warning, "%s", what);
	(void)document_name_file(draft->session->input->name, &warning);
	draft->session->input->warn(&warning);
}

int docker_read_switch(const struct spec_text *text, bool *out, struct error *err)
{
	static const struct {
		char name[6];
		bool is_on;
	} words[] = {
		{ "", true },     { "1", true },      { "t", true },      { "T", true },
		{ "true", true }, { "True", true },   { "TRUE", true },   { "y", true },
		{ "yes", true },  { "on", true },     { "0", false },     { "f", false },
		{ "F", false },   { "false", false }, { "False", false }, { "FALSE", false },
		{ "n", false },   { "no", false },    { "off", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(words[i].name, text->value) == 0) {
			*out = words[i].is_on;
			return 0;
		}
	}
	return docker_refuse(text, err, "\"%.60s\" is neither true nor false", text->value);
}

static int refuse_size(const struct spec_text *text, struct error *err)
{
	(void)error_hint(err, "write a number of bytes, or one with k, m, g or t: \"512m\"");
	return docker_refuse(text, err, "\"%.60s\" is not a size", text->value);
}

/* The factor of "m", "MB", "MiB", all of them 1024 times 1024; 0: it is no unit. */
static double unit(const char *suffix)
{
	static const char letters[] = "kmgtp";
	const char *letter = *suffix == '\0' ? NULL : strchr(letters, *suffix | 0x20);

	if (letter != NULL)
		suffix++;
	if (letter != NULL && (*suffix | 0x20) == 'i')
		suffix++;
	if ((*suffix | 0x20) == 'b')
		suffix++;
	if (*suffix != '\0')
		return 0;
	return letter == NULL ? 1 : ldexp(1, 10 * (int)(letter - letters + 1));
}

/* Source: docker/go-units, RAMInBytes. */
int docker_read_size(const struct spec_text *text, int64_t *out, struct error *err)
{
	const size_t digits = strspn(text->value, "0123456789.");
	const char *suffix = text->value + digits;
	char *end;
	double number, factor;

	suffix += *suffix == ' ';
	factor = unit(suffix);
	number = strtod(text->value, &end);
	if (digits == 0 || digits > 24 || end != text->value + digits || factor == 0)
		return refuse_size(text, err);
	number *= factor;
	if (number >= 0x1p63)
		return docker_refuse(text, err, "\"%.60s\" does not fit into 64 bits", text->value);
	*out = (int64_t)number;
	return 0;
}

int docker_read_integer(const struct spec_text *text, int64_t *out, struct error *err)
{
	const char *digits = text->value + (*text->value == '-');
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text->value, &end, 10);
	if (strspn(digits, "0123456789") == 0 || *end != '\0' || errno != 0)
		return docker_refuse(text, err, "\"%.60s\" is not an integer", text->value);
	*out = number;
	return 0;
}

const char *docker_copy(struct docker_draft *draft, const char *text, size_t length,
                        struct error *err)
{
	char *copy = arena_alloc(draft->session->builder.arena, length + 1, err);

	return copy == NULL ? NULL : memcpy(copy, text, length);
}

int docker_add_text(struct docker_draft *draft, struct spec_list *list,
                    const struct spec_text *text, struct error *err)
{
	if (spec_list_add(&draft->session->builder, list, text, err) < 0)
		return error_at(err, "%s", text->origin);
	return 0;
}

int docker_put(struct docker_draft *draft, struct spec_list *list, const void *item,
               const char *origin, struct error *err)
{
	if (list->count < UNIQUE_MAX)
		return spec_list_put(&draft->session->builder, list, item, err);
	(void)error_set(err, ERROR_SPEC, "more than %zu of them", UNIQUE_MAX);
	return error_at(err, "%s", origin);
}

/* Go up from @out, which is a clean path; the root's parent is the root. */
static void cut_last(char *out)
{
	char *last = strrchr(out, '/');

	if (last == out)
		last++;
	if (last != NULL)
		*last = '\0';
}

/* Write @path, from @folder when it is relative, without "." and "..". False: it is too long. */
static bool normalise(char out[PATH_MAX], const char *folder, const char *path)
{
	size_t used;

	(void)snprintf(out, PATH_MAX, "%s", *path == '/' ? "/" : folder);
	for (; *path != '\0'; path += strspn(path, "/")) {
		const size_t length = strcspn(path, "/");

		if (length == 0 || (length == 1 && path[0] == '.')) {
			path += length;
			continue;
		}
		if (length == 2 && strncmp(path, "..", 2) == 0) {
			cut_last(out);
			path += length;
			continue;
		}
		used = strlen(out);
		if (used + length + 2 > PATH_MAX)
			return false;
		(void)snprintf(out + used, PATH_MAX - used, "%s%.*s",
		               out[used - 1] == '/' ? "" : "/", (int)length, path);
		path += length;
	}
	return true;
}

int docker_read_host_path(struct docker_draft *draft, const struct spec_text *text,
                          const char *path, const char **out, struct error *err)
{
	const char *folder = draft->folder;
	char clean[PATH_MAX];

	if (*path == '\0')
		return docker_refuse(text, err, "a path must not be empty");
	if (*path == '~' || *path == '$' || *path == '`' || (*path != '/' && folder == NULL)) {
		*out = docker_copy(draft, path, strlen(path), err);
		return *out == NULL ? -1 : 0;
	}
	if (!normalise(clean, folder == NULL ? "/" : folder, path))
		return docker_refuse(text, err, "the path is too long");
	*out = docker_copy(draft, clean, strlen(clean), err);
	return *out == NULL ? -1 : 0;
}

int docker_read_inner_path(struct docker_draft *draft, const struct spec_text *text,
                           const char *path, const char **out, struct error *err)
{
	char clean[PATH_MAX];

	if (*path != '/')
		return docker_refuse(text, err, "\"%.100s\" is no absolute path of the container",
		                     path);
	if (!normalise(clean, "/", path))
		return docker_refuse(text, err, "the path is too long");
	*out = docker_copy(draft, clean, strlen(clean), err);
	return *out == NULL ? -1 : 0;
}
