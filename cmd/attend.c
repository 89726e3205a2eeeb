/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "attend.h"

#include "base/log.h"
#include "lifecycle/operations.h"

void attend_delete(struct container *container, const struct bundle *bundle)
{
	struct error err = { .kind = ERROR_NONE };

	if (container_delete(container, bundle->spec, true, &err) < 0)
		log_warning(&err);
}

/* While it runs, other commands may change it. */
int attend(struct oci_command *command, struct launch_process *process,
           const struct launch_signals *signals, const struct bundle *bundle, bool is_kept,
           struct error *err)
{
	AUTO_CONTAINER_CLOSE struct container container = CONTAINER_NONE;
	struct error absent = { .kind = ERROR_NONE };
	int status = 0;

	if (launch_attend(process, signals, &status, err) < 0)
		return -1;
	if (!is_kept && container_open(&command->root, command->operands.items[0], CONTAINER_REMOVE,
	                               &container, &absent) == 0)
		attend_delete(&container, bundle);
	return oci_exit_status(status);
}
