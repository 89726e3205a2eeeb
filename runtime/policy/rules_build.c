/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules about how an image is built: they read a Dockerfile. */
#include <fnmatch.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "policy/rule_parts.h"
#include "policy/shell_words.h"
#include "spec/secret_shape.h"
#include "spec/spec_dockerfile.h"

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(words[i], word) == 0)
			return true;
	}
	return false;
}

/* The instruction that began @stage. */
static const char *stage_origin(const struct spec *spec, size_t stage)
{
	const struct spec_dockerfile *file = spec->dockerfile;

	for (size_t i = 0; i < file->instruction_count; i++) {
		if (file->instructions[i].kind == SPEC_INSTRUCTION_FROM &&
		    file->instructions[i].stage == stage)
			return file->instructions[i].origin;
	}
	return rule_place(spec, SPEC_PLACE_IMAGE, "");
}

/* The image that @stage starts from, through the stages that it is made of. */
static const char *base_image(const struct spec_dockerfile *file, size_t stage)
{
	while (file->stages[stage].base < stage)
		stage = file->stages[stage].base;
	return file->stages[stage].image.value;
}

bool rule_find_base_not_pinned(const struct rule_subject *subject, size_t index,
                               struct rule_finding *out)
{
	const struct spec_dockerfile *file = subject->spec->dockerfile;

	for (size_t i = 0; i < file->stage_count; i++) {
		const char *image = file->stages[i].image.value;

		if (file->stages[i].base != SIZE_MAX || strcmp(image, "scratch") == 0 ||
		    rule_is_pinned(image) || index-- > 0)
			continue;
		return rule_found(out, stage_origin(subject->spec, i),
		                  "%.100s is named by a tag, which can be moved", image);
	}
	return false;
}

/* The name of an image of Docker's own library without its tag; false: it is another's. */
static bool library_name(const char *image, char *out, size_t size, const char **tag)
{
	static const char *const prefixes[] = { "docker.io/library/", "docker.io/", "library/" };
	size_t length;

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		if (strncmp(image, prefixes[i], strlen(prefixes[i])) == 0) {
			image += strlen(prefixes[i]);
			break;
		}
	}
	length = strcspn(image, ":@");
	if (memchr(image, '/', length) != NULL || length >= size)
		return false;
	memcpy(out, image, length);
	out[length] = '\0';
	*tag = image + length;
	return true;
}

/* Of these there is nothing smaller, or a smaller one by another tag. */
static bool is_whole_system(const char *image)
{
	static const char *const systems[] = { "almalinux",   "amazonlinux", "centos", "fedora",
		                               "oraclelinux", "rockylinux",  "ubuntu" };
	static const char *const with_slim[] = {
		"buildpack-deps", "debian", "gcc", "golang", "gradle", "maven", "node",
		"openjdk",        "perl",   "php", "python", "ruby",   "rust"
	};
	char name[40];
	const char *tag;

	if (!library_name(image, name, sizeof(name), &tag))
		return false;
	if (is_one_of(name, systems, ARRAY_LEN(systems)))
		return strstr(tag, "minimal") == NULL;
	return is_one_of(name, with_slim, ARRAY_LEN(with_slim)) && strstr(tag, "slim") == NULL &&
	       strstr(tag, "alpine") == NULL;
}

bool rule_find_base_not_minimal(const struct rule_subject *subject, size_t index,
                                struct rule_finding *out)
{
	const struct spec_dockerfile *file = subject->spec->dockerfile;
	const char *image;

	if (index > 0 || file->stage_count == 0)
		return false;
	image = base_image(file, file->stage_count - 1);
	return is_whole_system(image) &&
	       rule_found(out, stage_origin(subject->spec, file->stage_count - 1),
	                  "%.100s brings a whole system along", image);
}

static bool stage_names_user(const struct spec_dockerfile *file, size_t stage)
{
	for (size_t i = 0; i < file->instruction_count; i++) {
		if (file->instructions[i].stage == stage &&
		    file->instructions[i].kind == SPEC_INSTRUCTION_USER)
			return true;
	}
	return false;
}

bool rule_find_no_user(const struct rule_subject *subject, size_t index, struct rule_finding *out)
{
	const struct spec_dockerfile *file = subject->spec->dockerfile;
	size_t stage = file->stage_count - 1;

	if (index > 0 || file->stage_count == 0)
		return false;
	while (!stage_names_user(file, stage) && file->stages[stage].base < stage)
		stage = file->stages[stage].base;
	/* Distroless images have a variant that is called so. */
	if (stage_names_user(file, stage) ||
	    strstr(file->stages[stage].image.value, "nonroot") != NULL)
		return false;
	return rule_found(out, stage_origin(subject->spec, file->stage_count - 1),
	                  "no USER in the last stage: who runs the image is root");
}

