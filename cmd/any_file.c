/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "any_file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "spec_file.h"

#define ENV_FILE_SIZE_MAX ((size_t)1024 * 1024) /* bytes */
#define SETTINGS_MAX      100000

int any_language_find(const char *name, enum spec_language *out, struct error *err)
{
	enum spec_language language = SPEC_LANGUAGE_COUNT;

	if (name != NULL && !spec_language_find(name, &language)) {
		(void)error_set(err, ERROR_USAGE, "\"%.60s\" is no language that can be read",
		                name);
		(void)error_hint(err, "hardrun, oci, docker-run, docker-inspect, compose, "
		                      "kubernetes, dockerfile or scan");
		return error_at(err, "--from");
	}
	*out = language;
	return 0;
}

static int read_any(const struct import_any_input *input, struct any_file *out, struct error *err)
{
	if (import_any(input, &out->result, err) == 0)
		return 0;
	free(out->text);
	out->text = NULL;
	return -1;
}

int any_file_read(const char *path, enum spec_language language, const struct import_values *values,
                  struct any_file *out, struct error *err)
{
	char folder[PATH_MAX];
	struct import_any_input input = { .name = path,
		                          .language = language,
		                          .values = *values,
		                          .read_file = file_read,
		                          .warn = log_warning };

	if (file_read(path, IMPORT_ANY_SIZE_MAX, &out->text, &input.size, err) < 0)
		return -1;
	input.text = out->text;
	if (strcmp(path, "-") != 0) {
		if (spec_file_folder(path, folder, err) < 0) {
			any_file_release(out);
			return -1;
		}
		input.folder = folder;
	}
	return read_any(&input, out, err);
}

/* As a shell reads it back. */
static void add_word(struct text *line, const char *word)
{
	if (text_is_made_of(word, "-_./:=,@%+")) {
		text_add(line, word);
		return;
	}
	text_add(line, "'");
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			text_add(line, "'\\''");
		else
			text_add_format(line, "%c", *word);
	}
	text_add(line, "'");
}

int any_file_read_line(char *const *words, int count, const struct import_values *values,
                       struct any_file *out, struct error *err)
{
	AUTO_TEXT struct text line = { 0 };
	struct import_any_input input = { .name = "command line",
		                          .language = SPEC_LANGUAGE_DOCKER_RUN,
		                          .values = *values,
		                          .warn = log_warning };

	for (int i = 0; i < count; i++) {
		text_add(&line, i == 0 ? "" : " ");
		add_word(&line, words[i]);
	}
	input.size = line.length;
	out->text = text_take(&line, err);
	if (out->text == NULL)
		return -1;
	input.text = out->text;
	return read_any(&input, out, err);
}

void any_file_release(struct any_file *file)
{
	import_result_release(&file->result);
	free(file->text);
	*file = (struct any_file){ .text = NULL };
}

static int add_setting(struct any_values *values, const char *setting, struct error *err)
{
	const char **grown;

	if (values->count >= SETTINGS_MAX)
		return error_set(err, ERROR_USAGE, "there are more than %d variables",
		                 SETTINGS_MAX);
	grown = reallocarray(values->settings, values->count + 1, sizeof(*grown));
	if (grown == NULL)
		return error_set_errno(err, "cannot keep the variables");
	values->settings = grown;
	values->settings[values->count++] = setting;
	return 0;
}

static bool is_setting(const char *text)
{
	const size_t length = strcspn(text, "=");

	return length > 0 && text[length] == '=' && strcspn(text, " \t") >= length;
}

/* Without the quotes around the value, or the remark behind it. */
static void tidy_setting(char *setting)
{
	char *value = strchr(setting, '=') + 1;
	size_t length = strlen(value);
	char *remark;

	if (length >= 2 && (*value == '"' || *value == '\'') && value[length - 1] == *value) {
		memmove(value, value + 1, length - 2);
		value[length - 2] = '\0';
		return;
	}
	remark = strstr(value, " #");
	if (remark != NULL)
		*remark = '\0';
	for (length = strlen(value); length > 0 && strchr(" \t", value[length - 1]) != NULL;)
		value[--length] = '\0';
}

static int read_line(struct any_values *values, char *line, const char *path, unsigned int number,
                     struct error *err)
{
	line += strspn(line, " \t");
	line[strcspn(line, "\r")] = '\0';
	if (*line == '\0' || *line == '#')
		return 0;
	if (strncmp(line, "export ", strlen("export ")) == 0)
		line += strlen("export ");
	if (!is_setting(line)) {
		(void)error_set(err, ERROR_SPEC, "this is no setting, as \"NAME=value\"");
		return error_at(err, "line %u in %s", number, path);
	}
	tidy_setting(line);
	return add_setting(values, line, err);
}

static int read_env_file(struct any_values *values, const char *path, struct error *err)
{
	char *text;
	char *rest;
	char *line;
	size_t size;
	char **grown = reallocarray(values->texts, values->text_count + 1, sizeof(*grown));

	if (grown == NULL)
		return error_set_errno(err, "cannot keep the variables");
	values->texts = grown;
	if (file_read(path, ENV_FILE_SIZE_MAX, &text, &size, err) < 0)
		return -1;
	values->texts[values->text_count++] = text;
	rest = text;
	for (unsigned int number = 1; (line = strsep(&rest, "\n")) != NULL; number++) {
		if (read_line(values, line, path, number, err) < 0)
			return -1;
	}
	return 0;
}

int any_values_read(const struct option_list *env, const struct option_list *env_files,
                    struct any_values *out, struct error *err)
{
	for (size_t i = 0; i < env_files->count; i++) {
		if (read_env_file(out, env_files->items[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < env->count; i++) {
		if (!is_setting(env->items[i])) {
			(void)error_set(err, ERROR_USAGE, "\"%.80s\" is no setting", env->items[i]);
			(void)error_hint(err, "--env NAME=VALUE");
			return error_at(err, "--env");
		}
		if (add_setting(out, env->items[i], err) < 0)
			return -1;
	}
	return 0;
}

void any_values_release(struct any_values *values)
{
	for (size_t i = 0; i < values->text_count; i++)
		free(values->texts[i]);
	free(values->texts);
	free(values->settings);
	*values = (struct any_values){ .settings = NULL };
}
