/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/sha256.h"

#include <string.h>

#define ROUND_COUNT 64
#define LENGTH_SIZE 8 /* bytes of the message's length in bits, at the end of the last block */

/* Source: FIPS 180-4, 4.2.2: fractional parts of the cube roots of the first 64 primes. */
static const uint32_t round_constants[ROUND_COUNT] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

/* Source: FIPS 180-4, 5.3.3: fractional parts of the square roots of the first eight primes. */
static const uint32_t initial_state[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static uint32_t rotate_right(uint32_t word, unsigned int count)
{
	return (word >> count) | (word << (32 - count));
}

static uint32_t read_word(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static void write_word(uint8_t *bytes, uint32_t word)
{
	for (unsigned int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(word >> (24 - 8 * i));
}

/* Source: FIPS 180-4, 6.2.2, step 1. */
static void expand_block(const uint8_t block[SHA256_BLOCK_SIZE], uint32_t words[ROUND_COUNT])
{
	for (size_t i = 0; i < 16; i++)
		words[i] = read_word(block + 4 * i);
	for (size_t i = 16; i < ROUND_COUNT; i++) {
		const uint32_t near = words[i - 2];
		const uint32_t far = words[i - 15];
		const uint32_t near_mix =
			rotate_right(near, 17) ^ rotate_right(near, 19) ^ (near >> 10);
		const uint32_t far_mix = rotate_right(far, 7) ^ rotate_right(far, 18) ^ (far >> 3);

		words[i] = near_mix + words[i - 7] + far_mix + words[i - 16];
	}
}

/* Source: FIPS 180-4, 6.2.2, steps 2 to 4; the letters a to h are its own. */
static void hash_block(uint32_t state[8], const uint8_t block[SHA256_BLOCK_SIZE])
{
	uint32_t words[ROUND_COUNT];
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];

	expand_block(block, words);
	for (size_t i = 0; i < ROUND_COUNT; i++) {
		const uint32_t e_mix =
			rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
		const uint32_t choice = (e & f) ^ (~e & g);
		const uint32_t first = h + e_mix + choice + round_constants[i] + words[i];
		const uint32_t a_mix =
			rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
		const uint32_t majority = (a & b) ^ (a & c) ^ (b & c);

		h = g;
		g = f;
		f = e;
		e = d + first;
		d = c;
		c = b;
		b = a;
		a = first + a_mix + majority;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

void sha256_start(struct sha256 *hash)
{
	memset(hash, 0, sizeof(*hash));
	memcpy(hash->state, initial_state, sizeof(initial_state));
}

void sha256_add(struct sha256 *hash, const void *data, size_t size)
{
	const uint8_t *bytes = data;

	while (size > 0) {
		const size_t used = hash->size % SHA256_BLOCK_SIZE;
		const size_t room = SHA256_BLOCK_SIZE - used;
		const size_t part = size < room ? size : room;

		memcpy(hash->block + used, bytes, part);
		hash->size += part;
		bytes += part;
		size -= part;
		if (part == room)
			hash_block(hash->state, hash->block);
	}
}

/* Source: FIPS 180-4, 5.1.1: a one bit, zeros, and the length in bits. */
void sha256_finish(struct sha256 *hash, uint8_t digest[SHA256_SIZE])
{
	static const uint8_t padding[SHA256_BLOCK_SIZE] = { 0x80 };
	const uint64_t bits = hash->size * 8;
	const size_t used = hash->size % SHA256_BLOCK_SIZE;
	const size_t end = SHA256_BLOCK_SIZE - LENGTH_SIZE;
	uint8_t length[LENGTH_SIZE];

	sha256_add(hash, padding, used < end ? end - used : end + SHA256_BLOCK_SIZE - used);
	write_word(length, (uint32_t)(bits >> 32));
	write_word(length + 4, (uint32_t)bits);
	sha256_add(hash, length, sizeof(length));
	for (size_t i = 0; i < 8; i++)
		write_word(digest + 4 * i, hash->state[i]);
}

void sha256_text(const uint8_t digest[SHA256_SIZE], char text[SHA256_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SHA256_SIZE; i++) {
		text[2 * i] = digits[digest[i] >> 4];
		text[2 * i + 1] = digits[digest[i] & 0xf];
	}
	text[SHA256_TEXT_SIZE - 1] = '\0';
}

void sha256_of(const void *data, size_t size, char text[SHA256_TEXT_SIZE])
{
	uint8_t digest[SHA256_SIZE];
	struct sha256 hash;

	sha256_start(&hash);
	sha256_add(&hash, data, size);
	sha256_finish(&hash, digest);
	sha256_text(digest, text);
}
