/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The members that say what runs, and as whom. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/number.h"
#include "base/text.h"
#include "import/native.h"

#define ARG_COUNT_MAX 8192
#define ENV_COUNT_MAX 1024
#define ID_MAX        (UINT32_MAX - 1) /* the last one means "no id"; chown(2) */

static int read_arg(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_text arg = { 0 };
	const char *text;

	if (fields_lines(reader, value, &text, err) < 0)
		return -1;
	arg.value = spec_copy(reader->builder, text, err);
	arg.origin = fields_origin(reader, err);
	if (arg.value == NULL || arg.origin == NULL)
		return -1;
	return spec_list_add(reader->builder, &reader->builder->args, &arg, err);
}

int native_read_args(struct reader *reader, json_t *value, void *out, struct error *err)
{
	reader->builder->args.count = 0;
	return fields_some_elements(reader, value, ARG_COUNT_MAX, read_arg, NULL, err);
}

int native_read_cwd(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_text *cwd = &((struct spec *)out)->cwd;

	if (fields_path(reader, value, true, &cwd->value, err) < 0)
		return -1;
	cwd->origin = fields_origin(reader, err);
	return cwd->origin == NULL ? -1 : 0;
}

static bool is_variable_name(const char *name)
{
	return text_is_made_of(name, "_") && (*name < '0' || *name > '9');
}

static int read_variable(struct reader *reader, const char *name, json_t *value, void *out,
                         struct error *err)
{
	AUTO_TEXT struct text setting = { 0 };
	const char *origin = fields_origin(reader, err);
	AUTO_FREE char *whole = NULL;
	const char *text;

	if (origin == NULL || fields_lines(reader, value, &text, err) < 0)
		return -1;
	if (!is_variable_name(name))
		return fields_refuse(reader, err,
		                     "the name of a variable is made of letters, digits and _, and "
		                     "does not begin with a digit");
	text_add(&setting, name);
	text_add(&setting, "=");
	text_add(&setting, text);
	whole = text_take(&setting, err);
	return whole == NULL ? -1 : spec_set_env(reader->builder, whole, origin, err);
}

int native_read_env(struct reader *reader, json_t *value, void *out, struct error *err)
{
	if (json_is_array(value))
		(void)error_hint(err, "write {\"NAME\": \"value\"}");
	return fields_each_member(reader, value, ENV_COUNT_MAX, read_variable, out, err);
}

int native_read_name(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_text *name = out;
	const char *text;

	if (fields_string(reader, value, &text, err) < 0)
		return -1;
	name->value = spec_copy(reader->builder, text, err);
	name->origin = fields_origin(reader, err);
	return name->value == NULL || name->origin == NULL ? -1 : 0;
}

int native_read_terminal(struct reader *reader, json_t *value, void *out, struct error *err)
{
	if (!json_is_boolean(value))
		return fields_wrong_type(reader, value, "true or false", err);
	((struct spec *)out)->has_terminal = json_is_true(value);
	return 0;
}

/* "uid" or "uid:gid". Source: CVE-2026-30892: what is no number must not become one. */
static bool parse_user(const char *text, uint64_t *uid, uint64_t *gid)
{
	const char *colon = strchr(text, ':');
	char first[16];

	if (colon == NULL)
		return number_parse(text, ID_MAX, uid) && number_parse(text, ID_MAX, gid);
	if ((size_t)(colon - text) >= sizeof(first))
		return false;
	(void)snprintf(first, sizeof(first), "%.*s", (int)(colon - text), text);
	return number_parse(first, ID_MAX, uid) && number_parse(colon + 1, ID_MAX, gid);
}

static int read_ids(struct reader *reader, json_t *value, uint64_t *uid, uint64_t *gid,
                    struct error *err)
{
	const char *text;

	if (json_is_integer(value)) {
		if (fields_integer(reader, value, 0, ID_MAX, uid, err) < 0)
			return -1;
		*gid = *uid;
		return 0;
	}
	if (!json_is_string(value))
		return fields_wrong_type(reader, value, "\"uid:gid\", \"uid\" or a number", err);
	if (fields_string(reader, value, &text, err) < 0)
		return -1;
	if (parse_user(text, uid, gid))
		return 0;
	(void)error_hint(err,
	                 "write numbers, \"uid:gid\" or \"uid\", without sign or leading zero; "
	                 "names are not looked up");
	return fields_refuse(reader, err, "\"%.60s\" is not a user", text);
}

int native_read_user(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_user *user = &((struct spec *)out)->user;
	uint64_t uid = 0;
	uint64_t gid = 0;

	if (read_ids(reader, value, &uid, &gid, err) < 0)
		return -1;
	user->uid = (uint32_t)uid;
	user->gid = (uint32_t)gid;
	user->origin = fields_origin(reader, err);
	reader->builder->is_user_given = true;
	return user->origin == NULL ? -1 : 0;
}
