/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Families, types and protocols of sockets, their options, and peers that are the host's. */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define HIGH_BIT     (1L << 32)
#define AF_ALG_      38
#define MPTCP        262
#define UDPLITE      136
#define SCTP         132
#define DCCP         33
#define SET_REPLACE  64 /* IPT_SO_SET_REPLACE, and of ip6tables */
#define ARPT_REPLACE 96
#define EBT_ENTRIES  128

/* Any type of a family: how the kernel is made to load the family's module. */
static int open_family(const struct attempt *attempt)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET };

	for (size_t i = 0; i < COUNT(types); i++) {
		if (socket((int)attempt->number, types[i], 0) >= 0)
			return THROUGH;
	}
	return -1;
}

static int open_pair(const struct attempt *attempt)
{
	int pair[2];

	return socketpair((int)attempt->number, SOCK_STREAM, 0, pair);
}

static int open_netlink(const struct attempt *attempt)
{
	return socket(AF_NETLINK, SOCK_RAW, (int)attempt->number) < 0 ? -1 : THROUGH;
}

/* The level, the option and its value. */
static int set_option(const struct attempt *attempt)
{
	const int family = (int)(intptr_t)attempt->arguments[0];
	const int level = (int)(intptr_t)attempt->arguments[1];
	const int value = (int)(intptr_t)attempt->arguments[2];
	const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -1 : setsockopt(fd, level, (int)attempt->number, &value, sizeof(value));
}

static int bind_port(const struct attempt *attempt)
{
	const struct sockaddr_in6 address = { .sin6_family = AF_INET6,
		                              .sin6_port = htons((uint16_t)attempt->number) };
	const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -1 : bind(fd, (const struct sockaddr *)&address, sizeof(address));
}

/* With SOCK_NONBLOCK as @flags it is enough that it has begun: for that there is a route. */
static int connect_to(const char *name, const char *port, int flags)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
		                             .sin_port = htons((uint16_t)atoi(port)),
		                             .sin_addr = { inet_addr(name) } };
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	if (fd < 0)
		return -1;
	return connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 &&
	                       errno != EINPROGRESS
	               ? -1
	               : THROUGH;
}

static int connect_host(const struct attempt *attempt)
{
	(void)attempt;
	return connect_to("127.0.0.1", target.port, 0);
}

static int connect_outside(const struct attempt *attempt)
{
	return connect_to(attempt->arguments[0], "9", SOCK_NONBLOCK);
}

static socklen_t name_abstract(struct sockaddr_un *address)
{
	const size_t length = strlen(target.abstract);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(address->sun_path + 1, target.abstract, length);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
}

static int connect_abstract(const struct attempt *attempt)
{
	struct sockaddr_un address;
	const socklen_t length = name_abstract(&address);
	const int fd = socket(AF_UNIX, (int)attempt->number | SOCK_CLOEXEC, 0);

	return fd < 0 ? -1 : connect(fd, (const struct sockaddr *)&address, length);
}

/* To say that a message is another's. */
static int forge(const struct attempt *attempt)
{
	const struct ucred other = { .pid = target.init, .uid = geteuid(), .gid = getegid() };
	const struct ucred root = { .pid = getpid(), .uid = geteuid() == 0, .gid = getegid() };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control = { .head = { .cmsg_len = CMSG_LEN(sizeof(struct ucred)),
		                .cmsg_level = SOL_SOCKET,
		                .cmsg_type = SCM_CREDENTIALS } };
	char byte = 'x';
	struct iovec part = { &byte, 1 };
	const struct msghdr message = { .msg_iov = &part,
		                        .msg_iovlen = 1,
		                        .msg_control = &control,
		                        .msg_controllen = sizeof(control) };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
		return -1;
	memcpy(CMSG_DATA(&control.head), attempt->number == 0 ? &root : &other, sizeof(root));
	return sendmsg(pair[0], &message, 0) < 0 ? -1 : THROUGH;
}

struct request {
	struct nlmsghdr head;
	union {
		struct ifinfomsg link;
		struct ifaddrmsg address;
		struct rtmsg route;
	};
};

/* Ask the kernel by netlink; what it answers. */
static int ask(const struct request *request)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[256];
	} answer;
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || send(fd, request, sizeof(*request), 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < 0)
		return -1;
	errno = answer.head.nlmsg_type == NLMSG_ERROR ? -answer.error.error : 0;
	return errno == 0 ? THROUGH : -1;
}

static int configure(const struct attempt *attempt)
{
	struct request request = {
		.head = { .nlmsg_len = sizeof(request),
		          .nlmsg_type = (uint16_t)attempt->number,
		          .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE },
	};

	if (attempt->number == RTM_NEWLINK)
		request.link = (struct ifinfomsg){ .ifi_index = 1,
			                           .ifi_change = IFF_PROMISC,
			                           .ifi_flags = IFF_PROMISC };
	if (attempt->number == RTM_NEWADDR)
		request.address = (struct ifaddrmsg){ .ifa_family = AF_INET, .ifa_index = 1 };
	if (attempt->number == RTM_NEWROUTE)
		request.route = (struct rtmsg){ .rtm_family = AF_INET,
			                        .rtm_table = RT_TABLE_MAIN,
			                        .rtm_type = RTN_BLACKHOLE,
			                        .rtm_scope = RT_SCOPE_UNIVERSE };
	return ask(&request);
}

#define FAMILY(name, number)                        \
	{                                           \
		"family:" name, open_family, number \
	}
#define SOCKET(name, family, type, protocol)                           \
	{                                                              \
		"socket:" name, by_native, SYS_socket,                 \
		{                                                      \
			NUMBER(family), NUMBER(type), NUMBER(protocol) \
		}                                                      \
	}
