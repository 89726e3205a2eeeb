/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules about the process: who it is, what it may do, what it is told. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "policy/rule_parts.h"
#include "spec/secret_shape.h"

#define SHORT_SIZE ((size_t)40) /* of a list of names that is an example; bytes */

#define CAPABILITY(number) (UINT64_C(1) << (number))

/*
 * Each of these is a way to the host, or to the rest of the network. Source: capabilities(7);
 * <linux/capability.h>.
 */
static const capability_set dangerous =
	CAPABILITY(2) /* DAC_READ_SEARCH */ | CAPABILITY(12) /* NET_ADMIN */ |
	CAPABILITY(13) /* NET_RAW */ | CAPABILITY(16) /* SYS_MODULE */ |
	CAPABILITY(17) /* SYS_RAWIO */ | CAPABILITY(19) /* SYS_PTRACE */ |
	CAPABILITY(21) /* SYS_ADMIN */ | CAPABILITY(22) /* SYS_BOOT */ |
	CAPABILITY(32) /* MAC_OVERRIDE */ | CAPABILITY(33) /* MAC_ADMIN */ |
	CAPABILITY(38) /* PERFMON */ | CAPABILITY(39) /* BPF */;

/* Nobody has all of these but who was given everything, by kernels before 5.8 too. */
static const capability_set everything = dangerous & ~(CAPABILITY(38) | CAPABILITY(39));

static const char *capabilities_origin(const struct spec *spec)
{
	return spec->capabilities_origin != NULL
	               ? spec->capabilities_origin
	               : rule_place(spec, SPEC_PLACE_CAPABILITIES, "/process/capabilities");
}

/* As an engine reads it: with or without "CAP_", in any letters; "ALL" is every one. */
static capability_set written_capability(const char *name)
{
	char full[32];
	capability_set set = 0;
	struct error unused = { .kind = ERROR_NONE };

	if (strncasecmp(name, "CAP_", strlen("CAP_")) == 0)
		name += strlen("CAP_");
	if (strcasecmp(name, "ALL") == 0)
		return UINT64_MAX;
	(void)snprintf(full, sizeof(full), "CAP_%s", name);
	text_make_upper(full);
	return capability_add(&set, full, &unused) < 0 ? 0 : set;
}

/* Those that somebody asked for by name. */
static capability_set written_capabilities(const struct spec_engine *engine)
{
	capability_set set = 0;

	for (size_t i = 0; i < engine->cap_add.count; i++)
		set |= written_capability(engine->cap_add.items[i].value);
	return set;
}

/* What an engine gives to everybody is told by the rule of capabilities, not as dangerous. */
static capability_set dangerous_capabilities(const struct spec *spec)
{
	capability_set expected = 0;

	if (spec->engine != NULL && spec->engine->privileged.value == NULL)
		expected = CAPABILITY(13) & ~written_capabilities(spec->engine);
	return spec->capabilities & dangerous & ~expected;
}

/* Of an engine: what nobody asked for. */
static capability_set needless_capabilities(const struct spec *spec)
{
	if (spec->engine == NULL)
		return spec->capabilities;
	return spec->capabilities & ~written_capabilities(spec->engine);
}

/* Say behind the first @used bytes of a list that there is more. */
static void end_list(char *out, size_t size, size_t used)
{
	static const char more[] = "...";

	out[used] = '\0';
	while (used + sizeof(more) > size) {
		char *blank = strrchr(out, ' ');

		used = blank == NULL ? 0 : (size_t)(blank - out);
		out[used] = '\0';
	}
	memcpy(out + used, more, sizeof(more));
}

/* The names in @set, as many as fit. */
static void name_capabilities(char *out, size_t size, capability_set set)
{
	size_t used = 0;

	out[0] = '\0';
	for (unsigned int number = 0; number < 64; number++) {
		const char *name = capability_name(number);
		int length;

		if ((set & CAPABILITY(number)) == 0 || name == NULL)
			continue;
		length = snprintf(out + used, size - used, "%s%s", used > 0 ? " " : "", name);
		if (length < 0 || (size_t)length >= size - used) {
			end_list(out, size, used);
			return;
		}
		used += (size_t)length;
	}
}

bool rule_find_privileged(const struct rule_subject *subject, size_t index,
                          struct rule_finding *out)
{
	const struct spec *spec = subject->spec;

	if (index == 0 && spec->engine != NULL && spec->engine->privileged.value != NULL)
		return rule_found(out, spec->engine->privileged.origin,
		                  "the container is privileged");
	if (index > 0 || (spec->capabilities & everything) != everything)
		return false;
	return rule_found(out, capabilities_origin(spec),
	                  "the process has every capability, as --privileged gives them");
}

