/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules about how an image is built: they read a Dockerfile. */
#include <fnmatch.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "policy/rule_parts.h"
#include "spec/spec_dockerfile.h"

/* An image that is built already tells nothing of how. */
bool rule_is_build_told(const struct rule_subject *subject)
{
	const struct spec_dockerfile *file = subject->spec->dockerfile;

	for (size_t i = 0; i < file->instruction_count; i++) {
		if (file->instructions[i].kind == SPEC_INSTRUCTION_FROM)
			return true;
	}
	return false;
}

/* The fact number @index of @kind; NULL: there are no more. */
static const struct spec_dockerfile_fact *fact_at(const struct rule_subject *subject, size_t index,
                                                  enum spec_dockerfile_fact_kind kind)
{
	const struct spec_dockerfile *file = subject->spec->dockerfile;

	for (size_t i = 0; i < file->fact_count; i++) {
		if (file->facts[i].kind == kind && index-- == 0)
			return &file->facts[i];
	}
	return NULL;
}

bool rule_find_base_not_pinned(const struct rule_subject *subject, size_t index,
                               struct rule_finding *out)
{
	const struct spec_dockerfile_fact *fact = fact_at(subject, index, SPEC_FACT_UNPINNED_IMAGE);

	if (fact == NULL)
		return false;
	if (fact->why != NULL)
		return rule_found(out, fact->origin, "%.100s is the newest of its name: %s",
		                  fact->subject, fact->why);
	return rule_found(out, fact->origin, "%.100s is named by a tag, which can be moved",
	                  fact->subject);
}

/* The last component, without slashes behind it. */
static bool copy_last(const char *path, char *out, size_t size)
{
	size_t end = strlen(path);
	size_t begin;

	while (end > 0 && path[end - 1] == '/')
		end--;
	for (begin = end; begin > 0 && path[begin - 1] != '/';)
		begin--;
	if (end - begin >= size)
		return false;
	memcpy(out, path + begin, end - begin);
	out[end - begin] = '\0';
	return true;
}

/* Does the name say that it is a file of secrets? */
static bool is_secret_file(const char *path)
{
	static const char *const patterns[] = {
		"*.kdbx",
		"*.key",
		"*.p12",
		"*.pfx",
		"*_ed25519",
		"*_rsa",
		".aws",
		".dockercfg",
		".env",
		".env.*",
		".git-credentials",
		".htpasswd",
		".netrc",
		".npmrc",
		".pgpass",
		".pypirc",
		".ssh",
		"id_dsa",
		"id_ecdsa",
		"kubeconfig",
	};
	static const char *const harmless[] = { "*.example", "*.sample", "*.template" };
	char name[NAME_MAX + 1];

	if (!copy_last(path, name, sizeof(name)))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(harmless); i++) {
		if (fnmatch(harmless[i], name, 0) == 0)
			return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	}
	return false;
}

/* Of another stage it may be what the build has made of it. */
static bool copies_from_context(const struct spec_instruction *instruction)
{
	if (instruction->kind != SPEC_INSTRUCTION_COPY && instruction->kind != SPEC_INSTRUCTION_ADD)
		return false;
	for (size_t i = 0; i < instruction->flags.count; i++) {
		if (strncmp(instruction->flags.items[i].value, "--from=", strlen("--from=")) == 0)
			return false;
	}
	return true;
}

static bool find_secret_file(const struct spec_dockerfile *file, size_t index,
                             struct rule_finding *out)
{
	for (size_t i = 0; i < file->instruction_count; i++) {
		const struct spec_instruction *instruction = &file->instructions[i];

		if (!copies_from_context(instruction))
			continue;
		for (size_t word = 0; word + 1 < instruction->words.count; word++) {
			const char *source = instruction->words.items[word].value;

			if (is_secret_file(source) && index-- == 0)
				return rule_found(out, instruction->origin,
				                  "%.100s is a name of a file of secrets", source);
		}
	}
	return false;
}

static size_t count_facts(const struct spec_dockerfile *file, enum spec_dockerfile_fact_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < file->fact_count; i++)
		count += file->facts[i].kind == kind;
	return count;
}

bool rule_find_secret_in_image(const struct rule_subject *subject, size_t index,
                               struct rule_finding *out)
{
	const struct spec_dockerfile_fact *fact = fact_at(subject, index, SPEC_FACT_SECRET);
	const struct spec_dockerfile *file = subject->spec->dockerfile;

