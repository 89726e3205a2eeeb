/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process_options.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

#define FIRST_FD 3   /* behind the standard streams */
#define FD_MAX   512 /* that are passed to a container */

/* A number of descriptors; 0 when it is not said. */
static int read_count(const char *text, const char *where, size_t *out, struct error *err)
{
	uint64_t count = 0;

	if (text != NULL && !number_parse(text, FD_MAX, &count)) {
		(void)error_set(err, ERROR_USAGE, "\"%.40s\" is not a number of descriptors", text);
		return error_at(err, "%s", where);
	}
	*out = (size_t)count;
	return 0;
}

/* Descriptors that conmon(8) may leave open, and that are its own. */
static bool is_of_conmon(int fd)
{
	static const char *const names[] = { "_OCI_SYNCPIPE", "_OCI_STARTPIPE", "_OCI_ATTACHPIPE" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *text = getenv(names[i]);
		uint64_t number;

		if (text != NULL && number_parse(text, INT_MAX, &number) && number == (uint64_t)fd)
			return true;
	}
	return false;
}

/* How many descriptors from the first on were passed to us. Our own are close-on-exec. */
static size_t count_passed(size_t limit)
{
	size_t count = 0;

	while (count < limit) {
		const int fd = FIRST_FD + (int)count;
		const int flags = fcntl(fd, F_GETFD);

		if (flags < 0 || (flags & FD_CLOEXEC) != 0 || is_of_conmon(fd))
			break;
		count++;
	}
	return count;
}

/*
 * LISTEN_FDS and --preserve-fds add up in runc; Podman says one number by both. What is there
 * tells which is meant. Source: sd_listen_fds(3); podman, LISTEN_FDS in libpod/oci_conmon.
 */
static int count_descriptors(const char *preserve_fds, struct plan_request *out, struct error *err)
{
	size_t preserved = 0;
	size_t listening = 0;
	size_t passed;

	if (read_count(preserve_fds, "--preserve-fds", &preserved, err) < 0 ||
	    read_count(getenv("LISTEN_FDS"), "LISTEN_FDS", &listening, err) < 0)
		return -1;
	passed = count_passed(listening + preserved);
	if (passed < listening || passed < preserved) {
		(void)error_set(err, ERROR_USAGE,
		                "%zu descriptors are to be passed, but only %zu are open",
		                listening > preserved ? listening : preserved, passed);
		return error_at(err, passed < preserved ? "--preserve-fds" : "LISTEN_FDS");
	}
	out->listen_fd_count = listening;
	out->preserved_fd_count = passed - listening;
	return 0;
}

static int choose_manager(const struct global_options *global, struct plan_request *out,
                          struct error *err)
{
	const char *manager = global->cgroup_manager;

	out->has_systemd_cgroup = global->wants_systemd_cgroup;
	if (manager == NULL || strcmp(manager, "cgroupfs") == 0)
		return 0;
	if (strcmp(manager, "systemd") == 0) {
		out->has_systemd_cgroup = true;
		return 0;
	}
	if (strcmp(manager, "disabled") == 0) {
		out->has_no_cgroup = true;
		return 0;
	}
	return error_set(err, ERROR_USAGE,
	                 "--cgroup-manager is cgroupfs, systemd or disabled, not \"%.40s\"",
	                 manager);
}

int process_options_plan(struct oci_command *command, const char *id,
                         const struct process_options *options, struct plan_request *out,
                         struct error *err)
{
	out->name = id;
	out->cache_directory = command->cache;
	out->is_rootless = command->global.is_rootless;
	if (choose_manager(&command->global, out, err) < 0)
		return -1;
	return count_descriptors(options->preserve_fds, out, err);
}
