/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "kernel/seccomp.h"
#include "kernel/seccomp_cache.h"
#include "kernel/seccomp_compile.h"
#include "plan/plan_steps.h"

/* What relax.nested-user-namespaces allows, whatever its arguments; clone3 stays unknown. */
static const char *const namespace_calls[] = { "clone", "setns", "unshare" };

/* hardrun needs them between the filter and the program, or to give up there. */
static const struct {
	int number;
	const char *name;
} needed_calls[] = {
	{ SYS_execve, "execve" },
	{ SYS_exit_group, "exit_group" },
};

static int refuse_unknown(const struct spec_text *text, struct error *err)
{
	struct text_nearest nearest = { .word = text->value };
	const struct seccomp_policy *policy = &seccomp_default_policy;

	for (uint32_t i = 0; i < policy->name_count; i++) {
		if (seccomp_name_is_known(policy->names[i]))
			text_nearest_try(&nearest, policy->names[i]);
	}
	(void)error_set(err, ERROR_SPEC, "unknown system call \"%.64s\"", text->value);
	if (nearest.best != NULL)
		(void)error_hint(err, "did you mean \"%s\"?", nearest.best);
	return error_at(err, "%s", text->origin);
}

/* The names that the spec allows on top of the policy, in *@request. */
static int add_allowed(struct planner *planner, struct seccomp_request *request, struct error *err)
{
	const struct spec_text_list *extra = &planner->spec->seccomp.extra_allowed;
	const char **names = planner_array(planner, extra->count + ARRAY_LEN(namespace_calls),
	                                   sizeof(*names), err);

	if (names == NULL)
		return -1;
	for (size_t i = 0; i < extra->count; i++) {
		if (!seccomp_name_is_known(extra->items[i].value))
			return refuse_unknown(&extra->items[i], err);
		names[request->allowed_count++] = extra->items[i].value;
	}
	if (planner->spec->may_nest_user_namespaces) {
		for (size_t i = 0; i < ARRAY_LEN(namespace_calls); i++)
			names[request->allowed_count++] = namespace_calls[i];
	}
	request->allowed = names;
	return 0;
}

static int check_needed(const struct sock_fprog *filter, const struct spec_text *path,
                        struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(needed_calls); i++) {
		const struct seccomp_data call = { .nr = needed_calls[i].number,
			                           .arch = SECCOMP_NATIVE_ARCH };

		if (seccomp_filter_admits(filter, &call))
			continue;
		(void)error_set(
			err, ERROR_SPEC,
			"the seccomp profile %s does not allow %s, which starts the program",
			path->value, needed_calls[i].name);
		(void)error_hint(err, "add execve and exit_group to the names it allows");
		return error_at(err, "%s", path->origin);
	}
	return 0;
}

/* From the cache, or into it. A filter that cannot be kept is compiled again next time. */
static int make_filter(const char *cache_directory, const struct seccomp_request *request,
                       struct sock_fprog *out, struct error *err)
{
	struct error unkept = { .kind = ERROR_NONE };
	uint8_t digest[SHA256_SIZE];

	seccomp_policy_digest(request, digest);
	if (cache_directory != NULL && seccomp_cache_read(cache_directory, digest, out))
		return 0;
	if (seccomp_policy_compile(request, out, err) < 0)
		return -1;
	if (cache_directory != NULL)
		(void)!seccomp_cache_write(cache_directory, digest, out, &unkept);
	return 0;
}

static int take_filter(struct planner *planner, const struct sock_fprog *filter, struct error *err)
{
	struct sock_filter *copy = planner_array(planner, filter->len, sizeof(*copy), err);

	if (copy == NULL)
		return -1;
	memcpy(copy, filter->filter, filter->len * sizeof(*copy));
	planner->plan->seccomp = (struct sock_fprog){ .len = filter->len, .filter = copy };
	return 0;
}

/* What @policy says on this host. */
static struct seccomp_request make_request(const struct planner *planner,
                                           const struct seccomp_policy *policy)
{
	/* Asking makes the host's facts hold the release. */
	(void)host_is_at_least(planner->host, 0, 0);
	return (struct seccomp_request){
		.policy = policy,
		.capabilities = planner->spec->capabilities,
		.kernel = planner->host->release_major << 16 | planner->host->release_minor,
	};
}

/* So that who is given the same text again need not read it. Here, too, it does without. */
static void keep_text(const struct planner *planner, const struct sock_fprog *filter)
{
	const struct spec_seccomp *seccomp = &planner->spec->seccomp;
	const char *directory = planner->request->cache_directory;
	struct seccomp_known known = { .filter = *filter, .flags = planner->plan->seccomp_flags };
	struct error unkept = { .kind = ERROR_NONE };

	if (seccomp->text == NULL || directory == NULL)
		return;
	known.may_mount = plan_policy_may_mount(seccomp->policy);
	(void)!seccomp_cache_keep_text(directory, seccomp->text, seccomp->text_size, &known,
	                               &unkept);
}

static int plan_compiled(struct planner *planner, const struct seccomp_policy *policy,
                         struct error *err)
{
	const struct spec_text *path = &planner->spec->seccomp.path;
	AUTO_FREE struct sock_filter *instructions = NULL;
	struct seccomp_request request = make_request(planner, policy);
	struct sock_fprog filter;

