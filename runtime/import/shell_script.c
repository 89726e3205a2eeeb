/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/shell_script.h"

#include <stdint.h>
#include <string.h>

#include "base/path.h"
#include "base/text.h"

#define DEPTH_MAX 16 /* of "$( $( ... ) )"; what is deeper is text */

/* The script, and where its reader stands. */
struct shell {
	struct spec_builder *builder;
	struct spec_list *commands;
	const char *at;
	int depth;
};

/* A list of commands: the whole script, or what is between "$(" and ")". */
struct sequence {
	char end;      /* ')', '`', or '\0' for the whole script */
	size_t parent; /* as in struct shell_command */
	bool is_file;
	size_t current; /* SHELL_NO_COMMAND: none has begun */
	size_t last;    /* that has ended */
	size_t input;   /* of the command to come */
};

static struct shell_command *command_at(const struct shell *shell, size_t index)
{
	return (struct shell_command *)shell->commands->items + index;
}

static int begin_command(struct shell *shell, struct sequence *sequence, struct error *err)
{
	const struct shell_command command = {
		.words.item_size = sizeof(const char *),
		.input = sequence->input,
		.parent = sequence->parent,
		.is_parents_file = sequence->is_file,
	};

	if (sequence->current != SHELL_NO_COMMAND)
		return 0;
	sequence->current = shell->commands->count;
	sequence->input = SHELL_NO_COMMAND;
	return spec_list_add(shell->builder, shell->commands, &command, err);
}

static bool is_one_of(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(word, list[i]) == 0)
			return true;
	}
	return false;
}

static bool is_assignment(const char *word)
{
	const size_t length = strcspn(word, "=");
	char name[64];

	if (word[length] == '\0' || length >= sizeof(name))
		return false;
	memcpy(name, word, length);
	name[length] = '\0';
	return text_is_made_of(name, "_");
}

/* What stands before a command, or calls another one. */
static bool is_prefix(const char *word)
{
	static const char *const words[] = { "!",    "command", "do",    "doas",  "elif",  "else",
		                             "env",  "exec",    "if",    "nice",  "nohup", "sudo",
		                             "then", "time",    "until", "while", "{" };

	return is_assignment(word) || is_one_of(path_last(word), words, ARRAY_LEN(words));
}

/* Options of the caller's own, and the value of the one that sudo gives the user by. */
static size_t skip_options(const char *const *words, size_t count, size_t i)
{
	while (i < count && words[i][0] == '-' && words[i][1] != '\0') {
		const bool has_value = strcmp(words[i], "-u") == 0 || strcmp(words[i], "-g") == 0;

		i += 1 + (size_t)has_value;
	}
	return i < count ? i : count;
}

static void find_program(struct shell_command *command)
{
	const char *const *words = command->words.items;
	const size_t count = command->words.count;
	size_t i = 0;

	while (i < count && is_prefix(words[i])) {
		command->is_by_sudo |= strcmp(path_last(words[i]), "sudo") == 0;
		i = is_assignment(words[i]) ? i + 1 : skip_options(words, count, i + 1);
	}
	command->program = i;
}

/* Does the command only end a group, the output of which is that of the last one in it? */
static bool ends_group(const struct shell_command *command)
{
	static const char *const words[] = { "}", "done", "esac", "fi" };
	const char *const *first = command->words.items;

	return command->words.count > 0 && is_one_of(first[0], words, ARRAY_LEN(words));
}

static void end_command(const struct shell *shell, struct sequence *sequence)
{
	if (sequence->current == SHELL_NO_COMMAND)
		return;
	find_program(command_at(shell, sequence->current));
	if (!ends_group(command_at(shell, sequence->current)))
		sequence->last = sequence->current;
	sequence->current = SHELL_NO_COMMAND;
}

static int read_sequence(struct shell *shell, struct sequence *sequence, struct error *err);

/* What is in "$(...)", "`...`" or "<(...)", the beginning of which is behind. */
static int read_inner(struct shell *shell, struct sequence *outer, char end, bool is_file,
                      struct error *err)
{
	struct sequence inner = {
		.end = end,
		.is_file = is_file,
		.current = SHELL_NO_COMMAND,
		.last = SHELL_NO_COMMAND,
		.input = SHELL_NO_COMMAND,
	};
	int result;

	if (begin_command(shell, outer, err) < 0)
		return -1;
	inner.parent = outer->current;
	shell->depth++;
	result = read_sequence(shell, &inner, err);
	shell->depth--;
	return result;
}

/* Read what may be inside of quotes, too. Returns 1 when nothing of that is here. */
static int read_substitution(struct shell *shell, struct sequence *sequence, struct text *word,
                             struct error *err)
{
	if (shell->depth == DEPTH_MAX)
		return 1;
	if (strncmp(shell->at, "$(", 2) == 0) {
		shell->at += 2;
		text_add(word, "$()");
		return read_inner(shell, sequence, ')', false, err);
	}
	if (*shell->at == '`' && sequence->end != '`') {
		shell->at++;
		text_add(word, "$()");
		return read_inner(shell, sequence, '`', false, err);
	}
	return 1;
}

static void read_escaped(struct shell *shell, struct text *word)
{
	shell->at++;
	if (*shell->at != '\0' && *shell->at != '\n')
		text_add_bytes(word, shell->at, 1);
	shell->at += *shell->at != '\0';
}

static int read_double_quoted(struct shell *shell, struct sequence *sequence, struct text *word,
                              struct error *err)
{
	shell->at++;
	while (*shell->at != '\0' && *shell->at != '"') {
		const int result = read_substitution(shell, sequence, word, err);

		if (result < 0)
			return -1;
		if (result == 0)
			continue;
		if (*shell->at == '\\')
			read_escaped(shell, word);
		else
			text_add_bytes(word, shell->at++, 1);
	}
	shell->at += *shell->at == '"';
	return 0;
}

