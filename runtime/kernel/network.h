/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network of a container that has none: its loopback interface. */
#ifndef HARDRUN_KERNEL_NETWORK_H
#define HARDRUN_KERNEL_NETWORK_H

#include "base/compiler.h"
#include "base/error.h"

/* Bring the interface "lo" of this network namespace up. Source: netdevice(7), SIOCSIFFLAGS. */
MUST_CHECK int network_bring_up_loopback(struct error *err);

#endif
