/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/dockerfile.h"

#include <string.h>
#include <strings.h>

#include "import/engine_user.h"
#include "import/language.h"

static int read_line(struct dockerfile_reader *reader, const struct dockerfile_line *line,
                     struct error *err)
{
	struct spec_instruction instruction;

	if (dockerfile_read_instruction(reader, line, &instruction, err) < 0)
		return -1;
	if (dockerfile_find_facts(reader, &instruction, err) < 0)
		return error_at(err, "%s", instruction.origin);
	if (dockerfile_apply(reader, &instruction, err) < 0)
		return -1;
	return spec_list_add(reader->builder, &reader->instructions, &instruction, err);
}

static int read_text(struct dockerfile_reader *reader, const struct import_any_input *input,
                     struct error *err)
{
	struct dockerfile_lines lines;

	if (dockerfile_read_lines(reader->builder, input->text, input->size, &lines, err) < 0)
		return -1;
	reader->escape = lines.escape;
	for (size_t i = 0; i < lines.list.count; i++) {
		if (read_line(reader, (struct dockerfile_line *)lines.list.items + i, err) < 0)
			return -1;
	}
	if (reader->stages.count == 0) {
		(void)error_set(err, ERROR_SPEC, "there is no FROM");
		(void)error_at(err, "line 1");
		return -1;
	}
	return dockerfile_find_owned(reader, err);
}

/* The image that the stage is made from, through the stages that it is built on. */
static const struct spec_text *base_image(const struct dockerfile_reader *reader)
{
	struct dockerfile_stage *const *stages = reader->stages.items;
	const struct dockerfile_stage *stage = dockerfile_current_stage(reader);

	while (stage->said.base != SIZE_MAX)
		stage = stages[stage->said.base];
	return &stage->said.image;
}

static int add_setting(struct dockerfile_reader *reader, const struct dockerfile_variable *variable,
                       struct spec_list *out, struct error *err)
{
	AUTO_TEXT struct text setting = { 0 };
	struct spec_text item = { .origin = variable->origin };

	text_add(&setting, variable->name);
	text_add(&setting, "=");
	text_add(&setting, variable->value == NULL ? "" : variable->value);
	if (setting.is_broken)
		return error_set(err, ERROR_SYSTEM, "out of memory");
	item.value = spec_copy(reader->builder, setting.bytes, err);
	return item.value == NULL ? -1 : spec_list_add(reader->builder, out, &item, err);
}

/* The variables that the image will have: of each name the one that is in force. */
static int read_env(struct dockerfile_reader *reader, struct spec_text_list *out, struct error *err)
{
	const struct dockerfile_scope *const last = &dockerfile_current_stage(reader)->scope;
	struct spec_list env = { .item_size = sizeof(struct spec_text) };

	for (const struct dockerfile_scope *scope = last; scope != NULL; scope = scope->parent) {
		const struct dockerfile_variable *variables = scope->variables.items;

		for (size_t i = 0; i < scope->variables.count; i++) {
			const struct dockerfile_variable *variable = &variables[i];

			if (variable->is_environment &&
			    dockerfile_find_variable(last, variable->name,
			                             strlen(variable->name)) == variable &&
			    add_setting(reader, variable, &env, err) < 0)
				return -1;
		}
	}
	*out = (struct spec_text_list){ env.items, env.count };
	return 0;
}

/* What the image executes: both lists, one behind the other. */
static int read_args(struct dockerfile_reader *reader, const struct spec_engine *engine,
                     struct spec_text_list *out, struct error *err)
{
	const struct spec_text_list *const lists[] = { &engine->entrypoint, &engine->command };
	struct spec_list args = { .item_size = sizeof(struct spec_text) };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		for (size_t j = 0; j < lists[i]->count; j++) {
			if (spec_list_add(reader->builder, &args, &lists[i]->items[j], err) < 0)
				return -1;
		}
	}
	*out = (struct spec_text_list){ args.items, args.count };
	return 0;
}