static void read_single_quoted(struct shell *shell, struct text *word)
{
	const size_t length = strcspn(++shell->at, "'");

	text_add_bytes(word, shell->at, length);
	shell->at += length;
	shell->at += *shell->at == '\'';
}

static bool ends_word(const struct sequence *sequence, char letter)
{
	return letter == '\0' || strchr(" \t\n;&|()<>", letter) != NULL || letter == sequence->end;
}

static int read_word(struct shell *shell, struct sequence *sequence, struct text *word,
                     struct error *err)
{
	while (!ends_word(sequence, *shell->at)) {
		const int result = read_substitution(shell, sequence, word, err);

		if (result < 0)
			return -1;
		if (result == 0)
			continue;
		if (*shell->at == '"') {
			if (read_double_quoted(shell, sequence, word, err) < 0)
				return -1;
		} else if (*shell->at == '\'') {
			read_single_quoted(shell, word);
		} else if (*shell->at == '\\') {
			read_escaped(shell, word);
		} else {
			text_add_bytes(word, shell->at++, 1);
		}
	}
	return word->is_broken ? error_set(err, ERROR_SYSTEM, "out of memory") : 0;
}

/* The number before a redirection: "2>&1". */
static bool is_descriptor(const struct shell *shell, const struct text *word)
{
	return (*shell->at == '<' || *shell->at == '>') && word->bytes != NULL &&
	       strspn(word->bytes, "0123456789") == word->length;
}

static int add_word(struct shell *shell, struct sequence *sequence, struct error *err)
{
	AUTO_TEXT struct text word = { 0 };
	const char *copy;

	if (begin_command(shell, sequence, err) < 0 || read_word(shell, sequence, &word, err) < 0)
		return -1;
	if (is_descriptor(shell, &word))
		return 0;
	copy = spec_copy(shell->builder, word.bytes == NULL ? "" : word.bytes, err);
	if (copy == NULL)
		return -1;
	return spec_list_add(shell->builder, &command_at(shell, sequence->current)->words, &copy,
	                     err);
}

/* "> file", "2>&1", "<<EOF", or "<(...)", which is a word. What is redirected is not kept. */
static int read_redirection(struct shell *shell, struct sequence *sequence, struct error *err)
{
	AUTO_TEXT struct text target = { 0 };

	if (strncmp(shell->at, "<(", 2) == 0 && shell->depth < DEPTH_MAX) {
		shell->at += 2;
		return read_inner(shell, sequence, ')', true, err);
	}
	shell->at += strspn(shell->at, "<>");
	shell->at += strspn(shell->at, "&|-");
	shell->at += strspn(shell->at, " \t");
	return read_word(shell, sequence, &target, err);
}

/* What separates commands: "|" lets the next read what the last one writes. */
static void read_separator(struct shell *shell, struct sequence *sequence)
{
	const bool is_pipe = shell->at[0] == '|' && shell->at[1] != '|';

	end_command(shell, sequence);
	if (is_pipe)
		sequence->input = sequence->last;
	shell->at += 1 + (strncmp(shell->at, "||", 2) == 0);
	shell->at += is_pipe && *shell->at == '&';
}

static void skip_comment(struct shell *shell)
{
	shell->at += strcspn(shell->at, "\n");
}

static int read_sequence(struct shell *shell, struct sequence *sequence, struct error *err)
{
	int result = 0;

	while (result == 0 && *shell->at != '\0' && *shell->at != sequence->end) {
		const char letter = *shell->at;

		if (letter == ' ' || letter == '\t')
			shell->at++;
		else if (letter == '#')
			skip_comment(shell);
		else if (letter == '<' || letter == '>')
			result = read_redirection(shell, sequence, err);
		else if (strchr("\n;&|()", letter) != NULL)
			read_separator(shell, sequence);
		else
			result = add_word(shell, sequence, err);
	}
	end_command(shell, sequence);
	shell->at += *shell->at != '\0';
	return result;
}

int shell_read(struct spec_builder *builder, const char *script, struct spec_list *out,
               struct error *err)
{
	struct shell shell = { .builder = builder, .commands = out, .at = script };
	struct sequence all = {
		.parent = SHELL_NO_COMMAND,
		.current = SHELL_NO_COMMAND,
		.last = SHELL_NO_COMMAND,
		.input = SHELL_NO_COMMAND,
	};

	out->item_size = sizeof(struct shell_command);
	return read_sequence(&shell, &all, err);
}

int shell_read_words(struct spec_builder *builder, const struct spec_text_list *words,
                     struct spec_list *out, struct error *err)
{
	struct shell_command command = {
		.words.item_size = sizeof(const char *),
		.input = SHELL_NO_COMMAND,
		.parent = SHELL_NO_COMMAND,
	};

	out->item_size = sizeof(struct shell_command);
	for (size_t i = 0; i < words->count; i++) {
		if (spec_list_add(builder, &command.words, &words->items[i].value, err) < 0)
			return -1;
	}
	find_program(&command);
	return spec_list_add(builder, out, &command, err);
}

const char *shell_argument(const struct shell_command *command, size_t index)
{
	const char *const *words = command->words.items;

	/* Not command->program + 1 + index, which may overflow for a command without a program. */
	if (command->program >= command->words.count ||
	    index >= command->words.count - command->program - 1)
		return NULL;
	return words[command->program + 1 + index];
}

bool shell_is_program(const struct shell_command *command, const char *name)
{
	const char *const *words = command->words.items;

	return command->program < command->words.count &&
	       strcmp(path_last(words[command->program]), name) == 0;
}
