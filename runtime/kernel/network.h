/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network of a container: its loopback interface, and devices that come from the host. */
#ifndef HARDRUN_KERNEL_NETWORK_H
#define HARDRUN_KERNEL_NETWORK_H

#include "base/compiler.h"
#include "base/error.h"
#include "kernel/netlink.h"

/* Bring the interface "lo" of this network namespace up. Source: netdevice(7), SIOCSIFFLAGS. */
MUST_CHECK int network_bring_up_loopback(struct error *err);

/* From this network namespace to another one. */
struct network_passage {
	struct netlink here;
	struct netlink there;
	int namespace_fd; /* of the other one; borrowed */
};

#define NETWORK_PASSAGE_NONE \
	((struct network_passage){ .here = NETLINK_NONE, .there = NETLINK_NONE })

/*
 * Open the way to the network namespace @namespace_fd. The calling thread visits it. Needs
 * CAP_SYS_ADMIN over both, and CAP_NET_ADMIN for network_move().
 * Owns: network_passage_close().
 */
MUST_CHECK int network_passage_open(struct network_passage *out, int namespace_fd,
                                    struct error *err);

void network_passage_close(struct network_passage *passage);

/*
 * Could the device @host_name get the name @name on the other side? @name may have one %d, which
 * stands for any number; NULL: it keeps its name.
 * Errors: ERROR_HOST when there is no such device; ERROR_SPEC when the name is taken.
 */
MUST_CHECK int network_check(const struct network_passage *passage, const char *host_name,
                             const char *name, struct error *err);

/*
 * Move the device to the other side and bring it up there. It keeps its permanent addresses of
 * global scope, which the kernel would drop, and what the kernel itself keeps: the MTU, the
 * hardware address. When the namespace ends a physical device returns to the first one; others
 * are destroyed.
 * After: network_check().
 * Source: runtime-spec config-linux.md, linux.netDevices; rtnetlink(7); RFC 3549, 2.3.3.2.
 */
MUST_CHECK int network_move(struct network_passage *passage, const char *host_name,
                            const char *name, struct error *err);

#endif
