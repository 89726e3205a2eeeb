/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/path.h"
#include "support/plan_fixture.h"
#include "support/suite.h"

#define PATH_SIZE PATH_MAX

static struct plan_fixture fixture;
static struct error err;
static struct spec_mount mount_wish;
static char folder[PATH_SIZE]; /* of the test's own */
static char path[2 * PATH_SIZE];

static void start(void)
{
	char name[] = "/tmp/test_plan_mounts.XXXXXX";

	err = (struct error){ .kind = ERROR_NONE };
	plan_fixture_start(&fixture);
	ck_assert_ptr_nonnull(mkdtemp(name));
	ck_assert_ptr_nonnull(realpath(name, folder));
	mount_wish = (struct spec_mount){ .source = folder, .target = "/data", .origin = "/m" };
}

static void end(void)
{
	plan_fixture_end(&fixture);
	(void)unlink(path);
	(void)rmdir(path);
	(void)rmdir(folder);
}

static const char *in_folder(const char *name)
{
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int plan_with_mount(void)
{
	fixture.spec.mounts = &mount_wish;
	fixture.spec.mount_count = 1;
	return plan_mounts(&fixture.planner, &err);
}

static bool is_there_before(size_t index, const char *target)
{
	const struct plan *plan = fixture.planner.plan;

	for (size_t i = 0; i < index; i++) {
		if (strcmp(plan->nodes[i].target, target) == 0)
			return true;
		/* What a bind holds needs no node. */
		if (plan->nodes[i].kind >= PLAN_NODE_PROC &&
		    path_is_within(target, plan->nodes[i].target))
			return true;
	}
	return false;
}

START_TEST(parents_come_first)
{
	const struct plan *plan = fixture.planner.plan;

	mount_wish.target = "/data/deep/below";
	ck_assert_int_eq(plan_with_mount(), 0);
	ck_assert_str_eq(plan->nodes[0].target, "/");
	for (size_t i = 1; i < plan->node_count; i++) {
		char parent[PATH_SIZE];
		char *slash;

		(void)snprintf(parent, sizeof(parent), "%s", plan->nodes[i].target);
		slash = strrchr(parent, '/');
		slash[slash == parent ? 1 : 0] = '\0';
		ck_assert_msg(is_there_before(i, parent), "%s", plan->nodes[i].target);
	}
	ck_assert_int_eq(plan_fixture_node(&fixture, "/data/deep")->kind, PLAN_NODE_DIRECTORY);
}
END_TEST

static bool is_mount(const struct plan_node *node)
{
	return node->kind >= PLAN_NODE_BIND;
}

/* What shows at @target before the node @index: the last mount that holds it. */
static const struct plan_node *holder_of(size_t index, const char *target)
{
	const struct plan *plan = fixture.planner.plan;

	while (index-- > 0) {
		if (is_mount(&plan->nodes[index]) &&
		    path_is_within(target, plan->nodes[index].target))
			return &plan->nodes[index];
	}
	return NULL;
}

static const char *const made_or_found[] = { "/data", "/run/a/b", "/usr/share", "/tmp/a", "/etc" };

/* plan.h: a target is made with its mount just where it lies in a tmpfs of ours. */
START_TEST(targets_are_made_in_our_tmpfs_only)
{
	const struct plan *plan = fixture.planner.plan;

	mount_wish.target = made_or_found[_i];
	ck_assert_msg(plan_with_mount() == 0, "%s", err.what);
	for (size_t i = 1; i < plan->node_count; i++) {
		const struct plan_node *node = &plan->nodes[i];
		const struct plan_node *holder = holder_of(i, node->target);

		ck_assert_ptr_nonnull(holder);
		ck_assert_msg(node->makes_target ==
		                      (is_mount(node) && holder->kind == PLAN_NODE_TMPFS &&
		                       strcmp(holder->target, node->target) != 0),
		              "%s", node->target);
		/* What is no mount can be written to nothing else. */
		if (!is_mount(node))
			ck_assert_int_eq(holder->kind, PLAN_NODE_TMPFS);
	}
}
END_TEST

START_TEST(the_root_and_what_covers_a_mount_make_no_target)
{
	const struct plan *plan = fixture.planner.plan;

	mount_wish.target = "/dev/shm"; /* as plan_mounts sees it: the spec's rules refuse it */
	ck_assert_int_eq(plan_with_mount(), 0);
	ck_assert(!plan->nodes[0].makes_target);
	ck_assert(!plan_fixture_node(&fixture, "/dev/shm")->makes_target);
	ck_assert(plan_fixture_node(&fixture, "/proc")->makes_target);
	ck_assert(plan_fixture_node(&fixture, "/dev/null")->makes_target);
}
END_TEST

static bool is_writable(const struct plan_node *node)
{
	return node->kind >= PLAN_NODE_BIND && node->kind != PLAN_NODE_DEVICE &&
	       node->kind != PLAN_NODE_DEVPTS && !node->is_read_only &&
	       (node->attributes & MOUNT_ATTR_RDONLY) == 0;
}

START_TEST(only_tmp_run_and_shm_are_writable)
{
	const struct plan *plan = fixture.planner.plan;
	size_t count = 0;

	ck_assert_int_eq(plan_with_mount(), 0);
	for (size_t i = 0; i < plan->node_count; i++) {
		const char *target = plan->nodes[i].target;

		if (!is_writable(&plan->nodes[i]))
			continue;
		ck_assert_msg(strcmp(target, "/tmp") == 0 || strcmp(target, "/run") == 0 ||
		                      strcmp(target, "/dev/shm") == 0,
		              "%s is writable", target);
		count++;
	}
	ck_assert_uint_eq(count, 3);
}
END_TEST

START_TEST(every_mount_is_nosuid_and_data_is_noexec)
{
	const struct plan *plan = fixture.planner.plan;

	ck_assert_int_eq(plan_with_mount(), 0);
	for (size_t i = 0; i < plan->node_count; i++) {
		const struct plan_node *node = &plan->nodes[i];

		if (node->kind < PLAN_NODE_BIND)
			continue;
		ck_assert_msg((node->attributes & MOUNT_ATTR_NOSUID) != 0, "%s", node->target);
		if (node->kind != PLAN_NODE_BIND || strcmp(node->target, "/data") == 0)
			ck_assert_msg((node->attributes & MOUNT_ATTR_NOEXEC) != 0, "%s",
			              node->target);
	}
}
END_TEST

START_TEST(a_mount_records_what_was_checked)
{
	const struct plan_node *node;
	struct stat status;

	ck_assert_int_eq(stat(folder, &status), 0);
	ck_assert_int_eq(plan_with_mount(), 0);
	node = plan_fixture_node(&fixture, "/data");
	ck_assert_int_eq(node->kind, PLAN_NODE_BIND);
	ck_assert(node->is_directory);
	ck_assert(node->is_id_mapped);
	ck_assert_uint_eq(node->source_inode, status.st_ino);
	ck_assert_uint_eq(node->source_device, status.st_dev);
	ck_assert_str_eq(node->source, folder);
}
END_TEST

START_TEST(relaxed_mounts_lift_their_own_lock_only)
{
	const uint64_t inert = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

	mount_wish.is_writable = true;
	ck_assert_int_eq(plan_with_mount(), 0);
	ck_assert_uint_eq(plan_fixture_node(&fixture, "/data")->attributes,
	                  inert | MOUNT_ATTR_NOEXEC);
	mount_wish.is_writable = false;
	mount_wish.is_executable = true;
	ck_assert_int_eq(plan_with_mount(), 0);
	ck_assert_uint_eq(plan_fixture_node(&fixture, "/data")->attributes,
	                  inert | MOUNT_ATTR_RDONLY);
}
END_TEST

static const struct {
	const char *target;
	const char *what; /* a part of the message */
} bad_targets[] = {
	{ "/bin/data", "/bin is a link inside" },
	{ "/bin", "/bin is a link inside" },
	{ "/etc/passwd", "/etc/passwd is a file inside" },
	{ "/etc/passwd/data", "/etc/passwd is a file inside" },
	{ "/usr/share/hardrun-is-not-there", "cannot be mounted" },
	{ "/usr/bin/id", "is a file" },
	{ "/proc/data", "nothing can be mounted in /proc" },
	{ "/sys/data", "nothing can be mounted in /sys" },
	{ "/", "nothing can be mounted on the root" },
};

START_TEST(what_cannot_be_mounted_on_is_refused)
{
	mount_wish.target = bad_targets[_i].target;
	ck_assert_int_eq(plan_with_mount(), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_eq(err.where, "/m");
	ck_assert_msg(strstr(err.what, bad_targets[_i].what) != NULL, "%s", err.what);
}
END_TEST

START_TEST(a_link_on_the_way_is_refused_with_what_to_write)
{
	ck_assert_int_eq(symlink("/usr/share", in_folder("link")), 0);
	mount_wish.source = path;
	ck_assert_int_eq(plan_with_mount(), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_str_eq(err.hint, "write /usr/share instead");
}
END_TEST

START_TEST(a_missing_source_is_what_the_host_lacks)
{
	mount_wish.source = in_folder("missing");
	ck_assert_int_eq(plan_with_mount(), -1);
	ck_assert_int_eq(err.kind, ERROR_HOST);
	ck_assert_str_eq(err.where, "/m");

	err = (struct error){ .kind = ERROR_NONE };
	fixture.request.lacks = &fixture.lacks;
	ck_assert_int_eq(plan_with_mount(), 0);
	ck_assert_uint_eq(fixture.lacks.count, 1);
	ck_assert_ptr_null(plan_fixture_node(&fixture, "/data"));
}
END_TEST

/* The text of these paths was judged by the spec's rules; here it is what they lead to. */
static const char *const sensitive[] = { "/",        "/etc",  "/proc/1", "/sys/kernel",
	                                 "/dev/shm", "/boot", "/home" };

START_TEST(sensitive_places_are_known_by_what_they_are)
{
	if (access(sensitive[_i], F_OK) < 0)
		return;
	fixture.request.lacks = &fixture.lacks; /* no host could make it right: that is no lack */
	mount_wish.source = sensitive[_i];
	ck_assert_int_eq(plan_with_mount(), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_ptr_nonnull(strstr(err.what, "sensitive"));
	ck_assert_ptr_nonnull(strstr(err.hint, "relax.sensitive-mount"));

	err = (struct error){ .kind = ERROR_NONE };
	mount_wish.may_be_sensitive = true;
	ck_assert_int_eq(plan_with_mount(), 0);
}
END_TEST

/* False when this caller may not mount; what is mounted is seen by this test only. */
static bool can_mount(const char *source, const char *type, unsigned long flags)
{
	if (unshare(CLONE_NEWNS) < 0)
		return false;
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount(source, folder, type, flags, NULL), 0);
	return true;
}

static void assert_sensitive_and_unmount(void)
{
	ck_assert_int_eq(plan_with_mount(), -1);
	ck_assert_int_eq(umount(folder), 0);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_msg(strstr(err.what, "is sensitive") != NULL, "%s", err.what);
}

START_TEST(the_kernels_interfaces_are_known_wherever_they_are_mounted)
{
	if (can_mount("proc", "proc", 0))
		assert_sensitive_and_unmount();
}
END_TEST

START_TEST(a_sensitive_place_is_known_under_another_name)
{
	if (can_mount("/etc", NULL, MS_BIND))
		assert_sensitive_and_unmount();
}
END_TEST

static int make_socket(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%.60s/%.40s", folder, name);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	(void)in_folder(name);
	return close(fd);
}

START_TEST(an_engines_socket_is_refused_wherever_it_is)
{
	ck_assert_int_eq(make_socket("docker.sock"), 0);
	mount_wish.source = path;
	ck_assert_int_eq(plan_with_mount(), -1);
	ck_assert_ptr_nonnull(strstr(err.what, "a socket that commands the host"));
}
END_TEST

START_TEST(another_socket_is_an_ordinary_file)
{
	ck_assert_int_eq(make_socket("app.sock"), 0);
	mount_wish.source = path;
	ck_assert_int_eq(plan_with_mount(), 0);
	ck_assert(!plan_fixture_node(&fixture, "/data")->is_directory);
}
END_TEST

START_TEST(a_device_is_no_mount)
{
	mount_wish.source = "/dev/null";
	mount_wish.may_be_sensitive = true;
	ck_assert_int_eq(plan_with_mount(), -1);
	ck_assert_str_eq(err.hint, "name it in relax.devices");
}
END_TEST

START_TEST(a_device_keeps_its_number)
{
	struct spec_device wish = { "/dev/null", "/d" };

	fixture.spec.devices = &wish;
	fixture.spec.device_count = 1;
	ck_assert_int_eq(plan_mounts(&fixture.planner, &err), 0);
	ck_assert_uint_eq(plan_fixture_node(&fixture, "/dev/null")->device_number, 0x103);

	wish.path = "/usr";
	ck_assert_int_eq(plan_mounts(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
}
END_TEST

START_TEST(secrets_lie_on_a_read_only_tmpfs_of_the_user)
{
	static const struct spec_secret secret = { "token", "/usr/lib/os-release", "/s" };
	const struct plan_node *node;

	fixture.spec.secrets = &secret;
	fixture.spec.secret_count = 1;
	ck_assert_int_eq(plan_mounts(&fixture.planner, &err), 0);
	node = plan_fixture_node(&fixture, "/run/secrets");
	ck_assert_int_eq(node->kind, PLAN_NODE_TMPFS);
	ck_assert(node->is_read_only);
	ck_assert_uint_eq(node->mode, 0500);
	ck_assert_uint_eq(node->inner_uid, 65532);
	ck_assert_str_eq(fixture.planner.plan->secrets[0].target, "/run/secrets/token");
}
END_TEST

START_TEST(a_secret_must_be_a_small_regular_file)
{
	const struct spec_secret secret = { "token", folder, "/s" };

	fixture.spec.secrets = &secret;
	fixture.spec.secret_count = 1;
	ck_assert_int_eq(plan_mounts(&fixture.planner, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.what, "not a regular file"));
	ck_assert_str_eq(err.where, "/s");
}
END_TEST

START_TEST(a_directory_root_must_have_the_mount_points)
{
	fixture.spec.rootfs.kind = SPEC_ROOTFS_DIRECTORY;
	fixture.spec.rootfs.path = (struct spec_text){ folder, "/rootfs" };
	ck_assert_int_eq(plan_mounts(&fixture.planner, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_SPEC);
	ck_assert_ptr_nonnull(strstr(err.what, "/dev cannot be mounted"));
	ck_assert_str_eq(err.where, "/rootfs");
}
END_TEST

START_TEST(a_view_of_the_hosts_processes_is_a_bind)
{
	fixture.spec.shared_namespaces = CLONE_NEWPID;
	ck_assert_int_eq(plan_mounts(&fixture.planner, &err), 0);
	ck_assert_int_eq(plan_fixture_node(&fixture, "/proc")->kind, PLAN_NODE_BIND);
	ck_assert(!plan_fixture_node(&fixture, "/proc")->is_id_mapped);
	ck_assert_int_eq(plan_fixture_node(&fixture, "/sys")->kind, PLAN_NODE_SYSFS);
}
END_TEST

static bool is_masked(const char *masked)
{
	const struct plan *plan = fixture.planner.plan;

	for (size_t i = 0; i < plan->masked_path_count; i++) {
		if (strcmp(plan->masked_paths[i].path, masked) == 0)
			return true;
	}
	return false;
}

START_TEST(unmasking_takes_one_mask_away)
{
	static const struct spec_text wish = { "/proc/keys", "/u" };
	size_t count;

	ck_assert_int_eq(plan_masks(&fixture.planner, &err), 0);
	count = fixture.planner.plan->masked_path_count;
	ck_assert(is_masked("/proc/keys"));
	ck_assert(is_masked("/proc/kcore"));
	fixture.spec.unmasked_paths = (struct spec_text_list){ &wish, 1 };
	ck_assert_int_eq(plan_masks(&fixture.planner, &err), 0);
	ck_assert(!is_masked("/proc/keys"));
	ck_assert_uint_eq(fixture.planner.plan->masked_path_count, count - 1);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("plan_mounts");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, start, end);
	tcase_add_test(tcase, parents_come_first);
	tcase_add_loop_test(tcase, targets_are_made_in_our_tmpfs_only, 0, ARRAY_LEN(made_or_found));
	tcase_add_test(tcase, the_root_and_what_covers_a_mount_make_no_target);
	tcase_add_test(tcase, only_tmp_run_and_shm_are_writable);
	tcase_add_test(tcase, every_mount_is_nosuid_and_data_is_noexec);
	tcase_add_test(tcase, a_mount_records_what_was_checked);
	tcase_add_test(tcase, relaxed_mounts_lift_their_own_lock_only);
	tcase_add_loop_test(tcase, what_cannot_be_mounted_on_is_refused, 0, ARRAY_LEN(bad_targets));
	tcase_add_test(tcase, a_link_on_the_way_is_refused_with_what_to_write);
	tcase_add_test(tcase, a_missing_source_is_what_the_host_lacks);
	tcase_add_loop_test(tcase, sensitive_places_are_known_by_what_they_are, 0,
	                    ARRAY_LEN(sensitive));
	tcase_add_test(tcase, the_kernels_interfaces_are_known_wherever_they_are_mounted);
	tcase_add_test(tcase, a_sensitive_place_is_known_under_another_name);
	tcase_add_test(tcase, an_engines_socket_is_refused_wherever_it_is);
	tcase_add_test(tcase, another_socket_is_an_ordinary_file);
	tcase_add_test(tcase, a_device_is_no_mount);
	tcase_add_test(tcase, a_device_keeps_its_number);
	tcase_add_test(tcase, secrets_lie_on_a_read_only_tmpfs_of_the_user);
	tcase_add_test(tcase, a_secret_must_be_a_small_regular_file);
	tcase_add_test(tcase, a_directory_root_must_have_the_mount_points);
	tcase_add_test(tcase, a_view_of_the_hosts_processes_is_a_bind);
	tcase_add_test(tcase, unmasking_takes_one_mask_away);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return run_suite(make_suite());
}
