/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "export/tree.h"

#define INDENT 2 /* columns */

/* Words that some reader of YAML takes for something else than a text. Source: YAML 1.1, 1.2. */
static const char *const meant_otherwise[] = { "y",   "n",    "yes",   "no",   "on",
	                                       "off", "true", "false", "null", "none" };

/*
 * Numbers of every notation begin with a digit, a sign or a point; so do dates, and times, which
 * YAML 1.1 counts to the base of 60. The emitter itself quotes what the syntax forbids.
 */
static bool is_safe_plain(const char *text)
{
	if (!((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') || *text == '/' ||
	      *text == '_'))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(meant_otherwise); i++) {
		if (strcasecmp(meant_otherwise[i], text) == 0)
			return false;
	}
	return strpbrk(text, "#&*!|>'\"%@`{}[],\n\t\\") == NULL;
}

static void write_to_text(struct text *out, const unsigned char *bytes, size_t size)
{
	text_add_format(out, "%.*s", (int)size, (const char *)bytes);
}

static int on_bytes(void *data, unsigned char *bytes, size_t size)
{
	write_to_text(data, bytes, size);
	return 1;
}

/* libyaml frees the event, whatever comes of it. */
static bool emit(yaml_emitter_t *emitter, yaml_event_t *event, int is_made)
{
	return is_made != 0 && yaml_emitter_emit(emitter, event) != 0;
}

static bool emit_scalar(yaml_emitter_t *emitter, const char *text, bool is_text)
{
	const bool is_plain = !is_text || is_safe_plain(text);
	const yaml_scalar_style_t style =
		is_plain ? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	yaml_event_t event;

	return emit(emitter, &event,
	            yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
	                                         (int)strlen(text), is_plain, true, style));
}

static bool emit_node(yaml_emitter_t *emitter, const struct tree_node *node);

static bool emit_children(yaml_emitter_t *emitter, const struct tree_node *node)
{
	for (const struct tree_node *child = node->first; child != NULL; child = child->next) {
		if (tree_is_empty(child))
			continue;
		if (child->name != NULL && !emit_scalar(emitter, child->name, true))
			return false;
		if (!emit_node(emitter, child))
			return false;
	}
	return true;
}

static bool emit_map(yaml_emitter_t *emitter, const struct tree_node *node)
{
	yaml_event_t event;

	return emit(emitter, &event,
	            yaml_mapping_start_event_initialize(&event, NULL, NULL, true,
	                                                YAML_BLOCK_MAPPING_STYLE)) &&
	       emit_children(emitter, node) &&
	       emit(emitter, &event, yaml_mapping_end_event_initialize(&event));
}

static bool emit_list(yaml_emitter_t *emitter, const struct tree_node *node)
{
	yaml_event_t event;

	return emit(emitter, &event,
	            yaml_sequence_start_event_initialize(&event, NULL, NULL, true,
	                                                 YAML_BLOCK_SEQUENCE_STYLE)) &&
	       emit_children(emitter, node) &&
	       emit(emitter, &event, yaml_sequence_end_event_initialize(&event));
}

static bool emit_node(yaml_emitter_t *emitter, const struct tree_node *node)
{
	if (node->kind == TREE_MAP)
		return emit_map(emitter, node);
	if (node->kind == TREE_LIST)
		return emit_list(emitter, node);
	return emit_scalar(emitter, node->text, node->kind == TREE_TEXT);
}

static bool emit_document(yaml_emitter_t *emitter, const struct tree_node *node, bool is_one)
{
	yaml_event_t event;

	return emit(emitter, &event,
	            yaml_document_start_event_initialize(&event, NULL, NULL, NULL, is_one)) &&
	       emit_node(emitter, node) &&
	       emit(emitter, &event, yaml_document_end_event_initialize(&event, true));
}

/* A list at the root is one document for each of its items. */
static bool emit_stream(yaml_emitter_t *emitter, const struct tree *tree)
{
	const struct tree_node *root = &tree->root;
	yaml_event_t event;

	if (!emit(emitter, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING)))
		return false;
	if (root->kind == TREE_MAP && !emit_document(emitter, root, true))
		return false;
	if (root->kind == TREE_LIST) {
		for (const struct tree_node *node = root->first; node != NULL; node = node->next) {
			if (!emit_document(emitter, node, root->first == root->last))
				return false;
		}
	}
	return emit(emitter, &event, yaml_stream_end_event_initialize(&event));
}

#define AUTO_EMITTER CLEANUP(yaml_emitter_delete)

char *tree_yaml(const struct tree *tree, struct error *err)
{
	AUTO_TEXT struct text out = { 0 };
	AUTO_EMITTER yaml_emitter_t emitter = { 0 };

	if (yaml_emitter_initialize(&emitter) == 0) {
		(void)error_set(err, ERROR_SYSTEM, "out of memory");
		return NULL;
	}
	out.is_broken = tree->is_broken;
	yaml_emitter_set_output(&emitter, on_bytes, &out);
	yaml_emitter_set_unicode(&emitter, true);
	yaml_emitter_set_indent(&emitter, INDENT);
	yaml_emitter_set_width(&emitter, -1);
	if (!emit_stream(&emitter, tree) && emitter.error != YAML_MEMORY_ERROR) {
		(void)error_set(err, ERROR_SPEC, "the text cannot be written as YAML: %s",
		                emitter.problem == NULL ? "it is no UTF-8" : emitter.problem);
		return NULL;
	}
	out.is_broken |= emitter.error == YAML_MEMORY_ERROR;
	return text_take(&out, err);
}
