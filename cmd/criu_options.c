/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "criu_options.h"

#include <string.h>

#define DEFAULT_FOLDER "checkpoint" /* below the working directory; source: runc(8) */

static int check_mode(const char *mode, struct error *err)
{
	static const char *const modes[] = { "soft", "full", "strict", "ignore" };

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		if (mode == NULL || strcmp(mode, modes[i]) == 0)
			return 0;
	}
	return error_set(err, ERROR_USAGE,
	                 "--manage-cgroups-mode is soft, full, strict or ignore, not \"%.40s\"",
	                 mode);
}

static int check_namespaces(const struct option_list *list, struct error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i], "network") != 0)
			return error_set(err, ERROR_USAGE, "--empty-ns is network, not \"%.40s\"",
			                 list->items[i]);
	}
	return 0;
}

int criu_options_refuse(bool is_asked, const char *option, const char *why, struct error *err)
{
	return is_asked ? error_set(err, ERROR_HOST, "%s is refused: %s", option, why) : 0;
}

int criu_options_check(struct criu_choice *choice, const struct global_options *global,
                       struct error *err)
{
	if (check_mode(choice->criu.manage_cgroups_mode, err) < 0 ||
	    check_namespaces(&choice->empty_namespaces, err) < 0 ||
	    criu_options_refuse(choice->wants_lazy_pages, "--lazy-pages",
	                        "the memory would come from a server that hardrun cannot vouch for",
	                        err) < 0)
		return -1;
	choice->criu.has_empty_network = choice->empty_namespaces.count > 0;
	choice->criu.program = global->criu;
	if (choice->criu.image_path == NULL)
		choice->criu.image_path = DEFAULT_FOLDER;
	return 0;
}
