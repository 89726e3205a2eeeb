/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A spec while it is being written. A front end starts with spec_begin(), which gives the
 * hardened defaults, lays its layers over them (a preset, then the user's own text, then the
 * command line), and ends with spec_finish(). A limit that one layer lifts and a later one sets
 * is set.
 */
#ifndef HARDRUN_SPEC_SPEC_BUILD_H
#define HARDRUN_SPEC_SPEC_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "spec/spec.h"

#define SPEC_CPU_PERIOD_USEC 100000 /* cpu_quota is microseconds per this many */

/* Later layers win. */
enum spec_layer {
	SPEC_LAYER_DEFAULT,
	SPEC_LAYER_PRESET,
	SPEC_LAYER_USER,
	SPEC_LAYER_OPTION, /* the command line */
};

/* The limits that have a default, and that relax.no-limits can lift. */
enum spec_bound {
	SPEC_BOUND_MEMORY,
	SPEC_BOUND_SWAP,
	SPEC_BOUND_CPUS,
	SPEC_BOUND_PIDS,
	SPEC_BOUND_NOFILE,
	SPEC_BOUND_CORE,
	SPEC_BOUND_COUNT,
};

/* "memory", "swap" and so on, as the members of "limits" are called. */
const char *spec_bound_name(enum spec_bound bound);

struct spec_range {
	uint64_t min;
	uint64_t max;
};

/* What the limit may be, in its unit. */
const struct spec_range *spec_bound_range(enum spec_bound bound);

/* An array that grows in an arena; what it outgrows stays there until the arena goes. */
struct spec_list {
	void *items;
	size_t count;
	size_t capacity;  /* items */
	size_t item_size; /* bytes */
};

struct spec_builder {
	struct spec *spec;
	struct arena *arena;   /* of the spec */
	enum spec_layer layer; /* that is being read */

	struct spec_list args;           /* struct spec_text */
	struct spec_list env;            /* struct spec_text, "NAME=value", one of a name */
	struct spec_list tmpfs;          /* struct spec_tmpfs, one of a target */
	struct spec_list mounts;         /* struct spec_mount */
	struct spec_list writable;       /* struct spec_mount: relax.write */
	struct spec_list secrets;        /* struct spec_secret, one of a name */
	struct spec_list devices;        /* struct spec_device */
	struct spec_list sysctls;        /* struct spec_sysctl, one of a name */
	struct spec_list io_devices;     /* struct spec_io_device, one of a path */
	struct spec_list syscalls;       /* struct spec_text: relax.syscalls */
	struct spec_list unmasked_paths; /* struct spec_text */
	struct spec_list exec_paths;     /* struct spec_text: targets */
	struct spec_list secret_names;   /* struct spec_text: relax.secrets-in-env */
	struct spec_list sensitive;      /* struct spec_text: relax.sensitive-mount */

	struct {
		struct spec_limit limit;
		enum spec_layer set_by;
		enum spec_layer lifted_by; /* SPEC_LAYER_DEFAULT: not lifted */
		const char *lifted_origin;
	} bounds[SPEC_BOUND_COUNT];

	bool is_user_given;
	/* Where these members stand; NULL: not given. */
	const char *network_origin;
	const char *seccomp_origin;
	const char *apparmor_origin;
};

/*
 * Start a spec in an arena of its own, with the defaults.
 * Owns: arena_free(builder->arena) releases all, until spec_finish() has succeeded.
 */
MUST_CHECK int spec_begin(struct spec_builder *builder, struct error *err);

/* A copy in the spec's arena; NULL with @err set. */
MUST_CHECK const char *spec_copy(struct spec_builder *builder, const char *text, struct error *err);

/* Append a copy of @item, an object of the list's type. */
MUST_CHECK int spec_list_add(struct spec_builder *builder, struct spec_list *list, const void *item,
                             struct error *err);

/* The text that identifies @item of any of the lists: its first member. */
const char *spec_item_key(const void *item);

/* The item of @list whose first member, a `const char *`, equals @key; NULL: none. */
void *spec_list_find(const struct spec_list *list, const char *key);

/* As spec_list_add(), in the place of the item with the same first member if there is one. */
MUST_CHECK int spec_list_put(struct spec_builder *builder, struct spec_list *list, const void *item,
                             struct error *err);

/* Set the variable of @setting, "NAME=value", in the place of the one of the same name. */
MUST_CHECK int spec_set_env(struct spec_builder *builder, const char *setting, const char *origin,
                            struct error *err);

/* The variable of the same name as @setting, "NAME=value"; NULL: it is not set. */
struct spec_text *spec_find_env(const struct spec_builder *builder, const char *setting);

/* Set a limit in the current layer. */
void spec_set_bound(struct spec_builder *builder, enum spec_bound bound, uint64_t value,
                    const char *origin);

/* Lift a limit (relax.no-limits) in the current layer. */
void spec_lift_bound(struct spec_builder *builder, enum spec_bound bound, const char *origin);

/* The limit as it stands, or NULL when it is lifted. */
const struct spec_limit *spec_bound_in_force(const struct spec_builder *builder,
                                             enum spec_bound bound);

/*
 * Complete, check by spec_check() and seal.
 * Errors: ERROR_SPEC at the origin of what is wrong; the builder keeps the arena.
 * Owns: on success *@out, with all it points to, is released by arena_free((*out)->arena).
 */
MUST_CHECK int spec_finish(struct spec_builder *builder, struct spec **out, struct error *err);

#endif
