/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The dialogue: what is sent arrives, and nothing else is taken. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/sync.h"
#include "support/suite.h"

#define FD_COUNT 64 /* that are looked at */

static int launcher_fd;
static int init_fd;
static struct error err;
static struct message received;

static void start(void)
{
	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_int_eq(sync_open(&launcher_fd, &init_fd, &err), 0);
}

static size_t count_descriptors(void)
{
	size_t count = 0;

	for (int fd = 0; fd < FD_COUNT; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

START_TEST(both_ends_are_closed_on_exec)
{
	ck_assert_int_eq(fcntl(launcher_fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(init_fd, F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(messages_arrive_one_by_one_in_order)
{
	const struct message ready = { .type = MESSAGE_READY, .fd = -1 };
	const struct message ended = { .type = MESSAGE_ENDED, .number = 0x0900, .fd = -1 };

	ck_assert_int_eq(sync_send(init_fd, &ready, &err), 0);
	ck_assert_int_eq(sync_send(init_fd, &ended, &err), 0);
	ck_assert_int_eq(sync_receive(launcher_fd, &received, &err), 1);
	ck_assert_int_eq(received.type, MESSAGE_READY);
	ck_assert_int_eq(received.fd, -1);
	ck_assert_int_eq(sync_receive(launcher_fd, &received, &err), 1);
	ck_assert_int_eq(received.type, MESSAGE_ENDED);
	ck_assert_int_eq(received.number, 0x0900);
}
END_TEST

START_TEST(a_descriptor_is_passed_and_closed_on_exec)
{
	const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const struct message started = { .type = MESSAGE_STARTED, .fd = fd };
	struct stat one;
	struct stat other;

	ck_assert_int_eq(sync_send(init_fd, &started, &err), 0);
	ck_assert_int_eq(sync_receive(launcher_fd, &received, &err), 1);
	ck_assert_int_ne(received.fd, fd);
	ck_assert_int_eq(fcntl(received.fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fstat(fd, &one), 0);
	ck_assert_int_eq(fstat(received.fd, &other), 0);
	ck_assert_uint_eq(one.st_ino, other.st_ino);
}
END_TEST

START_TEST(an_error_arrives_whole)
{
	const struct message failed = { .type = MESSAGE_FAILED,
		                        .fd = -1,
		                        .error = { .kind = ERROR_DENIED,
		                                   .code = EACCES,
		                                   .stage = "exec",
		                                   .where = "/args/0",
		                                   .what = "cannot execute x",
		                                   .hint = "try y" } };

	ck_assert_int_eq(sync_send(init_fd, &failed, &err), 0);
	ck_assert_int_eq(sync_receive(launcher_fd, &received, &err), 1);
	ck_assert_int_eq(received.type, MESSAGE_FAILED);
	ck_assert_mem_eq(&received.error, &failed.error, sizeof(failed.error));
}
END_TEST

START_TEST(an_end_is_no_message)
{
	(void)close(init_fd);
	ck_assert_int_eq(sync_receive(launcher_fd, &received, &err), 0);
	ck_assert_int_eq(received.fd, -1);
	ck_assert_int_eq(err.kind, ERROR_NONE);
}
END_TEST

START_TEST(what_was_said_before_the_end_is_heard)
{
	const struct message ready = { .type = MESSAGE_READY, .fd = -1 };

	ck_assert_int_eq(sync_send(init_fd, &ready, &err), 0);
	(void)close(init_fd);
	ck_assert_int_eq(sync_receive(launcher_fd, &received, &err), 1);
	ck_assert_int_eq(sync_receive(launcher_fd, &received, &err), 0);
}
END_TEST

/* A signal would end the launcher without a word. */
START_TEST(to_say_something_to_nobody_is_an_error)
{
	(void)close(launcher_fd);
	ck_assert(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
	ck_assert_int_eq(sync_answer(init_fd, &err), -1);
	ck_assert_int_eq(err.code, EPIPE);
}
END_TEST

START_TEST(an_answer_lets_who_awaits_go_on)
{
	ck_assert_int_eq(sync_answer(launcher_fd, &err), 0);
	ck_assert_int_eq(sync_await(init_fd, &err), 0);
}
END_TEST

START_TEST(an_answer_that_was_given_is_heard_though_its_giver_has_gone)
{
	ck_assert_int_eq(sync_answer(launcher_fd, &err), 0);
	(void)close(launcher_fd);
	ck_assert_int_eq(sync_await(init_fd, &err), 0);
	ck_assert_int_eq(sync_await(init_fd, &err), -1);
	ck_assert_str_eq(err.what, "the launcher has gone");
}
END_TEST

START_TEST(another_answer_is_refused_and_its_descriptor_closed)
{
	const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const struct message ready = { .type = MESSAGE_READY, .fd = fd };
	const size_t before = count_descriptors();

	ck_assert_int_eq(sync_send(launcher_fd, &ready, &err), 0);
	ck_assert_int_eq(sync_await(init_fd, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INTERNAL);
	ck_assert_str_eq(err.what, "unexpected answer 1 from the launcher");
	ck_assert_uint_eq(count_descriptors(), before);
}
END_TEST

/* Packets that sync_send() does not send. */
static const struct {
	uint32_t type;
	size_t size;
	size_t fd_count;
} malformed[] = {
	{ MESSAGE_NONE, 8, 0 },
	{ MESSAGE_NONE, 8, 1 },
	{ MESSAGE_TYPE_COUNT, 8, 0 },
	{ UINT32_MAX, 8, 1 },
	{ MESSAGE_DONE, 1, 0 },
	{ MESSAGE_DONE, 7, 1 },
	{ MESSAGE_DONE, 9, 1 },
	{ MESSAGE_DONE, 8 + sizeof(struct error), 0 },
	{ MESSAGE_FAILED, 8, 0 },
	{ MESSAGE_FAILED, 8 + sizeof(struct error) - 1, 1 },
	{ MESSAGE_FAILED, 8 + sizeof(struct error) + 1, 1 },
	{ MESSAGE_FAILED, 65536, 1 },
	{ MESSAGE_DONE, 8, 2 },
	{ MESSAGE_DONE, 8, 3 },
	{ MESSAGE_DONE, 8, 8 },
};

static void send_packet(uint32_t type, size_t size, size_t fd_count)
{
	static char bytes[65536];
	union {
		char bytes[CMSG_SPACE(8 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec part = { .iov_base = bytes, .iov_len = size };
	struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1 };
	int fds[8];

	memcpy(bytes, &type, sizeof(type));
	memset(&control, 0, sizeof(control));
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = init_fd;
	if (fd_count > 0) {
		packet.msg_control = &control;
		packet.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(fd_count * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, fd_count * sizeof(int));
	}
	ck_assert_int_eq(sendmsg(init_fd, &packet, 0), (ssize_t)size);
}

START_TEST(what_is_malformed_is_refused_and_leaves_nothing_open)
{
	size_t before;

	send_packet(malformed[_i].type, malformed[_i].size, malformed[_i].fd_count);
	before = count_descriptors();
	ck_assert_int_eq(sync_receive(launcher_fd, &received, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INTERNAL);
	ck_assert_int_eq(received.fd, -1);
	ck_assert_uint_eq(count_descriptors(), before);
}
END_TEST

START_TEST(an_empty_packet_leaves_nothing_open)
{
	const size_t before = count_descriptors();

	send_packet(MESSAGE_NONE, 0, 1);
	ck_assert_int_lt(sync_receive(launcher_fd, &received, &err), 1);
	ck_assert_int_eq(received.fd, -1);
	ck_assert_uint_eq(count_descriptors(), before);
}
END_TEST

START_TEST(texts_are_ended_by_who_receives_them)
{
	struct message failed = { .type = MESSAGE_FAILED, .fd = -1 };

	memset(&failed.error, 'x', sizeof(failed.error));
	ck_assert_int_eq(sync_send(init_fd, &failed, &err), 0);
	ck_assert_int_eq(sync_receive(launcher_fd, &received, &err), 1);
	ck_assert_uint_eq(strlen(received.error.stage), sizeof(received.error.stage) - 1);
	ck_assert_uint_eq(strlen(received.error.where), sizeof(received.error.where) - 1);
	ck_assert_uint_eq(strlen(received.error.what), sizeof(received.error.what) - 1);
	ck_assert_uint_eq(strlen(received.error.hint), sizeof(received.error.hint) - 1);
}
END_TEST

START_TEST(what_is_no_socket_is_an_error)
{
	const int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(sync_receive(fd, &received, &err), -1);
	ck_assert_int_eq(err.code, ENOTSOCK);
	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_int_eq(sync_answer(fd, &err), -1);
	ck_assert_int_eq(err.code, ENOTSOCK);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("sync");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_test(tcase, both_ends_are_closed_on_exec);
	tcase_add_test(tcase, messages_arrive_one_by_one_in_order);
	tcase_add_test(tcase, a_descriptor_is_passed_and_closed_on_exec);
	tcase_add_test(tcase, an_error_arrives_whole);
	tcase_add_test(tcase, an_end_is_no_message);
	tcase_add_test(tcase, what_was_said_before_the_end_is_heard);
	tcase_add_test(tcase, to_say_something_to_nobody_is_an_error);
	tcase_add_test(tcase, an_answer_lets_who_awaits_go_on);
	tcase_add_test(tcase, an_answer_that_was_given_is_heard_though_its_giver_has_gone);
	tcase_add_test(tcase, another_answer_is_refused_and_its_descriptor_closed);
	tcase_add_loop_test(tcase, what_is_malformed_is_refused_and_leaves_nothing_open, 0,
	                    ARRAY_LEN(malformed));
	tcase_add_test(tcase, an_empty_packet_leaves_nothing_open);
	tcase_add_test(tcase, texts_are_ended_by_who_receives_them);
	tcase_add_test(tcase, what_is_no_socket_is_an_error);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return run_suite(make_suite());
}
