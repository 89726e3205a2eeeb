/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/yaml_scalar.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

#define NUMBER_SIZE 64 /* longer ones are texts; bytes */

/* Source: YAML 1.2.2, 10.3.2. */
static const struct {
	const char *text;
	json_type type;
} words[] = {
	{ "", JSON_NULL },       { "~", JSON_NULL },      { "null", JSON_NULL },
	{ "Null", JSON_NULL },   { "NULL", JSON_NULL },   { "true", JSON_TRUE },
	{ "True", JSON_TRUE },   { "TRUE", JSON_TRUE },   { "false", JSON_FALSE },
	{ "False", JSON_FALSE }, { "FALSE", JSON_FALSE },
};

static json_t *find_word(const char *text, size_t length)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strlen(words[i].text) != length || memcmp(words[i].text, text, length) != 0)
			continue;
		if (words[i].type == JSON_NULL)
			return json_null();
		return json_boolean(words[i].type == JSON_TRUE);
	}
	return NULL;
}

/* The digits of @text without "_", as they stand between them only. False: it is no number. */
static bool copy_number(const char *text, size_t length, char out[NUMBER_SIZE])
{
	size_t used = 0;

	if (length == 0 || length >= NUMBER_SIZE || strchr("+-.0123456789", text[0]) == NULL)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] != '_')
			out[used++] = text[i];
		else if (i == 0 || !isalnum((unsigned char)text[i - 1]))
			return false;
	}
	out[used] = '\0';
	return true;
}

static int base_of(const char **digits)
{
	static const struct {
		const char *prefix;
		int base;
	} prefixes[] = { { "0x", 16 }, { "0o", 8 }, { "0b", 2 }, { "0", 8 } };

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		const size_t length = strlen(prefixes[i].prefix);

		if (strncmp(*digits, prefixes[i].prefix, length) == 0 &&
		    (*digits)[length] != '\0') {
			*digits += length;
			return prefixes[i].base;
		}
	}
	return 10;
}

static bool read_integer(const char *text, json_int_t *out)
{
	const bool is_negative = *text == '-';
	const char *digits = text + (*text == '-' || *text == '+');
	const int base = base_of(&digits);
	char *end;
	long long value;

	if (!isxdigit((unsigned char)*digits))
		return false;
	errno = 0;
	value = strtoll(digits, &end, base);
	if (*end != '\0' || errno != 0)
		return false;
	*out = is_negative ? -value : value;
	return true;
}

/* [-+]? ( "." digits | digits ( "." digits? )? ) ( [eE] [-+]? digits )? */
static bool is_real(const char *text)
{
	static const char digits[] = "0123456789";
	size_t whole, fraction = 0;

	text += *text == '-' || *text == '+';
	whole = strspn(text, digits);
	text += whole;
	if (*text == '.') {
		fraction = strspn(++text, digits);
		text += fraction;
	}
	if (whole + fraction == 0)
		return false;
	if (*text == 'e' || *text == 'E') {
		text++;
		text += *text == '-' || *text == '+';
		if (strspn(text, digits) == 0)
			return false;
		text += strspn(text, digits);
	}
	return *text == '\0';
}

static json_t *read_number(const char *text, size_t length)
{
	char number[NUMBER_SIZE] = "";
	json_int_t integer;

	if (!copy_number(text, length, number))
		return NULL;
	if (read_integer(number, &integer))
		return json_integer(integer);
	if (strspn(number + (*number == '-' || *number == '+'), "0123456789") ==
	    strlen(number + (*number == '-' || *number == '+')))
		return NULL;
	return is_real(number) ? json_real(strtod(number, NULL)) : NULL;
}

json_t *yaml_scalar_resolve(const char *text, size_t length)
{
	json_t *value = find_word(text, length);

	if (value == NULL)
		value = read_number(text, length);
	return value != NULL ? value : json_stringn(text, length);
}
