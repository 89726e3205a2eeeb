/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whose the paths are that a Dockerfile writes. What COPY and RUN make as root stays root's
 * until chown says otherwise, in the order of the text; at the end, what the image's own user
 * has to write and cannot is told.
 * Source: Dockerfile reference, COPY --chown: without it, owner and group are 0, whoever USER is.
 */
#include <limits.h>
#include <string.h>

#include "base/path.h"
#include "import/dockerfile.h"
#include "import/engine_user.h"
#include "import/shell_script.h"

/* Where nobody but root has to write, or where everybody may. */
static const char *const others[] = {
	"/bin",  "/boot", "/dev", "/etc", "/lib",           "/lib64",       "/proc",    "/root",
	"/sbin", "/sys",  "/tmp", "/usr", "/var/cache/apt", "/var/lib/apt", "/var/tmp",
};

static bool is_of_user(const char *user)
{
	return user != NULL && !engine_user_is_root(user);
}

static bool is_elsewhere(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		if (path_is_within(path, others[i]))
			return true;
	}
	return strcmp(path, "/") == 0;
}

/* @word as a path below @folder, variables replaced. Returns 1 when it is none that is known. */
static int make_path(struct dockerfile_reader *reader, const char *folder, const char *word,
                     const char **out, struct error *err)
{
	const struct dockerfile_scope *scope = &dockerfile_current_stage(reader)->scope;
	AUTO_TEXT struct text text = { 0 };
	struct error unused = { .kind = ERROR_NONE };
	char path[PATH_MAX];

	if (reader->budget.paths == 0)
		return error_set(err, ERROR_SPEC, "too many paths are written");
	reader->budget.paths--;
	if (dockerfile_expand(scope, '\0', word, strlen(word), &reader->budget, &text, err) < 0)
		return -1;
	if (text.bytes == NULL || strpbrk(text.bytes, "*?[{$~") != NULL ||
	    path_join(path, sizeof(path), folder == NULL ? "/" : folder, text.bytes, &unused) < 0)
		return 1;
	*out = spec_copy(reader->builder, path, err);
	return *out == NULL ? -1 : 0;
}

/* Forget what is at @path or, if @is_all, below it. */
static void forget(struct spec_list *list, const char *path, bool is_all)
{
	struct dockerfile_path *paths = list->items;
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(paths[i].path, path) != 0 &&
		    !(is_all && path_is_within(paths[i].path, path)))
			paths[kept++] = paths[i];
	}
	list->count = kept;
}

static int add_path(struct dockerfile_reader *reader, struct spec_list *list, const char *path,
                    enum dockerfile_path_kind kind, const char *origin, struct error *err)
{
	const struct dockerfile_path item = { path, kind, origin };

	forget(list, path, false);
	return spec_list_add(reader->builder, list, &item, err);
}

/* A place has been filled: it is no directory any more that was only made. */
static void forget_made(struct dockerfile_stage *stage, const char *path)
{
	struct dockerfile_path *paths = stage->roots.items;
	size_t kept = 0;

	for (size_t i = 0; i < stage->roots.count; i++) {
		if (paths[i].kind != DOCKERFILE_PATH_MADE || !path_is_within(path, paths[i].path))
			paths[kept++] = paths[i];
	}
	stage->roots.count = kept;
}

/*
 * Is it a whole directory? That ends in a slash, is the context itself, or has the name of the
 * target in another stage.
 */
static bool is_directory(const struct spec_instruction *instruction, const char *source,
                         const char *target)
{
	const size_t length = strlen(source);

	if (strcmp(source, ".") == 0 || (length > 0 && source[length - 1] == '/') ||
	    (length > 1 && strcmp(source + length - 2, "/.") == 0))
		return true;
	return dockerfile_flag(instruction, "from") != NULL &&
	       strcmp(path_last(source), path_last(target)) == 0;
}

