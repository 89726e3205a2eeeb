/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The presets of profiles/presets, compiled into the program by scripts/embed-presets. */
#ifndef HARDRUN_IMPORT_PRESET_H
#define HARDRUN_IMPORT_PRESET_H

#include <stddef.h>

struct preset {
	const char *name; /* "web-server" */
	const char *text; /* a native spec */
	size_t size;      /* of the text; bytes */
};

extern const struct preset presets[];
extern const size_t preset_count;

#endif
