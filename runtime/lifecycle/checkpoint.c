/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/number.h"
#include "kernel/cgroup.h"
#include "kernel/host.h"
#include "lifecycle/criu_parts.h"
#include "lifecycle/operations.h"

static void free_plan(struct plan **owner)
{
	plan_free(*owner);
}

#define AUTO_PLAN CLEANUP(free_plan)

static int check_status(const struct container *container, struct error *err)
{
	const enum container_status status = container_look(container);

	if (status == CONTAINER_RUNNING || status == CONTAINER_PAUSED)
		return 0;
	return error_set(err, ERROR_STATE, "container not running: %s is %s", container->id,
	                 container_status_name(status));
}

static int add_parent(const struct checkpoint_request *request, struct criu_call *call,
                      struct error *err)
{
	char path[PATH_MAX];
	struct stat found;

	if (request->parent_path == NULL)
		return 0;
	if (request->parent_path[0] == '/') {
		(void)error_set(err, ERROR_USAGE, "\"%.80s\" is not relative to --image-path",
		                request->parent_path);
		return error_at(err, "--parent-path");
	}
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", call->images, request->parent_path) >=
	            sizeof(path) ||
	    stat(path, &found) < 0 || !S_ISDIR(found.st_mode)) {
		(void)error_set(err, ERROR_USAGE, "there is no folder %.80s below --image-path",
		                request->parent_path);
		return error_at(err, "--parent-path");
	}
	helper_words_add(&call->words, "parent=%s", request->parent_path);
	return 0;
}

/* "ADDRESS:PORT"; an address of version 6 has colons of its own. */
static int add_page_server(const struct checkpoint_request *request, struct criu_call *call,
                           struct error *err)
{
	const char *text = request->page_server;
	const char *colon = text == NULL ? NULL : strrchr(text, ':');
	uint64_t port = 0;

	if (text == NULL)
		return 0;
	if (colon == NULL || colon == text || !number_parse(colon + 1, UINT16_MAX, &port) ||
	    port == 0) {
		(void)error_set(err, ERROR_USAGE, "\"%.80s\" is not ADDRESS:PORT", text);
		return error_at(err, "--page-server");
	}
	helper_words_add(&call->words, "page-server=%u:%.*s", (unsigned int)port,
	                 (int)(colon - text), text);
	return 0;
}

static void add_switches(const struct checkpoint_request *request, struct helper_words *words)
{
	if (request->leaves_running)
		helper_words_add(words, "leave-running");
	if (request->skips_tcp_in_flight)
		helper_words_add(words, "tcp-skip-in-flight");
	if (request->is_pre_dump || request->parent_path != NULL)
		helper_words_add(words, "track-mem");
	/* Those of binds, whose sources are where the container is restored, too. */
	helper_words_add(words, "external-sharing");
	helper_words_add(words, "external-masters");
}

static int add_container(const struct container *container, const struct plan *plan,
                         struct criu_call *call, struct error *err)
{
	const struct container_state *state = &container->state;

	helper_words_add(&call->words, "pid=%d", (int)state->init.pid);
	helper_words_add(&call->words, "root=%s", state->rootfs);
	/*
	 * Only what is frozen anyway: a process that waits for its vfork(2) to execute cannot be
	 * stopped when the child is frozen before it does, and criu gives up.
	 */
	if (container_look(container) == CONTAINER_PAUSED)
		helper_words_add(&call->words, "freeze=" CGROUP_MOUNT_POINT "%s", state->cgroup);
	return criu_name_parts(plan, state->init.pid, &call->words, err);
}

static int make_plan(const struct checkpoint_request *request, struct plan **out, struct error *err)
{
	struct host host;

	host_init(&host);
	return plan_make(request->spec, &host, &request->plan, out, err);
}

static int dump(const struct container *container, const struct checkpoint_request *request,
                struct error *err)
{
	AUTO_CRIU_CALL struct criu_call call = CRIU_CALL_NONE;
	AUTO_PLAN struct plan *plan = NULL;
	pid_t none = 0;

	call.verb = request->is_pre_dump ? CRIU_PRE_DUMP : CRIU_DUMP;
	call.options = &request->criu;
	if (criu_begin(&call, err) < 0 || make_plan(request, &plan, err) < 0 ||
	    criu_check_plan(plan, container->state.has_landlock, err) < 0 ||
	    add_parent(request, &call, err) < 0 || add_page_server(request, &call, err) < 0 ||
	    add_container(container, plan, &call, err) < 0 ||
	    criu_keep_streams(call.images, &container->state, &call.words, err) < 0)
		return -1;
	add_switches(request, &call.words);
	return criu_run(&call, &none, err);
}

int container_checkpoint(struct container *container, const struct checkpoint_request *request,
                         struct error *err)
{
	if (check_status(container, err) < 0 || dump(container, request, err) < 0)
		return -1;
	if (request->leaves_running || request->is_pre_dump)
		return 0;
	return container_delete(container, request->spec, true, err);
}
