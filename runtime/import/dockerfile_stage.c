/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "base/path.h"
#include "import/dockerfile.h"
#include "spec/spec_engine.h"

#define STAGE_MAX ((size_t)256) /* a stage is looked up by its name */

struct dockerfile_stage *dockerfile_current_stage(const struct dockerfile_reader *reader)
{
	struct dockerfile_stage *const *stages = reader->stages.items;

	return reader->stages.count == 0 ? NULL : stages[reader->stages.count - 1];
}

size_t dockerfile_find_stage(const struct dockerfile_reader *reader, const char *name)
{
	struct dockerfile_stage *const *stages = reader->stages.items;

	for (size_t i = reader->stages.count; i-- > 0;) {
		if (stages[i]->said.name.value != NULL &&
		    strcasecmp(stages[i]->said.name.value, name) == 0)
			return i;
	}
	return SIZE_MAX;
}

/* Two stages may be built on one: neither writes into what the other has. */
static void unshare(struct spec_list *list)
{
	list->capacity = list->count;
}

static void inherit(struct dockerfile_stage *stage, const struct dockerfile_stage *base)
{
	const struct spec_dockerfile_stage said = stage->said;

	*stage = *base;
	stage->said = said;
	stage->scope = (struct dockerfile_scope){
		.parent = &base->scope,
		.variables.item_size = sizeof(struct dockerfile_variable),
	};
	unshare(&stage->ports);
	unshare(&stage->volumes);
	unshare(&stage->roots);
	unshare(&stage->users);
}

static struct dockerfile_stage *new_stage(struct dockerfile_reader *reader, struct error *err)
{
	struct dockerfile_stage *stage = arena_alloc(reader->builder->arena, sizeof(*stage), err);

	if (reader->stages.count == STAGE_MAX) {
		(void)error_set(err, ERROR_SPEC, "more than %zu stages", STAGE_MAX);
		return NULL;
	}
	if (stage == NULL || spec_list_add(reader->builder, &reader->stages, &stage, err) < 0)
		return NULL;
	stage->scope.variables.item_size = sizeof(struct dockerfile_variable);
	stage->ports.item_size = sizeof(struct spec_engine_port);
	stage->volumes.item_size = sizeof(struct spec_engine_volume);
	stage->roots.item_size = sizeof(struct dockerfile_path);
	stage->users.item_size = sizeof(struct dockerfile_path);
	return stage;
}

static int apply_from(struct dockerfile_reader *reader, const struct spec_instruction *instruction,
                      struct error *err)
{
	const struct spec_text *words = instruction->words.items;
	const size_t count = instruction->words.count;
	const size_t base = dockerfile_find_stage(reader, words[0].value);
	struct dockerfile_stage *stage;

	if (count != 1 && (count != 3 || strcasecmp(words[1].value, "AS") != 0))
		return error_set(err, ERROR_SPEC, "FROM has an image, and AS with a name or not");
	stage = new_stage(reader, err);
	if (stage == NULL)
		return -1;
	stage->said.base = base;
	stage->said.image = words[0];
	if (count == 3)
		stage->said.name = words[2];
	if (base != SIZE_MAX)
		inherit(stage, ((struct dockerfile_stage *const *)reader->stages.items)[base]);
	return 0;
}

/* Without a value a stage's argument is that of the same name before the first FROM. */
static int set_variable(struct dockerfile_reader *reader, const struct spec_text *word,
                        bool is_environment, struct error *err)
{
	struct dockerfile_stage *stage = dockerfile_current_stage(reader);
	struct dockerfile_scope *scope = stage == NULL ? &reader->globals : &stage->scope;
	const size_t length = strcspn(word->value, "=");
	char *name = arena_alloc(reader->builder->arena, length + 1, err);
	struct dockerfile_variable variable = {
		.name = name,
		.origin = word->origin,
		.is_environment = is_environment,
	};
	const struct dockerfile_variable *global;

	if (name == NULL)
		return -1;
	if (length == 0)
		return error_set(err, ERROR_SPEC, "a variable is written NAME=value");
	memcpy(name, word->value, length);
	if (word->value[length] == '=') {
		variable.value = word->value + length + 1;
	} else {
		global = dockerfile_find_variable(&reader->globals, name, length);
		variable.value = global == NULL ? NULL : global->value;
	}
	return dockerfile_set_variable(reader->builder, scope, &variable, err);
}

