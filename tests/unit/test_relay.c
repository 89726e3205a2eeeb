/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The relay between this process' standard streams, which are replaced, and a terminal. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "sandbox/relay.h"
#include "support/suite.h"

#define PIPE_SIZE 65536 /* bytes; pipe(7) */

static struct relay relay;
static struct error err;
static int terminal_fd; /* the program's end */
static int typing_fd;   /* what is written here is standard input */
static int reading_fd;  /* what comes here was standard output */

/* Returns the master's end. */
static int open_terminal(int *out_fd)
{
	const int master_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	ck_assert_int_ge(master_fd, 0);
	ck_assert_int_eq(grantpt(master_fd), 0);
	ck_assert_int_eq(unlockpt(master_fd), 0);
	*out_fd = open(ptsname(master_fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(*out_fd, 0);
	return master_fd;
}

static void set_raw(int fd)
{
	struct termios settings;

	ck_assert_int_eq(tcgetattr(fd, &settings), 0);
	cfmakeraw(&settings);
	ck_assert_int_eq(tcsetattr(fd, TCSANOW, &settings), 0);
}

/* Pipes for standard input and output; check's own messages go elsewhere. */
static void start(void)
{
	int input[2];
	int output[2];

	err = (struct error){ .kind = ERROR_NONE };
	ck_assert(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	ck_assert_int_eq(pipe2(input, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(output, O_CLOEXEC), 0);
	ck_assert_int_eq(dup2(input[0], STDIN_FILENO), STDIN_FILENO);
	ck_assert_int_eq(dup2(output[1], STDOUT_FILENO), STDOUT_FILENO);
	(void)close(input[0]);
	(void)close(output[1]);
	typing_fd = input[1];
	reading_fd = output[0];
	relay = RELAY_NONE;
	ck_assert_int_eq(relay_start(&relay, open_terminal(&terminal_fd), &err), 0);
}

/* Move what there is to be moved, until nothing is. */
static void settle(void)
{
	struct pollfd watched[RELAY_WATCH_COUNT];

	for (;;) {
		relay_watch(&relay, watched);
		if (poll(watched, RELAY_WATCH_COUNT, 20) <= 0)
			return;
		relay_move(&relay, watched);
	}
}

static void type(const char *text)
{
	ck_assert_int_eq(write(typing_fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void assert_reads(int fd, const char *expected)
{
	char text[256];
	ssize_t length;

	ck_assert_int_ge(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	length = read(fd, text, sizeof(text) - 1);
	ck_assert_int_ge(length, 0);
	text[length] = '\0';
	ck_assert_str_eq(text, expected);
}

START_TEST(without_a_terminal_nothing_is_watched)
{
	struct relay none = RELAY_NONE;
	struct pollfd watched[RELAY_WATCH_COUNT];

	relay_watch(&none, watched);
	for (size_t i = 0; i < RELAY_WATCH_COUNT; i++) {
		ck_assert_int_eq(watched[i].fd, -1);
		watched[i].revents = 0;
	}
	relay_move(&none, watched);
	relay_resize(&none);
	relay_finish(&none, -1);
}
END_TEST

START_TEST(what_is_typed_reaches_the_program)
{
	type("hello\n");
	settle();
	assert_reads(terminal_fd, "hello\n");
}
END_TEST

START_TEST(what_the_program_says_reaches_the_reader)
{
	ck_assert_int_eq(write(terminal_fd, "one\ntwo", 7), 7);
	settle();
	assert_reads(reading_fd, "one\r\ntwo");
}
END_TEST

START_TEST(both_ways_at_once)
{
	set_raw(terminal_fd);
	type("in");
	ck_assert_int_eq(write(terminal_fd, "out", 3), 3);
	settle();
	assert_reads(terminal_fd, "in");
	assert_reads(reading_fd, "out");
}
END_TEST

/* The terminal holds less than is typed; the rest follows as the program reads. */
START_TEST(much_input_arrives_in_pieces_and_whole)
{
	static char sent[3 * RELAY_SIZE];
	static char got[sizeof(sent)];
	size_t count = 0;

	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (char)('a' + i % 26);
	set_raw(terminal_fd);
	ck_assert_int_ge(fcntl(terminal_fd, F_SETFL, O_RDWR | O_NONBLOCK), 0);
	ck_assert_int_eq(write(typing_fd, sent, sizeof(sent)), (ssize_t)sizeof(sent));
	while (count < sizeof(sent)) {
		ssize_t length;

		settle();
		length = read(terminal_fd, got + count, sizeof(got) - count);
		ck_assert_int_gt(length, 0);
		count += (size_t)length;
	}
	ck_assert_mem_eq(got, sent, sizeof(sent));
}
END_TEST

/* The reader is slow: nothing is lost, and input goes on meanwhile. */
START_TEST(a_reader_that_waits_does_not_stop_the_input)
{
	static char filler[PIPE_SIZE];

	ck_assert_int_ge(fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(write(STDOUT_FILENO, filler, sizeof(filler)), (ssize_t)sizeof(filler));
	set_raw(terminal_fd);
	ck_assert_int_eq(write(terminal_fd, "late", 4), 4);
	type("early");
	settle();
	assert_reads(terminal_fd, "early");
	ck_assert_int_eq(read(reading_fd, filler, sizeof(filler)), (ssize_t)sizeof(filler));
	settle();
	assert_reads(reading_fd, "late");
}
END_TEST

static size_t read_everything(void)
{
	static char bytes[PIPE_SIZE];
	size_t count = 0;
	ssize_t length;

	ck_assert_int_ge(fcntl(reading_fd, F_SETFL, O_NONBLOCK), 0);
	while ((length = read(reading_fd, bytes, sizeof(bytes))) > 0)
		count += (size_t)length;
	return count;
}

/* The terminal ends a line's reading, and so the input, by its own character. */
START_TEST(the_end_of_input_is_an_end_of_file)
{
	char text[16];

	type("line\n");
	(void)close(typing_fd);
	settle();
	ck_assert_int_eq(read(terminal_fd, text, sizeof(text)), 5);
	ck_assert_int_eq(read(terminal_fd, text, sizeof(text)), 0);
}
END_TEST

START_TEST(input_without_a_last_newline_ends_too)
{
	char text[16];

	(void)alarm(20);
	type("abc");
	(void)close(typing_fd);
	settle();
	ck_assert_int_eq(read(terminal_fd, text, sizeof(text)), 3);
	ck_assert_int_eq(read(terminal_fd, text, sizeof(text)), 0);
}
END_TEST

START_TEST(after_its_end_input_is_not_watched)
{
	struct pollfd watched[RELAY_WATCH_COUNT];

	(void)close(typing_fd);
	settle();
	relay_watch(&relay, watched);
	ck_assert_int_eq(poll(watched, RELAY_WATCH_COUNT, 0), 0);
}
END_TEST

/* What nobody reads is dropped: the program must not wait for ever. */
START_TEST(a_reader_that_has_gone_does_not_stop_the_program)
{
	static const char line[] = "a line that nobody reads\n";

	ck_assert_int_ge(fcntl(terminal_fd, F_SETFL, O_RDWR | O_NONBLOCK), 0);
	(void)close(reading_fd);
	for (int i = 0; i < 1000; i++) {
		if (write(terminal_fd, line, sizeof(line) - 1) < 0)
			settle();
	}
	settle();
	ck_assert_int_eq(write(terminal_fd, line, sizeof(line) - 1), (ssize_t)sizeof(line) - 1);
	relay_finish(&relay, -1);
}
END_TEST

START_TEST(what_was_said_last_is_written_at_the_end)
{
	static char much[3000];
	const int master_fd = relay.terminal_fd;

	memset(much, 'x', sizeof(much));
	set_raw(terminal_fd);
	ck_assert_int_eq(write(terminal_fd, much, sizeof(much)), (ssize_t)sizeof(much));
	(void)close(terminal_fd);
	relay_finish(&relay, -1);
	ck_assert_uint_eq(read_everything(), sizeof(much));
	ck_assert_int_eq(relay.terminal_fd, -1);
	ck_assert_int_eq(fcntl(master_fd, F_GETFD), -1);
	relay_finish(&relay, -1);
}
END_TEST

/* The reader does not read and does not go: then a signal must be able to end it. */
START_TEST(a_signal_ends_what_is_written_at_the_end)
{
	static char filler[PIPE_SIZE];
	sigset_t set;
	int signal_fd;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
	ck_assert_int_ge(fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(write(STDOUT_FILENO, filler, sizeof(filler)), (ssize_t)sizeof(filler));
	ck_assert_int_eq(write(terminal_fd, "last", 4), 4);
	ck_assert_int_eq(raise(SIGTERM), 0);
	(void)alarm(20);
	relay_finish(&relay, signal_fd);
	ck_assert_int_eq(relay.terminal_fd, -1);
}
END_TEST

/* Who shares the host's processes may go on writing. */
START_TEST(who_writes_for_ever_is_not_heard_for_ever)
{
	pid_t writer;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)close(reading_fd);
	writer = fork();
	if (writer == 0) {
		for (;;)
			(void)!write(terminal_fd, "again and again\n", 16);
	}
	(void)alarm(20);
	(void)usleep(10000);
	relay_finish(&relay, -1);
	ck_assert_int_eq(kill(writer, SIGKILL), 0);
	ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
}
END_TEST

START_TEST(streams_that_are_closed_are_no_loop)
{
	struct pollfd watched[RELAY_WATCH_COUNT];

	(void)close(STDIN_FILENO);
	(void)close(STDOUT_FILENO);
	ck_assert_int_eq(write(terminal_fd, "x", 1), 1);
	settle();
	relay_watch(&relay, watched);
	ck_assert_int_eq(poll(watched, RELAY_WATCH_COUNT, 0), 0);
}
END_TEST

/* A terminal as the launcher's standard input. */
struct outer {
	int master_fd;
	int fd;
};

static struct outer have_outer_terminal(void)
{
	struct outer outer;

	relay_finish(&relay, -1);
	outer.master_fd = open_terminal(&outer.fd);
	ck_assert_int_eq(dup2(outer.fd, STDIN_FILENO), STDIN_FILENO);
	return outer;
}

static void start_again(void)
{
	relay = RELAY_NONE;
	ck_assert_int_eq(relay_start(&relay, open_terminal(&terminal_fd), &err), 0);
}

START_TEST(the_own_terminal_is_raw_meanwhile_and_then_as_before)
{
	const struct outer outer = have_outer_terminal();
	struct termios before;
	struct termios during;
	struct termios after;

	ck_assert_int_eq(tcgetattr(outer.fd, &before), 0);
	start_again();
	ck_assert_int_eq(tcgetattr(outer.fd, &during), 0);
	ck_assert_uint_eq(during.c_lflag & (ICANON | ECHO | ISIG), 0);
	relay_finish(&relay, -1);
	ck_assert_int_eq(tcgetattr(outer.fd, &after), 0);
	ck_assert_uint_eq(after.c_lflag, before.c_lflag);
	ck_assert_uint_eq(after.c_iflag, before.c_iflag);
	ck_assert_uint_eq(after.c_oflag, before.c_oflag);
}
END_TEST

/* The control character goes to the program's terminal, and does there what it does. */
START_TEST(keys_that_make_signals_are_passed_on)
{
	const struct outer outer = have_outer_terminal();

	start_again();
	set_raw(terminal_fd);
	ck_assert_int_eq(write(outer.master_fd, "\003", 1), 1);
	settle();
	assert_reads(terminal_fd, "\003");
}
END_TEST

START_TEST(the_window_has_the_size_of_the_own)
{
	const struct outer outer = have_outer_terminal();
	struct winsize size = { .ws_row = 33, .ws_col = 99 };

	ck_assert_int_eq(ioctl(outer.fd, TIOCSWINSZ, &size), 0);
	start_again();
	ck_assert_int_eq(ioctl(terminal_fd, TIOCGWINSZ, &size), 0);
	ck_assert_uint_eq(size.ws_row, 33);
	size = (struct winsize){ .ws_row = 44, .ws_col = 111 };
	ck_assert_int_eq(ioctl(outer.fd, TIOCSWINSZ, &size), 0);
	relay_resize(&relay);
	ck_assert_int_eq(ioctl(terminal_fd, TIOCGWINSZ, &size), 0);
	ck_assert_uint_eq(size.ws_row, 44);
	ck_assert_uint_eq(size.ws_col, 111);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("relay");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_test(tcase, without_a_terminal_nothing_is_watched);
	tcase_add_test(tcase, what_is_typed_reaches_the_program);
	tcase_add_test(tcase, what_the_program_says_reaches_the_reader);
	tcase_add_test(tcase, both_ways_at_once);
	tcase_add_test(tcase, much_input_arrives_in_pieces_and_whole);
	tcase_add_test(tcase, a_reader_that_waits_does_not_stop_the_input);
	tcase_add_test(tcase, the_end_of_input_is_an_end_of_file);
	tcase_add_test(tcase, input_without_a_last_newline_ends_too);
	tcase_add_test(tcase, after_its_end_input_is_not_watched);
	tcase_add_test(tcase, a_reader_that_has_gone_does_not_stop_the_program);
	tcase_add_test(tcase, what_was_said_last_is_written_at_the_end);
	tcase_add_test(tcase, a_signal_ends_what_is_written_at_the_end);
	tcase_add_test(tcase, who_writes_for_ever_is_not_heard_for_ever);
	tcase_add_test(tcase, streams_that_are_closed_are_no_loop);
	tcase_add_test(tcase, the_own_terminal_is_raw_meanwhile_and_then_as_before);
	tcase_add_test(tcase, keys_that_make_signals_are_passed_on);
	tcase_add_test(tcase, the_window_has_the_size_of_the_own);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return run_suite(make_suite());
}
