/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Users as engines and images name them: "app", "1000:1000", "0". */
#ifndef HARDRUN_IMPORT_ENGINE_USER_H
#define HARDRUN_IMPORT_ENGINE_USER_H

#include <stdbool.h>

#include "spec/spec_engine.h"

/* Is @user, with or without a group, root? */
bool engine_user_is_root(const char *user);

/*
 * Set spec->user by @user, with or without a group. Without a value it is 0:0 at @origin; who
 * only has a name gets SPEC_ENGINE_ID_UNKNOWN.
 * Source: moby daemon/oci_linux.go; runc libcontainer/user: a number without a group, which the
 * image does not know, is of group 0.
 */
void engine_set_user(struct spec *spec, const struct spec_text *user, const char *origin);

#endif
