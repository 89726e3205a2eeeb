/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/seccomp.h>
#include <string.h>

#include "export/export_oci.h"
#include "kernel/seccomp.h"
#include "spec/oci_words.h"

#if defined(__x86_64__)
static const char native_name[] = "SCMP_ARCH_X86_64";
static const char compat_name[] = "SCMP_ARCH_X86";
#elif defined(__aarch64__)
static const char native_name[] = "SCMP_ARCH_AARCH64";
static const char compat_name[] = "SCMP_ARCH_ARM";
#endif

static void write_action(struct tree *tree, struct tree_node *node, const char *name,
                         const char *errno_name, uint32_t action)
{
	tree_text(tree, node, name,
	          oci_word_name(&oci_seccomp_actions, action & SECCOMP_RET_ACTION_FULL));
	if (oci_seccomp_action_has_errno(action))
		tree_unsigned(tree, node, errno_name, action & SECCOMP_RET_DATA);
}

/* For SCMP_CMP_MASKED_EQ "value" is the mask. Source: seccomp_rule_add(3). */
static void write_condition(struct tree *tree, struct tree_node *list,
                            const struct seccomp_condition *condition)
{
	struct tree_node *node = tree_map(tree, list, NULL);
	const bool is_masked = condition->comparison == SECCOMP_MASKED_EQUAL;

	tree_unsigned(tree, node, "index", condition->index);
	tree_unsigned(tree, node, "value", is_masked ? condition->mask : condition->value);
	if (is_masked)
		tree_unsigned(tree, node, "valueTwo", condition->value);
	tree_text(tree, node, "op", oci_word_name(&oci_seccomp_operators, condition->comparison));
}

static void write_rule(struct tree *tree, struct tree_node *list,
                       const struct seccomp_policy *policy, const struct seccomp_rule *rule)
{
	struct tree_node *node = tree_map(tree, list, NULL);
	struct tree_node *names = tree_list(tree, node, "names");
	struct tree_node *conditions;

	for (uint32_t i = 0; i < rule->name_count; i++)
		tree_text(tree, names, NULL, policy->names[rule->first_name + i]);
	write_action(tree, node, "action", "errnoRet", rule->action);
	conditions = tree_list(tree, node, "args");
	for (uint32_t i = 0; i < rule->condition_count; i++)
		write_condition(tree, conditions, &policy->conditions[rule->first_condition + i]);
}

/* Rules for the arguments of socketpair(2) contradict each other in socketcall(2) of 32 bits. */
static bool has_compat(const struct seccomp_policy *policy)
{
	return policy->admits_compat && policy != &seccomp_default_policy;
}

static void write_policy(struct tree *tree, struct tree_node *object,
                         const struct seccomp_policy *policy)
{
	struct tree_node *architectures, *rules;

	write_action(tree, object, "defaultAction", "defaultErrnoRet", policy->default_action);
	architectures = tree_list(tree, object, "architectures");
	tree_text(tree, architectures, NULL, native_name);
	if (has_compat(policy))
		tree_text(tree, architectures, NULL, compat_name);
	rules = tree_list(tree, object, "syscalls");
	for (uint32_t i = 0; i < policy->rule_count; i++) {
		if (policy->rules[i].name_count > 0)
			write_rule(tree, rules, policy, &policy->rules[i]);
	}
}

static void write_flags(struct oci_writer *writer, struct tree_node *node)
{
	const struct spec_oci *oci = writer->oci;
	const struct spec_oci_seccomp_listener *listener = &oci->seccomp_listener;
	struct losses *losses = &writer->work->losses;
	struct tree_node *flags = tree_list(&writer->tree, node, "flags");

	losses_said(losses, &oci->seccomp_flags);
	losses_said(losses, &listener->path);
	losses_said(losses, &listener->metadata);
	for (size_t i = 0; i < oci_seccomp_flags.count; i++) {
		if ((oci->seccomp_flags & oci_seccomp_flags.items[i].value) != 0)
			tree_text(&writer->tree, flags, NULL, oci_seccomp_flags.items[i].name);
	}
	if (listener->path != NULL)
		tree_text(&writer->tree, node, "listenerPath", listener->path);
	if (listener->metadata != NULL)
		tree_text(&writer->tree, node, "listenerMetadata", listener->metadata);
}

/* They are allowed whatever the policy says of them; without conditions that is so. */
static void write_allowed(struct oci_writer *writer, struct tree_node *object)
{
	const struct spec_text_list *allowed = &writer->spec->seccomp.extra_allowed;
	struct tree_node *rules = tree_list(&writer->tree, object, "syscalls");
	struct tree_node *node = tree_map(&writer->tree, rules, NULL);

	losses_said(&writer->work->losses, allowed);
	oci_write_texts(writer, node, "names", allowed);
	if (allowed->count > 0)
		tree_text(&writer->tree, node, "action", "SCMP_ACT_ALLOW");
}

/* NULL: there is none, or nobody here knows what it says. */
static const struct seccomp_policy *policy_of(struct oci_writer *writer)
{
	const struct spec_seccomp *seccomp = &writer->spec->seccomp;
	struct losses *losses = &writer->work->losses;

	if (seccomp->kind == SPEC_SECCOMP_DEFAULT)
		return &seccomp_default_policy;
	if (seccomp->kind != SPEC_SECCOMP_OFF && seccomp->policy == NULL)
		losses_add(losses, &seccomp->kind, seccomp->path.origin,
		           "config.json holds the whole profile, and %.100s was not read",
		           seccomp->path.value);
	return seccomp->policy;
}

void oci_write_seccomp(struct oci_writer *writer, struct tree_node *container)
{
	const struct seccomp_policy *policy;
	struct tree_node *node = tree_map(&writer->tree, container, "seccomp");

	losses_said(&writer->work->losses, &writer->spec->seccomp.kind);
	policy = policy_of(writer);
	if (policy == NULL)
		return;
	write_policy(&writer->tree, node, policy);
	if (policy == &seccomp_default_policy)
		losses_note(&writer->work->losses, "default",
		            "%s; programs of 32 bits do not run behind it",
		            writer->work->is_native
		                    ? "hardrun's own list of system calls is written"
		                    : "hardrun's own list of system calls takes the place of the "
		                      "engine's, which is longer");
	write_allowed(writer, node);
	write_flags(writer, node);
}
