/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/operation_parts.h"

#include <stdlib.h>

#include "base/log.h"
#include "plan/plan_make.h"
#include "sandbox/hooks.h"

int operation_describe(void *context, const char *status, pid_t pid, char **out, struct error *err)
{
	const struct container *container = context;
	AUTO_TEXT struct text text = { 0 };

	container_describe(container, status, pid, CONTAINER_VIEW_HOOK, &text);
	*out = text_take(&text, err);
	return *out == NULL ? -1 : 0;
}

static void warn(struct error *err)
{
	if (err->kind != ERROR_NONE)
		log_warning(err);
	*err = (struct error){ .kind = ERROR_NONE };
}

/* Those of one point, and the state that they are told. */
struct late_hooks {
	struct arena *arena;
	struct text state;
	struct plan_hook_list list;
};

static void late_hooks_clear(struct late_hooks *hooks)
{
	arena_free(hooks->arena);
	text_release(&hooks->state);
}

#define AUTO_LATE_HOOKS CLEANUP(late_hooks_clear)

static int read_hooks(const struct container *container, const struct spec *spec,
                      enum plan_hook_point point, struct late_hooks *out, struct error *err)
{
	const bool has_ended = point == PLAN_HOOK_POSTSTOP;

	if (arena_new(&out->arena, err) < 0 ||
	    plan_hooks(spec, point, out->arena, &out->list, err) < 0)
		return -1;
	container_describe(container, has_ended ? "stopped" : "running",
	                   has_ended ? 0 : container->state.init.pid, CONTAINER_VIEW_HOOK,
	                   &out->state);
	if (out->state.is_broken)
		return error_set(err, ERROR_SYSTEM, "no memory for the state that hooks are told");
	return 0;
}

static void run_each(const struct late_hooks *hooks)
{
	struct error err = { .kind = ERROR_NONE };

	for (size_t i = 0; i < hooks->list.count; i++) {
		const struct plan_hook_list one = { .items = &hooks->list.items[i], .count = 1 };

		if (hooks_run(&one, hooks->state.bytes, &err) < 0)
			warn(&err);
	}
}

/* Who wrote a config.json of an earlier version was promised that the container goes on. */
static bool is_stopped_by_poststart(const char *version)
{
	char *end = NULL;
	const long major = strtol(version, &end, 10);

	return major > 1 || (*end == '.' && strtol(end + 1, NULL, 10) >= 3);
}

int operation_run_poststart(const struct container *container, const struct spec *spec,
                            struct error *err)
{
	AUTO_LATE_HOOKS struct late_hooks hooks = { .arena = NULL };

	if (read_hooks(container, spec, PLAN_HOOK_POSTSTART, &hooks, err) < 0)
		return -1;
	if (is_stopped_by_poststart(spec->oci->version))
		return hooks_run(&hooks.list, hooks.state.bytes, err);
	run_each(&hooks);
	return 0;
}

void operation_run_poststop(const struct container *container, const struct spec *spec)
{
	AUTO_LATE_HOOKS struct late_hooks hooks = { .arena = NULL };
	struct error err = { .kind = ERROR_NONE };

	if (read_hooks(container, spec, PLAN_HOOK_POSTSTOP, &hooks, &err) < 0)
		warn(&err);
	run_each(&hooks);
}
