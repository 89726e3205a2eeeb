/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/registry.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "killing.h"
#include "support/suite.h"

#define RACERS        6
#define RACE_ROUNDS   300
#define KILLS_AT_MOST 400 /* places tried, spread over all instructions */

static char root_path[64];
static int root_fd = -1;
static unsigned int dead_slot;

static void make_root(void)
{
	(void)snprintf(root_path, sizeof(root_path), "%s/hardrun-registry-XXXXXX", P_tmpdir);
	ck_assert_ptr_nonnull(mkdtemp(root_path));
	root_fd = open(root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(root_fd, 0);
}

static void remove_root(void)
{
	(void)unlinkat(root_fd, "registry", 0);
	(void)unlinkat(root_fd, "target", 0);
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

static unsigned int take(struct registry *registry)
{
	struct error err = { .kind = ERROR_NONE };
	int slot = registry_take(registry, NULL, NULL, &err);

	ck_assert_msg(slot >= 0, "%s", err.what);
	return (unsigned int)slot;
}

static void assert_refused(enum error_kind kind, const char *what)
{
	struct error err = { .kind = ERROR_NONE };
	struct registry registry = REGISTRY_NONE;

	ck_assert_int_eq(registry_open(&registry, root_fd, &err), -1);
	ck_assert_int_eq(err.kind, kind);
	ck_assert_str_eq(err.what, what);
}

START_TEST(is_made_for_its_owner_alone)
{
	AUTO_REGISTRY struct registry registry = open_registry();
	struct stat status;

	ck_assert_int_ge(registry.file_fd, 0);
	ck_assert_int_eq(fstatat(root_fd, "registry", &status, AT_SYMLINK_NOFOLLOW), 0);
	ck_assert_uint_eq(status.st_mode, S_IFREG | 0600);
	ck_assert_uint_eq(status.st_nlink, 1);
}
END_TEST

static const struct {
	const char *what;
	size_t offset;
	char byte;
} damages[] = {
	{ "the registry of containers is damaged", 0, 'X' },
	{ "the registry of containers was made by another version of hardrun", 8, 99 },
	{ "the registry of containers is damaged", 13, 99 },
	{ "the registry of containers is damaged", 17, 99 },
};

START_TEST(damage_is_refused)
{
	struct registry registry = open_registry();
	int fd;

	registry_close(&registry);
	fd = openat(root_fd, "registry", O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, &damages[_i].byte, 1, (off_t)damages[_i].offset), 1);
	ck_assert_int_eq(close(fd), 0);
	assert_refused(ERROR_STATE, damages[_i].what);
}
END_TEST

START_TEST(a_shorter_file_is_refused)
{
	struct registry registry = open_registry();
	int fd;

	registry_close(&registry);
	fd = openat(root_fd, "registry", O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(ftruncate(fd, 100), 0);
	ck_assert_int_eq(close(fd), 0);
	assert_refused(ERROR_STATE, "the registry of containers has a wrong size");
}
END_TEST

/* What who was killed while making it can leave. */
static const struct {
	off_t size;
	ssize_t header_size; /* bytes of it that are there */
} halves[] = {
	{ 0, 0 },
	{ 100, 0 },
	{ 4096 + REGISTRY_SLOT_COUNT * sizeof(uint32_t), 0 },
	{ 4096 + REGISTRY_SLOT_COUNT * sizeof(uint32_t), 4096 },
};

START_TEST(a_file_that_was_not_finished_is_finished)
{
	struct registry registry = open_registry();
	char header[4096];
	int fd;

	registry_close(&registry);
	fd = openat(root_fd, "registry", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(pread(fd, header, sizeof(header), 0), sizeof(header));
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(ftruncate(fd, halves[_i].size), 0);
	ck_assert_int_eq(pwrite(fd, header, (size_t)halves[_i].header_size, 0),
	                 halves[_i].header_size);
	ck_assert_int_eq(close(fd), 0);
	registry = open_registry();
	registry_release(&registry, take(&registry));
	registry_close(&registry);
}
END_TEST

START_TEST(a_file_open_to_others_is_refused)
{
	struct registry registry = open_registry();

	registry_close(&registry);
	ck_assert_int_eq(fchmodat(root_fd, "registry", 0660, 0), 0);
	assert_refused(ERROR_STATE, "the registry of containers is open to other users");
}
END_TEST

START_TEST(a_symbolic_link_is_not_followed)
{
	struct error err = { .kind = ERROR_NONE };
	struct registry registry = open_registry();

	registry_close(&registry);
	ck_assert_int_eq(renameat(root_fd, "registry", root_fd, "target"), 0);
	ck_assert_int_eq(symlinkat("target", root_fd, "registry"), 0);
	ck_assert_int_eq(registry_open(&registry, root_fd, &err), -1);
	ck_assert_int_eq(err.code, ELOOP);
}
END_TEST

START_TEST(a_fifo_does_not_block)
{
	ck_assert_int_eq(mkfifoat(root_fd, "registry", 0600), 0);
	assert_refused(ERROR_STATE, "the registry of containers is not a regular file");
}
END_TEST

START_TEST(a_record_is_read_back)
{
	AUTO_REGISTRY struct registry registry = open_registry();
	struct registry_record record = { .cgroup_stage = REGISTRY_CGROUP_MADE, .name = "web" };
	struct error err = { .kind = ERROR_NONE };
	struct registry_record read;
	unsigned int slot = take(&registry);

	ck_assert_int_eq(registry_write(&registry, slot, &record, &err), 0);
	ck_assert_int_eq(registry_read(&registry, slot, &read, &err), 0);
	ck_assert_mem_eq(&read, &record, sizeof(record));
	ck_assert_int_eq(registry_owner(&registry, slot), getpid());
	registry_release(&registry, slot);
	ck_assert_int_eq(registry_owner(&registry, slot), 0);
}
END_TEST

START_TEST(a_record_without_an_end_is_refused)
{
	AUTO_REGISTRY struct registry registry = open_registry();
	struct error err = { .kind = ERROR_NONE };
	struct registry_record record;
	unsigned int slot = take(&registry);

	memset(&record, 'x', sizeof(record));
	record.cgroup_stage = REGISTRY_CGROUP_NONE;
	ck_assert_int_eq(registry_write(&registry, slot, &record, &err), 0);
	ck_assert_int_eq(registry_read(&registry, slot, &record, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_STATE);
}
END_TEST

static bool is_odd(const void *context, unsigned int slot)
{
	(void)context;
	return slot % 2 == 1;
}

static bool is_none(const void *context, unsigned int slot)
{
	(void)context;
	(void)slot;
	return false;
}

START_TEST(only_admitted_slots_are_taken)
{
	AUTO_REGISTRY struct registry registry = open_registry();
	struct error err = { .kind = ERROR_NONE };
	int slot = registry_take(&registry, is_odd, NULL, &err);

	ck_assert_int_eq(slot % 2, 1);
	registry_release(&registry, (unsigned int)slot);
	ck_assert_int_eq(registry_take(&registry, is_none, NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
}
END_TEST

START_TEST(closing_leaves_an_owned_slot_dead)
{
	struct registry registry = open_registry();
	unsigned int slot = take(&registry);

	registry_close(&registry);
	registry = open_registry();
	ck_assert_int_eq(registry_take_dead(&registry, 0), (int)slot);
	ck_assert_int_eq(registry_take_dead(&registry, slot + 1), -1);
	registry_close(&registry);
}
END_TEST

/* The number of words that are neither free nor dead, and of those that are dead. */
static void count_words(unsigned int *out_owned, unsigned int *out_dead)
{
	AUTO_REGISTRY struct registry registry = open_registry();

	*out_owned = 0;
	*out_dead = 0;
	for (unsigned int slot = 0; slot < REGISTRY_SLOT_COUNT; slot++) {
		if (registry_owner(&registry, slot) != 0)
			(*out_owned)++;
		else if (atomic_load(&registry.words[slot]) == FUTEX_OWNER_DIED)
			(*out_dead)++;
	}
}

static void take_and_release(void *context)
{
	struct error err = { .kind = ERROR_NONE };
	int slot = registry_take(context, NULL, NULL, &err);

	if (slot >= 0)
		registry_release(context, (unsigned int)slot);
}

/* The work is done once before it is watched, so that the linker's part is over. */
static void open_for_work(void *context)
{
	struct error err = { .kind = ERROR_NONE };

	if (registry_open(context, root_fd, &err) < 0)
		_exit(1);
	take_and_release(context);
}

static void take_dead_and_release(void *context)
{
	int slot = registry_take_dead(context, dead_slot);

	if (slot >= 0)
		registry_release(context, (unsigned int)slot);
}

static void bury_all(void)
{
	AUTO_REGISTRY struct registry registry = open_registry();
	int slot;

	while ((slot = registry_take_dead(&registry, 0)) >= 0)
		registry_release(&registry, (unsigned int)slot);
}

static void leave_one_dead(void)
{
	struct registry registry = open_registry();

	dead_slot = take(&registry);
	registry_close(&registry);
}

/* Kill at every stop; returns how often a dead slot was left. */
static unsigned int kill_everywhere(void (*before)(void), void (*work)(void *context))
{
	struct registry registry = REGISTRY_NONE;
	const struct killing killing = { KILLING_INSTRUCTIONS, open_for_work, work, &registry };
	unsigned long count;
	unsigned int ever_dead = 0;

	before();
	count = killing_count(&killing);
	for (unsigned long stop = 1; stop < count; stop += count / KILLS_AT_MOST + 1) {
		unsigned int owned;
		unsigned int dead;

		before();
		(void)killing_at(&killing, stop); /* the last ones may end before */
		count_words(&owned, &dead);
		ck_assert_msg(owned == 0, "killed at %lu of %lu: still owned", stop, count);
		ck_assert_uint_le(dead, 1);
		ever_dead += dead;
		bury_all();
	}
	return ever_dead;
}

static void leave_nothing(void)
{
	struct registry registry = open_registry();

	registry_close(&registry);
}

START_TEST(an_owner_killed_at_any_instruction_is_found)
{
	ck_assert_uint_gt(kill_everywhere(leave_nothing, take_and_release), 0);
}
END_TEST

START_TEST(a_sweeper_killed_at_any_instruction_is_found)
{
	ck_assert_uint_gt(kill_everywhere(leave_one_dead, take_dead_and_release), 0);
}
END_TEST

/* Each racer marks the slot it has; a mark that is there already means two owners. */
static void race(_Atomic unsigned int *marks)
{
	for (int i = 0; i < RACE_ROUNDS; i++) {
		struct registry registry = open_registry();
		unsigned int slot = take(&registry);

		if (atomic_fetch_add(&marks[slot], 1) != 0)
			_exit(1);
		(void)sched_yield();
		(void)atomic_fetch_sub(&marks[slot], 1);
		registry_release(&registry, slot);
		registry_close(&registry);
	}
	_exit(0);
}

START_TEST(racing_processes_never_share_a_slot)
{
	const size_t size = REGISTRY_SLOT_COUNT * sizeof(unsigned int);
	void *const shared =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	_Atomic unsigned int *const marks = shared;
	int status;

	ck_assert_ptr_ne(shared, MAP_FAILED);
	for (int i = 0; i < RACERS; i++) {
		if (fork() == 0)
			race(marks);
	}
	for (int i = 0; i < RACERS; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_int_eq(munmap(shared, size), 0);
}
END_TEST

START_TEST(owners_of_a_former_boot_are_dead)
{
	static const char other_boot[] = "00000000-0000-0000-0000-000000000000";
	const uint32_t stale = 12345;
	struct registry registry = open_registry();
	unsigned int owned;
	unsigned int dead;
	int fd;

	registry_close(&registry);
	fd = openat(root_fd, "registry", O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, other_boot, sizeof(other_boot), 20), sizeof(other_boot));
	ck_assert_int_eq(pwrite(fd, &stale, sizeof(stale), 4096), sizeof(stale));
	ck_assert_int_eq(close(fd), 0);
	count_words(&owned, &dead);
	ck_assert_uint_eq(owned, 0);
	ck_assert_uint_eq(dead, 1);
}
END_TEST

START_TEST(the_table_is_not_inherited)
{
	AUTO_REGISTRY struct registry registry = open_registry();
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(atomic_load(&registry.words[0]) == 0 ? 0 : 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("registry");
	TCase *tcase = tcase_create("registry");

	tcase_add_checked_fixture(tcase, make_root, remove_root);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, is_made_for_its_owner_alone);
	tcase_add_loop_test(tcase, damage_is_refused, 0, ARRAY_LEN(damages));
	tcase_add_test(tcase, a_shorter_file_is_refused);
	tcase_add_loop_test(tcase, a_file_that_was_not_finished_is_finished, 0, ARRAY_LEN(halves));
	tcase_add_test(tcase, a_file_open_to_others_is_refused);
	tcase_add_test(tcase, a_symbolic_link_is_not_followed);
	tcase_add_test(tcase, a_fifo_does_not_block);
	tcase_add_test(tcase, a_record_is_read_back);
	tcase_add_test(tcase, a_record_without_an_end_is_refused);
	tcase_add_test(tcase, only_admitted_slots_are_taken);
	tcase_add_test(tcase, closing_leaves_an_owned_slot_dead);
	tcase_add_test(tcase, an_owner_killed_at_any_instruction_is_found);
	tcase_add_test(tcase, a_sweeper_killed_at_any_instruction_is_found);
	tcase_add_test(tcase, racing_processes_never_share_a_slot);
	tcase_add_test(tcase, owners_of_a_former_boot_are_dead);
	tcase_add_test(tcase, the_table_is_not_inherited);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
