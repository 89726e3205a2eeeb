/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Against the running kernel: needs root and a cgroup2, which is mounted for the test alone
 * where the host has it elsewhere. What it makes there it removes. Tests of limits need the
 * controllers in version 2, as the guest has them, and are left out by name where they are not.
 */
#include "kernel/cgroup.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "kernel/cgroup_inspect.h"
#include "kernel/device_bpf.h"
#include "support/suite.h"

#define WAIT_MS 5000

static char name[32];
static int root_fd = -1;
static int fd = -1;
static struct error err;

static void make(void)
{
	err = (struct error){ .kind = ERROR_NONE };
	(void)snprintf(name, sizeof(name), "hardrun-test-%d", getpid());
	root_fd = cgroup_open("/", &err);
	ck_assert_msg(root_fd >= 0, "%s", err.what);
	fd = cgroup_make(root_fd, name, &err);
	ck_assert_msg(fd >= 0, "%s", err.what);
}

static void unmake(void)
{
	(void)!cgroup_kill(fd, &err);
	(void)!cgroup_wait_empty(fd, WAIT_MS, &err);
	(void)!cgroup_remove(root_fd, name, &err);
	(void)close(fd);
	(void)close(root_fd);
}

static bool has_controllers(void)
{
	cgroup_controllers available = 0;
	cgroup_controllers enabled;
	struct error ignored = { .kind = ERROR_NONE };
	AUTO_CLOSE int host_fd = cgroup_open("/", &ignored);

	return host_fd >= 0 &&
	       cgroup_read_controllers(host_fd, &available, &enabled, &ignored) == 0 &&
	       (available & CGROUP_CONTROLLER_MEMORY) != 0;
}

/* A child in the cgroup that sleeps until it is killed. */
static pid_t start_sleeper(void)
{
	const pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (cgroup_write(fd, "cgroup.procs", "0", &err) < 0)
			_exit(1);
		while (true)
			(void)pause();
	}
	return pid;
}

static bool is_populated(void)
{
	struct error ignored = { .kind = ERROR_NONE };

	return cgroup_wait_empty(fd, 0, &ignored) < 0;
}

