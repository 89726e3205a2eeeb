/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy/suppression.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"

static unsigned int days_in(unsigned int year, unsigned int month)
{
	static const unsigned int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && is_leap ? 29 : days[month - 1];
}

static unsigned int number_at(const char *text, size_t length)
{
	unsigned int number = 0;

	for (size_t i = 0; i < length; i++)
		number = number * 10 + (unsigned int)(text[i] - '0');
	return number;
}

bool suppression_is_date(const char *text)
{
	static const char shape[] = "0000-00-00";
	unsigned int month;
	unsigned int day;

	if (strlen(text) != strlen(shape))
		return false;
	for (size_t i = 0; shape[i] != '\0'; i++) {
		if (shape[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9')
			return false;
	}
	month = number_at(text + 5, 2);
	day = number_at(text + 8, 2);
	return month >= 1 && month <= 12 && day >= 1 && day <= days_in(number_at(text, 4), month);
}

/* Days of this shape are in the order of their texts. */
bool suppression_has_expired(const struct suppression *suppression, const char *today)
{
	return suppression->expires != NULL && strcmp(today, suppression->expires) >= 0;
}

static bool is_file_meant(const char *pattern, const char *file)
{
	if (pattern == NULL)
		return true;
	if (strchr(pattern, '/') == NULL)
		file = path_last(file);
	return fnmatch(pattern, file, 0) == 0;
}

static bool is_service_meant(const char *pattern, const char *service)
{
	return pattern == NULL || (service != NULL && fnmatch(pattern, service, 0) == 0);
}

const struct suppression *suppression_find(const struct suppression_list *list,
                                           const struct rule *rule, const char *file,
                                           const char *service, const char *today)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct suppression *item = &list->items[i];

		if (item->rule == rule && !suppression_has_expired(item, today) &&
		    is_file_meant(item->files, file) && is_service_meant(item->services, service))
			return item;
	}
	return NULL;
}
