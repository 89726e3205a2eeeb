/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Source: compose-spec, 05-services.md, 06-networks.md, 07-volumes.md, 12-interpolation.md. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "export/export_docker.h"

#define NAME_SIZE 128 /* of a service; bytes */

/* A text of which nothing is taken for a variable. */
static void add_text(struct tree *tree, struct tree_node *parent, const char *name,
                     const char *value)
{
	AUTO_TEXT struct text text = { 0 };

	for (; *value != '\0'; value++)
		text_add_format(&text, *value == '$' ? "%c$" : "%c", *value);
	tree->is_broken |= text.is_broken;
	tree_text(tree, parent, name, text.bytes == NULL ? "" : text.bytes);
}

/* The map that holds the last part of @path, "blkio_config.weight". */
static struct tree_node *map_of(struct tree *tree, struct tree_node *service, const char *path,
                                const char **out_name)
{
	const char *dot = strchr(path, '.');
	char name[64];

	*out_name = dot == NULL ? path : dot + 1;
	if (dot == NULL)
		return service;
	(void)snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
	return tree_map(tree, service, name);
}

static void write_value(struct tree *tree, struct tree_node *map, const char *name,
                        enum docker_shape shape, const char *value)
{
	if (shape == DOCKER_SWITCH)
		tree_bool(tree, map, name, true);
	else if (shape == DOCKER_NUMBER)
		tree_number(tree, map, name, value);
	else
		add_text(tree, map, name, value);
}

static void write_setting(struct tree *tree, struct tree_node *service,
                          const struct docker_name *setting, const struct tree_node *values)
{
	const char *name;
	struct tree_node *map;

	if (values->first == NULL || setting->compose == NULL)
		return;
	map = map_of(tree, service, setting->compose, &name);
	if (setting->shape != DOCKER_LIST) {
		write_value(tree, map, name, setting->shape, values->first->text);
		return;
	}
	map = tree_list(tree, map, name);
	for (const struct tree_node *value = values->first; value != NULL; value = value->next)
		add_text(tree, map, NULL, value->text);
}

/* "nofile=1024:2048" is {nofile: {soft: 1024, hard: 2048}}. */
static void write_ulimits(struct tree *tree, struct tree_node *service,
                          const struct tree_node *values)
{
	struct tree_node *ulimits = tree_map(tree, service, "ulimits");

	for (const struct tree_node *value = values->first; value != NULL; value = value->next) {
		char name[32];
		char soft[32];
		char hard[32];
		struct tree_node *limit;

		if (sscanf(value->text, "%31[a-z]=%31[0-9-]:%31[0-9-]", name, soft, hard) != 3)
			continue;
		limit = tree_map(tree, ulimits, name);
		tree_number(tree, limit, "soft", soft);
		tree_number(tree, limit, "hard", hard);
	}
}

/* "/dev/sda:1048576" is {path: /dev/sda, rate: 1048576}. */
static void write_rates(struct tree *tree, struct tree_node *service,
                        const struct docker_name *setting, const struct tree_node *values)
{
	const char *name;
	struct tree_node *map = map_of(tree, service, setting->compose, &name);
	struct tree_node *list = tree_list(tree, map, name);

	for (const struct tree_node *value = values->first; value != NULL; value = value->next) {
		struct tree_node *rate = tree_map(tree, list, NULL);
		const char *colon = strrchr(value->text, ':');

		tree_format(tree, rate, "path", "%.*s", (int)(colon - value->text), value->text);
		tree_number(tree, rate, "rate", colon + 1);
	}
}

/* A list, so that no shell takes the words apart again. */
static void write_words(struct tree *tree, struct tree_node *service, const char *name,
                        const struct tree_node *words)
{
	struct tree_node *list = tree_list(tree, service, name);

	for (const struct tree_node *word = words->first; word != NULL; word = word->next)
		add_text(tree, list, NULL, word->text);
}

static void write_service(const struct docker_writer *writer, struct tree *tree,
                          struct tree_node *service)
{
	add_text(tree, service, "image", writer->image);
	write_words(tree, service, "entrypoint", writer->program);
	write_words(tree, service, "command", writer->command);
	for (unsigned int i = 0; i < DOCKER_SETTING_COUNT; i++) {
		const struct tree_node *values = writer->settings[i];

		if (i == DOCKER_ULIMIT)
			write_ulimits(tree, service, values);
		else if (i >= DOCKER_READ_BPS && i <= DOCKER_WRITE_IOPS)
			write_rates(tree, service, &docker_names[i], values);
		else
			write_setting(tree, service, &docker_names[i], values);
	}
}

/* Everything that is named must be declared. */
static void declare(struct tree *tree, const char *kind, const char *name)
{
	struct tree_node *map = tree_map(tree, &tree->root, kind);

	tree_keep(tree_map(tree, map, name));
}

static void declare_all(const struct docker_writer *writer, struct tree *tree)
{
	const struct spec_engine *engine = writer->engine;

	for (const struct tree_node *network = writer->settings[DOCKER_NETWORK]->first;
	     network != NULL; network = network->next)
		declare(tree, "networks", network->text);
	for (size_t i = 0; engine != NULL && i < engine->volume_count; i++) {
		if (engine->volumes[i].name != NULL && docker_keeps(&engine->volumes[i]))
			declare(tree, "volumes", engine->volumes[i].name);
	}
}

/* What no name of a service has becomes a dash. */
static void name_service(const struct docker_writer *writer, char out[NAME_SIZE])
{
	const struct spec_engine *engine = writer->engine;
	const char *name = writer->spec->name.value;

	if (engine != NULL && engine->language == SPEC_LANGUAGE_COMPOSE &&
	    engine->service.value != NULL)
		name = engine->service.value;
	(void)snprintf(out, NAME_SIZE, "%s", name == NULL || *name == '\0' ? "app" : name);
	for (char *letter = out; *letter != '\0'; letter++) {
		if (!isalnum((unsigned char)*letter) && strchr("._-", *letter) == NULL)
			*letter = '-';
	}
}

static int write_one(const struct export_request *request, size_t index, struct tree *tree,
                     struct error *err)
{
	AUTO_WORK struct export_work work = { .arena = NULL };
	struct docker_writer writer = { .work = &work, .is_compose = true };
	struct tree_node *services = tree_map(tree, &tree->root, "services");
	char name[NAME_SIZE];

	if (work_begin(&work, request, index, "Compose", err) < 0 ||
	    docker_gather(&writer, err) < 0 || losses_settle(&work.losses, err) < 0)
		return -1;
	name_service(&writer, name);
	if (!tree_is_empty(tree_map(tree, services, name))) {
		(void)error_set(err, ERROR_SPEC, "two services would be called \"%.60s\"", name);
		return error_at(err, "%s", work_place(&work, SPEC_PLACE_SERVICE));
	}
	write_service(&writer, tree, tree_map(tree, services, name));
	declare_all(&writer, tree);
	tree->is_broken |= writer.tree.is_broken;
	return 0;
}

static int write_all(const struct export_request *request, struct arena *arena, char **out,
                     struct error *err)
{
	struct tree tree;

	tree_begin(&tree, arena, TREE_MAP);
	for (size_t i = 0; i < request->spec_count; i++) {
		if (write_one(request, i, &tree, err) < 0)
			return -1;
	}
	*out = tree_yaml(&tree, err);
	return *out == NULL ? -1 : 0;
}

int export_compose(const struct export_request *request, char **out, struct error *err)
{
	return work_with_arena(request, write_all, out, err);
}
