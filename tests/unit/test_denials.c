/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/denials.h"

#include <check.h>
#include <errno.h>
#include <stddef.h>

#include "base/compiler.h"
#include "kernel/seccomp.h"
#include "support/suite.h"

static const struct id_map map = { .inner = 0, .outer = 600000, .count = 65536 };
/* System call 435 is said not to exist; others are not permitted. */
static struct sock_filter filter[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 435, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
};
static const struct plan plan = {
	.seccomp = { .len = ARRAY_LEN(filter), .filter = filter },
	.uid_map = &map,
	.uid_map_count = 1,
	.apparmor_profile = "hardrun-abc",
	.is_privileged = true,
};

static const struct {
	const char *record;
	uint64_t seccomp;
	uint64_t apparmor;
} cases[] = {
	{ "5,1,2,-;audit: type=1326 audit(1.0:2): auid=42 uid=665532 gid=665532 ses=1 pid=9 "
	  "comm=\"x\" exe=\"/x\" sig=0 arch=c000003e syscall=165 compat=0 ip=0x1 code=0x50000",
	  1, 0 },
	{ "5,1,2,-;audit: type=1326 audit(1.0:2): auid=42 uid=665532 gid=665532 ses=1 pid=9 "
	  "comm=\"x\" exe=\"/x\" sig=0 arch=c000003e syscall=435 compat=0 ip=0x1 code=0x50000",
	  0, 0 },
	{ "5,1,2,-;audit: type=1326 audit(1.0:2): auid=665532 uid=665536 gid=665532 ses=1", 0, 0 },
	{ "5,1,2,-;audit: type=1326 audit(1.0:2): auid=600001 uid=599999 gid=600001 ses=1", 0, 0 },
	{ "5,1,2,-;audit: type=1326 audit(1.0:2): auid=4294967295", 0, 0 },
	{ "5,1,2,-;audit: type=1400 audit(1.0:2): apparmor=\"DENIED\" operation=\"open\" "
	  "profile=\"hardrun-abc\" name=\"/x\" pid=9 fsuid=600001 ouid=0",
	  0, 1 },
	{ "5,1,2,-;audit: type=1400 audit(1.0:2): apparmor=\"DENIED\" operation=\"open\" "
	  "profile=\"hardrun-abc\" name=\"/x\" pid=9 fsuid=1000 ouid=0",
	  0, 0 },
	{ "5,1,2,-;audit: type=1400 audit(1.0:2): apparmor=\"DENIED\" operation=\"capable\" "
	  "profile=\"hardrun-abc\" pid=9 capability=21 capname=\"sys_admin\"",
	  0, 1 },
	{ "5,1,2,-;audit: type=1400 audit(1.0:2): apparmor=\"DENIED\" operation=\"capable\" "
	  "profile=\"hardrun-abcd\" pid=9 capability=21",
	  0, 0 },
	{ "5,1,2,-;audit: type=1400 audit(1.0:2): apparmor=\"ALLOWED\" "
	  "profile=\"hardrun-abc\" fsuid=600001",
	  0, 0 },
	{ "5,1,2,-;something else with uid=600001", 0, 0 },
	{ "", 0, 0 },
};

START_TEST(only_the_containers_own_records_count)
{
	struct denials denials = { .reason = NULL };

	denials_count_record(&denials, &plan, cases[_i].record);
	ck_assert_uint_eq(denials.seccomp, cases[_i].seccomp);
	ck_assert_uint_eq(denials.apparmor, cases[_i].apparmor);
}
END_TEST

START_TEST(without_a_range_of_its_own_nothing_is_known)
{
	const struct plan shared = { .is_privileged = false };
	struct denials denials = { .reason = NULL };

	denials_finish(&denials, -1, &shared);
	ck_assert_ptr_nonnull(denials.reason);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("denials");
	TCase *tcase = tcase_create("denials");

	tcase_add_loop_test(tcase, only_the_containers_own_records_count, 0, ARRAY_LEN(cases));
	tcase_add_test(tcase, without_a_range_of_its_own_nothing_is_known);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
