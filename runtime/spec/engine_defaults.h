/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What container engines give when nothing is said. */
#ifndef HARDRUN_SPEC_ENGINE_DEFAULTS_H
#define HARDRUN_SPEC_ENGINE_DEFAULTS_H

#include <stdbool.h>

#include "kernel/capability.h"

/*
 * The fourteen of Docker, containerd and, as the widest of all, every engine.
 * Source: moby oci/caps/defaults.go; containerd pkg/oci/spec.go.
 */
extern const capability_set engine_default_capabilities;

/*
 * Does dockerd give every network namespace of its own the setting @name this @value?
 * Source: moby daemon/oci_linux.go, sysctls; config.json files of dockerd 28.
 */
bool engine_sysctl_is_default(const char *name, const char *value);

/* Is @name an AppArmor profile that an engine makes and gives to whoever names none? */
bool engine_apparmor_is_default(const char *name);

#endif