	if (fact == NULL)
		return find_secret_file(file, index - count_facts(file, SPEC_FACT_SECRET), out);
	return fact != NULL &&
	       rule_found(out, fact->origin, "%.80s looks like a secret%s%s", fact->subject,
	                  fact->why == NULL ? "" : ": ", fact->why == NULL ? "" : fact->why);
}

bool rule_find_add_from_url(const struct rule_subject *subject, size_t index,
                            struct rule_finding *out)
{
	const struct spec_dockerfile_fact *fact = fact_at(subject, index, SPEC_FACT_REMOTE_ADD);

	return fact != NULL &&
	       rule_found(out, fact->origin, "%.120s is fetched unchecked", fact->subject);
}

bool rule_find_pipe_to_shell(const struct rule_subject *subject, size_t index,
                             struct rule_finding *out)
{
	const struct spec_dockerfile_fact *fact = fact_at(subject, index, SPEC_FACT_PIPED_TO_SHELL);

	return fact != NULL &&
	       rule_found(out, fact->origin, "what is downloaded is run unseen: %s", fact->subject);
}

bool rule_find_copy_owned_by_root(const struct rule_subject *subject, size_t index,
                                  struct rule_finding *out)
{
	const struct spec_dockerfile_fact *fact =
		fact_at(subject, index, SPEC_FACT_ROOT_OWNED_PATH);
	const char *user = subject->spec->engine->user.value;

	return fact != NULL &&
	       rule_found(out, fact->origin, "%.100s belongs to root, and %.40s is to write there",
	                  fact->subject, user == NULL ? "the image's user" : user);
}

bool rule_find_setuid_file(const struct rule_subject *subject, size_t index,
                           struct rule_finding *out)
{
	const struct spec_dockerfile_fact *fact = fact_at(subject, index, SPEC_FACT_SETS_ID);

	return fact != NULL &&
	       rule_found(out, fact->origin, "a file gets the set-user-ID or set-group-ID bit: %s",
	                  fact->subject);
}

bool rule_find_sudo_in_image(const struct rule_subject *subject, size_t index,
                             struct rule_finding *out)
{
	const struct spec_dockerfile_fact *fact = fact_at(subject, index, SPEC_FACT_SUDO);

	return fact != NULL && rule_found(out, fact->origin, "sudo is in the image");
}

bool rule_find_writable_by_all(const struct rule_subject *subject, size_t index,
                               struct rule_finding *out)
{
	const struct spec_dockerfile_fact *fact =
		fact_at(subject, index, SPEC_FACT_WRITABLE_BY_ALL);

	return fact != NULL &&
	       rule_found(out, fact->origin, "everybody may write: %s", fact->subject);
}

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
	if (length >= size)
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

static bool is_remote(const char *source)
{
	return strstr(source, "://") != NULL || strncmp(source, "git@", strlen("git@")) == 0;
}

static bool is_archive(const char *source)
{
	static const char *const patterns[] = { "*.tar",  "*.tar.bz2", "*.tar.gz", "*.tar.xz",
		                                "*.tbz2", "*.tgz",     "*.txz" };

	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		if (fnmatch(patterns[i], source, 0) == 0)
			return true;
	}
	return false;
}

/* The first source of an ADD that COPY does as well; NULL: there is none. */
static const char *plain_source(const struct spec_instruction *instruction)
{
	if (instruction->kind != SPEC_INSTRUCTION_ADD)
		return NULL;
	for (size_t i = 0; i + 1 < instruction->words.count; i++) {
		const char *source = instruction->words.items[i].value;

		if (!is_remote(source) && !is_archive(source))
			return source;
	}
	return NULL;
}

bool rule_find_add_not_copy(const struct rule_subject *subject, size_t index,
                            struct rule_finding *out)
{
	const struct spec_dockerfile *file = subject->spec->dockerfile;

	for (size_t i = 0; i < file->instruction_count; i++) {
		const char *source = plain_source(&file->instructions[i]);

		if (source == NULL || index-- > 0)
			continue;
		return rule_found(out, file->instructions[i].origin, "%.120s is copied by ADD",
		                  source);
	}
	return false;
}
