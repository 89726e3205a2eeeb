/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/yaml.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/cleanup.h"
#include "import/yaml_scalar.h"

#define NO_ANCHOR    SIZE_MAX
#define COUNTED_SIZE 64 /* of a text, for each of which it counts once more; bytes */

static const char core_tag[] = "tag:yaml.org,2002:";

/* A value, and how large it is with every alias in it replaced by its anchor's value. */
struct node {
	json_t *value;
	size_t count;  /* nodes, itself included */
	size_t height; /* levels, itself included */
	struct position place;
};

/* A mapping or sequence that has begun and not ended. */
struct frame {
	struct node node;
	size_t anchor; /* index into loader.anchors; NO_ANCHOR */
	json_t *key;   /* of the value that comes next; NULL: a key comes, or a sequence */
	struct position key_place;
	bool is_merging; /* the value that comes next is of "<<" */
	json_t *merged;  /* array of mappings; NULL: there are none */
};

struct loader {
	yaml_parser_t parser;
	struct positions *positions;
	const char *file;
	json_t *documents;
	size_t node_count;    /* of the text so far, aliases counted as their values */
	json_t *anchor_names; /* object of the document: index into @anchors */
	struct node *anchors; /* value NULL: it has not ended */
	size_t anchor_count;
	size_t anchor_capacity;
	size_t depth;
	struct frame frames[YAML_DEPTH_MAX];
};

static struct position place_of(const struct loader *loader, yaml_mark_t mark)
{
	return (struct position){ loader->file, (uint32_t)mark.line + 1,
		                  (uint32_t)mark.column + 1 };
}

static int at_place(const struct loader *loader, const struct position *place, struct error *err)
{
	if (loader->file != NULL)
		return error_at(err, "%s: line %u, column %u", loader->file, place->line,
		                place->column);
	return error_at(err, "line %u, column %u", place->line, place->column);
}

static int refuse(const struct loader *loader, const struct position *place, struct error *err,
                  const char *what)
{
	(void)error_set(err, ERROR_SPEC, "%s", what);
	return at_place(loader, place, err);
}

static int out_of_memory(struct error *err)
{
	return error_set(err, ERROR_SYSTEM, "out of memory");
}

static uintptr_t container_of(const json_t *value)
{
	return json_is_object(value) || json_is_array(value) ? (uintptr_t)value : 0;
}

/* Add to how much has been read what is about to be put into the current frame. */
static int account(struct loader *loader, const struct node *node, struct error *err)
{
	loader->node_count += node->count;
	if (loader->node_count > YAML_NODE_MAX)
		return refuse(loader, &node->place, err,
		              "the text holds more than a million values, every alias counted as "
		              "what it stands for");
	if (loader->depth + node->height > YAML_DEPTH_MAX)
		return refuse(loader, &node->place, err,
		              "the text is nested more than 100 levels deep");
	return 0;
}

static int add_document(struct loader *loader, const struct node *node, struct error *err)
{
	const uintptr_t container = container_of(node->value);
	char name[32];

	if (json_is_null(node->value))
		return 0;
	if (json_array_append(loader->documents, node->value) < 0)
		return out_of_memory(err);
	if (loader->file != NULL)
		return positions_add(loader->positions, 0, loader->file, &node->place, container,
		                     err);
	(void)snprintf(name, sizeof(name), POSITION_DOCUMENT_FORMAT,
	               json_array_size(loader->documents));
	if (json_array_size(loader->documents) == 1 &&
	    positions_add(loader->positions, 0, "", &node->place, container, err) < 0)
		return -1;
	return positions_add(loader->positions, 0, name, &node->place, container, err);
}

/* @node is the value of "<<", or one of them. Source: yaml.org/type/merge.html. */
static int add_merged(const struct loader *loader, struct frame *frame, const struct node *node,
                      struct error *err)
{
	size_t index;
	json_t *item;

	if (frame->merged == NULL)
		frame->merged = json_array();
	if (json_is_object(node->value))
		return json_array_append(frame->merged, node->value) < 0 ? out_of_memory(err) : 0;
	if (!json_is_array(node->value))
		return refuse(loader, &node->place, err, "\"<<\" takes mappings only");
	json_array_foreach(node->value, index, item) {
		if (!json_is_object(item))
			return refuse(loader, &node->place, err, "\"<<\" takes mappings only");
		if (json_array_append(frame->merged, item) < 0)
			return out_of_memory(err);
	}
	return 0;
}

static int add_element(struct loader *loader, struct frame *frame, const struct node *node,
                       struct error *err)
{
	if (json_array_append(frame->node.value, node->value) < 0)
		return out_of_memory(err);
	return positions_add_element(loader->positions, (uintptr_t)frame->node.value,
	                             json_array_size(frame->node.value) - 1, &node->place,
	                             container_of(node->value), err);
}

