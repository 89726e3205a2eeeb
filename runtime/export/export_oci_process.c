/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/export_oci.h"
#include "spec/oci_words.h"

#define NOBODY 65534

/* Who is let go of becomes nobody, not root. */
static void write_user(struct oci_writer *writer, struct tree_node *process)
{
	const struct spec_user *user = &writer->spec->user;
	struct losses *losses = &writer->work->losses;
	struct tree_node *node = tree_map(&writer->tree, process, "user");
	struct tree_node *groups;

	losses_said(losses, &user->uid);
	losses_said(losses, &user->gid);
	losses_said(losses, &user->additional_gids);
	losses_said(losses, &user->umask);
	if (user->uid == SPEC_ENGINE_ID_UNKNOWN || user->gid == SPEC_ENGINE_ID_UNKNOWN) {
		losses_add(losses, &user->uid, user->origin,
		           "config.json knows users by number only: \"%.100s\" is a name of the "
		           "image",
		           writer->work->engine == NULL ? "" : writer->work->engine->user.value);
		tree_unsigned(&writer->tree, node, "uid", NOBODY);
		tree_unsigned(&writer->tree, node, "gid", NOBODY);
		tree_unsigned(&writer->tree, node, "umask", user->umask);
		return;
	}
	tree_unsigned(&writer->tree, node, "uid", user->uid);
	tree_unsigned(&writer->tree, node, "gid", user->gid);
	tree_unsigned(&writer->tree, node, "umask", user->umask);
	groups = tree_list(&writer->tree, node, "additionalGids");
	for (size_t i = 0; i < user->additional_gid_count; i++)
		tree_unsigned(&writer->tree, groups, NULL, user->additional_gids[i]);
}

static void write_set(struct oci_writer *writer, struct tree_node *capabilities, const char *name,
                      const capability_set *set)
{
	struct tree_node *list = tree_list(&writer->tree, capabilities, name);

	losses_said(&writer->work->losses, set);
	for (unsigned int number = 0; capability_name(number) != NULL; number++) {
		if ((*set >> number & 1) != 0)
			tree_text(&writer->tree, list, NULL, capability_name(number));
	}
}

/* None at all and none named are the same to a runtime that takes no more than is given. */
static void write_capabilities(struct oci_writer *writer, struct tree_node *process)
{
	const struct spec_oci_capabilities *sets = &writer->oci->capabilities;
	struct tree_node *node = tree_map(&writer->tree, process, "capabilities");

	if (sets->origin != NULL)
		tree_keep(node);
	write_set(writer, node, "bounding", &sets->bounding);
	write_set(writer, node, "effective", &sets->effective);
	write_set(writer, node, "inheritable", &sets->inheritable);
	write_set(writer, node, "permitted", &sets->permitted);
	write_set(writer, node, "ambient", &sets->ambient);
}

static void write_rlimits(struct oci_writer *writer, struct tree_node *process)
{
	const struct spec_limits *limits = &writer->spec->limits;
	struct tree_node *list = tree_list(&writer->tree, process, "rlimits");

	losses_said(&writer->work->losses, &limits->rlimits);
	for (size_t i = 0; i < limits->rlimit_count; i++) {
		const struct spec_rlimit *rlimit = &limits->rlimits[i];
		struct tree_node *node = tree_map(&writer->tree, list, NULL);

		tree_text(&writer->tree, node, "type",
		          oci_word_name(&oci_rlimits, (uint64_t)rlimit->resource));
		tree_unsigned(&writer->tree, node, "hard", rlimit->hard);
		tree_unsigned(&writer->tree, node, "soft", rlimit->soft);
	}
}

/* A number that stands for a word of config.json. */
static void write_word(struct oci_writer *writer, struct tree_node *parent, const char *name,
                       const struct oci_words *words, const struct spec_number *number)
{
	losses_said(&writer->work->losses, number);
	if (number->is_set)
		tree_text(&writer->tree, parent, name,
		          oci_word_name(words, (uint64_t)number->value));
}

