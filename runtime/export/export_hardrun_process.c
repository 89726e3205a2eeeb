/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "export/export_hardrun.h"
#include "spec/engine_defaults.h"
#include "spec/secret_shape.h"

#define OUR_UMASK     027
#define VARIABLE_SIZE 256 /* of a name; bytes */

static bool is_variable_name(const char *name)
{
	return text_is_made_of(name, "_") && (*name < '0' || *name > '9');
}

static void write_variable(struct native_writer *writer, struct tree_node *env,
                           const struct spec_text *setting)
{
	const size_t length = strcspn(setting->value, "=");
	char name[VARIABLE_SIZE];

	(void)snprintf(name, sizeof(name), "%.*s", (int)length, setting->value);
	if (length >= sizeof(name) || !is_variable_name(name)) {
		losses_add(&writer->work->losses, &writer->spec->env, setting->origin,
		           "a variable cannot be called \"%.100s\" here", name);
		return;
	}
	tree_text(&writer->tree, env, name, setting->value + length + 1);
	if (secret_shape(setting->value) != NULL)
		tree_text(&writer->tree,
		          tree_list(&writer->tree, native_relax(writer, RELAX_SECRETS_IN_ENV),
		                    "names"),
		          NULL, name);
}

static void write_env(struct native_writer *writer)
{
	struct tree_node *env = tree_map(&writer->tree, &writer->tree.root, "env");

	losses_said(&writer->work->losses, &writer->spec->env);
	for (size_t i = 0; i < writer->spec->env.count; i++)
		write_variable(writer, env, &writer->spec->env.items[i]);
}

/* hardrun takes more away than most ask for; what is asked beyond that is lost. */
static void write_umask(struct native_writer *writer)
{
	const struct spec_user *user = &writer->spec->user;

	losses_said(&writer->work->losses, &user->umask);
	if ((user->umask & ~(uint32_t)OUR_UMASK) != 0)
		losses_add(&writer->work->losses, &user->umask, user->origin,
		           "hardrun's umask is %03o, not %03" PRIo32, OUR_UMASK, user->umask);
}

static void write_user(struct native_writer *writer)
{
	const struct spec_user *user = &writer->spec->user;
	const struct spec_engine *engine = writer->engine;
	struct losses *losses = &writer->work->losses;

	losses_said(losses, &user->uid);
	losses_said(losses, &user->gid);
	if (engine != NULL)
		losses_said(losses, &engine->user);
	write_umask(writer);
	if (user->uid == SPEC_ENGINE_ID_UNKNOWN || user->gid == SPEC_ENGINE_ID_UNKNOWN) {
		losses_add(losses, &user->uid, user->origin,
		           "hardrun knows users by number only: \"%.100s\" is a name of the image",
		           engine == NULL ? "" : engine->user.value);
		return;
	}
	if (work_has_image_user(writer->work))
		losses_note(losses, work_place(writer->work, SPEC_PLACE_USER),
		            "the image decides the user: root is taken until another is written");
	tree_format(&writer->tree, &writer->tree.root, "user", "%" PRIu32 ":%" PRIu32, user->uid,
	            user->gid);
	if (user->uid == 0 || user->gid == 0)
		(void)native_relax(writer, RELAX_ROOT_USER);
}

void native_write_process(struct native_writer *writer)
{
	const struct spec *spec = writer->spec;
	struct losses *losses = &writer->work->losses;
	struct tree *tree = &writer->tree;
	struct tree_node *args = tree_list(tree, &tree->root, "args");

	losses_said(losses, &spec->args);
	for (size_t i = 0; i < spec->args.count; i++)
		tree_text(tree, args, NULL, spec->args.items[i].value);
	write_env(writer);
	losses_said(losses, &spec->cwd);
	if (spec->cwd.value != NULL && strcmp(spec->cwd.value, "/") != 0)
		tree_text(tree, &tree->root, "cwd", spec->cwd.value);
	write_user(writer);
	losses_said(losses, &spec->hostname);
	if (spec->hostname.value != NULL)
		tree_text(tree, &tree->root, "hostname", spec->hostname.value);
	losses_said(losses, &spec->has_terminal);
	if (spec->has_terminal)
		tree_bool(tree, &tree->root, "terminal", true);
}

