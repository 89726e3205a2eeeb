/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Does an environment variable look as if it were a secret? A guess, by name and by shape. */
#ifndef HARDRUN_SPEC_SECRET_SHAPE_H
#define HARDRUN_SPEC_SECRET_SHAPE_H

/* Why @setting, "NAME=value", looks like a secret, for people; NULL: it does not. */
const char *secret_shape(const char *setting);

#endif