/* Of a file that people copy by mistake. */
static bool is_secret_file(const char *path)
{
	static const char *const patterns[] = {
		".aws",          ".dockercfg",   ".env",        ".env.*",       ".git-credentials",
		".htpasswd",     ".netrc",       ".npmrc",      ".pgpass",      ".pypirc",
		".ssh",          "*.kdbx",       "*.key",       "*.p12",        "*.pfx",
		"*_ed25519",     "*_rsa",        "id_ecdsa",    "kubeconfig",   "*-key.pem",
		"*private*.pem", "secrets.json", "secrets.yml", "secrets.yaml",
	};
	char clean[PATH_MAX];
	const char *name;
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	if (length >= sizeof(clean))
		return false;
	memcpy(clean, path, length);
	clean[length] = '\0';
	name = path_last(clean);
	if (fnmatch("*.example", name, 0) == 0 || fnmatch("*.sample", name, 0) == 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	}
	return false;
}

/* An ARG without a value is there to be given one, which the history keeps. */
static const char *setting_secret(const struct spec_instruction *instruction, const char *setting)
{
	char given[128];

	if (instruction->kind != SPEC_INSTRUCTION_ARG || strchr(setting, '=') != NULL)
		return secret_shape(setting);
	(void)snprintf(given, sizeof(given), "%.100s=given", setting);
	return secret_shape(given);
}

static bool find_secret_setting(const struct spec_instruction *instruction, const char *setting,
                                struct rule_finding *out)
{
	const char *why = setting_secret(instruction, setting);
	const int length = (int)strcspn(setting, "=");

	return why != NULL && rule_found(out, instruction->origin, "%.*s looks like a secret: %s",
	                                 length > 80 ? 80 : length, setting, why);
}

static bool is_copying(const struct spec_instruction *instruction)
{
	return instruction->kind == SPEC_INSTRUCTION_COPY ||
	       instruction->kind == SPEC_INSTRUCTION_ADD;
}

static bool find_secret(const struct spec_instruction *instruction, size_t word,
                        struct rule_finding *out)
{
	const char *text = instruction->words.items[word].value;

	if (instruction->kind == SPEC_INSTRUCTION_ENV || instruction->kind == SPEC_INSTRUCTION_ARG)
		return find_secret_setting(instruction, text, out);
	return is_copying(instruction) && word + 1 < instruction->words.count &&
	       is_secret_file(text) &&
	       rule_found(out, instruction->origin, "%.100s is made for secrets", text);
}

bool rule_find_secret_in_image(const struct rule_subject *subject, size_t index,
                               struct rule_finding *out)
{
	const struct spec_dockerfile *file = subject->spec->dockerfile;

	for (size_t i = 0; i < file->instruction_count; i++) {
		const struct spec_instruction *instruction = &file->instructions[i];

		for (size_t word = 0; word < instruction->words.count; word++) {
			if (find_secret(instruction, word, out) && index-- == 0)
				return true;
		}
	}
	return false;
}

static const char *flag_value(const struct spec_instruction *instruction, const char *flag)
{
	for (size_t i = 0; i < instruction->flags.count; i++) {
		const char *text = instruction->flags.items[i].value;

		if (strncmp(text, flag, strlen(flag)) == 0)
			return text + strlen(flag);
	}
	return NULL;
}

static bool is_url(const char *source)
{
	return strstr(source, "://") != NULL || strncmp(source, "git@", strlen("git@")) == 0;
}

static bool is_archive(const char *source)
{
	static const char *const patterns[] = { "*.tar",  "*.tar.gz", "*.tgz", "*.tar.bz2",
		                                "*.tbz2", "*.tar.xz", "*.txz", "*.tar.zst" };

	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		if (fnmatch(patterns[i], source, 0) == 0)
			return true;
	}
	return false;
}

/* The first source of an ADD that @is_meant knows; NULL: there is none. */
static const char *added_source(const struct spec_instruction *instruction,
                                bool (*is_meant)(const char *source))
{
	for (size_t i = 0;
	     instruction->kind == SPEC_INSTRUCTION_ADD && i + 1 < instruction->words.count; i++) {
		if (is_meant(instruction->words.items[i].value))
			return instruction->words.items[i].value;
	}
	return NULL;
}

bool rule_find_add_from_url(const struct rule_subject *subject, size_t index,
                            struct rule_finding *out)
{
	const struct spec_dockerfile *file = subject->spec->dockerfile;

	for (size_t i = 0; i < file->instruction_count; i++) {
		const struct spec_instruction *instruction = &file->instructions[i];
		const char *source = added_source(instruction, is_url);

		if (source == NULL || flag_value(instruction, "--checksum=") != NULL || index-- > 0)
			continue;
		return rule_found(out, instruction->origin, "%.120s is fetched unchecked", source);
	}
	return false;
}

static bool is_plain(const char *source)
{
	return !is_url(source) && !is_archive(source);
}

bool rule_find_add_not_copy(const struct rule_subject *subject, size_t index,
                            struct rule_finding *out)
{
	const struct spec_dockerfile *file = subject->spec->dockerfile;

	for (size_t i = 0; i < file->instruction_count; i++) {
		const struct spec_instruction *instruction = &file->instructions[i];
		const char *source = added_source(instruction, is_plain);

		if (source == NULL || index-- > 0)
			continue;
		return rule_found(out, instruction->origin, "%.120s is copied by ADD", source);
	}
	return false;
}

