/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A line for a shell. Source: POSIX.1-2017, XCU 2.2 Quoting. */
#include <string.h>

#include "base/text.h"
#include "export/export_docker.h"

/* A word that means itself in every shell, or one in quotes. */
static void add_word(struct text *line, const char *word)
{
	if (text_is_made_of(word, "_-+=./:,@%")) {
		text_add(line, word);
		return;
	}
	text_add(line, "'");
	for (; *word != '\0'; word++)
		text_add_format(line, *word == '\'' ? "'\\%c'" : "%c", *word);
	text_add(line, "'");
}

static void add_setting(struct text *line, const struct docker_name *name,
                        const struct tree_node *values)
{
	for (const struct tree_node *value = values->first; value != NULL; value = value->next) {
		text_add(line, " \\\n  ");
		text_add(line, name->flag);
		if (name->shape == DOCKER_SWITCH)
			continue;
		text_add(line, " ");
		add_word(line, value->text);
	}
}

static void add_words(struct text *line, const struct tree_node *words)
{
	for (const struct tree_node *word = words; word != NULL; word = word->next) {
		text_add(line, " ");
		add_word(line, word->text);
	}
}

static void write_line(const struct docker_writer *writer, struct text *line)
{
	const struct tree_node *program = writer->program->first;

	text_add(line, "docker run");
	for (unsigned int i = 0; i < DOCKER_SETTING_COUNT; i++)
		add_setting(line, &docker_names[i], writer->settings[i]);
	if (program != NULL) {
		text_add(line, " \\\n  --entrypoint ");
		add_word(line, program->text);
	}
	text_add(line, " \\\n  ");
	add_word(line, writer->image);
	if (program != NULL)
		add_words(line, program->next);
	add_words(line, writer->command->first);
	text_add(line, "\n");
	line->is_broken |= writer->tree.is_broken;
}

int export_docker_run(const struct export_request *request, char **out, struct error *err)
{
	AUTO_WORK struct export_work work = { .arena = NULL };
	AUTO_TEXT struct text line = { 0 };
	struct docker_writer writer = { .work = &work };

	if (work_begin(&work, request, 0, "docker run", err) < 0 ||
	    docker_gather(&writer, err) < 0 || losses_settle(&work.losses, err) < 0)
		return -1;
	write_line(&writer, &line);
	*out = text_take(&line, err);
	return *out == NULL ? -1 : 0;
}
