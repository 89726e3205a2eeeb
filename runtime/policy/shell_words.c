/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/shell_words.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "base/path.h"

#define BLANKS      " \t\r"
#define QUOTES      "\"'`(){}"
#define COMMAND_END "\n;&"

/* A command of a script, without the pipes or lists around it. */
struct command {
	const char *text;
	size_t length;
	bool is_piped_into; /* it reads what the command before it writes */
};

/* Up to what ends a command, which the "&" of a redirection does not. */
static size_t command_length(const char *text)
{
	size_t length = 0;

	while (text[length] != '\0' &&
	       (strchr(COMMAND_END "|", text[length]) == NULL ||
	        (length > 0 && text[length] == '&' && text[length - 1] == '>')))
		length++;
	return length;
}

/* The command behind @command; the first one when that has no text. False: there are no more. */
static bool next_command(const char *script, struct command *command)
{
	const char *text = command->text == NULL ? script : command->text + command->length;
	const char *separators = text;

	text += strspn(text, COMMAND_END "|" BLANKS);
	if (*text == '\0')
		return false;
	command->is_piped_into = false;
	/* "a | b" and "a |& b", not "a || b". */
	for (; separators < text; separators++) {
		if (separators[0] == '|' && separators[1] != '|' &&
		    (separators == script || separators[-1] != '|'))
			command->is_piped_into = true;
	}
	command->text = text;
	command->length = command_length(text);
	return true;
}

/* A word of a command, without the quotes around it. */
struct word {
	const char *text;
	size_t length;
};

static bool next_word(const struct command *command, struct word *word)
{
	const char *end = command->text + command->length;
	const char *text = word->text == NULL ? command->text : word->text + word->length;

	while (text < end && strchr(BLANKS QUOTES, *text) != NULL)
		text++;
	word->text = text;
	word->length = 0;
	while (text + word->length < end && strchr(BLANKS QUOTES, text[word->length]) == NULL)
		word->length++;
	return word->length > 0;
}

static bool is_word(const struct word *word, const char *text)
{
	return strlen(text) == word->length && strncmp(word->text, text, word->length) == 0;
}

/* The program's name without its folder. */
static struct word program_of(const struct word *word)
{
	struct word name = *word;

	for (size_t i = 0; i < word->length; i++) {
		if (word->text[i] == '/')
			name = (struct word){ word->text + i + 1, word->length - i - 1 };
	}
	return name;
}

static bool is_program(const struct word *word, const char *const *names, size_t count)
{
	const struct word name = program_of(word);

	for (size_t i = 0; i < count; i++) {
		if (is_word(&name, names[i]))
			return true;
	}
	return false;
}

static const char *const fetchers[] = { "curl", "wget" };
static const char *const interpreters[] = { "ash",     "bash", "dash", "ksh",    "node",
	                                    "perl",    "php",  "pwsh", "python", "python2",
	                                    "python3", "ruby", "sh",   "zsh" };
static const char *const evaluators[] = { "ash", "bash", "dash",   "eval",
	                                  "ksh", "sh",   "source", "zsh" };
/* What stands before the program that a command is about. */
static const char *const wrappers[] = { "doas", "env", "exec", "nice", "sudo", "time" };

/* The program that @command runs, past wrappers, their options and variables. */
static bool find_program(const struct command *command, struct word *out)
{
	*out = (struct word){ NULL, 0 };
	while (next_word(command, out)) {
		const bool is_option = out->text[0] == '-';
		const bool is_setting = memchr(out->text, '=', out->length) != NULL;

		if (!is_option && !is_setting && !is_program(out, wrappers, ARRAY_LEN(wrappers)))
			return true;
	}
	return false;
}

static bool has_fetcher(const struct command *command)
{
	struct word word = { NULL, 0 };

	while (next_word(command, &word)) {
		if (is_program(&word, fetchers, ARRAY_LEN(fetchers)))
			return true;
	}
	return false;
}

/* "bash -c "$(curl ...)"", "bash <(curl ...)", "eval `curl ...`" */
static bool evaluates_download(const struct command *command, const struct word *program)
{
	return is_program(program, evaluators, ARRAY_LEN(evaluators)) && has_fetcher(command);
}

bool shell_runs_download(const char *script)
{
	struct command command = { .text = NULL };
	bool is_fetched = false;

	while (next_command(script, &command)) {
		struct word program;

		if (!command.is_piped_into)
			is_fetched = false;
		if (!find_program(&command, &program))
			continue;
		if (evaluates_download(&command, &program))
			return true;
		if (is_fetched && is_program(&program, interpreters, ARRAY_LEN(interpreters)))
			return true;
		is_fetched = is_fetched || has_fetcher(&command);
	}
	return false;
}

static bool is_octal(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '7')
			return false;
	}
	return length > 0;
}

/* Source: chmod(1); the bits 04000 and 02000. */
static bool sets_id(const char *mode, size_t length)
{
	bool is_adding = false;

	if (is_octal(mode, length))
		return length >= 4 && ((mode[length - 4] - '0') & 6) != 0;
	for (size_t i = 0; i < length; i++) {
		if (mode[i] == '+' || mode[i] == '=')
			is_adding = true;
		else if (mode[i] == '-' || mode[i] == ',')
			is_adding = false;
		else if (mode[i] == 's' && is_adding)
			return true;
	}
	return false;
}

bool shell_mode_sets_id(const char *mode)
{
	return sets_id(mode, strlen(mode));
}

/* The mode is the first word behind the options; "-s" takes bits away. */
static bool command_sets_id(const struct command *command, struct word word)
{
	while (next_word(command, &word)) {
		if (word.text[0] != '-')
			return sets_id(word.text, word.length);
	}
	return false;
}

bool shell_sets_user_id(const char *script)
{
	static const char *const changers[] = { "chmod" };
	struct command command = { .text = NULL };

	while (next_command(script, &command)) {
		struct word word = { NULL, 0 };

		while (next_word(&command, &word)) {
			if (is_program(&word, changers, 1) && command_sets_id(&command, word))
				return true;
		}
	}
	return false;
}

static bool is_around(const struct word *word, const char *folder, const char *workdir)
{
	char text[PATH_MAX];
	char path[PATH_MAX];
	struct error unused = { .kind = ERROR_NONE };

	if (word->length >= sizeof(text))
		return false;
	memcpy(text, word->text, word->length);
	text[word->length] = '\0';
	return path_join(path, sizeof(path), workdir == NULL ? "/" : workdir, text, &unused) == 0 &&
	       path_is_within(folder, path);
}

bool shell_changes_owner(const char *script, const char *folder, const char *workdir)
{
	static const char *const changers[] = { "chown", "install" };
	struct command command = { .text = NULL };

	while (next_command(script, &command)) {
		struct word word;

		if (!find_program(&command, &word) || !is_program(&word, changers, 2))
			continue;
		while (next_word(&command, &word)) {
			if (word.text[0] != '-' && is_around(&word, folder, workdir))
				return true;
		}
	}
	return false;
}
