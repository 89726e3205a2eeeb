/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>

#define SECONDS_PER_DAY 86400

static bool is_leap(long year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static long days_of_year(long year)
{
	return is_leap(year) ? 366 : 365;
}

static long days_of_month(long year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month] + (month == 1 && is_leap(year) ? 1 : 0);
}

void clock_text(struct timespec time, char text[CLOCK_TEXT_SIZE])
{
	long day = time.tv_sec / SECONDS_PER_DAY;
	const long second = time.tv_sec % SECONDS_PER_DAY;
	long year = 1970;
	int month = 0;

	for (; day >= days_of_year(year); year++)
		day -= days_of_year(year);
	for (; day >= days_of_month(year, month); month++)
		day -= days_of_month(year, month);
	(void)snprintf(text, CLOCK_TEXT_SIZE, "%04ld-%02d-%02ldT%02ld:%02ld:%02ld.%06ldZ", year,
	               month + 1, day + 1, second / 3600, second / 60 % 60, second % 60,
	               time.tv_nsec / 1000);
}
