/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/seccomp_profile.h"

#include <errno.h>
#include <jansson.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define POINTER_SIZE  128  /* bytes of a JSON pointer in a message */
#define ORIGIN_SIZE   64   /* bytes of a file name in a message */
#define ERRNO_MAX     4095 /* Source: kernel include/linux/err.h, MAX_ERRNO */
#define ITEM_MAX      65536
#define RELEASE_LIMIT 65535 /* of each part of minKernel */

#if defined(__x86_64__)
static const char native_name[] = "SCMP_ARCH_X86_64";
static const char compat_name[] = "SCMP_ARCH_X86";
static const char native_short_name[] = "amd64";
#elif defined(__aarch64__)
static const char native_name[] = "SCMP_ARCH_AARCH64";
static const char compat_name[] = "SCMP_ARCH_ARM";
static const char native_short_name[] = "arm64";
#endif

/* Where we are in the profile. The policy's arrays are filled from their beginning. */
struct profile {
	const char *origin;
	struct seccomp_policy *policy;
	char (*names)[SECCOMP_NAME_SIZE];
	struct seccomp_condition *conditions;
	struct seccomp_rule *rules;
};

struct action {
	const char *name;
	uint32_t action;
	bool has_errno;
	bool is_denial;
};

/* Source: runtime-spec config-linux.md, linux.seccomp; seccomp(2). */
static const struct action actions[] = {
	{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW, false, false },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO, true, true },
	{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD, false, true },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS, false, true },
	{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD, false, true },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG, false, false },
	{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP, false, true },
};

static const struct {
	const char *name;
	enum seccomp_comparison comparison;
} comparisons[] = {
	{ "SCMP_CMP_NE", SECCOMP_NOT_EQUAL },           { "SCMP_CMP_LT", SECCOMP_LESS },
	{ "SCMP_CMP_LE", SECCOMP_LESS_OR_EQUAL },       { "SCMP_CMP_EQ", SECCOMP_EQUAL },
	{ "SCMP_CMP_GE", SECCOMP_GREATER_OR_EQUAL },    { "SCMP_CMP_GT", SECCOMP_GREATER },
	{ "SCMP_CMP_MASKED_EQ", SECCOMP_MASKED_EQUAL },
};

/* The place in words, for it is none of the spec's. */
static int place(const struct profile *profile, const char *pointer, struct error *err)
{
	char origin[ORIGIN_SIZE];

	text_shorten(origin, sizeof(origin), profile->origin);
	return error_at(err, "profile %s: %s", origin, pointer);
}

static int refuse(const struct profile *profile, const char *pointer, struct error *err,
                  const char *what)
{
	(void)error_set(err, ERROR_SPEC, "%s", what);
	(void)place(profile, pointer, err);
	return -1;
}

/* Only the members that @known lists, up to its NULL. */
static int check_members(const struct profile *profile, json_t *object, const char *const *known,
                         const char *pointer, struct error *err)
{
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return refuse(profile, pointer, err, "expected an object");
	json_object_foreach(object, name, value) {
		size_t i = 0;

		while (known[i] != NULL && strcmp(known[i], name) != 0)
			i++;
		if (known[i] == NULL) {
			(void)error_set(err, ERROR_SPEC, "unknown member \"%.64s\"",
			                text_has_control(name, false) ? "?" : name);
			return place(profile, pointer, err);
		}
	}
	return 0;
}

/* An array, or nothing at all; Docker writes null for an empty one. */
static int check_array(const struct profile *profile, json_t *value, const char *pointer,
                       struct error *err)
{
	if (value != NULL && !json_is_null(value) && !json_is_array(value))
		return refuse(profile, pointer, err, "expected an array");
	return 0;
}

static int read_number(const struct profile *profile, json_t *value, uint64_t limit,
                       const char *pointer, uint64_t *out, struct error *err)
{
	const json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < 0 || (uint64_t)number > limit)
		return refuse(profile, pointer, err, "expected a whole number in range");
	*out = (uint64_t)number;
	return 0;
}

