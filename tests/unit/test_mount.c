/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mounts, each test in a mount namespace of its own, in which nothing propagates: what is mounted
 * on is a tmpfs that nobody else sees.
 */
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
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/mount.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "support/suite.h"

#define PLACE "/mnt" /* hidden by the test's own tmpfs */

static struct error err;

static void make_folder(const char *path)
{
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

static int make_file(const char *path)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

static void start(void)
{
	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount("tmpfs", PLACE, "tmpfs", 0, "size=1m"), 0);
	make_folder(PLACE "/source");
	make_folder(PLACE "/source/below");
	ck_assert_int_eq(mount("tmpfs", PLACE "/source/below", "tmpfs", 0, "size=1m"), 0);
	ck_assert_int_eq(make_file(PLACE "/source/file"), 0);
	ck_assert_int_eq(make_file(PLACE "/source/below/file"), 0);
	make_folder(PLACE "/target");
	ck_assert_int_eq(make_file(PLACE "/target-file"), 0);
	ck_assert_int_eq(symlink("target", PLACE "/link"), 0);
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static int open_path(const char *path)
{
	const int fd = open(path, O_PATH | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void attach(int fd, const char *path)
{
	const int target_fd = open_path(path);

	ck_assert_msg(mount_attach(fd, target_fd, &err) == 0, "%s", err.what);
	(void)close(target_fd);
}

/* Returns a tmpfs that is not attached. */
static int new_tmpfs(uint64_t attributes)
{
	static const struct mount_option options[] = { { "size", "65536" },
		                                       { "nr_inodes", "5" },
		                                       { "mode", "0710" } };
	int fd = -1;

	ck_assert_msg(mount_new("tmpfs", options, ARRAY_LEN(options), attributes, &fd, &err) == 0,
	              "%s", err.what);
	return fd;
}

static struct mount_source source_of(const char *path)
{
	struct stat status;

	ck_assert_int_eq(stat(path, &status), 0);
	return (struct mount_source){ path, status.st_dev, status.st_ino };
}

static int open_source(void)
{
	const struct mount_source source = source_of(PLACE "/source");
	int fd = -1;

	ck_assert_msg(mount_open_source(&source, &fd, &err) == 0, "%s", err.what);
	return fd;
}

START_TEST(a_new_mount_has_its_options_and_attributes)
{
	const int fd = new_tmpfs(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	struct statvfs facts;
	struct stat status;

	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	attach(fd, PLACE "/target");
	ck_assert_int_eq(statvfs(PLACE "/target", &facts), 0);
	ck_assert_uint_eq(facts.f_flag & (ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_RDONLY),
	                  ST_NOSUID | ST_NODEV | ST_NOEXEC);
	ck_assert_uint_eq(facts.f_blocks * facts.f_frsize, 65536);
	ck_assert_uint_eq(facts.f_files, 5);
	ck_assert_int_eq(stat(PLACE "/target", &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0710);
}
END_TEST

START_TEST(nothing_is_seen_of_it_before_it_is_attached)
{
	const int fd = new_tmpfs(0);

	ck_assert_int_eq(mkdirat(fd, "inside", 0700), 0);
	ck_assert(!exists(PLACE "/target/inside"));
	attach(fd, PLACE "/target");
	ck_assert(exists(PLACE "/target/inside"));
	ck_assert_int_eq(mkdirat(fd, "later", 0700), 0);
	ck_assert(exists(PLACE "/target/later"));
}
END_TEST

static const struct {
	const char *type;
	struct mount_option option;
	const char *what;
} bad[] = {
	{ "no-such-file-system",
	  { NULL, NULL },
	  "cannot make a file system of type no-such-file-system" },
	{ "tmpfs", { "size", "many" }, "cannot set option size of tmpfs" },
	{ "tmpfs", { "no-such-option", NULL }, "cannot set option no-such-option of tmpfs" },
	{ "ext4", { NULL, NULL }, "cannot create the file system ext4" },
};

START_TEST(what_cannot_be_made_is_named)
{
	int fd = -1;

	ck_assert_int_eq(
		mount_new(bad[_i].type, &bad[_i].option, bad[_i].option.key != NULL, 0, &fd, &err),
		-1);
	ck_assert_int_eq(fd, -1);
	if (err.code != ENODEV) /* a kernel without ext4 */
		ck_assert_str_eq(err.what, bad[_i].what);
}
END_TEST

START_TEST(a_source_is_copied_with_what_is_mounted_in_it)
{
	attach(open_source(), PLACE "/target");
	ck_assert(exists(PLACE "/target/file"));
	ck_assert(exists(PLACE "/target/below/file"));
}
END_TEST

/* Between the check and the use the place was given to something else. */
START_TEST(an_exchanged_source_is_refused)
{
	const struct mount_source source = source_of(PLACE "/source/file");
	int fd = -1;

	ck_assert_int_eq(make_file(PLACE "/source/other"), 0);
	ck_assert_int_eq(rename(PLACE "/source/other", PLACE "/source/file"), 0);
	ck_assert_int_eq(mount_open_source(&source, &fd, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_STATE);
	ck_assert_str_eq(err.what, PLACE "/source/file was exchanged while it was being bound");
	ck_assert_int_eq(fd, -1);
}
END_TEST

START_TEST(a_source_that_was_covered_is_refused)
{
	const struct mount_source source = source_of(PLACE "/source");
	int fd = -1;

	attach(new_tmpfs(0), PLACE "/source");
	ck_assert_int_eq(mount_open_source(&source, &fd, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_STATE);
}
END_TEST

START_TEST(a_source_is_never_a_link)
{
	struct mount_source source = source_of(PLACE "/target");
	int fd = -1;

	source.path = PLACE "/link";
	ck_assert_int_eq(mount_open_source(&source, &fd, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_ptr_nonnull(strstr(err.what, "symbolic link"));
}
END_TEST

static const struct {
	const char *path;
	unsigned int major;
	unsigned int minor;
	enum error_kind kind;
} devices[] = {
	{ "/dev/null", 1, 3, ERROR_NONE },          { "/dev/null", 1, 5, ERROR_HOST },
	{ PLACE "/source/file", 1, 3, ERROR_HOST }, { PLACE "/source/file", 0, 0, ERROR_HOST },
	{ PLACE "/source", 0, 0, ERROR_HOST },      { "/dev/does-not-exist", 1, 3, ERROR_SYSTEM },
};

/* CVE-2025-31133: a device is what it is by its number. */
START_TEST(a_device_is_known_by_its_number)
{
	int fd = -1;
	const int result = mount_open_device(
		devices[_i].path, makedev(devices[_i].major, devices[_i].minor), &fd, &err);

	ck_assert_int_eq(err.kind, devices[_i].kind);
	ck_assert_int_eq(result, devices[_i].kind == ERROR_NONE ? 0 : -1);
	if (result == 0)
		attach(fd, PLACE "/target-file");
}
END_TEST

START_TEST(a_link_to_a_device_is_none)
{
	int fd = -1;

	ck_assert_int_eq(symlink("/dev/null", PLACE "/null"), 0);
	ck_assert_int_eq(mount_open_device(PLACE "/null", makedev(1, 3), &fd, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
}
END_TEST

START_TEST(a_restriction_reaches_below_where_asked)
{
	const int one = open_source();
	const int other = open_source();

	ck_assert_int_eq(mount_restrict(one, MOUNT_ATTR_RDONLY, true, &err), 0);
	attach(one, PLACE "/target");
	ck_assert_int_eq(make_file(PLACE "/target/new"), EROFS);
	ck_assert_int_eq(make_file(PLACE "/target/below/new"), EROFS);
	ck_assert_int_eq(make_file(PLACE "/source/new"), 0);

	ck_assert_int_eq(mount_restrict(other, MOUNT_ATTR_RDONLY, false, &err), 0);
	attach(other, PLACE "/target");
	ck_assert_int_eq(make_file(PLACE "/target/newer"), EROFS);
	ck_assert_int_eq(make_file(PLACE "/target/below/newer"), 0);
}
END_TEST

START_TEST(a_restriction_is_added_to_what_is_set)
{
	const int fd = new_tmpfs(MOUNT_ATTR_NOSUID);
	struct statvfs facts;

	ck_assert_int_eq(mount_restrict(fd, MOUNT_ATTR_NOEXEC, false, &err), 0);
	attach(fd, PLACE "/target");
	ck_assert_int_eq(mount_restrict(fd, MOUNT_ATTR_RDONLY, false, &err), 0);
	ck_assert_int_eq(statvfs(PLACE "/target", &facts), 0);
	ck_assert_uint_eq(facts.f_flag & (ST_NOSUID | ST_NOEXEC | ST_RDONLY),
	                  ST_NOSUID | ST_NOEXEC | ST_RDONLY);
}
END_TEST

START_TEST(who_writes_keeps_a_mount_from_being_read_only)
{
	const int fd = new_tmpfs(0);
	const int writer_fd = openat(fd, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(writer_fd, 0);
	ck_assert_int_eq(mount_restrict(fd, MOUNT_ATTR_RDONLY, false, &err), -1);
	ck_assert_int_eq(err.code, EBUSY);
}
END_TEST

/* A copy of a mount that others share would else hear of theirs. */
START_TEST(a_restricted_copy_hears_of_no_mount_at_its_source)
{
	int fd;

	ck_assert_int_eq(mount(NULL, PLACE, NULL, MS_REC | MS_SHARED, NULL), 0);
	fd = open_source();
	ck_assert_int_eq(mount_restrict(fd, 0, true, &err), 0);
	attach(fd, PLACE "/target");
	attach(new_tmpfs(0), PLACE "/source/below");
	ck_assert_int_eq(make_file(PLACE "/source/below/new"), 0);
	ck_assert(!exists(PLACE "/target/below/new"));
}
END_TEST

START_TEST(a_mount_is_attached_at_a_name_and_not_through_a_link)
{
	const int folder_fd = open_path(PLACE);

	ck_assert_int_eq(mount_attach_at(new_tmpfs(0), folder_fd, "target", &err), 0);
	ck_assert_int_eq(mount_attach_at(new_tmpfs(0), folder_fd, "link", &err), -1);
	err = (struct error){ .kind = ERROR_NONE };
	ck_assert_int_eq(mount_attach_at(new_tmpfs(0), folder_fd, "missing", &err), -1);
	ck_assert_int_eq(err.code, ENOENT);
}
END_TEST

START_TEST(a_directory_is_not_attached_on_a_file)
{
	const int target_fd = open_path(PLACE "/target-file");

	ck_assert_int_eq(mount_attach(new_tmpfs(0), target_fd, &err), -1);
	ck_assert_str_eq(err.what, "cannot attach a mount");
}
END_TEST

START_TEST(a_copy_is_attached_and_the_mount_stays)
{
	const int fd = new_tmpfs(MOUNT_ATTR_NOSUID);
	struct statvfs facts;

	ck_assert_int_eq(mkdirat(fd, "inside", 0700), 0);
	attach(fd, PLACE "/target");
	ck_assert_int_eq(mount_attach_copy(fd, open_path(PLACE "/source"), &err), 0);
	ck_assert(exists(PLACE "/target/inside"));
	ck_assert(exists(PLACE "/source/inside"));
	ck_assert_int_eq(statvfs(PLACE "/source", &facts), 0);
	ck_assert_uint_eq(facts.f_flag & ST_NOSUID, ST_NOSUID);
	ck_assert_int_eq(umount2(PLACE "/source", 0), 0);
	ck_assert(exists(PLACE "/target/inside"));
}
END_TEST

/* In a mount namespace of its own once more. 0: all that is promised is so. */
static int try_pivot(int fd)
{
	char seen[64];

	if (unshare(CLONE_NEWNS) < 0 || mount_attach(fd, open("/", O_PATH | O_CLOEXEC), &err) < 0 ||
	    mount_pivot(fd, &err) < 0)
		return 1;
	if (!exists("/inside") || exists("/usr") || exists("/../usr"))
		return 2;
	return getcwd(seen, sizeof(seen)) != NULL && strcmp(seen, "/") == 0 ? 0 : 3;
}

/* In a child that ends at once: what ends with its root lost ends badly. */
START_TEST(the_new_root_is_all_there_is)
{
	const int fd = new_tmpfs(0);
	int status = -1;
	pid_t pid;

	ck_assert_int_eq(mkdirat(fd, "inside", 0700), 0);
	pid = fork();
	if (pid == 0)
		_exit(try_pivot(fd));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_root_that_is_no_mount_is_refused)
{
	ck_assert_int_eq(mount_pivot(open_path(PLACE "/source"), &err), -1);
	ck_assert_int_eq(err.code, EINVAL);
}
END_TEST

static uint64_t number_of(const char *path)
{
	const int fd = open_path(path);
	uint64_t number = 0;

	ck_assert_int_eq(mount_identify(fd, &number, &err), 0);
	(void)close(fd);
	return number;
}

START_TEST(a_mount_has_its_number_before_it_is_attached)
{
	const int fd = open_source();
	uint64_t number = 0;

	ck_assert_int_eq(mount_identify(fd, &number, &err), 0);
	attach(fd, PLACE "/target");
	ck_assert_uint_eq(number_of(PLACE "/target"), number);
	ck_assert_uint_ne(number_of(PLACE "/target/below"), number);
	ck_assert_uint_ne(number_of(PLACE "/source"), number);
}
END_TEST

START_TEST(a_mount_is_let_go_of_with_all_below_it)
{
	attach(open_source(), PLACE "/target");
	attach(open_source(), PLACE "/target");
	ck_assert_int_eq(chdir("/usr"), 0);
	ck_assert_int_eq(mount_detach(open_path(PLACE "/target"), &err), 0);
	ck_assert(exists(PLACE "/target/below/file"));
	ck_assert_int_eq(mount_detach(open_path(PLACE "/target"), &err), 0);
	ck_assert(!exists(PLACE "/target/below"));
	ck_assert(exists("bin"));
}
END_TEST

START_TEST(a_place_inside_a_mount_is_not_let_go_of)
{
	ck_assert_int_eq(mount_detach(open_path(PLACE "/target"), &err), -1);
	ck_assert_int_eq(err.code, EINVAL);
	ck_assert(exists(PLACE "/source/below/file"));
}
END_TEST

/* Is a mount of this namespace in a group that hears of its mounts? */
static bool is_shared(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[4096];
	bool found = false;

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL)
		found = found || strstr(line, " shared:") != NULL;
	(void)fclose(file);
	return found;
}

START_TEST(mounts_made_here_stay_here)
{
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL), 0);
	ck_assert(is_shared());
	ck_assert_int_eq(mount_stop_propagation(&err), 0);
	ck_assert(!is_shared());
}
END_TEST

/* A process in a user namespace in which 0 is 524288 of the host. Returns its user namespace. */
static int make_user_namespace(pid_t *out_pid)
{
	static const struct id_map map = { 0, 524288, 65536 };
	const struct id_maps maps = { &map, 1, &map, 1 };
	int pidfd;

	*out_pid = process_clone(CLONE_NEWUSER, -1, &pidfd, &err);
	if (*out_pid == 0) {
		for (;;)
			(void)pause();
	}
	ck_assert_msg(*out_pid > 0, "%s", err.what);
	ck_assert_msg(namespace_write_maps(*out_pid, &maps, &err) == 0, "%s", err.what);
	return namespace_open_user(*out_pid, &err);
}

START_TEST(owners_are_mapped_where_the_file_system_can)
{
	pid_t pid;
	const int user_fd = make_user_namespace(&pid);
	const int fd = open_source();
	const int result = mount_map_ids(fd, user_fd, true, PLACE "/source", &err);
	struct stat status;

	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	if (result < 0) { /* tmpfs: Linux 6.3 */
		ck_assert_int_eq(err.kind, ERROR_HOST);
		ck_assert_str_eq(err.what, "the file system of /mnt/source cannot be id-mapped");
		return;
	}
	attach(fd, PLACE "/target");
	ck_assert_int_eq(stat(PLACE "/target/file", &status), 0);
	ck_assert_uint_eq(status.st_uid, 524288);
	ck_assert_int_eq(stat(PLACE "/source/file", &status), 0);
	ck_assert_uint_eq(status.st_uid, 0);
}
END_TEST

START_TEST(a_file_system_that_cannot_be_mapped_is_named)
{
	const struct mount_source source = source_of("/proc");
	pid_t pid;
	const int user_fd = make_user_namespace(&pid);
	int fd = -1;

	ck_assert_int_eq(mount_open_source(&source, &fd, &err), 0);
	ck_assert_int_eq(mount_map_ids(fd, user_fd, true, "/proc", &err), -1);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	ck_assert_str_eq(err.what, "the file system of /proc cannot be id-mapped");
	ck_assert_str_ne(err.hint, "");
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("mount");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, start, NULL);
	tcase_add_test(tcase, a_new_mount_has_its_options_and_attributes);
	tcase_add_test(tcase, nothing_is_seen_of_it_before_it_is_attached);
	tcase_add_loop_test(tcase, what_cannot_be_made_is_named, 0, ARRAY_LEN(bad));
	tcase_add_test(tcase, a_source_is_copied_with_what_is_mounted_in_it);
	tcase_add_test(tcase, an_exchanged_source_is_refused);
	tcase_add_test(tcase, a_source_that_was_covered_is_refused);
	tcase_add_test(tcase, a_source_is_never_a_link);
	tcase_add_loop_test(tcase, a_device_is_known_by_its_number, 0, ARRAY_LEN(devices));
	tcase_add_test(tcase, a_link_to_a_device_is_none);
	tcase_add_test(tcase, a_restriction_reaches_below_where_asked);
	tcase_add_test(tcase, a_restriction_is_added_to_what_is_set);
	tcase_add_test(tcase, who_writes_keeps_a_mount_from_being_read_only);
	tcase_add_test(tcase, a_restricted_copy_hears_of_no_mount_at_its_source);
	tcase_add_test(tcase, a_mount_is_attached_at_a_name_and_not_through_a_link);
	tcase_add_test(tcase, a_directory_is_not_attached_on_a_file);
	tcase_add_test(tcase, a_copy_is_attached_and_the_mount_stays);
	tcase_add_test(tcase, the_new_root_is_all_there_is);
	tcase_add_test(tcase, a_root_that_is_no_mount_is_refused);
	tcase_add_test(tcase, a_mount_has_its_number_before_it_is_attached);
	tcase_add_test(tcase, a_mount_is_let_go_of_with_all_below_it);
	tcase_add_test(tcase, a_place_inside_a_mount_is_not_let_go_of);
	tcase_add_test(tcase, mounts_made_here_stay_here);
	tcase_add_test(tcase, owners_are_mapped_where_the_file_system_can);
	tcase_add_test(tcase, a_file_system_that_cannot_be_mapped_is_named);
	suite_add_tcase(suite, tcase);
	return suite;
}

/* Mount namespaces are all that is needed; who may make one may do the rest. */
static bool can_mount(void)
{
	const pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		_exit(unshare(CLONE_NEWNS) == 0 ? 0 : 1);
	(void)waitpid(pid, &status, 0);
	return status == 0;
}

int main(void)
{
	if (!can_mount()) {
		(void)puts("skipped: mounts: the caller may not make mount namespaces");
		return 77;
	}
	return run_suite(make_suite());
}
