/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every value of what import_any() reads, one a line, with where it stands. */
#ifndef HARDRUN_SUPPORT_ANY_DUMP_H
#define HARDRUN_SUPPORT_ANY_DUMP_H

#include "base/text.h"
#include "import/import_any.h"

void any_dump(const struct import_result *result, struct text *out);

#endif
