/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds linux.seccomp without parsing the rest. Where the text is no JSON, anything or nothing is
 * found: what is left of the text is parsed, and what was cut out of it must be known.
 */
#include <stddef.h>
#include <string.h>

#include "import/import.h"

/* What is left of a text. */
struct scan {
	const char *next;
	const char *end;
};

static void skip_blank(struct scan *scan)
{
	while (scan->next < scan->end && *scan->next != '\0' &&
	       strchr(" \t\n\r", *scan->next) != NULL)
		scan->next++;
}

/* Is @letter the next that is no blank? Then it is passed. */
static bool take(struct scan *scan, char letter)
{
	skip_blank(scan);
	if (scan->next == scan->end || *scan->next != letter)
		return false;
	scan->next++;
	return true;
}

static bool is_escaped(const char *begin, const char *quote)
{
	size_t count = 0;

	while (quote - count > begin && quote[-1 - (ptrdiff_t)count] == '\\')
		count++;
	return count % 2 != 0;
}

/* The rest of a string whose first quotation mark has been passed. */
static bool skip_string(struct scan *scan)
{
	const char *begin = scan->next;

	while (scan->next < scan->end) {
		const char *quote = memchr(scan->next, '"', (size_t)(scan->end - scan->next));

		if (quote == NULL)
			return false;
		scan->next = quote + 1;
		if (!is_escaped(begin, quote))
			return true;
	}
	return false;
}

/* To the end of the object or array whose first bracket has been passed. */
static bool skip_nested(struct scan *scan)
{
	size_t depth = 1;

	while (depth > 0 && scan->next < scan->end) {
		const char letter = *scan->next++;

		if (letter == '"' && !skip_string(scan))
			return false;
		if (letter == '{' || letter == '[')
			depth++;
		else if (letter == '}' || letter == ']')
			depth--;
	}
	return depth == 0;
}

static bool skip_value(struct scan *scan)
{
	if (take(scan, '"'))
		return skip_string(scan);
	if (take(scan, '{') || take(scan, '['))
		return skip_nested(scan);
	while (scan->next < scan->end && *scan->next != ',' && *scan->next != '}')
		scan->next++;
	return true;
}

/* Pass the name of a member, and its colon. */
static bool skip_name(struct scan *scan, const char **out, size_t *out_size)
{
	if (!take(scan, '"'))
		return false;
	*out = scan->next;
	if (!skip_string(scan))
		return false;
	*out_size = (size_t)(scan->next - *out) - 1;
	return take(scan, ':');
}

/* In the object that comes next, stop before the value of the member @name. */
static bool enter(struct scan *scan, const char *name)
{
	bool has_more = take(scan, '{');

	while (has_more) {
		const char *found;
		size_t size;

		if (!skip_name(scan, &found, &size))
			return false;
		if (size == strlen(name) && memcmp(found, name, size) == 0)
			return true;
		has_more = skip_value(scan) && take(scan, ',');
	}
	return false;
}

bool import_oci_find_seccomp(const char *text, size_t size, struct import_oci_seccomp *out)
{
	struct scan scan = { .next = text, .end = text + size };
	const char *begin;

	if (!enter(&scan, "linux") || !enter(&scan, "seccomp"))
		return false;
	skip_blank(&scan);
	begin = scan.next;
	if (!take(&scan, '{') || !skip_nested(&scan))
		return false;
	*out = (struct import_oci_seccomp){ .offset = (size_t)(begin - text),
		                            .size = (size_t)(scan.next - begin) };
	return true;
}