START_TEST(kills_all_and_waits_until_empty)
{
	const pid_t sleeper = start_sleeper();
	int status;

	while (!is_populated())
		(void)sched_yield();
	ck_assert_int_eq(cgroup_wait_empty(fd, 20, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_STATE);
	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_int_eq(cgroup_kill(fd, &err), 0);
	ck_assert_int_eq(cgroup_wait_empty(fd, WAIT_MS, &err), 0);
	ck_assert_int_eq(waitpid(sleeper, &status, 0), sleeper);
	ck_assert(WIFSIGNALED(status));
}
END_TEST

START_TEST(removes_what_is_below)
{
	ck_assert_int_eq(mkdirat(fd, "one", 0755), 0);
	ck_assert_int_eq(mkdirat(fd, "one/two", 0755), 0);
	ck_assert_int_eq(mkdirat(fd, "three", 0755), 0);
	ck_assert_int_eq(cgroup_remove(root_fd, name, &err), 0);
	ck_assert_int_eq(faccessat(root_fd, name, F_OK, 0), -1);
	ck_assert_int_eq(cgroup_remove(root_fd, name, &err), 0);
}
END_TEST

START_TEST(a_name_that_is_taken_is_refused)
{
	ck_assert_int_eq(cgroup_make(root_fd, name, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_STATE);
}
END_TEST

START_TEST(a_missing_file_is_a_lack_of_the_host)
{
	ck_assert_int_eq(cgroup_write(fd, "memory.swap.max.not", "0", &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
}
END_TEST

START_TEST(files_know_their_controllers)
{
	ck_assert_uint_eq(cgroup_controller_of("memory.swap.max"), CGROUP_CONTROLLER_MEMORY);
	ck_assert_uint_eq(cgroup_controller_of("cgroup.procs"), 0);
	ck_assert_str_eq(cgroup_controller_name(CGROUP_CONTROLLER_IO), "io");
	ck_assert(cgroup_is_late("memory.max", "524288"));
	ck_assert(!cgroup_is_late("memory.max", "536870912"));
	ck_assert(!cgroup_is_late("memory.max", "max"));
	ck_assert(!cgroup_is_late("memory.swap.max", "0"));
}
END_TEST

START_TEST(knows_the_own_cgroup_and_the_mode)
{
	char path[CGROUP_PATH_SIZE];

	ck_assert_int_eq(cgroup_find_mode(), CGROUP_MODE_UNIFIED);
	ck_assert_int_eq(cgroup_find_own(path, &err), 0);
	ck_assert_int_eq(path[0], '/');
	/* To root all is delegated. */
	ck_assert_int_eq(cgroup_find_delegated(path, &err), 0);
	ck_assert_str_eq(path, "/");
}
END_TEST

static bool open_device(void)
{
	const int device = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	if (device >= 0)
		(void)close(device);
	return device >= 0;
}

START_TEST(the_device_program_is_in_force)
{
	const struct device_rule rule = { DEVICE_CHARACTER, 1, 3, DEVICE_ACCESS_READ };
	const struct bpf_insn *program = NULL;
	struct arena *arena = NULL;
	size_t length = 0;

	ck_assert_int_eq(arena_new(&arena, &err), 0);
	ck_assert_int_eq(device_bpf_make(arena, &rule, 1, &program, &length, &err), 0);
	ck_assert(open_device());
	ck_assert_msg(device_bpf_attach(fd, program, length, &err) == 0, "%s: %s", err.what,
	              strerror(err.code));
	ck_assert_int_eq(cgroup_write(fd, "cgroup.procs", "0", &err), 0);
	ck_assert(!open_device());
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_ge(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
	ck_assert_int_eq(mknod("/tmp/hardrun-test-null", S_IFCHR | 0600, (1 << 8) | 3), -1);
	ck_assert_int_eq(cgroup_write(root_fd, "cgroup.procs", "0", &err), 0);
	arena_free(arena);
}
END_TEST

static void enable_all(void)
{
	ck_assert_msg(cgroup_enable(root_fd,
	                            CGROUP_CONTROLLER_CPU | CGROUP_CONTROLLER_MEMORY |
	                                    CGROUP_CONTROLLER_PIDS,
	                            &err) == 0,
	              "%s", err.what);
}

/* Touch more memory than the cgroup may have, in a child; returns its wait status. */
static int exhaust_memory(void)
{
	const pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		const size_t size = (size_t)64 * 1024 * 1024;
		volatile char *memory = malloc(size);

		if (memory == NULL || cgroup_write(fd, "cgroup.procs", "0", &err) < 0)
			_exit(1);
		for (size_t i = 0; i < size; i += 4096)
			memory[i] = 1;
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

START_TEST(limits_hold_and_are_counted)
{
	struct cgroup_usage usage;
	int status;

	enable_all();
	ck_assert_int_eq(cgroup_write(fd, "memory.max", "8388608", &err), 0);
	ck_assert_int_eq(cgroup_write(fd, "memory.oom.group", "1", &err), 0);
	status = exhaust_memory();
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	cgroup_read_usage(fd, &usage);
	ck_assert_uint_ge(usage.oom_kills, 1); /* the kernel counts the first of a group twice */
	ck_assert_uint_eq(usage.oom_group_kills, 1);
	ck_assert_uint_gt(usage.memory_peak, UINT64_C(7) * 1024 * 1024);
	ck_assert_uint_le(usage.memory_peak, 8388608 + 65536);
	ck_assert_uint_gt(usage.cpu_usec, 0);
	ck_assert_uint_eq(usage.pids_refused, 0);
	ck_assert_uint_ge(usage.pids_peak, 1);
}
END_TEST

START_TEST(what_is_not_kept_is_not_zero)
{
	struct cgroup_usage usage;
	AUTO_CLOSE int elsewhere = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	cgroup_read_usage(elsewhere, &usage);
	ck_assert_uint_eq(usage.memory_peak, CGROUP_UNKNOWN);
	ck_assert_uint_eq(usage.oom_kills, CGROUP_UNKNOWN);
	ck_assert_uint_eq(usage.cpu_usec, CGROUP_UNKNOWN);
	ck_assert_uint_eq(usage.io_read, CGROUP_UNKNOWN);
}
END_TEST

static bool is_memory(const struct cgroup_hierarchy *hierarchy, void *context)
{
	bool *found = context;

	*found = *found || (strcmp(hierarchy->controller, "memory") == 0 &&
	                    strcmp(hierarchy->mount_point, CGROUP_MOUNT_POINT) == 0);
	return true;
}

static bool is_ours(const char *child, void *context)
{
	bool *found = context;

	*found = strcmp(child, name) == 0;
	return !*found;
}

START_TEST(libcgroup_sees_what_was_made)
{
	char path[64];
	char value[CGROUP_INSPECT_VALUE_SIZE];
	bool has_memory = false;
	bool has_child = false;
	bool has_swap = false;

	enable_all();
	ck_assert_int_eq(cgroup_write(fd, "pids.max", "42", &err), 0);
	(void)snprintf(path, sizeof(path), "/%s", name);
	ck_assert_msg(cgroup_inspect_value(path, "pids.max", value, &err) == 0, "%s", err.what);
	ck_assert_str_eq(value, "42");
	ck_assert_msg(cgroup_inspect_host(is_memory, &has_memory, &err) == 0, "%s", err.what);
	ck_assert(has_memory);
	ck_assert_msg(cgroup_inspect_children("memory", "/", is_ours, &has_child, &err) == 0, "%s",
	              err.what);
	ck_assert(has_child);
	ck_assert_int_eq(cgroup_inspect_offers("memory.swap.max", &has_swap, &err), 0);
	ck_assert(has_swap);
	ck_assert_int_eq(cgroup_inspect_offers("memory.nothing", &has_swap, &err), 0);
	ck_assert(!has_swap);
	ck_assert_int_eq(cgroup_inspect_value(path, "pids.not", value, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
}
END_TEST

/* Where the unified hierarchy is mounted elsewhere, show it at its place to this process. */
static bool reach_cgroups(void)
{
	if (geteuid() != 0)
		return false;
	if (cgroup_find_mode() == CGROUP_MODE_UNIFIED)
		return true;
	return unshare(CLONE_NEWNS) == 0 && mount("", "/", "", MS_REC | MS_PRIVATE, "") == 0 &&
	       mount("cgroup2", CGROUP_MOUNT_POINT, "cgroup2", 0, "") == 0;
}

static TCase *core_tests(void)
{
	TCase *tests = tcase_create("core");

	tcase_add_checked_fixture(tests, make, unmake);
	tcase_add_test(tests, kills_all_and_waits_until_empty);
	tcase_add_test(tests, removes_what_is_below);
	tcase_add_test(tests, a_name_that_is_taken_is_refused);
	tcase_add_test(tests, a_missing_file_is_a_lack_of_the_host);
	tcase_add_test(tests, files_know_their_controllers);
	tcase_add_test(tests, knows_the_own_cgroup_and_the_mode);
	tcase_add_test(tests, the_device_program_is_in_force);
	tcase_add_test(tests, what_is_not_kept_is_not_zero);
	return tests;
}

static TCase *limit_tests(void)
{
	TCase *tests = tcase_create("limits");

	tcase_add_checked_fixture(tests, make, unmake);
	tcase_add_test(tests, limits_hold_and_are_counted);
	tcase_add_test(tests, libcgroup_sees_what_was_made);
	return tests;
}

int main(void)
{
	Suite *suite = suite_create("cgroup");

	if (!reach_cgroups()) {
		(void)puts("skipped: no cgroup2 that this user can reach");
		return 77;
	}
	suite_add_tcase(suite, core_tests());
	if (has_controllers())
		suite_add_tcase(suite, limit_tests());
	else
		(void)puts("skipped: limits; no controllers in cgroup2 here");
	return run_suite(suite);
}
