/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a failure in the sandbox to what can be tried. */
#ifndef HARDRUN_SANDBOX_HINTS_H
#define HARDRUN_SANDBOX_HINTS_H

#include "base/error.h"

/* Add the hint for the stage and errno of @err, if there is one and it has none yet. */
void hints_add(struct error *err);

#endif
