/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A Dockerfile as a list of its instructions, all stages in order, with what was in force at
 * each, so that a rule needs to look at one instruction or two.
 * Source: Dockerfile reference, docs.docker.com/reference/dockerfile.
 */
#ifndef HARDRUN_SPEC_SPEC_DOCKERFILE_H
#define HARDRUN_SPEC_SPEC_DOCKERFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "spec/spec.h"

enum spec_instruction_kind {
	SPEC_INSTRUCTION_ADD,
	SPEC_INSTRUCTION_ARG,
	SPEC_INSTRUCTION_CMD,
	SPEC_INSTRUCTION_COPY,
	SPEC_INSTRUCTION_ENTRYPOINT,
	SPEC_INSTRUCTION_ENV,
	SPEC_INSTRUCTION_EXPOSE,
	SPEC_INSTRUCTION_FROM,
	SPEC_INSTRUCTION_HEALTHCHECK,
	SPEC_INSTRUCTION_LABEL,
	SPEC_INSTRUCTION_MAINTAINER,
	SPEC_INSTRUCTION_RUN,
	SPEC_INSTRUCTION_SHELL,
	SPEC_INSTRUCTION_STOPSIGNAL,
	SPEC_INSTRUCTION_USER,
	SPEC_INSTRUCTION_VOLUME,
	SPEC_INSTRUCTION_WORKDIR,
	SPEC_INSTRUCTION_COUNT,
};

struct spec_instruction {
	enum spec_instruction_kind kind;
	size_t stage;                /* from 0; what stands before the first FROM is of stage 0 */
	struct spec_text text;       /* behind keyword and flags, continued lines joined */
	struct spec_text_list flags; /* "--chown=app:app" */
	/*
	 * The words of @text: sources and the target; "NAME=value" each of ENV, ARG and LABEL; the
	 * arguments of an exec form. One word, the whole text, for a shell form.
	 */
	struct spec_text_list words;
	struct spec_text_list heredocs; /* bodies */
	bool is_exec_form;              /* ["program", "argument"] */
	bool is_on_build;               /* ONBUILD: of the images that are built on this one */
	const char *user;    /* in force: of the last USER of the stage; NULL: of its image */
	const char *workdir; /* in force, clean and absolute; NULL: of its image */
	const char *origin;  /* "line 12: RUN" */
};

struct spec_dockerfile_stage {
	struct spec_text image; /* of FROM, build arguments with defaults put in */
	struct spec_text name;  /* of "AS name"; value NULL: none */
	size_t base;            /* the stage that @image names; SIZE_MAX: it is an image */
};

/* What an instruction does that bears on the safety of the image; a rule judges it. */
enum spec_dockerfile_fact_kind {
	SPEC_FACT_UNPINNED_IMAGE,  /* FROM, --from: the image, named without its digest */
	SPEC_FACT_REMOTE_ADD,      /* ADD: the URL, without --checksum */
	SPEC_FACT_PIPED_TO_SHELL,  /* RUN: "curl | bash", what is fetched is executed */
	SPEC_FACT_SECRET,          /* ARG, COPY, ENV, RUN: the variable or option */
	SPEC_FACT_SUDO,            /* RUN: "sudo", called or installed */
	SPEC_FACT_WRITABLE_BY_ALL, /* RUN, ADD, COPY: the mode of chmod */
	SPEC_FACT_SETS_ID,         /* the same: it sets the set-user-ID or set-group-ID bit */
	/*
	 * The path, which is root's although the image's user, who is not root, is to write there:
	 * a volume, the working directory that was filled without --chown, a directory that was
	 * made and not filled, or where a package manager put what it installed.
	 */
	SPEC_FACT_ROOT_OWNED_PATH,
	SPEC_FACT_COUNT,
};

struct spec_dockerfile_fact {
	enum spec_dockerfile_fact_kind kind;
	const char *subject; /* as the kind says */
	const char *why;     /* of a secret, and of an image without a version; else NULL */
	const char *origin;  /* "line 12: RUN" */
};

struct spec_dockerfile {
	const struct spec_instruction *instructions;
	size_t instruction_count;
	const struct spec_dockerfile_stage *stages; /* the last one is the image */
	size_t stage_count;
	const struct spec_dockerfile_fact *facts;
	size_t fact_count;
};

#endif
