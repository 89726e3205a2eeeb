/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/operation_parts.h"

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

static int run_hooks(const struct container *container, const struct spec *spec,
                     enum plan_hook_point point, const char *status, pid_t pid, struct error *err)
{
	AUTO_ARENA struct arena *arena = NULL;
	AUTO_TEXT struct text state = { 0 };
	struct plan_hook_list hooks = { .count = 0 };

	if (arena_new(&arena, err) < 0 || plan_hooks(spec, point, arena, &hooks, err) < 0)
		return -1;
	if (hooks.count == 0)
		return 0;
	container_describe(container, status, pid, CONTAINER_VIEW_HOOK, &state);
	if (state.is_broken)
		return error_set(err, ERROR_SYSTEM, "no memory for the state that hooks are told");
	for (size_t i = 0; i < hooks.count; i++) {
		const struct plan_hook_list one = { .items = &hooks.items[i], .count = 1 };

		if (hooks_run(&one, state.bytes, err) < 0)
			warn(err);
	}
	return 0;
}

void operation_run_hooks(const struct container *container, const struct spec *spec,
                         enum plan_hook_point point, const char *status, pid_t pid)
{
	struct error err = { .kind = ERROR_NONE };

	if (run_hooks(container, spec, point, status, pid, &err) < 0)
		warn(&err);
}
