/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who is alive: one file of the state root that is mapped by every supervisor, with a robust
 * futex word for each container that the root can hold. The word holds the supervisor's thread
 * id; the kernel marks it when that thread dies, of whatever cause. So the dead are found in
 * one pass over 16 KiB, however many containers run, and no one has to be asked.
 *
 * A slot is free, or owned by a living process, or dead; only the dead ones need sweeping. Its
 * number is the container's: of its directory below "slots", and of its range of outer ids.
 *
 * Invariants: a process owns at most one slot at a time; only a slot's owner writes its record.
 * Source: set_robust_list(2), kernel Documentation/locking/robust-futex-ABI.rst.
 */
#ifndef HARDRUN_LIFECYCLE_REGISTRY_H
#define HARDRUN_LIFECYCLE_REGISTRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/compiler.h"
#include "base/error.h"

#define REGISTRY_SLOT_COUNT 4096
#define REGISTRY_NAME_SIZE  256 /* of a container's name; bytes, NUL included */

/* How far the making of the container's cgroup has come. */
enum registry_cgroup {
	REGISTRY_CGROUP_NONE,
	REGISTRY_CGROUP_INTENDED, /* it may be there, and may be someone else's */
	REGISTRY_CGROUP_MADE,     /* it is ours */
	REGISTRY_CGROUP_COUNT,
};

/* What must be undone when the slot's owner dies; written before each thing is done. */
struct registry_record {
	uint32_t cgroup_stage;         /* enum registry_cgroup */
	char name[REGISTRY_NAME_SIZE]; /* of the container; "": none yet */
	char cgroup[640];              /* its directory, below the cgroup2 mount */
	char apparmor[124];            /* the generated profile; "": none */
};

struct registry {
	int root_fd; /* the state root; borrowed */
	int file_fd;
	void *table;             /* mapped: the header, then the words */
	_Atomic uint32_t *words; /* in @table */
	int owned;               /* the slot that this process owns; -1: none */
};

#define REGISTRY_NONE ((struct registry){ .root_fd = -1, .file_fd = -1, .owned = -1 })
#define AUTO_REGISTRY CLEANUP(registry_close)

/*
 * Open the registry of the state root @root_fd; make it if there is none.
 * Errors: ERROR_STATE for a file that is damaged or not the caller's own.
 */
MUST_CHECK int registry_open(struct registry *out, int root_fd, struct error *err);

/* A slot that is still owned becomes dead: the next command sweeps it. */
void registry_close(struct registry *registry);

/* May the slot be taken? */
typedef bool registry_admits(const void *context, unsigned int slot);

/*
 * Take a free slot that @admits; NULL admits all. Returns its number.
 * Errors: ERROR_HOST when none is left.
 */
MUST_CHECK int registry_take(struct registry *registry, registry_admits *admits,
                             const void *context, struct error *err);

/* Take the first dead slot from number @from on. Returns its number; -1 when there is none. */
int registry_take_dead(struct registry *registry, unsigned int from);

/* Give up an owned slot: its record must have been cleared. */
void registry_release(struct registry *registry, unsigned int slot);

/* Give up an owned slot of which something is left to be swept. */
void registry_abandon(struct registry *registry, unsigned int slot);

/* The process that owns @slot, as its own PID namespace numbers it; 0 when it is free or dead. */
pid_t registry_owner(const struct registry *registry, unsigned int slot);

/* Write the record of an owned slot. */
MUST_CHECK int registry_write(struct registry *registry, unsigned int slot,
                              const struct registry_record *record, struct error *err);

/* Read a record; every text in it ends. */
MUST_CHECK int registry_read(struct registry *registry, unsigned int slot,
                             struct registry_record *out, struct error *err);

#endif
