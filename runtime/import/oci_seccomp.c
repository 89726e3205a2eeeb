/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * linux.seccomp. seccomp_profile.c reads the same words for hardrun's own language, where a
 * profile must deny what it does not know; here it may say anything that the specification can.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#include "import/oci.h"

#define ERRNO_MAX 4095 /* Source: kernel include/linux/err.h, MAX_ERRNO */

#if defined(__x86_64__)
static const char compat_name[] = "SCMP_ARCH_X86";
#elif defined(__aarch64__)
static const char compat_name[] = "SCMP_ARCH_ARM";
#endif

/* An action while it is being read. */
struct action_draft {
	uint64_t action; /* SECCOMP_RET_* */
	uint64_t number;
	bool has_number;
};

/* The policy, whose arrays have room for all that the text can hold. */
struct policy_draft {
	struct seccomp_policy *policy;
	char (*names)[SECCOMP_NAME_SIZE];
	struct seccomp_condition *conditions;
	struct seccomp_rule *rules;
	size_t call_count; /* names, as often as rules name them */
	struct action_draft default_action;
	struct oci_document *document;
};

struct rule_draft {
	struct policy_draft *draft;
	struct action_draft action;
	struct seccomp_rule rule;
	uint32_t arguments;    /* those with a condition, as bits */
	bool has_one_argument; /* in two conditions or more */
};

static int read_action(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_word(reader, value, &oci_seccomp_actions, &((struct action_draft *)out)->action,
	                err);
}

/* The action comes before it in the tables, so that it is known here. */
static int read_errno(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct action_draft *draft = out;

	draft->has_number = true;
	if (fields_integer(reader, value, 0, ERRNO_MAX, &draft->number, err) < 0)
		return -1;
	if (!oci_seccomp_action_has_errno((uint32_t)draft->action))
		return fields_refuse(reader, err, "%s has no error number",
		                     oci_word_name(&oci_seccomp_actions, draft->action));
	return 0;
}

static uint32_t action_of(const struct action_draft *draft)
{
	const uint32_t action = (uint32_t)draft->action;

	if (!oci_seccomp_action_has_errno(action))
		return action;
	return action | (draft->has_number ? (uint32_t)draft->number : EPERM);
}

/* A name too long for any system call is one that nobody knows: it changes nothing. */
static int read_name(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct rule_draft *rule = out;
	struct policy_draft *draft = rule->draft;
	const char *name;

	if (fields_string(reader, value, &name, err) < 0)
		return -1;
	if (*name == '\0')
		return fields_refuse(reader, err, "not the name of a system call");
	if (strlen(name) >= SECCOMP_NAME_SIZE)
		return 0;
	memcpy(draft->names[draft->policy->name_count++], name, strlen(name) + 1);
	rule->rule.name_count++;
	return 0;
}

static int read_names(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_some_elements(reader, value, OCI_ITEM_MAX, read_name, out, err);
}

/* A condition as it is written. */
struct condition_draft {
	uint64_t index;
	uint64_t comparison;
	uint64_t value;
	uint64_t second;
};

static int read_index(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_integer(reader, value, 0, SECCOMP_CONDITION_COUNT - 1, out, err);
}

static int read_comparison(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_word(reader, value, &oci_seccomp_operators, out, err);
}

static const struct field condition_fields[] = {
	{ "index", read_index, true, offsetof(struct condition_draft, index) },
	{ "op", read_comparison, true, offsetof(struct condition_draft, comparison) },
	{ "value", oci_read_u64, true, offsetof(struct condition_draft, value) },
	{ "valueTwo", oci_read_u64, false, offsetof(struct condition_draft, second) },
};

/* For SCMP_CMP_MASKED_EQ "value" is the mask. Source: seccomp_rule_add(3). */
static int read_condition(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct rule_draft *rule = out;
	struct policy_draft *draft = rule->draft;
	struct condition_draft condition = { 0 };
	struct seccomp_condition *written;

	if (fields_read(reader, value, condition_fields, ARRAY_LEN(condition_fields), &condition,
	                err) < 0)
		return -1;
	written = &draft->conditions[draft->policy->condition_count++];
	written->index = (uint32_t)condition.index;
	written->comparison = (uint32_t)condition.comparison;
	written->value = condition.value;
	if (written->comparison == SECCOMP_MASKED_EQUAL) {
		written->mask = condition.value;
		written->value = condition.second & condition.value;
	}
	rule->has_one_argument |= (rule->arguments >> written->index & 1) != 0;
	rule->arguments |= UINT32_C(1) << written->index;
	rule->rule.condition_count++;
	return 0;
}

static int read_conditions(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_element(reader, value, OCI_ITEM_MAX, read_condition, out, err);
}

