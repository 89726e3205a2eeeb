/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/text.h"
#include "import/kubernetes.h"

#define SECURITY(member) offsetof(struct kubernetes_security, member)
#define PROFILE(member)  offsetof(struct kubernetes_profile, member)

static int read_type(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const char *const types[] = { "Localhost", "RuntimeDefault", "Unconfined" };
	const char *type;

	if (fields_string(reader, value, &type, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (strcmp(types[i], type) == 0)
			return oci_read_text(reader, value, out, err);
	}
	return fields_refuse(reader, err,
	                     "\"%.40s\" is not Localhost, RuntimeDefault or Unconfined", type);
}

static int read_profile(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "localhostProfile", oci_read_label, false, PROFILE(localhost) },
		{ "type", read_type, true, PROFILE(type) },
	};
	struct kubernetes_profile *profile = out;

	if (fields_read(reader, value, fields, ARRAY_LEN(fields), out, err) < 0)
		return -1;
	if ((strcmp(profile->type.value, "Localhost") == 0) != (profile->localhost.value != NULL))
		return fields_refuse(reader, err,
		                     "localhostProfile is needed by the type Localhost, and by no "
		                     "other");
	return 0;
}

static int read_selinux(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "type", oci_read_label, false, 0 },
	};
	struct spec_text *selinux = out;

	if (fields_read(reader, value, fields, ARRAY_LEN(fields), selinux, err) < 0)
		return -1;
	if (selinux->value != NULL)
		return 0;
	*selinux = (struct spec_text){ "", fields_origin(reader, err) };
	return selinux->origin == NULL ? -1 : 0;
}

static int read_scalars(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct fields_items items;

	if (fields_items(reader, value, KUBERNETES_ITEM_MAX, sizeof(struct spec_text),
	                 kubernetes_read_scalar, &items, err) < 0)
		return -1;
	*(struct spec_text_list *)out = (struct spec_text_list){ items.items, items.count };
	return 0;
}

struct sysctl {
	struct spec_text name;
	struct spec_text value;
};

static int read_sysctl(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "name", oci_read_text, true, offsetof(struct sysctl, name) },
		{ "value", kubernetes_read_scalar, true, offsetof(struct sysctl, value) },
	};
	struct spec_text *setting = out;
	struct sysctl sysctl = { .name.value = NULL };
	AUTO_TEXT struct text text = { 0 };

	if (fields_read(reader, value, fields, ARRAY_LEN(fields), &sysctl, err) < 0)
		return -1;
	text_add(&text, sysctl.name.value);
	text_add(&text, "=");
	text_add(&text, sysctl.value.value);
	if (text.is_broken)
		return error_set(err, ERROR_SYSTEM, "out of memory");
	*setting = (struct spec_text){ spec_copy(reader->builder, text.bytes, err),
		                       fields_origin(reader, err) };
	return setting->value == NULL || setting->origin == NULL ? -1 : 0;
}

static int read_sysctls(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct fields_items items;

	if (fields_items(reader, value, KUBERNETES_ITEM_MAX, sizeof(struct spec_text), read_sysctl,
	                 &items, err) < 0)
		return -1;
	*(struct spec_text_list *)out = (struct spec_text_list){ items.items, items.count };
	return 0;
}

static const struct field pod_fields[] = {
	{ "appArmorProfile", read_profile, false, SECURITY(apparmor) },
	{ "fsGroup", kubernetes_read_scalar, false, SECURITY(fs_group) },
	{ "runAsGroup", kubernetes_read_scalar, false, SECURITY(group) },
	{ "runAsNonRoot", kubernetes_read_switch, false, SECURITY(non_root) },
	{ "runAsUser", kubernetes_read_scalar, false, SECURITY(user) },
	{ "seLinuxOptions", read_selinux, false, SECURITY(selinux) },
	{ "seccompProfile", read_profile, false, SECURITY(seccomp) },
	{ "supplementalGroups", read_scalars, false, SECURITY(groups) },
	{ "sysctls", read_sysctls, false, SECURITY(sysctls) },
	{ "fsGroupChangePolicy", fields_skip },
	{ "seLinuxChangePolicy", fields_skip },
	{ "supplementalGroupsPolicy", fields_skip },
	{ "windowsOptions", fields_skip },
};

int kubernetes_read_pod_security(struct reader *reader, json_t *value, void *out, struct error *err)
{
	fields_warn_of_unknown(reader, value, pod_fields, ARRAY_LEN(pod_fields));
	return fields_read(reader, value, pod_fields, ARRAY_LEN(pod_fields), out, err);
}

static int read_capabilities(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct field fields[] = {
		{ "add", oci_read_texts, false, SECURITY(cap_add) },
		{ "drop", oci_read_texts, false, SECURITY(cap_drop) },
	};

	return fields_read(reader, value, fields, ARRAY_LEN(fields), out, err);
}

static int read_proc_mount(struct reader *reader, json_t *value, void *out, struct error *err)
{
	const char *kind;

	if (fields_string(reader, value, &kind, err) < 0)
		return -1;
	if (strcmp(kind, "Default") != 0 && strcmp(kind, "Unmasked") != 0)
		return fields_refuse(reader, err, "\"%.40s\" is not Default or Unmasked", kind);
	return oci_read_text(reader, value, out, err);
}

static const struct field container_fields[] = {
	{ "allowPrivilegeEscalation", kubernetes_read_switch, false, SECURITY(escalation) },
	{ "appArmorProfile", read_profile, false, SECURITY(apparmor) },
	{ "capabilities", read_capabilities },
	{ "privileged", kubernetes_read_switch, false, SECURITY(privileged) },
	{ "procMount", read_proc_mount, false, SECURITY(proc_mount) },
	{ "readOnlyRootFilesystem", kubernetes_read_switch, false, SECURITY(read_only_root) },
	{ "runAsGroup", kubernetes_read_scalar, false, SECURITY(group) },
	{ "runAsNonRoot", kubernetes_read_switch, false, SECURITY(non_root) },
	{ "runAsUser", kubernetes_read_scalar, false, SECURITY(user) },
	{ "seLinuxOptions", read_selinux, false, SECURITY(selinux) },
	{ "seccompProfile", read_profile, false, SECURITY(seccomp) },
	{ "windowsOptions", fields_skip },
};

int kubernetes_read_container_security(struct reader *reader, json_t *value, void *out,
                                       struct error *err)
{
	fields_warn_of_unknown(reader, value, container_fields, ARRAY_LEN(container_fields));
	return fields_read(reader, value, container_fields, ARRAY_LEN(container_fields), out, err);
}

static void inherit(struct spec_text *own, const struct spec_text *pods)
{
	if (own->value == NULL)
		*own = *pods;
}

struct kubernetes_security kubernetes_merge_security(const struct kubernetes_security *pod,
                                                     const struct kubernetes_security *container)
{
	struct kubernetes_security merged = *container;

	inherit(&merged.user, &pod->user);
	inherit(&merged.group, &pod->group);
	inherit(&merged.non_root, &pod->non_root);
	inherit(&merged.selinux, &pod->selinux);
	if (merged.seccomp.type.value == NULL)
		merged.seccomp = pod->seccomp;
	if (merged.apparmor.type.value == NULL)
		merged.apparmor = pod->apparmor;
	merged.fs_group = pod->fs_group;
	merged.groups = pod->groups;
	merged.sysctls = pod->sysctls;
	return merged;
}
