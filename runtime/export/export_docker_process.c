/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>

#include "export/export_docker.h"
#include "spec/engine_defaults.h"
#include "spec/known_paths.h"

static void add_words(struct docker_writer *writer, struct tree_node *list,
                      const struct spec_text_list *words, size_t first, size_t end)
{
	for (size_t i = first; i < end && i < words->count; i++)
		tree_text(&writer->tree, list, NULL, words->items[i].value);
}

/* As an engine was told; else the whole line takes the place of what the image would run. */
static void gather_args(struct docker_writer *writer)
{
	const struct spec_engine *engine = writer->engine;
	const struct spec_text_list *args = &writer->spec->args;

	losses_said(&writer->work->losses, args);
	if (engine != NULL && writer->work->request->arg_count == 0) {
		add_words(writer, writer->program, &engine->entrypoint, 0, SIZE_MAX);
		add_words(writer, writer->command, &engine->command, 0, SIZE_MAX);
		return;
	}
	add_words(writer, writer->program, args, 0, 1);
	add_words(writer, writer->command, args, 1, SIZE_MAX);
}

static void gather_user(struct docker_writer *writer)
{
	const struct spec_user *user = &writer->spec->user;
	const struct spec_engine *engine = writer->engine;
	struct losses *losses = &writer->work->losses;

	losses_said(losses, &user->uid);
	losses_said(losses, &user->gid);
	losses_said(losses, &user->additional_gids);
	if (engine != NULL) {
		losses_said(losses, &engine->user);
		losses_said(losses, &engine->groups);
		if (engine->user.value != NULL)
			docker_say(writer, DOCKER_USER, engine->user.value);
		else if (!work_has_image_user(writer->work))
			docker_say(writer, DOCKER_USER, "0:0");
		else if (user->gid != 0)
			losses_add(losses, &user->gid, user->origin,
			           "Docker is told a group only beside a user");
		add_words(writer, writer->settings[DOCKER_GROUP], &engine->groups, 0, SIZE_MAX);
		return;
	}
	tree_format(&writer->tree, writer->settings[DOCKER_USER], NULL, "%" PRIu32 ":%" PRIu32,
	            user->uid, user->gid);
	for (size_t i = 0; i < user->additional_gid_count; i++)
		tree_format(&writer->tree, writer->settings[DOCKER_GROUP], NULL, "%" PRIu32,
		            user->additional_gids[i]);
}

static void gather_cwd(struct docker_writer *writer)
{
	const struct spec_text *cwd = &writer->spec->cwd;

	losses_said(&writer->work->losses, cwd);
	if (!work_has_image_cwd(writer->work))
		docker_say(writer, DOCKER_CWD, cwd->value);
}

/* Docker has no ambient set: what it adds a user other than root cannot use. */
static void gather_capabilities(struct docker_writer *writer)
{
	const struct spec_oci_capabilities *sets = &writer->oci->capabilities;
	const struct spec_engine *engine = writer->engine;
	struct losses *losses = &writer->work->losses;

	work_say_capabilities(writer->work);
	if (engine == NULL || engine->is_podman) /* what Podman gives is less than Docker's */
		work_write_capabilities(&writer->tree, writer->settings[DOCKER_CAP_ADD],
		                        writer->settings[DOCKER_CAP_DROP], sets->bounding);
	else {
		add_words(writer, writer->settings[DOCKER_CAP_DROP], &engine->cap_drop, 0,
		          SIZE_MAX);
		add_words(writer, writer->settings[DOCKER_CAP_ADD], &engine->cap_add, 0, SIZE_MAX);
	}
	if (sets->ambient != 0)
		losses_add(losses, &sets->ambient, sets->origin == NULL ? "" : sets->origin,
		           "Docker gives a user other than root no ambient capabilities");
}

static void gather_seccomp(struct docker_writer *writer)
{
	const struct spec_seccomp *seccomp = &writer->spec->seccomp;
	struct losses *losses = &writer->work->losses;
	struct tree_node *security = writer->settings[DOCKER_SECURITY];

	losses_said(losses, &seccomp->kind);
	if (seccomp->kind == SPEC_SECCOMP_OFF)
		docker_say(writer, DOCKER_SECURITY, "seccomp=unconfined");
	else if (seccomp->kind == SPEC_SECCOMP_DEFAULT && writer->work->is_native)
		losses_note(losses, "default",
		            "Docker's own list of system calls takes the place of "
		            "hardrun's, which is shorter");
	else if (seccomp->kind == SPEC_SECCOMP_FILE && seccomp->path.value[0] == '/' &&
	         (writer->engine != NULL || writer->work->is_native))
		tree_format(&writer->tree, security, NULL, "seccomp=%s", seccomp->path.value);
	else if (seccomp->kind == SPEC_SECCOMP_FILE)
		losses_add(losses, &seccomp->kind, seccomp->path.origin,
		           "Docker names a file with the profile of system calls; dropped, its own "
		           "takes its place");
}