bool rule_find_dangerous_capabilities(const struct rule_subject *subject, size_t index,
                                      struct rule_finding *out)
{
	const capability_set set = dangerous_capabilities(subject->spec);
	char names[120];

	if (index > 0 || set == 0)
		return false;
	name_capabilities(names, sizeof(names), set);
	return rule_found(out, capabilities_origin(subject->spec), "the process has %s", names);
}

bool rule_find_capabilities(const struct rule_subject *subject, size_t index,
                            struct rule_finding *out)
{
	const struct spec *spec = subject->spec;
	const capability_set set = needless_capabilities(spec);
	char names[120];
	const size_t size = spec->engine == NULL ? sizeof(names) : SHORT_SIZE;

	if (index > 0 || set == 0)
		return false;
	name_capabilities(names, size, set);
	if (spec->engine == NULL)
		return rule_found(out, capabilities_origin(spec), "the process has %s", names);
	return rule_found(out, rule_place(spec, SPEC_PLACE_CAPABILITIES_DROPPED, ""),
	                  "%d capabilities are kept that nobody asked for: %s",
	                  __builtin_popcountll(set), names);
}

bool rule_find_root_user(const struct rule_subject *subject, size_t index, struct rule_finding *out)
{
	const struct spec_user *user = &subject->spec->user;

	if (index > 0 || user->uid != 0 || rule_image_decides_user(subject->spec))
		return false;
	return rule_found(out, user->origin, "the process is root, %u:%u", user->uid, user->gid);
}

bool rule_find_new_privileges(const struct rule_subject *subject, size_t index,
                              struct rule_finding *out)
{
	if (index > 0 || subject->spec->no_new_privs)
		return false;
	return rule_found(
		out,
		rule_place(subject->spec, SPEC_PLACE_NO_NEW_PRIVILEGES, "/process/noNewPrivileges"),
		"programs can gain privileges by what they execute");
}

bool rule_find_seccomp_off(const struct rule_subject *subject, size_t index,
                           struct rule_finding *out)
{
	if (index > 0 || subject->spec->seccomp.kind != SPEC_SECCOMP_OFF)
		return false;
	return rule_found(out, rule_place(subject->spec, SPEC_PLACE_SECCOMP, "/linux/seccomp"),
	                  "every system call is allowed");
}

bool rule_find_apparmor_off(const struct rule_subject *subject, size_t index,
                            struct rule_finding *out)
{
	if (index > 0 || subject->spec->apparmor.kind != SPEC_APPARMOR_OFF)
		return false;
	return rule_found(
		out, rule_place(subject->spec, SPEC_PLACE_APPARMOR, "/process/apparmorProfile"),
		"no AppArmor profile confines the process");
}

bool rule_find_landlock_off(const struct rule_subject *subject, size_t index,
                            struct rule_finding *out)
{
	if (index > 0 || subject->spec->has_landlock)
		return false;
	return rule_found(out, "/linux", "no Landlock rules confine the process");
}

/* A variable of the caller's that is handed on; only its name can be judged. */
static bool is_passed_secret(const struct spec_text *variable)
{
	char setting[128];

	(void)snprintf(setting, sizeof(setting), "%.100s=x", variable->value);
	return secret_shape(setting) != NULL;
}

/* A secret that the engine puts into a variable: the caller's, or one that it keeps. */
static bool find_variable(const struct spec_engine *engine, size_t index, struct rule_finding *out)
{
	for (size_t i = 0; engine != NULL && i < engine->passed_env.count; i++) {
		const struct spec_text *variable = &engine->passed_env.items[i];

		if (!is_passed_secret(variable) || index-- > 0)
			continue;
		return rule_found(out, variable->origin,
		                  "%.80s of the caller's environment looks like a secret",
		                  variable->value);
	}
	for (size_t i = 0; engine != NULL && i < engine->secret_count; i++) {
		const struct spec_engine_secret *secret = &engine->secrets[i];

		if (secret->variable == NULL || secret->is_config || index-- > 0)
			continue;
		return rule_found(out, secret->origin, "the secret %.60s is in the variable %.60s",
		                  secret->name, secret->variable);
	}
	return false;
}

bool rule_find_secrets_in_env(const struct rule_subject *subject, size_t index,
                              struct rule_finding *out)
{
	const struct spec_text_list *env = &subject->spec->env;

	for (size_t i = 0; i < env->count; i++) {
		const char *setting = env->items[i].value;
		const char *why = secret_shape(setting);
		const int length = (int)strcspn(setting, "=");

		if (why == NULL || index-- > 0)
			continue;
		return rule_found(out, env->items[i].origin, "%.*s looks like a secret: %s",
		                  length > 80 ? 80 : length, setting, why);
	}
	return find_variable(subject->spec->engine, index, out);
}
