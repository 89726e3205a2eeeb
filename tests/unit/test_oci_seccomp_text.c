/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a config.json says its seccomp policy, and a policy that need not be read. */
#include <check.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "import/import.h"
#include "support/suite.h"

static struct error err;
static struct spec *spec;
static unsigned int warning_count;

static void set_up(void)
{
	err = (struct error){ .kind = ERROR_NONE };
	spec = NULL;
	warning_count = 0;
}

static void tear_down(void)
{
	if (spec != NULL)
		arena_free(spec->arena);
}

static const struct {
	const char *text;
	const char *found; /* NULL: nothing */
} places[] = {
	{ "{\"linux\":{\"seccomp\":{\"a\":[1,{}]}}}", "{\"a\":[1,{}]}" },
	{ " { \"linux\" : { \"seccomp\" : { } } } ", "{ }" },
	{ "{\"a\":[\"]\",{\"linux\":1}],\"linux\":{\"b\":-1.5e3,\"seccomp\":{\"}\":\"\\\"}\"}}}",
	  "{\"}\":\"\\\"}\"}" },
	{ "{\"linux\":{\"seccomp\":{}},\"x\":{\"seccomp\":{\"y\":1}}}", "{}" },
	/* Another place, or another type, or a name that is not written as it is. */
	{ "{\"seccomp\":{}}", NULL },
	{ "{\"x\":{\"linux\":{\"seccomp\":{}}}}", NULL },
	{ "{\"linux\":{\"x\":{\"seccomp\":{}}}}", NULL },
	{ "{\"linux\":{},\"y\":{\"seccomp\":{}}}", NULL },
	{ "{\"linux\":[{\"seccomp\":{}}]}", NULL },
	{ "{\"linux\":{\"seccomp\":null}}", NULL },
	{ "{\"linux\":{\"seccomp\":[]}}", NULL },
	{ "{\"linux\":{\"\\u0073eccomp\":{}}}", NULL },
	{ "{\"linux\":{\"x\":\"seccomp\"}}", NULL },
	/* No JSON. */
	{ "", NULL },
	{ "{", NULL },
	{ "[\"linux\"]", NULL },
	{ "{\"linux", NULL },
	{ "{\"linux\\", NULL },
	{ "{\"linux\":{\"seccomp\":{", NULL },
	{ "{\"linux\":{\"seccomp\":{\"}", NULL },
	{ "{\"linux\" {\"seccomp\":{}}}", NULL },
	{ "{\"a\":1 \"linux\":{\"seccomp\":{}}}", NULL },
};

START_TEST(the_policy_is_found_where_it_is)
{
	const char *text = places[_i].text;
	struct import_oci_seccomp found = { 0 };

	ck_assert_int_eq(import_oci_find_seccomp(text, strlen(text), &found),
	                 places[_i].found != NULL);
	if (places[_i].found == NULL)
		return;
	ck_assert_uint_eq(found.size, strlen(places[_i].found));
	ck_assert_mem_eq(text + found.offset, places[_i].found, found.size);
}
END_TEST

/* Every beginning of a text is a text, too. */
START_TEST(a_text_that_is_cut_off_is_not_left)
{
	const char *text = places[2].text;

	for (size_t size = 0; size < strlen(text); size++) {
		struct import_oci_seccomp found = { 0 };
		char *copy = strndup(text, size);

		if (import_oci_find_seccomp(copy, size, &found))
			ck_assert_uint_le(found.offset + found.size, size);
		free(copy);
	}
}
END_TEST

static void count_warning(const struct error *warning)
{
	(void)warning;
	warning_count++;
}

static int import(const char *text, const struct seccomp_known *known)
{
	struct import_oci_input input = { .text = text,
		                          .size = strlen(text),
		                          .name = "config.json",
		                          .bundle = "/b",
		                          .id = "i",
		                          .warn = count_warning };

	ck_assert(import_oci_find_seccomp(input.text, input.size, &input.seccomp));
	input.seccomp.known = known;
	return import_oci(&input, &spec, &err);
}

#define HEAD                                                                                  \
	"{\"ociVersion\":\"1.0.0\",\"process\":{\"args\":[\"a\"],\"cwd\":\"/\"},\n\"root\":{" \
	"\"path\":\"r\"},\"linux\":{\"seccomp\":"
