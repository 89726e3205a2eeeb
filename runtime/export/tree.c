/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/tree.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define INDENT 2 /* columns */

void tree_begin(struct tree *tree, struct arena *arena, enum tree_kind root)
{
	*tree = (struct tree){ .arena = arena, .root = { .kind = root, .is_kept = true } };
}

/* NULL, and the tree is broken, when memory is out. */
static void *reserve(struct tree *tree, size_t size)
{
	struct error unused = { .kind = ERROR_NONE };
	void *bytes = tree->is_broken ? NULL : arena_alloc(tree->arena, size, &unused);

	tree->is_broken |= bytes == NULL;
	return bytes;
}

static const char *copy(struct tree *tree, const char *text)
{
	const size_t size = strlen(text) + 1;
	char *bytes = reserve(tree, size);

	return bytes == NULL ? "" : memcpy(bytes, text, size);
}

static struct tree_node *add(struct tree *tree, struct tree_node *parent, const char *name,
                             enum tree_kind kind)
{
	struct tree_node *node = reserve(tree, sizeof(*node));

	if (node == NULL) {
		tree->spare = (struct tree_node){ .kind = kind };
		return &tree->spare;
	}
	node->kind = kind;
	node->name = name == NULL ? NULL : copy(tree, name);
	if (parent->last == NULL)
		parent->first = node;
	else
		parent->last->next = node;
	parent->last = node;
	return node;
}

static struct tree_node *find(const struct tree_node *parent, const char *name)
{
	for (struct tree_node *node = parent->first; node != NULL; node = node->next) {
		if (node->name != NULL && strcmp(node->name, name) == 0)
			return node;
	}
	return NULL;
}

static struct tree_node *find_or_add(struct tree *tree, struct tree_node *parent, const char *name,
                                     enum tree_kind kind)
{
	struct tree_node *node = name == NULL ? NULL : find(parent, name);

	return node != NULL ? node : add(tree, parent, name, kind);
}

struct tree_node *tree_map(struct tree *tree, struct tree_node *parent, const char *name)
{
	return find_or_add(tree, parent, name, TREE_MAP);
}

struct tree_node *tree_list(struct tree *tree, struct tree_node *parent, const char *name)
{
	return find_or_add(tree, parent, name, TREE_LIST);
}

void tree_keep(struct tree_node *node)
{
	node->is_kept = true;
}

void tree_move_last(struct tree_node *parent, struct tree_node *node)
{
	struct tree_node **link = &parent->first;

	if (parent->last == node)
		return;
	while (*link != NULL && *link != node)
		link = &(*link)->next;
	if (*link == NULL)
		return;
	*link = node->next;
	node->next = NULL;
	parent->last->next = node;
	parent->last = node;
}

void tree_text(struct tree *tree, struct tree_node *parent, const char *name, const char *value)
{
	add(tree, parent, name, TREE_TEXT)->text = copy(tree, value);
}

void tree_format(struct tree *tree, struct tree_node *parent, const char *name, const char *format,
                 ...)
{
	char small[256];
	char *large = small;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(small, sizeof(small), format, args);
	va_end(args);
	if (length >= (int)sizeof(small)) {
		large = reserve(tree, (size_t)length + 1);
		if (large == NULL)
			return;
		va_start(args, format);
		(void)vsnprintf(large, (size_t)length + 1, format, args);
		va_end(args);
	}
	tree_text(tree, parent, name, large);
}

void tree_number(struct tree *tree, struct tree_node *parent, const char *name, const char *value)
{
	add(tree, parent, name, TREE_LITERAL)->text = copy(tree, value);
}

void tree_bool(struct tree *tree, struct tree_node *parent, const char *name, bool value)
{
	tree_number(tree, parent, name, value ? "true" : "false");
}

void tree_integer(struct tree *tree, struct tree_node *parent, const char *name, int64_t value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRId64, value);
	tree_number(tree, parent, name, text);
}

void tree_unsigned(struct tree *tree, struct tree_node *parent, const char *name, uint64_t value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRIu64, value);
	tree_number(tree, parent, name, text);
}

bool tree_is_empty(const struct tree_node *node)
{
	if (node->is_kept || node->kind == TREE_TEXT || node->kind == TREE_LITERAL)
		return false;
	for (const struct tree_node *child = node->first; child != NULL; child = child->next) {
		if (!tree_is_empty(child))
			return false;
	}
	return true;
}

static const struct tree_node *next_written(const struct tree_node *node)
{
	while (node != NULL && tree_is_empty(node))
		node = node->next;
	return node;
}

/* A list of values stands on one line. */
static bool is_flat(const struct tree_node *node)
{
	if (node->kind != TREE_LIST)
		return false;
	for (const struct tree_node *child = node->first; child != NULL; child = child->next) {
		if (child->kind == TREE_MAP || child->kind == TREE_LIST)
			return false;
	}
	return true;
}

static void break_line(struct text *out, size_t depth)
{
	text_add_format(out, "\n%*s", (int)(depth * INDENT), "");
}

static void write_json(const struct tree_node *node, size_t depth, struct text *out);

static void write_children(const struct tree_node *node, size_t depth, struct text *out)
{
	const struct tree_node *child = next_written(node->first);
	const bool has_lines = child != NULL && !is_flat(node);

	text_add(out, node->kind == TREE_MAP ? "{" : "[");
	while (child != NULL) {
		if (has_lines)
			break_line(out, depth + 1);
		if (child->name != NULL) {
			text_add_json(out, child->name);
			text_add(out, ": ");
		}
		write_json(child, depth + 1, out);
		child = next_written(child->next);
		if (child != NULL)
			text_add(out, has_lines ? "," : ", ");
	}
	if (has_lines)
		break_line(out, depth);
	text_add(out, node->kind == TREE_MAP ? "}" : "]");
}

/* The depth is that of the code that builds the tree. */
static void write_json(const struct tree_node *node, size_t depth, struct text *out)
{
	if (node->kind == TREE_TEXT)
		text_add_json(out, node->text);
	else if (node->kind == TREE_LITERAL)
		text_add(out, node->text);
	else
		write_children(node, depth, out);
}

char *tree_json(const struct tree *tree, struct error *err)
{
	AUTO_TEXT struct text out = { 0 };

	out.is_broken = tree->is_broken;
	write_json(&tree->root, 0, &out);
	text_add(&out, "\n");
	return text_take(&out, err);
}
