/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/text.h"
#include "import/oci.h"

#define ID_MAX           (UINT32_MAX - 1) /* the last one means "none" */
#define UMASK_MAX        0777
#define OOM_SCORE_MAX    1000
#define CONSOLE_SIZE_MAX UINT16_MAX
#define RLIMIT_COUNT     ((size_t)16) /* kinds of limits: each may be there once */
#define CAPABILITY_MAX   ((size_t)1024)
#define IO_PRIORITY_MAX  7
#define REALTIME_MAX     99
#define GROUP_MAX        ((size_t)65536) /* setgroups(2), NGROUPS_MAX */

static int read_id(struct reader *reader, json_t *value, void *out, struct error *err)
{
	uint64_t number;

	if (fields_integer(reader, value, 0, ID_MAX, &number, err) < 0)
		return -1;
	*(uint32_t *)out = (uint32_t)number;
	return 0;
}

static int read_umask(struct reader *reader, json_t *value, void *out, struct error *err)
{
	uint64_t number;

	if (fields_integer(reader, value, 0, UMASK_MAX, &number, err) < 0)
		return -1;
	*(uint32_t *)out = (uint32_t)number;
	return 0;
}

static int read_groups(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_user *user = out;
	struct fields_items items;

	if (fields_items(reader, value, GROUP_MAX, sizeof(uint32_t), read_id, &items, err) < 0)
		return -1;
	user->additional_gids = items.items;
	user->additional_gid_count = items.count;
	return 0;
}

static const struct field user_fields[] = {
	{ "additionalGids", read_groups },
	{ "gid", read_id, true, offsetof(struct spec_user, gid) },
	{ "uid", read_id, true, offsetof(struct spec_user, uid) },
	{ "umask", read_umask, false, offsetof(struct spec_user, umask) },
};

static int read_user(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_user *user = out;

	if (fields_read(reader, value, user_fields, ARRAY_LEN(user_fields), user, err) < 0)
		return -1;
	user->origin = fields_origin(reader, err);
	return user->origin == NULL ? -1 : 0;
}

static int read_args(struct reader *reader, json_t *value, void *out, struct error *err)
{
	if (json_is_array(value) && json_array_size(value) == 0)
		return fields_refuse(reader, err, "no program is named");
	return oci_read_byte_texts(reader, value, out, err);
}

/* A variable, and which of the list it is. */
struct variable {
	const char *setting;
	size_t name_length;
	size_t index;
};

static int compare_names(const struct variable *left, const struct variable *right)
{
	const size_t length =
		left->name_length < right->name_length ? left->name_length : right->name_length;
	const int order = memcmp(left->setting, right->setting, length);

	if (order != 0)
		return order;
	return (left->name_length > right->name_length) - (left->name_length < right->name_length);
}

