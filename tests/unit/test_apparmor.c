/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Against the running kernel: needs root and AppArmor, as the guest has it. The profiles that it
 * loads it takes out again.
 */
#include "kernel/apparmor.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "plan/plan_apparmor.h"
#include "support/suite.h"

#define NOEXEC MOUNT_ATTR_NOEXEC
#define RDONLY MOUNT_ATTR_RDONLY

#define OUTSIDE_FILE "/root/hardrun-test.log"

/* The guest's own root, as if it were a container's. */
static const struct plan_node nodes[] = {
	{ .kind = PLAN_NODE_TMPFS, .target = "/", .attributes = NOEXEC, .is_read_only = true },
	{ .kind = PLAN_NODE_BIND, .target = "/usr", .attributes = RDONLY, .is_directory = true },
	{ .kind = PLAN_NODE_DEVICE, .target = "/dev/null", .attributes = NOEXEC },
	{ .kind = PLAN_NODE_TMPFS, .target = "/tmp/a {b,c}*", .attributes = NOEXEC },
};

static struct error err;
static char name[PLAN_APPARMOR_NAME_SIZE];
static char *text;
static char cache[64];
static int cache_fd = -1;
static int proc_fd = -1;
static int lock_fd =
	-1; /* as profile_hold() has it: else a launch beside this sweeps the profile */

