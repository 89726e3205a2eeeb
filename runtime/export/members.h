/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything that a spec can say, and what it means to lose it: the one table by which no writer
 * of another language can forget a member. A test holds it against the headers of the spec.
 */
#ifndef HARDRUN_EXPORT_MEMBERS_H
#define HARDRUN_EXPORT_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include "spec/spec.h"
#include "spec/spec_engine.h"
#include "spec/spec_oci.h"

enum member_effect {
	MEMBER_RESTRICTION, /* without it the container may do more: losing it is an error */
	MEMBER_GRANT,       /* without it the container may do less: a warning */
	MEMBER_NEUTRAL,     /* neither: a warning */
	MEMBER_NONE,        /* nothing is lost with it: another member says the same */
};

enum member_owner {
	MEMBER_OF_SPEC,
	MEMBER_OF_OCI,
	MEMBER_OF_ENGINE,
	/* Of the items of a list: their writer sees to them. */
	MEMBER_OF_ITEM,
	MEMBER_OWNER_COUNT,
};

/* How a member shows that it is there. */
enum member_shape {
	MEMBER_BYTES,  /* a byte of it is not zero */
	MEMBER_TEXT,   /* struct spec_text */
	MEMBER_TEXTS,  /* struct spec_text_list */
	MEMBER_NUMBER, /* struct spec_number */
	MEMBER_AMOUNT, /* struct spec_number of which 0 and what is below mean no limit */
	MEMBER_LIMIT,  /* struct spec_limit */
	MEMBER_SWITCH, /* struct spec_switch that is on */
};

/* What shows that a member is there, where its shape does not. */
enum member_sign {
	MEMBER_BY_SHAPE,
	MEMBER_BY_USER_NAME,
	MEMBER_BY_GROUP_NAMES,
	MEMBER_BY_UNKNOWN_ROOT,
	MEMBER_BY_SHARES,
	MEMBER_BY_UMASK,
	MEMBER_BY_NESTING,
	MEMBER_BY_SECCOMP,
	MEMBER_BY_APPARMOR,
};

/* It holds no pointer, so that the start of every command relocates none. */
struct member {
	enum member_owner owner;
	char name[44]; /* as in C: "oci.resources.pids_limit" without the "oci." */
	size_t offset; /* in the owner's struct */
	size_t size;   /* bytes */
	enum member_shape shape;
	enum member_effect effect;
	char control[32]; /* what --drop calls it: "pids-limit"; "": it cannot be lost */
	char title[40];   /* for people: "the limit of processes" */
	/* Where it stands in an engine's language, and in config.json or in the native one. */
	enum spec_engine_place place;
	char pointer[36];
	enum member_sign sign;
};

extern const struct member member_table[];
extern const size_t member_count;

/* Does @spec say anything by @member, which is of no item? */
bool member_is_there(const struct member *member, const struct spec *spec);

/* Where it stands; "" when that is not known. */
const char *member_origin(const struct member *member, const struct spec *spec);

/* The row whose member of @spec begins at @address; @address must be of one. */
const struct member *member_at(const struct spec *spec, const void *address);

/* The row called @name of @owner, which must be there. */
const struct member *member_called(enum member_owner owner, const char *name);

/* Is @control one that the table knows? */
bool member_knows_control(const char *control);

#endif