int dockerfile_own_copy(struct dockerfile_reader *reader,
                        const struct spec_instruction *instruction, struct error *err)
{
	struct dockerfile_stage *stage = dockerfile_current_stage(reader);
	const struct spec_text *words = instruction->words.items;
	const size_t count = instruction->words.count;
	const char *owner = dockerfile_flag(instruction, "chown");
	const char *target;
	bool is_whole = false;
	int result;

	if (stage == NULL)
		return 0;
	result = make_path(reader, instruction->workdir, words[count - 1].value, &target, err);
	if (result != 0)
		return result < 0 ? -1 : 0;
	forget_made(stage, target);
	if (is_of_user(owner)) {
		forget(&stage->roots, target, false);
		return add_path(reader, &stage->users, target, DOCKERFILE_PATH_COPIED,
		                instruction->origin, err);
	}
	for (size_t i = 0; i + 1 < count; i++)
		is_whole |= is_directory(instruction, words[i].value, target);
	return is_whole ? add_path(reader, &stage->roots, target, DOCKERFILE_PATH_COPIED,
	                           instruction->origin, err)
	                : 0;
}

/* A RUN while its commands are gone through. */
struct run {
	struct dockerfile_reader *reader;
	struct dockerfile_stage *stage;
	const struct spec_instruction *instruction;
	const char *folder; /* that relative paths are in */
	bool is_user;       /* who runs it is not root */
};

static int add_made(struct run *run, const char *path, bool is_user, struct error *err)
{
	if (!is_user)
		return add_path(run->reader, &run->stage->roots, path, DOCKERFILE_PATH_MADE,
		                run->instruction->origin, err);
	forget(&run->stage->roots, path, false);
	return add_path(run->reader, &run->stage->users, path, DOCKERFILE_PATH_MADE,
	                run->instruction->origin, err);
}

/* What a command does to each of its paths. */
typedef int path_function(struct run *run, const char *path, bool flag, struct error *err);

/* Call @use for each argument from number @first on that is a path. */
static int each_path(struct run *run, const struct shell_command *command, size_t first, bool flag,
                     path_function *use, struct error *err)
{
	const char *argument;

	for (size_t i = first; (argument = shell_argument(command, i)) != NULL; i++) {
		const char *path;
		int result;

		if (*argument == '-')
			continue;
		result = make_path(run->reader, run->folder, argument, &path, err);
		if (result == 0)
			result = use(run, path, flag, err);
		if (result < 0)
			return -1;
	}
	return 0;
}

/* The number of the first argument that is no option; @*has_letter: is @letter among those? */
static size_t first_operand(const struct shell_command *command, char letter, bool *has_letter)
{
	const char *argument;
	size_t i = 0;

	*has_letter = false;
	for (; (argument = shell_argument(command, i)) != NULL && *argument == '-'; i++) {
		*has_letter |= argument[1] != '-' && strchr(argument, letter) != NULL;
		*has_letter |= strcmp(argument, "--recursive") == 0;
	}
	return i;
}

static int on_mkdir(struct run *run, const struct shell_command *command, struct error *err)
{
	return each_path(run, command, 0, run->is_user, add_made, err);
}

/* "install -d -o app /data" */
static int on_install(struct run *run, const struct shell_command *command, struct error *err)
{
	bool makes_directories = false;
	const char *owner = NULL;
	const char *argument;
	size_t i = 0;

	for (; (argument = shell_argument(command, i)) != NULL && *argument == '-'; i++) {
		const char last = argument[strlen(argument) - 1];

		makes_directories |= strchr(argument, 'd') != NULL;
		if (argument[1] != '-' && strchr("ogm", last) != NULL) {
			i++;
			if (last == 'o')
				owner = shell_argument(command, i);
		}
	}
	if (!makes_directories)
		return 0;
	return each_path(run, command, i, run->is_user || is_of_user(owner), add_made, err);
}

static int give(struct run *run, const char *path, bool is_all, struct error *err)
{
	forget(&run->stage->roots, path, is_all);
	return add_path(run->reader, &run->stage->users, path, DOCKERFILE_PATH_MADE,
	                run->instruction->origin, err);
}

static int on_chown(struct run *run, const struct shell_command *command, struct error *err)
{
	bool is_all;
	const size_t owner = first_operand(command, 'R', &is_all);

	if (!is_of_user(shell_argument(command, owner)))
		return 0;
	return each_path(run, command, owner + 1, is_all, give, err);
}

