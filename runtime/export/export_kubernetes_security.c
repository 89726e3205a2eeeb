/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <linux/sched.h>
#include <string.h>

#include "export/export_kubernetes.h"
#include "spec/engine_defaults.h"
#include "spec/known_paths.h"

static struct tree_node *context_of(struct pod_writer *writer)
{
	return tree_map(writer->tree, writer->container, "securityContext");
}

static struct tree_node *pod_context_of(struct pod_writer *writer)
{
	return tree_map(writer->tree, writer->pod, "securityContext");
}

/* Nothing is lost where the number is known, or where the image decides and may not choose root. */
static void write_non_root(struct pod_writer *writer)
{
	const struct spec_user *user = &writer->spec->user;
	const struct spec_engine *engine = writer->engine;
	const bool is_asked = engine != NULL && engine->must_not_be_root.is_on;

	if (engine != NULL)
		losses_said(&writer->work->losses, &engine->must_not_be_root);
	if (is_asked || (user->uid != 0 && user->uid != SPEC_ENGINE_ID_UNKNOWN))
		tree_bool(writer->tree, context_of(writer), "runAsNonRoot", true);
}

static void write_ids(struct pod_writer *writer)
{
	const struct spec_user *user = &writer->spec->user;
	const struct spec_engine *engine = writer->engine;
	const bool decides = work_has_image_user(writer->work);
	const bool has_group = engine == NULL || engine->user.value == NULL ||
	                       strchr(engine->user.value, ':') != NULL;

	if (!decides)
		tree_unsigned(writer->tree, context_of(writer), "runAsUser", user->uid);
	if (has_group && !(decides && user->gid == 0))
		tree_unsigned(writer->tree, context_of(writer), "runAsGroup", user->gid);
	write_non_root(writer);
}

static void write_user(struct pod_writer *writer)
{
	const struct spec_user *user = &writer->spec->user;
	const struct spec_engine *engine = writer->engine;
	struct losses *losses = &writer->work->losses;
	struct tree_node *groups =
		tree_list(writer->tree, pod_context_of(writer), "supplementalGroups");

	losses_said(losses, &user->uid);
	losses_said(losses, &user->gid);
	losses_said(losses, &user->additional_gids);
	if (user->uid == SPEC_ENGINE_ID_UNKNOWN || user->gid == SPEC_ENGINE_ID_UNKNOWN)
		losses_add(losses, &user->uid, user->origin,
		           "Kubernetes knows users by number only: \"%.100s\" is a name of the "
		           "image",
		           engine == NULL ? "" : engine->user.value);
	else
		write_ids(writer);
	for (size_t i = 0; i < user->additional_gid_count; i++)
		tree_unsigned(writer->tree, groups, NULL, user->additional_gids[i]);
}

static void add_names(struct pod_writer *writer, struct tree_node *list,
                      const struct spec_text_list *names)
{
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->items[i].value;

		tree_text(writer->tree, list, NULL,
		          strncmp(name, "CAP_", 4) == 0 ? name + 4 : name);
	}
}

static void write_capabilities(struct pod_writer *writer)
{
	const struct spec_oci_capabilities *sets = &writer->oci->capabilities;
	const struct spec_engine *engine = writer->engine;
	struct losses *losses = &writer->work->losses;
	struct tree_node *node = tree_map(writer->tree, context_of(writer), "capabilities");
	struct tree_node *added = tree_list(writer->tree, node, "add");
	struct tree_node *dropped = tree_list(writer->tree, node, "drop");

	work_say_capabilities(writer->work);
	if (engine == NULL || engine->is_podman)
		work_write_capabilities(writer->tree, added, dropped, sets->bounding);
	else {
		add_names(writer, added, &engine->cap_add);
		add_names(writer, dropped, &engine->cap_drop);
	}
	if (sets->ambient != 0)
		losses_add(losses, &sets->ambient, sets->origin == NULL ? "" : sets->origin,
		           "Kubernetes gives a user other than root no ambient capabilities");
}

static void write_profile(struct pod_writer *writer, const char *name, const char *type,
                          const char *localhost)
{
	struct tree_node *profile = tree_map(writer->tree, context_of(writer), name);

	tree_text(writer->tree, profile, "type", type);
	if (localhost != NULL)
		tree_text(writer->tree, profile, "localhostProfile", localhost);
}

