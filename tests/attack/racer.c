/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Exchanges two names of one folder, over and over, until its standard input ends.
 *
 *   racer FOLDER ONE OTHER
 *
 * Prints "racing" after the first exchange; when it ends, the number of exchanges. An even number
 * leaves all as it was. Source: rename(2), RENAME_EXCHANGE.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define EXCHANGES_PER_LOOK 64 /* even */

static int exchange(int folder_fd, const char *one, const char *other)
{
	for (int i = 0; i < EXCHANGES_PER_LOOK; i++) {
		if (renameat2(folder_fd, one, folder_fd, other, RENAME_EXCHANGE) < 0)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	unsigned long count = 0;
	int folder_fd;

	if (argc != 4)
		return EXIT_FAILURE;
	folder_fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	do {
		if (folder_fd < 0 || exchange(folder_fd, argv[2], argv[3]) < 0) {
			perror("racer");
			return EXIT_FAILURE;
		}
		if (count == 0)
			(void)!write(STDOUT_FILENO, "racing\n", 7);
		count += EXCHANGES_PER_LOOK;
	} while (poll(&input, 1, 0) == 0);
	printf("%lu\n", count);
	return EXIT_SUCCESS;
}
