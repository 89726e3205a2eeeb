/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "seccomp_reference.h"

#include <check.h>
#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/seccomp.h"

#if defined(__x86_64__)
#define COMPAT_TOKEN SCMP_ARCH_X86
#elif defined(__aarch64__)
#define COMPAT_TOKEN SCMP_ARCH_ARM
#endif

static bool condition_holds(const struct seccomp_condition *condition,
                            const struct seccomp_data *call)
{
	const uint64_t argument = call->args[condition->index];

	switch ((enum seccomp_comparison)condition->comparison) {
	case SECCOMP_NOT_EQUAL:
		return argument != condition->value;
	case SECCOMP_LESS:
		return argument < condition->value;
	case SECCOMP_LESS_OR_EQUAL:
		return argument <= condition->value;
	case SECCOMP_EQUAL:
		return argument == condition->value;
	case SECCOMP_GREATER_OR_EQUAL:
		return argument >= condition->value;
	case SECCOMP_GREATER:
		return argument > condition->value;
	case SECCOMP_MASKED_EQUAL:
		return (argument & condition->mask) == condition->value;
	case SECCOMP_COMPARISON_COUNT:
		break;
	}
	ck_abort_msg("unknown comparison");
}

static bool rule_holds(const struct seccomp_request *request, const struct seccomp_rule *rule,
                       const struct seccomp_data *call)
{
	if ((rule->needed & request->capabilities) != rule->needed ||
	    (rule->forbidden & request->capabilities) != 0 || rule->min_kernel > request->kernel)
		return false;
	for (uint32_t i = 0; i < rule->condition_count; i++) {
		if (!condition_holds(&request->policy->conditions[rule->first_condition + i], call))
			return false;
	}
	return true;
}

static bool rule_names(const struct seccomp_policy *policy, const struct seccomp_rule *rule,
                       const char *name)
{
	for (uint32_t i = 0; i < rule->name_count; i++) {
		if (strcmp(policy->names[rule->first_name + i], name) == 0)
			return true;
	}
	return false;
}

uint32_t reference_action(const struct seccomp_request *request, const char *name,
                          const struct seccomp_data *call)
{
	const struct seccomp_policy *policy = request->policy;

	if (name == NULL)
		return policy->default_action;
	for (size_t i = 0; i < request->allowed_count; i++) {
		if (strcmp(request->allowed[i], name) == 0)
			return SECCOMP_RET_ALLOW;
	}
	for (uint32_t i = 0; i < policy->rule_count && strcmp(name, "socketcall") != 0; i++) {
		const struct seccomp_rule *rule = &policy->rules[i];

		if (rule_names(policy, rule, name) && rule_holds(request, rule, call))
			return rule->action;
	}
	return policy->default_action;
}

bool reference_is_contested(const struct seccomp_request *request, const char *name,
                            const struct seccomp_data *call)
{
	const struct seccomp_policy *policy = request->policy;
	const uint32_t first = reference_action(request, name, call);

	for (uint32_t i = 0; i < policy->rule_count && name != NULL; i++) {
		const struct seccomp_rule *rule = &policy->rules[i];

		if (rule->action != first && rule_names(policy, rule, name) &&
		    rule_holds(request, rule, call))
			return true;
	}
	return false;
}

char *reference_name(uint32_t arch, int number)
{
	/* libseccomp's tokens are the kernel's numbers, but for x32. */
	return seccomp_syscall_resolve_num_arch(arch, number);
}

static void add_rule(scmp_filter_ctx filter, const struct seccomp_policy *policy,
                     const struct seccomp_rule *rule, const char *name)
{
	static const enum scmp_compare operators[] = { SCMP_CMP_NE,       SCMP_CMP_LT, SCMP_CMP_LE,
		                                       SCMP_CMP_EQ,       SCMP_CMP_GE, SCMP_CMP_GT,
		                                       SCMP_CMP_MASKED_EQ };
	struct scmp_arg_cmp arguments[SECCOMP_CONDITION_COUNT];
	const int number = seccomp_syscall_resolve_name(name);
	int result;

	if (number == __NR_SCMP_ERROR || rule->action == policy->default_action)
		return;
	for (uint32_t i = 0; i < rule->condition_count; i++) {
		const struct seccomp_condition *condition =
			&policy->conditions[rule->first_condition + i];
		const bool is_masked = condition->comparison == SECCOMP_MASKED_EQUAL;

		arguments[i] =
			(struct scmp_arg_cmp){ condition->index, operators[condition->comparison],
			                       is_masked ? condition->mask : condition->value,
			                       is_masked ? condition->value : 0 };
	}
	result = seccomp_rule_add_array(filter, rule->action, number, rule->condition_count,
	                                arguments);
	ck_assert_msg(result == 0, "libseccomp refuses a rule for %s: %d", name, result);
}

static void export_filter(scmp_filter_ctx filter, struct sock_fprog *out)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	struct stat status;

	ck_assert_int_eq(seccomp_export_bpf(filter, fd), 0);
	ck_assert_int_eq(fstat(fd, &status), 0);
	out->len = (unsigned short)((size_t)status.st_size / sizeof(*out->filter));
	out->filter = malloc((size_t)status.st_size);
	ck_assert_int_eq(pread(fd, out->filter, (size_t)status.st_size, 0), status.st_size);
	(void)close(fd);
}

void reference_compile(const struct seccomp_request *request, struct sock_fprog *out)
{
	const struct seccomp_policy *policy = request->policy;
	scmp_filter_ctx filter = seccomp_init(policy->default_action);

	ck_assert_ptr_nonnull(filter);
	ck_assert_int_eq(seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)),
	                 0);
	if (policy->admits_compat)
		ck_assert_int_eq(seccomp_arch_add(filter, COMPAT_TOKEN), 0);
	/* Before the rules for the calls that it multiplexes, which it then covers. */
	if (!policy->is_oci)
		ck_assert_int_eq(
			seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socketcall), 0),
			0);
	for (uint32_t i = 0; i < policy->rule_count; i++) {
		const struct seccomp_rule *rule = &policy->rules[i];

		for (uint32_t j = 0; j < rule->name_count; j++)
			add_rule(filter, policy, rule, policy->names[rule->first_name + j]);
	}
	export_filter(filter, out);
	seccomp_release(filter);
}
