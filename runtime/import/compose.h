/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of the reader of Compose files, of versions 2 and 3 and of the Compose Specification.
 * A service that extends another is that other's members first, then its own, so that what adds up
 * adds up and what replaces replaces.
 * Source: github.com/compose-spec/compose-spec.
 */
#ifndef HARDRUN_IMPORT_COMPOSE_H
#define HARDRUN_IMPORT_COMPOSE_H

#include "import/docker.h"

struct compose {
	struct import_session *session;
	json_t *root;   /* of the text */
	json_t *warned; /* object: the variables that somebody was told of */
	json_t *files;  /* object: what the other files hold, by their names */
	size_t count;   /* of the values that were read, those that are extended again and again */
};

/* A service while it is read. */
struct compose_service {
	struct compose *compose;
	struct docker_draft draft;
	struct reader *reader; /* of the layer that is being read */
	json_t *root;          /* of the file that the layer is in */
};

/* compose_values.c */

/*
 * The text of a scalar in the session's arena, with its variables replaced: an integer or a switch
 * as it is written, null as nothing.
 * Errors: ERROR_SPEC for what is no scalar, and for what a variable without value is told.
 */
MUST_CHECK int compose_text(struct compose *compose, struct reader *reader, const json_t *value,
                            struct spec_text *out, struct error *err);

/* compose_service.c: read the members of @service, which reader->pointer leads to. */
MUST_CHECK int compose_read_service(struct compose_service *service, json_t *members,
                                    struct error *err);

/* Reads a value that has a form of its own, at reader->pointer. */
typedef int compose_read_function(struct compose_service *service, json_t *value,
                                  struct error *err);

/* Show every element of an array to @read; anything else is one. */
MUST_CHECK int compose_each(struct compose_service *service, json_t *value,
                            compose_read_function *read, struct error *err);

/* The text of member @name of @object; its value is NULL when there is none. */
MUST_CHECK int compose_member(struct compose_service *service, const json_t *object,
                              const char *name, struct spec_text *out, struct error *err);

/* compose_long.c: what has a short form, a text, and a long one, an object */
compose_read_function compose_read_config;
compose_read_function compose_read_device;
compose_read_function compose_read_env_file;
compose_read_function compose_read_gpu;
compose_read_function compose_read_port;
compose_read_function compose_read_secret;
compose_read_function compose_read_volume;

#endif
