/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host_policy.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "import/import.h"
#include "kernel/trusted_file.h"
#include "policy/policy.h"

#define POLICY_PATH POLICY_FOLDER "/" POLICY_NAME

static bool resolve(const char *path, char *out)
{
	return realpath(path, out) != NULL;
}

static int read_policy(int fd, struct policy *out, struct error *err)
{
	AUTO_FREE char *text = NULL;
	size_t size;

	if (file_read_fd(fd, IMPORT_POLICY_SIZE_MAX, &text, &size, err) < 0)
		return error_at(err, POLICY_PATH);
	return import_policy(text, size, POLICY_PATH, out, err);
}

/* 0: there is nobody to tell, and nothing to be refused. */
static int prepare(struct policy_request *judgement, const char *file, struct policy *policy,
                   struct error *err)
{
	AUTO_CLOSE int fd = -1;

	*judgement = (struct policy_request){
		.policy = policy,
		.file = strcmp(file, "-") == 0 ? "standard input" : file,
		.warn = log_has_file() ? log_warning : NULL,
	};
	if (trusted_file_open(POLICY_FOLDER, POLICY_NAME, &fd, err) < 0)
		return -1;
	if (fd < 0 && judgement->warn == NULL)
		return 0;
	policy_fill(policy, POLICY_WARN);
	if (fd >= 0) {
		if (read_policy(fd, policy, err) < 0)
			return -1;
		judgement->resolve = resolve;
	}
	return 1;
}

int host_policy_apply(const struct host_policy_request *request, struct spec **spec,
                      struct error *err)
{
	struct policy policy;
	struct policy_request judgement;
	const int prepared = prepare(&judgement, request->file, &policy, err);

	judgement.is_joining = request->is_joining;
	return prepared <= 0 ? prepared : policy_apply(&judgement, spec, err);
}

int host_policy_judge_update(const char *file, const struct spec_oci_resources *resources,
                             struct error *err)
{
	struct policy policy;
	struct policy_request judgement;
	const int prepared = prepare(&judgement, file, &policy, err);

	return prepared <= 0 ? prepared : policy_judge_update(&judgement, resources, err);
}