/* By name, and of one name by place. */
static int compare_variables(const void *left, const void *right)
{
	const struct variable *a = left;
	const struct variable *b = right;
	const int order = compare_names(a, b);

	return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

/* What is not the last of its name gets no value. */
static void mark_overridden(struct variable *variables, struct spec_text *items, size_t count)
{
	qsort(variables, count, sizeof(*variables), compare_variables);
	for (size_t i = 0; i + 1 < count; i++) {
		if (compare_names(&variables[i], &variables[i + 1]) == 0)
			items[variables[i].index].value = NULL;
	}
}

static int refuse_variable(const struct spec_text *setting, struct error *err)
{
	(void)error_set(err, ERROR_SPEC, "a variable is written NAME=value");
	return error_at(err, "%s", setting->origin);
}

/* In an array of its own, for the one that is there may be shared. */
int oci_settle_env(struct reader *reader, struct spec_text_list *env, struct error *err)
{
	struct arena *arena = reader->builder->arena;
	struct variable *variables = arena_alloc(arena, env->count * sizeof(*variables), err);
	struct spec_text *items = arena_alloc(arena, env->count * sizeof(*items), err);
	size_t kept = 0;

	if (variables == NULL || items == NULL)
		return -1;
	for (size_t i = 0; i < env->count; i++) {
		const char *setting = env->items[i].value;
		const size_t length = strcspn(setting, "=");

		if (length == 0 || setting[length] == '\0')
			return refuse_variable(&env->items[i], err);
		items[i] = env->items[i];
		variables[i] = (struct variable){ setting, length, i };
	}
	mark_overridden(variables, items, env->count);
	for (size_t i = 0; i < env->count; i++) {
		if (items[i].value != NULL)
			items[kept++] = items[i];
	}
	*env = (struct spec_text_list){ kept == 0 ? NULL : items, kept };
	return 0;
}

static int read_env(struct reader *reader, json_t *value, void *out, struct error *err)
{
	if (oci_read_byte_texts(reader, value, out, err) < 0)
		return -1;
	return oci_settle_env(reader, out, err);
}

static int read_console_length(struct reader *reader, json_t *value, void *out, struct error *err)
{
	uint64_t number;

	if (fields_integer(reader, value, 0, CONSOLE_SIZE_MAX, &number, err) < 0)
		return -1;
	*(uint16_t *)out = (uint16_t)number;
	return 0;
}

static const struct field console_fields[] = {
	{ "height", read_console_length, true, offsetof(struct spec_oci, console_rows) },
	{ "width", read_console_length, true, offsetof(struct spec_oci, console_columns) },
};

static int read_console(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_read(reader, value, console_fields, ARRAY_LEN(console_fields), out, err);
}

/* Source: runtime-spec config.md, process.capabilities: what is not known is warned about. */
static int read_capability(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct error unknown = { .kind = ERROR_NONE };
	const char *name;

	if (fields_string(reader, value, &name, err) < 0)
		return -1;
	if (capability_add(out, name, &unknown) < 0)
		fields_warn(reader, "%s: it is not granted", unknown.what);
	return 0;
}

static int read_capability_set(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_element(reader, value, CAPABILITY_MAX, read_capability, out, err);
}

static const struct field capability_fields[] = {
	{ "ambient", read_capability_set, false, offsetof(struct spec_oci_capabilities, ambient) },
	{ "bounding", read_capability_set, false,
	  offsetof(struct spec_oci_capabilities, bounding) },
	{ "effective", read_capability_set, false,
	  offsetof(struct spec_oci_capabilities, effective) },
	{ "inheritable", read_capability_set, false,
	  offsetof(struct spec_oci_capabilities, inheritable) },
	{ "permitted", read_capability_set, false,
	  offsetof(struct spec_oci_capabilities, permitted) },
};

static int read_capabilities(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_oci_capabilities *capabilities = out;

	if (fields_read(reader, value, capability_fields, ARRAY_LEN(capability_fields), out, err) <
	    0)
		return -1;
	capabilities->origin = fields_origin(reader, err);
	return capabilities->origin == NULL ? -1 : 0;
}

static int read_rlimit_type(struct reader *reader, json_t *value, void *out, struct error *err)
{
	uint64_t resource;

	if (oci_word(reader, value, &oci_rlimits, &resource, err) < 0)
		return -1;
	*(int *)out = (int)resource;
	return 0;
}

static const struct field rlimit_fields[] = {
	{ "hard", oci_read_u64, true, offsetof(struct spec_rlimit, hard) },
	{ "soft", oci_read_u64, true, offsetof(struct spec_rlimit, soft) },
	{ "type", read_rlimit_type, true, offsetof(struct spec_rlimit, resource) },
};

static int read_rlimit(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_rlimit *rlimit = out;

	if (fields_read(reader, value, rlimit_fields, ARRAY_LEN(rlimit_fields), rlimit, err) < 0)
		return -1;
	if (rlimit->soft > rlimit->hard)
		return fields_refuse(reader, err, "the soft limit is above the hard one");
	rlimit->origin = fields_origin(reader, err);
	return rlimit->origin == NULL ? -1 : 0;
}

static int check_rlimits_once(const struct spec_limits *limits, struct error *err)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < limits->rlimit_count; i++) {
		const uint32_t bit = UINT32_C(1) << limits->rlimits[i].resource;

		if ((seen & bit) != 0) {
			(void)error_set(err, ERROR_SPEC, "the same limit is set twice");
			return error_at(err, "%s", limits->rlimits[i].origin);
		}
		seen |= bit;
	}
	return 0;
}

static int read_rlimits(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_limits *limits = out;
	struct fields_items items;

	if (fields_items(reader, value, RLIMIT_COUNT, sizeof(struct spec_rlimit), read_rlimit,
	                 &items, err) < 0)
		return -1;
	limits->rlimits = items.items;
	limits->rlimit_count = items.count;
	return check_rlimits_once(limits, err);
}

static int read_oom_score(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_read_number(reader, value, -OOM_SCORE_MAX, OOM_SCORE_MAX, out, err);
}

static int read_policy(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_number_word(reader, value, &oci_scheduler_policies, out, err);
}

static int read_policy_flag(struct reader *reader, json_t *value, void *out, struct error *err)
{
	uint64_t flag;

	if (oci_word(reader, value, &oci_scheduler_flags, &flag, err) < 0)
		return -1;
	*(uint64_t *)out |= flag;
	return 0;
}

