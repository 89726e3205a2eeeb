/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the golden cases cannot say of the readers of Kubernetes and docker inspect. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "import/import_any.h"
#include "import/kubernetes.h"
#include "support/suite.h"

static const struct {
	const char *text;
	int64_t milli; /* -1: it is no quantity */
} quantities[] = {
	{ "0", 0 },
	{ "1", 1000 },
	{ "1.5", 1500 },
	{ ".5", 500 },
	{ "1.", 1000 },
	{ "0.0001", 1 }, /* rounded up */
	{ "500m", 500 },
	{ "1k", 1000000 },
	{ "1Ki", 1024000 },
	{ "1.5Mi", INT64_C(1572864000) },
	{ "1Gi", INT64_C(1073741824000) },
	{ "8Pi", INT64_C(9007199254740992000) },
	{ "9Pi", -1 }, /* does not fit */
	{ "1e3", 1000000 },
	{ "1E-3", 1 },
	{ "1e+06", INT64_C(1000000000) },
	{ "1e99", -1 },
	{ "", -1 },
	{ ".", -1 },
	{ "-1", -1 },
	{ "1KB", -1 },
	{ "1 Mi", -1 },
	{ "0x10", -1 },
	{ "99999999999999999999", -1 },
};

START_TEST(quantities_are_read)
{
	int64_t milli = -1;

	ck_assert_int_eq(kubernetes_quantity(quantities[_i].text, &milli),
	                 quantities[_i].milli >= 0);
	ck_assert_int_eq(milli, quantities[_i].milli);
}
END_TEST

/* @start, @count times @item, and @end. */
static char *repeat(const char *start, const char *item, size_t count, const char *end)
{
	struct error err = { .kind = ERROR_NONE };
	struct text text = { 0 };

	text_add(&text, start);
	for (size_t i = 0; i < count; i++)
		text_add(&text, item);
	text_add(&text, end);
	return text_take(&text, &err);
}

#define POD "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"spec\":{"

static const struct {
	const char *start;
	const char *item;
	size_t count;
	const char *end;
	const char *what;
	const char *where;
} floods[] = {
	{ POD "\"containers\":[", "{\"name\":\"a\"},", 1024, "{\"name\":\"a\"}]}}",
	  "more than 1024 elements", "/spec/containers in f" },
	{ POD "\"volumes\":[", "{\"name\":\"a\"},", 1024, "{\"name\":\"a\"}],\"containers\":[]}}",
	  "more than 1024 elements", "/spec/volumes in f" },
	{ POD "\"containers\":[{\"name\":\"a\",\"env\":[", "{\"name\":\"a\"},", 1024, "1]}]}}",
	  "more than 1024 elements", "/spec/containers/0/env in f" },
	{ "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[", "{\"kind\":\"List\",\"items\":[",
	  9, "]}]}]}]}]}]}]}]}]}]}", "lists are nested too deeply",
	  "/items/0/items/0/items/0/items/0/items/0/items/0/items/0/items/0/items in f" },
	{ "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[",
	  POD "\"containers\":[{\"name\":\"a\"}]}},", 8193, "{}]}", "more than 8192 items", "f" },
	{ "[", "{\"HostConfig\":{},\"Config\":{}},", 8192, "{}]", "more than 8192 elements", "f" },
};

START_TEST(floods_are_refused)
{
	struct error err = { .kind = ERROR_NONE };
	struct import_result result;
	char *text = repeat(floods[_i].start, floods[_i].item, floods[_i].count, floods[_i].end);
	const struct import_any_input input = {
		.text = text, .size = strlen(text), .name = "f", .language = SPEC_LANGUAGE_COUNT
	};

	ck_assert_int_eq(import_any(&input, &result, &err), -1);
	ck_assert_str_eq(err.what, floods[_i].what);
	ck_assert_str_eq(err.where, floods[_i].where);
	free(text);
}
END_TEST

/* A stream may hold no document, whatever language is asked for. */
static const enum spec_language languages[] = { SPEC_LANGUAGE_DOCKER_INSPECT,
	                                        SPEC_LANGUAGE_KUBERNETES, SPEC_LANGUAGE_SCAN };

START_TEST(nothing_is_no_container)
{
	struct error err = { .kind = ERROR_NONE };
	struct import_result result;
	const struct import_any_input input = {
		.text = "# nothing\n", .size = 10, .name = "f", .language = languages[_i]
	};

	if (import_any(&input, &result, &err) < 0) {
		ck_assert_int_eq(err.kind, ERROR_SPEC);
		return;
	}
	ck_assert_uint_eq(result.spec_count, 0);
	import_result_release(&result);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kubernetes");
	TCase *tests = tcase_create("kubernetes");

	tcase_add_loop_test(tests, quantities_are_read, 0, ARRAY_LEN(quantities));
	tcase_add_loop_test(tests, floods_are_refused, 0, ARRAY_LEN(floods));
	tcase_add_loop_test(tests, nothing_is_no_container, 0, ARRAY_LEN(languages));
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