#define POLICY "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\n\"syscalls\":[]}"
#define TAIL   "}}"

static const struct seccomp_known known = { .filter = { .len = 1 },
	                                    .flags = SECCOMP_FILTER_FLAG_LOG };

START_TEST(a_known_policy_is_not_read)
{
	ck_assert_msg(import(HEAD "{\"not\":\"a policy\"}" TAIL, &known) == 0, "%s", err.what);
	ck_assert_int_eq(spec->seccomp.kind, SPEC_SECCOMP_KNOWN);
	ck_assert_ptr_eq(spec->seccomp.known, &known);
	ck_assert_str_eq(spec->seccomp.path.origin, "/linux/seccomp");
	ck_assert_ptr_null(spec->seccomp.policy);
	ck_assert_ptr_null(spec->seccomp.text);
	ck_assert_uint_eq(spec->oci->seccomp_flags, SECCOMP_FILTER_FLAG_LOG);
	ck_assert_str_eq(spec->args.items[0].value, "a");
}
END_TEST

START_TEST(a_policy_that_is_not_known_is_read_and_offered)
{
	static const char text[] = HEAD POLICY TAIL;

	ck_assert_msg(import(text, NULL) == 0, "%s", err.what);
	ck_assert_int_eq(spec->seccomp.kind, SPEC_SECCOMP_FILE);
	ck_assert_ptr_nonnull(spec->seccomp.policy);
	ck_assert_ptr_eq(spec->seccomp.text, strstr(text, POLICY));
	ck_assert_uint_eq(spec->seccomp.text_size, strlen(POLICY));
}
END_TEST

/* Errors have the places of the file, whatever was cut out of it; a known policy hides none. */
static const struct {
	const char *text;
	const char *where;
} wrong[] = {
	{ HEAD POLICY ",}}", "line 3, column 16 in config.json" },
	{ HEAD POLICY ",\"seccomp\":{}" TAIL, "line 3, column 24 in config.json" },
	{ HEAD POLICY "},\"linux\":{\"seccomp\":" POLICY TAIL, "line 3, column 23 in config.json" },
	{ HEAD POLICY ",\"\\u0073eccomp\":{}" TAIL, "line 3, column 29 in config.json" },
	{ HEAD POLICY ",\"sysctl\":1" TAIL, "/linux/sysctl in config.json" },
};

START_TEST(what_is_wrong_is_told_as_without)
{
	ck_assert_int_eq(import(wrong[_i].text, &known), -1);
	ck_assert_str_eq(err.where, wrong[_i].where);
	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_int_eq(import(wrong[_i].text, NULL), -1);
	ck_assert_str_eq(err.where, wrong[_i].where);
}
END_TEST

/* Of these somebody must be told, or asked, each time. */
static const struct {
	const char *text;
	unsigned int warnings;
} unoffered[] = {
	{ HEAD "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"Syscalls\":[]}" TAIL, 1 },
	{ HEAD "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"listenerPath\":\"/l\",\"syscalls\":[{"
	       "\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}" TAIL,
	  0 },
};

START_TEST(a_policy_with_more_to_it_is_not_offered)
{
	ck_assert_msg(import(unoffered[_i].text, NULL) == 0, "%s", err.what);
	ck_assert_ptr_null(spec->seccomp.text);
	ck_assert_uint_eq(warning_count, unoffered[_i].warnings);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("oci_seccomp_text");
	TCase *tests = tcase_create("oci_seccomp_text");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, the_policy_is_found_where_it_is, 0, (int)ARRAY_LEN(places));
	tcase_add_test(tests, a_text_that_is_cut_off_is_not_left);
	tcase_add_test(tests, a_known_policy_is_not_read);
	tcase_add_test(tests, a_policy_that_is_not_known_is_read_and_offered);
	tcase_add_loop_test(tests, what_is_wrong_is_told_as_without, 0, (int)ARRAY_LEN(wrong));
	tcase_add_loop_test(tests, a_policy_with_more_to_it_is_not_offered, 0,
	                    (int)ARRAY_LEN(unoffered));
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
