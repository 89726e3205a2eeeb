/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "kernel/proc_text.h"
#include "support/suite.h"

#define RIGHTS                                                   \
	"CapInh:\t0000000000000001\nCapPrm:\t0000000000000002\n" \
	"CapEff:\t0000000000000004\nCapBnd:\t000001ffffffffff\n" \
	"CapAmb:\t0000000000000008\nNoNewPrivs:\t1\nSeccomp:\t2\n"
#define IDS                                              \
	"PPid:\t7\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n" \
	"Groups:\t10 20 30 \nNSpid:\t99\t12\t1\n"

static const char whole[] = "Name:\tsleep\nUmask:\t0027\n" IDS RIGHTS "Seccomp_filters:\t3\n";

START_TEST(status_is_taken_apart)
{
	struct proc_status status;

	ck_assert(proc_parse_status(whole, &status));
	ck_assert_str_eq(status.name, "sleep");
	ck_assert_uint_eq(status.umask, 027);
	ck_assert_int_eq(status.parent, 7);
	ck_assert_uint_eq(status.uids[3], 4);
	ck_assert_uint_eq(status.gids[0], 5);
	ck_assert_uint_eq(status.group_count, 3);
	ck_assert_uint_eq(status.groups[2], 30);
	ck_assert_uint_eq(status.pid_depth, 3);
	ck_assert_uint_eq(status.capabilities.inheritable, 1);
	ck_assert_uint_eq(status.capabilities.permitted, 2);
	ck_assert_uint_eq(status.capabilities.effective, 4);
	ck_assert_uint_eq(status.capabilities.bounding, UINT64_C(0x1ffffffffff));
	ck_assert_uint_eq(status.capabilities.ambient, 8);
	ck_assert(status.no_new_privs);
	ck_assert_uint_eq(status.seccomp_mode, 2);
	ck_assert_uint_eq(status.seccomp_filters, 3);
}
END_TEST

/* The kernel escapes the name's line ends, so that it adds no line of its own. */
START_TEST(a_name_is_no_other_line)
{
	struct proc_status status;

	ck_assert(proc_parse_status("Name:\t\\nUid:\t0 0 0 0\nUmask:\t0000\n" IDS RIGHTS, &status));
	ck_assert_str_eq(status.name, "\\nUid:\t0 0 0 0");
	ck_assert_uint_eq(status.uids[0], 1);
	ck_assert_uint_eq(status.seccomp_filters, 0);
}
END_TEST

static const char *const no_status[] = {
	"",
	"\n",
	"Name:\tx\n",
	IDS RIGHTS,
	"Name:\tx\n" IDS,
	"Name:\tx\n" RIGHTS,
	"Name:\tx\nPPid:\t7\nUid:\t1\t2\t3\nGid:\t5\t6\t7\t8\n" RIGHTS,
};

START_TEST(what_is_no_status_is_refused)
{
	struct proc_status status;

	ck_assert(!proc_parse_status(no_status[_i], &status));
}
END_TEST

START_TEST(more_groups_than_are_kept_are_counted)
{
	char text[4096] =
		"Name:\tx\nPPid:\t7\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n" RIGHTS "Groups:\t";
	const size_t start = strlen(text);
	struct proc_status status;

	for (size_t i = 0; i < 100; i++)
		memcpy(text + start + i * 5, "1234 ", 6);
	ck_assert(proc_parse_status(text, &status));
	ck_assert_uint_eq(status.group_count, 100);
	ck_assert_uint_eq(status.groups[PROC_GROUPS_MAX - 1], 1234);
}
END_TEST

