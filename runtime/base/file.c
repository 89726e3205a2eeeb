/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define FIRST_SIZE ((size_t)8 * 1024) /* of what is read when the size is not known; bytes */

static int too_large(size_t limit, struct error *err)
{
	return error_set(err, ERROR_SPEC, "the file is larger than %zu KiB", limit / 1024);
}

/* How much to read at first. */
static int expected_size(int fd, size_t limit, size_t *out, struct error *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_set_errno(err, "cannot look at the file");
	if (S_ISDIR(status.st_mode))
		return error_set(err, ERROR_SPEC, "this is a directory, not a file");
	if (S_ISREG(status.st_mode) && status.st_size > 0 && (uintmax_t)status.st_size > limit)
		return too_large(limit, err);
	*out = S_ISREG(status.st_mode) && status.st_size > 0 ? (size_t)status.st_size + 1
	                                                     : FIRST_SIZE;
	return 0;
}

static int grow(char **text, size_t *capacity, size_t wanted, struct error *err)
{
	char *larger = realloc(*text, wanted + 1);

	if (larger == NULL) {
		(void)error_set_errno(err, "cannot allocate %zu bytes", wanted);
		return -1;
	}
	*text = larger;
	*capacity = wanted;
	return 0;
}

static int read_to_end(int fd, size_t limit, char **text, size_t *size, struct error *err)
{
	size_t capacity = 0;
	size_t wanted = 0;

	if (expected_size(fd, limit, &wanted, err) < 0 || grow(text, &capacity, wanted, err) < 0)
		return -1;
	for (;;) {
		const ssize_t count = read(fd, *text + *size, capacity - *size);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return error_set_errno(err, "cannot read the file");
		if (count == 0)
			break;
		*size += (size_t)count;
		if (*size > limit)
			return too_large(limit, err);
		if (*size == capacity && grow(text, &capacity, capacity * 2, err) < 0)
			return -1;
	}
	(*text)[*size] = '\0';
	return 0;
}

int file_read_fd(int fd, size_t limit, char **out, size_t *out_size, struct error *err)
{
	AUTO_FREE char *text = NULL;
	size_t size = 0;

	if (read_to_end(fd, limit, &text, &size, err) < 0)
		return -1;
	*out = text;
	*out_size = size;
	text = NULL;
	return 0;
}

int file_read(const char *path, size_t limit, char **out, size_t *out_size, struct error *err)
{
	const bool is_standard_input = strcmp(path, "-") == 0;
	AUTO_CLOSE int opened_fd = -1;

	if (!is_standard_input) {
		opened_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (opened_fd < 0)
			(void)error_set_errno(err, "cannot open the file");
	}
	if (err->kind != ERROR_NONE || file_read_fd(is_standard_input ? STDIN_FILENO : opened_fd,
	                                            limit, out, out_size, err) < 0)
		return error_at(err, "%s", is_standard_input ? "standard input" : path);
	return 0;
}

int file_put(int fd, const void *data, size_t size)
{
	const ssize_t written = write(fd, data, size);

	if (written >= 0 && (size_t)written != size)
		errno = ENOSPC;
	return written == (ssize_t)size ? 0 : -1;
}