static int add_member(struct loader *loader, struct frame *frame, const struct node *node,
                      struct error *err)
{
	const char *name = json_string_value(frame->key);

	if (json_object_get(frame->node.value, name) != NULL) {
		(void)error_set(err, ERROR_SPEC, "the same member is given twice: \"%.60s\"", name);
		return at_place(loader, &frame->key_place, err);
	}
	if (json_object_set(frame->node.value, name, node->value) < 0 ||
	    positions_add(loader->positions, (uintptr_t)frame->node.value, name, &frame->key_place,
	                  container_of(node->value), err) < 0)
		return out_of_memory(err);
	return 0;
}

static int add_value(struct loader *loader, struct frame *frame, const struct node *node,
                     struct error *err)
{
	int result;

	frame->node.count += node->count;
	if (frame->node.height < node->height + 1)
		frame->node.height = node->height + 1;
	if (frame->is_merging)
		result = add_merged(loader, frame, node, err);
	else if (json_is_array(frame->node.value))
		result = add_element(loader, frame, node, err);
	else
		result = add_member(loader, frame, node, err);
	frame->is_merging = false;
	json_decref(frame->key);
	frame->key = NULL;
	return result;
}

/* A long text counts as several values, so that aliases cannot make it many times as long. */
static size_t scalar_count(const yaml_event_t *event)
{
	return 1 + event->data.scalar.length / COUNTED_SIZE;
}

static int add_key(struct loader *loader, struct frame *frame, const yaml_event_t *event,
                   struct error *err)
{
	const char *text = (const char *)event->data.scalar.value;
	const size_t length = event->data.scalar.length;

	frame->key_place = place_of(loader, event->start_mark);
	frame->is_merging = event->data.scalar.plain_implicit && strcmp(text, "<<") == 0;
	if (memchr(text, '\0', length) != NULL)
		return refuse(loader, &frame->key_place, err, "a name has a NUL character in it");
	frame->key = json_stringn(text, length);
	frame->node.count += scalar_count(event);
	return frame->key == NULL ? out_of_memory(err) : 0;
}

static bool expects_key(const struct loader *loader)
{
	const struct frame *frame;

	if (loader->depth == 0)
		return false;
	frame = &loader->frames[loader->depth - 1];
	return json_is_object(frame->node.value) && frame->key == NULL;
}

/* Put a value where it belongs: into the current frame, or the stream. */
static int deliver(struct loader *loader, const struct node *node, struct error *err)
{
	if (loader->depth == 0)
		return add_document(loader, node, err);
	if (expects_key(loader))
		return refuse(loader, &node->place, err, "only a text can be the name of a member");
	return add_value(loader, &loader->frames[loader->depth - 1], node, err);
}

/* Keep room for the value of @name, which is not there yet. *@out: its index. */
static int begin_anchor(struct loader *loader, const char *name, size_t *out, struct error *err)
{
	if (loader->anchor_count == loader->anchor_capacity) {
		const size_t capacity = loader->anchor_capacity * 2 + 16;
		struct node *larger = realloc(loader->anchors, capacity * sizeof(*larger));

		if (larger == NULL)
			return out_of_memory(err);
		loader->anchors = larger;
		loader->anchor_capacity = capacity;
	}
	if (json_object_set_new(loader->anchor_names, name,
	                        json_integer((json_int_t)loader->anchor_count)) < 0)
		return out_of_memory(err);
	*out = loader->anchor_count++;
	loader->anchors[*out] = (struct node){ .value = NULL };
	return 0;
}

static void end_anchor(struct loader *loader, size_t index, const struct node *node)
{
	if (index == NO_ANCHOR)
		return;
	loader->anchors[index] = *node;
	json_incref(node->value);
}

/* NULL: there is none of the name. */
static struct node *find_anchor(const struct loader *loader, const char *name)
{
	const json_t *index = json_object_get(loader->anchor_names, name);

	return index == NULL ? NULL : &loader->anchors[json_integer_value(index)];
}

static int take_alias(struct loader *loader, const yaml_event_t *event, struct error *err)
{
	const char *name = (const char *)event->data.alias.anchor;
	const struct node *anchor = find_anchor(loader, name);
	struct node node = { .place = place_of(loader, event->start_mark) };

	if (anchor == NULL || anchor->value == NULL) {
		(void)error_set(err, ERROR_SPEC,
		                anchor == NULL ? "there is no anchor \"%.60s\" before this alias"
		                               : "the anchor \"%.60s\" holds itself",
		                name);
		return at_place(loader, &node.place, err);
	}
	node.value = anchor->value;
	node.count = anchor->count;
	node.height = anchor->height;
	if (account(loader, &node, err) < 0)
		return -1;
	return deliver(loader, &node, err);
}