static const struct field rule_fields[] = {
	{ "action", read_action, true, offsetof(struct rule_draft, action) },
	{ "args", read_conditions },
	{ "errnoRet", read_errno, false, offsetof(struct rule_draft, action) },
	{ "names", read_names, true },
};

/*
 * Conditions on different arguments must all hold; when one argument has two of them, one of all
 * must hold. The specification is silent; so do runc and crun, because libseccomp cannot say
 * the other.
 */
static int add_rules(const struct reader *reader, struct policy_draft *draft,
                     const struct rule_draft *rule, struct error *err)
{
	struct seccomp_policy *policy = draft->policy;
	const size_t copies = rule->has_one_argument ? rule->rule.condition_count : 1;

	draft->call_count += rule->rule.name_count * copies;
	if (draft->call_count > OCI_ITEM_MAX)
		return fields_refuse(reader, err, "too many rules");
	if (!rule->has_one_argument) {
		draft->rules[policy->rule_count++] = rule->rule;
		return 0;
	}
	for (uint32_t i = 0; i < rule->rule.condition_count; i++) {
		struct seccomp_rule *one = &draft->rules[policy->rule_count++];

		*one = rule->rule;
		one->first_condition += i;
		one->condition_count = 1;
	}
	return 0;
}

static int read_rule(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct policy_draft *draft = out;
	struct rule_draft rule = { .draft = draft };

	rule.rule.first_name = draft->policy->name_count;
	rule.rule.first_condition = draft->policy->condition_count;
	if (fields_read(reader, value, rule_fields, ARRAY_LEN(rule_fields), &rule, err) < 0)
		return -1;
	rule.rule.action = action_of(&rule.action);
	return add_rules(reader, draft, &rule, err);
}

/* Room for all that the rules can hold, counted before they are judged. */
static int make_room(struct reader *reader, json_t *rules, struct policy_draft *draft,
                     struct error *err)
{
	struct arena *arena = reader->builder->arena;
	size_t name_count = 0, condition_count = 0, index;
	json_t *rule;

	json_array_foreach(rules, index, rule) {
		name_count += json_array_size(json_object_get(rule, "names"));
		condition_count += json_array_size(json_object_get(rule, "args"));
	}
	if (index > OCI_ITEM_MAX || name_count > OCI_ITEM_MAX || condition_count > OCI_ITEM_MAX)
		return fields_refuse(reader, err, "too many rules");
	draft->names = arena_alloc(arena, name_count * sizeof(*draft->names), err);
	draft->conditions = arena_alloc(arena, condition_count * sizeof(*draft->conditions), err);
	draft->rules = arena_alloc(arena, (index + condition_count) * sizeof(*draft->rules), err);
	if (draft->names == NULL || draft->conditions == NULL || draft->rules == NULL)
		return -1;
	draft->policy->names = (const char(*)[SECCOMP_NAME_SIZE])draft->names;
	draft->policy->conditions = draft->conditions;
	draft->policy->rules = draft->rules;
	return 0;
}

static int read_rules(struct reader *reader, json_t *value, void *out, struct error *err)
{
	if (!json_is_array(value))
		return fields_wrong_type(reader, value, "an array", err);
	if (make_room(reader, value, out, err) < 0)
		return -1;
	return fields_each_element(reader, value, OCI_ITEM_MAX, read_rule, out, err);
}

static int read_architecture(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct policy_draft *draft = out;
	uint64_t unused;

	if (oci_word(reader, value, &oci_seccomp_architectures, &unused, err) < 0)
		return -1;
	draft->policy->admits_compat |= strcmp(json_string_value(value), compat_name) == 0;
	return 0;
}

static int read_architectures(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_element(reader, value, OCI_ITEM_MAX, read_architecture, out, err);
}

static int read_flag(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct policy_draft *draft = out;
	uint64_t flag;

	if (oci_word(reader, value, &oci_seccomp_flags, &flag, err) < 0)
		return -1;
	draft->document->oci.seccomp_flags |= (unsigned int)flag;
	return 0;
}

static int read_flags(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_element(reader, value, OCI_ITEM_MAX, read_flag, out, err);
}

/* An empty path is none. */
static int read_listener_path(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct policy_draft *draft = out;
	struct spec_oci_seccomp_listener *listener = &draft->document->oci.seccomp_listener;
	const char *path;

	if (fields_string(reader, value, &path, err) < 0)
		return -1;
	listener->origin = fields_origin(reader, err);
	if (listener->origin == NULL)
		return -1;
	return *path == '\0' ? 0 : fields_path(reader, value, false, &listener->path, err);
}

