/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "oci.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static int check_operands(const struct usage *usage, const struct oci_shape *shape,
                          struct operands *operands, struct error *err)
{
	if (operands->count >= shape->operands_min && operands->count <= shape->operands_max &&
	    !operands->has_arguments)
		return 0;
	if (operands->count < shape->operands_min)
		(void)error_set(err, ERROR_USAGE, "too few arguments are given");
	else
		(void)error_set(err, ERROR_USAGE, "too many arguments are given");
	return error_hint(err, "%.*s", (int)strcspn(usage->synopsis, "\n"), usage->synopsis);
}

int oci_begin(struct oci_command *out, const struct usage *usage, const struct option_table *own,
              const struct oci_shape *shape, int argc, char **argv, struct error *err)
{
	const int begun = options_begin(usage, own, argc, argv, &out->global, &out->operands, err);

	if (begun != 0)
		return begun;
	if (check_operands(usage, shape, &out->operands, err) < 0 ||
	    container_root_open(&out->root, out->global.root, shape->makes_root, err) < 0)
		return -1;
	(void)snprintf(out->cache, sizeof(out->cache), "%s/cache", out->root.path);
	return 0;
}

void oci_end(struct oci_command *command)
{
	container_root_close(&command->root);
}

int oci_exit_status(int status)
{
	return WIFSIGNALED(status) ? EXIT_STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

int oci_find_format(const char *format, struct error *err)
{
	if (format == NULL || strcmp(format, "table") == 0)
		return OCI_FORMAT_TABLE;
	if (strcmp(format, "json") == 0)
		return OCI_FORMAT_JSON;
	return error_set(err, ERROR_USAGE, "--format is table or json, not \"%.40s\"", format);
}