static void write_seccomp(struct pod_writer *writer)
{
	const struct spec_seccomp *seccomp = &writer->spec->seccomp;
	const struct spec_engine *engine = writer->engine;
	struct losses *losses = &writer->work->losses;
	const bool is_local = engine != NULL && engine->language == SPEC_LANGUAGE_KUBERNETES;

	losses_said(losses, &seccomp->kind);
	if (seccomp->kind == SPEC_SECCOMP_OFF)
		write_profile(writer, "seccompProfile", "Unconfined", NULL);
	else if (seccomp->kind == SPEC_SECCOMP_DEFAULT)
		write_profile(writer, "seccompProfile", "RuntimeDefault", NULL);
	else if (is_local)
		write_profile(writer, "seccompProfile", "Localhost", seccomp->path.value);
	else
		losses_add(losses, &seccomp->kind, seccomp->path.origin,
		           "Kubernetes names a profile that lies on every node; dropped, the "
		           "engine's own takes its place");
	if (seccomp->kind == SPEC_SECCOMP_FILE && !is_local)
		write_profile(writer, "seccompProfile", "RuntimeDefault", NULL);
	if (seccomp->kind == SPEC_SECCOMP_DEFAULT && writer->work->is_native)
		losses_note(losses, "default",
		            "the engine's own list of system calls takes the place of hardrun's, "
		            "which is shorter");
}

/* Nothing said is RuntimeDefault where the node has AppArmor. */
static void write_apparmor(struct pod_writer *writer)
{
	const struct spec_apparmor *apparmor = &writer->spec->apparmor;
	const struct spec_engine *engine = writer->engine;
	struct losses *losses = &writer->work->losses;
	const bool is_said = engine == NULL || engine->apparmor.value != NULL;

	losses_said(losses, &apparmor->kind);
	if (apparmor->kind == SPEC_APPARMOR_OFF)
		write_profile(writer, "appArmorProfile", "Unconfined", NULL);
	else if (apparmor->kind == SPEC_APPARMOR_NAMED &&
	         !engine_apparmor_is_default(apparmor->name.value))
		write_profile(writer, "appArmorProfile", "Localhost", apparmor->name.value);
	else if (is_said)
		write_profile(writer, "appArmorProfile", "RuntimeDefault", NULL);
	if (apparmor->kind == SPEC_APPARMOR_GENERATED)
		losses_note(losses, "default",
		            "the engine's own AppArmor profile takes the place of hardrun's, which "
		            "is made for the spec");
}

static void write_masks(struct pod_writer *writer)
{
	const struct spec_oci *oci = writer->oci;

	if (oci->masked_paths.count == 0 && oci->read_only_paths.count == 0)
		tree_text(writer->tree, context_of(writer), "procMount", "Unmasked");
	work_tell_of_paths(writer->work, &oci->masked_paths, known_masked_paths,
	                   known_masked_path_count, "hide");
	work_tell_of_paths(writer->work, &oci->read_only_paths, known_read_only_paths,
	                   known_read_only_path_count, "make read-only");
}

/* Docker's "type:container_t"; Kubernetes' own is the type alone. */
static void write_selinux(struct pod_writer *writer)
{
	static const char prefix[] = "type:";
	const struct spec_engine *engine = writer->engine;
	const char *label = engine == NULL ? NULL : engine->selinux.value;
	const bool is_type = label != NULL && strncmp(label, prefix, strlen(prefix)) == 0;

	if (label == NULL || (!is_type && engine->language != SPEC_LANGUAGE_KUBERNETES))
		return;
	losses_said(&writer->work->losses, &engine->selinux);
	if (*label != '\0')
		tree_text(writer->tree,
		          tree_map(writer->tree, context_of(writer), "seLinuxOptions"), "type",
		          label + (is_type ? strlen(prefix) : 0));
}

/* What confines is not asked of who is privileged. */
static void write_confinement(struct pod_writer *writer)
{
	struct losses *losses = &writer->work->losses;

	if (!pod_is_privileged(writer)) {
		write_seccomp(writer);
		write_apparmor(writer);
		write_masks(writer);
		return;
	}
	tree_bool(writer->tree, context_of(writer), "privileged", true);
	losses_said(losses, &writer->spec->seccomp.kind);
	losses_said(losses, &writer->spec->apparmor.kind);
	losses_said(losses, &writer->oci->masked_paths);
	losses_said(losses, &writer->oci->read_only_paths);
}

static void write_sysctls(struct pod_writer *writer)
{
	const struct spec *spec = writer->spec;
	struct tree_node *list = tree_list(writer->tree, pod_context_of(writer), "sysctls");

	losses_said(&writer->work->losses, &spec->sysctls);
	for (size_t i = 0; i < spec->sysctl_count; i++) {
		const struct spec_sysctl *sysctl = &spec->sysctls[i];
		struct tree_node *node = tree_map(writer->tree, list, NULL);

		if (writer->engine != NULL && strcmp(sysctl->origin, "default") == 0)
			continue;
		tree_text(writer->tree, node, "name", sysctl->name);
		tree_text(writer->tree, node, "value", sysctl->value);
	}
}

