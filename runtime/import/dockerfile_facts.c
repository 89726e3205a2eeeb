/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What single instructions say that rules judge; their scripts are dockerfile_scripts.c's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/path.h"
#include "import/dockerfile.h"
#include "spec/secret_shape.h"

#define SHOWN_SIZE ((size_t)120) /* of a subject; bytes */

const char *dockerfile_flag(const struct spec_instruction *instruction, const char *name)
{
	const size_t length = strlen(name);

	for (size_t i = 0; i < instruction->flags.count; i++) {
		const char *flag = instruction->flags.items[i].value;

		if (strncmp(flag, "--", 2) == 0 && strncmp(flag + 2, name, length) == 0 &&
		    flag[2 + length] == '=')
			return flag + 2 + length + 1;
	}
	return NULL;
}

/* The same of the same instruction is told once. */
static bool is_known(const struct dockerfile_reader *reader, enum spec_dockerfile_fact_kind kind,
                     const char *subject, const char *origin)
{
	const struct spec_dockerfile_fact *facts = reader->facts.items;

	for (size_t i = reader->facts.count; i-- > 0 && strcmp(facts[i].origin, origin) == 0;) {
		if (facts[i].kind == kind && strcmp(facts[i].subject, subject) == 0)
			return true;
	}
	return false;
}

int dockerfile_add_fact(struct dockerfile_reader *reader, enum spec_dockerfile_fact_kind kind,
                        const char *subject, const char *why, const char *origin, struct error *err)
{
	struct spec_dockerfile_fact fact = { .kind = kind, .why = why, .origin = origin };
	char shown[SHOWN_SIZE];

	text_shorten(shown, sizeof(shown), subject);
	for (char *letter = shown; *letter != '\0'; letter++) {
		if ((unsigned char)*letter < ' ')
			*letter = ' ';
	}
	if (is_known(reader, kind, shown, origin))
		return 0;
	fact.subject = spec_copy(reader->builder, shown, err);
	return fact.subject == NULL ? -1
	                            : spec_list_add(reader->builder, &reader->facts, &fact, err);
}

static bool is_latest(const char *image)
{
	const char *tag = strchr(path_last(image), ':');

	return tag == NULL ? strchr(image, '$') == NULL : strcmp(tag, ":latest") == 0;
}

static int find_in_image(struct dockerfile_reader *reader, const char *image, const char *origin,
                         struct error *err)
{
	if (strcmp(image, "scratch") == 0 || strstr(image, "@sha256:") != NULL ||
	    dockerfile_find_stage(reader, image) != SIZE_MAX)
		return 0;
	return dockerfile_add_fact(reader, SPEC_FACT_UNPINNED_IMAGE, image,
	                           is_latest(image) ? "it names no version" : NULL, origin, err);
}

static int find_in_from(struct dockerfile_reader *reader,
                        const struct spec_instruction *instruction, struct error *err)
{
	return find_in_image(reader, instruction->words.items[0].value, instruction->origin, err);
}

/* A stage by its name or number, or an image. */
static int find_in_source(struct dockerfile_reader *reader, const char *source, const char *origin,
                          struct error *err)
{
	if (source == NULL || *source == '\0' || strspn(source, "0123456789") == strlen(source))
		return 0;
	return find_in_image(reader, source, origin, err);
}