static void make(void)
{
	const struct plan_apparmor_facts facts = { .nodes = nodes,
		                                   .node_count = ARRAY_LEN(nodes),
		                                   .has_new_classes = apparmor_has_new_classes(),
		                                   .starter = "unconfined",
		                                   .prefix = PLAN_APPARMOR_PREFIX,
		                                   .stdio = { [1] = OUTSIDE_FILE } };

	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_msg(plan_apparmor_write(&facts, name, &text, &err) == 0, "%s", err.what);
	(void)snprintf(cache, sizeof(cache), "/tmp/hardrun-apparmor-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(cache));
	cache_fd = open(cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	lock_fd = open("/sys/kernel/security/apparmor/profiles", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(flock(lock_fd, LOCK_SH), 0);
	(void)mkdir("/tmp/a {b,c}*", 0700);
	(void)mkdir("/tmp/a b*", 0700);
	ck_assert_msg(apparmor_load(name, text, cache_fd, &err) == 0, "%s", err.what);
}

static void unmake(void)
{
	char file[PLAN_APPARMOR_NAME_SIZE + 8];

	(void)!apparmor_unload(name, &err);
	(void)snprintf(file, sizeof(file), "%s.bin", name);
	(void)unlinkat(cache_fd, file, 0);
	(void)rmdir(cache);
	(void)unlink("/tmp/a {b,c}*/file");
	(void)rmdir("/tmp/a {b,c}*");
	(void)rmdir("/tmp/a b*");
	(void)close(cache_fd);
	(void)close(lock_fd);
	(void)close(proc_fd);
	free(text);
}

/* Run the shell @command under the profile; returns its exit status, 100 and more on failure. */
static int run_confined(const char *command)
{
	const pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (apparmor_change_on_exec(proc_fd, name, &err) < 0)
			_exit(101);
		(void)execl("/usr/bin/dash", "sh", "-c", command, (char *)NULL);
		_exit(102);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 103;
}

START_TEST(a_loaded_profile_is_found_and_an_unloaded_one_is_not)
{
	ck_assert(apparmor_is_loaded(name));
	ck_assert(!apparmor_is_loaded("hardrun-no-such-profile"));
	ck_assert(!apparmor_is_loaded(""));
	ck_assert_int_eq(apparmor_unload(name, &err), 0);
	ck_assert(!apparmor_is_loaded(name));
	ck_assert_int_eq(apparmor_unload(name, &err), 0);
}
END_TEST

START_TEST(what_cannot_be_asked_for_is_not_missing)
{
	const pid_t pid = fork();
	int status;

	ck_assert(!apparmor_is_missing(name));
	ck_assert(apparmor_is_missing("hardrun-no-such-profile"));
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    umount2("/sys/kernel/security", MNT_DETACH) < 0)
			_exit(101);
		_exit(apparmor_is_missing("hardrun-no-such-profile") ? 1 : 0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

static void load_again(void)
{
	ck_assert_int_eq(apparmor_unload(name, &err), 0);
	ck_assert_msg(apparmor_load(name, text, cache_fd, &err) == 0, "%s", err.what);
	ck_assert(apparmor_is_loaded(name));
}

START_TEST(the_cache_serves_and_a_damaged_one_is_made_anew)
{
	char file[PLAN_APPARMOR_NAME_SIZE + 8];
	struct stat first;
	struct stat second;

	(void)snprintf(file, sizeof(file), "%s.bin", name);
	ck_assert_int_eq(fstatat(cache_fd, file, &first, 0), 0);
	load_again();
	ck_assert_int_eq(fstatat(cache_fd, file, &second, 0), 0);
	ck_assert_uint_eq(first.st_ino, second.st_ino);

	ck_assert_int_eq(unlinkat(cache_fd, file, 0), 0);
	ck_assert_int_ge(openat(cache_fd, file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), 0);
	load_again();
	ck_assert_int_eq(fstatat(cache_fd, file, &second, 0), 0);
	ck_assert_int_eq(second.st_size, first.st_size);
}
END_TEST

static const struct {
	const char *command;
	int status;
} commands[] = {
	{ "exit 7", 7 },
	{ "read line < /etc/hostname", 0 },
	{ "/usr/bin/true", 0 },
	{ "echo x > /dev/null", 0 },
	{ "echo x > '/tmp/a {b,c}*/file'", 0 },
	{ "(echo x > '/tmp/a b*/file') 2> /dev/null", 2 }, /* the glob is no glob */
	{ "(echo x > /tmp/file) 2> /dev/null", 2 },
	{ "(echo x > /usr/file) 2> /dev/null", 2 },
	{ "(echo 1 > /proc/sys/vm/drop_caches) 2> /dev/null", 2 },
	{ "(kill -0 1) 2> /dev/null", 1 },
	{ "(mount -t tmpfs none /mnt) 2> /dev/null", 32 },
	{ "kill -0 $$", 0 },
	{ "read line < /proc/self/attr/apparmor/current; test \"$line\" != unconfined", 0 },
};

START_TEST(the_profile_is_in_force)
{
	ck_assert_int_eq(run_confined(commands[_i].command), commands[_i].status);
}
END_TEST

/* In another mount namespace, as a container is, so that the file is not within its own root. */
static int write_outside(int fd)
{
	const pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0 || dup2(fd, STDOUT_FILENO) < 0 ||
		    apparmor_change_on_exec(proc_fd, name, &err) < 0)
			_exit(101);
		(void)execl("/usr/bin/dash", "sh", "-c", "echo hello", (char *)NULL);
		_exit(102);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 103;
}

START_TEST(output_into_a_file_of_the_caller_reaches_it)
{
	char content[16] = "";
	AUTO_CLOSE int fd = open(OUTSIDE_FILE, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write_outside(fd), 0);
	ck_assert_int_eq(pread(fd, content, sizeof(content) - 1, 0), 6);
	ck_assert_str_eq(content, "hello\n");
	ck_assert_int_eq(unlink(OUTSIDE_FILE), 0);
}
END_TEST

/* A child that waits under the profile until it is killed. */
static pid_t start_waiting(const char *profile)
{
	int ready[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (profile != NULL && apparmor_change_on_exec(proc_fd, profile, &err) < 0)
			_exit(101);
		(void)execl("/usr/bin/sleep", "sleep", "60", (char *)NULL);
		_exit(102);
	}
	(void)close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 0); /* the exec closed the other end */
	(void)close(ready[0]);
	return pid;
}

static void stop(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* The exec closes descriptors before the label is there. */
START_TEST(the_label_is_verified_as_soon_as_the_exec_shows)
{
	for (int i = 0; i < 50; i++) {
		const pid_t confined = start_waiting(name);

		ck_assert_msg(apparmor_verify(proc_fd, confined, name, &err) == 0, "%s", err.what);
		stop(confined);
	}
}
END_TEST

START_TEST(the_label_is_verified_from_outside)
{
	const pid_t confined = start_waiting(name);
	const pid_t free_one = start_waiting(NULL);

	ck_assert_msg(apparmor_verify(proc_fd, confined, name, &err) == 0, "%s", err.what);
	ck_assert_int_eq(apparmor_verify(proc_fd, confined, "hardrun-other", &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_int_eq(apparmor_verify(proc_fd, free_one, name, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	stop(confined);
	stop(free_one);
}
END_TEST

START_TEST(a_profile_that_is_not_loaded_is_refused)
{
	const int tmp_fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_eq(apparmor_change_on_exec(proc_fd, "hardrun-no-such-profile", &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	ck_assert_ptr_nonnull(strstr(err.hint, "hardrun-no-such-profile"));
	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_int_eq(apparmor_change_on_exec(tmp_fd, name, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	(void)close(tmp_fd);
}
END_TEST

START_TEST(a_text_that_is_no_profile_is_refused_with_the_parsers_words)
{
	ck_assert_int_eq(
		apparmor_load("hardrun-bad", "profile hardrun-bad { nonsense }", cache_fd, &err),
		-1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	ck_assert_ptr_nonnull(strstr(err.what, "syntax error"));
	ck_assert_int_eq(faccessat(cache_fd, "hardrun-bad.bin", F_OK, 0), -1);
}
END_TEST

static bool is_not_called(const char *profile, void *context)
{
	return strcmp(profile, context) != 0;
}

START_TEST(sweeping_takes_only_what_is_not_used)
{
	static char other[] = "hardrun-test-kept";

	ck_assert_int_eq(apparmor_load(other, "profile hardrun-test-kept { / r, }", -1, &err), 0);
	ck_assert_msg(apparmor_sweep("hardrun-", is_not_called, name, &err) == 0, "%s", err.what);
	ck_assert(!apparmor_is_loaded(name));
	ck_assert(apparmor_is_loaded(other));
	ck_assert_int_eq(apparmor_unload(other, &err), 0);
}
END_TEST

START_TEST(the_own_label_has_no_mode)
{
	char label[APPARMOR_LABEL_SIZE];

	ck_assert_int_eq(apparmor_read_own(label, &err), 0);
	ck_assert_str_eq(label, "unconfined");
}
END_TEST

static bool has_apparmor(void)
{
	return geteuid() == 0 && access("/sys/kernel/security/apparmor/.access", F_OK) == 0;
}

static TCase *live_tests(void)
{
	TCase *tests = tcase_create("live");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, make, unmake);
	tcase_add_test(tests, a_loaded_profile_is_found_and_an_unloaded_one_is_not);
	tcase_add_test(tests, what_cannot_be_asked_for_is_not_missing);
	tcase_add_test(tests, the_cache_serves_and_a_damaged_one_is_made_anew);
	tcase_add_loop_test(tests, the_profile_is_in_force, 0, (int)ARRAY_LEN(commands));
	tcase_add_test(tests, output_into_a_file_of_the_caller_reaches_it);
	tcase_add_test(tests, the_label_is_verified_as_soon_as_the_exec_shows);
	tcase_add_test(tests, the_label_is_verified_from_outside);
	tcase_add_test(tests, a_profile_that_is_not_loaded_is_refused);
	tcase_add_test(tests, a_text_that_is_no_profile_is_refused_with_the_parsers_words);
	tcase_add_test(tests, sweeping_takes_only_what_is_not_used);
	tcase_add_test(tests, the_own_label_has_no_mode);
	return tests;
}

int main(void)
{
	Suite *suite = suite_create("apparmor");

	if (!has_apparmor()) {
		(void)puts("skipped: no AppArmor that this user can load into");
		return 77;
	}
	suite_add_tcase(suite, live_tests());
	return run_suite(suite);
}
