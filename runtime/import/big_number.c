/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/big_number.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY ((size_t)64) /* numbers */

static const double real_mark = 0.5;
static const double too_long_mark = 0.25;

enum kind {
	NOT_A_NUMBER, /* left to jansson to complain about */
	SMALL,
	NEGATIVE_TOO_LONG,
	LARGE, /* a positive integer that may be above INT64_MAX */
	REAL,
};

/* A text, and its copy once there is one. */
struct source {
	const char *text;
	size_t size;
	char **out;
};

static bool is_digit(char letter)
{
	return letter >= '0' && letter <= '9';
}

static size_t count_digits(const char *text, size_t size)
{
	size_t count = 0;

	while (count < size && is_digit(text[count]))
		count++;
	return count;
}

/* The length of the fraction and the exponent of a number; SIZE_MAX: they are malformed. */
static size_t measure_tail(const char *text, size_t size)
{
	size_t length = 0;
	size_t digits;

	if (length < size && text[length] == '.') {
		digits = count_digits(text + 1, size - 1);
		if (digits == 0)
			return SIZE_MAX;
		length = 1 + digits;
	}
	if (length < size && (text[length] == 'e' || text[length] == 'E')) {
		length++;
		if (length < size && (text[length] == '+' || text[length] == '-'))
			length++;
		digits = count_digits(text + length, size - length);
		if (digits == 0)
			return SIZE_MAX;
		length += digits;
	}
	return length;
}

/* Source: RFC 8259, 6. */
static enum kind classify(const char *text, size_t size)
{
	static const size_t safe_digits = 18; /* any number of so many digits is below INT64_MAX */
	const bool is_negative = text[0] == '-';
	const char *digits = text + is_negative;
	const size_t length = count_digits(digits, size - is_negative);
	const size_t rest = size - is_negative - length;

	if (length == 0 || (length > 1 && digits[0] == '0') ||
	    measure_tail(digits + length, rest) != rest)
		return NOT_A_NUMBER;
	if (rest > 0)
		return REAL;
	if (length <= safe_digits)
		return SMALL;
	if (!is_negative)
		return LARGE;
	return length == safe_digits + 1 && strncmp(digits, "9223372036854775808", length) <= 0
	               ? SMALL
	               : NEGATIVE_TOO_LONG;
}

/* False: it does not fit into 64 bits. */
static bool parse_value(const char *text, size_t size, uint64_t *out)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++) {
		const uint64_t digit = (uint64_t)(text[i] - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

static int keep(struct big_numbers *numbers, uint64_t value, struct error *err)
{
	if (numbers->count == numbers->capacity) {
		const size_t capacity =
			numbers->capacity == 0 ? FIRST_CAPACITY : numbers->capacity * 2;
		uint64_t *values = reallocarray(numbers->values, capacity, sizeof(*values));

		if (values == NULL)
			return error_set_errno(err, "cannot read the numbers of the text");
		numbers->values = values;
		numbers->capacity = capacity;
	}
	numbers->values[numbers->count++] = value;
	return 0;
}

/* Put @mark over the @length bytes at @offset, which are never fewer. */
static int replace(const struct source *source, size_t offset, size_t length, const char *mark,
                   struct error *err)
{
	if (*source->out == NULL) {
		*source->out = malloc(source->size);
		if (*source->out == NULL)
			return error_set_errno(err, "cannot read the numbers of the text");
		memcpy(*source->out, source->text, source->size);
	}
	memset(*source->out + offset, ' ', length);
	memcpy(*source->out + offset, mark, strlen(mark));
	return 0;
}

static int take_number(struct big_numbers *numbers, const struct source *source, size_t offset,
                       size_t length, struct error *err)
{
	const char *text = source->text;
	const enum kind kind = classify(text + offset, length);
	char mark[32] = "0.5";
	uint64_t value;

	if (kind == NOT_A_NUMBER || kind == SMALL)
		return 0;
	if (kind == NEGATIVE_TOO_LONG ||
	    (kind == LARGE && !parse_value(text + offset, length, &value)))
		(void)snprintf(mark, sizeof(mark), "0.25");
	else if (kind == LARGE && value <= INT64_MAX)
		return 0;
	else if (kind == LARGE && keep(numbers, value, err) < 0)
		return -1;
	else if (kind == LARGE)
		(void)snprintf(mark, sizeof(mark), "%zu.5", numbers->count);
	return replace(source, offset, length, mark, err);
}

/* The length of the string that begins at @text with its quotation mark. */
static size_t measure_string(const char *text, size_t size)
{
	size_t i = 1;

	while (i < size && text[i] != '"')
		i += text[i] == '\\' ? 2 : 1;
	return i < size ? i + 1 : size;
}

static size_t measure_number(const char *text, size_t size)
{
	size_t i = 1;

	while (i < size && text[i] != '\0' && strchr("0123456789+-.eE", text[i]) != NULL)
		i++;
	return i;
}

int big_numbers_take(struct big_numbers *numbers, const char *text, size_t size, char **out,
                     struct error *err)
{
	const struct source source = { text, size, out };
	size_t i = 0;

	*out = NULL;
	while (i < size) {
		if (text[i] == '"') {
			i += measure_string(text + i, size - i);
		} else if (text[i] == '-' || is_digit(text[i])) {
			const size_t length = measure_number(text + i, size - i);

			if (take_number(numbers, &source, i, length, err) < 0)
				return -1;
			i += length;
		} else {
			i++;
		}
	}
	return 0;
}

enum big_number_kind big_numbers_find(const struct big_numbers *numbers, double number,
                                      uint64_t *out)
{
	if (number == too_long_mark)
		return BIG_NUMBER_TOO_LONG;
	if (number <= real_mark || number > (double)numbers->count + real_mark)
		return BIG_NUMBER_REAL;
	*out = numbers->values[(size_t)number - 1];
	return BIG_NUMBER_VALUE;
}

void big_numbers_release(struct big_numbers *numbers)
{
	free(numbers->values);
}
