/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/container_state.h"
#include "support/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* All of it, as it is written; each case changes one place. */
static const char whole[] =
	"{\"version\":1,\"id\":\"web\",\"bundle\":\"/srv/web\",\"rootfs\":\"/srv/web/rootfs\","
	"\"created\":\"2026-01-31T23:59:59.123456Z\",\"cgroup\":\"/hardrun/web\","
	"\"unit\":\"web.scope\",\"apparmor\":\"docker-default\",\"owner\":0,\"shared_root\":"
	"2147483999,"
	"\"pid\":4711,"
	"\"start_time\":123456,\"boot_id\":\"01234567-89ab-cdef-0123-456789abcdef\","
	"\"is_user_unit\":false,\"is_cgroup_made\":true,\"is_ready\":true,\"is_restored\":false,"
	"\"has_landlock\":false,\"has_own_pid_namespace\":true,\"needs_config\":false,"
	"\"streams\":[\"pipe:[7]\",\"file[1f:2b]\",\"\"],"
	"\"annotations\":{\"a\":\"1\",\"b\":\"\"}}";

static const struct {
	const char *from; /* what is replaced; "": nothing */
	const char *to;
	const char *what; /* how the error begins; NULL: it is read */
} cases[] = {
	{ "", "", NULL },
	{ ",\"cgroup\":\"/hardrun/web\"", "", NULL },
	{ ",\"unit\":\"web.scope\",\"apparmor\":\"docker-default\"", "", NULL },
	{ "\"pid\":4711", "\"pid\":0", NULL },
	{ "{\"a\":\"1\",\"b\":\"\"}", "{}", NULL },
	{ "\"version\":1", "\"version\":2",
	  "the container's state is of version 2, not 1: another hardrun made it" },
	{ "\"version\":1,", "",
	  "the container's state is damaged: \"version\" is not what hardrun writes" },
	{ "\"id\":\"web\"", "\"id\":7",
	  "the container's state is damaged: \"id\" is not what hardrun writes" },
	{ "\"id\":\"web\"", "\"id\":\"we\\u0000b\"",
	  "the container's state is damaged: \\u0000 is not allowed without JSON_ALLOW_NUL" },
	{ "\"id\":\"web\"", "\"id\":\"web\",\"id\":\"other\"",
	  "the container's state is damaged: duplicate object key" },
	{ "/srv/web/rootfs", "srv/web/rootfs",
	  "the container's state is damaged: \"rootfs\" is not what hardrun writes" },
	{ "/hardrun/web", "/hardrun/../system.slice",
	  "the container's state is damaged: \"cgroup\" is not what hardrun writes" },
	{ "/hardrun/web", "/hardrun/..",
	  "the container's state is damaged: \"cgroup\" is not what hardrun writes" },
	{ "\"pid\":4711", "\"pid\":-1",
	  "the container's state is damaged: \"pid\" is not what hardrun writes" },
	{ "\"pid\":4711", "\"pid\":2147483648",
	  "the container's state is damaged: \"pid\" is not what hardrun writes" },
	{ "\"pid\":4711", "\"pid\":\"4711\"",
	  "the container's state is damaged: \"pid\" is not what hardrun writes" },
	{ "2147483999", "0", NULL },
	{ "2147483999", "-1",
	  "the container's state is damaged: \"shared_root\" is not what hardrun writes" },
	{ "\"owner\":0", "\"owner\":4294967296",
	  "the container's state is damaged: \"owner\" is not what hardrun writes" },
	{ "456789abcdef", "456789abcdef0",
	  "the container's state is damaged: \"boot_id\" is not what hardrun writes" },
	{ "\"pipe:[7]\",", "",
	  "the container's state is damaged: \"streams\" is not what hardrun writes" },
	{ "\"pipe:[7]\"", "7",
	  "the container's state is damaged: \"streams\" is not what hardrun writes" },
	{ "pipe:[7]", "pipe:[700000000000000000000000000000000000000000000000000000007]",
	  "the container's state is damaged: \"streams\" is not what hardrun writes" },
	{ "\"is_ready\":true", "\"is_ready\":1",
	  "the container's state is damaged: \"is_ready\" is not what hardrun writes" },
	{ ",\"needs_config\":false", "",
	  "the container's state is damaged: \"needs_config\" is not what hardrun writes" },
	{ "\"b\":\"\"", "\"b\":{}",
	  "the container's state is damaged: \"annotations\" is not what hardrun writes" },
	{ "{\"a\":\"1\",\"b\":\"\"}", "[]",
	  "the container's state is damaged: \"annotations\" is not what hardrun writes" },
	{ "{\"a\":\"1\",\"b\":\"\"}}", "",
	  "the container's state is damaged: unexpected token near end of file" },
};