static int read_text(const struct profile *profile, json_t *value, const char *pointer,
                     const char **out, struct error *err)
{
	if (!json_is_string(value))
		return refuse(profile, pointer, err, "expected a text");
	*out = json_string_value(value);
	return 0;
}

/* The action that the member @name of @object says, with the number in @errno_name. */
static int read_action(const struct profile *profile, json_t *object, const char *name,
                       const char *errno_name, const char *pointer, const struct action **out,
                       uint32_t *out_action, struct error *err)
{
	json_t *number = json_object_get(object, errno_name);
	const struct action *action = NULL;
	uint64_t code = EPERM;
	const char *text;

	if (read_text(profile, json_object_get(object, name), pointer, &text, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		if (strcmp(actions[i].name, text) == 0)
			action = &actions[i];
	}
	if (action == NULL)
		return refuse(profile, pointer, err,
		              "unknown action, or one that needs a listener or a tracer");
	if (number != NULL && !json_is_null(number) && !action->has_errno)
		return refuse(profile, pointer, err, "an errno value for an action that has none");
	if (number != NULL && !json_is_null(number) &&
	    read_number(profile, number, ERRNO_MAX, pointer, &code, err) < 0)
		return -1;

	*out = action;
	*out_action = action->action | (action->has_errno ? (uint32_t)code : 0);
	return 0;
}

static int read_comparison(const struct profile *profile, json_t *value, const char *pointer,
                           uint32_t *out, struct error *err)
{
	const char *text;

	if (read_text(profile, value, pointer, &text, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(comparisons); i++) {
		if (strcmp(comparisons[i].name, text) == 0) {
			*out = comparisons[i].comparison;
			return 0;
		}
	}
	return refuse(profile, pointer, err, "unknown comparison");
}

/* For SCMP_CMP_MASKED_EQ "value" is the mask and "valueTwo" the value. */
static int read_condition(const struct profile *profile, json_t *object, const char *pointer,
                          struct seccomp_condition *out, struct error *err)
{
	static const char *const members[] = { "index", "value", "valueTwo", "op", NULL };
	json_t *second = json_object_get(object, "valueTwo");
	uint64_t index, first_value, second_value = 0;

	if (check_members(profile, object, members, pointer, err) < 0 ||
	    read_number(profile, json_object_get(object, "index"), SECCOMP_CONDITION_COUNT - 1,
	                pointer, &index, err) < 0 ||
	    read_number(profile, json_object_get(object, "value"), UINT64_MAX, pointer,
	                &first_value, err) < 0 ||
	    (second != NULL &&
	     read_number(profile, second, UINT64_MAX, pointer, &second_value, err) < 0) ||
	    read_comparison(profile, json_object_get(object, "op"), pointer, &out->comparison,
	                    err) < 0)
		return -1;

	out->index = (uint32_t)index;
	out->value = first_value;
	if (out->comparison != SECCOMP_MASKED_EQUAL)
		return second_value == 0 ? 0
		                         : refuse(profile, pointer, err,
		                                  "this comparison has no second value");
	out->mask = first_value;
	out->value = second_value;
	if ((second_value & ~first_value) != 0)
		return refuse(profile, pointer, err, "a masked value that can never be equal");
	return 0;
}

static int read_conditions(struct profile *profile, json_t *array, size_t rule_index,
                           struct seccomp_rule *rule, struct error *err)
{
	uint32_t seen = 0;
	char pointer[POINTER_SIZE];

	(void)snprintf(pointer, sizeof(pointer), "/syscalls/%zu/args", rule_index);
	if (check_array(profile, array, pointer, err) < 0)
		return -1;

	rule->first_condition = profile->policy->condition_count;
	for (size_t i = 0; i < json_array_size(array); i++) {
		struct seccomp_condition *condition =
			&profile->conditions[profile->policy->condition_count];

		(void)snprintf(pointer, sizeof(pointer), "/syscalls/%zu/args/%zu", rule_index, i);
		if (read_condition(profile, json_array_get(array, i), pointer, condition, err) < 0)
			return -1;
		if ((seen & UINT32_C(1) << condition->index) != 0) {
			(void)error_hint(err,
			                 "write a rule for each condition when either will do");
			return refuse(profile, pointer, err, "two conditions on one argument");
		}
		seen |= UINT32_C(1) << condition->index;
		profile->policy->condition_count++;
		rule->condition_count++;
	}
	return 0;
}

static int read_names(struct profile *profile, json_t *array, size_t rule_index,
                      struct seccomp_rule *rule, struct error *err)
{
	char pointer[POINTER_SIZE];

	(void)snprintf(pointer, sizeof(pointer), "/syscalls/%zu/names", rule_index);
	if (!json_is_array(array) || json_array_size(array) == 0)
		return refuse(profile, pointer, err, "expected an array of system call names");

	rule->first_name = profile->policy->name_count;
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *name;

		(void)snprintf(pointer, sizeof(pointer), "/syscalls/%zu/names/%zu", rule_index, i);
		if (read_text(profile, json_array_get(array, i), pointer, &name, err) < 0)
			return -1;
		if (name[0] == '\0' || strlen(name) >= SECCOMP_NAME_SIZE)
			return refuse(profile, pointer, err, "not the name of a system call");
		memcpy(profile->names[profile->policy->name_count++], name, strlen(name) + 1);
		rule->name_count++;
	}
	return 0;
}

static int read_capabilities(const struct profile *profile, json_t *array, const char *pointer,
                             capability_set *out, struct error *err)
{
	if (check_array(profile, array, pointer, err) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *name;

		if (read_text(profile, json_array_get(array, i), pointer, &name, err) < 0)
			return -1;
		if (capability_add(out, name, err) < 0)
			return place(profile, pointer, err);
	}
	return 0;
}

/* Is this architecture among those that the array names? True for an array that is not there. */
static int read_arches(const struct profile *profile, json_t *array, const char *pointer,
                       bool *is_listed, struct error *err)
{
	*is_listed = array == NULL || json_array_size(array) == 0;
	if (check_array(profile, array, pointer, err) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *name;

		if (read_text(profile, json_array_get(array, i), pointer, &name, err) < 0)
			return -1;
		if (strcmp(name, native_short_name) == 0)
			*is_listed = true;
	}
	return 0;
}

/* "4.8" is 4 << 16 | 8. */
static int read_release(const struct profile *profile, json_t *value, const char *pointer,
                        uint32_t *out, struct error *err)
{
	unsigned int major = 0, minor = 0;
	const char *text;
	int end = 0;

	if (value == NULL || json_is_null(value))
		return 0;
	if (read_text(profile, value, pointer, &text, err) < 0)
		return -1;
	if (text[0] == '\0')
		return 0;
	if (strspn(text, "0123456789.") != strlen(text) ||
	    sscanf(text, "%5u.%5u%n", &major, &minor, &end) != 2 || text[end] != '\0' ||
	    major > RELEASE_LIMIT || minor > RELEASE_LIMIT)
		return refuse(profile, pointer, err, "expected a kernel version such as \"4.8\"");
	*out = (uint32_t)major << 16 | minor;
	return 0;
}

static int read_includes(const struct profile *profile, json_t *object, size_t rule_index,
                         struct seccomp_rule *rule, bool *is_wanted, struct error *err)
{
	static const char *const members[] = { "arches", "caps", "minKernel", NULL };
	char pointer[POINTER_SIZE];

	*is_wanted = true;
	if (object == NULL || json_is_null(object))
		return 0;
	(void)snprintf(pointer, sizeof(pointer), "/syscalls/%zu/includes", rule_index);
	if (check_members(profile, object, members, pointer, err) < 0 ||
	    read_arches(profile, json_object_get(object, "arches"), pointer, is_wanted, err) < 0 ||
	    read_release(profile, json_object_get(object, "minKernel"), pointer, &rule->min_kernel,
	                 err) < 0)
		return -1;
	return read_capabilities(profile, json_object_get(object, "caps"), pointer, &rule->needed,
	                         err);
}

static int read_excludes(const struct profile *profile, json_t *object, size_t rule_index,
                         struct seccomp_rule *rule, bool *is_wanted, struct error *err)
{
	static const char *const members[] = { "arches", "caps", NULL };
	char pointer[POINTER_SIZE];
	bool is_listed = false;
	json_t *arches;

	if (object == NULL || json_is_null(object))
		return 0;
	(void)snprintf(pointer, sizeof(pointer), "/syscalls/%zu/excludes", rule_index);
	if (check_members(profile, object, members, pointer, err) < 0)
		return -1;
	arches = json_object_get(object, "arches");
	if (read_arches(profile, arches, pointer, &is_listed, err) < 0)
		return -1;
	if (is_listed && json_array_size(arches) > 0)
		*is_wanted = false;
	return read_capabilities(profile, json_object_get(object, "caps"), pointer,
	                         &rule->forbidden, err);
}

static int read_rule(struct profile *profile, json_t *object, size_t index, struct error *err)
{
	static const char *const members[] = { "names",   "action",   "errnoRet", "args",
		                               "comment", "includes", "excludes", NULL };
	struct seccomp_rule *rule = &profile->rules[profile->policy->rule_count];
	const struct action *action;
	char pointer[POINTER_SIZE];
	bool is_wanted;

	(void)snprintf(pointer, sizeof(pointer), "/syscalls/%zu", index);
	if (check_members(profile, object, members, pointer, err) < 0)
		return -1;
	(void)snprintf(pointer, sizeof(pointer), "/syscalls/%zu/action", index);
	if (read_action(profile, object, "action", "errnoRet", pointer, &action, &rule->action,
	                err) < 0 ||
	    read_names(profile, json_object_get(object, "names"), index, rule, err) < 0 ||
	    read_conditions(profile, json_object_get(object, "args"), index, rule, err) < 0 ||
	    read_includes(profile, json_object_get(object, "includes"), index, rule, &is_wanted,
	                  err) < 0 ||
	    read_excludes(profile, json_object_get(object, "excludes"), index, rule, &is_wanted,
	                  err) < 0)
		return -1;
	if (is_wanted)
		profile->policy->rule_count++;
	else
		memset(rule, 0, sizeof(*rule));
	return 0;
}

/* Does the array of architecture names, which may be NULL, hold @wanted? */
static int find_name(const struct profile *profile, json_t *array, const char *wanted,
                     const char *pointer, bool *is_there, struct error *err)
{
	if (check_array(profile, array, pointer, err) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *name;

		if (read_text(profile, json_array_get(array, i), pointer, &name, err) < 0)
			return -1;
		if (strncmp(name, "SCMP_ARCH_", strlen("SCMP_ARCH_")) != 0)
			return refuse(profile, pointer, err, "not an architecture's name");
		*is_there = *is_there || strcmp(name, wanted) == 0;
	}
	return 0;
}

/* Docker's archMap: for each native architecture those that come with it. */
static int read_arch_map(const struct profile *profile, json_t *map, struct error *err)
{
	static const char *const members[] = { "architecture", "subArchitectures", NULL };

	if (check_array(profile, map, "/archMap", err) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(map); i++) {
		json_t *entry = json_array_get(map, i);
		bool has_compat = false;
		char pointer[POINTER_SIZE];
		const char *name;

		(void)snprintf(pointer, sizeof(pointer), "/archMap/%zu", i);
		if (check_members(profile, entry, members, pointer, err) < 0 ||
		    read_text(profile, json_object_get(entry, "architecture"), pointer, &name,
		              err) < 0 ||
		    find_name(profile, json_object_get(entry, "subArchitectures"), compat_name,
		              pointer, &has_compat, err) < 0)
			return -1;
		if (strcmp(name, native_name) == 0)
			profile->policy->admits_compat |= has_compat;
	}
	return 0;
}

static int read_architectures(const struct profile *profile, json_t *root, struct error *err)
{
	json_t *map = json_object_get(root, "archMap");
	json_t *list = json_object_get(root, "architectures");

	if (json_array_size(map) > 0 && json_array_size(list) > 0)
		return refuse(profile, "/architectures", err,
		              "both architectures and archMap are given");
	if (read_arch_map(profile, map, err) < 0)
		return -1;
	return find_name(profile, list, compat_name, "/architectures",
	                 &profile->policy->admits_compat, err);
}

/* Denials are always logged, and there is one thread to load the filter into. */
static int read_flags(const struct profile *profile, json_t *flags, struct error *err)
{
	if (check_array(profile, flags, "/flags", err) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(flags); i++) {
		const char *flag;

		if (read_text(profile, json_array_get(flags, i), "/flags", &flag, err) < 0)
			return -1;
		if (strcmp(flag, "SECCOMP_FILTER_FLAG_LOG") != 0 &&
		    strcmp(flag, "SECCOMP_FILTER_FLAG_TSYNC") != 0)
			return refuse(profile, "/flags", err,
			              "only SECCOMP_FILTER_FLAG_LOG and _TSYNC are known");
	}
	return 0;
}

static int read_default(const struct profile *profile, json_t *root, struct error *err)
{
	const struct action *action;

	if (read_action(profile, root, "defaultAction", "defaultErrnoRet", "/defaultAction",
	                &action, &profile->policy->default_action, err) < 0)
		return -1;
	if (!action->is_denial) {
		(void)error_hint(err, "list what the program needs, or relax seccomp-off");
		return refuse(profile, "/defaultAction", err,
		              "a profile that allows what it does not know");
	}
	return 0;
}

/* Room for all that the profile can hold, counted before it is judged. */
static int make_room(struct profile *profile, json_t *rules, struct arena *arena, struct error *err)
{
	const size_t rule_count = json_array_size(rules);
	size_t name_count = 0, condition_count = 0;

	for (size_t i = 0; i < rule_count; i++) {
		json_t *rule = json_array_get(rules, i);

		name_count += json_array_size(json_object_get(rule, "names"));
		condition_count += json_array_size(json_object_get(rule, "args"));
	}
	if (rule_count > ITEM_MAX || name_count > ITEM_MAX || condition_count > ITEM_MAX)
		return refuse(profile, "/syscalls", err, "too many rules");

	profile->names = arena_alloc(arena, (name_count + 1) * sizeof(*profile->names), err);
	profile->conditions =
		arena_alloc(arena, (condition_count + 1) * sizeof(*profile->conditions), err);
	profile->rules = arena_alloc(arena, (rule_count + 1) * sizeof(*profile->rules), err);
	if (profile->names == NULL || profile->conditions == NULL || profile->rules == NULL)
		return -1;
	profile->policy->names = (const char(*)[SECCOMP_NAME_SIZE])profile->names;
	profile->policy->conditions = profile->conditions;
	profile->policy->rules = profile->rules;
	return 0;
}

static int read_rules(struct profile *profile, json_t *rules, struct arena *arena,
                      struct error *err)
{
	if (!json_is_array(rules) || json_array_size(rules) == 0)
		return refuse(profile, "/syscalls", err, "expected an array of rules");
	if (make_room(profile, rules, arena, err) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(rules); i++) {
		if (read_rule(profile, json_array_get(rules, i), i, err) < 0)
			return -1;
	}
	return 0;
}

int seccomp_profile_read(const char *text, size_t size, const char *origin, struct arena *arena,
                         struct seccomp_policy **out, struct error *err)
{
	static const char *const members[] = {
		"defaultAction", "defaultErrnoRet", "archMap", "architectures",
		"flags",         "syscalls",        NULL
	};
	struct profile profile = { .origin = origin };
	char pointer[POINTER_SIZE];
	json_error_t syntax;
	json_auto_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &syntax);

	if (root == NULL) {
		(void)error_set(err, ERROR_SPEC, "the seccomp profile is not JSON");
		(void)snprintf(pointer, sizeof(pointer), "line %d, column %d", syntax.line,
		               syntax.column);
		return place(&profile, pointer, err);
	}
	profile.policy = arena_alloc(arena, sizeof(*profile.policy), err);
	if (profile.policy == NULL)
		return -1;
	if (check_members(&profile, root, members, "/", err) < 0 ||
	    read_default(&profile, root, err) < 0 || read_architectures(&profile, root, err) < 0 ||
	    read_flags(&profile, json_object_get(root, "flags"), err) < 0 ||
	    read_rules(&profile, json_object_get(root, "syscalls"), arena, err) < 0)
		return -1;
	*out = profile.policy;
	return 0;
}
