/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An init that was taken over may send anything: the launcher must refuse it, not crash, and keep
 * no descriptor of it. The first byte says how many descriptors the packet carries; its highest
 * bit, that the packet is padded to the size of the largest message, which no luck would find.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "sandbox/sync.h"

#define FD_COUNT_MAX 4
#define IS_PADDED    0x80
#define LARGEST_SIZE (2 * sizeof(uint32_t) + sizeof(struct error))

/* clang's own, which a fuzzer without its header must declare. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int send_packet(int fd, const uint8_t *data, size_t size, uint8_t kind)
{
	const size_t fd_count = (kind & ~IS_PADDED) % (FD_COUNT_MAX + 1);
	union {
		char bytes[CMSG_SPACE(FD_COUNT_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	uint8_t copy[4096];
	struct iovec part = { .iov_base = copy };
	struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1 };
	const int fds[FD_COUNT_MAX] = { fd, fd, fd, fd };

	if (size > sizeof(copy))
		return -1;
	memset(copy, 'x', sizeof(copy));
	memcpy(copy, data, size);
	part.iov_len = (kind & IS_PADDED) != 0 ? LARGEST_SIZE : size;
	memset(&control, 0, sizeof(control));
	if (fd_count > 0) {
		packet.msg_control = &control;
		packet.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, fd_count * sizeof(int));
	}
	return sendmsg(fd, &packet, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)part.iov_len ? 0 : -1;
}

/* The lowest number that is free: it grows by what was left open. */
static int lowest_free(void)
{
	const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	cleanup_close(&fd);
	return fd;
}

static void require(bool is_so)
{
	if (!is_so)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_CLOSE int launcher_fd = -1;
	AUTO_CLOSE int init_fd = -1;
	struct error err = { .kind = ERROR_NONE };
	struct message message;
	int free_fd;
	int received;

	if (size == 0 || sync_open(&launcher_fd, &init_fd, &err) < 0)
		return 0;
	free_fd = lowest_free();
	if (send_packet(init_fd, data + 1, size - 1, data[0]) < 0)
		return 0;
	received = sync_receive(launcher_fd, &message, &err);
	require((received < 0) == (err.kind != ERROR_NONE));
	require(received == 1 || message.fd == -1);
	if (received == 1) {
		require(message.type > MESSAGE_NONE && message.type < MESSAGE_TYPE_COUNT);
		require(strlen(message.error.what) < sizeof(message.error.what));
		require(strlen(message.error.hint) < sizeof(message.error.hint));
	}
	cleanup_close(&message.fd);
	require(lowest_free() == free_fd);
	return 0;
}