static void replace(char *out, size_t size, const char *from, const char *to)
{
	const char *place = strstr(whole, from);

	ck_assert_ptr_nonnull(place);
	(void)snprintf(out, size, "%.*s%s%s", (int)(place - whole), whole, to,
	               place + strlen(from));
}

START_TEST(what_hardrun_does_not_write_is_refused)
{
	AUTO_ARENA struct arena *arena = NULL;
	struct error err = { .kind = ERROR_NONE };
	struct container_state state;
	char text[2048];

	replace(text, sizeof(text), cases[_i].from, cases[_i].to);
	if (cases[_i].what == NULL) {
		ck_assert_int_eq(container_state_read(text, strlen(text), &state, &arena, &err), 0);
		return;
	}
	ck_assert_int_eq(container_state_read(text, strlen(text), &state, &arena, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_STATE);
	ck_assert_mem_eq(err.what, cases[_i].what, strlen(cases[_i].what));
	ck_assert_ptr_null(arena);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	for (size_t size = 0; size < sizeof(whole) - 1; size++) {
		AUTO_ARENA struct arena *arena = NULL;
		struct error err = { .kind = ERROR_NONE };
		struct container_state state;

		ck_assert_int_eq(container_state_read(whole, size, &state, &arena, &err), -1);
		ck_assert_int_eq(err.kind, ERROR_STATE);
	}
}
END_TEST

START_TEST(what_is_written_is_read)
{
	static const struct spec_oci_annotation annotations[] = {
		{ "org.example.\"quoted\"", "line\nbreak" },
		{ "empty", "" },
	};
	const struct container_state written = {
		.id = "a+b_c-d.e",
		.bundle = "/bundle with blank",
		.rootfs = "/r\"quote",
		.created = "2026-01-31T23:59:59.123456Z",
		.cgroup = "/hardrun/x",
		.owner = UINT32_MAX - 1,
		.init = { .pid = 1234, .start_time = 99, .boot_id = "b" },
		.is_ready = true,
		.is_restored = true,
		.needs_config = true,
		.streams = { "pipe:[1]", "", "file[2:3]" },
		.annotations = annotations,
		.annotation_count = 2,
	};
	AUTO_ARENA struct arena *arena = NULL;
	struct error err = { .kind = ERROR_NONE };
	struct container_state state;
	AUTO_FREE char *text = container_state_write(&written, &err);

	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(container_state_read(text, strlen(text), &state, &arena, &err), 0);
	ck_assert_str_eq(state.id, written.id);
	ck_assert_str_eq(state.bundle, written.bundle);
	ck_assert_str_eq(state.rootfs, written.rootfs);
	ck_assert_str_eq(state.created, written.created);
	ck_assert_str_eq(state.cgroup, written.cgroup);
	ck_assert_ptr_null(state.unit);
	ck_assert_ptr_null(state.apparmor);
	ck_assert_uint_eq(state.owner, written.owner);
	ck_assert_int_eq(state.init.pid, 1234);
	ck_assert_uint_eq(state.init.start_time, 99);
	ck_assert_str_eq(state.init.boot_id, "b");
	ck_assert(state.is_ready);
	ck_assert(state.is_restored);
	ck_assert(!state.has_own_pid_namespace);
	ck_assert(state.needs_config);
	ck_assert_mem_eq(state.streams, written.streams, sizeof(state.streams));
	ck_assert_uint_eq(state.annotation_count, 2);
	ck_assert_str_eq(state.annotations[0].name, annotations[0].name);
	ck_assert_str_eq(state.annotations[0].value, annotations[0].value);
	ck_assert_str_eq(state.annotations[1].value, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("container_state");
	TCase *tcase = tcase_create("container_state");

	tcase_add_loop_test(tcase, what_hardrun_does_not_write_is_refused, 0, ARRAY_LEN(cases));
	tcase_add_test(tcase, every_truncation_is_refused);
	tcase_add_test(tcase, what_is_written_is_read);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