static bool is_remote(const char *source)
{
	static const char *const beginnings[] = { "http://", "https://", "git@", "git://",
		                                  "ssh://" };

	for (size_t i = 0; i < ARRAY_LEN(beginnings); i++) {
		if (strncasecmp(source, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	}
	return false;
}

/* Does the mode, "777", "a+rwx", let everybody write? The sticky bit makes that a shared place. */
static bool is_writable_by_all(const char *mode)
{
	const size_t digits = strspn(mode, "01234567");

	if (digits > 0 && mode[digits] == '\0') {
		const unsigned long bits = strtoul(mode, NULL, 8);

		return (bits & 02) != 0 && (bits & 01000) == 0;
	}
	for (const char *part = mode; *part != '\0';
	     part += strcspn(part, ","), part += *part == ',') {
		const size_t who = strspn(part, "ugoa");
		const size_t what = strcspn(part, ",");

		if (memchr(part, 'o', who) == NULL && memchr(part, 'a', who) == NULL)
			continue;
		if ((part[who] == '+' || part[who] == '=') &&
		    memchr(part + who, 'w', what - who) != NULL)
			return true;
	}
	return false;
}

/* Does the mode, "4755", "u+s", set the set-user-ID or set-group-ID bit? Source: chmod(1). */
static bool sets_id(const char *mode)
{
	const size_t digits = strspn(mode, "01234567");
	bool is_adding = false;

	if (digits > 0 && mode[digits] == '\0')
		return (strtoul(mode, NULL, 8) & 06000) != 0;
	for (; *mode != '\0'; mode++) {
		if (*mode == '+' || *mode == '=')
			is_adding = true;
		else if (*mode == '-' || *mode == ',')
			is_adding = false;
		else if (*mode == 's' && is_adding)
			return true;
	}
	return false;
}

int dockerfile_find_in_mode(struct dockerfile_reader *reader, const char *mode, const char *origin,
                            struct error *err)
{
	if (is_writable_by_all(mode) &&
	    dockerfile_add_fact(reader, SPEC_FACT_WRITABLE_BY_ALL, mode, NULL, origin, err) < 0)
		return -1;
	return !sets_id(mode)
	               ? 0
	               : dockerfile_add_fact(reader, SPEC_FACT_SETS_ID, mode, NULL, origin, err);
}

/* The name of a variable, without what may be a secret. */
int dockerfile_add_secret(struct dockerfile_reader *reader, const char *setting, const char *why,
                          const char *origin, struct error *err)
{
	char name[SHOWN_SIZE];
	const size_t length = strcspn(setting, "=");

	(void)snprintf(name, sizeof(name), "%.*s", (int)(length < 100 ? length : 100), setting);
	return dockerfile_add_fact(reader, SPEC_FACT_SECRET, name, why, origin, err);
}

/* Judge a name that has no value to judge, or none of its own. */
static const char *judge_name(const char *setting)
{
	char named[SHOWN_SIZE];

	(void)snprintf(named, sizeof(named), "%.*s=x",
	               (int)(strcspn(setting, "=") % (sizeof(named) - 2)), setting);
	return secret_shape(named);
}

/*
 * What ARG and ENV are given stays in the image's history. An argument without a default is
 * judged by its name, and so is a variable that takes its value from one.
 */
static int find_in_variables(struct dockerfile_reader *reader,
                             const struct spec_instruction *instruction, struct error *err)
{
	const char *raw = instruction->text.value;

	for (size_t i = 0; i < instruction->words.count; i++) {
		const char *setting = instruction->words.items[i].value;
		const char *why = secret_shape(setting);
		const char *const start = raw;

		dockerfile_skip_word(&raw, reader->escape);
		if (instruction->words.count == 1)
			raw = start + strlen(start);
		if (why == NULL && (strchr(setting, '=') == NULL ||
		                    memchr(start, '$', (size_t)(raw - start)) != NULL))
			why = judge_name(setting);
		if (why != NULL &&
		    dockerfile_add_secret(reader, setting, why, instruction->origin, err) < 0)
			return -1;
		dockerfile_skip_blanks(&raw);
	}
	return 0;
}

/* "--mount=type=bind,from=image,target=/x" */
static int find_in_mount(struct dockerfile_reader *reader, const char *flag, const char *origin,
                         struct error *err)
{
	static const char option[] = "from=";
	const char *from = strstr(flag, option);
	AUTO_TEXT struct text image = { 0 };

	if (strncmp(flag, "--mount=", strlen("--mount=")) != 0 || from == NULL ||
	    strchr("=,", from[-1]) == NULL)
		return 0;
	from += strlen(option);
	text_add_bytes(&image, from, strcspn(from, ","));
	if (image.is_broken)
		return error_set(err, ERROR_SYSTEM, "out of memory");
	return find_in_source(reader, image.bytes, origin, err);
}

static int find_in_copy(struct dockerfile_reader *reader,
                        const struct spec_instruction *instruction, struct error *err)
{
	const char *mode = dockerfile_flag(instruction, "chmod");
	const size_t sources = instruction->words.count - 1;

	if (find_in_source(reader, dockerfile_flag(instruction, "from"), instruction->origin, err) <
	    0)
		return -1;
	if (mode != NULL && dockerfile_find_in_mode(reader, mode, instruction->origin, err) < 0)
		return -1;
	for (size_t i = 0; i < sources && instruction->kind == SPEC_INSTRUCTION_ADD; i++) {
		const char *source = instruction->words.items[i].value;

		if (is_remote(source) && dockerfile_flag(instruction, "checksum") == NULL &&
		    dockerfile_add_fact(reader, SPEC_FACT_REMOTE_ADD, source, NULL,
		                        instruction->origin, err) < 0)
			return -1;
	}
	if (instruction->heredocs.count > 0 &&
	    dockerfile_find_in_texts(reader, instruction, err) < 0)
		return -1;
	return instruction->is_on_build ? 0 : dockerfile_own_copy(reader, instruction, err);
}

static int find_in_run(struct dockerfile_reader *reader, const struct spec_instruction *instruction,
                       struct error *err)
{
	for (size_t i = 0; i < instruction->flags.count; i++) {
		if (find_in_mount(reader, instruction->flags.items[i].value, instruction->origin,
		                  err) < 0)
			return -1;
	}
	return dockerfile_find_in_texts(reader, instruction, err);
}

int dockerfile_find_facts(struct dockerfile_reader *reader,
                          const struct spec_instruction *instruction, struct error *err)
{
	switch (instruction->kind) {
	case SPEC_INSTRUCTION_ADD:
	case SPEC_INSTRUCTION_COPY:
		return find_in_copy(reader, instruction, err);
	case SPEC_INSTRUCTION_ARG:
	case SPEC_INSTRUCTION_ENV:
		return find_in_variables(reader, instruction, err);
	case SPEC_INSTRUCTION_FROM:
		return find_in_from(reader, instruction, err);
	case SPEC_INSTRUCTION_RUN:
		return find_in_run(reader, instruction, err);
	case SPEC_INSTRUCTION_CMD:
	case SPEC_INSTRUCTION_ENTRYPOINT:
	case SPEC_INSTRUCTION_EXPOSE:
	case SPEC_INSTRUCTION_HEALTHCHECK:
	case SPEC_INSTRUCTION_LABEL:
	case SPEC_INSTRUCTION_MAINTAINER:
	case SPEC_INSTRUCTION_SHELL:
	case SPEC_INSTRUCTION_STOPSIGNAL:
	case SPEC_INSTRUCTION_USER:
	case SPEC_INSTRUCTION_VOLUME:
	case SPEC_INSTRUCTION_WORKDIR:
	case SPEC_INSTRUCTION_COUNT:
	default:
		return 0;
	}
}