static int read_policy_flags(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_each_element(reader, value, OCI_ITEM_MAX, read_policy_flag, out, err);
}

static int read_nice(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_read_number(reader, value, PRIO_MIN, PRIO_MAX - 1, out, err);
}

static int read_priority(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_read_number(reader, value, 0, REALTIME_MAX, out, err);
}

static const struct field scheduler_fields[] = {
	{ "deadline", oci_read_unsigned, false, offsetof(struct spec_oci, scheduler_deadline) },
	{ "flags", read_policy_flags, false, offsetof(struct spec_oci, scheduler_flags) },
	{ "nice", read_nice, false, offsetof(struct spec_oci, scheduler_nice) },
	{ "period", oci_read_unsigned, false, offsetof(struct spec_oci, scheduler_period) },
	{ "policy", read_policy, true, offsetof(struct spec_oci, scheduler_policy) },
	{ "priority", read_priority, false, offsetof(struct spec_oci, scheduler_priority) },
	{ "runtime", oci_read_unsigned, false, offsetof(struct spec_oci, scheduler_runtime) },
};

static int read_scheduler(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_read(reader, value, scheduler_fields, ARRAY_LEN(scheduler_fields), out, err);
}

static int read_io_class(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_number_word(reader, value, &oci_io_classes, out, err);
}

static int read_io_level(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return oci_read_number(reader, value, 0, IO_PRIORITY_MAX, out, err);
}

static const struct field io_priority_fields[] = {
	{ "class", read_io_class, true, offsetof(struct spec_oci, io_priority_class) },
	{ "priority", read_io_level, false, offsetof(struct spec_oci, io_priority) },
};

static int read_io_priority(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_read(reader, value, io_priority_fields, ARRAY_LEN(io_priority_fields), out,
	                   err);
}

static const struct field affinity_fields[] = {
	{ "final", oci_read_ranges, false, offsetof(struct spec_oci, exec_cpu_affinity_final) },
	{ "initial", oci_read_ranges, false, offsetof(struct spec_oci, exec_cpu_affinity_initial) },
};

static int read_affinity(struct reader *reader, json_t *value, void *out, struct error *err)
{
	return fields_read(reader, value, affinity_fields, ARRAY_LEN(affinity_fields), out, err);
}

/* An empty name is none; so is "unconfined", which needs no change of profile. */
static int read_apparmor(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct spec_apparmor *apparmor = out;
	const char *name;

	if (fields_string(reader, value, &name, err) < 0)
		return -1;
	if (*name == '\0' || strcmp(name, "unconfined") == 0)
		return 0;
	apparmor->kind = SPEC_APPARMOR_NAMED;
	return oci_read_text(reader, value, &apparmor->name, err);
}

#define SPEC(member) offsetof(struct oci_document, spec.member)
#define OCI(member)  offsetof(struct oci_document, oci.member)

static const struct field process_fields[] = {
	{ "apparmorProfile", read_apparmor, false, SPEC(apparmor) },
	{ "args", read_args, true, SPEC(args) },
	{ "capabilities", read_capabilities, false, OCI(capabilities) },
	{ "consoleSize", read_console, false, offsetof(struct oci_document, oci) },
	{ "cwd", oci_read_path, true, SPEC(cwd) },
	{ "env", read_env, false, SPEC(env) },
	{ "execCPUAffinity", read_affinity, false, offsetof(struct oci_document, oci) },
	{ "ioPriority", read_io_priority, false, offsetof(struct oci_document, oci) },
	{ "noNewPrivileges", oci_read_bool, false, SPEC(no_new_privs) },
	{ "oomScoreAdj", read_oom_score, false, OCI(oom_score_adj) },
	{ "rlimits", read_rlimits, false, SPEC(limits) },
	{ "scheduler", read_scheduler, false, offsetof(struct oci_document, oci) },
	{ "selinuxLabel", oci_read_label, false, OCI(selinux_label) },
	{ "terminal", oci_read_bool, false, SPEC(has_terminal) },
	{ "user", read_user, false, SPEC(user) },
};

int oci_read_process(struct reader *reader, json_t *value, void *out, struct error *err)
{
	struct oci_document *document = out;

	if (fields_read(reader, value, process_fields, ARRAY_LEN(process_fields), document, err) <
	    0)
		return -1;
	document->spec.capabilities = document->oci.capabilities.bounding;
	document->spec.capabilities_origin = document->oci.capabilities.origin;
	return 0;
}