static int apply_variables(struct dockerfile_reader *reader,
                           const struct spec_instruction *instruction, struct error *err)
{
	for (size_t i = 0; i < instruction->words.count; i++) {
		if (set_variable(reader, &instruction->words.items[i],
		                 instruction->kind == SPEC_INSTRUCTION_ENV, err) < 0)
			return -1;
	}
	return 0;
}

static int apply_user(struct dockerfile_reader *reader, const struct spec_instruction *instruction,
                      struct error *err)
{
	dockerfile_current_stage(reader)->user = instruction->words.items[0];
	return 0;
}

/* Where it leads by a ".." or a variable of the build is not known. */
static int apply_workdir(struct dockerfile_reader *reader,
                         const struct spec_instruction *instruction, struct error *err)
{
	struct dockerfile_stage *stage = dockerfile_current_stage(reader);
	struct error unused = { .kind = ERROR_NONE };
	char path[PATH_MAX];

	if (path_join(path, sizeof(path), stage->workdir == NULL ? "/" : stage->workdir,
	              instruction->words.items[0].value, &unused) < 0) {
		stage->workdir = NULL;
		return 0;
	}
	stage->workdir = spec_copy(reader->builder, path, err);
	return stage->workdir == NULL ? -1 : 0;
}

/* What a shell form is executed by, and itself. */
static int read_command(struct dockerfile_reader *reader,
                        const struct spec_instruction *instruction, struct spec_text_list *out,
                        struct error *err)
{
	static const char *const shell[] = { "/bin/sh", "-c" };
	const struct dockerfile_stage *stage = dockerfile_current_stage(reader);
	struct spec_list words = { .item_size = sizeof(struct spec_text) };
	size_t count = stage->shell.count;

	if (instruction->is_exec_form || instruction->words.count == 0) {
		*out = instruction->words;
		return 0;
	}
	for (size_t i = 0; i < (count == 0 ? ARRAY_LEN(shell) : count); i++) {
		const struct spec_text word = {
			count == 0 ? shell[i] : stage->shell.items[i].value,
			instruction->origin,
		};

		if (spec_list_add(reader->builder, &words, &word, err) < 0)
			return -1;
	}
	if (spec_list_add(reader->builder, &words, &instruction->words.items[0], err) < 0)
		return -1;
	*out = (struct spec_text_list){ words.items, words.count };
	return 0;
}

static int apply_cmd(struct dockerfile_reader *reader, const struct spec_instruction *instruction,
                     struct error *err)
{
	return read_command(reader, instruction, &dockerfile_current_stage(reader)->command, err);
}

/* The command of the stage's base goes with the entrypoint that it was for. */
static int apply_entrypoint(struct dockerfile_reader *reader,
                            const struct spec_instruction *instruction, struct error *err)
{
	struct dockerfile_stage *stage = dockerfile_current_stage(reader);
	const struct dockerfile_stage *base =
		stage->said.base == SIZE_MAX ? NULL
					     : ((struct dockerfile_stage *const *)
	                                                reader->stages.items)[stage->said.base];

	if (base != NULL && stage->command.items == base->command.items)
		stage->command = (struct spec_text_list){ .count = 0 };
	return read_command(reader, instruction, &stage->entrypoint, err);
}

static int apply_shell(struct dockerfile_reader *reader, const struct spec_instruction *instruction,
                       struct error *err)
{
	if (!instruction->is_exec_form)
		return error_set(err, ERROR_SPEC,
		                 "SHELL is written as a list: [\"/bin/sh\", \"-c\"]");
	dockerfile_current_stage(reader)->shell = instruction->words;
	return 0;
}

static int apply_healthcheck(struct dockerfile_reader *reader,
                             const struct spec_instruction *instruction, struct error *err)
{
	struct spec_text *health = &dockerfile_current_stage(reader)->health;
	const char *text = instruction->words.items[0].value;
	const size_t length = strcspn(text, " \t");

	*health = (struct spec_text){ "none", instruction->origin };
	if (length == strlen("NONE") && strncasecmp(text, "NONE", length) == 0)
		return 0;
	if (length != strlen("CMD") || strncasecmp(text, "CMD", length) != 0)
		return error_set(err, ERROR_SPEC, "HEALTHCHECK needs NONE, or CMD and a command");
	text += length;
	dockerfile_skip_blanks(&text);
	health->value = text;
	return 0;
}

