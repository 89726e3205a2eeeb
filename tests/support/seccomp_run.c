/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seccomp_run PROGRAM [ARGUMENT...]: run a program under the default filter and nothing else. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "kernel/seccomp.h"

int main(int argc, char **argv)
{
	static struct sock_filter copy[BPF_MAXINSNS];
	const struct sock_fprog program = { .len = seccomp_default_filter_length, .filter = copy };
	struct error err = { .kind = ERROR_NONE };

	if (argc < 2)
		return EXIT_FAILURE;
	memcpy(copy, seccomp_default_filter, seccomp_default_filter_length * sizeof(copy[0]));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || seccomp_filter_load(&program, &err) < 0) {
		error_print(&err, "seccomp_run", stderr);
		return EXIT_FAILURE;
	}
	(void)execvp(argv[1], argv + 1);
	fprintf(stderr, "seccomp_run: %s: %s\n", argv[1], strerror(errno));
	return EXIT_FAILURE;
}
