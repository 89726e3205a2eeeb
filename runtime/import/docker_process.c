/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Docker is asked about the process. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "import/docker.h"
#include "import/engine_user.h"

static void set_place(struct docker_draft *draft, enum spec_engine_place place,
                      const struct spec_text *text)
{
	docker_engine(draft)->places[place] = text->origin;
}

/* Split "NAME=VALUE"; both in the arena. @out_value is NULL without "=". */
static int split(struct docker_draft *draft, const struct spec_text *text, const char **out_name,
                 const char **out_value, struct error *err)
{
	const size_t length = strcspn(text->value, "=");

	if (length == 0)
		return docker_refuse(text, err, "\"%.60s\" has no name before \"=\"", text->value);
	*out_name = docker_copy(draft, text->value, length, err);
	*out_value = text->value[length] == '\0' ? NULL : text->value + length + 1;
	return *out_name == NULL ? -1 : 0;
}

int docker_take_annotation(struct docker_draft *draft, const struct spec_text *text,
                           struct error *err)
{
	struct spec_oci_annotation annotation = { 0 };

	if (split(draft, text, &annotation.name, &annotation.value, err) < 0)
		return -1;
	if (annotation.value == NULL)
		annotation.value = "";
	return docker_put(draft, &draft->annotations, &annotation, text->origin, err);
}

int docker_take_arg(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	return docker_add_text(draft, &draft->args, text, err);
}

int docker_take_entrypoint(struct docker_draft *draft, const struct spec_text *text,
                           struct error *err)
{
	return docker_add_text(draft, &draft->entrypoint, text, err);
}

/* Every name of "NET_ADMIN,SYS_TIME" by itself. */
static int add_capabilities(struct docker_draft *draft, struct spec_list *list,
                            const struct spec_text *text, struct error *err)
{
	const char *rest = text->value;

	while (*rest != '\0') {
		const size_t length = strcspn(rest, ",");
		const struct spec_text name = { docker_copy(draft, rest, length, err),
			                        text->origin };

		if (name.value == NULL)
			return -1;
		if (length > 0 && docker_add_text(draft, list, &name, err) < 0)
			return -1;
		rest += length;
		rest += *rest != '\0';
	}
	return 0;
}

int docker_take_cap_add(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	set_place(draft, SPEC_PLACE_CAPABILITIES, text);
	draft->document->document.spec.capabilities_origin = text->origin;
	return add_capabilities(draft, &draft->cap_add, text, err);
}

int docker_take_cap_drop(struct docker_draft *draft, const struct spec_text *text,
                         struct error *err)
{
	set_place(draft, SPEC_PLACE_CAPABILITIES_DROPPED, text);
	return add_capabilities(draft, &draft->cap_drop, text, err);
}

int docker_take_domainname(struct docker_draft *draft, const struct spec_text *text,
                           struct error *err)
{
	draft->document->document.oci.domainname = *text;
	return 0;
}

int docker_take_hostname(struct docker_draft *draft, const struct spec_text *text,
                         struct error *err)
{
	draft->document->document.spec.hostname = *text;
	return 0;
}

/* The value of @name that was given beside the text; NULL: none. */
static const char *given_value(const struct docker_draft *draft, const char *name)
{
	const struct import_values *values = &draft->session->input->values;
	const size_t length = strlen(name);

	for (size_t i = values->count; i > 0; i--) {
		const char *setting = values->settings[i - 1];

		if (strncmp(setting, name, length) == 0 && setting[length] == '=')
			return setting + length + 1;
	}
	return NULL;
}

int docker_take_env(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	struct spec_text setting = *text;
	const char *name = NULL;
	const char *value = NULL;
	char *joined;
	size_t size;

	set_place(draft, SPEC_PLACE_ENV, text);
	if (split(draft, text, &name, &value, err) < 0)
		return -1;
	if (value == NULL) {
		value = given_value(draft, name);
		if (value == NULL)
			return docker_add_text(draft, &draft->passed_env, text, err);
		size = strlen(name) + strlen(value) + 2;
		joined = arena_alloc(draft->session->builder.arena, size, err);
		if (joined == NULL)
			return -1;
		(void)snprintf(joined, size, "%s=%s", name, value);
		setting.value = joined;
	}
	return docker_add_text(draft, &draft->env, &setting, err);
}

