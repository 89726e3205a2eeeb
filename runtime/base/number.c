/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/number.h"

#include <stddef.h>
#include <string.h>

#include "base/compiler.h"

#define DECIMAL_PLACES 5

struct unit {
	const char *suffix;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{ "", 1 },
	{ "KiB", UINT64_C(1) << 10 },
	{ "MiB", UINT64_C(1) << 20 },
	{ "GiB", UINT64_C(1) << 30 },
	{ "TiB", UINT64_C(1) << 40 },
};

static const struct unit duration_units[] = {
	{ "ms", 1 },
	{ "s", 1000 },
	{ "m", UINT64_C(60) * 1000 },
	{ "h", UINT64_C(60) * 60 * 1000 },
};

/* The number at the start of @text; NULL when there is none, else what follows it. */
static const char *parse_digits(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (text[0] == '0' && text[1] >= '0' && text[1] <= '9')
		return NULL;
	if (*text < '0' || *text > '9')
		return NULL;
	for (; *text >= '0' && *text <= '9'; text++) {
		const uint64_t digit = (uint64_t)(*text - '0');

		if (value > (max - digit) / 10 || digit > max)
			return NULL;
		value = value * 10 + digit;
	}
	*out = value;
	return text;
}

bool number_parse(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;
	const char *rest = parse_digits(text, max, &value);

	if (rest == NULL || *rest != '\0')
		return false;
	*out = value;
	return true;
}

static bool parse_with_unit(const char *text, const struct unit *units, size_t count, uint64_t *out)
{
	uint64_t value = 0;
	const char *suffix = parse_digits(text, INT64_MAX, &value);

	for (size_t i = 0; suffix != NULL && i < count; i++) {
		if (strcmp(units[i].suffix, suffix) != 0)
			continue;
		if (value > INT64_MAX / units[i].factor)
			return false;
		*out = value * units[i].factor;
		return true;
	}
	return false;
}

bool number_parse_size(const char *text, uint64_t *out)
{
	return parse_with_unit(text, size_units, ARRAY_LEN(size_units), out);
}

bool number_parse_duration(const char *text, uint64_t *out)
{
	return parse_with_unit(text, duration_units, ARRAY_LEN(duration_units), out);
}

bool number_parse_decimal(const char *text, uint64_t *out)
{
	uint64_t value = 0;
	const char *rest = parse_digits(text, UINT32_MAX, &value);
	int places = 0;

	if (rest == NULL || (*rest != '\0' && *rest != '.'))
		return false;
	if (*rest == '.') {
		for (rest++; *rest >= '0' && *rest <= '9' && places < DECIMAL_PLACES; rest++) {
			value = value * 10 + (uint64_t)(*rest - '0');
			places++;
		}
		if (places == 0 || *rest != '\0')
			return false;
	}
	for (; places < DECIMAL_PLACES; places++)
		value *= 10;
	*out = value;
	return true;
}
