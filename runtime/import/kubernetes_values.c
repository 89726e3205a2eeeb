/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "import/docker.h"
#include "import/kubernetes.h"

static int take_text(struct reader *reader, const char *text, struct spec_text *out,
                     struct error *err)
{
	out->value = spec_copy(reader->builder, text, err);
	out->origin = out->value == NULL ? NULL : fields_origin(reader, err);
	return out->origin == NULL ? -1 : 0;
}

int kubernetes_read_scalar(struct reader *reader, json_t *value, void *out, struct error *err)
{
	char number[32];

	if (json_is_integer(value))
		(void)snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
		               json_integer_value(value));
	else if (json_is_real(value))
		(void)snprintf(number, sizeof(number), "%.9g", json_real_value(value));
	else if (json_is_boolean(value))
		(void)snprintf(number, sizeof(number), "%s",
		               json_is_true(value) ? "true" : "false");
	else
		return oci_read_text(reader, value, out, err);
	return take_text(reader, number, out, err);
}

/* The API's parser is one of YAML 1.1. Source: sigs.k8s.io/yaml; yaml.org/type/bool.html. */
int kubernetes_read_switch(struct reader *reader, json_t *value, void *out, struct error *err)
{
	static const struct {
		char name[6];
		bool is_on;
	} words[] = {
		{ "true", true },   { "yes", true }, { "on", true },   { "y", true },
		{ "false", false }, { "no", false }, { "off", false }, { "n", false },
	};
	const char *text;

	if (json_is_boolean(value))
		return take_text(reader, json_is_true(value) ? "true" : "false", out, err);
	if (!json_is_string(value))
		return fields_wrong_type(reader, value, "true or false", err);
	if (fields_string(reader, value, &text, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcasecmp(words[i].name, text) == 0)
			return take_text(reader, words[i].is_on ? "true" : "false", out, err);
	}
	return fields_refuse(reader, err, "expected true or false, found \"%.40s\"", text);
}

static const struct suffix {
	char name[3];
	uint64_t factor; /* of thousandths */
} suffixes[] = {
	{ "m", 1 },
	{ "", 1000 },
	{ "k", UINT64_C(1000000) },
	{ "Ki", UINT64_C(1000) << 10 },
	{ "M", UINT64_C(1000000000) },
	{ "Mi", UINT64_C(1000) << 20 },
	{ "G", UINT64_C(1000000000000) },
	{ "Gi", UINT64_C(1000) << 30 },
	{ "T", UINT64_C(1000000000000000) },
	{ "Ti", UINT64_C(1000) << 40 },
	{ "P", UINT64_C(1000000000000000000) },
	{ "Pi", UINT64_C(1000) << 50 },
};

/* "e3", "E-2": ten to that power, of thousandths; 0: it is no such exponent, or out of range. */
static uint64_t read_exponent(const char *text)
{
	uint64_t factor = 1000;
	bool is_negative;
	uint64_t power;

	if (*text != 'e' && *text != 'E')
		return 0;
	text++;
	is_negative = *text == '-';
	text += *text == '-' || *text == '+';
	text += *text == '0' && text[1] != '\0';
	if (!number_parse(text, is_negative ? 3 : 15, &power))
		return 0;
	for (uint64_t i = 0; i < power; i++)
		factor = is_negative ? factor / 10 : factor * 10;
	return factor;
}

static uint64_t find_factor(const char *text)
{
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		if (strcmp(suffixes[i].name, text) == 0)
			return suffixes[i].factor;
	}
	return read_exponent(text);
}

/* Add @digit of the value @weight, which is what a whole one counts divided by its place. */
static bool add_product(uint64_t *sum, uint64_t digit, uint64_t weight)
{
	uint64_t product;

	return !__builtin_mul_overflow(digit, weight, &product) &&
	       !__builtin_add_overflow(*sum, product, sum);
}

bool kubernetes_quantity(const char *text, int64_t *out_milli)
{
	const size_t whole = strspn(text, "0123456789");
	const size_t part = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
	const size_t length = whole + (text[whole] == '.') + part;
	const uint64_t factor = find_factor(text + length);
	uint64_t number = 0;
	uint64_t sum = 0;
	uint64_t weight = factor;

	if (whole + part == 0 || factor == 0)
		return false;
	for (size_t i = 0; i < whole; i++) {
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(text[i] - '0'), &number))
			return false;
	}
	if (!add_product(&sum, number, factor))
		return false;
	for (size_t i = 0; i < part; i++) {
		weight = weight / 10 + (weight % 10 != 0);
		if (!add_product(&sum, (uint64_t)(text[whole + 1 + i] - '0'), weight))
			return false;
	}
	if (sum > INT64_MAX)
		return false;
	*out_milli = (int64_t)sum;
	return true;
}

int kubernetes_refuse_quantity(const struct spec_text *text, struct error *err)
{
	(void)error_hint(err, "write \"512Mi\", \"1.5\" or \"500m\"");
	return docker_refuse(text, err, "\"%.40s\" is no quantity", text->value);
}

bool kubernetes_is_true(const struct spec_text *text)
{
	return text->value != NULL && strcmp(text->value, "true") == 0;
}