/* Those that were asked for by name, "ALL" among them. */
static capability_set named_capabilities(const struct native_writer *writer)
{
	const struct spec_engine *engine = writer->engine;
	capability_set set = 0;

	for (size_t i = 0; engine != NULL && i < engine->cap_add.count; i++) {
		const char *name = engine->cap_add.items[i].value;
		struct error unknown = { .kind = ERROR_NONE };
		char whole[64];

		if (strcasecmp(name, "ALL") == 0)
			return UINT64_MAX;
		(void)snprintf(whole, sizeof(whole), "%s%.40s",
		               strncasecmp(name, "CAP_", 4) == 0 ? "" : "CAP_", name);
		text_make_upper(whole);
		if (capability_add(&set, whole, &unknown) < 0)
			continue;
	}
	return set;
}

/*
 * hardrun's one set is ambient, too. Root has of an engine's all that is in its bounding set; of
 * what another user has there only what was asked for was meant: the rest, which every container
 * of the engine has, takes effect by set-user-ID programs alone.
 */
static capability_set wanted_capabilities(const struct native_writer *writer)
{
	const struct spec_oci_capabilities *sets = &writer->oci->capabilities;
	const capability_set meant = ~engine_default_capabilities | named_capabilities(writer);

	if (writer->spec->user.uid == 0)
		return sets->bounding;
	return sets->ambient | (sets->bounding & meant);
}

static void write_capabilities(struct native_writer *writer)
{
	const struct spec_oci_capabilities *sets = &writer->oci->capabilities;
	struct losses *losses = &writer->work->losses;
	const capability_set wanted = wanted_capabilities(writer);
	struct tree_node *list;

	work_say_capabilities(writer->work);
	if (wanted == 0)
		return;
	if ((wanted & ~sets->ambient) != 0 && writer->spec->user.uid != 0)
		losses_note(losses, sets->origin == NULL ? "/process/capabilities" : sets->origin,
		            "hardrun gives capabilities to the program itself, where an "
		            "engine gives them to root alone");
	list = tree_list(&writer->tree, native_relax(writer, RELAX_CAPABILITIES), "add");
	for (unsigned int number = 0; capability_name(number) != NULL; number++) {
		if ((wanted >> number & 1) != 0)
			tree_text(&writer->tree, list, NULL,
			          capability_name(number) + strlen("CAP_"));
	}
}

static void write_seccomp(struct native_writer *writer)
{
	const struct spec_seccomp *seccomp = &writer->spec->seccomp;
	struct losses *losses = &writer->work->losses;

	losses_said(losses, &seccomp->kind);
	if (seccomp->kind == SPEC_SECCOMP_OFF)
		(void)native_relax(writer, RELAX_SECCOMP_OFF);
	else if (seccomp->kind == SPEC_SECCOMP_FILE && writer->engine != NULL)
		tree_text(&writer->tree, &writer->tree.root, "seccomp", seccomp->path.value);
	else if (seccomp->kind == SPEC_SECCOMP_FILE)
		losses_add(losses, &seccomp->kind, seccomp->path.origin,
		           "a spec of hardrun names a file with the profile of system calls; "
		           "dropped, hardrun's own takes its place");
}

static void write_apparmor(struct native_writer *writer)
{
	const struct spec_apparmor *apparmor = &writer->spec->apparmor;

	losses_said(&writer->work->losses, &apparmor->kind);
	if (apparmor->kind == SPEC_APPARMOR_OFF)
		(void)native_relax(writer, RELAX_APPARMOR_OFF);
	if (apparmor->kind == SPEC_APPARMOR_NAMED &&
	    !engine_apparmor_is_default(apparmor->name.value))
		tree_text(&writer->tree, &writer->tree.root, "apparmor", apparmor->name.value);
}

void native_write_rights(struct native_writer *writer)
{
	write_capabilities(writer);
	losses_said(&writer->work->losses, &writer->spec->no_new_privs);
	if (!writer->spec->no_new_privs)
		(void)native_relax(writer, RELAX_NEW_PRIVILEGES);
	write_seccomp(writer);
	write_apparmor(writer);
}
