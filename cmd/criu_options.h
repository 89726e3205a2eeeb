/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What checkpoint and restore have in common: the options that are criu's. */
#ifndef HARDRUN_CMD_CRIU_OPTIONS_H
#define HARDRUN_CMD_CRIU_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "lifecycle/criu.h"
#include "options.h"

struct criu_choice {
	struct criu_options criu;
	struct option_list empty_namespaces;
	bool wants_lazy_pages;
};

/* The rows of a table whose values are the struct @type with a member "choice". */
#define CRIU_ROWS(type)                                                                          \
	{ "--image-path", "DIR", "the folder of the images; ./checkpoint if not said",           \
	  OPTION_TEXT, offsetof(struct type, choice.criu.image_path) },                          \
		{ "--work-path", "DIR",                                                          \
		  "the folder of criu's log; that of the images if not "                         \
		  "said",                                                                        \
		  OPTION_TEXT, offsetof(struct type, choice.criu.work_path) },                   \
		{ "--tcp-established", NULL, "with open TCP connections", OPTION_SWITCH,         \
		  offsetof(struct type, choice.criu.has_tcp_established) },                      \
		{ "--ext-unix-sk", NULL, "with Unix sockets whose other end is outside",         \
		  OPTION_SWITCH, offsetof(struct type, choice.criu.has_external_sockets) },      \
		{ "--shell-job", NULL, "with a terminal that is the caller's", OPTION_SWITCH,    \
		  offsetof(struct type, choice.criu.is_shell_job) },                             \
		{ "--file-locks", NULL, "with locks of files", OPTION_SWITCH,                    \
		  offsetof(struct type, choice.criu.has_file_locks) },                           \
		{ "--manage-cgroups-mode", "MODE", "soft (if not said), full, strict or ignore", \
		  OPTION_TEXT, offsetof(struct type, choice.criu.manage_cgroups_mode) },         \
		{ "--empty-ns", "KIND", "leave out what is in the namespace; network alone",     \
		  OPTION_LIST, offsetof(struct type, choice.empty_namespaces) },                 \
		{ "--auto-dedup", NULL, "free pages of earlier images that are not needed",      \
		  OPTION_SWITCH, offsetof(struct type, choice.criu.has_auto_dedup) },            \
	{                                                                                        \
		"--lazy-pages", NULL, "refused", OPTION_SWITCH,                                  \
			offsetof(struct type, choice.wants_lazy_pages)                           \
	}

/*
 * Judge what was chosen and fill what was not said.
 * Errors: ERROR_USAGE; ERROR_HOST for what hardrun does not do.
 */
MUST_CHECK int criu_options_check(struct criu_choice *choice, const struct global_options *global,
                                  struct error *err);

/* Refuse what criu could, and hardrun does not: @option, when @is_asked. */
MUST_CHECK int criu_options_refuse(bool is_asked, const char *option, const char *why,
                                   struct error *err);

#endif
