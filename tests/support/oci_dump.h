/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that a spec from a config.json says, a line for each value that is there. */
#ifndef HARDRUN_SUPPORT_OCI_DUMP_H
#define HARDRUN_SUPPORT_OCI_DUMP_H

#include "base/text.h"
#include "spec/spec_oci.h"

void oci_dump(const struct spec *spec, struct text *out);
void oci_dump_resources(const struct spec_oci_resources *resources, struct text *out);

#endif
