/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/position.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/json_positions.h"

#define FIRST_CAPACITY ((size_t)64)      /* entries; a power of 2 */
#define ENTRY_MAX      ((size_t)1 << 22) /* more are not kept */
#define FNV_PRIME      UINT64_C(1099511628211)
#define FNV_BASIS      UINT64_C(14695981039346656037)
#define ROOT_SIZE      256
#define TOKEN_SIZE     1024 /* of one step of a pointer; bytes */

struct entry {
	uintptr_t container;
	uint64_t token; /* hash; 0: the entry is empty */
	uintptr_t child;
	struct position place;
};

struct file {
	struct file *next;
	char name[];
};

struct positions {
	struct entry *entries;
	size_t count;
	size_t capacity; /* a power of 2, at most 3/4 used */
	struct file *files;
	const char *json; /* not scanned yet; NULL: there is none */
	size_t json_size; /* bytes */
};

int positions_new(struct positions **out, struct error *err)
{
	*out = calloc(1, sizeof(**out));
	return *out == NULL ? error_set_errno(err, "cannot note positions") : 0;
}

void positions_free(struct positions *positions)
{
	if (positions == NULL)
		return;
	while (positions->files != NULL) {
		struct file *next = positions->files->next;

		free(positions->files);
		positions->files = next;
	}
	free(positions->entries);
	free(positions);
}

const char *positions_add_file(struct positions *positions, const char *name, struct error *err)
{
	const size_t size = strlen(name) + 1;
	struct file *file = malloc(sizeof(*file) + size);

	if (file == NULL) {
		(void)error_set_errno(err, "cannot note positions");
		return NULL;
	}
	memcpy(file->name, name, size);
	file->next = positions->files;
	positions->files = file;
	return file->name;
}

/* Source: the FNV-1a hash. Mixed with where the table lies, so that no text is made for it. */
static uint64_t hash(const struct positions *positions, const char *token)
{
	uint64_t value = FNV_BASIS ^ (uintptr_t)positions;

	for (; *token != '\0'; token++)
		value = (value ^ (unsigned char)*token) * FNV_PRIME;
	return value == 0 ? 1 : value;
}

/* The entry of both, or the empty one where it would be. */
static struct entry *slot(const struct positions *positions, uintptr_t container, uint64_t token)
{
	const size_t mask = positions->capacity - 1;
	size_t i = (size_t)((token ^ container * FNV_PRIME) >> 7) & mask;

	while (positions->entries[i].token != 0 && (positions->entries[i].token != token ||
	                                            positions->entries[i].container != container))
		i = (i + 1) & mask;
	return &positions->entries[i];
}

static int grow(struct positions *positions, struct error *err)
{
	struct positions larger = *positions;

	larger.capacity = positions->capacity == 0 ? FIRST_CAPACITY : positions->capacity * 2;
	larger.entries = calloc(larger.capacity, sizeof(*larger.entries));
	if (larger.entries == NULL)
		return error_set_errno(err, "cannot note positions");
	for (size_t i = 0; i < positions->capacity; i++) {
		const struct entry *old = &positions->entries[i];

		if (old->token != 0)
			*slot(&larger, old->container, old->token) = *old;
	}
	free(positions->entries);
	positions->entries = larger.entries;
	positions->capacity = larger.capacity;
	return 0;
}

static int add(struct positions *positions, const struct entry *entry, struct error *err)
{
	struct entry *place;

	if (positions->count == ENTRY_MAX)
		return 0;
	if (positions->count >= positions->capacity / 4 * 3 && grow(positions, err) < 0)
		return -1;
	place = slot(positions, entry->container, entry->token);
	positions->count += place->token == 0;
	*place = *entry;
	return 0;
}

int positions_add(struct positions *positions, uintptr_t container, const char *token,
                  const struct position *place, uintptr_t child, struct error *err)
{
	const struct entry entry = { container, hash(positions, token), child, *place };

	return add(positions, &entry, err);
}

int positions_add_element(struct positions *positions, uintptr_t container, size_t index,
                          const struct position *place, uintptr_t child, struct error *err)
{
	char token[24];

	(void)snprintf(token, sizeof(token), "%zu", index);
	return positions_add(positions, container, token, place, child, err);
}

/* NULL: it is not known. */
static const struct entry *find(const struct positions *positions, uintptr_t container,
                                const char *token)
{
	const struct entry *entry;

	if (positions->capacity == 0)
		return NULL;
	entry = slot(positions, container, hash(positions, token));
	return entry->token == 0 ? NULL : entry;
}

int positions_share(struct positions *positions, uintptr_t from, const char *from_token,
                    uintptr_t to, const char *token, struct error *err)
{
	const struct entry *known = find(positions, from, from_token);
	struct entry entry;

	if (known == NULL)
		return 0;
	entry = *known;
	entry.container = to;
	entry.token = hash(positions, token);
	return add(positions, &entry, err);
}

void positions_use_json(struct positions *positions, const char *text, size_t size)
{
	positions->json = text;
	positions->json_size = size;
}

/* A text that cannot be noted whole, for want of memory, is noted in part. */
static void scan_json(struct positions *positions)
{
	struct error unused = { .kind = ERROR_NONE };
	const char *text = positions->json;

	positions->json = NULL;
	if (text != NULL)
		(void)!json_positions_scan(positions, text, positions->json_size, &unused);
}

/*
 * Take one step of a pointer, which @pointer stands before the slash of, to @out, without its
 * escapes. False: there are no more, or it is too long. Source: RFC 6901, 4.
 */
static bool take_step(const char **pointer, char *out, size_t size)
{
	const char *letter = *pointer;
	size_t length = 0;

	if (*letter != '/')
		return false;
	for (letter++; *letter != '\0' && *letter != '/'; letter++) {
		if (length == size - 1)
			return false;
		if (letter[0] == '~' && (letter[1] == '0' || letter[1] == '1'))
			out[length++] = *++letter == '0' ? '~' : '/';
		else
			out[length++] = *letter;
	}
	out[length] = '\0';
	*pointer = letter;
	return true;
}

/* The last thing of @pointer below the document @root that stands in the text. */
static bool walk(const struct positions *positions, const char *root, const char *pointer,
                 struct position *out)
{
	const struct entry *entry = find(positions, 0, root);
	char token[TOKEN_SIZE];
	bool is_found = false;

	while (entry != NULL) {
		*out = entry->place;
		is_found = true;
		if (!take_step(&pointer, token, sizeof(token)))
			break;
		entry = find(positions, entry->child, token);
	}
	return is_found;
}

/* "line 12: RUN", "line 3, column 5" */
static bool read_place(const char *origin, struct position *out)
{
	unsigned int line, column = 1;

	if (sscanf(origin, "line %9u, column %9u", &line, &column) < 1)
		return false;
	*out = (struct position){ .line = line, .column = column };
	return true;
}

bool position_find(struct positions *positions, const char *origin, struct position *out)
{
	char root[ROOT_SIZE];
	const char *pointer = strstr(origin, ": /");

	scan_json(positions);
	*out = (struct position){ .line = 1, .column = 1 };
	if (*origin == '/' || *origin == '\0')
		return walk(positions, "", origin, out);
	if (pointer != NULL && (size_t)(pointer - origin) < sizeof(root)) {
		(void)snprintf(root, sizeof(root), "%.*s", (int)(pointer - origin), origin);
		if (walk(positions, root, pointer + 2, out))
			return true;
	}
	if (walk(positions, origin, "", out) || read_place(origin, out))
		return true;
	(void)walk(positions, "", "", out);
	return false;
}
