/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/losses.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHAT_SIZE 320 /* of struct error; bytes */

int losses_begin(struct losses *losses, const struct export_request *request,
                 const struct spec *original, const struct spec *spec, const char *language,
                 struct error *err)
{
	*losses = (struct losses){
		.request = request,
		.original = original,
		.spec = spec,
		.language = language,
	};
	losses->said = calloc(member_count, sizeof(*losses->said));
	return losses->said == NULL ? error_set(err, ERROR_SYSTEM, "out of memory") : 0;
}

void losses_release(struct losses *losses)
{
	free(losses->said);
	text_release(&losses->controls);
	text_release(&losses->titles);
}

void losses_said(struct losses *losses, const void *member)
{
	losses->said[member_at(losses->spec, member) - member_table] = true;
}

static bool is_dropped(const struct losses *losses, const char *control)
{
	for (size_t i = 0; i < losses->request->dropped_count; i++) {
		if (strcmp(losses->request->dropped[i], control) == 0)
			return true;
	}
	return false;
}

static void warn(const struct losses *losses, const char *origin, const char *what)
{
	struct error warning = { .kind = ERROR_NONE };

	if (losses->request->warn == NULL)
		return;
	(void)error_set(&warning, ERROR_SPEC, "%s", what);
	(void)error_at(&warning, "%s", origin);
	losses->request->warn(&warning);
}

/* Is @word one of those that stand in @list, with @separator between? */
static bool has_word(const struct text *list, const char *word, const char *separator)
{
	const size_t length = strlen(word);
	const char *found = list->bytes;

	while (found != NULL && (found = strstr(found, word)) != NULL) {
		const bool begins =
			found == list->bytes || found[-1] == separator[strlen(separator) - 1];

		if (begins && (found[length] == '\0' || found[length] == separator[0]))
			return true;
		found++;
	}
	return false;
}

static void add_word(struct text *list, const char *word, const char *separator)
{
	if (has_word(list, word, separator))
		return;
	if (list->length > 0)
		text_add(list, separator);
	text_add(list, word);
}

static void lose(struct losses *losses, const struct member *member, const char *origin,
                 const char *what)
{
	const bool is_restriction = member->effect == MEMBER_RESTRICTION;

	if (member->effect == MEMBER_NONE)
		return;
	if (!is_restriction || is_dropped(losses, member->control)) {
		warn(losses, origin, what);
		return;
	}
	if (losses->restriction_count == 0) {
		(void)error_set(&losses->first, ERROR_SPEC, "%s", what);
		(void)error_at(&losses->first, "%s", origin);
	}
	losses->restriction_count += !has_word(&losses->controls, member->control, ",");
	add_word(&losses->controls, member->control, ",");
	add_word(&losses->titles, member->title[0] == '\0' ? member->control : member->title, ", ");
}

static PRINTF_LIKE(4, 0) void lose_format(struct losses *losses, const struct member *member,
                                          const char *origin, const char *format, va_list args)
{
	char what[WHAT_SIZE * 2];
	char shown[WHAT_SIZE];

	(void)vsnprintf(what, sizeof(what), format, args);
	text_shorten(shown, sizeof(shown), what);
	lose(losses, member, origin, shown);
}

void losses_add(struct losses *losses, const void *member, const char *origin, const char *format,
                ...)
{
	va_list args;

	losses_said(losses, member);
	va_start(args, format);
	lose_format(losses, member_at(losses->spec, member), origin, format, args);
	va_end(args);
}

void losses_add_of_item(struct losses *losses, const char *name, const char *origin,
                        const char *format, ...)
{
	va_list args;

	va_start(args, format);
	lose_format(losses, member_called(MEMBER_OF_ITEM, name), origin, format, args);
	va_end(args);
}

void losses_note(struct losses *losses, const char *origin, const char *format, ...)
{
	char what[WHAT_SIZE * 2];
	char shown[WHAT_SIZE];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	text_shorten(shown, sizeof(shown), what);
	warn(losses, origin, shown);
}

/* Of what is no matter of a sandbox it is said what it is. */
static void name_unread(const struct losses *losses, struct text *rest)
{
	const struct spec_engine *engine = losses->spec->engine;

	for (size_t i = 0; i < engine->unread.count; i++)
		add_word(rest, engine->unread.items[i].origin, ", ");
}

/* What a row asks by itself it asks of the original: lowering leaves no trace of that. */
static bool is_there(const struct losses *losses, const struct member *member)
{
	return member_is_there(member,
	                       member->sign != MEMBER_BY_SHAPE ? losses->original : losses->spec);
}

/* What was not said by any writer. Neither restrictions nor grants are told together. */
static void lose_rest(struct losses *losses)
{
	AUTO_TEXT struct text rest = { 0 };
	char what[WHAT_SIZE];

	for (size_t i = 0; i < member_count; i++) {
		const struct member *member = &member_table[i];

		if (losses->said[i] || member->effect == MEMBER_NONE || !is_there(losses, member))
			continue;
		if (member->effect == MEMBER_NEUTRAL && strcmp(member->name, "unread") == 0) {
			name_unread(losses, &rest);
			continue;
		}
		if (member->effect == MEMBER_NEUTRAL) {
			add_word(&rest, member->title, ", ");
			continue;
		}
		(void)snprintf(what, sizeof(what), "%s cannot say %s", losses->language,
		               member->title);
		lose(losses, member, member_origin(member, losses->spec), what);
	}
	if (rest.bytes == NULL)
		return;
	(void)snprintf(what, sizeof(what), "%s cannot say: %.200s", losses->language, rest.bytes);
	warn(losses, member_origin(member_called(MEMBER_OF_ENGINE, "service"), losses->spec), what);
}

int losses_settle(struct losses *losses, struct error *err)
{
	lose_rest(losses);
	if (losses->restriction_count == 0)
		return 0;
	if (losses->controls.is_broken || losses->titles.is_broken)
		return error_set(err, ERROR_SYSTEM, "out of memory");
	(void)error_hint(err, "if less will do: --drop %.240s", losses->controls.bytes);
	if (losses->restriction_count == 1)
		(void)error_set(err, ERROR_SPEC, "%s", losses->first.what);
	else
		(void)error_set(err, ERROR_SPEC, "%s cannot say %zu restrictions: %.200s",
		                losses->language, losses->restriction_count, losses->titles.bytes);
	return error_at(err, "%s", losses->first.where);
}
