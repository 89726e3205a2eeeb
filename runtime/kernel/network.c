/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/network.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

#define ANY_NUMBER_MAX 65536 /* tried for a %d */

/*
 * What an address's owner asked for; the other flags are the kernel's findings.
 * Source: <linux/if_addr.h>.
 */
#define KEPT_FLAGS                                                                      \
	(IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | \
	 IFA_F_MCAUTOJOIN)

int network_bring_up_loopback(struct error *err)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	AUTO_CLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return error_set_errno(err, "cannot bring up the loopback interface");
	return 0;
}

/* There and back, with a socket that stays there. */
static int visit(struct network_passage *passage, int home_fd, struct error *err)
{
	int result;

	if (setns(passage->namespace_fd, CLONE_NEWNET) < 0)
		return error_set_errno(err, "cannot enter the container's network namespace");
	result = netlink_open(&passage->there, err);
	if (setns(home_fd, CLONE_NEWNET) < 0)
		return error_set_errno(err, "cannot return from the container's network namespace");
	return result;
}

int network_passage_open(struct network_passage *out, int namespace_fd, struct error *err)
{
	AUTO_CLOSE int home_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	*out = NETWORK_PASSAGE_NONE;
	out->namespace_fd = namespace_fd;
	if (home_fd < 0)
		return error_set_errno(err, "cannot open the own network namespace");
	if (netlink_open(&out->here, err) == 0 && visit(out, home_fd, err) == 0)
		return 0;
	network_passage_close(out);
	return -1;
}

void network_passage_close(struct network_passage *passage)
{
	netlink_close(&passage->here);
	netlink_close(&passage->there);
}

/* Returns 0 for a name that no device has. Source: netdevice(7), SIOCGIFINDEX. */
static int find(const struct netlink *side, const char *name)
{
	struct ifreq request = { .ifr_ifindex = 0 };

	if (strlen(name) >= sizeof(request.ifr_name))
		return 0;
	memcpy(request.ifr_name, name, strlen(name));
	return ioctl(side->fd, SIOCGIFINDEX, &request) < 0 ? 0 : request.ifr_ifindex;
}

/* @name, or what it stands for. Errors: ERROR_SPEC when that is taken. */
static int choose_name(const struct netlink *there, const char *name, char out[IFNAMSIZ],
                       struct error *err)
{
	const char *any = strstr(name, "%d");

	if (any == NULL) {
		(void)snprintf(out, IFNAMSIZ, "%s", name);
		if (find(there, out) == 0)
			return 0;
	}
	for (int i = 0; any != NULL && i < ANY_NUMBER_MAX; i++) {
		const int length =
			snprintf(out, IFNAMSIZ, "%.*s%d%s", (int)(any - name), name, i, any + 2);

		if (length >= IFNAMSIZ)
			break;
		if (find(there, out) == 0)
			return 0;
	}
	return error_set(err, ERROR_SPEC, "the container has a network device %s already", name);
}

int network_check(const struct network_passage *passage, const char *host_name, const char *name,
                  struct error *err)
{
	char chosen[IFNAMSIZ];

	if (find(&passage->here, host_name) == 0)
		return error_set(err, ERROR_HOST, "there is no network device %s", host_name);
	return choose_name(&passage->there, name != NULL ? name : host_name, chosen, err);
}

/* The requests that give a device its addresses again. */
struct addresses {
	struct netlink_request *items;
	size_t count;
	size_t room;
	uint32_t index; /* of the device, here */
};

static void addresses_clear(struct addresses *addresses)
{
	free(addresses->items);
}

static struct netlink_request *add_address(struct addresses *addresses, struct error *err)
{
	struct netlink_request *items = addresses->items;

	if (addresses->count == addresses->room) {
		const size_t room = addresses->room * 2 + 4;

		items = reallocarray(addresses->items, room, sizeof(*items));
		if (items == NULL) {
			(void)error_set_errno(err, "cannot keep a network device's addresses");
			return NULL;
		}
		addresses->items = items;
		addresses->room = room;
	}
	return &items[addresses->count++];
}

static int copy_address(struct addresses *addresses, const struct ifaddrmsg *address,
                        const struct netlink_attribute *attributes, uint32_t flags,
                        struct error *err)
{
	static const uint16_t kept[] = { IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_RT_PRIORITY };
	const struct ifaddrmsg body = {
		.ifa_family = address->ifa_family,
		.ifa_prefixlen = address->ifa_prefixlen,
		.ifa_scope = address->ifa_scope,
	};
	const uint32_t kept_flags = flags & KEPT_FLAGS;
	struct netlink_request *request = add_address(addresses, err);

