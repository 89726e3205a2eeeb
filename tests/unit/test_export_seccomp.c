/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hardrun's own list of system calls, written into a config.json, decides as the one it was; and by
 * libseccomp, as other runtimes use it, nothing more is let through.
 */
#include <check.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "export/export.h"
#include "import/import.h"
#include "kernel/seccomp.h"
#include "kernel/seccomp_compile.h"
#include "seccomp_reference.h"
#include "support/suite.h"

#define NUMBER_MAX 470 /* above it neither names a call */

static int write_oci(const struct export_request *request, char **out, struct error *err)
{
	for (size_t i = 0; i < export_language_count; i++) {
		if (export_languages[i].language == SPEC_LANGUAGE_OCI)
			return export_languages[i].write(request, out, err);
	}
	return -1;
}

static struct spec *read_native(void)
{
	static const char text[] = "{\"args\":[\"/bin/true\"],\"rootfs\":\"/srv/root\"}";
	const struct import_input input = { .text = text,
		                            .size = sizeof(text) - 1,
		                            .name = "spec.json" };
	struct error err = { .kind = ERROR_NONE };
	struct spec *spec = NULL;

	ck_assert_msg(import_native(&input, &spec, &err) == 0, "%s", err.what);
	return spec;
}

static struct spec *read_written(const char *text)
{
	const struct import_oci_input input = {
		.text = text, .size = strlen(text), .name = "config.json", .bundle = "/b", .id = "i"
	};
	struct error err = { .kind = ERROR_NONE };
	struct spec *spec = NULL;

	ck_assert_msg(import_oci(&input, &spec, &err) == 0, "%s at %s", err.what, err.where);
	return spec;
}

static struct spec *translate(const struct spec *native)
{
	static const char *const dropped[] = { "landlock", "masked-paths", "nested-user-namespaces",
		                               "apparmor", "user-namespace" };
	const struct export_request request = {
		.specs = &native,
		.spec_count = 1,
		.dropped = dropped,
		.dropped_count = sizeof(dropped) / sizeof(dropped[0]),
	};
	struct error err = { .kind = ERROR_NONE };
	AUTO_FREE char *text = NULL;

	ck_assert_msg(write_oci(&request, &text, &err) == 0, "%s", err.what);
	return read_written(text);
}

/* Arguments that the rules tell apart, and some that they do not. */
static const uint64_t first[] = {
	0,      1,      2,      3,       4,       5,          8,          10,         16,
	17,     35,     57,     58,      62,      99,         63,         64,         0x5412,
	0x1000, 0x2000, 0x6000, 0x20000, 0x20008, 0x10000000, 0x7e020000, 0xffffffff, UINT64_MAX,
};
static const uint64_t second[] = {
	0,      1,      2,      3,      4,      5,      10,          0x2000,     0x6000,
	0x8000, 0x5401, 0x5412, 0x541c, 0x541d, 0x5423, 0x100005412, UINT64_MAX,
};
static const uint64_t third[] = { 0, 1, 6, 17, 58, 0x2000, 0x6000, 0x8000 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* @may_deny: what was let through need not be. */
static void compare(const struct sock_fprog *ours, const struct sock_fprog *theirs, int number,
                    bool may_deny)
{
	struct seccomp_data call = { .nr = number, .arch = SECCOMP_NATIVE_ARCH };

	for (size_t i = 0; i < COUNT(first) * COUNT(second) * COUNT(third); i++) {
		uint32_t was, is;

		call.args[0] = first[i % COUNT(first)];
		call.args[1] = second[i / COUNT(first) % COUNT(second)];
		call.args[2] = third[i / COUNT(first) / COUNT(second)];
		was = seccomp_filter_action(ours, &call);
		is = seccomp_filter_action(theirs, &call);
		ck_assert_msg(is == was || (may_deny && is != SECCOMP_RET_ALLOW),
		              "%d(%#llx, %#llx, %#llx): %#x, was %#x", number,
		              (unsigned long long)call.args[0], (unsigned long long)call.args[1],
		              (unsigned long long)call.args[2], is, was);
	}
}

START_TEST(own_list_decides_as_before)
{
	union {
		const struct sock_filter *ours;
		struct sock_filter *theirs;
	} view = { .ours = seccomp_default_filter };
	const struct sock_fprog ours = { seccomp_default_filter_length, view.theirs };
	struct spec *native = read_native();
	struct spec *written = translate(native);
	struct seccomp_request request = { .policy = written->seccomp.policy };
	struct sock_fprog theirs = { .len = 0 };
	struct sock_fprog reference = { .len = 0 };
	struct error err = { .kind = ERROR_NONE };

	ck_assert_ptr_nonnull(request.policy);
	ck_assert_int_eq(seccomp_policy_compile(&request, &theirs, &err), 0);
	reference_compile(&request, &reference);
	for (int number = 0; number < NUMBER_MAX; number++) {
		compare(&ours, &theirs, number, false);
		compare(&ours, &reference, number, true);
	}
	free(theirs.filter);
	free(reference.filter);
	arena_free(written->arena);
	arena_free(native->arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("export_seccomp");
	TCase *list = tcase_create("list");

	tcase_set_timeout(list, 120);
	tcase_add_test(list, own_list_decides_as_before);
	suite_add_tcase(suite, list);
	return run_suite(suite);
}
