/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A container's trace on the host, from claim to sweep, with a death at every system call. */
#include "lifecycle/sweep.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "killing.h"
#include "lifecycle/state.h"
#include "support/suite.h"

static char root_path[64];
static int root_fd = -1;

static void make_root(void)
{
	struct error err = { .kind = ERROR_NONE };

	(void)snprintf(root_path, sizeof(root_path), "%s/hardrun-sweep-XXXXXX", P_tmpdir);
	ck_assert_ptr_nonnull(mkdtemp(root_path));
	root_fd = state_root_open(root_path, &err);
	ck_assert_msg(root_fd >= 0, "%s", err.what);
}

static void remove_root(void)
{
	(void)unlinkat(root_fd, "registry", 0);
	(void)unlinkat(root_fd, "containers", AT_REMOVEDIR);
	(void)unlinkat(root_fd, "slots", AT_REMOVEDIR);
	(void)close(root_fd);
	ck_assert_int_eq(rmdir(root_path), 0);
}

static struct registry open_registry(void)
{
	struct error err = { .kind = ERROR_NONE };
	struct registry registry = REGISTRY_NONE;

	ck_assert_msg(registry_open(&registry, root_fd, &err) == 0, "%s", err.what);
	return registry;
}

static unsigned int count_entries(const char *path)
{
	int fd = openat(root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned int count = 0;
	DIR *directory;

	if (fd < 0)
		return 0;
	directory = fdopendir(fd);
	ck_assert_ptr_nonnull(directory);
	while (readdir(directory) != NULL)
		count++;
	(void)closedir(directory);
	return count - 2;
}

static int write_state(int directory_fd, struct error *err)
{
	const struct plan plan = { .name = "web", .spec_digest = "" };
	const struct state state = { .plan = &plan, .spec_text = "{}", .init = 1 };

	return state_write(directory_fd, &state, err);
}

static int claim(struct registry *registry, unsigned int slot, const char *name, struct error *err)
{
	struct registry_record record = { .cgroup_stage = REGISTRY_CGROUP_NONE };
	unsigned int holder;

	(void)snprintf(record.name, sizeof(record.name), "%s", name);
	if (registry_write(registry, slot, &record, err) < 0)
		return -1;
	return state_claim(root_fd, slot, name, &holder, err);
}

/* All that a launch writes, and its end; stops at the first failure. */
static int live(struct registry *registry, struct error *err)
{
	AUTO_CLOSE int directory_fd = -1;
	int slot = registry_take(registry, NULL, NULL, err);

	if (slot < 0)
		return -1;
	directory_fd = state_make(root_fd, (unsigned int)slot, err);
	if (directory_fd < 0 || claim(registry, (unsigned int)slot, "web", err) != 1 ||
	    write_state(directory_fd, err) < 0)
		return -1;
	return sweep_slot(registry, (unsigned int)slot, err);
}

static void open_for_work(void *context)
{
	struct error err = { .kind = ERROR_NONE };

	if (registry_open(context, root_fd, &err) < 0)
		_exit(1);
}

static void work(void *context)
{
	struct error err = { .kind = ERROR_NONE };

	if (live(context, &err) < 0)
		_exit(1);
}

static void sweep_all(void)
{
	AUTO_REGISTRY struct registry registry = open_registry();

	sweep(&registry);
}

static void assert_nothing_left(unsigned long stop)
{
	AUTO_REGISTRY struct registry registry = open_registry();

	ck_assert_msg(count_entries("slots") == 0, "killed at %lu: a directory stays", stop);
	ck_assert_msg(count_entries("containers") == 0, "killed at %lu: a name stays", stop);
	ck_assert_int_eq(registry_take_dead(&registry, 0), -1);
}

START_TEST(a_death_at_any_system_call_leaves_nothing)
{
	struct registry registry = REGISTRY_NONE;
	const struct killing killing = { KILLING_SYSTEM_CALLS, open_for_work, work, &registry };
	unsigned int ever_left = 0;
	unsigned long stop = 1;

	while (killing_at(&killing, stop)) {
		ever_left += count_entries("containers");
		sweep_all();
		assert_nothing_left(stop++);
	}
	ck_assert_uint_gt(stop, 30);
	ck_assert_uint_gt(ever_left, 0);
}
END_TEST

/* A sweeper may die too; the next one goes on where it was. */
static void sweep_work(void *context)
{
	sweep(context);
}

static void leave_one(void)
{
	struct error err = { .kind = ERROR_NONE };
	AUTO_REGISTRY struct registry registry = open_registry();
	AUTO_CLOSE int directory_fd = -1;
	int slot = registry_take(&registry, NULL, NULL, &err);

	ck_assert_int_ge(slot, 0);
	directory_fd = state_make(root_fd, (unsigned int)slot, &err);
	ck_assert_int_ge(directory_fd, 0);
	ck_assert_int_eq(claim(&registry, (unsigned int)slot, "web", &err), 1);
	ck_assert_int_eq(write_state(directory_fd, &err), 0);
	ck_assert_int_eq(mkdirat(directory_fd, "deeper", 0700), 0);
}

START_TEST(a_sweepers_death_at_any_system_call_leaves_nothing)
{
	struct registry registry = REGISTRY_NONE;
	const struct killing killing = { KILLING_SYSTEM_CALLS, open_for_work, sweep_work,
		                         &registry };
	unsigned long stop = 1;

	leave_one();
	while (killing_at(&killing, stop)) {
		sweep_all();
		assert_nothing_left(stop++);
		leave_one();
	}
	ck_assert_uint_gt(stop, 10);
	assert_nothing_left(stop);
}
END_TEST

START_TEST(another_slots_name_is_left_alone)
{
	struct error err = { .kind = ERROR_NONE };
	AUTO_REGISTRY struct registry registry = open_registry();
	unsigned int holder = 0;
	int slot;

	ck_assert_int_eq(mkdirat(root_fd, "containers", 0700), 0);
	ck_assert_int_eq(symlinkat("../slots/7", root_fd, "containers/web"), 0);
	slot = registry_take(&registry, NULL, NULL, &err);
	ck_assert_int_eq(claim(&registry, (unsigned int)slot, "web", &err), 0);
	ck_assert_int_eq(state_claim(root_fd, (unsigned int)slot, "web", &holder, &err), 0);
	ck_assert_uint_eq(holder, 7);
	ck_assert_int_eq(sweep_slot(&registry, (unsigned int)slot, &err), 0);
	ck_assert_uint_eq(count_entries("containers"), 1);
	ck_assert_int_eq(unlinkat(root_fd, "containers/web", 0), 0);
}
END_TEST

START_TEST(what_is_no_link_of_ours_is_refused)
{
	struct error err = { .kind = ERROR_NONE };
	unsigned int holder;

	ck_assert_int_eq(mkdirat(root_fd, "containers", 0700), 0);
	ck_assert_int_eq(symlinkat("../slots/007", root_fd, "containers/web"), 0);
	ck_assert_int_eq(state_claim(root_fd, 3, "web", &holder, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_STATE);
	ck_assert_int_eq(unlinkat(root_fd, "containers/web", 0), 0);
}
END_TEST

/* What a link in the directory points to must survive. */
START_TEST(links_in_a_state_directory_are_not_followed)
{
	struct error err = { .kind = ERROR_NONE };
	AUTO_CLOSE int directory_fd = -1;
	struct stat status;

	ck_assert_int_eq(mkdirat(root_fd, "kept", 0700), 0);
	ck_assert_int_eq(mkdirat(root_fd, "kept/inner", 0700), 0);
	directory_fd = state_make(root_fd, 5, &err);
	ck_assert_int_ge(directory_fd, 0);
	ck_assert_int_eq(symlinkat("../../kept", directory_fd, "link"), 0);
	ck_assert_int_eq(mkdirat(directory_fd, "a", 0700), 0);
	ck_assert_int_eq(symlinkat("../../../kept", directory_fd, "a/link"), 0);
	ck_assert_int_eq(state_remove(root_fd, 5, "", &err), 0);
	ck_assert_uint_eq(count_entries("slots"), 0);
	ck_assert_int_eq(fstatat(root_fd, "kept/inner", &status, 0), 0);
	ck_assert_int_eq(unlinkat(root_fd, "kept/inner", AT_REMOVEDIR), 0);
	ck_assert_int_eq(unlinkat(root_fd, "kept", AT_REMOVEDIR), 0);
}
END_TEST

START_TEST(a_very_deep_tree_is_refused)
{
	struct error err = { .kind = ERROR_NONE };
	AUTO_CLOSE int directory_fd = state_make(root_fd, 5, &err);
	char path[64] = "";

	for (int i = 0; i < 12; i++) {
		(void)snprintf(path + strlen(path), sizeof(path) - strlen(path), "%s",
		               i == 0 ? "d" : "/d");
		ck_assert_int_eq(mkdirat(directory_fd, path, 0700), 0);
	}
	ck_assert_int_eq(state_remove(root_fd, 5, "", &err), -1);
	ck_assert_int_eq(err.kind, ERROR_STATE);
	for (size_t length = strlen(path); length > 0; length -= length > 1 ? 2 : 1) {
		path[length] = '\0';
		ck_assert_int_eq(unlinkat(directory_fd, path, AT_REMOVEDIR), 0);
	}
	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_int_eq(state_remove(root_fd, 5, "", &err), 0);
}
END_TEST

START_TEST(a_root_that_others_may_write_is_refused)
{
	struct error err = { .kind = ERROR_NONE };

	ck_assert_int_eq(chmod(root_path, 0770), 0);
	ck_assert_int_eq(state_root_open(root_path, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_STATE);
	ck_assert_ptr_nonnull(strstr(err.hint, "chmod 700"));
	ck_assert_int_eq(chmod(root_path, 0700), 0);
}
END_TEST

START_TEST(a_root_of_another_user_is_refused)
{
	struct error err = { .kind = ERROR_NONE };

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(root_path, 12345, 12345), 0);
	ck_assert_int_eq(state_root_open(root_path, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_STATE);
	ck_assert_int_eq(chown(root_path, 0, 0), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sweep");
	TCase *tcase = tcase_create("sweep");

	tcase_add_checked_fixture(tcase, make_root, remove_root);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, a_death_at_any_system_call_leaves_nothing);
	tcase_add_test(tcase, a_sweepers_death_at_any_system_call_leaves_nothing);
	tcase_add_test(tcase, another_slots_name_is_left_alone);
	tcase_add_test(tcase, what_is_no_link_of_ours_is_refused);
	tcase_add_test(tcase, links_in_a_state_directory_are_not_followed);
	tcase_add_test(tcase, a_very_deep_tree_is_refused);
	tcase_add_test(tcase, a_root_that_others_may_write_is_refused);
	tcase_add_test(tcase, a_root_of_another_user_is_refused);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
