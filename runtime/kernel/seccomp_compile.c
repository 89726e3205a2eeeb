/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/seccomp_compile.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/seccomp.h"
#include "kernel/seccomp_emit.h"

#define AUTO_BUILDER CLEANUP(release_builder)

#if defined(__x86_64__)
#define COMPAT_TOKEN SCMP_ARCH_X86
#elif defined(__aarch64__)
#define COMPAT_TOKEN SCMP_ARCH_ARM
#endif

#define ALLOWED_ANYWAY UINT32_MAX           /* in place of a rule's index */
#define X32_FIRST      UINT32_C(0x40000000) /* __X32_SYSCALL_BIT */

/* Its arguments lie in memory, where no filter sees them. */
static const char socketcall_name[] = "socketcall";

/*
 * The calls of i386 that used to be arguments of socketcall(2) and ipc(2). libseccomp numbers
 * these names as such still. Source: kernel 4.3 and 5.1, arch/x86/entry/syscalls/syscall_32.tbl.
 */
static const struct {
	const char *name;
	int number;
} direct_calls[] = {
	{ "accept4", 364 },     { "bind", 361 },        { "connect", 362 },
	{ "getpeername", 368 }, { "getsockname", 367 }, { "getsockopt", 365 },
	{ "listen", 363 },      { "msgctl", 402 },      { "msgget", 399 },
	{ "msgrcv", 401 },      { "msgsnd", 400 },      { "recvfrom", 371 },
	{ "recvmmsg", 337 },    { "recvmsg", 372 },     { "semctl", 394 },
	{ "semget", 393 },      { "sendmmsg", 345 },    { "sendmsg", 370 },
	{ "sendto", 369 },      { "setsockopt", 366 },  { "shmat", 397 },
	{ "shmctl", 396 },      { "shmdt", 398 },       { "shmget", 395 },
	{ "shutdown", 373 },    { "socket", 359 },      { "socketpair", 360 },
};

/* One name of one rule. */
struct entry {
	uint32_t number;
	uint32_t rule; /* index in the policy, or ALLOWED_ANYWAY */
	const char *name;
};

/* What the table of one architecture is made of. */
struct builder {
	const struct seccomp_request *request;
	uint32_t token; /* libseccomp's, of the architecture */
	struct entry *entries;
	size_t entry_count;
	struct seccomp_range *ranges;
	size_t range_count;
	uint32_t *rules; /* those of all ranges, one after another */
	size_t rule_count;
};

static void release_builder(const struct builder *builder)
{
	free(builder->entries);
	free(builder->ranges);
	free(builder->rules);
}

void seccomp_compiler_name(char out[SECCOMP_COMPILER_SIZE])
{
	const struct scmp_version *library = seccomp_version();

	memset(out, 0, SECCOMP_COMPILER_SIZE);
	(void)snprintf(out, SECCOMP_COMPILER_SIZE, "%s %u.%u.%u %x", HARDRUN_VERSION,
	               library->major, library->minor, library->micro, SECCOMP_NATIVE_ARCH);
}

bool seccomp_name_is_known(const char *name)
{
	return seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR;
}

static bool is_allowed_by_name(const struct seccomp_request *request, const char *name)
{
	for (size_t i = 0; i < request->allowed_count; i++) {
		if (strcmp(request->allowed[i], name) == 0)
			return true;
	}
	return false;
}

static bool rule_applies(const struct seccomp_request *request, const struct seccomp_rule *rule)
{
	return (rule->needed & ~request->capabilities) == 0 &&
	       (rule->forbidden & request->capabilities) == 0 &&
	       rule->min_kernel <= request->kernel;
}

static bool lets_through(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

bool seccomp_policy_allows(const struct seccomp_request *request, const char *name)
{
	const struct seccomp_policy *policy = request->policy;

	if (is_allowed_by_name(request, name))
		return true;
	for (uint32_t i = 0; i < policy->rule_count; i++) {
		const struct seccomp_rule *rule = &policy->rules[i];

		if (!lets_through(rule->action) || !rule_applies(request, rule))
			continue;
		for (uint32_t j = 0; j < rule->name_count; j++) {
			if (strcmp(policy->names[rule->first_name + j], name) == 0)
				return true;
		}
	}
	return false;
}

/* The number of the call @name; negative when this architecture has none. */
static int find_number(uint32_t token, const char *name)
{
	const int number = seccomp_syscall_resolve_name_arch(token, name);

	if (number >= 0 || token != SCMP_ARCH_X86)
		return number;
	for (size_t i = 0; i < ARRAY_LEN(direct_calls); i++) {
		if (strcmp(direct_calls[i].name, name) == 0)
			return direct_calls[i].number;
	}
	return number;
}

static void add_entry(struct builder *builder, const char *name, uint32_t rule)
{
	const int number = find_number(builder->token, name);

	if (number >= 0)
		builder->entries[builder->entry_count++] =
			(struct entry){ (uint32_t)number, rule, name };
}

static void add_rule(struct builder *builder, uint32_t index)
{
	const struct seccomp_policy *policy = builder->request->policy;
	const struct seccomp_rule *rule = &policy->rules[index];

	for (uint32_t i = 0; i < rule->name_count; i++) {
		const char *name = policy->names[rule->first_name + i];

		if (!is_allowed_by_name(builder->request, name) &&
		    (policy->is_oci || strcmp(name, socketcall_name) != 0))
			add_entry(builder, name, index);
	}
}

static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = left;
	const struct entry *b = right;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return (a->rule > b->rule) - (a->rule < b->rule);
}

