/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

#define ANSWER_SIZE 8192 /* bytes; kernel include/linux/netlink.h, NLMSG_GOODSIZE */
#define HEAD_SIZE   sizeof(struct nlattr)
#define TYPE_MASK   UINT16_C(0x3fff) /* NLA_TYPE_MASK: without the flags */

/* Messages and attributes begin at multiples of four. */
static size_t align(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

int netlink_open(struct netlink *out, struct error *err)
{
	*out = NETLINK_NONE;
	out->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (out->fd < 0)
		return error_set_errno(err, "cannot speak with the kernel's network");
	return 0;
}

void netlink_close(struct netlink *netlink)
{
	cleanup_close(&netlink->fd);
	netlink->fd = -1;
}

/* @size bytes at the end, which stays aligned. */
static unsigned char *add_room(struct netlink_request *request, size_t size, struct error *err)
{
	const size_t used = request->header.nlmsg_len;
	unsigned char *place = request->bytes + used;

	if (size > NETLINK_REQUEST_SIZE - used || align(size) > NETLINK_REQUEST_SIZE - used) {
		(void)error_set(err, ERROR_INTERNAL,
		                "a request to the kernel's network is too "
		                "large");
		return NULL;
	}
	memset(place, 0, align(size));
	request->header.nlmsg_len += (uint32_t)align(size);
	return place;
}

int netlink_begin(struct netlink_request *request, uint16_t type, const void *body, size_t size,
                  struct error *err)
{
	unsigned char *place;

	request->header = (struct nlmsghdr){
		.nlmsg_len = NLMSG_HDRLEN,
		.nlmsg_type = type,
	};
	place = add_room(request, size, err);
	if (place == NULL)
		return -1;
	memcpy(place, body, size);
	return 0;
}

int netlink_put(struct netlink_request *request, uint16_t type, const void *value, size_t size,
                struct error *err)
{
	struct nlattr head = { .nla_type = type };
	unsigned char *place = NULL;

	if (size <= NETLINK_REQUEST_SIZE)
		place = add_room(request, HEAD_SIZE + size, err);
	if (place == NULL)
		return error_set(err, ERROR_INTERNAL,
		                 "an attribute for the kernel's network is "
		                 "too large");
	head.nla_len = (uint16_t)(HEAD_SIZE + size);
	memcpy(place, &head, sizeof(head));
	memcpy(place + HEAD_SIZE, value, size);
	return 0;
}

static int send_request(struct netlink *netlink, struct netlink_request *request, uint16_t flags)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	const size_t size = request->header.nlmsg_len;
	ssize_t sent;

	request->header.nlmsg_flags = NLM_F_REQUEST | flags;
	request->header.nlmsg_seq = ++netlink->sequence;
	do {
		sent = sendto(netlink->fd, request->bytes, size, 0,
		              (const struct sockaddr *)&kernel, sizeof(kernel));
	} while (sent < 0 && errno == EINTR);
	if (sent >= 0 && (size_t)sent != size)
		errno = EMSGSIZE;
	return sent >= 0 && (size_t)sent == size ? 0 : -1;
}

/* Several messages, of the kernel only: any process may send to the socket. */
static ssize_t receive(const struct netlink *netlink, unsigned char *bytes)
{
	for (;;) {
		struct sockaddr_nl sender = { .nl_family = AF_UNSPEC };
		socklen_t length = sizeof(sender);
		const ssize_t size = recvfrom(netlink->fd, bytes, ANSWER_SIZE, MSG_TRUNC,
		                              (struct sockaddr *)&sender, &length);

		if (size < 0 && errno == EINTR)
			continue;
		if (size >= 0 && sender.nl_pid != 0)
			continue;
		if (size <= ANSWER_SIZE)
			return size;
		errno = EMSGSIZE;
		return -1;
	}
}

/* What one list or one request is answered with. */
struct answer {
	uint32_t sequence;
	netlink_item_function *each; /* NULL: nothing but whether it is done */
	void *context;
	struct error *err;
};

/* Of an end of a list, or of a request: 1 when it is done, -1 with errno. */
static int read_status(const unsigned char *body, size_t size)
{
	int32_t status = 0;

	if (size >= sizeof(status))
		memcpy(&status, body, sizeof(status));
	if (status == 0)
		return 1;
	errno = status < 0 && status > -4096 ? -status : EPROTO;
	return -1;
}

/* 0: more is to come; 1: that was all. */
static int take(const struct answer *answer, const struct nlmsghdr *header,
                const unsigned char *body)
{
	const size_t size = header->nlmsg_len - NLMSG_HDRLEN;

	if (header->nlmsg_seq != answer->sequence || header->nlmsg_type == NLMSG_NOOP)
		return 0;
	if (header->nlmsg_type == NLMSG_ERROR || header->nlmsg_type == NLMSG_DONE)
		return read_status(body, size);
	if (answer->each == NULL)
		return 0;
	return answer->each(header->nlmsg_type, body, size, answer->context, answer->err);
}

static int take_all(const struct answer *answer, const unsigned char *bytes, size_t size)
{
	int result = 0;

	while (result == 0 && size >= NLMSG_HDRLEN) {
		struct nlmsghdr header;
		size_t step;

		memcpy(&header, bytes, sizeof(header));
		if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > size) {
			errno = EPROTO;
			return -1;
		}
		result = take(answer, &header, bytes + NLMSG_HDRLEN);
		step = align(header.nlmsg_len);
		if (step > size)
			step = size;
		bytes += step;
		size -= step;
	}
	return result;
}

static int await_answer(struct netlink *netlink, const struct answer *answer)
{
	unsigned char bytes[ANSWER_SIZE];
	int result = 0;

	while (result == 0) {
		const ssize_t size = receive(netlink, bytes);

		result = size < 0 ? -1 : take_all(answer, bytes, (size_t)size);
	}
	return result < 0 ? -1 : 0;
}

int netlink_ask(struct netlink *netlink, struct netlink_request *request)
{
	struct answer answer = { .each = NULL };

	if (send_request(netlink, request, NLM_F_ACK) < 0)
		return -1;
	answer.sequence = netlink->sequence;
	return await_answer(netlink, &answer);
}

int netlink_list(struct netlink *netlink, struct netlink_request *request,
                 netlink_item_function *each, void *context, struct error *err)
{
	struct answer answer = { .each = each, .context = context, .err = err };

	if (send_request(netlink, request, NLM_F_DUMP) < 0)
		return -1;
	answer.sequence = netlink->sequence;
	return await_answer(netlink, &answer);
}

void netlink_read(const void *attributes, size_t size, struct netlink_attribute *out, size_t count)
{
	const unsigned char *bytes = attributes;

	memset(out, 0, count * sizeof(*out));
	while (size >= HEAD_SIZE) {
		struct nlattr head;
		size_t step;
		uint16_t type;

		memcpy(&head, bytes, sizeof(head));
		if (head.nla_len < HEAD_SIZE || head.nla_len > size)
			return;
		type = head.nla_type & TYPE_MASK;
		if (type < count)
			out[type] = (struct netlink_attribute){
				.value = bytes + HEAD_SIZE,
				.size = head.nla_len - HEAD_SIZE,
			};
		step = align(head.nla_len);
		if (step > size)
			step = size;
		bytes += step;
		size -= step;
	}
}
