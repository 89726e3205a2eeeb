/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules about the process: who it is, what it may do, what it is told. */
#include <stdio.h>
#include <string.h>

#include "policy/rule_parts.h"
#include "spec/secret_shape.h"

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
	return spec->capabilities_origin != NULL ? spec->capabilities_origin
	                                         : "/process/capabilities";
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
			(void)snprintf(out + (used < size - 4 ? used : size - 4), 4, "...");
			return;
		}
		used += (size_t)length;
	}
}

bool rule_find_privileged(const struct rule_subject *subject, size_t index,
                          struct rule_finding *out)
{
	const struct spec *spec = subject->spec;

	if (index > 0 || (spec->capabilities & everything) != everything)
		return false;
	return rule_found(out, capabilities_origin(spec),
	                  "the process has every capability, as --privileged gives them");
}

bool rule_find_dangerous_capabilities(const struct rule_subject *subject, size_t index,
                                      struct rule_finding *out)
{
	const capability_set set = subject->spec->capabilities & dangerous;
	char names[120];

	if (index > 0 || set == 0)
		return false;
	name_capabilities(names, sizeof(names), set);
	return rule_found(out, capabilities_origin(subject->spec), "the process has %s", names);
}

bool rule_find_capabilities(const struct rule_subject *subject, size_t index,
                            struct rule_finding *out)
{
	const capability_set set = subject->spec->capabilities;
	char names[120];

	if (index > 0 || set == 0)
		return false;
	name_capabilities(names, sizeof(names), set);
	return rule_found(out, capabilities_origin(subject->spec), "the process has %s", names);
}

bool rule_find_root_user(const struct rule_subject *subject, size_t index, struct rule_finding *out)
{
	const struct spec_user *user = &subject->spec->user;

	if (index > 0 || user->uid != 0)
		return false;
	return rule_found(out, user->origin, "the process is root, %u:%u", user->uid, user->gid);
}

bool rule_find_new_privileges(const struct rule_subject *subject, size_t index,
                              struct rule_finding *out)
{
	if (index > 0 || subject->spec->no_new_privs)
		return false;
	return rule_found(out, "/process/noNewPrivileges",
	                  "programs can gain privileges by what they execute");
}

bool rule_find_seccomp_off(const struct rule_subject *subject, size_t index,
                           struct rule_finding *out)
{
	if (index > 0 || subject->spec->seccomp.kind != SPEC_SECCOMP_OFF)
		return false;
	return rule_found(out, "/linux/seccomp", "every system call is allowed");
}

bool rule_find_apparmor_off(const struct rule_subject *subject, size_t index,
                            struct rule_finding *out)
{
	if (index > 0 || subject->spec->apparmor.kind != SPEC_APPARMOR_OFF)
		return false;
	return rule_found(out, "/process/apparmorProfile",
	                  "no AppArmor profile confines the process");
}

bool rule_find_landlock_off(const struct rule_subject *subject, size_t index,
                            struct rule_finding *out)
{
	if (index > 0 || subject->spec->has_landlock)
		return false;
	return rule_found(out, "/linux", "no Landlock rules confine the process");
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
	return false;
}
