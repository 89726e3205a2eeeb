/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "plan/plan_steps.h"

void *planner_array(struct planner *planner, size_t count, size_t size, struct error *err)
{
	size_t total;

	if (__builtin_mul_overflow(count > 0 ? count : 1, size, &total)) {
		(void)error_set(err, ERROR_INTERNAL, "too many things to plan: %zu", count);
		return NULL;
	}
	return arena_alloc(planner->plan->arena, total, err);
}

char *planner_text(struct planner *planner, struct error *err, const char *format, ...)
{
	va_list args;
	va_list again;
	char *text = NULL;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	if (length < 0)
		(void)error_set_errno(err, "cannot put a text of the plan together");
	else
		text = arena_alloc(planner->plan->arena, (size_t)length + 1, err);
	if (text != NULL)
		(void)vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	va_end(args);
	return text;
}

char *planner_copy(struct planner *planner, const char *text, struct error *err)
{
	const size_t size = strlen(text) + 1;
	char *copy = arena_alloc(planner->plan->arena, size, err);

	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}

const char *const *planner_texts(struct planner *planner, const struct spec_text_list *list,
                                 struct error *err)
{
	const char **texts = planner_array(planner, list->count + 1, sizeof(*texts), err);

	if (texts == NULL)
		return NULL;
	for (size_t i = 0; i < list->count; i++) {
		texts[i] = planner_copy(planner, list->items[i].value, err);
		if (texts[i] == NULL)
			return NULL;
	}
	return texts;
}

int planner_lacks(struct planner *planner, struct error *err)
{
	struct plan_lacks *lacks = planner->request->lacks;

	if (err->kind != ERROR_HOST && err->kind != ERROR_DENIED)
		return -1;
	if (lacks == NULL || lacks->count == PLAN_LACKS_MAX)
		return -1;
	lacks->items[lacks->count++] = *err;
	*err = (struct error){ .kind = ERROR_NONE };
	return 0;
}

bool planner_is_new(const struct planner *planner, uint64_t flag)
{
	return (planner->spec->shared_namespaces & flag) == 0;
}
