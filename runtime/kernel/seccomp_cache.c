/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/seccomp_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/seccomp_compile.h"

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

static bool is_trustworthy(int fd, size_t limit)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
	       (status.st_mode & 0077) == 0 && status.st_size <= (off_t)limit;
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
	if (fd < 0 || !is_trustworthy(fd, sizeof(*image)))
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

/*
 * A file of @name with the bytes of @parts, in one step in the place of the old one: they go into
 * one that no reader looks for.
 */
static int replace_file(int folder_fd, const char *name, const struct iovec *parts, int part_count)
{
	AUTO_CLOSE int fd = -1;
	char new_name[NAME_MAX + 16];
	ssize_t size = 0;

	for (int i = 0; i < part_count; i++)
		size += (ssize_t)parts[i].iov_len;
	(void)snprintf(new_name, sizeof(new_name), "%s.%ld", name, (long)getpid());
	fd = openat(folder_fd, new_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	            FILE_MODE);
	if (fd < 0)
		return -1;
	errno = ENOSPC;
	if (writev(fd, parts, part_count) != size ||
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

static int keep_file(const char *directory, const char *name, const struct iovec *parts,
                     int part_count, struct error *err)
{
	AUTO_CLOSE int folder_fd = -1;

	if (make_folder(directory))
		folder_fd = open_folder(directory);
	if (folder_fd < 0 || replace_file(folder_fd, name, parts, part_count) < 0)
		return error_set_errno(err, "cannot keep the compiled seccomp filter in %s",
		                       directory);
	return 0;
}

int seccomp_cache_write(const char *directory, const uint8_t digest[SHA256_SIZE],
                        const struct sock_fprog *program, struct error *err)
{
	const size_t size = program->len * sizeof(*program->filter);
	char name[NAME_MAX];
	struct header header;
	const struct iovec parts[] = {
		{ .iov_base = &header, .iov_len = sizeof(header) },
		{ .iov_base = program->filter, .iov_len = size },
	};

	memcpy(header.magic, magic, sizeof(magic));
	memcpy(header.key, digest, SHA256_SIZE);
	hash_content(program->filter, size, header.content);
	file_name(digest, name);
	return keep_file(directory, name, parts, ARRAY_LEN(parts), err);
}

/* What the file of a text is; the text follows the instructions. */
struct text_header {
	char magic[sizeof(magic)];
	uint64_t checksum; /* of all that follows, against damage */
	char compiler[SECCOMP_COMPILER_SIZE];
	uint32_t flags;
	uint16_t instruction_count;
	uint16_t may_mount;
};

struct text_image {
	struct text_header header;
	char rest[BPF_MAXINSNS * sizeof(struct sock_filter) + SECCOMP_CACHE_TEXT_MAX];
};

static const char text_magic[sizeof(magic)] = "hrtext1";

/* Fast, and no more: a text that has the same value is compared, byte by byte. */
static uint64_t mix(uint64_t value, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	while (size > 0) {
		const size_t part = size < sizeof(uint64_t) ? size : sizeof(uint64_t);
		uint64_t word = 0;

		memcpy(&word, bytes, part);
		value = (value ^ word) * UINT64_C(0x9e3779b97f4a7c15) + part;
		value ^= value >> 32;
		bytes += part;
		size -= part;
	}
	return value;
}

static void text_file_name(const char *text, size_t size, char name[NAME_MAX])
{
	(void)snprintf(name, NAME_MAX, "%016" PRIx64 ".text", mix(size, text, size));
}

static uint64_t sum_up(const struct text_header *header, const struct sock_filter *instructions,
                       const char *text, size_t size)
{
	const size_t first = offsetof(struct text_header, compiler);
	uint64_t value =
		mix(0, (const uint8_t *)header + first, sizeof(struct text_header) - first);

	value = mix(value, instructions, header->instruction_count * sizeof(*instructions));
	return mix(value, text, size);
}

int seccomp_cache_keep_text(const char *directory, const char *text, size_t size,
                            const struct seccomp_known *known, struct error *err)
{
	const union {
		const char *ours;
		void *theirs;
	} view = { .ours = text };
	const struct sock_fprog *filter = &known->filter;
	struct text_header header = { .flags = known->flags,
		                      .instruction_count = filter->len,
		                      .may_mount = known->may_mount };
	const struct iovec parts[] = {
		{ .iov_base = &header, .iov_len = sizeof(header) },
		{ .iov_base = filter->filter, .iov_len = filter->len * sizeof(*filter->filter) },
		{ .iov_base = view.theirs, .iov_len = size },
	};
	char name[NAME_MAX];

	if (size > SECCOMP_CACHE_TEXT_MAX || filter->len > BPF_MAXINSNS)
		return error_set(err, ERROR_SYSTEM, "a seccomp policy is too long to be kept");
	memcpy(header.magic, text_magic, sizeof(text_magic));
	seccomp_compiler_name(header.compiler);
	header.checksum = sum_up(&header, filter->filter, text, size);
	text_file_name(text, size, name);
	return keep_file(directory, name, parts, ARRAY_LEN(parts), err);
}

/* The size of what is there of @name in @image; 0: nothing that can be trusted. */
static size_t read_image(const char *directory, const char *name, struct text_image *image)
{
	AUTO_CLOSE int folder_fd = open_folder(directory);
	AUTO_CLOSE int fd = -1;
	ssize_t size;

	if (folder_fd < 0)
		return 0;
	fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || !is_trustworthy(fd, sizeof(*image)))
		return 0;
	size = read(fd, image, sizeof(*image));
	return size < (ssize_t)sizeof(image->header) ? 0 : (size_t)size - sizeof(image->header);
}

/* Is the image of @rest_size bytes behind its header the one of @text, by this compiler? */
static bool is_of_text(const struct text_image *image, size_t rest_size, const char *text,
                       size_t size)
{
	const struct text_header *header = &image->header;
	const size_t code_size = header->instruction_count * sizeof(struct sock_filter);
	char compiler[SECCOMP_COMPILER_SIZE];

	seccomp_compiler_name(compiler);
	return rest_size > 0 && memcmp(header->magic, text_magic, sizeof(text_magic)) == 0 &&
	       memcmp(header->compiler, compiler, sizeof(compiler)) == 0 &&
	       rest_size == code_size + size && header->instruction_count > 0 &&
	       memcmp(image->rest + code_size, text, size) == 0;
}

bool seccomp_cache_find_text(const char *directory, const char *text, size_t size,
                             struct seccomp_known *out)
{
	AUTO_FREE struct text_image *image = malloc(sizeof(*image));
	struct sock_filter *instructions;
	char name[NAME_MAX];
	size_t code_size;

	if (image == NULL || size > SECCOMP_CACHE_TEXT_MAX)
		return false;
	image->header = (struct text_header){ .flags = 0 };
	text_file_name(text, size, name);
	if (!is_of_text(image, read_image(directory, name, image), text, size))
		return false;
	code_size = image->header.instruction_count * sizeof(*instructions);
	instructions = malloc(code_size);
	if (instructions == NULL)
		return false;
	memcpy(instructions, image->rest, code_size);
	if (sum_up(&image->header, instructions, text, size) != image->header.checksum) {
		free(instructions);
		return false;
	}
	*out = (struct seccomp_known){
		.filter = { .len = image->header.instruction_count, .filter = instructions },
		.flags = image->header.flags,
		.may_mount = image->header.may_mount != 0,
	};
	return true;
}

void seccomp_known_release(struct seccomp_known *known)
{
	free(known->filter.filter);
	*known = SECCOMP_KNOWN_NONE;
}