/* The shell text number @index of @instruction: itself, then its here-documents. */
static const char *script_at(const struct spec_instruction *instruction, size_t index)
{
	if (instruction->kind != SPEC_INSTRUCTION_RUN)
		return NULL;
	if (index == 0)
		return instruction->text.value;
	return index <= instruction->heredocs.count ? instruction->heredocs.items[index - 1].value
	                                            : NULL;
}

static bool runs_such(const struct spec_instruction *instruction,
                      bool (*is_such)(const char *script))
{
	const char *script;

	for (size_t i = 0; (script = script_at(instruction, i)) != NULL; i++) {
		if (is_such(script))
			return true;
	}
	return false;
}

bool rule_find_pipe_to_shell(const struct rule_subject *subject, size_t index,
                             struct rule_finding *out)
{
	const struct spec_dockerfile *file = subject->spec->dockerfile;

	for (size_t i = 0; i < file->instruction_count; i++) {
		const struct spec_instruction *instruction = &file->instructions[i];

		if (runs_such(instruction, shell_runs_download) && index-- == 0)
			return rule_found(out, instruction->origin,
			                  "what is downloaded is run unseen");
	}
	return false;
}

bool rule_find_setuid_file(const struct rule_subject *subject, size_t index,
                           struct rule_finding *out)
{
	const struct spec_dockerfile *file = subject->spec->dockerfile;

	for (size_t i = 0; i < file->instruction_count; i++) {
		const struct spec_instruction *instruction = &file->instructions[i];
		const char *mode = flag_value(instruction, "--chmod=");
		const bool is_found = runs_such(instruction, shell_sets_user_id) ||
		                      (mode != NULL && shell_mode_sets_id(mode));

		if (is_found && index-- == 0)
			return rule_found(out, instruction->origin,
			                  "a file gets the set-user-ID or set-group-ID bit");
	}
	return false;
}

/* The user of the image when it is surely not root; else NULL. */
static const char *other_user(const struct spec *spec)
{
	const char *user = spec->engine->user.value;

	return user == NULL || spec->user.uid == 0 ? NULL : user;
}

/* Does a command of the stage behind instruction @after give @folder, or what holds it, away? */
static bool is_given_away(const struct spec_dockerfile *file, size_t after, const char *folder)
{
	const size_t stage = file->stage_count - 1;

	for (size_t i = after; i < file->instruction_count; i++) {
		const struct spec_instruction *instruction = &file->instructions[i];
		const char *script;

		if (instruction->stage != stage)
			continue;
		for (size_t j = 0; (script = script_at(instruction, j)) != NULL; j++) {
			if (shell_changes_owner(script, folder, instruction->workdir))
				return true;
		}
	}
	return false;
}

/* Where a COPY or ADD puts a whole folder as root; false: it does not. */
static bool copied_folder(const struct spec_instruction *instruction, char *out)
{
	const struct spec_text_list *words = &instruction->words;
	struct error unused = { .kind = ERROR_NONE };
	bool is_folder = false;

	if (words->count < 2 || !is_copying(instruction) ||
	    flag_value(instruction, "--chown=") != NULL)
		return false;
	for (size_t i = 0; i + 1 < words->count; i++) {
		const char *source = words->items[i].value;
		const size_t length = strlen(source);

		is_folder = is_folder || strcmp(source, ".") == 0 || strcmp(source, "*") == 0 ||
		            (length > 0 && source[length - 1] == '/');
	}
	return is_folder &&
	       path_join(out, PATH_MAX, instruction->workdir == NULL ? "/" : instruction->workdir,
	                 words->items[words->count - 1].value, &unused) == 0;
}

/* The folder that @instruction of the last stage leaves to root though the user needs it. */
static bool needed_folder(const struct spec *spec, size_t at, char *out)
{
	const struct spec_dockerfile *file = spec->dockerfile;
	const struct spec_instruction *instruction = &file->instructions[at];
	const char *last = NULL;

	if (instruction->stage != file->stage_count - 1)
		return false;
	for (size_t i = at; i < file->instruction_count; i++)
		last = file->instructions[i].workdir;
	if (last == NULL)
		last = "/";
	return copied_folder(instruction, out) && strcmp(out, last) == 0 && strcmp(out, "/") != 0 &&
	       !is_given_away(file, at, out);
}

bool rule_find_copy_owned_by_root(const struct rule_subject *subject, size_t index,
                                  struct rule_finding *out)
{
	const struct spec *spec = subject->spec;
	const char *user = other_user(spec);
	char folder[PATH_MAX];

	for (size_t i = 0; user != NULL && i < spec->dockerfile->instruction_count; i++) {
		if (needed_folder(spec, i, folder) && index-- == 0)
			return rule_found(out, spec->dockerfile->instructions[i].origin,
			                  "%.80s belongs to root, and %.40s works there", folder,
			                  user);
	}
	return false;
}
