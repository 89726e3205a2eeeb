/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What single instructions say that rules judge. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/path.h"
#include "import/dockerfile.h"
#include "import/shell_script.h"
#include "spec/secret_shape.h"

#define BLANKS     " \t"
#define PIPE_MAX   64            /* commands of one pipe that are looked at */
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

static int find_in_mode(struct dockerfile_reader *reader, const char *mode, const char *origin,
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
static int add_secret(struct dockerfile_reader *reader, const char *setting, const char *why,
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
		if (why != NULL && add_secret(reader, setting, why, instruction->origin, err) < 0)
			return -1;
		dockerfile_skip_blanks(&raw);
	}
	return 0;
}

/* A RUN while it is judged. */
struct run {
	struct dockerfile_reader *reader;
	const struct spec_instruction *instruction;
	struct spec_list commands; /* struct shell_command */
};

static const struct shell_command *command_at(const struct run *run, size_t index)
{
	return (const struct shell_command *)run->commands.items + index;
}

static bool is_program_of(const struct shell_command *command, const char *const *names,
                          size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (shell_is_program(command, names[i]))
			return true;
	}
	return false;
}

static bool fetches(const struct shell_command *command)
{
	static const char *const names[] = { "aria2c", "curl", "fetch", "wget" };

	return is_program_of(command, names, ARRAY_LEN(names));
}

static bool is_shell(const struct shell_command *command)
{
	static const char *const names[] = { "ash", "bash", "dash", "ksh", "sh", "zsh" };

	return is_program_of(command, names, ARRAY_LEN(names));
}

/* Of other languages: their options that mean code, not standard input, are letters of these. */
static bool is_interpreter(const struct shell_command *command)
{
	static const char *const names[] = { "node",    "perl",    "php", "python",
		                             "python2", "python3", "ruby" };

	return is_program_of(command, names, ARRAY_LEN(names));
}

/* "-o pipefail", "-euxo pipefail" of a shell. */
static bool takes_value(const char *option)
{
	return option[1] != '-' && option[strlen(option) - 1] == 'o';
}

/* Does a shell or an interpreter take its script from standard input? */
static bool executes_input(const struct shell_command *command)
{
	const bool is_of_shell = is_shell(command);
	const char *const code = is_of_shell ? "c" : "cemnpr";
	const char *argument;

	if (!is_of_shell && !is_interpreter(command))
		return false;
	for (size_t i = 0; (argument = shell_argument(command, i)) != NULL; i++) {
		if (strcmp(argument, "-") == 0 || strcmp(argument, "/dev/stdin") == 0)
			return true;
		if (*argument != '-')
			return false;
		if (strncmp(argument, "--", 2) == 0)
			continue;
		if (strpbrk(argument, code) != NULL)
			return false;
		if (is_of_shell && strchr(argument, 's') != NULL)
			return true;
		i += is_of_shell && takes_value(argument);
	}
	return true;
}

/* Does it execute what stands in one of its words, or in a file that it is given? */
static bool executes_word(const struct shell_command *command, bool is_file)
{
	static const char *const builtins[] = { ".", "eval", "source" };
	const char *argument = shell_argument(command, 0);

	if (is_program_of(command, builtins, ARRAY_LEN(builtins)))
		return true;
	if (!is_shell(command) && !is_interpreter(command))
		return false;
	if (!is_file)
		return argument != NULL && *argument == '-' && strpbrk(argument, "ce") != NULL;
	for (size_t i = 0; (argument = shell_argument(command, i)) != NULL; i++) {
		if (*argument != '-')
			return false;
	}
	return true;
}

/* The program that brings what @command reads; NULL: nothing is brought. */
static const struct shell_command *find_fetcher(const struct run *run, size_t input)
{
	for (int i = 0; i < PIPE_MAX && input != SHELL_NO_COMMAND; i++) {
		const struct shell_command *command = command_at(run, input);

		if (fetches(command))
			return command;
		input = command->input;
	}
	return NULL;
}

static const char *program_name(const struct shell_command *command)
{
	const char *const *words = command->words.items;

	return path_last(words[command->program]);
}

static int add_pipe(struct run *run, const struct shell_command *fetcher,
                    const struct shell_command *command, struct error *err)
{
	char subject[SHOWN_SIZE];

	(void)snprintf(subject, sizeof(subject), "%.40s | %.40s", program_name(fetcher),
	               program_name(command));
	return dockerfile_add_fact(run->reader, SPEC_FACT_PIPED_TO_SHELL, subject, NULL,
	                           run->instruction->origin, err);
}