/* The group, which is given instead of the user where the user is any number. */
static int on_chmod(struct run *run, const struct shell_command *command, struct error *err)
{
	bool is_all;
	const size_t place = first_operand(command, 'R', &is_all);
	const char *mode = shell_argument(command, place);
	size_t digits;

	if (mode == NULL)
		return 0;
	digits = strspn(mode, "01234567");
	if (digits >= 3 && mode[digits] == '\0') {
		if (((mode[digits - 1] | mode[digits - 2]) & 2) == 0)
			return 0;
	} else if (strstr(mode, "g=u") == NULL &&
	           (strpbrk(mode, "goa") == NULL || strchr(mode, 'w') == NULL)) {
		return 0;
	}
	return each_path(run, command, place + 1, is_all, give, err);
}

static int remove_path(struct run *run, const char *path, bool is_all, struct error *err)
{
	forget(&run->stage->roots, path, is_all);
	return 0;
}

static int on_rm(struct run *run, const struct shell_command *command, struct error *err)
{
	return each_path(run, command, 0, true, remove_path, err);
}

/* Who goes somewhere works there: that is no place that waits for another user's files. */
static int on_cd(struct run *run, const struct shell_command *command, struct error *err)
{
	const char *folder = shell_argument(command, 0);
	const char *path;
	int result;

	if (folder == NULL)
		return 0;
	result = make_path(run->reader, run->folder, folder, &path, err);
	if (result < 0)
		return -1;
	run->folder = result == 0 ? path : NULL;
	if (result == 0)
		forget_made(run->stage, path);
	return 0;
}

/* "useradd -m -d /app app", "adduser -h /app app": a home directory is its user's. */
static int on_useradd(struct run *run, const struct shell_command *command, struct error *err)
{
	static const char *const options[] = { "-d", "-h", "--home", "--home-dir" };
	const char *argument;
	const char *path;

	for (size_t i = 0; (argument = shell_argument(command, i)) != NULL; i++) {
		const char *home = shell_argument(command, i + 1);

		for (size_t j = 0; j < ARRAY_LEN(options) && home != NULL; j++) {
			int result;

			if (strcmp(options[j], argument) != 0)
				continue;
			result = make_path(run->reader, run->folder, home, &path, err);
			if (result < 0 || (result == 0 && give(run, path, false, err) < 0))
				return -1;
		}
	}
	return 0;
}

/* Package managers of languages, and where in the project they install. */
static const struct {
	const char *program;
	const char *folder;
	const char *verbs[4]; /* "": without any */
} installers[] = {
	{ "bundle", "vendor", { "install" } },
	{ "composer", "vendor", { "install", "update" } },
	{ "npm", "node_modules", { "ci", "i", "install" } },
	{ "pnpm", "node_modules", { "i", "install" } },
	{ "yarn", "node_modules", { "", "install" } },
};

static bool is_verb(const char *const *verbs, size_t count, const char *verb)
{
	for (size_t i = 0; i < count && verbs[i] != NULL; i++) {
		if (strcmp(verbs[i], verb) == 0)
			return true;
	}
	return false;
}

static bool is_global(const struct shell_command *command)
{
	const char *argument;

	for (size_t i = 0; (argument = shell_argument(command, i)) != NULL; i++) {
		if (strcmp(argument, "-g") == 0 || strcmp(argument, "--global") == 0 ||
		    strcmp(argument, "global") == 0)
			return true;
	}
	return false;
}

static int on_installer(struct run *run, const struct shell_command *command, struct error *err)
{
	bool unused;
	const char *verb = shell_argument(command, first_operand(command, '\0', &unused));

	for (size_t i = 0; i < ARRAY_LEN(installers) && !run->is_user; i++) {
		const char *path;
		int result;

		if (!shell_is_program(command, installers[i].program) ||
		    !is_verb(installers[i].verbs, ARRAY_LEN(installers[i].verbs),
		             verb == NULL ? "" : verb) ||
		    is_global(command) || run->folder == NULL)
			continue;
		result = make_path(run->reader, run->folder, installers[i].folder, &path, err);
		if (result < 0)
			return -1;
		if (result == 0 &&
		    add_path(run->reader, &run->stage->roots, path, DOCKERFILE_PATH_INSTALLED,
		             run->instruction->origin, err) < 0)
			return -1;
	}
	return 0;
}

