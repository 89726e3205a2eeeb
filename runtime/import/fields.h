/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads JSON into a spec by tables: one row per member, so that the tables of a front end are
 * the documentation of its language. Every error names the place by its JSON pointer.
 */
#ifndef HARDRUN_IMPORT_FIELDS_H
#define HARDRUN_IMPORT_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "import/big_number.h"
#include "spec/spec_build.h"

/* A member that people bring along from elsewhere, and what they should write here. */
struct mistake {
	const char *name;
	const char *hint;
};

/* An array that was read into the spec's arena. */
struct fields_items {
	void *items; /* NULL when there are none */
	size_t count;
};

struct reader {
	struct spec_builder *builder;
	const char *prefix;             /* of every origin: "", or "preset agent: " */
	const char *folder;             /* that "./" means; NULL: nothing */
	const struct mistake *mistakes; /* at the top of the text */
	size_t mistake_count;
	bool is_lenient; /* unknown members are ignored, and null ones are not there */
	const struct big_numbers *big_numbers;     /* that the text holds; NULL: it cannot */
	void (*warn)(const struct error *warning); /* NULL: nobody listens */
	const char *file;                          /* named in warnings; NULL: who listens knows */
	size_t warning_count;                      /* heard or not */
	size_t length;                             /* of the pointer */
	char pointer[1024];                        /* RFC 6901 pointer to the value being read */
};

/* Reads one value into *@out, which is what the row of the table says. */
typedef int read_function(struct reader *reader, json_t *value, void *out, struct error *err);

struct field {
	const char *name;
	read_function *read;
	bool is_required;
	size_t offset; /* of @out in the target */
};

/*
 * Go down to a member or an element, for who reads without a table. Returns what fields_leave()
 * goes back to.
 */
size_t fields_enter(struct reader *reader, const char *name);
size_t fields_enter_element(struct reader *reader, size_t index);
void fields_leave(struct reader *reader, size_t length);

/* Errors: ERROR_SPEC, at the member that is wrong, missing or, if that matters, unknown. */
MUST_CHECK int fields_read(struct reader *reader, json_t *object, const struct field *fields,
                           size_t count, void *target, struct error *err);

/*
 * For a lenient reader, before fields_read(): tell who listens of the members that no row is for.
 * fields_read() tells of those that differ from one in case only.
 */
void fields_warn_of_unknown(struct reader *reader, json_t *object, const struct field *fields,
                            size_t count);

/* For the rows of members that are known and mean nothing here. */
read_function fields_skip;

/* Read every element of an array of at most @max, into the same *@out. */
MUST_CHECK int fields_each_element(struct reader *reader, json_t *array, size_t max,
                                   read_function *read, void *out, struct error *err);

/* As above, refusing an empty array. */
MUST_CHECK int fields_some_elements(struct reader *reader, json_t *array, size_t max,
                                    read_function *read, void *out, struct error *err);

/* Reads one member whose name is the user's own. */
typedef int read_member_function(struct reader *reader, const char *name, json_t *value, void *out,
                                 struct error *err);

/* Read every member of an object of at most @max, into the same *@out. */
MUST_CHECK int fields_each_member(struct reader *reader, json_t *object, size_t max,
                                  read_member_function *read, void *out, struct error *err);

/*
 * Read every element of an array of at most @max into an item of its own of @size bytes, which
 * is the @out of @read.
 */
MUST_CHECK int fields_items(struct reader *reader, json_t *array, size_t max, size_t size,
                            read_function *read, struct fields_items *out, struct error *err);

/* As fields_items() for the members of an object. */
MUST_CHECK int fields_member_items(struct reader *reader, json_t *object, size_t max, size_t size,
                                   read_member_function *read, struct fields_items *out,
                                   struct error *err);

/* Tell who listens of something at the value that is being read that is tolerated. */
void fields_warn(struct reader *reader, const char *format, ...) PRINTF_LIKE(2, 3);

/* Refuse the value that is being read: ERROR_SPEC at its pointer. Returns -1. */
int fields_refuse(const struct reader *reader, struct error *err, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* Refuse the type of @value. Returns -1. @expected: "a string". */
int fields_wrong_type(const struct reader *reader, const json_t *value, const char *expected,
                      struct error *err);

/* Add the pointer to @err as the place, and return -1. */
int fields_at(const struct reader *reader, struct error *err);

/* Where the value that is being read stands, in the spec's arena; NULL with @err set. */
MUST_CHECK const char *fields_origin(struct reader *reader, struct error *err);

/* The text of @value, borrowed from it: a string without control characters. */
MUST_CHECK int fields_string(const struct reader *reader, const json_t *value, const char **out,
                             struct error *err);

/* As fields_string(), but newlines and tabs may be in it: scripts are arguments too. */
MUST_CHECK int fields_lines(const struct reader *reader, const json_t *value, const char **out,
                            struct error *err);

/* As fields_string() with nothing refused but what is no string. */
MUST_CHECK int fields_bytes(const struct reader *reader, const json_t *value, const char **out,
                            struct error *err);

/* A clean absolute path in the spec's arena. @may_be_relative: to the folder, as "./name". */
MUST_CHECK int fields_path(struct reader *reader, const json_t *value, bool may_be_relative,
                           const char **out, struct error *err);

/* An integer of JSON from @min to @max. */
MUST_CHECK int fields_integer(const struct reader *reader, const json_t *value, uint64_t min,
                              uint64_t max, uint64_t *out, struct error *err);

/* An integer of JSON from @min to @max, which may be negative. */
MUST_CHECK int fields_signed(const struct reader *reader, const json_t *value, int64_t min,
                             int64_t max, int64_t *out, struct error *err);

/* Bytes from @min to @max: "64MiB" or an integer. */
MUST_CHECK int fields_size(const struct reader *reader, const json_t *value, uint64_t min,
                           uint64_t max, uint64_t *out, struct error *err);

#endif