static int find_pipe(struct run *run, size_t index, struct error *err)
{
	const struct shell_command *command = command_at(run, index);
	const struct shell_command *parent =
		command->parent == SHELL_NO_COMMAND ? NULL : command_at(run, command->parent);
	const struct shell_command *fetcher = find_fetcher(run, command->input);

	if (fetcher != NULL && executes_input(command) && add_pipe(run, fetcher, command, err) < 0)
		return -1;
	fetcher = find_fetcher(run, index);
	if (fetcher != NULL && parent != NULL && executes_word(parent, command->is_parents_file))
		return add_pipe(run, fetcher, parent, err);
	return 0;
}

/* Is the package of sudo among what a package manager installs? */
static bool installs_sudo(const struct shell_command *command)
{
	static const char *const managers[] = { "apk", "apt", "apt-get",  "aptitude",
		                                "dnf", "yum", "microdnf", "zypper" };
	bool is_installing = false;
	const char *argument;

	if (!is_program_of(command, managers, ARRAY_LEN(managers)))
		return false;
	for (size_t i = 0; (argument = shell_argument(command, i)) != NULL; i++) {
		if (is_installing && strcmp(argument, "sudo") == 0)
			return true;
		is_installing |= strcmp(argument, "install") == 0 || strcmp(argument, "add") == 0;
	}
	return false;
}

static int find_sudo(struct run *run, size_t index, struct error *err)
{
	const struct shell_command *command = command_at(run, index);

	if (!command->is_by_sudo && !installs_sudo(command))
		return 0;
	return dockerfile_add_fact(run->reader, SPEC_FACT_SUDO, "sudo", NULL,
	                           run->instruction->origin, err);
}

static int find_chmod(struct run *run, size_t index, struct error *err)
{
	const struct shell_command *command = command_at(run, index);
	const char *mode;
	size_t i = 0;

	if (!shell_is_program(command, "chmod"))
		return 0;
	while ((mode = shell_argument(command, i)) != NULL && *mode == '-')
		i++;
	return mode == NULL ? 0 : find_in_mode(run->reader, mode, run->instruction->origin, err);
}

/* "--api-key=x" is the variable API_KEY to a reader of names. */
static void name_option(char *out, size_t size, const char *word)
{
	(void)snprintf(out, size, "%.80s", word + strspn(word, "-"));
	for (char *letter = out; *letter != '\0' && *letter != '='; letter++) {
		if (*letter == '-')
			*letter = '_';
	}
}

/* "Authorization: Bearer x", the x of which is no variable. */
static bool is_authorization(const char *word)
{
	static const char header[] = "Authorization:";
	const char *value;

	if (strncasecmp(word, header, strlen(header)) != 0)
		return false;
	value = strrchr(word, ' ');
	return value != NULL && value[1] != '\0' && strchr(word, '$') == NULL;
}

static int find_secret(struct run *run, const char *word, struct error *err)
{
	const char *value = strchr(word, '=');
	char setting[SHOWN_SIZE];
	const char *why = NULL;

	if (is_authorization(word))
		return add_secret(run->reader, "Authorization",
		                  "it is a header that proves who asks", run->instruction->origin,
		                  err);
	if (value == NULL || *word == '=') {
		AUTO_TEXT struct text unnamed = { 0 };

		text_add(&unnamed, "=");
		text_add(&unnamed, word);
		why = unnamed.is_broken ? NULL : secret_shape(unnamed.bytes);
		return why == NULL ? 0
		                   : dockerfile_add_fact(run->reader, SPEC_FACT_SECRET, "a word",
		                                         why, run->instruction->origin, err);
	}
	name_option(setting, sizeof(setting), word);
	if (value[1] != '$')
		why = secret_shape(setting);
	if (why == NULL)
		why = secret_shape(word);
	if (why == NULL || value[1] == '$')
		return 0;
	return add_secret(run->reader, word, why, run->instruction->origin, err);
}

/* "echo user:password | chpasswd" */
static int find_password(struct run *run, const struct shell_command *command, struct error *err)
{
	static const char *const writers[] = { "echo", "printf" };
	const struct shell_command *input =
		command->input == SHELL_NO_COMMAND ? NULL : command_at(run, command->input);
	const char *argument;

	if (input == NULL || !shell_is_program(command, "chpasswd") ||
	    !is_program_of(input, writers, ARRAY_LEN(writers)))
		return 0;
	for (size_t i = 0; (argument = shell_argument(input, i)) != NULL; i++) {
		const char *colon = strchr(argument, ':');

		if (colon != NULL && strchr(colon, '$') == NULL)
			return add_secret(run->reader, "chpasswd", "a password is written to it",
			                  run->instruction->origin, err);
	}
	return 0;
}

static int find_secrets(struct run *run, size_t index, struct error *err)
{
	const struct shell_command *command = command_at(run, index);
	const char *const *words = command->words.items;

	if (find_password(run, command, err) < 0)
		return -1;

	for (size_t i = 0; i < command->words.count; i++) {
		if (find_secret(run, words[i], err) < 0)
			return -1;
	}
	return 0;
}

