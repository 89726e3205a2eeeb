/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals as people and engines name them. */
#ifndef HARDRUN_CMD_SIGNAL_NAME_H
#define HARDRUN_CMD_SIGNAL_NAME_H

#include <stdbool.h>

#include "base/compiler.h"

/*
 * "9", "KILL", "SIGKILL", "sigkill", "RTMIN+1", "SIGRTMAX-1". False, with *@out unchanged, for
 * anything else. Source: kill(1), signal(7).
 */
MUST_CHECK bool signal_name_parse(const char *text, int *out);

#endif
