/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/criu_parts.h"

#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/suite.h"

static char folder[] = "/tmp/test-criu-parts.XXXXXX";

static void make_folder(void)
{
	char name[sizeof(folder) + sizeof("/etc")];

	memcpy(folder + sizeof(folder) - sizeof("XXXXXX"), "XXXXXX", sizeof("XXXXXX"));
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(name, sizeof(name), "%s/etc", folder);
	ck_assert_int_eq(mkdir(name, 0700), 0);
}

static void remove_folder(void)
{
	static const char *const names[] = { "/descriptors.json", "/etc/hosts", "/data" };
	char name[sizeof(folder) + 32];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", folder, names[i]);
		(void)remove(name);
	}
	(void)snprintf(name, sizeof(name), "%s/etc", folder);
	ck_assert_int_eq(rmdir(name), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}

static void check_words(const struct helper_words *words, const char *const *expected)
{
	size_t count = 0;

	while (expected[count] != NULL && count < words->count) {
		ck_assert_str_eq(words->items[count], expected[count]);
		count++;
	}
	ck_assert_ptr_null(expected[count]);
	ck_assert_uint_eq(words->count, count);
}

static const struct {
	const char *text; /* NULL: there is no file */
	const char *words[3];
	bool is_damaged;
} lists[] = {
	{ NULL, { NULL }, false },
	{ "[\"pipe:[12]\",\"file[9f:a]\",\"/dev/pts/0\"]",
	  { "stream=0:pipe:[12]", "stream=1:file[9f:a]" },
	  false },
	{ "[\"\",\"socket:[7]\",\"pipe:[1]\"]", { "stream=2:pipe:[1]" }, false },
	{ "[\"pipe:[1]\",\"pipe:[2]\"]", { NULL }, true },
	{ "[1,2,3]", { NULL }, true },
	{ "{\"a\":1,\"b\":2,\"c\":3}", { NULL }, true },
	{ "[\"\"", { NULL }, true },
	{ "", { NULL }, true },
};

START_TEST(streams_of_a_checkpoint_are_read)
{
	AUTO_HELPER_WORDS struct helper_words words = { 0 };
	struct error err = { .kind = ERROR_NONE };
	char name[sizeof(folder) + 32];
	FILE *file;

	(void)snprintf(name, sizeof(name), "%s/descriptors.json", folder);
	if (lists[_i].text != NULL) {
		file = fopen(name, "we");
		ck_assert_ptr_nonnull(file);
		ck_assert_int_ge(fputs(lists[_i].text, file), 0);
		ck_assert_int_eq(fclose(file), 0);
	}
	ck_assert_int_eq(criu_give_streams(folder, &words, &err), lists[_i].is_damaged ? -1 : 0);
	ck_assert_int_eq(err.kind, lists[_i].is_damaged ? ERROR_STATE : ERROR_NONE);
	if (!lists[_i].is_damaged)
		check_words(&words, lists[_i].words);
}
END_TEST

START_TEST(binds_masks_and_namespaces_are_given)
{
	const struct plan_mount root = { .is_bind = true };
	const struct plan_mount bind = { .is_bind = true,
		                         .own = { .set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME } };
	const struct plan_mount remount = { .is_bind = true, .is_remount = true };
	const struct plan_mount tmpfs = { .type = "tmpfs" };
	const struct plan_node nodes[] = {
		{ .kind = PLAN_NODE_MOUNT, .target = "/", .mount = &root },
		{ .kind = PLAN_NODE_MOUNT,
		  .target = "/etc/hosts",
		  .source = "/etc/passwd",
		  .mount = &bind },
		{ .kind = PLAN_NODE_MOUNT, .target = "/data", .mount = &tmpfs },
		{ .kind = PLAN_NODE_MOUNT,
		  .target = "/data/below",
		  .source = "/etc",
		  .mount = &bind },
		{ .kind = PLAN_NODE_MOUNT, .target = "/etc/hosts", .mount = &remount },
	};
	const struct plan_path mask = { .path = "/proc/kcore" };
	const struct plan_join joins[] = { { .kind = CLONE_NEWNET, .path = "/run/netns/a" },
		                           { .kind = CLONE_NEWIPC, .path = "/proc/7/ns/ipc" } };
	const struct plan plan = { .nodes = nodes,
		                   .node_count = ARRAY_LEN(nodes),
		                   .masked_paths = &mask,
		                   .masked_path_count = 1,
		                   .joins = joins,
		                   .join_count = ARRAY_LEN(joins) };
	static const char *const expected[] = { "external=mnt[/etc/hosts]:/etc/passwd",
		                                "attributes=1:/etc/hosts",
		                                "external=mnt[/data/below]:/etc",
		                                "attributes=1:/data/below",
		                                "external=mnt[/dev/null]:/dev/null",
		                                "attributes=11:/proc/kcore",
		                                "open=extRootNetNS:/run/netns/a",
		                                "join=ipc:/proc/7/ns/ipc",
		                                NULL };
	AUTO_HELPER_WORDS struct helper_words words = { 0 };
	struct error err = { .kind = ERROR_NONE };
	char name[sizeof(folder) + 32];
	struct stat found;

	ck_assert_int_eq(criu_give_parts(&plan, folder, &words, &err), 0);
	check_words(&words, expected);
	(void)snprintf(name, sizeof(name), "%s/etc/hosts", folder);
	ck_assert_int_eq(stat(name, &found), 0);
	ck_assert(S_ISREG(found.st_mode));
	(void)snprintf(name, sizeof(name), "%s/data", folder);
	ck_assert_int_eq(stat(name, &found), 0);
	ck_assert(S_ISDIR(found.st_mode));
	/* What lies on the tmpfs comes with it. */
	(void)snprintf(name, sizeof(name), "%s/data/below", folder);
	ck_assert_int_eq(stat(name, &found), -1);
}
END_TEST

START_TEST(what_criu_cannot_keep_is_refused)
{
	const struct plan plain = { .name = "web" };
	const struct plan listened = { .seccomp_listener = { .path = "/run/listener" } };
	struct error err = { .kind = ERROR_NONE };
	struct error landlock = { .kind = ERROR_NONE };

	ck_assert_int_eq(criu_check_plan(&plain, false, &err), 0);
	ck_assert_int_eq(criu_check_plan(&plain, true, &landlock), -1);
	ck_assert_int_eq(landlock.kind, ERROR_HOST);
	ck_assert_int_eq(criu_check_plan(&listened, false, &err), -1);
	ck_assert_str_eq(err.where, "/linux/seccomp/listenerPath");
}
END_TEST

START_TEST(a_process_without_what_was_planned_is_refused)
{
	const struct plan plan = { .no_new_privs = true };
	const struct plan nothing = { .no_new_privs = false };
	struct error err = { .kind = ERROR_NONE };

	ck_assert_int_eq(criu_check_restored(&nothing, getpid(), &err), 0);
	ck_assert_int_eq(criu_check_restored(&plan, getpid(), &err), -1);
	ck_assert_int_eq(err.kind, ERROR_STATE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("criu_parts");
	TCase *tcase = tcase_create("criu_parts");

	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_add_loop_test(tcase, streams_of_a_checkpoint_are_read, 0, ARRAY_LEN(lists));
	tcase_add_test(tcase, binds_masks_and_namespaces_are_given);
	tcase_add_test(tcase, what_criu_cannot_keep_is_refused);
	tcase_add_test(tcase, a_process_without_what_was_planned_is_refused);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