static void write_scheduler(struct oci_writer *writer, struct tree_node *process)
{
	const struct spec_oci *oci = writer->oci;
	struct tree_node *node = tree_map(&writer->tree, process, "scheduler");
	struct tree_node *flags;

	write_word(writer, node, "policy", &oci_scheduler_policies, &oci->scheduler_policy);
	oci_write_number(writer, node, "nice", &oci->scheduler_nice);
	oci_write_number(writer, node, "priority", &oci->scheduler_priority);
	losses_said(&writer->work->losses, &oci->scheduler_flags);
	flags = tree_list(&writer->tree, node, "flags");
	for (size_t i = 0; i < oci_scheduler_flags.count; i++) {
		if ((oci->scheduler_flags & oci_scheduler_flags.items[i].value) != 0)
			tree_text(&writer->tree, flags, NULL, oci_scheduler_flags.items[i].name);
	}
	oci_write_number(writer, node, "runtime", &oci->scheduler_runtime);
	oci_write_number(writer, node, "deadline", &oci->scheduler_deadline);
	oci_write_number(writer, node, "period", &oci->scheduler_period);
}

static void write_rest(struct oci_writer *writer, struct tree_node *process)
{
	const struct spec_oci *oci = writer->oci;
	struct tree_node *priority = tree_map(&writer->tree, process, "ioPriority");
	struct tree_node *affinity = tree_map(&writer->tree, process, "execCPUAffinity");

	oci_write_number(writer, process, "oomScoreAdj", &oci->oom_score_adj);
	write_scheduler(writer, process);
	write_word(writer, priority, "class", &oci_io_classes, &oci->io_priority_class);
	oci_write_number(writer, priority, "priority", &oci->io_priority);
	oci_write_text(writer, affinity, "initial", &oci->exec_cpu_affinity_initial);
	oci_write_text(writer, affinity, "final", &oci->exec_cpu_affinity_final);
	oci_write_text(writer, process, "selinuxLabel", &oci->selinux_label);
}

static void write_terminal(struct oci_writer *writer, struct tree_node *process)
{
	const struct spec_oci *oci = writer->oci;
	struct losses *losses = &writer->work->losses;
	struct tree_node *size;

	losses_said(losses, &writer->spec->has_terminal);
	losses_said(losses, &oci->console_rows);
	losses_said(losses, &oci->console_columns);
	if (writer->spec->has_terminal)
		tree_bool(&writer->tree, process, "terminal", true);
	if (oci->console_rows == 0 && oci->console_columns == 0)
		return;
	size = tree_map(&writer->tree, process, "consoleSize");
	tree_unsigned(&writer->tree, size, "height", oci->console_rows);
	tree_unsigned(&writer->tree, size, "width", oci->console_columns);
}

/* A profile that hardrun makes of its spec has no name yet. */
static void write_apparmor(struct oci_writer *writer, struct tree_node *process)
{
	const struct spec_apparmor *apparmor = &writer->spec->apparmor;
	struct losses *losses = &writer->work->losses;

	losses_said(losses, &apparmor->kind);
	if (apparmor->kind == SPEC_APPARMOR_NAMED)
		tree_text(&writer->tree, process, "apparmorProfile", apparmor->name.value);
	if (apparmor->kind == SPEC_APPARMOR_GENERATED)
		losses_add(losses, &apparmor->kind, "default",
		           "config.json names an AppArmor profile that is loaded; hardrun's own is "
		           "made at the launch");
}

void oci_write_process(struct oci_writer *writer)
{
	const struct spec *spec = writer->spec;
	struct losses *losses = &writer->work->losses;
	struct tree_node *process = tree_map(&writer->tree, &writer->tree.root, "process");

	write_terminal(writer, process);
	write_user(writer, process);
	losses_said(losses, &spec->args);
	losses_said(losses, &spec->env);
	oci_write_texts(writer, process, "args", &spec->args);
	oci_write_texts(writer, process, "env", &spec->env);
	losses_said(losses, &spec->cwd);
	tree_text(&writer->tree, process, "cwd", spec->cwd.value == NULL ? "/" : spec->cwd.value);
	write_capabilities(writer, process);
	write_rlimits(writer, process);
	losses_said(losses, &spec->no_new_privs);
	if (spec->no_new_privs)
		tree_bool(&writer->tree, process, "noNewPrivileges", true);
	write_apparmor(writer, process);
	write_rest(writer, process);
}
