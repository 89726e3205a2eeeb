/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signal_name.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

#define NAME_SIZE 16

static bool parse_realtime(const char *name, int *out)
{
	const bool is_from_last = strncmp(name, "RTMAX", 5) == 0;
	const int base = is_from_last ? SIGRTMAX : SIGRTMIN;
	uint64_t distance = 0;

	if (!is_from_last && strncmp(name, "RTMIN", 5) != 0)
		return false;
	if (name[5] != '\0' &&
	    (name[5] != (is_from_last ? '-' : '+') ||
	     !number_parse(name + 6, (uint64_t)(SIGRTMAX - SIGRTMIN), &distance)))
		return false;
	*out = is_from_last ? base - (int)distance : base + (int)distance;
	return true;
}

bool signal_name_parse(const char *text, int *out)
{
	char name[NAME_SIZE];
	const char *word = name;
	uint64_t number;

	if (number_parse(text, (uint64_t)SIGRTMAX, &number)) {
		*out = (int)number;
		return true;
	}
	if ((size_t)snprintf(name, sizeof(name), "%s", text) >= sizeof(name))
		return false;
	text_make_upper(name);
	if (strncmp(name, "SIG", 3) == 0)
		word += 3;
	for (int i = 1; i < SIGRTMIN; i++) {
		const char *known = sigabbrev_np(i);

		if (known != NULL && strcmp(known, word) == 0) {
			*out = i;
			return true;
		}
	}
	return parse_realtime(word, out);
}
