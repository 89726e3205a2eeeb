/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the scripts of RUN, and the texts that it and COPY bring along, say that rules judge. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/path.h"
#include "import/dockerfile.h"
#include "import/shell_script.h"
#include "spec/secret_shape.h"

#define BLANKS     " \t"
#define PIPE_MAX   64            /* commands of one pipe that are looked at */
#define SHOWN_SIZE ((size_t)120) /* of a subject; bytes */

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
	return mode == NULL
	               ? 0
	               : dockerfile_find_in_mode(run->reader, mode, run->instruction->origin, err);
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
		return dockerfile_add_secret(run->reader, "Authorization",
		                             "it is a header that proves who asks",
		                             run->instruction->origin, err);
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
	return dockerfile_add_secret(run->reader, word, why, run->instruction->origin, err);
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
			return dockerfile_add_secret(run->reader, "chpasswd",
			                             "a password is written to it",
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

/* The commands are not kept. */
int dockerfile_find_in_texts(struct dockerfile_reader *reader,
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