	if (request == NULL || netlink_begin(request, RTM_NEWADDR, &body, sizeof(body), err) < 0 ||
	    netlink_put(request, IFA_FLAGS, &kept_flags, sizeof(kept_flags), err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		const struct netlink_attribute *attribute = &attributes[kept[i]];

		if (attribute->value != NULL &&
		    netlink_put(request, kept[i], attribute->value, attribute->size, err) < 0)
			return -1;
	}
	return 0;
}

/* Those of other scopes belong to the link that the device was on. */
static int keep_address(uint16_t type, const void *body, size_t size, void *context,
                        struct error *err)
{
	struct addresses *addresses = context;
	struct netlink_attribute attributes[IFA_RT_PRIORITY + 1];
	struct ifaddrmsg address;
	uint32_t flags;

	if (type != RTM_NEWADDR || size < NLMSG_ALIGN(sizeof(address)))
		return 0;
	memcpy(&address, body, sizeof(address));
	if (address.ifa_index != addresses->index || address.ifa_scope != RT_SCOPE_UNIVERSE)
		return 0;
	netlink_read((const unsigned char *)body + NLMSG_ALIGN(sizeof(address)),
	             size - NLMSG_ALIGN(sizeof(address)), attributes, ARRAY_LEN(attributes));
	flags = address.ifa_flags;
	if (attributes[IFA_FLAGS].size == sizeof(flags))
		memcpy(&flags, attributes[IFA_FLAGS].value, sizeof(flags));
	if ((flags & IFA_F_PERMANENT) == 0)
		return 0;
	return copy_address(addresses, &address, attributes, flags, err);
}

static int list_addresses(struct netlink *here, struct addresses *addresses, struct error *err)
{
	const struct ifaddrmsg all = { .ifa_family = AF_UNSPEC };
	struct netlink_request request;

	if (netlink_begin(&request, RTM_GETADDR, &all, sizeof(all), err) < 0)
		return -1;
	return netlink_list(here, &request, keep_address, addresses, err);
}

/* The name is given in the same request, so that another's is never in the way. */
static int change_namespace(struct network_passage *passage, int index, const char *name,
                            struct error *err)
{
	const struct ifinfomsg device = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	const int32_t namespace_fd = passage->namespace_fd;
	struct netlink_request request;

	if (netlink_begin(&request, RTM_SETLINK, &device, sizeof(device), err) < 0 ||
	    netlink_put(&request, IFLA_NET_NS_FD, &namespace_fd, sizeof(namespace_fd), err) < 0)
		return -1;
	if (name != NULL && netlink_put(&request, IFLA_IFNAME, name, strlen(name) + 1, err) < 0)
		return -1;
	return netlink_ask(&passage->here, &request);
}

static int set_addresses(struct netlink *there, struct addresses *addresses, int index,
                         struct error *err)
{
	for (size_t i = 0; i < addresses->count; i++) {
		struct netlink_request *request = &addresses->items[i];
		struct ifaddrmsg address;

		memcpy(&address, request->bytes + NLMSG_HDRLEN, sizeof(address));
		address.ifa_index = (uint32_t)index;
		memcpy(request->bytes + NLMSG_HDRLEN, &address, sizeof(address));
		if (netlink_ask(there, request) < 0)
			return -1;
	}
	return 0;
}

static int bring_up(struct netlink *there, int index, struct error *err)
{
	const struct ifinfomsg device = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = index,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};
	struct netlink_request request;

	if (netlink_begin(&request, RTM_SETLINK, &device, sizeof(device), err) < 0)
		return -1;
	return netlink_ask(there, &request);
}

/* On the other side its number may be another one. */
static int settle(struct netlink *there, struct addresses *addresses, const char *name,
                  struct error *err)
{
	const int index = find(there, name);

	if (index == 0)
		return error_set(err, ERROR_SYSTEM, "the network device %s has gone", name);
	if (set_addresses(there, addresses, index, err) < 0)
		return error_set_errno(err, "cannot give %s its addresses again", name);
	if (bring_up(there, index, err) < 0)
		return error_set_errno(err, "cannot bring up the network device %s", name);
	return 0;
}

int network_move(struct network_passage *passage, const char *host_name, const char *name,
                 struct error *err)
{
	const int index = find(&passage->here, host_name);
	CLEANUP(addresses_clear) struct addresses addresses = { .index = (uint32_t)index };
	char chosen[IFNAMSIZ];

	if (index == 0)
		return error_set(err, ERROR_HOST, "there is no network device %s", host_name);
	if (choose_name(&passage->there, name != NULL ? name : host_name, chosen, err) < 0)
		return -1;
	if (list_addresses(&passage->here, &addresses, err) < 0)
		return error_set_errno(err, "cannot list the addresses of %s", host_name);
	if (change_namespace(passage, index, name != NULL ? chosen : NULL, err) < 0)
		return error_set_errno(err, "cannot move the network device %s", host_name);
	return settle(&passage->there, &addresses, chosen, err);
}