static const struct {
	uint64_t kind;
	const char *name; /* NULL: the host's is not to be had */
	const char *what;
} namespaces[] = {
	{ CLONE_NEWPID, "hostPID", "processes" },   { CLONE_NEWIPC, "hostIPC", "shared memory" },
	{ CLONE_NEWNET, "hostNetwork", "network" }, { CLONE_NEWUTS, NULL, "name" },
	{ CLONE_NEWCGROUP, NULL, "cgroups" },       { CLONE_NEWNS, NULL, "mounts" },
};

/* In the host's network a pod has the host's name, too. */
static void write_namespace(struct pod_writer *writer, uint64_t kind, const char *name,
                            const char *what)
{
	const struct spec_oci_namespace *own = work_namespace(writer->work, kind);
	struct losses *losses = &writer->work->losses;
	const bool is_shared = work_shares(writer->work, kind);

	if (is_shared && name != NULL)
		tree_bool(writer->tree, writer->pod, name, true);
	else if (is_shared && kind != CLONE_NEWCGROUP &&
	         !(kind == CLONE_NEWUTS && work_shares(writer->work, CLONE_NEWNET)))
		losses_add_of_item(losses, "spec_oci_namespace.path",
		                   work_place(writer->work, SPEC_PLACE_SERVICE),
		                   "Kubernetes does not give a pod the host's %s", what);
	else if (own != NULL && own->path != NULL && !is_shared)
		losses_add_of_item(losses, "spec_oci_namespace.path", own->origin,
		                   "Kubernetes does not join the namespace %.120s", own->path);
}

/* Every pod has a network, unless a policy of the cluster takes it away. */
static void write_network(struct pod_writer *writer)
{
	const struct spec_oci_namespace *own = work_namespace(writer->work, CLONE_NEWNET);
	const struct spec_engine *engine = writer->engine;
	const bool is_none = engine == NULL ? own != NULL && own->path == NULL
	                                    : engine->network.value != NULL &&
	                                              strcmp(engine->network.value, "none") == 0;

	if (is_none)
		losses_add_of_item(&writer->work->losses, "spec_oci_namespace.kind",
		                   own == NULL ? "" : own->origin,
		                   "Kubernetes gives every pod a network: a NetworkPolicy that "
		                   "denies all is for the cluster to enforce");
	if (engine != NULL && (is_none || work_shares(writer->work, CLONE_NEWNET)))
		losses_said(&writer->work->losses, &engine->network);
}

static void write_namespaces(struct pod_writer *writer)
{
	struct losses *losses = &writer->work->losses;

	losses_said(losses, &writer->oci->namespaces);
	losses_said(losses, &writer->oci->uids);
	losses_said(losses, &writer->oci->gids);
	for (size_t i = 0; i < ARRAY_LEN(namespaces); i++)
		write_namespace(writer, namespaces[i].kind, namespaces[i].name, namespaces[i].what);
	if (work_namespace(writer->work, CLONE_NEWUSER) != NULL)
		tree_bool(writer->tree, writer->pod, "hostUsers", false);
	if (work_namespace(writer->work, CLONE_NEWTIME) != NULL)
		losses_note(losses, "default", "Kubernetes gives no container a time namespace");
	write_network(writer);
}

/* Source: kubernetes pkg/apis/core/validation, ValidateSecurityContext(). */
static void write_no_new_privileges(struct pod_writer *writer)
{
	const bool *no_new_privs = &writer->spec->no_new_privs;
	const bool is_refused = pod_is_privileged(writer) ||
	                        (writer->oci->capabilities.bounding & CAPABILITY_TO_FILTER) != 0;

	losses_said(&writer->work->losses, no_new_privs);
	if (*no_new_privs && is_refused)
		losses_add(
			&writer->work->losses, no_new_privs,
			work_place(writer->work, SPEC_PLACE_NO_NEW_PRIVILEGES),
			"Kubernetes refuses allowPrivilegeEscalation: false for who is privileged "
			"or has SYS_ADMIN");
	else if (*no_new_privs)
		tree_bool(writer->tree, context_of(writer), "allowPrivilegeEscalation", false);
}

void pod_write_security(struct pod_writer *writer)
{
	const struct spec_oci *oci = writer->oci;
	struct losses *losses = &writer->work->losses;

	write_user(writer);
	write_no_new_privileges(writer);
	losses_said(losses, &oci->is_rootfs_read_only);
	if (oci->is_rootfs_read_only)
		tree_bool(writer->tree, context_of(writer), "readOnlyRootFilesystem", true);
	write_capabilities(writer);
	write_confinement(writer);
	write_selinux(writer);
	write_sysctls(writer);
	write_namespaces(writer);
}
