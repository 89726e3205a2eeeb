/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The launcher's own terminal, or whatever its standard streams are, joined to the container's
 * terminal. Never blocks on one side while the other has something to say.
 */
#ifndef HARDRUN_SANDBOX_RELAY_H
#define HARDRUN_SANDBOX_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "base/compiler.h"
#include "base/error.h"

/* At most PIPE_BUF, so that a write after poll(2) does not block. */
#define RELAY_SIZE 4096

#define RELAY_WATCH_COUNT 3 /* standard input, the terminal, standard output */

/* One direction. */
struct relay_stream {
	int from_fd; /* -1: nothing more will come */
	int to_fd;
	bool is_mid_line; /* the last byte was no end of a line */
	size_t start;
	size_t end;
	char bytes[RELAY_SIZE];
};

struct relay {
	int terminal_fd; /* the master's end; owned; -1: there is no terminal */
	bool is_raw;     /* the launcher's own terminal is, and was as in @before */
	struct termios before;
	struct relay_stream input;
	struct relay_stream output;
};

#define RELAY_NONE ((struct relay){ .terminal_fd = -1 })

/* Start with the container's terminal @terminal_fd, which the relay then owns. */
MUST_CHECK int relay_start(struct relay *relay, int terminal_fd, struct error *err);

/* Hand the launcher's window size on. */
void relay_resize(const struct relay *relay);

/* What poll(2) is to wait for. */
void relay_watch(const struct relay *relay, struct pollfd watched[RELAY_WATCH_COUNT]);

/* Move what can be moved. */
void relay_move(struct relay *relay, const struct pollfd watched[RELAY_WATCH_COUNT]);

/*
 * Write what the container has said last, unless a signal comes in @signal_fd meanwhile, and make
 * the launcher's terminal what it was.
 */
void relay_finish(struct relay *relay, int signal_fd);

#endif
