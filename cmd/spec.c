/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "commands.h"
#include "import/import.h"
#include "lifecycle/container.h"
#include "options.h"

struct spec_options {
	const char *bundle;
	bool is_rootless;
};

static const struct option_row rows[] = {
	{ "--bundle", "DIR", "the bundle; the working directory if not said", OPTION_TEXT,
	  offsetof(struct spec_options, bundle), 'b' },
	{ "--rootless", NULL, "for a caller who is not root", OPTION_SWITCH,
	  offsetof(struct spec_options, is_rootless) },
};

static const struct usage usage = {
	.synopsis = "hardrun spec [OPTION...]",
	.text = "Write a config.json to start from into a bundle. The root file system is "
		"expected\n"
		"in the folder \"rootfs\" beside it.",
	.is_oci = true,
};

static int write_config(int folder_fd, const char *text, struct error *err)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	AUTO_CLOSE int fd = openat(folder_fd, CONTAINER_CONFIG_FILE, flags, 0644);

	if (fd < 0 && errno == EEXIST)
		return error_set(err, ERROR_USAGE,
		                 "File " CONTAINER_CONFIG_FILE " exists. Remove it first");
	if (fd < 0 || file_put(fd, text, strlen(text)) < 0)
		return error_set_errno(err, "cannot write " CONTAINER_CONFIG_FILE);
	return 0;
}

int cmd_spec(int argc, char **argv, struct error *err)
{
	AUTO_CLOSE int folder_fd = -1;
	struct global_options global = { .root = NULL };
	struct spec_options options = { .bundle = NULL };
	const struct option_table own = { rows, ARRAY_LEN(rows), &options };
	struct operands operands;
	const int begun = options_begin(&usage, &own, argc, argv, &global, &operands, err);

	if (begun != 0)
		return begun < 0 ? -1 : 0;
	if (operands.count != 0 || operands.has_arguments) {
		(void)error_set(err, ERROR_USAGE, "spec takes no arguments");
		return error_hint(err, "%s", usage.synopsis);
	}
	folder_fd = open(options.bundle == NULL ? "." : options.bundle,
	                 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder_fd < 0) {
		(void)error_set_errno(err, "cannot open the bundle");
		return error_at(err, "--bundle");
	}
	return write_config(
		folder_fd, options.is_rootless ? import_oci_template_rootless : import_oci_template,
		err);
}
