/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * criu(8), by way of the helper program hardrun-criu, which alone knows its messages; see
 * lifecycle/helper.h.
 *
 *   hardrun-criu dump|pre-dump|restore NAME[=VALUE]...
 *
 * Its words are those of criu's options, as cmd/criu.c lists them. It has the caller's standard
 * streams, for a restored container, and a SOCK_SEQPACKET socket as descriptor 3:
 *
 *   helper   "notify PID STEP"   where criu has come to; with a descriptor at "orphan-pts-master"
 *   hardrun  "ok", or nothing    go on, or give up
 *   helper   "ok PID" or "error SENTENCE"
 *
 * A hardrun that dies makes criu give up at its next step; what is dumped then goes on running.
 */
#ifndef HARDRUN_LIFECYCLE_CRIU_H
#define HARDRUN_LIFECYCLE_CRIU_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/error.h"
#include "lifecycle/helper.h"

/* What criu is told at checkpoint and at restore alike; NULL: not said. Paths may be relative. */
struct criu_options {
	const char *program; /* criu; NULL: found in PATH */
	const char *image_path;
	const char *work_path;           /* of its log; NULL: image_path */
	const char *manage_cgroups_mode; /* "soft", "full", "strict", "ignore"; NULL: soft */
	bool has_empty_network;          /* the network namespace's content is left out */
	bool has_tcp_established;
	bool has_external_sockets; /* ext-unix-sk */
	bool is_shell_job;
	bool has_file_locks;
	bool has_auto_dedup;
};

enum criu_verb {
	CRIU_DUMP,
	CRIU_PRE_DUMP,
	CRIU_RESTORE,
};

/* One conversation with criu; initialise with CRIU_CALL_NONE. */
struct criu_call {
	enum criu_verb verb;
	const struct criu_options *options;
	struct helper_words words;
	char images[PATH_MAX]; /* as absolute paths; filled by criu_begin() */
	char work[PATH_MAX];

	/* Called at each step, @fd -1 or borrowed. NULL: nothing is to be done. */
	int (*on_step)(void *context, const char *step, pid_t pid, int fd, struct error *err);
	void *context;
};

#define CRIU_CALL_NONE ((struct criu_call){ .options = NULL })
#define AUTO_CRIU_CALL CLEANUP(criu_end)

/*
 * Begin the words of @call: its verb, its options and its folders, which are made where they are
 * missing for a dump. Others are added to call->words.
 * Errors: ERROR_HOST for a caller who is not the host's root.
 * Owns: AUTO_CRIU_CALL.
 */
MUST_CHECK int criu_begin(struct criu_call *call, struct error *err);

/*
 * Have criu do it. *@out_pid: the first process that was restored.
 * Errors: ERROR_HOST without the helper or criu; what criu says, and where its log is.
 */
MUST_CHECK int criu_run(const struct criu_call *call, pid_t *out_pid, struct error *err);

void criu_end(struct criu_call *call);

/* Is the helper there? Whether criu is shows when it is asked. */
bool criu_is_supported(void);

#endif
