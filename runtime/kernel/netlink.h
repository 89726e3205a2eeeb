/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dialogue with the kernel's rtnetlink, one request at a time. What goes out and what comes in
 * is measured at every step: the length of an attribute has 16 bits only (CVE-2021-43784). Knows
 * nothing of devices or addresses.
 * Source: netlink(7), rtnetlink(7).
 */
#ifndef HARDRUN_KERNEL_NETLINK_H
#define HARDRUN_KERNEL_NETLINK_H

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"

#define NETLINK_REQUEST_SIZE 128 /* bytes; an address with all that is kept of it takes 88 */

struct netlink_request {
	union {
		struct nlmsghdr header;
		unsigned char bytes[NETLINK_REQUEST_SIZE];
	};
};

/* A socket; it stays in the network namespace in which it was opened. */
struct netlink {
	int fd;
	uint32_t sequence; /* of the last request */
};

#define NETLINK_NONE ((struct netlink){ .fd = -1 })

/* An attribute of a message, in place. */
struct netlink_attribute {
	const void *value; /* NULL: it is not there */
	size_t size;       /* bytes */
};

/* Owns: netlink_close(). */
MUST_CHECK int netlink_open(struct netlink *out, struct error *err);

void netlink_close(struct netlink *netlink);

/* Begin a request of @type with its fixed part. Errors: ERROR_INTERNAL when it is too large. */
MUST_CHECK int netlink_begin(struct netlink_request *request, uint16_t type, const void *body,
                             size_t size, struct error *err);

/* Append an attribute. Errors: ERROR_INTERNAL when there is no room; @request is unchanged. */
MUST_CHECK int netlink_put(struct netlink_request *request, uint16_t type, const void *value,
                           size_t size, struct error *err);

/* Have @request done. Returns 0, or -1 with the kernel's answer in errno. */
MUST_CHECK int netlink_ask(struct netlink *netlink, struct netlink_request *request);

/* One message of a list: its fixed part and attributes, together @size bytes. */
typedef int netlink_item_function(uint16_t type, const void *body, size_t size, void *context,
                                  struct error *err);

/*
 * Have the list that @request asks for, each item of it given to @each.
 * Errors: whatever @each says; else -1 with errno, and @err is unchanged.
 */
MUST_CHECK int netlink_list(struct netlink *netlink, struct netlink_request *request,
                            netlink_item_function *each, void *context, struct error *err);

/*
 * Find the attributes in @size bytes. Of those with a type below @count the last one of each is
 * left in @out; reading ends at the first that does not fit.
 */
void netlink_read(const void *attributes, size_t size, struct netlink_attribute *out, size_t count);

#endif
