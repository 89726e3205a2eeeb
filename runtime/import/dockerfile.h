/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of the reader of Dockerfiles: lines become instructions, those change their stage,
 * and the last stage is the spec. Source: Dockerfile reference.
 */
#ifndef HARDRUN_IMPORT_DOCKERFILE_H
#define HARDRUN_IMPORT_DOCKERFILE_H

#include "base/compiler.h"
#include "base/error.h"
#include "import/dockerfile_lines.h"
#include "import/dockerfile_words.h"
#include "spec/spec_build.h"
#include "spec/spec_dockerfile.h"

/* A stage while it is read; the next stages may be built on it. */
struct dockerfile_stage {
	struct spec_dockerfile_stage said;
	struct dockerfile_scope scope;
	struct spec_text user; /* value NULL: the image's */
	const char *workdir;   /* clean and absolute; NULL: the image's */
	struct spec_text_list entrypoint;
	struct spec_text_list command;
	struct spec_text_list shell; /* what shell forms are for; none: /bin/sh -c */
	struct spec_text health;
	struct spec_list ports;   /* struct spec_engine_port */
	struct spec_list volumes; /* struct spec_engine_volume */
	struct spec_list roots;   /* struct dockerfile_path: that became root's */
	struct spec_list users;   /* struct dockerfile_path: that were given to somebody else */
};

enum dockerfile_path_kind {
	DOCKERFILE_PATH_COPIED,    /* filled by ADD or COPY */
	DOCKERFILE_PATH_INSTALLED, /* by a package manager */
	DOCKERFILE_PATH_MADE,      /* a directory that nothing was put into */
};

struct dockerfile_path {
	const char *path;
	enum dockerfile_path_kind kind;
	const char *origin;
};

struct dockerfile_reader {
	struct spec_builder *builder;
	char escape;
	struct dockerfile_budget budget;
	struct dockerfile_scope globals; /* of ARG before the first FROM */
	struct spec_list stages;         /* struct dockerfile_stage * */
	struct spec_list instructions;   /* struct spec_instruction */
	struct spec_list facts;          /* struct spec_dockerfile_fact */
};

/* The stage that is being read; NULL: before the first FROM. */
struct dockerfile_stage *dockerfile_current_stage(const struct dockerfile_reader *reader);

/* The index of the stage that FROM or --from names; SIZE_MAX: none, so it is an image. */
size_t dockerfile_find_stage(const struct dockerfile_reader *reader, const char *name);

/* Read @line as an instruction. Errors: ERROR_SPEC at the line. */
MUST_CHECK int dockerfile_read_instruction(struct dockerfile_reader *reader,
                                           const struct dockerfile_line *line,
                                           struct spec_instruction *out, struct error *err);

/* dockerfile_stage.c: let the instruction take effect. Errors: ERROR_SPEC at the line. */
MUST_CHECK int dockerfile_apply(struct dockerfile_reader *reader,
                                const struct spec_instruction *instruction, struct error *err);

/* dockerfile_facts.c: find what rules judge, before the instruction takes effect. */
MUST_CHECK int dockerfile_find_facts(struct dockerfile_reader *reader,
                                     const struct spec_instruction *instruction, struct error *err);
MUST_CHECK int dockerfile_add_fact(struct dockerfile_reader *reader,
                                   enum spec_dockerfile_fact_kind kind, const char *subject,
                                   const char *why, const char *origin, struct error *err);
/* Of a secret that @setting, "NAME=value", is, only the name is told. */
MUST_CHECK int dockerfile_add_secret(struct dockerfile_reader *reader, const char *setting,
                                     const char *why, const char *origin, struct error *err);
/* Find what the @mode of chmod gives away. */
MUST_CHECK int dockerfile_find_in_mode(struct dockerfile_reader *reader, const char *mode,
                                       const char *origin, struct error *err);
/* The value of the flag "--@name=value"; NULL: it is not given. */
const char *dockerfile_flag(const struct spec_instruction *instruction, const char *name);

/* dockerfile_scripts.c: find what a RUN executes, and the secrets in its texts and COPY's. */
MUST_CHECK int dockerfile_find_in_texts(struct dockerfile_reader *reader,
                                        const struct spec_instruction *instruction,
                                        struct error *err);

/*
 * dockerfile_owners.c: keep account of whose the paths are that an instruction writes, and at
 * the end find those that are root's although another user has to write there.
 * @commands: of a RUN, as shell_read() gives them.
 */
MUST_CHECK int dockerfile_own_copy(struct dockerfile_reader *reader,
                                   const struct spec_instruction *instruction, struct error *err);
MUST_CHECK int dockerfile_own_run(struct dockerfile_reader *reader,
                                  const struct spec_instruction *instruction,
                                  const struct spec_list *commands, struct error *err);
MUST_CHECK int dockerfile_find_owned(struct dockerfile_reader *reader, struct error *err);

#endif