int docker_take_env_file(struct docker_draft *draft, const struct spec_text *text,
                         struct error *err)
{
	return docker_add_text(draft, &draft->env_files, text, err);
}

int docker_take_group(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	return docker_add_text(draft, &draft->groups, text, err);
}

int docker_take_oom_score_adj(struct docker_draft *draft, const struct spec_text *text,
                              struct error *err)
{
	struct spec_number *number = &draft->document->document.oci.oom_score_adj;

	if (docker_read_integer(text, &number->value, err) < 0)
		return -1;
	if (number->value < -1000 || number->value > 1000)
		return docker_refuse(text, err, "\"%.60s\" is not from -1000 to 1000", text->value);
	number->is_set = true;
	number->origin = text->origin;
	return 0;
}

int docker_take_privileged(struct docker_draft *draft, const struct spec_text *text,
                           struct error *err)
{
	bool is_on;

	if (docker_read_switch(text, &is_on, err) < 0)
		return -1;
	set_place(draft, SPEC_PLACE_PRIVILEGED, text);
	docker_engine(draft)->privileged =
		is_on ? (struct spec_text){ "true", text->origin } : (struct spec_text){ 0 };
	return 0;
}

int docker_take_read_only(struct docker_draft *draft, const struct spec_text *text,
                          struct error *err)
{
	set_place(draft, SPEC_PLACE_READ_ONLY_ROOT, text);
	return docker_read_switch(text, &draft->document->document.oci.is_rootfs_read_only, err);
}

int docker_take_terminal(struct docker_draft *draft, const struct spec_text *text,
                         struct error *err)
{
	return docker_read_switch(text, &draft->document->document.spec.has_terminal, err);
}

static int take_no_new_privileges(struct docker_draft *draft, const struct spec_text *option,
                                  const char *value, struct error *err)
{
	const struct spec_text text = { value, option->origin };

	set_place(draft, SPEC_PLACE_NO_NEW_PRIVILEGES, option);
	return docker_read_switch(&text, &draft->document->document.spec.no_new_privs, err);
}

static int take_apparmor(struct docker_draft *draft, const struct spec_text *option,
                         const char *value, struct error *err)
{
	struct spec_apparmor *apparmor = &draft->document->document.spec.apparmor;

	set_place(draft, SPEC_PLACE_APPARMOR, option);
	docker_engine(draft)->apparmor = (struct spec_text){ value, option->origin };
	if (strcmp(value, "unconfined") == 0) {
		*apparmor = (struct spec_apparmor){ .kind = SPEC_APPARMOR_OFF };
		return 0;
	}
	*apparmor = (struct spec_apparmor){ .kind = SPEC_APPARMOR_NAMED,
		                            .name = { value, option->origin } };
	return 0;
}

static int take_seccomp(struct docker_draft *draft, const struct spec_text *option,
                        const char *value, struct error *err)
{
	struct spec_seccomp *seccomp = &draft->document->document.spec.seccomp;

	set_place(draft, SPEC_PLACE_SECCOMP, option);
	docker_engine(draft)->seccomp = (struct spec_text){ value, option->origin };
	*seccomp = (struct spec_seccomp){ .kind = SPEC_SECCOMP_DEFAULT };
	if (strcmp(value, "unconfined") == 0)
		seccomp->kind = SPEC_SECCOMP_OFF;
	else if (strcmp(value, "builtin") != 0 && *value != '\0') {
		seccomp->kind = SPEC_SECCOMP_FILE;
		seccomp->path.origin = option->origin;
		return docker_read_host_path(draft, option, value, &seccomp->path.value, err);
	}
	return 0;
}

static int take_label(struct docker_draft *draft, const struct spec_text *option, const char *value,
                      struct error *err)
{
	docker_engine(draft)->selinux = (struct spec_text){ value, option->origin };
	return 0;
}

static int take_system_paths(struct docker_draft *draft, const struct spec_text *option,
                             const char *value, struct error *err)
{
	const struct spec_text all = { "ALL", option->origin };

	if (strcmp(value, "unconfined") != 0)
		return docker_refuse(option, err, "systempaths can be \"unconfined\" only");
	set_place(draft, SPEC_PLACE_MASKED_PATHS, option);
	return docker_add_text(draft, &draft->unmasked, &all, err);
}