/* "str", "int" and so on; NULL: no tag, or one that says nothing. */
static const char *short_tag(const yaml_char_t *tag)
{
	const char *text = (const char *)tag;

	if (text == NULL || strcmp(text, "!") == 0)
		return NULL;
	return strncmp(text, core_tag, sizeof(core_tag) - 1) == 0 ? text + sizeof(core_tag) - 1
	                                                          : text;
}

static int refuse_tag(const struct loader *loader, const struct position *place, const char *tag,
                      struct error *err)
{
	(void)error_set(err, ERROR_SPEC, "the tag \"%.60s\" is not known, or not meant for this",
	                tag);
	return at_place(loader, place, err);
}

/* The tags of scalars, and the types that they stand for. Source: YAML 1.2.2, 10.3.1. */
static const struct {
	const char *name;
	json_type types[2];
} scalar_tags[] = {
	{ "bool", { JSON_TRUE, JSON_FALSE } },
	{ "float", { JSON_REAL, JSON_INTEGER } },
	{ "int", { JSON_INTEGER, JSON_INTEGER } },
	{ "null", { JSON_NULL, JSON_NULL } },
};

static bool has_type(const char *tag, const json_t *value)
{
	for (size_t i = 0; i < ARRAY_LEN(scalar_tags); i++) {
		if (strcmp(scalar_tags[i].name, tag) == 0)
			return json_typeof(value) == scalar_tags[i].types[0] ||
			       json_typeof(value) == scalar_tags[i].types[1];
	}
	return false;
}

static json_t *scalar_value(const yaml_event_t *event, const char *tag)
{
	const char *text = (const char *)event->data.scalar.value;
	const size_t length = event->data.scalar.length;
	const bool is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

	if (tag != NULL ? strcmp(tag, "str") == 0 : !is_plain)
		return json_stringn(text, length);
	return yaml_scalar_resolve(text, length);
}

static int take_scalar(struct loader *loader, const yaml_event_t *event, struct error *err)
{
	const char *anchor = (const char *)event->data.scalar.anchor;
	const char *tag = short_tag(event->data.scalar.tag);
	struct node node = { .count = 1,
		             .height = 1,
		             .place = place_of(loader, event->start_mark) };
	json_auto_t *value = NULL;
	size_t index;

	node.count = scalar_count(event);
	if (account(loader, &node, err) < 0)
		return -1;
	if (expects_key(loader))
		return add_key(loader, &loader->frames[loader->depth - 1], event, err);
	if (memchr(event->data.scalar.value, '\0', event->data.scalar.length) != NULL)
		return refuse(loader, &node.place, err, "a text has a NUL character in it");
	value = scalar_value(event, tag);
	if (value == NULL)
		return out_of_memory(err);
	if (tag != NULL && strcmp(tag, "str") != 0 && !has_type(tag, value))
		return refuse_tag(loader, &node.place, tag, err);
	node.value = value;
	if (deliver(loader, &node, err) < 0)
		return -1;
	if (anchor == NULL)
		return 0;
	if (begin_anchor(loader, anchor, &index, err) < 0)
		return -1;
	end_anchor(loader, index, &node);
	return 0;
}

static int begin_frame(struct loader *loader, const yaml_event_t *event, struct error *err)
{
	const bool is_mapping = event->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *anchor =
		is_mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	const char *tag = short_tag(is_mapping ? event->data.mapping_start.tag
	                                       : event->data.sequence_start.tag);
	struct node node = { .count = 1,
		             .height = 1,
		             .place = place_of(loader, event->start_mark) };
	struct frame *frame;

	if (account(loader, &node, err) < 0)
		return -1;
	if (expects_key(loader))
		return refuse(loader, &node.place, err, "only a text can be the name of a member");
	if (tag != NULL && strcmp(tag, is_mapping ? "map" : "seq") != 0)
		return refuse_tag(loader, &node.place, tag, err);
	frame = &loader->frames[loader->depth];
	*frame = (struct frame){ .node = node, .anchor = NO_ANCHOR };
	if (anchor != NULL && begin_anchor(loader, (const char *)anchor, &frame->anchor, err) < 0)
		return -1;
	frame->node.value = is_mapping ? json_object() : json_array();
	if (frame->node.value == NULL)
		return out_of_memory(err);
	loader->depth++;
	return 0;
}

