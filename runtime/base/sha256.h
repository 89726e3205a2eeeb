/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SHA-256, for names that follow from content: cached filters, generated profiles, spec digests.
 * It allocates nothing and cannot fail.
 * Source: FIPS 180-4, Secure Hash Standard.
 */
#ifndef HARDRUN_BASE_SHA256_H
#define HARDRUN_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE       32                    /* bytes of a digest */
#define SHA256_BLOCK_SIZE 64                    /* bytes hashed at a time */
#define SHA256_TEXT_SIZE  (2 * SHA256_SIZE + 1) /* hexadecimal, terminating NUL included */

struct sha256 {
	uint32_t state[8];
	uint64_t size; /* bytes added so far */
	uint8_t block[SHA256_BLOCK_SIZE];
};

void sha256_start(struct sha256 *hash);

/* Append @size bytes. @data may be NULL when @size is 0. */
void sha256_add(struct sha256 *hash, const void *data, size_t size);

/* Write the digest of everything added. @hash must be started again before it is used again. */
void sha256_finish(struct sha256 *hash, uint8_t digest[SHA256_SIZE]);

/* Write @digest as lower-case hexadecimal digits. */
void sha256_text(const uint8_t digest[SHA256_SIZE], char text[SHA256_TEXT_SIZE]);

/* Write the digest of the @size bytes of @data as hexadecimal digits. */
void sha256_of(const void *data, size_t size, char text[SHA256_TEXT_SIZE]);

#endif
