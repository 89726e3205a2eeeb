/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A text of maps, lists and values while it is made, and its two forms: JSON and YAML. A map or
 * list that stays empty is not written, so who fills one need not ask first.
 */
#ifndef HARDRUN_EXPORT_TREE_H
#define HARDRUN_EXPORT_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"

enum tree_kind {
	TREE_MAP,
	TREE_LIST,
	TREE_TEXT,
	TREE_LITERAL, /* a number, true or false */
};

struct tree_node {
	enum tree_kind kind;
	bool is_kept;     /* written also while it is empty */
	const char *name; /* of a member of a map; NULL: an item of a list */
	const char *text; /* TREE_TEXT and TREE_LITERAL */
	struct tree_node *first;
	struct tree_node *last;
	struct tree_node *next;
};

/* Initialise with tree_begin(). A failed allocation is told once, by tree_json() or tree_yaml(). */
struct tree {
	struct arena *arena; /* of the nodes and their texts */
	struct tree_node root;
	struct tree_node spare; /* gets what there is no memory for */
	bool is_broken;
};

void tree_begin(struct tree *tree, struct arena *arena, enum tree_kind root);

/*
 * The map or list called @name in the map @parent, made if it is not there; with a @name of NULL
 * a new one in the list @parent. Never NULL.
 */
struct tree_node *tree_map(struct tree *tree, struct tree_node *parent, const char *name);
struct tree_node *tree_list(struct tree *tree, struct tree_node *parent, const char *name);

/* Let @node be written although nothing is in it. */
void tree_keep(struct tree_node *node);

/* Put @node behind all others of its @parent. */
void tree_move_last(struct tree_node *parent, struct tree_node *node);

/* Add a value, copied, to the map or, with a @name of NULL, to the list @parent. */
void tree_text(struct tree *tree, struct tree_node *parent, const char *name, const char *value);
void tree_format(struct tree *tree, struct tree_node *parent, const char *name, const char *format,
                 ...) PRINTF_LIKE(4, 5);
void tree_bool(struct tree *tree, struct tree_node *parent, const char *name, bool value);
void tree_integer(struct tree *tree, struct tree_node *parent, const char *name, int64_t value);
void tree_unsigned(struct tree *tree, struct tree_node *parent, const char *name, uint64_t value);
/* A number as it is written, "1.5". */
void tree_number(struct tree *tree, struct tree_node *parent, const char *name, const char *value);

/* Would nothing of @node be written? */
bool tree_is_empty(const struct tree_node *node);

/* Owns: release with free(). Errors: NULL with @err set when memory was out at any addition. */
MUST_CHECK char *tree_json(const struct tree *tree, struct error *err);

/*
 * Block style; a text that any reader of YAML could take for something else is quoted.
 * Source: yaml.org, YAML 1.2.2, 10.3 Core Schema; YAML 1.1, whose booleans and numbers many
 * readers still know.
 * Owns, Errors: as tree_json(); and ERROR_SPEC for what is no UTF-8.
 */
MUST_CHECK char *tree_yaml(const struct tree *tree, struct error *err);

#endif