static int fill_dockerfile(struct dockerfile_reader *reader, struct spec *spec, struct error *err)
{
	struct dockerfile_stage *const *drafts = reader->stages.items;
	const size_t count = reader->stages.count;
	struct arena *arena = reader->builder->arena;
	struct spec_dockerfile *dockerfile = arena_alloc(arena, sizeof(*dockerfile), err);
	struct spec_dockerfile_stage *stages =
		arena_alloc(arena, count * sizeof(struct spec_dockerfile_stage), err);

	if (dockerfile == NULL || stages == NULL)
		return -1;
	for (size_t i = 0; i < count; i++)
		stages[i] = drafts[i]->said;
	*dockerfile = (struct spec_dockerfile){
		.instructions = reader->instructions.items,
		.instruction_count = reader->instructions.count,
		.stages = stages,
		.stage_count = count,
		.facts = reader->facts.items,
		.fact_count = reader->facts.count,
	};
	spec->dockerfile = dockerfile;
	return 0;
}

/* Where what is not said would stand: at the end of the last stage, which FROM begins. */
static void fill_places(struct spec_engine *engine, const char *from)
{
	const struct {
		enum spec_engine_place place;
		const char *origin;
	} said[] = {
		{ SPEC_PLACE_USER, engine->user.origin },
		{ SPEC_PLACE_HEALTH, engine->health.origin },
	};

	for (size_t i = 0; i < SPEC_PLACE_COUNT; i++)
		engine->places[i] = from;
	for (size_t i = 0; i < ARRAY_LEN(said); i++) {
		if (said[i].origin != NULL)
			engine->places[said[i].place] = said[i].origin;
	}
}

static int fill(struct dockerfile_reader *reader, struct engine_document *document,
                struct error *err)
{
	const struct dockerfile_stage *last = dockerfile_current_stage(reader);
	struct spec *spec = &document->document.spec;
	struct spec_engine *engine = &document->engine;
	const char *from = last->said.image.origin;

	engine->service = last->said.name.value != NULL ? last->said.name
	                                                : (struct spec_text){ "image", from };
	engine->image = *base_image(reader);
	engine->user = last->user;
	engine->entrypoint = last->entrypoint;
	engine->command = last->command;
	engine->health = last->health;
	engine->ports = last->ports.items;
	engine->port_count = last->ports.count;
	engine->volumes = last->volumes.items;
	engine->volume_count = last->volumes.count;
	fill_places(engine, from);
	spec->cwd = (struct spec_text){ last->workdir == NULL ? "/" : last->workdir, from };
	engine_set_user(spec, &engine->user, from);
	return read_env(reader, &spec->env, err) < 0 ||
	                       read_args(reader, engine, &spec->args, err) < 0 ||
	                       fill_dockerfile(reader, spec, err) < 0
	               ? -1
	               : 0;
}

int dockerfile_read(struct import_session *session, struct error *err)
{
	struct dockerfile_reader reader = {
		.builder = &session->builder,
		.budget = DOCKERFILE_BUDGET,
		.globals.variables.item_size = sizeof(struct dockerfile_variable),
		.stages.item_size = sizeof(struct dockerfile_stage *),
		.instructions.item_size = sizeof(struct spec_instruction),
		.facts.item_size = sizeof(struct spec_dockerfile_fact),
	};
	struct engine_document *document;

	if (read_text(&reader, session->input, err) < 0)
		return -1;
	document = session_new_document(session, err);
	if (document == NULL || fill(&reader, document, err) < 0)
		return -1;
	return session_add(session, document, err);
}

static bool is_first(const char *line, size_t length)
{
	static const char *const keywords[] = { "ARG", "FROM" };

	for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
		const size_t keyword = strlen(keywords[i]);

		if (length > keyword && strncasecmp(line, keywords[i], keyword) == 0 &&
		    (line[keyword] == ' ' || line[keyword] == '\t'))
			return true;
	}
	return false;
}

/* Behind comments an instruction that may be the first one, and no mapping of YAML. */
bool dockerfile_is(const char *text, size_t size)
{
	const char *const end = text + size;

	for (;;) {
		const char *line;

		while (text < end && strchr(" \t\r\n", *text) != NULL && *text != '\0')
			text++;
		line = text;
		while (text < end && *text != '\n')
			text++;
		if (line == end || *line != '#')
			return is_first(line, (size_t)(text - line));
	}
}
