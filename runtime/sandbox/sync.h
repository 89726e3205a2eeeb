/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dialogue between the launcher and the init, over one SOCK_SEQPACKET pair.
 *
 *   init says                    launcher answers
 *   ---------------------------  --------------------------------------------------------
 *   (nothing yet)                DONE, when ids are mapped
 *   READY (fd: terminal or -1)   DONE, when the program may start; said in advance when nothing
 *                                has to be done between
 *   STARTED (fd: its pidfd)      DONE, when its label has been read back: until then the
 *                                program is not reaped
 *   ENDED (wait status)          nothing
 *   FAILED (error)               nothing
 *   CLONED (fd: pidfd of init)   DONE to the init; said by the intermediate
 *   LISTENER (fd)                nothing
 *   RUN_HOOKS                    DONE (fd: the state of the container), when those that are the
 *                                launcher's have run
 *   end of file                  nothing: the init is dead
 *
 * The name of the init, as ps(1) shows it, is the stage that it is in; so a stage costs no
 * message, and a zombie still tells.
 */
#ifndef HARDRUN_SANDBOX_SYNC_H
#define HARDRUN_SANDBOX_SYNC_H

#include "base/compiler.h"
#include "base/error.h"

enum message_type {
	MESSAGE_NONE = 0,
	MESSAGE_READY,
	MESSAGE_STARTED,
	MESSAGE_ENDED,
	MESSAGE_FAILED,
	MESSAGE_RUN_HOOKS,
	MESSAGE_CLONED,
	MESSAGE_LISTENER,
	MESSAGE_DONE,
	MESSAGE_TYPE_COUNT,
};

struct message {
	enum message_type type;
	int number;         /* MESSAGE_ENDED: the wait status; 0 otherwise */
	int fd;             /* passed along; -1: none; the receiver owns it */
	struct error error; /* MESSAGE_FAILED only */
};

/* Open a connected pair, both ends close-on-exec. */
MUST_CHECK int sync_open(int *out_launcher_fd, int *out_init_fd, struct error *err);

MUST_CHECK int sync_send(int fd, const struct message *message, struct error *err);

/*
 * Receive one message into @out. Returns 1 for a message, 0 at end of file, -1 on error.
 * Errors: ERROR_INTERNAL for anything that sync_send() does not send.
 * Owns: the caller closes @out->fd.
 */
MUST_CHECK int sync_receive(int fd, struct message *out, struct error *err);

/* In the init: wait for the launcher's next DONE. */
MUST_CHECK int sync_await(int fd, struct error *err);

/*
 * As sync_await(); *@out_fd is what came with it, -1 for nothing, and the caller's. Returns 0 at
 * end of file, 1 for DONE.
 */
MUST_CHECK int sync_await_fd(int fd, int *out_fd, struct error *err);

/*
 * Send @text with the descriptor @passed_fd over the connected socket @fd of somebody else's: one
 * message, one descriptor.
 */
MUST_CHECK int sync_pass_fd(int fd, const char *text, int passed_fd, struct error *err);

/* In the launcher: say DONE. */
MUST_CHECK int sync_answer(int fd, struct error *err);

#endif