	if (add_allowed(planner, &request, err) < 0)
		return -1;
	if (make_filter(planner->request->cache_directory, &request, &filter, err) < 0)
		return path->origin == NULL ? -1 : error_at(err, "%s", path->origin);
	instructions = filter.filter;
	keep_text(planner, &filter);
	return take_filter(planner, &filter, err);
}

/* The kernel reads the instructions only, although its struct would let it write them. */
static struct sock_fprog default_filter(void)
{
	const union {
		const struct sock_filter *ours;
		struct sock_filter *theirs;
	} view = { .ours = seccomp_default_filter };

	return (struct sock_fprog){ .len = seccomp_default_filter_length, .filter = view.theirs };
}

/*
 * Nothing is weakened but by relax: a profile of the user's own that names what the default denies
 * was not meant to be one that only narrows.
 */
static int refuse_wider(const struct seccomp_request *narrow, const struct seccomp_request *base,
                        const struct spec_text *path, struct error *err)
{
	const struct seccomp_policy *policy = narrow->policy;
	const char *first = NULL;
	size_t more = 0;

	for (uint32_t i = 0; i < policy->name_count; i++) {
		const char *name = policy->names[i];

		if (!seccomp_policy_allows(narrow, name) || seccomp_policy_allows(base, name) ||
		    !seccomp_name_is_known(name))
			continue;
		if (first == NULL)
			first = name;
		else
			more++;
	}
	if (first == NULL)
		return 0;
	if (more == 0)
		(void)error_set(err, ERROR_SPEC,
		                "the seccomp profile %s allows %s, which the default one denies",
		                path->value, first);
	else
		(void)error_set(err, ERROR_SPEC,
		                "the seccomp profile %s allows %s and %zu more system calls that "
		                "the default one denies",
		                path->value, first, more);
	(void)error_hint(err,
	                 "take them out of it; or, with the reason: \"relax\": {\"syscalls\": "
	                 "{\"allow\": [\"%s\"%s], \"reason\": \"...\"}}",
	                 first, more > 0 ? ", ..." : "");
	return error_at(err, "%s", path->origin);
}

/* The default filter, with what relax adds to it. */
static int make_base(const char *cache_directory, const struct seccomp_request *request,
                     struct sock_filter **instructions, struct sock_fprog *out, struct error *err)
{
	if (request->allowed_count == 0) {
		*out = default_filter();
		return 0;
	}
	if (make_filter(cache_directory, request, out, err) < 0)
		return -1;
	*instructions = out->filter;
	return 0;
}

static int plan_joined(struct planner *planner, const struct sock_fprog *narrow,
                       const struct sock_fprog *base, struct error *err)
{
	const struct spec_text *path = &planner->spec->seccomp.path;
	struct sock_filter *both = planner_array(planner, BPF_MAXINSNS, sizeof(*both), err);
	struct sock_fprog filter = { .filter = both };

	if (both == NULL)
		return -1;
	filter.len = seccomp_filter_join(narrow, base, both);
	if (filter.len == 0) {
		(void)error_set(err, ERROR_SPEC,
		                "the seccomp profile %s gives a filter of %hu instructions, with "
		                "which the default one is longer than the kernel takes",
		                path->value, narrow->len);
		return error_at(err, "%s", path->origin);
	}
	if (check_needed(&filter, path, err) < 0)
		return -1;
	planner->plan->seccomp = filter;
	return 0;
}

/* A profile of the user's own narrows the default one, whatever it says. */
static int plan_narrowed(struct planner *planner, struct error *err)
{
	const struct spec_seccomp *seccomp = &planner->spec->seccomp;
	const char *cache_directory = planner->request->cache_directory;
	AUTO_FREE struct sock_filter *narrow_instructions = NULL;
	AUTO_FREE struct sock_filter *base_instructions = NULL;
	struct seccomp_request narrow_request = make_request(planner, seccomp->policy);
	struct seccomp_request base_request = make_request(planner, &seccomp_default_policy);
	struct sock_fprog narrow;
	struct sock_fprog base;

	if (add_allowed(planner, &base_request, err) < 0 ||
	    refuse_wider(&narrow_request, &base_request, &seccomp->path, err) < 0)
		return -1;
	if (make_filter(cache_directory, &narrow_request, &narrow, err) < 0)
		return error_at(err, "%s", seccomp->path.origin);
	narrow_instructions = narrow.filter;
	if (make_base(cache_directory, &base_request, &base_instructions, &base, err) < 0)
		return -1;
	return plan_joined(planner, &narrow, &base, err);
}

int plan_seccomp(struct planner *planner, struct error *err)
{
	const struct spec *spec = planner->spec;

	switch (spec->seccomp.kind) {
	case SPEC_SECCOMP_OFF:
		return 0;
	case SPEC_SECCOMP_FILE:
		/* A config.json gets what it asks for. */
		return spec->oci == NULL ? plan_narrowed(planner, err)
		                         : plan_compiled(planner, spec->seccomp.policy, err);
	case SPEC_SECCOMP_KNOWN:
		return take_filter(planner, &spec->seccomp.known->filter, err);
	case SPEC_SECCOMP_DEFAULT:
		break;
	}
	if (spec->seccomp.extra_allowed.count > 0 || spec->may_nest_user_namespaces)
		return plan_compiled(planner, &seccomp_default_policy, err);
	planner->plan->seccomp = default_filter();
	return 0;
}