#define NETLINK(name, number)                         \
	{                                             \
		"netlink:" name, open_netlink, number \
	}
#define OPTION(name, family, level, option, value)                   \
	{                                                            \
		"option:" name, set_option, option,                  \
		{                                                    \
			NUMBER(family), NUMBER(level), NUMBER(value) \
		}                                                    \
	}

/* Source: <bits/socket.h> */
static const struct attempt families[] = {
	FAMILY("unspecified", 0), FAMILY("ax25", 3),      FAMILY("ipx", 4),
	FAMILY("appletalk", 5),   FAMILY("netrom", 6),    FAMILY("bridge", 7),
	FAMILY("atmpvc", 8),      FAMILY("x25", 9),       FAMILY("rose", 11),
	FAMILY("decnet", 12),     FAMILY("netbeui", 13),  FAMILY("security", 14),
	FAMILY("key", 15),        FAMILY("packet", 17),   FAMILY("ash", 18),
	FAMILY("econet", 19),     FAMILY("atmsvc", 20),   FAMILY("rds", 21),
	FAMILY("sna", 22),        FAMILY("irda", 23),     FAMILY("pppox", 24),
	FAMILY("wanpipe", 25),    FAMILY("llc", 26),      FAMILY("infiniband", 27),
	FAMILY("mpls", 28),       FAMILY("can", 29),      FAMILY("tipc", 30),
	FAMILY("bluetooth", 31),  FAMILY("iucv", 32),     FAMILY("rxrpc", 33),
	FAMILY("isdn", 34),       FAMILY("phonet", 35),   FAMILY("ieee802154", 36),
	FAMILY("caif", 37),       FAMILY("alg", AF_ALG_), FAMILY("nfc", 39),
	FAMILY("vsock", 40),      FAMILY("kcm", 41),      FAMILY("qipcrtr", 42),
	FAMILY("smc", 43),        FAMILY("xdp", 44),      FAMILY("mctp", 45),
	FAMILY("unknown", 46),
};

static const struct attempt sockets[] = {
	SOCKET("alg-with-a-high-bit", AF_ALG_ | HIGH_BIT, SOCK_SEQPACKET, 0),
	SOCKET("raw-icmp", AF_INET, SOCK_RAW, IPPROTO_ICMP),
	SOCKET("raw-tcp", AF_INET, SOCK_RAW, IPPROTO_TCP),
	SOCKET("raw-any", AF_INET, SOCK_RAW, IPPROTO_RAW),
	SOCKET("raw-icmp6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6),
	SOCKET("packet-of-old", AF_INET, SOCK_PACKET, 0),
	SOCKET("sctp", AF_INET, SOCK_STREAM, SCTP),
	SOCKET("sctp-packets", AF_INET, SOCK_SEQPACKET, 0),
	SOCKET("dccp", AF_INET, SOCK_DCCP, DCCP),
	SOCKET("mptcp", AF_INET, SOCK_STREAM, MPTCP),
	SOCKET("mptcp6", AF_INET6, SOCK_STREAM, MPTCP),
	SOCKET("udplite", AF_INET, SOCK_DGRAM, UDPLITE),
	SOCKET("rdm", AF_INET, SOCK_RDM, 0),
	{ "socket:pair-of-tipc", open_pair, 30 },
	{ "socket:pair-of-inet", open_pair, AF_INET },
	NETLINK("usersock", 2),
	NETLINK("firewall", 3),
	NETLINK("sock-diag", 4),
	NETLINK("nflog", 5),
	NETLINK("xfrm", 6),
	NETLINK("selinux", 7),
	NETLINK("iscsi", 8),
	NETLINK("audit", 9),
	NETLINK("fib-lookup", 10),
	NETLINK("connector", 11),
	NETLINK("netfilter", 12),
	NETLINK("dnrtmsg", 14),
	NETLINK("uevent", 15),
	NETLINK("generic", 16),
	NETLINK("scsi", 18),
	NETLINK("ecryptfs", 19),
	NETLINK("rdma", 20),
	NETLINK("crypto", 21),
	NETLINK("smc", 22),
	OPTION("mark", AF_INET, SOL_SOCKET, SO_MARK, 1),
	OPTION("priority", AF_INET, SOL_SOCKET, SO_PRIORITY, 7),
	OPTION("buffer-by-force", AF_INET, SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24),
	OPTION("debug", AF_INET, SOL_SOCKET, SO_DEBUG, 1),
	OPTION("transparent", AF_INET, IPPROTO_IP, IP_TRANSPARENT, 1),
	OPTION("repair", AF_INET, IPPROTO_TCP, TCP_REPAIR, 1),
	OPTION("iptables", AF_INET, IPPROTO_IP, SET_REPLACE, 0),
	OPTION("ip6tables", AF_INET6, IPPROTO_IPV6, SET_REPLACE, 0),
	OPTION("arptables", AF_INET, IPPROTO_IP, ARPT_REPLACE, 0),
	OPTION("ebtables", AF_INET, IPPROTO_IP, EBT_ENTRIES, 0),
	{ "peer:low-port", bind_port, 80 },
	{ "peer:loopback-of-host", connect_host },
	{ "peer:outside", connect_outside, 0, { "192.0.2.1" } },
	{ "peer:metadata-service", connect_outside, 0, { "169.254.169.254" } },
	{ "peer:abstract", connect_abstract, SOCK_STREAM },
	{ "peer:forged-user", forge, 0 },
	{ "peer:forged-process", forge, 1 },
	{ "configure:link", configure, RTM_NEWLINK },
	{ "configure:address", configure, RTM_NEWADDR },
	{ "configure:route", configure, RTM_NEWROUTE },
};

void probe_sockets(void)
{
	probe_all(families, COUNT(families));
	probe_all(sockets, COUNT(sockets));
}