/* "8080", "8080/udp", "8000-8010/tcp". False: it is none of these. */
static bool read_port(const char *text, struct spec_engine_port *port)
{
	static const char *const protocols[] = { "tcp", "udp", "sctp" };
	const char *slash = strchr(text, '/');
	const size_t length = slash == NULL ? strlen(text) : (size_t)(slash - text);
	char first[16];
	char *last;
	uint64_t from;
	uint64_t to;

	if (length >= sizeof(first))
		return false;
	memcpy(first, text, length);
	first[length] = '\0';
	last = strchr(first, '-');
	if (last != NULL)
		*last++ = '\0';
	if (!number_parse(first, UINT16_MAX, &from) ||
	    !number_parse(last == NULL ? first : last, UINT16_MAX, &to) || to < from)
		return false;
	*port = (struct spec_engine_port){ .port = (uint16_t)from,
		                           .port_last = (uint16_t)to,
		                           .is_only_exposed = true };
	for (size_t i = 0; i < ARRAY_LEN(protocols); i++) {
		if (strcasecmp(slash == NULL ? "tcp" : slash + 1, protocols[i]) == 0)
			port->protocol = protocols[i];
	}
	return port->protocol != NULL;
}

static int apply_expose(struct dockerfile_reader *reader,
                        const struct spec_instruction *instruction, struct error *err)
{
	struct dockerfile_stage *stage = dockerfile_current_stage(reader);

	for (size_t i = 0; i < instruction->words.count; i++) {
		const char *word = instruction->words.items[i].value;
		struct spec_engine_port port;

		/* A variable of the build without a default is nothing. */
		if (*word == '\0')
			continue;
		if (!read_port(word, &port))
			return error_set(err, ERROR_SPEC, "\"%.60s\" is not a port: 8080/tcp",
			                 word);
		port.origin = instruction->origin;
		if (spec_list_add(reader->builder, &stage->ports, &port, err) < 0)
			return -1;
	}
	return 0;
}

static int apply_volume(struct dockerfile_reader *reader,
                        const struct spec_instruction *instruction, struct error *err)
{
	struct dockerfile_stage *stage = dockerfile_current_stage(reader);

	for (size_t i = 0; i < instruction->words.count; i++) {
		const struct spec_engine_volume volume = {
			.kind = "volume",
			.target = instruction->words.items[i].value,
			.is_executable = true,
			.origin = instruction->origin,
		};

		if (*volume.target != '\0' &&
		    spec_list_add(reader->builder, &stage->volumes, &volume, err) < 0)
			return -1;
	}
	return 0;
}

static int (*const apply_table[SPEC_INSTRUCTION_COUNT])(struct dockerfile_reader *reader,
                                                        const struct spec_instruction *instruction,
                                                        struct error *err) = {
	[SPEC_INSTRUCTION_ARG] = apply_variables,
	[SPEC_INSTRUCTION_CMD] = apply_cmd,
	[SPEC_INSTRUCTION_ENTRYPOINT] = apply_entrypoint,
	[SPEC_INSTRUCTION_ENV] = apply_variables,
	[SPEC_INSTRUCTION_EXPOSE] = apply_expose,
	[SPEC_INSTRUCTION_FROM] = apply_from,
	[SPEC_INSTRUCTION_HEALTHCHECK] = apply_healthcheck,
	[SPEC_INSTRUCTION_SHELL] = apply_shell,
	[SPEC_INSTRUCTION_USER] = apply_user,
	[SPEC_INSTRUCTION_VOLUME] = apply_volume,
	[SPEC_INSTRUCTION_WORKDIR] = apply_workdir,
};

int dockerfile_apply(struct dockerfile_reader *reader, const struct spec_instruction *instruction,
                     struct error *err)
{
	const bool may_be_first = instruction->kind == SPEC_INSTRUCTION_FROM ||
	                          instruction->kind == SPEC_INSTRUCTION_ARG;

	if (reader->stages.count == 0 && (!may_be_first || instruction->is_on_build))
		(void)error_set(err, ERROR_SPEC, "only ARG may stand before the first FROM");
	else if (instruction->is_on_build || apply_table[instruction->kind] == NULL ||
	         apply_table[instruction->kind](reader, instruction, err) == 0)
		return 0;
	return error_at(err, "%s", instruction->origin);
}