static const struct {
	const char *program;
	int (*on)(struct run *run, const struct shell_command *command, struct error *err);
} programs[] = {
	{ "adduser", on_useradd }, { "bundle", on_installer },
	{ "cd", on_cd },           { "chmod", on_chmod },
	{ "chown", on_chown },     { "composer", on_installer },
	{ "install", on_install }, { "mkdir", on_mkdir },
	{ "npm", on_installer },   { "pnpm", on_installer },
	{ "rm", on_rm },           { "rmdir", on_rm },
	{ "useradd", on_useradd }, { "yarn", on_installer },
};

int dockerfile_own_run(struct dockerfile_reader *reader, const struct spec_instruction *instruction,
                       const struct spec_list *commands, struct error *err)
{
	const struct shell_command *items = commands->items;
	struct run run = {
		.reader = reader,
		.stage = dockerfile_current_stage(reader),
		.instruction = instruction,
		.folder = instruction->workdir,
		.is_user = is_of_user(instruction->user),
	};

	for (size_t i = 0; i < commands->count && run.stage != NULL; i++) {
		for (size_t j = 0; j < ARRAY_LEN(programs); j++) {
			if (shell_is_program(&items[i], programs[j].program) &&
			    programs[j].on(&run, &items[i], err) < 0)
				return -1;
		}
	}
	return 0;
}

static int tell(struct dockerfile_reader *reader, const char *path, const char *origin,
                struct error *err)
{
	if (is_elsewhere(path))
		return 0;
	return dockerfile_add_fact(reader, SPEC_FACT_ROOT_OWNED_PATH, path, NULL, origin, err);
}

/* Is @path, or what holds it, among @list? */
static bool is_held(const struct spec_list *list, const char *path)
{
	const struct dockerfile_path *paths = list->items;

	for (size_t i = 0; i < list->count; i++) {
		if (path_is_within(path, paths[i].path))
			return true;
	}
	return false;
}

static int find_in_volumes(struct dockerfile_reader *reader, const struct dockerfile_stage *stage,
                           struct error *err)
{
	const struct spec_engine_volume *volumes = stage->volumes.items;

	for (size_t i = 0; i < stage->volumes.count; i++) {
		const char *path;
		const int result = make_path(reader, NULL, volumes[i].target, &path, err);

		if (result < 0)
			return -1;
		if (result == 0 && !is_held(&stage->users, path) && !is_held(&stage->roots, path) &&
		    tell(reader, path, volumes[i].origin, err) < 0)
			return -1;
	}
	return 0;
}

/* What was copied elsewhere than to where the program works is for it to read. */
static bool is_to_be_written(const struct dockerfile_stage *stage,
                             const struct dockerfile_path *path)
{
	if (path->kind != DOCKERFILE_PATH_COPIED)
		return true;
	return stage->workdir != NULL && path_is_within(stage->workdir, path->path);
}

/* Once: what holds a path that is told of stands for it. */
static bool is_told_with(const struct dockerfile_stage *stage, size_t index)
{
	const struct dockerfile_path *paths = stage->roots.items;

	for (size_t i = 0; i < stage->roots.count; i++) {
		if (i != index && is_to_be_written(stage, &paths[i]) &&
		    path_is_within(paths[index].path, paths[i].path))
			return true;
	}
	return false;
}

int dockerfile_find_owned(struct dockerfile_reader *reader, struct error *err)
{
	const struct dockerfile_stage *stage = dockerfile_current_stage(reader);
	const struct dockerfile_path *paths = stage->roots.items;

	if (!is_of_user(stage->user.value))
		return 0;
	for (size_t i = 0; i < stage->roots.count; i++) {
		if (is_to_be_written(stage, &paths[i]) && !is_told_with(stage, i) &&
		    tell(reader, paths[i].path, paths[i].origin, err) < 0)
			return -1;
	}
	return find_in_volumes(reader, stage, err);
}