/* Rules may share names, so that there can be more entries than names. */
static size_t count_entries(const struct seccomp_request *request)
{
	size_t count = request->allowed_count;

	for (uint32_t i = 0; i < request->policy->rule_count; i++)
		count += request->policy->rules[i].name_count;
	return count;
}

/* Sorted by number, and for one number in the order of the rules. */
static int collect_entries(struct builder *builder, struct error *err)
{
	const struct seccomp_request *request = builder->request;
	const size_t limit = count_entries(request) + 1;

	builder->entries = calloc(limit, sizeof(*builder->entries));
	builder->ranges = calloc(2 * limit, sizeof(*builder->ranges));
	builder->rules = calloc(limit, sizeof(*builder->rules));
	if (builder->entries == NULL || builder->ranges == NULL || builder->rules == NULL)
		return error_set_errno(err, "cannot compile the seccomp filter");

	for (size_t i = 0; i < request->allowed_count; i++)
		add_entry(builder, request->allowed[i], ALLOWED_ANYWAY);
	for (uint32_t i = 0; i < request->policy->rule_count; i++) {
		if (rule_applies(request, &request->policy->rules[i]))
			add_rule(builder, i);
	}
	qsort(builder->entries, builder->entry_count, sizeof(*builder->entries), compare_entries);
	return 0;
}

/* Neighbours with the same fate are one range. */
static void add_range(struct builder *builder, const struct seccomp_range *range)
{
	if (builder->range_count > 0) {
		const struct seccomp_range *last = &builder->ranges[builder->range_count - 1];

		if (last->rule_count == 0 && range->rule_count == 0 &&
		    last->action == range->action)
			return;
	}
	builder->ranges[builder->range_count++] = *range;
}

/* An unconditional rule ends the matter: one behind it that wants something else is a mistake. */
static int check_rest(const struct builder *builder, const struct entry *entries, size_t count,
                      struct error *err)
{
	const struct seccomp_rule *rules = builder->request->policy->rules;

	for (size_t i = 1; i < count; i++) {
		if (rules[entries[i].rule].action != rules[entries[0].rule].action)
			return error_set(err, ERROR_SPEC,
			                 "the seccomp profile contradicts itself about %s",
			                 entries[0].name);
	}
	return 0;
}

/* As libseccomp does, for those who write profiles for it. */
static void judge_as_oci(struct builder *builder, const struct entry *entries, size_t count)
{
	const struct seccomp_policy *policy = builder->request->policy;
	const size_t first = builder->rule_count;
	struct seccomp_range range = { .first = entries[0].number,
		                       .action = policy->default_action,
		                       .rules = &builder->rules[first] };

	for (size_t i = 0; i < count; i++) {
		const struct seccomp_rule *rule = &policy->rules[entries[i].rule];

		if (rule->action == policy->default_action)
			continue;
		if (rule->condition_count == 0) {
			range.action = rule->action;
			builder->rule_count = first;
			break;
		}
		builder->rules[builder->rule_count++] = entries[i].rule;
	}
	range.rule_count = builder->rule_count - first;
	add_range(builder, &range);
}

/* Decide about the number of the @count entries. */
static int judge_number(struct builder *builder, const struct entry *entries, size_t count,
                        struct error *err)
{
	const struct seccomp_policy *policy = builder->request->policy;
	struct seccomp_range range = { .first = entries[0].number,
		                       .action = policy->default_action,
		                       .rules = &builder->rules[builder->rule_count] };

	if (entries[0].rule == ALLOWED_ANYWAY) {
		range.action = SECCOMP_RET_ALLOW;
		add_range(builder, &range);
		return 0;
	}
	if (policy->is_oci) {
		judge_as_oci(builder, entries, count);
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		const struct seccomp_rule *rule = &policy->rules[entries[i].rule];

		if (rule->condition_count == 0) {
			range.action = rule->action;
			if (check_rest(builder, entries + i, count - i, err) < 0)
				return -1;
			break;
		}
		builder->rules[builder->rule_count++] = entries[i].rule;
		range.rule_count++;
	}
	add_range(builder, &range);
	return 0;
}

static bool lets_unknown_through(const struct seccomp_policy *policy)
{
	const uint32_t action = policy->default_action & SECCOMP_RET_ACTION_FULL;

	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG ||
	       action == SECCOMP_RET_TRACE;
}