static int read_listener_metadata(struct reader *reader, json_t *value, void *out,
                                  struct error *err)
{
	struct policy_draft *draft = out;
	struct spec_oci_seccomp_listener *listener = &draft->document->oci.seccomp_listener;
	const char *text;

	if (fields_bytes(reader, value, &text, err) < 0)
		return -1;
	if (listener->path == NULL && *text != '\0')
		return fields_refuse(reader, err, "without listenerPath nobody gets it");
	listener->metadata = spec_copy(reader->builder, text, err);
	return listener->metadata == NULL ? -1 : 0;
}

/* listenerPath is read before listenerMetadata, and an action before its number. */
static const struct field seccomp_fields[] = {
	{ "architectures", read_architectures },
	{ "defaultAction", read_action, true, offsetof(struct policy_draft, default_action) },
	{ "defaultErrnoRet", read_errno, false, offsetof(struct policy_draft, default_action) },
	{ "flags", read_flags },
	{ "listenerPath", read_listener_path },
	{ "listenerMetadata", read_listener_metadata },
	{ "syscalls", read_rules },
};

/*
 * Nobody is ever asked: what is said of that is ignored. The kernel refuses the flag then.
 * Source: runtime-spec config-linux.md, listenerPath; seccomp(2).
 */
static void forget_listener(struct spec_oci *oci)
{
	oci->seccomp_listener = (struct spec_oci_seccomp_listener){ NULL };
	oci->seccomp_flags &= ~(unsigned int)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
}

/* A call whose judge is to be asked must have one, and the judge is told by write(2). */
static int settle_notify(const struct reader *reader, const struct policy_draft *draft,
                         struct error *err)
{
	const struct seccomp_policy *policy = draft->policy;
	bool is_used = false;

	if (policy->default_action == SECCOMP_RET_USER_NOTIF)
		return fields_refuse(reader, err, "SCMP_ACT_NOTIFY cannot be the default action");
	for (uint32_t i = 0; i < policy->rule_count; i++) {
		const struct seccomp_rule *rule = &policy->rules[i];

		if (rule->action != SECCOMP_RET_USER_NOTIF)
			continue;
		is_used = true;
		for (uint32_t j = 0; j < rule->name_count; j++) {
			if (strcmp(policy->names[rule->first_name + j], "write") == 0)
				return fields_refuse(reader, err,
				                     "SCMP_ACT_NOTIFY cannot be for write(2)");
		}
	}
	if (is_used && draft->document->oci.seccomp_listener.path == NULL)
		return fields_refuse(reader, err, "SCMP_ACT_NOTIFY needs a listenerPath");
	if (!is_used)
		forget_listener(&draft->document->oci);
	return 0;
}

/* The text was read before, and nothing was to be said of it. */
static int take_known(struct reader *reader, struct oci_document *document, struct error *err)
{
	const struct seccomp_known *known = document->seccomp.known;

	document->oci.seccomp_flags = known->flags;
	document->spec.seccomp = (struct spec_seccomp){
		.kind = SPEC_SECCOMP_KNOWN,
		.path = { "linux.seccomp", fields_origin(reader, err) },
		.known = known,
	};
	return document->spec.seccomp.path.origin == NULL ? -1 : 0;
}

/* What somebody would have to be told of, or asked, cannot be passed over next time. */
static void offer_text(struct oci_document *document, bool has_warned)
{
	if (has_warned || document->seccomp.size == 0 ||
	    document->oci.seccomp_listener.path != NULL)
		return;
	document->spec.seccomp.text = document->text + document->seccomp.offset;
	document->spec.seccomp.text_size = document->seccomp.size;
}

static int read_policy(struct reader *reader, json_t *value, struct oci_document *document,
                       struct error *err)
{
	struct policy_draft draft = { .document = document };
	const size_t warnings = reader->warning_count;

	draft.policy = arena_alloc(reader->builder->arena, sizeof(*draft.policy), err);
	if (draft.policy == NULL ||
	    fields_read(reader, value, seccomp_fields, ARRAY_LEN(seccomp_fields), &draft, err) < 0)
		return -1;
	draft.policy->default_action = action_of(&draft.default_action);
	draft.policy->is_oci = true;
	if (settle_notify(reader, &draft, err) < 0)
		return -1;
	document->spec.seccomp = (struct spec_seccomp){
		.kind = SPEC_SECCOMP_FILE,
		.path = { "linux.seccomp", fields_origin(reader, err) },
		.policy = draft.policy,
	};
	offer_text(document, reader->warning_count > warnings);
	return document->spec.seccomp.path.origin == NULL ? -1 : 0;
}

int oci_read_seccomp(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct oci_document *document = out;

	if (document->seccomp.known != NULL)
		return take_known(reader, document, err);
	return read_policy(reader, value, document, err);
}
