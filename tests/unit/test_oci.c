/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the golden cases cannot say of the reader of config.json: sizes, owners, tables. */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "import/import.h"
#include "support/suite.h"

#define HEAD                                                 \
	"{\"ociVersion\":\"1.0.0\",\"process\":{\"cwd\":\"/" \
	"\",\"args\":[\"a\"]},\"root\":{\"path\":\"r\"}"

static int read_config(const char *text, size_t size, struct spec **out, struct error *err)
{
	const struct import_oci_input input = {
		.text = text, .size = size, .name = "c.json", .bundle = "/b", .id = "i"
	};

	return import_oci(&input, out, err);
}

/* HEAD, then @start, @count times @item with commas between, and @end. */
static char *repeat(const char *start, const char *item, size_t count, const char *end)
{
	struct error err = { .kind = ERROR_NONE };
	struct text text = { 0 };

	text_add(&text, HEAD);
	text_add(&text, start);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			text_add(&text, ",");
		text_add(&text, item);
	}
	text_add(&text, end);
	return text_take(&text, &err);
}

static const struct {
	const char *start;
	const char *item;
	size_t count;
	const char *end;
	const char *what;
	const char *where;
} floods[] = {
	{ ",\"linux\":{\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[",
	  "{\"containerID\":0,\"hostID\":0,\"size\":1}", 65536, "]}}", "more than 340 elements",
	  "/linux/uidMappings in c.json" },
	{ ",\"mounts\":[", "{\"destination\":\"/a\",\"type\":\"tmpfs\"}", 8193, "]}",
	  "more than 8192 elements", "/mounts in c.json" },
	{ ",\"linux\":{\"maskedPaths\":[", "\"/a\"", 65537, "]}}", "more than 65536 elements",
	  "/linux/maskedPaths in c.json" },
	{ ",\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":[", "1", 65537,
	  "]}}}", "too many rules", "/linux/seccomp/syscalls in c.json" },
	{ ",\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[", "\"ro\"", 1025,
	  "]}]}", "more than 1024 elements", "/mounts/0/options in c.json" },
	{ ",\"x\":[", "0", IMPORT_OCI_SIZE_MAX / 2, "]}", "the text is larger than 8192 KiB",
	  "c.json" },
};

START_TEST(floods_are_refused)
{
	struct error err = { .kind = ERROR_NONE };
	struct spec *spec = NULL;
	char *text = repeat(floods[_i].start, floods[_i].item, floods[_i].count, floods[_i].end);

	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(read_config(text, strlen(text), &spec, &err), -1);
	ck_assert_str_eq(err.what, floods[_i].what);
	ck_assert_str_eq(err.where, floods[_i].where);
	ck_assert_ptr_null(spec);
	free(text);
}
END_TEST

START_TEST(large_texts_are_read)
{
	struct error err = { .kind = ERROR_NONE };
	struct spec *spec = NULL;
	char *text = repeat(",\"annotations\":{},\"linux\":{\"maskedPaths\":[", "\"/a\"", 65536,
	                    "],\"namespaces\":[{\"type\":\"mount\"}]}}");

	ck_assert_ptr_nonnull(text);
	ck_assert_msg(read_config(text, strlen(text), &spec, &err) == 0, "%s", err.what);
	ck_assert_uint_eq(spec->oci->masked_paths.count, 65536);
	arena_free(spec->arena);
	free(text);
}
END_TEST

START_TEST(text_needs_no_end)
{
	static const char good[] = HEAD "}";
	const size_t size = sizeof(good) - 1;
	char *text = malloc(size);
	struct error err = { .kind = ERROR_NONE };
	struct spec *spec = NULL;

	memcpy(text, good, size);
	ck_assert_int_eq(read_config(text, size, &spec, &err), 0);
	free(text);
	ck_assert_str_eq(spec->args.items[0].value, "a");
	ck_assert_str_eq(spec->rootfs.path.value, "/b/r");
	arena_free(spec->arena);
}
END_TEST

static struct spec *read_good(void)
{
	static const char good[] = HEAD "}";
	struct error err = { .kind = ERROR_NONE };
	struct spec *spec = NULL;

	ck_assert_int_eq(read_config(good, strlen(good), &spec, &err), 0);
	return spec;
}

START_TEST(spec_is_sealed)
{
	*(volatile bool *)&read_good()->no_new_privs = true;
}
END_TEST

START_TEST(nothing_is_hardened_that_was_not_asked_for)
{
	struct spec *spec = read_good();

	ck_assert(!spec->no_new_privs && !spec->has_landlock);
	ck_assert_int_eq(spec->seccomp.kind, SPEC_SECCOMP_OFF);
	ck_assert_int_eq(spec->apparmor.kind, SPEC_APPARMOR_OFF);
	ck_assert(!spec->limits.memory.is_set && !spec->limits.pids.is_set);
	ck_assert_uint_eq(spec->tmpfs_count, 0);
	ck_assert_uint_eq(spec->env.count, 0);
	arena_free(spec->arena);
}
END_TEST

START_TEST(names_of_features_are_in_order)
{
	const enum import_oci_feature feature = (enum import_oci_feature)_i;
	size_t count = 0;

	ck_assert_ptr_nonnull(import_oci_feature_name(feature, 0));
	while (import_oci_feature_name(feature, count + 1) != NULL) {
		ck_assert_str_lt(import_oci_feature_name(feature, count),
		                 import_oci_feature_name(feature, count + 1));
		count++;
	}
}
END_TEST

START_TEST(templates_are_read)
{
	const char *const templates[] = { import_oci_template, import_oci_template_rootless };

	for (size_t i = 0; i < ARRAY_LEN(templates); i++) {
		struct error err = { .kind = ERROR_NONE };
		struct spec *spec = NULL;

		ck_assert_msg(read_config(templates[i], strlen(templates[i]), &spec, &err) == 0,
		              "%s at %s", err.what, err.where);
		ck_assert(spec->no_new_privs);
		arena_free(spec->arena);
	}
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("oci");
	TCase *tests = tcase_create("reader");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, floods_are_refused, 0, (int)ARRAY_LEN(floods));
	tcase_add_test(tests, large_texts_are_read);
	tcase_add_test(tests, text_needs_no_end);
	tcase_add_test_raise_signal(tests, spec_is_sealed, SIGSEGV);
	tcase_add_test(tests, nothing_is_hardened_that_was_not_asked_for);
	tcase_add_loop_test(tests, names_of_features_are_in_order, IMPORT_OCI_HOOKS,
	                    IMPORT_OCI_MEMORY_POLICY_FLAGS + 1);
	tcase_add_test(tests, templates_are_read);
	suite_add_tcase(suite, tests);
	return suite;
}

int main(void)
{
	return run_suite(make_suite());
}