/*
 * The numbers from @first on, which no rule names. Calls newer than a profile get what they
 * would get from a kernel that lacks them, so that programs use an older one.
 */
static void add_rest(struct builder *builder, uint32_t first)
{
	const struct seccomp_policy *policy = builder->request->policy;
	struct seccomp_range range = { .first = first, .action = policy->default_action };

	if (policy->is_oci && !lets_unknown_through(policy) && builder->entry_count > 0)
		range.action = SECCOMP_RET_ERRNO | ENOSYS;
	add_range(builder, &range);
	if (policy->is_oci && first < X32_FIRST) {
		range = (struct seccomp_range){ .first = X32_FIRST,
			                        .action = SECCOMP_RET_ERRNO | ENOSYS };
		add_range(builder, &range);
	}
}

static int build_ranges(struct builder *builder, struct error *err)
{
	struct seccomp_range gap = { .action = builder->request->policy->default_action };
	size_t i = 0;

	while (i < builder->entry_count) {
		const struct entry *entries = &builder->entries[i];
		size_t count = 1;

		while (i + count < builder->entry_count &&
		       entries[count].number == entries[0].number)
			count++;
		if (entries[0].number > gap.first)
			add_range(builder, &gap);
		if (judge_number(builder, entries, count, err) < 0)
			return -1;
		gap.first = entries[0].number + 1;
		i += count;
	}
	add_rest(builder, gap.first);
	return 0;
}

static int build_table(struct builder *builder, uint32_t arch, struct seccomp_table *out,
                       struct error *err)
{
	if (collect_entries(builder, err) < 0 || build_ranges(builder, err) < 0)
		return -1;
	*out = (struct seccomp_table){ .arch = arch,
		                       .ranges = builder->ranges,
		                       .range_count = builder->range_count };
	return 0;
}

int seccomp_policy_compile(const struct seccomp_request *request, struct sock_fprog *out,
                           struct error *err)
{
	AUTO_BUILDER struct builder native = { .request = request, .token = SCMP_ARCH_NATIVE };
	AUTO_BUILDER struct builder compat = { .request = request, .token = COMPAT_TOKEN };
	AUTO_FREE struct sock_filter *instructions = calloc(BPF_MAXINSNS, sizeof(*instructions));
	struct seccomp_code code = { .instructions = instructions };
	struct seccomp_table tables[2];
	size_t count = 1;

	if (instructions == NULL)
		return error_set_errno(err, "cannot compile the seccomp filter");
	if (build_table(&native, SECCOMP_NATIVE_ARCH, &tables[0], err) < 0)
		return -1;
	if (request->policy->admits_compat &&
	    build_table(&compat, SECCOMP_COMPAT_ARCH, &tables[count++], err) < 0)
		return -1;

	seccomp_emit(&code, request->policy, tables, count, SECCOMP_RET_ERRNO | ENOSYS);
	if (code.is_overfull)
		return error_set(err, ERROR_SPEC,
		                 "the seccomp profile makes a filter longer than the kernel's %d "
		                 "instructions",
		                 BPF_MAXINSNS);
	out->len = (unsigned short)code.count;
	out->filter = instructions;
	instructions = NULL;
	return 0;
}

/* Sizes first, so that no two requests have the same bytes. */
static void add_array(struct sha256 *hash, const void *items, size_t count, size_t size)
{
	const uint64_t total = (uint64_t)count * size;

	sha256_add(hash, &total, sizeof(total));
	sha256_add(hash, items, count * size);
}

static void add_text(struct sha256 *hash, const char *text)
{
	add_array(hash, text, strlen(text), 1);
}

void seccomp_policy_digest(const struct seccomp_request *request, uint8_t digest[SHA256_SIZE])
{
	const struct seccomp_policy *policy = request->policy;
	const struct scmp_version *library = seccomp_version();
	const uint32_t numbers[] = {
		library->major,         library->minor,        library->micro,  SECCOMP_NATIVE_ARCH,
		policy->default_action, policy->admits_compat, request->kernel, policy->is_oci,
	};
	struct sha256 hash;

	sha256_start(&hash);
	add_text(&hash, HARDRUN_VERSION);
	add_array(&hash, numbers, ARRAY_LEN(numbers), sizeof(numbers[0]));
	add_array(&hash, &request->capabilities, 1, sizeof(request->capabilities));
	add_array(&hash, policy->names, policy->name_count, sizeof(policy->names[0]));
	add_array(&hash, policy->conditions, policy->condition_count,
	          sizeof(policy->conditions[0]));
	add_array(&hash, policy->rules, policy->rule_count, sizeof(policy->rules[0]));
	for (size_t i = 0; i < request->allowed_count; i++)
		add_text(&hash, request->allowed[i]);
	sha256_finish(&hash, digest);
}