START_TEST(mounts_are_taken_apart)
{
	char text[] =
		"36 35 98:7 /a\\040b /mnt/x\\134y\\012z rw,nosuid,noatime shared:1 master:2 - ext4 "
		"/dev/sd\\040a rw,size=64k,errors=continue\n"
		"not a mount\n"
		"37 36 0:5 / / ro,nodev,noexec - tmpfs none rw\n"
		"38 36 0:6 / /s rw - ext4 none ro";
	size_t count;
	size_t strange;
	struct proc_mount *mounts = proc_parse_mounts(text, &count, &strange);
	char value[16];

	ck_assert_ptr_nonnull(mounts);
	ck_assert_uint_eq(count, 3);
	ck_assert_uint_eq(strange, 1);
	ck_assert_uint_eq(mounts[0].id, 36);
	ck_assert_uint_eq(mounts[0].parent, 35);
	ck_assert_uint_eq(mounts[0].major, 98);
	ck_assert_uint_eq(mounts[0].minor, 7);
	ck_assert_str_eq(mounts[0].root, "/a b");
	ck_assert_str_eq(mounts[0].target, "/mnt/x\\y\nz");
	ck_assert_uint_eq(mounts[0].attributes, MOUNT_ATTR_NOSUID);
	ck_assert(mounts[0].is_shared && mounts[0].is_slave);
	ck_assert_str_eq(mounts[0].type, "ext4");
	ck_assert(proc_mount_option(&mounts[0], "size", value, sizeof(value)));
	ck_assert_str_eq(value, "64k");
	ck_assert(proc_mount_option(&mounts[0], "rw", value, sizeof(value)));
	ck_assert_str_eq(value, "");
	ck_assert(!proc_mount_option(&mounts[0], "siz", value, sizeof(value)));
	ck_assert_uint_eq(mounts[1].attributes,
	                  MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	ck_assert(!mounts[1].is_shared && !mounts[1].is_slave);
	ck_assert_uint_eq(mounts[2].attributes, MOUNT_ATTR_RDONLY);
	free(mounts);
}
END_TEST

static const char *const no_mounts[] = {
	"36",
	"36 35 98:7 /",
	"36 35 98:7 / /mnt rw",
	"36 35 98:7 / /mnt rw - ext4",
	"36 35 98:7 / /mnt rw - ext4 none",
	"36 35 98 / /mnt rw - ext4 none rw",
	"- - - - - - - - -",
};

START_TEST(a_line_that_is_no_mount_is_counted)
{
	char text[128];
	size_t count;
	size_t strange;
	struct proc_mount *mounts;

	(void)snprintf(text, sizeof(text), "%s", no_mounts[_i]);
	mounts = proc_parse_mounts(text, &count, &strange);
	ck_assert_ptr_nonnull(mounts);
	ck_assert_uint_eq(count, 0);
	ck_assert_uint_eq(strange, 1);
	free(mounts);
}
END_TEST

START_TEST(limits_are_found_by_their_names)
{
	struct proc_limits limits;

	proc_parse_limits(
		"Limit                     Soft Limit           Hard Limit           Units\n"
		"Max core file size        0                    unlimited            bytes\n"
		"Max open files            1024                 4096                 files\n"
		"Max file locks            many                 4096                 locks\n",
		&limits);
	ck_assert_uint_eq(limits.known, UINT32_C(1) << RLIMIT_CORE | UINT32_C(1) << RLIMIT_NOFILE);
	ck_assert_uint_eq(limits.soft[RLIMIT_CORE], 0);
	ck_assert_uint_eq(limits.hard[RLIMIT_CORE], RLIM_INFINITY);
	ck_assert_uint_eq(limits.soft[RLIMIT_NOFILE], 1024);
	ck_assert_uint_eq(limits.hard[RLIMIT_NOFILE], 4096);
	ck_assert_str_eq(proc_limit_name(RLIMIT_NOFILE), "Max open files");
	ck_assert_ptr_null(proc_limit_name(PROC_LIMITS_COUNT));
	ck_assert_ptr_null(proc_limit_name(-1));
}
END_TEST

START_TEST(ids_are_mapped_back)
{
	struct id_map map[PROC_ID_MAPS_MAX];
	uint32_t inner = 1;
	const int count = proc_parse_id_map("         0     100000      65536\n"
	                                    "     65536       1000          1\n",
	                                    map);

	ck_assert_int_eq(count, 2);
	ck_assert(proc_map_in(map, count, 100005, &inner));
	ck_assert_uint_eq(inner, 5);
	ck_assert(proc_map_in(map, count, 1000, &inner));
	ck_assert_uint_eq(inner, 65536);
	ck_assert(!proc_map_in(map, count, 1001, &inner));
	ck_assert(!proc_map_in(map, count, 165536, &inner));
	ck_assert_uint_eq(inner, 65536);
	ck_assert_int_eq(proc_parse_id_map("", map), 0);
	ck_assert_int_eq(proc_parse_id_map("0 1\n", map), -1);
	ck_assert_int_eq(proc_parse_id_map("0 0 4294967295\n", map), 1);
}
END_TEST

START_TEST(the_cgroup_of_version_2_is_found)
{
	char path[16];

	ck_assert(proc_parse_cgroup("2:cpu:/x\n0::/a b\n", path, sizeof(path)));
	ck_assert_str_eq(path, "/a b");
	ck_assert(!proc_parse_cgroup("2:cpu:/x\n", path, sizeof(path)));
	ck_assert(!proc_parse_cgroup("0::\n", path, sizeof(path)));
	ck_assert(!proc_parse_cgroup("0::/longer than its place\n", path, sizeof(path)));
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("proc_text");
	TCase *tcase = tcase_create("all");

	tcase_add_test(tcase, status_is_taken_apart);
	tcase_add_test(tcase, a_name_is_no_other_line);
	tcase_add_loop_test(tcase, what_is_no_status_is_refused, 0, ARRAY_LEN(no_status));
	tcase_add_test(tcase, more_groups_than_are_kept_are_counted);
	tcase_add_test(tcase, mounts_are_taken_apart);
	tcase_add_loop_test(tcase, a_line_that_is_no_mount_is_counted, 0, ARRAY_LEN(no_mounts));
	tcase_add_test(tcase, limits_are_found_by_their_names);
	tcase_add_test(tcase, ids_are_mapped_back);
	tcase_add_test(tcase, the_cgroup_of_version_2_is_found);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return run_suite(make_suite());
}