/* Lay what was merged under the mapping's own members, the first given on top. */
static int merge(struct loader *loader, const struct frame *frame, struct error *err)
{
	json_t *own = frame->node.value;
	size_t index;
	json_t *from;

	json_array_foreach(frame->merged, index, from) {
		const char *name;
		json_t *value;

		json_object_foreach(from, name, value) {
			if (json_object_get(own, name) != NULL)
				continue;
			if (json_object_set(own, name, value) < 0)
				return out_of_memory(err);
			if (positions_share(loader->positions, (uintptr_t)from, name,
			                    (uintptr_t)own, name, err) < 0)
				return -1;
		}
	}
	return 0;
}

static void release_frame(struct frame *frame)
{
	json_decref(frame->node.value);
	json_decref(frame->key);
	json_decref(frame->merged);
}

static int end_frame(struct loader *loader, struct error *err)
{
	struct frame frame = loader->frames[--loader->depth];
	int result = merge(loader, &frame, err);

	if (result == 0)
		result = deliver(loader, &frame.node, err);
	if (result == 0)
		end_anchor(loader, frame.anchor, &frame.node);
	release_frame(&frame);
	return result;
}

static void forget_anchors(struct loader *loader)
{
	while (loader->anchor_count > 0)
		json_decref(loader->anchors[--loader->anchor_count].value);
}

static int end_document(struct loader *loader, struct error *err)
{
	forget_anchors(loader);
	return json_object_clear(loader->anchor_names) < 0 ? out_of_memory(err) : 0;
}

static int take_event(struct loader *loader, const yaml_event_t *event, struct error *err)
{
	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return take_alias(loader, event, err);
	case YAML_SCALAR_EVENT:
		return take_scalar(loader, event, err);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return begin_frame(loader, event, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return end_frame(loader, err);
	case YAML_DOCUMENT_END_EVENT:
		return end_document(loader, err);
	case YAML_DOCUMENT_START_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_NO_EVENT:
		return 0;
	}
	return 0;
}

/* libyaml has no mark for bytes that it cannot read. */
static struct position place_of_byte(const struct loader *loader, const char *text, size_t size)
{
	struct position place = { .file = loader->file, .line = 1, .column = 1 };
	const size_t offset = loader->parser.problem_offset;

	for (size_t i = 0; i < offset && i < size; i++) {
		place.column++;
		if (text[i] == '\n') {
			place.line++;
			place.column = 1;
		}
	}
	return place;
}

static int refuse_syntax(const struct loader *loader, const char *text, size_t size,
                         struct error *err)
{
	const yaml_parser_t *parser = &loader->parser;
	struct position place = place_of(loader, parser->problem_mark);

	if (parser->error == YAML_MEMORY_ERROR)
		return out_of_memory(err);
	if (parser->error == YAML_READER_ERROR)
		place = place_of_byte(loader, text, size);
	if (parser->context != NULL)
		(void)error_set(err, ERROR_SPEC, "this is not YAML: %s %s", parser->context,
		                parser->problem);
	else
		(void)error_set(err, ERROR_SPEC, "this is not YAML: %s", parser->problem);
	return at_place(loader, &place, err);
}

static int load(struct loader *loader, const char *text, size_t size, struct error *err)
{
	bool has_ended = false;

	while (!has_ended) {
		yaml_event_t event;
		int result;

		if (yaml_parser_parse(&loader->parser, &event) == 0)
			return refuse_syntax(loader, text, size, err);
		has_ended = event.type == YAML_STREAM_END_EVENT;
		result = take_event(loader, &event, err);
		yaml_event_delete(&event);
		if (result < 0)
			return -1;
	}
	return 0;
}

static void release(struct loader *loader)
{
	while (loader->depth > 0)
		release_frame(&loader->frames[--loader->depth]);
	forget_anchors(loader);
	free(loader->anchors);
	json_decref(loader->anchor_names);
	json_decref(loader->documents);
	yaml_parser_delete(&loader->parser);
}

int yaml_parse(const char *text, size_t size, const char *file, struct positions *positions,
               json_t **out, struct error *err)
{
	AUTO_FREE struct loader *loader = NULL;
	int result;

	if (size > YAML_SIZE_MAX)
		return error_set(err, ERROR_SPEC, "the text is larger than %zu KiB",
		                 YAML_SIZE_MAX / 1024);
	loader = calloc(1, sizeof(*loader));
	if (loader == NULL || yaml_parser_initialize(&loader->parser) == 0)
		return out_of_memory(err);
	yaml_parser_set_encoding(&loader->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&loader->parser, (const unsigned char *)text, size);
	loader->positions = positions;
	loader->file = file;
	loader->documents = json_array();
	loader->anchor_names = json_object();
	result = load(loader, text, size, err);
	if (result == 0)
		*out = json_incref(loader->documents);
	release(loader);
	return result;
}
