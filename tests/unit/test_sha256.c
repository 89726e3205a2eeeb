/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/sha256.h"
#include "support/suite.h"

#define MILLION 1000000

/* Source: FIPS 180-4 examples, NIST Cryptographic Standards and Guidelines, SHA256.pdf. */
static const struct {
	const char *text;
	const char *digest;
} cases[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
	  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
};

static void digest_text(struct sha256 *hash, char text[SHA256_TEXT_SIZE])
{
	uint8_t digest[SHA256_SIZE];

	sha256_finish(hash, digest);
	sha256_text(digest, text);
}

START_TEST(published_examples_hash_as_published)
{
	struct sha256 hash;
	char text[SHA256_TEXT_SIZE];

	sha256_start(&hash);
	sha256_add(&hash, cases[_i].text, strlen(cases[_i].text));
	digest_text(&hash, text);
	ck_assert_str_eq(text, cases[_i].digest);
}
END_TEST

START_TEST(a_million_letters_hash_as_published)
{
	struct sha256 hash;
	char text[SHA256_TEXT_SIZE];

	sha256_start(&hash);
	for (size_t i = 0; i < MILLION; i++)
		sha256_add(&hash, "a", 1);
	digest_text(&hash, text);
	ck_assert_str_eq(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

/* Around the places where the padding needs a block of its own. */
START_TEST(pieces_hash_as_the_whole)
{
	uint8_t bytes[200];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	for (size_t size = 0; size <= sizeof(bytes); size++) {
		struct sha256 whole, pieces;
		char whole_text[SHA256_TEXT_SIZE], pieces_text[SHA256_TEXT_SIZE];

		sha256_start(&whole);
		sha256_add(&whole, bytes, size);
		sha256_start(&pieces);
		for (size_t i = 0; i < size; i++)
			sha256_add(&pieces, bytes + i, 1);
		digest_text(&whole, whole_text);
		digest_text(&pieces, pieces_text);
		ck_assert_str_eq(whole_text, pieces_text);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sha256");
	TCase *tests = tcase_create("sha256");

	tcase_add_loop_test(tests, published_examples_hash_as_published, 0, ARRAY_LEN(cases));
	tcase_add_test(tests, a_million_letters_hash_as_published);
	tcase_add_test(tests, pieces_hash_as_the_whole);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