static int find_in_commands(struct run *run, struct error *err)
{
	for (size_t i = 0; i < run->commands.count; i++) {
		if (find_pipe(run, i, err) < 0 || find_sudo(run, i, err) < 0 ||
		    find_chmod(run, i, err) < 0 || find_secrets(run, i, err) < 0)
			return -1;
	}
	if (run->instruction->is_on_build)
		return 0;
	return dockerfile_own_run(run->reader, run->instruction, &run->commands, err);
}

/* The script of "sh -c SCRIPT"; NULL: the command is none such. */
static const char *inner_script(const struct shell_command *command)
{
	const char *argument;

	if (!is_shell(command))
		return NULL;
	for (size_t i = 0; (argument = shell_argument(command, i)) != NULL; i++) {
		if (*argument != '-')
			return NULL;
		if (argument[1] != '-' && strchr(argument, 'c') != NULL)
			return shell_argument(command, i + 1);
		i += takes_value(argument);
	}
	return NULL;
}

/* Is the text behind "<<EOF" a script of the shell's? Else it is for the command before it. */
static bool is_script(const struct spec_instruction *instruction)
{
	static const char *const callers[] = { "", "bash ", "bash -e ", "sh ", "sh -e " };
	const char *text = instruction->text.value;

	for (size_t i = 0; i < ARRAY_LEN(callers); i++) {
		const size_t length = strlen(callers[i]);

		if (strncmp(text, callers[i], length) == 0 &&
		    strncmp(text + length, "<<", 2) == 0 && strpbrk(text + length, BLANKS) == NULL)
			return true;
	}
	return false;
}

/* All that the instruction executes, and the scripts in it, each shorter than what it is in. */
static int read_commands(struct spec_builder *scratch, struct run *run, struct error *err)
{
	const struct spec_instruction *instruction = run->instruction;
	struct spec_list *commands = &run->commands;

	if (instruction->is_exec_form) {
		if (shell_read_words(scratch, &instruction->words, commands, err) < 0)
			return -1;
	} else if (shell_read(scratch, instruction->text.value, commands, err) < 0) {
		return -1;
	}
	for (size_t i = 0; i < instruction->heredocs.count && is_script(instruction); i++) {
		if (shell_read(scratch, instruction->heredocs.items[i].value, commands, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < commands->count; i++) {
		const char *script = inner_script(command_at(run, i));

		if (script != NULL && shell_read(scratch, script, commands, err) < 0)
			return -1;
	}
	return 0;
}

/* A text that becomes a file or a program's input can hold secrets, too. */
static int find_in_heredocs(struct spec_builder *scratch, struct run *run, struct error *err)
{
	const struct spec_text_list *heredocs = &run->instruction->heredocs;

	for (size_t i = 0; i < heredocs->count; i++) {
		run->commands = (struct spec_list){ .count = 0 };
		if (shell_read(scratch, heredocs->items[i].value, &run->commands, err) < 0)
			return -1;
		for (size_t j = 0; j < run->commands.count; j++) {
			if (find_secrets(run, j, err) < 0)
				return -1;
		}
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

/* The commands are not kept. */
static int find_in_texts(struct dockerfile_reader *reader,
                         const struct spec_instruction *instruction, struct error *err)
{
	struct spec_builder scratch = { .layer = SPEC_LAYER_USER };
	struct run run = { .reader = reader, .instruction = instruction };
	int result = 0;

	if (arena_new(&scratch.arena, err) < 0)
		return -1;
	if (instruction->kind == SPEC_INSTRUCTION_RUN)
		result = read_commands(&scratch, &run, err);
	if (result == 0 && instruction->kind == SPEC_INSTRUCTION_RUN)
		result = find_in_commands(&run, err);
	if (result == 0)
		result = find_in_heredocs(&scratch, &run, err);
	arena_free(scratch.arena);
	return result;
}

static int find_in_copy(struct dockerfile_reader *reader,
                        const struct spec_instruction *instruction, struct error *err)
{
	const char *mode = dockerfile_flag(instruction, "chmod");
	const size_t sources = instruction->words.count - 1;

	if (find_in_source(reader, dockerfile_flag(instruction, "from"), instruction->origin, err) <
	    0)
		return -1;
	if (mode != NULL && find_in_mode(reader, mode, instruction->origin, err) < 0)
		return -1;
	for (size_t i = 0; i < sources && instruction->kind == SPEC_INSTRUCTION_ADD; i++) {
		const char *source = instruction->words.items[i].value;

		if (is_remote(source) && dockerfile_flag(instruction, "checksum") == NULL &&
		    dockerfile_add_fact(reader, SPEC_FACT_REMOTE_ADD, source, NULL,
		                        instruction->origin, err) < 0)
			return -1;
	}
	if (instruction->heredocs.count > 0 && find_in_texts(reader, instruction, err) < 0)
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
	return find_in_texts(reader, instruction, err);
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