static void gather_apparmor(struct docker_writer *writer)
{
	const struct spec_apparmor *apparmor = &writer->spec->apparmor;
	const struct spec_engine *engine = writer->engine;
	struct losses *losses = &writer->work->losses;
	const bool is_said = engine == NULL || engine->apparmor.value != NULL;

	losses_said(losses, &apparmor->kind);
	if (apparmor->kind == SPEC_APPARMOR_OFF)
		docker_say(writer, DOCKER_SECURITY, "apparmor=unconfined");
	else if (apparmor->kind == SPEC_APPARMOR_GENERATED)
		losses_note(losses, "default",
		            "Docker's own AppArmor profile takes the place of hardrun's, "
		            "which is made for the spec");
	else if (engine_apparmor_is_default(apparmor->name.value) && is_said)
		docker_say(writer, DOCKER_SECURITY, "apparmor=docker-default");
	else if (!engine_apparmor_is_default(apparmor->name.value))
		tree_format(&writer->tree, writer->settings[DOCKER_SECURITY], NULL, "apparmor=%s",
		            apparmor->name.value);
}

/* All paths or the usual ones: Docker knows nothing between. */
static void gather_masks(struct docker_writer *writer)
{
	const struct spec_oci *oci = writer->oci;

	if (oci->masked_paths.count == 0 && oci->read_only_paths.count == 0)
		docker_say(writer, DOCKER_SECURITY, "systempaths=unconfined");
	work_tell_of_paths(writer->work, &oci->masked_paths, known_masked_paths,
	                   known_masked_path_count, "hide");
	work_tell_of_paths(writer->work, &oci->read_only_paths, known_read_only_paths,
	                   known_read_only_path_count, "make read-only");
}

static void gather_selinux(struct docker_writer *writer)
{
	const struct spec_engine *engine = writer->engine;

	if (engine == NULL || engine->selinux.value == NULL)
		return;
	losses_said(&writer->work->losses, &engine->selinux);
	tree_format(&writer->tree, writer->settings[DOCKER_SECURITY], NULL, "label=%s",
	            engine->selinux.value);
}

/* What a privileged container is told besides is what Docker would do anyway. */
static void gather_security(struct docker_writer *writer)
{
	const bool is_privileged = writer->engine != NULL && writer->engine->privileged.value;
	struct losses *losses = &writer->work->losses;

	gather_capabilities(writer);
	losses_said(losses, &writer->spec->no_new_privs);
	if (writer->spec->no_new_privs)
		docker_say(writer, DOCKER_SECURITY, "no-new-privileges:true");
	gather_selinux(writer);
	if (!is_privileged) {
		gather_seccomp(writer);
		gather_apparmor(writer);
		gather_masks(writer);
		return;
	}
	docker_say(writer, DOCKER_PRIVILEGED, "true");
	losses_said(losses, &writer->spec->seccomp.kind);
	losses_said(losses, &writer->spec->apparmor.kind);
	losses_said(losses, &writer->oci->masked_paths);
	losses_said(losses, &writer->oci->read_only_paths);
}

/* dockerd sets some by itself. */
static void gather_sysctls(struct docker_writer *writer)
{
	const struct spec *spec = writer->spec;

	losses_said(&writer->work->losses, &spec->sysctls);
	for (size_t i = 0; i < spec->sysctl_count; i++) {
		if (!engine_sysctl_is_default(spec->sysctls[i].name, spec->sysctls[i].value))
			tree_format(&writer->tree, writer->settings[DOCKER_SYSCTL], NULL, "%s=%s",
			            spec->sysctls[i].name, spec->sysctls[i].value);
	}
}

static void gather_text(struct docker_writer *writer, const struct spec_text *text,
                        enum docker_setting setting)
{
	losses_said(&writer->work->losses, text);
	if (text->value != NULL)
		docker_say(writer, setting, text->value);
}

void docker_gather_process(struct docker_writer *writer)
{
	const struct spec *spec = writer->spec;
	struct losses *losses = &writer->work->losses;

	gather_text(writer, &spec->name, DOCKER_NAME);
	gather_args(writer);
	losses_said(losses, &spec->env);
	add_words(writer, writer->settings[DOCKER_ENV], &spec->env, 0, SIZE_MAX);
	if (writer->engine != NULL) {
		losses_said(losses, &writer->engine->passed_env);
		add_words(writer, writer->settings[DOCKER_ENV], &writer->engine->passed_env, 0,
		          SIZE_MAX);
	}
	gather_cwd(writer);
	gather_user(writer);
	gather_text(writer, &spec->hostname, DOCKER_HOSTNAME);
	gather_text(writer, &writer->oci->domainname, DOCKER_DOMAINNAME);
	losses_said(losses, &spec->has_terminal);
	if (spec->has_terminal)
		docker_say(writer, DOCKER_TERMINAL, "true");
	gather_security(writer);
	gather_sysctls(writer);
}
