/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/seccomp_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define DIRECTORY_MODE 0700
#define FILE_MODE      0600

static const char folder_name[] = "seccomp";
static const char magic[8] = "hrbpf1\n";

/* What a file begins with; the instructions follow. */
struct header {
	char magic[sizeof(magic)];
	uint8_t key[SHA256_SIZE];     /* of what the filter was made from */
	uint8_t content[SHA256_SIZE]; /* of the instructions */
};

struct image {
	struct header header;
	struct sock_filter instructions[BPF_MAXINSNS];
};

static void hash_content(const struct sock_filter *instructions, size_t size,
                         uint8_t digest[SHA256_SIZE])
{
	struct sha256 hash;

	sha256_start(&hash);
	sha256_add(&hash, instructions, size);
	sha256_finish(&hash, digest);
}

/* The folder of all filters, or -1 with errno set. */
static int open_folder(const char *directory)
{
	AUTO_CLOSE int parent_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (parent_fd < 0)
		return -1;
	return openat(parent_fd, folder_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void file_name(const uint8_t digest[SHA256_SIZE], char name[NAME_MAX])
{
	char text[SHA256_TEXT_SIZE];

	sha256_text(digest, text);
	(void)snprintf(name, NAME_MAX, "%s.bpf", text);
}

static bool is_trustworthy(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
	       (status.st_mode & 0077) == 0 && status.st_size <= (off_t)sizeof(struct image);
}

static bool image_is_whole(const struct image *image, size_t size,
                           const uint8_t digest[SHA256_SIZE])
{
	const size_t content_size = size - sizeof(image->header);
	uint8_t content[SHA256_SIZE];

	if (memcmp(image->header.magic, magic, sizeof(magic)) != 0 ||
	    memcmp(image->header.key, digest, SHA256_SIZE) != 0)
		return false;
	hash_content(image->instructions, content_size, content);
	return memcmp(image->header.content, content, SHA256_SIZE) == 0;
}

bool seccomp_cache_read(const char *directory, const uint8_t digest[SHA256_SIZE],
                        struct sock_fprog *out)
{
	AUTO_CLOSE int folder_fd = open_folder(directory);
	AUTO_CLOSE int fd = -1;
	AUTO_FREE struct image *image = malloc(sizeof(*image));
	char name[NAME_MAX];
	struct sock_filter *instructions;
	ssize_t size;

	file_name(digest, name);
	if (folder_fd < 0 || image == NULL)
		return false;
	fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || !is_trustworthy(fd))
		return false;
	size = read(fd, image, sizeof(*image));
	if (size <= (ssize_t)sizeof(image->header) ||
	    ((size_t)size - sizeof(image->header)) % sizeof(*instructions) != 0 ||
	    !image_is_whole(image, (size_t)size, digest))
		return false;

	size -= (ssize_t)sizeof(image->header);
	instructions = malloc((size_t)size);
	if (instructions == NULL)
		return false;
	memcpy(instructions, image->instructions, (size_t)size);
	out->filter = instructions;
	out->len = (unsigned short)((size_t)size / sizeof(*instructions));
	return true;
}

static int write_image(int fd, const uint8_t digest[SHA256_SIZE], const struct sock_fprog *program)
{
	const size_t size = program->len * sizeof(*program->filter);
	struct header header;

	memcpy(header.magic, magic, sizeof(magic));
	memcpy(header.key, digest, SHA256_SIZE);
	hash_content(program->filter, size, header.content);
	if (write(fd, &header, sizeof(header)) != (ssize_t)sizeof(header) ||
	    write(fd, program->filter, size) != (ssize_t)size) {
		errno = ENOSPC;
		return -1;
	}
	return 0;
}

/* Into a file that no reader looks for, then in one step in the place of the old one. */
static int replace_file(int folder_fd, const uint8_t digest[SHA256_SIZE],
                        const struct sock_fprog *program)
{
	AUTO_CLOSE int fd = -1;
	char name[NAME_MAX];
	char new_name[NAME_MAX + 16];

	file_name(digest, name);
	(void)snprintf(new_name, sizeof(new_name), "%s.%ld", name, (long)getpid());
	fd = openat(folder_fd, new_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	            FILE_MODE);
	if (fd < 0)
		return -1;
	if (write_image(fd, digest, program) < 0 ||
	    renameat(folder_fd, new_name, folder_fd, name) < 0) {
		const int code = errno;

		(void)unlinkat(folder_fd, new_name, 0);
		errno = code;
		return -1;
	}
	return 0;
}

static bool make_folder(const char *directory)
{
	char path[PATH_MAX];
	const int length = snprintf(path, sizeof(path), "%s/%s", directory, folder_name);

	if (length < 0 || (size_t)length >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	return (mkdir(directory, DIRECTORY_MODE) == 0 || errno == EEXIST) &&
	       (mkdir(path, DIRECTORY_MODE) == 0 || errno == EEXIST);
}

int seccomp_cache_write(const char *directory, const uint8_t digest[SHA256_SIZE],
                        const struct sock_fprog *program, struct error *err)
{
	AUTO_CLOSE int folder_fd = -1;

	if (make_folder(directory))
		folder_fd = open_folder(directory);
	if (folder_fd < 0 || replace_file(folder_fd, digest, program) < 0)
		return error_set_errno(err, "cannot keep the compiled seccomp filter in %s",
		                       directory);
	return 0;
}