/* Every path of "/a:/b" by itself. */
static int add_paths(struct docker_draft *draft, struct spec_list *list,
                     const struct spec_text *option, const char *paths, struct error *err)
{
	set_place(draft, SPEC_PLACE_MASKED_PATHS, option);
	while (*paths != '\0') {
		const size_t length = strcspn(paths, ":");
		const struct spec_text path = { docker_copy(draft, paths, length, err),
			                        option->origin };

		if (path.value == NULL || docker_add_text(draft, list, &path, err) < 0)
			return -1;
		paths += length;
		paths += *paths != '\0';
	}
	return 0;
}

static int take_mask(struct docker_draft *draft, const struct spec_text *option, const char *value,
                     struct error *err)
{
	return add_paths(draft, &draft->masked, option, value, err);
}

static int take_unmask(struct docker_draft *draft, const struct spec_text *option,
                       const char *value, struct error *err)
{
	return add_paths(draft, &draft->unmasked, option, value, err);
}

static int take_nothing(struct docker_draft *draft, const struct spec_text *option,
                        const char *value, struct error *err)
{
	return docker_add_text(draft, &draft->unread, option, err);
}

/* Source: docker run and podman run, --security-opt. */
static const struct {
	const char *name;
	int (*take)(struct docker_draft *draft, const struct spec_text *option, const char *value,
	            struct error *err);
} security_options[] = {
	{ "apparmor", take_apparmor },
	{ "credentialspec", take_nothing }, /* Windows */
	{ "label", take_label },
	{ "mask", take_mask }, /* Podman */
	{ "no-new-privileges", take_no_new_privileges },
	{ "proc-opts", take_nothing }, /* Podman */
	{ "seccomp", take_seccomp },
	{ "systempaths", take_system_paths },
	{ "unmask", take_unmask }, /* Podman */
	{ "writable-cgroups", take_nothing },
};

/* NAME=VALUE or, as before Docker 1.11, NAME:VALUE; NAME alone is a switch. */
int docker_take_security_opt(struct docker_draft *draft, const struct spec_text *text,
                             struct error *err)
{
	struct text_nearest nearest = { 0 };
	const char *value = strpbrk(text->value, "=:");
	const size_t length = value == NULL ? strlen(text->value) : (size_t)(value - text->value);
	const char *name = docker_copy(draft, text->value, length, err);

	if (name == NULL)
		return -1;
	nearest.word = name;
	if (strcmp(name, "disable") == 0) /* of SELinux */
		return take_label(draft, text, name, err);
	for (size_t i = 0; i < ARRAY_LEN(security_options); i++) {
		if (strcmp(security_options[i].name, name) == 0)
			return security_options[i].take(draft, text, value == NULL ? "" : value + 1,
			                                err);
		text_nearest_try(&nearest, security_options[i].name);
	}
	if (nearest.best != NULL)
		(void)error_hint(err, "did you mean \"%s\"?", nearest.best);
	return docker_refuse(text, err, "unknown security option \"%.60s\"", name);
}

int docker_take_sysctl(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	struct spec_sysctl sysctl = { .origin = text->origin };

	set_place(draft, SPEC_PLACE_SYSCTLS, text);
	if (split(draft, text, &sysctl.name, &sysctl.value, err) < 0)
		return -1;
	if (sysctl.value == NULL)
		return docker_refuse(text, err, "\"%.60s\" has no value", text->value);
	return docker_put(draft, &draft->sysctls, &sysctl, text->origin, err);
}

int docker_take_umask(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	uint32_t umask = 0;

	if (*text->value == '\0' || strlen(text->value) > 5 ||
	    strspn(text->value, "01234567") != strlen(text->value))
		return docker_refuse(text, err, "\"%.20s\" is not an octal number", text->value);
	for (const char *digit = text->value; *digit != '\0'; digit++)
		umask = umask * 8 + (uint32_t)(*digit - '0');
	draft->document->document.spec.user.umask = umask;
	return 0;
}

int docker_take_user(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	const struct spec_text none = { NULL, text->origin };

	set_place(draft, SPEC_PLACE_USER, text);
	docker_engine(draft)->user = *text->value == '\0' ? none : *text;
	engine_set_user(&draft->document->document.spec, &docker_engine(draft)->user, text->origin);
	return 0;
}

int docker_take_workdir(struct docker_draft *draft, const struct spec_text *text, struct error *err)
{
	struct spec_text *cwd = &draft->document->document.spec.cwd;

	cwd->origin = text->origin;
	return docker_read_inner_path(draft, text, text->value, &cwd->value, err);
}
