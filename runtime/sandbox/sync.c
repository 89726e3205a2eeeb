/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sandbox/sync.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/cleanup.h"

/* Both ends are one binary after fork(2), so the wire format is the struct. */
struct wire_header {
	uint32_t type;
	int32_t number;
};

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int sync_open(int *out_launcher_fd, int *out_init_fd, struct error *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set_errno(err, "cannot open a socket for the sandbox");
	*out_launcher_fd = pair[0];
	*out_init_fd = pair[1];
	return 0;
}

static void attach_fd(struct msghdr *packet, union control *control, int fd)
{
	struct cmsghdr *header;

	memset(control, 0, sizeof(*control));
	packet->msg_control = control->bytes;
	packet->msg_controllen = sizeof(control->bytes);

	header = CMSG_FIRSTHDR(packet);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(int));
}

static int attached_fd(struct msghdr *packet)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(packet);
	int fd;

	if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
	    header->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(header), sizeof(int));
	return fd;
}

int sync_send(int fd, const struct message *message, struct error *err)
{
	struct wire_header header = { .type = message->type, .number = message->number };
	struct error body = message->error;
	struct iovec parts[] = {
		{ .iov_base = &header, .iov_len = sizeof(header) },
		{ .iov_base = &body, .iov_len = sizeof(body) },
	};
	struct msghdr packet = {
		.msg_iov = parts,
		.msg_iovlen = message->type == MESSAGE_FAILED ? 2 : 1,
	};
	union control control;
	ssize_t sent;

	if (message->fd >= 0)
		attach_fd(&packet, &control, message->fd);
	do {
		sent = sendmsg(fd, &packet, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return error_set_errno(err, "cannot send to the other side of the sandbox");
	return 0;
}

/* Texts are cut where the buffer ends: never trust the sender's terminators. */
static void terminate(struct error *error)
{
	error->stage[sizeof(error->stage) - 1] = '\0';
	error->where[sizeof(error->where) - 1] = '\0';
	error->what[sizeof(error->what) - 1] = '\0';
	error->hint[sizeof(error->hint) - 1] = '\0';
}

static int decode(struct message *out, const struct wire_header *header, size_t size, int flags,
                  struct error *err)
{
	const size_t expected =
		sizeof(*header) + (header->type == MESSAGE_FAILED ? sizeof(struct error) : 0);

	if ((flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || size != expected ||
	    header->type == MESSAGE_NONE || header->type >= MESSAGE_TYPE_COUNT)
		return error_set(err, ERROR_INTERNAL,
		                 "malformed message from the sandbox (type %u, %zu bytes)",
		                 header->type, size);
	out->type = (enum message_type)header->type;
	out->number = header->number;
	terminate(&out->error);
	return 1;
}

int sync_receive(int fd, struct message *out, struct error *err)
{
	struct wire_header header = { .type = MESSAGE_NONE };
	union control control;
	/* Room for one descriptor exactly: more are refused as a truncated message. */
	struct iovec parts[] = {
		{ .iov_base = &header, .iov_len = sizeof(header) },
		{ .iov_base = &out->error, .iov_len = sizeof(out->error) },
	};
	struct msghdr packet = {
		.msg_iov = parts,
		.msg_iovlen = ARRAY_LEN(parts),
		.msg_control = control.bytes,
		.msg_controllen = CMSG_LEN(sizeof(int)),
	};
	AUTO_CLOSE int passed_fd = -1;
	ssize_t size;

	*out = (struct message){ .fd = -1 };
	/* ECONNRESET: the other died with something unheard; what it has said comes next. */
	do {
		size = recvmsg(fd, &packet, MSG_CMSG_CLOEXEC);
	} while (size < 0 && (errno == EINTR || errno == ECONNRESET));
	if (size < 0)
		return error_set_errno(err, "cannot hear the other side of the sandbox");
	passed_fd = attached_fd(&packet);
	if (size == 0)
		return 0;
	if (decode(out, &header, (size_t)size, packet.msg_flags, err) < 0)
		return -1;
	out->fd = take_fd(&passed_fd);
	return 1;
}

int sync_await_fd(int fd, int *out_fd, struct error *err)
{
	struct message answer;
	const int received = sync_receive(fd, &answer, err);

	if (received <= 0)
		return received;
	if (answer.type != MESSAGE_DONE) {
		cleanup_close(&answer.fd);
		return error_set(err, ERROR_INTERNAL, "unexpected answer %u from the launcher",
		                 answer.type);
	}
	*out_fd = answer.fd;
	return 1;
}

int sync_await(int fd, struct error *err)
{
	AUTO_CLOSE int ignored_fd = -1;
	const int received = sync_await_fd(fd, &ignored_fd, err);

	if (received == 0)
		return error_set(err, ERROR_SYSTEM, "the launcher has gone");
	return received < 0 ? -1 : 0;
}

int sync_answer(int fd, struct error *err)
{
	const struct message done = { .type = MESSAGE_DONE, .fd = -1 };

	return sync_send(fd, &done, err);
}

int sync_pass_fd(int fd, const char *text, int passed_fd, struct error *err)
{
	const union {
		const char *ours;
		void *theirs;
	} view = { .ours = text };
	struct iovec body = { .iov_base = view.theirs, .iov_len = strlen(text) };
	struct msghdr packet = { .msg_iov = &body, .msg_iovlen = 1 };
	union control control;
	ssize_t sent;

	attach_fd(&packet, &control, passed_fd);
	do {
		sent = sendmsg(fd, &packet, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return error_set_errno(err, "cannot hand a descriptor over a socket");
	if ((size_t)sent != body.iov_len)
		return error_set(err, ERROR_SYSTEM, "a socket took only a part of a message");
	return 0;
}
