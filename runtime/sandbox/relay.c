/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sandbox/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/console.h"

/* More than a terminal holds; with a shared PID namespace someone may still write to it. */
#define DRAIN_ROUNDS_MAX 256

enum {
	WATCH_INPUT,
	WATCH_TERMINAL,
	WATCH_OUTPUT,
};

int relay_start(struct relay *relay, int terminal_fd, struct error *err)
{
	relay->terminal_fd = terminal_fd;
	relay->input.from_fd = STDIN_FILENO;
	relay->input.to_fd = terminal_fd;
	relay->output.from_fd = terminal_fd;
	relay->output.to_fd = STDOUT_FILENO;
	if (fcntl(terminal_fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return error_set_errno(err, "cannot use the container's terminal");
	relay_resize(relay);
	if (isatty(STDIN_FILENO) == 0)
		return 0;
	if (console_make_raw(STDIN_FILENO, &relay->before, err) < 0)
		return -1;
	relay->is_raw = true;
	return 0;
}

void relay_resize(const struct relay *relay)
{
	if (relay->terminal_fd >= 0)
		console_copy_size(STDIN_FILENO, relay->terminal_fd);
}

static bool is_empty(const struct relay_stream *stream)
{
	return stream->start == stream->end;
}

static bool wants_more(const struct relay_stream *stream)
{
	return stream->from_fd >= 0 && is_empty(stream);
}

void relay_watch(const struct relay *relay, struct pollfd watched[RELAY_WATCH_COUNT])
{
	short events = 0;

	for (size_t i = 0; i < RELAY_WATCH_COUNT; i++)
		watched[i] = (struct pollfd){ .fd = -1 };
	if (relay->terminal_fd < 0)
		return;
	if (wants_more(&relay->input))
		watched[WATCH_INPUT] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	if (!is_empty(&relay->output))
		watched[WATCH_OUTPUT] = (struct pollfd){ .fd = STDOUT_FILENO, .events = POLLOUT };
	events = (short)((wants_more(&relay->output) ? POLLIN : 0) |
	                 (is_empty(&relay->input) ? 0 : POLLOUT));
	if (events != 0)
		watched[WATCH_TERMINAL] =
			(struct pollfd){ .fd = relay->terminal_fd, .events = events };
}

static void fill(struct relay_stream *stream)
{
	const ssize_t length = read(stream->from_fd, stream->bytes, sizeof(stream->bytes));

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	stream->start = 0;
	stream->end = length > 0 ? (size_t)length : 0;
	if (length > 0)
		stream->is_mid_line = stream->bytes[length - 1] != '\n';
	else
		stream->from_fd = -1;
}

/* What nobody reads any more is dropped, so that the program does not wait for ever. */
static void empty(struct relay_stream *stream)
{
	const ssize_t length =
		write(stream->to_fd, stream->bytes + stream->start, stream->end - stream->start);

	if (length >= 0)
		stream->start += (size_t)length;
	else if (errno != EAGAIN && errno != EINTR)
		stream->start = stream->end;
}

/*
 * A stream that ends says so to a terminal by its end-of-file character; after half a line the
 * first one only hands that over.
 * Source: termios(3), VEOF.
 */
static void end_input(struct relay_stream *input)
{
	struct termios settings;

	if (input->from_fd >= 0 || tcgetattr(input->to_fd, &settings) < 0)
		return;
	input->start = 0;
	input->end = input->is_mid_line ? 2 : 1;
	memset(input->bytes, settings.c_cc[VEOF], input->end);
}

void relay_move(struct relay *relay, const struct pollfd watched[RELAY_WATCH_COUNT])
{
	const short terminal = watched[WATCH_TERMINAL].revents;

	if (watched[WATCH_INPUT].revents != 0) {
		fill(&relay->input);
		end_input(&relay->input);
	}
	if ((terminal & POLLOUT) != 0)
		empty(&relay->input);
	if ((terminal & (POLLIN | POLLHUP | POLLERR)) != 0 && wants_more(&relay->output))
		fill(&relay->output);
	if (watched[WATCH_OUTPUT].revents != 0)
		empty(&relay->output);
}

static bool can_write(int fd, int signal_fd)
{
	struct pollfd watched[] = {
		{ .fd = fd, .events = POLLOUT },
		{ .fd = signal_fd, .events = POLLIN },
	};

	while (poll(watched, ARRAY_LEN(watched), -1) < 0) {
		if (errno != EINTR)
			return false;
	}
	return watched[0].revents != 0;
}

/* All who could write to the terminal are dead: what can be read now is all there is. */
static void drain(struct relay_stream *output, int signal_fd)
{
	for (size_t rounds = 0; rounds < DRAIN_ROUNDS_MAX; rounds++) {
		while (!is_empty(output)) {
			if (!can_write(output->to_fd, signal_fd))
				return;
			empty(output);
		}
		if (output->from_fd >= 0)
			fill(output);
		if (is_empty(output))
			return;
	}
}

void relay_finish(struct relay *relay, int signal_fd)
{
	if (relay->terminal_fd < 0)
		return;
	drain(&relay->output, signal_fd);
	if (relay->is_raw)
		console_restore(STDIN_FILENO, &relay->before);
	cleanup_close(&relay->terminal_fd);
	relay->terminal_fd = -1;
}
