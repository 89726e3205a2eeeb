/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Planning: from what was asked (spec) and what this host is (facts) to what will be done.
 * It changes nothing on the host but the cache it is given. A plan that this host cannot
 * carry out is refused here, with the control, the fact and the way out; nothing is left out.
 */
#ifndef HARDRUN_PLAN_PLAN_MAKE_H
#define HARDRUN_PLAN_PLAN_MAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "kernel/host.h"
#include "plan/plan.h"
#include "spec/spec.h"

#define PLAN_LACKS_MAX 24

/* What the host cannot give, one error each: ERROR_HOST or ERROR_DENIED. */
struct plan_lacks {
	struct error items[PLAN_LACKS_MAX];
	size_t count;
};

/* What planning needs beside the spec and the host. */
struct plan_request {
	const char *name; /* of the container; NULL: the spec's */
	/* The container's own range of the host's ids; only host root has one. */
	uint32_t outer_base;
	uint32_t outer_count;
	const char *cache_directory; /* of compiled filters and profiles; NULL: nothing is kept */
	const char *spec_digest;  /* hexadecimal SHA-256 of the canonical spec; NULL: not known */
	struct plan_lacks *lacks; /* NULL: the first thing that the host lacks ends planning */

	/* Of a config.json only, all of them. */
	bool joins_container; /* `exec`: all but the process is there, and is joined */
	bool has_no_pivot;    /* --no-pivot: a root that is an initramfs cannot be pivoted from */
	bool has_no_keyring;  /* --no-new-keyring */
	bool is_rootless;     /* --rootless=true: what only the host's root may do is not tried */
	bool has_no_cgroup;   /* --cgroup-manager disabled: none is made */
	bool has_systemd_cgroup;   /* --systemd-cgroup: cgroupsPath is "slice:prefix:name" */
	size_t preserved_fd_count; /* --preserve-fds: on top of those of LISTEN_FDS */
	size_t listen_fd_count;    /* LISTEN_FDS of the caller; all of them are open, from 3 on */
	const char *notify_folder; /* host directory with notify.sock, bound to /run/notify; NULL */
};

/*
 * Make the plan for @spec on @host. With a list of lacks, what the host cannot give is put on
 * the list and left out of the plan, which is then for reading, not for launching.
 * Errors: ERROR_SPEC for what no host could do; ERROR_HOST and ERROR_DENIED for what this one
 * cannot (only without a list); *@out is unchanged.
 * Owns: release with plan_free().
 */
MUST_CHECK int plan_make(const struct spec *spec, struct host *host,
                         const struct plan_request *request, struct plan **out, struct error *err);

void plan_free(struct plan *plan); /* NULL is fine */

/*
 * The hooks of @spec at @point alone, allocated from @arena: for what is run when there is no
 * plan any more. A spec of another language than a config.json has none.
 */
MUST_CHECK int plan_hooks(const struct spec *spec, enum plan_hook_point point, struct arena *arena,
                          struct plan_hook_list *out, struct error *err);

#endif
